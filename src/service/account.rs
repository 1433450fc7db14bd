//! Office commands on accounts and customers: freeze, merge, change the phone (B3, D17, invariants 32–34).

use crate::{
    domain::{
        account::{AccountState, Balances, Cause, MovementKind, Step},
        card::Use,
        code::CodeState,
        customer::Customer,
        ids::AccountId,
        moment::Moment,
        money::Points,
        phone::{Identifier, Phone},
        reference::Reference,
        refusal::{Decided, Decision, Refusal},
        sale::Holder,
    },
    service::{
        context::{self, OfficeContext},
        programme::governs,
    },
    working_set::{AccountChange, Merge, Part, Touches, WorkingSet, command::Command},
};

/// Freezes or unfreezes spending from an account. Earning continues in either case.
#[derive(Debug)]
pub struct SetFrozen {
    /// The caller and the time.
    pub context: OfficeContext,
    /// The account's identifier.
    pub identifier: Identifier,
    /// Whether it is to be frozen.
    pub frozen: bool,
    /// The reason.
    pub reason: String,
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

/// Changes a customer's phone. The new one is unconfirmed, and codes sent to the old one become void.
#[derive(Debug)]
pub struct ChangePhone {
    /// The caller and the time.
    pub context: OfficeContext,
    /// The customer's identifier.
    pub identifier: Identifier,
    /// The new phone.
    pub phone: Phone,
    /// The reason.
    pub reason: String,
}

/// Reads an account.
#[derive(Debug)]
pub struct GetAccount {
    /// The caller.
    pub actor: crate::domain::reference::Actor,
    /// The account's identifier.
    pub identifier: Identifier,
}

/// An account, for the office.
#[derive(Debug, Clone)]
pub struct AccountView {
    /// Its id.
    pub id: AccountId,
    /// Whether it may spend.
    pub state: AccountState,
    /// Its balances.
    pub balances: Balances,
    /// The status points.
    pub status_points: Points,
    /// The customer's phone.
    pub phone: Phone,
    /// Whether the phone is confirmed.
    pub phone_confirmed: bool,
    /// The numbers of its cards.
    pub cards: Vec<String>,
    /// What was done, in Russian.
    pub done: &'static str,
}

impl Command for GetAccount {
    type Outcome = AccountView;

    fn touches(&self, _: &Reference, touches: &mut Touches) {
        touches.identifier(&self.identifier);
    }

    fn decide(&self, set: &mut WorkingSet) -> Decision<AccountView> {
        let holder = context::holder(set, &self.actor, &self.identifier, Use::Look)?;
        view(set, &holder, "Выполнено.")
    }
}

impl Command for SetFrozen {
    type Outcome = AccountView;

    fn touches(&self, _: &Reference, touches: &mut Touches) {
        touches.identifier(&self.identifier);
    }

    fn decide(&self, set: &mut WorkingSet) -> Decision<AccountView> {
        let at = self.context.at(set)?;
        governs(set, &self.context.actor)?;
        let holder = context::holder(set, &self.context.actor, &self.identifier, Use::Look)?;
        let account = set.accounts.get_mut(&holder.account).ok_or(Refusal::CustomerUnknown)?;
        let (state, otherwise, done) = if self.frozen {
            (AccountState::Frozen, Refusal::AccountFrozen, "Списание баллов приостановлено.")
        } else {
            (AccountState::Open, Refusal::AccountNotFrozen, "Списание баллов снова разрешено.")
        };
        if account.state == state {
            return Err(otherwise);
        }
        account.state = state;
        changed(set, &self.context, (holder.account, state, None), &self.reason, at);
        view(set, &holder, done)
    }
}

impl Command for MergeCustomers {
    type Outcome = AccountView;

    fn touches(&self, _: &Reference, touches: &mut Touches) {
        touches.identifier(&self.identifier);
        touches.identifier(&self.into);
        touches.want(Part::AllLots);
    }

    /// A merge renames sales and holds in the tables, so copies in this batch's working set would be stale. It runs alone.
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

impl Command for ChangePhone {
    type Outcome = AccountView;

    fn touches(&self, _: &Reference, touches: &mut Touches) {
        touches.identifier(&self.identifier);
        touches.phone(self.phone.clone());
        touches.want(Part::Codes);
    }

    /// A code must not be sent to the old phone by a command of the same batch. It runs alone.
    fn is_alone(&self) -> bool {
        true
    }

    fn decide(&self, set: &mut WorkingSet) -> Decision<AccountView> {
        self.context.at(set)?;
        let actor = &self.context.actor;
        governs(set, actor)?;
        let holder = context::holder(set, actor, &self.identifier, Use::Look)?;
        if context::customer_of(set, &holder)?.phone == self.phone {
            return view(set, &holder, "Телефон уже такой.");
        }
        let is_it = |c: &&Customer| c.programme == actor.programme && c.phone == self.phone;
        let known = set.customers.iter().map(|(_, customer)| customer).find(is_it).map(|known| known.merged_into);
        if let Some(merged_into) = known {
            // The phone of a merged customer already leads to this one.
            let is_own = merged_into == Some(holder.customer);
            return Err(if is_own { Refusal::CustomersSame } else { Refusal::PhoneTaken });
        }
        let customer = set.customers.get_mut(&holder.customer).ok_or(Refusal::CustomerUnknown)?;
        customer.phone = self.phone.clone();
        customer.phone_confirmed_at = None;
        let open: Vec<_> = set
            .codes
            .iter()
            .filter(|(_, code)| code.customer == holder.customer && code.state == CodeState::Sent)
            .map(|(id, _)| *id)
            .collect();
        for id in open {
            if let Some(code) = set.codes.get_mut(&id) {
                code.state = CodeState::Superseded;
            }
        }
        let account = context::account_of(set, holder.account)?;
        let (id, state) = (account.id, account.state);
        changed(set, &self.context, (id, state, None), &format!("Смена телефона: {}", self.reason), set.now);
        view(set, &holder, "Телефон изменён, его нужно подтвердить.")
    }
}

fn changed(
    set: &mut WorkingSet,
    context: &OfficeContext,
    (account, state, merged_into): (AccountId, AccountState, Option<AccountId>),
    reason: &str,
    occurred_at: Moment,
) {
    let id = set.new_id();
    let change = AccountChange {
        account,
        state,
        merged_into,
        reason: reason.to_owned(),
        occurred_at,
        credential: context.actor.credential,
        employee: context.employee.clone(),
    };
    set.account_changes.push((id, change));
}

/// The view of an account after a command.
///
/// # Errors
/// The set lacks it: a defect, answered as an unknown customer.
pub fn view(set: &WorkingSet, holder: &Holder, done: &'static str) -> Decision<AccountView> {
    let account = context::account_of(set, holder.account)?;
    let customer = context::customer_of(set, holder)?;
    Ok(Decided::Done(AccountView {
        id: account.id,
        state: account.state,
        balances: account.balances,
        status_points: account.status_points(),
        phone: customer.phone.clone(),
        phone_confirmed: customer.phone_confirmed_at.is_some(),
        cards: set.cards_of(account.id).into_iter().map(|card| card.number.clone()).collect(),
        done,
    }))
}
