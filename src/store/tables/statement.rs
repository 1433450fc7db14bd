//! Pages of the customer's statement, from the journal.

use std::collections::HashMap;

use diesel::prelude::*;

use crate::{
    domain::{
        account::Movement,
        ids::{AccountId, ReceiptId},
    },
    store::{
        db::backend::{Db, on},
        error::StoreError,
        schema::{journal, receipts},
        sealing::Keys,
        sql::any_of::AnyOfValues as _,
        tables::account::movement::{JournalRow, words_place},
    },
    vault::Vault,
    working_set::{StatementLine, StatementPage},
};

/// A page of an account's statement: whole steps, the latest first.
///
/// # Errors
/// A statement fails, or a row is unreadable.
pub fn load(
    db: &mut Db,
    account: AccountId,
    page: &StatementPage,
    vault: &Vault,
) -> Result<Vec<StatementLine>, StoreError> {
    // A step is numbered by its first entry: by those numbers the index leads from the latest on, and no further than
    // needed.
    let before = page.before_step.unwrap_or(i64::MAX);
    let steps: Vec<i64> = on!(db, c => journal::table
        .filter(journal::account_id.eq(account.0))
        .filter(journal::seq.lt(before))
        .filter(journal::seq.eq(journal::step))
        .filter(journal::occurred_at.ge(page.from.0))
        .filter(journal::occurred_at.lt(page.to.0))
        .order(journal::seq.desc())
        .limit(page.lines_max)
        .select(journal::step)
        .load(&mut **c))?;
    let first = steps.last().copied().unwrap_or(before);
    let rows: Vec<JournalRow> = on!(db, c => journal::table
        .filter(journal::account_id.eq(account.0))
        .filter(journal::seq.ge(first))
        .filter(journal::seq.lt(before))
        .filter(journal::step.any_of(&steps))
        .order(journal::seq)
        .select(JournalRow::as_select())
        .load(&mut **c))?;
    let movements = told(db, &rows, vault)?;
    let receipts: Vec<i64> = movements.iter().filter_map(|entry| entry.cause.receipt).map(|id| id.0).collect();
    Ok(StatementLine::of(&movements, &receipt_numbers(db, &receipts)?))
}

/// The entries of rows, with the words that people gave as their reasons, as far as those can still be read.
///
/// # Errors
/// A statement fails, or a row is unreadable.
pub(in crate::store) fn told(db: &mut Db, rows: &[JournalRow], vault: &Vault) -> Result<Vec<Movement>, StoreError> {
    let sealed: Vec<Option<Vec<u8>>> = rows.iter().map(JournalRow::sealed_words).collect();
    let keys = Keys::for_values(db, vault, sealed.iter().flatten().map(Vec::as_slice))?;
    let entry = |(row, sealed): (&JournalRow, &Option<Vec<u8>>)| {
        let mut entry = row.movement()?;
        entry.cause.words = keys.open_words(&words_place(row.account_id, row.seq), sealed.as_deref())?;
        Ok(entry)
    };
    rows.iter().zip(&sealed).map(entry).collect()
}

/// What tills call these sales.
///
/// # Errors
/// The statement fails.
pub fn receipt_numbers(db: &mut Db, ids: &[i64]) -> Result<HashMap<ReceiptId, String>, StoreError> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let numbers: Vec<(i64, String)> = on!(db, c => receipts::table
        .filter(receipts::id.any_of(ids))
        .select((receipts::id, receipts::number))
        .load(&mut **c))?;
    Ok(numbers.into_iter().map(|(id, number)| (ReceiptId(id), number)).collect())
}
