//! The integration tests: one binary, behaviour-named files, every story on both backends.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::wildcard_enum_match_arm,
    clippy::print_stdout,
    clippy::print_stderr,
    missing_docs,
    reason = "a test may stop where it stands, and reports to a person"
)]

mod support;

mod account;
mod adjustment;
mod architecture;
mod balance;
mod books;
mod call_log;
mod card;
mod card_batch;
mod card_stock;
mod case;
mod cli;
mod clients;
mod code;
mod conformance;
mod consent;
mod contract;
mod customer;
mod derived;
mod doctor;
mod documents;
mod exchange;
mod expiry;
mod fault;
mod fiscal;
mod frozen;
mod golden;
mod growth;
mod history;
mod identifier;
mod info;
mod keys;
mod kit;
mod liability;
mod login;
mod migrations;
mod movement;
mod network;
mod offline;
mod operation;
mod outbox;
mod overload;
mod partner;
mod phone;
mod programme;
mod questionnaire;
mod receipt;
mod reference;
mod registration;
mod repeats;
mod reservation;
mod return_without_receipt;
mod returns;
mod roles;
mod rotation;
mod sale;
mod sealed;
mod settlement;
mod statement;
mod store;
mod storm;
mod till;
mod time;
mod upgrade;
mod wire;
