//! Consents.

use crate::{
    domain::refusal::Refusal,
    service::consent::{ChangeConsent, ConsentChanged, Given},
    soap::{
        call::{Call, Reply},
        handlers::wire::{self, given},
        messages::pos_1,
    },
};

/// `GiveConsent`.
pub fn give(message: pos_1::GiveConsent, call: &Call) -> Result<ChangeConsent, Refusal> {
    let consent = message.consent;
    Ok(ChangeConsent {
        context: wire::context(message.context, call),
        identifier: wire::identifier(&message.identifier)?,
        purpose: consent.purpose,
        channel: consent.channel,
        given: Some(Given { text_hash: consent.text_hash, evidence: given(consent.evidence) }),
    })
}

/// `WithdrawConsent`.
pub fn withdraw(message: pos_1::WithdrawConsent, call: &Call) -> Result<ChangeConsent, Refusal> {
    Ok(ChangeConsent {
        context: wire::context(message.context, call),
        identifier: wire::identifier(&message.identifier)?,
        purpose: message.purpose,
        channel: message.channel,
        given: None,
    })
}

impl Reply for ConsentChanged {
    type Message = pos_1::SimpleResult;

    fn reply(&self, _: &Call) -> (String, pos_1::SimpleResult) {
        let sentence = if self.given {
            "Согласие записано."
        } else {
            "Отзыв согласия записан."
        };
        (sentence.into(), pos_1::SimpleResult::default())
    }
}
