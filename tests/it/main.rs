//! The integration tests: one binary, behaviour-named files, every story on both backends.

mod support;

mod architecture;
mod cli;
mod clients;
mod contract;
mod migrations;
mod refusals;
mod repeats;
mod statement_counts;
mod storm;
mod story;
mod time;
