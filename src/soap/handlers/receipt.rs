//! `QuoteReceipt`.

use crate::{
    domain::{money::Points, refusal::Refusal, russian},
    service::receipt::{Priced, QuoteReceipt, ReceiptQuoted},
    soap::{
        call::{Call, Reply},
        handlers::wire,
        messages::pos_1,
    },
};

/// `QuoteReceipt`.
pub fn quote(message: pos_1::QuoteReceipt, call: &Call) -> Result<QuoteReceipt, Refusal> {
    Ok(QuoteReceipt {
        actor: call.actor.clone(),
        receipt: wire::receipt(message.receipt)?,
        wanted: Points(message.points_wanted.0),
    })
}

impl Reply for ReceiptQuoted {
    type Message = pos_1::QuoteResult;

    fn reply(&self, _: &Call) -> (String, pos_1::QuoteResult) {
        let priced = &self.priced;
        let calculation = &priced.calculation;
        let code_required = priced.rules.as_ref().is_some_and(|rules| rules.code_required);
        let message = pos_1::QuoteResult {
            quote_id: Some(priced.quote_id.clone()),
            lines: wire::result_lines(calculation),
            amount_due: Some(wire::money(calculation.amount_due)),
            discount_total: Some(wire::money(calculation.discount_total)),
            points_to_earn: Some(wire::points(calculation.points_to_earn)),
            points_available: Some(wire::points(priced.available)),
            points_max: Some(wire::points(calculation.points_max)),
            code_required: Some(code_required),
            cashier_messages: pos_1::Texts { text: for_cashier(priced) },
            slip_lines: wire::slip(calculation.points_to_earn, calculation.points_applied, None),
            explanations: pos_1::Texts {
                text: calculation.reasons.iter().map(|reason| format!("{reason}.")).collect(),
            },
            coupon_results: wire::coupon_results(&priced.claims),
            offer_results: wire::offer_results(&priced.claims),
            ..Default::default()
        };
        (format!("К оплате {}", russian::roubles(calculation.amount_due)), message)
    }
}

/// What a cashier reads where a receipt is so old that it earns nothing.
pub(super) const LAPSED: &str = "Срок баллов за этот чек уже прошёл, они не начисляются. Проверьте дату кассы.";

/// Messages for the cashier.
fn for_cashier(priced: &Priced) -> Vec<String> {
    let calculation = &priced.calculation;
    let mut texts = wire::told(&priced.claims);
    if priced.holder.is_none() {
        texts.push("Предложите карту: с ней покупка приносит баллы.".to_owned());
    }
    if let Some(refusal) = &priced.no_spending {
        texts.push(refusal.to_string());
    } else if calculation.points_applied.is_zero() && calculation.points_max.is_positive() {
        texts.push(format!("Предложите списать до {}.", russian::points(calculation.points_max)));
    }
    if priced.has_lapsed {
        texts.push(LAPSED.to_owned());
    }
    if calculation.points_to_earn.is_positive() {
        texts.push(format!("За покупку будет начислено {}.", russian::points(calculation.points_to_earn)));
    }
    texts
}
