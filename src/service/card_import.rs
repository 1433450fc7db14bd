//! Cards of another system, taken over with their holders and balances: by the same seam as everything else, row by row.
//!
//! A row is taken whole or not at all, and once by the name that the other system knows it by.

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
};

use chrono::NaiveDate;

use crate::{
    domain::{
        account::{Account, Cause, Grant, MovementKind, POINTS_MAX, PointsClass, Step},
        card::{Card, CardState},
        customer::Customer,
        ids::{AccountId, CardId, CustomerId, StoreId},
        moment::Moment,
        money::Points,
        phone::{Identifier, Phone, is_phone_like},
        questionnaire::Answers,
        reference::Reference,
        refusal::{Decided, Decision, Refusal},
        sale::Holder,
    },
    service::{adjustment::end_of, context::OfficeContext, programme::governs, receipt},
    working_set::{CardChange, Touches, WorkingSet, command::Command},
};

/// Ids that one row may take: a card, two changes of it, a customer, an account.
const IDS_PER_ROW: i64 = 5;

/// Takes over a batch of rows.
#[derive(Debug)]
pub struct ImportCards {
    /// The caller and the time from which balances are counted.
    pub context: OfficeContext,
    /// Whether numbers that read as mobile phones are taken: such cards are in customers' hands already.
    pub takes_phone_like: bool,
    /// The rows.
    pub rows: Vec<ImportRow>,
}

/// A row of another system.
#[derive(Debug, Clone)]
pub struct ImportRow {
    /// By which name the other system knows it.
    pub source: String,
    /// The card's number.
    pub number: String,
    /// The card's kind.
    pub kind: Option<String>,
    /// The code of the store, in the caller's network, that it is handed to.
    pub store: Option<String>,
    /// Its holder's phone; `None` leaves the card to be issued later.
    pub phone: Option<Phone>,
    /// What else is known of the holder.
    pub answers: Answers,
    /// The balance that it begins with.
    pub balance: Points,
    /// The last local day of that balance; `None` leaves it to the programme's rules.
    pub expires_on: Option<NaiveDate>,
}

/// What became of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RowOutcome {
    /// The card was registered.
    Registered,
    /// The card was registered and issued to its holder, with its balance.
    Issued,
    /// The card was there, and was handed to a store.
    HandedOver,
    /// The card was there, and was issued to its holder, with its balance.
    IssuedKnown,
    /// It was taken over before: nothing was done.
    Repeated,
    /// The card is there: nothing was done.
    CardKnown,
    /// Another card was taken over by this name.
    SourceTaken,
    /// The number reads as a phone.
    PhoneLike,
    /// There is no such store.
    StoreUnknown,
    /// A balance needs a holder's phone.
    HolderMissing,
    /// The holder has been erased.
    HolderErased,
    /// The balance would have lapsed.
    Lapsed,
    /// The holder would have more points than an account may.
    TooMany,
    /// The balance is negative.
    Negative,
}

/// How a batch went, row by row.
#[derive(Debug, Clone)]
pub struct CardsImported(pub Vec<RowOutcome>);

impl RowOutcome {
    /// Every outcome with the letter by which a stored answer keeps it.
    const LETTERS: [(Self, char); 14] = [
        (Self::Registered, 'r'),
        (Self::Issued, 'i'),
        (Self::HandedOver, 'h'),
        (Self::IssuedKnown, 'k'),
        (Self::Repeated, 's'),
        (Self::CardKnown, 'c'),
        (Self::SourceTaken, 'o'),
        (Self::PhoneLike, 'p'),
        (Self::StoreUnknown, 'm'),
        (Self::HolderMissing, 'n'),
        (Self::HolderErased, 'e'),
        (Self::Lapsed, 'l'),
        (Self::TooMany, 't'),
        (Self::Negative, 'g'),
    ];

    /// The letter by which a stored answer keeps it.
    #[must_use]
    pub fn letter(self) -> char {
        Self::LETTERS.iter().find(|(outcome, _)| *outcome == self).map_or('?', |(_, letter)| *letter)
    }

    /// What a letter stands for.
    #[must_use]
    pub fn of(letter: char) -> Option<Self> {
        Self::LETTERS.iter().find(|(_, known)| *known == letter).map(|(outcome, _)| *outcome)
    }

    /// Whether the row was taken over.
    #[must_use]
    pub const fn is_taken(self) -> bool {
        matches!(self, Self::Registered | Self::Issued | Self::HandedOver | Self::IssuedKnown)
    }

    /// Whether there was nothing to do: it is as it should be.
    #[must_use]
    pub const fn is_known(self) -> bool {
        matches!(self, Self::Repeated | Self::CardKnown)
    }
}

impl fmt::Display for RowOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Registered => "карта зарегистрирована",
            Self::Issued => "карта зарегистрирована и выдана",
            Self::HandedOver => "карта уже была, передана магазину",
            Self::IssuedKnown => "карта уже была, выдана",
            Self::Repeated => "уже загружена раньше",
            Self::CardKnown => "карта с этим номером уже есть",
            Self::SourceTaken => {
                "под этим кодом загружена другая карта: проверьте код или дайте файлу своё имя, --source"
            }
            Self::PhoneLike => "номер похож на телефон: загрузите с --phone-like",
            Self::StoreUnknown => "магазина с таким кодом нет",
            Self::HolderMissing => "у остатка нет телефона держателя",
            Self::HolderErased => "данные держателя удалены по его требованию",
            Self::Lapsed => "остаток уже сгорел бы",
            Self::TooMany => "у держателя стало бы больше 999 999 999,99 балла",
            Self::Negative => "остаток меньше нуля",
        })
    }
}

impl Command for ImportCards {
    type Outcome = CardsImported;

    fn touches(&self, _: &Reference, touches: &mut Touches) {
        for row in &self.rows {
            touches.card_number(&row.number);
            touches.source(row.source.clone());
            if let Some(phone) = &row.phone {
                touches.identifier(&Identifier::Phone(phone.clone()));
            }
        }
    }

    fn new_ids(&self) -> i64 {
        i64::try_from(self.rows.len()).unwrap_or(i64::MAX).saturating_mul(IDS_PER_ROW)
    }

    fn decide(&self, set: &mut WorkingSet) -> Decision<CardsImported> {
        let actor = &self.context.actor;
        let at = self.context.at(set)?;
        if self.rows.len() > set.settings.cards_per_batch_max {
            let what = format!("в партии больше {} карт, разделите её", set.settings.cards_per_batch_max);
            return Err(Refusal::CardBatchInvalid { what });
        }
        if self.rows.iter().any(|row| !row.balance.is_zero()) {
            governs(set, actor)?;
        }
        let own = set.cards.iter().filter(|(_, card)| card.programme == actor.programme);
        let (mut numbers, mut sources) = (HashMap::new(), BTreeMap::new());
        for (id, card) in own {
            numbers.insert(card.number.clone(), *id);
            if let Some(source) = &card.source {
                sources.insert(source.clone(), *id);
            }
        }
        let mut known = Known { at, numbers, sources };
        let mut outcomes = Vec::with_capacity(self.rows.len());
        for row in &self.rows {
            outcomes.push(self.take(set, &mut known, row)?);
        }
        // Of many customers none is the one whom the answer is about.
        set.concerned = None;
        Ok(Decided::Done(CardsImported(outcomes)))
    }
}

/// The cards that are there, and the time.
struct Known {
    at: Moment,
    numbers: HashMap<String, CardId>,
    sources: BTreeMap<String, CardId>,
}

impl ImportCards {
    /// Takes a row over: what does not allow it is looked for before anything is changed.
    fn take(&self, set: &mut WorkingSet, known: &mut Known, row: &ImportRow) -> Result<RowOutcome, Refusal> {
        let actor = &self.context.actor;
        let there = known.numbers.get(&row.number).and_then(|id| set.cards.get(id)).cloned();
        if let Some(taken) = known.sources.get(&row.source) {
            // Two systems may use the same codes: the second one's cards must not pass for taken over.
            let is_it = there.as_ref().is_some_and(|card| card.id == *taken);
            return Ok(if is_it { RowOutcome::Repeated } else { RowOutcome::SourceTaken });
        }
        let is_free = there.as_ref().is_none_or(|card| card.state == CardState::Registered);
        if !is_free {
            return Ok(RowOutcome::CardKnown);
        }
        if !self.takes_phone_like && is_phone_like(&row.number) {
            return Ok(RowOutcome::PhoneLike);
        }
        let store = match &row.store {
            None => None,
            Some(code) => match set.reference.store(actor.network, code) {
                Some(store) => Some(store.id),
                None => return Ok(RowOutcome::StoreUnknown),
            },
        };
        let (phone, balance) = (row.phone.as_ref(), row.balance);
        if balance < Points::ZERO {
            return Ok(RowOutcome::Negative);
        }
        let expires_at = match self.expiry(set, known.at, row)? {
            Some(at) if at <= set.now && balance.is_positive() => return Ok(RowOutcome::Lapsed),
            expires_at => expires_at,
        };
        if phone.is_none() && balance.is_positive() {
            return Ok(RowOutcome::HolderMissing);
        }
        if phone.is_none() && there.as_ref().is_some_and(|card| store.is_none() || card.store == store) {
            return Ok(RowOutcome::CardKnown);
        }
        let holder = phone.and_then(|phone| set.customer_by_phone(actor.programme, phone)).map(|customer| customer.id);
        if holder.is_some_and(|id| set.erased.contains(&id)) {
            return Ok(RowOutcome::HolderErased);
        }
        let account = holder.and_then(|id| set.account_of(id)).map(|account| account.id);
        let mut total = balance;
        if let Some(id) = account {
            set.bring_up_to_date(id);
            let held = set.accounts.get(&id).map_or(Points::ZERO, |account| account.balances.total());
            total = held.plus(balance);
        }
        if total > POINTS_MAX {
            return Ok(RowOutcome::TooMany);
        }
        let was_there = there.is_some();
        let card = there.unwrap_or_else(|| Card {
            id: CardId(set.new_id()),
            programme: actor.programme,
            number: row.number.clone(),
            kind: row.kind.clone(),
            state: CardState::Registered,
            before_block: None,
            account: None,
            customer: None,
            successor: None,
            issued_at: None,
            store: None,
            source: None,
        });
        let mut card = Card { store: store.or(card.store), source: Some(row.source.clone()), ..card };
        let id = card.id;
        known.numbers.insert(row.number.clone(), id);
        known.sources.insert(row.source.clone(), id);
        if !was_there || phone.is_none() {
            self.note(set, known.at, &card);
        }
        if let Some(phone) = phone {
            let holder = self.holder(set, holder, account, phone, row, store);
            card.issue(holder.customer, holder.account, known.at)?;
            self.note(set, known.at, &card);
            if balance.is_positive() {
                self.give(set, &holder, known.at, balance, expires_at)?;
            }
        }
        set.cards.put(id, card);
        Ok(match (was_there, phone.is_some()) {
            (false, false) => RowOutcome::Registered,
            (false, true) => RowOutcome::Issued,
            (true, false) => RowOutcome::HandedOver,
            (true, true) => RowOutcome::IssuedKnown,
        })
    }

    /// When the balance of a row lapses.
    fn expiry(&self, set: &WorkingSet, at: Moment, row: &ImportRow) -> Result<Option<Moment>, Refusal> {
        let actor = &self.context.actor;
        match row.expires_on {
            Some(day) => Ok(Some(end_of(day, actor.utc_offset_minutes))),
            None if row.balance.is_zero() => Ok(None),
            None => Ok(receipt::rules(set, actor, set.now)?.1.lifetime.end(at, actor.utc_offset_minutes)),
        }
    }

    /// The holder of a phone, registered if it is unknown. What is known of a holder who is there already stays.
    fn holder(
        &self,
        set: &mut WorkingSet,
        known: Option<CustomerId>,
        account: Option<AccountId>,
        phone: &Phone,
        row: &ImportRow,
        store: Option<StoreId>,
    ) -> Holder {
        let programme = self.context.actor.programme;
        let customer = known.unwrap_or_else(|| {
            let id = CustomerId(set.new_id());
            let customer = Customer {
                id,
                programme,
                phone: Some(phone.clone()),
                phone_confirmed_at: None,
                answers: row.answers.clone(),
                referrer: None,
                merged_into: None,
                registered_at: set.now,
                store,
            };
            set.customers.put(id, customer);
            id
        });
        let account = account.unwrap_or_else(|| {
            let id = AccountId(set.new_id());
            set.accounts.put(id, Account::open(id, customer, programme));
            id
        });
        Holder { account, customer, card: None }
    }

    /// Gives a holder the balance that the other system had.
    fn give(
        &self,
        set: &mut WorkingSet,
        holder: &Holder,
        at: Moment,
        points: Points,
        expires_at: Option<Moment>,
    ) -> Result<(), Refusal> {
        let issuer = self.context.actor.partner;
        let cause =
            Cause {
                partner: Some(issuer), rule: Some("Остаток из прежней системы".into()), ..Cause::default()
            };
        let step = Step { kind: MovementKind::Adjustment, occurred_at: at, now: set.now, cause };
        let account = set.accounts.get_mut(&holder.account).ok_or(Refusal::CustomerUnknown)?;
        account.accrue(Grant { points, class: PointsClass::Bonus, activates_at: at, expires_at, issuer }, &step);
        Ok(())
    }

    /// Records how a card is now.
    fn note(&self, set: &mut WorkingSet, at: Moment, card: &Card) {
        let change = CardChange {
            card: card.id,
            state: card.state,
            reason: None,
            occurred_at: at,
            credential: self.context.actor.credential,
            store: card.store,
            till: None,
            cashier: self.context.employee.clone(),
        };
        let id = set.new_id();
        set.card_changes.push((id, change));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_outcome_has_a_letter_of_its_own() {
        for (outcome, letter) in RowOutcome::LETTERS {
            assert_eq!((RowOutcome::of(letter), outcome.letter()), (Some(outcome), letter));
            assert!(!outcome.to_string().is_empty());
            assert!(!(outcome.is_taken() && outcome.is_known()));
        }
        assert_eq!(RowOutcome::of('?'), None);
    }
}
