//! `verify`: compares everything with the journal.

use std::{
    fs,
    io::IsTerminal as _,
    path::Path,
    process::ExitCode,
    time::{Duration, Instant},
};

use crate::{
    cli::{
        database::existing_with_keys,
        failure::{FAILED, Failure, MISUSED},
    },
    config::Config,
    store::books::{
        seal::day_of_text,
        verify::{KnownRoot, KnownSeal, Outside, Report, verify_against},
    },
};

/// Findings printed before the rest is only counted.
const FINDINGS_SHOWN_MAX: usize = 50;
/// The shortest time between two progress lines.
const TOLD_EVERY: Duration = Duration::from_secs(1);

/// Checks the whole journal.
pub(super) fn verify(config: &Config, roots: &[KnownRoot], file: Option<&Path>) -> Result<ExitCode, Failure> {
    let chronicle_roots = file.map(read_roots).transpose()?.unwrap_or_default();
    let (mut db, vault) = existing_with_keys(config)?;
    let started = Instant::now();
    // A file would keep each line that a terminal writes over.
    let is_watched = std::io::stderr().is_terminal();
    let mut told: Option<Instant> = None;
    let outside = Outside { roots, chronicle_roots: &chronicle_roots, vault: Some(&vault) };
    let report = verify_against(&mut db, &outside, |so_far| {
        if is_watched && told.is_none_or(|at| at.elapsed() >= TOLD_EVERY) {
            told = Some(Instant::now());
            eprint!("\r{}", progress(so_far, started.elapsed()));
        }
    })?;
    if told.is_some() {
        eprintln!("\r{}", progress(&report, started.elapsed()));
    }
    for acceptance in &report.acceptances {
        println!("{acceptance}");
    }
    for finding in report.findings.iter().take(FINDINGS_SHOWN_MAX) {
        println!("{finding}");
    }
    let found = u64::try_from(report.findings.len()).unwrap_or(u64::MAX).saturating_add(report.omitted);
    let hidden = found.saturating_sub(u64::try_from(FINDINGS_SHOWN_MAX).unwrap_or(u64::MAX));
    if hidden > 0 {
        println!("… and {hidden} more.");
    }
    println!(
        "{} daily seals; {} entries and {} seals of the chronicle; {} accounts, {} entries, {found} findings.",
        report.seals, report.chronicle, report.chronicle_seals, report.accounts, report.entries
    );
    if let (Some(file), Some(last)) = (file, chronicle_roots.iter().max_by_key(|root| root.number)) {
        println!("{} roots of {} were compared, up to seal {}.", chronicle_roots.len(), file.display(), last.number);
    }
    Ok(if found == 0 { ExitCode::SUCCESS } else { ExitCode::from(FAILED) })
}

/// The roots that were kept in a file: a line each, as the log and `seals.file` have them: number, time, digest.
fn read_roots(file: &Path) -> Result<Vec<KnownSeal>, Failure> {
    let failed = |what: String| Failure(format!("the file of roots {}: {what}", file.display()), MISUSED);
    let text = fs::read_to_string(file).map_err(|error| failed(format!("it cannot be read: {error}")))?;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let roots: Vec<KnownSeal> = lines
        .map(|line| {
            let mut words = line.split_whitespace();
            let read = || {
                let number = words.next()?.parse().ok()?;
                let root = digest_of_hex(words.next_back()?)?;
                Some(KnownSeal { number, root })
            };
            std::iter::once_with(read).flatten().next().ok_or_else(|| {
                failed(format!("«{line}» is no root: a line is a seal's number, its time, and 64 hexadecimal digits"))
            })
        })
        .collect::<Result<_, Failure>>()?;
    if roots.is_empty() {
        return Err(failed("there is no root in it, so nothing could be compared".into()));
    }
    Ok(roots)
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

/// The digest that 64 hexadecimal digits stand for.
fn digest_of_hex(text: &str) -> Option<Vec<u8>> {
    let is_hex = text.len() == 64 && text.is_ascii();
    let bytes = (0..32).map(|at| u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok());
    bytes.collect::<Option<Vec<u8>>>().filter(|_| is_hex)
}

/// A root as an argument gives it.
pub(super) fn known_root(text: &str) -> Result<KnownRoot, String> {
    let known = text
        .split_once('=')
        .and_then(|(day, root)| Some(KnownRoot { day: day_of_text(day)?, root: digest_of_hex(root)? }));
    known.ok_or_else(|| "a root is given as 2026-11-21= and 64 hexadecimal digits, as `kopilka seals` prints it".into())
}
