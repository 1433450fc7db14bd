//! The sale, its cancellation, returns.

use chrono::NaiveDate;

use crate::{
    domain::{
        ids::ReceiptId,
        moment::days_between,
        money::{Points, Quantity},
        refusal::Refusal,
        spoken,
    },
    service::{
        cancellation::{CancelOperation, Found, OperationCancelled},
        free_return,
        sale::{Cancel, Cancelled, Register, Registered},
        takeback::{self, Original, Returned},
    },
    soap::{
        messages::pos,
        operations::{Call, Reply},
    },
};

use super::{
    redemption::reservation_id,
    wire::{self, given},
};

/// `RegisterReceipt`.
pub fn register(message: pos::RegisterReceipt, call: &Call) -> Result<Register, Refusal> {
    let reservation = match message.reservation_id.trim() {
        "" => None,
        text => Some(reservation_id(text)?),
    };
    Ok(Register {
        context: wire::context(message.context, call),
        receipt: wire::receipt(message.receipt)?,
        reservation,
        points: Points(message.points_to_spend.0),
    })
}

/// `CancelReceipt`.
pub fn cancel(message: pos::CancelReceipt, call: &Call) -> Result<Cancel, Refusal> {
    Ok(Cancel {
        context: wire::context(message.context, call),
        receipt: receipt_id(&message.receipt_id)?,
        reason: message.reason,
    })
}

/// `CancelOperation`.
pub fn cancel_operation(message: pos::CancelOperation, call: &Call) -> Result<CancelOperation, Refusal> {
    Ok(CancelOperation {
        key: message.context.operation_key.clone(),
        context: wire::context(message.context, call),
        cancelled: message.cancelled_key,
        reason: message.reason,
    })
}

/// `RegisterReturnWithoutReceipt`.
pub fn register_free_return(
    message: pos::RegisterReturnWithoutReceipt,
    call: &Call,
) -> Result<free_return::Register, Refusal> {
    let back = message.goods_return;
    let identifier = given(back.identifier).map(|text| wire::identifier(&text)).transpose()?;
    Ok(free_return::Register {
        context: wire::context(message.context, call),
        store: given(back.store),
        till: back.till,
        shift: back.shift.unwrap_or_default(),
        number: back.number,
        at: wire::time(back.at),
        identifier,
        reason: back.reason,
        lines: back.lines.line.into_iter().map(wire::line).collect::<Result<_, _>>()?,
        fiscal: back.fiscal.map(wire::fiscal),
    })
}

/// `QuoteReturn`.
pub fn quote_return(message: pos::QuoteReturn, call: &Call) -> Result<takeback::Quote, Refusal> {
    Ok(takeback::Quote { actor: call.actor.clone(), draft: return_draft(message.return_receipt)? })
}

/// `RegisterReturn`.
pub fn register_return(message: pos::RegisterReturn, call: &Call) -> Result<takeback::Register, Refusal> {
    Ok(takeback::Register {
        context: wire::context(message.context, call),
        draft: return_draft(message.return_receipt)?,
    })
}

/// A receipt's id from the wire; what is none of ours is an unknown receipt.
fn receipt_id(text: &str) -> Result<ReceiptId, Refusal> {
    text.trim().parse().map(ReceiptId).map_err(|_| Refusal::ReceiptUnknown)
}

fn return_draft(message: pos::ReturnReceipt) -> Result<takeback::Draft, Refusal> {
    let of = match (given(message.receipt_id), message.original) {
        (Some(id), _) => Original::Receipt(receipt_id(&id)?),
        (None, Some(original)) => Original::Named {
            till: original.till,
            local_day: days_between(NaiveDate::default(), original.date.0),
            shift: original.shift.unwrap_or_default(),
            number: original.number,
        },
        (None, None) => return Err(Refusal::ReceiptUnknown),
    };
    let lines =
        message.lines.line.into_iter().map(|line| Ok((wire::line_number(line.number)?, Quantity(line.quantity.0))));
    Ok(takeback::Draft {
        of,
        store: given(message.store),
        till: message.till,
        shift: message.shift.unwrap_or_default(),
        number: message.number,
        at: wire::time(message.at),
        lines: lines.collect::<Result<_, Refusal>>()?,
        fiscal: message.fiscal.map(wire::fiscal),
    })
}

impl Reply for Registered {
    type Message = pos::ReceiptResult;

    fn reply(&self, _: &Call) -> (String, pos::ReceiptResult) {
        let calculation = &self.priced.calculation;
        let available = self.balance.map(|balance| balance.available);
        let message = pos::ReceiptResult {
            receipt_id: self.id.map(|id| id.to_string()),
            points_earned: Some(wire::points(calculation.points_to_earn)),
            points_spent: Some(wire::points(self.spent)),
            points_released: Some(wire::points(self.released)),
            quote_id: Some(self.priced.quote_id.clone()),
            lines: wire::result_lines(calculation),
            amount_due: Some(wire::money(calculation.amount_due)),
            balance: self.balance.as_ref().map(wire::balance),
            slip_lines: wire::slip(calculation.points_to_earn, self.spent, available),
            ..Default::default()
        };
        (format!("Чек записан. К оплате {}", spoken::roubles(calculation.amount_due)), message)
    }
}

impl Reply for Cancelled {
    type Message = pos::CancelResult;

    fn reply(&self, _: &Call) -> (String, pos::CancelResult) {
        let message = pos::CancelResult {
            receipt_id: Some(self.id.to_string()),
            points_revoked: Some(wire::points(self.revoked)),
            points_restored: Some(wire::points(self.restored)),
            debt: self.balance.map(|balance| wire::points(balance.debt)),
            balance: self.balance.as_ref().map(wire::balance),
            ..Default::default()
        };
        ("Чек отменён.".into(), message)
    }
}

impl Reply for OperationCancelled {
    type Message = pos::CancelOperationResult;

    fn reply(&self, _: &Call) -> (String, pos::CancelOperationResult) {
        let (outcome, sentence) = match self.found {
            Found::Done if self.receipt.is_some() => ("done", "Чек отменён."),
            Found::Done => ("done", "Резерв снят."),
            Found::Already => ("already", "Операция уже отменена."),
            Found::Refused => ("refused", "Операция была отказана, отменять нечего."),
            Found::NeverSeen => ("never_seen", "Операция не поступала; если поступит, будет отказана."),
        };
        let message = pos::CancelOperationResult {
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

impl Reply for free_return::Returned {
    type Message = pos::ReturnWithoutReceiptResult;

    fn reply(&self, _: &Call) -> (String, pos::ReturnWithoutReceiptResult) {
        let message = pos::ReturnWithoutReceiptResult {
            return_id: Some(self.id.to_string()),
            amount_refund: Some(wire::money(self.amount_refund)),
            points_revoked: Some(wire::points(self.revoked)),
            debt: self.balance.map(|balance| wire::points(balance.debt)),
            balance: self.balance.as_ref().map(wire::balance),
            ..Default::default()
        };
        (format!("Вернуть клиенту {}", spoken::roubles(self.amount_refund)), message)
    }
}

impl Reply for Returned {
    type Message = pos::ReturnResult;

    fn reply(&self, _: &Call) -> (String, pos::ReturnResult) {
        let line = self.calculation.lines.iter().map(|line| pos::ReturnResultLine {
            number: i32::try_from(line.number).unwrap_or(i32::MAX),
            quantity: wire::quantity(line.quantity),
            amount_refund: wire::money(line.amount_refund),
            points_restored: wire::points(line.points_restored),
            points_revoked: wire::points(line.points_revoked),
        });
        let mut slip = Vec::new();
        if self.calculation.points_restored.is_positive() {
            slip.push(format!("Возвращено баллов: {}", self.calculation.points_restored));
        }
        if self.revoked.is_positive() {
            slip.push(format!("Отозвано баллов: {}", self.revoked));
        }
        let message = pos::ReturnResult {
            return_id: self.id.map(|id| id.to_string()),
            receipt_id: Some(self.receipt.to_string()),
            amount_refund: Some(wire::money(self.calculation.amount_refund)),
            points_revoked: Some(wire::points(self.revoked)),
            points_restored: Some(wire::points(self.calculation.points_restored)),
            debt: self.balance.map(|balance| wire::points(balance.debt)),
            lines: pos::ReturnResultLines { line: line.collect() },
            balance: self.balance.as_ref().map(wire::balance),
            slip_lines: pos::Texts { text: slip },
            ..Default::default()
        };
        (format!("Вернуть клиенту {}", spoken::roubles(self.calculation.amount_refund)), message)
    }
}
