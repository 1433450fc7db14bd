//! Logins.

use std::fmt::Write as _;

use crate::{
    access,
    domain::{name::check_password, refusal::Refusal},
    secret::Secret,
    service::login::{DisableLogin, EnableLogin, LoginDisabled, LoginEnabled, PasswordSet, SetPassword},
    soap::{
        call::{Call, Reply},
        handlers::wire::{self, given},
        messages::office_1,
    },
    working_set::questions::{
        login::{ListLogins, LoginRow},
        page::Page,
    },
};

/// `DisableLogin`.
pub fn disable(message: office_1::DisableLogin, call: &Call) -> Result<DisableLogin, Refusal> {
    Ok(DisableLogin { context: wire::office_context(message.context, call), login: message.login })
}

/// `EnableLogin`.
pub fn enable(message: office_1::EnableLogin, call: &Call) -> Result<EnableLogin, Refusal> {
    let password_hash = password_hash(&message.password)?;
    Ok(EnableLogin { context: wire::office_context(message.context, call), login: message.login, password_hash })
}

/// `SetPassword`.
pub fn set_password(message: office_1::SetPassword, call: &Call) -> Result<SetPassword, Refusal> {
    let password_hash = password_hash(&message.password)?;
    Ok(SetPassword { context: wire::office_context(message.context, call), login: message.login, password_hash })
}

/// A password that one can get in with, hashed.
pub(super) fn password_hash(password: &Secret) -> Result<String, Refusal> {
    check_password(password.reveal())?;
    // Without random numbers for the salt no password can be kept safely.
    access::hash_password(password.reveal()).map_err(|_| Refusal::TryLater)
}

impl Reply for LoginDisabled {
    type Message = office_1::LoginResult;

    fn reply(&self, _: &Call) -> (String, office_1::LoginResult) {
        let message =
            office_1::LoginResult { login: Some(self.login.clone()), disabled: Some(true), ..Default::default() };
        (format!("Вход «{}» закрыт.", self.login), message)
    }
}

impl Reply for PasswordSet {
    type Message = office_1::LoginResult;

    fn reply(&self, _: &Call) -> (String, office_1::LoginResult) {
        let (login, disabled) = (Some(self.login.clone()), Some(self.disabled));
        let sentence = if self.disabled {
            format!("Пароль входа «{}» сменён, вход остаётся закрытым.", self.login)
        } else {
            format!("Пароль входа «{}» сменён.", self.login)
        };
        (sentence, office_1::LoginResult { login, disabled, ..Default::default() })
    }
}

/// `ListLogins`.
pub fn list(message: office_1::ListLogins, call: &Call) -> Result<ListLogins, Refusal> {
    ListLogins::new(
        call.actor.clone(),
        given(message.partner),
        &message.cursor,
        message.rows_max,
        call.settings.list_page_rows_max,
    )
}

impl Reply for Page<LoginRow> {
    type Message = office_1::LoginsResult;

    fn reply(&self, _: &Call) -> (String, office_1::LoginsResult) {
        let message = office_1::LoginsResult {
            logins: office_1::LoginRows { login: self.rows.iter().map(row).collect() },
            next_cursor: self.next.clone(),
            ..Default::default()
        };
        ("Выполнено.".into(), message)
    }
}

fn row(row: &LoginRow) -> office_1::LoginRow {
    office_1::LoginRow {
        login: row.login.clone(),
        store: row.store.clone(),
        till: row.till.clone(),
        roles: office_1::Roles { role: row.roles.words().map(str::to_owned).collect() },
        disabled: row.disabled,
        network: row.network.clone(),
    }
}

impl Reply for LoginEnabled {
    type Message = office_1::LoginResult;

    fn reply(&self, _: &Call) -> (String, office_1::LoginResult) {
        let message =
            office_1::LoginResult { login: Some(self.login.clone()), disabled: Some(false), ..Default::default() };
        let mut sentence = if self.was_disabled {
            format!("Вход «{}» снова открыт.", self.login)
        } else {
            format!("Пароль входа «{}» сменён.", self.login)
        };
        for login in &self.replaced {
            let _ = write!(sentence, " Прежний вход «{login}» той же кассы закрыт.");
        }
        (sentence, message)
    }
}
