//! Explains an account's balance at a time: its journal up to then, and the changes that were due by then.

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
        books::walk::{empty, for_entries},
        db::backend::{Db, on},
        error::{StoreError, word},
        schema::{account_changes, accounts, cards, customers, reservations},
        sealing::Keys,
        sql::any_of::AnyOfValues as _,
        tables::{
            account::{movement::JournalRow, reason_place},
            reference, sale, statement,
        },
    },
    vault::Vault,
};

/// How the account is named.
#[derive(Debug, Clone)]
pub enum Who {
    /// The holder of a card.
    Card(String),
    /// The customer with a phone.
    Phone(Phone),
}

/// A found account, and since when it is the identifier's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The account; `None` when the card was not issued.
    pub account: Option<i64>,
    /// Since when the card is issued or the customer registered.
    pub since: Option<Moment>,
}

/// An account at a time, with the steps that led there.
#[derive(Debug)]
pub struct History {
    /// The account at that time, with every lot.
    pub account: Account,
    /// The steps, in order.
    pub lines: Vec<Line>,
    /// Office actions on it, in order.
    pub changes: Vec<Change>,
    /// The account that it was merged into.
    pub merged_into: Option<AccountId>,
    /// The programme's name.
    pub programme: String,
    /// The programme's offset from UTC in minutes: that of its first store.
    pub utc_offset_minutes: i32,
    /// Names of partners.
    pub partners: HashMap<PartnerId, String>,
    /// Numbers of receipts.
    pub receipts: HashMap<ReceiptId, String>,
    /// The versions of the programme's rules that receipts were calculated by, where they say.
    pub rules_versions: HashMap<ReceiptId, i64>,
}

/// One step of the journal.
#[derive(Debug)]
pub struct Line {
    /// Its entries.
    pub entries: Vec<Movement>,
    /// The store's name.
    pub store: Option<String>,
    /// The receipt's number.
    pub receipt: Option<String>,
    /// Whether it was due and not written yet.
    pub is_due: bool,
}

/// An office action on an account.
#[derive(Debug)]
pub struct Change {
    /// The time.
    pub at: Moment,
    /// The new state.
    pub state: AccountState,
    /// Why; nothing where the customer has been erased.
    pub reason: Option<String>,
}

/// The accounts of an identifier; several when several programmes know the card or the phone.
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

/// The account at a time, with its steps.
///
/// # Errors
/// A statement fails, or a row is unreadable.
pub fn explain(db: &mut Db, id: i64, at: Moment, vault: &Vault) -> Result<History, StoreError> {
    let (programme, merged_into): (i64, Option<i64>) = on!(db, c => accounts::table
        .find(id)
        .select((accounts::programme_id, accounts::merged_into))
        .first(&mut **c))?;
    let mut account = empty(id);
    let mut rows: Vec<JournalRow> = Vec::new();
    for_entries(db, id, id, |row| {
        // An account's entries never go back in time, so these are the first ones.
        if row.recorded_at <= at.0 {
            rows.push(row.clone());
        }
    })?;
    let mut entries = statement::told(db, &rows, vault)?;
    for entry in &entries {
        account.replay(entry);
    }
    let written = entries.len();
    let changes = changes(db, id, at, vault)?;
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
        rules_versions: sale::rules_versions(db, numbers.keys().copied())?,
        receipts: numbers,
    })
}

/// The offset from UTC of an account's programme, in minutes.
///
/// # Errors
/// A statement fails.
pub fn utc_offset_minutes(db: &mut Db, id: i64) -> Result<i32, StoreError> {
    let programme: i64 = on!(db, c => accounts::table.find(id).select(accounts::programme_id).first(&mut **c))?;
    Ok(offset_of(&reference::load(db)?, programme))
}

/// The offset from UTC of the very first store, in minutes: for reports over all programmes.
///
/// # Errors
/// A statement fails.
pub fn first_offset_minutes(db: &mut Db) -> Result<i32, StoreError> {
    let known = reference::load(db)?;
    Ok(known.stores.values().min_by_key(|store| store.id).map_or(0, |store| store.utc_offset_minutes))
}

/// A programme's offset from UTC is that of its first store.
fn offset_of(known: &Reference, programme: i64) -> i32 {
    let networks = known.networks.values().filter(|network| network.programme.0 == programme);
    let network = networks.min_by_key(|network| network.id);
    let stores = known.stores.values().filter(|store| network.is_some_and(|network| store.network == network.id));
    stores.min_by_key(|store| store.id).map_or(0, |store| store.utc_offset_minutes)
}

/// A hold that is open after the last written entry.
struct OpenHold {
    cause: Cause,
    shares: Vec<Share>,
    expires_at: Moment,
    grace: Span,
    shields: bool,
}

/// Holds with points that the entries leave held.
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
    // Points held at a merge are held in the other account.
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

/// Does what time alone had made due: holds lapse, points become spendable and lapse, in the order in which it
/// happened.
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

fn changes(db: &mut Db, id: i64, at: Moment, vault: &Vault) -> Result<Vec<Change>, StoreError> {
    let rows: Vec<(i64, String, i64, Option<Vec<u8>>)> = on!(db, c => account_changes::table
        .filter(account_changes::account_id.eq(id))
        .filter(account_changes::recorded_at.le(at.0))
        .order(account_changes::id)
        .select((account_changes::occurred_at, account_changes::state, account_changes::id, account_changes::reason_sealed))
        .load(&mut **c))?;
    let keys = Keys::for_values(db, vault, rows.iter().filter_map(|(.., sealed)| sealed.as_deref()))?;
    rows.into_iter()
        .map(|(at, state, id, reason)| {
            let reason = keys.open_words(&reason_place(id), reason.as_deref())?;
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
