//! From an older schema to this one: nothing is lost, and the journal that was written before is chained.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::{
    books::{number, run},
    support::{App, Backend, Folder, config, database},
};
use kopilka::{
    app::Opened,
    domain::moment::Span,
    store::{
        db::{
            backend::Db,
            upgrade::{Progress, upgrade},
        },
        tables::call_log::{Search, count, find},
    },
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_older_sqlite_is_chained() {
    an_older_journal_is_chained_and_in_order(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_older_postgres_is_chained() {
    an_older_journal_is_chained_and_in_order(Backend::Postgres).await;
}

async fn an_older_journal_is_chained_and_in_order(backend: Backend) {
    let mut app = App::start(backend).await;
    for number in 1..=3 {
        app.sell(&format!("A-{number}"), "7000000101", 700).await.ok();
    }
    // A hold that lapses while its lots lapse gives a lot other dates than it began with.
    app.reserve("hold", "7000000101", 900, "100").await.ok();
    app.advance(Span::days(400));
    app.sell("A-4", "7000000101", 300).await.ok();
    app.gateway.take().unwrap().stop().await.unwrap();
    let before = app.verify();
    assert_eq!(before.findings, []);

    let mut db = Opened::open(&app.config).unwrap().writer().unwrap();
    let reverted = revert_from(&mut db, "2026-11-22-000003_ledger");
    // Programs before the chain wrote down when they had begun, which could be before the entry that they then followed.
    let late = "UPDATE journal SET recorded_at = recorded_at - 1000 WHERE seq = 3";
    assert!(run(&mut db, late) >= 1);
    let mut told = Vec::new();
    assert_eq!(upgrade(&mut db, |progress| told.push(progress)).unwrap(), reverted);
    assert!(matches!(told[..], [Progress::AccountsChained(1..)]), "{told:?}");
    assert_eq!(upgrade(&mut db, |_| panic!("there is nothing left to do")).unwrap(), 0);
    drop(db);

    let after = app.verify();
    assert_eq!(after.findings, []);
    assert_eq!((after.accounts, after.entries), (before.accounts, before.entries));
    app.restart_stopped().await;
    app.sell("A-5", "7000000101", 300).await.ok();
    app.finish().await;
}

#[test]
fn older_exchanges_are_put_into_pages_on_sqlite() {
    older_exchanges_are_put_into_pages(Backend::Sqlite);
}

#[test]
fn older_exchanges_are_put_into_pages_on_postgres() {
    older_exchanges_are_put_into_pages(Backend::Postgres);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_that_were_not_packed_are_repeated_on_sqlite() {
    answers_that_were_not_packed_are_repeated(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_that_were_not_packed_are_repeated_on_postgres() {
    answers_that_were_not_packed_are_repeated(Backend::Postgres).await;
}

async fn answers_that_were_not_packed_are_repeated(backend: Backend) {
    let mut app = App::start(backend).await;
    let [first, second] = [app.sell("A-1", "7000000101", 700).await, app.sell("A-2", "7000000101", 900).await];
    app.gateway.take().unwrap().stop().await.unwrap();

    // As programs before wrote them: the text itself. The way down forgets those that are packed.
    let mut db = Opened::open(&app.config).unwrap().writer().unwrap();
    let stored = "SELECT count(*) AS number FROM operations";
    let all = number(&mut db, stored);
    let from = first.body.find("<m:return>").unwrap();
    let text = &first.body[from..first.body.find("</m:return>").unwrap() + "</m:return>".len()];
    assert!(text.contains("Чек записан"), "{text}");
    let hex: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
    let bytes = if backend == Backend::Sqlite { format!("x'{hex}'") } else { format!("'\\x{hex}'::bytea") };
    assert_eq!(run(&mut db, &format!("UPDATE operations SET answer = {bytes} WHERE operation_key = 'sell-A-1'")), 1);
    let reverted = revert_from(&mut db, "2026-11-22-000006_packed_answers");
    assert_eq!(number(&mut db, &format!("{stored} WHERE operation_key = 'sell-A-2'")), 0);
    assert_eq!(upgrade(&mut db, |_| panic!("there is nothing left to do")).unwrap(), reverted);
    assert_eq!(number(&mut db, &format!("{stored} WHERE operation_key = 'sell-A-1'")), 1);
    assert!(number(&mut db, stored) < all);
    drop(db);

    app.restart_stopped().await;
    assert_eq!(app.sell("A-1", "7000000101", 700).await.body, first.body);
    // Another sale's receipt is known though its answer is not: it is not registered twice.
    assert_ne!(app.sell("A-2", "7000000101", 900).await.body, second.body);
    app.finish().await;
}

/// Exchanges in a row each, as programs before the pages wrote them; ten have the same time.
const OLDER: &str = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1300) \
     INSERT INTO exchanges (id, at, request_id, service, operation, code, http_status, partner_id, login, operation_key, \
         card, till, duration_ms, request, answer) \
     SELECT i, 1000 + i / 10, 'r' || i, 'pos_1', 'GetBalance', 'OK', 200, NULL, 'kassa', \
         CASE WHEN i % 2 = 0 THEN 'k' || i END, '70' || (i % 7), 'M1', i, '<a>' || i || '</a>', NULL FROM n";

fn older_exchanges_are_put_into_pages(backend: Backend) {
    let folder = Folder::new();
    let config = config(&database(backend, &folder), &folder);
    let mut db = Opened::open(&config).unwrap().writer().unwrap();
    db.migrate().unwrap();
    assert_eq!(run(&mut db, OLDER), 1_300);

    // Broken off after the first step: what was done stays done, and nothing is there twice.
    let broken = catch_unwind(AssertUnwindSafe(|| upgrade(&mut db, |_| panic!("broken off"))));
    assert!(broken.is_err());
    assert_eq!(number(&mut db, "SELECT count(*) AS number FROM exchanges"), 1_300 - 512);
    assert_eq!(count(&mut db).unwrap(), 512);
    drop(db);
    let mut db = Opened::open(&config).unwrap().writer().unwrap();
    let mut told = Vec::new();
    assert_eq!(upgrade(&mut db, |progress| told.push(progress)).unwrap(), 0);
    assert_eq!(told, [Progress::ExchangesPacked(512), Progress::ExchangesPacked(1_300 - 512)]);
    assert_eq!(upgrade(&mut db, |_| panic!("there is nothing left to do")).unwrap(), 0);
    assert_eq!(number(&mut db, "SELECT count(*) AS number FROM exchanges"), 0);
    assert_eq!(number(&mut db, "SELECT count(*) AS number FROM exchange_pages"), 3);

    let all = find(&mut db, &Search::default(), 2_000).unwrap();
    let order: Vec<i64> = all.iter().map(|row| row.duration_ms).collect();
    assert_eq!(order, (1..=1_300).rev().collect::<Vec<_>>());
    let one = find(&mut db, &Search { request_id: Some("r514".into()), ..Search::default() }, 10).unwrap();
    let [one] = &one[..] else { panic!("{one:?}") };
    assert_eq!((one.at, one.http_status, one.partner_id), (1_051, 200, None));
    assert_eq!((one.operation_key.as_deref(), one.card.as_deref()), (Some("k514"), Some("703")));
    assert_eq!((one.login.as_deref(), one.till.as_deref()), (Some("kassa"), Some("M1")));
    assert_eq!((one.request.as_deref(), one.answer.as_deref()), (Some("<a>514</a>"), None));
}

/// Reverts a migration and all that came after it; answers how many that were.
fn revert_from(db: &mut Db, first: &str) -> usize {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/sqlite");
    let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let count = names.filter(|name| name.as_str() >= first).count();
    for _ in 0..count {
        db.revert_last_migration().unwrap();
    }
    count
}
