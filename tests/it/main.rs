//! The integration tests: one binary, behaviour-named files, every story on both backends.

mod support;

mod architecture;
mod cli;
mod clients;
mod contract;
mod exchange;
mod golden;
mod migrations;
mod overload;
mod refusals;
mod repeats;
mod storm;
mod story;
mod time;
