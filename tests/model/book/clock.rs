//! What time does by itself.

use super::*;

impl Book {
    /// Does what the passing of time has made due, one event after another; of one moment activations come first, then
    /// expiries, then holds.
    pub(super) fn pass_time(&mut self, now: i64) {
        loop {
            let lots = self.lots.iter().enumerate().filter(|(_, lot)| lot.remaining > 0);
            let due = lots.flat_map(|(no, lot)| {
                let activation = (lot.state == LotState::Pending).then_some((lot.activates, 0, no));
                let expiry = (lot.state != LotState::Lapsed).then_some(lot.expires).flatten().map(|at| (at, 1, no));
                [activation, expiry].into_iter().flatten()
            });
            let holds = self.holds.iter().enumerate().filter(|(_, hold)| hold.is_open());
            let next = due.chain(holds.map(|(no, hold)| (hold.expires, 2, no))).min();
            let Some((at, what, no)) = next.filter(|(at, ..)| *at <= now) else { return };
            match what {
                0 => self.activate(no, at),
                1 => self.lapse(no, at),
                _ => self.let_go(no, "expired", at, at),
            }
        }
    }

    pub(super) fn activate(&mut self, no: usize, at: i64) {
        let receipt = self.lots[no].receipt.clone();
        self.lots[no].state = LotState::Active;
        self.note(at, "activation", self.lots[no].remaining, &receipt);
        self.close_debt(at, &receipt);
    }

    pub(super) fn lapse(&mut self, no: usize, at: i64) {
        let lot = &mut self.lots[no];
        let was_active = lot.state == LotState::Active;
        let gone = std::mem::take(&mut lot.remaining);
        lot.expired += gone;
        lot.state = LotState::Lapsed;
        let receipt = lot.receipt.clone();
        self.note(at, "expiry", if was_active { -gone } else { 0 }, &receipt);
    }

    /// Writes a line of the statement: how what is available has just changed.
    pub(super) fn note(&mut self, at: i64, kind: &'static str, change: i128, receipt: &str) {
        let after = self.available();
        self.statement.push(Entry { at, kind, change, after, receipt: receipt.into() });
    }
}
