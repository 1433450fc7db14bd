//! Tills and their logins.

use crate::{
    access,
    domain::{reference::Roles, refusal::Refusal},
    service::till::{SaveTill, TillSaved},
    soap::{
        call::{Call, Reply},
        handlers::wire::{self, given},
        messages::office_1,
    },
};

/// `SaveTill`.
pub fn save(message: office_1::SaveTill, call: &Call) -> Result<SaveTill, Refusal> {
    let settings = message.till_settings;
    // The contract's enumeration has let in nothing else.
    let roles = Roles::from_words(settings.roles.role.iter().map(String::as_str)).unwrap_or(Roles::NONE);
    // Without random numbers for the salt no password can be kept safely.
    let password_hash = access::hash_password(&settings.password).map_err(|_| Refusal::TryLater)?;
    Ok(SaveTill {
        context: wire::office_context(message.context, call),
        store: settings.store,
        till: settings.till,
        name: given(settings.name),
        login: settings.login,
        password_hash,
        roles,
    })
}

impl Reply for TillSaved {
    type Message = office_1::TillResult;

    fn reply(&self, _: &Call) -> (String, office_1::TillResult) {
        let message = office_1::TillResult {
            login: Some(self.login.clone()),
            till: Some(self.till.clone()),
            ..Default::default()
        };
        ("Касса сохранена.".into(), message)
    }
}
