//! Commands, one file for each noun. A command names what it touches and decides on a working set by the domain's
//! rules. This module knows no SQL and no XML.

pub mod account;
pub mod adjustment;
pub mod balance;
pub mod card;
pub mod card_batch;
pub mod card_import;
pub mod case;
mod code;
pub mod consent;
pub mod context;
pub mod customer;
pub mod fiscal;
pub mod info;
pub mod login;
pub mod network;
pub mod operation;
pub mod partner;
pub mod phone;
pub mod programme;
pub mod questionnaire;
pub mod receipt;
pub mod registration;
pub mod reservation;
pub mod return_without_receipt;
pub mod returns;
pub mod sale;
pub mod statement;
pub mod store;
pub mod till;
