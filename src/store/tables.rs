//! One file for each noun: its row, the conversion of rows to domain values (`load_*`) and of changed values to rows
//! (`save_*`).
//!
//! Every function handles the whole batch.

pub mod account;
pub mod call_log;
pub mod card;
pub mod case;
pub mod chronicle;
pub mod chronicle_seal;
pub mod code;
pub mod consent;
pub mod customer;
pub mod customer_key;
pub mod fiscal;
pub mod key;
pub mod operation;
pub mod outbox;
pub mod reference;
pub mod registry;
pub mod reservation;
pub mod return_without_receipt;
pub mod returns;
pub mod sale;
pub mod seal;
pub mod statement;
mod till_document;
