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

/// How many of the next dates one answer names.
const DATES_MAX: usize = 20;

/// Asks for a balance.
#[derive(Debug)]
pub struct GetBalance {
    /// Who asks.
    pub actor: Actor,
    /// Whose.
    pub identifier: Identifier,
}

/// A balance as of now.
#[derive(Debug, Clone)]
pub struct BalanceView {
    /// The card that stands for the account.
    pub card: Option<Card>,
    /// The sums.
    pub balances: Balances,
    /// When points lapse next.
    pub expiries: Vec<(Moment, Points)>,
    /// When points become spendable next.
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
