//! Cards that the office registers can be issued at once.

use crate::support::{
    App,
    messages::{Receipt as _, message, office, pos},
    on_both,
};

on_both! {
    the_office_adds_cards_and_they_are_issued_at_once,
    a_card_number_that_reads_as_a_phone_hides_nobody,
}

async fn the_office_adds_cards_and_they_are_issued_at_once(app: &App) {
    let register = |batch: office::CardBatch| app.office(office::RegisterCards { batch, ..Default::default() });
    assert_eq!(app.register_cards("99", "0008", "0011").await.ok().get("registered"), "4");
    let number = ["990012", "990011"].map(str::to_owned).to_vec();
    let numbers = office::CardNumbers { number };
    register(message!(office::CardBatch { numbers })).await.refused("CARD_EXISTS");
    app.issue("990010", "8(916)5550011").await.ok();
    app.issue("990012", "8(916)5550011").await.refused("CARD_UNKNOWN");
    register(office::CardBatch::default()).await.refused("CARD_BATCH_INVALID");
    register(message!(office::CardBatch { from: "2", to: "1" })).await.refused("CARD_BATCH_INVALID");
}

async fn a_card_number_that_reads_as_a_phone_hides_nobody(app: &App) {
    // As cards' numbers they are nobody's datum.
    app.may_be_read(&["9160000101", "9160000102"]);
    let register = |number: &str, phone_like: Option<bool>| {
        let numbers = office::CardNumbers { number: vec![number.into()] };
        let batch = office::CardBatch { numbers: Some(numbers), phone_like, ..Default::default() };
        app.office(office::RegisterCards { batch, ..Default::default() })
    };
    // The phone of the demo's first customer, as cards could be numbered.
    for number in ["9160000101", "79160000101", "89160000101"] {
        let refused = register(number, None).await.refused("CARD_BATCH_INVALID");
        assert!(refused.get("message").contains("похож на телефон"), "{}", refused.body);
    }
    register("9160000101", Some(true)).await.ok();
    // A card that nobody has does not hide the customer.
    assert_eq!(app.balance("9160000101").await.ok().get("available"), "500.00");
    app.issue("9160000101", "+79165550022").await.ok();
    let refused = app.balance("9160000101").await.refused("IDENTIFIER_AMBIGUOUS");
    assert!(refused.get("message").contains("+7"), "{}", refused.body);
    app.sell("1", "916 000-01-01", 100).await.refused("IDENTIFIER_AMBIGUOUS");
    app.statement("9160000101", "2026-11-01", "2026-11-30").await.refused("IDENTIFIER_AMBIGUOUS");
    app.quote(app.receipt("2").of("9160000101").roubles(100), 0).await.refused("IDENTIFIER_AMBIGUOUS");
    assert_eq!(app.balance("+79160000101").await.ok().get("available"), "500.00");
    assert_eq!(app.balance("8 (916) 000-01-01").await.ok().get("available"), "500.00");
    // Whose the card and the phone are the same, there is nothing to guess.
    register("9160000102", Some(true)).await.ok();
    app.issue("9160000102", "+79160000102").await.ok();
    assert_eq!(app.balance("9160000102").await.ok().get("cardNumber"), "9160000102");
    app.pos(message!(pos::ActivateCard { card_number: "9160000101" })).await.ok();
}
