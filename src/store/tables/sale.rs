//! Sales with their lines and the lots that they spent.

pub mod taken;

use std::collections::HashMap;

use diesel::prelude::*;

use self::taken::TakenRows;
use crate::{
    domain::{
        account::{ReturnPolicy, TakenBack},
        ids::{AccountId, CardId, CustomerId, LotNo, PartnerId, ReceiptId, ReservationId, StoreId, TillId},
        moment::{Moment, Span},
        money::{Kopecks, Points, Quantity},
        receipt::Line,
        sale::{Employee, Holder, Sale, SaleLine, SaleState, SpentShare},
        till_document::ReceiptKey,
    },
    store::{
        db::backend::{Db, load_locked, on},
        error::{StoreError, small, word},
        facts::{Facts, Kind},
        schema::{receipt_lines, receipt_lots, receipts},
        sealing::Keys,
        sql::{
            any_of::AnyOfValues as _,
            any_row_of::any_row_of,
            batch::Writes,
            digest::{Digester, RowDigest},
            insert::{rows, write_rows},
        },
        tables::till_document::{self, name},
    },
};

rows! {
    #[derive(Queryable, Selectable)]
    #[diesel(table_name = receipts)]
    struct ReceiptRow in receipts {
        id: i64,
        partner_id: i64,
        store_id: i64,
        till_id: i64,
        shift: String,
        number: String,
        local_day: i64,
        occurred_at: i64,
        recorded_at: i64,
        cashier_sealed: Option<Vec<u8>>,
        channel: String,
        account_id: Option<i64>,
        customer_id: Option<i64>,
        card_id: Option<i64>,
        reservation_id: Option<i64>,
        state: String,
        amount_due: i64,
        discount_total: i64,
        points_spent: i64,
        points_earned: i64,
        lot_no: Option<i64>,
        grace_ms: i64,
        return_policy: String,
        fiscal_fn: Option<String>,
        fiscal_fd: Option<String>,
        fiscal_fp: Option<String>,
        operation_key: Option<String>,
        rules_version: Option<i64>,
        claimed_at: Option<i64>,
        withheld_at: Option<i64>,
    }
}

rows! {
    #[derive(Queryable, Selectable)]
    #[diesel(table_name = receipt_lines)]
    struct ReceiptLineRow in receipt_lines {
        receipt_id: i64,
        line_no: i64,
        goods_code: String,
        name: Option<String>,
        goods_group: Option<String>,
        brand: Option<String>,
        quantity: i64,
        price: i64,
        sum: i64,
        discount_granted: i64,
        discount_offered: i64,
        points_as_money: i64,
        amount_due: i64,
        points_earned: i64,
        returned_quantity: i64,
        weighed: Option<bool>,
        delivery: Option<bool>,
        gift_of: Option<String>,
        no_earn: Option<bool>,
    }
}

rows! {
    #[derive(Queryable, Selectable)]
    #[diesel(table_name = receipt_lots)]
    struct ReceiptLotRow in receipt_lots {
        receipt_id: i64,
        lot_no: i64,
        spent: i64,
        restored: i64,
    }
}

/// A sale's id and its account, if it has one.
pub type Found = (i64, Option<i64>);

/// Finds sales by id or by the till's details.
///
/// # Errors
/// A statement fails.
pub fn find(db: &mut Db, ids: &[i64], keys: &[ReceiptKey]) -> Result<Vec<Found>, StoreError> {
    let mut found: Vec<Found> = Vec::new();
    if !(ids.is_empty() && keys.is_empty()) {
        let columns = (receipts::id, receipts::account_id);
        let name_columns = (receipts::till_id, receipts::local_day, receipts::shift, receipts::number);
        let by_id = receipts::table.filter(receipts::id.any_of(ids)).select(columns);
        let by_name = receipts::table.filter(any_row_of(name_columns, keys.iter().map(name))).select(columns);
        // In one statement, because each is a round trip to PostgreSQL.
        found = on!(db, c => by_id.union_all(by_name).load::<Found>(&mut **c))?;
    }
    // Without a shift any shift of that day matches. The result is a superset (tills × days × numbers), which the working
    // set's exact lookup filters.
    let open: Vec<&ReceiptKey> = keys.iter().filter(|key| key.shift.is_empty()).collect();
    if !open.is_empty() {
        let tills: Vec<i64> = open.iter().map(|key| key.till.0).collect();
        let days: Vec<i64> = open.iter().map(|key| key.local_day).collect();
        let numbers: Vec<&str> = open.iter().map(|key| key.number.as_str()).collect();
        found.extend(on!(db, c => receipts::table
            .filter(receipts::till_id.any_of(&tills))
            .filter(receipts::local_day.any_of(&days))
            .filter(receipts::number.any_of(&numbers))
            .select((receipts::id, receipts::account_id))
            .load::<Found>(&mut **c))?);
    }
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

/// The ids of the sales that operations with these keys have registered.
///
/// # Errors
/// The statement fails.
pub fn registered_by(db: &mut Db, keys: &[(PartnerId, String)]) -> Result<Vec<i64>, StoreError> {
    let keys = keys.iter().map(|(partner, key)| (partner.0, key.as_str()));
    Ok(on!(db, c => receipts::table
        .filter(any_row_of((receipts::partner_id, receipts::operation_key), keys))
        .select(receipts::id)
        .load(&mut **c))?)
}

/// The versions of the programme's rules that these sales were calculated by; of those that say.
///
/// # Errors
/// The statement fails.
pub fn rules_versions(
    db: &mut Db,
    ids: impl Iterator<Item = ReceiptId>,
) -> Result<HashMap<ReceiptId, i64>, StoreError> {
    let ids: Vec<i64> = ids.map(|id| id.0).collect();
    let rows: Vec<(i64, Option<i64>)> = on!(db, c => receipts::table
        .filter(receipts::id.any_of(&ids))
        .select((receipts::id, receipts::rules_version))
        .load(&mut **c))?;
    Ok(rows.into_iter().filter_map(|(id, version)| Some((ReceiptId(id), version?))).collect())
}

/// Complete sales, locked in id order when `lock`: an anonymous sale has no account whose lock would cover it.
///
/// # Errors
/// A statement fails, or a row is unreadable.
pub fn load(db: &mut Db, ids: &[i64], lock: bool) -> Result<Vec<Sale>, StoreError> {
    let rows: Vec<ReceiptRow> = load_locked!(
        db,
        lock,
        receipts::table.filter(receipts::id.any_of(ids)).order(receipts::id).select(ReceiptRow::as_select())
    )?;
    let line_rows: Vec<ReceiptLineRow> = on!(db, c => receipt_lines::table
        .filter(receipt_lines::receipt_id.any_of(ids))
        .order((receipt_lines::receipt_id, receipt_lines::line_no))
        .select(ReceiptLineRow::as_select())
        .load(&mut **c))?;
    let lot_rows: Vec<ReceiptLotRow> = on!(db, c => receipt_lots::table
        .filter(receipt_lots::receipt_id.any_of(ids))
        .order((receipt_lots::receipt_id, receipt_lots::lot_no))
        .select(ReceiptLotRow::as_select())
        .load(&mut **c))?;
    let mut lines: HashMap<i64, Vec<SaleLine>> = HashMap::new();
    for row in line_rows {
        lines.entry(row.receipt_id).or_default().push(sale_line(row)?);
    }
    let mut spent: HashMap<i64, Vec<SpentShare>> = HashMap::new();
    for row in lot_rows {
        let share = SpentShare { lot: LotNo(row.lot_no), spent: Points(row.spent), restored: Points(row.restored) };
        spent.entry(row.receipt_id).or_default().push(share);
    }
    // Nothing was taken back of a sale of which nothing came back, unless it lost its accrual.
    let confirmed = SaleState::Confirmed.word();
    let is_touched = |row: &&ReceiptRow| row.state != confirmed || row.withheld_at.is_some();
    let touched: Vec<i64> = rows.iter().filter(is_touched).map(|row| row.id).collect();
    let mut taken = if touched.is_empty() { HashMap::new() } else { taken::load(db, &touched)? };
    rows.into_iter()
        .map(|row| {
            let own_lines = lines.remove(&row.id).unwrap_or_default();
            let own_spent = spent.remove(&row.id).unwrap_or_default();
            let own_taken = taken.remove(&row.id).unwrap_or_default();
            sale(row, own_lines, own_spent, own_taken)
        })
        .collect()
}

/// Writes new and changed sales. Of an existing sale its state and its returned quantities and points can change; once its
/// fiscal document, and once whose it is with what it earned.
///
/// # Errors
/// A statement fails, or nothing can be sealed.
pub fn save(out: &mut Writes<'_>, changed: &[&Sale], keys: &Keys, facts: &mut Facts) -> Result<(), StoreError> {
    let rows: Vec<ReceiptRow> = changed.iter().map(|sale| receipt_row(sale, keys)).collect::<Result<_, _>>()?;
    let (mut all_lines, mut all_lots, mut all_taken) = (Vec::new(), Vec::new(), Vec::new());
    for (row, sale) in rows.iter().zip(changed) {
        let (lines, lots, taken) = (line_rows(sale), lot_rows(sale), TakenRows::of(sale));
        facts.rows(Kind::Sale, row.id, |digester| put(digester, row, &lines, &lots, taken.as_ref()));
        all_lines.extend(lines);
        all_lots.extend(lots);
        all_taken.extend(taken);
    }
    write_rows!(out, rows, receipts, (id) => (
        state, account_id, customer_id, card_id, points_earned, lot_no, grace_ms, return_policy, rules_version, fiscal_fn,
        fiscal_fd, fiscal_fp, claimed_at, withheld_at,
    ));
    write_rows!(out, all_lines, receipt_lines, (receipt_id, line_no) => (returned_quantity, points_earned));
    write_rows!(out, all_lots, receipt_lots, (receipt_id, lot_no) => (restored));
    taken::save(out, all_taken)
}

fn sale(row: ReceiptRow, lines: Vec<SaleLine>, spent: Vec<SpentShare>, taken: TakenBack) -> Result<Sale, StoreError> {
    let holder = match (row.account_id, row.customer_id) {
        (Some(account), Some(customer)) => {
            Some(Holder { account: AccountId(account), customer: CustomerId(customer), card: row.card_id.map(CardId) })
        }
        (None, _) | (_, None) => None,
    };
    Ok(Sale {
        id: ReceiptId(row.id),
        partner: PartnerId(row.partner_id),
        store: StoreId(row.store_id),
        key: ReceiptKey { till: TillId(row.till_id), local_day: row.local_day, shift: row.shift, number: row.number },
        operation_key: row.operation_key,
        occurred_at: Moment(row.occurred_at),
        recorded_at: Moment(row.recorded_at),
        cashier: row.cashier_sealed.map(Employee::Sealed),
        channel: row.channel,
        holder,
        reservation: row.reservation_id.map(ReservationId),
        state: word(SaleState::from_word, "receipts.state", &row.state)?,
        amount_due: Kopecks(row.amount_due),
        discount_total: Kopecks(row.discount_total),
        points_spent: Points(row.points_spent),
        points_earned: Points(row.points_earned),
        lot: row.lot_no.map(LotNo),
        grace: Span(row.grace_ms),
        return_policy: word(ReturnPolicy::from_word, "receipts.return_policy", &row.return_policy)?,
        rules_version: row.rules_version,
        claimed_at: row.claimed_at.map(Moment),
        withheld_at: row.withheld_at.map(Moment),
        fiscal: till_document::fiscal((row.fiscal_fn, row.fiscal_fd, row.fiscal_fp)),
        lines,
        spent,
        taken,
    })
}

fn receipt_row(sale: &Sale, keys: &Keys) -> Result<ReceiptRow, StoreError> {
    let (fiscal_fn, fiscal_fd, fiscal_fp) = till_document::fiscal_columns(sale.fiscal.as_ref());
    let cashier_sealed = match &sale.cashier {
        Some(Employee::Named(name)) => keys.seal_words(None, &cashier_place(sale.id.0), Some(name))?,
        Some(Employee::Sealed(sealed)) => Some(sealed.clone()),
        None => None,
    };
    Ok(ReceiptRow {
        id: sale.id.0,
        partner_id: sale.partner.0,
        store_id: sale.store.0,
        till_id: sale.key.till.0,
        shift: sale.key.shift.clone(),
        number: sale.key.number.clone(),
        local_day: sale.key.local_day,
        occurred_at: sale.occurred_at.0,
        recorded_at: sale.recorded_at.0,
        cashier_sealed,
        channel: sale.channel.clone(),
        account_id: sale.holder.map(|holder| holder.account.0),
        customer_id: sale.holder.map(|holder| holder.customer.0),
        card_id: sale.holder.and_then(|holder| holder.card).map(|id| id.0),
        reservation_id: sale.reservation.map(|id| id.0),
        state: sale.state.word().into(),
        amount_due: sale.amount_due.0,
        discount_total: sale.discount_total.0,
        points_spent: sale.points_spent.0,
        points_earned: sale.points_earned.0,
        lot_no: sale.lot.map(|no| no.0),
        grace_ms: sale.grace.0,
        return_policy: sale.return_policy.word().into(),
        fiscal_fn,
        fiscal_fd,
        fiscal_fp,
        operation_key: sale.operation_key.clone(),
        rules_version: sale.rules_version,
        claimed_at: sale.claimed_at.map(|at| at.0),
        withheld_at: sale.withheld_at.map(|at| at.0),
    })
}

/// Where the cashier's name lies: an employee's, which is no customer's.
pub(in crate::store) fn cashier_place(id: i64) -> String {
    format!("receipts.cashier:{id}")
}

/// A sale's lots, in the order of their numbers.
fn lot_rows(sale: &Sale) -> Vec<ReceiptLotRow> {
    let lots = sale.spent.iter().map(|share| ReceiptLotRow {
        receipt_id: sale.id.0,
        lot_no: share.lot.0,
        spent: share.spent.0,
        restored: share.restored.0,
    });
    let mut rows: Vec<ReceiptLotRow> = lots.collect();
    rows.sort_unstable_by_key(|row| row.lot_no);
    rows
}

fn put(
    digester: &mut Digester,
    row: &ReceiptRow,
    lines: &[ReceiptLineRow],
    lots: &[ReceiptLotRow],
    taken: Option<&TakenRows>,
) {
    digester.row(row);
    for line in lines {
        digester.row(line);
    }
    for lot in lots {
        digester.row(lot);
    }
    if let Some(taken) = taken {
        taken.put(digester);
    }
}

/// What these sales say, each with its lines, its lots and what was taken back of it.
///
/// # Errors
/// A statement fails.
pub(in crate::store) fn digests(db: &mut Db, ids: &[i64]) -> Result<Vec<(i64, RowDigest)>, StoreError> {
    let rows: Vec<ReceiptRow> =
        on!(db, c => receipts::table.filter(receipts::id.any_of(ids)).select(ReceiptRow::as_select()).load(&mut **c))?;
    let line_rows: Vec<ReceiptLineRow> = on!(db, c => receipt_lines::table
        .filter(receipt_lines::receipt_id.any_of(ids))
        .order((receipt_lines::receipt_id, receipt_lines::line_no))
        .select(ReceiptLineRow::as_select())
        .load(&mut **c))?;
    let lot_rows: Vec<ReceiptLotRow> = on!(db, c => receipt_lots::table
        .filter(receipt_lots::receipt_id.any_of(ids))
        .order((receipt_lots::receipt_id, receipt_lots::lot_no))
        .select(ReceiptLotRow::as_select())
        .load(&mut **c))?;
    let (mut lines, mut lots) = (HashMap::<i64, Vec<ReceiptLineRow>>::new(), HashMap::<i64, Vec<ReceiptLotRow>>::new());
    for line in line_rows {
        lines.entry(line.receipt_id).or_default().push(line);
    }
    for lot in lot_rows {
        lots.entry(lot.receipt_id).or_default().push(lot);
    }
    let taken = taken::rows(db, ids)?;
    let mut digester = Digester::default();
    let said = rows.iter().map(|row| {
        let lines = lines.get(&row.id).map_or(&[][..], Vec::as_slice);
        let lots = lots.get(&row.id).map_or(&[][..], Vec::as_slice);
        put(&mut digester, row, lines, lots, taken.get(&row.id));
        (row.id, digester.finish())
    });
    Ok(said.collect())
}

/// A sale's lines, in the order of their numbers.
fn line_rows(sale: &Sale) -> Vec<ReceiptLineRow> {
    let lines = sale.lines.iter().map(|line| ReceiptLineRow {
        receipt_id: sale.id.0,
        line_no: i64::from(line.line.number),
        goods_code: line.line.goods_code.clone(),
        name: line.line.name.clone(),
        goods_group: line.line.group.clone(),
        brand: line.line.brand.clone(),
        quantity: line.line.quantity.0,
        price: line.line.price.0,
        sum: line.line.sum.0,
        discount_granted: line.line.discount_granted.0,
        discount_offered: line.discount_offered.0,
        points_as_money: line.points_as_money.0,
        amount_due: line.amount_due.0,
        points_earned: line.points_earned.0,
        returned_quantity: line.returned.0,
        // «No» is what silence means: it needs no room.
        weighed: line.line.weighed.then_some(true),
        delivery: line.line.delivery.then_some(true),
        gift_of: line.line.gift_of.clone(),
        no_earn: line.line.no_earn.then_some(true),
    });
    let mut rows: Vec<ReceiptLineRow> = lines.collect();
    rows.sort_unstable_by_key(|row| row.line_no);
    rows
}

fn sale_line(row: ReceiptLineRow) -> Result<SaleLine, StoreError> {
    Ok(SaleLine {
        line: Line {
            number: small("receipt_lines.line_no", row.line_no)?,
            goods_code: row.goods_code,
            name: row.name,
            group: row.goods_group,
            brand: row.brand,
            quantity: Quantity(row.quantity),
            price: Kopecks(row.price),
            sum: Kopecks(row.sum),
            discount_granted: Kopecks(row.discount_granted),
            minimum_price: None,
            no_earn: row.no_earn.unwrap_or_default(),
            no_spend: false,
            weighed: row.weighed.unwrap_or_default(),
            delivery: row.delivery.unwrap_or_default(),
            gift_of: row.gift_of,
        },
        discount_offered: Kopecks(row.discount_offered),
        points_as_money: Kopecks(row.points_as_money),
        amount_due: Kopecks(row.amount_due),
        points_earned: Points(row.points_earned),
        returned: Quantity(row.returned_quantity),
    })
}
