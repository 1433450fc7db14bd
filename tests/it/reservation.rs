//! Points held for a receipt: confirmed by a code, spent in part, given back; and what is held for nobody.

use crate::support::{
    App,
    messages::{Receipt as _, Return as _},
    on_both, wrong_code,
};
use kopilka::domain::moment::Span;

on_both! {
    points_are_held_confirmed_spent_in_part_and_the_rest_comes_back,
    more_points_than_there_are_or_than_the_receipt_takes,
    a_hold_ends_by_itself_and_its_points_come_back,
    a_lot_has_its_grace_once_however_often_it_is_held,
    a_hold_is_cancelled_by_its_key_unless_it_was_spent,
}

async fn points_are_held_confirmed_spent_in_part_and_the_rest_comes_back(app: &App) {
    let hold = app.reserve("h1", "7000000101", 900, 300).await.ok();
    assert_eq!(hold.get("state"), "awaiting_code");
    assert_eq!(hold.get("codeSentTo"), "+7 916 ***-**-01");
    assert_eq!(app.balance("7000000101").await.ok().get("reserved"), "300.00");
    let hold = hold.get("reservationId");
    let code = app.phone.code("+79160000101", 0).await;
    app.confirm(hold, &wrong_code(&[&code])).await.refused("CODE_WRONG");
    let sale = |number| app.sale_for_points(app.receipt(number).of("7000000101").roubles(900), hold, 200);
    sale("r1").await.refused("RESERVATION_AWAITS_CODE");
    assert_eq!(app.confirm(hold, &code).await.ok().get("state"), "held");
    let sold = sale("r1").await.ok();
    assert_eq!((sold.get("pointsSpent"), sold.get("pointsReleased")), ("200.00", "100.00"));
    assert_eq!(sold.get("amountDue"), "700.00");
    // One point for every 100 roubles paid in money: 7 for 700.
    assert_eq!(sold.get("pointsEarned"), "7.00");
    let balance = app.balance("7000000101").await.ok();
    assert_eq!((balance.get("available"), balance.get("reserved")), ("307.00", "0.00"));
    sale("r2").await.refused("RESERVATION_CAPTURED");
}

async fn more_points_than_there_are_or_than_the_receipt_takes(app: &App) {
    app.reserve("a", "7000000101", 5_000, 501).await.refused("POINTS_NOT_ENOUGH");
    let refused = app.reserve("b", "7000000101", 600, 400).await.refused("POINTS_OVER_LIMIT");
    assert!(refused.get("message").contains("300,00"));
    app.reserve("c", "7000000101", 600, "10.50").await.refused("POINTS_UNIT");
    app.reserve("d", "7000000101", 600, 0).await.refused("POINTS_REQUIRED");
    app.reserve("e", "", 600, 10).await.refused("IDENTIFIER_REQUIRED");
    assert_eq!(app.balance("7000000101").await.ok().get("reserved"), "0.00");
    assert_eq!(app.phone.count("+79160000101"), 0);
}

async fn a_hold_ends_by_itself_and_its_points_come_back(app: &App) {
    let hold = app.reserve("h", "7000000101", 900, 300).await.ok().get("reservationId").to_owned();
    let code = app.phone.code("+79160000101", 0).await;
    app.advance(Span::minutes(11));
    // Nobody has run a job: whoever looks sees things as they are.
    assert_eq!(app.balance("7000000101").await.ok().get("available"), "500.00");
    app.confirm(&hold, &code).await.refused("RESERVATION_EXPIRED");
    assert_eq!(app.reservation(&hold).await.ok().get("state"), "expired");
}

async fn a_lot_has_its_grace_once_however_often_it_is_held(app: &App) {
    app.points_live(1).await;
    app.sell("S", "7000000101", 10_000).await.ok();
    // Through 22 November: held at the end of the day, and released in the next.
    app.advance(Span::minutes(35 * 60 + 55));
    app.reserve("h1", "7000000101", 900, 100).await.ok();
    app.advance(Span::minutes(11));
    let balance = app.balance("7000000101").await.ok();
    assert_eq!((balance.get("available"), balance.all("at")[0]), ("600.00", "2026-11-26T00:05:00"));
    app.advance(Span::minutes(3 * 24 * 60 - 5));
    app.reserve("h2", "7000000101", 900, 100).await.ok();
    app.advance(Span::minutes(11));
    assert_eq!(app.balance("7000000101").await.ok().get("available"), "500.00");
}

async fn a_hold_is_cancelled_by_its_key_unless_it_was_spent(app: &App) {
    app.reserve("hold-free", "+79160000101", 900, 100).await.ok();
    let done = app.cancel_operation("hold-free").await.ok();
    assert_eq!((done.get("outcome"), done.get("pointsRestored"), done.get("available")), ("done", "100.00", "500.00"));
    assert_eq!(app.cancel_operation("hold-free").await.ok().get("outcome"), "already");
    app.advance(Span::minutes(2));
    let sale = app.buy_with_points("H-1", ("+79160000101", 1), 300).await;
    app.cancel_operation("hold-H-1").await.refused("RESERVATION_CAPTURED");
    app.take_back(app.returned(&sale, "back").line(1, "0.5")).key("back").await.ok();
    app.cancel_operation("sell-H-1").await.refused("RECEIPT_RETURNED");
    app.cancel_operation("back").await.refused("OPERATION_NOT_CANCELLABLE");
}
