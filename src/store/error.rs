//! Errors of the store.

use crate::{
    store::db::failures::{is_cancelled, is_transient, is_unwritable},
    vault::VaultError,
};

/// A failure of the store while a batch runs. Callers see a [`crate::working_set::command::Failure`] instead.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No connection is available.
    #[error("no database connection: {0}")]
    Connection(#[from] r2d2::Error),
    /// A statement failed.
    #[error("statement: {0}")]
    Query(#[from] diesel::result::Error),
    /// The data cannot be synced to the disk.
    #[error("the disk: {0}")]
    Disk(#[source] std::io::Error),
    /// An encrypted column cannot be decrypted.
    #[error("sealed column: {0}")]
    Vault(#[from] VaultError),
    /// A question exceeds its time limit.
    #[error("the time for the answer is over")]
    Late,
    /// A row holds a value that no version of this program writes.
    #[error("unreadable row: {0}")]
    Unreadable(String),
}

impl StoreError {
    /// Whether a retry of the same batch may succeed.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Connection(_) => true,
            Self::Query(error) => is_transient(error),
            Self::Disk(_) | Self::Vault(_) | Self::Late | Self::Unreadable(_) => false,
        }
    }

    /// Whether the database is unavailable for all: no connection, or its disk cannot be written.
    #[must_use]
    pub fn is_out_of_reach(&self) -> bool {
        match self {
            Self::Connection(_) | Self::Disk(_) => true,
            Self::Query(error) => is_unwritable(error),
            Self::Vault(_) | Self::Late | Self::Unreadable(_) => false,
        }
    }

    /// Whether a time limit was exceeded, the question's own or the server's (`statement_timeout`).
    #[must_use]
    pub fn is_late(&self) -> bool {
        match self {
            Self::Late => true,
            Self::Query(error) => is_cancelled(error),
            Self::Connection(_) | Self::Disk(_) | Self::Vault(_) | Self::Unreadable(_) => false,
        }
    }

    /// Whether two gateways, or two commands of a batch, wrote the same key at once. Run one by one, the later sees the
    /// earlier.
    #[must_use]
    pub fn is_collision(&self) -> bool {
        use diesel::result::{DatabaseErrorKind, Error};
        matches!(self, Self::Query(Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _)))
    }
}

/// Parses a column's word.
pub(in crate::store) fn word<T>(parse: impl Fn(&str) -> Option<T>, column: &str, word: &str) -> Result<T, StoreError> {
    parse(word).ok_or_else(|| StoreError::Unreadable(format!("{column} = {word:?}")))
}

/// Converts a column's small number.
pub(in crate::store) fn small<T: TryFrom<i64>>(column: &str, value: i64) -> Result<T, StoreError> {
    T::try_from(value).map_err(|_| StoreError::Unreadable(format!("{column} = {value}")))
}
