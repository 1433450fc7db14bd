//! Kopilka: a loyalty gateway for retailers who run 1C.
//!
//! Tills, shops and offices call it over SOAP to issue cards, look up balances, accrue points, and spend them with a
//! code sent by SMS. Data flows one way, and each value crosses each boundary once, as a new type:
//!
//! ```text
//! bytes → http → soap::guard → operations row → messages → handlers → service command → seam → working set, store
//! bytes ← http ← soap::envelope ←──────────── messages ← handlers ← outcome ←──────────────────┘
//! ```
//!
//! The seam loads what a batch of commands touches. Each command is decided by the pure [`domain`]. The seam writes the
//! changes with one statement for each table, commits once, and only then answers. See `docs/architecture.md`.

pub mod domain;

pub mod clock;
pub mod config;
pub mod secret;
pub mod telemetry;
pub mod vault;
pub mod wakeup;

pub mod working_set;

pub mod access;

pub mod service;

pub mod store;

pub mod seam;

pub mod soap;

pub mod http;

pub mod web;

pub mod notify;

pub mod app;

pub mod cli;
