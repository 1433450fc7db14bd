//! Returns without the receipt of their sale.

use std::collections::HashMap;

use diesel::prelude::*;

use crate::{
    domain::{
        fiscal::Fiscal,
        ids::{AccountId, CustomerId, ReturnId, StoreId},
        return_without_receipt::ReturnWithoutReceipt,
    },
    store::{
        db::backend::{Db, load_locked, on},
        error::StoreError,
        facts::{Facts, Kind},
        schema::{free_return_lines, free_returns},
        sealing::Keys,
        sql::{
            any_of::AnyOfValues as _,
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
    #[diesel(table_name = free_returns)]
    struct FreeReturnRow in free_returns {
        id: i64,
        partner_id: i64,
        store_id: i64,
        till_id: i64,
        number: String,
        local_day: i64,
        shift: String,
        occurred_at: i64,
        recorded_at: i64,
        account_id: Option<i64>,
        amount_refund: i64,
        points_revoked: i64,
        fiscal_fn: Option<String>,
        fiscal_fd: Option<String>,
        fiscal_fp: Option<String>,
        reason_sealed: Option<Vec<u8>>,
        cashier_sealed: Option<Vec<u8>>,
    }
}

rows! {
    #[derive(Queryable, Selectable)]
    #[diesel(table_name = free_return_lines)]
    struct FreeReturnLineRow in free_return_lines {
        free_return_id: i64,
        line_no: i64,
        goods_code: String,
        name: Option<String>,
        quantity: i64,
        price: i64,
        sum: i64,
        points_revoked: i64,
    }
}

/// Where returns without a receipt were registered, and their fiscal documents; locked in id order when `lock`.
///
/// # Errors
/// The statement fails.
pub fn load_known(db: &mut Db, ids: &[i64], lock: bool) -> Result<Vec<(ReturnId, KnownReturn)>, StoreError> {
    type Row = (i64, i64, Option<String>, Option<String>, Option<String>);
    let rows: Vec<Row> = load_locked!(
        db,
        lock,
        free_returns::table.filter(free_returns::id.any_of(ids)).order(free_returns::id).select((
            free_returns::id,
            free_returns::store_id,
            free_returns::fiscal_fn,
            free_returns::fiscal_fd,
            free_returns::fiscal_fp,
        ))
    )?;
    let known = rows.into_iter().map(|(id, store, drive, fd, fp)| {
        let fiscal = till_document::fiscal((drive, fd, fp));
        (ReturnId(id), KnownReturn { is_free: true, store: StoreId(store), fiscal })
    });
    Ok(known.collect())
}

/// Adds its fiscal document to a return that has none.
///
/// # Errors
/// The statement fails.
pub fn attach(db: &mut Db, id: ReturnId, fiscal: &Fiscal) -> Result<(), StoreError> {
    on!(db, c => diesel::update(free_returns::table.filter(free_returns::id.eq(id.0)))
        .set((
            free_returns::fiscal_fn.eq(&fiscal.fn_),
            free_returns::fiscal_fd.eq(&fiscal.fd),
            free_returns::fiscal_fp.eq(&fiscal.fp),
        ))
        .execute(&mut **c))?;
    Ok(())
}

/// Writes new ones; `owner` gives the customer of an account.
///
/// # Errors
/// A statement fails, or nothing can be sealed.
pub fn save(
    out: &mut Writes<'_>,
    new: &[ReturnWithoutReceipt],
    keys: &Keys,
    owner: impl Fn(AccountId) -> Option<CustomerId>,
    facts: &mut Facts,
) -> Result<(), StoreError> {
    let row = |back: &ReturnWithoutReceipt| {
        let (fiscal_fn, fiscal_fd, fiscal_fp) = till_document::fiscal_columns(back.fiscal.as_ref());
        let (id, customer) = (back.id.0, back.account.and_then(&owner));
        Ok(FreeReturnRow {
            id: back.id.0,
            partner_id: back.partner.0,
            store_id: back.store.0,
            till_id: back.key.till.0,
            number: back.key.number.clone(),
            local_day: back.key.local_day,
            shift: back.key.shift.clone(),
            occurred_at: back.occurred_at.0,
            recorded_at: back.recorded_at.0,
            account_id: back.account.map(|id| id.0),
            amount_refund: back.amount_refund.0,
            points_revoked: back.points_revoked.0,
            fiscal_fn,
            fiscal_fd,
            fiscal_fp,
            reason_sealed: keys.seal_words(customer, &reason_place(id), Some(&back.reason))?,
            cashier_sealed: keys.seal_words(None, &cashier_place(id), back.cashier.as_deref())?,
        })
    };
    let rows: Vec<FreeReturnRow> = new.iter().map(row).collect::<Result<_, StoreError>>()?;
    let mut lines: Vec<FreeReturnLineRow> = Vec::new();
    for (row, back) in rows.iter().zip(new) {
        let own = line_rows_of(back);
        facts.rows(Kind::FreeReturn, row.id, |digester| put(digester, row, &own));
        lines.extend(own);
    }
    write_rows!(out, rows, free_returns);
    write_rows!(out, lines, free_return_lines);
    Ok(())
}

/// Where the reason lies: it is the customer's, if there is one.
pub(in crate::store) fn reason_place(id: i64) -> String {
    format!("free_returns.reason:{id}")
}

/// Where the name lies of who took the goods back.
pub(in crate::store) fn cashier_place(id: i64) -> String {
    format!("free_returns.cashier:{id}")
}

/// A return's lines, in the order of their numbers.
fn line_rows_of(back: &ReturnWithoutReceipt) -> Vec<FreeReturnLineRow> {
    let lines = back.lines.iter().map(|(line, revoked)| FreeReturnLineRow {
        free_return_id: back.id.0,
        line_no: i64::from(line.number),
        goods_code: line.goods_code.clone(),
        name: line.name.clone(),
        quantity: line.quantity.0,
        price: line.price.0,
        sum: line.sum.0,
        points_revoked: revoked.0,
    });
    let mut rows: Vec<FreeReturnLineRow> = lines.collect();
    rows.sort_unstable_by_key(|row| row.line_no);
    rows
}

fn put(digester: &mut Digester, row: &FreeReturnRow, lines: &[FreeReturnLineRow]) {
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
    let rows: Vec<FreeReturnRow> = on!(db, c => free_returns::table
        .filter(free_returns::id.any_of(ids))
        .select(FreeReturnRow::as_select())
        .load(&mut **c))?;
    let line_rows: Vec<FreeReturnLineRow> = on!(db, c => free_return_lines::table
        .filter(free_return_lines::free_return_id.any_of(ids))
        .order((free_return_lines::free_return_id, free_return_lines::line_no))
        .select(FreeReturnLineRow::as_select())
        .load(&mut **c))?;
    let mut lines: HashMap<i64, Vec<FreeReturnLineRow>> = HashMap::new();
    for line in line_rows {
        lines.entry(line.free_return_id).or_default().push(line);
    }
    let mut digester = Digester::default();
    let said = rows.iter().map(|row| {
        put(&mut digester, row, lines.get(&row.id).map_or(&[], Vec::as_slice));
        (row.id, digester.finish())
    });
    Ok(said.collect())
}
