//! Points given by the programme itself: an opening balance, a personal bonus (D9).

use crate::{
    domain::{
        account::{Cause, Grant, MovementKind, PointsClass, Step},
        card::Use,
        money::Points,
        phone::Identifier,
        reference::{Actor, Reference},
        refusal::{Decided, Decision, Refusal},
    },
    store::set::{Touches, WorkingSet},
};

use super::{Command, pricing, scene};

/// Gives points.
#[derive(Debug)]
pub struct Give {
    /// Who gives.
    pub actor: Actor,
    /// To whom.
    pub identifier: Identifier,
    /// How many.
    pub points: Points,
    /// Why, in Russian: the customer reads it.
    pub reason: String,
}

/// Points were given.
#[derive(Debug, Clone, Copy)]
pub struct Given {
    /// Available afterwards.
    pub available: Points,
}

impl Command for Give {
    type Outcome = Given;

    fn touches(&self, _: &Reference, touches: &mut Touches) {
        touches.identifier(&self.identifier);
    }

    fn decide(&self, set: &mut WorkingSet) -> Decision<Given> {
        if !self.points.is_positive() {
            return Err(Refusal::PointsRequired);
        }
        let holder = scene::holder(set, &self.actor, &self.identifier, Use::Look)?;
        let now = set.now;
        let (_, expires_at) = pricing::rules(set, &self.actor, now)?.dates(now, self.actor.utc_offset_minutes);
        let cause = Cause { partner: Some(self.actor.partner), rule: Some(self.reason.clone()), ..Cause::default() };
        let step = Step { kind: MovementKind::Adjustment, occurred_at: now, now, cause };
        let grant = Grant {
            points: self.points,
            class: PointsClass::Bonus,
            activates_at: now,
            expires_at,
            issuer: self.actor.partner,
        };
        let account = set.accounts.get_mut(&holder.account).ok_or(Refusal::CustomerUnknown)?;
        account.accrue(grant, &step);
        Ok(Decided::Done(Given { available: account.balances.available }))
    }
}
