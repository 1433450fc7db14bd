//! `GetOperation` and `CancelOperation`.

use crate::{
    domain::{refusal::Refusal, spelling::operation_key},
    service::operation::{CancelOperation, CancelOutcome, GetOperation, OperationCancelled, OperationFound},
    soap::{
        call::{Call, Reply},
        codec,
        handlers::wire::{self, local},
        messages::pos_1,
    },
};

/// `GetOperation`.
pub fn get(message: pos_1::GetOperation, call: &Call) -> Result<GetOperation, Refusal> {
    Ok(GetOperation { actor: call.actor.clone(), key: operation_key(&message.operation_key) })
}

impl Reply for OperationFound {
    type Message = pos_1::OperationResult;

    fn reply(&self, call: &Call) -> (String, pos_1::OperationResult) {
        let time = |moment| local(moment, call.actor.utc_offset_minutes);
        let stored = match self {
            Self::Answered(stored) => stored,
            Self::Sale { id, is_cancelled, recorded_at } => {
                let what = if *is_cancelled { "записан и отменён" } else { "записан" };
                let message = pos_1::OperationResult {
                    found: true,
                    operation: Some("RegisterReceipt".into()),
                    recorded_at: Some(time(*recorded_at)),
                    ..Default::default()
                };
                let sentence = format!("Чек {id} {what}, первый ответ уже не хранится. Найдите сам чек.");
                return (sentence, message);
            }
            Self::Nothing => {
                let sentence = "Операция не выполнялась. Запрос можно отправить ещё раз.".into();
                return (sentence, pos_1::OperationResult::default());
            }
        };
        if stored.is_tombstone() {
            let sentence = "Операция отменена раньше, чем поступила, и выполнена не будет.".into();
            return (sentence, pos_1::OperationResult::default());
        }
        let message = pos_1::OperationResult {
            found: true,
            operation: Some(stored.operation.clone()),
            recorded_at: Some(time(stored.recorded_at)),
            answer: stored
                .body
                .as_deref()
                .map(|body| codec::standing_alone(body, (call.namespace_of)(&stored.operation))),
            ..Default::default()
        };
        ("Операция уже выполнена.".into(), message)
    }
}

/// `CancelOperation`.
pub fn cancel(message: pos_1::CancelOperation, call: &Call) -> Result<CancelOperation, Refusal> {
    Ok(CancelOperation {
        key: operation_key(&message.context.operation_key),
        context: wire::context(message.context, call),
        cancelled: operation_key(&message.cancelled_key),
        reason: message.reason,
    })
}

impl Reply for OperationCancelled {
    type Message = pos_1::CancelOperationResult;

    fn reply(&self, _: &Call) -> (String, pos_1::CancelOperationResult) {
        let (outcome, sentence) = match self.found {
            CancelOutcome::Done if self.receipt.is_some() => ("done", "Чек отменён."),
            CancelOutcome::Done => ("done", "Резерв снят."),
            CancelOutcome::Already => ("already", "Операция уже отменена."),
            CancelOutcome::Refused => ("refused", "Операция была отклонена, отменять нечего."),
            CancelOutcome::NeverSeen => ("never_seen", "Операция не поступала; если поступит, будет отклонена."),
        };
        let message = pos_1::CancelOperationResult {
            outcome: Some(outcome.into()),
            receipt_id: self.receipt.map(|id| id.to_string()),
            reservation_id: self.reservation.map(|id| id.to_string()),
            points_revoked: Some(wire::points(self.revoked)),
            points_restored: Some(wire::points(self.restored)),
            balance: self.balance.as_ref().map(wire::balance),
            ..Default::default()
        };
        (sentence.into(), message)
    }
}
