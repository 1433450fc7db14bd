//! The configured database, opened with its key.

use std::{sync::Arc, time::Duration};

use crate::{
    app::error::AppError,
    config::{Config, KeySource},
    store::{
        db::backend::{ConnectLimits, Connections, Db, Purpose},
        tables::key,
    },
    vault::{MasterKey, Vault},
    wakeup::Wakeup,
};

/// Connections beside those of the executor's writers, one each: the outbox, for which customers wait; the jobs; and the
/// sealing of the journal, which may take long.
pub(super) const WRITERS_BESIDE: u32 = 3;

/// A database opened with its key.
#[derive(Clone)]
pub struct Opened {
    /// For changing it.
    pub writers: Connections,
    /// For reading it.
    pub readers: Connections,
    /// Its keys: the master key, which opens the others once they have been read (`store::tables::key`).
    pub vault: Arc<Vault>,
    /// Rung when this gateway has written messages to be sent.
    pub outbox: Wakeup,
}

impl Opened {
    /// Opens the configured database.
    ///
    /// # Errors
    /// It cannot be reached, or its key is missing.
    pub fn open(config: &Config) -> Result<Self, AppError> {
        let database = &config.database;
        let limits = connect_limits(config);
        let writers = if database.url.is_sqlite() { 1 } else { database.writer_threads };
        let size = |threads: usize| u32::try_from(threads).unwrap_or(u32::MAX);
        let writers = size(writers).saturating_add(WRITERS_BESIDE);
        // A key is made together with its database and never for one that is there: it could not open what that one holds.
        let is_new = database.url.sqlite_path().is_some_and(|path| !path.exists());
        let master = match config.key_source() {
            Some(KeySource::Inline(key)) => MasterKey::from_text(key.reveal())?,
            Some(KeySource::File { path, may_create }) => MasterKey::from_file(&path, may_create && is_new)?,
            None => return Err(AppError::NoKey),
        };
        let writers = Connections::open(&database.url, Purpose::Write, writers, &limits)?;
        let readers = Connections::open_aside(&database.url, Purpose::Read, size(database.readers()), &limits);
        Ok(Self { writers, readers, vault: Arc::new(Vault::new(master)), outbox: Wakeup::default() })
    }

    /// The same with the database's keys opened, and a connection that may change it. For a database that is up to date.
    ///
    /// # Errors
    /// It cannot be reached, or the key is another database's.
    pub fn with_keys(config: &Config) -> Result<(Self, Db), AppError> {
        let opened = Self::open(config)?;
        let mut db = opened.writer()?;
        key::open(&mut db, &opened.vault)?;
        Ok((opened, db))
    }

    /// A connection that may change the database.
    ///
    /// # Errors
    /// None is to be had in time.
    pub fn writer(&self) -> Result<Db, AppError> {
        Ok(self.writers.get()?)
    }
}

/// How many connections to the database there are at most.
pub(super) fn database_connections(config: &Config) -> usize {
    let beside = usize::try_from(WRITERS_BESIDE).unwrap_or_default().saturating_add(1);
    let database = &config.database;
    [database.readers(), database.list_connections_max, beside]
        .into_iter()
        .fold(database.writer_threads, usize::saturating_add)
}

/// How long to wait for the database.
#[must_use]
pub fn connect_limits(config: &Config) -> ConnectLimits {
    ConnectLimits {
        connect_timeout: Duration::from_millis(config.database.connect_timeout_ms),
        statement_timeout: Duration::from_millis(config.database.statement_timeout_ms),
    }
}
