//! `replay`: balances and lots rebuilt from the journal alone.

use std::process::ExitCode;

use crate::{
    app,
    cli::{
        database::{existing, is_there},
        failure::{FAILED, Failure},
    },
    config::Config,
    store::books::replay,
};

/// Differences printed before the rest is only counted.
const SHOWN_MAX: usize = 50;

/// Compares, and mends when `write`.
pub(super) fn replay(config: &Config, write: bool) -> Result<ExitCode, Failure> {
    is_there(config)?;
    let _lock = if write { app::lock_file(&config.database.url)? } else { None };
    let mut db = existing(config)?;
    let mut count: usize = 0;
    let summary = replay::replay(
        &mut db,
        write,
        |account, what| {
            count = count.saturating_add(1);
            if count <= SHOWN_MAX {
                println!("account {account}: {what}");
            }
        },
        |so_far| eprint!("\r{} accounts, {} entries…", so_far.accounts, so_far.entries),
    )?;
    if summary.accounts > 0 {
        eprintln!();
    }
    if count > SHOWN_MAX {
        println!("… and {} more.", count.saturating_sub(SHOWN_MAX));
    }
    let done = if write { "were mended" } else { "differ; nothing was changed (--write mends)" };
    println!(
        "{} accounts, {} entries replayed: {} accounts {done}, {} have a damaged journal.",
        summary.accounts, summary.entries, summary.differing, summary.damaged
    );
    Ok(if count == 0 { ExitCode::SUCCESS } else { ExitCode::from(FAILED) })
}
