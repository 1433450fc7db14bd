//! Customers: search and registration (B8, C10).

use crate::{
    domain::{
        account::{Account, Balances},
        card::{Card, Use},
        customer::Customer,
        ids::{AccountId, CustomerId},
        phone::{Identifier, Phone},
        questionnaire::Answers,
        reference::{Actor, Reference},
        refusal::{Decided, Decision},
        sale::Holder,
    },
    service::context::{self, ResolvedContext, cards},
    working_set::{Touches, WorkingSet, command::Command},
};

/// Finds a customer.
#[derive(Debug)]
pub struct FindCustomer {
    /// The caller.
    pub actor: Actor,
    /// The identifier.
    pub identifier: Identifier,
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

/// Registers a customer and opens the account.
pub fn register(set: &mut WorkingSet, context: &ResolvedContext, phone: Phone) -> Holder {
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
