//! Holds: confirmed by a code, captured in part, released and expired.

use crate::support::{
    App,
    messages::{Field as _, Programme as _, Receipt as _, Return as _, pos},
    on_both, wrong_code,
};
use kopilka::domain::moment::Span;

on_both! {
    points_are_held_confirmed_spent_in_part_and_the_rest_is_released,
    more_points_than_there_are_or_than_the_receipt_takes,
    a_hold_ends_by_itself_and_its_points_come_back,
    a_lot_has_its_grace_once_however_often_it_is_held,
    a_newer_hold_takes_the_place_of_the_one_for_its_receipt,
    an_unconfirmed_hold_gives_way_and_a_confirmed_one_does_not,
    a_refused_hold_replaces_nothing,
    many_tills_at_once_leave_one_unconfirmed_hold_and_one_message,
    a_hold_that_gave_its_points_back_does_not_keep_from_selling,
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

async fn a_newer_hold_takes_the_place_of_the_one_for_its_receipt(app: &App) {
    let phone = "+79160000101";
    let receipt = || app.receipt("1").of("7000000101").roubles(900);
    let first = app.reserve_for(receipt(), 300).await.ok();
    assert_eq!(first.find("reservationId").map(|id| first.all("reservationId") == [id]), Some(true), "{}", first.body);
    let code = app.phone.code(phone, 0).await;
    // The same again, with another key: the same code is good, and no second message is paid for.
    let again = app.reserve_for(receipt(), 300).await.ok();
    assert_eq!(again.all("reservationId"), [again.get("reservationId"), first.get("reservationId")]);
    assert_eq!(
        again.get("message"),
        "Баллы зарезервированы, прежний резерв снят, действует код, отправленный клиенту раньше."
    );
    assert_eq!((again.get("codeSentTo"), again.get("triesLeft")), ("+7 916 ***-**-01", "3"));
    assert_eq!(app.balance("7000000101").await.ok().get("reserved"), "300.00");
    assert_eq!(app.reservation(first.get("reservationId")).await.ok().get("state"), "released");
    app.confirm(first.get("reservationId"), &code).await.refused("RESERVATION_RELEASED");
    let confirmed = app.confirm(again.get("reservationId"), &code).await.ok();
    assert_eq!((confirmed.get("state"), app.phone.count(phone)), ("held", 1));
    // Of the same receipt even a confirmed one gives way, for instance to other points; these need a code of their own.
    let other = app.reserve_for(receipt(), 200).await.ok();
    assert_eq!(other.all("reservationId"), [other.get("reservationId"), again.get("reservationId")]);
    let second = app.phone.code(phone, 1).await;
    app.confirm(other.get("reservationId"), &code).await.refused("CODE_WRONG");
    app.confirm(other.get("reservationId"), &second).await.ok();
    app.sale_for_points(receipt(), again.get("reservationId"), 300).await.refused("RESERVATION_RELEASED");
    let sold = app.sale_for_points(receipt(), other.get("reservationId"), 200).await.ok();
    assert_eq!((sold.get("pointsSpent"), sold.get("available")), ("200.00", "307.00"));
}

async fn an_unconfirmed_hold_gives_way_and_a_confirmed_one_does_not(app: &App) {
    let at = |till: &str, number: &str, points: i32| {
        let receipt = pos::Receipt { till: till.into(), ..app.receipt(number).of("7000000101").roubles(900) };
        app.reserve_for(receipt, points).till(till)
    };
    let first = at("M1-01", "1", 100).await.ok();
    app.advance(Span::minutes(1));
    // Another till, another receipt of one customer: the first was not confirmed.
    let second = at("M1-02", "7", 150).await.ok();
    assert_eq!(second.all("reservationId"), [second.get("reservationId"), first.get("reservationId")]);
    let code = app.phone.code("+79160000101", 1).await;
    app.confirm(second.get("reservationId"), &code).till("M1-02").await.ok();
    // A confirmed one stays, with its points, also against a receipt of the same number at another till.
    let third = at("M1-01", "7", 100).await.ok();
    assert_eq!(third.all("reservationId"), [third.get("reservationId")]);
    assert_eq!(app.balance("7000000101").await.ok().get("reserved"), "250.00");
    app.reservation(second.get("reservationId")).by("other").await.refused("RESERVATION_UNKNOWN");
    assert_eq!(app.reservation(second.get("reservationId")).await.ok().get("state"), "held");
}

async fn a_refused_hold_replaces_nothing(app: &App) {
    let first = app.reserve("1", "7000000101", 900, 300).await.ok();
    let receipt = || app.receipt("1").of("7000000101").roubles(900);
    app.reserve_for(receipt(), 501).await.refused("POINTS_NOT_ENOUGH");
    app.reserve_for(receipt(), 451).await.refused("POINTS_OVER_LIMIT");
    assert_eq!(app.reservation(first.get("reservationId")).await.ok().get("state"), "awaiting_code");
    // Its own points are there for it.
    assert_eq!(app.reserve_for(receipt(), 450).await.ok().get("points"), "450.00");
}

async fn many_tills_at_once_leave_one_unconfirmed_hold_and_one_message(app: &App) {
    let calls: Vec<_> = (0..12)
        .map(|number| {
            // Half of them are one receipt, sent again and again under other keys.
            let name = if number % 2 == 0 { "same".to_owned() } else { format!("r{number}") };
            let call = app.reserve_for(app.receipt(name).of("7000000101").roubles(900), 100);
            tokio::spawn(async move { call.await })
        })
        .collect();
    let mut ids = Vec::new();
    for call in calls {
        ids.push(call.await.unwrap().ok().get("reservationId").to_owned());
    }
    assert_eq!(app.balance("7000000101").await.ok().get("reserved"), "100.00");
    let mut open = 0;
    for id in &ids {
        match app.reservation(id).await.ok().get("state") {
            "awaiting_code" => open += 1,
            state => assert_eq!(state, "released"),
        }
    }
    let _ = app.phone.code("+79160000101", 0).await;
    assert_eq!((open, app.phone.count("+79160000101")), (1, 1));
}

async fn a_hold_that_gave_its_points_back_does_not_keep_from_selling(app: &App) {
    let hold = app.reserve("1", "7000000101", 900, 300).await.ok().get("reservationId").to_owned();
    let code = app.phone.code("+79160000101", 0).await;
    let sale =
        |hold: &str, points: i32| app.sale_for_points(app.receipt("1").of("7000000101").roubles(900), hold, points);
    sale(&hold, 0).await.refused("RESERVATION_AWAITS_CODE");
    for _ in 0..2 {
        app.confirm(&hold, &wrong_code(&[&code])).await.refused("CODE_WRONG");
    }
    app.confirm(&hold, &wrong_code(&[&code])).await.refused("CODE_TRIES_EXHAUSTED");
    sale(&hold, 300).await.refused("RESERVATION_RELEASED");
    let sold = sale(&hold, 0).await.ok();
    assert_eq!((sold.get("pointsSpent"), sold.get("amountDue"), sold.get("pointsEarned")), ("0.00", "900.00", "9.00"));
    // The same of one that has lapsed; one that was spent is another sale's.
    app.advance(Span::minutes(2));
    let lapsed = app.reserve("2", "7000000101", 900, 100).await.ok().get("reservationId").to_owned();
    app.advance(Span::minutes(11));
    let receipt = app.receipt("2").of("7000000101").roubles(900);
    app.sale_for_points(receipt.clone(), &lapsed, 100).await.refused("RESERVATION_EXPIRED");
    app.sale_for_points(receipt, &lapsed, 0).await.ok();
    let spent = app.hold("3", "7000000102", 100, ("+79160000102", 0)).await;
    let receipt = |number: &str| app.receipt(number).of("7000000102").roubles(900);
    app.sale_for_points(receipt("3"), &spent, 100).await.ok();
    app.sale_for_points(receipt("4"), &spent, 0).await.refused("RESERVATION_CAPTURED");
    app.sale_for_points(receipt("4"), "77", 0).await.refused("RESERVATION_UNKNOWN");
}
