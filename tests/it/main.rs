//! The integration tests: one binary, behaviour-named files, every story on both backends.

mod support;

mod clients;
mod kit;
mod refusals;
mod repeats;
mod storm;
mod story;
mod time;
