//! `seals`: the daily seals of the journal.

use std::process::ExitCode;

use crate::{
    cli::{database::existing, failure::Failure},
    config::Config,
    store::{
        books::seal::{day_text, hex},
        tables::seal,
    },
};

/// Seals read at a time.
const SEALS_PER_STEP: i64 = 500;

/// Prints every seal, a line each.
pub(super) fn show(config: &Config) -> Result<ExitCode, Failure> {
    let mut db = existing(config)?;
    let mut after = i64::MIN;
    println!("{:<10} {:>10} {:>12}  root", "day", "accounts", "entries");
    loop {
        let seals = seal::load_after(&mut db, after, SEALS_PER_STEP)?;
        for seal in &seals {
            println!("{:<10} {:>10} {:>12}  {}", day_text(seal.day), seal.accounts, seal.entries, hex(&seal.root));
        }
        match seals.last() {
            Some(seal) => after = seal.day,
            None => return Ok(ExitCode::SUCCESS),
        }
    }
}
