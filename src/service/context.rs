//! The context of commands: caller, till and time. Also resolves an identifier to account, customer and card.

use crate::{
    domain::{
        account::{Account, Cause, MovementKind, Step},
        card::{Card, CardState, Use},
        customer::Customer,
        ids::{AccountId, ProgrammeId},
        moment::{GivenTime, Moment, Span},
        phone::Identifier,
        reference::{Actor, Place, Reference, Roles},
        refusal::Refusal,
        sale::Holder,
        till_document::TillDocument,
    },
    working_set::{
        CardChange, ReferenceChange, RegistryChange, WorkingSet,
        identify::{self, Meant},
    },
};

/// The context of a changing call: the contract's `Context` without its operation key.
#[derive(Debug, Clone)]
pub struct Context {
    /// The caller.
    pub actor: Actor,
    /// The till's code.
    pub till: String,
    /// The cashier.
    pub cashier: Option<String>,
    /// When it happens, by the till's clock.
    pub occurred_at: GivenTime,
}

/// A context with a known till and an accepted time.
#[derive(Debug, Clone)]
pub struct ResolvedContext {
    /// The caller.
    pub actor: Actor,
    /// The till and its store.
    pub place: Place,
    /// The cashier.
    pub cashier: Option<String>,
    /// The time.
    pub at: Moment,
}

impl Context {
    /// Finds the till and checks the time.
    ///
    /// # Errors
    /// The till is unknown or does not belong to the caller, or its clock is ahead or far behind.
    pub fn resolve(&self, set: &WorkingSet) -> Result<ResolvedContext, Refusal> {
        let place = set.reference.place(&self.actor, &self.till)?;
        let at = accepted_time(set, self.occurred_at.at(place.store.utc_offset_minutes))?;
        Ok(ResolvedContext { actor: self.actor.clone(), place, cashier: self.cashier.clone(), at })
    }

    /// The same, for a document that the same till has printed.
    ///
    /// # Errors
    /// As [`Self::resolve`]; or the document is another till's.
    pub fn resolve_for(&self, document: &TillDocument, set: &WorkingSet) -> Result<ResolvedContext, Refusal> {
        let context = self.resolve(set)?;
        if document.till == self.till { Ok(context) } else { Err(Refusal::TillMismatch) }
    }

    /// Where the till is, before anything is loaded.
    #[must_use]
    pub fn place_in(&self, reference: &Reference) -> Option<Place> {
        reference.place(&self.actor, &self.till).ok()
    }
}

/// The moment that a caller's time stands for, whatever the operation. A clock that is a little ahead means now: what happens
/// at once must not wait for the server's clock to catch up.
///
/// # Errors
/// It is ahead of the server's time by more than the tolerance, or longer ago than a receipt may be.
pub fn accepted_time(set: &WorkingSet, at: Moment) -> Result<Moment, Refusal> {
    within(set, at, set.settings.receipt_age_max)
}

/// The moment that the time of a receipt or a return stands for; the document itself keeps its printed time. The head office
/// may enter what tills may not any more.
///
/// # Errors
/// It is ahead of the server's by more than the tolerance, or too long ago for the caller.
pub fn document_time(set: &WorkingSet, actor: &Actor, at: Moment) -> Result<Moment, Refusal> {
    let is_office = actor.roles.meets(Roles::HEAD_OFFICE);
    let (till, office) = (set.settings.receipt_age_max, set.settings.receipt_age_office_max);
    within(set, at, if is_office { till.max(office) } else { till })
}

fn within(set: &WorkingSet, at: Moment, age_max: Span) -> Result<Moment, Refusal> {
    if at > set.now.after(set.settings.clock_ahead_tolerance) {
        return Err(Refusal::time_in_future(at, set.now));
    }
    let meant = at.min(set.now);
    if set.now.since(meant) > age_max {
        return Err(Refusal::receipt_too_old(at, set.now));
    }
    Ok(meant)
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

    /// Records a change of a card's state.
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

/// The account, customer and card of an identifier, for a use. Due activations and expiries are applied first.
///
/// # Errors
/// The identifier is unknown or ambiguous, or the card's state forbids the use.
pub fn holder(set: &mut WorkingSet, actor: &Actor, identifier: &Identifier, wanted: Use) -> Result<Holder, Refusal> {
    let holder = match identify::meant(set, actor.programme, identifier)? {
        Meant::Card(card) => {
            card.allows(wanted)?;
            let (Some(account), Some(customer)) = (card.account, card.customer) else {
                return Err(Refusal::CardNotIssued);
            };
            Holder { account, customer, card: Some(card.id) }
        }
        Meant::Customer(customer) => {
            let account = set.account_of(customer.id).ok_or(Refusal::CustomerUnknown)?;
            Holder { account: account.id, customer: account.customer, card: None }
        }
        Meant::Nobody => {
            return Err(match identifier {
                Identifier::Card(_) => Refusal::CardUnknown,
                Identifier::Phone(_) | Identifier::Either { .. } => Refusal::CustomerUnknown,
            });
        }
    };
    set.concerned = Some(holder.customer);
    if set.erased.contains(&holder.customer) {
        return Err(Refusal::CustomerErased);
    }
    set.bring_up_to_date(holder.account);
    Ok(holder)
}

/// The account of an identifier; `None` when it means nobody or a card that was not issued.
///
/// # Errors
/// The identifier is ambiguous, or its customer has been erased: nothing new is tied to such a customer.
pub fn known_account<'a>(
    set: &'a WorkingSet,
    programme: ProgrammeId,
    identifier: &Identifier,
) -> Result<Option<&'a Account>, Refusal> {
    let Some(id) = identify::account(set, programme, identifier)? else { return Ok(None) };
    let account = account_of(set, id)?;
    if set.erased.contains(&account.customer) { Err(Refusal::CustomerErased) } else { Ok(Some(account)) }
}

/// The account of a holder.
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

/// The card that was shown, else the account's newest active card, else its newest issued one.
#[must_use]
pub fn main_card(set: &WorkingSet, holder: &Holder) -> Option<Card> {
    if let Some(card) = holder.card.and_then(|id| set.cards.get(&id)) {
        return Some(card.clone());
    }
    let cards = set.cards_of(holder.account);
    let in_state = |state: CardState| cards.iter().find(|card| card.state == state);
    in_state(CardState::Active).or_else(|| in_state(CardState::Issued)).map(|card| (*card).clone())
}

/// The context of a changing call of the office.
#[derive(Debug, Clone)]
pub struct OfficeContext {
    /// The caller.
    pub actor: Actor,
    /// The employee.
    pub employee: Option<String>,
    /// The time.
    pub occurred_at: GivenTime,
}

impl OfficeContext {
    /// Checks the time.
    ///
    /// # Errors
    /// The caller's clock is ahead or far behind.
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
