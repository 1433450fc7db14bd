//! `backup` and `restore` of an SQLite database.

use std::{
    path::Path,
    process::ExitCode,
    sync::mpsc::{RecvTimeoutError, channel},
    time::Duration,
};

use crate::{
    app,
    cli::{
        database::existing,
        failure::{FAILED, Failure},
    },
    config::{Config, KeySource},
    store::db::backup::{self, Looked, part_of},
    vault::{MasterKey, Vault},
};

/// The shortest time between two progress lines.
const TOLD_EVERY: Duration = Duration::from_secs(1);

/// The advice when the database is a server.
const POSTGRES: &str = "a PostgreSQL database is copied by PostgreSQL's own tools: `pg_dump --format=custom --file=FILE URL` for a \
    copy, `pg_restore --dbname=URL FILE` into an empty database to put it back, or pg_basebackup with WAL archiving to come back \
    to any moment; docs/backup.md has the steps";

/// Copies the database into a new file.
pub(super) fn backup(config: &Config, file: &Path) -> Result<ExitCode, Failure> {
    let Some(path) = config.database.url.sqlite_path() else { return Err(Failure(POSTGRES.into(), FAILED)) };
    let mut db = existing(config)?;
    let (done, wait) = channel::<()>();
    let part = part_of(file);
    let of = std::fs::metadata(path).map(|file| file.len()).unwrap_or_default();
    let watcher = std::thread::spawn(move || {
        while wait.recv_timeout(TOLD_EVERY) == Err(RecvTimeoutError::Timeout) {
            let so_far = std::fs::metadata(&part).map(|file| file.len()).unwrap_or_default();
            eprint!("\r{} of about {} MB…", so_far / 1_000_000, of / 1_000_000);
        }
    });
    let copied = backup::backup(&mut db, file);
    drop(done);
    // It only writes to the terminal.
    let _ = watcher.join();
    let size = copied?;
    println!("{} bytes are in {}, on the disk.", size, file.display());
    println!("The key is not: {}", key(config));
    println!(
        "Check the copy from time to time: kopilka restore {} --verify --database sqlite://elsewhere.db",
        file.display()
    );
    Ok(ExitCode::SUCCESS)
}

/// Puts a copy in the place of a database that is not there.
pub(super) fn restore(config: &Config, file: &Path, verified: bool) -> Result<ExitCode, Failure> {
    let Some(path) = config.database.url.sqlite_path() else { return Err(Failure(POSTGRES.into(), FAILED)) };
    let _lock = app::lock_file(&config.database.url)?;
    let limits = app::connect_limits(config);
    let vault = if verified { present_key(config)?.map(Vault::new) } else { None };
    let looked = if verified { Looked::Verified(vault.as_ref()) } else { Looked::Whole };
    let report = backup::restore(&config.database.url, file, &limits, &looked, |so_far| {
        eprint!("\r{} of {} accounts, {} entries…", so_far.accounts, so_far.accounts_expected, so_far.entries);
    })?;
    if let Some(report) = report {
        eprintln!();
        println!("{} seals; {} accounts, {} entries, 0 findings.", report.seals, report.accounts, report.entries);
        if vault.is_none() {
            println!(
                "Without its key, what the key has signed was not compared: run `kopilka verify` once the key is here."
            );
        }
    }
    println!("{} was put in its place.", path.display());
    println!("It needs the key that it was made with: {}", key(config));
    Ok(ExitCode::SUCCESS)
}

/// The key, if it is here: a copy is often restored before it.
fn present_key(config: &Config) -> Result<Option<MasterKey>, Failure> {
    Ok(match config.key_source() {
        Some(KeySource::Inline(key)) => Some(MasterKey::from_text(key.reveal())?),
        Some(KeySource::File { path, .. }) if path.exists() => Some(MasterKey::from_file(&path, false)?),
        Some(KeySource::File { .. }) | None => None,
    })
}

/// Where the key is, and what is to be done with it.
fn key(config: &Config) -> String {
    match config.key_source() {
        Some(KeySource::File { path, .. }) => {
            format!("{}. Keep a copy of it too, and not beside the copy of the database.", path.display())
        }
        Some(KeySource::Inline(_)) | None => {
            "the one in the configuration or in KOPILKA_SECURITY__KEY. Keep a copy of it too, and not beside the copy of the database."
                .into()
        }
    }
}
