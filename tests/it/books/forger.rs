//! Somebody who may write to the database and knows how entries are chained: changes one, and chains all that follow
//! anew.
//!
//! The chain is computed here a second time, from its description alone; that an untouched journal comes out the same
//! says that the description is right.

use diesel::{QueryableByName, RunQueryDsl, sql_types::*};
use sha2::{Digest, Sha256};

use super::run;
use kopilka::store::db::backend::Db;

#[derive(QueryableByName)]
struct Entry {
    #[diesel(sql_type = BigInt)]
    account_id: i64,
    #[diesel(sql_type = BigInt)]
    seq: i64,
    #[diesel(sql_type = BigInt)]
    step: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    lot_no: Option<i64>,
    #[diesel(sql_type = Text)]
    from_bucket: String,
    #[diesel(sql_type = Text)]
    to_bucket: String,
    #[diesel(sql_type = BigInt)]
    points: i64,
    #[diesel(sql_type = BigInt)]
    available_after: i64,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = BigInt)]
    occurred_at: i64,
    #[diesel(sql_type = BigInt)]
    recorded_at: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    receipt_id: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    return_id: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    reservation_id: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    partner_id: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    store_id: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    till_id: Option<i64>,
    #[diesel(sql_type = Nullable<Text>)]
    rule: Option<String>,
    #[diesel(sql_type = Nullable<BigInt>)]
    corrects: Option<i64>,
    #[diesel(sql_type = Nullable<Text>)]
    terms_class: Option<String>,
    #[diesel(sql_type = Nullable<BigInt>)]
    terms_issuer_id: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    terms_activates_at: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    terms_expires_at: Option<i64>,
    #[diesel(sql_type = Nullable<Bool>)]
    terms_graced: Option<bool>,
}

/// Rebuilds the chain of an account's journal with its new head; returns how many entries got another digest.
pub fn chain_anew(db: &mut Db, account: i64) -> usize {
    let sql = format!("SELECT * FROM journal WHERE account_id = {account} ORDER BY seq");
    let entries: Vec<Entry> = match db {
        Db::Sqlite(c) => diesel::sql_query(sql).load(&mut **c),
        Db::Postgres(c) => diesel::sql_query(sql).load(&mut **c),
    }
    .unwrap();
    let (mut head, mut changed) = ([0_u8; 32], 0);
    for entry in entries {
        head = digest(head, &entry);
        let literal = literal(db, &head);
        changed += run(
            db,
            &format!(
                "UPDATE journal SET hash = {literal} WHERE account_id = {account} AND seq = {} AND hash <> {literal}",
                entry.seq
            ),
        );
    }
    let literal = literal(db, &head);
    run(db, &format!("UPDATE accounts SET head = {literal} WHERE id = {account}"));
    changed
}

/// Bytes as the database writes them.
pub fn literal(db: &Db, bytes: &[u8]) -> String {
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    match db {
        Db::Sqlite(_) => format!("x'{hex}'"),
        Db::Postgres(_) => format!("'\\x{hex}'::bytea"),
    }
}

fn digest(before: [u8; 32], entry: &Entry) -> [u8; 32] {
    let mut bytes = before.to_vec();
    let numbers = [
        Some(entry.account_id),
        Some(entry.seq),
        Some(entry.step),
        entry.lot_no,
        Some(entry.points),
        Some(entry.available_after),
        Some(entry.occurred_at),
        Some(entry.recorded_at),
        entry.receipt_id,
        entry.return_id,
        entry.reservation_id,
        entry.partner_id,
        entry.store_id,
        entry.till_id,
        entry.corrects,
        entry.terms_issuer_id,
        entry.terms_activates_at,
        entry.terms_expires_at,
    ];
    for number in numbers {
        bytes.push(number.is_some().into());
        bytes.extend(number.unwrap_or(0).to_le_bytes());
    }
    let (rule, class) = (entry.rule.as_deref(), entry.terms_class.as_deref());
    for text in [Some(&*entry.from_bucket), Some(&entry.to_bucket), Some(&entry.kind), rule, class] {
        bytes.push(text.is_some().into());
        bytes.extend((text.unwrap_or("").len() as u64).to_le_bytes());
        bytes.extend(text.unwrap_or("").bytes());
    }
    bytes.extend(entry.terms_graced.map(u8::from));
    Sha256::digest(bytes).into()
}
