//! Confirmation codes: sending one for a hold or for a phone, and confirming a phone.

use zeroize::Zeroizing;

use crate::{
    domain::{
        code::{CodeState, ConfirmationCode, Purpose, Trial},
        ids::{CodeId, CustomerId, MessageId, TillId},
        moment::{Moment, Span},
        phone::Phone,
        reference::Reference,
        refusal::{Decided, Decision, Refusal},
    },
    store::{
        set::{OutboundMessage, Touches, WorkingSet},
        vault::Vault,
    },
};

use super::{Command, scene::Context};

/// How long a code that confirms a phone lives.
const PHONE_CODE_TTL: Span = Span::minutes(10);
/// How many codes may be tried to confirm a phone.
const PHONE_CODE_TRIES: i64 = 3;

/// Sends a code that confirms a customer's phone.
#[derive(Debug)]
pub struct SendCode {
    /// Who, where, when.
    pub context: Context,
    /// The phone.
    pub phone: Phone,
}

/// Confirms a phone by the code.
#[derive(Debug)]
pub struct Verify {
    /// Who, where, when.
    pub context: Context,
    /// The phone.
    pub phone: Phone,
    /// What was entered.
    pub code: Zeroizing<String>,
}

/// A code that was sent, or a phone that was confirmed.
#[derive(Debug, Clone)]
pub struct PhoneView {
    /// The phone.
    pub phone: Phone,
    /// Until when the code is good; none once it was used.
    pub expires_at: Option<Moment>,
    /// When another may be sent.
    pub resend_after: Option<Moment>,
    /// How many codes may be tried.
    pub tries_left: Option<i64>,
    /// The store's offset from UTC in minutes.
    pub utc_offset_minutes: i32,
    /// What was done, in Russian.
    pub done: &'static str,
}

/// What a code is to be sent for.
pub struct Sending<'a> {
    /// To whom.
    pub customer: CustomerId,
    /// For what.
    pub purpose: Purpose,
    /// What exactly it confirms, for the digest.
    pub confirms: String,
    /// How long it lives.
    pub ttl: Span,
    /// How many codes may be tried.
    pub tries_left: i64,
    /// The message around the code.
    pub text: &'a dyn Fn(&str) -> String,
}

impl Command for SendCode {
    type Outcome = PhoneView;

    fn touches(&self, reference: &Reference, touches: &mut Touches) {
        touches.phones.insert(self.phone.clone());
        touches.codes = true;
        touches.code_tills.extend(self.context.till_in(reference).map(|place| place.till));
    }

    fn decide(&self, set: &mut WorkingSet) -> Decision<PhoneView> {
        let scene = self.context.scene(set)?;
        let customer = set.customer_by_phone(scene.actor.programme, &self.phone).ok_or(Refusal::CustomerUnknown)?;
        if customer.phone_confirmed_at.is_some() {
            return Err(Refusal::PhoneConfirmed);
        }
        let id = customer.id;
        let mut tries_left = PHONE_CODE_TRIES;
        if let Some(last) = set.latest_code(id, Purpose::Phone) {
            last.may_follow(set.settings.resend_after, set.now)?;
            // A code that is still good passes its tries on: a resend brings none back.
            if last.state == CodeState::Sent && last.expires_at > set.now {
                tries_left = last.tries_left;
            }
        }
        send(
            set,
            scene.place.till,
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
            utc_offset_minutes: scene.place.store.utc_offset_minutes,
            done: "Код отправлен.",
        }))
    }
}

impl Command for Verify {
    type Outcome = PhoneView;

    fn touches(&self, _: &Reference, touches: &mut Touches) {
        touches.phones.insert(self.phone.clone());
        touches.codes = true;
    }

    fn decide(&self, set: &mut WorkingSet) -> Decision<PhoneView> {
        let scene = self.context.scene(set)?;
        let customer = set.customer_by_phone(scene.actor.programme, &self.phone).ok_or(Refusal::CustomerUnknown)?;
        if customer.phone_confirmed_at.is_some() {
            return Err(Refusal::PhoneConfirmed);
        }
        let id = customer.id;
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
                    utc_offset_minutes: scene.place.store.utc_offset_minutes,
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

/// Draws a code, keeps its digest, and puts the message into the outbox; earlier codes for the purpose are void.
///
/// # Errors
/// The day's cap for the phone or the till is reached.
pub fn send(set: &mut WorkingSet, till: TillId, sending: Sending<'_>) -> Result<(), Refusal> {
    let phone = set.customers.get(&sending.customer).map(|customer| customer.phone.clone());
    let phone = phone.ok_or(Refusal::CustomerUnknown)?;
    count(set, &phone, till)?;
    let earlier: Vec<CodeId> = set
        .codes
        .iter()
        .filter(|(_, code)| code.customer == sending.customer && code.purpose == sending.purpose)
        .filter(|(_, code)| code.state == CodeState::Sent)
        .map(|(id, _)| *id)
        .collect();
    for id in earlier {
        if let Some(code) = set.codes.get_mut(&id) {
            code.state = CodeState::Superseded;
        }
    }
    // Without random numbers no code is safe: none is sent, and the till is told so.
    let code = Vault::random_code(set.settings.code_digits).map_err(|_| Refusal::TryLater)?;
    let expires_at = set.now.after(sending.ttl);
    let id = CodeId(set.new_id());
    let digest = set.vault.code_digest(&sending.confirms, &code);
    set.codes.put(
        id,
        ConfirmationCode {
            id,
            purpose: sending.purpose,
            customer: sending.customer,
            digest,
            state: CodeState::Sent,
            tries_left: sending.tries_left,
            sent_at: set.now,
            expires_at,
            till,
        },
    );
    let message = MessageId(set.new_id());
    let text = Zeroizing::new((sending.text)(&code));
    set.outbox.push(OutboundMessage { id: message, recipient: phone, text, useless_after: expires_at });
    Ok(())
}

/// The day's caps, with the codes of this very batch counted in.
fn count(set: &WorkingSet, phone: &Phone, till: TillId) -> Result<(), Refusal> {
    let fresh = |matches: &dyn Fn(&ConfirmationCode) -> bool| {
        let new = set.codes.iter().filter(|(id, code)| set.codes.is_new(id) && matches(code)).count();
        i64::try_from(new).unwrap_or(i64::MAX)
    };
    let to_phone = |code: &ConfirmationCode| set.customers.get(&code.customer).is_some_and(|c| &c.phone == phone);
    let sent_to_phone =
        set.code_counts.by_phone.get(phone).copied().unwrap_or_default().saturating_add(fresh(&to_phone));
    let sent_at_till = set
        .code_counts
        .by_till
        .get(&till)
        .copied()
        .unwrap_or_default()
        .saturating_add(fresh(&|code| code.till == till));
    if sent_to_phone >= set.settings.codes_per_phone_per_day_max
        || sent_at_till >= set.settings.codes_per_till_per_day_max
    {
        return Err(Refusal::CodeLimit);
    }
    Ok(())
}
