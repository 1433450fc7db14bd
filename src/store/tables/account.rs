//! Accounts, their state changes and merges. A merge redirects every reference to the remaining account.

pub mod lot;
pub mod movement;

use diesel::prelude::*;

use self::movement::JournalRow;
use crate::{
    domain::{
        account::{Account, AccountState, Balances, ChainHead},
        ids::{AccountId, CustomerId, ProgrammeId},
        moment::Moment,
        money::Points,
    },
    store::{
        db::backend::{Db, load_locked, on},
        error::{StoreError, word},
        facts::{Facts, Kind},
        schema::{
            account_changes, accounts, cards, confirmation_codes, consents, customers, free_returns, journal,
            receipt_lots, receipt_taken_lots, receipt_takings, receipts, reservation_lots, reservations,
        },
        sealing::Keys,
        sql::{
            any_of::AnyOfValues as _,
            batch::Writes,
            digest::{Digester, RowDigest},
            insert::{rows, write_rows},
            update::update_rows,
        },
    },
    working_set::{AccountChange, Merge},
};

rows! {
    #[derive(Queryable, Selectable)]
    #[diesel(table_name = account_changes)]
    struct AccountChangeRow in account_changes {
        id: i64,
        account_id: i64,
        state: String,
        merged_into: Option<i64>,
        reason_sealed: Option<Vec<u8>>,
        occurred_at: i64,
        recorded_at: i64,
        credential_id: i64,
        employee_sealed: Option<Vec<u8>>,
    }
}

/// Records state changes of accounts.
///
/// # Errors
/// The statement fails, or nothing can be sealed.
pub fn save_changes(
    out: &mut Writes<'_>,
    changes: &[(i64, AccountChange)],
    now: Moment,
    keys: &Keys,
    owner: impl Fn(AccountId) -> Option<CustomerId>,
    facts: &mut Facts,
) -> Result<(), StoreError> {
    let row = |(id, change): &(i64, AccountChange)| {
        Ok(AccountChangeRow {
            id: *id,
            account_id: change.account.0,
            state: change.state.word().into(),
            merged_into: change.merged_into.map(|id| id.0),
            reason_sealed: keys.seal_words(owner(change.account), &reason_place(*id), Some(&change.reason))?,
            occurred_at: change.occurred_at.0,
            recorded_at: now.0,
            credential_id: change.credential.0,
            employee_sealed: keys.seal_words(None, &employee_place(*id), change.employee.as_deref())?,
        })
    };
    let rows: Vec<AccountChangeRow> = changes.iter().map(row).collect::<Result<_, StoreError>>()?;
    for row in &rows {
        facts.row(Kind::AccountChange, row.id, row);
    }
    write_rows!(out, rows, account_changes);
    Ok(())
}

/// Where the reason of a change lies: it is the customer's whose account it is.
pub(in crate::store) fn reason_place(id: i64) -> String {
    format!("account_changes.reason:{id}")
}

/// Where the name lies of who made a change.
pub(in crate::store) fn employee_place(id: i64) -> String {
    format!("account_changes.employee:{id}")
}

/// What these changes say.
///
/// # Errors
/// The statement fails.
pub(in crate::store) fn change_digests(db: &mut Db, ids: &[i64]) -> Result<Vec<(i64, RowDigest)>, StoreError> {
    let rows: Vec<AccountChangeRow> = on!(db, c => account_changes::table
        .filter(account_changes::id.any_of(ids))
        .select(AccountChangeRow::as_select())
        .load(&mut **c))?;
    let mut digester = Digester::default();
    Ok(rows.iter().map(|row| (row.id, digester.row(row).finish())).collect())
}

/// What these accounts say.
///
/// # Errors
/// The statement fails.
pub(in crate::store) fn digests(db: &mut Db, ids: &[i64]) -> Result<Vec<(i64, RowDigest)>, StoreError> {
    let rows: Vec<AccountRow> =
        on!(db, c => accounts::table.filter(accounts::id.any_of(ids)).select(AccountRow::as_select()).load(&mut **c))?;
    let mut digester = Digester::default();
    Ok(rows.iter().map(|row| (row.id, digester.row(row).finish())).collect())
}

/// Makes the account that ended name the one that took over; and cards, holds, sales, returns, codes, consents and earlier
/// merges name that one and its customer.
/// The numbers of lots are shifted in two steps, by way of negative ones, so that no row meets another on its way.
/// Answers which rows it changed.
///
/// # Errors
/// A statement fails.
pub fn merge(db: &mut Db, merge: &Merge) -> Result<Vec<(Kind, Vec<i64>)>, StoreError> {
    let (from, into) = (merge.from.0, merge.into.0);
    let (from_customer, into_customer) = (merge.from_customer.0, merge.into_customer.0);
    let shift = merge.lots_shift;
    on!(db, c => {
        // An account's holds are found by its journal, which names each of them. By account only open holds are indexed: a
        // full index would cost every hold. Accounts that were merged into it before have journals of their own.
        let (mut journals, mut earlier) = (vec![from], vec![from]);
        while !earlier.is_empty() {
            earlier = accounts::table
                .filter(accounts::merged_into.any_of(&earlier))
                .select(accounts::id)
                .load::<i64>(&mut **c)?;
            // Nothing is followed twice: a damaged database may lead in a circle.
            earlier.retain(|id| !journals.contains(id));
            journals.extend(&earlier);
        }
        let holds: Vec<Option<i64>> = journal::table
            .filter(journal::account_id.any_of(&journals))
            .filter(journal::reservation_id.is_not_null())
            .select(journal::reservation_id)
            .distinct()
            .load(&mut **c)?;
        let holds: Vec<i64> = holds.into_iter().flatten().collect();
        let held = reservation_lots::table.filter(reservation_lots::reservation_id.any_of(&holds));
        diesel::update(held.clone())
            .set(reservation_lots::lot_no.eq((reservation_lots::lot_no + shift) * -1_i64))
            .execute(&mut **c)?;
        diesel::update(held)
            .set(reservation_lots::lot_no.eq(reservation_lots::lot_no * -1_i64))
            .execute(&mut **c)?;
        diesel::update(reservations::table.filter(reservations::id.any_of(&holds)))
            .set((reservations::account_id.eq(into), reservations::customer_id.eq(into_customer)))
            .execute(&mut **c)?;
        let sales: Vec<i64> =
            receipts::table.filter(receipts::account_id.eq(from)).select(receipts::id).load(&mut **c)?;
        let spent = receipt_lots::table.filter(receipt_lots::receipt_id.any_of(&sales));
        diesel::update(spent.clone())
            .set(receipt_lots::lot_no.eq((receipt_lots::lot_no + shift) * -1_i64))
            .execute(&mut **c)?;
        diesel::update(spent)
            .set(receipt_lots::lot_no.eq(receipt_lots::lot_no * -1_i64))
            .execute(&mut **c)?;
        let taken = receipt_taken_lots::table.filter(receipt_taken_lots::receipt_id.any_of(&sales));
        diesel::update(taken.clone())
            .set(receipt_taken_lots::lot_no.eq((receipt_taken_lots::lot_no + shift) * -1_i64))
            .execute(&mut **c)?;
        diesel::update(taken)
            .set(receipt_taken_lots::lot_no.eq(receipt_taken_lots::lot_no * -1_i64))
            .execute(&mut **c)?;
        diesel::update(receipt_takings::table.filter(receipt_takings::receipt_id.any_of(&sales)))
            .set(receipt_takings::account_id.eq(into))
            .execute(&mut **c)?;
        diesel::update(receipts::table.filter(receipts::account_id.eq(from)))
            .set((
                receipts::account_id.eq(into),
                receipts::customer_id.eq(into_customer),
                receipts::lot_no.eq(receipts::lot_no + shift),
            ))
            .execute(&mut **c)?;
        diesel::update(accounts::table.filter(accounts::id.eq(from)))
            .set(accounts::merged_into.eq(into))
            .execute(&mut **c)?;
        let free: Vec<i64> =
            free_returns::table.filter(free_returns::account_id.eq(from)).select(free_returns::id).load(&mut **c)?;
        diesel::update(free_returns::table.filter(free_returns::id.any_of(&free)))
            .set(free_returns::account_id.eq(into))
            .execute(&mut **c)?;
        let taken: Vec<i64> = cards::table.filter(cards::account_id.eq(from)).select(cards::id).load(&mut **c)?;
        diesel::update(cards::table.filter(cards::id.any_of(&taken)))
            .set((cards::account_id.eq(into), cards::customer_id.eq(into_customer)))
            .execute(&mut **c)?;
        let codes: Vec<i64> = confirmation_codes::table
            .filter(confirmation_codes::customer_id.eq(from_customer))
            .select(confirmation_codes::id)
            .load(&mut **c)?;
        diesel::update(confirmation_codes::table.filter(confirmation_codes::id.any_of(&codes)))
            .set(confirmation_codes::customer_id.eq(into_customer))
            .execute(&mut **c)?;
        let acts: Vec<i64> =
            consents::table.filter(consents::customer_id.eq(from_customer)).select(consents::id).load(&mut **c)?;
        diesel::update(consents::table.filter(consents::id.any_of(&acts)))
            .set(consents::customer_id.eq(into_customer))
            .execute(&mut **c)?;
        let merged: Vec<i64> =
            customers::table.filter(customers::merged_into.eq(from_customer)).select(customers::id).load(&mut **c)?;
        diesel::update(customers::table.filter(customers::id.any_of(&merged)))
            .set(customers::merged_into.eq(into_customer))
            .execute(&mut **c)?;
        Ok(vec![
            (Kind::Hold, holds),
            (Kind::Sale, sales),
            (Kind::Account, vec![from]),
            (Kind::FreeReturn, free),
            (Kind::Card, taken),
            (Kind::Code, codes),
            (Kind::Consent, acts),
            (Kind::Customer, merged),
        ])
    })
}

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

/// Ids of the accounts of these customers.
///
/// # Errors
/// The statement fails.
pub fn ids_by_customer(db: &mut Db, customers: &[i64]) -> Result<Vec<i64>, StoreError> {
    Ok(on!(db, c => accounts::table
            .filter(accounts::customer_id.any_of(customers))
            .filter(accounts::state.ne(AccountState::Closed.word()))
            .select(accounts::id)
            .load(&mut **c))?)
}

/// Ids of accounts with due changes, at most so many. Only in the index's order: all accounts of a midnight are due at one
/// moment, and PostgreSQL would sort all of them to find the first few.
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

/// Accounts without their lots. When `lock`, they are locked in id order, so gateways cannot deadlock.
///
/// # Errors
/// A statement fails, or a row is unreadable.
pub fn load(db: &mut Db, ids: &[i64], lock: bool) -> Result<Vec<Account>, StoreError> {
    let rows: Vec<AccountRow> = load_locked!(
        db,
        lock,
        accounts::table.filter(accounts::id.any_of(ids)).order(accounts::id).select(AccountRow::as_select())
    )?;
    rows.into_iter().map(account).collect()
}

/// Writes new and changed accounts and their touched lots, and appends to the journal. `is_new` tells which accounts have
/// no row yet. Only columns that can change are updated; a merge changes some others (see `account::merge`).
///
/// # Errors
/// A statement fails, or nothing can be sealed.
pub fn save(
    out: &mut Writes<'_>,
    changed: &[&Account],
    keys: &Keys,
    is_new: impl Fn(AccountId) -> bool,
    facts: &mut Facts,
) -> Result<(), StoreError> {
    let (mut new_rows, mut known_rows) = (Vec::new(), Vec::with_capacity(changed.len()));
    let (mut new_lots, mut known_lots) = (Vec::new(), Vec::with_capacity(changed.len()));
    let mut journal_rows: Vec<JournalRow> = Vec::with_capacity(changed.len());
    for account in changed {
        let mut head = account.head;
        for entry in &account.movements {
            let row = movement::row(account, entry, head.as_ref(), keys)?;
            head = row.hash.as_slice().try_into().ok();
            journal_rows.push(row);
        }
        let numbers = (account.movements.first(), account.movements.last());
        if let (Some(first), Some(last)) = numbers {
            facts.entries(account.id.0, (first.seq, last.seq));
        }
        let rows = if is_new(account.id) { &mut new_rows } else { &mut known_rows };
        let row = account_row(account, head);
        facts.row(Kind::Account, row.id, &row);
        rows.push(row);
        let begun = account.begun_lots();
        for lot in account.touched.iter().filter_map(|no| account.lots.get(no)) {
            let rows = if begun.contains(&lot.no) { &mut new_lots } else { &mut known_lots };
            rows.push(lot::row(account.id, lot));
        }
    }
    write_rows!(out, new_rows, accounts);
    update_accounts(out, known_rows)?;
    write_rows!(out, new_lots, lots);
    lot::update(out, known_lots)?;
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
        head: row.head.map(|bytes| movement::head("accounts.head", &bytes)).transpose()?,
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
