//! `keys`: shows the keys, replaces them while gateways serve, and makes the master key's copy on paper.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    thread,
    time::{Duration, Instant},
};

use clap::Subcommand;

use crate::{
    access::passphrase_key,
    app::Opened,
    cli::{
        database::existing,
        failure::{FAILED, Failure, MISUSED},
        typed,
    },
    clock::Clock,
    config::{Config, KeySource},
    domain::moment::Moment,
    store::{
        db::backend::{Db, Purpose},
        error::StoreError,
        tables::{
            customer_key,
            key::{self, KeyError},
        },
    },
    vault::{Escrowed, Fingerprint, MasterKey, Vault},
};

/// The number of customers' keys that one transaction reseals. Tills wait for such a step.
const KEYS_PER_STEP: i64 = 200;
/// The pause after a step, as a multiple of its duration.
const PAUSE_TIMES: u32 = 2;
/// The most passes over all customers. More than one is needed when a gateway has not noticed the new key yet and seals
/// new customers' keys with the old one.
const ROUNDS_MAX: u32 = 10;
/// The shortest time between two progress lines.
const TOLD_EVERY: Duration = Duration::from_secs(1);
/// The shortest passphrase of an escrow.
const PASSPHRASE_CHARACTERS_MIN: usize = 12;
/// Words of an escrow on a line.
const WORDS_PER_LINE: usize = 6;

/// What to do with the keys.
#[derive(Debug, Subcommand)]
pub(super) enum KeysCommand {
    /// Show the keys by their numbers and fingerprints; exit code 1 when something is to be done.
    Status,
    /// Replace the database's sealing key, and seal every customer's key with the new one; gateways may run. After an
    /// interruption run it again: it goes on where it stopped.
    Rotate {
        /// Make another master key in this new file instead, and let both open the database until `keys retire`.
        #[arg(long, value_name = "FILE")]
        master_to: Option<PathBuf>,
    },
    /// Let only the configured master key open the database: the last step of replacing it. To be run with the new key.
    Retire {
        /// Give the replacement up: keep the configured key though a newer one opens the database too.
        #[arg(long)]
        give_up_newer: bool,
    },
    /// Print a copy of the master key for paper: 48 words, sealed with a passphrase. The passphrase is read from
    /// KOPILKA_PASSPHRASE or from the first line of standard input.
    Escrow {
        /// Compare a copy with the configured key instead: reads the passphrase, then the words.
        #[arg(long)]
        check: bool,
    },
    /// Restore the key file from its copy on paper: reads the passphrase, then the words.
    Recover {
        /// The new file; an existing one is never overwritten.
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
    },
}

pub(super) fn run(config: &Config, command: &KeysCommand) -> Result<ExitCode, Failure> {
    match command {
        KeysCommand::Status => status(config),
        KeysCommand::Rotate { master_to: None } => rotate(config),
        KeysCommand::Rotate { master_to: Some(file) } => replace_master(config, file),
        KeysCommand::Retire { give_up_newer } => retire(config, *give_up_newer),
        KeysCommand::Escrow { check: false } => escrow(config),
        KeysCommand::Escrow { check: true } => check_escrow(config),
        KeysCommand::Recover { to } => recover(to),
    }
}

/// The database with its keys. Its schema must be up to date.
fn opened(config: &Config) -> Result<(Opened, Db), Failure> {
    existing(config)?;
    Ok(Opened::with_keys(config)?)
}

fn date(at: Moment) -> String {
    at.local(0).format("%Y-%m-%d").to_string()
}

fn status(config: &Config) -> Result<ExitCode, Failure> {
    let (opened, mut db) = opened(config)?;
    let own = opened.vault.master().fingerprint();
    let (keys, counts) = (key::list(&mut db)?, customer_key::count(&mut db)?);
    let escrowed = key::escrowed_at(&mut db, own)?;
    let newest = opened.vault.ring()?.newest();
    let mut to_do: Vec<String> = Vec::new();
    match escrowed {
        Some(at) => println!("Master key {own}: on paper since {}.", date(at)),
        None => {
            println!("Master key {own}: no copy on paper.");
            to_do.push("make a copy of the master key on paper: kopilka keys escrow".into());
        }
    }
    for view in &keys {
        let made = view.made_at.map_or_else(|| "with the database".to_owned(), date);
        let mark = if view.id == newest { ", seals now" } else { "" };
        let count = counts.get(&view.id).copied().unwrap_or_default();
        println!("Database key {}: made {made}, seals the keys of {count} customers{mark}.", view.id);
    }
    let old: u64 = counts.iter().filter(|(id, _)| **id != newest).map(|(_, count)| count).sum();
    if old > 0 {
        to_do.push(format!("{old} customers' keys are sealed by an older key: kopilka keys rotate goes on with them"));
    }
    let (older, newer) = others(&mut db, own)?;
    for other in older {
        to_do.push(format!(
            "the older master key {other} still opens this database: once every gateway has {own}, which is configured here, \
             run kopilka keys retire here"
        ));
    }
    for other in newer {
        to_do.push(format!(
            "the newer master key {other} waits: give it to every gateway, then run kopilka keys retire with it"
        ));
    }
    to_do.iter().for_each(|what| println!("To do: {what}."));
    Ok(if to_do.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(FAILED) })
}

/// Makes a new sealing key and reseals customers' keys with it. An unfinished rotation is finished first, without a new
/// key.
fn rotate(config: &Config) -> Result<ExitCode, Failure> {
    let (opened, mut db) = opened(config)?;
    let counts = customer_key::count(&mut db)?;
    let newest = opened.vault.ring()?.newest();
    let is_unfinished = counts.keys().any(|id| *id != newest);
    let id = if is_unfinished {
        println!("Database key {newest} is there; going on with the customers that it does not seal yet.");
        newest
    } else {
        let now = Clock::System.now();
        let id = db.transaction(Purpose::Write, |db| key::add_sealing_key(db, &opened.vault, now))?;
        println!("Database key {id} was made, and seals from now on.");
        id
    };
    let total: u64 = counts.values().sum();
    let done = reseal(&mut db, &opened.vault, total)?;
    println!("{done} customers' keys were sealed by database key {id}; nothing else was changed.");
    Ok(ExitCode::SUCCESS)
}

/// Reseals customers' keys until none is sealed with an older key; returns how many were.
fn reseal(db: &mut Db, vault: &Vault, total: u64) -> Result<u64, Failure> {
    let ring = vault.ring()?;
    let (mut done, mut told) = (0_u64, Instant::now());
    for _ in 0..ROUNDS_MAX {
        let (mut last, mut of_round) = (i64::MIN, 0_u64);
        loop {
            let begun = Instant::now();
            let step = db.transaction(Purpose::Write, |db| {
                let keys = customer_key::after(db, last, KEYS_PER_STEP)?;
                let count = customer_key::reseal(db, &keys, &ring)?;
                Ok::<_, KeyError>((keys.last().map(|(id, _)| *id), count))
            })?;
            let (Some(end), count) = step else { break };
            last = end;
            of_round = of_round.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
            if told.elapsed() >= TOLD_EVERY {
                told = Instant::now();
                eprint!("\r{} of {total} customers' keys…", done.saturating_add(of_round));
            }
            if count > 0 {
                thread::sleep(begun.elapsed().saturating_mul(PAUSE_TIMES));
            }
        }
        done = done.saturating_add(of_round);
        if of_round == 0 {
            return Ok(done);
        }
    }
    Err(Failure(
        "gateways still use the older key; see that all of them reach the database, and run it again".into(),
        FAILED,
    ))
}

fn replace_master(config: &Config, file: &Path) -> Result<ExitCode, Failure> {
    let (opened, mut db) = opened(config)?;
    // After an interruption the file exists already.
    let (other, is_new) = match MasterKey::from_file(file, false) {
        Ok(key) => (key, false),
        Err(_) if !file.exists() => (MasterKey::fresh()?, true),
        Err(error) => return Err(error.into()),
    };
    if other.fingerprint() == opened.vault.master().fingerprint() {
        return Err(Failure(format!("{} holds the master key that is in use", file.display()), MISUSED));
    }
    if is_new {
        other.write_to(file)?;
    }
    let now = Clock::System.now();
    db.transaction(Purpose::Write, |db| key::seal_by_another(db, &opened.vault, &other, now))?;
    println!(
        "{} holds the new master key {}; the old one opens the database still. Next:",
        file.display(),
        other.fingerprint()
    );
    println!(
        "  1. give every gateway the new file (security.key_file or KOPILKA_SECURITY__KEY), and restart them one by one;"
    );
    println!("  2. with the new key: kopilka keys escrow, kopilka keys escrow --check, and then kopilka keys retire;");
    println!("  3. keep the old key and its paper as long as copies of the database from before: they need it.");
    Ok(ExitCode::SUCCESS)
}

fn retire(config: &Config, give_up_newer: bool) -> Result<ExitCode, Failure> {
    let (opened, mut db) = opened(config)?;
    let own = opened.vault.master().fingerprint();
    let dropped = db.transaction(Purpose::Write, |db| {
        let (older, newer) = others(db, own)?;
        if let Some(newer) = newer.first().filter(|_| !give_up_newer) {
            return Ok(Err(newer.clone()));
        }
        key::forget_other_masters(db, &opened.vault)?;
        Ok::<_, KeyError>(Ok([older, newer].concat()))
    })?;
    let dropped = dropped.map_err(|newer| {
        let what = format!(
            "master key {newer} is newer than {own}, which is configured: set the file of the newer one \
             (security.key_file or KOPILKA_SECURITY__KEY) and run it again, or give the newer key up with --give-up-newer"
        );
        Failure(what, MISUSED)
    })?;
    if key::escrowed_at(&mut db, own)?.is_none() {
        eprintln!("Master key {own} has no copy on paper: kopilka keys escrow, then kopilka keys escrow --check");
    }
    if dropped.is_empty() {
        println!("Master key {own} alone opens this database, as before.");
    } else {
        println!("Master key {own} alone opens this database now; {} does not any more.", dropped.join(", "));
        println!("Copies of the database that were made before still need the key of their time.");
    }
    Ok(ExitCode::SUCCESS)
}

/// The other master keys that open the database: those that are older than this one, and those that are newer.
fn others(db: &mut Db, own: &Fingerprint) -> Result<(Vec<String>, Vec<String>), StoreError> {
    let masters = key::masters(db)?;
    let since = masters.iter().find(|master| master.fingerprint == *own).map(|master| master.since);
    let (older, newer): (Vec<_>, Vec<_>) =
        masters.into_iter().filter(|master| master.fingerprint != *own).partition(|master| Some(master.since) <= since);
    let names = |masters: Vec<key::MasterView>| masters.iter().map(|master| master.fingerprint.to_string()).collect();
    Ok((names(older), names(newer)))
}

fn escrow(config: &Config) -> Result<ExitCode, Failure> {
    let (opened, mut db) = opened(config)?;
    let passphrase = typed::new_secret("KOPILKA_PASSPHRASE", "Passphrase")?;
    if passphrase.reveal().chars().count() < PASSPHRASE_CHARACTERS_MIN {
        return Err(Failure(format!("a passphrase has at least {PASSPHRASE_CHARACTERS_MIN} characters"), MISUSED));
    }
    let master = opened.vault.master();
    let salt = Escrowed::fresh_salt()?;
    let escrowed = Escrowed::seal(master, &salt, &*passphrase_key(passphrase.reveal(), &salt)?)?;
    eprintln!(
        "Master key {}. Write these words down, in their order, and keep the passphrase elsewhere:",
        master.fingerprint()
    );
    for (line, words) in (1..).zip(escrowed.words().chunks(WORDS_PER_LINE)) {
        let words: Vec<String> = words.iter().map(|word| format!("{word:<8}")).collect();
        println!("{line:>2}  {}", words.join("  ").trim_end());
    }
    key::note_escrow(&mut db, master.fingerprint(), Clock::System.now())?;
    eprintln!("Then type them in once from the paper: kopilka keys escrow --check");
    Ok(ExitCode::SUCCESS)
}

fn check_escrow(config: &Config) -> Result<ExitCode, Failure> {
    let configured = match config.key_source() {
        Some(KeySource::Inline(key)) => MasterKey::from_text(key.reveal())?,
        Some(KeySource::File { path, .. }) => MasterKey::from_file(&path, false)?,
        None => return Err(Failure("no key is configured".into(), MISUSED)),
    };
    let read = read_escrow()?;
    if read.fingerprint() != configured.fingerprint() {
        let (read, own) = (read.fingerprint(), configured.fingerprint());
        return Err(Failure(format!("the words are those of master key {read}; {own} is configured"), FAILED));
    }
    println!("The words and the passphrase give master key {}, which is configured.", read.fingerprint());
    Ok(ExitCode::SUCCESS)
}

fn recover(to: &Path) -> Result<ExitCode, Failure> {
    // Before somebody types 48 words in vain.
    if to.exists() {
        return Err(Failure(
            format!("{} is there already and is not overwritten: give another name", to.display()),
            MISUSED,
        ));
    }
    let master = read_escrow()?;
    master.write_to(to)?;
    println!("{} holds master key {}. Only its owner can read it.", to.display(), master.fingerprint());
    Ok(ExitCode::SUCCESS)
}

/// A passphrase, then the words.
fn read_escrow() -> Result<MasterKey, Failure> {
    let passphrase = typed::secret("KOPILKA_PASSPHRASE", "Passphrase")?;
    let typed = typed::lines("The words", Escrowed::is_whole)?;
    let escrowed = Escrowed::from_words(&typed)?;
    Ok(escrowed.open(&*passphrase_key(passphrase.reveal(), escrowed.salt())?)?)
}
