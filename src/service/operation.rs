//! Cancellation by the operation's key, like a reversal in card processing: for a till that got no answer. An operation
//! that was never seen is refused if it arrives later.

use crate::{
    domain::{
        account::Balances,
        ids::{ReceiptId, ReservationId},
        moment::Moment,
        money::Points,
        reference::{Actor, Reference},
        refusal::{Decided, Decision, Refusal},
        reservation::ReservationState,
        sale::SaleState,
    },
    service::{
        context::{Context, ResolvedContext},
        reservation, sale,
    },
    working_set::{StoredAnswer, Subject, Touches, WorkingSet, command::Command},
};

/// Cancels an operation's effect, and the operation itself if it has not arrived yet.
#[derive(Debug)]
pub struct CancelOperation {
    /// The caller, the till and the time.
    pub context: Context,
    /// The key of this call.
    pub key: String,
    /// The key of the operation.
    pub cancelled: String,
    /// The reason.
    pub reason: String,
}

/// The state in which a cancellation found the operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CancelOutcome {
    /// It had taken effect; the effect is undone now.
    Done,
    /// Its effect was undone before or had ended.
    Already,
    /// It was refused: there is nothing to undo.
    Refused,
    /// It was never seen; it will be refused if it arrives.
    NeverSeen,
}

/// A cancelled operation. In every case the operation has no effect afterwards.
#[derive(Debug, Clone, Copy)]
pub struct OperationCancelled {
    /// The state in which it was found.
    pub found: CancelOutcome,
    /// The cancelled sale.
    pub receipt: Option<ReceiptId>,
    /// The released hold.
    pub reservation: Option<ReservationId>,
    /// Revoked of the points that the sale had earned.
    pub revoked: Points,
    /// Restored of the points that were spent or held.
    pub restored: Points,
    /// The balance afterwards.
    pub balance: Option<Balances>,
}

impl OperationCancelled {
    const fn without_effect(found: CancelOutcome) -> Self {
        Self { found, receipt: None, reservation: None, revoked: Points::ZERO, restored: Points::ZERO, balance: None }
    }
}

impl Command for CancelOperation {
    type Outcome = OperationCancelled;

    fn touches(&self, _: &Reference, touches: &mut Touches) {
        touches.cancelled((self.context.actor.partner, self.cancelled.clone()));
    }

    fn decide(&self, set: &mut WorkingSet) -> Decision<OperationCancelled> {
        let context = self.context.resolve(set)?;
        if self.cancelled == self.key {
            return Err(Refusal::OperationKeyReused);
        }
        let id = (context.actor.partner, self.cancelled.clone());
        let Some(stored) = set.operations.get(&id).cloned() else {
            // Its answer may be forgotten while the sale stands: the sale knows its key.
            if let Some(sale) = set.receipt_by_operation(id.0, &id.1).map(|sale| sale.id) {
                return self.cancel_sale(set, &context, sale);
            }
            let tombstone = StoredAnswer::tombstone(id.0, id.1.clone(), set.now);
            set.operations.put(id, tombstone);
            return Ok(Decided::Done(OperationCancelled::without_effect(CancelOutcome::NeverSeen)));
        };
        if stored.is_tombstone() {
            return Ok(Decided::Done(OperationCancelled::without_effect(CancelOutcome::Already)));
        }
        if stored.code != "OK" {
            return Ok(Decided::Done(OperationCancelled::without_effect(CancelOutcome::Refused)));
        }
        let subject = stored.subject.ok_or(Refusal::OperationNotCancellable { operation: stored.operation.clone() })?;
        match subject {
            Subject::Sale(id) => self.cancel_sale(set, &context, id),
            Subject::Reservation(id) => self.let_go(set, &context, id),
        }
    }
}

impl CancelOperation {
    fn cancel_sale(
        &self,
        set: &mut WorkingSet,
        context: &ResolvedContext,
        id: ReceiptId,
    ) -> Decision<OperationCancelled> {
        let known = sale::own(set, &context.actor, id)?;
        if known.state == SaleState::Cancelled {
            let balance = sale::balance(set, known.holder.as_ref());
            let already = OperationCancelled::without_effect(CancelOutcome::Already);
            return Ok(Decided::Done(OperationCancelled { receipt: Some(id), balance, ..already }));
        }
        let cancelled = sale::cancel(set, context, id, &self.reason)?;
        Ok(Decided::Done(OperationCancelled {
            found: CancelOutcome::Done,
            receipt: Some(id),
            reservation: None,
            revoked: cancelled.revoked,
            restored: cancelled.restored,
            balance: cancelled.balance,
        }))
    }

    /// A captured hold is not released: the sale has to be cancelled instead, and the refusal says so.
    fn let_go(
        &self,
        set: &mut WorkingSet,
        context: &ResolvedContext,
        id: ReservationId,
    ) -> Decision<OperationCancelled> {
        let hold = reservation::own(set, &context.actor, id)?;
        let (found, restored) = match hold.state {
            ReservationState::Released | ReservationState::Expired => (CancelOutcome::Already, Points::ZERO),
            ReservationState::Captured | ReservationState::PartlyCaptured => return Err(Refusal::ReservationCaptured),
            ReservationState::AwaitingCode | ReservationState::Held => {
                reservation::let_go(set, context, id, &self.reason)?;
                (CancelOutcome::Done, hold.points)
            }
        };
        let balance = set.accounts.get(&hold.account).map(|account| account.balances);
        let without = OperationCancelled::without_effect(found);
        Ok(Decided::Done(OperationCancelled { reservation: Some(id), restored, balance, ..without }))
    }
}

/// Reads the stored answer to an operation.
#[derive(Debug)]
pub struct GetOperation {
    /// The caller; keys of other partners are not visible.
    pub actor: Actor,
    /// The key.
    pub key: String,
}

/// What became of an operation.
#[derive(Debug, Clone)]
pub enum OperationFound {
    /// Its answer, or that it was cancelled before it came.
    Answered(StoredAnswer),
    /// It registered this sale; its answer is not kept any more.
    Sale {
        /// The sale.
        id: ReceiptId,
        /// Whether it was cancelled since.
        is_cancelled: bool,
        /// When it was registered.
        recorded_at: Moment,
    },
    /// It was never seen, or nothing of it is kept.
    Nothing,
}

impl Command for GetOperation {
    type Outcome = OperationFound;

    fn touches(&self, _: &Reference, touches: &mut Touches) {
        // A sale knows its key when the answer is forgotten.
        touches.cancelled((self.actor.partner, self.key.clone()));
    }

    fn decide(&self, set: &mut WorkingSet) -> Decision<OperationFound> {
        Ok(Decided::Done(match set.operations.get(&(self.actor.partner, self.key.clone())).cloned() {
            Some(stored) if stored.body.is_none() => return Err(Refusal::CustomerErased),
            Some(stored) => OperationFound::Answered(stored),
            None => match set.receipt_by_operation(self.actor.partner, &self.key) {
                Some(sale) => OperationFound::Sale {
                    id: sale.id,
                    is_cancelled: sale.state == SaleState::Cancelled,
                    recorded_at: sale.recorded_at,
                },
                None => OperationFound::Nothing,
            },
        }))
    }
}
