//! Logins.

use crate::{
    domain::refusal::Refusal,
    service::login::{DisableLogin, LoginDisabled},
    soap::{
        call::{Call, Reply},
        handlers::wire,
        messages::office_1,
    },
};

/// `DisableLogin`.
pub fn disable(message: office_1::DisableLogin, call: &Call) -> Result<DisableLogin, Refusal> {
    Ok(DisableLogin { context: wire::office_context(message.context, call), login: message.login })
}

impl Reply for LoginDisabled {
    type Message = office_1::LoginResult;

    fn reply(&self, _: &Call) -> (String, office_1::LoginResult) {
        let message =
            office_1::LoginResult { login: Some(self.login.clone()), disabled: Some(true), ..Default::default() };
        (format!("Вход «{}» закрыт.", self.login), message)
    }
}
