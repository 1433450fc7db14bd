//! The pure part: what a loyalty programme is. Knows std, chrono, `rust_decimal` and thiserror, no clock and no I/O.

pub mod ids;
pub mod moment;
pub mod money;
pub mod refusal;
pub mod settings;
pub mod spoken;
pub mod words;

pub mod card;
pub mod customer;
pub mod phone;

pub mod account;
pub mod code;
pub mod reservation;

pub mod receipt;
pub mod returns;
pub mod sale;

pub mod programme;
pub mod reference;
