//! Reservations.

use crate::{
    domain::{ids::ReservationId, money::Points, refusal::Refusal, reservation::ReservationState},
    service::reservation::{
        ConfirmReservation, GetReservation, ReleaseReservation, ResendCode, ReservationView, ReservePoints,
    },
    soap::{
        call::{Call, Reply},
        handlers::wire,
        messages::pos_1,
    },
};

/// `ReservePoints`.
pub fn reserve(message: pos_1::ReservePoints, call: &Call) -> Result<ReservePoints, Refusal> {
    Ok(ReservePoints {
        context: wire::context(message.context, call),
        receipt: wire::receipt(message.receipt)?,
        points: Points(message.points.0),
    })
}

/// `ConfirmReservation`.
pub fn confirm(message: pos_1::ConfirmReservation, call: &Call) -> Result<ConfirmReservation, Refusal> {
    Ok(ConfirmReservation {
        context: wire::context(message.context, call),
        reservation: reservation_id(&message.reservation_id)?,
        code: message.confirmation_code,
    })
}

/// `ResendCode`.
pub fn resend(message: pos_1::ResendCode, call: &Call) -> Result<ResendCode, Refusal> {
    Ok(ResendCode {
        context: wire::context(message.context, call),
        reservation: reservation_id(&message.reservation_id)?,
    })
}

/// `ReleaseReservation`.
pub fn release(message: pos_1::ReleaseReservation, call: &Call) -> Result<ReleaseReservation, Refusal> {
    Ok(ReleaseReservation {
        context: wire::context(message.context, call),
        reservation: reservation_id(&message.reservation_id)?,
        reason: message.reason,
    })
}

/// `GetReservation`.
pub fn get(message: pos_1::GetReservation, call: &Call) -> Result<GetReservation, Refusal> {
    Ok(GetReservation { actor: call.actor.clone(), reservation: reservation_id(&message.reservation_id)? })
}

/// A reservation's id from the wire. A text that is not an id is an unknown reservation.
pub(super) fn reservation_id(text: &str) -> Result<ReservationId, Refusal> {
    text.trim().parse().map(ReservationId).map_err(|_| Refusal::ReservationUnknown)
}

impl Reply for ReservationView {
    type Message = pos_1::ReservationResult;

    fn reply(&self, _: &Call) -> (String, pos_1::ReservationResult) {
        let hold = &self.hold;
        let open = matches!(hold.state, ReservationState::AwaitingCode | ReservationState::Held);
        let message = pos_1::ReservationResult {
            reservation_id: Some(hold.id.to_string()),
            state: Some(hold.state.word().into()),
            points: Some(wire::points(hold.points)),
            captured: (!open).then(|| wire::points(hold.captured)),
            expires_at: Some(wire::local(hold.expires_at, self.utc_offset_minutes)),
            code_sent_to: self.sent_to.as_ref().map(crate::domain::phone::Phone::masked),
            resend_after: self.resend_after.map(|at| wire::local(at, self.utc_offset_minutes)),
            tries_left: self.tries_left.and_then(|tries| i32::try_from(tries).ok()),
            replaced_reservations: pos_1::ReservationIds {
                reservation_id: self.replaced.iter().map(ToString::to_string).collect(),
            },
            ..Default::default()
        };
        (self.done.clone(), message)
    }
}
