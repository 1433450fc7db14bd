//! The sale, its cancellation, returns.

use crate::{
    domain::{ids::ReceiptId, money::Points, refusal::Refusal, russian},
    service::sale::{CancelReceipt, ReceiptCancelled, ReceiptRegistered, RegisterReceipt},
    soap::{
        call::{Call, Reply},
        handlers::{reservation::reservation_id, wire},
        messages::pos_1,
    },
};

/// `RegisterReceipt`.
pub fn register(message: pos_1::RegisterReceipt, call: &Call) -> Result<RegisterReceipt, Refusal> {
    let reservation = match message.reservation_id.trim() {
        "" => None,
        text => Some(reservation_id(text)?),
    };
    Ok(RegisterReceipt {
        context: wire::context(message.context, call),
        receipt: wire::receipt(message.receipt)?,
        reservation,
        points: Points(message.points_to_spend.0),
    })
}

/// `CancelReceipt`.
pub fn cancel(message: pos_1::CancelReceipt, call: &Call) -> Result<CancelReceipt, Refusal> {
    Ok(CancelReceipt {
        context: wire::context(message.context, call),
        receipt: receipt_id(&message.receipt_id)?,
        reason: message.reason,
    })
}

/// A receipt's id from the wire; what is none of ours is an unknown receipt.
pub(super) fn receipt_id(text: &str) -> Result<ReceiptId, Refusal> {
    text.trim().parse().map(ReceiptId).map_err(|_| Refusal::ReceiptUnknown)
}

impl Reply for ReceiptRegistered {
    type Message = pos_1::ReceiptResult;

    fn reply(&self, _: &Call) -> (String, pos_1::ReceiptResult) {
        let calculation = &self.priced.calculation;
        let available = self.balance.map(|balance| balance.available);
        let message = pos_1::ReceiptResult {
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
        (format!("Чек записан. К оплате {}", russian::roubles(calculation.amount_due)), message)
    }
}

impl Reply for ReceiptCancelled {
    type Message = pos_1::CancelResult;

    fn reply(&self, _: &Call) -> (String, pos_1::CancelResult) {
        let message = pos_1::CancelResult {
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
