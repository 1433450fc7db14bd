//! Returns against a registered sale.

use std::collections::{HashMap, HashSet};

use diesel::prelude::*;

use crate::{
    domain::{
        fiscal::Fiscal,
        ids::{ReturnId, StoreId, TillId},
        returns::Return,
        till_document::ReceiptKey,
    },
    store::{
        db::backend::{Db, load_locked, on},
        error::StoreError,
        facts::{Facts, Kind},
        schema::{free_returns, return_lines, returns},
        sealing::Keys,
        sql::{
            any_of::AnyOfValues as _,
            any_row_of::any_row_of,
            batch::Writes,
            digest::{Digester, RowDigest},
            insert::{rows, write_rows},
        },
        tables::till_document,
    },
    working_set::KnownReturn,
};

rows! {
    #[derive(Queryable, Selectable)]
    #[diesel(table_name = returns)]
    struct ReturnRow in returns {
        id: i64,
        receipt_id: i64,
        till_id: i64,
        number: String,
        local_day: i64,
        shift: String,
        occurred_at: i64,
        recorded_at: i64,
        cashier_sealed: Option<Vec<u8>>,
        amount_refund: i64,
        points_restored: i64,
        points_revoked: i64,
        fiscal_fn: Option<String>,
        fiscal_fd: Option<String>,
        fiscal_fp: Option<String>,
    }
}

rows! {
    #[derive(Queryable, Selectable)]
    #[diesel(table_name = return_lines)]
    struct ReturnLineRow in return_lines {
        return_id: i64,
        line_no: i64,
        quantity: i64,
        amount_refund: i64,
        points_restored: i64,
        points_revoked: i64,
    }
}

/// Which of these keys were used for a return before, with a receipt or without.
///
/// # Errors
/// The statement fails.
pub fn load_keys(db: &mut Db, keys: &[ReceiptKey]) -> Result<HashSet<ReceiptKey>, StoreError> {
    let columns = (returns::till_id, returns::local_day, returns::shift, returns::number);
    let free_columns = (free_returns::till_id, free_returns::local_day, free_returns::shift, free_returns::number);
    let rows: Vec<(i64, i64, String, String)> = on!(db, c => returns::table
        .filter(any_row_of(columns, keys.iter().map(till_document::name)))
        .select(columns)
        .union_all(free_returns::table.filter(any_row_of(free_columns, keys.iter().map(till_document::name))).select(free_columns))
        .load(&mut **c))?;
    Ok(rows
        .into_iter()
        .map(|(till, local_day, shift, number)| ReceiptKey { till: TillId(till), local_day, shift, number })
        .collect())
}

/// Where returns were registered, and their fiscal documents; locked in id order when `lock`.
///
/// # Errors
/// The statement fails.
pub fn load_known(
    db: &mut Db,
    ids: &[i64],
    stores: impl Fn(TillId) -> Option<StoreId>,
    lock: bool,
) -> Result<Vec<(ReturnId, KnownReturn)>, StoreError> {
    type Row = (i64, i64, Option<String>, Option<String>, Option<String>);
    let rows: Vec<Row> = load_locked!(
        db,
        lock,
        returns::table.filter(returns::id.any_of(ids)).order(returns::id).select((
            returns::id,
            returns::till_id,
            returns::fiscal_fn,
            returns::fiscal_fd,
            returns::fiscal_fp,
        ))
    )?;
    let known = rows.into_iter().filter_map(|(id, till, drive, fd, fp)| {
        let fiscal = till_document::fiscal((drive, fd, fp));
        Some((ReturnId(id), KnownReturn { is_free: false, store: stores(TillId(till))?, fiscal }))
    });
    Ok(known.collect())
}

/// Adds its fiscal document to a return that has none.
///
/// # Errors
/// The statement fails.
pub fn attach(db: &mut Db, id: ReturnId, fiscal: &Fiscal) -> Result<(), StoreError> {
    on!(db, c => diesel::update(returns::table.filter(returns::id.eq(id.0)))
        .set((
            returns::fiscal_fn.eq(&fiscal.fn_),
            returns::fiscal_fd.eq(&fiscal.fd),
            returns::fiscal_fp.eq(&fiscal.fp),
        ))
        .execute(&mut **c))?;
    Ok(())
}

/// Writes new returns.
///
/// # Errors
/// A statement fails, or nothing can be sealed.
pub fn save(out: &mut Writes<'_>, new: &[Return], keys: &Keys, facts: &mut Facts) -> Result<(), StoreError> {
    let row = |back: &Return| {
        let (fiscal_fn, fiscal_fd, fiscal_fp) = till_document::fiscal_columns(back.fiscal.as_ref());
        Ok(ReturnRow {
            id: back.id.0,
            receipt_id: back.receipt.0,
            till_id: back.key.till.0,
            number: back.key.number.clone(),
            local_day: back.key.local_day,
            shift: back.key.shift.clone(),
            occurred_at: back.occurred_at.0,
            recorded_at: back.recorded_at.0,
            cashier_sealed: keys.seal_words(None, &cashier_place(back.id.0), back.cashier.as_deref())?,
            amount_refund: back.calculation.amount_refund.0,
            points_restored: back.calculation.points_restored.0,
            points_revoked: back.calculation.points_revoked.0,
            fiscal_fn,
            fiscal_fd,
            fiscal_fp,
        })
    };
    let rows: Vec<ReturnRow> = new.iter().map(row).collect::<Result<_, StoreError>>()?;
    let mut line_rows: Vec<ReturnLineRow> = Vec::new();
    for (row, back) in rows.iter().zip(new) {
        let own = line_rows_of(back);
        facts.rows(Kind::Return, row.id, |digester| put(digester, row, &own));
        line_rows.extend(own);
    }
    write_rows!(out, rows, returns);
    write_rows!(out, line_rows, return_lines);
    Ok(())
}

/// Where the name lies of who took the goods back.
pub(in crate::store) fn cashier_place(id: i64) -> String {
    format!("returns.cashier:{id}")
}

/// A return's lines, in the order of their numbers.
fn line_rows_of(back: &Return) -> Vec<ReturnLineRow> {
    let lines = back.calculation.lines.iter().map(|line| ReturnLineRow {
        return_id: back.id.0,
        line_no: i64::from(line.number),
        quantity: line.quantity.0,
        amount_refund: line.amount_refund.0,
        points_restored: line.points_restored.0,
        points_revoked: line.points_revoked.0,
    });
    let mut rows: Vec<ReturnLineRow> = lines.collect();
    rows.sort_unstable_by_key(|row| row.line_no);
    rows
}

fn put(digester: &mut Digester, row: &ReturnRow, lines: &[ReturnLineRow]) {
    digester.row(row);
    for line in lines {
        digester.row(line);
    }
}

/// What these returns say, each with its lines.
///
/// # Errors
/// A statement fails.
pub(in crate::store) fn digests(db: &mut Db, ids: &[i64]) -> Result<Vec<(i64, RowDigest)>, StoreError> {
    let rows: Vec<ReturnRow> =
        on!(db, c => returns::table.filter(returns::id.any_of(ids)).select(ReturnRow::as_select()).load(&mut **c))?;
    let line_rows: Vec<ReturnLineRow> = on!(db, c => return_lines::table
        .filter(return_lines::return_id.any_of(ids))
        .order((return_lines::return_id, return_lines::line_no))
        .select(ReturnLineRow::as_select())
        .load(&mut **c))?;
    let mut lines: HashMap<i64, Vec<ReturnLineRow>> = HashMap::new();
    for line in line_rows {
        lines.entry(line.return_id).or_default().push(line);
    }
    let mut digester = Digester::default();
    let said = rows.iter().map(|row| {
        put(&mut digester, row, lines.get(&row.id).map_or(&[], Vec::as_slice));
        (row.id, digester.finish())
    });
    Ok(said.collect())
}
