//! Why an account's balance was what it was at some time: its journal up to then, and what time alone had made due by then.

use std::collections::{BTreeMap, HashMap};

use diesel::prelude::*;

use crate::{
    domain::{
        account::{Account, AccountState, Bucket, Cause, Movement, MovementKind, Share, Step},
        ids::{AccountId, LotNo, PartnerId, ReceiptId, ReservationId, StoreId, TillId},
        moment::{Moment, Span},
        money::Points,
        phone::Phone,
        reference::Reference,
        sale::Sale,
    },
    store::{
        books::verify::{empty, for_entries},
        db::backend::{Db, on},
        error::{StoreError, word},
        schema::{account_changes, accounts, cards, customers, reservations},
        sql::any_of::AnyOfValues as _,
        tables::{reference, sale},
    },
    vault::Vault,
};

/// Whose account.
#[derive(Debug, Clone)]
pub enum Who {
    /// The holder of a card.
    Card(String),
    /// The customer with a phone.
    Phone(Phone),
}

/// An account that is meant, and since when it has been.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Which; none when the card was not issued.
    pub account: Option<i64>,
    /// Since when the card is issued or the customer registered.
    pub since: Option<Moment>,
}

/// An account as it was at some time, and how it came to that.
#[derive(Debug)]
pub struct History {
    /// The account at that time, with every lot.
    pub account: Account,
    /// The steps, in order.
    pub lines: Vec<Line>,
    /// What the office did with it, in order.
    pub changes: Vec<Change>,
    /// The account that it was merged into since, or before.
    pub merged_into: Option<AccountId>,
    /// The programme's name.
    pub programme: String,
    /// What the programme's clocks show against UTC, in minutes: those of its first store.
    pub utc_offset_minutes: i32,
    /// Names of partners.
    pub partners: HashMap<PartnerId, String>,
    /// Numbers of receipts.
    pub receipts: HashMap<ReceiptId, String>,
}

/// What happened in one step.
#[derive(Debug)]
pub struct Line {
    /// Its entries.
    pub entries: Vec<Movement>,
    /// The store's name.
    pub store: Option<String>,
    /// The receipt's number.
    pub receipt: Option<String>,
    /// Whether it was due by then and had not been written down.
    pub is_due: bool,
}

/// What the office did with an account.
#[derive(Debug)]
pub struct Change {
    /// When.
    pub at: Moment,
    /// What it became.
    pub state: AccountState,
    /// Why.
    pub reason: String,
}

/// The accounts that are meant; several when several programmes know the card or the phone.
///
/// # Errors
/// The statement fails.
pub fn find(db: &mut Db, who: &Who, vault: &Vault) -> Result<Vec<Found>, StoreError> {
    let rows: Vec<(Option<i64>, Option<i64>)> = match who {
        Who::Card(number) => on!(db, c => cards::table
            .filter(cards::number.eq(number))
            .order(cards::id)
            .select((cards::account_id, cards::issued_at))
            .load(&mut **c))?,
        Who::Phone(phone) => {
            let index = vault.phone_index(phone.as_e164());
            let found: Vec<(i64, i64)> = on!(db, c => accounts::table
                .inner_join(customers::table.on(customers::id.eq(accounts::customer_id)))
                .filter(customers::phone_index.eq(index))
                .order(accounts::id)
                .select((accounts::id, customers::registered_at))
                .load(&mut **c))?;
            found.into_iter().map(|(account, since)| (Some(account), Some(since))).collect()
        }
    };
    Ok(rows.into_iter().map(|(account, since)| Found { account, since: since.map(Moment) }).collect())
}

/// How an account came to be what it was at a time.
///
/// # Errors
/// A statement fails, or a row is unreadable.
pub fn explain(db: &mut Db, id: i64, at: Moment) -> Result<History, StoreError> {
    let (programme, merged_into): (i64, Option<i64>) = on!(db, c => accounts::table
        .find(id)
        .select((accounts::programme_id, accounts::merged_into))
        .first(&mut **c))?;
    let mut account = empty(id);
    let mut entries: Vec<Movement> = Vec::new();
    let mut unreadable = None;
    for_entries(db, id, id, |row| match row.movement() {
        // An account's entries never go back in time, so these are the first ones.
        Ok(entry) if entry.recorded_at <= at => entries.push(entry),
        Ok(_) => {}
        Err(error) => unreadable = Some(error),
    })?;
    if let Some(error) = unreadable {
        return Err(error);
    }
    for entry in &entries {
        account.replay(entry);
    }
    let written = entries.len();
    let changes = changes(db, id, at)?;
    account.state = changes.last().map_or(AccountState::Open, |change| change.state);
    let open = open_holds(db, &entries)?;
    let short = if open.iter().any(|hold| hold.shields) {
        let ids = sale::taken::short_of_accounts(db, &[id])?;
        sale::load(db, &ids, false)?
    } else {
        Vec::new()
    };
    make_due(&mut account, open, short, at);
    entries.append(&mut account.movements);
    let known = reference::load(db)?;
    let numbers = receipt_numbers(db, &entries)?;
    let mut lines: Vec<Line> = Vec::new();
    for (index, entry) in entries.into_iter().enumerate() {
        let is_same =
            |line: &Line| line.entries.last().is_some_and(|last| (last.step, last.kind) == (entry.step, entry.kind));
        match lines.last_mut() {
            Some(line) if is_same(line) => line.entries.push(entry),
            Some(_) | None => lines.push(Line {
                store: entry.cause.store.and_then(|id| known.stores.get(&id)).map(|store| store.name.clone()),
                receipt: entry.cause.receipt.and_then(|id| numbers.get(&id).cloned()),
                is_due: index >= written,
                entries: vec![entry],
            }),
        }
    }
    Ok(History {
        account,
        lines,
        changes,
        merged_into: merged_into.map(AccountId),
        programme: known
            .programmes
            .values()
            .find(|known| known.id.0 == programme)
            .map(|known| known.name.clone())
            .unwrap_or_default(),
        utc_offset_minutes: offset_of(&known, programme),
        partners: known.partners.values().map(|partner| (partner.id, partner.name.clone())).collect(),
        receipts: numbers,
    })
}

/// What the clocks of an account's programme show against UTC, in minutes.
///
/// # Errors
/// A statement fails.
pub fn utc_offset_minutes(db: &mut Db, id: i64) -> Result<i32, StoreError> {
    let programme: i64 = on!(db, c => accounts::table.find(id).select(accounts::programme_id).first(&mut **c))?;
    Ok(offset_of(&reference::load(db)?, programme))
}

/// What the clocks of the first store of all show against UTC, in minutes: for reports over all programmes.
///
/// # Errors
/// A statement fails.
pub fn first_offset_minutes(db: &mut Db) -> Result<i32, StoreError> {
    let known = reference::load(db)?;
    Ok(known.stores.values().min_by_key(|store| store.id).map_or(0, |store| store.utc_offset_minutes))
}

/// A programme's clocks are those of its first store.
fn offset_of(known: &Reference, programme: i64) -> i32 {
    let networks = known.networks.values().filter(|network| network.programme.0 == programme);
    let network = networks.min_by_key(|network| network.id);
    let stores = known.stores.values().filter(|store| network.is_some_and(|network| store.network == network.id));
    stores.min_by_key(|store| store.id).map_or(0, |store| store.utc_offset_minutes)
}

/// A hold that stood at the end of what was written down.
struct OpenHold {
    cause: Cause,
    shares: Vec<Share>,
    expires_at: Moment,
    grace: Span,
    shields: bool,
}

/// Holds of which the entries leave something held.
fn open_holds(db: &mut Db, entries: &[Movement]) -> Result<Vec<OpenHold>, StoreError> {
    let mut held: BTreeMap<ReservationId, BTreeMap<LotNo, Points>> = BTreeMap::new();
    for entry in entries {
        if let (Some(id), Some(lot)) = (entry.cause.reservation, entry.lot) {
            let points = held.entry(id).or_default().entry(lot).or_default();
            if entry.to == Bucket::Reserved {
                *points = points.plus(entry.points);
            } else if entry.from == Bucket::Reserved {
                *points = points.minus(entry.points);
            }
        }
    }
    // What was held when the account was merged into another is held there.
    if entries.iter().any(|entry| entry.from == Bucket::Reserved && entry.to == Bucket::Transfer) {
        held.clear();
    }
    held.retain(|_, shares| shares.values().any(|points| points.is_positive()));
    let ids: Vec<i64> = held.keys().map(|id| id.0).collect();
    type Row = (i64, i64, i64, i64, i64, i64, Option<bool>);
    let rows: Vec<Row> = on!(db, c => reservations::table
        .filter(reservations::id.any_of(&ids))
        .order((reservations::expires_at, reservations::id))
        .select((
            reservations::id,
            reservations::partner_id,
            reservations::store_id,
            reservations::till_id,
            reservations::expires_at,
            reservations::grace_ms,
            reservations::shields,
        ))
        .load(&mut **c))?;
    let holds = rows.into_iter().map(|(id, partner, store, till, expires_at, grace, shields)| {
        let id = ReservationId(id);
        let shares = held.remove(&id).unwrap_or_default();
        OpenHold {
            cause: Cause {
                reservation: Some(id),
                partner: Some(PartnerId(partner)),
                store: Some(StoreId(store)),
                till: Some(TillId(till)),
                rule: Some("Время резерва истекло".into()),
                ..Cause::default()
            },
            shares: shares.into_iter().map(|(lot, points)| Share { lot, points }).collect(),
            expires_at: Moment(expires_at),
            grace: Span(grace),
            shields: shields.unwrap_or_default(),
        }
    });
    Ok(holds.collect())
}

/// Does what time alone had made due: holds lapse, points become spendable and lapse, in the order in which it happened.
fn make_due(account: &mut Account, holds: Vec<OpenHold>, mut short: Vec<Sale>, at: Moment) {
    for hold in holds.into_iter().filter(|hold| hold.expires_at <= at) {
        let step = Step { kind: MovementKind::Release, occurred_at: hold.expires_at, now: at, cause: hold.cause };
        account.mature(hold.expires_at, at);
        account.release(&hold.shares, hold.expires_at, hold.grace, &step);
        let mut left: Points = hold.shares.iter().map(|share| share.points).sum();
        for sale in short.iter_mut().filter(|_| hold.shields) {
            left = left.minus(sale.close_shortfall(account, left, &step));
        }
    }
    account.mature(at, at);
}

fn changes(db: &mut Db, id: i64, at: Moment) -> Result<Vec<Change>, StoreError> {
    let rows: Vec<(i64, String, String)> = on!(db, c => account_changes::table
        .filter(account_changes::account_id.eq(id))
        .filter(account_changes::recorded_at.le(at.0))
        .order(account_changes::id)
        .select((account_changes::occurred_at, account_changes::state, account_changes::reason))
        .load(&mut **c))?;
    rows.into_iter()
        .map(|(at, state, reason)| {
            let state = word(AccountState::from_word, "account_changes.state", &state)?;
            Ok(Change { at: Moment(at), state, reason })
        })
        .collect()
}

fn receipt_numbers(db: &mut Db, entries: &[Movement]) -> Result<HashMap<ReceiptId, String>, StoreError> {
    let mut ids: Vec<i64> = entries.iter().filter_map(|entry| entry.cause.receipt).map(|id| id.0).collect();
    ids.sort_unstable();
    ids.dedup();
    crate::store::tables::statement::receipt_numbers(db, &ids)
}
