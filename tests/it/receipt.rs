//! Receipts before they are sales: what no till can mean is refused.

use crate::support::{
    App,
    messages::{Hundredths, Receipt as _, pos},
    on_both,
};

on_both! {
    a_receipt_of_tomorrow_is_refused,
    a_receipt_that_contradicts_itself,
}

async fn a_receipt_of_tomorrow_is_refused(app: &App) {
    let at = |time: &str| {
        let receipt = app.receipt("1").of("7000000101").roubles(100);
        pos::Receipt { at: time.parse().unwrap(), ..receipt }
    };
    app.quote(at("2026-11-22T12:00:00"), 0).await.refused("TIME_IN_FUTURE");
    app.sale(at("2026-11-22T12:00:00")).await.refused("TIME_IN_FUTURE");
    // Nine minutes ahead is a clock that runs a little fast.
    app.quote(at("2026-11-21T12:09:00"), 0).await.ok();
    // The same moment in UTC, as Axis writes it.
    let utc = app.quote(at("2026-11-21T12:00:00"), 0).xml().replace("T12:00:00<", "T09:00:00.000Z<");
    assert!(utc.contains("<at>2026-11-21T09:00:00.000Z</at>"));
    app.client("demo").pos("QuoteReceipt", &utc).await.ok();
}

async fn a_receipt_that_contradicts_itself(app: &App) {
    let mut receipt = app.receipt("1").of("7000000101").roubles(100);
    receipt.lines.line[0].sum = Hundredths(9_900);
    let refused = app.quote(receipt.clone(), 0).await.refused("RECEIPT_INVALID");
    assert!(refused.get("message").contains("99,00"), "{}", refused.body);
    // When several things are wrong, the first of the list of refusals is told: the receipt before the points.
    app.reserve_for(receipt.clone(), 0).await.refused("RECEIPT_INVALID");
    app.sale_for_points(receipt, "9999999999", 0).await.refused("RECEIPT_INVALID");
}
