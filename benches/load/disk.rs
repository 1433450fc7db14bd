//! What calls leave on the disk.

use std::fs;

use crate::{
    ground::{Backend, Database, Gateway, Ground},
    process,
};

/// Bytes: of the database once everything is in its place, and of all that was written on the way.
pub struct Disk {
    pub database: f64,
    pub log: f64,
}

impl Disk {
    pub fn look(ground: &Ground, gateway: &Gateway, database: &Database) -> Self {
        match ground.backend {
            Backend::Sqlite => {
                let connection = rusqlite::Connection::open(&database.name).unwrap();
                connection.busy_timeout(std::time::Duration::from_secs(10)).unwrap();
                // Answers a row; whether it could shorten the log does not matter.
                connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(())).unwrap();
                let database = fs::metadata(&database.name).unwrap().len();
                Self { database: database as f64, log: process::written(gateway.process.pid()) as f64 }
            }
            Backend::Postgres => {
                let server = ground.server();
                server.run(&database.name, &["CHECKPOINT"]);
                let number = |expression: &str| server.number(&database.name, expression) as f64;
                Self {
                    database: number("SELECT pg_database_size(current_database())"),
                    log: number("SELECT pg_current_wal_lsn() - '0/0'::pg_lsn"),
                }
            }
        }
    }

    /// The growth since then, a call.
    pub fn since(&self, before: &Self, calls: u64) -> Self {
        let each = |now: f64, then: f64| (now - then) / calls.max(1) as f64;
        Self { database: each(self.database, before.database), log: each(self.log, before.log) }
    }
}
