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

mod architecture;
mod books;
mod cli;
mod clients;
mod conformance;
mod contract;
mod derived;
mod exchange;
mod frozen;
mod golden;
mod growth;
mod kit;
mod ledger;
mod lists;
mod login;
mod migrations;
mod outbox;
mod overload;
mod refusals;
mod repeats;
mod roles;
mod rotation;
mod sale;
mod storm;
mod story;
mod time;
mod upgrade;
mod wire;
