//! The migrations and the tables as the program sees them: both databases have the same tables, the way up can be gone
//! down again, and nothing is stored as anything but integers, texts, flags and bytes.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what is not there fails the test")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use diesel::{QueryableByName, RunQueryDsl, sql_types};

use crate::support::{Backend, Folder, config, database};
use kopilka::{app::Opened, store::db::backend::Db};

/// Diesel's own table of migrations, which is not compared.
const MIGRATIONS_TABLE: &str = "__diesel_schema_migrations";

/// An empty database of a test's own.
struct Fresh {
    db: Db,
    // Its files go when this goes.
    _folder: Folder,
}

impl Fresh {
    fn on(backend: Backend) -> Self {
        let folder = Folder::new();
        let config = config(&database(backend, &folder), &folder);
        let db = Opened::make(&config).unwrap().writer().unwrap();
        Self { db, _folder: folder }
    }

    fn migrated(backend: Backend) -> Self {
        let mut fresh = Self::on(backend);
        assert!(fresh.db.migrate().unwrap() > 0);
        assert_eq!(fresh.db.pending_migrations().unwrap(), 0);
        fresh
    }

    /// Runs a query with one column of text, on whichever database it is.
    fn texts(&mut self, sqlite: &str, postgres: &str) -> Vec<String> {
        let rows: Vec<Text> = match &mut self.db {
            Db::Sqlite(c) => diesel::sql_query(sqlite).load(&mut **c).unwrap(),
            Db::Postgres(c) => diesel::sql_query(postgres).load(&mut **c).unwrap(),
        };
        rows.into_iter().map(|row| row.text).collect()
    }

    /// Everything that a migration can make, one line each, in order.
    fn schema(&mut self) -> Vec<String> {
        self.texts(SQLITE_SCHEMA, POSTGRES_SCHEMA)
    }

    fn columns(&mut self) -> BTreeMap<String, BTreeMap<String, Column>> {
        let rows: Vec<ColumnRow> = match &mut self.db {
            Db::Sqlite(c) => diesel::sql_query(SQLITE_COLUMNS).load(&mut **c).unwrap(),
            Db::Postgres(c) => diesel::sql_query(POSTGRES_COLUMNS).load(&mut **c).unwrap(),
        };
        let mut tables: BTreeMap<String, BTreeMap<String, Column>> = BTreeMap::new();
        for row in rows.into_iter().filter(|row| row.table_name != MIGRATIONS_TABLE) {
            let column = Column { kind: row.kind, nullable: row.nullable != 0, key_position: row.key_position };
            assert_eq!(row.default_value, None, "{}.{} has a default", row.table_name, row.column_name);
            tables.entry(row.table_name).or_default().insert(row.column_name, column);
        }
        tables
    }
}

#[derive(QueryableByName)]
struct Text {
    #[diesel(sql_type = sql_types::Text)]
    text: String,
}

#[derive(QueryableByName)]
struct ColumnRow {
    #[diesel(sql_type = sql_types::Text)]
    table_name: String,
    #[diesel(sql_type = sql_types::Text)]
    column_name: String,
    #[diesel(sql_type = sql_types::Text)]
    kind: String,
    #[diesel(sql_type = sql_types::BigInt)]
    nullable: i64,
    #[diesel(sql_type = sql_types::Nullable<sql_types::Text>)]
    default_value: Option<String>,
    #[diesel(sql_type = sql_types::BigInt)]
    key_position: i64,
}

/// A column, by its database or by the program.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Column {
    kind: String,
    nullable: bool,
    /// Its place in the primary key, from 1; 0 outside of it.
    key_position: i64,
}

const SQLITE_SCHEMA: &str = "SELECT type || ' ' || name || ' on ' || tbl_name || ': ' || coalesce(sql, '') AS text \
     FROM sqlite_master ORDER BY type, name";

const POSTGRES_SCHEMA: &str = "SELECT text FROM ( \
         SELECT 'column ' || table_name || '.' || column_name || ' ' || ordinal_position || ' ' || data_type \
             || ' null ' || is_nullable || ' default ' || coalesce(column_default, '') AS text \
         FROM information_schema.columns WHERE table_schema = 'public' \
         UNION ALL SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname = 'public' \
         UNION ALL SELECT 'constraint ' || conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) \
         FROM pg_constraint WHERE connamespace = 'public'::regnamespace \
         UNION ALL SELECT 'sequence ' || sequence_name FROM information_schema.sequences \
         WHERE sequence_schema = 'public' \
         UNION ALL SELECT 'routine ' || routine_name FROM information_schema.routines WHERE routine_schema = 'public' \
         UNION ALL SELECT 'trigger ' || event_object_table || ' ' || trigger_name || ' ' || action_statement \
         FROM information_schema.triggers WHERE trigger_schema = 'public' \
         UNION ALL SELECT 'type ' || typname FROM pg_type \
         WHERE typnamespace = 'public'::regnamespace AND typtype IN ('e', 'd') \
     ) AS everything ORDER BY text";

const SQLITE_COLUMNS: &str = "SELECT t.name AS table_name, c.name AS column_name, c.type AS kind, \
         1 - c.\"notnull\" AS nullable, c.dflt_value AS default_value, c.pk AS key_position \
     FROM sqlite_master AS t, pragma_table_xinfo(t.name) AS c WHERE t.type = 'table'";

const POSTGRES_COLUMNS: &str = "SELECT c.table_name::text AS table_name, c.column_name::text AS column_name, \
         c.data_type::text AS kind, (c.is_nullable = 'YES')::int::bigint AS nullable, \
         coalesce(c.column_default, c.identity_generation, c.generation_expression)::text AS default_value, \
         coalesce(array_position(k.conkey, a.attnum), 0)::bigint AS key_position \
     FROM information_schema.columns AS c \
     JOIN pg_attribute AS a ON a.attrelid = c.table_name::regclass AND a.attname = c.column_name \
     LEFT JOIN pg_constraint AS k ON k.conrelid = a.attrelid AND k.contype = 'p' \
     WHERE c.table_schema = 'public'";

#[test]
fn both_databases_have_the_same_migrations_each_with_a_way_up_and_a_way_down() {
    let [sqlite, postgres] = ["sqlite", "postgres"].map(migrations);
    assert_eq!(sqlite, postgres);
    assert!(!sqlite.is_empty());
}

/// The ids of the migrations for a database; each is a folder with `up.sql` and `down.sql` that say something.
pub fn migrations(database: &str) -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(database);
    let mut ids = BTreeSet::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let mut files: Vec<_> = fs::read_dir(&path).unwrap().map(|file| file.unwrap().path()).collect();
        files.sort();
        let names: Vec<_> = files.iter().map(|file| file.file_name().unwrap().to_str().unwrap()).collect();
        assert_eq!(names, ["down.sql", "up.sql"], "{}", path.display());
        for file in files {
            let text = fs::read_to_string(&file).unwrap();
            assert!(text.lines().any(|line| !line.trim().is_empty() && !line.starts_with("--")), "{}", file.display());
        }
        ids.insert(path.file_name().unwrap().to_str().unwrap().to_owned());
    }
    // Of two that begin with the same number the database would be given one.
    let versions: BTreeSet<_> = ids.iter().map(|id| id.split_once('_').unwrap().0).collect();
    assert_eq!(versions.len(), ids.len(), "two migrations of {database} have the same number: {ids:#?}");
    ids
}

/// The first migration that says what it is, and the one that made the list of expansions.
const FIRST_MARKED: &str = "2026-11-30-000009";
const LIST_MADE: &str = "2026-11-30-000011_schema_expansions";

#[test]
fn every_migration_says_whether_it_expands_or_contracts_and_an_expansion_only_adds() {
    let mut expansions = 0;
    for database in ["sqlite", "postgres"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(database);
        for id in migrations(database).iter().filter(|id| id.as_str() >= FIRST_MARKED) {
            let [up, down] = ["up.sql", "down.sql"].map(|file| fs::read_to_string(folder.join(id).join(file)).unwrap());
            assert_eq!(broken_rules(id, &up, &down), Vec::<String>::new(), "migrations/{database}/{id}");
            expansions += usize::from(up.starts_with("-- expand: "));
        }
    }
    assert!(expansions >= 4, "only {expansions} were found");
}

/// What a migration breaks of the rule in `migrations/README.md`.
fn broken_rules(id: &str, up: &str, down: &str) -> Vec<String> {
    let mut broken = Vec::new();
    let first = up.lines().next().unwrap_or_default();
    let is_expansion = first.starts_with("-- expand: ");
    let reason = first.split_once(": ").map_or("", |(_, reason)| reason.trim());
    if reason.is_empty() || !(is_expansion || first.starts_with("-- contract: ")) {
        broken.push("the first line is neither «-- expand: why» nor «-- contract: why»".to_owned());
    }
    let statements = statements(up);
    let version = id.split('_').next().unwrap_or_default().replace('-', "");
    if id > LIST_MADE {
        let entry = format!("INSERT INTO SCHEMA_EXPANSIONS (MIGRATION) VALUES ('{version}')");
        let undo = format!("DELETE FROM SCHEMA_EXPANSIONS WHERE MIGRATION = '{version}'");
        let is_listed = statements.iter().any(|statement| statement.contains("SCHEMA_EXPANSIONS"));
        if is_expansion && !(statements.contains(&entry) && self::statements(down).contains(&undo)) {
            broken.push(format!("an expansion lists itself: «{entry}» up, «{undo}» down"));
        }
        if !is_expansion && is_listed {
            broken.push("only an expansion is listed as one".to_owned());
        }
    }
    if is_expansion {
        let is_new = |table: &str| statements.iter().any(|made| made.starts_with(&format!("CREATE TABLE {table} (")));
        broken.extend(statements.iter().flat_map(|statement| takes_away(statement, is_new)));
    }
    broken
}

/// What of a statement could keep a program from working that does not know it; `is_new` says which tables such a program never
/// uses.
fn takes_away(statement: &str, is_new: impl Fn(&str) -> bool) -> Vec<String> {
    let words: Vec<&str> = statement.split(|c: char| !(c.is_alphanumeric() || c == '_')).collect();
    let has = |phrase: &str| words.join(" ").contains(phrase);
    let named = |before: &str| {
        let position = words.iter().position(|word| *word == before);
        position.and_then(|at| words.get(at + 1)).is_some_and(|table| is_new(table))
    };
    let mut found: Vec<String> = ["DROP", "RENAME", "DELETE", "TRUNCATE"]
        .into_iter()
        .filter(|word| words.contains(word))
        .map(|word| format!("{word}: {statement}"))
        .collect();
    if statement.starts_with("ALTER TABLE ") && !named("TABLE") {
        for phrase in ["ALTER COLUMN", "ADD CONSTRAINT", "ADD UNIQUE", "ADD CHECK", "ADD FOREIGN", "ADD PRIMARY"] {
            if has(phrase) {
                found.push(format!("{phrase}: {statement}"));
            }
        }
        for column in statement.split("ADD COLUMN").skip(1) {
            let column = column.replace("IS NOT NULL", "");
            if column.contains("UNIQUE") || (column.contains("NOT NULL") && !column.contains("DEFAULT")) {
                found.push(format!("older programs cannot fill this column: {statement}"));
            }
        }
    }
    if statement.starts_with("CREATE UNIQUE INDEX ") && !named("ON") {
        found.push(format!("older programs do not know that this is unique: {statement}"));
    }
    found
}

/// The statements of a file in capitals, without comments and with single spaces.
fn statements(sql: &str) -> Vec<String> {
    let code: Vec<&str> = sql.lines().map(|line| line.split("--").next().unwrap_or_default()).collect();
    let code = code.join(" ").to_uppercase();
    let statements = code.split(';').map(|statement| statement.split_whitespace().collect::<Vec<_>>().join(" "));
    statements.filter(|statement| !statement.is_empty()).collect()
}

#[test]
fn every_planted_break_of_the_migration_rule_is_found() {
    const ID: &str = "2099-12-31-000001_later";
    const ENTRY: &str = "INSERT INTO schema_expansions (migration) VALUES ('20991231000001');";
    const UNDO: &str = "DELETE FROM schema_expansions WHERE migration = '20991231000001';";
    let broken = |statement: &str| broken_rules(ID, &format!("-- expand: why\n{statement}\n{ENTRY}"), UNDO);
    for right in [
        "ALTER TABLE a ADD COLUMN b TEXT; -- DROP nothing\nUPDATE a SET b = 'x' WHERE c IS NOT NULL;",
        "ALTER TABLE a ADD COLUMN b TEXT NOT NULL DEFAULT 'x', ADD COLUMN c TEXT CHECK (c IS NOT NULL OR b = 'x');",
        "CREATE TABLE n (id BIGINT NOT NULL PRIMARY KEY); CREATE UNIQUE INDEX n_id ON n (id);",
        "CREATE TABLE n (id BIGINT NOT NULL); ALTER TABLE n ADD CONSTRAINT k UNIQUE (id);",
        "CREATE INDEX a_b ON a (b);",
    ] {
        assert_eq!(broken(right), Vec::<String>::new(), "{right}");
    }
    for wrong in [
        "DROP TABLE a;",
        "DROP INDEX a_b;",
        "ALTER TABLE a DROP COLUMN b;",
        "alter table a rename to b;",
        "ALTER TABLE a RENAME COLUMN b TO c;",
        "ALTER TABLE a ADD COLUMN b TEXT NOT NULL;",
        "ALTER TABLE a ADD COLUMN b TEXT,\n    ADD COLUMN c TEXT NOT NULL;",
        "ALTER TABLE a ADD COLUMN b TEXT UNIQUE;",
        "ALTER TABLE a ALTER COLUMN b SET NOT NULL;",
        "ALTER TABLE a ADD CONSTRAINT k UNIQUE (b);",
        "CREATE UNIQUE INDEX a_b ON a (b);",
        "DELETE FROM a;",
    ] {
        assert_eq!(broken(wrong).len(), 1, "{wrong}: {:?}", broken(wrong));
    }
    assert_eq!(broken_rules(ID, "-- Why.\nCREATE INDEX a_b ON a (b);", "DROP INDEX a_b;").len(), 1);
    assert_eq!(broken_rules(ID, "-- expand: \nSELECT 1;", "SELECT 1;").len(), 2, "no reason, not listed");
    assert_eq!(broken_rules(ID, "-- expand: why\nSELECT 1;", UNDO).len(), 1);
    assert_eq!(broken_rules(ID, &format!("-- expand: why\n{ENTRY}"), "SELECT 1;").len(), 1);
    assert_eq!(broken_rules(ID, "-- contract: why\nDROP TABLE a;", "SELECT 1;"), Vec::<String>::new());
    assert_eq!(broken_rules(ID, &format!("-- contract: why\n{ENTRY}"), UNDO).len(), 1);
}

#[test]
fn sqlite_comes_back_to_the_same_schema_after_down_and_up() {
    up_down_up(Backend::Sqlite);
}

#[test]
fn postgres_comes_back_to_the_same_schema_after_down_and_up() {
    up_down_up(Backend::Postgres);
}

fn up_down_up(backend: Backend) {
    let mut fresh = Fresh::migrated(backend);
    let first = fresh.schema();
    assert!(first.len() > 50, "{first:?}");
    let count = migrations("sqlite").len();
    for _ in 0..count {
        fresh.db.revert_last_migration().unwrap();
    }
    let left: Vec<_> = fresh.schema().into_iter().filter(|line| !line.contains(MIGRATIONS_TABLE)).collect();
    assert_eq!(left, Vec::<String>::new(), "the way down leaves something behind");
    assert_eq!(fresh.db.pending_migrations().unwrap(), count);
    assert_eq!(fresh.db.migrate().unwrap(), count);
    assert_eq!(fresh.schema(), first);
    assert_eq!(fresh.db.migrate().unwrap(), 0, "a second run does nothing");
}

#[test]
fn sqlite_has_exactly_the_columns_that_the_program_knows() {
    let mut fresh = Fresh::migrated(Backend::Sqlite);
    let kinds = [("BigInt", "INTEGER"), ("Bool", "INTEGER"), ("Text", "TEXT"), ("Binary", "BLOB")];
    assert_eq!(fresh.columns(), known_columns(&kinds));
    // Only then a column refuses values of another type.
    let lax = fresh.texts("SELECT name AS text FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE '%STRICT'", "");
    assert_eq!(lax, [MIGRATIONS_TABLE]);
}

#[test]
fn postgres_has_exactly_the_columns_that_the_program_knows() {
    let kinds = [("BigInt", "bigint"), ("Bool", "boolean"), ("Text", "text"), ("Binary", "bytea")];
    assert_eq!(Fresh::migrated(Backend::Postgres).columns(), known_columns(&kinds));
}

/// Money, points, quantities and times by their names; no other representation adds up exactly on both databases.
#[test]
fn money_points_quantities_and_times_are_integers() {
    const ENDS: [&str; 6] = ["_at", "_ms", "_after", "_until", "_from", "_day"];
    const SUMS: [&str; 19] = [
        "available",
        "pending",
        "reserved",
        "debt",
        "issued",
        "remaining",
        "spent",
        "expired",
        "revoked",
        "captured",
        "released",
        "restored",
        "price",
        "sum",
        "points",
        "amount",
        "discount",
        "quantity",
        "version",
    ];
    let mut counted = 0;
    for (table, columns) in parse(SCHEMA) {
        for (name, column) in columns {
            let counts = ENDS.iter().any(|end| name.ends_with(end)) || name.split('_').any(|word| SUMS.contains(&word));
            if counts {
                assert_eq!(column.kind, "BigInt", "{table}.{name}");
                counted += 1;
            }
        }
    }
    assert!(counted > 70, "only {counted} columns were recognised");
}

/// The tables as diesel sees them.
const SCHEMA: &str = include_str!("../../src/store/schema.rs");

/// Its columns, the types by the names that a database has for them.
fn known_columns(kinds: &[(&str, &str)]) -> BTreeMap<String, BTreeMap<String, Column>> {
    let mut tables = parse(SCHEMA);
    for column in tables.values_mut().flat_map(BTreeMap::values_mut) {
        let known = kinds.iter().find(|(name, _)| *name == column.kind);
        let (_, kind) = known.unwrap_or_else(|| panic!("{} is no type that both databases store alike", column.kind));
        column.kind = (*kind).to_owned();
    }
    tables
}

/// Reads `table! { name (key, key) { column -> Type, … } }` as it is written there, a column a line.
fn parse(schema: &str) -> BTreeMap<String, BTreeMap<String, Column>> {
    let mut tables = BTreeMap::new();
    for body in schema.split("diesel::table! {").skip(1) {
        let mut lines = body.lines().map(str::trim).filter(|line| !line.is_empty());
        let (name, keys) = lines.next().and_then(|head| head.strip_suffix(") {")?.split_once(" (")).unwrap();
        let keys: Vec<&str> = keys.split(", ").collect();
        let columns: BTreeMap<_, _> = lines
            .map_while(|line| line.strip_suffix(',')?.split_once(" -> "))
            .map(|(column, kind)| {
                let inner = kind.strip_prefix("Nullable<").and_then(|kind| kind.strip_suffix('>'));
                let position = keys.iter().position(|key| *key == column).map_or(0, |index| index + 1);
                let column_of = Column {
                    kind: inner.unwrap_or(kind).to_owned(),
                    nullable: inner.is_some(),
                    key_position: i64::try_from(position).unwrap(),
                };
                (column.to_owned(), column_of)
            })
            .collect();
        tables.insert(name.to_owned(), columns);
    }
    tables
}

#[test]
fn the_programs_tables_are_read_out_of_their_source() {
    let tables = parse(SCHEMA);
    assert_eq!(tables.len(), SCHEMA.matches("diesel::table!").count());
    let columns: usize = tables.values().map(BTreeMap::len).sum();
    assert_eq!(columns, SCHEMA.matches(" -> ").count());
    let lot = &tables["journal"]["lot_no"];
    assert_eq!((lot.kind.as_str(), lot.nullable, lot.key_position), ("BigInt", true, 0));
    assert_eq!(tables["journal"]["seq"].key_position, 2);
}
