//! A page of the customer's statement: its request and its lines, one for each step of the journal.

use std::collections::HashMap;

use crate::domain::{
    account::{Balances, Bucket, Cause, Movement, MovementKind},
    ids::{ProgrammeId, ReceiptId},
    moment::Moment,
    phone::Identifier,
};

/// A requested page: the lines before a step, the latest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementPage {
    /// The customer's identifier.
    pub identifier: Identifier,
    /// The programme.
    pub programme: ProgrammeId,
    /// The start.
    pub from: Moment,
    /// The end, excluded.
    pub to: Moment,
    /// Only steps before this one.
    pub before_step: Option<i64>,
    /// The most lines.
    pub lines_max: i64,
}

/// A line of the statement: the movements of one step.
#[derive(Debug, Clone)]
pub struct StatementLine {
    /// The step.
    pub step: i64,
    /// The time of the operation.
    pub occurred_at: Moment,
    /// The kind of movement.
    pub kind: MovementKind,
    /// The change of the available points.
    pub available_change: i64,
    /// The change of the pending points.
    pub pending_change: i64,
    /// The change of the status points.
    pub status_change: i64,
    /// How many points were moved.
    pub moved: i64,
    /// Available afterwards.
    pub available_after: i64,
    /// The cause.
    pub cause: Cause,
    /// The till's number of the receipt.
    pub receipt_number: Option<String>,
}

impl StatementPage {
    /// Whether a movement is on this page or on a later one.
    #[must_use]
    pub fn has(&self, movement: &Movement) -> bool {
        let in_period = (self.from..self.to).contains(&movement.occurred_at);
        in_period && self.before_step.is_none_or(|before| movement.step < before)
    }
}

impl StatementLine {
    /// The lines that movements make, the latest first. `movements` are in the order of the journal.
    #[must_use]
    pub fn of<'a>(
        movements: impl IntoIterator<Item = &'a Movement>,
        receipt_numbers: &HashMap<ReceiptId, String>,
    ) -> Vec<Self> {
        let mut lines: Vec<Self> = Vec::new();
        for movement in movements {
            let points = movement.points.0;
            // A merge moves lots of many sales at once, so its line names no sale.
            let is_merge = movement.kind == MovementKind::Merge;
            let is_owned = matches!(movement.to, Bucket::Pending | Bucket::Available | Bucket::Reserved);
            // A return may give one lot back what it takes of another.
            let signed = if movement.from == Bucket::Revoked { points.saturating_neg() } else { points };
            let moved = if is_merge && !is_owned { 0 } else { signed };
            let receipt = movement.cause.receipt.filter(|_| !is_merge);
            let status = |bucket: Bucket| if bucket == Bucket::Status { points } else { 0 };
            let status_change = status(movement.to).saturating_sub(status(movement.from));
            let mut change = Balances::default();
            change.shift(movement.from, movement.points.negated());
            change.shift(movement.to, movement.points);
            match lines.last_mut() {
                Some(line) if line.step == movement.step => {
                    line.available_change = line.available_change.saturating_add(change.available.0);
                    line.pending_change = line.pending_change.saturating_add(change.pending.0);
                    line.status_change = line.status_change.saturating_add(status_change);
                    line.moved = line.moved.saturating_add(moved);
                    line.available_after = movement.available_after.0;
                }
                Some(_) | None => lines.push(Self {
                    step: movement.step,
                    occurred_at: movement.occurred_at,
                    kind: movement.kind,
                    available_change: change.available.0,
                    pending_change: change.pending.0,
                    status_change,
                    moved,
                    available_after: movement.available_after.0,
                    receipt_number: receipt.and_then(|id| receipt_numbers.get(&id).cloned()),
                    cause: movement.cause.clone(),
                }),
            }
        }
        lines.reverse();
        lines
    }
}
