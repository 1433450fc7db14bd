//! The pure part: what a loyalty programme is. Knows std, chrono, `rust_decimal` and thiserror, no clock and no I/O.

pub mod money;
pub mod moment;
pub mod ids;
pub mod refusal;
pub mod words;
pub mod settings;

pub mod phone;
pub mod customer;
pub mod card;

pub mod account;
pub mod reservation;
pub mod code;

pub mod receipt;
pub mod returns;
pub mod sale;

pub mod programme;
pub mod reference;
