//! The database as a whole: connections to SQLite or PostgreSQL, schema upgrades, copies, the write-ahead log.

pub mod backend;
pub mod backup;
mod breaker;
pub mod compress;
pub mod failures;
pub mod health;
pub mod migrations;
pub mod upgrade;
pub mod wal;
mod write_turns;
