//! The expected balances, statements and accounts.

use super::*;

impl Book {
    pub(super) fn tell_balance(&self, path: &str, said: &mut Said) {
        let pending: i128 =
            self.lots.iter().filter(|lot| lot.state == LotState::Pending).map(|lot| lot.remaining).sum();
        let (available, reserved) = (self.available(), self.lots.iter().map(|lot| lot.reserved).sum::<i128>());
        let total = pending + available + reserved;
        let sums = [total, available, pending, reserved, self.debt];
        for (name, value) in ["total", "available", "pending", "reserved", "debt"].iter().zip(sums) {
            said.insert(format!("{path}{name}"), hundredths(value));
        }
    }

    pub(super) fn tell_dates(&self, who: Who, said: &mut Said) {
        let card = match who {
            Who::Card(card) => Some(card),
            _ => {
                let newest = |state| {
                    let of_state = (0..self.cards.len()).filter(|card| self.cards[*card].state == state);
                    of_state.max_by_key(|card| (self.cards[*card].issued, &self.numbers[*card]))
                };
                newest("active").or_else(|| newest("issued"))
            }
        };
        said.insert("cardNumber".into(), card.map(|card| self.numbers[card].clone()).unwrap_or_default());
        said.insert("cardState".into(), card.map(|card| self.cards[card].state.to_owned()).unwrap_or_default());
        self.tell_balance("", said);
        let mut expiries: BTreeMap<i64, i128> = BTreeMap::new();
        let mut activations = expiries.clone();
        for lot in self.lots.iter().filter(|lot| lot.remaining > 0) {
            match (lot.state, lot.expires) {
                (LotState::Active, Some(at)) => *expiries.entry(at).or_default() += lot.remaining,
                (LotState::Pending, _) => *activations.entry(lot.activates).or_default() += lot.remaining,
                _ => {}
            }
        }
        for (path, dates) in [("expiries/expiry", expiries), ("activations/activation", activations)] {
            let count = dates.len().min(DATES_SHOWN);
            for (index, (at, points)) in dates.into_iter().take(DATES_SHOWN).enumerate() {
                said.insert(format!("{path}[{index}]/at"), local_text(at));
                said.insert(format!("{path}[{index}]/points"), hundredths(points));
            }
            // And not one more.
            said.insert(format!("{path}[{count}]/at"), String::new());
        }
    }

    /// Tells a page of the statement out of its `left` oldest lines; answers how many are older than the page, if any that
    /// belong to the period.
    pub(super) fn tell_statement(&self, from: NaiveDate, to: NaiveDate, left: usize, said: &mut Said) -> Option<usize> {
        let lines = self.statement.iter().enumerate().take(left).rev();
        let mut period = lines.filter(|(_, entry)| (from..=to).contains(&local_day(entry.at)));
        let page: Vec<(usize, &Entry)> = period.by_ref().take(STATEMENT_PAGE).collect();
        for (index, (_, entry)) in page.iter().enumerate() {
            let path = format!("entries/entry[{index}]");
            said.insert(format!("{path}/at"), local_text(entry.at));
            said.insert(format!("{path}/kind"), entry.kind.into());
            said.insert(format!("{path}/points"), hundredths(entry.change));
            said.insert(format!("{path}/balanceAfter"), hundredths(entry.after));
            said.insert(format!("{path}/receipt"), entry.receipt.clone());
        }
        said.insert(format!("entries/entry[{}]/at", page.len()), String::new());
        said.insert("nextCursor".into(), String::new());
        period.next().and(page.last()).map(|(last, _)| *last)
    }

    /// What the head office sees, the phone aside.
    pub(super) fn tell_account(&self, said: &mut Said) {
        let mut sums = Said::new();
        self.tell_balance("account/", &mut sums);
        sums.remove("account/total");
        said.append(&mut sums);
        said.insert("account/state".into(), if self.is_frozen { "frozen" } else { "open" }.into());
        let status = self.lots.iter().filter(|lot| lot.state == LotState::Status).map(|lot| lot.remaining).sum();
        said.insert("account/statusPoints".into(), hundredths(status));
        said.insert("account/phoneConfirmed".into(), "false".into());
        let mut cards: Vec<usize> = (0..self.cards.len()).filter(|card| self.cards[*card].issued > 0).collect();
        cards.sort_by_key(|card| std::cmp::Reverse((self.cards[*card].issued, &self.numbers[*card])));
        for (index, card) in cards.iter().enumerate() {
            said.insert(format!("account/cards/number[{index}]"), self.numbers[*card].clone());
        }
        said.insert(format!("account/cards/number[{}]", cards.len()), String::new());
    }

    /// Which phones had how many messages.
    pub fn messages(&self) -> impl Iterator<Item = (usize, usize)> {
        self.messages.iter().map(|(phone, sent)| (*phone, sent.len()))
    }

    /// Whether the customer ever was this phone's.
    pub fn knows_phone(&self, phone: usize) -> bool {
        self.phone == phone || self.merged_phones.contains(&phone)
    }

    /// The invariants of the ledger, of the model itself.
    pub(super) fn check(&self) {
        for lot in &self.lots {
            let parts = [lot.remaining, lot.reserved, lot.spent, lot.expired, lot.revoked];
            assert!(parts.iter().all(|part| *part >= 0), "{lot:?}");
            assert_eq!(parts.iter().sum::<i128>(), lot.issued, "{lot:?}");
        }
        assert!(self.debt >= 0 && (self.debt == 0 || self.available() == 0), "a debt beside available points");
    }
}
