//! A till without a line and without a node: it keeps its receipts and sends them later, one by one, each with the key and
//! the time of its sale, as `examples/1c/ОчередьЧеков.bsl` does (invariants 14, 16 and 17).

use std::fmt::Write as _;

use kopilka::domain::moment::Span;

use crate::{
    repeats::futures,
    support::{
        App, Backend,
        calls::Call,
        messages::{Receipt as _, message, pos},
        on_both,
    },
};

on_both! { backend: a_day_without_a_line_ends_as_a_day_on_it }
on_both! {
    a_refusal_does_not_hold_up_the_rest,
    a_return_names_its_sale_by_the_till,
    a_call_without_an_answer_is_kept_under_its_key,
    spending_without_an_answer_is_cancelled_and_sold_without_points,
    another_partner_s_till_does_not_send_it,
}

/// A receipt that the till keeps: its number, minutes after noon, whose it is, roubles.
type Kept = (u32, i64, &'static str, i32);

/// Two customers, one of them by card and by phone, and a sale that is nobody's.
const DAY: [Kept; 7] = [
    (1, 1, "7000000101", 1_234),
    (2, 7, "7000000102", 199),
    (3, 15, "+79160000101", 2_050),
    (4, 15, "", 700),
    (5, 40, "7000000101", 99),
    (6, 61, "7000000102", 5_001),
    (7, 200, "7000000101", 355),
];
const CARDS: [&str; 2] = ["7000000101", "7000000102"];
/// How long the line was away, in minutes from noon.
const AWAY: i64 = 9 * 60;

fn time(minutes: i64) -> String {
    format!("2026-11-21T{:02}:{:02}:00", 12 + minutes / 60, minutes % 60)
}

/// The call that the till keeps: the same bytes whenever it is sent.
fn kept(app: &App, (number, minutes, identifier, roubles): Kept) -> Call {
    let at = time(minutes);
    let receipt = pos::Receipt { at: at.parse().unwrap(), ..app.receipt(number).of(identifier).roubles(roubles) };
    app.sale(receipt).key(format!("kept-{number}")).at(&at)
}

/// What the customers have in the end, whenever and in whichever order it was recorded.
async fn end(app: &App) -> String {
    let mut told = String::new();
    for card in CARDS {
        writeln!(told, "{}", app.balance(card).await.ok().get("return")).unwrap();
        let statement: pos::StatementResult = app.statement(card, "2026-11-21", "2026-11-21").await.ok().read("return");
        let mut entries: Vec<String> = statement
            .entries
            .entry
            .iter()
            .map(|entry| format!("{} {:?} {:?} {}", entry.kind, entry.points, entry.receipt, entry.text))
            .collect();
        entries.sort();
        entries.iter().for_each(|entry| writeln!(told, "  {entry}").unwrap());
    }
    told
}

async fn a_day_without_a_line_ends_as_a_day_on_it(backend: Backend) {
    let online = App::start(backend).await;
    let mut passed = 0;
    for receipt in DAY {
        online.advance(Span::minutes(receipt.1 - passed));
        passed = receipt.1;
        kept(&online, receipt).await.ok();
    }
    online.advance(Span::minutes(AWAY - passed));
    let expected = end(&online).await;
    assert!(expected.contains("7000000101"), "{expected}");
    online.finish().await;

    // In order; the other way round with everything twice; from the middle, with what was first sent again at the end.
    let (in_order, mut twice, mut turned) = (DAY.to_vec(), Vec::new(), DAY.to_vec());
    DAY.iter().rev().for_each(|receipt| twice.extend([*receipt, *receipt]));
    turned.rotate_left(3);
    turned.extend(turned.clone().into_iter().take(2));
    for queue in [in_order, twice, turned] {
        let app = App::start(backend).await;
        app.advance(Span::minutes(AWAY));
        for receipt in &queue {
            let call = kept(&app, *receipt);
            // Each answer is the first one's, byte for byte.
            assert_eq!(call.send().await.ok(), call.send().await, "{receipt:?}");
            app.advance(Span::seconds(1));
        }
        assert_eq!(end(&app).await, expected, "sent as {queue:?}");
        app.finish().await;
    }

    // All at once, each from two threads.
    let app = App::start(backend).await;
    app.advance(Span::minutes(AWAY));
    let calls: Vec<Call> = DAY.iter().chain(DAY.iter().rev()).map(|receipt| kept(&app, *receipt)).collect();
    for reply in futures(calls.iter().map(Call::send).collect()).await {
        reply.ok();
    }
    assert_eq!(end(&app).await, expected, "sent at once");
    app.finish().await;
}

async fn a_refusal_does_not_hold_up_the_rest(app: &App) {
    let block = app.pos(message!(pos::BlockCard { card_number: "7000000102", reason: "утеря" }));
    block.await.ok();
    app.advance(Span::minutes(AWAY));
    for receipt in DAY {
        let refused = receipt.2 == "7000000102";
        let reply = kept(app, receipt).await;
        assert_eq!(reply.code(), if refused { "CARD_BLOCKED" } else { "OK" }, "{receipt:?}");
    }
    // A person has found the card's owner. The refusal belongs to the key: under it nothing changes any more.
    app.pos(message!(pos::UnblockCard { card_number: "7000000102", reason: "нашлась" })).await.ok();
    kept(app, DAY[1]).await.refused("CARD_BLOCKED");
    assert_eq!(kept(app, DAY[1]).key("again-2").await.ok().get("pointsEarned"), "1.00");
    // Sent once more by mistake under a third key, the receipt is known by its number.
    kept(app, DAY[1]).key("again-3").await.refused("RECEIPT_DUPLICATE");
    assert_eq!(app.balance("7000000102").await.ok().get("available"), "1201.00");
}

async fn a_return_names_its_sale_by_the_till(app: &App) {
    app.advance(Span::minutes(AWAY));
    let back = |key: &str| {
        let original = message!(pos::ReceiptReference { till: "M1-01", shift: "1", number: "1", date: "2026-11-21" });
        let at = time(30);
        let named = pos::ReturnReceipt {
            receipt_id: None,
            original: Some(original),
            at: at.parse().unwrap(),
            ..app.returned("", "1-В")
        };
        app.take_back(named).key(key).at(&at)
    };
    // Out of order the sale is not known yet, and the refusal stays with the key: the queue keeps the order.
    back("back").await.refused("RECEIPT_UNKNOWN");
    kept(app, DAY[0]).await.ok();
    back("back").await.refused("RECEIPT_UNKNOWN");
    assert_eq!(back("back-2").await.ok().get("pointsRevoked"), "12.00");
    back("back-3").await.refused("RETURN_DUPLICATE");
    assert_eq!(app.balance("7000000101").await.ok().get("available"), "500.00");
}

async fn a_call_without_an_answer_is_kept_under_its_key(app: &App) {
    // It was recorded, and the line broke before the answer came.
    let lost = kept(app, (1, 0, "7000000101", 1_000)).await.ok();
    app.advance(Span::minutes(AWAY));
    assert_eq!(kept(app, (1, 0, "7000000101", 1_000)).await, lost);
    assert_eq!(app.balance("7000000101").await.ok().get("available"), "510.00");
}

async fn spending_without_an_answer_is_cancelled_and_sold_without_points(app: &App) {
    let hold = app.hold("hold", "7000000101", 100, ("+79160000101", 0)).await;
    // The sale with points was recorded, its answer never came: the customer has paid in money, by another receipt.
    app.sale_for_points(app.receipt("hold").of("7000000101").roubles(900), &hold, 100).key("lost").await.ok();
    app.advance(Span::minutes(1));
    let sold = kept(app, (2, 1, "7000000101", 900));
    app.advance(Span::minutes(AWAY));
    assert_eq!(app.cancel_operation("lost").key("undo").await.ok().get("outcome"), "done");
    assert_eq!(app.cancel_operation("lost").key("undo").await.ok().get("outcome"), "done");
    assert_eq!(sold.await.ok().get("pointsEarned"), "9.00");
    assert_eq!(app.balance("7000000101").await.ok().get("available"), "509.00");
}

async fn another_partner_s_till_does_not_send_it(app: &App) {
    app.advance(Span::minutes(AWAY));
    kept(app, DAY[0]).by("other").await.refused("TILL_NOT_YOURS");
    // An office may look, but tills sell; the refusal did not use up the till's key.
    kept(app, DAY[0]).await.ok();
    assert_eq!(app.balance("7000000101").await.ok().get("available"), "512.00");
}
