//! Accounts as the office sees them: shown, frozen and unfrozen (B3, invariants 32–34).

use crate::{
    domain::{
        account::{AccountState, Balances},
        card::Use,
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
    working_set::{AccountChange, Touches, WorkingSet, command::Command},
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
    /// The customer's phone; `None` for the holder of a card that was issued without one.
    pub phone: Option<Phone>,
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

/// Writes down a change of an account: what it is from now on, why, and on whose order.
pub fn changed(
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
