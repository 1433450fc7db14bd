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
        ProgrammeOf::Joined => println!("It joined the programme {}.", new.programme),
        ProgrammeOf::Made => println!("The new programme {} was made, with the default rules.", new.programme),
    }
    println!("Partner {} was added. Next: kopilka till add --partner {} …", new.code, new.code);
    Ok(ExitCode::SUCCESS)
}

/// Adds a till or a login, or enables one again; may be done beside a running gateway too.
pub(super) fn add_till(config: &Config, new: &NewTill) -> Result<ExitCode, Failure> {
    let (mut db, vault) = existing_with_keys(config)?;
    let given = admin::add_till(&mut db, &vault, new, Clock::System.now())?;
    let done = match given.act {
        LoginAct::Added => "was added",
        LoginAct::Enabled => "was disabled and is enabled again",
        LoginAct::Changed => "has a new password and these roles",
    };
    let addresses: Vec<String> =
        app::services_of(new.roles).into_iter().map(|path| format!("…/ws/{path}?wsdl")).collect();
    println!("Login {} {done}. Hand over: the login, its password, and {}", given.login, addresses.join(" and "));
    for login in given.disabled {
        println!("Login {login} of the same till was disabled: it was replaced");
    }
    Ok(ExitCode::SUCCESS)
}

/// A password that may be used: from KOPILKA_PASSWORD or typed.
pub(super) fn password() -> Result<Secret, Failure> {
    let password = typed::new_secret("KOPILKA_PASSWORD", "Password")?;
    check_password(password.reveal()).map_err(|problem| Failure(problem.to_string(), MISUSED))?;
    Ok(password)
}
