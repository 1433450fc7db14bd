//! A programme's rules: they work at once, or from their day on; and how long points live by them.

use crate::support::{
    App,
    messages::{Hundredths, Receipt as _, message, office},
    on_both,
    soap::Reply,
};
use kopilka::domain::moment::Span;

on_both! {
    new_rules_work_at_once,
    a_late_receipt_is_computed_by_the_rules_of_its_day_and_new_points_wait,
    lifetimes_follow_the_calendar,
    status_points_are_kept_apart,
}

async fn new_rules_work_at_once(app: &App) {
    app.change_programme(|programme| programme.earn_points = Hundredths(500)).await;
    assert_eq!(app.sell("5", "7000000101", 1_000).await.ok().get("pointsEarned"), "50.00");
}

async fn a_late_receipt_is_computed_by_the_rules_of_its_day_and_new_points_wait(app: &App) {
    app.change_programme(|programme| {
        programme.valid_from = "2026-11-22T00:00:00".parse().unwrap();
        programme.earn_points = Hundredths(1_000);
        programme.activation_delay_days = 14;
    })
    .await;
    let late = app.receipt("1").of("7000000101").roubles(1_000);
    app.advance(Span::days(1));
    assert_eq!(app.sale(late).await.ok().get("pointsEarned"), "10.00");
    assert_eq!(app.sell("2", "7000000101", 1_000).await.ok().get("pointsEarned"), "100.00");
    let balance = app.balance("7000000101").await.ok();
    assert_eq!((balance.get("available"), balance.get("pending")), ("510.00", "100.00"));
    assert_eq!(balance.all("at").last(), Some(&"2026-12-06T00:00:00"));
    app.advance(Span::days(14));
    let balance = app.balance("7000000101").await.ok();
    assert_eq!((balance.get("available"), balance.get("pending")), ("610.00", "0.00"));
}

async fn save_terms(app: &App, lifetime_unit: &str, lifetime_count: i32, status_points: i32) -> Reply {
    let points_terms = message!(office::PointsTerms {
        programme_code: "demo",
        valid_from: app.now(),
        lifetime_unit,
        lifetime_count,
        status_points,
        status_step: 100
    });
    app.office(message!(office::SavePointsTerms { points_terms })).await
}

async fn lifetimes_follow_the_calendar(app: &App) {
    // It is 21 November 2026 in the tests.
    save_terms(app, "months", 3, 0).await.ok();
    app.sell("T-1", "7000000001", 100).await.refused("CARD_NOT_ISSUED");
    app.sell("T-2", "7000000102", 700).await.ok();
    assert!(app.balance("7000000102").await.ok().body.contains("2027-02-21"), "three months on");
    save_terms(app, "year_end", 1, 0).await.ok();
    app.sell("T-3", "7000000102", 700).await.ok();
    assert!(app.balance("7000000102").await.ok().body.contains("2027-12-31"), "the end of the next year");
    let shown = app.office(message!(office::GetPointsTerms { programme_code: "demo" })).await.ok();
    assert_eq!((shown.get("lifetimeUnit"), shown.get("lifetimeCount")), ("year_end", "1"));
    // A call that knows days only leaves the calendar alone, unless it names days.
    let programme = app.office(message!(office::GetProgramme { programme_code: "demo" })).await.ok();
    assert_eq!(programme.get("lifetimeDays"), "0");
    save_terms(app, "month_end", 40_000, 0).await.fault(500, "INVALID_REQUEST");
}

async fn status_points_are_kept_apart(app: &App) {
    save_terms(app, "year_end", 0, 1).await.ok();
    let sale = app.sell("S-1", "7000000101", 750).await.ok().get("receiptId").to_owned();
    let seen = app.account("7000000101").await.ok();
    assert_eq!((seen.get("statusPoints"), seen.get("available")), ("7.00", "507.00"));
    assert_eq!(app.balance("7000000101").await.ok().get("total"), "507.00");
    app.reserve("h", "7000000101", 2_000, 508).await.refused("POINTS_NOT_ENOUGH");
    app.take_back(app.returned(&sale, "back")).await.ok();
    assert_eq!(app.account("7000000101").await.ok().get("statusPoints"), "0.00");
    app.sell("S-2", "7000000101", 750).await.ok();
    // They lapse like any points, when the year ends.
    app.advance(Span::days(60));
    assert_eq!(app.account("7000000101").await.ok().get("statusPoints"), "0.00");
}
