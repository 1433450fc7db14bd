//! A card does what its state allows, and hands everything over to its successor.

use crate::support::{
    App,
    calls::Call,
    messages::{Receipt as _, message, office, pos},
    on_both,
};
use kopilka::domain::moment::Span;

on_both! {
    a_card_does_what_its_state_allows,
    a_replaced_card_hands_everything_over,
    an_issued_card_stays_issued_through_a_block_and_a_replacement,
    a_phone_does_not_go_round_the_card,
    a_hold_ends_with_the_block_of_its_card,
    a_hold_passes_to_the_card_that_replaces_its_own_and_ends_with_it,
    a_hold_that_a_phone_made_waits_while_its_only_card_is_blocked,
    another_card_of_the_account_does_not_spend_a_hold,
    an_anonymous_card_earns_and_spends_once_a_phone_is_confirmed,
    a_phone_of_another_is_not_given_to_an_anonymous_card,
}

async fn a_card_does_what_its_state_allows(app: &App) {
    let (card_number, reason) = ("7000000101", "просьба клиента");
    let block = || app.pos(message!(pos::BlockCard { card_number, reason }));
    block().await.ok();
    app.sell("1", "7000000101", 100).await.refused("CARD_BLOCKED");
    app.reserve("r", "7000000101", 100, 10).await.refused("CARD_BLOCKED");
    block().await.refused("CARD_BLOCKED");
    app.pos(message!(pos::UnblockCard { card_number, reason })).await.ok();
    app.issue("7000000002", "89161112233").await.ok();
    app.sell("2", "7000000002", 10_000).await.ok();
    app.reserve("r2", "7000000002", 100, 10).await.refused("CARD_NOT_ACTIVE");
    let quote = app.quote(app.receipt("3").of("7000000002").roubles(100), 10).await.ok();
    assert_eq!(quote.get("pointsMax"), "0.00");
    app.pos(message!(pos::CloseCard { card_number, reason })).await.ok();
    app.sell("4", "7000000101", 100).await.refused("CARD_CLOSED");
}

async fn a_replaced_card_hands_everything_over(app: &App) {
    let replace =
        message!(pos::ReplaceCard {
            card_number: "7000000101", new_card_number: "7000000001", reason: "потеряна"
        });
    let replaced = app.pos(replace).await.ok();
    assert_eq!((replaced.get("number"), replaced.get("available")), ("7000000001", "500.00"));
    let refused = app.sell("1", "7000000101", 100).await.refused("CARD_REPLACED");
    assert!(refused.get("message").contains("7000000001"));
    app.sell("2", "7000000001", 100).await.ok();
    assert_eq!(app.balance("+7 (916) 000-01-01").await.ok().get("cardNumber"), "7000000001");
}

/// What a card's state is, after a change of it.
async fn changed(change: Call) -> String {
    change.await.ok().get("state").to_owned()
}

async fn an_issued_card_stays_issued_through_a_block_and_a_replacement(app: &App) {
    let reason = "просьба клиента";
    app.issue("7000000002", "89161112233").await.ok();
    app.sell("1", "7000000002", 10_000).await.ok();
    app.pos(message!(pos::BlockCard { card_number: "7000000002", reason })).await.ok();
    assert_eq!(changed(app.pos(message!(pos::UnblockCard { card_number: "7000000002", reason }))).await, "issued");
    app.reserve("r1", "7000000002", 900, 10).await.refused("CARD_NOT_ACTIVE");
    app.pos(message!(pos::BlockCard { card_number: "7000000002", reason })).await.ok();
    let replace = message!(pos::ReplaceCard { card_number: "7000000002", new_card_number: "7000000003", reason });
    assert_eq!(changed(app.pos(replace)).await, "issued");
    app.reserve("r2", "7000000003", 900, 10).await.refused("CARD_NOT_ACTIVE");
    app.pos(message!(pos::ActivateCard { card_number: "7000000003" })).await.ok();
    app.reserve("r3", "7000000003", 900, 10).await.ok();
    // An active one is active again.
    app.pos(message!(pos::BlockCard { card_number: "7000000101", reason })).await.ok();
    assert_eq!(changed(app.pos(message!(pos::UnblockCard { card_number: "7000000101", reason }))).await, "active");
}

async fn a_phone_does_not_go_round_the_card(app: &App) {
    let (phone, reason) = ("+79161112233", "просьба клиента");
    let spend = async |key: &str| {
        let quote = app.quote(app.receipt(format!("q{key}")).of(phone).roubles(100), 10).await.ok();
        (app.reserve(key, phone, 100, 10).await.code().to_owned(), quote.get("pointsMax").to_owned())
    };
    let refused = |code: &str| (code.to_owned(), "0.00".to_owned());
    // Without a card the phone spends.
    app.pos(message!(pos::RegisterCustomer { registration: message!(pos::Registration { phone }) })).await.ok();
    app.sell("1", phone, 100_000).await.ok();
    assert_eq!(spend("none").await, ("OK".to_owned(), "50.00".to_owned()));
    app.cancel_operation("none").await.ok();
    app.issue("7000000002", phone).await.ok();
    assert_eq!(spend("issued").await, refused("CARD_NOT_ACTIVE"));
    app.pos(message!(pos::ActivateCard { card_number: "7000000002" })).await.ok();
    assert_eq!(spend("active").await.0, "OK");
    app.cancel_operation("active").await.ok();
    app.pos(message!(pos::BlockCard { card_number: "7000000002", reason })).await.ok();
    assert_eq!(spend("blocked").await, refused("CARD_BLOCKED"));
    // It earns all the same, and another active card opens the points again.
    assert_eq!(app.sell("2", phone, 1_000).await.ok().get("pointsEarned"), "10.00");
    app.hand_out("7000000003", phone).await;
    assert_eq!(spend("another").await.0, "OK");
    app.cancel_operation("another").await.ok();
    for card_number in ["7000000002", "7000000003"] {
        app.pos(message!(pos::CloseCard { card_number, reason })).await.ok();
    }
    assert_eq!(spend("closed").await, refused("CARD_CLOSED"));
}

async fn a_hold_ends_with_the_block_of_its_card(app: &App) {
    let reason = "утеряна";
    for (number, nth, act) in [("1", 0, "block"), ("2", 1, "close")] {
        let hold = app.hold(number, "7000000101", 100, ("+79160000101", nth)).await;
        if act == "block" {
            app.pos(message!(pos::BlockCard { card_number: "7000000101", reason })).await.ok();
        } else {
            app.pos(message!(pos::CloseCard { card_number: "7000000101", reason })).await.ok();
        }
        let receipt = app.receipt(format!("sale-{number}")).of("+79160000101").roubles(900);
        app.sale_for_points(receipt, &hold, 100).await.refused("RESERVATION_MISMATCH");
        assert_eq!(app.reservation(&hold).await.ok().get("state"), "released");
        let balance = app.balance("+79160000101").await.ok();
        assert_eq!((balance.get("available"), balance.get("reserved")), ("500.00", "0.00"));
        if act == "block" {
            app.pos(message!(pos::UnblockCard { card_number: "7000000101", reason })).await.ok();
        }
        app.advance(Span::minutes(2));
    }
}

async fn a_hold_passes_to_the_card_that_replaces_its_own_and_ends_with_it(app: &App) {
    let reason = "утеряна";
    let replace = async |card_number: &str, new_card_number: &str| {
        app.pos(message!(pos::ReplaceCard { card_number, new_card_number, reason })).await.ok();
    };
    let receipt = |number: &str, identifier: &str| app.receipt(number).of(identifier).roubles(900);
    // The code was sent for the first card, and is confirmed after it was replaced.
    let held = app.reserve("h0", "7000000101", 900, 100).await.ok().get("reservationId").to_owned();
    replace("7000000101", "7000000001").await;
    app.confirm(&held, &app.phone.code("+79160000101", 0).await).await.ok();
    let sold = app.sale_for_points(receipt("s0", "7000000001"), &held, 100).await.ok();
    assert_eq!(sold.get("pointsSpent"), "100.00");
    app.advance(Span::minutes(2));
    // Twice replaced: the block of the last ends the hold of the first.
    let hold = app.hold("h1", "7000000001", 100, ("+79160000101", 1)).await;
    replace("7000000001", "7000000002").await;
    replace("7000000002", "7000000003").await;
    app.pos(message!(pos::BlockCard { card_number: "7000000003", reason })).await.ok();
    for (number, identifier) in [("s1", "+79160000101"), ("s2", "7000000102")] {
        app.sale_for_points(receipt(number, identifier), &hold, 100).await.refused("RESERVATION_MISMATCH");
    }
    assert_eq!(app.reservation(&hold).await.ok().get("state"), "released");
    let balance = app.balance("+79160000101").await.ok();
    assert_eq!((balance.get("reserved"), balance.get("debt")), ("0.00", "0.00"));
    app.pos(message!(pos::UnblockCard { card_number: "7000000003", reason })).await.ok();
    app.sale_for_points(receipt("s3", "7000000003"), &hold, 100).await.refused("RESERVATION_RELEASED");
}

async fn a_hold_that_a_phone_made_waits_while_its_only_card_is_blocked(app: &App) {
    let (phone, card_number, reason) = ("+79160000101", "7000000101", "утеряна");
    let hold = app.hold("h", phone, 100, (phone, 0)).await;
    app.pos(message!(pos::BlockCard { card_number, reason })).await.ok();
    let sale = |number: &str, identifier: &str| {
        app.sale_for_points(app.receipt(number).of(identifier).roubles(900), &hold, 100)
    };
    sale("1", phone).await.refused("CARD_BLOCKED");
    sale("1", card_number).await.refused("CARD_BLOCKED");
    assert_eq!(app.reservation(&hold).await.ok().get("state"), "held");
    // The goods may be sold all the same: they earn, and the hold gives its points back.
    let without = app.sale_for_points(app.receipt("2").of(phone).roubles(900), &hold, 0);
    let sold = without.await.ok();
    assert_eq!(["pointsEarned", "pointsReleased"].map(|name| sold.get(name)), ["9.00", "100.00"]);
    // And once the card is unblocked, what was held is spent.
    app.advance(Span::minutes(2));
    app.pos(message!(pos::UnblockCard { card_number, reason })).await.ok();
    let hold = app.hold("g", phone, 100, (phone, 1)).await;
    app.pos(message!(pos::BlockCard { card_number, reason })).await.ok();
    app.pos(message!(pos::UnblockCard { card_number, reason })).await.ok();
    app.sale_for_points(app.receipt("3").of(phone).roubles(900), &hold, 100).await.ok();
}

async fn another_card_of_the_account_does_not_spend_a_hold(app: &App) {
    let phone = "+79160000101";
    app.hand_out("7000000002", phone).await;
    let hold = app.hold("h", "7000000101", 100, (phone, 0)).await;
    let sale = |number: &str, identifier: &str, hold: &str| {
        app.sale_for_points(app.receipt(number).of(identifier).roubles(900), hold, 100)
    };
    for identifier in ["7000000002", phone, "7000000102"] {
        sale("1", identifier, &hold).await.refused("RESERVATION_MISMATCH");
    }
    sale("1", "7000000101", &hold).await.ok();
    // What a phone holds is for whatever names its customer.
    app.advance(Span::minutes(2));
    let hold = app.hold("g", phone, 100, (phone, 1)).await;
    sale("2", "7000000102", &hold).await.refused("RESERVATION_MISMATCH");
    sale("2", "7000000002", &hold).await.ok();
}

/// Sends a code for an anonymous card to a phone, and confirms it by the `nth` code that came there.
async fn confirm_phone(app: &App, card_number: &str, phone: &str, nth: usize) -> Call {
    app.pos(message!(pos::SendPhoneCode { phone, card_number })).await.ok();
    let code = app.phone.code(phone, nth).await;
    app.pos(message!(pos::VerifyPhone { phone, confirmation_code: &code, card_number }))
}

async fn an_anonymous_card_earns_and_spends_once_a_phone_is_confirmed(app: &App) {
    let (card, phone) = ("7000000002", "+79165550011");
    let issued = app.issue(card, "").await.ok();
    assert_eq!(issued.get("state"), "issued");
    assert!(issued.get("message").contains("без телефона"), "{}", issued.body);
    assert_eq!(app.sell("1", card, 20_000).await.ok().get("pointsEarned"), "200.00");
    let found = app.pos(message!(pos::FindCustomer { identifier: card })).await.ok();
    assert_eq!((found.find("phone"), found.get("phoneConfirmed"), found.get("available")), (None, "false", "200.00"));
    assert_eq!(app.account(card).await.ok().find("phone"), None);
    // It neither spends nor is activated, and is told what helps.
    let refused = app.reserve("h", card, 900, 100).await.refused("CARD_WITHOUT_PHONE");
    assert!(refused.get("message").contains("Подтвердите телефон клиента для этой карты"), "{}", refused.body);
    app.pos(message!(pos::ActivateCard { card_number: card })).await.refused("CARD_WITHOUT_PHONE");
    assert_eq!(app.quote(app.receipt("q").of(card).roubles(900), 100).await.ok().get("pointsMax"), "0.00");
    // It can be blocked and replaced like any other, and stays what it was.
    let replacement =
        message!(pos::ReplaceCard { card_number: card, new_card_number: "7000000003", reason: "утеря" });
    app.pos(replacement).await.ok();
    let card = "7000000003";
    let wrong = confirm_phone(app, card, phone, 0).await;
    app.pos(message!(pos::VerifyPhone { phone: "+79165550012", confirmation_code: "111111", card_number: card }))
        .await
        .refused("CODE_WRONG");
    let confirmed = wrong.await.ok();
    assert_eq!(confirmed.get("message"), "Телефон подтверждён, карта активирована.");
    let found = app.pos(message!(pos::FindCustomer { identifier: phone })).by("office").await.ok();
    assert_eq!((found.get("phone"), found.get("phoneConfirmed"), found.get("state")), (phone, "true", "active"));
    // The points that it earned are there, and are spent by the code that comes to the phone.
    app.buy_with_points("buy", (phone, 1), 150).await;
    app.pos(message!(pos::SendPhoneCode { phone, card_number: card })).await.refused("PHONE_CONFIRMED");
    // Each anonymous card is somebody of its own.
    app.issue("7000000004", "").await.ok();
    assert_eq!(app.balance("7000000004").await.ok().get("available"), "0.00");
    app.issue("7000000004", "").await.refused("CARD_ALREADY_ISSUED");
}

async fn a_phone_of_another_is_not_given_to_an_anonymous_card(app: &App) {
    let send = |phone: &str, card_number: &str| app.pos(message!(pos::SendPhoneCode { phone, card_number }));
    app.issue("7000000002", "").await.ok();
    send("+79160000101", "7000000002").await.refused("PHONE_TAKEN");
    send("+79165550011", "7000000101").await.refused("CARD_HAS_PHONE");
    send("+79165550011", "7000000003").await.refused("CARD_NOT_ISSUED");
    send("+79165550011", "7000000009999").await.refused("CARD_UNKNOWN");
    // Two anonymous cards and one phone: the first that is confirmed has it.
    app.issue("7000000003", "").await.ok();
    let first = confirm_phone(app, "7000000002", "+79165550011", 0).await;
    let second = confirm_phone(app, "7000000003", "+79165550011", 1).await;
    first.await.ok();
    second.await.refused("PHONE_TAKEN");
    app.sell("1", "7000000003", 10_000).await.ok();
    // They are one person: the office merges them, and the card may be activated.
    let (identifier, into_identifier, reason) = ("7000000003", "7000000002", "один человек");
    let into_nobody =
        message!(office::MergeCustomers { identifier: into_identifier, into_identifier: identifier, reason });
    app.office(into_nobody).await.refused("CARD_WITHOUT_PHONE");
    app.office(message!(office::MergeCustomers { identifier, into_identifier, reason })).await.ok();
    app.pos(message!(pos::ActivateCard { card_number: "7000000003" })).await.ok();
    assert_eq!(app.balance("+79165550011").await.ok().get("available"), "100.00");
    // The office may give a phone too: it is confirmed like any other.
    app.issue("7000000004", "").await.ok();
    app.change_phone("7000000004", "+79165550012").await.ok();
    send("+79165550012", "7000000004").await.refused("CARD_HAS_PHONE");
    // An empty number is none: 1C has nothing else to put in its place.
    send("+79165550012", "").await.ok();
}
