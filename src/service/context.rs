//! What every command at a till has in common: who, where, when; and whom an identifier means.

use crate::{
    domain::{
        account::{Account, Cause, MovementKind, Step},
        card::{Card, CardState, Use},
        customer::Customer,
        ids::AccountId,
        moment::{GivenTime, Moment},
        phone::Identifier,
        reference::{Actor, Place, Reference},
        refusal::Refusal,
        sale::Holder,
    },
    working_set::{CardChange, ReferenceChange, RegistryChange, WorkingSet, identify},
};

/// What a changing call says of itself (the contract's `Context`, its operation key aside).
#[derive(Debug, Clone)]
pub struct Context {
    /// Who calls.
    pub actor: Actor,
    /// The till's code.
    pub till: String,
    /// The cashier.
    pub cashier: Option<String>,
    /// The shift; empty where there is none.
    pub shift: String,
    /// When it happens, by the till's clock.
    pub occurred_at: GivenTime,
}

/// A context whose till was found and whose time was accepted.
#[derive(Debug, Clone)]
pub struct ResolvedContext {
    /// Who calls.
    pub actor: Actor,
    /// Where.
    pub place: Place,
    /// The cashier.
    pub cashier: Option<String>,
    /// When it happens.
    pub at: Moment,
}

impl Context {
    /// Where and when this is.
    ///
    /// # Errors
    /// The till is unknown or another's, or its clock runs ahead.
    pub fn resolve(&self, set: &WorkingSet) -> Result<ResolvedContext, Refusal> {
        let place = set.reference.place(&self.actor, &self.till)?;
        let at = accepted_time(set, self.occurred_at.at(place.store.utc_offset_minutes))?;
        Ok(ResolvedContext { actor: self.actor.clone(), place, cashier: self.cashier.clone(), at })
    }

    /// Where the till is, before anything is loaded.
    #[must_use]
    pub fn place_in(&self, reference: &Reference) -> Option<Place> {
        reference.place(&self.actor, &self.till).ok()
    }
}

/// A time that a till may claim.
///
/// # Errors
/// It is ahead of the server's by more than the tolerance.
pub fn accepted_time(set: &WorkingSet, at: Moment) -> Result<Moment, Refusal> {
    if at > set.now.after(set.settings.clock_ahead_tolerance) {
        return Err(Refusal::time_in_future(at, set.now));
    }
    Ok(at)
}

impl ResolvedContext {
    /// A step of the ledger in this context.
    #[must_use]
    pub fn step(&self, set: &WorkingSet, kind: MovementKind, rule: Option<String>) -> Step {
        let cause = Cause {
            partner: Some(self.actor.partner),
            store: Some(self.place.store.id),
            till: Some(self.place.till),
            rule,
            ..Cause::default()
        };
        Step { kind, occurred_at: self.at, now: set.now, cause }
    }

    /// Writes down a change in a card's life.
    pub fn card_changed(&self, set: &mut WorkingSet, card: &Card, reason: Option<&str>) {
        let id = set.new_id();
        let change = CardChange {
            card: card.id,
            state: card.state,
            reason: reason.map(str::to_owned),
            occurred_at: self.at,
            credential: self.actor.credential,
            store: Some(self.place.store.id),
            till: Some(self.place.till),
            cashier: self.cashier.clone(),
        };
        set.card_changes.push((id, change));
    }
}

/// The account, customer and card that an identifier means, for a use. What time has made due is done first.
///
/// # Errors
/// Nobody is meant, or the card's state forbids the use.
pub fn holder(set: &mut WorkingSet, actor: &Actor, identifier: &Identifier, wanted: Use) -> Result<Holder, Refusal> {
    let found = identify::card(set, actor.programme, identifier).cloned();
    let holder = if let Some(card) = found {
        card.allows(wanted)?;
        let (Some(account), Some(customer)) = (card.account, card.customer) else {
            return Err(Refusal::CardNotIssued);
        };
        Holder { account, customer, card: Some(card.id) }
    } else {
        let unknown = match identifier {
            Identifier::Card(_) => Refusal::CardUnknown,
            Identifier::Phone(_) | Identifier::Either { .. } => Refusal::CustomerUnknown,
        };
        let customer = identify::phone(identifier).and_then(|phone| set.customer_by_phone(actor.programme, phone));
        let account = customer.and_then(|customer| set.account_of(customer.id)).ok_or(unknown)?;
        Holder { account: account.id, customer: account.customer, card: None }
    };
    set.bring_up_to_date(holder.account);
    Ok(holder)
}

/// The account of a holder, as it stands.
///
/// # Errors
/// The set lacks it: a defect, answered as an unknown customer.
pub fn account_of(set: &WorkingSet, id: AccountId) -> Result<&Account, Refusal> {
    set.accounts.get(&id).ok_or(Refusal::CustomerUnknown)
}

/// The customer of a holder.
///
/// # Errors
/// The set lacks it: a defect, answered as an unknown customer.
pub fn customer_of<'a>(set: &'a WorkingSet, holder: &Holder) -> Result<&'a Customer, Refusal> {
    set.customers.get(&holder.customer).ok_or(Refusal::CustomerUnknown)
}

/// The card that stands for an account when none was shown: the newest active one, else the newest issued one.
#[must_use]
pub fn main_card(set: &WorkingSet, holder: &Holder) -> Option<Card> {
    if let Some(card) = holder.card.and_then(|id| set.cards.get(&id)) {
        return Some(card.clone());
    }
    let cards = set.cards_of(holder.account);
    let in_state = |state: CardState| cards.iter().find(|card| card.state == state);
    in_state(CardState::Active).or_else(|| in_state(CardState::Issued)).map(|card| (*card).clone())
}

/// What a changing call of the office says of itself.
#[derive(Debug, Clone)]
pub struct OfficeContext {
    /// Who calls.
    pub actor: Actor,
    /// The employee.
    pub employee: Option<String>,
    /// When it happens.
    pub occurred_at: GivenTime,
}

impl OfficeContext {
    /// When it happens, if that can be accepted.
    ///
    /// # Errors
    /// The caller's clock runs ahead.
    pub fn at(&self, set: &WorkingSet) -> Result<Moment, Refusal> {
        accepted_time(set, self.occurred_at.at(self.actor.utc_offset_minutes))
    }

    /// A change of who takes part, as made by this caller.
    pub fn change(&self, change: ReferenceChange) -> RegistryChange {
        RegistryChange { actor: self.actor.login.clone(), employee: self.employee.clone(), change }
    }
}

pub(super) fn cards(set: &WorkingSet, holder: &Holder) -> Vec<Card> {
    let known = set.cards_of(holder.account).into_iter();
    known.filter(|card| card.state != CardState::Registered).cloned().collect()
}
