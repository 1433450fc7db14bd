//! Forgetting stored answers. The chronicle records it: otherwise `verify` would take what was forgotten for stolen.

use crate::{
    domain::moment::Moment,
    store::{
        db::backend::Db,
        error::StoreError,
        facts::{Facts, Kind},
        sql::{batch::write_together, digest::short_digest},
        tables::{chronicle, operation},
    },
    vault::Vault,
};

/// Deletes at most `rows_max` answers that were recorded before a moment, and records that answers of that time may be gone.
/// Returns how many were deleted. To be called in a transaction.
///
/// # Errors
/// A statement fails, or the keys are not opened.
pub fn forget_answers(
    db: &mut Db,
    vault: &Vault,
    before: Moment,
    rows_max: i64,
    now: Moment,
) -> Result<usize, StoreError> {
    let gone = operation::forget(db, before, rows_max)?;
    if gone > 0 {
        let mut facts = Facts::default();
        facts.add(Kind::Forgotten, before.0, short_digest(&[]));
        write_together(db, |out| chronicle::append(out, &facts, now, vault))?;
    }
    Ok(gone)
}
