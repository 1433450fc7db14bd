//! `migrate`.

use std::process::ExitCode;

use crate::{
    app::{self, Opened},
    cli::{failure::Failure, first_steps},
    clock::Clock,
    config::Config,
    store::db::upgrade::{Progress, cover_anew, upgrade},
};

/// Brings the schema up to date, and makes a database where there is none; writes down anew how every row is when `cover`.
pub(super) fn migrate(config: &Config, cover: bool) -> Result<ExitCode, Failure> {
    let url = &config.database.url;
    let _lock = app::lock_file(url)?;
    let opened = Opened::make(config)?;
    let mut db = opened.writer()?;
    let now = Clock::System.now();
    let (from, pending) = (db.last_migration()?, db.schema_version()?.pending);
    if let (Some(from), Some(to)) = (&from, pending.last()) {
        eprintln!("upgrading the schema of {url} from {from} to {to} ({} migrations)", pending.len());
    }
    let told = |progress: Progress| eprint!("\r{progress}…");
    let done = if cover {
        let done = cover_anew(&mut db, &opened.vault, now, told)?;
        eprintln!();
        done
    } else {
        upgrade(&mut db, &opened.vault, now, told)?
    };
    let to = db.last_migration()?.unwrap_or_default();
    match from {
        Some(from) if from != to => {
            println!("{done} migrations were run, from {from} to {to}; the schema of {url} is up to date.");
        }
        Some(_) => println!("{done} migrations were run; the schema of {url} is up to date at {to}."),
        None => {
            println!("{done} migrations were run; the schema of {url} is up to date at {to}.");
            println!("{}", first_steps::made(config));
        }
    }
    if let Some(warning) = db.schema_version()?.warning() {
        eprintln!("warning: {warning}");
    }
    Ok(ExitCode::SUCCESS)
}
