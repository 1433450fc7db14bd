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
        if back.at > now + CLOCK_TOLERANCE {
            return Err("TIME_IN_FUTURE");
        }
        match self.own_sale(call, back.sale)?.state {
            "cancelled" => return Err("RECEIPT_CANCELLED"),
            "returned" => return Err("RETURN_NOTHING_LEFT"),
            _ => {}
        }
        let sale = &mut self.sales[back.sale];
        let left = sale.lines.iter().filter(|line| line.returned < line.quantity);
        let mut left: Vec<(usize, i128)> = left.map(|line| (line.number, line.quantity - line.returned)).collect();
        left.sort_unstable();
        let asked = if back.lines.is_empty() { &left } else { &back.lines };
        let (mut refund, mut restored, mut revoked) = (0, 0, 0);
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
            revoked += of_line[2];
            for (name, value) in ["amountRefund", "pointsRestored", "pointsRevoked"].iter().zip(of_line) {
                said.insert(format!("lines/line[{index}]/{name}"), hundredths(value));
            }
        }
        let key = (back.place.till.to_owned(), local_day(back.at), back.number.clone());
        if is_done && self.returns.contains(&key) {
            return Err("RETURN_DUPLICATE");
        }
        self.returns.push(key);
        let sale = &mut self.sales[back.sale];
        let is_whole = sale.lines.iter().all(|line| line.returned == line.quantity);
        sale.state = if is_whole { "returned" } else { "partly_returned" };
        let revoked = self.undo(back.sale, [restored, revoked, refund], call.at, now, "return");
        said.insert("amountRefund".into(), hundredths(refund));
        self.tell_undone(back.sale, revoked, restored, said);
        Ok(())
    }

    /// Spent points return to their lots, in the order in which lots are spent; then earned points are taken back.
    pub(super) fn undo(
        &mut self,
        no: usize,
        [restored, revoked, refund]: [i128; 3],
        at: i64,
        now: i64,
        kind: &'static str,
    ) -> i128 {
        let mut spent = std::mem::take(&mut self.sales[no].spent);
        spent.sort_by_key(|(lot, _)| self.turn(*lot));
        self.sales[no].spent = spent;
        let sale = &mut self.sales[no];
        let (receipt, grace, policy, own) = (sale.key.3.clone(), sale.grace, sale.policy, sale.lot);
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
        if restored > 0 {
            self.put_back(&shares, |lot| &mut lot.spent, now, grace);
            self.note(at, kind, restored, &receipt);
        }
        if self.sales[no].is_held_by_customer {
            self.close_debt(at, &receipt);
        }
        // Without a grace, what came back to a lapsed lot lapses now.
        self.pass_time(now);
        let revoked = self.revoke(own, revoked, policy, at, kind, &receipt);
        self.discount(no, refund, at, kind);
        revoked
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
