//! Questions about many rows: lists and reports, each in one read-only transaction beside the seam.

pub mod card_stock;
pub mod case;
pub mod exchange;
pub mod expiry;
pub mod history;
pub mod liability;
pub mod login;
pub mod movement;
pub mod network;
pub mod partner;
pub mod receipt;
pub mod settlement;
pub mod store;
pub mod till;

use std::time::Instant;

use crate::{
    domain::moment::Moment,
    store::{db::backend::Db, error::StoreError},
    vault::Vault,
    working_set::questions::{AllQuestions, Unanswered},
};

/// Answers questions within its connection's transaction.
pub struct Reader<'a> {
    db: &'a mut Db,
    vault: &'a Vault,
    now: Moment,
    deadline: Instant,
    bounds: SearchBounds,
}

/// How far one call of a search looks; the next page goes on from there.
#[derive(Debug, Clone, Copy)]
pub struct SearchBounds {
    /// Entries of the registry's chain that are looked at.
    pub entries_max: usize,
    /// Pages of the journal of exchanges whose filters are read. A filter has some 3 kB.
    pub filters_max: usize,
    /// Pages of the journal of exchanges that are unpacked, in bytes.
    pub bytes_max: usize,
}

impl Default for SearchBounds {
    fn default() -> Self {
        Self { entries_max: 20_000, filters_max: 4_096, bytes_max: 32 * 1_024 * 1_024 }
    }
}

impl<'a> Reader<'a> {
    /// A reader that stops at `deadline`, between two statements.
    pub fn new(db: &'a mut Db, vault: &'a Vault, now: Moment, deadline: Instant) -> Self {
        Self { db, vault, now, deadline, bounds: SearchBounds::default() }
    }

    /// With other bounds of searches.
    #[must_use]
    pub const fn within(mut self, bounds: SearchBounds) -> Self {
        self.bounds = bounds;
        self
    }

    /// Checks the deadline; called between the steps of a long question.
    fn in_time(&self) -> Result<(), StoreError> {
        if Instant::now() < self.deadline { Ok(()) } else { Err(StoreError::Late) }
    }
}

impl AllQuestions for Reader<'_> {}

impl From<StoreError> for Unanswered {
    fn from(error: StoreError) -> Self {
        if error.is_late() {
            Self::Late
        } else if error.is_transient() || error.is_out_of_reach() {
            Self::Passing(Box::new(error))
        } else {
            Self::Broken(Box::new(error))
        }
    }
}

impl From<diesel::result::Error> for Unanswered {
    fn from(error: diesel::result::Error) -> Self {
        StoreError::from(error).into()
    }
}

impl From<r2d2::Error> for Unanswered {
    fn from(error: r2d2::Error) -> Self {
        StoreError::from(error).into()
    }
}
