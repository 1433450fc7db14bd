//! The yardstick for SQLite's writes: the rows that one real RegisterReceipt has written, written again and again with other
//! keys by statements that are prepared once, so many calls' worth a commit. Nothing is read, checked or answered.
//!
//! The rows are taken from the database itself, so that they stay the real ones when the schema changes. The journal of
//! exchanges is left out: it is evidence, and no commit of a sale waits for it.

use std::time::{Duration, Instant};

use rusqlite::{Connection, ToSql, params_from_iter, types::Value};

use crate::{
    drive::Chance,
    ground::{card_number, usual},
};

/// Calls in one commit: the most that the gateway takes together, as it comes.
pub const BATCH: u64 = 64;
/// Beyond all numbers of lots, entries and receipts that the gateway gives.
const BEYOND: i64 = 1 << 40;

/// A table's row, column by column.
struct Row {
    sql: String,
    columns: Vec<String>,
    values: Vec<Value>,
}

impl Row {
    /// The rows of a table that a condition finds, and how one like them is written.
    fn all(connection: &Connection, table: &str, condition: &str) -> Vec<Self> {
        let mut statement = connection.prepare(&format!("SELECT * FROM {table} WHERE {condition}")).unwrap();
        let columns: Vec<String> = statement.column_names().iter().map(|name| (*name).to_owned()).collect();
        let places = vec!["?"; columns.len()].join(", ");
        let sql = format!("INSERT INTO {table} ({}) VALUES ({places})", columns.join(", "));
        let mut rows = statement.query([]).unwrap();
        let mut found = Vec::new();
        while let Some(row) = rows.next().unwrap() {
            let values = (0..columns.len()).map(|at| row.get::<_, Value>(at).unwrap()).collect();
            found.push(Self { sql: sql.clone(), columns: columns.clone(), values });
        }
        assert!(!found.is_empty(), "RegisterReceipt has written nothing into {table} where {condition}");
        found
    }

    /// Where a column is.
    fn at(&self, column: &str) -> usize {
        self.columns
            .iter()
            .position(|name| name == column)
            .unwrap_or_else(|| panic!("no column {column} in: {}", self.sql))
    }

    fn set(&mut self, at: usize, value: i64) {
        self.values[at] = Value::Integer(value);
    }

    fn number(&self, column: &str) -> i64 {
        let Value::Integer(number) = self.values[self.at(column)] else { panic!("{column} is no number") };
        number
    }

    fn write(&self, connection: &Connection) {
        let mut statement = connection.prepare_cached(&self.sql).unwrap();
        statement.execute(params_from_iter(self.values.iter())).unwrap_or_else(|error| panic!("{}: {error}", self.sql));
    }
}

/// Writes for so long, after a warm-up; answers receipts a second and the CPU of one, in microseconds.
pub fn receipts(file: &str, warm: Duration, span: Duration) -> (f64, f64) {
    let connection = Connection::open(file).unwrap();
    connection.set_prepared_statement_cache_capacity(64);
    connection
        .execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 5000")
        .unwrap();
    let number = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    let id = number(&format!("SELECT max(id) FROM receipts WHERE account_id IS NOT NULL AND id < {BEYOND}"));
    let mut receipt = one(Row::all(&connection, "receipts", &format!("id = {id}")));
    let mut lines = Row::all(&connection, "receipt_lines", &format!("receipt_id = {id}"));
    let (account, lot) = (receipt.number("account_id"), receipt.number("lot_no"));
    let mut lot = one(Row::all(&connection, "lots", &format!("account_id = {account} AND lot_no = {lot}")));
    let mut entry = one(Row::all(&connection, "journal", &format!("account_id = {account} AND receipt_id = {id}")));
    let mut answer = one(Row::all(&connection, "operations", &format!("subject_id = {id}")));
    // Accounts of usual cards have their ids one after the other.
    let first = number("SELECT account_id FROM cards WHERE number = '7700000000'");
    let cards = number("SELECT count(*) FROM cards WHERE number LIKE '77%'") as u64;
    let accounts = first as u64..first as u64 + usual(cards).end;
    let head = entry.values[entry.at("hash")].clone();
    let mut chance = Chance::new(7);
    let places = (
        (receipt.at("id"), [receipt.at("number"), receipt.at("fiscal_fd")], receipt.at("account_id")),
        lines[0].at("receipt_id"),
        (lot.at("account_id"), lot.at("lot_no"), lot.at("receipt_id")),
        (entry.at("account_id"), entry.at("seq"), entry.at("receipt_id")),
        (answer.at("operation_key"), answer.at("subject_id")),
    );
    let mut next = BEYOND.max(number("SELECT max(id) FROM receipts"));
    let mut write = || {
        connection.execute_batch("BEGIN IMMEDIATE").unwrap();
        for _ in 0..BATCH {
            next += 1;
            let account = chance.below(&accounts) as i64;
            let changed: [&dyn ToSql; 4] = [&next, &next, &head, &account];
            connection
                .prepare_cached(
                    "UPDATE accounts SET available = available + 2500, next_lot = next_lot + 1, next_seq = ?, \
                     recorded_at = ?, head = ? WHERE id = ?",
                )
                .unwrap()
                .execute(&changed[..])
                .unwrap();
            lot.set(places.2.0, account);
            lot.set(places.2.1, next);
            lot.set(places.2.2, next);
            lot.write(&connection);
            entry.set(places.3.0, account);
            entry.set(places.3.1, next);
            entry.set(places.3.2, next);
            entry.write(&connection);
            receipt.set(places.0.0, next);
            for at in places.0.1 {
                receipt.values[at] = Value::Text(format!("{next:010}"));
            }
            receipt.set(places.0.2, account);
            receipt.write(&connection);
            for line in &mut lines {
                line.set(places.1, next);
                line.write(&connection);
            }
            answer.values[places.4.0] = Value::Text(format!("8c4e6f0e-93a1-11f0-ffff-{next:012}"));
            answer.set(places.4.1, next);
            answer.write(&connection);
        }
        connection.execute_batch("COMMIT").unwrap();
    };
    let begun = Instant::now();
    while begun.elapsed() < warm {
        write();
    }
    let (begun, before) = (Instant::now(), crate::process::cpu(std::process::id()));
    let mut written = 0;
    while begun.elapsed() < span {
        write();
        written += BATCH;
    }
    let cpu = crate::process::cpu(std::process::id()).saturating_sub(before);
    (written as f64 / begun.elapsed().as_secs_f64(), cpu.as_secs_f64() * 1e6 / written as f64)
}

fn one(rows: Vec<Row>) -> Row {
    rows.into_iter().next().unwrap()
}

/// Reads what a balance is made of by the gateway's one statement, one card after the other; answers the CPU of one, in microseconds.
pub fn balances(file: &str, span: Duration) -> f64 {
    const STATEMENT: &str = "SELECT (SELECT version FROM reference_version LIMIT 1), cards.*, accounts.*, lots.* FROM cards \
                             LEFT JOIN accounts ON cards.account_id = accounts.id \
                             LEFT JOIN lots ON lots.account_id = accounts.id AND lots.live WHERE cards.number = ?";
    let connection = Connection::open(file).unwrap();
    connection.execute_batch("PRAGMA query_only = ON").unwrap();
    let count: i64 =
        connection.query_row("SELECT count(*) FROM cards WHERE number LIKE '77%'", [], |row| row.get(0)).unwrap();
    let cards = usual(count as u64);
    let mut chance = Chance::new(11);
    let mut read = || {
        let mut statement = connection.prepare_cached(STATEMENT).unwrap();
        let columns = statement.column_count();
        let mut rows = statement.query([card_number(chance.below(&cards))]).unwrap();
        let mut is_found = false;
        while let Some(row) = rows.next().unwrap() {
            is_found = (0..columns).all(|at| std::hint::black_box(row.get_ref(at)).is_ok());
        }
        assert!(is_found, "a card is not there");
    };
    (0..200).for_each(|_| read());
    let (begun, before) = (Instant::now(), crate::process::cpu(std::process::id()));
    let mut count = 0_u64;
    while begun.elapsed() < span {
        read();
        count += 1;
    }
    crate::process::cpu(std::process::id()).saturating_sub(before).as_secs_f64() * 1e6 / count as f64
}
