//! Adjustments of points by the programme: an opening balance, a personal bonus, a correction (D9).

use crate::{
    domain::{
        account::{Cause, Grant, MovementKind, PointsClass, Step},
        card::Use,
        money::Points,
        phone::Identifier,
        reference::Reference,
        refusal::{Decision, Refusal},
    },
    service::{
        account::{AccountView, view},
        context::{self, OfficeContext},
        programme::governs,
        receipt,
    },
    working_set::{Touches, WorkingSet, command::Command},
};

/// Adds or removes points.
#[derive(Debug)]
pub struct AdjustPoints {
    /// The caller and the time.
    pub context: OfficeContext,
    /// The customer's identifier.
    pub identifier: Identifier,
    /// How many points to add; negative to remove.
    pub points: Points,
    /// The reason, in Russian: the customer reads it in the statement.
    pub reason: String,
    /// The number of the journal entry that this corrects, if any.
    pub corrects: Option<i64>,
}

impl Command for AdjustPoints {
    type Outcome = AccountView;

    fn touches(&self, _: &Reference, touches: &mut Touches) {
        touches.identifier(&self.identifier);
    }

    fn decide(&self, set: &mut WorkingSet) -> Decision<AccountView> {
        let occurred_at = self.context.at(set)?;
        let actor = &self.context.actor;
        governs(set, actor)?;
        let holder = context::holder(set, actor, &self.identifier, Use::Look)?;
        if self.points.is_zero() {
            return Err(Refusal::PointsRequired);
        }
        let now = set.now;
        // What the office gives can be spent at once, and lives from then on; the delay of purchases has no part in it.
        let expires_at = receipt::rules(set, actor, now)?.1.lifetime.end(now, actor.utc_offset_minutes);
        let cause = Cause {
            partner: Some(actor.partner),
            words: Some(self.reason.clone()),
            corrects: self.corrects,
            ..Cause::default()
        };
        let step = Step { kind: MovementKind::Adjustment, occurred_at, now, cause };
        let account = set.accounts.get_mut(&holder.account).ok_or(Refusal::CustomerUnknown)?;
        if let Some(entry) = self.corrects.filter(|entry| !(1..account.next_seq).contains(entry)) {
            return Err(Refusal::EntryUnknown { entry });
        }
        if self.points.is_positive() {
            let (class, issuer) = (PointsClass::Bonus, actor.partner);
            account.accrue(Grant { points: self.points, class, activates_at: now, expires_at, issuer }, &step);
            view(set, &holder, "Баллы начислены.")
        } else {
            account.take_away(self.points.negated(), &step)?;
            view(set, &holder, "Баллы сняты.")
        }
    }
}
