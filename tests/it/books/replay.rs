//! Balances and lots are caches: wrecked, they come back from the journal alone, bit for bit.

use diesel::{QueryableByName, RunQueryDsl, sql_types};

use super::{account, check, forger, live_through_a_day, number, open, run};
use crate::support::{App, on_both};
use kopilka::store::{books::replay::replay, db::backend::Db};

on_both! {
    wrecked_caches_come_back_bit_for_bit,
    a_damaged_journal_mends_nothing,
}

#[derive(QueryableByName)]
struct Text {
    #[diesel(sql_type = sql_types::Text)]
    text: String,
}

const ACCOUNT_COLUMNS: [&str; 15] = [
    "id",
    "customer_id",
    "programme_id",
    "state",
    "pending",
    "available",
    "reserved",
    "debt",
    "next_lot",
    "next_seq",
    "next_due_at",
    "recorded_at",
    "head",
    "sealed_seq",
    "merged_into",
];
const LOT_COLUMNS: [&str; 15] = [
    "account_id",
    "lot_no",
    "class",
    "issued",
    "remaining",
    "reserved",
    "spent",
    "expired",
    "revoked",
    "state",
    "activates_at",
    "expires_at",
    "issuer_id",
    "receipt_id",
    "live",
];

/// Every row of the tables that are rebuilt, as text.
fn rows(db: &mut Db) -> Vec<String> {
    let mut all = Vec::new();
    for (table, columns, order) in [("accounts", ACCOUNT_COLUMNS, "id"), ("lots", LOT_COLUMNS, "account_id, lot_no")] {
        let texts: Vec<String> = columns
            .iter()
            .map(|column| match (&db, *column) {
                (Db::Sqlite(_), "head") => "coalesce(hex(head), '-')".to_owned(),
                (Db::Postgres(_), "head") => "coalesce(encode(head, 'hex'), '-')".to_owned(),
                _ => format!("coalesce(CAST({column} AS TEXT), '-')"),
            })
            .collect();
        let sql = format!("SELECT {} AS text FROM {table} ORDER BY {order}", texts.join(" || '|' || "));
        let found: Vec<Text> = match db {
            Db::Sqlite(c) => diesel::sql_query(sql).load(&mut **c).unwrap(),
            Db::Postgres(c) => diesel::sql_query(sql).load(&mut **c).unwrap(),
        };
        all.extend(found.into_iter().map(|row| row.text));
    }
    all
}

async fn wrecked_caches_come_back_bit_for_bit(app: &App) {
    live_through_a_day(app).await;
    let mut db = open(app);
    let before = rows(&mut db);
    assert!(before.len() > 6, "{before:?}");
    let sound = replay(&mut db, true, |account, what| panic!("{account}: {what}"), |_| {}).unwrap();
    assert_eq!((sound.accounts, sound.differing, sound.damaged), (2, 0, 0));

    let junk = forger::literal(&db, &[9; 32]);
    for sql in [
        "UPDATE accounts SET available = 0, pending = pending + 7, reserved = reserved + 1, next_lot = 1".to_owned(),
        "UPDATE accounts SET next_seq = 1, next_due_at = NULL, recorded_at = 5".to_owned(),
        format!("UPDATE accounts SET head = {junk}"),
        "DELETE FROM lots WHERE lot_no = 2".to_owned(),
        "UPDATE lots SET remaining = 0, spent = issued, reserved = 0, expired = 0, revoked = 0 WHERE lot_no = 1"
            .to_owned(),
        "UPDATE lots SET expires_at = NULL, state = 'revoked', live = NOT live WHERE lot_no = 3".to_owned(),
        "INSERT INTO lots (account_id, lot_no, class, issued, remaining, reserved, spent, expired, revoked, \
         state, activates_at, expires_at, issuer_id, receipt_id, live) SELECT account_id, 77, class, issued, \
         remaining, reserved, spent, expired, revoked, state, activates_at, expires_at, issuer_id, receipt_id, \
         live FROM lots WHERE lot_no = 1"
            .to_owned(),
    ] {
        assert!(run(&mut db, &sql) > 0, "{sql}");
    }
    let wrecked = rows(&mut db);
    assert_ne!(wrecked, before);
    let mut told = Vec::new();
    let checked = replay(&mut db, false, |account, what| told.push(format!("{account}: {what}")), |_| {}).unwrap();
    assert_eq!((checked.differing, checked.damaged), (2, 0));
    assert!(told.iter().any(|told| told.contains("lot 77: the journal knows nothing of it")), "{told:#?}");
    assert_eq!(rows(&mut db), wrecked, "a check changes nothing");
    let mended = replay(&mut db, true, |_, _| {}, |_| {}).unwrap();
    assert_eq!(mended, checked);
    assert_eq!(rows(&mut db), before);
    assert_eq!(replay(&mut db, false, |_, _| {}, |_| {}).unwrap().differing, 0);
}

async fn a_damaged_journal_mends_nothing(app: &App) {
    live_through_a_day(app).await;
    let mut db = open(app);
    let id = account(&mut db, "7000000101");
    run(&mut db, &format!("UPDATE accounts SET available = available + 1 WHERE id = {id}"));
    run(&mut db, &format!("UPDATE journal SET points = points + 1 WHERE account_id = {id} AND seq = 2"));
    let mut told = Vec::new();
    let summary = replay(&mut db, true, |account, what| told.push((account, what.to_owned())), |_| {}).unwrap();
    assert_eq!((summary.differing, summary.damaged, told.len()), (0, 1, 1));
    assert!(told[0].0 == id && told[0].1.contains("entry 2 does not follow"), "{told:?}");
    run(&mut db, &format!("UPDATE journal SET points = points - 1 WHERE account_id = {id} AND seq = 2"));
    assert_eq!(replay(&mut db, true, |_, _| {}, |_| {}).unwrap().differing, 1);
    assert_eq!(check(&mut db).findings, []);
    assert_eq!(number(&mut db, "SELECT count(*) AS number FROM accounts WHERE available < 0"), 0);
}
