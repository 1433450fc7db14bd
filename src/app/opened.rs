//! The configured database, opened with its key.

use std::{sync::Arc, time::Duration};

use crate::{
    app::{error::AppError, files},
    config::{Config, KeySource},
    store::{
        db::backend::{BackendError, ConnectLimits, Connections, Db, Purpose},
        tables::key,
    },
    vault::{MasterKey, Vault},
    wakeup::Wakeup,
};

/// Writing connections besides those of the executor's writers. One each for the outbox, for which customers wait, for
/// the jobs, and for the sealing of the journal, which may take long.
pub(super) const WRITERS_BESIDE: u32 = 3;

/// A database opened with its key.
#[derive(Clone)]
pub struct Opened {
    /// Connections that may change it.
    pub writers: Connections,
    /// Connections that only read.
    pub readers: Connections,
    /// The master key, and the database's keys once they have been read (`store::tables::key`).
    pub vault: Arc<Vault>,
    /// Wakes the outbox when this gateway has written messages.
    pub outbox: Wakeup,
}

impl Opened {
    /// Opens the configured database.
    ///
    /// # Errors
    /// It is not there or cannot be reached, or its key is missing.
    pub fn open(config: &Config) -> Result<Self, AppError> {
        let url = &config.database.url;
        if url.sqlite_path().is_some_and(|path| !path.exists()) {
            return Err(AppError::NoDatabase { url: url.to_string() });
        }
        Self::with_master(config, false)
    }

    /// Opens the configured database; makes the file of an embedded one, and its key, when there is none. To be called by
    /// what makes databases alone: any other command would make an empty one of a mistyped name.
    ///
    /// # Errors
    /// Its folder is not there, it cannot be made or reached, or its key is missing.
    pub fn make(config: &Config) -> Result<Self, AppError> {
        let Some(path) = config.database.url.sqlite_path() else { return Self::with_master(config, false) };
        Self::with_master(config, !path.exists())
    }

    fn with_master(config: &Config, is_new: bool) -> Result<Self, AppError> {
        let database = &config.database;
        let limits = connect_limits(config);
        let writers = if database.url.is_sqlite() { 1 } else { database.writer_threads };
        let size = |threads: usize| u32::try_from(threads).unwrap_or(u32::MAX);
        let writers = size(writers).saturating_add(WRITERS_BESIDE);
        // A key is only made together with its database. A new key could not open an existing database.
        let master = match config.key_source() {
            Some(KeySource::Inline(key)) => MasterKey::from_text(key.reveal())?,
            Some(KeySource::File { path, may_create }) => MasterKey::from_file(&path, may_create && is_new)?,
            None => return Err(AppError::NoKey),
        };
        if let Some(path) = database.url.sqlite_path().filter(|_| is_new) {
            let failed = |source| BackendError::Open { path: path.display().to_string(), source };
            files::make(path).map_err(failed)?;
        }
        let writers = Connections::open(&database.url, Purpose::Write, writers, &limits)?;
        let readers = Connections::open_aside(&database.url, Purpose::Read, size(database.readers()), &limits);
        Ok(Self { writers, readers, vault: Arc::new(Vault::new(master)), outbox: Wakeup::default() })
    }

    /// Opens an up-to-date database together with its keys, and returns a connection that may change it.
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
    /// No connection was free in time.
    pub fn writer(&self) -> Result<Db, AppError> {
        Ok(self.writers.get()?)
    }
}

/// The most connections to the database.
pub(super) fn database_connections(config: &Config) -> usize {
    let beside = usize::try_from(WRITERS_BESIDE).unwrap_or_default().saturating_add(1);
    let database = &config.database;
    [database.readers(), database.list_connections_max, beside]
        .into_iter()
        .fold(database.writer_threads, usize::saturating_add)
}

/// The longest wait for the database.
#[must_use]
pub fn connect_limits(config: &Config) -> ConnectLimits {
    ConnectLimits {
        connect_timeout: Duration::from_millis(config.database.connect_timeout_ms),
        statement_timeout: Duration::from_millis(config.database.statement_timeout_ms),
    }
}
