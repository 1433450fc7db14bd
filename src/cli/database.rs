//! The database that a command works on.
#![allow(clippy::print_stderr, reason = "a warning goes to the terminal")]

use std::sync::Arc;

use crate::{
    app::Opened,
    cli::failure::{FAILED, Failure},
    config::Config,
    store::db::backend::Db,
    vault::Vault,
};

/// A connection to a database that is there with a schema of this program's.
pub(super) fn existing(config: &Config) -> Result<Db, Failure> {
    if let Some(path) = config.database.url.sqlite_path().filter(|path| !path.exists()) {
        return Err(Failure(format!("there is no database {}; check --database", path.display()), FAILED));
    }
    let mut db = Opened::open(config)?.writer()?;
    let version = db.schema_version()?;
    if !version.pending.is_empty() {
        let missing = version.pending.len();
        return Err(Failure(format!("the schema is {missing} migrations behind; run `kopilka migrate` first"), FAILED));
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
