//! The questionnaire.

use crate::{
    domain::{
        customer::Customer,
        questionnaire::{Answers, Sex},
        refusal::Refusal,
    },
    service::questionnaire::{GetQuestionnaire, Questionnaire, SaveQuestionnaire},
    soap::{
        call::{Call, Reply},
        handlers::wire::{self, given},
        messages::{pos_1, values::Date},
    },
};

/// `GetQuestionnaire`.
pub fn get(message: pos_1::GetQuestionnaire, call: &Call) -> Result<GetQuestionnaire, Refusal> {
    Ok(GetQuestionnaire { actor: call.actor.clone(), identifier: wire::identifier(&message.identifier)? })
}

/// `SaveQuestionnaire`.
pub fn save(message: pos_1::SaveQuestionnaire, call: &Call) -> Result<SaveQuestionnaire, Refusal> {
    let form = message.questionnaire;
    Ok(SaveQuestionnaire {
        context: wire::context(message.context, call),
        identifier: wire::identifier(&message.identifier)?,
        answers: given_answers(form),
    })
}

/// The answers in a form. An empty answer counts as absent.
pub(super) fn given_answers(form: pos_1::Questionnaire) -> Answers {
    Answers {
        surname: given(form.surname),
        name: given(form.name),
        patronymic: given(form.patronymic),
        birth_date: form.birth_date.map(|date| date.0),
        sex: form.sex.as_deref().and_then(Sex::from_word),
        email: given(form.email),
    }
}

impl Reply for Questionnaire {
    type Message = pos_1::QuestionnaireResult;

    fn reply(&self, call: &Call) -> (String, pos_1::QuestionnaireResult) {
        let offset = call.actor.utc_offset_minutes;
        let mut consent: Vec<pos_1::ConsentRecord> = Vec::new();
        for act in &self.consents {
            if act.given {
                consent.push(pos_1::ConsentRecord {
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
        let message = pos_1::QuestionnaireResult {
            customer_id: Some(self.customer.id.to_string()),
            phone: self.customer.phone.as_ref().map(|phone| wire::shown_phone(phone, call)),
            phone_confirmed: Some(self.customer.phone_confirmed_at.is_some()),
            questionnaire: Some(answers(&self.customer, call)),
            cards: wire::cards(&self.cards),
            consents: pos_1::Consents { consent },
            ..Default::default()
        };
        ("Выполнено.".into(), message)
    }
}

/// Callers without the right to personal data, tills among them, see the first name only.
fn answers(customer: &Customer, call: &Call) -> pos_1::Questionnaire {
    let answers = &customer.answers;
    if !wire::sees_personal_data(call) {
        return pos_1::Questionnaire { name: answers.masked_name(), ..Default::default() };
    }
    pos_1::Questionnaire {
        surname: answers.surname.clone(),
        name: answers.name.clone(),
        patronymic: answers.patronymic.clone(),
        birth_date: answers.birth_date.map(Date),
        sex: answers.sex.map(|sex| sex.word().into()),
        email: answers.email.clone(),
    }
}
