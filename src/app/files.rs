//! Files: who may read and write them, the limit of open files and sockets, and the room on a disk. Most systems start a service with 1 024 files and allow
//! many more on request.

use std::{
    fs::{self, File},
    io,
    path::Path,
};

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
    wanted.min(fitting(files, of_database))
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

/// A sentence when the wanted client connections do not fit the limit of open files, however far it is raised.
#[cfg(unix)]
pub(super) fn shortage(wanted: usize, of_database: usize) -> Option<String> {
    let files = rustix::process::getrlimit(rustix::process::Resource::Nofile).maximum?;
    let fitting = fitting(usize::try_from(files).unwrap_or(usize::MAX), of_database);
    (fitting < wanted).then(|| {
        format!(
            "server.connections_max ({wanted}) does not fit the limit of open files ({files}), {fitting} do; raise the hard limit \
             (LimitNOFILE, ulimit -Hn)"
        )
    })
}

/// This system has no such limit.
#[cfg(not(unix))]
pub(super) fn shortage(_: usize, _: usize) -> Option<String> {
    None
}

/// Makes an empty file that only its owner may read; one that is there stays as it is. SQLite gives its WAL and the WAL's
/// index the permissions of this file, and would follow the umask itself.
pub(super) fn make(path: &Path) -> io::Result<()> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        Ok(_) | Err(_) => Ok(()),
    }
}

/// Takes from all but its owner what they may do with a file, with a log line; a file that is not there is passed over.
#[cfg(unix)]
pub(super) fn make_private(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;

    let Ok(file) = fs::metadata(path) else { return };
    let mode = file.permissions().mode() & 0o777;
    if mode & 0o077 == 0 {
        return;
    }
    let shown = path.display();
    match fs::set_permissions(path, fs::Permissions::from_mode(mode & 0o700)) {
        Ok(()) => tracing::warn!("{shown} was open to others (mode {mode:o}); only its owner may read it now"),
        Err(error) => tracing::warn!(%error, "{shown} is open to others (mode {mode:o}), and that cannot be changed"),
    }
}

/// This system has no such permissions.
#[cfg(not(unix))]
pub(super) fn make_private(_: &Path) {}

/// Whether this program may write a file, or make files in a folder.
#[cfg(unix)]
pub(super) fn is_writable(path: &Path) -> bool {
    rustix::fs::access(path, rustix::fs::Access::WRITE_OK).is_ok()
}

/// Whether it is not marked as read-only.
#[cfg(not(unix))]
pub(super) fn is_writable(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|file| !file.permissions().readonly())
}

/// How many client connections fit the limit of open files, one at the least.
#[cfg(unix)]
fn fitting(files: usize, of_database: usize) -> usize {
    let beside = of_database.saturating_mul(OF_A_DATABASE_CONNECTION).saturating_add(BESIDE);
    files.saturating_sub(beside).max(1)
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
        assert_eq!(fitting(20_000, 7), 20_000 - BESIDE - 21);
        assert_eq!(fitting(100, 7), 1);
        assert_eq!(shortage(1, 7), None);
    }

    #[test]
    fn a_file_is_made_for_its_owner_and_taken_back_from_others() {
        use std::os::unix::fs::PermissionsExt as _;

        let path = std::env::temp_dir().join(format!("kopilka-files-{}", std::process::id()));
        let mode = || fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        make_private(&path);
        make(&path).unwrap();
        assert_eq!(mode(), 0o600);
        for (given, kept) in [(0o644, 0o600), (0o440, 0o400), (0o777, 0o700)] {
            fs::set_permissions(&path, fs::Permissions::from_mode(given)).unwrap();
            make(&path).unwrap();
            assert_eq!(mode(), given, "one that is there stays as it is");
            make_private(&path);
            assert_eq!(mode(), kept);
        }
        fs::remove_file(&path).unwrap();
        assert!(make(&path.join("no/such/folder")).is_err());
    }

    #[test]
    fn the_limit_is_raised_to_what_the_system_allows() {
        use rustix::process::{Resource, getrlimit};

        assert_eq!(connections(1, 1), 1);
        let limit = getrlimit(Resource::Nofile);
        assert_eq!(limit.current, limit.maximum);
    }
}
