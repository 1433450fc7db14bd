//! `seals`: the daily seals of the journal, or those of the chronicle.

use std::process::ExitCode;

use crate::{
    cli::{database::existing, failure::Failure},
    config::Config,
    store::{
        books::{
            chronicle_seal::root_line,
            seal::{day_text, hex},
        },
        tables::{chronicle_seal, seal},
    },
};

/// Seals read at a time.
const SEALS_PER_STEP: i64 = 500;

/// Prints every seal of the journal, a line each.
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

/// Prints the root of every seal of the chronicle, a line each, as `verify --roots-file` reads them.
pub(super) fn show_chronicle(config: &Config) -> Result<ExitCode, Failure> {
    let mut db = existing(config)?;
    let mut after = 0;
    loop {
        let seals = chronicle_seal::load_after(&mut db, after, SEALS_PER_STEP)?;
        for seal in &seals {
            println!("{}", root_line(seal));
        }
        match seals.last() {
            Some(seal) => after = seal.number,
            None => return Ok(ExitCode::SUCCESS),
        }
    }
}
