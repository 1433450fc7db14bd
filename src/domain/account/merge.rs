//! Accounts of one person become one.

use crate::domain::{
    account::{Account, AccountState, Bucket, Lot, LotState, Step},
    ids::LotNo,
    money::Points,
};

impl Account {
    /// Takes over everything of another account of the same person: what remains, what is held, what is owed, and what has ended
    /// as well, since a return asks how much of a lot had lapsed or closed a debt (invariant 33). The other account is closed.
    /// Answers what was added to the lots' numbers.
    pub fn absorb(&mut self, other: &mut Self, step: &Step) -> i64 {
        let shift = self.next_lot.saturating_sub(1);
        let (first, first_other) = (self.next_seq, other.next_seq);
        let lots: Vec<Lot> = other.lots.values().cloned().collect();
        for lot in lots {
            let mut step = step.clone();
            step.cause.receipt = lot.receipt;
            let no = LotNo(lot.no.0.saturating_add(shift));
            let mut terms = Some(lot.terms());
            if lot.repaid.is_positive() {
                // The lot's points come out of the debts that they closed, and go into as much debt there: neither account may
                // owe less than nothing in between.
                self.record(first, &step, None, Bucket::Debt, Bucket::Transfer, lot.repaid);
            }
            for (bucket, points) in parts(&lot).into_iter().filter(|(_, points)| points.is_positive()) {
                other.record(first_other, &step, Some(lot.no), bucket, Bucket::Transfer, points);
                let way = (Bucket::Transfer, bucket);
                self.record_with(first, &step, Some(no), way, points, terms.take());
            }
            if lot.repaid.is_positive() {
                other.record(first_other, &step, None, Bucket::Transfer, Bucket::Debt, lot.repaid);
            }
        }
        // Lots that a program of before left behind are still named by sales; no new lot may get such a number.
        self.next_lot = self.next_lot.max(other.next_lot.saturating_add(shift));
        let debt = other.balances.debt;
        if debt.is_positive() {
            other.record(first_other, step, None, Bucket::Transfer, Bucket::Debt, debt);
            self.record(first, step, None, Bucket::Debt, Bucket::Transfer, debt);
        }
        self.close_debt(Points::ZERO, step);
        other.state = AccountState::Closed;
        other.merged_into = Some(self.id);
        shift
    }
}

/// All that a lot is made of, in an order in which its state comes out right: what rests comes last and makes it active; but what
/// is pending comes first.
fn parts(lot: &Lot) -> [(Bucket, Points); 6] {
    let mut parts = [
        (Bucket::Expired, lot.expired),
        (Bucket::Reserved, lot.reserved),
        (Bucket::Spent, lot.spent),
        (Bucket::Revoked, lot.revoked.minus(lot.repaid)),
        (Bucket::Debt, lot.repaid),
        (lot.resting_bucket(), lot.remaining),
    ];
    if lot.state == LotState::Pending {
        parts.rotate_right(1);
    }
    parts
}
