//! An account of points: lots, balances and the movements between them.
//!
//! Every change is a [`Movement`] of a lot's points from one bucket to another. So each operation sums to zero (invariant
//! 4), and the balances are the sums of the movements (invariant 1). [`Account::mature`] gets the time as an argument and
//! applies due changes.

mod lot;
mod merge;
mod movement;
mod taking_back;

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{
    ids::{AccountId, CustomerId, LotNo, PartnerId, ProgrammeId, ReceiptId},
    moment::{Moment, Span},
    money::{Kopecks, Points, Rounding, scaled},
    refusal::Refusal,
};

pub use self::lot::{Lot, LotState, Share};

pub use self::movement::{Bucket, Cause, Movement, MovementKind, PointsClass, Step, Terms};

pub use self::taking_back::TakenBack;

/// The most that an account may hold, owe or count towards the status: what the contract's type `Points` carries.
pub const POINTS_MAX: Points = Points(99_999_999_999);

/// An account with the lots that its working set needs: every live one, and those that a touched receipt names.
#[derive(Debug, Clone)]
pub struct Account {
    /// Identity.
    pub id: AccountId,
    /// The customer.
    pub customer: CustomerId,
    /// The programme.
    pub programme: ProgrammeId,
    /// Whether it may spend.
    pub state: AccountState,
    /// The cached sums of the journal.
    pub balances: Balances,
    /// The number that the next lot gets.
    pub next_lot: i64,
    /// The number that the next journal entry gets.
    pub next_seq: i64,
    /// When the last entry was recorded. An account's recording times never decrease, even when a clock does.
    pub recorded_at: Option<Moment>,
    /// The digest of the last journal entry, which the next one is chained to; `None` without entries.
    pub head: Option<ChainHead>,
    /// The account that this one was merged into.
    pub merged_into: Option<AccountId>,
    /// Lots by number; not all of them (see the type's description).
    pub lots: BTreeMap<LotNo, Lot>,
    /// Movements since the account was loaded, in order: what the store appends to the journal.
    pub movements: Vec<Movement>,
    /// Lots changed since the account was loaded.
    pub touched: BTreeSet<LotNo>,
}

/// SHA-256 over an account's journal up to some entry; the store makes it (invariant 5).
pub type ChainHead = [u8; 32];

/// Whether an account may be spent from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountState {
    /// Earns and spends.
    Open,
    /// Earns, does not spend.
    Frozen,
    /// Merged or erased.
    Closed,
}

/// What an account holds, in hundredths of a point; none is ever negative.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Balances {
    /// Earned, not yet active.
    pub pending: Points,
    /// May be spent now.
    pub available: Points,
    /// Held for a sale.
    pub reserved: Points,
    /// Owed: goods were returned whose points had been spent.
    pub debt: Points,
}

/// The terms of an accrual.
#[derive(Debug, Clone, Copy)]
pub struct Grant {
    /// How many points.
    pub points: Points,
    /// Their class.
    pub class: PointsClass,
    /// When they become available; at once when this is not later than now.
    pub activates_at: Moment,
    /// When they expire.
    pub expires_at: Option<Moment>,
    /// The issuing partner.
    pub issuer: PartnerId,
}

/// How to revoke points of returned goods that are already spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ReturnPolicy {
    /// Revoke pending points only.
    OnlyPending,
    /// Revoke as much as the balance has.
    WithinBalance,
    /// Revoke everything. The missing part becomes a debt that the next accruals close.
    #[default]
    Unlimited,
}

impl Account {
    /// An empty account.
    #[must_use]
    pub fn open(id: AccountId, customer: CustomerId, programme: ProgrammeId) -> Self {
        Self {
            id,
            customer,
            programme,
            state: AccountState::Open,
            balances: Balances::default(),
            next_lot: 1,
            next_seq: 1,
            recorded_at: None,
            head: None,
            merged_into: None,
            lots: BTreeMap::new(),
            movements: Vec::new(),
            touched: BTreeSet::new(),
        }
    }

    /// Applies due changes: pending lots become active, active lots expire. Late or repeated calls give the same result
    /// except for `recorded_at` (invariant 7). Held points do not change.
    ///
    /// Changes due by `until` are applied; `now` is the recording time.
    pub fn mature(&mut self, until: Moment, now: Moment) {
        let mut due: Vec<(Moment, bool, LotNo)> = Vec::new();
        for lot in self.lots.values().filter(|lot| lot.remaining.is_positive()) {
            if lot.state == LotState::Pending && lot.activates_at <= until {
                due.push((lot.activates_at, false, lot.no));
            }
            if let Some(expires_at) = lot.expires_at.filter(|at| *at <= until) {
                due.push((expires_at, true, lot.no));
            }
        }
        // In the order of due times; at the same moment an activation comes before an expiry.
        due.sort_unstable();
        for (at, expires, no) in due {
            if expires { self.expire(no, at, now) } else { self.activate(no, at, now) }
        }
    }

    /// The next time at which [`Self::mature`] has an effect.
    #[must_use]
    pub fn next_due_at(&self) -> Option<Moment> {
        let live = self.lots.values().filter(|lot| lot.remaining.is_positive());
        live.filter_map(|lot| if lot.state == LotState::Pending { Some(lot.activates_at) } else { lot.expires_at })
            .min()
    }

    /// Lots that become active or expire by a moment, held and spent ones too.
    pub fn lots_due_by(&self, at: Moment) -> impl Iterator<Item = &Lot> {
        self.lots.values().filter(move |lot| {
            let activates = lot.state == LotState::Pending && lot.activates_at <= at;
            activates || lot.expires_at.is_some_and(|expires_at| expires_at <= at)
        })
    }

    /// Lots that were created, or moved here by a merge, after the account was loaded.
    #[must_use]
    pub fn begun_lots(&self) -> BTreeSet<LotNo> {
        let is_first =
            |entry: &&Movement| entry.terms.is_some() && matches!(entry.from, Bucket::Issuer | Bucket::Transfer);
        self.movements.iter().filter(is_first).filter_map(|entry| entry.lot).collect()
    }

    fn activate(&mut self, no: LotNo, at: Moment, now: Moment) {
        let step = self.timed_step(MovementKind::Activation, no, at, now, "Баллы стали доступны");
        let first = self.next_seq;
        let Some(points) = self.lots.get(&no).map(|lot| lot.remaining) else { return };
        self.record(first, &step, Some(no), Bucket::Pending, Bucket::Available, points);
        self.close_debt(Points::ZERO, &step);
    }

    fn expire(&mut self, no: LotNo, at: Moment, now: Moment) {
        let step = self.timed_step(MovementKind::Expiry, no, at, now, "Срок действия баллов истёк");
        let first = self.next_seq;
        let Some((points, from)) = self.lots.get(&no).map(|lot| (lot.remaining, lot.resting_bucket())) else { return };
        if points.is_positive() {
            self.record(first, &step, Some(no), from, Bucket::Expired, points);
        }
    }

    /// Accrues points as a new lot and returns its number. Points that are available at once close a debt first.
    pub fn accrue(&mut self, grant: Grant, step: &Step) -> Option<LotNo> {
        if !grant.points.is_positive() {
            return None;
        }
        let no = LotNo(self.next_lot);
        let to = match grant.class {
            PointsClass::Status => Bucket::Status,
            PointsClass::Bonus if grant.activates_at <= step.now => Bucket::Available,
            PointsClass::Bonus => Bucket::Pending,
        };
        let terms = Terms {
            class: grant.class,
            issuer: grant.issuer,
            activates_at: grant.activates_at,
            expires_at: grant.expires_at,
            graced: false,
        };
        self.record_with(self.next_seq, step, Some(no), (Bucket::Issuer, to), grant.points, Some(terms));
        self.close_debt(Points::ZERO, step);
        // A receipt may come so late that its points have lapsed: they must not be shown as available, not even in this answer.
        self.mature(step.now, step.now);
        Some(no)
    }

    /// Reserves points of the lots that expire first, and returns the shares.
    ///
    /// # Errors
    /// The account is frozen, or fewer points are available; then nothing has changed.
    pub fn reserve(&mut self, points: Points, step: &Step) -> Result<Vec<Share>, Refusal> {
        if self.state != AccountState::Open {
            return Err(Refusal::AccountFrozen);
        }
        if points > self.balances.available {
            return Err(Refusal::PointsNotEnough { available: self.balances.available });
        }
        let shares = self.first_to_lapse(points);
        let first = self.next_seq;
        for share in &shares {
            self.record(first, step, Some(share.lot), Bucket::Available, Bucket::Reserved, share.points);
        }
        Ok(shares)
    }

    /// Captures points of a hold. `shares` are the points of each lot, within the hold's shares.
    pub fn capture(&mut self, shares: &[Share], step: &Step) {
        let first = self.next_seq;
        for share in shares.iter().filter(|share| share.points.is_positive()) {
            self.record(first, step, Some(share.lot), Bucket::Reserved, Bucket::Spent, share.points);
        }
    }

    /// Releases held points. A lot that had expired at `at` is extended until `at + grace`.
    pub fn release(&mut self, shares: &[Share], at: Moment, grace: Span, step: &Step) {
        self.come_back(Bucket::Reserved, shares, at, grace, step);
        self.close_debt(Points::ZERO, step);
    }

    fn come_back(&mut self, from: Bucket, shares: &[Share], at: Moment, grace: Span, step: &Step) {
        let first = self.next_seq;
        for share in shares.iter().filter(|share| share.points.is_positive()) {
            let terms = self.prolonged(share.lot, at, grace);
            self.record_with(first, step, Some(share.lot), (from, Bucket::Available), share.points, terms);
        }
    }

    /// Revokes by the policy what the own lot lacks; returns the remainder.
    fn revoke_rest(&mut self, first: i64, points: Points, policy: ReturnPolicy, step: &Step) -> Points {
        let mut left = points;
        if policy != ReturnPolicy::OnlyPending && left.is_positive() {
            for share in self.first_to_lapse(left.min(self.balances.available)) {
                self.record(first, step, Some(share.lot), Bucket::Available, Bucket::Revoked, share.points);
                left = left.minus(share.points);
            }
        }
        if policy == ReturnPolicy::Unlimited && left.is_positive() {
            self.record(first, step, None, Bucket::Debt, Bucket::Revoked, left);
            left = Points::ZERO;
        }
        left
    }

    /// Removes available points that were accrued by mistake.
    ///
    /// # Errors
    /// Fewer points are available; then nothing has changed.
    pub fn take_away(&mut self, points: Points, step: &Step) -> Result<(), Refusal> {
        if points > self.balances.available {
            return Err(Refusal::PointsNotEnough { available: self.balances.available });
        }
        let first = self.next_seq;
        for share in self.first_to_lapse(points) {
            self.record(first, step, Some(share.lot), Bucket::Available, Bucket::Revoked, share.points);
        }
        Ok(())
    }

    /// Revokes points without a known sale: pending ones first, latest accrual first; then by the policy available ones and
    /// a debt. Returns how many were revoked, the debt included.
    pub fn revoke_any(&mut self, points: Points, policy: ReturnPolicy, step: &Step) -> Points {
        let first = self.next_seq;
        let mut left = points;
        let pending: Vec<(LotNo, Points)> = self
            .lots
            .values()
            .rev()
            .filter(|lot| lot.state == LotState::Pending)
            .map(|lot| (lot.no, lot.remaining))
            .collect();
        for (no, remaining) in pending {
            let taken = remaining.min(left);
            if taken.is_positive() {
                self.record(first, step, Some(no), Bucket::Pending, Bucket::Revoked, taken);
                left = left.minus(taken);
            }
        }
        left = self.revoke_rest(first, left, policy, step);
        points.minus(left)
    }

    /// Revokes a sale's status points, for the refund `back` out of the `left` money not refunded before. A series of
    /// returns revokes the same as one whole return, also when a merge in between moves the rest of a lot.
    pub fn revoke_status(&mut self, receipt: ReceiptId, back: Kopecks, left: Kopecks, step: &Step) {
        let own = self.lots.values().find(|lot| lot.class == PointsClass::Status && lot.receipt == Some(receipt));
        let Some((no, remaining)) = own.map(|lot| (lot.no, lot.remaining)) else { return };
        let taken =
            if left.is_positive() { Points(scaled(remaining.0, back.0, left.0, Rounding::Down)) } else { remaining };
        if taken.is_positive() {
            self.record(self.next_seq, step, Some(no), Bucket::Status, Bucket::Revoked, taken);
        }
    }

    /// What counts towards the customer's status now.
    #[must_use]
    pub fn status_points(&self) -> Points {
        self.lots.values().filter(|lot| lot.class == PointsClass::Status).map(|lot| lot.remaining).sum()
    }

    /// The next expiry dates, the earliest first.
    #[must_use]
    pub fn expiries(&self) -> Vec<(Moment, Points)> {
        dated(self.lots.values().filter(|lot| lot.is_spendable()), |lot| lot.expires_at)
    }

    /// The next activation dates, the earliest first.
    #[must_use]
    pub fn activations(&self) -> Vec<(Moment, Points)> {
        dated(self.lots.values().filter(|lot| lot.state == LotState::Pending), |lot| Some(lot.activates_at))
    }

    /// The sort key of this account's lots in the order of spending; see [`Lot::turn`].
    #[must_use]
    pub fn turn_of(&self, no: LotNo) -> (i64, Moment, LotNo) {
        self.lots.get(&no).map_or((i64::MAX, Moment(i64::MAX), no), Lot::turn)
    }

    /// `points` out of the active lots: earliest expiry first, then oldest; never-expiring last (invariant 6).
    fn first_to_lapse(&self, points: Points) -> Vec<Share> {
        let mut lots: Vec<&Lot> =
            self.lots.values().filter(|lot| lot.is_spendable() && lot.remaining.is_positive()).collect();
        lots.sort_by_key(|lot| lot.turn());
        let mut left = points;
        let mut shares = Vec::new();
        for lot in lots {
            if !left.is_positive() {
                break;
            }
            let taken = lot.remaining.min(left);
            shares.push(Share { lot: lot.no, points: taken });
            left = left.minus(taken);
        }
        shares
    }

    /// Uses spendable points to close the debt, but for what is kept of it: while there is one, nothing is available (invariant 3).
    fn close_debt(&mut self, kept: Points, step: &Step) {
        let due = self.balances.debt.less(kept).min(self.balances.available);
        if !due.is_positive() {
            return;
        }
        let closing = Step {
            kind: MovementKind::DebtClosing,
            cause: Cause {
                rule: Some("Погашение долга по возврату".into()), words: None, ..step.cause.clone()
            },
            ..step.clone()
        };
        let first = self.next_seq;
        for share in self.first_to_lapse(due) {
            self.record(first, &closing, Some(share.lot), Bucket::Available, Bucket::Debt, share.points);
        }
    }

    /// The extended terms of a lot that had expired at `at`, so that points restored to it can be used.
    fn prolonged(&self, no: LotNo, at: Moment, grace: Span) -> Option<Terms> {
        let lot = self.lots.get(&no)?;
        let lapsed = lot.expires_at.is_some_and(|expires_at| expires_at <= at);
        let grace = if lot.graced { Span::default() } else { grace };
        let graced = lot.graced || grace > Span::default();
        lapsed.then(|| Terms { expires_at: Some(at.after(grace)), graced, ..lot.terms() })
    }

    fn timed_step(&self, kind: MovementKind, no: LotNo, at: Moment, now: Moment, rule: &str) -> Step {
        let receipt = self.lots.get(&no).and_then(|lot| lot.receipt);
        let cause = Cause { receipt, rule: Some(rule.into()), ..Cause::default() };
        Step { kind, occurred_at: at, now, cause }
    }

    fn record(&mut self, first: i64, step: &Step, lot: Option<LotNo>, from: Bucket, to: Bucket, points: Points) {
        self.record_with(first, step, lot, (from, to), points, None);
    }

    /// Records an entry and applies it.
    fn record_with(
        &mut self,
        first: i64,
        step: &Step,
        lot: Option<LotNo>,
        (from, to): (Bucket, Bucket),
        points: Points,
        terms: Option<Terms>,
    ) {
        let mut entry = Movement {
            seq: self.next_seq,
            step: first,
            lot,
            from,
            to,
            points,
            available_after: Points::ZERO,
            terms,
            kind: step.kind,
            occurred_at: step.occurred_at,
            recorded_at: self.recorded_at.map_or(step.now, |last| last.max(step.now)),
            cause: step.cause.clone(),
        };
        self.replay(&entry);
        entry.available_after = self.balances.available;
        self.movements.push(entry);
    }

    /// Applies an entry: the only place where points move. Lot, balances and numbers change together or not at all.
    /// Recording and replaying the journal share it, so a replay gives the identical result.
    pub fn replay(&mut self, entry: &Movement) {
        if let Some(no) = entry.lot {
            if let Some(terms) = entry.terms {
                let lot = self.lots.entry(no).or_insert_with(|| Lot::new(no, terms, entry));
                (lot.expires_at, lot.graced) = (terms.expires_at, terms.graced);
            }
            if let Some(lot) = self.lots.get_mut(&no) {
                lot.shift(entry.from, entry.points.negated());
                lot.shift(entry.to, entry.points);
                lot.settle(entry.to);
            }
            self.touched.insert(no);
            self.next_lot = self.next_lot.max(no.0.saturating_add(1));
        }
        self.balances.shift(entry.from, entry.points.negated());
        self.balances.shift(entry.to, entry.points);
        self.next_seq = entry.seq.saturating_add(1);
        self.recorded_at = Some(entry.recorded_at);
    }
}

impl Balances {
    /// Available, pending and reserved points together.
    #[must_use]
    pub fn total(&self) -> Points {
        self.pending.plus(self.available).plus(self.reserved)
    }

    /// Adds `points` (may be negative) to a bucket's balance.
    pub fn shift(&mut self, bucket: Bucket, points: Points) {
        match bucket {
            Bucket::Pending => self.pending = self.pending.plus(points),
            Bucket::Available => self.available = self.available.plus(points),
            Bucket::Reserved => self.reserved = self.reserved.plus(points),
            Bucket::Debt => self.debt = self.debt.minus(points),
            Bucket::Issuer | Bucket::Spent | Bucket::Expired | Bucket::Revoked | Bucket::Status | Bucket::Transfer => {}
        }
    }
}

fn dated<'a>(lots: impl Iterator<Item = &'a Lot>, at: impl Fn(&Lot) -> Option<Moment>) -> Vec<(Moment, Points)> {
    let mut sums: BTreeMap<Moment, Points> = BTreeMap::new();
    for lot in lots.filter(|lot| lot.remaining.is_positive()) {
        if let Some(at) = at(lot) {
            let sum = sums.entry(at).or_default();
            *sum = sum.plus(lot.remaining);
        }
    }
    sums.into_iter().collect()
}

#[cfg(test)]
mod tests;
