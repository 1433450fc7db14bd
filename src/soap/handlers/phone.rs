//! A customer's phone: confirmed and changed.

use crate::{
    domain::refusal::Refusal,
    service::phone::{ChangePhone, PhoneView, SendPhoneCode, VerifyPhone},
    soap::{
        call::{Call, Reply},
        handlers::wire::{self, given},
        messages::{office_1, pos_1},
    },
};

/// `SendPhoneCode`.
pub fn send_code(message: pos_1::SendPhoneCode, call: &Call) -> Result<SendPhoneCode, Refusal> {
    Ok(SendPhoneCode {
        context: wire::context(message.context, call),
        phone: wire::phone(&message.phone)?,
        card: card(message.card_number)?,
    })
}

/// `VerifyPhone`.
pub fn verify(message: pos_1::VerifyPhone, call: &Call) -> Result<VerifyPhone, Refusal> {
    Ok(VerifyPhone {
        context: wire::context(message.context, call),
        phone: wire::phone(&message.phone)?,
        card: card(message.card_number)?,
        code: message.confirmation_code,
    })
}

/// The anonymous card that a phone is for, if one is named.
fn card(number: Option<String>) -> Result<Option<String>, Refusal> {
    given(number).map(|number| wire::card_number(&number)).transpose()
}

/// `ChangePhone`.
pub fn change(message: office_1::ChangePhone, call: &Call) -> Result<ChangePhone, Refusal> {
    Ok(ChangePhone {
        context: wire::office_context(message.context, call),
        identifier: wire::identifier(&message.identifier)?,
        phone: wire::phone(&message.new_phone)?,
        reason: message.reason,
    })
}

impl Reply for PhoneView {
    type Message = pos_1::PhoneCodeResult;

    fn reply(&self, _: &Call) -> (String, pos_1::PhoneCodeResult) {
        let message = pos_1::PhoneCodeResult {
            code_sent_to: self.expires_at.map(|_| self.phone.masked()),
            expires_at: self.expires_at.map(|at| wire::local(at, self.utc_offset_minutes)),
            resend_after: self.resend_after.map(|at| wire::local(at, self.utc_offset_minutes)),
            tries_left: self.tries_left.and_then(|tries| i32::try_from(tries).ok()),
            ..Default::default()
        };
        (self.done.into(), message)
    }
}
