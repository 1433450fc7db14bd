//! A customer is registered by phone, with a card if one is given out at once.

use crate::support::{
    App,
    messages::{message, office, pos},
    on_both,
};

on_both! { a_customer_is_registered_once_with_a_free_card, a_card_of_another_kind_is_not_given_out }

async fn a_customer_is_registered_once_with_a_free_card(app: &App) {
    let register = |phone: &str, card_number: &str| {
        let registration = message!(pos::Registration { phone, card_number, name: "Анна", referrer: "7000000101" });
        app.pos(message!(pos::RegisterCustomer { registration }))
    };
    register("+79165550001", "7000000101").await.refused("CARD_ALREADY_ISSUED");
    let registered = register("8 (916) 555-00-01", "7000000003").await.ok();
    assert_eq!((registered.get("phone"), registered.get("state")), ("+79165550001", "issued"));
    register("+7 916 555-00-01", "7000000004").await.refused("CUSTOMER_EXISTS");
    // Nothing of the refused call stayed: its card is free.
    register("+79165550002", "7000000004").await.ok();
    assert_eq!(app.balance("7000000003").await.ok().get("available"), "0.00");
}

async fn a_card_of_another_kind_is_not_given_out(app: &App) {
    let batch = message!(office::CardBatch { kind: "Золотая", prefix: "88", from: "01", to: "02" });
    app.office(office::RegisterCards { batch, ..Default::default() }).await.ok();
    let register = |phone: &str, card_number: &str, card_kind: &str| {
        let registration = message!(pos::Registration { phone, card_number, card_kind });
        app.pos(message!(pos::RegisterCustomer { registration }))
    };
    let refused = register("+79165550001", "8801", "Серебряная").await.refused("CARD_KIND_MISMATCH");
    assert!(refused.get("message").contains("Серебряная"), "{}", refused.body);
    // A card that was registered without a kind is of none.
    register("+79165550001", "7000000003", "Золотая").await.refused("CARD_KIND_MISMATCH");
    assert_eq!(register("+79165550001", "8801", "Золотая").await.ok().get("kind"), "Золотая");
    register("+79165550002", "8802", "").await.ok();
}
