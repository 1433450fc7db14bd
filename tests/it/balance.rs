//! Balances: identifiers in any notation, and unknown ones.

use crate::support::{App, on_both};

on_both! { whoever_is_unknown_is_named }

async fn whoever_is_unknown_is_named(app: &App) {
    app.balance("7009999999").await.refused("CARD_UNKNOWN");
    app.balance("+79169999999").await.refused("CUSTOMER_UNKNOWN");
    app.balance("+7 12").await.refused("PHONE_INVALID");
    app.balance("7000000001").await.refused("CARD_NOT_ISSUED");
    for spelling in [
        "7000000101",
        "+79160000101",
        "8 (916) 000-01-01",
        "8-916-000-01-01",
        "79160000101",
        "9160000101",
        "+7 916 000 01 01",
    ] {
        assert_eq!(app.balance(spelling).await.ok().get("available"), "500.00", "{spelling}");
    }
}
