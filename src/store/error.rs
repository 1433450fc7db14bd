//! What can go wrong below the services.

use crate::{
    store::db::backend::{is_cancelled, is_transient, is_unwritable},
    vault::VaultError,
};

/// A failure of the store while a batch runs. The caller of an operation never sees it: see [`crate::working_set::command::Failure`].
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No connection is to be had.
    #[error("no database connection: {0}")]
    Connection(#[from] r2d2::Error),
    /// A statement failed.
    #[error("statement: {0}")]
    Query(#[from] diesel::result::Error),
    /// What was written does not reach the disk.
    #[error("the disk: {0}")]
    Disk(#[source] std::io::Error),
    /// A sealed column does not open.
    #[error("sealed column: {0}")]
    Vault(#[from] VaultError),
    /// A question takes longer than it may.
    #[error("the time for the answer is over")]
    Late,
    /// A row holds what no version of this program writes.
    #[error("unreadable row: {0}")]
    Unreadable(String),
}

impl StoreError {
    /// Whether the same batch may succeed when it is simply run again.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Connection(_) => true,
            Self::Query(error) => is_transient(error),
            Self::Disk(_) | Self::Vault(_) | Self::Late | Self::Unreadable(_) => false,
        }
    }

    /// Whether the database takes nothing at all, whoever asks: no connection is to be had, or its disk does not write.
    #[must_use]
    pub fn is_out_of_reach(&self) -> bool {
        match self {
            Self::Connection(_) | Self::Disk(_) => true,
            Self::Query(error) => is_unwritable(error),
            Self::Vault(_) | Self::Late | Self::Unreadable(_) => false,
        }
    }

    /// Whether it took longer than it may, by our own clock or by the server's (`statement_timeout`).
    #[must_use]
    pub fn is_late(&self) -> bool {
        match self {
            Self::Late => true,
            Self::Query(error) => is_cancelled(error),
            Self::Connection(_) | Self::Disk(_) | Self::Vault(_) | Self::Unreadable(_) => false,
        }
    }

    /// Whether two gateways (or two commands of a batch) wrote the same key at once: run one by one, the later one sees
    /// what the earlier one did.
    #[must_use]
    pub fn is_collision(&self) -> bool {
        use diesel::result::{DatabaseErrorKind, Error};
        matches!(self, Self::Query(Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _)))
    }
}

/// The word of a column, read.
pub(in crate::store) fn word<T>(parse: impl Fn(&str) -> Option<T>, column: &str, word: &str) -> Result<T, StoreError> {
    parse(word).ok_or_else(|| StoreError::Unreadable(format!("{column} = {word:?}")))
}

/// A small number of a column, read.
pub(in crate::store) fn small<T: TryFrom<i64>>(column: &str, value: i64) -> Result<T, StoreError> {
    T::try_from(value).map_err(|_| StoreError::Unreadable(format!("{column} = {value}")))
}
