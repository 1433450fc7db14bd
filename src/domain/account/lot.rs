//! A lot: the points of one accrual.

use crate::domain::{
    account::movement::{Bucket, Movement, PointsClass, Terms},
    ids::{LotNo, PartnerId, ReceiptId},
    moment::Moment,
    money::Points,
};

/// The points of one accrual: they become active, expire, and are spent together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lot {
    /// Number within the account.
    pub no: LotNo,
    /// The class of its points.
    pub class: PointsClass,
    /// How many points it began with; `issued = remaining + reserved + spent + expired + revoked` (invariant 2).
    pub issued: Points,
    /// Pending or available, by the state.
    pub remaining: Points,
    /// Held.
    pub reserved: Points,
    /// Spent at sales.
    pub spent: Points,
    /// Expired.
    pub expired: Points,
    /// Revoked for returned goods, or used to close a debt.
    pub revoked: Points,
    /// Of these: used to close a debt.
    pub repaid: Points,
    /// Where it stands.
    pub state: LotState,
    /// When it becomes available.
    pub activates_at: Moment,
    /// When it expires; `None` for never.
    pub expires_at: Option<Moment>,
    /// Whether it has had its grace: after that it lives no longer, however often its points are held or come back.
    pub graced: bool,
    /// Which partner gave these points.
    pub issuer: PartnerId,
    /// The sale that earned them.
    pub receipt: Option<ReceiptId>,
}

/// The states of a lot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LotState {
    /// Not yet available.
    Pending,
    /// Available.
    Active,
    /// Nothing remains and nothing is held.
    Exhausted,
    /// Wholly revoked before it became active.
    Cancelled,
    /// Expired; it may still have held points.
    Expired,
    /// Revoked.
    Revoked,
}

/// Points of one lot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// The lot.
    pub lot: LotNo,
    /// How many.
    pub points: Points,
}

impl Lot {
    /// An empty lot, before its first entry.
    pub(super) fn new(no: LotNo, terms: Terms, entry: &Movement) -> Self {
        Self {
            no,
            class: terms.class,
            issued: Points::ZERO,
            remaining: Points::ZERO,
            reserved: Points::ZERO,
            spent: Points::ZERO,
            expired: Points::ZERO,
            revoked: Points::ZERO,
            repaid: Points::ZERO,
            state: if entry.to == Bucket::Pending { LotState::Pending } else { LotState::Active },
            activates_at: terms.activates_at,
            expires_at: terms.expires_at,
            graced: terms.graced,
            issuer: terms.issuer,
            receipt: entry.cause.receipt,
        }
    }

    /// Its terms.
    #[must_use]
    pub const fn terms(&self) -> Terms {
        let Self { class, issuer, activates_at, expires_at, graced, .. } = *self;
        Terms { class, issuer, activates_at, expires_at, graced }
    }

    /// The bucket that `remaining` is in.
    #[must_use]
    pub fn resting_bucket(&self) -> Bucket {
        match self.class {
            PointsClass::Status => Bucket::Status,
            PointsClass::Bonus if self.state == LotState::Pending => Bucket::Pending,
            PointsClass::Bonus => Bucket::Available,
        }
    }

    /// Whether what remains may be spent.
    #[must_use]
    pub fn is_spendable(&self) -> bool {
        self.class == PointsClass::Bonus && self.state == LotState::Active
    }

    /// Adds `points` (may be negative) to the lot's part of a bucket.
    pub fn shift(&mut self, bucket: Bucket, points: Points) {
        match bucket {
            Bucket::Pending | Bucket::Available | Bucket::Status => self.remaining = self.remaining.plus(points),
            Bucket::Reserved => self.reserved = self.reserved.plus(points),
            Bucket::Spent => self.spent = self.spent.plus(points),
            Bucket::Expired => self.expired = self.expired.plus(points),
            Bucket::Revoked => self.revoked = self.revoked.plus(points),
            Bucket::Debt => {
                self.revoked = self.revoked.plus(points);
                self.repaid = self.repaid.plus(points);
            }
            // What comes from outside is what the lot began with.
            Bucket::Issuer | Bucket::Transfer => self.issued = self.issued.minus(points),
        }
    }

    /// The sort key of spending: earliest expiry first, then oldest, then number; never-expiring last (invariant 6).
    #[must_use]
    pub fn turn(&self) -> (i64, Moment, LotNo) {
        (self.expires_at.map_or(i64::MAX, |at| at.0), self.activates_at, self.no)
    }

    /// Whether the parts add up to what was issued, none negative (invariant 2).
    #[must_use]
    pub fn is_balanced(&self) -> bool {
        let parts = [self.remaining, self.reserved, self.spent, self.expired, self.revoked];
        let is_whole = parts.into_iter().sum::<Points>() == self.issued;
        is_whole && parts.iter().all(|part| part.0 >= 0) && (0..=self.revoked.0).contains(&self.repaid.0)
    }

    /// Updates the state after points moved to the bucket `to`.
    pub(super) fn settle(&mut self, to: Bucket) {
        self.state = match to {
            Bucket::Available | Bucket::Status => LotState::Active,
            Bucket::Expired => LotState::Expired,
            Bucket::Revoked if self.revoked == self.issued && self.state == LotState::Pending => LotState::Cancelled,
            Bucket::Revoked | Bucket::Debt if self.revoked == self.issued => LotState::Revoked,
            Bucket::Reserved | Bucket::Spent | Bucket::Revoked | Bucket::Debt | Bucket::Transfer
                if self.state == LotState::Active && self.remaining.is_zero() && self.reserved.is_zero() =>
            {
                LotState::Exhausted
            }
            Bucket::Issuer
            | Bucket::Pending
            | Bucket::Reserved
            | Bucket::Spent
            | Bucket::Revoked
            | Bucket::Debt
            | Bucket::Transfer => self.state,
        };
    }
}
