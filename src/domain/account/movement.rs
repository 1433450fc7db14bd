//! A movement of points of a lot from one bucket to another: an entry of the journal.

use crate::domain::{
    ids::{LotNo, PartnerId, ReceiptId, ReservationId, ReturnId, StoreId, TillId},
    moment::Moment,
    money::Points,
};

/// A place that points can be in. The first is outside of the customer's account: where they come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bucket {
    /// The partner that gives points.
    Issuer,
    /// Waiting to become active.
    Pending,
    /// Spendable.
    Available,
    /// Held.
    Reserved,
    /// Spent, with the partner that sold.
    Spent,
    /// Lapsed.
    Expired,
    /// Taken back.
    Revoked,
    /// What the customer owes: its balance is the debt with the sign turned.
    Debt,
    /// Counted towards the status; never spendable.
    Status,
    /// Another account of the same customer, on a merge: outside of this one, as the issuer is.
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
    /// A hold let go.
    Release,
    /// Points spent at a sale.
    Redemption,
    /// A lot lapsed.
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
    /// Which lot; none for a debt.
    pub lot: Option<LotNo>,
    /// From where.
    pub from: Bucket,
    /// To where.
    pub to: Bucket,
    /// How many; always more than nothing.
    pub points: Points,
    /// Available after this entry.
    pub available_after: Points,
    /// What a new lot is, or until when one that had lapsed lives on: with these the journal alone rebuilds every lot.
    pub terms: Option<Terms>,
    /// The kind of step.
    pub kind: MovementKind,
    /// When it happened in the world.
    pub occurred_at: Moment,
    /// When the server wrote it down.
    pub recorded_at: Moment,
    /// What caused it.
    pub cause: Cause,
}

/// What a movement stems from; everything that a statement or a settlement needs to name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cause {
    /// The sale.
    pub receipt: Option<ReceiptId>,
    /// The return.
    pub return_id: Option<ReturnId>,
    /// The hold.
    pub reservation: Option<ReservationId>,
    /// The partner at whose till it happened.
    pub partner: Option<PartnerId>,
    /// The store.
    pub store: Option<StoreId>,
    /// The till.
    pub till: Option<TillId>,
    /// The rule or the reason, in Russian: what the customer reads.
    pub rule: Option<String>,
    /// The number of the entry of the same journal that this one corrects: what is written is never changed (invariant 5).
    pub corrects: Option<i64>,
}

/// The time and the cause of a step.
#[derive(Debug, Clone)]
pub struct Step {
    /// What kind of step.
    pub kind: MovementKind,
    /// When it happened in the world.
    pub occurred_at: Moment,
    /// The server's time now.
    pub now: Moment,
    /// What caused it.
    pub cause: Cause,
}

/// What points are good for. Classes never mix: a lot has one, and no movement goes from one lot to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PointsClass {
    /// Pays for goods.
    #[default]
    Bonus,
    /// Counts towards the customer's status («статусные баллы»); cannot be spent.
    Status,
}

/// What a lot is, its points aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// What its points are good for.
    pub class: PointsClass,
    /// Which partner gave them.
    pub issuer: PartnerId,
    /// When they become spendable.
    pub activates_at: Moment,
    /// When they lapse; never, when absent.
    pub expires_at: Option<Moment>,
    /// Whether the lot has had its grace.
    pub graced: bool,
}
