//! Customers, balances, the questionnaire, consents, confirmation of a phone.

use zeroize::Zeroizing;

use crate::{
    domain::{
        customer::{Answers, Customer, Sex},
        refusal::Refusal,
    },
    service::{
        balance::{self, BalanceView},
        customer::{
            Consent, ConsentDone, Find, Found, Given, Questionnaire, ReadQuestionnaire, Register, Registered,
            SaveQuestionnaire,
        },
        phone::{PhoneView, SendCode, Verify},
    },
    soap::{
        messages::{pos, values::Date},
        operations::{Call, Reply},
    },
};

use super::wire::{self, given};

/// `FindCustomer`.
pub fn find(message: pos::FindCustomer, call: &Call) -> Result<Find, Refusal> {
    Ok(Find { actor: call.actor.clone(), identifier: wire::identifier(&message.identifier)? })
}

/// `GetBalance`.
pub fn get_balance(message: pos::GetBalance, call: &Call) -> Result<balance::Get, Refusal> {
    Ok(balance::Get { actor: call.actor.clone(), identifier: wire::identifier(&message.identifier)? })
}

/// `RegisterCustomer`.
pub fn register(message: pos::RegisterCustomer, call: &Call) -> Result<Register, Refusal> {
    let form = message.registration;
    let card_number = given(form.card_number).map(|number| wire::card_number(&number)).transpose()?;
    let referrer = given(form.referrer).map(|text| wire::identifier(&text)).transpose()?;
    Ok(Register {
        context: wire::context(message.context, call),
        phone: wire::phone(&form.phone)?,
        card_number,
        answers: given_answers(pos::Questionnaire {
            surname: form.surname,
            name: form.name,
            patronymic: form.patronymic,
            birth_date: form.birth_date,
            sex: form.sex,
            email: form.email,
        }),
        referrer,
    })
}

/// `GetQuestionnaire`.
pub fn get_questionnaire(message: pos::GetQuestionnaire, call: &Call) -> Result<ReadQuestionnaire, Refusal> {
    Ok(ReadQuestionnaire { actor: call.actor.clone(), identifier: wire::identifier(&message.identifier)? })
}

/// `SaveQuestionnaire`.
pub fn save_questionnaire(message: pos::SaveQuestionnaire, call: &Call) -> Result<SaveQuestionnaire, Refusal> {
    let form = message.questionnaire;
    Ok(SaveQuestionnaire {
        context: wire::context(message.context, call),
        identifier: wire::identifier(&message.identifier)?,
        answers: given_answers(form),
    })
}

/// What a form says; an empty answer is none.
fn given_answers(form: pos::Questionnaire) -> Answers {
    Answers {
        surname: given(form.surname),
        name: given(form.name),
        patronymic: given(form.patronymic),
        birth_date: form.birth_date.map(|date| date.0),
        sex: form.sex.as_deref().and_then(Sex::from_word),
        email: given(form.email),
    }
}

/// `GiveConsent`.
pub fn give_consent(message: pos::GiveConsent, call: &Call) -> Result<Consent, Refusal> {
    let consent = message.consent;
    Ok(Consent {
        context: wire::context(message.context, call),
        identifier: wire::identifier(&message.identifier)?,
        purpose: consent.purpose,
        channel: consent.channel,
        given: Some(Given { text_hash: consent.text_hash, evidence: given(consent.evidence) }),
    })
}

/// `WithdrawConsent`.
pub fn withdraw_consent(message: pos::WithdrawConsent, call: &Call) -> Result<Consent, Refusal> {
    Ok(Consent {
        context: wire::context(message.context, call),
        identifier: wire::identifier(&message.identifier)?,
        purpose: message.purpose,
        channel: message.channel,
        given: None,
    })
}

/// `SendPhoneCode`.
pub fn send_phone_code(message: pos::SendPhoneCode, call: &Call) -> Result<SendCode, Refusal> {
    Ok(SendCode { context: wire::context(message.context, call), phone: wire::phone(&message.phone)? })
}

/// `VerifyPhone`.
pub fn verify_phone(message: pos::VerifyPhone, call: &Call) -> Result<Verify, Refusal> {
    Ok(Verify {
        context: wire::context(message.context, call),
        phone: wire::phone(&message.phone)?,
        code: Zeroizing::new(message.confirmation_code),
    })
}

impl Reply for Found {
    type Message = pos::FindCustomerResult;

    fn reply(&self, call: &Call) -> (String, pos::FindCustomerResult) {
        let message = pos::FindCustomerResult {
            customer: Some(wire::customer(&self.customer, call)),
            cards: wire::cards(&self.cards),
            balance: Some(wire::balance(&self.balance)),
            ..Default::default()
        };
        ("Клиент найден.".into(), message)
    }
}

impl Reply for BalanceView {
    type Message = pos::BalanceResult;

    fn reply(&self, call: &Call) -> (String, pos::BalanceResult) {
        let dated = |(at, points): &(_, _)| pos::Dated {
            at: wire::local(*at, call.actor.utc_offset_minutes),
            points: wire::points(*points),
        };
        let message = pos::BalanceResult {
            card_number: self.card.as_ref().map(|card| card.number.clone()),
            card_state: self.card.as_ref().map(|card| card.state.word().into()),
            total: Some(wire::points(self.balances.total())),
            available: Some(wire::points(self.balances.available)),
            pending: Some(wire::points(self.balances.pending)),
            reserved: Some(wire::points(self.balances.reserved)),
            debt: Some(wire::points(self.balances.debt)),
            expiries: pos::Expiries { expiry: self.expiries.iter().map(dated).collect() },
            activations: pos::Activations { activation: self.activations.iter().map(dated).collect() },
            ..Default::default()
        };
        (format!("Доступно баллов: {}.", self.balances.available), message)
    }
}

impl Reply for Registered {
    type Message = pos::RegisterCustomerResult;

    fn reply(&self, call: &Call) -> (String, pos::RegisterCustomerResult) {
        let message = pos::RegisterCustomerResult {
            customer: Some(wire::customer(&self.customer, call)),
            card: self.card.as_ref().map(wire::card),
            ..Default::default()
        };
        let sentence = if self.card.is_some() {
            "Клиент зарегистрирован, карта выдана."
        } else {
            "Клиент зарегистрирован."
        };
        (sentence.into(), message)
    }
}

impl Reply for Questionnaire {
    type Message = pos::QuestionnaireResult;

    fn reply(&self, call: &Call) -> (String, pos::QuestionnaireResult) {
        let offset = call.actor.utc_offset_minutes;
        let mut consent: Vec<pos::ConsentRecord> = Vec::new();
        for act in &self.consents {
            if act.given {
                consent.push(pos::ConsentRecord {
                    purpose: act.purpose.clone(),
                    channel: act.channel.clone(),
                    given_at: wire::local(act.occurred_at, offset),
                    withdrawn_at: None,
                    store: None,
                });
            } else if let Some(record) = consent.iter_mut().rfind(|record| {
                record.withdrawn_at.is_none() && record.purpose == act.purpose && record.channel == act.channel
            }) {
                record.withdrawn_at = Some(wire::local(act.occurred_at, offset));
            }
        }
        let message = pos::QuestionnaireResult {
            customer_id: Some(self.customer.id.to_string()),
            phone: Some(wire::shown_phone(&self.customer.phone, call)),
            phone_confirmed: Some(self.customer.phone_confirmed_at.is_some()),
            questionnaire: Some(answers(&self.customer, call)),
            cards: wire::cards(&self.cards),
            consents: pos::Consents { consent },
            ..Default::default()
        };
        ("Выполнено.".into(), message)
    }
}

/// A till, which may be anybody's, sees the first name only; the rest is for the partner's page and the office.
fn answers(customer: &Customer, call: &Call) -> pos::Questionnaire {
    let answers = &customer.answers;
    if !wire::sees_personal_data(call) {
        return pos::Questionnaire { name: answers.masked_name(), ..Default::default() };
    }
    pos::Questionnaire {
        surname: answers.surname.clone(),
        name: answers.name.clone(),
        patronymic: answers.patronymic.clone(),
        birth_date: answers.birth_date.map(Date),
        sex: answers.sex.map(|sex| sex.word().into()),
        email: answers.email.clone(),
    }
}

impl Reply for ConsentDone {
    type Message = pos::SimpleResult;

    fn reply(&self, _: &Call) -> (String, pos::SimpleResult) {
        let sentence = if self.given {
            "Согласие записано."
        } else {
            "Отзыв согласия записан."
        };
        (sentence.into(), pos::SimpleResult::default())
    }
}

impl Reply for PhoneView {
    type Message = pos::PhoneCodeResult;

    fn reply(&self, _: &Call) -> (String, pos::PhoneCodeResult) {
        let message = pos::PhoneCodeResult {
            code_sent_to: self.expires_at.map(|_| self.phone.masked()),
            expires_at: self.expires_at.map(|at| wire::local(at, self.utc_offset_minutes)),
            resend_after: self.resend_after.map(|at| wire::local(at, self.utc_offset_minutes)),
            tries_left: self.tries_left.and_then(|tries| i32::try_from(tries).ok()),
            ..Default::default()
        };
        (self.done.into(), message)
    }
}
