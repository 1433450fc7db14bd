//! Tills.

use std::fmt::Write as _;

use crate::{
    domain::{
        name::{Code, LoginName},
        reference::Roles,
        refusal::Refusal,
        registry::TillDraft,
    },
    service::till::{SaveTill, TillLogin, TillSaved},
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
    let roles = settings.roles.as_ref().map(|given| roles(&given.role)).transpose()?;
    let draft = TillDraft {
        partner: given(settings.partner),
        network: given(settings.network),
        store: Some(settings.store),
        code: Code::parse(&settings.till)?,
        name: given(settings.name),
        disabled: settings.disabled,
    };
    let password = settings.password.filter(|password| !password.reveal().is_empty());
    let login = match (given(settings.login), password, roles) {
        (Some(name), Some(password), Some(roles)) => {
            Some(TillLogin { name: LoginName::parse(&name)?, password_hash: password_hash(&password)?, roles })
        }
        (None, None, None) => None,
        (Some(_) | None, Some(_) | None, Some(_) | None) => return Err(Refusal::TillLoginIncomplete),
    };
    Ok(SaveTill { context: wire::office_context(message.context, call), draft, login })
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
            login: self.login.clone(),
            till: Some(self.till.clone()),
            closed_logins: office_1::ClosedLogins { login: self.disabled.clone() },
            ..Default::default()
        };
        let mut sentence = if self.closed { "Касса закрыта." } else { "Касса сохранена." }.to_owned();
        if let Some(login) = self.login.as_ref().filter(|_| self.was_disabled) {
            let _ = write!(sentence, " Вход «{login}» снова открыт.");
        }
        for login in &self.disabled {
            let _ = write!(sentence, " Прежний вход «{login}» закрыт.");
        }
        (sentence, message)
    }
}

/// `ListTills`.
pub fn list(message: office_1::ListTills, call: &Call) -> Result<ListTills, Refusal> {
    ListTills::new(
        call.actor.clone(),
        given(message.partner),
        &message.cursor,
        message.rows_max,
        call.settings.list_page_rows_max,
    )
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
        network: row.network.clone(),
        disabled: row.disabled,
    }
}
