//! A customer's phone: confirmed by a code, changed by the office (B3).

use crate::{
    domain::{
        card::Use,
        code::{CodeState, Purpose, Trial},
        customer::Customer,
        history::PHONE_CHANGE,
        ids::{CardId, CustomerId},
        moment::{Moment, Span},
        phone::{Identifier, Phone},
        reference::Reference,
        refusal::{Decided, Decision, Refusal},
    },
    secret::Secret,
    service::{
        account::{AccountView, changed, view},
        card,
        code::{self, Sending},
        context::{self, Context, OfficeContext, ResolvedContext},
        programme::governs,
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
    /// The anonymous card that the phone is for.
    pub card: Option<String>,
}

/// Confirms a phone by the code.
#[derive(Debug)]
pub struct VerifyPhone {
    /// The caller, the till and the time.
    pub context: Context,
    /// The phone.
    pub phone: Phone,
    /// The anonymous card that the phone is for: it gets the phone, and is activated.
    pub card: Option<String>,
    /// The entered code.
    pub code: Secret,
}

/// Changes a customer's phone. The new one is unconfirmed, and codes sent to the old one become void.
#[derive(Debug)]
pub struct ChangePhone {
    /// The caller and the time.
    pub context: OfficeContext,
    /// The customer's identifier.
    pub identifier: Identifier,
    /// The new phone.
    pub phone: Phone,
    /// The reason.
    pub reason: String,
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

/// The customer to whom a phone is to be confirmed: its own, or that of the anonymous card that is named.
///
/// # Errors
/// Nobody has the phone, or it is confirmed; the card may not earn, its customer has a phone, or another one has this phone.
fn concerned(
    phone: &Phone,
    card: Option<&str>,
    context: &ResolvedContext,
    set: &WorkingSet,
) -> Result<(CustomerId, Option<CardId>), Refusal> {
    let Some(number) = card else { return unconfirmed(phone, context, set).map(|id| (id, None)) };
    let card = card::find(set, context, number)?;
    card.allows(Use::Earn)?;
    let customer = card.customer.and_then(|id| set.customers.get(&id)).ok_or(Refusal::CardNotIssued)?;
    match &customer.phone {
        Some(known) if known == phone && customer.phone_confirmed_at.is_some() => Err(Refusal::PhoneConfirmed),
        Some(_) => Err(Refusal::CardHasPhone),
        None if set.customer_by_phone(context.actor.programme, phone).is_some() => Err(Refusal::PhoneTaken),
        None => Ok((customer.id, Some(card.id))),
    }
}

impl Command for SendPhoneCode {
    type Outcome = PhoneView;

    fn touches(&self, reference: &Reference, touches: &mut Touches) {
        touches.phone(self.phone.clone());
        if let Some(number) = &self.card {
            touches.card_number(number);
        }
        touches.want(Part::Codes);
        if let Some(place) = self.context.place_in(reference) {
            touches.code_till(place.till);
        }
    }

    fn decide(&self, set: &mut WorkingSet) -> Decision<PhoneView> {
        let context = self.context.resolve(set)?;
        let (id, _) = concerned(&self.phone, self.card.as_deref(), &context, set)?;
        set.concerned = Some(id);
        code::pause_is_over(set, id)?;
        let mut tries_left = PHONE_CODE_TRIES;
        if let Some(last) = set.latest_code(id, Purpose::Phone) {
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
                to: Some(self.phone.clone()),
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
        if let Some(number) = &self.card {
            touches.card_number(number);
        }
        touches.want(Part::Codes);
    }

    fn decide(&self, set: &mut WorkingSet) -> Decision<PhoneView> {
        let context = self.context.resolve(set)?;
        let (id, card) = concerned(&self.phone, self.card.as_deref(), &context, set)?;
        set.concerned = Some(id);
        let sent = set.latest_code(id, Purpose::Phone).map(|code| code.id).ok_or(Refusal::CodeNotSent)?;
        let now = set.now;
        let tried = code::attempt(set, sent, &confirms(id, &self.phone), &self.code);
        let code = set.codes.get(&sent).ok_or(Refusal::CodeNotSent)?;
        // Of a code that can be tried again, and of none other, its times are told.
        let is_open = code.state == CodeState::Sent;
        let shown = PhoneView {
            phone: self.phone.clone(),
            expires_at: is_open.then_some(code.expires_at),
            resend_after: is_open.then(|| code.sent_at.after(set.settings.resend_after)),
            tries_left: Some(code.tries_left),
            utc_offset_minutes: context.place.store.utc_offset_minutes,
            done: "",
        };
        match tried {
            Ok(Trial::Right) => {
                if let Some(customer) = set.customers.get_mut(&id) {
                    customer.phone = Some(self.phone.clone());
                    customer.phone_confirmed_at = Some(now);
                }
                let is_activated = activate(set, &context, card);
                let done = if is_activated {
                    "Телефон подтверждён, карта активирована."
                } else {
                    "Телефон подтверждён."
                };
                Ok(Decided::Done(PhoneView { tries_left: None, done, ..shown }))
            }
            Ok(Trial::Wrong { tries_left }) => Ok(Decided::Counted(Refusal::CodeWrong { tries_left }, shown)),
            Ok(Trial::Exhausted) => {
                Ok(Decided::Counted(Refusal::CodeTriesExhausted { spent: Purpose::Phone.spent() }, shown))
            }
            Err(refusal @ Refusal::CodeInvalid { .. }) => Ok(Decided::Shown(refusal, shown)),
            Err(refusal) => Err(refusal),
        }
    }
}

/// Activates the card that a confirmed phone belongs to; one that is active already stays so.
fn activate(set: &mut WorkingSet, context: &ResolvedContext, card: Option<CardId>) -> bool {
    let Some(card) = card.and_then(|id| set.cards.get_mut(&id)) else { return false };
    if card.activate().is_err() {
        return false;
    }
    let card = card.clone();
    context.card_changed(set, &card, None);
    true
}

impl Command for ChangePhone {
    type Outcome = AccountView;

    fn touches(&self, _: &Reference, touches: &mut Touches) {
        touches.identifier(&self.identifier);
        touches.phone(self.phone.clone());
        touches.want(Part::Codes);
    }

    /// A code must not be sent to the old phone by a command of the same batch. It runs alone.
    fn is_alone(&self) -> bool {
        true
    }

    fn decide(&self, set: &mut WorkingSet) -> Decision<AccountView> {
        self.context.at(set)?;
        let actor = &self.context.actor;
        governs(set, actor)?;
        let holder = context::holder(set, actor, &self.identifier, Use::Look)?;
        if context::customer_of(set, &holder)?.phone.as_ref() == Some(&self.phone) {
            return view(set, &holder, "Телефон уже такой.");
        }
        let is_it = |c: &&Customer| c.programme == actor.programme && c.phone.as_ref() == Some(&self.phone);
        let known = set.customers.iter().map(|(_, customer)| customer).find(is_it).map(|known| known.merged_into);
        if let Some(merged_into) = known {
            // The phone of a merged customer already leads to this one.
            let is_own = merged_into == Some(holder.customer);
            return Err(if is_own { Refusal::CustomersSame } else { Refusal::PhoneTaken });
        }
        let customer = set.customers.get_mut(&holder.customer).ok_or(Refusal::CustomerUnknown)?;
        customer.phone = Some(self.phone.clone());
        customer.phone_confirmed_at = None;
        let open: Vec<_> = set
            .codes
            .iter()
            .filter(|(_, code)| code.customer == holder.customer && code.state == CodeState::Sent)
            .map(|(id, _)| *id)
            .collect();
        for id in open {
            if let Some(code) = set.codes.get_mut(&id) {
                code.state = CodeState::Superseded;
            }
        }
        let account = context::account_of(set, holder.account)?;
        let (id, state) = (account.id, account.state);
        changed(set, &self.context, (id, state, None), &format!("{PHONE_CHANGE}{}", self.reason), set.now);
        view(set, &holder, "Телефон изменён, его нужно подтвердить.")
    }
}

fn confirms(customer: CustomerId, phone: &Phone) -> String {
    format!("phone:{customer}:{}", phone.as_e164())
}
