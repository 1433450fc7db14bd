//! A movement of points of a lot from one bucket to another: an entry of the journal.

use crate::domain::{
    ids::{LotNo, PartnerId, ReceiptId, ReservationId, ReturnId, StoreId, TillId},
    moment::Moment,
    money::Points,
};

/// A bucket of points. The issuer's bucket is outside of the customer's account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bucket {
    /// The issuing partner.
    Issuer,
    /// Waiting to become active.
    Pending,
    /// Available.
    Available,
    /// Held.
    Reserved,
    /// Spent, with the partner that sold.
    Spent,
    /// Expired.
    Expired,
    /// Revoked.
    Revoked,
    /// The customer's debt; its balance is the negated debt.
    Debt,
    /// Status points; never available.
    Status,
    /// Another account of the same customer, on a merge: outside of this account, like the issuer.
    Transfer,
}

/// What a movement is, for the statement and the reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MovementKind {
    /// Points earned.
    Accrual,
    /// A pending lot became active.
    Activation,
    /// Points held.
    Reservation,
    /// A hold was released.
    Release,
    /// Points spent at a sale.
    Redemption,
    /// A lot expired.
    Expiry,
    /// Goods returned.
    Return,
    /// A sale cancelled.
    Cancellation,
    /// A debt closed by an accrual.
    DebtClosing,
    /// Set by the office, or opening balance.
    Adjustment,
    /// Accounts were merged.
    Merge,
}

/// One journal entry: `points` of a lot go `from` one bucket `to` another. Never changed, never deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Movement {
    /// Position in the account's journal, without gaps from 1.
    pub seq: i64,
    /// Position of the first entry of the same step: entries of one step are one line of the statement.
    pub step: i64,
    /// The lot; `None` for a debt.
    pub lot: Option<LotNo>,
    /// From where.
    pub from: Bucket,
    /// To where.
    pub to: Bucket,
    /// How many; always positive.
    pub points: Points,
    /// Available after this entry.
    pub available_after: Points,
    /// The terms of a new or extended lot; with them every lot can be rebuilt from the journal.
    pub terms: Option<Terms>,
    /// The kind of step.
    pub kind: MovementKind,
    /// The time of the operation, by the till.
    pub occurred_at: Moment,
    /// The recording time, by the server.
    pub recorded_at: Moment,
    /// The cause.
    pub cause: Cause,
}

/// The cause of a movement, with everything that statements and settlements need.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cause {
    /// The sale.
    pub receipt: Option<ReceiptId>,
    /// The return.
    pub return_id: Option<ReturnId>,
    /// The hold.
    pub reservation: Option<ReservationId>,
    /// The partner of the till.
    pub partner: Option<PartnerId>,
    /// The store.
    pub store: Option<StoreId>,
    /// The till.
    pub till: Option<TillId>,
    /// The rule, in Russian: what the customer reads.
    pub rule: Option<String>,
    /// A person's own words, in place of a rule: the reason of an adjustment, a merge, a cancellation. They may name people.
    pub words: Option<String>,
    /// The number of the entry of the same journal that this one corrects: what is written is never changed (invariant 5).
    pub corrects: Option<i64>,
}

impl Cause {
    /// What the customer reads of it: a person's own words, or the rule.
    #[must_use]
    pub fn told(&self) -> Option<&str> {
        self.words.as_deref().or(self.rule.as_deref())
    }
}

/// The time and the cause of a step.
#[derive(Debug, Clone)]
pub struct Step {
    /// What kind of step.
    pub kind: MovementKind,
    /// The time of the operation, by the till.
    pub occurred_at: Moment,
    /// The server's time now.
    pub now: Moment,
    /// The cause.
    pub cause: Cause,
}

/// The class of points. Classes never mix: a lot has one, and no movement goes from one lot to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PointsClass {
    /// Pays for goods.
    #[default]
    Bonus,
    /// Counts towards the customer's status («статусные баллы»); cannot be spent.
    Status,
}

/// The terms of a lot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// What its points are good for.
    pub class: PointsClass,
    /// The issuing partner.
    pub issuer: PartnerId,
    /// When they become available.
    pub activates_at: Moment,
    /// When they expire; `None` for never.
    pub expires_at: Option<Moment>,
    /// Whether the lot has had its grace.
    pub graced: bool,
}
