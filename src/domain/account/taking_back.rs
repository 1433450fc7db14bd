//! What returns and cancellations take back of the points that a sale earned.
//!
//! A sale remembers what its returns took, and of which lots. Each takes anew what they took together of other lots than the
//! sale's own, so that any series of them leaves the same lots as one return (invariant 29). Points that lapsed unused are gone
//! already; points that closed a debt are owed again, so that buying and bringing back leaves the debt as it was (invariant 30).

use std::collections::BTreeMap;

use crate::domain::{
    account::{Account, Bucket, Lot, LotState, PointsClass, ReturnPolicy, Share, Step},
    ids::LotNo,
    moment::{Moment, Span},
    money::Points,
};

/// What returns of a sale have taken back of the points that it earned.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TakenBack {
    /// Of lots, and how much of each.
    pub lots: BTreeMap<LotNo, Points>,
    /// As a debt.
    pub as_debt: Points,
    /// Not taken, because it had lapsed.
    pub gone: Points,
    /// Not taken, because the customer did not have it. What a later return, a hold or another sale gives back closes it.
    pub shortfall: Points,
    /// Under the policy that takes pending points only: claimed again, because it had closed a debt.
    pub owed_again: Points,
}

impl TakenBack {
    fn add(&mut self, lot: LotNo, points: Points) {
        let taken = self.lots.entry(lot).or_default();
        *taken = taken.plus(points);
    }
}

impl Account {
    /// Gives spent points back to their own lots, as [`Self::release`] does. They close debts, but for that which the returns
    /// of the same sale made (`taken`): it is decided anew by [`Self::take_back`].
    pub fn restore(&mut self, shares: &[Share], at: Moment, grace: Span, taken: &TakenBack, step: &Step) {
        self.come_back(Bucket::Spent, shares, at, grace, step);
        self.close_debt(taken.as_debt, step);
    }

    /// Takes back `points` that a sale earned, and what its returns before could not take: from the lot that they came in, then,
    /// by the policy, from the rest of the balance and as a debt. Answers how many were taken (the debt included).
    pub fn take_back(
        &mut self,
        own: LotNo,
        points: Points,
        policy: ReturnPolicy,
        taken: &mut TakenBack,
        step: &Step,
    ) -> Points {
        // A lot that is not there had ended before a merge that left such lots behind: of it nothing is left to take.
        let Some(lot) = self.lots.get(&own) else { return Points::ZERO };
        let repaid = lot.repaid;
        if policy == ReturnPolicy::OnlyPending {
            let pending = if lot.state == LotState::Pending { lot.remaining.min(points) } else { Points::ZERO };
            self.take_of(self.next_seq, own, pending, taken, step);
            return pending.plus(self.owe_again(own, points.minus(pending), repaid, taken, step));
        }
        let first = self.next_seq;
        let wanted = points.plus(taken.shortfall);
        let gone = wanted.min(lot.expired.less(taken.gone));
        taken.gone = taken.gone.plus(gone);
        let wanted = wanted.minus(gone);
        let owed = taken.as_debt.min(self.balances.debt);
        let paid = taken.as_debt.minus(owed);
        let left = self.take_anew(first, own, wanted.plus(owed), taken, step);
        let as_debt = match policy {
            ReturnPolicy::Unlimited => left,
            ReturnPolicy::WithinBalance => left.min(repaid.less(paid)),
            ReturnPolicy::OnlyPending => Points::ZERO,
        };
        self.change_debt(first, owed, as_debt, step);
        taken.as_debt = paid.plus(as_debt);
        taken.shortfall = left.minus(as_debt);
        wanted.minus(taken.shortfall)
    }

    /// Takes what of the points that a sale earned has closed debts (`repaid`), at most `wanted`: it is owed again even where only
    /// pending points are taken, or a debt would vanish by buying and bringing back (invariant 30). What it is taken of is
    /// decided anew, as in [`Self::take_back`]. Answers how many were taken, all of them.
    fn owe_again(&mut self, own: LotNo, wanted: Points, repaid: Points, taken: &mut TakenBack, step: &Step) -> Points {
        let claim = wanted.min(repaid.less(taken.owed_again));
        taken.owed_again = taken.owed_again.plus(claim);
        if !taken.owed_again.is_positive() {
            return Points::ZERO;
        }
        let first = self.next_seq;
        let owed = taken.as_debt.min(self.balances.debt);
        let paid = taken.as_debt.minus(owed);
        let left = self.take_anew(first, own, claim.plus(owed), taken, step);
        self.change_debt(first, owed, left, step);
        taken.as_debt = paid.plus(left);
        claim
    }

    /// Brings the debt that returns of a sale have made from `owed` to `due`.
    fn change_debt(&mut self, first: i64, owed: Points, due: Points, step: &Step) {
        for (from, to, more) in
            [(Bucket::Debt, Bucket::Revoked, due.less(owed)), (Bucket::Revoked, Bucket::Debt, owed.less(due))]
        {
            if more.is_positive() {
                self.record(first, step, None, from, to, more);
            }
        }
    }

    /// Takes what a sale's returns could not take, now that points have come back: of its own lot first, and at most so many.
    /// Answers how many.
    pub fn close_shortfall(&mut self, own: LotNo, at_most: Points, taken: &mut TakenBack, step: &Step) -> Points {
        let first = self.next_seq;
        let wanted = taken.shortfall.min(at_most).min(self.balances.available);
        let of_own = self.lots.get(&own).filter(|lot| lot.is_spendable()).map_or(Points::ZERO, |lot| lot.remaining);
        let of_own = of_own.min(wanted);
        self.take_of(first, own, of_own, taken, step);
        for share in self.first_to_lapse(wanted.minus(of_own)) {
            self.take_of(first, share.lot, share.points, taken, step);
        }
        taken.shortfall = taken.shortfall.minus(wanted);
        wanted
    }

    /// Takes points of the sale's own lot, then of the others, the first to lapse first; what was taken of others before is
    /// taken anew with them. Answers what was not there.
    fn take_anew(&mut self, first: i64, own: LotNo, points: Points, taken: &mut TakenBack, step: &Step) -> Points {
        let before: BTreeMap<LotNo, Points> = taken
            .lots
            .iter()
            .filter(|(no, _)| **no != own && self.lots.get(no).is_some_and(|lot| may_come_back(lot, step.now)))
            .map(|(no, points)| (*no, *points))
            .collect();
        let total = points.plus(before.values().copied().sum());
        let of_own = self.lots.get(&own).map_or(Points::ZERO, |lot| lot.remaining.min(total));
        let mut left = total.minus(of_own);
        let mut others: Vec<(&Lot, Points)> = self
            .lots
            .values()
            .filter(|lot| lot.no != own)
            .map(|lot| (lot, if lot.is_spendable() { lot.remaining } else { Points::ZERO }))
            .filter(|(lot, remaining)| remaining.is_positive() || before.contains_key(&lot.no))
            .collect();
        others.sort_by_key(|(lot, _)| lot.turn());
        let (mut more, mut back) = (Vec::new(), Vec::new());
        for (lot, remaining) in others {
            let was = before.get(&lot.no).copied().unwrap_or_default();
            let is = remaining.plus(was).min(left);
            left = left.minus(is);
            more.push((lot.no, is.less(was)));
            back.push((lot.no, was.less(is)));
        }
        for (no, points) in back.into_iter().filter(|(_, points)| points.is_positive()) {
            self.record(first, step, Some(no), Bucket::Revoked, Bucket::Available, points);
            taken.add(no, points.negated());
        }
        self.take_of(first, own, of_own, taken, step);
        for (no, points) in more {
            self.take_of(first, no, points, taken, step);
        }
        left
    }

    /// Takes points of a lot for a sale.
    fn take_of(&mut self, first: i64, no: LotNo, points: Points, taken: &mut TakenBack, step: &Step) {
        let Some(from) = self.lots.get(&no).map(Lot::resting_bucket) else { return };
        if points.is_positive() {
            self.record(first, step, Some(no), from, Bucket::Revoked, points);
            taken.add(no, points);
        }
    }
}

/// Whether points that were taken of a lot can come back to it: it lives.
fn may_come_back(lot: &Lot, now: Moment) -> bool {
    lot.class == PointsClass::Bonus
        && lot.state != LotState::Expired
        && lot.expires_at.is_none_or(|expires_at| expires_at > now)
}
