//! The two databases behind one type, with everything that differs between them.

use std::{
    ops::{Deref, DerefMut},
    sync::Arc,
    time::{Duration, Instant},
};

use diesel::{
    Connection, PgConnection, QueryResult, RunQueryDsl, SqliteConnection,
    connection::{AnsiTransactionManager, SimpleConnection, TransactionManager},
    dsl::sql,
    r2d2::{ConnectionManager, CustomizeConnection, Pool, PooledConnection},
    result::Error,
    sql_types::{Bool, Text},
};

use crate::{
    config::DatabaseUrl,
    store::db::{
        breaker::{Breaker, OpensBreaker},
        write_turns::Turns,
    },
};

/// How long SQLite waits for another process's lock.
const SQLITE_BUSY_TIMEOUT_MS: u32 = 5_000;
/// How long the restart of the WAL waits for its readers.
const SQLITE_READERS_WAIT_MS: u32 = 20;

/// The longest wait for a connection to a server while calls come. A pool tries again in the background after at most half of
/// it, so a server that is back is found within that.
const POOL_WAIT_MAX: Duration = Duration::from_secs(4);
/// How often a wait for a connection looks whether the server is known to be out of reach by now.
const BREAKER_LOOK: Duration = Duration::from_millis(100);

/// libpq's message for a URL that asks for TLS, when it was built without.
const NO_TLS: &str = "SSL support is not compiled in";
/// Keepalive limits of a connection to PostgreSQL, as libpq parameters. A host that vanishes does not close its
/// connections. The system's limits are two hours for a waiting peer and a quarter of an hour for a sending one. The
/// URL's own parameters take precedence.
const POSTGRES_TCP_LIMITS: [(&str, &str); 4] =
    [("keepalives_idle", "10"), ("keepalives_interval", "5"), ("keepalives_count", "3"), ("tcp_user_timeout", "15000")];

/// A connection to either database.
pub enum Db {
    /// The embedded database.
    Sqlite(Embedded),
    /// The server.
    Postgres(PooledConnection<ConnectionManager<PgConnection>>),
}

/// Runs one typed statement on whichever database a [`Db`] is: `on!(db, c => table.load(c))`.
macro_rules! on {
    ($db:expr, $c:ident => $body:expr) => {
        match $db {
            $crate::store::db::backend::Db::Sqlite($c) => $body,
            $crate::store::db::backend::Db::Postgres($c) => $body,
        }
    };
}
pub(crate) use on;

/// Loads rows. When `$lock`, PostgreSQL locks them until the transaction ends; SQLite has a single writer anyway.
macro_rules! load_locked {
    ($db:expr, $lock:expr, $query:expr) => {
        match $db {
            $crate::store::db::backend::Db::Sqlite(c) => diesel::RunQueryDsl::load($query, &mut **c),
            $crate::store::db::backend::Db::Postgres(c) if $lock => {
                diesel::RunQueryDsl::load($query.for_update(), &mut **c)
            }
            $crate::store::db::backend::Db::Postgres(c) => diesel::RunQueryDsl::load($query, &mut **c),
        }
    };
}
pub(crate) use load_locked;

/// The purpose of a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Reading one consistent state.
    Read,
    /// Changing it.
    Write,
    /// Writing evidence that may be lost in a crash: commits do not wait for the disk.
    Evidence,
    /// Checkpoints of the WAL ([`super::wal`]).
    Checkpoints,
}

/// Connections for one purpose.
#[derive(Clone)]
pub enum Connections {
    /// To the embedded database.
    Sqlite(Pool<ConnectionManager<SqliteConnection>>, Arc<Turns>),
    /// To the server, with what is known of its reach.
    Postgres(Pool<ConnectionManager<PgConnection>>, Arc<Breaker>),
}

/// A connection to the embedded database.
pub struct Embedded {
    connection: PooledConnection<ConnectionManager<SqliteConnection>>,
    turns: Arc<Turns>,
}

impl Embedded {
    /// The queue of writers.
    pub(in crate::store) fn turns(&self) -> Arc<Turns> {
        Arc::clone(&self.turns)
    }
}

impl Deref for Embedded {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        &self.connection
    }
}

impl DerefMut for Embedded {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        &mut self.connection
    }
}

/// Why the database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BackendError {
    /// No connection within the time allowed.
    #[error(
        "cannot connect to {url}: {said}; check that the server runs and that the URL, user and password are right"
    )]
    Connect {
        /// The URL, without the password.
        url: String,
        /// The driver's error, without the values of the URL's parameters.
        said: String,
    },
    /// The URL asks for TLS, but libpq was built without it.
    #[error(
        "cannot connect to {url}: it asks for TLS, and this program was built without TLS to PostgreSQL; build it with `--features postgres-tls`, or put a tunnel between and leave sslmode out"
    )]
    NoTls {
        /// The URL, without the password.
        url: String,
    },
    /// Another gateway has the file open.
    #[error(
        "{path} is in use by another gateway; stop it first (an embedded database serves one gateway; for several use PostgreSQL)"
    )]
    InUse {
        /// The file.
        path: String,
    },
    /// The file cannot be opened or created.
    #[error("cannot open {path}: {source}")]
    Open {
        /// The file.
        path: String,
        /// The system's error.
        source: std::io::Error,
    },
    /// The database has migrations of a newer program.
    #[error(
        "the database has migrations that this program ({program}, which knows them up to {known}) does not know: {unknown}. A newer Kopilka has used it, and an older one could damage it: run the newer program, or restore a copy from before the upgrade"
    )]
    Newer {
        /// This program's version.
        program: &'static str,
        /// The last migration that it knows.
        known: String,
        /// The migrations that it does not know.
        unknown: String,
    },
    /// A migration failed.
    #[error("cannot bring the schema up to date: {0}")]
    Migrate(String),
    /// A statement failed.
    #[error("database: {0}")]
    Query(#[from] Error),
}

impl Connections {
    /// How many threads may write at a time, of `wanted`: SQLite has one writer.
    #[must_use]
    pub fn writers_max(&self, wanted: usize) -> usize {
        match self {
            Self::Sqlite(..) => 1,
            Self::Postgres(..) => wanted.max(1),
        }
    }

    /// Whether a read takes microseconds, so that it may run on the HTTP server's thread.
    #[must_use]
    pub const fn reads_inline(&self) -> bool {
        matches!(self, Self::Sqlite(..))
    }

    /// Opens `size` connections for a purpose, one of them now.
    ///
    /// # Errors
    /// It cannot be made within `timeout`.
    pub fn open(url: &DatabaseUrl, purpose: Purpose, size: u32, limits: &ConnectLimits) -> Result<Self, BackendError> {
        let connections = Self::open_aside(url, purpose, size, limits);
        let failed = |error: r2d2::Error| {
            let said = url.hidden_in(error.to_string().trim_end());
            let url = url.to_string();
            if said.contains(NO_TLS) { BackendError::NoTls { url } } else { BackendError::Connect { url, said } }
        };
        // At the start a server is waited for: it may be starting too.
        connections.get_within(limits.connect_timeout).map_err(failed)?;
        Ok(connections)
    }

    /// The same without waiting for the first connection, which is made in the background. For a database that is known
    /// to be reachable.
    #[must_use]
    pub fn open_aside(url: &DatabaseUrl, purpose: Purpose, size: u32, limits: &ConnectLimits) -> Self {
        if let Some(path) = url.sqlite_path() {
            let pool = Pool::builder()
                .max_size(size)
                .min_idle(Some(1))
                .test_on_check_out(false)
                .connection_timeout(limits.connect_timeout)
                .connection_customizer(Box::new(SqliteSettings { purpose }))
                .build_unchecked(ConnectionManager::new(path.to_string_lossy()));
            Self::Sqlite(pool, Turns::of(path))
        } else {
            let url = with_tcp_limits(url.postgres_url().unwrap_or_default());
            let breaker = Breaker::of(&url);
            let statement_timeout = limits.statement_timeout;
            let settings = PostgresSettings { purpose, statement_timeout, breaker: Arc::clone(&breaker) };
            let pool = Pool::builder()
                .max_size(size)
                .min_idle(Some(1))
                .test_on_check_out(false)
                .connection_timeout(limits.connect_timeout.min(POOL_WAIT_MAX))
                .error_handler(Box::new(OpensBreaker(Arc::clone(&breaker))))
                .connection_customizer(Box::new(settings))
                .build_unchecked(ConnectionManager::new(url));
            Self::Postgres(pool, breaker)
        }
    }

    /// Takes a connection; dropping it returns it.
    ///
    /// # Errors
    /// None is available in time: the database is out of reach. A server that is known to be so is not waited for.
    pub fn get(&self) -> Result<Db, r2d2::Error> {
        match self {
            Self::Sqlite(pool, _) => self.get_within(pool.connection_timeout()),
            Self::Postgres(pool, breaker) => {
                let end = Instant::now() + pool.connection_timeout();
                loop {
                    let left = end.saturating_duration_since(Instant::now());
                    // An idle connection is taken all the same: it may live, and if not its first statement says so.
                    let wait = if breaker.is_open() { Duration::ZERO } else { left.min(BREAKER_LOOK) };
                    match pool.get_timeout(wait) {
                        Ok(connection) => return Ok(Db::Postgres(connection)),
                        Err(error) if breaker.is_open() || left <= wait => return Err(error),
                        Err(_) => {}
                    }
                }
            }
        }
    }

    /// The same, whatever is known of the server: it is waited for.
    fn get_within(&self, timeout: Duration) -> Result<Db, r2d2::Error> {
        match self {
            Self::Sqlite(pool, turns) => pool
                .get_timeout(timeout)
                .map(|connection| Db::Sqlite(Embedded { connection, turns: Arc::clone(turns) })),
            Self::Postgres(pool, _) => pool.get_timeout(timeout).map(Db::Postgres),
        }
    }

    /// Whether the database is known to be out of reach, so that no call is worth trying again now.
    #[must_use]
    pub fn is_out_of_reach(&self) -> bool {
        match self {
            Self::Sqlite(..) => false,
            Self::Postgres(_, breaker) => breaker.is_open(),
        }
    }

    /// Runs `work` in a transaction as [`Db::transaction`] does. The connection is taken only when it is the caller's
    /// turn. The pool is last in, first out, so it is the one that the last writer returned, and its page cache is
    /// still valid. Any other connection drops its page cache after a commit that was not its own.
    ///
    /// # Errors
    /// `work` fails, or connecting, beginning or committing fails.
    pub fn transaction<T, E: From<Error> + From<r2d2::Error>>(
        &self,
        purpose: Purpose,
        work: impl FnOnce(&mut Db) -> Result<T, E>,
    ) -> Result<T, E> {
        let _turn = match self {
            Self::Sqlite(_, turns) if purpose != Purpose::Read => Some(turns.wait()),
            Self::Sqlite(..) | Self::Postgres(..) => None,
        };
        // Dropped before the turn.
        let mut db = self.get()?;
        db.run(purpose, work)
    }
}

/// The URL with default limits for those that it does not name.
fn with_tcp_limits(url: &str) -> String {
    let missing = POSTGRES_TCP_LIMITS.iter().filter(|(name, _)| !url.contains(&format!("{name}=")));
    missing.fold(url.to_owned(), |url, (name, value)| {
        let separator = if url.contains('?') { '&' } else { '?' };
        format!("{url}{separator}{name}={value}")
    })
}

/// Timeouts.
#[derive(Debug, Clone, Copy)]
pub struct ConnectLimits {
    /// For a connection.
    pub connect_timeout: Duration,
    /// For a statement (PostgreSQL).
    pub statement_timeout: Duration,
}

impl Db {
    /// Runs `work` in a transaction: commits what is `Ok`, rolls back what is not.
    ///
    /// # Errors
    /// `work` fails, or beginning or committing fails.
    pub fn transaction<T, E: From<Error>>(
        &mut self,
        purpose: Purpose,
        work: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E> {
        let turns = match self {
            Self::Sqlite(c) if purpose != Purpose::Read => Some(Arc::clone(&c.turns)),
            Self::Sqlite(_) | Self::Postgres(_) => None,
        };
        let _turn = turns.as_deref().map(Turns::wait);
        self.run(purpose, work)
    }

    /// The transaction itself.
    fn run<T, E: From<Error>>(
        &mut self,
        purpose: Purpose,
        work: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E> {
        self.begin(purpose)?;
        match work(self) {
            Ok(value) => {
                self.commit()?;
                Ok(value)
            }
            Err(error) => {
                self.roll_back();
                Err(error)
            }
        }
    }

    /// Runs `work`, which is one statement and so sees one consistent state.
    ///
    /// # Errors
    /// `work` fails.
    pub fn statement<T, E>(&mut self, work: impl FnOnce(&mut Self) -> Result<T, E>) -> Result<T, E> {
        let result = work(self);
        if result.is_err() {
            self.poison();
        }
        result
    }

    fn begin(&mut self, purpose: Purpose) -> QueryResult<()> {
        let result = match self {
            Self::Sqlite(c) => {
                let sql = if purpose == Purpose::Read { "BEGIN" } else { "BEGIN IMMEDIATE" };
                AnsiTransactionManager::begin_transaction_sql(&mut **c, sql)
            }
            Self::Postgres(c) => {
                let sql =
                    if purpose == Purpose::Read { "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" } else { "BEGIN" };
                AnsiTransactionManager::begin_transaction_sql(&mut **c, sql)
            }
        };
        if result.is_err() {
            self.poison();
        }
        result
    }

    fn commit(&mut self) -> QueryResult<()> {
        let result = on!(self, c => AnsiTransactionManager::commit_transaction(&mut **c));
        if result.is_err() {
            self.poison();
        }
        result
    }

    fn roll_back(&mut self) {
        if on!(self, c => AnsiTransactionManager::rollback_transaction(&mut **c)).is_err() {
            self.poison();
        }
    }

    /// Marks the connection as broken, so that the pool replaces it.
    fn poison(&mut self) {
        on!(self, c => AnsiTransactionManager::transaction_manager_status_mut(&mut **c).set_in_error());
    }

    /// Does work that one gateway of a database does at a time; `None` when another is at it. An embedded database has
    /// one gateway: there the call waits for another sealer.
    ///
    /// # Errors
    /// The work fails, or the lock cannot be taken or released. After a panic the pool closes the connection, and with it
    /// goes PostgreSQL's lock.
    pub fn while_sealing<T, E: From<Error>>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<Option<T>, E> {
        if let Self::Sqlite(c) = self {
            let turns = Arc::clone(&c.turns);
            let _sealing = turns.begin_sealing();
            return work(self).map(Some);
        }
        let is_free: bool =
            on!(self, c => diesel::select(sql::<Bool>("pg_try_advisory_lock(7302)")).get_result(&mut **c))?;
        if !is_free {
            return Ok(None);
        }
        let done = work(self);
        let released: Result<bool, Error> =
            on!(self, c => diesel::select(sql::<Bool>("pg_advisory_unlock(7302)")).get_result(&mut **c));
        let value = done?;
        released?;
        Ok(Some(value))
    }

    /// Whether this connection overwrites what it deletes, so that nothing of it stays in the file. PostgreSQL keeps
    /// old versions of rows until their table is written anew ([`Self::rewrite`]).
    ///
    /// # Errors
    /// The statement fails.
    pub fn wipe_deleted(&mut self, wipe: bool) -> QueryResult<()> {
        match self {
            Self::Sqlite(c) => c.batch_execute(&format!("PRAGMA secure_delete = {}", if wipe { "ON" } else { "OFF" })),
            Self::Postgres(_) => Ok(()),
        }
    }

    /// Writes these tables anew, without what was deleted from them or changed in them; on SQLite the whole file and
    /// its log.
    ///
    /// # Errors
    /// The statement fails: the disk has no room for a second copy.
    pub fn rewrite(&mut self, tables: &[&str]) -> QueryResult<()> {
        match self {
            Self::Sqlite(c) => {
                let turns = Arc::clone(&c.turns);
                let _turn = turns.wait();
                c.batch_execute("VACUUM; PRAGMA wal_checkpoint(TRUNCATE)")
            }
            Self::Postgres(c) => tables.iter().try_for_each(|table| c.batch_execute(&format!("VACUUM FULL {table}"))),
        }
    }

    /// What SQLite says of the file's own order; «ok» when it has nothing to say. A server looks after its files
    /// itself.
    ///
    /// # Errors
    /// The file is too damaged to be read.
    pub fn quick_check(&mut self) -> QueryResult<String> {
        match self {
            Self::Sqlite(c) => {
                diesel::select(sql::<Text>("quick_check FROM pragma_quick_check LIMIT 1")).get_result(&mut **c)
            }
            Self::Postgres(_) => Ok("ok".into()),
        }
    }
}

#[derive(Debug)]
struct SqliteSettings {
    purpose: Purpose,
}

impl CustomizeConnection<SqliteConnection, diesel::r2d2::Error> for SqliteSettings {
    fn on_acquire(&self, c: &mut SqliteConnection) -> Result<(), diesel::r2d2::Error> {
        let mode = match self.purpose {
            // An acknowledged write survives a power loss: FULL waits until the WAL is on the disk (P1). The page cache
            // has 10 MB. Another thread runs the checkpoints (`store/db/wal.rs`); without one, the writer restarts a
            // WAL of 256 MB itself.
            Purpose::Write => {
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; \
                 PRAGMA cache_size = -10000; PRAGMA wal_autocheckpoint = 64000;"
            }
            Purpose::Read => "PRAGMA query_only = ON; PRAGMA cache_size = -4000;",
            Purpose::Evidence => {
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 0;"
            }
            Purpose::Checkpoints => "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -200;",
        };
        // Tills wait while the WAL restarts, so this connection waits for readers less long than others.
        let wait_ms =
            if self.purpose == Purpose::Checkpoints { SQLITE_READERS_WAIT_MS } else { SQLITE_BUSY_TIMEOUT_MS };
        c.batch_execute(&format!("PRAGMA busy_timeout = {wait_ms}; {mode}")).map_err(diesel::r2d2::Error::QueryError)
    }
}

#[derive(Debug)]
struct PostgresSettings {
    purpose: Purpose,
    statement_timeout: Duration,
    breaker: Arc<Breaker>,
}

impl CustomizeConnection<PgConnection, diesel::r2d2::Error> for PostgresSettings {
    fn on_acquire(&self, c: &mut PgConnection) -> Result<(), diesel::r2d2::Error> {
        // The server chooses synchronous_commit (a replicated cluster may want remote_apply), but never off, except for
        // evidence.
        let commit = match self.purpose {
            Purpose::Evidence => "SET synchronous_commit = off",
            Purpose::Read | Purpose::Write | Purpose::Checkpoints => {
                "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
            }
        };
        let timeout_ms = self.statement_timeout.as_millis();
        // Every statement finds few rows by a selective index. For a table that is not analysed yet the planner assumes
        // few rows, and would keep a plan with a sequential scan, a bitmap scan, or a hash or merge join. So these are
        // disabled. Where no other plan exists, its cost then exceeds the JIT threshold, and compilation would take
        // tens of milliseconds: JIT is off. One generic plan suits all parameters, so it is made once for a statement.
        c.batch_execute(&format!(
            "SET statement_timeout = {timeout_ms}; SET lock_timeout = {timeout_ms}; SET TIME ZONE 'UTC'; \
             SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; SET jit = off; \
             SET plan_cache_mode = force_generic_plan; {commit}"
        ))
        .map_err(diesel::r2d2::Error::QueryError)?;
        self.breaker.close();
        Ok(())
    }
}

/// Checks at start that the database can be reached.
///
/// # Errors
/// It cannot.
pub fn ping(db: &mut Db) -> QueryResult<()> {
    on!(db, c => diesel::sql_query("SELECT 1").execute(&mut **c)).map(|_| ())
}

const _: fn() = || {
    fn is_connection<C: Connection>() {}
    is_connection::<PooledConnection<ConnectionManager<PgConnection>>>();
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_keeps_what_it_says_and_gets_what_it_does_not() {
        let plain = with_tcp_limits("postgres://u:p@h/base");
        let limits = "keepalives_idle=10&keepalives_interval=5&keepalives_count=3&tcp_user_timeout=15000";
        assert_eq!(plain, format!("postgres://u:p@h/base?{limits}"));
        assert_eq!(with_tcp_limits(&plain), plain);
        let own = with_tcp_limits("postgres://h/base?tcp_user_timeout=1&keepalives_idle=2");
        assert_eq!(
            own,
            "postgres://h/base?tcp_user_timeout=1&keepalives_idle=2&keepalives_interval=5&keepalives_count=3"
        );
    }
}
