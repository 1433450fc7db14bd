//! `partner add` and `till add`.

use std::process::ExitCode;

use crate::{
    app,
    cli::{
        database::existing_with_keys,
        failure::{Failure, MISUSED},
        typed,
    },
    clock::Clock,
    config::Config,
    domain::{login::LoginAct, name::check_password},
    secret::Secret,
    store::admin::{self, NewPartner, NewTill, ProgrammeOf},
};

/// Adds a partner; may be done beside a running gateway, which sees it with its next batch.
pub(super) fn add_partner(config: &Config, new: &NewPartner) -> Result<ExitCode, Failure> {
    let (mut db, vault) = existing_with_keys(config)?;
    let given = admin::add_partner(&mut db, &vault, new, Clock::System.now())?;
    match given {
        ProgrammeOf::Joined => println!("Партнёр присоединился к программе {}.", new.programme),
        ProgrammeOf::Made => println!("Создана программа {} с правилами по умолчанию.", new.programme),
    }
    println!("Партнёр {} добавлен. Дальше: kopilka till add --partner {} …", new.code, new.code);
    Ok(ExitCode::SUCCESS)
}

/// Adds a till or a login, or enables one again; may be done beside a running gateway too.
pub(super) fn add_till(config: &Config, new: &NewTill) -> Result<ExitCode, Failure> {
    let (mut db, vault) = existing_with_keys(config)?;
    let given = admin::add_till(&mut db, &vault, new, Clock::System.now())?;
    let done = match given.act {
        LoginAct::Added => "добавлен",
        LoginAct::Enabled => "был закрыт и снова открыт",
        LoginAct::Changed => "получил новый пароль и эти роли",
    };
    let addresses: Vec<String> =
        app::services_of(new.roles).into_iter().map(|path| format!("…/ws/{path}?wsdl")).collect();
    println!("Вход {} {done}. Передайте: имя, пароль и адрес {}", given.login, addresses.join(" и "));
    for login in given.disabled {
        println!("Прежний вход {login} той же кассы закрыт.");
    }
    Ok(ExitCode::SUCCESS)
}

/// A password that may be used: from KOPILKA_PASSWORD or typed.
pub(super) fn password() -> Result<Secret, Failure> {
    let password = typed::new_secret("KOPILKA_PASSWORD", "Password")?;
    check_password(password.reveal()).map_err(|problem| Failure(problem.russian(), MISUSED))?;
    Ok(password)
}
