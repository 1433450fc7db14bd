//! Cancellation by the operation's key, as card processing has reversals: the till that got no answer says «whatever became
//! of it, it shall not be». An operation that was never seen is refused if it comes later.

use crate::{
    domain::{
        account::Balances,
        ids::{ReceiptId, ReservationId},
        money::Points,
        reference::Reference,
        refusal::{Decided, Decision, Refusal},
        reservation::ReservationState,
        sale::SaleState,
    },
    store::set::{StoredAnswer, Touches, WorkingSet},
};

use super::{
    Command, redemption, sale,
    scene::{Context, Scene},
};

/// Cancels whatever an operation did, and the operation itself if it is still on its way.
#[derive(Debug)]
pub struct CancelOperation {
    /// Who, where, when.
    pub context: Context,
    /// The key of this call.
    pub key: String,
    /// The key of the operation.
    pub cancelled: String,
    /// Why.
    pub reason: String,
}

/// How a cancellation found its operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// It had taken effect and was undone now.
    Done,
    /// It had been undone before, or its effect had ended by itself.
    Already,
    /// It had been refused: there was nothing to undo.
    Refused,
    /// It was never seen; it will be refused if it comes.
    NeverSeen,
}

/// A cancelled operation: after it, whatever it found, the operation has no effect.
#[derive(Debug, Clone, Copy)]
pub struct OperationCancelled {
    /// How it was found.
    pub found: Found,
    /// The sale that was cancelled.
    pub receipt: Option<ReceiptId>,
    /// The hold that was let go.
    pub reservation: Option<ReservationId>,
    /// Taken back of what the sale had earned.
    pub revoked: Points,
    /// Given back of what was spent or held.
    pub restored: Points,
    /// The balance afterwards.
    pub balance: Option<Balances>,
}

impl OperationCancelled {
    const fn without_effect(found: Found) -> Self {
        Self { found, receipt: None, reservation: None, revoked: Points::ZERO, restored: Points::ZERO, balance: None }
    }
}

impl Command for CancelOperation {
    type Outcome = OperationCancelled;

    fn touches(&self, _: &Reference, touches: &mut Touches) {
        touches.cancelled.insert((self.context.actor.partner, self.cancelled.clone()));
    }

    fn decide(&self, set: &mut WorkingSet) -> Decision<OperationCancelled> {
        let scene = self.context.scene(set)?;
        if self.cancelled == self.key {
            return Err(Refusal::OperationKeyReused);
        }
        let id = (scene.actor.partner, self.cancelled.clone());
        let Some(stored) = set.operations.get(&id).cloned() else {
            let tombstone = StoredAnswer::tombstone(id.0, id.1.clone(), set.now);
            set.operations.put(id, tombstone);
            return Ok(Decided::Done(OperationCancelled::without_effect(Found::NeverSeen)));
        };
        if stored.is_tombstone() {
            return Ok(Decided::Done(OperationCancelled::without_effect(Found::Already)));
        }
        if stored.code != "OK" {
            return Ok(Decided::Done(OperationCancelled::without_effect(Found::Refused)));
        }
        let subject = stored.subject.ok_or(Refusal::OperationNotCancellable { operation: stored.operation.clone() })?;
        match stored.operation.as_str() {
            "RegisterReceipt" => self.cancel_sale(set, &scene, ReceiptId(subject)),
            _ => self.let_go(set, &scene, ReservationId(subject)),
        }
    }
}

impl CancelOperation {
    fn cancel_sale(&self, set: &mut WorkingSet, scene: &Scene, id: ReceiptId) -> Decision<OperationCancelled> {
        let known = sale::own(set, &scene.actor, id)?;
        if known.state == SaleState::Cancelled {
            let balance = sale::balance(set, known.holder.as_ref());
            let already = OperationCancelled::without_effect(Found::Already);
            return Ok(Decided::Done(OperationCancelled { receipt: Some(id), balance, ..already }));
        }
        let cancelled = sale::cancel(set, scene, id, &self.reason)?;
        Ok(Decided::Done(OperationCancelled {
            found: Found::Done,
            receipt: Some(id),
            reservation: None,
            revoked: cancelled.revoked,
            restored: cancelled.restored,
            balance: cancelled.balance,
        }))
    }

    /// A hold that was spent is not let go: then it is the sale that has to be cancelled, and the refusal says so.
    fn let_go(&self, set: &mut WorkingSet, scene: &Scene, id: ReservationId) -> Decision<OperationCancelled> {
        let hold = redemption::own(set, &scene.actor, id)?;
        let (found, restored) = match hold.state {
            ReservationState::Released | ReservationState::Expired => (Found::Already, Points::ZERO),
            ReservationState::Captured | ReservationState::PartlyCaptured => return Err(Refusal::ReservationCaptured),
            ReservationState::AwaitingCode | ReservationState::Held => {
                redemption::let_go(set, scene, id, &self.reason)?;
                (Found::Done, hold.points)
            }
        };
        let balance = set.accounts.get(&hold.account).map(|account| account.balances);
        let without = OperationCancelled::without_effect(found);
        Ok(Decided::Done(OperationCancelled { reservation: Some(id), restored, balance, ..without }))
    }
}
