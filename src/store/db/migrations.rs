//! The schema's version: the database's migrations compared with the program's.
//!
//! `migrations/README.md` has the rule for writing one. An *expansion* only adds, so the previous program still serves
//! on the newer schema. The database lists its expansions (`schema_expansions`), because an older program cannot know
//! them. A program refuses a database with any other unknown migration.

use std::collections::BTreeSet;

use diesel::{
    QueryDsl as _, RunQueryDsl as _,
    connection::SimpleConnection as _,
    dsl::sql,
    migration::{Migration as _, MigrationSource},
    pg::Pg,
    sql_types::{Bool, Text},
    sqlite::Sqlite,
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness as _, embed_migrations};

use crate::store::{
    db::backend::{BackendError, Db, on},
    schema::schema_expansions,
};

const SQLITE_MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES_MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// The program's version, for messages.
const PROGRAM: &str = env!("CARGO_PKG_VERSION");

/// The database's schema compared with the program's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaVersion {
    /// Migrations of this program that the database lacks, in order.
    pub pending: Vec<String>,
    /// Migrations of a newer program that the database has, in order; all of them are expansions.
    pub newer: Vec<String>,
}

impl SchemaVersion {
    /// A warning for the operator when a newer program has extended the schema.
    #[must_use]
    pub fn warning(&self) -> Option<String> {
        let list = self.newer.join(", ");
        (!self.newer.is_empty()).then(|| {
            format!(
                "a newer Kopilka has extended the schema (migrations {list}, all of them expansions); this program ({PROGRAM}) serves on it"
            )
        })
    }
}

type Failed = Box<dyn std::error::Error + Send + Sync>;

#[allow(clippy::needless_pass_by_value, reason = "the shape of map_err")]
fn failed(error: Failed) -> BackendError {
    BackendError::Migrate(error.to_string())
}

impl Db {
    /// Brings the schema up to date and returns how many migrations were run. Two gateways may start at once: see
    /// [`Self::alone_without_timeouts`].
    ///
    /// # Errors
    /// A newer program has changed the database, or a migration failed and was rolled back.
    pub fn migrate(&mut self) -> Result<usize, BackendError> {
        if self.pending_migrations()? == 0 {
            return Ok(0);
        }
        match self {
            Self::Sqlite(c) => c.run_pending_migrations(SQLITE_MIGRATIONS).map(|done| done.len()).map_err(failed),
            Self::Postgres(c) => c.run_pending_migrations(POSTGRES_MIGRATIONS).map(|done| done.len()).map_err(failed),
        }
    }

    /// Runs `work` under the schema lock and without timeouts: tables may be large.
    ///
    /// # Errors
    /// What `work` failed with, or a statement.
    pub fn alone_without_timeouts<T, E: From<diesel::result::Error>>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E> {
        let limits: Option<(String, String)> = match self {
            Self::Sqlite(_) => None,
            Self::Postgres(c) => {
                let limits = (
                    sql::<Text>("current_setting('statement_timeout')"),
                    sql::<Text>("current_setting('lock_timeout')"),
                );
                let limits = diesel::select(limits).get_result(&mut **c)?;
                c.batch_execute("SET statement_timeout = 0; SET lock_timeout = 0; SELECT pg_advisory_lock(7301)")?;
                Some(limits)
            }
        };
        let done = work(self);
        let mut restored = Ok(());
        if let (Self::Postgres(c), Some((statement, lock))) = (self, limits) {
            restored = c.batch_execute(&format!(
                "SELECT pg_advisory_unlock(7301); SET statement_timeout = '{statement}'; SET lock_timeout = '{lock}'"
            ));
        }
        // What broke the connection is what the caller has to know.
        let value = done?;
        restored?;
        Ok(value)
    }

    /// Compares the database's migrations with the program's own.
    ///
    /// # Errors
    /// The database cannot be read, or it has an unknown migration that is not an expansion. Or it has an unknown
    /// expansion and lacks a migration of this program, so neither is the older.
    pub fn schema_version(&mut self) -> Result<SchemaVersion, BackendError> {
        let applied = self.applied()?;
        let known = match self {
            Self::Sqlite(_) => versions::<Sqlite>(&SQLITE_MIGRATIONS),
            Self::Postgres(_) => versions::<Pg>(&POSTGRES_MIGRATIONS),
        };
        let known = known.map_err(failed)?;
        let pending: Vec<String> = known.difference(&applied).cloned().collect();
        let newer: Vec<String> = applied.difference(&known).cloned().collect();
        if newer.is_empty() || (pending.is_empty() && self.are_expansions(&newer)?) {
            return Ok(SchemaVersion { pending, newer });
        }
        Err(BackendError::Newer {
            program: PROGRAM,
            known: known.last().cloned().unwrap_or_default(),
            unknown: newer.join(", "),
        })
    }

    /// The last migration that the database has; none if it has none.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn last_migration(&mut self) -> Result<Option<String>, BackendError> {
        Ok(self.applied()?.pop_last())
    }

    /// The migrations that the database has; none for an empty one, which is left so: diesel would make its table.
    fn applied(&mut self) -> Result<BTreeSet<String>, BackendError> {
        let has_table: bool = match self {
            Self::Sqlite(c) => diesel::select(sql::<Bool>(
                "EXISTS (SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '__diesel_schema_migrations')",
            ))
            .get_result(&mut **c)?,
            Self::Postgres(c) => diesel::select(sql::<Bool>("to_regclass('__diesel_schema_migrations') IS NOT NULL"))
                .get_result(&mut **c)?,
        };
        if !has_table {
            return Ok(BTreeSet::new());
        }
        let applied = on!(self, c => c.applied_migrations()).map_err(failed)?;
        Ok(applied.iter().map(ToString::to_string).collect())
    }

    /// Whether the database lists all of these migrations as expansions.
    fn are_expansions(&mut self, versions: &[String]) -> Result<bool, BackendError> {
        let listed: Vec<String> = on!(self, c => schema_expansions::table
            .select(schema_expansions::migration)
            .load(&mut **c))?;
        Ok(versions.iter().all(|version| listed.contains(version)))
    }

    /// How many migrations of this program the database lacks.
    ///
    /// # Errors
    /// As [`Self::schema_version`].
    pub fn pending_migrations(&mut self) -> Result<usize, BackendError> {
        self.schema_version().map(|version| version.pending.len())
    }

    /// Undoes the last migration, for the test that compares `down` with `up`.
    ///
    /// # Errors
    /// The migration failed.
    pub fn revert_last_migration(&mut self) -> Result<(), BackendError> {
        match self {
            Self::Sqlite(c) => c.revert_last_migration(SQLITE_MIGRATIONS).map(|_| ()).map_err(failed),
            Self::Postgres(c) => c.revert_last_migration(POSTGRES_MIGRATIONS).map(|_| ()).map_err(failed),
        }
    }
}

/// The versions of the embedded migrations.
fn versions<B: diesel::backend::Backend>(
    source: &EmbeddedMigrations,
) -> Result<BTreeSet<String>, Box<dyn std::error::Error + Send + Sync>> {
    let migrations = MigrationSource::<B>::migrations(source)?;
    Ok(migrations.iter().map(|migration| migration.name().version().to_string()).collect())
}
