//! Corruptions, each planted by SQL in one account of two: it is found, the finding names account and entry, and the
//! other account is not named.

use super::{account, check, forger, live_through_a_day, number, open, run};
use crate::support::{App, Backend, on_both};
use kopilka::store::db::backend::Db;

on_both! { backend: everything_planted_is_found }

/// What is done to the account `{a}`: `{e}` is an entry in the middle of what is sealed, `{f}` the one after it,
/// `{z}` the last one, `{h}` an open hold, `{g}` one that has ended, `{x}` a digest of nothing.
struct Plant {
    name: &'static str,
    sql: &'static [&'static str],
    /// What the findings on the account say; after a `!`, what one on no account says.
    says: &'static [&'static str],
}

const PLANTS: [Plant; 30] = [
    plant(
        "points of an entry",
        &["UPDATE journal SET points = points + 1 WHERE account_id = {a} AND seq = {e}"],
        &["entry {e} "],
    ),
    plant(
        "its time",
        &["UPDATE journal SET occurred_at = occurred_at - 60000 WHERE account_id = {a} AND seq = {e}"],
        &["entry {e} "],
    ),
    plant(
        "when it was recorded",
        &["UPDATE journal SET recorded_at = recorded_at + 1 WHERE account_id = {a} AND seq = {z}"],
        &["entry {z} "],
    ),
    plant(
        "its rule's text",
        &["UPDATE journal SET rule = 'Подарок' WHERE account_id = {a} AND seq = {e}"],
        &["entry {e} "],
    ),
    plant("its rule taken away", &["UPDATE journal SET rule = NULL WHERE account_id = {a} AND seq = 1"], &["entry 1 "]),
    plant("its lot", &["UPDATE journal SET lot_no = lot_no + 1 WHERE account_id = {a} AND seq = {e}"], &["entry {e} "]),
    plant(
        "its kind",
        &["UPDATE journal SET kind = 'adjustment' WHERE account_id = {a} AND seq = {e}"],
        &["entry {e} "],
    ),
    plant(
        "a word that is none",
        &["UPDATE journal SET to_bucket = 'pocket' WHERE account_id = {a} AND seq = {e}"],
        &["entry {e} says", "entry {e} is not"],
    ),
    plant("its receipt", &["UPDATE journal SET receipt_id = 1 WHERE account_id = {a} AND seq = {e}"], &["entry {e} "]),
    plant(
        "the terms of a lot",
        &["UPDATE journal SET terms_expires_at = terms_expires_at + 86400000 WHERE account_id = {a} AND seq = 1"],
        &["entry 1 ", "lot 1:"],
    ),
    plant(
        "an entry in the middle gone",
        &["DELETE FROM journal WHERE account_id = {a} AND seq = {e}"],
        &["stands where entry {e} should"],
    ),
    plant(
        "the first entry gone",
        &["DELETE FROM journal WHERE account_id = {a} AND seq = 1"],
        &["entry 2 stands where entry 1 should"],
    ),
    plant(
        "the last entry gone",
        &["DELETE FROM journal WHERE account_id = {a} AND seq = {z}"],
        &["entry {z}, with which the account says that it ends, is missing"],
    ),
    plant(
        "an entry put after the last",
        &["INSERT INTO journal (account_id, seq, step, lot_no, from_bucket, to_bucket, points, \
             available_after, kind, occurred_at, recorded_at, receipt_id, return_id, reservation_id, partner_id, \
             store_id, till_id, rule, corrects, terms_class, terms_issuer_id, terms_activates_at, \
             terms_expires_at, hash) SELECT account_id, seq + 1, step + 1, lot_no, from_bucket, to_bucket, points, \
             available_after, kind, occurred_at, recorded_at, receipt_id, return_id, reservation_id, partner_id, \
             store_id, till_id, rule, corrects, terms_class, terms_issuer_id, terms_activates_at, \
             terms_expires_at, hash FROM journal WHERE account_id = {a} AND seq = {z}"],
        &["stands after entry {z}", "is not what it was"],
    ),
    plant(
        "an entry put in between",
        &[
            "UPDATE journal SET seq = -seq - 1 WHERE account_id = {a} AND seq > {e}",
            "UPDATE journal SET seq = -seq WHERE account_id = {a} AND seq < 0",
            "INSERT INTO journal (account_id, seq, step, lot_no, from_bucket, to_bucket, points, \
             available_after, kind, occurred_at, recorded_at, receipt_id, return_id, reservation_id, partner_id, \
             store_id, till_id, rule, corrects, terms_class, terms_issuer_id, terms_activates_at, \
             terms_expires_at, hash) SELECT account_id, seq + 1, step, lot_no, from_bucket, to_bucket, points, \
             available_after, kind, occurred_at, recorded_at, receipt_id, return_id, reservation_id, partner_id, \
             store_id, till_id, rule, corrects, terms_class, terms_issuer_id, terms_activates_at, \
             terms_expires_at, hash FROM journal WHERE account_id = {a} AND seq = {e}",
        ],
        &["entry {f} is not what it was"],
    ),
    plant(
        "two entries swapped",
        &[
            "UPDATE journal SET seq = -1 WHERE account_id = {a} AND seq = {e}",
            "UPDATE journal SET seq = {e} WHERE account_id = {a} AND seq = {f}",
            "UPDATE journal SET seq = {f} WHERE account_id = {a} AND seq = -1",
        ],
        &["entry {e} is not what it was", "entry {f} is not what it was"],
    ),
    plant(
        "a digest",
        &["UPDATE journal SET hash = {x} WHERE account_id = {a} AND seq = {e}"],
        &["entry {e} is not what it was"],
    ),
    plant("a balance", &["UPDATE accounts SET available = available + 100 WHERE id = {a}"], &["available: stored"]),
    plant(
        "the account's head",
        &["UPDATE accounts SET head = {x} WHERE id = {a}"],
        &["entry {z} is not the one with which the account says that it ends"],
    ),
    plant(
        "how far it is sealed",
        &["UPDATE accounts SET sealed_seq = sealed_seq - 1 WHERE id = {a}"],
        &["sealed up to entry"],
    ),
    plant(
        "when it is due",
        &["UPDATE accounts SET next_due_at = next_due_at + 1 WHERE id = {a}"],
        &["next due at: stored"],
    ),
    plant(
        "a lot's parts",
        &["UPDATE lots SET spent = spent - 1, remaining = remaining + 1 WHERE account_id = {a} AND lot_no = 1"],
        &["lot 1: stored"],
    ),
    plant(
        "a lot's expiry",
        &["UPDATE lots SET expires_at = expires_at + 86400000 WHERE account_id = {a} AND lot_no = 1"],
        &["lot 1: stored"],
    ),
    plant(
        "a lot's mark",
        &["UPDATE lots SET live = NOT live WHERE account_id = {a} AND lot_no = 1"],
        &["lot 1: marked as not live"],
    ),
    plant(
        "a lot gone",
        &["DELETE FROM lots WHERE account_id = {a} AND lot_no = 2"],
        &["lot 2 is in the journal and not among the lots"],
    ),
    plant(
        "a sealed head",
        &["UPDATE journal_seal_heads SET head = {x} WHERE account_id = {a}"],
        &["is not the one that was sealed on 2026-11-21", "!seal of 2026-11-21: its root is"],
    ),
    plant(
        "a hold's lots",
        &["UPDATE reservation_lots SET points = points + 1 WHERE reservation_id = {h}"],
        &["lot 1: held by open holds", "hold {h} is of"],
    ),
    plant(
        "an ended hold's lots",
        &["UPDATE reservation_lots SET lot_no = lot_no + 1 WHERE reservation_id = {g}"],
        &["hold {g}: its lots are"],
    ),
    plant(
        "what a hold became",
        &["UPDATE reservations SET captured = captured + 1, released = released - 1 WHERE id = {g}"],
        &["hold {g}: spent"],
    ),
    plant(
        "what a receipt earned",
        &["UPDATE receipts SET points_earned = points_earned + 1 WHERE id = (SELECT min(id) FROM receipts WHERE \
             account_id = {a})"],
        &["receipt "],
    ),
];

const fn plant(name: &'static str, sql: &'static [&'static str], says: &'static [&'static str]) -> Plant {
    Plant { name, sql, says }
}

/// The rows that a plant may change, kept beside, so that each plant begins with a sound journal.
const KEPT: [&str; 8] = [
    "journal",
    "lots",
    "accounts",
    "journal_seal_heads",
    "journal_seals",
    "reservation_lots",
    "reservations",
    "receipts",
];

fn keep(db: &mut Db) {
    for table in KEPT {
        run(db, &format!("CREATE TABLE kept_{table} AS SELECT * FROM {table}"));
    }
}

/// Puts everything back. Rows are never deleted where others refer to them.
fn restore(db: &mut Db) {
    for (table, key) in [("accounts", "id"), ("reservations", "id"), ("receipts", "id")] {
        let columns: &[&str] = match table {
            "accounts" => &["available", "head", "sealed_seq", "next_due_at"],
            "reservations" => &["captured", "released"],
            _ => &["points_earned"],
        };
        for column in columns {
            run(
                db,
                &format!(
                    "UPDATE {table} SET {column} = (SELECT kept.{column} FROM kept_{table} kept WHERE kept.{key} \
                     = {table}.{key})"
                ),
            );
        }
    }
    for table in ["journal", "lots", "journal_seal_heads", "journal_seals", "reservation_lots"] {
        run(db, &format!("DELETE FROM {table}"));
        run(db, &format!("INSERT INTO {table} SELECT * FROM kept_{table}"));
    }
}

struct Scene {
    account: i64,
    other: i64,
    marks: Vec<(&'static str, String)>,
}

impl Scene {
    fn of(db: &mut Db) -> Self {
        let (id, other) = (account(db, "7000000101"), account(db, "7000000102"));
        let one = |db: &mut Db, sql: &str| number(db, &sql.replace("{a}", &id.to_string())).to_string();
        let last = one(db, "SELECT max(seq) AS number FROM journal WHERE account_id = {a}");
        let open = one(db, "SELECT id AS number FROM reservations WHERE account_id = {a} AND ended_at IS NULL");
        let ended = one(db, "SELECT id AS number FROM reservations WHERE account_id = {a} AND ended_at IS NOT NULL");
        let junk = forger::literal(db, &[7; 32]);
        let marks = vec![
            ("{a}", id.to_string()),
            ("{e}", "3".into()),
            ("{f}", "4".into()),
            ("{z}", last),
            ("{h}", open),
            ("{g}", ended),
            ("{x}", junk),
        ];
        Self { account: id, other, marks }
    }

    fn filled(&self, text: &str) -> String {
        self.marks.iter().fold(text.to_owned(), |text, (mark, value)| text.replace(mark, value))
    }
}

async fn everything_planted_is_found(backend: Backend) {
    let mut app = App::start(backend).await;
    live_through_a_day(&app).await;
    app.gateway.take().unwrap().stop().await.unwrap();
    let mut db = open(&app);
    let scene = Scene::of(&mut db);
    keep(&mut db);
    assert_eq!(check(&mut db).findings, []);
    for plant in &PLANTS {
        for sql in plant.sql {
            let sql = scene.filled(sql);
            assert!(run(&mut db, &sql) > 0, "{}: nothing was changed by {sql}", plant.name);
        }
        let said: Vec<String> = check(&mut db).findings.iter().map(ToString::to_string).collect();
        for what in plant.says {
            let (what, own) = what
                .strip_prefix('!')
                .map_or((*what, format!("account {}: ", scene.account)), |what| (what, String::new()));
            let what = scene.filled(what);
            assert!(
                said.iter().any(|said| said.starts_with(&own) && said.contains(&what)),
                "{}: nothing of «{what}» in {said:#?}",
                plant.name
            );
        }
        let other = format!("account {}:", scene.other);
        assert!(!said.iter().any(|said| said.starts_with(&other)), "{}: {said:#?}", plant.name);
        restore(&mut db);
        assert_eq!(check(&mut db).findings, [], "{}: it was not put back", plant.name);
    }
    a_rewritten_history_is_found_by_the_seal(&mut db, &scene);
    what_becomes_of_seals_is_found(&mut db, &scene);
    drop(db);
    app.restart_stopped().await;
    app.finish().await;
}

/// An attacker who knows the algorithm can rebuild the chain with matching balances and lots, but not the seal.
fn a_rewritten_history_is_found_by_the_seal(db: &mut Db, scene: &Scene) {
    assert_eq!(forger::chain_anew(db, scene.account), 0, "the chain is not as it is described");
    // The time of an entry is in no cache: only the chain and the seal hold it.
    run(db, &scene.filled("UPDATE journal SET occurred_at = occurred_at - 60000 WHERE account_id = {a} AND seq = {e}"));
    assert!(forger::chain_anew(db, scene.account) > 1);
    let found = check(db).findings;
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!(found[0].account, Some(scene.account));
    assert!(found[0].what.contains("is not the one that was sealed on 2026-11-21"), "{found:#?}");
    // A new seal does not help: the day's root differs then.
    let head = number(db, &scene.filled("SELECT seq AS number FROM journal_seal_heads WHERE account_id = {a}"));
    run(
        db,
        &scene.filled(&format!(
            "UPDATE journal_seal_heads SET head = (SELECT hash FROM journal WHERE account_id \
     = {{a}} AND seq = {head}) WHERE account_id = {{a}}"
        )),
    );
    let found = check(db).findings;
    // That, and the chronicle, which has another end of the account.
    assert_eq!(found.len(), 2, "{found:#?}");
    assert!(found[0].account.is_some() && found[0].what.contains("not as it was written last"), "{found:#?}");
    assert!(found[1].account.is_none() && found[1].what.starts_with("seal of 2026-11-21: its root is"), "{found:#?}");
    restore(db);
}

fn what_becomes_of_seals_is_found(db: &mut Db, scene: &Scene) {
    let plants = [
        ("UPDATE journal_seals SET root = {x} WHERE day = (SELECT max(day) FROM journal_seals)", "its root is"),
        (
            "UPDATE journal_seals SET accounts = accounts + 1 WHERE day = (SELECT max(day) FROM journal_seals)",
            "it says 3 accounts",
        ),
        (
            "UPDATE journal_seals SET day = day + 1 WHERE day = (SELECT max(day) FROM journal_seals)",
            "seal of 2026-11-21 is missing",
        ),
    ];
    for (sql, what) in plants {
        assert_eq!(run(db, &scene.filled(sql)), 1);
        let found = check(db).findings;
        assert!(found.iter().all(|finding| finding.account.is_none()), "{found:#?}");
        assert!(found.iter().any(|finding| finding.what.contains(what)), "{sql}: {found:#?}");
        restore(db);
    }
    assert_eq!(check(db).findings, []);
}
