//! A file a noun: its row, how rows become the domain's values (`load_*`) and how changed values become rows (`save_*`).
//!
//! Every function takes the whole batch's worth.

pub mod account;
pub mod call_log;
pub mod card;
pub mod chronicle;
pub mod chronicle_seal;
pub mod code;
pub mod consent;
pub mod customer;
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
