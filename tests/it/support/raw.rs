//! What stands in the files of a database, byte by byte, as somebody reads it who has stolen the disk.

use std::{collections::BTreeSet, fs, path::PathBuf};

use diesel::{QueryableByName, RunQueryDsl as _, sql_query, sql_types};

use memchr::memmem;

use super::{App, postgres};
use kopilka::{
    app::Opened,
    store::db::{backend::Db, compress},
};

/// No unpacked value of a test is larger.
const UNPACKED_BYTES_MAX: usize = 16 * 1_024 * 1_024;
/// Shorter data are not looked for.
const CHARACTERS_MIN: usize = 5;
/// Elements of requests that say something of a person.
const PERSONAL: [&str; 15] = [
    "surname",
    "patronymic",
    "birthDate",
    "email",
    "evidence",
    "reason",
    "cashier",
    "actor",
    "phone",
    "newPhone",
    "identifier",
    "intoIdentifier",
    "referrer",
    "registration/name",
    "questionnaire/name",
];

#[derive(QueryableByName)]
struct Text {
    #[diesel(sql_type = sql_types::Text)]
    text: String,
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = sql_types::BigInt)]
    number: i64,
}

#[derive(QueryableByName)]
struct Bytes {
    #[diesel(sql_type = sql_types::Nullable<sql_types::Binary>)]
    bytes: Option<Vec<u8>>,
}

/// What of these data stands anywhere in a database's files, or in a packed value of it: the datum and where.
pub fn found(app: &App, data: &BTreeSet<String>) -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    for (place, bytes) in places(app) {
        for datum in data.iter().filter(|datum| has(&bytes, datum.as_bytes())) {
            found.insert((datum.clone(), place.clone()));
        }
    }
    found
}

/// Whether these bytes stand anywhere there.
pub fn holds(app: &App, bytes: &[u8]) -> bool {
    places(app).iter().any(|(_, place)| has(place, bytes))
}

/// The files and the unpacked values, each by its name.
fn places(app: &App) -> Vec<(String, Vec<u8>)> {
    let mut db = Opened::open(&app.config).unwrap().writer().unwrap();
    let mut places = packed(&mut db);
    let files = match &mut db {
        Db::Sqlite(_) => {
            let file = app.config.database.url.sqlite_path().unwrap();
            vec![file.to_owned(), PathBuf::from(format!("{}-wal", file.display()))]
        }
        Db::Postgres(c) => {
            // It writes for every test that runs now.
            sql_query("SET statement_timeout = 0").execute(&mut **c).unwrap();
            sql_query("CHECKPOINT").execute(&mut **c).unwrap();
            let oid = sql_query("SELECT oid::bigint AS number FROM pg_database WHERE datname = current_database()");
            let oid: Number = oid.get_result(&mut **c).unwrap();
            let folder = postgres().data_folder().join(format!("base/{}", oid.number));
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
        }
    };
    // A log that is not there has been put in its place.
    places.extend(files.into_iter().filter_map(|file| Some((file.display().to_string(), fs::read(&file).ok()?))));
    assert!(
        places.iter().map(|(_, bytes)| bytes.len()).sum::<usize>() > 100_000,
        "the files are not those of a database"
    );
    places
}

fn has(bytes: &[u8], datum: &[u8]) -> bool {
    !datum.is_empty() && memmem::find(bytes, datum).is_some()
}

/// Every column of texts or bytes: `table.column`.
pub fn columns(db: &mut Db) -> Vec<String> {
    let columns: Vec<Text> = match db {
        Db::Sqlite(c) => sql_query(
            "SELECT t.name || '.' || c.name AS text FROM sqlite_master AS t, pragma_table_xinfo(t.name) AS c \
             WHERE t.type = 'table' AND t.name NOT LIKE '\\_\\_diesel%' ESCAPE '\\' AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
             AND c.type IN ('BLOB', 'TEXT')",
        )
        .load(&mut **c),
        Db::Postgres(c) => sql_query(
            "SELECT (table_name || '.' || column_name)::text AS text FROM information_schema.columns \
             WHERE table_schema = 'public' AND table_name NOT LIKE '\\_\\_diesel%' \
             AND data_type NOT IN ('bigint', 'integer', 'smallint', 'boolean')",
        )
        .load(&mut **c),
    }
    .unwrap();
    columns.into_iter().map(|column| column.text).collect()
}

/// Every value of bytes that can be unpacked, by its column.
fn packed(db: &mut Db) -> Vec<(String, Vec<u8>)> {
    let columns: Vec<Text> = match db {
        Db::Sqlite(c) => sql_query(
            "SELECT t.name || '.' || c.name AS text FROM sqlite_master AS t, pragma_table_xinfo(t.name) AS c \
             WHERE t.type = 'table' AND c.type = 'BLOB'",
        )
        .load(&mut **c),
        Db::Postgres(c) => sql_query(
            "SELECT (table_name || '.' || column_name)::text AS text FROM information_schema.columns \
             WHERE table_schema = 'public' AND data_type = 'bytea'",
        )
        .load(&mut **c),
    }
    .unwrap();
    assert!(columns.len() > 15, "columns of bytes were not found");
    let mut unpacked = Vec::new();
    for Text { text } in columns {
        let (table, column) = text.split_once('.').unwrap();
        let question = format!("SELECT {column} AS bytes FROM {table}");
        let values: Vec<Bytes> = match db {
            Db::Sqlite(c) => sql_query(question).load(&mut **c),
            Db::Postgres(c) => sql_query(question).load(&mut **c),
        }
        .unwrap();
        let values = values.into_iter().filter_map(|value| compress::unpack(&value.bytes?, UNPACKED_BYTES_MAX).ok());
        unpacked.extend(values.map(|value| (text.clone(), value)));
    }
    unpacked
}

/// What requests say of persons, as it was typed and as it is kept. Less than five letters or digits stand in any file.
pub fn personal<'a>(requests: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    let mut data = BTreeSet::new();
    for request in requests {
        for (element, prefix) in PERSONAL.into_iter().flat_map(|element| [(element, "p:"), (element, "")]) {
            let (within, name) = element.rsplit_once('/').unwrap_or(("", element));
            let parts = if within.is_empty() {
                vec![request]
            } else {
                request
                    .split(&format!("<{prefix}{within}>"))
                    .skip(1)
                    .filter_map(|part| part.split(&format!("</{prefix}{within}>")).next())
                    .collect()
            };
            for part in parts {
                let tag = format!("<{prefix}{name}>");
                let texts = part.split(&tag).skip(1).filter_map(|rest| rest.split('<').next());
                data.extend(texts.flat_map(as_kept).filter(|datum| datum.chars().count() >= CHARACTERS_MIN));
            }
        }
    }
    data
}

/// What PostgreSQL has written ahead holds these data: those of them that stand there.
pub fn written_ahead(data: &BTreeSet<String>) -> BTreeSet<String> {
    let folder = postgres().data_folder().join("pg_wal");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
    let mut found = BTreeSet::new();
    for file in files {
        // A segment may be recycled meanwhile.
        let Ok(bytes) = fs::read(file) else { continue };
        found.extend(data.iter().filter(|datum| has(&bytes, datum.as_bytes())).cloned());
    }
    found
}

/// A card's number is nobody's datum; a phone is kept by its digits.
fn as_kept(text: &str) -> Vec<String> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let is_number = text.chars().all(|c| c.is_ascii_digit() || " +()-".contains(c));
    match digits.len() {
        _ if text.is_empty() || text.contains("{{") => Vec::new(),
        10.. if is_number && (text.starts_with('+') || digits.starts_with("89") || digits.starts_with("79")) => {
            vec![text.to_owned(), digits[1..].to_owned()]
        }
        _ if is_number => Vec::new(),
        _ => vec![text.to_owned()],
    }
}
