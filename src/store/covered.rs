//! What the chronicle covers: rows by kind and id, and what they say now.

use diesel::prelude::*;

use crate::store::{
    db::backend::{Db, on},
    error::StoreError,
    facts::{Facts, Kind},
    schema::{
        account_changes, accounts, card_changes, cards, cases, confirmation_codes, consents, customers, free_returns,
        receipts, reservations, returns,
    },
    sql::digest::RowDigest,
    tables::{
        account, card, case, code, consent, customer, reservation, return_without_receipt, returns as returned, sale,
    },
};

/// Ids in one statement.
const IDS_PER_STATEMENT: usize = 1_000;

/// What rows of a kind say; those that are not there are left out, and so are all of a kind without ids.
///
/// # Errors
/// A statement fails.
pub fn digests(db: &mut Db, kind: Kind, ids: &[i64]) -> Result<Vec<(i64, RowDigest)>, StoreError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    match kind {
        Kind::Account => account::digests(db, ids),
        Kind::Card => card::digests(db, ids),
        Kind::Customer => customer::digests(db, ids),
        Kind::Hold => reservation::digests(db, ids),
        Kind::Code => code::digests(db, ids),
        Kind::Sale => sale::digests(db, ids),
        Kind::Return => returned::digests(db, ids),
        Kind::FreeReturn => return_without_receipt::digests(db, ids),
        Kind::Consent => consent::digests(db, ids),
        Kind::CardChange => card::change_digests(db, ids),
        Kind::AccountChange => account::change_digests(db, ids),
        Kind::Case => case::digests(db, ids),
        Kind::Answer | Kind::Forgotten | Kind::Registry | Kind::Entries => Ok(Vec::new()),
    }
}

/// Adds how rows that were changed by a statement of many rows were left.
///
/// # Errors
/// A statement fails.
pub fn read_back(db: &mut Db, kind: Kind, ids: &[i64], facts: &mut Facts) -> Result<(), StoreError> {
    for ids in ids.chunks(IDS_PER_STATEMENT) {
        for (id, digest) in digests(db, kind, ids)? {
            facts.add(kind, id, digest);
        }
    }
    Ok(())
}

/// The ids of a kind after one and up to another, in order, at most `rows_max`.
///
/// # Errors
/// The statement fails.
pub fn ids_between(db: &mut Db, kind: Kind, after: i64, last: i64, rows_max: i64) -> Result<Vec<i64>, StoreError> {
    macro_rules! of {
        ($table:ident) => {
            on!(db, c => $table::table
                .filter($table::id.gt(after))
                .filter($table::id.le(last))
                .order($table::id)
                .limit(rows_max)
                .select($table::id)
                .load(&mut **c))?
        };
    }
    Ok(match kind {
        Kind::Account => of!(accounts),
        Kind::Card => of!(cards),
        Kind::Customer => of!(customers),
        Kind::Hold => of!(reservations),
        Kind::Code => of!(confirmation_codes),
        Kind::Sale => of!(receipts),
        Kind::Return => of!(returns),
        Kind::FreeReturn => of!(free_returns),
        Kind::Consent => of!(consents),
        Kind::CardChange => of!(card_changes),
        Kind::AccountChange => of!(account_changes),
        Kind::Case => of!(cases),
        Kind::Answer | Kind::Forgotten | Kind::Registry | Kind::Entries => Vec::new(),
    })
}

/// The greatest id of a kind.
///
/// # Errors
/// The statement fails.
pub fn last_id(db: &mut Db, kind: Kind) -> Result<i64, StoreError> {
    macro_rules! of {
        ($table:ident) => {
            on!(db, c => $table::table
                .order($table::id.desc())
                .select($table::id)
                .first::<i64>(&mut **c)
                .optional())?
        };
    }
    let last = match kind {
        Kind::Account => of!(accounts),
        Kind::Card => of!(cards),
        Kind::Customer => of!(customers),
        Kind::Hold => of!(reservations),
        Kind::Code => of!(confirmation_codes),
        Kind::Sale => of!(receipts),
        Kind::Return => of!(returns),
        Kind::FreeReturn => of!(free_returns),
        Kind::Consent => of!(consents),
        Kind::CardChange => of!(card_changes),
        Kind::AccountChange => of!(account_changes),
        Kind::Case => of!(cases),
        Kind::Answer | Kind::Forgotten | Kind::Registry | Kind::Entries => None,
    };
    Ok(last.unwrap_or_default())
}
