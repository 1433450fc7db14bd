//! Lots: which go first, what comes back, what is taken back, the debt.

use super::*;

impl Book {
    /// The earliest expiry first, then the oldest, then the number; never-expiring last.
    pub(super) fn turn(&self, no: usize) -> (i64, i64, usize) {
        (self.lots[no].expires.unwrap_or(i64::MAX), self.lots[no].activates, no)
    }

    /// Active lots in the order in which they are consumed.
    pub(super) fn in_order(&self) -> Vec<usize> {
        let is_spendable = |no: &usize| self.lots[*no].state == LotState::Active && self.lots[*no].remaining > 0;
        let mut lots: Vec<usize> = (0..self.lots.len()).filter(is_spendable).collect();
        lots.sort_by_key(|no| self.turn(*no));
        lots
    }

    /// Takes points out of what is available, the earliest to expire first; answers which.
    pub(super) fn take(&mut self, points: i128, to: fn(&mut Lot) -> &mut i128) -> Vec<(usize, i128)> {
        let mut left = points;
        let mut shares = Vec::new();
        for no in self.in_order() {
            let taken = self.lots[no].remaining.min(left);
            if taken > 0 {
                self.lots[no].remaining -= taken;
                *to(&mut self.lots[no]) += taken;
                left -= taken;
                shares.push((no, taken));
            }
        }
        shares
    }

    /// Points come back to their lots; one that has lapsed meanwhile gets the grace.
    pub(super) fn put_back(
        &mut self,
        shares: &[(usize, i128)],
        from: fn(&mut Lot) -> &mut i128,
        now: i64,
        grace: i64,
    ) -> i128 {
        for (no, points) in shares {
            let lot = &mut self.lots[*no];
            *from(lot) -= points;
            lot.remaining += points;
            lot.state = LotState::Active;
            if lot.expires.is_some_and(|at| at <= now) {
                // Once a lot.
                lot.expires = Some(if lot.graced { now } else { now + grace });
                lot.graced |= grace > 0;
            }
        }
        shares.iter().map(|(_, points)| points).sum()
    }

    pub(super) fn close_debt(&mut self, at: i64, receipt: &str) {
        let due = self.debt.min(self.available());
        if due > 0 {
            for (no, taken) in self.take(due, |lot| &mut lot.revoked) {
                self.lots[no].repaid += taken;
            }
            self.debt -= due;
            self.note(at, "debt", -due, receipt);
        }
    }

    pub(super) fn accrue(&mut self, points: i128, rules: &Rules, at: i64, now: i64, receipt: &str) -> Option<usize> {
        self.grant("accrual", points, rules.dates(at, now), [at, now], receipt)
    }

    /// Gives points as a lot.
    pub(super) fn grant(
        &mut self,
        kind: &'static str,
        points: i128,
        (activates, expires): (i64, Option<i64>),
        [at, now]: [i64; 2],
        receipt: &str,
    ) -> Option<usize> {
        if points == 0 {
            return None;
        }
        let is_active = activates <= now;
        let state = if is_active { LotState::Active } else { LotState::Pending };
        let receipt = receipt.to_owned();
        self.lots.push(Lot {
            state,
            issued: points,
            remaining: points,
            reserved: 0,
            spent: 0,
            expired: 0,
            revoked: 0,
            activates,
            expires,
            receipt: receipt.clone(),
            repaid: 0,
            graced: false,
        });
        self.note(at, kind, if is_active { points } else { 0 }, &receipt);
        self.close_debt(at, &receipt);
        // A receipt may come so late that its points have lapsed already.
        self.pass_time(now);
        Some(self.lots.len() - 1)
    }

    /// Takes points back of whatever is available, then as a debt, as far as the policy goes; answers what is left over.
    pub(super) fn revoke_rest(&mut self, points: i128, policy: &str) -> i128 {
        if policy == "only_pending" {
            return points;
        }
        let taken = self.take(points.min(self.available()), |lot| &mut lot.revoked);
        let left = points - taken.iter().map(|(_, taken)| taken).sum::<i128>();
        if policy != "unlimited" {
            return left;
        }
        self.debt += left;
        0
    }

    /// Counts money paid towards the status.
    pub(super) fn count(&mut self, paid: i128, rules: &Rules, at: i64, now: i64, receipt: &str) -> Option<usize> {
        let (points, counted) = (paid / rules.status_step * rules.status_points, at.min(now));
        if points == 0 {
            return None;
        }
        self.lots.push(Lot {
            state: LotState::Status,
            issued: points,
            remaining: points,
            reserved: 0,
            spent: 0,
            expired: 0,
            revoked: 0,
            activates: counted,
            expires: rules.life.end(counted),
            receipt: receipt.into(),
            repaid: 0,
            graced: false,
        });
        self.note(at, "accrual", 0, receipt);
        let lot = self.lots.len() - 1;
        self.pass_time(now);
        Some(lot)
    }

    /// Takes status points back, in proportion to the money that goes back out of what had not gone back before.
    pub(super) fn discount(&mut self, no: usize, back: i128, at: i64, kind: &'static str) {
        let sale = &mut self.sales[no];
        let left = sale.lines.iter().map(|line| line.due).sum::<i128>() - sale.refunded;
        sale.refunded += back;
        let receipt = sale.key.3.clone();
        let Some(lot) = sale.status.map(|lot| &mut self.lots[lot]) else { return };
        let taken = if left == 0 { 0 } else { lot.remaining * back / left };
        lot.remaining -= taken;
        lot.revoked += taken;
        if taken > 0 {
            self.note(at, kind, 0, &receipt);
        }
    }
}
