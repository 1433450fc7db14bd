//! The quote and the hold.

use zeroize::Zeroizing;

use crate::{
    domain::{ids::ReservationId, money::Points, refusal::Refusal, reservation::ReservationState, spoken},
    service::{
        pricing::Priced,
        redemption::{Confirm, Get, HoldView, Quote, Quoted, Release, Resend, Reserve},
    },
    soap::{
        messages::pos,
        operations::{Call, Reply},
    },
};

use super::wire;

/// `QuoteReceipt`.
pub fn quote(message: pos::QuoteReceipt, call: &Call) -> Result<Quote, Refusal> {
    Ok(Quote {
        actor: call.actor.clone(),
        receipt: wire::receipt(message.receipt)?,
        wanted: Points(message.points_wanted.0),
    })
}

/// `ReservePoints`.
pub fn reserve(message: pos::ReservePoints, call: &Call) -> Result<Reserve, Refusal> {
    Ok(Reserve {
        context: wire::context(message.context, call),
        receipt: wire::receipt(message.receipt)?,
        points: Points(message.points.0),
    })
}

/// `ConfirmReservation`.
pub fn confirm(message: pos::ConfirmReservation, call: &Call) -> Result<Confirm, Refusal> {
    Ok(Confirm {
        context: wire::context(message.context, call),
        reservation: reservation_id(&message.reservation_id)?,
        code: Zeroizing::new(message.confirmation_code),
    })
}

/// `ResendCode`.
pub fn resend(message: pos::ResendCode, call: &Call) -> Result<Resend, Refusal> {
    Ok(Resend { context: wire::context(message.context, call), reservation: reservation_id(&message.reservation_id)? })
}

/// `ReleaseReservation`.
pub fn release(message: pos::ReleaseReservation, call: &Call) -> Result<Release, Refusal> {
    Ok(Release {
        context: wire::context(message.context, call),
        reservation: reservation_id(&message.reservation_id)?,
        reason: message.reason,
    })
}

/// `GetReservation`.
pub fn get(message: pos::GetReservation, call: &Call) -> Result<Get, Refusal> {
    Ok(Get { actor: call.actor.clone(), reservation: reservation_id(&message.reservation_id)? })
}

/// A hold's id from the wire; what is none of ours is an unknown hold.
pub(super) fn reservation_id(text: &str) -> Result<ReservationId, Refusal> {
    text.trim().parse().map(ReservationId).map_err(|_| Refusal::ReservationUnknown)
}

impl Reply for Quoted {
    type Message = pos::QuoteResult;

    fn reply(&self, _: &Call) -> (String, pos::QuoteResult) {
        let priced = &self.priced;
        let calculation = &priced.calculation;
        let code_required = priced.rules.as_ref().is_some_and(|rules| rules.code_required);
        let message = pos::QuoteResult {
            quote_id: Some(priced.quote_id.clone()),
            lines: wire::result_lines(calculation),
            amount_due: Some(wire::money(calculation.amount_due)),
            discount_total: Some(wire::money(calculation.discount_total)),
            points_to_earn: Some(wire::points(calculation.points_to_earn)),
            points_available: Some(wire::points(priced.available)),
            points_max: Some(wire::points(calculation.points_max)),
            code_required: Some(code_required),
            cashier_messages: pos::Texts { text: for_cashier(priced) },
            slip_lines: wire::slip(calculation.points_to_earn, calculation.points_applied, None),
            explanations: pos::Texts { text: calculation.reasons.iter().map(|reason| format!("{reason}.")).collect() },
            ..Default::default()
        };
        (format!("К оплате {}", spoken::roubles(calculation.amount_due)), message)
    }
}

/// What the cashier may offer or has to say.
fn for_cashier(priced: &Priced) -> Vec<String> {
    let calculation = &priced.calculation;
    let mut texts = Vec::new();
    if priced.holder.is_none() {
        texts.push("Предложите карту: с ней покупка приносит баллы.".to_owned());
    }
    if let Some(refusal) = &priced.no_spending {
        texts.push(refusal.to_string());
    } else if calculation.points_applied.is_zero() && calculation.points_max.is_positive() {
        texts.push(format!("Предложите списать до {}.", spoken::points(calculation.points_max)));
    }
    if calculation.points_to_earn.is_positive() {
        texts.push(format!("За покупку будет начислено {}.", spoken::points(calculation.points_to_earn)));
    }
    texts
}

impl Reply for HoldView {
    type Message = pos::ReservationResult;

    fn reply(&self, _: &Call) -> (String, pos::ReservationResult) {
        let hold = &self.hold;
        let open = matches!(hold.state, ReservationState::AwaitingCode | ReservationState::Held);
        let message = pos::ReservationResult {
            reservation_id: Some(hold.id.to_string()),
            state: Some(hold.state.word().into()),
            points: Some(wire::points(hold.points)),
            captured: (!open).then(|| wire::points(hold.captured)),
            expires_at: Some(wire::local(hold.expires_at, self.utc_offset_minutes)),
            code_sent_to: self.sent_to.as_ref().map(crate::domain::phone::Phone::masked),
            resend_after: self.resend_after.map(|at| wire::local(at, self.utc_offset_minutes)),
            tries_left: self.tries_left.and_then(|tries| i32::try_from(tries).ok()),
            ..Default::default()
        };
        (self.done.into(), message)
    }
}
