//! What became of a card, of the account that it leads to, and of the accounts that were merged into that one.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use diesel::prelude::*;

use super::{
    names::{Authors, Places},
    position::{Position, Positions},
    sight::Sight,
};
use crate::{
    domain::{
        account::AccountState,
        card::CardState,
        history::{ACCOUNT, CARD, FieldChange, PHONE_CHANGE, Place, account_state, card_state, time},
        moment::{Moment, Span},
        phone::Identifier,
        refusal::Refusal,
    },
    store::{
        db::backend::{Db, on},
        error::{StoreError, word},
        schema::{account_changes, accounts, card_changes, cards, credentials, customers},
        sealing::Keys,
        sql::any_of::AnyOfValues as _,
        tables::{account, card},
    },
    vault::Vault,
    working_set::questions::{
        Unanswered,
        history::{Author, HistoryRow, ListHistory},
    },
};

/// What stands second in the position of a change of a card, and of one of an account.
const OF_CARD: i64 = 2;
const OF_ACCOUNT: i64 = 3;
/// How much later than it happened a change may be recorded without that being told.
const TOLD_LATER_THAN: Span = Span::minutes(1);

/// A card.
#[derive(Debug, Clone)]
struct Card {
    number: String,
    account: Option<i64>,
    successor: Option<String>,
}

/// A change of a card or an account.
#[derive(Debug, Clone)]
struct Change {
    id: i64,
    of: i64,
    /// Its place among changes of one millisecond.
    rank: i64,
    state: String,
    /// The state before, by the change before; nothing of a new card.
    before: Option<String>,
    merged_into: Option<i64>,
    reason_sealed: Option<Vec<u8>>,
    employee_sealed: Option<Vec<u8>>,
    occurred_at: i64,
    recorded_at: i64,
    credential: i64,
    store: Option<i64>,
    till: Option<i64>,
}

impl Change {
    /// Its position. Ids of several writers say nothing of the order within a millisecond, so a card's states say it.
    const fn position(&self, what: i64) -> Position {
        [self.recorded_at, what, self.rank, self.id]
    }
}

/// The order of a card's states.
fn rank(state: &str) -> i64 {
    CardState::from_word(state).map_or(0, |state| match state {
        CardState::Registered => 0,
        CardState::Issued => 1,
        CardState::Active => 2,
        CardState::Blocked => 3,
        CardState::Replaced => 4,
        CardState::Closed => 5,
    })
}

/// A customer's cards and accounts, with all their changes.
#[derive(Debug)]
pub(super) struct Holding {
    cards: BTreeMap<i64, Card>,
    of_cards: Vec<Change>,
    of_accounts: Vec<Change>,
    /// The login of each change and its partner.
    logins: HashMap<i64, (String, i64)>,
}

impl Holding {
    /// The card with this number, or else all cards of the customer with this phone; with the accounts. Which of the
    /// two an identifier means is decided as for a call at a till (`working_set::identify::meant`).
    ///
    /// # Errors
    /// It is the card of one and the phone of another, or a statement fails.
    pub(super) fn find(db: &mut Db, vault: &Vault, sight: &Sight, identifier: &Identifier) -> Result<Self, Unanswered> {
        let (number, phone) = match identifier {
            Identifier::Card(card) => (Some(card), None),
            Identifier::Phone(phone) => (None, Some(phone)),
            Identifier::Either { card, phone } => (Some(card), Some(phone)),
        };
        let mut found = match number {
            Some(number) => load_cards(db, sight, number)?,
            None => BTreeMap::new(),
        };
        let mut own: BTreeSet<i64> = found.values().filter_map(|card| card.account).collect();
        let of_phone = match phone {
            Some(phone) => accounts_of(db, sight, vault.phone_index(phone.as_e164()))?,
            None => None,
        };
        if let Some(accounts) = of_phone {
            // A card that nobody has does not hide a customer.
            if own.is_empty() {
                found = load_cards_of(db, &accounts)?;
                own = accounts.into_iter().collect();
            } else if own.iter().any(|account| !accounts.contains(account)) {
                return Err(Refusal::IdentifierAmbiguous.into());
            }
        }
        let all = with_merged(db, own)?;
        let ids: Vec<i64> = found.keys().copied().collect();
        let mut holding = Self {
            of_cards: changes_of_cards(db, &ids)?,
            of_accounts: changes_of_accounts(db, &all)?,
            cards: found,
            logins: HashMap::new(),
        };
        let changes = holding.of_cards.iter().chain(&holding.of_accounts);
        let ids: BTreeSet<i64> = changes.map(|change| change.credential).collect();
        let ids: Vec<i64> = ids.into_iter().collect();
        let logins: Vec<(i64, String, i64)> = on!(db, c => credentials::table
            .filter(credentials::id.any_of(&ids))
            .select((credentials::id, credentials::login, credentials::partner_id))
            .load(&mut **c))?;
        holding.logins = logins.into_iter().map(|(id, login, partner)| (id, (login, partner))).collect();
        Ok(holding)
    }

    /// The partner whose login made a change.
    fn partner(&self, change: &Change) -> Option<i64> {
        self.logins.get(&change.credential).map(|(_, partner)| *partner)
    }

    /// The positions of what is looked for and seen: what its own partner's logins did, unless the viewer sees all.
    pub(super) fn positions(&self, question: &ListHistory, sight: &Sight) -> Positions {
        let is_looked_for = |kind: &str, name: &str, change: &Change| {
            let login = self.logins.get(&change.credential).map_or("", |(login, _)| login);
            let is_in_time = change.recorded_at >= question.from.0 && change.recorded_at < question.to.0;
            is_in_time && sight.takes(self.partner(change)) && question.search.takes(kind, name, login)
        };
        let of_cards = self.of_cards.iter().filter(|change| {
            let number = self.cards.get(&change.of).map_or("", |card| card.number.as_str());
            is_looked_for(CARD, number, change)
        });
        let of_cards = of_cards.map(|change| change.position(OF_CARD));
        let of_accounts =
            self.of_accounts.iter().filter(|change| is_looked_for(ACCOUNT, &change.of.to_string(), change));
        let of_accounts = of_accounts.map(|change| change.position(OF_ACCOUNT));
        Positions { found: of_cards.chain(of_accounts).collect(), stopped: None }
    }

    /// What stands at these positions.
    ///
    /// # Errors
    /// A statement fails, or a text cannot be opened.
    pub(super) fn rows(
        &self,
        db: &mut Db,
        vault: &Vault,
        sight: &Sight,
        question: &ListHistory,
        wanted: &[Position],
    ) -> Result<Vec<HistoryRow>, StoreError> {
        let changes = |all: &[Change], what: i64| -> Vec<Change> {
            let is_wanted = |change: &&Change| wanted.contains(&change.position(what));
            all.iter().filter(is_wanted).cloned().collect()
        };
        let (of_cards, of_accounts) = (changes(&self.of_cards, OF_CARD), changes(&self.of_accounts, OF_ACCOUNT));
        let both = || of_cards.iter().chain(&of_accounts);
        let stores = both().filter_map(|change| change.store).map(|id| (Place::Store, id));
        let tills = both().filter_map(|change| change.till).map(|id| (Place::Till, id));
        let places = Places::load(db, &stores.chain(tills).collect())?;
        let logins: Vec<i64> = self.logins.keys().copied().collect();
        let authors = Authors::load(db, &[], &logins)?;
        let sealed = both().flat_map(|change| [change.reason_sealed.as_deref(), change.employee_sealed.as_deref()]);
        let keys = Keys::for_values(db, vault, sealed.flatten().collect::<Vec<_>>())?;
        let offset = question.utc_offset_minutes;
        let open = |change: &Change, place: String, sealed: &Option<Vec<u8>>| match sealed {
            Some(sealed) if !sight.hides_people(self.partner(change)) => keys.open_words(&place, Some(sealed)),
            Some(_) | None => Ok(None),
        };
        let row = |kind: &str, name: String, change: &Change, reason: Option<String>, author: Author| HistoryRow {
            position: change.position(if kind == CARD { OF_CARD } else { OF_ACCOUNT }),
            at: Moment(change.recorded_at),
            kind: kind.to_owned(),
            name,
            partner: None,
            version: None,
            act: "changed",
            text: String::new(),
            reason,
            store: change.store.and_then(|id| places.code(Place::Store, id)),
            till: change.till.and_then(|id| places.code(Place::Till, id)),
            author,
            fields: later(change, offset),
        };
        let mut rows = Vec::with_capacity(wanted.len());
        for change in &of_cards {
            let reason = open(change, card::reason_place(change.id), &change.reason_sealed)?;
            let employee = open(change, card::cashier_place(change.id), &change.employee_sealed)?;
            let card = self.cards.get(&change.of);
            let number = card.map(|card| sight.number(&card.number, self.partner(change))).unwrap_or_default();
            let author = authors.of(change.credential, employee, Moment(change.recorded_at), &places);
            let mut told = row(CARD, number, change, reason, author);
            self.tell_card(&mut told, change, card, sight)?;
            rows.push(told);
        }
        for change in &of_accounts {
            let reason = open(change, account::reason_place(change.id), &change.reason_sealed)?;
            let employee = open(change, account::employee_place(change.id), &change.employee_sealed)?;
            let author = authors.of(change.credential, employee, Moment(change.recorded_at), &places);
            let mut told = row(ACCOUNT, change.of.to_string(), change, reason, author);
            tell_account(&mut told, change)?;
            rows.push(told);
        }
        Ok(rows)
    }

    /// What was done to a card.
    fn tell_card(
        &self,
        row: &mut HistoryRow,
        change: &Change,
        card: Option<&Card>,
        sight: &Sight,
    ) -> Result<(), StoreError> {
        let state = |text: &str| word(CardState::from_word, "card_changes.state", text);
        let after = state(&change.state)?;
        let before = change.before.as_deref().map(state).transpose()?;
        let by = self.partner(change);
        let is_before = |other: &&Card| {
            other.successor.is_some() && other.successor.as_deref() == card.map(|card| card.number.as_str())
        };
        let replaced = self.cards.values().find(is_before).map(|other| sight.number(&other.number, by));
        let successor = card.and_then(|card| card.successor.as_deref()).map(|number| sight.number(number, by));
        let number = &row.name;
        (row.act, row.text) = match (before, after) {
            (_, CardState::Registered) => ("registered", format!("Карта {number} зарегистрирована.")),
            (Some(CardState::Registered) | None, CardState::Issued | CardState::Active) if replaced.is_some() => {
                let of = replaced.unwrap_or_default();
                ("issued", format!("Карта {number} выдана вместо карты {of}."))
            }
            (Some(CardState::Blocked), CardState::Issued | CardState::Active) => {
                ("unblocked", format!("Блокировка карты {number} снята."))
            }
            (Some(CardState::Registered), CardState::Active) => {
                ("issued", format!("Карта {number} выдана вместо другой."))
            }
            (_, CardState::Issued) => ("issued", format!("Карта {number} выдана.")),
            (_, CardState::Active) => ("activated", format!("Карта {number} активирована.")),
            (_, CardState::Blocked) => ("blocked", format!("Карта {number} заблокирована.")),
            (_, CardState::Replaced) => {
                let by = successor.map(|by| format!(" картой {by}")).unwrap_or_default();
                ("replaced", format!("Карта {number} заменена{by}."))
            }
            (_, CardState::Closed) => ("closed", format!("Карта {number} закрыта.")),
        };
        row.fields.insert(0, field("state", "Состояние", before.map(card_state), card_state(after)));
        Ok(())
    }
}

/// What was done to an account.
fn tell_account(row: &mut HistoryRow, change: &Change) -> Result<(), StoreError> {
    let state = |text: &str| word(AccountState::from_word, "account_changes.state", text);
    let after = state(&change.state)?;
    // An account is open until something is done to it.
    let before = change.before.as_deref().map_or(Ok(AccountState::Open), state)?;
    let number = &row.name;
    if let Some(into) = change.merged_into {
        row.act = "merged";
        row.text = format!("Клиенты объединены: карты и баллы счёта {number} перешли на счёт {into}.");
        row.fields.insert(0, field("merged_into", "Счёт карт и баллов", Some(number), &into.to_string()));
        return Ok(());
    }
    if before != after {
        row.fields.insert(0, field("state", "Состояние", Some(account_state(before)), account_state(after)));
    }
    let is_phone = before == after && row.reason.as_deref().is_none_or(|reason| reason.starts_with(PHONE_CHANGE));
    (row.act, row.text) = match after {
        _ if is_phone => ("phone_changed", format!("У владельца счёта {number} сменён телефон.")),
        AccountState::Frozen => ("frozen", format!("Списание со счёта {number} приостановлено.")),
        AccountState::Open => ("unfrozen", format!("Списание со счёта {number} снова разрешено.")),
        AccountState::Closed => ("closed", format!("Счёт {number} закрыт.")),
    };
    if is_phone && let Some(reason) = &row.reason {
        row.reason = reason.strip_prefix(PHONE_CHANGE).map(str::to_owned);
    }
    Ok(())
}

fn field(name: &str, label: &str, before: Option<&str>, after: &str) -> FieldChange {
    let (before, after) = (before.map(str::to_owned), Some(after.to_owned()));
    FieldChange { name: name.into(), label: label.into(), before, after }
}

/// That a change came later than it happened: from a till that was offline.
fn later(change: &Change, offset: i32) -> Vec<FieldChange> {
    let (occurred, recorded) = (Moment(change.occurred_at), Moment(change.recorded_at));
    let is_told = recorded.since(occurred) > TOLD_LATER_THAN;
    is_told.then(|| field("occurred_at", "Время на кассе", None, &time(occurred, offset))).into_iter().collect()
}

type CardRow = (i64, String, Option<i64>, Option<String>, i64);

/// The cards with this number: one, or one a programme.
fn load_cards(db: &mut Db, sight: &Sight, number: &str) -> Result<BTreeMap<i64, Card>, StoreError> {
    let rows: Vec<CardRow> = on!(db, c => cards::table
        .filter(cards::number.eq(number))
        .select((cards::id, cards::number, cards::account_id, cards::successor, cards::programme_id))
        .load(&mut **c))?;
    let rows = rows.into_iter().filter(|(.., programme)| sight.programme.is_none_or(|own| own == *programme));
    Ok(rows.map(|(id, number, account, successor, _)| (id, Card { number, account, successor })).collect())
}

/// The cards of accounts.
fn load_cards_of(db: &mut Db, accounts: &[i64]) -> Result<BTreeMap<i64, Card>, StoreError> {
    let rows: Vec<CardRow> = on!(db, c => cards::table
        .filter(cards::account_id.any_of(accounts))
        .select((cards::id, cards::number, cards::account_id, cards::successor, cards::programme_id))
        .load(&mut **c))?;
    Ok(rows.into_iter().map(|(id, number, account, successor, _)| (id, Card { number, account, successor })).collect())
}

/// The accounts of the customer with a phone; of one who was merged, those of the other. `None`: nobody has that phone.
fn accounts_of(db: &mut Db, sight: &Sight, phone_index: Vec<u8>) -> Result<Option<Vec<i64>>, StoreError> {
    let rows: Vec<(i64, Option<i64>, i64)> = on!(db, c => customers::table
        .filter(customers::phone_index.eq(&phone_index))
        .select((customers::id, customers::merged_into, customers::programme_id))
        .load(&mut **c))?;
    let rows = rows.into_iter().filter(|(.., programme)| sight.programme.is_none_or(|own| own == *programme));
    let ids: Vec<i64> = rows.map(|(id, into, _)| into.unwrap_or(id)).collect();
    if ids.is_empty() {
        return Ok(None);
    }
    Ok(Some(on!(db, c => accounts::table
        .filter(accounts::customer_id.any_of(&ids))
        .select(accounts::id)
        .load(&mut **c))?))
}

/// These accounts, and all that were merged into them.
fn with_merged(db: &mut Db, own: BTreeSet<i64>) -> Result<Vec<i64>, StoreError> {
    let (mut all, mut last): (BTreeSet<i64>, Vec<i64>) = (own.clone(), own.into_iter().collect());
    while !last.is_empty() {
        let merged: Vec<i64> = on!(db, c => accounts::table
            .filter(accounts::merged_into.any_of(&last))
            .select(accounts::id)
            .load(&mut **c))?;
        last = merged.into_iter().filter(|id| all.insert(*id)).collect();
    }
    Ok(all.into_iter().collect())
}

fn changes_of_cards(db: &mut Db, ids: &[i64]) -> Result<Vec<Change>, StoreError> {
    type Row = (i64, i64, String, i64, i64, i64, Option<i64>, Option<i64>, Option<Vec<u8>>, Option<Vec<u8>>);
    let rows: Vec<Row> = on!(db, c => card_changes::table
        .filter(card_changes::card_id.any_of(ids))
        .select((
            card_changes::id,
            card_changes::card_id,
            card_changes::state,
            card_changes::occurred_at,
            card_changes::recorded_at,
            card_changes::credential_id,
            card_changes::store_id,
            card_changes::till_id,
            card_changes::reason_sealed,
            card_changes::cashier_sealed,
        ))
        .load(&mut **c))?;
    let changes = rows.into_iter().map(
        |(id, of, state, occurred_at, recorded_at, credential, store, till, reason_sealed, employee_sealed)| Change {
            id,
            of,
            rank: rank(&state),
            state,
            before: None,
            merged_into: None,
            reason_sealed,
            employee_sealed,
            occurred_at,
            recorded_at,
            credential,
            store,
            till,
        },
    );
    Ok(with_before(changes.collect()))
}

fn changes_of_accounts(db: &mut Db, ids: &[i64]) -> Result<Vec<Change>, StoreError> {
    type Row = (i64, i64, String, Option<i64>, i64, i64, i64, Option<Vec<u8>>, Option<Vec<u8>>);
    let rows: Vec<Row> = on!(db, c => account_changes::table
        .filter(account_changes::account_id.any_of(ids))
        .select((
            account_changes::id,
            account_changes::account_id,
            account_changes::state,
            account_changes::merged_into,
            account_changes::occurred_at,
            account_changes::recorded_at,
            account_changes::credential_id,
            account_changes::reason_sealed,
            account_changes::employee_sealed,
        ))
        .load(&mut **c))?;
    let changes = rows.into_iter().map(
        |(id, of, state, merged_into, occurred_at, recorded_at, credential, reason_sealed, employee_sealed)| Change {
            id,
            of,
            rank: 0,
            state,
            before: None,
            merged_into,
            reason_sealed,
            employee_sealed,
            occurred_at,
            recorded_at,
            credential,
            store: None,
            till: None,
        },
    );
    Ok(with_before(changes.collect()))
}

/// Each with the state that the one before it left.
fn with_before(mut changes: Vec<Change>) -> Vec<Change> {
    changes.sort_by_key(|change| (change.recorded_at, change.rank, change.id));
    let mut last: HashMap<i64, String> = HashMap::new();
    for change in &mut changes {
        change.before = last.insert(change.of, change.state.clone());
    }
    changes
}
