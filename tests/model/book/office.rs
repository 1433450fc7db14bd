//! What the head office asks, and what cancels by key or comes back without a receipt.

use super::*;

impl Book {
    pub(super) fn set_frozen(&mut self, who: Who, frozen: bool, said: &mut Said) -> Result<(), Refused> {
        self.find(who, "look")?;
        if self.is_frozen == frozen {
            return Err(if frozen { "ACCOUNT_FROZEN" } else { "ACCOUNT_NOT_FROZEN" });
        }
        self.is_frozen = frozen;
        self.tell_account(said);
        Ok(())
    }

    /// `MergeCustomers`: `other` becomes this customer. When that is refused nothing has changed.
    pub fn merge(&mut self, other: &mut Self, call: &Call, now: i64) -> Said {
        self.pass_time(now);
        other.pass_time(now);
        let Deed::Merge { who, into } = call.deed else { unreachable!("only merges come here") };
        let (who, into) = (other.meant(who), self.meant(into));
        let found = other.may_begin(call, now).and_then(|()| other.find(who, "look"));
        let before = (self.clone(), other.clone());
        let mut said = Said::new();
        let merged = found.and_then(|()| self.find(into, "look")).and_then(|()| {
            let sums = self.sums();
            self.absorb(other, call.at.min(now));
            self.is_within(sums)
        });
        let code = match merged {
            Ok(()) => {
                self.tell_account(&mut said);
                "OK"
            }
            Err(refused) => {
                (*self, *other) = before;
                refused
            }
        };
        said.insert("code".into(), code.into());
        if code != "OPERATION_CANCELLED" {
            let effect = if code == "OK" { Effect::Other } else { Effect::Refused };
            self.remember((partner(call.place.login), call.key.clone()), effect, now);
        }
        self.check();
        said
    }

    pub(super) fn absorb(&mut self, other: &mut Self, at: i64) {
        let (lots, holds, sales, cards) = (self.lots.len(), self.holds.len(), self.sales.len(), self.cards.len());
        let gained = other.available();
        // Ended lots move as well: what lapsed is gone for the other account too.
        let is_anything = !other.lots.is_empty() || other.debt > 0;
        self.lots.append(&mut other.lots);
        for mut hold in other.holds.drain(..) {
            hold.shares.iter_mut().for_each(|(lot, _)| *lot += lots);
            hold.card = hold.card.map(|card| card + cards);
            self.holds.push(hold);
        }
        for mut sale in other.sales.drain(..) {
            sale.spent.iter_mut().chain(&mut sale.taken).for_each(|(lot, _)| *lot += lots);
            (sale.lot, sale.status) = (sale.lot.map(|lot| lot + lots), sale.status.map(|lot| lot + lots));
            self.sales.push(sale);
        }
        for mut card in other.cards.drain(..) {
            card.successor += cards;
            self.cards.push(card);
        }
        self.numbers.append(&mut other.numbers);
        self.returns.append(&mut other.returns);
        for (key, holder) in std::mem::take(&mut other.fiscals) {
            self.fiscals.insert(key, holder.map(|sale| sale + sales));
        }
        self.merged_phones.push(other.phone);
        self.merged_phones.append(&mut other.merged_phones);
        self.messages.append(&mut other.messages);
        self.keys.append(&mut other.keys);
        self.void_keys.append(&mut other.void_keys);
        for (key, effect) in std::mem::take(&mut other.effects) {
            let effect = match effect {
                Effect::Sale(no) => Effect::Sale(no + sales),
                Effect::Hold(no) => Effect::Hold(no + holds),
                same => same,
            };
            self.effects.insert(key, effect);
        }
        self.is_frozen |= other.is_frozen;
        self.debt += other.debt;
        (self.quoted, self.page) = (None, None);
        if is_anything {
            self.note(at, "merge", gained, "");
        }
        self.close_debt(at, "");
    }

    /// `AdjustPoints`: what is given can be spent at once, and lives from the day that the office names.
    pub(super) fn adjust(
        &mut self,
        call: &Call,
        who: Who,
        points: i128,
        now: i64,
        versions: &[Rules],
        said: &mut Said,
    ) -> Result<(), Refused> {
        self.find(who, "look")?;
        if points == 0 {
            return Err("POINTS_REQUIRED");
        }
        let rules = in_force(versions, now).unwrap();
        if points > 0 {
            let at = call.at.min(now);
            let end = rules.life.end(at);
            if end.is_some_and(|end| end <= now) {
                return Err("POINTS_LAPSED");
            }
            self.grant("adjustment", points, (at, end), [call.at, now], "");
        } else if -points > self.available() {
            return Err("POINTS_NOT_ENOUGH");
        } else {
            self.take(-points, |lot| &mut lot.revoked);
            self.note(call.at, "adjustment", points, "");
        }
        self.tell_account(said);
        Ok(())
    }

    /// `CancelOperation`.
    pub(super) fn undo_operation(&mut self, call: &Call, key: &str, now: i64, said: &mut Said) -> Result<(), Refused> {
        let id = (partner(call.place.login), key.to_owned());
        let tell = |outcome: &str, said: &mut Said| drop(said.insert("outcome".into(), outcome.into()));
        match self.effects.get(&id).copied() {
            None if self.void_keys.contains_key(&id) => tell("already", said),
            None => {
                self.void_keys.insert(id, now);
                tell("never_seen", said);
            }
            Some(Effect::Refused) => tell("refused", said),
            Some(Effect::Other) => return Err("OPERATION_NOT_CANCELLABLE"),
            Some(Effect::Sale(no)) if self.sales[no].state == "cancelled" => {
                tell("already", said);
                self.tell_undone_operation("receiptId", &self.sales[no].id, self.sales[no].is_held_by_customer, said);
            }
            Some(Effect::Sale(no)) => {
                self.cancel(call, no, now, said)?;
                tell("done", said);
                said.remove("debt");
                self.tell_undone_operation("receiptId", &self.sales[no].id, self.sales[no].is_held_by_customer, said);
            }
            Some(Effect::Hold(no)) => {
                let points = match self.holds[no].state {
                    "captured" | "partly_captured" => return Err("RESERVATION_CAPTURED"),
                    "released" | "expired" => {
                        tell("already", said);
                        0
                    }
                    _ => {
                        self.let_go(no, "released", call.at, now);
                        tell("done", said);
                        self.holds[no].points
                    }
                };
                said.insert("pointsRestored".into(), hundredths(points));
                self.tell_undone_operation("reservationId", &self.holds[no].id, true, said);
            }
        }
        Ok(())
    }

    /// The keys of sales that were registered before a moment.
    pub fn keys_of_sales_before(&self, moment: i64) -> Vec<(&'static str, String)> {
        let old = self.keys.iter().filter(|(.., at)| *at < moment).map(|(whose, key, _)| (*whose, key.clone()));
        old.filter(|key| matches!(self.effects.get(key), Some(Effect::Sale(_)))).collect()
    }

    pub(super) fn tell_undone_operation(&self, name: &str, id: &str, has_balance: bool, said: &mut Said) {
        said.insert(name.into(), id.into());
        if has_balance {
            self.tell_balance("balance/", said);
        }
    }

    /// `RegisterReturnWithoutReceipt`: what such goods would earn by the rules of that day is taken back.
    pub(super) fn return_freely(
        &mut self,
        call: &Call,
        back: &FreeReturn,
        now: i64,
        versions: &[Rules],
        heard: &Said,
        said: &mut Said,
    ) -> Result<(), Refused> {
        may_be_of(back.at, now)?;
        if !receipts::are_sound(&back.lines) {
            return Err("RECEIPT_INVALID");
        }
        if back.who != Who::Nobody {
            self.find(back.who, "look")?;
        }
        let key = (call.place.till.to_owned(), local_day(back.at), back.number.trim().to_owned());
        if self.returns.contains(&key) {
            return Err("RETURN_DUPLICATE");
        }
        self.is_new(back.fiscal.as_ref())?;
        let rules = rules_for(versions, back.at, now).ok_or("PROGRAMME_NOT_IN_FORCE")?;
        let figures = receipts::figure(&back.lines, Some(rules), None, Means { available: 0, wanted: 0 }, heard);
        self.returns.push(key);
        self.enter(back.fiscal.as_ref(), None);
        figures.tell("amountRefund", figures.amount_due, said);
        if back.who == Who::Nobody {
            figures.tell("pointsRevoked", 0, said);
            return Ok(());
        }
        let was_available = self.available();
        let mut left = figures.points_to_earn;
        // What has just been earned, as far as it waits to be activated, is the likeliest to be these goods' own.
        for lot in self.lots.iter_mut().rev().filter(|lot| lot.state == LotState::Pending) {
            let taken = lot.remaining.min(left);
            lot.remaining -= taken;
            lot.revoked += taken;
            left -= taken;
        }
        left = self.revoke_rest(left, rules.policy);
        let revoked = figures.points_to_earn - left;
        if revoked > 0 {
            self.note(call.at, "return", self.available() - was_available, "");
        }
        figures.tell("pointsRevoked", revoked, said);
        said.insert("debt".into(), hundredths(self.debt));
        self.tell_balance("balance/", said);
        Ok(())
    }
}
