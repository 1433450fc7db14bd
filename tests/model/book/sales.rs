//! Receipts: prices, holds, codes, sales.

use super::*;

/// The till's name of a receipt; white space at its edges means nothing.
fn key_of(receipt: &Receipt) -> Key {
    let (shift, number) = (receipt.shift.trim().to_owned(), receipt.number.trim().to_owned());
    (receipt.place.till.to_owned(), local_day(receipt.at), shift, number)
}

impl Book {
    pub(super) fn available_to(&self, who: Who) -> i128 {
        if who == Who::Nobody { 0 } else { self.available() }
    }

    pub(super) fn spendable(&self, who: Who) -> i128 {
        if who != Who::Nobody && self.may_spend(who, false).is_ok() { self.available() } else { 0 }
    }

    /// What a receipt comes to. `hold` has the rules that its points were held under, where it is paid out of a hold, and whether
    /// it was a phone that held them.
    #[allow(clippy::too_many_arguments, reason = "a receipt, its circumstances, and what was heard")]
    pub(super) fn price(
        &self,
        receipt: &Receipt,
        now: i64,
        versions: &[Rules],
        means: Means,
        hold: Option<(&Rules, bool)>,
        heard: &Said,
    ) -> Result<Figures, Refused> {
        may_be_of(receipt.at, now)?;
        if !receipts::are_sound(&receipt.lines) {
            return Err("RECEIPT_INVALID");
        }
        if receipt.who == Who::Nobody {
            return Ok(receipts::figure(&receipt.lines, None, None, means, heard));
        }
        self.find(receipt.who, "earn")?;
        let rules = rules_for(versions, receipt.at, now).ok_or("PROGRAMME_NOT_IN_FORCE")?;
        let card_only = rules.card_only && !hold.is_some_and(|(_, by_phone)| by_phone);
        let spend_by = hold.map_or(rules, |(rules, _)| rules);
        let spend = self.may_spend(receipt.who, card_only).is_ok().then_some(spend_by);
        // What would have lapsed by now, or before it can be spent, is not promised.
        let earn = rules.are_promised(receipt.at, now).then_some(rules);
        Ok(receipts::figure(&receipt.lines, earn, spend, means, heard))
    }

    #[allow(clippy::too_many_arguments, reason = "a deed, its circumstances, and where to tell")]
    pub(super) fn reserve(
        &mut self,
        call: &Call,
        receipt: &Receipt,
        points: i128,
        now: i64,
        versions: &[Rules],
        heard: &Said,
        said: &mut Said,
    ) -> Result<(), Refused> {
        let key = key_of(receipt);
        // What gives way does so first, and stands again when this is refused.
        let yielding: Vec<usize> = if receipt.who == Who::Nobody || self.find(receipt.who, "earn").is_err() {
            Vec::new()
        } else {
            let yields = |hold: &Hold| hold.state == "awaiting_code" || (hold.state == "held" && hold.receipt == key);
            (0..self.holds.len()).filter(|no| yields(&self.holds[*no])).collect()
        };
        for no in &yielding {
            self.let_go(*no, "released", call.at, now);
        }
        let available = self.spendable(receipt.who);
        let figures = self.price(receipt, now, versions, Means { available, wanted: points }, None, &Said::new())?;
        if receipt.who == Who::Nobody {
            return Err("IDENTIFIER_REQUIRED");
        }
        let rules = rules_for(versions, receipt.at, now).unwrap().clone();
        self.may_spend(receipt.who, rules.card_only)?;
        if points == 0 {
            return Err("POINTS_REQUIRED");
        }
        if points % rules.spend_unit != 0 {
            return Err("POINTS_UNIT");
        }
        if points > available {
            return Err("POINTS_NOT_ENOUGH");
        }
        if points > figures.points_max {
            return Err("POINTS_OVER_LIMIT");
        }
        let shares = self.take(points, |lot| &mut lot.reserved);
        self.note(call.at, "reservation", -points, "");
        self.holds.push(Hold {
            id: heard.get("reservationId").cloned().unwrap_or_default(),
            state: if rules.code { "awaiting_code" } else { "held" },
            points,
            expires: now + rules.hold_minutes * MINUTE,
            codes: Vec::new(),
            is_void: false,
            card: if let Who::Card(card) = receipt.who { Some(card) } else { None },
            place: call.place,
            shares,
            captured: 0,
            grace: rules.grace_days * DAY,
            code_ttl: rules.code_minutes * MINUTE,
            tries: rules.tries,
            code_sent: None,
            code_until: 0,
            is_confirmed: false,
            created: now,
            receipt: key,
            rules: rules.clone(),
            shields: false,
        });
        let no = self.holds.len() - 1;
        if rules.code {
            self.give_code(no, &yielding, now)?;
        }
        self.tell_hold(no, said);
        Ok(())
    }

    /// A new code, once the pause is over; until then that of the hold whose place this one took, if it says the same; else none.
    fn give_code(&mut self, no: usize, replaced: &[usize], now: i64) -> Result<(), Refused> {
        let is_pause = self.is_pause(now);
        let tries = self.tries_left(self.holds[no].tries, now);
        let new = &self.holds[no];
        let says_the_same = |old: &Hold| {
            old.rules.code
                && (&old.receipt, old.card, old.points, old.place.store)
                    == (&new.receipt, new.card, new.points, new.place.store)
        };
        let same = replaced.iter().copied().find(|old| says_the_same(&self.holds[*old]));
        let is_open = |old: &Hold| {
            !old.is_void && !old.is_confirmed && old.tries > 0 && old.code_sent.is_some() && now < old.code_until
        };
        let kept = same.filter(|old| is_pause && is_open(&self.holds[*old]));
        if let Some(old) = kept {
            let (codes, sent) = (std::mem::take(&mut self.holds[old].codes), self.holds[old].code_sent.take());
            let (until, tries) = (self.holds[old].code_until, self.holds[old].tries);
            let new = &mut self.holds[no];
            (new.codes, new.code_sent, new.code_until, new.tries) = (codes, sent, until, tries);
        } else if !is_pause {
            self.holds[no].tries = tries;
            self.send(no, now)?;
        }
        for old in replaced {
            self.holds[*old].is_void = self.holds[*old].code_sent.is_some();
        }
        Ok(())
    }

    /// Whether a message went to the customer a moment ago whose code nobody has used.
    pub(super) fn is_pause(&self, now: i64) -> bool {
        let unused = self.holds.iter().filter(|hold| !hold.is_confirmed).filter_map(|hold| hold.code_sent);
        unused.max().is_some_and(|sent| now < sent + RESEND_PAUSE)
    }

    /// The tries of the customer's last code of the day, unless it was used or used up.
    pub(super) fn tries_left(&self, fresh: i64, now: i64) -> i64 {
        let is_of_the_day = |hold: &&Hold| hold.code_sent.is_some_and(|sent| sent >= now - DAY);
        let last = self.holds.iter().filter(is_of_the_day).max_by_key(|hold| hold.code_sent);
        match last {
            Some(hold) if !hold.is_confirmed && hold.tries > 0 => hold.tries.min(fresh),
            _ => fresh,
        }
    }

    pub(super) fn send(&mut self, no: usize, now: i64) -> Result<(), Refused> {
        let messages = self.messages.entry(self.phone).or_default();
        if messages.iter().filter(|at| **at >= now - DAY).count() >= CODES_A_DAY {
            return Err("CODE_LIMIT");
        }
        messages.push(now);
        let hold = &mut self.holds[no];
        hold.codes.push((self.phone, messages.len() - 1));
        (hold.code_sent, hold.code_until, hold.is_void) = (Some(now), now + hold.code_ttl, false);
        Ok(())
    }

    pub(super) fn own_hold(&self, call: &Call, no: usize) -> Result<&Hold, Refused> {
        // A partner sees its own holds only.
        self.holds
            .get(no)
            .filter(|hold| partner(hold.place.login) == partner(call.place.login))
            .ok_or("RESERVATION_UNKNOWN")
    }

    pub(super) fn stands(&self, call: &Call, no: usize) -> Result<(), Refused> {
        match self.own_hold(call, no)?.state {
            "captured" | "partly_captured" => Err("RESERVATION_CAPTURED"),
            "released" => Err("RESERVATION_RELEASED"),
            "expired" => Err("RESERVATION_EXPIRED"),
            _ => Ok(()),
        }
    }

    pub(super) fn awaits_code(&self, call: &Call, no: usize) -> Result<(), Refused> {
        self.stands(call, no)?;
        if self.holds[no].state == "held" { Err("RESERVATION_CONFIRMED") } else { Ok(()) }
    }

    pub(super) fn confirm(
        &mut self,
        call: &Call,
        no: usize,
        entered: Entered,
        now: i64,
        said: &mut Said,
    ) -> Result<(), Refused> {
        self.awaits_code(call, no)?;
        let hold = &mut self.holds[no];
        if hold.is_void || hold.code_sent.is_none() {
            return Err("CODE_NOT_SENT");
        }
        if now >= hold.code_until {
            return Err("CODE_EXPIRED");
        }
        if entered == Entered::Right {
            (hold.state, hold.is_confirmed) = ("held", true);
            self.tell_hold(no, said);
            return Ok(());
        }
        hold.tries -= 1;
        if hold.tries > 0 {
            return Err("CODE_WRONG");
        }
        self.let_go(no, "released", call.at, now);
        Err("CODE_TRIES_EXHAUSTED")
    }

    pub(super) fn let_go(&mut self, no: usize, state: &'static str, at: i64, now: i64) {
        self.holds[no].state = state;
        let (shares, grace) = (self.holds[no].shares.clone(), self.holds[no].grace);
        let points = self.put_back(&shares, |lot| &mut lot.reserved, now, grace);
        self.note(at, "release", points, "");
        self.close_debt(at, "");
        if self.holds[no].shields {
            self.close_shortfalls(points, at);
        }
        self.pass_time(now);
    }

    pub(super) fn tell_hold(&self, no: usize, said: &mut Said) {
        let hold = &self.holds[no];
        said.insert("state".into(), hold.state.into());
        said.insert("points".into(), hundredths(hold.points));
        said.insert("expiresAt".into(), local_text(hold.expires));
        said.insert("captured".into(), if hold.is_open() { String::new() } else { hundredths(hold.captured) });
        let awaits = hold.state == "awaiting_code";
        let has_code = awaits && hold.code_sent.is_some();
        said.insert("triesLeft".into(), if has_code { hold.tries.to_string() } else { String::new() });
        let unused = self.holds.iter().filter(|hold| !hold.is_confirmed).filter_map(|hold| hold.code_sent);
        let again = unused.max().filter(|_| awaits).map_or_else(String::new, |sent| local_text(sent + RESEND_PAUSE));
        said.insert("resendAfter".into(), again);
    }

    #[allow(clippy::too_many_arguments, reason = "a deed, its circumstances, and where to tell")]
    pub(super) fn sell(
        &mut self,
        call: &Call,
        receipt: &Receipt,
        hold: Option<usize>,
        points: i128,
        now: i64,
        versions: &[Rules],
        heard: &Said,
        said: &mut Said,
    ) -> Result<(), Refused> {
        // Without points to spend, one that gave its points back is no hold.
        let gave_back = |no: usize| {
            points == 0 && self.own_hold(call, no).is_ok_and(|hold| matches!(hold.state, "released" | "expired"))
        };
        let hold = hold.filter(|no| !gave_back(*no));
        let held = hold.map(|no| self.own_hold(call, no).map(|hold| hold.points));
        let means = match held {
            // A sale is what its quote was: what is held now was available then.
            Some(Ok(points_held)) => Means { available: points_held + self.available_to(receipt.who), wanted: points },
            _ => Means { available: self.spendable(receipt.who), wanted: 0 },
        };
        let terms = hold.filter(|_| matches!(held, Some(Ok(_))));
        let terms = terms.map(|no| (self.holds[no].rules.clone(), self.holds[no].card.is_none()));
        let by_terms = terms.as_ref().map(|(rules, by_phone)| (rules, *by_phone));
        let figures = self.price(receipt, now, versions, means, by_terms, heard)?;
        let key = key_of(receipt);
        let name = receipt.number.trim();
        if self.sales.iter().any(|sale| sale.key == key) {
            return Err("RECEIPT_DUPLICATE");
        }
        self.is_new(receipt.fiscal.as_ref())?;
        let rules = rules_for(versions, receipt.at, now).unwrap().clone();
        match hold {
            None if points > 0 => return Err("RESERVATION_REQUIRED"),
            None => {}
            Some(no) => {
                held.unwrap()?;
                if receipt.who == Who::Nobody {
                    return Err("IDENTIFIER_REQUIRED");
                }
                let is_of = match (self.holds[no].card, receipt.who) {
                    (None, _) => true,
                    (Some(made_by), Who::Card(shown)) => self.leads_to(made_by, shown),
                    (Some(_), _) => false,
                };
                if self.holds[no].place.store != call.place.store || !is_of {
                    return Err("RESERVATION_MISMATCH");
                }
                self.stands(call, no)?;
                if self.holds[no].state == "awaiting_code" {
                    return Err("RESERVATION_AWAITS_CODE");
                }
                if points > self.holds[no].points {
                    return Err("POINTS_OVER_LIMIT");
                }
                if points > 0 && figures.points_applied != points {
                    self.may_spend(receipt.who, rules.card_only && self.holds[no].card.is_some())?;
                    let unit = self.holds[no].rules.spend_unit;
                    return Err(if points % unit == 0 { "POINTS_OVER_LIMIT" } else { "POINTS_UNIT" });
                }
            }
        }
        figures.tell_quote(said);
        if receipt.quote.as_ref().is_some_and(|(_, agreed)| !agreed.same_for_customer(&figures)) {
            return Err("QUOTE_CHANGED");
        }
        let (spent, released) = match hold {
            Some(no) => self.capture(no, points, call.at, now, name),
            None => (Vec::new(), 0),
        };
        let is_held_by_customer = receipt.who != Who::Nobody;
        let lot = if is_held_by_customer {
            self.accrue(figures.points_to_earn, &rules, receipt.at.min(now), now, name)
        } else {
            None
        };
        let status = if is_held_by_customer {
            self.count(figures.amount_due, &rules, receipt.at.min(now), now, name)
        } else {
            None
        };
        figures.tell("pointsEarned", figures.points_to_earn, said);
        figures.tell("pointsSpent", figures.points_applied, said);
        figures.tell("pointsReleased", released, said);
        if is_held_by_customer {
            self.tell_balance("balance/", said);
        }
        let lines = receipt.lines.iter().zip(&figures.lines).map(|(line, figured)| SoldLine {
            number: line.number,
            quantity: line.quantity,
            returned: 0,
            due: figured.due,
            points: figured.points,
            earned: figured.earned,
        });
        self.enter(receipt.fiscal.as_ref(), Some(self.sales.len()));
        self.sales.push(Sale {
            id: heard.get("receiptId").cloned().unwrap_or_default(),
            place: call.place,
            state: "confirmed",
            key,
            lines: lines.collect(),
            at: receipt.at,
            is_held_by_customer,
            lot,
            earned: figures.points_to_earn,
            spent,
            grace: rules.grace_days * DAY,
            policy: rules.policy,
            status,
            refunded: 0,
            taken: Vec::new(),
            as_debt: 0,
            gone: 0,
            shortfall: 0,
            owed_again: 0,
        });
        Ok(())
    }

    /// Spends a part of a hold, the lots that expire first going first, and gives the rest back.
    pub(super) fn capture(
        &mut self,
        no: usize,
        points: i128,
        at: i64,
        now: i64,
        receipt: &str,
    ) -> (Vec<(usize, i128)>, i128) {
        let mut shares = self.holds[no].shares.clone();
        shares.sort_by_key(|(lot, _)| self.turn(*lot));
        let hold = &mut self.holds[no];
        let released = hold.points - points;
        hold.captured = points;
        hold.state = match (points, released) {
            (_, 0) => "captured",
            (0, _) => "released",
            _ => "partly_captured",
        };
        let (grace, mut left) = (hold.grace, points);
        let (mut spent, mut rest) = (Vec::new(), Vec::new());
        for (lot, held) in shares {
            let taken = held.min(left);
            left -= taken;
            self.lots[lot].reserved -= taken;
            self.lots[lot].spent += taken;
            if taken > 0 {
                spent.push((lot, taken));
            }
            if held > taken {
                rest.push((lot, held - taken));
            }
        }
        if points > 0 {
            self.note(at, "redemption", 0, receipt);
        }
        if released > 0 {
            self.put_back(&rest, |lot| &mut lot.reserved, now, grace);
            self.note(at, "release", released, receipt);
        }
        self.close_debt(at, receipt);
        if self.holds[no].shields {
            self.close_shortfalls(released, at);
        }
        self.pass_time(now);
        (spent, released)
    }
}
