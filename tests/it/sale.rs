//! Sales: registered once by any name, cancelled as if they had never been.

use crate::support::{
    App,
    messages::{Receipt as _, message, pos},
    on_both,
};

on_both! {
    an_anonymous_sale_always_works,
    a_receipt_is_registered_once_by_any_name,
    a_changed_quote_is_shown_and_not_registered,
    a_cancelled_receipt_never_was,
    a_sale_is_cancelled_by_its_key_once,
}

async fn an_anonymous_sale_always_works(app: &App) {
    let sold = app.sell("1", "", 1_000).await.ok();
    assert_eq!((sold.get("pointsEarned"), sold.find("available")), ("0.00", None));
}

async fn a_receipt_is_registered_once_by_any_name(app: &App) {
    let sale = |number| {
        let fiscal = message!(pos::Fiscal { drive: "9960440300000001", fd: "15", fp: "777" });
        let receipt = app.receipt(number).of("7000000101").roubles(100);
        app.sale(pos::Receipt { fiscal: Some(fiscal), ..receipt })
    };
    let first = sale("1").await.ok();
    let refused = sale("1").await.refused("RECEIPT_DUPLICATE");
    assert!(refused.get("message").contains(first.get("receiptId")));
    sale("2").await.refused("FISCAL_DUPLICATE");
    assert_eq!(app.balance("7000000101").await.ok().get("available"), "501.00");
}

async fn a_changed_quote_is_shown_and_not_registered(app: &App) {
    let receipt = app.receipt("1").of("7000000101").roubles(1_000);
    let quote = app.quote(receipt.clone(), 0).await.ok();
    let sale = |quote: &str| app.sale(pos::Receipt { quote_id: Some(quote.into()), ..receipt.clone() });
    let shown = sale("0123456789abcdef").await.refused("QUOTE_CHANGED");
    assert_eq!((shown.get("amountDue"), shown.find("receiptId")), ("1000.00", None));
    assert_eq!(app.balance("7000000101").await.ok().get("available"), "500.00");
    sale(quote.get("quoteId")).await.ok();
}

async fn a_cancelled_receipt_never_was(app: &App) {
    let sale = app.sell("9", "7000000101", 1_000).await.ok().get("receiptId").to_owned();
    assert_eq!(app.balance("7000000101").await.get("available"), "510.00");
    let cancelled = app.cancel_receipt(&sale).await.ok();
    assert_eq!(cancelled.get("pointsRevoked"), "10.00");
    assert_eq!(app.balance("7000000101").await.get("available"), "500.00");
    app.cancel_receipt(&sale).await.refused("RECEIPT_CANCELLED");
}

async fn a_sale_is_cancelled_by_its_key_once(app: &App) {
    app.sell("K-1", "7000000101", 700).await.ok();
    assert_eq!(app.balance("7000000101").await.ok().get("available"), "507.00");
    let (one, two) = (app.cancel_operation("sell-K-1"), app.cancel_operation("sell-K-1"));
    let (one, two) = tokio::join!(one.send(), two.send());
    let mut outcomes = [one.ok().get("outcome").to_owned(), two.ok().get("outcome").to_owned()];
    outcomes.sort_unstable();
    assert_eq!(outcomes, ["already", "done"]);
    assert_eq!(app.balance("7000000101").await.ok().get("available"), "500.00");
    // The sale keeps its first answer: it did happen, and was undone.
    app.sell("K-1", "7000000101", 700).await.ok();
    assert_eq!(app.balance("7000000101").await.ok().get("available"), "500.00");
    app.sell("K-0", "7009999999", 700).await.refused("CARD_UNKNOWN");
    assert_eq!(app.cancel_operation("sell-K-0").await.ok().get("outcome"), "refused");
}
