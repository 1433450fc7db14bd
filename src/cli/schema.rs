//! `migrate`.

use std::process::ExitCode;

use crate::{
    app::{self, Opened},
    cli::failure::Failure,
    config::Config,
    store::db::upgrade::upgrade,
};

/// Brings the schema up to date.
pub(super) fn migrate(config: &Config) -> Result<ExitCode, Failure> {
    let _lock = app::lock_file(&config.database.url)?;
    let opened = Opened::open(config)?;
    let mut db = opened.writer()?;
    let done = upgrade(&mut db, &opened.vault, |progress| eprint!("\r{progress}…"))?;
    println!("{done} migrations were run; the schema of {} is up to date.", config.database.url);
    if let Some(warning) = db.schema_version()?.warning() {
        eprintln!("warning: {warning}");
    }
    Ok(ExitCode::SUCCESS)
}
