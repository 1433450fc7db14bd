//! The domain model: pure, without clock and I/O. It may use std, chrono, `rust_decimal`, thiserror and Unicode's data.

pub mod ids;
pub mod moment;
pub mod money;
pub mod name;
pub mod refusal;
pub mod russian;
pub mod settings;
pub mod spelling;
pub mod veil;
pub mod words;

pub mod card;
pub mod case;
pub mod consent;
pub mod customer;
pub mod phone;
pub mod questionnaire;

pub mod account;
pub mod code;
pub mod reservation;

pub mod fiscal;
pub mod receipt;
pub mod return_without_receipt;
pub mod returns;
pub mod sale;
pub mod till_document;

pub mod exchange;
pub mod history;
pub mod login;
pub mod programme;
pub mod reference;
pub mod registry;
