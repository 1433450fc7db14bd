//! The balance: available, pending with dates, reserved, debt, the next expiries (B5, D13, D14).

use crate::{
    domain::{
        account::Balances,
        card::{Card, Use},
        moment::Moment,
        money::Points,
        phone::Identifier,
        reference::{Actor, Reference},
        refusal::{Decided, Decision},
    },
    service::context,
    working_set::{Touches, WorkingSet, command::Command},
};

/// The most dates in one answer.
const DATES_MAX: usize = 20;

/// Reads a balance.
#[derive(Debug)]
pub struct GetBalance {
    /// The caller.
    pub actor: Actor,
    /// The customer's identifier.
    pub identifier: Identifier,
}

/// A balance as of now.
#[derive(Debug, Clone)]
pub struct BalanceView {
    /// The account's main card.
    pub card: Option<Card>,
    /// The balances.
    pub balances: Balances,
    /// The next expiries.
    pub expiries: Vec<(Moment, Points)>,
    /// The next activations.
    pub activations: Vec<(Moment, Points)>,
}

impl Command for GetBalance {
    type Outcome = BalanceView;

    fn touches(&self, _: &Reference, touches: &mut Touches) {
        touches.account(&self.identifier);
    }

    fn decide(&self, set: &mut WorkingSet) -> Decision<BalanceView> {
        let holder = context::holder(set, &self.actor, &self.identifier, Use::Look)?;
        let account = context::account_of(set, holder.account)?;
        Ok(Decided::Done(BalanceView {
            card: context::main_card(set, &holder),
            balances: account.balances,
            expiries: account.expiries().into_iter().take(DATES_MAX).collect(),
            activations: account.activations().into_iter().take(DATES_MAX).collect(),
        }))
    }
}
