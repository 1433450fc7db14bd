//! Due changes: points expire at the end of the local day, and a job writes them for untouched accounts.

use crate::{
    books,
    support::{App, Backend, on_both, until},
};
use kopilka::domain::moment::Span;

on_both! {
    the_job_writes_due_changes_of_untouched_accounts,
    a_statement_shows_due_changes_before_the_job_writes_them,
    points_expire_when_their_last_local_day_ends,
}
on_both! { backend: old_answers_are_forgotten_and_younger_ones_are_not }

/// Lets the job do all that is due. The gateway's own may have been before it, when the machine is busy.
async fn do_the_job(app: &App) {
    while app.gateway().dispatcher().bring_up_to_date(500).await.unwrap() > 0 {}
}

/// How many steps of a kind are written down.
fn written(app: &App, kind: &str) -> i64 {
    let sql = format!("SELECT count(*) AS number FROM journal WHERE kind = '{kind}' AND seq = step");
    books::number(&mut books::open(app), &sql)
}

async fn the_job_writes_due_changes_of_untouched_accounts(app: &App) {
    app.reserve("h", "7000000101", 900, 300).await.ok();
    app.advance(Span::minutes(11));
    do_the_job(app).await;
    assert_eq!((written(app, "release"), written(app, "expiry")), (1, 0));
    app.advance(Span::days(400));
    do_the_job(app).await;
    assert_eq!((written(app, "release"), written(app, "expiry")), (1, 2));
    assert_eq!(app.balance("7000000101").await.ok().get("available"), "0.00");
}

async fn a_statement_shows_due_changes_before_the_job_writes_them(app: &App) {
    app.reserve("h", "7000000101", 900, 300).await.ok();
    app.advance(Span::days(400));
    let statement = app.statement("7000000101", "2026-01-01", "2030-01-01");
    let due = statement.send().await.ok();
    assert!(due.body.contains("<m:kind>release</m:kind>") && due.body.contains("<m:kind>expiry</m:kind>"));
    do_the_job(app).await;
    assert_eq!((written(app, "release"), written(app, "expiry")), (1, 2));
    assert_eq!(statement.send().await.ok(), due);
}

async fn points_expire_when_their_last_local_day_ends(app: &App) {
    // Given on 21 November 2026; they live for 365 days, through 21 November 2027 in Moscow.
    let balance = app.balance("7000000101").await.ok();
    assert_eq!(balance.all("at"), ["2027-11-21T23:59:59"]);
    app.advance(Span::days(365));
    assert_eq!(app.balance("7000000101").await.ok().get("available"), "500.00");
    app.advance(Span::minutes(12 * 60 - 1));
    assert_eq!(app.balance("7000000101").await.ok().get("available"), "500.00");
    app.advance(Span::minutes(1));
    assert_eq!(app.balance("7000000101").await.ok().get("available"), "0.00");
    app.sell("1", "7000000101", 1_000).await.ok();
    let statement = app.statement("7000000101", "2026-11-01", "2027-12-31").await.ok();
    assert_eq!(statement.all("kind"), ["accrual", "expiry", "adjustment"]);
    assert!(statement.all("text")[1].starts_with("Сгорело 500 баллов"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_demo_whose_operation_keys_are_forgotten_starts_again() {
    let mut app = App::start(Backend::Sqlite).await;
    app.gateway.take().unwrap().stop().await.unwrap();
    let mut db = kopilka::app::Opened::open(&app.config).unwrap().writer().unwrap();
    assert!(crate::books::run(&mut db, "DELETE FROM operations") > 5);
    drop(db);
    app.restart_stopped().await;
    assert_eq!(app.balance("7000000101").await.ok().get("available"), "500.00");
    // Nobody has forgotten them: they were taken away.
    let found = app.verify().findings;
    assert!(found.len() > 5 && found.iter().all(|finding| finding.what.ends_with("is gone")), "{found:#?}");
    app.stop().await;
}

/// How many answers to sales are kept for repeats, whose keys begin so. Others are the demo's, which a start may do
/// again.
fn answers(app: &App, key: &str) -> i64 {
    let sql = format!("SELECT count(*) AS number FROM operations WHERE operation_key LIKE 'sell-{key}%'");
    books::number(&mut books::open(app), &sql)
}

async fn old_answers_are_forgotten_and_younger_ones_are_not(backend: Backend) {
    let mut app = App::start(backend).await;
    for number in 0..250 {
        app.sell(format!("old-{number}"), "7000000101", 10).await.ok();
    }
    app.advance(Span::days(60));
    app.sell("young", "7000000101", 10).await.ok();
    app.advance(Span::days(31));
    assert_eq!((answers(&app, "old"), answers(&app, "young")), (250, 1));
    // At the start it is done, and then every hour; what a stop has cut short goes on with the next start.
    app.restart().await;
    app.restart().await;
    until("the end of old answers", || (answers(&app, "old") == 0).then_some(())).await;
    assert_eq!(answers(&app, "young"), 1);
    app.finish().await;
}
