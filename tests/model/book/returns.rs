//! Cancelled sales and goods that come back.

use super::*;

impl Book {
    pub(super) fn own_sale(&self, call: &Call, no: usize) -> Result<&Sale, Refused> {
        self.sales
            .get(no)
            .filter(|sale| partner(sale.place.login) == partner(call.place.login))
            .ok_or("RECEIPT_UNKNOWN")
    }

    pub(super) fn cancel(&mut self, call: &Call, no: usize, now: i64, said: &mut Said) -> Result<(), Refused> {
        match self.own_sale(call, no)?.state {
            "cancelled" => return Err("RECEIPT_CANCELLED"),
            "confirmed" => {}
            _ => return Err("RECEIPT_RETURNED"),
        }
        if self.sales[no].place.store != call.place.store {
            return Err("RECEIPT_OF_ANOTHER_STORE");
        }
        let (restored, earned) = (self.sales[no].lines.iter().map(|line| line.points).sum(), self.sales[no].earned);
        let refund = self.sales[no].lines.iter().map(|line| line.due).sum();
        let revoked = self.undo(no, [restored, earned, refund], call.at, now, "cancellation");
        self.sales[no].state = "cancelled";
        self.tell_undone(no, revoked, restored, said);
        Ok(())
    }

    pub(super) fn give_back(
        &mut self,
        call: &Call,
        back: &Return,
        now: i64,
        said: &mut Said,
        is_done: bool,
    ) -> Result<(), Refused> {
        may_be_of(back.at, now)?;
        let key = (back.place.till.to_owned(), local_day(back.at), back.number.trim().to_owned());
        if is_done {
            // What is there already is told before what its goods say.
            if self.returns.contains(&key) {
                return Err("RETURN_DUPLICATE");
            }
            self.is_new(back.fiscal.as_ref())?;
        }
        let sold = self.own_sale(call, back.sale)?;
        // The clocks of two tills may differ by the tolerance.
        if back.at + CLOCK_TOLERANCE < sold.at {
            return Err("RETURN_BEFORE_SALE");
        }
        match sold.state {
            "cancelled" => return Err("RECEIPT_CANCELLED"),
            "returned" => return Err("RETURN_NOTHING_LEFT"),
            _ => {}
        }
        let sale = &mut self.sales[back.sale];
        let left = sale.lines.iter().filter(|line| line.returned < line.quantity);
        let mut left: Vec<(usize, i128)> = left.map(|line| (line.number, line.quantity - line.returned)).collect();
        left.sort_unstable();
        let asked = if back.lines.is_empty() { &left } else { &back.lines };
        let (mut refund, mut restored, mut earned) = (0, 0, Vec::new());
        for (index, (number, quantity)) in asked.iter().enumerate() {
            let line = sale.lines.iter_mut().find(|line| line.number == *number).ok_or("RETURN_LINE_UNKNOWN")?;
            if line.returned + quantity > line.quantity {
                return Err("RETURN_OVER_SOLD");
            }
            // The first units of a line carry their share rounded down; what that leaves comes with a later return.
            let (was, is) = (line.returned, line.returned + quantity);
            let share = |amount: i128| amount * is / line.quantity - amount * was / line.quantity;
            let of_line = [share(line.due), share(line.points), share(line.earned)];
            line.returned = is;
            refund += of_line[0];
            restored += of_line[1];
            earned.push(of_line[2]);
            said.insert(format!("lines/line[{index}]/quantity"), thousandths(*quantity));
            for (name, value) in ["amountRefund", "pointsRestored"].iter().zip(of_line) {
                said.insert(format!("lines/line[{index}]/{name}"), hundredths(value));
            }
        }
        self.returns.push(key);
        self.enter(back.fiscal.as_ref(), None);
        let sale = &mut self.sales[back.sale];
        let is_whole = sale.lines.iter().all(|line| line.returned == line.quantity);
        sale.state = if is_whole { "returned" } else { "partly_returned" };
        let revoked = self.undo(back.sale, [restored, earned.iter().sum(), refund], call.at, now, "return");
        // The lines tell what was taken in fact, in proportion to what they had earned.
        let mut by_line = receipts::split(revoked, &earned);
        by_line[0] += revoked - by_line.iter().sum::<i128>();
        for (index, revoked) in by_line.into_iter().enumerate() {
            said.insert(format!("lines/line[{index}]/pointsRevoked"), hundredths(revoked));
        }
        said.insert("amountRefund".into(), hundredths(refund));
        self.tell_undone(back.sale, revoked, restored, said);
        Ok(())
    }

    /// Spent points return to their lots, in the order in which lots are spent; then earned points are taken back.
    pub(super) fn undo(
        &mut self,
        no: usize,
        [restored, earned, refund]: [i128; 3],
        at: i64,
        now: i64,
        kind: &'static str,
    ) -> i128 {
        let mut spent = std::mem::take(&mut self.sales[no].spent);
        spent.sort_by_key(|(lot, _)| self.turn(*lot));
        self.sales[no].spent = spent;
        let sale = &mut self.sales[no];
        let (receipt, grace) = (sale.key.3.clone(), sale.grace);
        let mut left = restored;
        let mut shares = Vec::new();
        for (lot, spent) in &mut sale.spent {
            let back = (*spent).min(left);
            *spent -= back;
            left -= back;
            if back > 0 {
                shares.push((*lot, back));
            }
        }
        assert_eq!(left, 0, "more comes back than was spent");
        // What the sale's earlier returns made of a debt, and nobody has paid, is decided anew below.
        let owed = self.sales[no].as_debt.min(self.debt);
        self.debt -= owed;
        if restored > 0 {
            self.put_back(&shares, |lot| &mut lot.spent, now, grace);
            self.note(at, kind, restored, &receipt);
        }
        if self.sales[no].is_held_by_customer {
            self.close_debt(at, &receipt);
            self.close_shortfalls_of(&shares, no, at);
        }
        // Without a grace, what came back to a lapsed lot lapses now.
        self.pass_time(now);
        let revoked = self.take_back(no, earned, owed, at, now, kind);
        self.discount(no, refund, at, kind);
        if self.sales[no].shortfall > 0 {
            self.holds.iter_mut().filter(|hold| hold.is_open()).for_each(|hold| hold.shields = true);
        }
        revoked
    }

    /// Takes back what a sale earned: all that its returns took of other lots comes back and is taken anew, together with
    /// what this one wants; so any series of them ends where one return ends.
    fn take_back(&mut self, no: usize, earned: i128, owed: i128, at: i64, now: i64, kind: &'static str) -> i128 {
        let Some(own) = self.sales[no].lot else { return 0 };
        let (policy, receipt) = (self.sales[no].policy, self.sales[no].key.3.clone());
        let places = |book: &Self| book.lots.iter().map(|lot| lot.remaining).collect::<Vec<_>>();
        let (was_available, was) = (self.available(), (places(self), self.debt + owed));
        let only_pending = policy == "only_pending";
        let (mut pending, mut gone) = (0, 0);
        let wanted = if only_pending {
            let lot = &mut self.lots[own];
            pending = if lot.state == LotState::Pending { lot.remaining.min(earned) } else { 0 };
            lot.remaining -= pending;
            lot.revoked += pending;
            // What it paid of a debt is wanted again, and no more.
            let wanted = (earned - pending).min(lot.repaid - self.sales[no].owed_again).max(0);
            self.sales[no].owed_again += wanted;
            wanted
        } else {
            let wanted = earned + std::mem::take(&mut self.sales[no].shortfall);
            // What lapsed unused is gone already.
            gone = wanted.min(self.lots[own].expired - self.sales[no].gone);
            self.sales[no].gone += gone;
            wanted
        };
        self.sales[no].as_debt -= owed;
        let mut left = wanted - gone + owed;
        for (lot, taken) in &mut self.sales[no].taken {
            let lot = &mut self.lots[*lot];
            if lot.state != LotState::Lapsed && lot.expires.is_none_or(|at| at > now) {
                lot.state = LotState::Active;
                lot.remaining += *taken;
                lot.revoked -= *taken;
                left += std::mem::take(taken);
            }
        }
        // Pending points were seen to above.
        let of_own = if only_pending && self.lots[own].state == LotState::Pending {
            0
        } else {
            self.lots[own].remaining.min(left)
        };
        self.lots[own].remaining -= of_own;
        self.lots[own].revoked += of_own;
        left -= of_own;
        let taken = self.take(left.min(self.available()), |lot| &mut lot.revoked);
        left -= taken.iter().map(|(_, taken)| taken).sum::<i128>();
        self.sales[no].taken.extend(taken);
        // Points that closed a debt are owed again, whatever the policy.
        let closed_debts = self.lots[own].repaid - self.sales[no].as_debt;
        let as_debt = if policy == "within_balance" { left.min(closed_debts) } else { left };
        self.debt += as_debt;
        self.sales[no].as_debt += as_debt;
        self.sales[no].shortfall = left - as_debt;
        if (places(self), self.debt) != was {
            self.note(at, kind, self.available() - was_available, &receipt);
        }
        pending + wanted - gone - self.sales[no].shortfall
    }

    /// What a hold gives back goes to the sales whose returns wanted it.
    pub(super) fn close_shortfalls(&mut self, released: i128, at: i64) {
        let mut left = released;
        for no in self.short_sales() {
            left -= self.close_shortfall(no, left, at);
        }
    }

    /// What comes back to lots that other sales earned goes to those whose returns wanted it.
    fn close_shortfalls_of(&mut self, shares: &[(usize, i128)], but: usize, at: i64) {
        for no in self.short_sales().into_iter().filter(|no| *no != but) {
            let own = shares.iter().filter(|(lot, _)| Some(*lot) == self.sales[no].lot).map(|(_, points)| points).sum();
            self.close_shortfall(no, own, at);
        }
    }

    fn short_sales(&self) -> Vec<usize> {
        let mut short: Vec<usize> = (0..self.sales.len()).filter(|no| self.sales[*no].shortfall > 0).collect();
        short.sort_by_key(|no| self.sales[*no].id.parse::<u64>().unwrap_or(u64::MAX));
        short
    }

    fn close_shortfall(&mut self, no: usize, at_most: i128, at: i64) -> i128 {
        let own = self.sales[no].lot.unwrap();
        let points = self.sales[no].shortfall.min(at_most).min(self.available());
        if points == 0 {
            return 0;
        }
        let lot = &mut self.lots[own];
        let of_own = if lot.state == LotState::Active { lot.remaining.min(points) } else { 0 };
        lot.remaining -= of_own;
        lot.revoked += of_own;
        let taken = self.take(points - of_own, |lot| &mut lot.revoked);
        let sale = &mut self.sales[no];
        sale.taken.extend(taken);
        sale.shortfall -= points;
        let receipt = sale.key.3.clone();
        self.note(at, "return", -points, &receipt);
        points
    }

    pub(super) fn tell_undone(&self, no: usize, revoked: i128, restored: i128, said: &mut Said) {
        said.insert("receiptId".into(), self.sales[no].id.clone());
        said.insert("pointsRevoked".into(), hundredths(revoked));
        said.insert("pointsRestored".into(), hundredths(restored));
        if self.sales[no].is_held_by_customer {
            said.insert("debt".into(), hundredths(self.debt));
            self.tell_balance("balance/", said);
        }
    }
}
