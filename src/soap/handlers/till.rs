//! Tills.

use std::fmt::Write as _;

use crate::{
    domain::{
        name::{Code, LoginName},
        reference::Roles,
        refusal::Refusal,
    },
    service::till::{SaveTill, TillSaved},
    soap::{
        call::{Call, Reply},
        handlers::{
            login::password_hash,
            wire::{self, given},
        },
        messages::office_1,
    },
    working_set::questions::{
        page::Page,
        till::{ListTills, TillRow},
    },
};

/// `SaveTill`.
pub fn save(message: office_1::SaveTill, call: &Call) -> Result<SaveTill, Refusal> {
    let settings = message.till_settings;
    let roles = roles(&settings.roles.role)?;
    let (till, login) = (Code::parse(&settings.till)?, LoginName::parse(&settings.login)?);
    let password_hash = password_hash(&settings.password)?;
    Ok(SaveTill {
        context: wire::office_context(message.context, call),
        store: settings.store,
        till,
        name: given(settings.name),
        login,
        password_hash,
        roles,
    })
}

fn roles(words: &[String]) -> Result<Roles, Refusal> {
    words.iter().try_fold(Roles::NONE, |roles, word| {
        let role = Roles::from_words([word.as_str()]).ok_or_else(|| Refusal::RoleUnknown { role: word.clone() })?;
        Ok(roles.or(role))
    })
}

impl Reply for TillSaved {
    type Message = office_1::TillResult;

    fn reply(&self, _: &Call) -> (String, office_1::TillResult) {
        let message = office_1::TillResult {
            login: Some(self.login.clone()),
            till: Some(self.till.clone()),
            closed_logins: office_1::ClosedLogins { login: self.disabled.clone() },
            ..Default::default()
        };
        let mut sentence = "Касса сохранена.".to_owned();
        if self.was_disabled {
            let _ = write!(sentence, " Вход «{}» снова открыт.", self.login);
        }
        for login in &self.disabled {
            let _ = write!(sentence, " Прежний вход «{login}» закрыт.");
        }
        (sentence, message)
    }
}

/// `ListTills`.
pub fn list(message: office_1::ListTills, call: &Call) -> Result<ListTills, Refusal> {
    ListTills::new(call.actor.clone(), &message.cursor, message.rows_max, call.settings.list_page_rows_max)
}

impl Reply for Page<TillRow> {
    type Message = office_1::TillsResult;

    fn reply(&self, _: &Call) -> (String, office_1::TillsResult) {
        let message = office_1::TillsResult {
            tills: office_1::TillRows { till: self.rows.iter().map(row).collect() },
            next_cursor: self.next.clone(),
            ..Default::default()
        };
        ("Выполнено.".into(), message)
    }
}

fn row(row: &TillRow) -> office_1::TillRow {
    office_1::TillRow {
        store: row.store.clone(),
        store_name: row.store_name.clone(),
        till: row.till.clone(),
        name: row.name.clone(),
    }
}
