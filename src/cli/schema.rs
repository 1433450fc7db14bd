//! `migrate`.

use std::process::ExitCode;

use crate::{
    app::{self, Opened},
    cli::failure::Failure,
    clock::Clock,
    config::Config,
    store::db::upgrade::{Progress, cover_anew, upgrade},
};

/// Brings the schema up to date; writes down anew how every row is when `cover`.
pub(super) fn migrate(config: &Config, cover: bool) -> Result<ExitCode, Failure> {
    let _lock = app::lock_file(&config.database.url)?;
    let opened = Opened::open(config)?;
    let mut db = opened.writer()?;
    let now = Clock::System.now();
    let told = |progress: Progress| eprint!("\r{progress}…");
    let done = if cover {
        let done = cover_anew(&mut db, &opened.vault, now, told)?;
        eprintln!();
        done
    } else {
        upgrade(&mut db, &opened.vault, now, told)?
    };
    println!("{done} migrations were run; the schema of {} is up to date.", config.database.url);
    if let Some(warning) = db.schema_version()?.warning() {
        eprintln!("warning: {warning}");
    }
    Ok(ExitCode::SUCCESS)
}
