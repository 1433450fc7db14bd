//! `RegisterReturnWithoutReceipt`.

use crate::{
    domain::{
        refusal::Refusal,
        russian,
        till_document::{TillDocument, named},
    },
    service::return_without_receipt,
    soap::{
        call::{Call, Reply},
        handlers::wire::{self, given},
        messages::pos_1,
    },
};

/// `RegisterReturnWithoutReceipt`.
pub fn register(
    message: pos_1::RegisterReturnWithoutReceipt,
    call: &Call,
) -> Result<return_without_receipt::RegisterReturnWithoutReceipt, Refusal> {
    let back = message.goods_return;
    let identifier = given(back.identifier).map(|text| wire::identifier(&text)).transpose()?;
    Ok(return_without_receipt::RegisterReturnWithoutReceipt {
        context: wire::context(message.context, call),
        document: TillDocument {
            till: named(&back.till),
            store: wire::document_store(back.store),
            shift: named(&back.shift.unwrap_or_default()),
            number: wire::document_number(&back.number)?,
            at: wire::time(back.at),
            fiscal: wire::fiscal(back.fiscal)?,
        },
        identifier,
        reason: back.reason,
        lines: back.lines.line.into_iter().map(wire::line).collect::<Result<_, _>>()?,
    })
}

impl Reply for return_without_receipt::ReturnedWithoutReceipt {
    type Message = pos_1::ReturnWithoutReceiptResult;

    fn reply(&self, _: &Call) -> (String, pos_1::ReturnWithoutReceiptResult) {
        let message = pos_1::ReturnWithoutReceiptResult {
            return_id: Some(self.id.to_string()),
            amount_refund: Some(wire::money(self.amount_refund)),
            points_revoked: Some(wire::points(self.revoked)),
            debt: self.balance.map(|balance| wire::points(balance.debt)),
            balance: self.balance.as_ref().map(wire::balance),
            ..Default::default()
        };
        (format!("Возврат записан. К возврату клиенту {}", russian::roubles(self.amount_refund)), message)
    }
}
