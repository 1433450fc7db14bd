//! A file a noun: its row, how rows become the domain's values (`load_*`) and how changed values become rows (`save_*`).
//!
//! Every function takes the whole batch's worth.

pub mod account;
pub mod card;
pub mod customer;
pub mod exchange;
pub mod free_return;
pub mod hold;
pub mod ledger;
pub mod operation;
pub mod outbox;
pub mod reference;
pub mod sale;
pub mod seal;
mod update;
