//! The database that a command works on.
#![allow(clippy::print_stderr, reason = "a warning goes to the terminal")]

use std::sync::Arc;

use crate::{
    app::{AppError, Opened},
    cli::failure::{FAILED, Failure},
    config::Config,
    store::db::backend::Db,
    vault::Vault,
};

/// Refuses to go on where there is no database: what comes next would leave files there.
pub(super) fn is_there(config: &Config) -> Result<(), Failure> {
    let url = &config.database.url;
    match url.sqlite_path() {
        Some(path) if !path.exists() => Err(AppError::NoDatabase { url: url.to_string() }.into()),
        Some(_) | None => Ok(()),
    }
}

/// A connection to a database that is there with a schema of this program's.
pub(super) fn existing(config: &Config) -> Result<Db, Failure> {
    let mut db = Opened::open(config)?.writer()?;
    let version = db.schema_version()?;
    if !version.pending.is_empty() {
        let missing = version.pending.len();
        let what = match db.last_migration()? {
            Some(last) => {
                format!("the schema is {missing} migrations behind (it stands at {last}); run `kopilka migrate` first")
            }
            None => {
                format!("the database {} is empty; make its tables by `kopilka migrate` first", config.database.url)
            }
        };
        return Err(Failure(what, FAILED));
    }
    if let Some(warning) = version.warning() {
        eprintln!("warning: {warning}");
    }
    Ok(db)
}

/// The same, with the database's keys opened.
pub(super) fn existing_with_keys(config: &Config) -> Result<(Db, Arc<Vault>), Failure> {
    existing(config)?;
    let (opened, db) = Opened::with_keys(config)?;
    Ok((db, opened.vault))
}
