//! `partner add` and `till add`.

use std::process::ExitCode;

use zeroize::Zeroizing;

use crate::{
    app::{self, Opened},
    cli::{Failure, MISUSED, existing},
    clock::Clock,
    config::Config,
    store::{
        admin::{self, NewPartner, NewTill},
        db::upgrade::upgrade,
    },
};

/// Adds a partner; may be done beside a running gateway, which sees it with its next batch.
pub(super) fn add_partner(config: &Config, new: &NewPartner) -> Result<ExitCode, Failure> {
    let opened = Opened::open(config)?;
    let mut db = opened.writer()?;
    if db.pending_migrations()? > 0 {
        // Only the schema must not change under a gateway.
        let _lock = app::lock_file(&config.database.url)?;
        upgrade(&mut db, &opened.vault, Clock::System.now(), |_| {})?;
    }
    admin::check_key(&mut db, &opened.vault)?;
    admin::add_partner(&mut db, &opened.vault, new, Clock::System.now())?;
    println!("Partner {} was added. Next: kopilka till add --partner {} …", new.code, new.code);
    Ok(ExitCode::SUCCESS)
}

/// Adds a till or a login; may be done beside a running gateway too.
pub(super) fn add_till(config: &Config, new: &NewTill) -> Result<ExitCode, Failure> {
    let mut db = existing(config)?;
    let vault = Opened::open(config)?.vault;
    admin::check_key(&mut db, &vault)?;
    admin::add_till(&mut db, &vault, new, Clock::System.now())?;
    println!("Login {} was added. Hand over: the login, its password, and the address …/ws/pos_1?wsdl", new.login);
    Ok(ExitCode::SUCCESS)
}

/// A password from the environment or from standard input.
pub(super) fn password() -> Result<Zeroizing<String>, Failure> {
    let given = std::env::var("KOPILKA_PASSWORD").ok().filter(|password| !password.is_empty()).map(Zeroizing::new);
    let password = match given {
        Some(password) => password,
        None => {
            eprintln!("Password (one line from standard input):");
            let mut line = Zeroizing::new(String::new());
            std::io::stdin().read_line(&mut line)?;
            Zeroizing::new(line.trim_end_matches(['\r', '\n']).to_owned())
        }
    };
    if password.chars().count() < 8 {
        return Err(Failure("a password has at least 8 characters".into(), MISUSED));
    }
    Ok(password)
}
