//! The register of fiscal documents against sales and returns, of which it is made: each document stands in it, and each entry is of
//! a document that says the same. An entry that was taken away would let a document be registered twice, one that was added would
//! have it refused.

use std::collections::{BTreeMap, HashMap};

use diesel::prelude::*;

use crate::{
    domain::{fiscal::FiscalKey, sale::SaleState},
    store::{
        books::verify::{
            fits::{named, pages},
            report::Report,
        },
        db::backend::{Db, Purpose, on},
        error::StoreError,
        schema::{fiscal_documents, free_returns, receipts, returns, tills},
        sql::any_of::AnyOfValues as _,
        tables::fiscal::{self, FiscalRow, RETURN, SALE},
    },
};

/// Rows looked at in one step.
const ROWS_PER_STEP: i64 = 1_000;

/// A document as its sale or return says it: its numbers, its shop, and whether it is a sale that was cancelled.
struct Document {
    key: Option<FiscalKey>,
    store: i64,
    is_cancelled: bool,
}

/// Checks all of it.
///
/// # Errors
/// A statement fails.
pub(super) fn check(db: &mut Db, report: &mut Report) -> Result<(), StoreError> {
    macro_rules! documents {
        ($table:ident, $words:literal, $kind:expr, $is_cancelled:expr) => {
            pages(db, report, |db, after, report| {
                let rows: Vec<(i64, Option<String>, Option<String>, bool)> = on!(db, c => $table::table
                    .filter($table::id.gt(after))
                    .order($table::id)
                    .limit(ROWS_PER_STEP)
                    .select(($table::id, $table::fiscal_fn, $table::fiscal_fd, $is_cancelled))
                    .load(&mut **c))?;
                let last = rows.last().map(|row| row.0);
                let documents = rows.into_iter().filter_map(|(id, drive, number, is_cancelled)| {
                    // The register began later than sales: who was cancelled before is not in it.
                    let key = FiscalKey::recorded(&drive?, &number?)?;
                    (!is_cancelled).then_some((id, key))
                });
                unregistered(db, ($words, $kind), documents.collect(), report)?;
                Ok(last)
            })?
        };
    }
    // A return is never cancelled.
    documents!(receipts, "receipt", SALE, receipts::state.eq(SaleState::Cancelled.word()));
    documents!(returns, "return", RETURN, returns::id.lt(0_i64));
    documents!(free_returns, "return without a receipt", RETURN, free_returns::id.lt(0_i64));
    entries(db, report)
}

/// Documents of which the register has no entry.
fn unregistered(
    db: &mut Db,
    (words, kind): (&str, &str),
    documents: Vec<(i64, FiscalKey)>,
    report: &mut Report,
) -> Result<(), StoreError> {
    let keys: Vec<&FiscalKey> = documents.iter().map(|(_, key)| key).collect();
    let rows = fiscal::rows(db, &keys)?;
    let holders = self::documents(db, &rows)?;
    let mut entries: BTreeMap<FiscalKey, Vec<FiscalRow>> = BTreeMap::new();
    for row in rows {
        let key = FiscalKey { fn_: row.fiscal_fn.clone(), fd: row.fiscal_fd.clone() };
        entries.entry(key).or_default().push(row);
    }
    for (id, key) in &documents {
        let entries = entries.get(key).map(Vec::as_slice).unwrap_or_default();
        let is_own = |row: &FiscalRow| row.kind == kind && row.document_id == *id;
        // An older program let two have one document: then the first has it.
        let is_held = |row: &FiscalRow| {
            holders.get(&(row.kind.clone(), row.document_id)).is_some_and(|document| !document.is_cancelled)
        };
        if !entries.iter().any(is_own) && !entries.last().is_some_and(is_held) {
            let (drive, number) = (&key.fn_, &key.fd);
            report.found(
                None,
                format!(
                    "{words} {id} has the fiscal document {drive} {number}, which fiscal_documents does not have for it"
                ),
            );
        }
    }
    Ok(())
}

/// The register's own entries, in order.
fn entries(db: &mut Db, report: &mut Report) -> Result<(), StoreError> {
    let mut before: Option<(FiscalRow, bool)> = None;
    loop {
        let (drive, number, turn) = before.as_ref().map_or_else(
            || (String::new(), String::new(), i64::MIN),
            |(row, _)| (row.fiscal_fn.clone(), row.fiscal_fd.clone(), row.turn),
        );
        let (rows, mut documents) = db.transaction(Purpose::Read, |db| {
            let is_after = fiscal_documents::fiscal_fn.gt(&drive).or(fiscal_documents::fiscal_fn.eq(&drive).and(
                fiscal_documents::fiscal_fd
                    .gt(&number)
                    .or(fiscal_documents::fiscal_fd.eq(&number).and(fiscal_documents::turn.gt(turn))),
            ));
            let mut rows: Vec<FiscalRow> = on!(db, c => fiscal_documents::table
                .filter(fiscal_documents::fiscal_fn.ge(&drive))
                .filter(is_after)
                .order((fiscal_documents::fiscal_fn, fiscal_documents::fiscal_fd, fiscal_documents::turn))
                .limit(ROWS_PER_STEP)
                .select(FiscalRow::as_select())
                .load(&mut **c))?;
            // All entries of a document are looked at on one state: a page ends with the last document that is whole in it.
            if i64::try_from(rows.len()).is_ok_and(|count| count == ROWS_PER_STEP) {
                let whole = rows.iter().rposition(|row| rows.last().is_some_and(|last| !is_same(row, last)));
                if let Some(whole) = whole {
                    rows.truncate(whole.saturating_add(1));
                }
            }
            let documents = documents(db, &rows)?;
            Ok::<_, StoreError>((rows, documents))
        })?;
        if rows.is_empty() {
            return Ok(());
        }
        for row in rows {
            let name = format!("fiscal_documents: {} {}, turn {}", row.fiscal_fn, row.fiscal_fd, row.turn);
            let same = before.as_ref().filter(|(before, _)| is_same(before, &row));
            let due = same.map_or(0, |(before, _)| before.turn.saturating_add(1));
            if row.turn != due {
                report.found(None, format!("{name} stands where turn {due} should"));
            }
            if let Some((before, false)) = same {
                let (kind, id) = (&before.kind, before.document_id);
                report.found(None, format!("{name}: {kind} {id}, which had it before, was not cancelled"));
            }
            let of = format!("{} {}", row.kind, row.document_id);
            let document = documents.remove(&(row.kind.clone(), row.document_id));
            match &document {
                None => report.found(None, format!("{name} is of {of}, which is not there or stands there twice")),
                Some(document) => {
                    let says =
                        document.key.as_ref().is_some_and(|key| key.fn_ == row.fiscal_fn && key.fd == row.fiscal_fd);
                    if !says {
                        report.found(None, format!("{name} is of {of}, which has another fiscal document"));
                    }
                    if document.store != row.store_id {
                        let (written, store) = (row.store_id, document.store);
                        report.found(None, format!("{name} is of {of} in store {written}, which is of store {store}"));
                    }
                }
            }
            before = Some((row, document.is_none_or(|document| document.is_cancelled)));
        }
    }
}

/// Whether two entries are of one document.
fn is_same(one: &FiscalRow, other: &FiscalRow) -> bool {
    (&one.fiscal_fn, &one.fiscal_fd) == (&other.fiscal_fn, &other.fiscal_fd)
}

/// The documents that entries name.
fn documents(db: &mut Db, rows: &[FiscalRow]) -> Result<BTreeMap<(String, i64), Document>, StoreError> {
    let ids = |kind: &str| named(rows.iter().filter(|row| row.kind == kind).map(|row| Some(row.document_id)));
    type Row = (i64, Option<String>, Option<String>, i64);
    let sales: Vec<(Row, String)> = on!(db, c => receipts::table
        .filter(receipts::id.any_of(&ids(SALE)))
        .select(((receipts::id, receipts::fiscal_fn, receipts::fiscal_fd, receipts::store_id), receipts::state))
        .load(&mut **c))?;
    let returned: Vec<Row> = on!(db, c => returns::table
        .filter(returns::id.any_of(&ids(RETURN)))
        .select((returns::id, returns::fiscal_fn, returns::fiscal_fd, returns::till_id))
        .load(&mut **c))?;
    let places: Vec<(i64, i64)> = on!(db, c => tills::table
        .filter(tills::id.any_of(&named(returned.iter().map(|row| Some(row.3)))))
        .select((tills::id, tills::store_id))
        .load(&mut **c))?;
    let places: HashMap<i64, i64> = places.into_iter().collect();
    let free: Vec<Row> = on!(db, c => free_returns::table
        .filter(free_returns::id.any_of(&ids(RETURN)))
        .select((free_returns::id, free_returns::fiscal_fn, free_returns::fiscal_fd, free_returns::store_id))
        .load(&mut **c))?;
    let returned = returned
        .into_iter()
        .map(|(id, drive, number, till)| (id, drive, number, places.get(&till).copied().unwrap_or_default()));
    let cancelled = |state: &str| state == SaleState::Cancelled.word();
    let sales = sales.into_iter().map(|(row, state)| (SALE, row, cancelled(&state)));
    let all = sales.chain(returned.chain(free).map(|row| (RETURN, row, false)));
    let read = |(kind, (id, drive, number, store), is_cancelled): (&str, Row, bool)| {
        let key = drive.zip(number).and_then(|(drive, number)| FiscalKey::recorded(&drive, &number));
        ((kind.to_owned(), id), Document { key, store, is_cancelled })
    };
    Ok(all.map(read).collect())
}
