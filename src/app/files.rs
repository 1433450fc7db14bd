//! The limit of open files and sockets, and the room on a disk. Most systems start a service with 1 024 files and allow
//! many more on request.

use std::path::Path;

/// Open files that are not clients' connections: the log, the listener, the runtime, requests to SMS providers, and
/// connections over the limit while they are refused.
const BESIDE: usize = 384;
/// Files of one connection to a database: SQLite's own, its WAL and the WAL's index.
const OF_A_DATABASE_CONNECTION: usize = 3;

/// Raises the limit as far as the system allows. Returns how many of the wanted client connections fit in it beside
/// those to the database.
#[cfg(unix)]
pub(super) fn connections(wanted: usize, of_database: usize) -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    let current = match setrlimit(Resource::Nofile, raised) {
        Ok(()) => limit.maximum,
        Err(error) => {
            tracing::warn!(%error, "the limit of open files could not be raised");
            limit.current
        }
    };
    // `None` means no limit.
    let files = current.map_or(usize::MAX, |files| usize::try_from(files).unwrap_or(usize::MAX));
    fitting(files, wanted, of_database)
}

/// All of them: this system has no such limit.
#[cfg(not(unix))]
pub(super) fn connections(wanted: usize, _: usize) -> usize {
    wanted
}

/// How many bytes the disk of a folder has left for this user; `None` when the system does not say.
#[cfg(unix)]
#[must_use]
pub fn free_bytes(folder: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(folder).ok()?;
    Some(disk.f_bavail.saturating_mul(disk.f_frsize))
}

/// This system is not asked.
#[cfg(not(unix))]
#[must_use]
pub fn free_bytes(_: &Path) -> Option<u64> {
    None
}

#[cfg(unix)]
fn fitting(files: usize, wanted: usize, of_database: usize) -> usize {
    let beside = of_database.saturating_mul(OF_A_DATABASE_CONNECTION).saturating_add(BESIDE);
    let fitting = files.saturating_sub(beside).max(1);
    if fitting < wanted {
        tracing::warn!(
            files_max = files,
            connections_max = wanted,
            fitting,
            "server.connections_max does not fit the limit of open files; raise the hard limit (LimitNOFILE, ulimit -Hn)"
        );
    }
    wanted.min(fitting)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_disk_has_room_and_a_folder_that_is_not_there_has_none() {
        assert!(free_bytes(Path::new(".")).is_some_and(|bytes| bytes > 0));
        assert_eq!(free_bytes(Path::new("/no/such/folder")), None);
    }

    #[test]
    fn connections_leave_room_for_other_files() {
        assert_eq!(fitting(20_000, 10_000, 7), 10_000);
        assert_eq!(fitting(1_024, 10_000, 7), 1_024 - BESIDE - 21);
        assert_eq!(fitting(100, 10_000, 7), 1);
    }

    #[test]
    fn the_limit_is_raised_to_what_the_system_allows() {
        use rustix::process::{Resource, getrlimit};

        assert_eq!(connections(1, 1), 1);
        let limit = getrlimit(Resource::Nofile);
        assert_eq!(limit.current, limit.maximum);
    }
}
