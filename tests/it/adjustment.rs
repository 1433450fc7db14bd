//! What the office gives, takes and corrects.

use crate::support::{
    App,
    calls::Call,
    messages::{Programme as _, message, office},
    on_both,
};

on_both! {
    the_office_gives_takes_and_corrects,
    what_the_office_gives_lives_from_now_on,
    what_the_office_dates_back_keeps_its_day,
}

fn adjust(app: &App, points: &str, corrected_entry: Option<i32>) -> Call {
    let (identifier, reason) = ("7000000101", "Извинения за ожидание");
    let adjustment = message!(office::Adjustment { identifier, points, reason, corrected_entry });
    app.office(message!(office::AdjustPoints { adjustment }))
}

async fn the_office_gives_takes_and_corrects(app: &App) {
    assert_eq!(adjust(app, "25.50", None).await.ok().get("available"), "525.50");
    let corrected = adjust(app, "-25.50", Some(2));
    assert_eq!(corrected.send().await.ok().get("available"), "500.00");
    assert_eq!(corrected.send().await.ok().get("available"), "500.00");
    adjust(app, "-500.01", None).await.refused("POINTS_NOT_ENOUGH");
    adjust(app, "0", None).await.refused("POINTS_REQUIRED");
    adjust(app, "1", Some(77)).await.refused("ENTRY_UNKNOWN");
    adjust(app, "1", None).by("demo").await.fault(500, "FORBIDDEN");
    let statement = app.statement("7000000101", "2026-01-01", "2027-01-01").await.ok();
    assert!(statement.body.contains("Извинения за ожидание"), "{}", statement.body);
}

async fn what_the_office_dates_back_keeps_its_day(app: &App) {
    app.points_live(60).await;
    // Forty days ago: longer than a till may.
    let back = app.adjust("7000000101", 10).at("2026-10-12T10:00:00").await.ok();
    assert_eq!(back.get("available"), "510.00");
    assert_eq!(app.balance("7000000101").await.ok().all("at")[0], "2026-12-11T23:59:59");
    let statement = app.statement("7000000101", "2026-10-12", "2026-10-12").await.ok();
    assert!(statement.body.contains("2026-10-12T10:00:00"), "{}", statement.body);
    // Points of that day would be gone by now.
    app.adjust("7000000101", 10).at("2026-09-01T10:00:00").await.refused("POINTS_LAPSED");
    app.adjust("7000000101", 10).at("2025-11-01T10:00:00").await.refused("RECEIPT_TOO_OLD");
    app.adjust("7000000101", 10).at("2026-11-22T10:00:00").await.refused("TIME_IN_FUTURE");
    // With an end of its own they are not.
    let (identifier, reason) = ("7000000102", "Остаток из прежней программы");
    let give = |points: &str, expires_on: &str| {
        let adjustment = message!(office::Adjustment { identifier, points, reason, expires_on });
        app.office(message!(office::AdjustPoints { adjustment })).at("2026-09-01T10:00:00")
    };
    assert_eq!(give("5", "2026-11-30").await.ok().get("available"), "1205.00");
    assert_eq!(app.balance(identifier).await.ok().all("at")[0], "2026-11-30T23:59:59");
    give("5", "2026-11-20").await.refused("POINTS_LAPSED");
}

async fn what_the_office_gives_lives_from_now_on(app: &App) {
    app.points_live(30).await;
    app.change_programme(|programme| {
        programme.set(message!(office::ProgrammeRule { kind: "activation", days: 14 }));
    })
    .await;
    assert_eq!(app.adjust("7000000101", 10).await.ok().get("available"), "510.00");
    // Not from the day on which points of a purchase would become available.
    assert_eq!(app.balance("7000000101").await.ok().all("at")[0], "2026-12-21T23:59:59");
}
