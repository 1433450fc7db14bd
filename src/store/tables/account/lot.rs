//! Lots: the points of one accrual each.

use diesel::prelude::*;

use crate::{
    domain::{
        account::{Lot, LotState, PointsClass},
        ids::{AccountId, LotNo, PartnerId, ReceiptId},
        moment::Moment,
        money::Points,
    },
    store::{
        db::backend::{Db, on},
        error::{StoreError, word},
        schema::lots,
        sql::{any_of::AnyOfValues as _, any_row_of::any_row_of, batch::Writes, insert::rows, update::update_rows},
    },
};

rows! {
    #[derive(PartialEq, Eq, Queryable, Selectable)]
    #[diesel(table_name = lots)]
    pub(in crate::store) struct LotRow in lots {
        pub account_id: i64,
        pub lot_no: i64,
        class: String,
        pub issued: i64,
        pub remaining: i64,
        pub reserved: i64,
        pub spent: i64,
        pub expired: i64,
        pub revoked: i64,
        state: String,
        activates_at: i64,
        expires_at: Option<i64>,
        issuer_id: i64,
        receipt_id: Option<i64>,
        pub live: bool,
        graced: Option<bool>,
        repaid: Option<i64>,
    }
}

/// Live lots of these accounts.
///
/// # Errors
/// The statement fails, or a row is unreadable.
pub fn load_live(db: &mut Db, ids: &[i64]) -> Result<Vec<(AccountId, Lot)>, StoreError> {
    let rows: Vec<LotRow> = on!(db, c => lots::table
        .filter(lots::account_id.any_of(ids))
        .filter(lots::live)
        .select(LotRow::as_select())
        .load(&mut **c))?;
    rows.into_iter().map(lot).collect()
}

/// Every lot of these accounts.
///
/// # Errors
/// The statement fails, or a row is unreadable.
pub fn load_all(db: &mut Db, ids: &[i64]) -> Result<Vec<(AccountId, Lot)>, StoreError> {
    let rows: Vec<LotRow> =
        on!(db, c => lots::table.filter(lots::account_id.any_of(ids)).select(LotRow::as_select()).load(&mut **c))?;
    rows.into_iter().map(lot).collect()
}

/// Lots by account and number, in any state: those that sales earned or spent.
///
/// # Errors
/// The statement fails, or a row is unreadable.
pub fn load(
    db: &mut Db,
    named: impl IntoIterator<Item = (AccountId, LotNo)>,
) -> Result<Vec<(AccountId, Lot)>, StoreError> {
    let named = named.into_iter().map(|(account, lot)| (account.0, lot.0));
    let rows: Vec<LotRow> = on!(db, c => lots::table
        .filter(any_row_of((lots::account_id, lots::lot_no), named))
        .select(LotRow::as_select())
        .load(&mut **c))?;
    rows.into_iter().map(lot).collect()
}

pub(super) fn update(out: &mut Writes<'_>, rows: Vec<LotRow>) -> Result<(), StoreError> {
    update_rows!(out, rows, lots, LotRow, (account_id: i64, lot_no: i64) => (
        issued: i64, remaining: i64, reserved: i64, spent: i64, expired: i64, revoked: i64, state: String,
        expires_at: Option<i64>, graced: Option<bool>, repaid: Option<i64>,
    ), live: bool);
    Ok(())
}

pub(in crate::store) fn lot(row: LotRow) -> Result<(AccountId, Lot), StoreError> {
    let lot = Lot {
        no: LotNo(row.lot_no),
        class: word(PointsClass::from_word, "lots.class", &row.class)?,
        issued: Points(row.issued),
        remaining: Points(row.remaining),
        reserved: Points(row.reserved),
        spent: Points(row.spent),
        expired: Points(row.expired),
        revoked: Points(row.revoked),
        repaid: Points(row.repaid.unwrap_or_default()),
        state: word(LotState::from_word, "lots.state", &row.state)?,
        activates_at: Moment(row.activates_at),
        expires_at: row.expires_at.map(Moment),
        graced: row.graced.unwrap_or_default(),
        issuer: PartnerId(row.issuer_id),
        receipt: row.receipt_id.map(ReceiptId),
    };
    Ok((AccountId(row.account_id), lot))
}

/// Whether a lot has points that may still move.
pub(in crate::store) fn is_live(lot: &Lot) -> bool {
    lot.remaining.is_positive() || lot.reserved.is_positive()
}

/// The row of a lot.
pub(in crate::store) fn row(account: AccountId, lot: &Lot) -> LotRow {
    LotRow {
        account_id: account.0,
        lot_no: lot.no.0,
        class: lot.class.word().into(),
        issued: lot.issued.0,
        remaining: lot.remaining.0,
        reserved: lot.reserved.0,
        spent: lot.spent.0,
        expired: lot.expired.0,
        revoked: lot.revoked.0,
        state: lot.state.word().into(),
        activates_at: lot.activates_at.0,
        expires_at: lot.expires_at.map(|at| at.0),
        issuer_id: lot.issuer.0,
        receipt_id: lot.receipt.map(|id| id.0),
        live: is_live(lot),
        // As a program of before leaves it: most lots have neither.
        graced: lot.graced.then_some(true),
        repaid: lot.repaid.is_positive().then_some(lot.repaid.0),
    }
}
