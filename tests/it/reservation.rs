//! Holds: confirmed by a code, captured in part, released and expired.

use crate::support::{
    App,
    messages::{Field as _, Programme as _, Receipt as _, Return as _},
    on_both, wrong_code,
};
use kopilka::domain::moment::Span;

on_both! {
    points_are_held_confirmed_spent_in_part_and_the_rest_is_released,
    more_points_than_there_are_or_than_the_receipt_takes,
    a_hold_ends_by_itself_and_its_points_come_back,
    a_lot_has_its_grace_once_however_often_it_is_held,
    a_hold_is_cancelled_by_its_key_unless_it_was_spent,
    what_was_confirmed_is_spent_by_the_rules_of_its_hold,
    what_was_confirmed_is_given_back_when_nothing_can_be_spent_any_more,
}

async fn points_are_held_confirmed_spent_in_part_and_the_rest_is_released(app: &App) {
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
    assert!(refused.get("message").contains("300 баллов"));
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
    // No job has run: a read applies due changes itself.
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

async fn what_was_confirmed_is_spent_by_the_rules_of_its_hold(app: &App) {
    let hold = app.hold("h", "7000000101", 300, ("+79160000101", 0)).await;
    app.change_programme(|programme| programme.remove("spending")).await;
    let receipt = |number: &str| app.receipt(number).of("7000000101").roubles(900);
    assert_eq!(app.quote(receipt("q"), 100).await.ok().get("pointsMax"), "0.00");
    app.reserve("new", "7000000101", 900, 100).await.refused("POINTS_OVER_LIMIT");
    // Its limits are those of its hold: what it holds, half of the receipt, whole points.
    app.sale_for_points(receipt("r1"), &hold, 301).await.refused("POINTS_OVER_LIMIT");
    app.sale_for_points(receipt("r1"), &hold, "10.50").await.refused("POINTS_UNIT");
    let smaller = app.receipt("r1").of("7000000101").roubles(500);
    app.sale_for_points(smaller, &hold, 300).await.refused("POINTS_OVER_LIMIT");
    let sold = app.sale_for_points(receipt("r1"), &hold, 250).await.ok();
    assert_eq!(
        ["pointsSpent", "pointsReleased", "amountDue"].map(|name| sold.get(name)),
        ["250.00", "50.00", "650.00"]
    );
    // A narrower rule does not narrow it either.
    app.change_programme(|programme| {
        let spending = programme.rule("spending");
        (spending.share, spending.unit) = (50.field(), 1.field());
    })
    .await;
    app.advance(Span::minutes(2));
    let hold = app.hold("h2", "7000000102", 300, ("+79160000102", 0)).await;
    app.change_programme(|programme| {
        let spending = programme.rule("spending");
        (spending.share, spending.unit) = (1.field(), 200.field());
    })
    .await;
    let receipt = app.receipt("r2").of("7000000102").roubles(900);
    assert_eq!(app.sale_for_points(receipt, &hold, 300).await.ok().get("pointsSpent"), "300.00");
}

async fn what_was_confirmed_is_given_back_when_nothing_can_be_spent_any_more(app: &App) {
    let hold = app.hold("h", "7000000101", 300, ("+79160000101", 0)).await;
    app.change_programme(|programme| programme.remove("spending")).await;
    assert_eq!(app.release(&hold).await.ok().get("state"), "released");
    assert_eq!(app.balance("7000000101").await.ok().get("available"), "500.00");
}
