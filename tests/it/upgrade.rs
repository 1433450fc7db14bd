//! From an older schema to this one: nothing is lost, and the journal that was written before is chained. And from this one to
//! a newer program's: expansions are served, anything else is refused.

mod acceptance;
mod older;

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::{
    books::{number, run},
    migrations::migrations,
    support::{
        App, Backend, Folder, START, config, database,
        messages::{Receipt as _, message, pos},
        on_both,
        soap::{Client, Reply},
    },
};
use kopilka::{
    app::{Gateway, Opened, Parts},
    domain::moment::Span,
    store::{
        db::{
            backend::{BackendError, Db, Purpose},
            migrations::SchemaVersion,
            upgrade::{Progress, cover_anew, upgrade},
        },
        forgetting::forget_answers,
        tables::call_log::{Search, count, find},
    },
};

/// Nothing but covering rows is left to do.
#[track_caller]
fn only_covered(progress: Progress) {
    assert!(matches!(progress, Progress::RowsCovered(_)), "there is something else to do: {progress}");
}

/// There is nothing left to do.
#[track_caller]
fn nothing_left(progress: Progress) {
    panic!("there is something left to do: {progress}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_older_sqlite_is_chained() {
    an_older_journal_is_chained_and_in_order(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_older_postgres_is_chained() {
    an_older_journal_is_chained_and_in_order(Backend::Postgres).await;
}

/// A gateway on a database that an older program began.
async fn start_older(backend: Backend) -> App {
    let folder = Folder::new();
    let config = config(&database(backend, &folder), &folder);
    older::begin(&config);
    App::start_with(config, folder).await
}

/// A gateway on a database whose first acceptance names no migration, as programs before wrote it: a story may undo one and be brought
/// up to date again.
async fn start_unlisted(backend: Backend) -> App {
    let folder = Folder::new();
    let config = config(&database(backend, &folder), &folder);
    Opened::make(&config).unwrap().writer().unwrap().migrate().unwrap();
    App::start_with(config, folder).await
}

async fn an_older_journal_is_chained_and_in_order(backend: Backend) {
    let mut app = start_older(backend).await;
    for number in 1..=3 {
        app.sell(format!("A-{number}"), "7000000101", 700).await.ok();
    }
    // A hold that lapses while its lots lapse gives a lot other dates than it began with.
    app.reserve("hold", "7000000101", 900, "100").await.ok();
    app.advance(Span::days(400));
    app.sell("A-4", "7000000101", 300).await.ok();
    app.gateway.take().unwrap().stop().await.unwrap();
    let before = app.verify();
    assert_eq!(before.findings, []);

    let (opened, mut db) = Opened::with_keys(&app.config).unwrap();
    let vault = &opened.vault;
    let undone = older::back_to_before(&mut db, vault, &app.config, "2026-11-22-000003_ledger");
    // Programs before the chain wrote down when they had begun, which could be before the entry that they then followed.
    let late = "UPDATE journal SET recorded_at = recorded_at - 1000 WHERE seq = 3";
    assert!(run(&mut db, late) >= 1);
    let mut told = Vec::new();
    assert_eq!(upgrade(&mut db, vault, START, |progress| told.push(progress)).unwrap(), undone);
    assert!(matches!(told[..], [Progress::AccountsChained(1..), Progress::CustomersSealed(2), ..]), "{told:?}");
    assert!(matches!(told.last(), Some(Progress::RowsCovered(1..))), "rows are sealed before: {told:?}");
    assert_eq!(upgrade(&mut db, vault, START, nothing_left).unwrap(), 0);
    drop(db);

    let after = app.verify();
    assert_eq!(after.findings, []);
    assert_eq!((after.accounts, after.entries), (before.accounts, before.entries));
    app.restart_stopped().await;
    app.sell("A-5", "7000000101", 300).await.ok();
    app.finish().await;
}

on_both! { backend: what_is_older_is_in_the_register_of_fiscal_documents }

async fn what_is_older_is_in_the_register_of_fiscal_documents(backend: Backend) {
    let mut app = start_unlisted(backend).await;
    let sale = |app: &App, number: &str| {
        let fiscal = message!(pos::Fiscal { drive: "9960440300000001", fd: "15", fp: "777" });
        app.sale(pos::Receipt { fiscal: Some(fiscal), ..app.receipt(number).of("7000000101").roubles(1_000) })
    };
    let first = sale(&app, "1").key("older").await.ok().get("receiptId").to_owned();
    let (card_number, reason) = ("7000000002", "просьба клиента");
    app.issue(card_number, "89161112233").await.ok();
    app.pos(message!(pos::BlockCard { card_number, reason })).await.ok();
    app.stop().await;

    // As programs before wrote it: however the till did.
    let (opened, mut db) = Opened::with_keys(&app.config).unwrap();
    let undone = migrations("sqlite").iter().filter(|id| id.as_str() >= "2026-11-30-000019_fiscal_documents").count();
    (0..undone).for_each(|_| db.revert_last_migration().unwrap());
    assert_eq!(run(&mut db, "UPDATE receipts SET fiscal_fd = ' 0015' WHERE fiscal_fd = '15'"), 1);
    assert_eq!(upgrade(&mut db, &opened.vault, START, only_covered).unwrap(), undone);
    drop(db);

    app.restart_stopped().await;
    let refused = sale(&app, "2").await.refused("FISCAL_DUPLICATE");
    assert!(refused.get("message").contains(&first), "{}", refused.body);
    let unblocked = app.pos(message!(pos::UnblockCard { card_number, reason })).await.ok();
    assert_eq!(unblocked.get("state"), "issued");
    app.advance(Span::minutes(1));
    let now = START.after(Span::minutes(1));
    let (opened, mut db) = Opened::with_keys(&app.config).unwrap();
    let gone = db.transaction(Purpose::Write, |db| forget_answers(db, &opened.vault, now, 1_000, now)).unwrap();
    assert!(gone >= 1);
    drop(db);
    assert_eq!(app.cancel_operation("older").await.ok().get("receiptId"), first);
    sale(&app, "3").await.ok();
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
    let mut app = start_older(backend).await;
    let [first, second] = [app.sell("A-1", "7000000101", 700).await, app.sell("A-2", "7000000101", 900).await];
    app.gateway.take().unwrap().stop().await.unwrap();

    // As programs before wrote them: the text itself. The way down forgets those that are packed.
    let (opened, mut db) = Opened::with_keys(&app.config).unwrap();
    let vault = &opened.vault;
    let stored = "SELECT count(*) AS number FROM operations";
    let all = number(&mut db, stored);
    let from = first.body.find("<m:return>").unwrap();
    let text = &first.body[from..first.body.find("</m:return>").unwrap() + "</m:return>".len()];
    assert!(text.contains("Чек записан"), "{text}");
    let bytes = older::bytes(&db, text.as_bytes());
    assert_eq!(run(&mut db, &format!("UPDATE operations SET answer = {bytes} WHERE operation_key = 'sell-A-1'")), 1);
    let undone = older::back_to_before(&mut db, vault, &app.config, "2026-11-22-000006_packed_answers");
    assert_eq!(number(&mut db, &format!("{stored} WHERE operation_key = 'sell-A-2'")), 0);
    let mut told = Vec::new();
    assert_eq!(upgrade(&mut db, vault, START, |progress| told.push(progress)).unwrap(), undone);
    assert!(told.contains(&Progress::AnswersSealed(1)), "{told:?}");
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
    let opened = Opened::make(&config).unwrap();
    let (mut db, vault) = (opened.writer().unwrap(), &opened.vault);
    db.migrate().unwrap();
    assert_eq!(run(&mut db, OLDER), 1_300);

    // Broken off after the first step: what was done stays done, and nothing is there twice.
    let broken = catch_unwind(AssertUnwindSafe(|| upgrade(&mut db, vault, START, |_| panic!("broken off"))));
    assert!(broken.is_err());
    assert_eq!(number(&mut db, "SELECT count(*) AS number FROM exchanges"), 1_300 - 512);
    assert_eq!(count(&mut db).unwrap(), 512);
    // With its connections goes the lock of the one that was broken off.
    drop((db, opened));
    let opened = Opened::open(&config).unwrap();
    let (mut db, vault) = (opened.writer().unwrap(), &opened.vault);
    let mut told = Vec::new();
    assert_eq!(upgrade(&mut db, vault, START, |progress| told.push(progress)).unwrap(), 0);
    told.truncate(2);
    assert_eq!(told, [Progress::ExchangesPacked(512), Progress::ExchangesPacked(1_300 - 512)]);
    assert_eq!(upgrade(&mut db, vault, START, nothing_left).unwrap(), 0);
    assert_eq!(number(&mut db, "SELECT count(*) AS number FROM exchanges"), 0);
    assert_eq!(number(&mut db, "SELECT count(*) AS number FROM exchange_pages"), 3);

    let all = find(&mut db, vault, &Search::default(), 2_000).unwrap();
    let order: Vec<i64> = all.iter().map(|row| row.duration_ms).collect();
    assert_eq!(order, (1..=1_300).rev().collect::<Vec<_>>());
    let one = find(&mut db, vault, &Search { request_id: Some("r514".into()), ..Search::default() }, 10).unwrap();
    let [one] = &one[..] else { panic!("{one:?}") };
    assert_eq!((one.at, one.http_status, one.partner_id), (1_051, 200, None));
    assert_eq!((one.operation_key.as_deref(), one.card.as_deref()), (Some("k514"), Some("703")));
    assert_eq!((one.login.as_deref(), one.till.as_deref()), (Some("kassa"), Some("M1")));
    assert_eq!((one.request.as_deref(), one.answer.as_deref()), (Some("<a>514</a>"), None));
}

/// What an older program wrote down of people, as it stands in its file.
const SAID_BEFORE: [&str; 6] = [
    "Подпись на анкете № 17",
    "Утеряна, просьба клиента",
    "Чек утерян, разрешил директор",
    "Петрова",
    "Сидорова",
    "+79160009999",
];

#[derive(serde::Deserialize)]
struct Exchange {
    login: String,
    request: String,
    reply: String,
}

/// A file that an older program has written: `fixtures/older`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_of_an_older_program_is_sealed_and_answers_as_before() {
    let fixture = |name: &str| {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/older").join(name);
        std::fs::read_to_string(path).unwrap()
    };
    let folder = Folder::new();
    std::fs::write(folder.0.join("kopilka.key"), fixture("000011.key")).unwrap();
    let config = config(&database(Backend::Sqlite, &folder), &folder);
    let file = config.database.url.sqlite_path().unwrap().to_owned();
    rusqlite::Connection::open(&file).unwrap().execute_batch(&fixture("000011.sql")).unwrap();
    let has = |words: &str| {
        let bytes = std::fs::read(&file).unwrap();
        bytes.windows(words.len()).any(|window| window == words.as_bytes())
    };
    assert!(SAID_BEFORE[..5].iter().all(|words| has(words)), "the fixture says it");

    // Broken off at every step that it tells of, and begun anew.
    let mut told = Vec::new();
    for steps in 0.. {
        let opened = Opened::open(&config).unwrap();
        let mut db = opened.writer().unwrap();
        let (mut left, seen) = (steps, &mut told);
        let done = catch_unwind(AssertUnwindSafe(|| {
            upgrade(&mut db, &opened.vault, START, |progress| {
                seen.push(progress);
                assert!(left > 0, "broken off");
                left -= 1;
            })
        }));
        if done.is_ok() {
            break;
        }
        assert!(steps < 30, "it comes to no end: {told:?}");
    }
    for step in [Progress::CustomersSealed(3), Progress::PagesSealed(2), Progress::Rewriting] {
        assert!(told.contains(&step), "{told:?}");
    }
    assert!(SAID_BEFORE.iter().all(|words| !has(words)), "something is unsealed");

    let app = App::start_with(config, folder).await;
    app.advance(Span::days(10));
    assert_eq!(app.verify().findings, []);
    let exchanges: std::collections::BTreeMap<String, Exchange> =
        serde_json::from_str(&fixture("000011.json")).unwrap();
    assert!(exchanges.len() > 10);
    for (name, exchange) in exchanges {
        let service = if exchange.request.contains("ws:office:1") { "office_1" } else { "pos_1" };
        let reply = app.client(&exchange.login).post(service, &exchange.request).await;
        assert_eq!(reply.body.trim(), exchange.reply.trim(), "{name}");
    }
    // The one who stays of the merge can be erased, with the answers that an older program gave.
    let mut db = Opened::open(&app.config).unwrap().writer().unwrap();
    let unreached = "SELECT count(*) AS number FROM operations WHERE code = 'OK' AND hex(substr(answer, 1, 1)) <> '00' \
         AND operation_key NOT LIKE 'demo:%'";
    assert_eq!(number(&mut db, unreached), 4, "three of consents and a return, which name nobody");
    // The journal's own reasons of that time are under its chain and stay (docs/keys.md).
    app.may_be_read(&["Извинения за ожидание", "Обращение клиента № 41"]);
    app.finish().await;
}

/// Migrations of programs that are not written yet.
const NEWER: &str = "20991231000001";
const NEWEST: &str = "20991231000002";

/// Notes a migration as run.
fn note(db: &mut Db, version: &str) {
    let row =
        format!("INSERT INTO __diesel_schema_migrations (version, run_on) VALUES ('{version}', CURRENT_TIMESTAMP)");
    assert_eq!(run(db, &row), 1);
}

/// What a newer program's expansion does: a column that older rows do not have, a table, an index, and its own entry.
fn expand(db: &mut Db) {
    let (integer, strict) = if matches!(db, Db::Sqlite(_)) { ("INTEGER", " STRICT") } else { ("BIGINT", "") };
    for statement in [
        "ALTER TABLE operations ADD COLUMN later TEXT".to_owned(),
        format!("ALTER TABLE accounts ADD COLUMN later {integer} CHECK (later > 0)"),
        format!("CREATE TABLE later_things (id {integer} NOT NULL PRIMARY KEY, name TEXT NOT NULL){strict}"),
        "CREATE INDEX operations_later ON operations (later) WHERE later IS NOT NULL".to_owned(),
    ] {
        run(db, &statement);
    }
    assert_eq!(run(db, &format!("INSERT INTO schema_expansions (migration) VALUES ('{NEWER}')")), 1);
    note(db, NEWER);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_extended_schema_is_served_on_sqlite() {
    an_extended_schema_is_served(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_extended_schema_is_served_on_postgres() {
    an_extended_schema_is_served(Backend::Postgres).await;
}

/// The schema is extended under a gateway that serves, as by a newer one that starts beside it.
async fn an_extended_schema_is_served(backend: Backend) {
    let mut app = App::start(backend).await;
    let first = app.sell("A-1", "7000000101", 700).await;
    let (opened, mut db) = Opened::with_keys(&app.config).unwrap();
    expand(&mut db);

    // The one that runs goes on, with the statements that it has prepared.
    app.sell("A-2", "7000000101", 700).await.ok();
    assert_eq!(app.sell("A-1", "7000000101", 700).await.body, first.body);
    let hold = app.reserve("hold", "7000000101", 900, "100").await.ok();
    assert!(!hold.get("reservationId").is_empty());

    // One of the same age starts on it, and changes nothing of the schema.
    let version = db.schema_version().unwrap();
    assert_eq!(version, SchemaVersion { pending: Vec::new(), newer: vec![NEWER.into()] });
    assert!(version.warning().unwrap().contains(NEWER));
    assert_eq!(upgrade(&mut db, &opened.vault, START, nothing_left).unwrap(), 0);
    app.restart().await;
    assert_eq!(app.sell("A-1", "7000000101", 700).await.body, first.body);
    app.sell("A-3", "7000000101", 300).await.ok();
    app.balance("7000000101").await.ok();
    assert_eq!(number(&mut db, "SELECT count(*) AS number FROM operations WHERE later IS NOT NULL"), 0);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn gateways_from_before_and_after_an_expansion_serve_side_by_side() {
    let app = App::start(Backend::Postgres).await;
    app.sell("A-1", "7000000101", 700).await.ok();
    let mut db = Opened::open(&app.config).unwrap().writer().unwrap();
    expand(&mut db);
    let parts = Parts {
        clock: Some(app.clock.clone()),
        channel: Some(Box::new(app.phone.clone())),
        demo: false,
        ..Parts::default()
    };
    let later = Gateway::start(&app.config, parts).await.unwrap();
    let beside = Client::new(&format!("http://{}", later.address()), "demo", "demo");
    for number in 2..=9 {
        let receipt = app.receipt(format!("B-{number}")).of("7000000101").roubles(100 * number);
        let there = app.sale(receipt);
        let (arguments, here) = (there.xml(), app.sell(format!("A-{number}"), "7000000101", 100 * number));
        let (one, other) = tokio::join!(here.send(), beside.pos("RegisterReceipt", &arguments));
        let replies: [Reply; 2] = [one.ok(), other.ok()];
        // A till that asks the other gateway again gets the answer of the first.
        assert_eq!(there.await.body, replies[1].body);
    }
    later.stop().await.unwrap();
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_schema_that_was_not_only_extended_is_refused_on_sqlite() {
    a_schema_that_was_not_only_extended_is_refused(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_schema_that_was_not_only_extended_is_refused_on_postgres() {
    a_schema_that_was_not_only_extended_is_refused(Backend::Postgres).await;
}

async fn a_schema_that_was_not_only_extended_is_refused(backend: Backend) {
    let mut app = App::start(backend).await;
    app.sell("A-1", "7000000101", 700).await.ok();
    app.gateway.take().unwrap().stop().await.unwrap();
    let (opened, mut db) = Opened::with_keys(&app.config).unwrap();
    expand(&mut db);
    // A contraction after it: it is noted as run, and not listed as an expansion.
    note(&mut db, NEWEST);
    let refused = |error: String| {
        let says = format!("that this program ({}, which knows them up to ", env!("CARGO_PKG_VERSION"));
        assert!(error.starts_with(&format!("the database has migrations {says}")), "{error}");
        assert!(error.contains(&format!("does not know: {NEWER}, {NEWEST}. A newer Kopilka has used it")), "{error}");
        assert!(error.ends_with("run the newer program, or restore a copy from before the upgrade"), "{error}");
    };
    refused(db.schema_version().unwrap_err().to_string());
    refused(upgrade(&mut db, &opened.vault, START, |_| {}).unwrap_err().to_string());
    let parts = Parts {
        clock: Some(app.clock.clone()),
        channel: Some(Box::new(app.phone.clone())),
        demo: false,
        ..Parts::default()
    };
    refused(Gateway::start(&app.config, parts).await.map(|_| ()).unwrap_err().to_string());

    // Without it the expansion alone is served again.
    assert_eq!(run(&mut db, &format!("DELETE FROM __diesel_schema_migrations WHERE version = '{NEWEST}'")), 1);
    app.restart_stopped().await;
    app.sell("A-2", "7000000101", 700).await.ok();
    app.finish().await;
}

#[test]
fn neither_older_nor_newer_is_refused_on_sqlite() {
    neither_older_nor_newer_is_refused(Backend::Sqlite);
}

#[test]
fn neither_older_nor_newer_is_refused_on_postgres() {
    neither_older_nor_newer_is_refused(Backend::Postgres);
}

/// A database that has a migration of another program, and lacks one of this program's: no order of the two is the right one.
fn neither_older_nor_newer_is_refused(backend: Backend) {
    let folder = Folder::new();
    let config = config(&database(backend, &folder), &folder);
    let mut db = Opened::make(&config).unwrap().writer().unwrap();
    db.migrate().unwrap();
    expand(&mut db);
    assert_eq!(db.schema_version().unwrap().newer, [NEWER]);
    let last = migrations("sqlite").last().unwrap().split('_').next().unwrap().replace('-', "");
    assert_eq!(run(&mut db, &format!("DELETE FROM __diesel_schema_migrations WHERE version = '{last}'")), 1);
    let error = db.migrate().unwrap_err();
    let BackendError::Newer { unknown, .. } = &error else { panic!("{error}") };
    assert_eq!(unknown, NEWER);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_written_past_the_chronicle_is_accepted_on_demand_and_that_is_kept() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let mut app = App::start(backend).await;
        app.sell("A-1", "7000000101", 700).await.ok();
        app.stop().await;
        let (opened, mut db) = Opened::with_keys(&app.config).unwrap();
        // As a program of before does it, which knows no chronicle.
        assert_eq!(run(&mut db, "UPDATE cards SET state = 'blocked' WHERE number = '7000000102'"), 1);
        let found = app.verify().findings;
        assert!(found.len() == 1 && found[0].what.starts_with("card "), "{found:#?}");
        // Broken off after the first rows, and gone on with by the next start.
        let broken = catch_unwind(AssertUnwindSafe(|| {
            cover_anew(&mut db, &opened.vault, app.clock.now(), |_| panic!("broken off"))
        }));
        assert!(broken.is_err());
        drop((db, opened));
        let (opened, mut db) = Opened::with_keys(&app.config).unwrap();
        assert_eq!(number(&mut db, "SELECT count(*) AS number FROM unfinished_upgrades"), 1);
        assert_eq!(upgrade(&mut db, &opened.vault, START, |_| {}).unwrap(), 0);
        assert_eq!(number(&mut db, "SELECT count(*) AS number FROM unfinished_upgrades"), 0);
        assert_eq!(app.verify().findings, []);
        let kept =
            "SELECT count(*) AS number FROM registry_changes WHERE kind = 'acceptance' AND actor = 'command line'";
        assert_eq!(number(&mut db, kept), 1);
        drop(db);
        app.restart_stopped().await;
        app.sell("A-2", "7000000101", 700).await.ok();
        app.finish().await;
    }
}
