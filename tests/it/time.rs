//! What time does by itself: holds and codes end, points become spendable and lapse, at the end of the local day.

use crate::{
    books,
    support::{App, Backend, on_both, until},
};
use kopilka::domain::moment::Span;

/// Lets the job do all that is due. The gateway's own may have been before it, when the machine is busy.
async fn do_the_job(app: &App) {
    while app.gateway().desk().bring_up_to_date(500).await.unwrap() > 0 {}
}

/// How many steps of a kind are written down.
fn written(app: &App, kind: &str) -> i64 {
    let sql = format!("SELECT count(*) AS number FROM journal WHERE kind = '{kind}' AND seq = step");
    books::number(&mut books::open(app), &sql)
}

on_both! {
    async fn a_hold_ends_by_itself_and_its_points_come_back(app: &App) {
        let id = app.reserve("h", "7000000101", 900, "300").await.ok().get("reservationId").to_owned();
        let code = app.phone.code("+79160000101", 0).await;
        app.advance(Span::minutes(11));
        // Nobody has run a job: whoever looks sees things as they are.
        assert_eq!(app.balance("7000000101").await.ok().get("available"), "500.00");
        app.confirm("c", &id, &code).await.refused("RESERVATION_EXPIRED");
        let state = app.call("GetReservation", &format!("<reservationId>{id}</reservationId>")).await.ok();
        assert_eq!(state.get("state"), "expired");
    }

    async fn the_job_writes_down_what_nobody_looks_at(app: &App) {
        app.reserve("h", "7000000101", 900, "300").await.ok();
        app.advance(Span::minutes(11));
        do_the_job(app).await;
        assert_eq!((written(app, "release"), written(app, "expiry")), (1, 0));
        app.advance(Span::days(400));
        do_the_job(app).await;
        assert_eq!((written(app, "release"), written(app, "expiry")), (1, 2));
        assert_eq!(app.balance("7000000101").await.ok().get("available"), "0.00");
    }

    async fn a_statement_tells_what_is_due_before_the_job_writes_it_down(app: &App) {
        app.reserve("h", "7000000101", 900, "300").await.ok();
        app.advance(Span::days(400));
        let arguments =
            "<identifier>7000000101</identifier><from>2026-01-01</from><to>2030-01-01</to><cursor></cursor>";
        let due = app.call("GetStatement", arguments).await.ok();
        assert!(due.body.contains("<m:kind>release</m:kind>") && due.body.contains("<m:kind>expiry</m:kind>"));
        do_the_job(app).await;
        assert_eq!((written(app, "release"), written(app, "expiry")), (1, 2));
        assert_eq!(app.call("GetStatement", arguments).await.ok(), due);
    }

    async fn a_code_ends_before_its_hold_and_a_resend_brings_no_tries_back(app: &App) {
        let id = app.reserve("h", "7000000101", 900, "300").await.ok().get("reservationId").to_owned();
        let first = app.phone.code("+79160000101", 0).await;
        let wrong = if first == "111111" { "222222" } else { "111111" };
        app.confirm("c1", &id, wrong).await.refused("CODE_WRONG");
        let resend = |key: &str| format!("{}<reservationId>{id}</reservationId>", app.context(key));
        app.call("ResendCode", &resend("r1")).await.refused("CODE_TOO_SOON");
        app.advance(Span::minutes(6));
        app.confirm("c2", &id, &first).await.refused("CODE_EXPIRED");
        let resent = app.call("ResendCode", &resend("r2")).await.ok();
        assert_eq!(resent.get("triesLeft"), "2");
        let second = app.phone.code("+79160000101", 1).await;
        let wrong = ["111111", "222222", "333333"].into_iter().find(|code| *code != first && *code != second).unwrap();
        app.confirm("c3", &id, wrong).await.refused("CODE_WRONG");
        app.confirm("c4", &id, wrong).await.refused("CODE_TRIES_EXHAUSTED");
        app.confirm("c5", &id, &second).await.refused("RESERVATION_RELEASED");
        assert_eq!(app.balance("7000000101").await.ok().get("available"), "500.00");
    }

    async fn points_lapse_when_their_last_local_day_ends(app: &App) {
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
        let arguments = "<identifier>7000000101</identifier><from>2026-11-01</from><to>2027-12-31</to><cursor></cursor>";
        let statement = app.call("GetStatement", arguments).await.ok();
        assert_eq!(statement.all("kind"), ["accrual", "expiry", "adjustment"]);
        assert!(statement.all("text")[1].starts_with("Сгорело 500 баллов"));
    }

    async fn a_late_receipt_is_computed_by_the_rules_of_its_day_and_new_points_wait(app: &App) {
        let office = app.client("office");
        let programme = office.office("GetProgramme", "<programmeCode>demo</programmeCode>").await.ok();
        let (_, rest) = programme.body.split_once("<m:programme>").unwrap();
        let rules = rest.split_once("</m:programme>").unwrap().0.replace("m:", "");
        let rules = rules
            .replace(&format!("<validFrom>{}", programme.get("validFrom")), "<validFrom>2026-11-22T00:00:00")
            .replace("<earnPoints>1.00<", "<earnPoints>10.00<")
            .replace("<activationDelayDays>0<", "<activationDelayDays>14<");
        let context = format!("<context><operationKey>p</operationKey><occurredAt>{}</occurredAt></context>", app.local_time());
        office.office("SaveProgramme", &format!("{context}<programme>{rules}</programme>")).await.ok();
        let yesterday = app.local_time();
        app.advance(Span::days(1));
        let late = app.receipt("1", "7000000101", 1_000).replace(&app.local_time(), &yesterday);
        let sale = format!("{}{late}<reservationId></reservationId><pointsToSpend>0</pointsToSpend>", app.context("late"));
        assert_eq!(app.call("RegisterReceipt", &sale).await.ok().get("pointsEarned"), "10.00");
        assert_eq!(app.sell("2", "7000000101", 1_000).await.ok().get("pointsEarned"), "100.00");
        let balance = app.balance("7000000101").await.ok();
        assert_eq!((balance.get("available"), balance.get("pending")), ("510.00", "100.00"));
        assert_eq!(balance.all("at").last(), Some(&"2026-12-06T00:00:00"));
        app.advance(Span::days(14));
        let balance = app.balance("7000000101").await.ok();
        assert_eq!((balance.get("available"), balance.get("pending")), ("610.00", "0.00"));
    }
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
    app.finish().await;
}

/// How many answers to sales are kept for repeats, whose keys begin so. Others are the demo's, which a start may do again.
fn answers(app: &App, key: &str) -> i64 {
    let sql = format!("SELECT count(*) AS number FROM operations WHERE operation_key LIKE 'sell-{key}%'");
    books::number(&mut books::open(app), &sql)
}

async fn old_answers_are_forgotten_and_younger_ones_are_not(backend: Backend) {
    let mut app = App::start(backend).await;
    for number in 0..250 {
        app.sell(&format!("old-{number}"), "7000000101", 10).await.ok();
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

#[tokio::test(flavor = "multi_thread")]
async fn old_answers_are_forgotten_and_younger_ones_are_not_on_sqlite() {
    old_answers_are_forgotten_and_younger_ones_are_not(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn old_answers_are_forgotten_and_younger_ones_are_not_on_postgres() {
    old_answers_are_forgotten_and_younger_ones_are_not(Backend::Postgres).await;
}
