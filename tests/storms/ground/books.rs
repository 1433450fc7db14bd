//! The truth after a storm: the database's own rows against what clients were told.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use diesel::{
    Connection, PgConnection, QueryableByName, RunQueryDsl, SqliteConnection, sql_query,
    sql_types::{BigInt, Text},
};

use super::{
    Backend, Ground, KEY,
    acknowledged::{Log, digest},
    client::{Client, Tally},
    load::PREFIX,
    until,
};
use crate::{Outcome, soap::Reply};
use kopilka::{
    domain::ids::PartnerId,
    store::{
        db::backend::{ConnectLimits, Connections, Purpose},
        tables::{key, operation},
    },
    vault::{MasterKey, Vault},
};

/// Acknowledged operations that are also asked for by `GetOperation`; all are compared with the stored answers.
const ASKED_MAX: usize = 2_000;
const ASKERS: usize = 8;
/// Stored answers that are read and opened at a time.
const ANSWERS_AT_ONCE: usize = 500;
const CONNECTING_MAX: Duration = Duration::from_secs(30);
/// How long somebody else tries to get SQLite's write lock.
const HELD_PATIENCE: Duration = Duration::from_secs(60);

/// What points there are, and documents that give or take them.
#[derive(Debug, Clone, Copy)]
pub struct Totals {
    /// Hundredths of a point that customers own: available, pending and reserved, less debts.
    pub owned: i64,
    pub receipts: i64,
    pub reservations: i64,
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

#[derive(QueryableByName)]
struct Key {
    #[diesel(sql_type = BigInt)]
    partner_id: i64,
    #[diesel(sql_type = Text)]
    operation_key: String,
}

/// A stored answer, opened.
struct Stored {
    operation_key: String,
    operation: String,
    code: String,
    body: String,
}

/// Runs a query on either database over a connection of the storm's own.
macro_rules! ask {
    ($ground:expr, $row:ty, $sql:expr) => {
        match $ground.backend {
            Backend::Sqlite => {
                let path = $ground.folder.join("kopilka.db");
                let mut c = SqliteConnection::establish(&path.to_string_lossy()).unwrap();
                sql_query("PRAGMA busy_timeout = 10000").execute(&mut c).unwrap();
                sql_query($sql).load::<$row>(&mut c).unwrap()
            }
            Backend::Postgres => {
                let mut c = PgConnection::establish(&$ground.url).unwrap();
                sql_query($sql).load::<$row>(&mut c).unwrap()
            }
        }
    };
}

/// One number out of the database.
pub fn number(ground: &Ground, sql: &str) -> i64 {
    let rows = ask!(ground, Number, format!("SELECT CAST(({sql}) AS BIGINT) AS n"));
    rows.first().map(|row| row.n).unwrap()
}

/// A statement on PostgreSQL, over a connection of the storm's own.
pub fn execute(ground: &Ground, sql: &str) {
    let mut c = PgConnection::establish(&ground.url).unwrap();
    sql_query(sql).execute(&mut c).unwrap();
}

/// A write lock on an SQLite file that keeps everybody else from writing until it is released.
pub struct Held(SqliteConnection);

impl Held {
    pub fn take(ground: &Ground) -> Self {
        let mut c = SqliteConnection::establish(&ground.folder.join("kopilka.db").to_string_lossy()).unwrap();
        // SQLite's own waiting looks ten times a second, and a busy gateway has the lock nearly always.
        let had = until(HELD_PATIENCE, || sql_query("BEGIN IMMEDIATE").execute(&mut c).is_ok());
        had.expect("the write lock is to be had between two of the gateway's transactions");
        Self(c)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        sql_query("ROLLBACK").execute(&mut self.0).unwrap();
    }
}

/// A table of the storm's own, into which one connection writes a row after the other; each is told to be done.
pub fn write_rows(ground: &Ground, count: i64) {
    let mut c = PgConnection::establish(&ground.url).unwrap();
    sql_query("CREATE TABLE told (n BIGINT)").execute(&mut c).unwrap();
    sql_query("CHECKPOINT").execute(&mut c).unwrap();
    for n in 0..count {
        sql_query(format!("INSERT INTO told VALUES ({n})")).execute(&mut c).unwrap();
    }
}

impl Totals {
    pub fn read(ground: &Ground) -> Self {
        Self {
            owned: number(ground, "SELECT COALESCE(SUM(available + pending + reserved - debt), 0) FROM accounts"),
            receipts: number(ground, "SELECT COUNT(*) FROM receipts"),
            reservations: number(ground, "SELECT COUNT(*) FROM reservations"),
        }
    }
}

/// The stored answers whose keys match a pattern of `LIKE`.
fn stored(ground: &Ground, pattern: &str) -> Vec<Stored> {
    let sql = format!("SELECT partner_id, operation_key FROM operations WHERE operation_key LIKE '{pattern}'");
    let keys: Vec<(PartnerId, String)> =
        ask!(ground, Key, sql).into_iter().map(|row| (PartnerId(row.partner_id), row.operation_key)).collect();
    let limits = ConnectLimits { connect_timeout: CONNECTING_MAX, statement_timeout: CONNECTING_MAX };
    let connections = Connections::open(&ground.url.parse().unwrap(), Purpose::Read, 1, &limits).unwrap();
    let (mut db, vault) = (connections.get().unwrap(), Vault::new(MasterKey::from_text(KEY).unwrap()));
    key::open(&mut db, &vault).unwrap();
    let answers = keys.chunks(ANSWERS_AT_ONCE).flat_map(|some| operation::load(&mut db, some, &vault).unwrap());
    answers
        .map(|answer| Stored {
            operation_key: answer.key,
            operation: answer.operation,
            code: answer.code,
            body: answer.body.unwrap_or_default(),
        })
        .collect()
}

fn hundredths(row: &Stored, name: &str) -> i64 {
    let reply = Reply { status: 200, body: row.body.clone() };
    reply.get(name).replace('.', "").parse().unwrap()
}

/// Compares the database with the acknowledgement log, and adds what it found to the outcome. `before` is from before the
/// storm; `addresses` are gateways that run now.
pub fn check(ground: &Ground, before: Totals, log: &Log, addresses: &[SocketAddr], outcome: &mut Outcome) {
    let told = log.read();
    let rows = stored(ground, &format!("{PREFIX}%"));
    let (mut sales, mut holds, mut moved) = (0, 0, 0);
    for row in rows.iter().filter(|row| row.code == "OK") {
        match row.operation.as_str() {
            "RegisterReceipt" => {
                sales += 1;
                moved += hundredths(row, "pointsEarned") - hundredths(row, "pointsSpent");
            }
            "ReservePoints" => holds += 1,
            "CancelReceipt" | "RegisterReturn" => {
                moved += hundredths(row, "pointsRestored") - hundredths(row, "pointsRevoked");
            }
            // Letting a hold go moves nothing between the customer and us.
            "CancelOperation" if row.body.contains("<m:receiptId>") => {
                moved += hundredths(row, "pointsRestored") - hundredths(row, "pointsRevoked");
            }
            _ => {}
        }
    }
    let lost = lost_of(&told, &rows);
    let after = Totals::read(ground);
    let doubled_sales = after.receipts - before.receipts - sales;
    let doubled_holds = after.reservations - before.reservations - holds;
    let same_number = number(
        ground,
        "SELECT COUNT(*) FROM (SELECT 1 FROM receipts GROUP BY till_id, local_day, shift, number HAVING COUNT(*) > 1) twice",
    );
    let doubled = doubled_sales.abs() + doubled_holds.abs() + same_number;
    outcome.tell(format!("acknowledged {}", grouped(told.len())));
    outcome.must(lost == 0, format!("lost {lost}"));
    outcome.must(doubled == 0, format!("doubled {doubled}"));
    outcome.always(
        doubled == 0,
        format!("more than were answered: sales {doubled_sales}, holds {doubled_holds}, numbers twice {same_number}"),
    );
    let difference = after.owned - before.owned - moved;
    outcome.always(difference == 0, format!("balances differ from the answers by {difference} hundredths of a point"));
    let distinct = told.iter().map(|told| &told.key).collect::<std::collections::HashSet<_>>().len();
    outcome.always(distinct == told.len(), "an operation was acknowledged to two clients");
    let wrong = wrongly_remembered(&told, addresses);
    outcome.always(wrong == 0, format!("GetOperation gives another answer to {wrong}"));
    verify(ground, outcome);
}

/// How many of the acknowledged operations are not in the database, or otherwise.
pub fn lost(ground: &Ground, log: &Log) -> usize {
    lost_of(&log.read(), &stored(ground, "%"))
}

fn lost_of(told: &[super::acknowledged::Acknowledged], rows: &[Stored]) -> usize {
    let stored: HashMap<&str, &Stored> = rows.iter().map(|row| (row.operation_key.as_str(), row)).collect();
    let is_stored = |told: &&super::acknowledged::Acknowledged| {
        stored
            .get(told.key.as_str())
            .is_some_and(|row| row.operation == told.operation && digest(&row.body) == told.digest)
    };
    told.iter().filter(|told| !is_stored(told)).count()
}

/// `kopilka verify` finds nothing.
pub fn verify(ground: &Ground, outcome: &mut Outcome) {
    let verified = ground.run(&["verify"]);
    outcome.always(
        verified.status.success(),
        format!("verify: {}{}", String::from_utf8_lossy(&verified.stdout), String::from_utf8_lossy(&verified.stderr)),
    );
}

/// How many of the acknowledged operations `GetOperation` does not know, or knows otherwise.
fn wrongly_remembered(told: &[super::acknowledged::Acknowledged], addresses: &[SocketAddr]) -> u64 {
    let (wrong, tally) = (AtomicU64::new(0), Arc::new(Tally::default()));
    let step = told.len().div_ceil(ASKED_MAX).max(1);
    let asked: Vec<_> = told.iter().step_by(step).collect();
    std::thread::scope(|scope| {
        for (number, part) in asked.chunks(asked.len().div_ceil(ASKERS).max(1)).enumerate() {
            let (mut client, wrong) = (Client::new(addresses, number, "demo", &tally), &wrong);
            scope.spawn(move || {
                for told in part {
                    let reply = client.pos("GetOperation", &format!("<operationKey>{}</operationKey>", told.key));
                    let answer = reply.as_ref().and_then(|reply| reply.find("answer")).unwrap_or_default();
                    let answer = answer.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
                    // It stands alone: the declaration of its prefix is all that was not sent.
                    let answer = answer.replacen(" xmlns:m=\"urn:kopilka:ws:pos:1\"", "", 1);
                    if digest(&answer) != told.digest {
                        wrong.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    wrong.into_inner()
}

/// What clients met, where it is the same for all storms: an answer in the end, and no fault but «send again».
pub fn check_tally(tally: &Tally, outcome: &mut Outcome) {
    let [cut, busy, faults, unanswered, surprises] =
        [&tally.cut, &tally.busy, &tally.faults, &tally.unanswered, &tally.surprises].map(Tally::get);
    outcome.tell(format!("sent again {}", grouped(cut + busy)));
    outcome.always(faults == 0, format!("{faults} faults that are not «send again»"));
    outcome.always(unanswered == 0, format!("{unanswered} requests were never answered"));
    outcome.always(surprises == 0, format!("{surprises} answers that nobody foresaw"));
}

/// 12345 as «12 345».
pub fn grouped(number: impl ToString) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

/// A duration in seconds with two places.
pub fn seconds(duration: std::time::Duration) -> String {
    let ms = duration.as_millis();
    format!("{}.{:02} s", ms / 1_000, ms % 1_000 / 10)
}
