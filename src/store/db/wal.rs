//! SQLite's write-ahead log (WAL). Commits go to the WAL; checkpoints copy it into the database file without delaying
//! commits.
//!
//! While tills keep writing, no checkpoint completes, so the WAL never restarts and keeps growing. A long WAL must be
//! restarted: writers wait until all of it is copied and synced. To keep that wait short, the file is synced after each
//! checkpoint, and checkpoints repeat, each with fewer pages.

use std::{
    collections::{HashMap, hash_map::Entry},
    fs::{File, OpenOptions},
    io,
    path::Path,
    sync::{Arc, LazyLock, Mutex, PoisonError},
};

use diesel::{QueryResult, QueryableByName, RunQueryDsl as _, sql_query, sql_types::BigInt};

use crate::{
    config::DatabaseUrl,
    store::{
        db::backend::{ConnectLimits, Connections, Db, Embedded, Purpose},
        error::StoreError,
    },
};

/// A WAL of this many pages is restarted: 32 MB.
const PAGES_MAX: i64 = 8_000;
/// The most pages that may be left when writers have to wait.
const LEFT_PAGES_MAX: i64 = 500;
/// The most repeated checkpoints: a writer may be as fast as they are.
const LOOKS_MAX: u32 = 8;

/// The WAL of an embedded database.
pub struct Wal {
    connections: Connections,
    file: Arc<File>,
    /// How many of its pages were copied at the last checkpoint.
    settled: i64,
}

/// SQLite's result of a checkpoint.
#[derive(QueryableByName)]
struct Done {
    /// Pages in the WAL.
    #[diesel(sql_type = BigInt)]
    log: i64,
    /// Pages copied into the database file.
    #[diesel(sql_type = BigInt)]
    checkpointed: i64,
}

impl Wal {
    /// The WAL of the database at a URL; `None` for PostgreSQL, which manages its own.
    ///
    /// # Errors
    /// The file cannot be opened.
    pub fn open(url: &DatabaseUrl, limits: &ConnectLimits) -> io::Result<Option<Self>> {
        let Some(path) = url.sqlite_path() else { return Ok(None) };
        let connections = Connections::open_aside(url, Purpose::Checkpoints, 1, limits);
        Ok(Some(Self { connections, file: file(path)?, settled: 0 }))
    }

    /// Runs a checkpoint without delaying writers, and restarts a long WAL.
    ///
    /// # Errors
    /// A statement fails, or the file cannot be synced.
    pub fn settle(&mut self) -> Result<(), StoreError> {
        let mut db = self.connections.get()?;
        let Db::Sqlite(connection) = &mut db else { return Ok(()) };
        let mut pages = self.checkpoint(connection)?;
        if pages < PAGES_MAX {
            return Ok(());
        }
        for _ in 0..LOOKS_MAX {
            let before = pages;
            pages = self.checkpoint(connection)?;
            if pages.saturating_sub(before) <= LEFT_PAGES_MAX {
                break;
            }
        }
        restart(connection)
    }

    /// Copies the WAL into the database file and syncs it; returns how many pages the WAL has.
    fn checkpoint(&mut self, connection: &mut Embedded) -> Result<i64, StoreError> {
        let done = run(connection, "PASSIVE")?;
        if done.checkpointed != self.settled {
            self.file.sync_data().map_err(StoreError::Disk)?;
            self.settled = done.checkpointed;
        }
        Ok(done.log)
    }
}

/// Copies the rest while writers wait; the next writer restarts the WAL. A long-running reader prevents it; then it is
/// retried next time.
fn restart(connection: &mut Embedded) -> Result<(), StoreError> {
    let turns = connection.turns();
    let _turn = turns.wait();
    run(connection, "RESTART")?;
    Ok(())
}

fn run(connection: &mut Embedded, mode: &str) -> QueryResult<Done> {
    sql_query(format!("PRAGMA wal_checkpoint({mode})")).get_result(&mut **connection)
}

/// The database file, opened once for syncing and never closed. When a process closes any descriptor of a file, POSIX
/// drops all its locks on that file, SQLite's included. The file is identified by device and inode, since another file
/// may have its name by now.
fn file(path: &Path) -> io::Result<Arc<File>> {
    static OPENED: LazyLock<Mutex<HashMap<Identity, Arc<File>>>> = LazyLock::new(Mutex::default);
    let mut opened = OPENED.lock().unwrap_or_else(PoisonError::into_inner);
    // Checked before opening: a second descriptor would have to be closed.
    match opened.entry(identity(path)?) {
        Entry::Occupied(known) => Ok(Arc::clone(known.get())),
        Entry::Vacant(slot) => {
            let file = OpenOptions::new().write(true).open(path)?;
            Ok(Arc::clone(slot.insert(Arc::new(file))))
        }
    }
}

#[cfg(unix)]
type Identity = (u64, u64);

#[cfg(unix)]
fn identity(path: &Path) -> io::Result<Identity> {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata(path).map(|found| (found.dev(), found.ino()))
}

#[cfg(not(unix))]
type Identity = std::path::PathBuf;

#[cfg(not(unix))]
fn identity(path: &Path) -> io::Result<Identity> {
    path.canonicalize()
}

#[cfg(test)]
mod tests {
    use std::{
        path::PathBuf,
        time::{Duration, Instant},
    };

    use diesel::connection::SimpleConnection as _;

    use super::*;
    use crate::store::db::backend::on;

    const LIMITS: ConnectLimits =
        ConnectLimits { connect_timeout: Duration::from_secs(5), statement_timeout: Duration::from_secs(5) };

    /// A database of its own for one test.
    struct Ground(PathBuf);

    impl Ground {
        fn new(name: &str) -> Self {
            Self(std::env::temp_dir().join(format!("kopilka-wal-{name}-{}.db", std::process::id())))
        }

        fn url(&self) -> DatabaseUrl {
            format!("sqlite://{}", self.0.display()).parse().unwrap()
        }

        fn connection(&self, purpose: Purpose) -> Db {
            Connections::open(&self.url(), purpose, 1, &LIMITS).unwrap().get().unwrap()
        }

        fn wal(&self) -> Wal {
            Wal::open(&self.url(), &LIMITS).unwrap().unwrap()
        }
    }

    impl Drop for Ground {
        fn drop(&mut self) {
            for suffix in ["", "-wal", "-shm"] {
                let _ = std::fs::remove_file(format!("{}{suffix}", self.0.display()));
            }
        }
    }

    fn run(db: &mut Db, sql: &str) {
        on!(db, c => c.batch_execute(sql)).unwrap();
    }

    /// How many pages the WAL has.
    fn pages(wal: &mut Wal) -> i64 {
        let mut db = wal.connections.get().unwrap();
        let Db::Sqlite(connection) = &mut db else { unreachable!() };
        wal.checkpoint(connection).unwrap()
    }

    /// Makes the WAL longer than its limit.
    fn write_much(db: &mut Db) {
        run(db, "CREATE TABLE much (bytes BLOB)");
        run(db, &format!("INSERT INTO much VALUES (zeroblob({PAGES_MAX} * 4096))"));
    }

    #[test]
    fn a_long_log_is_begun_anew() {
        let ground = Ground::new("long");
        let mut writer = ground.connection(Purpose::Write);
        let mut wal = ground.wal();
        write_much(&mut writer);
        // All pages are copied, but the WAL was not restarted.
        assert!(pages(&mut wal) > PAGES_MAX);
        run(&mut writer, "INSERT INTO much VALUES (x'01')");
        wal.settle().unwrap();
        run(&mut writer, "INSERT INTO much VALUES (x'02')");
        assert!(pages(&mut wal) < 10, "{} pages", pages(&mut wal));
    }

    #[test]
    fn who_reads_keeps_the_log_and_holds_nobody_up() {
        let ground = Ground::new("read");
        let mut writer = ground.connection(Purpose::Write);
        let mut reader = ground.connection(Purpose::Read);
        let mut wal = ground.wal();
        run(&mut writer, "CREATE TABLE little (number INTEGER)");
        run(&mut reader, "BEGIN; SELECT count(*) FROM little");
        write_much(&mut writer);
        let begun = Instant::now();
        wal.settle().unwrap();
        assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
        run(&mut writer, "INSERT INTO little VALUES (1)");
        assert!(pages(&mut wal) > PAGES_MAX, "somebody reads from it, yet it was begun anew");
        run(&mut reader, "COMMIT");
        wal.settle().unwrap();
        run(&mut writer, "INSERT INTO little VALUES (2)");
        assert!(pages(&mut wal) < 10, "{} pages", pages(&mut wal));
    }
}
