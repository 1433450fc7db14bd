//! Confirms a customer's phone by a code.

use zeroize::Zeroizing;

use crate::{
    domain::{
        code::{CodeState, Purpose, Trial},
        ids::CustomerId,
        moment::{Moment, Span},
        phone::Phone,
        reference::Reference,
        refusal::{Decided, Decision, Refusal},
    },
    service::{
        code::{self, Sending},
        context::{Context, ResolvedContext},
    },
    working_set::{Part, Touches, WorkingSet, command::Command},
};

/// The lifetime of a code that confirms a phone.
const PHONE_CODE_TTL: Span = Span::minutes(10);
/// The tries for a code that confirms a phone.
const PHONE_CODE_TRIES: i64 = 3;

/// Sends a code that confirms a customer's phone.
#[derive(Debug)]
pub struct SendPhoneCode {
    /// The caller, the till and the time.
    pub context: Context,
    /// The phone.
    pub phone: Phone,
}

/// Confirms a phone by the code.
#[derive(Debug)]
pub struct VerifyPhone {
    /// The caller, the till and the time.
    pub context: Context,
    /// The phone.
    pub phone: Phone,
    /// The entered code.
    pub code: Zeroizing<String>,
}

/// A code that was sent, or a phone that was confirmed.
#[derive(Debug, Clone)]
pub struct PhoneView {
    /// The phone.
    pub phone: Phone,
    /// The code's expiry; `None` once it was used.
    pub expires_at: Option<Moment>,
    /// When another code may be sent.
    pub resend_after: Option<Moment>,
    /// How many tries are left.
    pub tries_left: Option<i64>,
    /// The store's offset from UTC in minutes.
    pub utc_offset_minutes: i32,
    /// What was done, in Russian.
    pub done: &'static str,
}

/// The customer of a phone that is not confirmed yet.
///
/// # Errors
/// Nobody has the phone, or it is confirmed.
fn unconfirmed(phone: &Phone, context: &ResolvedContext, set: &WorkingSet) -> Result<CustomerId, Refusal> {
    let customer = set.customer_by_phone(context.actor.programme, phone).ok_or(Refusal::CustomerUnknown)?;
    if customer.phone_confirmed_at.is_some() { Err(Refusal::PhoneConfirmed) } else { Ok(customer.id) }
}

impl Command for SendPhoneCode {
    type Outcome = PhoneView;

    fn touches(&self, reference: &Reference, touches: &mut Touches) {
        touches.phone(self.phone.clone());
        touches.want(Part::Codes);
        if let Some(place) = self.context.place_in(reference) {
            touches.code_till(place.till);
        }
    }

    fn decide(&self, set: &mut WorkingSet) -> Decision<PhoneView> {
        let context = self.context.resolve(set)?;
        let id = unconfirmed(&self.phone, &context, set)?;
        set.concerned = Some(id);
        let mut tries_left = PHONE_CODE_TRIES;
        if let Some(last) = set.latest_code(id, Purpose::Phone) {
            last.may_follow(set.settings.resend_after, set.now)?;
            // The tries of a valid code carry over: a resend does not reset them.
            if last.state == CodeState::Sent && last.expires_at > set.now {
                tries_left = last.tries_left;
            }
        }
        code::send(
            set,
            context.place.till,
            Sending {
                customer: id,
                purpose: Purpose::Phone,
                confirms: confirms(id, &self.phone),
                ttl: PHONE_CODE_TTL,
                tries_left,
                text: &|code: &str| format!("Код {code} для подтверждения телефона в программе лояльности."),
            },
        )?;
        let code = set.latest_code(id, Purpose::Phone).ok_or(Refusal::CodeNotSent)?;
        Ok(Decided::Done(PhoneView {
            phone: self.phone.clone(),
            expires_at: Some(code.expires_at),
            resend_after: Some(code.sent_at.after(set.settings.resend_after)),
            tries_left: Some(code.tries_left),
            utc_offset_minutes: context.place.store.utc_offset_minutes,
            done: "Код отправлен.",
        }))
    }
}

impl Command for VerifyPhone {
    type Outcome = PhoneView;

    fn touches(&self, _: &Reference, touches: &mut Touches) {
        touches.phone(self.phone.clone());
        touches.want(Part::Codes);
    }

    fn decide(&self, set: &mut WorkingSet) -> Decision<PhoneView> {
        let context = self.context.resolve(set)?;
        let id = unconfirmed(&self.phone, &context, set)?;
        set.concerned = Some(id);
        let sent = set.latest_code(id, Purpose::Phone).map(|code| code.id).ok_or(Refusal::CodeNotSent)?;
        let (vault, now) = (set.vault.clone(), set.now);
        let code = set.codes.get_mut(&sent).ok_or(Refusal::CodeNotSent)?;
        let matches = vault.code_matches(&confirms(id, &self.phone), self.code.trim(), &code.digest);
        match code.attempt(matches, now)? {
            Trial::Right => {
                if let Some(customer) = set.customers.get_mut(&id) {
                    customer.phone_confirmed_at = Some(now);
                }
                Ok(Decided::Done(PhoneView {
                    phone: self.phone.clone(),
                    expires_at: None,
                    resend_after: None,
                    tries_left: None,
                    utc_offset_minutes: context.place.store.utc_offset_minutes,
                    done: "Телефон подтверждён.",
                }))
            }
            Trial::Wrong { tries_left } => Ok(Decided::Counted(Refusal::CodeWrong { tries_left })),
            Trial::Exhausted => Ok(Decided::Counted(Refusal::CodeWrong { tries_left: 0 })),
        }
    }
}

fn confirms(customer: CustomerId, phone: &Phone) -> String {
    format!("phone:{customer}:{}", phone.as_e164())
}
