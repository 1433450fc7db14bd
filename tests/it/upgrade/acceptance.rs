//! What the program accepts as it stands, and what it refuses to: a step that somebody else left is not done, and every acceptance is
//! named by `verify`.

use std::{
    io::{BufReader, Read as _},
    panic::{AssertUnwindSafe, catch_unwind},
    process::{Command, Stdio},
};

use crate::{
    books::{number, run},
    migrations::migrations,
    support::{App, Backend, START, on_both},
    upgrade::{older, start_older, start_unlisted},
};
use kopilka::{
    app::{Gateway, Opened, Parts},
    domain::moment::Span,
    store::{
        books::verify::Report,
        db::{
            backend::{Db, Purpose},
            upgrade::{Progress, cover_anew, upgrade},
        },
        forgetting::forget_answers,
        tables::registry::{
            By,
            acceptance::{Acceptance, Stage, record},
        },
    },
};

on_both! {
    backend: a_planted_step_is_refused_and_nothing_is_signed,
    a_planted_acceptance_is_not_believed,
    a_lane_that_was_changed_without_the_key_is_never_signed,
    chains_that_were_taken_away_are_not_begun_anew,
    a_migration_that_was_undone_is_not_run_again,
    an_upgrade_that_ran_a_migration_again_is_found,
    an_upgrade_that_was_killed_goes_on_and_is_named,
    a_database_with_a_chronicle_from_before_values_were_sealed_is_in_order
}

fn parts(app: &App) -> Parts {
    Parts {
        clock: Some(app.clock.clone()),
        channel: Some(Box::new(app.phone.clone())),
        demo: false,
        ..Parts::default()
    }
}

/// Why a gateway does not start.
async fn refused(app: &App) -> String {
    let started = Gateway::start(&app.config, parts(app)).await;
    started.map(|_| ()).expect_err("it started").to_string()
}

fn plant(db: &mut Db, step: &str) {
    assert_eq!(run(db, &format!("INSERT INTO unfinished_upgrades (step) VALUES ('{step}')")), 1);
}

/// How many entries the chronicle has, and how many the registry.
fn entries(db: &mut Db) -> (i64, i64) {
    let count = |db: &mut Db, table: &str| number(db, &format!("SELECT count(*) AS number FROM {table}"));
    (count(db, "chronicle"), count(db, "registry_changes"))
}

#[track_caller]
fn finds(report: &Report, what: &str) {
    let found = &report.findings;
    assert!(found.iter().any(|finding| finding.what.contains(what)), "nothing of «{what}» in {found:#?}");
}

fn stages(report: &Report) -> Vec<(Stage, &str)> {
    report.acceptances.iter().map(|accepted| (accepted.what.stage, accepted.by.as_str())).collect()
}

async fn a_planted_step_is_refused_and_nothing_is_signed(backend: Backend) {
    let mut app = App::start(backend).await;
    app.sell("A-1", "7000000101", 700).await.ok();
    app.stop().await;
    let (opened, mut db) = Opened::with_keys(&app.config).unwrap();
    let installed = [(Stage::Begun, "upgrade"), (Stage::Finished, "upgrade")];
    assert_eq!(stages(&app.verify()), installed);
    assert_eq!(run(&mut db, "UPDATE cards SET state = 'blocked' WHERE number = '7000000102'"), 1);
    let before = entries(&mut db);
    for step in ["cover", "cover 1 5", "chain_journal", "pack_exchanges", "seal_words", "rewrite_sealed", "invented"] {
        plant(&mut db, step);
        let said = refused(&app).await;
        for words in [&format!("«{step}»"), "unfinished_upgrades", "kopilka verify", "kopilka migrate --cover"] {
            assert!(said.contains(words), "nothing of «{words}» in {said}");
        }
        let error = upgrade(&mut db, &opened.vault, app.clock.now(), |progress| panic!("{progress}")).unwrap_err();
        assert_eq!(error.to_string(), said);
        let report = app.verify();
        finds(&report, &format!("the step «{step}» of unfinished_upgrades was left by no run of this program"));
        finds(&report, "card ");
        assert_eq!(report.findings.len(), 2, "{:#?}", report.findings);
        assert_eq!(stages(&report), installed);
        assert_eq!(entries(&mut db), before);
        assert_eq!(run(&mut db, "DELETE FROM unfinished_upgrades"), 1);
    }
    // Without it the gateway serves, and what was changed stays found.
    app.restart_stopped().await;
    app.sell("A-2", "7000000101", 300).await.ok();
    finds(&app.verify(), "card ");
    app.stop().await;

    // Who accepts it at the command line is named, with what was removed.
    plant(&mut db, "invented");
    assert_eq!(cover_anew(&mut db, &opened.vault, app.clock.now(), |_| {}).unwrap(), 0);
    let report = app.verify();
    assert_eq!(report.findings, []);
    let by_hand = [(Stage::Begun, "command line"), (Stage::Finished, "command line")];
    assert_eq!(stages(&report), [installed, by_hand].concat());
    let Acceptance { accepted_at, steps, removed, .. } = &report.acceptances[2].what;
    assert_eq!((*accepted_at, steps.len(), &removed[..]), (app.clock.now().0, 1, &["invented".to_owned()][..]));
    assert!(
        report.acceptances[2].to_string().starts_with("acceptance, 2026-11-21 09:00:00 UTC, begun, by command line")
    );
    app.restart_stopped().await;
    app.finish().await;
}

async fn a_planted_acceptance_is_not_believed(backend: Backend) {
    let mut app = App::start(backend).await;
    app.sell("A-1", "7000000101", 700).await.ok();
    app.stop().await;
    let mut db = Opened::open(&app.config).unwrap().writer().unwrap();
    assert_eq!(run(&mut db, "UPDATE cards SET state = 'blocked' WHERE number = '7000000102'"), 1);
    let before = entries(&mut db).0;
    // As the program writes it, chained to nothing that the key has signed.
    let begun = Acceptance { stage: Stage::Begun, steps: vec!["cover".into()], ..Acceptance::default() };
    let said = serde_json::to_string(&begun).unwrap();
    let entry = format!(
        "INSERT INTO registry_changes (seq, recorded_at, actor, kind, subject_id, subject, after, hash) \
         SELECT max(seq) + 1, 1, 'upgrade', 'acceptance', 0, 'all rows', '{said}', max(hash) FROM registry_changes"
    );
    let entry = if backend == Backend::Postgres { entry.replace("max(hash)", "'\\x01'::bytea") } else { entry };
    assert_eq!(run(&mut db, &entry), 1);
    plant(&mut db, "cover");
    let said = refused(&app).await;
    assert!(said.contains("нельзя верить") && said.contains("kopilka verify"), "{said}");
    assert_eq!(entries(&mut db).0, before);
    finds(&app.verify(), "of the registry stands in no entry of the chronicle");
    // Nor one that was true: it says that it is finished, and whoever takes that away is betrayed by the chronicle.
    assert_eq!(run(&mut db, "DELETE FROM registry_changes WHERE seq = (SELECT max(seq) FROM registry_changes)"), 1);
    let first = number(&mut db, "SELECT min(seq) AS number FROM registry_changes WHERE kind = 'acceptance'");
    assert!(run(&mut db, &format!("DELETE FROM registry_changes WHERE seq > {first}")) > 1);
    assert!(refused(&app).await.contains("нельзя верить"));
    finds(&app.verify(), "of the registry is gone; the chronicle has it");
    assert_eq!(entries(&mut db).0, before);
}

async fn a_lane_that_was_changed_without_the_key_is_never_signed(backend: Backend) {
    let mut app = App::start(backend).await;
    app.sell("A-1", "7000000101", 700).await.ok();
    app.stop().await;
    let (opened, mut db) = Opened::with_keys(&app.config).unwrap();
    // The end of the lane as somebody without the key would write it.
    assert!(run(&mut db, "UPDATE chronicle_lanes SET facts = facts + 1 WHERE seq > 0") >= 1);
    let unsigned = "has an end that was not written with this database's key";
    finds(&app.verify(), unsigned);
    app.restart_stopped().await;
    for number in 2..5 {
        app.sell(format!("A-{number}"), "7000000101", 300).await.ok();
    }
    finds(&app.verify(), unsigned);
    app.stop().await;
    cover_anew(&mut db, &opened.vault, app.clock.now(), |_| {}).unwrap();
    assert_eq!(app.verify().findings, []);
    app.restart_stopped().await;
    app.finish().await;
}

async fn chains_that_were_taken_away_are_not_begun_anew(backend: Backend) {
    let mut app = App::start(backend).await;
    app.sell("A-1", "7000000101", 700).await.ok();
    app.stop().await;
    let (opened, mut db) = Opened::with_keys(&app.config).unwrap();
    let none = if backend == Backend::Sqlite { "x''" } else { "''::bytea" };
    run(&mut db, "DELETE FROM chronicle");
    run(&mut db, "DELETE FROM registry_changes");
    run(&mut db, &format!("UPDATE chronicle_lanes SET seq = 0, number = 0, facts = 0, hash = {none}, mac = {none}"));
    plant(&mut db, "cover");
    assert!(refused(&app).await.contains("«cover»"));
    // Nor with the tables: as if the migration had never been run.
    undo(&mut db, backend, "2026-11-30-000014_chronicle");
    assert!(refused(&app).await.contains("нельзя верить"));
    drop((opened, db));
}

/// Undoes a migration as somebody does who may write to the database, and has no program.
fn undo(db: &mut Db, backend: Backend, name: &str) {
    let folder = if backend == Backend::Sqlite { "sqlite" } else { "postgres" };
    let down = format!("migrations/{folder}/{name}/down.sql");
    let down = std::fs::read_to_string(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(down)).unwrap();
    let lines = down.lines().filter(|line| !line.starts_with("--")).collect::<Vec<_>>().join("\n");
    for statement in lines.split(';').filter(|statement| !statement.trim().is_empty()) {
        run(db, statement);
    }
    let version = name.split('_').next().unwrap().replace('-', "");
    assert_eq!(run(db, &format!("DELETE FROM __diesel_schema_migrations WHERE version = '{version}'")), 1);
}

async fn a_migration_that_was_undone_is_not_run_again(backend: Backend) {
    const FISCAL: &str = "20261130000019";
    let mut app = App::start(backend).await;
    app.sell("A-1", "7000000101", 700).await.ok();
    app.stop().await;
    let (opened, mut db) = Opened::with_keys(&app.config).unwrap();
    let installed = app.verify().acceptances;
    assert!(installed[0].what.migrations.iter().any(|migration| migration == FISCAL));
    undo(&mut db, backend, "2026-11-30-000019_fiscal_documents");
    assert_eq!(
        run(&mut db, "UPDATE accounts SET available = available + 100000 WHERE id = (SELECT min(id) FROM accounts)"),
        1
    );
    let before = entries(&mut db);
    let no_more = |db: &mut Db| {
        assert_eq!(entries(db), before);
        assert_eq!(number(db, "SELECT count(*) AS number FROM unfinished_upgrades"), 0);
        let undone = format!("SELECT count(*) AS number FROM __diesel_schema_migrations WHERE version = '{FISCAL}'");
        assert_eq!(number(db, &undone), 0);
    };
    let said = refused(&app).await;
    for words in [FISCAL, "отменены мимо программы", "из копии", "kopilka migrate --cover"]
    {
        assert!(said.contains(words), "nothing of «{words}» in {said}");
    }
    no_more(&mut db);
    // Nor if the chain says that it had never been run: it is older than those that were, and once those are undone too, the chain is not
    // as the key has signed it.
    let unlisted =
        format!("UPDATE registry_changes SET after = replace(after, '{FISCAL}', '') WHERE kind = 'acceptance'");
    assert!(run(&mut db, &unlisted) >= 1);
    assert!(refused(&app).await.contains(FISCAL));
    no_more(&mut db);
    for later in migrations("sqlite").iter().rev().take_while(|name| name.as_str() > "2026-11-30-000020") {
        undo(&mut db, backend, later);
    }
    let unlisted = "UPDATE registry_changes SET after = replace(replace(after, '202611300000', ''), '202612010000', '') WHERE kind = 'acceptance'";
    run(&mut db, unlisted);
    assert!(refused(&app).await.contains("нельзя верить"));
    no_more(&mut db);

    // Who answers for it at the command line is named. The chain was changed, and stays found.
    cover_anew(&mut db, &opened.vault, app.clock.now(), |_| {}).unwrap();
    assert_eq!(stages(&app.verify())[2..], [(Stage::Begun, "command line"), (Stage::Finished, "command line")]);
}

async fn an_upgrade_that_ran_a_migration_again_is_found(backend: Backend) {
    let mut app = App::start(backend).await;
    app.stop().await;
    let (opened, mut db) = Opened::with_keys(&app.config).unwrap();
    let mut accept = |stage, by| {
        let migrations = vec!["20261130000019".to_owned()];
        let accepted_at = app.clock.now().0;
        let acceptance = Acceptance { stage, accepted_at, migrations, ..Acceptance::default() };
        db.transaction(Purpose::Write, |db| record(db, &opened.vault, &acceptance, by)).unwrap();
    };
    // As a program wrote it that did not refuse it.
    accept(Stage::Begun, By::UPGRADE);
    let report = app.verify();
    finds(&report, "lists migrations that an earlier one lists: 20261130000019; somebody undid them");
    assert_eq!(report.findings.len(), 1, "{:#?}", report.findings);
    app.advance(Span::minutes(1));
    accept(Stage::Begun, By::COMMAND_LINE);
    assert_eq!(app.verify().findings, []);
}

async fn an_upgrade_that_was_killed_goes_on_and_is_named(backend: Backend) {
    let mut app = start_unlisted(backend).await;
    app.sell("A-1", "7000000101", 700).await.ok();
    app.stop().await;
    let (opened, mut db) = Opened::with_keys(&app.config).unwrap();
    // Rows for a while, each of them accepted.
    let many = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) \
         INSERT INTO card_changes (id, card_id, state, occurred_at, recorded_at, credential_id) \
         SELECT 1000000 + i, (SELECT min(id) FROM cards), 'active', 1, 1, (SELECT min(id) FROM credentials) FROM n";
    assert_eq!(run(&mut db, many), 5_000);
    let fiscal = "2026-11-30-000019_fiscal_documents";
    let undone = migrations("sqlite").iter().filter(|id| id.as_str() >= fiscal).count();
    (0..undone).for_each(|_| db.revert_last_migration().unwrap());
    drop((db, opened));

    let url = match app.config.database.url.sqlite_path() {
        Some(path) => format!("sqlite://{}", path.display()),
        None => app.config.database.url.postgres_url().unwrap().to_owned(),
    };
    let mut child = Command::new(env!("CARGO_BIN_EXE_kopilka"))
        .args(["--database", &url, "migrate"])
        .env("KOPILKA_SECURITY__KEY_FILE", app.config.security.key_file.as_ref().unwrap())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap());
    let mut heard = Vec::new();
    while !String::from_utf8_lossy(&heard).contains("recorded in the chronicle") {
        let mut byte = [0];
        assert_eq!(said.read(&mut byte).unwrap(), 1, "it ended: {}", String::from_utf8_lossy(&heard));
        heard.push(byte[0]);
    }
    // SIGKILL.
    child.kill().unwrap();
    assert!(!child.wait().unwrap().success());

    let (opened, mut db) = Opened::with_keys(&app.config).unwrap();
    let report = app.verify();
    finds(&report, " of an upgrade was interrupted");
    assert_eq!(stages(&report).last(), Some(&(Stage::Begun, "upgrade")));
    assert_eq!(report.acceptances.last().unwrap().what.migrations.first().map(String::as_str), Some("20261130000019"));
    let mut told = Vec::new();
    assert_eq!(upgrade(&mut db, &opened.vault, app.clock.now(), |progress| told.push(progress)).unwrap(), 0);
    assert!(matches!(told.last(), Some(Progress::RowsCovered(1..))), "{told:?}");
    let report = app.verify();
    assert_eq!(report.findings, []);
    let upgraded = [Stage::Begun, Stage::Resumed, Stage::Finished].map(|stage| (stage, "upgrade"));
    assert_eq!(stages(&report)[2..], upgraded);
    app.restart_stopped().await;
    app.finish().await;
}

async fn a_database_with_a_chronicle_from_before_values_were_sealed_is_in_order(backend: Backend) {
    let mut app = start_older(backend).await;
    app.sell("A-1", "7000000101", 700).await.ok();
    app.advance(Span::minutes(5));
    app.stop().await;
    let (opened, mut db) = Opened::with_keys(&app.config).unwrap();
    let now = app.clock.now();
    // The way down cannot keep answers; that they may be gone the chronicle knows.
    db.transaction(Purpose::Write, |db| forget_answers(db, &opened.vault, now, 1_000, now)).unwrap();
    assert_eq!(app.verify().findings, []);
    let undone = older::back_to_before(&mut db, &opened.vault, &app.config, "2026-11-30-000017_sealed_at_rest");
    assert!(number(&mut db, "SELECT count(*) AS number FROM chronicle") > 0);
    assert_eq!(number(&mut db, "SELECT count(*) AS number FROM unfinished_upgrades"), 0);

    // Broken off as soon as rows are covered, and gone on with.
    let mut steps = Vec::new();
    let broken = catch_unwind(AssertUnwindSafe(|| {
        upgrade(&mut db, &opened.vault, START, |progress| {
            steps.push(progress);
            assert!(!matches!(progress, Progress::RowsCovered(_)), "broken off");
        })
    }));
    assert!(broken.is_err() && undone > 0, "{steps:?}");
    drop((db, opened));
    let opened = Opened::open(&app.config).unwrap();
    let mut db = opened.writer().unwrap();
    assert_eq!(upgrade(&mut db, &opened.vault, START, |_| {}).unwrap(), 0);
    drop((db, opened));
    assert_eq!(app.verify().findings, []);
    app.restart_stopped().await;
    app.sell("A-2", "7000000101", 300).await.ok();
    app.finish().await;
}
