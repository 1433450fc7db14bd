//! `RegisterCustomer`.

use crate::{
    domain::{refusal::Refusal, till_document::named},
    service::registration::{CustomerRegistered, RegisterCustomer},
    soap::{
        call::{Call, Reply},
        handlers::wire::{self, given},
        messages::pos_1,
    },
};

/// `RegisterCustomer`.
pub fn register(message: pos_1::RegisterCustomer, call: &Call) -> Result<RegisterCustomer, Refusal> {
    let form = message.registration;
    let card_number = given(form.card_number).map(|number| wire::card_number(&number)).transpose()?;
    let referrer = given(form.referrer).map(|text| wire::identifier(&text)).transpose()?;
    Ok(RegisterCustomer {
        context: wire::context(message.context, call),
        phone: wire::phone(&form.phone)?,
        card_number,
        card_kind: given(form.card_kind.map(|kind| named(&kind))),
        answers: crate::soap::handlers::questionnaire::given_answers(pos_1::Questionnaire {
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

impl Reply for CustomerRegistered {
    type Message = pos_1::RegisterCustomerResult;

    fn reply(&self, call: &Call) -> (String, pos_1::RegisterCustomerResult) {
        let message = pos_1::RegisterCustomerResult {
            customer: Some(wire::customer(&self.customer, call)),
            card: self.card.as_ref().map(wire::card),
            ..Default::default()
        };
        let mut sentence = if self.card.is_some() {
            "Клиент зарегистрирован, карта выдана."
        } else {
            "Клиент зарегистрирован."
        }
        .to_owned();
        if !self.customer.phone.takes_messages() {
            sentence.push_str(" Телефон не мобильный: коды подтверждения на него не придут.");
        }
        (sentence, message)
    }
}
