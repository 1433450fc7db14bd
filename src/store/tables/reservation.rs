//! Holds of points and the codes that confirm them.

use std::collections::HashMap;

use diesel::prelude::*;

use crate::{
    domain::{
        account::Share,
        ids::{AccountId, CardId, CustomerId, LotNo, PartnerId, ReservationId, StoreId, TillId},
        moment::{Moment, Span},
        money::Points,
        receipt::SpendRule,
        reservation::{Reservation, ReservationState},
        till_document::ReceiptKey,
    },
    store::{
        db::backend::{Db, on},
        error::{StoreError, word},
        facts::{Facts, Kind},
        schema::{reservation_lots, reservations},
        sql::{
            any_of::AnyOfValues as _,
            batch::Writes,
            digest::{Digester, RowDigest},
            insert::{rows, write_rows},
        },
    },
};

rows! {
    #[derive(Queryable, Selectable)]
    #[diesel(table_name = reservations)]
    struct ReservationRow in reservations {
        id: i64,
        account_id: i64,
        customer_id: i64,
        card_id: Option<i64>,
        partner_id: i64,
        store_id: i64,
        till_id: i64,
        state: String,
        points: i64,
        captured: i64,
        released: i64,
        expired: i64,
        spend_share_max: Option<i64>,
        spend_unit: Option<i64>,
        code_required: bool,
        code_ttl_ms: i64,
        grace_ms: i64,
        created_at: i64,
        expires_at: i64,
        ended_at: Option<i64>,
        shields: Option<bool>,
        receipt_day: Option<i64>,
        receipt_shift: Option<String>,
        receipt_number: Option<String>,
        code_of: Option<i64>,
    }
}

rows! {
    #[derive(Queryable, Selectable)]
    #[diesel(table_name = reservation_lots)]
    struct ReservationLotRow in reservation_lots {
        reservation_id: i64,
        lot_no: i64,
        points: i64,
    }
}

/// The accounts of these holds.
///
/// # Errors
/// The statement fails.
pub fn account_ids(db: &mut Db, ids: &[i64]) -> Result<Vec<i64>, StoreError> {
    Ok(
        on!(db, c => reservations::table.filter(reservations::id.any_of(ids)).select(reservations::account_id).load(&mut **c))?,
    )
}

/// At most `rows_max` accounts with expired holds.
///
/// # Errors
/// The statement fails.
pub fn account_ids_due(db: &mut Db, now: Moment, rows_max: i64) -> Result<Vec<i64>, StoreError> {
    Ok(on!(db, c => reservations::table
        .filter(reservations::ended_at.is_null())
        .filter(reservations::expires_at.le(now.0))
        .order((reservations::expires_at, reservations::id))
        .limit(rows_max)
        .select(reservations::account_id)
        .load(&mut **c))?)
}

/// The open holds of these accounts, and the requested holds in any state.
///
/// # Errors
/// A statement fails, or a row is unreadable.
pub fn load(db: &mut Db, accounts: &[i64], ids: &[i64]) -> Result<Vec<Reservation>, StoreError> {
    let mut rows: Vec<ReservationRow> = Vec::new();
    if !accounts.is_empty() {
        rows.extend(on!(db, c => reservations::table
            .filter(reservations::account_id.any_of(accounts))
            .filter(reservations::ended_at.is_null())
            .select(ReservationRow::as_select())
            .load::<ReservationRow>(&mut **c))?);
    }
    let missing: Vec<i64> = ids.iter().copied().filter(|id| rows.iter().all(|row| row.id != *id)).collect();
    if !missing.is_empty() {
        rows.extend(on!(db, c => reservations::table
            .filter(reservations::id.any_of(&missing))
            .select(ReservationRow::as_select())
            .load::<ReservationRow>(&mut **c))?);
    }
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let found: Vec<i64> = rows.iter().map(|row| row.id).collect();
    let lot_rows: Vec<ReservationLotRow> = on!(db, c => reservation_lots::table
        .filter(reservation_lots::reservation_id.any_of(&found))
        .order((reservation_lots::reservation_id, reservation_lots::lot_no))
        .select(ReservationLotRow::as_select())
        .load(&mut **c))?;
    let mut shares: HashMap<i64, Vec<Share>> = HashMap::new();
    for row in lot_rows {
        shares
            .entry(row.reservation_id)
            .or_default()
            .push(Share { lot: LotNo(row.lot_no), points: Points(row.points) });
    }
    rows.into_iter()
        .map(|row| {
            let lots = shares.remove(&row.id).unwrap_or_default();
            reservation(row, lots)
        })
        .collect()
}

/// Writes new and changed holds. `is_new` tells which have no rows yet: a hold's shares never change.
///
/// # Errors
/// A statement fails.
pub fn save(
    out: &mut Writes<'_>,
    changed: &[&Reservation],
    is_new: impl Fn(ReservationId) -> bool,
    facts: &mut Facts,
) -> Result<(), StoreError> {
    let rows: Vec<ReservationRow> = changed.iter().map(|hold| reservation_row(hold)).collect();
    let mut lot_rows: Vec<ReservationLotRow> = Vec::new();
    for (row, hold) in rows.iter().zip(changed) {
        let lots = lot_rows_of(hold);
        facts.rows(Kind::Hold, row.id, |digester| put(digester, row, &lots));
        if is_new(hold.id) {
            lot_rows.extend(lots);
        }
    }
    write_rows!(out, rows, reservations, (id) => (state, captured, released, expired, expires_at, ended_at, shields));
    write_rows!(out, lot_rows, reservation_lots);
    Ok(())
}

/// A hold's lots, in the order of their numbers.
fn lot_rows_of(hold: &Reservation) -> Vec<ReservationLotRow> {
    let shares = hold.shares.iter().map(|share| ReservationLotRow {
        reservation_id: hold.id.0,
        lot_no: share.lot.0,
        points: share.points.0,
    });
    let mut rows: Vec<ReservationLotRow> = shares.collect();
    rows.sort_unstable_by_key(|row| row.lot_no);
    rows
}

fn put(digester: &mut Digester, row: &ReservationRow, lots: &[ReservationLotRow]) {
    digester.row(row);
    for lot in lots {
        digester.row(lot);
    }
}

/// What these holds say, each with its lots.
///
/// # Errors
/// A statement fails.
pub(in crate::store) fn digests(db: &mut Db, ids: &[i64]) -> Result<Vec<(i64, RowDigest)>, StoreError> {
    let rows: Vec<ReservationRow> = on!(db, c => reservations::table
        .filter(reservations::id.any_of(ids))
        .select(ReservationRow::as_select())
        .load(&mut **c))?;
    let lot_rows: Vec<ReservationLotRow> = on!(db, c => reservation_lots::table
        .filter(reservation_lots::reservation_id.any_of(ids))
        .order((reservation_lots::reservation_id, reservation_lots::lot_no))
        .select(ReservationLotRow::as_select())
        .load(&mut **c))?;
    let mut lots: HashMap<i64, Vec<ReservationLotRow>> = HashMap::new();
    for lot in lot_rows {
        lots.entry(lot.reservation_id).or_default().push(lot);
    }
    let mut digester = Digester::default();
    let said = rows.iter().map(|row| {
        put(&mut digester, row, lots.get(&row.id).map_or(&[], Vec::as_slice));
        (row.id, digester.finish())
    });
    Ok(said.collect())
}

fn reservation(row: ReservationRow, shares: Vec<Share>) -> Result<Reservation, StoreError> {
    Ok(Reservation {
        id: ReservationId(row.id),
        account: AccountId(row.account_id),
        customer: CustomerId(row.customer_id),
        card: row.card_id.map(CardId),
        partner: PartnerId(row.partner_id),
        store: StoreId(row.store_id),
        till: TillId(row.till_id),
        state: word(ReservationState::from_word, "reservations.state", &row.state)?,
        points: Points(row.points),
        shares,
        captured: Points(row.captured),
        released: Points(row.released),
        expired: Points(row.expired),
        spend: spend_rule(row.spend_share_max, row.spend_unit),
        code_required: row.code_required,
        code_ttl: Span(row.code_ttl_ms),
        grace: Span(row.grace_ms),
        created_at: Moment(row.created_at),
        expires_at: Moment(row.expires_at),
        ended_at: row.ended_at.map(Moment),
        shields: row.shields.unwrap_or_default(),
        receipt: receipt(row.till_id, row.receipt_day, row.receipt_shift, row.receipt_number),
        code_of: row.code_of.map(ReservationId),
    })
}

/// The receipt that a hold was made for; none in a row of a program of before the columns.
fn receipt(till: i64, day: Option<i64>, shift: Option<String>, number: Option<String>) -> Option<ReceiptKey> {
    Some(ReceiptKey { till: TillId(till), local_day: day?, shift: shift?, number: number? })
}

/// The rule that a hold was made under; none in a row of a program of before the columns.
fn spend_rule(share_max: Option<i64>, unit: Option<i64>) -> Option<SpendRule> {
    let (share_max_hundredths_of_percent, unit) = share_max.zip(unit)?;
    Some(SpendRule { share_max_hundredths_of_percent, unit: Points(unit) })
}

fn reservation_row(hold: &Reservation) -> ReservationRow {
    ReservationRow {
        id: hold.id.0,
        account_id: hold.account.0,
        customer_id: hold.customer.0,
        card_id: hold.card.map(|id| id.0),
        partner_id: hold.partner.0,
        store_id: hold.store.0,
        till_id: hold.till.0,
        state: hold.state.word().into(),
        points: hold.points.0,
        captured: hold.captured.0,
        released: hold.released.0,
        expired: hold.expired.0,
        spend_share_max: hold.spend.as_ref().map(|rule| rule.share_max_hundredths_of_percent),
        spend_unit: hold.spend.as_ref().map(|rule| rule.unit.0),
        code_required: hold.code_required,
        code_ttl_ms: hold.code_ttl.0,
        grace_ms: hold.grace.0,
        created_at: hold.created_at.0,
        expires_at: hold.expires_at.0,
        ended_at: hold.ended_at.map(|at| at.0),
        shields: hold.shields.then_some(true),
        receipt_day: hold.receipt.as_ref().map(|receipt| receipt.local_day),
        receipt_shift: hold.receipt.as_ref().map(|receipt| receipt.shift.clone()),
        receipt_number: hold.receipt.as_ref().map(|receipt| receipt.number.clone()),
        code_of: hold.code_of.map(|id| id.0),
    }
}
