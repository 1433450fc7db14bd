//! Kopilka: a loyalty gateway for retailers who run 1C.
pub mod domain;
pub mod config;
pub mod clock;
pub mod telemetry;
pub mod store;
pub mod notify;
