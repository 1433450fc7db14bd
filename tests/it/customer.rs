//! A customer is found by any card or phone, and shown as the role may see.

use crate::support::{
    App,
    messages::{message, pos},
    on_both,
};

on_both! { a_customer_is_found_by_card_or_phone_with_cards_and_balance }

async fn a_customer_is_found_by_card_or_phone_with_cards_and_balance(app: &App) {
    let find = |identifier: &str| app.pos(message!(pos::FindCustomer { identifier }));
    let found = find("7000000101").await.ok();
    assert_eq!((found.get("phone"), found.get("available")), ("+79160000101", "500.00"));
    assert_eq!(found.get("number"), "7000000101");
    for spelling in ["8 916 000 01 01", "+7 (916) 000-01-01"] {
        assert_eq!(find(spelling).await.ok().get("customerId"), found.get("customerId"), "{spelling}");
    }
    assert_eq!(find("7000000101").by("kassa").await.ok().get("phone"), "+7 916 ***-**-01");
    find("7009999999").await.refused("CARD_UNKNOWN");
    find("+7 916 555-99-99").await.refused("CUSTOMER_UNKNOWN");
}
