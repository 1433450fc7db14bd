//! Points that come back to a customer: out of a hold, or with goods that come back; and what a return takes for those.

use crate::{
    domain::{
        account::{Share, Step},
        ids::{AccountId, ReceiptId, ReservationId},
        moment::Moment,
        money::{Kopecks, Points},
        sale::Sale,
    },
    working_set::WorkingSet,
};

/// What of a sale is undone.
#[derive(Debug, Clone, Copy)]
pub struct Undone<'a> {
    /// The spent points that come back to their lots.
    pub restored: &'a [Share],
    /// The earned points that should be taken back.
    pub earned: Points,
    /// The money that goes back.
    pub refund: Kopecks,
    /// The money that had not gone back before.
    pub refund_left: Kopecks,
}

/// Which sales may take of points that come back.
#[derive(Debug, Clone, Copy)]
enum Claimants {
    /// All whose returns could not take enough: they would have taken these, had they not been held.
    All,
    /// But this one, those that had earned the very points.
    Earners(ReceiptId),
}

impl WorkingSet {
    /// Gives points of a hold back, and takes of them what a return wanted while they were held. What came back to a
    /// lapsed lot lapses at once, where there is no grace.
    pub fn release(&mut self, id: ReservationId, shares: &[Share], at: Moment, step: &Step) {
        let Some(hold) = self.reservations.get(&id) else { return };
        let (account_id, grace, shields) = (hold.account, hold.grace, hold.shields);
        let Some(account) = self.accounts.get_mut(&account_id) else { return };
        account.release(shares, at, grace, step);
        if shields {
            self.close_shortfalls(account_id, shares, Claimants::All, step);
        }
        if let Some(account) = self.accounts.get_mut(&account_id) {
            account.mature(at, step.now);
        }
    }

    /// Undoes a sale or a part of it on its customer's account; answers how many points were taken back.
    pub fn undo_sale(&mut self, sale: &mut Sale, undone: Undone<'_>, step: &Step) -> Points {
        let now = self.now;
        let Some(id) = sale.holder.map(|holder| holder.account) else { return Points::ZERO };
        let Some(account) = self.accounts.get_mut(&id) else { return Points::ZERO };
        account.restore(undone.restored, now, sale.grace, &sale.taken, step);
        self.close_shortfalls(id, undone.restored, Claimants::Earners(sale.id), step);
        let Some(account) = self.accounts.get_mut(&id) else { return Points::ZERO };
        // Without a grace, what came back to a lapsed lot has lapsed before anything is taken.
        account.mature(now, now);
        let taken = sale.lot.map_or(Points::ZERO, |lot| {
            account.take_back(lot, undone.earned, sale.return_policy, &mut sale.taken, step)
        });
        account.revoke_status(sale.id, undone.refund, undone.refund_left, step);
        if sale.taken.shortfall.is_positive() {
            self.shield(id);
        }
        taken
    }

    /// Marks the open holds of an account: a return wants what they hold.
    fn shield(&mut self, account: AccountId) {
        let open = self.reservations.iter().filter(|(_, hold)| hold.account == account && hold.ended_at.is_none());
        let open: Vec<ReservationId> = open.filter(|(_, hold)| !hold.shields).map(|(id, _)| *id).collect();
        for id in open {
            if let Some(hold) = self.reservations.get_mut(&id) {
                hold.shields = true;
            }
        }
    }

    fn close_shortfalls(&mut self, id: AccountId, back: &[Share], claimants: Claimants, step: &Step) {
        let short = self.receipts.iter().filter(|(_, sale)| {
            sale.taken.shortfall.is_positive() && sale.holder.is_some_and(|holder| holder.account == id)
        });
        let mut short: Vec<ReceiptId> = short.map(|(id, _)| *id).collect();
        short.sort_unstable();
        let mut left: Points = back.iter().map(|share| share.points).sum();
        for receipt in short {
            let Some(lot) = self.receipts.get(&receipt).and_then(|sale| sale.lot) else { continue };
            let at_most = match claimants {
                Claimants::All => left,
                Claimants::Earners(but) if but == receipt => continue,
                Claimants::Earners(_) => back.iter().filter(|share| share.lot == lot).map(|share| share.points).sum(),
            };
            if !at_most.is_positive() {
                continue;
            }
            let (Some(sale), Some(account)) = (self.receipts.get_mut(&receipt), self.accounts.get_mut(&id)) else {
                continue;
            };
            left = left.minus(sale.close_shortfall(account, at_most, step));
        }
    }
}
