//! Checks references that have no foreign key on PostgreSQL (migration `references`). The keys are scanned page by page,
//! each page on one consistent state.

use std::collections::BTreeSet;

use diesel::prelude::*;

use crate::store::{
    books::verify::report::Report,
    db::backend::{Db, Purpose, on},
    error::StoreError,
    schema::{
        accounts, confirmation_codes, customers, journal, journal_seal_heads, lots, receipt_lines, receipt_lots,
        receipt_taken_lots, receipt_takings, receipts, reservation_lots, reservations, stores, tills,
    },
    sql::any_of::AnyOfValues as _,
};

/// Rows, or different keys, in one step.
const ROWS_PER_STEP: i64 = 2_000;

/// The references of a page of rows, each with its row, and the start of the next page.
type Page = (Vec<(i64, i64)>, Option<i64>);

/// Checks all of them.
///
/// # Errors
/// A statement fails.
pub(super) fn check(db: &mut Db, report: &mut Report) -> Result<(), StoreError> {
    /// For rows whose key begins with the reference: each different value once.
    macro_rules! keys {
        ($child:ident.$column:ident, $parent:ident) => {
            walk(db, concat!(stringify!($child), ".", stringify!($column)), report, |db, after| {
                let keys: Vec<i64> = on!(db, c => $child::table
                    .filter($child::$column.gt(after))
                    .select($child::$column)
                    .distinct()
                    .order($child::$column)
                    .limit(ROWS_PER_STEP)
                    .load(&mut **c))?;
                let last = keys.last().copied();
                Ok((keys.into_iter().map(|key| (key, key)).collect(), last))
            }, |db, ids| Ok(on!(db, c => $parent::table
                .filter($parent::id.any_of(ids))
                .select($parent::id)
                .load(&mut **c))?))?
        };
    }
    /// For rows that have an id, scanned by it.
    macro_rules! rows {
        ($child:ident.$column:ident, $parent:ident) => {
            walk(db, concat!(stringify!($child), ".", stringify!($column)), report, |db, after| {
                let rows: Vec<(i64, Option<i64>)> = on!(db, c => $child::table
                    .filter($child::id.gt(after))
                    .select(($child::id, $child::$column.nullable()))
                    .order($child::id)
                    .limit(ROWS_PER_STEP)
                    .load(&mut **c))?;
                let last = rows.last().map(|(id, _)| *id);
                Ok((rows.into_iter().filter_map(|(id, named)| Some((id, named?))).collect(), last))
            }, |db, ids| Ok(on!(db, c => $parent::table
                .filter($parent::id.any_of(ids))
                .select($parent::id)
                .load(&mut **c))?))?
        };
    }
    keys!(journal.account_id, accounts);
    keys!(journal_seal_heads.account_id, accounts);
    keys!(lots.account_id, accounts);
    keys!(receipt_lines.receipt_id, receipts);
    keys!(receipt_lots.receipt_id, receipts);
    keys!(receipt_takings.receipt_id, receipts);
    keys!(receipt_taken_lots.receipt_id, receipts);
    keys!(reservation_lots.reservation_id, reservations);
    rows!(reservations.account_id, accounts);
    rows!(reservations.customer_id, customers);
    rows!(confirmation_codes.customer_id, customers);
    rows!(receipts.store_id, stores);
    rows!(receipts.till_id, tills);
    rows!(receipts.account_id, accounts);
    rows!(receipts.customer_id, customers);
    Ok(())
}

/// Scans the references and reports the dangling ones.
fn walk(
    db: &mut Db,
    column: &str,
    report: &mut Report,
    page: impl Fn(&mut Db, i64) -> Result<Page, StoreError>,
    known: impl Fn(&mut Db, &[i64]) -> Result<Vec<i64>, StoreError>,
) -> Result<(), StoreError> {
    let mut after = i64::MIN;
    loop {
        let (missing, last) = db.transaction(Purpose::Read, |db| {
            let (named, last) = page(db, after)?;
            let ids: BTreeSet<i64> = named.iter().map(|(_, id)| *id).collect();
            let known: BTreeSet<i64> = known(db, &ids.into_iter().collect::<Vec<_>>())?.into_iter().collect();
            let missing: Vec<(i64, i64)> = named.into_iter().filter(|(_, id)| !known.contains(id)).collect();
            Ok::<_, StoreError>((missing, last))
        })?;
        for (row, id) in missing {
            let of = if row == id { String::new() } else { format!(" of row {row}") };
            report.found(None, format!("{column}{of} names {id}, which is not there"));
        }
        match last {
            Some(last) => after = last,
            None => return Ok(()),
        }
    }
}
