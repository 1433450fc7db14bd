//! Accounts, lots and the journal.

use std::collections::HashMap;

use diesel::prelude::*;
use sha2::{Digest as _, Sha256};

use crate::{
    domain::{
        account::{
            Account, AccountState, Balances, Bucket, Cause, ChainHead, Lot, LotState, Movement, MovementKind,
            PointsClass, Terms,
        },
        ids::{
            AccountId, CustomerId, LotNo, PartnerId, ProgrammeId, ReceiptId, ReservationId, ReturnId, StoreId, TillId,
        },
        moment::Moment,
        money::Points,
    },
    store::{
        among::AmongValues as _,
        among_rows::among_rows,
        backend::{Db, load_locked, on},
        error::{StoreError, word},
        rows::{rows, write_rows},
        schema::{accounts, journal, lots, receipts},
        set::{StatementLine, StatementPage},
        tables::update::update_rows,
        writes::Writes,
    },
};

/// What the first entry of an account is chained to.
const GENESIS: ChainHead = [0; 32];

rows! {
    #[derive(Queryable, Selectable)]
    #[diesel(table_name = accounts)]
    pub(in crate::store) struct AccountRow in accounts {
        pub id: i64,
        customer_id: i64,
        programme_id: i64,
        state: String,
        pub pending: i64,
        pub available: i64,
        pub reserved: i64,
        pub debt: i64,
        pub next_lot: i64,
        pub next_seq: i64,
        pub next_due_at: Option<i64>,
        pub recorded_at: Option<i64>,
        pub head: Option<Vec<u8>>,
        pub merged_into: Option<i64>,
    }
}

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
    }
}

rows! {
    #[derive(Queryable, Selectable)]
    #[diesel(table_name = journal)]
    pub(in crate::store) struct JournalRow in journal {
        pub account_id: i64,
        pub seq: i64,
        step: i64,
        pub lot_no: Option<i64>,
        pub from_bucket: String,
        pub to_bucket: String,
        pub points: i64,
        pub available_after: i64,
        kind: String,
        occurred_at: i64,
        pub recorded_at: i64,
        receipt_id: Option<i64>,
        return_id: Option<i64>,
        reservation_id: Option<i64>,
        partner_id: Option<i64>,
        store_id: Option<i64>,
        till_id: Option<i64>,
        rule: Option<String>,
        corrects: Option<i64>,
        terms_class: Option<String>,
        terms_issuer_id: Option<i64>,
        terms_activates_at: Option<i64>,
        terms_expires_at: Option<i64>,
        pub hash: Vec<u8>,
    }
}

/// Ids of the accounts of these customers.
///
/// # Errors
/// The statement fails.
pub fn ids_by_customer(db: &mut Db, customers: &[i64]) -> Result<Vec<i64>, StoreError> {
    Ok(on!(db, c => accounts::table
            .filter(accounts::customer_id.among(customers))
            .filter(accounts::state.ne(AccountState::Closed.word()))
            .select(accounts::id)
            .load(&mut **c))?)
}

/// Ids of accounts for which time has come, at most so many. In the order of the index and no finer: a midnight's accounts are
/// all due at one moment, and PostgreSQL would sort all of them to find the first few.
///
/// # Errors
/// The statement fails.
pub fn ids_due(db: &mut Db, now: Moment, rows_max: i64) -> Result<Vec<i64>, StoreError> {
    Ok(on!(db, c => accounts::table
        .filter(accounts::next_due_at.le(now.0))
        .order(accounts::next_due_at)
        .limit(rows_max)
        .select(accounts::id)
        .load(&mut **c))?)
}

/// Accounts with their live lots, and with those of `lot_nos` whatever their state; locked in id order when `lock`, so
/// that gateways cannot lock each other out.
///
/// # Errors
/// A statement fails, or a row is unreadable.
pub fn load(db: &mut Db, ids: &[i64], lock: bool) -> Result<Vec<Account>, StoreError> {
    let rows: Vec<AccountRow> = load_locked!(
        db,
        lock,
        accounts::table.filter(accounts::id.among(ids)).order(accounts::id).select(AccountRow::as_select())
    )?;
    rows.into_iter().map(account).collect()
}

/// Live lots of these accounts.
///
/// # Errors
/// The statement fails, or a row is unreadable.
pub fn load_live_lots(db: &mut Db, ids: &[i64]) -> Result<Vec<(AccountId, Lot)>, StoreError> {
    let rows: Vec<LotRow> = on!(db, c => lots::table
        .filter(lots::account_id.among(ids))
        .filter(lots::live)
        .select(LotRow::as_select())
        .load(&mut **c))?;
    rows.into_iter().map(lot).collect()
}

/// Every lot of these accounts.
///
/// # Errors
/// The statement fails, or a row is unreadable.
pub fn load_all_lots(db: &mut Db, ids: &[i64]) -> Result<Vec<(AccountId, Lot)>, StoreError> {
    let rows: Vec<LotRow> =
        on!(db, c => lots::table.filter(lots::account_id.among(ids)).select(LotRow::as_select()).load(&mut **c))?;
    rows.into_iter().map(lot).collect()
}

/// Lots by account and number, whatever their state: those that sales earned or spent.
///
/// # Errors
/// The statement fails, or a row is unreadable.
pub fn load_lots(
    db: &mut Db,
    named: impl IntoIterator<Item = (AccountId, LotNo)>,
) -> Result<Vec<(AccountId, Lot)>, StoreError> {
    let named = named.into_iter().map(|(account, lot)| (account.0, lot.0));
    let rows: Vec<LotRow> = on!(db, c => lots::table
        .filter(among_rows((lots::account_id, lots::lot_no), named))
        .select(LotRow::as_select())
        .load(&mut **c))?;
    rows.into_iter().map(lot).collect()
}

/// Writes new and changed accounts, their touched lots, and appends to the journal. `is_new` tells which accounts have no row
/// yet. Of what is there only that is written which changes: never, or by a merge alone (see `account::merge`), does the rest.
///
/// # Errors
/// A statement fails.
pub fn save(out: &mut Writes<'_>, changed: &[&Account], is_new: impl Fn(AccountId) -> bool) -> Result<(), StoreError> {
    let (mut new_rows, mut known_rows) = (Vec::new(), Vec::with_capacity(changed.len()));
    let (mut new_lots, mut known_lots) = (Vec::new(), Vec::with_capacity(changed.len()));
    let mut journal_rows: Vec<JournalRow> = Vec::with_capacity(changed.len());
    for account in changed {
        let mut head = account.head;
        for entry in &account.movements {
            let row = journal_row(account.id, entry, head.as_ref());
            head = row.hash.as_slice().try_into().ok();
            journal_rows.push(row);
        }
        let rows = if is_new(account.id) { &mut new_rows } else { &mut known_rows };
        rows.push(account_row(account, head));
        let begun = account.begun_lots();
        for lot in account.touched.iter().filter_map(|no| account.lots.get(no)) {
            let rows = if begun.contains(&lot.no) { &mut new_lots } else { &mut known_lots };
            rows.push(lot_row(account.id, lot));
        }
    }
    write_rows!(out, new_rows, accounts);
    update_accounts(out, known_rows)?;
    write_rows!(out, new_lots, lots);
    update_lots(out, known_lots)?;
    write_rows!(out, journal_rows, journal);
    Ok(())
}

fn update_accounts(out: &mut Writes<'_>, rows: Vec<AccountRow>) -> Result<(), StoreError> {
    update_rows!(out, rows, accounts, AccountRow, (id: i64) => (
        state: String, pending: i64, available: i64, reserved: i64, debt: i64, next_lot: i64, next_seq: i64,
        recorded_at: Option<i64>, head: Option<Vec<u8>>,
    ), next_due_at: Option<i64>);
    Ok(())
}

fn update_lots(out: &mut Writes<'_>, rows: Vec<LotRow>) -> Result<(), StoreError> {
    update_rows!(out, rows, lots, LotRow, (account_id: i64, lot_no: i64) => (
        issued: i64, remaining: i64, reserved: i64, spent: i64, expired: i64, revoked: i64, state: String,
        expires_at: Option<i64>,
    ), live: bool);
    Ok(())
}

/// A page of an account's statement: whole steps, the latest first.
///
/// # Errors
/// A statement fails, or a row is unreadable.
pub fn load_statement(db: &mut Db, account: AccountId, page: &StatementPage) -> Result<Vec<StatementLine>, StoreError> {
    // A step is numbered by its first entry: by those numbers the index leads from the latest on, and no further than needed.
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
        .filter(journal::step.among(&steps))
        .order(journal::seq)
        .select(JournalRow::as_select())
        .load(&mut **c))?;
    let movements = rows.iter().map(JournalRow::movement).collect::<Result<Vec<_>, _>>()?;
    let receipts: Vec<i64> = movements.iter().filter_map(|entry| entry.cause.receipt).map(|id| id.0).collect();
    Ok(StatementLine::of(&movements, &receipt_numbers(db, &receipts)?))
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
        .filter(receipts::id.among(ids))
        .select((receipts::id, receipts::number))
        .load(&mut **c))?;
    Ok(numbers.into_iter().map(|(id, number)| (ReceiptId(id), number)).collect())
}

/// The two buckets of a journal row.
fn buckets(from: &str, to: &str) -> Result<(Bucket, Bucket), StoreError> {
    Ok((word(Bucket::from_word, "journal.from_bucket", from)?, word(Bucket::from_word, "journal.to_bucket", to)?))
}

/// An account without its lots.
pub(in crate::store) fn account(row: AccountRow) -> Result<Account, StoreError> {
    Ok(Account {
        state: word(AccountState::from_word, "accounts.state", &row.state)?,
        balances: Balances {
            pending: Points(row.pending),
            available: Points(row.available),
            reserved: Points(row.reserved),
            debt: Points(row.debt),
        },
        next_lot: row.next_lot,
        next_seq: row.next_seq,
        recorded_at: row.recorded_at.map(Moment),
        head: row.head.map(|bytes| head("accounts.head", &bytes)).transpose()?,
        merged_into: row.merged_into.map(AccountId),
        ..Account::open(AccountId(row.id), CustomerId(row.customer_id), ProgrammeId(row.programme_id))
    })
}

fn account_row(account: &Account, head: Option<ChainHead>) -> AccountRow {
    AccountRow {
        id: account.id.0,
        customer_id: account.customer.0,
        programme_id: account.programme.0,
        state: account.state.word().into(),
        pending: account.balances.pending.0,
        available: account.balances.available.0,
        reserved: account.balances.reserved.0,
        debt: account.balances.debt.0,
        next_lot: account.next_lot,
        next_seq: account.next_seq,
        next_due_at: account.next_due_at().map(|at| at.0),
        recorded_at: account.recorded_at.map(|at| at.0),
        head: head.map(|bytes| bytes.to_vec()),
        merged_into: account.merged_into.map(|id| id.0),
    }
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
        state: word(LotState::from_word, "lots.state", &row.state)?,
        activates_at: Moment(row.activates_at),
        expires_at: row.expires_at.map(Moment),
        issuer: PartnerId(row.issuer_id),
        receipt: row.receipt_id.map(ReceiptId),
    };
    Ok((AccountId(row.account_id), lot))
}

/// Whether a lot has points that may still move by themselves or by a sale.
pub(in crate::store) fn is_live(lot: &Lot) -> bool {
    lot.remaining.is_positive() || lot.reserved.is_positive()
}

/// A lot as it is kept.
pub(in crate::store) fn lot_row(account: AccountId, lot: &Lot) -> LotRow {
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
    }
}

/// An entry as it is kept, chained to the one before it.
fn journal_row(account: AccountId, entry: &Movement, before: Option<&ChainHead>) -> JournalRow {
    let mut row = JournalRow {
        account_id: account.0,
        seq: entry.seq,
        step: entry.step,
        lot_no: entry.lot.map(|no| no.0),
        from_bucket: entry.from.word().into(),
        to_bucket: entry.to.word().into(),
        points: entry.points.0,
        available_after: entry.available_after.0,
        kind: entry.kind.word().into(),
        occurred_at: entry.occurred_at.0,
        recorded_at: entry.recorded_at.0,
        receipt_id: entry.cause.receipt.map(|id| id.0),
        return_id: entry.cause.return_id.map(|id| id.0),
        reservation_id: entry.cause.reservation.map(|id| id.0),
        partner_id: entry.cause.partner.map(|id| id.0),
        store_id: entry.cause.store.map(|id| id.0),
        till_id: entry.cause.till.map(|id| id.0),
        rule: entry.cause.rule.clone(),
        corrects: entry.cause.corrects,
        terms_class: entry.terms.map(|terms| terms.class.word().into()),
        terms_issuer_id: entry.terms.map(|terms| terms.issuer.0),
        terms_activates_at: entry.terms.map(|terms| terms.activates_at.0),
        terms_expires_at: entry.terms.and_then(|terms| terms.expires_at).map(|at| at.0),
        hash: Vec::new(),
    };
    row.hash = row.chained_to(before).to_vec();
    row
}

impl JournalRow {
    /// SHA-256 over the digest of the entry before and over everything that this one says (invariant 5). Texts come with
    /// their length, and what may be absent with a mark, so that no two entries read the same.
    pub fn chained_to(&self, before: Option<&ChainHead>) -> ChainHead {
        let mut digest = Sha256::new();
        digest.update(before.unwrap_or(&GENESIS));
        let numbers = [
            Some(self.account_id),
            Some(self.seq),
            Some(self.step),
            self.lot_no,
            Some(self.points),
            Some(self.available_after),
            Some(self.occurred_at),
            Some(self.recorded_at),
            self.receipt_id,
            self.return_id,
            self.reservation_id,
            self.partner_id,
            self.store_id,
            self.till_id,
            self.corrects,
            self.terms_issuer_id,
            self.terms_activates_at,
            self.terms_expires_at,
        ];
        for number in numbers {
            digest.update([u8::from(number.is_some())]);
            digest.update(number.unwrap_or_default().to_le_bytes());
        }
        let texts = [
            Some(&self.from_bucket),
            Some(&self.to_bucket),
            Some(&self.kind),
            self.rule.as_ref(),
            self.terms_class.as_ref(),
        ];
        for text in texts {
            digest.update([u8::from(text.is_some())]);
            let text = text.map_or("", String::as_str);
            digest.update(u64::try_from(text.len()).unwrap_or(u64::MAX).to_le_bytes());
            digest.update(text);
        }
        digest.finalize().into()
    }

    /// The entry that this row keeps.
    ///
    /// # Errors
    /// A word in it is none of ours.
    pub fn movement(&self) -> Result<Movement, StoreError> {
        let (from, to) = buckets(&self.from_bucket, &self.to_bucket)?;
        Ok(Movement {
            seq: self.seq,
            step: self.step,
            lot: self.lot_no.map(LotNo),
            from,
            to,
            points: Points(self.points),
            available_after: Points(self.available_after),
            terms: self.terms()?,
            kind: word(MovementKind::from_word, "journal.kind", &self.kind)?,
            occurred_at: Moment(self.occurred_at),
            recorded_at: Moment(self.recorded_at),
            cause: cause(self),
        })
    }

    fn terms(&self) -> Result<Option<Terms>, StoreError> {
        let (Some(class), Some(issuer), Some(activates_at)) =
            (self.terms_class.as_ref(), self.terms_issuer_id, self.terms_activates_at)
        else {
            return Ok(None);
        };
        Ok(Some(Terms {
            class: word(PointsClass::from_word, "journal.terms_class", class)?,
            issuer: PartnerId(issuer),
            activates_at: Moment(activates_at),
            expires_at: self.terms_expires_at.map(Moment),
        }))
    }
}

/// A digest as it is kept.
///
/// # Errors
/// It has not the length of one.
pub(in crate::store) fn head(column: &str, bytes: &[u8]) -> Result<ChainHead, StoreError> {
    bytes.try_into().map_err(|_| StoreError::Unreadable(format!("{column}: {} bytes instead of 32", bytes.len())))
}

fn cause(row: &JournalRow) -> Cause {
    Cause {
        receipt: row.receipt_id.map(ReceiptId),
        return_id: row.return_id.map(ReturnId),
        reservation: row.reservation_id.map(ReservationId),
        partner: row.partner_id.map(PartnerId),
        store: row.store_id.map(StoreId),
        till: row.till_id.map(TillId),
        rule: row.rule.clone(),
        corrects: row.corrects,
    }
}
