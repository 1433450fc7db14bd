//! `verify`: compares everything with the journal.

use std::{
    process::ExitCode,
    time::{Duration, Instant},
};

use crate::{
    cli::{
        database::existing,
        failure::{FAILED, Failure},
    },
    config::Config,
    store::books::verify::{KnownRoot, Report, verify_against},
};

/// Findings printed before the rest is only counted.
const FINDINGS_SHOWN_MAX: usize = 50;
/// The shortest time between two progress lines.
const TOLD_EVERY: Duration = Duration::from_secs(1);

/// Checks the whole journal.
pub(super) fn verify(config: &Config, roots: &[KnownRoot]) -> Result<ExitCode, Failure> {
    let mut db = existing(config)?;
    let started = Instant::now();
    let mut told: Option<Instant> = None;
    let report = verify_against(&mut db, roots, |so_far| {
        if told.is_none_or(|at| at.elapsed() >= TOLD_EVERY) {
            told = Some(Instant::now());
            eprint!("\r{}", progress(so_far, started.elapsed()));
        }
    })?;
    if told.is_some() {
        eprintln!("\r{}", progress(&report, started.elapsed()));
    }
    for finding in report.findings.iter().take(FINDINGS_SHOWN_MAX) {
        println!("{finding}");
    }
    let found = u64::try_from(report.findings.len()).unwrap_or(u64::MAX).saturating_add(report.omitted);
    let hidden = found.saturating_sub(u64::try_from(FINDINGS_SHOWN_MAX).unwrap_or(u64::MAX));
    if hidden > 0 {
        println!("… and {hidden} more.");
    }
    println!("{} seals; {} accounts, {} entries, {found} findings.", report.seals, report.accounts, report.entries);
    Ok(if found == 0 { ExitCode::SUCCESS } else { ExitCode::from(FAILED) })
}

/// The progress, the speed and the estimated remaining time.
fn progress(so_far: &Report, elapsed: Duration) -> String {
    let elapsed_ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX).max(1);
    let rate = so_far.entries.saturating_mul(1_000) / elapsed_ms;
    let left = so_far.accounts_expected.saturating_sub(so_far.accounts);
    let rest_s = left.saturating_mul(elapsed_ms) / so_far.accounts.max(1) / 1_000;
    format!(
        "{} of {} accounts, {} entries, {rate} a second, about {rest_s} s left…  ",
        so_far.accounts, so_far.accounts_expected, so_far.entries
    )
}
