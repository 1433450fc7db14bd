//! A customer is registered by phone, with a card if one is given out at once.

use crate::support::{
    App,
    messages::{message, pos},
    on_both,
};

on_both! { a_customer_is_registered_once_with_a_free_card }

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
