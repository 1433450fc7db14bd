//! What returns took back of the points that sales earned.

use std::collections::HashMap;

use diesel::prelude::*;

use crate::{
    domain::{account::TakenBack, ids::LotNo, money::Points, sale::Sale},
    store::{
        db::backend::{Db, on},
        error::StoreError,
        schema::{receipt_taken_lots, receipt_takings},
        sql::{
            any_of::AnyOfValues as _,
            batch::Writes,
            digest::Digester,
            insert::{rows, write_rows},
        },
    },
};

rows! {
    #[derive(Queryable, Selectable)]
    #[diesel(table_name = receipt_takings)]
    struct TakingRow in receipt_takings {
        receipt_id: i64,
        account_id: i64,
        as_debt: i64,
        gone: i64,
        shortfall: Option<i64>,
        owed_again: Option<i64>,
    }
}

rows! {
    #[derive(Queryable, Selectable)]
    #[diesel(table_name = receipt_taken_lots)]
    struct TakenLotRow in receipt_taken_lots {
        receipt_id: i64,
        lot_no: i64,
        points: i64,
    }
}

/// The rows of one sale of which something was taken back; most sales have none.
pub(super) struct TakenRows {
    whole: TakingRow,
    /// In the order of their numbers.
    lots: Vec<TakenLotRow>,
}

impl TakenRows {
    /// Of a sale.
    pub(super) fn of(sale: &Sale) -> Option<Self> {
        let back = &sale.taken;
        if *back == TakenBack::default() {
            return None;
        }
        let whole = TakingRow {
            receipt_id: sale.id.0,
            account_id: sale.holder?.account.0,
            as_debt: back.as_debt.0,
            gone: back.gone.0,
            shortfall: back.shortfall.is_positive().then_some(back.shortfall.0),
            owed_again: back.owed_again.is_positive().then_some(back.owed_again.0),
        };
        let row =
            |(lot, points): (&LotNo, &Points)| TakenLotRow { receipt_id: sale.id.0, lot_no: lot.0, points: points.0 };
        let mut lots: Vec<TakenLotRow> = back.lots.iter().map(row).collect();
        lots.sort_unstable_by_key(|row| row.lot_no);
        Some(Self { whole, lots })
    }

    /// Into the digest of their sale.
    pub(super) fn put(&self, digester: &mut Digester) {
        digester.row(&self.whole);
        for lot in &self.lots {
            digester.row(lot);
        }
    }
}

/// The rows of these sales, by sale.
///
/// # Errors
/// A statement fails.
pub(super) fn rows(db: &mut Db, sales: &[i64]) -> Result<HashMap<i64, TakenRows>, StoreError> {
    let rows: Vec<TakingRow> = on!(db, c => receipt_takings::table
        .filter(receipt_takings::receipt_id.any_of(sales))
        .select(TakingRow::as_select())
        .load(&mut **c))?;
    if rows.is_empty() {
        return Ok(HashMap::new());
    }
    let lot_rows: Vec<TakenLotRow> = on!(db, c => receipt_taken_lots::table
        .filter(receipt_taken_lots::receipt_id.any_of(sales))
        .order((receipt_taken_lots::receipt_id, receipt_taken_lots::lot_no))
        .select(TakenLotRow::as_select())
        .load(&mut **c))?;
    let whole = rows.into_iter().map(|row| (row.receipt_id, TakenRows { whole: row, lots: Vec::new() }));
    let mut taken: HashMap<i64, TakenRows> = whole.collect();
    for row in lot_rows {
        if let Some(rows) = taken.get_mut(&row.receipt_id) {
            rows.lots.push(row);
        }
    }
    Ok(taken)
}

/// What was taken back of these sales, by sale.
///
/// # Errors
/// A statement fails.
pub(super) fn load(db: &mut Db, sales: &[i64]) -> Result<HashMap<i64, TakenBack>, StoreError> {
    let taken = rows(db, sales)?.into_iter().map(|(sale, TakenRows { whole, lots })| {
        let back = TakenBack {
            as_debt: Points(whole.as_debt),
            gone: Points(whole.gone),
            shortfall: Points(whole.shortfall.unwrap_or_default()),
            owed_again: Points(whole.owed_again.unwrap_or_default()),
            lots: lots.into_iter().map(|row| (LotNo(row.lot_no), Points(row.points))).collect(),
        };
        (sale, back)
    });
    Ok(taken.collect())
}

/// Sales of these accounts of which not all could be taken back.
///
/// # Errors
/// The statement fails.
pub fn short_of_accounts(db: &mut Db, accounts: &[i64]) -> Result<Vec<i64>, StoreError> {
    Ok(on!(db, c => receipt_takings::table
        .filter(receipt_takings::account_id.any_of(accounts))
        .filter(receipt_takings::shortfall.is_not_null())
        .select(receipt_takings::receipt_id)
        .load(&mut **c))?)
}

/// Writes what was taken back.
///
/// # Errors
/// A statement fails.
pub(super) fn save(out: &mut Writes<'_>, taken: Vec<TakenRows>) -> Result<(), StoreError> {
    let (rows, lots): (Vec<TakingRow>, Vec<Vec<TakenLotRow>>) =
        taken.into_iter().map(|rows| (rows.whole, rows.lots)).unzip();
    let lot_rows: Vec<TakenLotRow> = lots.into_iter().flatten().collect();
    write_rows!(out, rows, receipt_takings, (receipt_id) => (as_debt, gone, shortfall, owed_again));
    write_rows!(out, lot_rows, receipt_taken_lots, (receipt_id, lot_no) => (points));
    Ok(())
}
