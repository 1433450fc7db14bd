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

/// What was taken back of these sales, by sale.
///
/// # Errors
/// A statement fails.
pub(super) fn load(db: &mut Db, sales: &[i64]) -> Result<HashMap<i64, TakenBack>, StoreError> {
    let rows: Vec<TakingRow> = on!(db, c => receipt_takings::table
        .filter(receipt_takings::receipt_id.any_of(sales))
        .select(TakingRow::as_select())
        .load(&mut **c))?;
    if rows.is_empty() {
        return Ok(HashMap::new());
    }
    let lot_rows: Vec<TakenLotRow> = on!(db, c => receipt_taken_lots::table
        .filter(receipt_taken_lots::receipt_id.any_of(sales))
        .select(TakenLotRow::as_select())
        .load(&mut **c))?;
    let mut taken: HashMap<i64, TakenBack> = HashMap::new();
    for row in rows {
        let back = taken.entry(row.receipt_id).or_default();
        (back.as_debt, back.gone) = (Points(row.as_debt), Points(row.gone));
        back.shortfall = Points(row.shortfall.unwrap_or_default());
    }
    for row in lot_rows {
        taken.entry(row.receipt_id).or_default().lots.insert(LotNo(row.lot_no), Points(row.points));
    }
    Ok(taken)
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

/// Writes what was taken back; of most sales nothing was, and they have no rows.
///
/// # Errors
/// A statement fails.
pub(super) fn save(out: &mut Writes<'_>, changed: &[&Sale]) -> Result<(), StoreError> {
    let taken = || changed.iter().filter(|sale| sale.taken != TakenBack::default());
    let rows: Vec<TakingRow> = taken()
        .filter_map(|sale| {
            let back = &sale.taken;
            Some(TakingRow {
                receipt_id: sale.id.0,
                account_id: sale.holder?.account.0,
                as_debt: back.as_debt.0,
                gone: back.gone.0,
                shortfall: back.shortfall.is_positive().then_some(back.shortfall.0),
            })
        })
        .collect();
    write_rows!(out, rows, receipt_takings, (receipt_id) => (as_debt, gone, shortfall));
    let lot_rows: Vec<TakenLotRow> = taken()
        .flat_map(|sale| {
            let row = |(lot, points): (&LotNo, &Points)| TakenLotRow {
                receipt_id: sale.id.0,
                lot_no: lot.0,
                points: points.0,
            };
            sale.taken.lots.iter().map(row)
        })
        .collect();
    write_rows!(out, lot_rows, receipt_taken_lots, (receipt_id, lot_no) => (points));
    Ok(())
}
