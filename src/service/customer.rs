//! Customers: search, registration and merging (B8, C10, D17, invariants 32–34).

use crate::{
    domain::{
        account::{Account, AccountState, Balances, Cause, MovementKind, Step},
        card::{Card, Use},
        customer::Customer,
        ids::{AccountId, CustomerId},
        phone::{Identifier, Phone},
        questionnaire::Answers,
        reference::{Actor, Reference},
        refusal::{Decided, Decision, Refusal},
        sale::Holder,
    },
    service::{
        account::{AccountView, changed, view},
        context::{self, OfficeContext, ResolvedContext, cards},
        programme::governs,
    },
    working_set::{Merge, Part, Touches, WorkingSet, command::Command},
};

/// Finds a customer.
#[derive(Debug)]
pub struct FindCustomer {
    /// The caller.
    pub actor: Actor,
    /// The identifier.
    pub identifier: Identifier,
}

/// Merges two customers who are the same person.
#[derive(Debug)]
pub struct MergeCustomers {
    /// The caller and the time.
    pub context: OfficeContext,
    /// The customer that is merged; its cards and phone lead to the other from now on.
    pub identifier: Identifier,
    /// The customer that remains.
    pub into: Identifier,
    /// The reason.
    pub reason: String,
}

/// A customer with cards and balance.
#[derive(Debug, Clone)]
pub struct CustomerFound {
    /// The customer.
    pub customer: Customer,
    /// The cards, newest first.
    pub cards: Vec<Card>,
    /// The balance.
    pub balance: Balances,
}

impl Command for FindCustomer {
    type Outcome = CustomerFound;

    fn touches(&self, _: &Reference, touches: &mut Touches) {
        touches.identifier(&self.identifier);
    }

    fn decide(&self, set: &mut WorkingSet) -> Decision<CustomerFound> {
        let holder = context::holder(set, &self.actor, &self.identifier, Use::Look)?;
        Ok(Decided::Done(CustomerFound {
            customer: context::customer_of(set, &holder)?.clone(),
            cards: cards(set, &holder),
            balance: context::account_of(set, holder.account)?.balances,
        }))
    }
}

impl Command for MergeCustomers {
    type Outcome = AccountView;

    fn touches(&self, _: &Reference, touches: &mut Touches) {
        touches.identifier(&self.identifier);
        touches.identifier(&self.into);
        touches.want(Part::AllLots);
    }

    /// A merge renames sales and holds in the tables, so copies in this batch's working set would be stale. It runs
    /// alone.
    fn is_alone(&self) -> bool {
        true
    }

    fn decide(&self, set: &mut WorkingSet) -> Decision<AccountView> {
        let at = self.context.at(set)?;
        let actor = &self.context.actor;
        governs(set, actor)?;
        let ending = context::holder(set, actor, &self.identifier, Use::Look)?;
        let staying = context::holder(set, actor, &self.into, Use::Look)?;
        if ending.account == staying.account {
            return Err(Refusal::CustomersSame);
        }
        let has_phone = |set: &WorkingSet, id| set.customers.get(&id).is_some_and(|known| known.phone.is_some());
        if !has_phone(set, staying.customer) && has_phone(set, ending.customer) {
            // The phone would lead to somebody to whom no code can be sent.
            return Err(Refusal::CardWithoutPhone);
        }
        let cause = Cause { partner: Some(actor.partner), words: Some(self.reason.clone()), ..Cause::default() };
        let step = Step { kind: MovementKind::Merge, occurred_at: at, now: set.now, cause };
        let mut other = set.accounts.get(&ending.account).cloned().ok_or(Refusal::CustomerUnknown)?;
        let account = set.accounts.get_mut(&staying.account).ok_or(Refusal::CustomerUnknown)?;
        // Frozen points must stay frozen after the merge.
        let becomes_frozen = other.state == AccountState::Frozen && account.state == AccountState::Open;
        if becomes_frozen {
            account.state = AccountState::Frozen;
        }
        let lots_shift = account.absorb(&mut other, &step);
        set.accounts.put(other.id, other);
        if let Some(customer) = set.customers.get_mut(&ending.customer) {
            customer.merged_into = Some(staying.customer);
        }
        set.merges.push(Merge {
            from: ending.account,
            into: staying.account,
            from_customer: ending.customer,
            into_customer: staying.customer,
            lots_shift,
        });
        let merged = (ending.account, AccountState::Closed, Some(staying.account));
        changed(set, &self.context, merged, &self.reason, at);
        if becomes_frozen {
            changed(set, &self.context, (staying.account, AccountState::Frozen, None), &self.reason, at);
        }
        let cards: Vec<_> = set.cards_of(ending.account).into_iter().map(|card| card.id).collect();
        for id in cards {
            if let Some(card) = set.cards.get_mut(&id) {
                (card.account, card.customer) = (Some(staying.account), Some(staying.customer));
            }
        }
        view(set, &staying, "Клиенты объединены: карты, баллы и резервы перешли на общий счёт.")
    }
}

/// Registers a customer and opens the account; without a phone it is the holder of an anonymous card.
pub fn register(set: &mut WorkingSet, context: &ResolvedContext, phone: Option<Phone>) -> Holder {
    let id = CustomerId(set.new_id());
    set.customers.put(
        id,
        Customer {
            id,
            programme: context.actor.programme,
            phone,
            phone_confirmed_at: None,
            answers: Answers::default(),
            referrer: None,
            merged_into: None,
            registered_at: set.now,
            store: Some(context.place.store.id),
        },
    );
    set.concerned = Some(id);
    let account = open_account(set, context, id);
    Holder { account, customer: id, card: None }
}

/// Opens an account for a new customer.
pub fn open_account(set: &mut WorkingSet, context: &ResolvedContext, customer: CustomerId) -> AccountId {
    let id = AccountId(set.new_id());
    set.accounts.put(id, Account::open(id, customer, context.actor.programme));
    id
}
