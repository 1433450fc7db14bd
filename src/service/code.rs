//! Sends a confirmation code: drawn at random, stored as a digest, put into the outbox, within the daily caps.

use crate::{
    domain::{
        code::{self, CodeState, ConfirmationCode, Purpose, Trial},
        ids::{CodeId, CustomerId, MessageId, ReservationId, TillId},
        moment::{Moment, Span},
        phone::Phone,
        refusal::Refusal,
    },
    secret::Secret,
    working_set::{OutboundMessage, WorkingSet},
};

/// How long the tries of a code count for the codes that follow it.
const TRIES_REMEMBERED: Span = Span::days(1);

/// A code to send.
pub struct Sending<'a> {
    /// The customer who is to enter it.
    pub customer: CustomerId,
    /// The phone, where it is not the customer's own yet.
    pub to: Option<Phone>,
    /// The purpose.
    pub purpose: Purpose,
    /// The text that it confirms, an input of the digest.
    pub confirms: String,
    /// Its lifetime.
    pub ttl: Span,
    /// How many tries are left.
    pub tries_left: i64,
    /// Renders the message around the code.
    pub text: &'a dyn Fn(&str) -> String,
}

/// Tries a code as it was typed. What cannot be a code costs no try.
///
/// # Errors
/// It is no code, or the code cannot be tried any more.
pub fn attempt(set: &mut WorkingSet, id: CodeId, confirms: &str, entered: &Secret) -> Result<Trial, Refusal> {
    let (vault, now) = (set.vault.clone(), set.now);
    let digits = usize::try_from(set.settings.code_digits).unwrap_or(usize::MAX);
    let typed = code::typed(entered.reveal()).map(Secret::new);
    let code = set.codes.get_mut(&id).ok_or(Refusal::CodeNotSent)?;
    let matches = typed.as_ref().is_some_and(|typed| vault.code_matches(confirms, typed.reveal(), &code.digest));
    // One that was sent before the length was changed is still right.
    let is_code = matches || typed.is_some_and(|typed| typed.reveal().len() == digits);
    if is_code { code.attempt(matches, now) } else { Err(Refusal::CodeInvalid { digits }) }
}

/// Draws a code, stores its digest and puts the message into the outbox. Earlier codes for the purpose become void.
///
/// # Errors
/// The phone is a landline, the daily cap of the phone or the till is reached, or there are no random numbers.
pub fn send(set: &mut WorkingSet, till: TillId, sending: Sending<'_>) -> Result<(), Refusal> {
    let customer = set.customers.get(&sending.customer).ok_or(Refusal::CustomerUnknown)?;
    let phone = sending.to.or_else(|| customer.phone.clone()).ok_or(Refusal::CardWithoutPhone)?;
    if !phone.takes_messages() {
        return Err(Refusal::PhoneNotMobile { phone: phone.masked() });
    }
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
    // Without random numbers no code is safe, so none is sent.
    let code = set.chance.code(set.settings.code_digits).ok_or(Refusal::TryLater)?;
    let expires_at = set.now.after(sending.ttl);
    let id = CodeId(set.new_id());
    let digest = set.vault.code_digest(&sending.confirms, code.reveal());
    set.codes.put(
        id,
        ConfirmationCode {
            id,
            purpose: sending.purpose,
            customer: sending.customer,
            sent_to: Some(phone.clone()),
            digest,
            state: CodeState::Sent,
            tries_left: sending.tries_left,
            sent_at: set.now,
            expires_at,
            till,
        },
    );
    let message = MessageId(set.new_id());
    let text = Secret::new((sending.text)(code.reveal()));
    let customer = Some(sending.customer);
    set.outbox.push(OutboundMessage { id: message, customer, recipient: phone, text, useless_after: expires_at });
    Ok(())
}

/// Checks that the pause since the last message to a customer is over, whatever it was for. A code that was used ends its
/// pause: the customer is there, and something new begins.
///
/// # Errors
/// A code was sent a moment ago, and nobody has used it.
pub fn pause_is_over(set: &WorkingSet, customer: CustomerId) -> Result<(), Refusal> {
    unused(set, customer).try_for_each(|code| code.may_follow(set.settings.resend_after, set.now))
}

/// From when on another code may be sent to a customer; `None` when no unused one was sent.
pub fn resend_after(set: &WorkingSet, customer: CustomerId) -> Option<Moment> {
    unused(set, customer).map(|code| code.sent_at).max().map(|sent_at| sent_at.after(set.settings.resend_after))
}

fn unused(set: &WorkingSet, customer: CustomerId) -> impl Iterator<Item = &ConfirmationCode> {
    let codes = set.codes.iter().map(|(_, code)| code);
    codes.filter(move |code| code.customer == customer && code.state != CodeState::Verified)
}

/// How many tries a customer has left to confirm a redemption: those of the last code of the day, whatever hold it was for, until
/// one is used or has failed. At most `fresh`, which is what the programme gives a first code.
pub fn tries_left(set: &WorkingSet, customer: CustomerId, fresh: i64) -> i64 {
    let codes = set.codes.iter().map(|(_, code)| code).filter(|code| code.customer == customer);
    // What else is loaded depends on which holds still stand.
    let since = set.now.before(TRIES_REMEMBERED);
    let redemptions = codes.filter(|code| matches!(code.purpose, Purpose::Redemption(_)) && code.sent_at >= since);
    let last = redemptions.max_by_key(|code| (code.sent_at, code.id));
    match last.map(|code| (code.state, code.tries_left)) {
        Some((CodeState::Sent | CodeState::Superseded | CodeState::Expired, left)) => left.min(fresh),
        Some((CodeState::Verified | CodeState::Failed, _)) | None => fresh,
    }
}

/// Makes a hold's open codes void: another hold has taken its place.
pub fn supersede(set: &mut WorkingSet, hold: ReservationId) {
    let open = set.codes.iter().map(|(_, code)| code);
    let open = open.filter(|code| code.purpose == Purpose::Redemption(hold) && code.state == CodeState::Sent);
    let open: Vec<CodeId> = open.map(|code| code.id).collect();
    for id in open {
        if let Some(code) = set.codes.get_mut(&id) {
            code.state = CodeState::Superseded;
        }
    }
}

/// Checks the daily caps. Codes of the same batch are counted too.
fn count(set: &WorkingSet, phone: &Phone, till: TillId) -> Result<(), Refusal> {
    let fresh = |matches: &dyn Fn(&ConfirmationCode) -> bool| {
        let new = set.codes.iter().filter(|(id, code)| set.codes.is_new(id) && matches(code)).count();
        i64::try_from(new).unwrap_or(i64::MAX)
    };
    let to_phone = |code: &ConfirmationCode| code.sent_to.as_ref() == Some(phone);
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
