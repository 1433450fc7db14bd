//! A statement explains every movement and adds up.

use crate::support::{
    App,
    messages::{Hundredths, pos},
    on_both,
};

on_both! { the_statement_explains_every_movement_and_adds_up }

async fn the_statement_explains_every_movement_and_adds_up(app: &App) {
    app.sell("1", "7000000101", 1_000).await.ok();
    let hold = app.reserve("h", "7000000101", 500, 100).await.ok().get("reservationId").to_owned();
    app.release(&hold).await.ok();
    let reply = app.statement("7000000101", "2026-11-01", "2026-11-30").await.ok();
    let statement: pos::StatementResult = reply.read("return");
    let entries = statement.entries.entry;
    let points: Vec<i64> = entries.iter().map(|entry| entry.points.0).collect();
    assert_eq!(points, [10_000, -10_000, 1_000, 50_000]);
    let kinds: Vec<&str> = entries.iter().map(|entry| entry.kind.as_str()).collect();
    assert_eq!(kinds, ["release", "reservation", "accrual", "adjustment"]);
    assert_eq!(entries[0].balance_after, Hundredths(51_000));
    for entry in &entries {
        let text = &entry.text;
        assert!(text.chars().any(|c| ('а'..='я').contains(&c)) && text.ends_with('.'), "{text}");
    }
    assert!(entries.iter().any(|e| e.text.contains("чеку № 1") && e.text.contains("Магазин на Тверской")));
}
