//! Translation of messages to commands and of outcomes to messages, one file for each noun.

pub mod account;
pub mod adjustment;
pub mod balance;
pub mod card;
pub mod card_batch;
pub mod consent;
pub mod customer;
pub mod exchange;
pub mod expiry;
pub mod history;
pub mod info;
pub mod login;
pub mod operation;
pub mod phone;
pub mod programme;
pub mod questionnaire;
pub mod receipt;
pub mod registration;
pub mod reservation;
pub mod return_without_receipt;
pub mod returns;
pub mod sale;
pub mod settlement;
pub mod statement;
pub mod till;
mod wire;
