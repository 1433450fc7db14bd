//! Adjustments of points by the programme: an opening balance, a personal bonus, a correction (D9).

use chrono::{NaiveDate, NaiveTime};

use crate::{
    domain::{
        account::{Cause, Grant, MovementKind, PointsClass, Step},
        card::Use,
        moment::Moment,
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
    /// The last local day of the points; `None` leaves it to the programme's rules.
    pub expires_on: Option<NaiveDate>,
}

impl Command for AdjustPoints {
    type Outcome = AccountView;

    fn touches(&self, _: &Reference, touches: &mut Touches) {
        touches.identifier(&self.identifier);
    }

    fn decide(&self, set: &mut WorkingSet) -> Decision<AccountView> {
        let actor = &self.context.actor;
        let occurred_at = context::document_time(set, actor, self.context.occurred_at.at(actor.utc_offset_minutes))?;
        governs(set, actor)?;
        let holder = context::holder(set, actor, &self.identifier, Use::Look)?;
        if self.points.is_zero() {
            return Err(Refusal::PointsRequired);
        }
        let now = set.now;
        // What the office gives can be spent at once, and lives from the day that the office names, which may be past; the
        // delay of purchases has no part in it.
        let expires_at = match self.expires_on {
            Some(day) => Some(end_of(day, actor.utc_offset_minutes)),
            None => receipt::rules(set, actor, now)?.1.lifetime.end(occurred_at, actor.utc_offset_minutes),
        };
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
            if expires_at.is_some_and(|at| at <= now) {
                return Err(Refusal::PointsLapsed);
            }
            let (class, issuer) = (PointsClass::Bonus, actor.partner);
            account.accrue(Grant { points: self.points, class, activates_at: occurred_at, expires_at, issuer }, &step);
            view(set, &holder, "Баллы начислены.")
        } else {
            account.take_away(self.points.negated(), &step)?;
            view(set, &holder, "Баллы сняты.")
        }
    }
}

/// The end of a local day, after which points lapse.
pub(super) fn end_of(day: NaiveDate, utc_offset_minutes: i32) -> Moment {
    Moment::from_local(day.and_time(NaiveTime::MIN), utc_offset_minutes).end_of_local_day(0, utc_offset_minutes)
}
