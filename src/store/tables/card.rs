//! Cards and their state changes.

use diesel::prelude::*;

use crate::{
    domain::{
        card::{Card, CardState},
        ids::{AccountId, CardId, CustomerId, ProgrammeId, StoreId},
        moment::Moment,
    },
    store::{
        db::backend::{Db, load_locked, on},
        error::{StoreError, word},
        facts::{Facts, Kind},
        schema::{card_changes, cards},
        sealing::Keys,
        sql::{
            any_of::AnyOfValues as _,
            batch::Writes,
            digest::{Digester, RowDigest},
            insert::{rows, write_rows},
        },
    },
    working_set::CardChange,
};

rows! {
    #[derive(Queryable, Selectable)]
    #[diesel(table_name = cards)]
    pub(in crate::store) struct CardRow in cards {
        id: i64,
        programme_id: i64,
        number: String,
        kind: Option<String>,
        state: String,
        account_id: Option<i64>,
        customer_id: Option<i64>,
        successor: Option<String>,
        issued_at: Option<i64>,
        before_block: Option<String>,
        store_id: Option<i64>,
        origin: Option<String>,
    }
}

rows! {
    #[derive(Queryable, Selectable)]
    #[diesel(table_name = card_changes)]
    struct CardChangeRow in card_changes {
        id: i64,
        card_id: i64,
        state: String,
        reason_sealed: Option<Vec<u8>>,
        occurred_at: i64,
        recorded_at: i64,
        credential_id: i64,
        store_id: Option<i64>,
        till_id: Option<i64>,
        cashier_sealed: Option<Vec<u8>>,
    }
}

/// Cards of these numbers, in any programme; locked against other gateways when `lock`.
///
/// # Errors
/// The statement fails, or a row is unreadable.
pub fn load_by_number(db: &mut Db, numbers: &[String], lock: bool) -> Result<Vec<Card>, StoreError> {
    let rows: Vec<CardRow> = load_locked!(
        db,
        lock,
        cards::table.filter(cards::number.any_of(numbers)).order(cards::id).select(CardRow::as_select())
    )?;
    rows.into_iter().map(card).collect()
}

/// Cards that an import brought under these names, in any programme.
///
/// # Errors
/// The statement fails, or a row is unreadable.
pub fn load_by_source(db: &mut Db, sources: &[&str]) -> Result<Vec<Card>, StoreError> {
    let rows: Vec<CardRow> = on!(db, c => cards::table
        .filter(cards::origin.any_of(sources))
        .order(cards::id)
        .select(CardRow::as_select())
        .load(&mut **c))?;
    rows.into_iter().map(card).collect()
}

/// All cards of these accounts.
///
/// # Errors
/// The statement fails, or a row is unreadable.
pub fn load_by_account(db: &mut Db, accounts: &[i64]) -> Result<Vec<Card>, StoreError> {
    let rows: Vec<CardRow> = on!(db, c => cards::table.filter(cards::account_id.any_of(accounts)).select(CardRow::as_select()).load(&mut **c))?;
    rows.into_iter().map(card).collect()
}

/// Writes new and changed cards.
///
/// # Errors
/// The statement fails.
pub fn save(out: &mut Writes<'_>, changed: &[&Card], facts: &mut Facts) -> Result<(), StoreError> {
    let rows: Vec<CardRow> = changed
        .iter()
        .map(|card| CardRow {
            id: card.id.0,
            programme_id: card.programme.0,
            number: card.number.clone(),
            kind: card.kind.clone(),
            state: card.state.word().into(),
            account_id: card.account.map(|id| id.0),
            customer_id: card.customer.map(|id| id.0),
            successor: card.successor.clone(),
            issued_at: card.issued_at.map(|at| at.0),
            before_block: card.before_block.map(|state| state.word().into()),
            store_id: card.store.map(|id| id.0),
            origin: card.source.clone(),
        })
        .collect();
    for row in &rows {
        facts.row(Kind::Card, row.id, row);
    }
    write_rows!(out, rows, cards, (id) => (state, account_id, customer_id, successor, issued_at, before_block, store_id, origin));
    Ok(())
}

/// Records state changes.
///
/// # Errors
/// The statement fails, or nothing can be sealed.
pub fn save_changes(
    out: &mut Writes<'_>,
    changes: &[(i64, CardChange)],
    now: Moment,
    keys: &Keys,
    owner: impl Fn(CardId) -> Option<CustomerId>,
    facts: &mut Facts,
) -> Result<(), StoreError> {
    let row = |(id, change): &(i64, CardChange)| {
        Ok(CardChangeRow {
            id: *id,
            card_id: change.card.0,
            state: change.state.word().into(),
            reason_sealed: keys.seal_words(owner(change.card), &reason_place(*id), change.reason.as_deref())?,
            occurred_at: change.occurred_at.0,
            recorded_at: now.0,
            credential_id: change.credential.0,
            store_id: change.store.map(|id| id.0),
            till_id: change.till.map(|id| id.0),
            cashier_sealed: keys.seal_words(None, &cashier_place(*id), change.cashier.as_deref())?,
        })
    };
    let rows: Vec<CardChangeRow> = changes.iter().map(row).collect::<Result<_, StoreError>>()?;
    for row in &rows {
        facts.row(Kind::CardChange, row.id, row);
    }
    write_rows!(out, rows, card_changes);
    Ok(())
}

/// What these cards say.
///
/// # Errors
/// The statement fails.
pub(in crate::store) fn digests(db: &mut Db, ids: &[i64]) -> Result<Vec<(i64, RowDigest)>, StoreError> {
    let rows: Vec<CardRow> =
        on!(db, c => cards::table.filter(cards::id.any_of(ids)).select(CardRow::as_select()).load(&mut **c))?;
    let mut digester = Digester::default();
    Ok(rows.iter().map(|row| (row.id, digester.row(row).finish())).collect())
}

/// What these changes say.
///
/// # Errors
/// The statement fails.
pub(in crate::store) fn change_digests(db: &mut Db, ids: &[i64]) -> Result<Vec<(i64, RowDigest)>, StoreError> {
    let rows: Vec<CardChangeRow> = on!(db, c => card_changes::table
        .filter(card_changes::id.any_of(ids))
        .select(CardChangeRow::as_select())
        .load(&mut **c))?;
    let mut digester = Digester::default();
    Ok(rows.iter().map(|row| (row.id, digester.row(row).finish())).collect())
}

/// The card in a row.
pub(in crate::store) fn card(row: CardRow) -> Result<Card, StoreError> {
    Ok(Card {
        id: CardId(row.id),
        programme: ProgrammeId(row.programme_id),
        number: row.number,
        kind: row.kind,
        state: word(CardState::from_word, "cards.state", &row.state)?,
        before_block: match &row.before_block {
            Some(state) => Some(word(CardState::from_word, "cards.before_block", state)?),
            None => None,
        },
        account: row.account_id.map(AccountId),
        customer: row.customer_id.map(CustomerId),
        successor: row.successor,
        issued_at: row.issued_at.map(Moment),
        store: row.store_id.map(StoreId),
        source: row.origin,
    })
}

/// Where the reason of a change lies: it is the customer's whose card it is.
pub(in crate::store) fn reason_place(id: i64) -> String {
    format!("card_changes.reason:{id}")
}

/// Where the name lies of who made a change.
pub(in crate::store) fn cashier_place(id: i64) -> String {
    format!("card_changes.cashier:{id}")
}
