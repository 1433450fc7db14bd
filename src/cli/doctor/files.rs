//! Files and folders: who may read them, and how much room is left.

use std::{
    ffi::OsString,
    fs::{self, Metadata},
    path::{Path, PathBuf},
};

use crate::{app::free_bytes, cli::doctor::finding::Finding, config::Config};

/// Below so much room nothing is written any more.
const FREE_BYTES_MIN: u64 = 256 * 1_024 * 1_024;
/// What stands after the name of a SQLite database in those of its files.
const ENDS: [&str; 3] = ["", "-wal", "-shm"];

/// Whether others than the owner may read or change a file.
#[cfg(unix)]
pub(super) fn is_wider(file: &Metadata) -> bool {
    std::os::unix::fs::MetadataExt::mode(file) & 0o077 != 0
}

/// This system has no such permissions.
#[cfg(not(unix))]
pub(super) fn is_wider(_: &Metadata) -> bool {
    false
}

/// A file's permissions as `chmod` takes them.
#[cfg(unix)]
pub(super) fn mode_text(file: &Metadata) -> String {
    format!("{:o}", std::os::unix::fs::MetadataExt::mode(file) & 0o777)
}

/// This system has no such permissions.
#[cfg(not(unix))]
pub(super) fn mode_text(_: &Metadata) -> String {
    String::new()
}

/// Who may read the database's files.
pub(super) fn permissions(config: &Config) -> Option<Finding> {
    const CHECK: &str = "permissions";
    let path = config.database.url.sqlite_path()?;
    let files = ENDS.map(|end| with_end(path, end));
    let wide: Vec<String> = files
        .iter()
        .filter(|file| fs::metadata(file).is_ok_and(|file| is_wider(&file)))
        .map(|file| file.display().to_string())
        .collect();
    let exists = path.exists();
    Some(match wide.as_slice() {
        [] if !exists => return None,
        [] => Finding::fine(CHECK, "Only the owner can read the database's files."),
        wide => {
            let text = format!("The database's files are open to others than their owner: {}.", wide.join(", "));
            Finding::warning(CHECK, text, format!("chmod 600 {}", wide.join(" ")))
        }
    })
}

fn with_end(path: &Path, end: &str) -> PathBuf {
    let mut name: OsString = path.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}

/// How much room the database has: upgrades write it anew beside the old one.
pub(super) fn room(config: &Config) -> Finding {
    const CHECK: &str = "disk";
    let Some(path) = config.database.url.sqlite_path() else {
        let advice = "watch the room on the database's server; upgrades write tables anew";
        return Finding::note(CHECK, "The room on the disk of PostgreSQL's server cannot be seen from here.", advice);
    };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let size: u64 = ENDS.iter().filter_map(|end| fs::metadata(with_end(path, end)).ok()).map(|file| file.len()).sum();
    let Some(free) = free_bytes(folder) else {
        return Finding::note(
            CHECK,
            "The system does not say how much room the database's disk has.",
            "look for yourself",
        );
    };
    let shown =
        format!("Room on the database's disk: {} free, the database takes {}.", megabytes(free), megabytes(size));
    if free < FREE_BYTES_MIN {
        Finding::broken(CHECK, shown, "make room: without it the gateway will stop writing")
    } else if free < size {
        Finding::warning(CHECK, shown, "an upgrade and a copy need as much room again as the database takes")
    } else {
        Finding::fine(CHECK, shown)
    }
}

fn megabytes(bytes: u64) -> String {
    format!("{} MB", bytes.div_ceil(1_024 * 1_024))
}
