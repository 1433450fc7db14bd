//! Backup of an embedded database while tills work, and its restoration.
//!
//! The copy is one consistent state with everything acknowledged before it began. It gets its name only when it is
//! complete and on the disk. An interrupted copy leaves a file that ends in `.part`, and never replaces anything.

use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io,
    path::{Path, PathBuf},
};

use diesel::{RunQueryDsl as _, sql_types::Text};

use crate::{
    config::DatabaseUrl,
    store::{
        books::verify::{Outside, Report, verify_against},
        db::backend::{BackendError, ConnectLimits, Connections, Db, Purpose},
        error::StoreError,
        tables::key::{self, KeyError},
    },
    vault::Vault,
};

/// The first bytes of every SQLite file.
const SQLITE_MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// Why a backup or a restoration failed.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The name is taken.
    #[error("{0} exists already, and nothing is ever overwritten; give another name, or move it away")]
    Exists(PathBuf),
    /// A file cannot be read or written.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It is not a copy of a database.
    #[error("{0} is no SQLite database")]
    NoDatabase(PathBuf),
    /// It is damaged.
    #[error("{path} is damaged: {said}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// SQLite's report.
        said: String,
    },
    /// Its schema is older than this program's.
    #[error(
        "the schema of {0} is older than this program's: restore it without --verify, then run `kopilka migrate` and `kopilka verify`"
    )]
    Older(PathBuf),
    /// Verifying it found differences.
    #[error("the copy is not in order ({} findings, the first: {}); nothing was restored", .0.findings.len(), first(.0))]
    NotInOrder(Box<Report>),
    /// The key is another database's.
    #[error("{0}; nothing was restored")]
    Key(KeyError),
    /// The database.
    #[error(transparent)]
    Backend(#[from] BackendError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The database is not a file.
    #[error("only an SQLite database is a file that can be copied")]
    NotAFile,
}

fn first(report: &Report) -> String {
    report.findings.first().map(ToString::to_string).unwrap_or_default()
}

fn failed(path: &Path) -> impl Fn(io::Error) -> BackupError + '_ {
    move |source| BackupError::File { path: path.to_owned(), source }
}

/// The name of an unfinished copy.
#[must_use]
pub fn part_of(target: &Path) -> PathBuf {
    let mut name = OsString::from(target.as_os_str());
    name.push(".part");
    name.into()
}

/// Copies a live database into a new file; returns its size in bytes.
///
/// # Errors
/// The name is taken, the database is not a file, or the disk is full; no file of that name remains.
pub fn backup(db: &mut Db, target: &Path) -> Result<u64, BackupError> {
    let Db::Sqlite(c) = db else { return Err(BackupError::NotAFile) };
    let part = part_of(target);
    reserve(target)?;
    let copied = new_file(&part).and_then(|_| {
        let into = part.to_str().ok_or_else(|| failed(&part)(io::Error::other("its name is not UTF-8")))?;
        diesel::sql_query("VACUUM INTO ?").bind::<Text, _>(into).execute(&mut **c).map_err(BackendError::Query)?;
        let file = OpenOptions::new().write(true).open(&part).map_err(failed(&part))?;
        file.sync_all().map_err(failed(&part))?;
        let size = file.metadata().map_err(failed(&part))?.len();
        Ok(size)
    });
    finish(copied, &part, target)
}

/// How a copy is looked at before it takes its place.
pub enum Looked<'a> {
    /// Only whether the file can be used.
    Whole,
    /// The whole journal too; and what only the key can tell, where it is given.
    Verified(Option<&'a Vault>),
}

/// Restores a copy where no database exists; the caller holds the database's lock. Returns what verifying it found, if
/// that was requested.
///
/// # Errors
/// A database exists, or the copy is damaged, is from a newer program, is another key's, or has findings; nothing is
/// restored then.
pub fn restore(
    url: &DatabaseUrl,
    copy: &Path,
    limits: &ConnectLimits,
    looked: &Looked<'_>,
    progress: impl FnMut(&Report),
) -> Result<Option<Report>, BackupError> {
    let target = url.sqlite_path().ok_or(BackupError::NotAFile)?;
    let begins = File::open(copy).and_then(|mut file| {
        let mut bytes = [0; SQLITE_MAGIC.len()];
        io::Read::read_exact(&mut file, &mut bytes).map(|()| bytes)
    });
    match begins {
        Ok(bytes) if &bytes == SQLITE_MAGIC => {}
        Err(source) if source.kind() != io::ErrorKind::UnexpectedEof => return Err(failed(copy)(source)),
        Ok(_) | Err(_) => return Err(BackupError::NoDatabase(copy.to_owned())),
    }
    for beside in ["-wal", "-journal"] {
        let mut name = OsString::from(target.as_os_str());
        name.push(beside);
        // The WAL of a deleted database would be applied to this one.
        if fs::metadata(&name).is_ok_and(|file| file.len() > 0) {
            return Err(BackupError::Exists(name.into()));
        }
    }
    if fs::metadata(target).is_ok_and(|file| file.is_file() && file.len() == 0) {
        fs::remove_file(target).map_err(failed(target))?;
    }
    let part = part_of(target);
    reserve(target)?;
    let copied = new_file(&part).and_then(|mut file| {
        let mut from = File::open(copy).map_err(failed(copy))?;
        io::copy(&mut from, &mut file).map_err(failed(&part))?;
        file.sync_all().map_err(failed(&part))?;
        drop(file);
        examine(&part, limits, looked, progress)
    });
    finish(copied, &part, target)
}

/// Checks that a copy can be used.
fn examine(
    part: &Path,
    limits: &ConnectLimits,
    looked: &Looked<'_>,
    progress: impl FnMut(&Report),
) -> Result<Option<Report>, BackupError> {
    let url: DatabaseUrl = format!("sqlite://{}", part.display())
        .parse()
        .map_err(|_| failed(part)(io::Error::other("its name is no database's")))?;
    let damaged = |said: String| BackupError::Damaged { path: part.to_owned(), said };
    // Read-only: the check must not change the copy. A file that was truncated before a table's first page cannot even
    // be opened.
    let connections = Connections::open(&url, Purpose::Read, 1, limits)
        .map_err(|error| if let BackendError::Connect { said, .. } = error { damaged(said) } else { error.into() })?;
    let mut db = connections.get().map_err(StoreError::from)?;
    let said = db.quick_check().map_err(|error| damaged(error.to_string()))?;
    if said != "ok" {
        return Err(damaged(said));
    }
    let missing = db.pending_migrations()?;
    let Looked::Verified(vault) = *looked else { return Ok(None) };
    if missing > 0 {
        return Err(BackupError::Older(part.to_owned()));
    }
    if let Some(vault) = vault {
        key::open(&mut db, vault).map_err(BackupError::Key)?;
    }
    let report = verify_against(&mut db, &Outside { vault, ..Outside::default() }, progress)?;
    if report.findings.is_empty() { Ok(Some(report)) } else { Err(BackupError::NotInOrder(Box::new(report))) }
}

/// Reserves the name, so that no existing file is replaced.
fn reserve(target: &Path) -> Result<(), BackupError> {
    new_file(target).map(|_| ())
}

/// A new file that only its owner may read: it holds personal data.
fn new_file(path: &Path) -> Result<File, BackupError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|source| {
        if source.kind() == io::ErrorKind::AlreadyExists {
            BackupError::Exists(path.to_owned())
        } else {
            failed(path)(source)
        }
    })
}

/// Renames the copy to its final name, or removes it on failure.
fn finish<T>(made: Result<T, BackupError>, part: &Path, target: &Path) -> Result<T, BackupError> {
    let named = made.and_then(|value| {
        fs::rename(part, target).map_err(failed(target))?;
        let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        // The name is durable once its folder is synced. Systems where folders cannot be opened do this themselves.
        if let Ok(folder) = File::open(folder) {
            folder.sync_all().map_err(failed(target))?;
        }
        Ok(value)
    });
    let taken_part = !matches!(&named, Err(BackupError::Exists(path)) if path == part);
    if named.is_err() {
        // Both files were made here: the reserved name and the `.part`.
        let _ = fs::remove_file(target);
        if taken_part {
            let _ = fs::remove_file(part);
        }
    }
    for beside in ["-wal", "-shm"] {
        let mut name = OsString::from(part.as_os_str());
        name.push(beside);
        let _ = fs::remove_file(name);
    }
    named
}
