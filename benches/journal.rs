//! How fast a journal is checked: a database is filled with one, sealed, verified.
//!
//! `cargo bench --bench journal [-- --entries N]` prints, for each backend, rows a second and what a million entries takes; beside it,
//! how long the server takes to count and sum the same rows, which says what the machine did then. It needs PostgreSQL's binaries for
//! the second half.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::indexing_slicing,
    clippy::float_arithmetic,
    clippy::as_conversions,
    missing_docs,
    reason = "a benchmark reports to a person and may stop where it stands"
)]

#[allow(dead_code, unused_imports, reason = "the tests use more of it")]
#[path = "../tests/it/support/postgres.rs"]
mod postgres;

use std::{collections::BTreeSet, path::Path, time::Instant};

use diesel::RunQueryDsl;

use kopilka::{
    app::Opened,
    config::{Config, Overrides},
    domain::{
        account::{Account, Cause, Grant, MovementKind, PointsClass, Step},
        ids::{AccountId, CustomerId, PartnerId, ProgrammeId},
        moment::{Moment, Span},
        money::Points,
    },
    store::{
        admin::{NewPartner, add_partner},
        books::{
            seal::seal,
            verify::{Outside, verify_against},
        },
        db::{
            backend::{Db, Purpose},
            upgrade::{cover_anew, upgrade},
        },
        facts::Facts,
        sealing::Keys,
        sql::batch::write_together,
        tables::{account, reference},
    },
    vault::Vault,
};

/// 2026-11-21 12:00 in Moscow.
const START: Moment = Moment(1_795_251_600_000);
/// Accounts written at a time.
const ACCOUNTS_PER_BATCH: i64 = 200;
/// How often a customer earns; every fifth time some is taken back.
const EARNED_PER_ACCOUNT: i64 = 70;

fn main() {
    let wanted = entries_wanted();
    println!(
        "| database | accounts | entries | all rows | sealing | verify | rows a second | a million entries | count and sum |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    let folder = std::env::temp_dir().join(format!("kopilka-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let server = postgres::Postgres::start();
    for (name, url) in
        [("SQLite", format!("sqlite://{}/bench.db", folder.display())), ("PostgreSQL", server.create_database("bench"))]
    {
        measure(name, &url, &folder, wanted);
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

fn entries_wanted() -> u64 {
    let arguments: Vec<String> = std::env::args().collect();
    let given = arguments.iter().position(|argument| argument == "--entries").and_then(|at| arguments.get(at + 1));
    given.map_or(1_000_000, |text| text.parse().expect("--entries takes a number"))
}

fn measure(name: &str, url: &str, folder: &Path, wanted: u64) {
    let opened = Opened::make(&config(url, folder)).unwrap();
    let mut db = opened.writer().unwrap();
    upgrade(&mut db, &opened.vault, START, |_| {}).unwrap();
    let (partner, programme) = parties(&mut db, &opened.vault);
    let (mut entries, mut first) = (0_u64, 1_000_000_i64);
    while entries < wanted {
        entries += fill(&mut db, &opened.vault, first, partner, programme);
        first += ACCOUNTS_PER_BATCH;
    }
    cover_anew(&mut db, &opened.vault, START, |_| {}).unwrap();
    let started = Instant::now();
    seal(&mut db, START.after(Span::days(200)), &|| false, &mut |_| {}).unwrap();
    let sealing = started.elapsed();
    let started = Instant::now();
    let outside = Outside { vault: Some(&opened.vault), ..Outside::default() };
    let report = verify_against(&mut db, &outside, |_| {}).unwrap();
    let elapsed = started.elapsed();
    assert_eq!((report.entries, report.findings.as_slice()), (entries, &[][..]));
    let started = Instant::now();
    let rows = READ.into_iter().map(|sql| count(&mut db, sql)).sum::<i64>();
    let plain = started.elapsed();
    println!(
        "| {name} | {} | {entries} | {rows} | {:.1} s | {:.1} s | {:.0} | {:.1} s | {:.2} s |",
        report.accounts,
        sealing.as_secs_f64(),
        elapsed.as_secs_f64(),
        rows as f64 / elapsed.as_secs_f64(),
        elapsed.as_secs_f64() * 1e6 / entries as f64,
        plain.as_secs_f64()
    );
}

/// The tables that the bench fills, each read from end to end by the server itself.
const READ: [&str; 6] = [
    "SELECT count(*) + 0 * sum(available) AS number FROM accounts",
    "SELECT count(*) + 0 * sum(registered_at) AS number FROM customers",
    "SELECT count(*) + 0 * sum(points + length(hash)) AS number FROM journal",
    "SELECT count(*) + 0 * sum(issued) AS number FROM lots",
    "SELECT count(*) + 0 * sum(length(facts)) AS number FROM chronicle",
    "SELECT count(*) + 0 * sum(length(head)) AS number FROM journal_seal_heads",
];

#[derive(diesel::QueryableByName)]
struct Count {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    number: i64,
}

fn count(db: &mut Db, sql: &str) -> i64 {
    let sql = format!("SELECT CAST(number AS BIGINT) AS number FROM ({sql}) AS counted");
    let counted: Count = match db {
        Db::Sqlite(c) => diesel::sql_query(sql).get_result(&mut **c).unwrap(),
        Db::Postgres(c) => diesel::sql_query(sql).get_result(&mut **c).unwrap(),
    };
    counted.number
}

fn parties(db: &mut Db, vault: &Vault) -> (PartnerId, ProgrammeId) {
    let new = NewPartner {
        code: "bench".into(),
        name: "Bench".into(),
        programme: "bench".into(),
        programme_name: "Bench".into(),
        stores: vec![("M".into(), "M".into())],
        utc_offset_minutes: 180,
    };
    add_partner(db, vault, &new, START).unwrap();
    let known = reference::load(db).unwrap();
    (*known.partners.keys().next().unwrap(), *known.programmes.keys().next().unwrap())
}

/// Some accounts with a hundred days of life each; answers how many entries that were.
fn fill(db: &mut Db, vault: &Vault, first: i64, partner: PartnerId, programme: ProgrammeId) -> u64 {
    let ids: Vec<i64> = (first..first + ACCOUNTS_PER_BATCH).collect();
    let customers: Vec<String> = ids
        .iter()
        .map(|id| {
            // Customers without keys are erased ones.
            let index: String = b"erased:".iter().chain(&id.to_le_bytes()).map(|byte| format!("{byte:02x}")).collect();
            match db {
                Db::Sqlite(_) => format!("({id}, {}, x'{index}', x'00', 0)", programme.0),
                Db::Postgres(_) => format!("({id}, {}, '\\x{index}'::bytea, '\\x00'::bytea, 0)", programme.0),
            }
        })
        .collect();
    let columns = "id, programme_id, phone_index, phone_sealed, registered_at";
    let sql = format!("INSERT INTO customers ({columns}) VALUES {}", customers.join(", "));
    match db {
        Db::Sqlite(c) => diesel::sql_query(sql).execute(&mut **c).unwrap(),
        Db::Postgres(c) => diesel::sql_query(sql).execute(&mut **c).unwrap(),
    };
    let accounts: Vec<Account> = ids.iter().map(|id| lived(*id, partner, programme)).collect();
    let written: usize = accounts.iter().map(|account| account.movements.len()).sum();
    db.transaction(Purpose::Write, |db| {
        let changed: Vec<&Account> = accounts.iter().collect();
        let keys = Keys::of(db, vault, &BTreeSet::new())?;
        write_together(db, |out| account::save(out, &changed, &keys, |_| true, &mut Facts::default()))
    })
    .unwrap();
    written as u64
}

fn lived(id: i64, partner: PartnerId, programme: ProgrammeId) -> Account {
    let mut account = Account::open(AccountId(id), CustomerId(id), programme);
    for day in 0..EARNED_PER_ACCOUNT {
        let now = START.after(Span::days(day)).after(Span::seconds(id % 10_000));
        let rule = Some("1 балл за каждые 100 рублей".to_owned());
        let cause = Cause { partner: Some(partner), rule, ..Cause::default() };
        let step = |kind| Step { kind, occurred_at: now, now, cause: cause.clone() };
        account.mature(now, now);
        let grant = Grant {
            points: Points(1_000 + (id * day) % 5_000),
            class: PointsClass::Bonus,
            activates_at: now.after(Span::days(1)),
            expires_at: Some(now.after(Span::days(60))),
            issuer: partner,
        };
        account.accrue(grant, &step(MovementKind::Accrual));
        if day % 5 == 4 {
            // Holds would need rows of their own; what is taken back moves the same points through the same lots.
            let wanted = Points(account.balances.available.0 / 2);
            account.revoke_any(
                wanted,
                kopilka::domain::account::ReturnPolicy::WithinBalance,
                &step(MovementKind::Return),
            );
        }
    }
    account
}

fn config(url: &str, folder: &Path) -> Config {
    let key_file = folder.join("kopilka.key");
    if !key_file.exists() {
        std::fs::write(&key_file, Vault::fresh_key().unwrap().as_str()).unwrap();
    }
    let environment = [("KOPILKA_SECURITY__KEY_FILE".to_owned(), key_file.display().to_string())];
    let overrides = Overrides { database: Some(url.into()), listen: None };
    Config::load(None, environment, &overrides).unwrap()
}
