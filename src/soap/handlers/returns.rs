//! Returns against a registered sale.

use crate::{
    domain::{
        money::Quantity,
        refusal::Refusal,
        russian,
        till_document::{TillDocument, named},
    },
    service::returns::{self, Returned},
    soap::{
        call::{Call, Reply},
        handlers::{sale::original, wire},
        messages::pos_1,
    },
};

/// `QuoteReturn`.
pub fn quote(message: pos_1::QuoteReturn, call: &Call) -> Result<returns::QuoteReturn, Refusal> {
    Ok(returns::QuoteReturn { actor: call.actor.clone(), draft: return_draft(message.return_receipt)? })
}

/// `RegisterReturn`.
pub fn register(message: pos_1::RegisterReturn, call: &Call) -> Result<returns::RegisterReturn, Refusal> {
    Ok(returns::RegisterReturn {
        context: wire::context(message.context, call),
        draft: return_draft(message.return_receipt)?,
    })
}

fn return_draft(message: pos_1::ReturnReceipt) -> Result<returns::ReturnDraft, Refusal> {
    let of = original(message.receipt_id, message.original)?;
    let lines =
        message.lines.line.into_iter().map(|line| Ok((wire::line_number(line.number)?, Quantity(line.quantity.0))));
    Ok(returns::ReturnDraft {
        of,
        document: TillDocument {
            till: named(&message.till),
            store: wire::document_store(message.store),
            shift: named(&message.shift.unwrap_or_default()),
            number: wire::document_number(&message.number)?,
            at: wire::time(message.at),
            fiscal: wire::fiscal(message.fiscal)?,
        },
        lines: lines.collect::<Result<_, Refusal>>()?,
    })
}

impl Reply for Returned {
    type Message = pos_1::ReturnResult;

    fn reply(&self, _: &Call) -> (String, pos_1::ReturnResult) {
        let line = self.calculation.lines.iter().map(|line| pos_1::ReturnResultLine {
            number: i32::try_from(line.number).unwrap_or(i32::MAX),
            quantity: wire::quantity(line.quantity),
            amount_refund: wire::money(line.amount_refund),
            points_restored: wire::points(line.points_restored),
            points_revoked: wire::points(line.points_revoked),
            parts: wire::parts(&line.parts),
        });
        let mut slip = Vec::new();
        if self.calculation.points_restored.is_positive() {
            slip.push(format!("Возвращено баллов: {}", russian::figure(self.calculation.points_restored)));
        }
        if self.calculation.points_revoked.is_positive() {
            slip.push(format!("Отозвано баллов: {}", russian::figure(self.calculation.points_revoked)));
        }
        let message = pos_1::ReturnResult {
            return_id: self.id.map(|id| id.to_string()),
            receipt_id: Some(self.receipt.to_string()),
            amount_refund: Some(wire::money(self.calculation.amount_refund)),
            points_revoked: Some(wire::points(self.calculation.points_revoked)),
            points_restored: Some(wire::points(self.calculation.points_restored)),
            debt: self.balance.map(|balance| wire::points(balance.debt)),
            lines: pos_1::ReturnResultLines { line: line.collect() },
            balance: self.balance.as_ref().map(wire::balance),
            slip_lines: pos_1::Texts { text: slip },
            ..Default::default()
        };
        let refund = format!("К возврату клиенту {}", russian::roubles(self.calculation.amount_refund));
        // Read aloud, a calculation must not sound as if the return were done.
        let sentence = if self.id.is_some() { format!("Возврат записан. {refund}") } else { refund };
        (sentence, message)
    }
}
