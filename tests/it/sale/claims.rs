//! «Забыл карту»: an anonymous sale is claimed once, and earns as if the card had been shown.

use crate::support::{
    App,
    calls::Call,
    messages::{Field as _, Programme as _, Receipt as _, Return as _, message, office, pos},
    on_both,
};
use kopilka::domain::moment::Span;

on_both! {
    a_forgotten_card_is_named_later_once,
    a_sale_is_claimed_by_its_fiscal_document_or_its_till_s_name,
    what_came_back_before_a_claim_earns_nothing,
    a_claim_accrues_by_the_rules_of_its_time,
    what_is_not_claimed,
    many_claim_and_one_gets_it,
}

fn claim(app: &App, identifier: &str, receipt_id: &str) -> Call {
    app.pos(message!(pos::ClaimReceipt { claim: message!(pos::ReceiptClaim { identifier, receipt_id }) }))
}

async fn anonymous(app: &App, number: &str, roubles: i32) -> String {
    app.sell(number, "", roubles).await.ok().get("receiptId").to_owned()
}

async fn a_forgotten_card_is_named_later_once(app: &App) {
    let sale = anonymous(app, "1", 1_000).await;
    app.advance(Span::days(3));
    let claimed = claim(app, "7000000101", &sale).key("claim").await.ok();
    assert_eq!((claimed.get("pointsEarned"), claimed.get("available")), ("10.00", "510.00"));
    assert_eq!(claimed.get("message"), "Покупка записана на карту. Начислено: 10 баллов.");
    assert_eq!(claim(app, "7000000101", &sale).key("claim").await.ok(), claimed);
    claim(app, "7000000101", &sale).await.refused("RECEIPT_CLAIMED");
    claim(app, "+79160000102", &sale).await.refused("RECEIPT_CLAIMED");
    let shown = app.pos(message!(pos::GetReceipt { receipt_id: &sale })).await.ok();
    assert_eq!((shown.get("pointsEarned"), shown.find("customerId").is_some()), ("10.00", true));
    let statement = app.statement("7000000101", "2026-11-21", "2026-11-24").await.ok();
    assert!(statement.body.contains("Начислено 10 баллов по чеку № 1"), "{}", statement.body);
    // From now on it is a sale of this customer's like any other.
    let back = app.take_back(app.returned(&sale, "b").line(1, "0.5")).await.ok();
    assert_eq!((back.get("pointsRevoked"), back.get("available")), ("5.00", "505.00"));
    let second = anonymous(app, "2", 1_000).await;
    claim(app, "7000000101", &second).key("c2").await.ok();
    app.cancel_operation("c2").await.refused("OPERATION_NOT_CANCELLABLE");
    assert_eq!(app.cancel_receipt(&second).await.ok().get("pointsRevoked"), "10.00");
    let settled = app.office(message!(office::ListSettlement { from: "2026-11-21", to: "2026-11-30" })).await.ok();
    assert!(settled.body.contains("<m:kind>issued</m:kind>"), "{}", settled.body);
}

async fn a_sale_is_claimed_by_its_fiscal_document_or_its_till_s_name(app: &App) {
    let fiscal = || Some(message!(pos::Fiscal { drive: "9960440300000001", fd: "15", fp: "777" }));
    app.sale(pos::Receipt { fiscal: fiscal(), ..app.receipt("1").roubles(1_000) }).await.ok();
    // The numbers of the next document are easy to guess; its sign is on the paper.
    let guessed = Some(message!(pos::Fiscal { drive: "9960440300000001", fd: "15", fp: "778" }));
    let guessed = pos::ReceiptClaim { fiscal: guessed, ..message!(pos::ReceiptClaim { identifier: "7000000102" }) };
    app.pos(pos::ClaimReceipt { claim: guessed, ..Default::default() }).await.refused("RECEIPT_UNKNOWN");
    let by_fiscal =
        pos::ReceiptClaim { fiscal: fiscal(), ..message!(pos::ReceiptClaim { identifier: "+79160000101" }) };
    let claim = |claim: pos::ReceiptClaim| app.pos(pos::ClaimReceipt { claim, ..Default::default() });
    assert_eq!(claim(by_fiscal.clone()).await.ok().get("pointsEarned"), "10.00");
    claim(by_fiscal).await.refused("RECEIPT_CLAIMED");
    let unknown = Some(message!(pos::Fiscal { drive: "9960440300000001", fd: "16", fp: "777" }));
    let unknown = pos::ReceiptClaim { fiscal: unknown, ..message!(pos::ReceiptClaim { identifier: "+79160000101" }) };
    claim(unknown).await.refused("RECEIPT_UNKNOWN");
    app.sell("2", "", 2_000).await.ok();
    let named = |store: &str| {
        let original = message!(pos::ReceiptReference { store, till: "M1-01", number: " 2 ", date: "2026-11-21" });
        let named = message!(pos::ReceiptClaim { identifier: "7000000102" });
        claim(pos::ReceiptClaim { original: Some(original), ..named })
    };
    named("M2").await.refused("RECEIPT_UNKNOWN");
    named("M1").till("X1-01").by("other").await.refused("STORE_UNKNOWN");
    assert_eq!(named("M1").await.ok().get("available"), "1220.00");
    claim(message!(pos::ReceiptClaim { identifier: "7000000102" })).await.refused("RECEIPT_UNKNOWN");
}

async fn what_came_back_before_a_claim_earns_nothing(app: &App) {
    // Whatever the policy of returns is: those points were never the customer's.
    app.take_back_by("only_pending").await;
    let sale = anonymous(app, "1", 1_000).await;
    app.take_back(app.returned(&sale, "b").line(1, "0.3")).await.ok();
    let claimed = claim(app, "7000000101", &sale).await.ok();
    assert_eq!((claimed.get("pointsEarned"), claimed.get("available")), ("7.00", "507.00"));
    app.take_back_by("unlimited").await;
    let sale = anonymous(app, "2", 1_000).await;
    app.take_back(app.returned(&sale, "c").line(1, "0.3")).await.ok();
    assert_eq!(claim(app, "7000000101", &sale).await.ok().get("available"), "514.00");
    let rest = app.take_back(app.returned(&sale, "d")).await.ok();
    assert_eq!((rest.get("pointsRevoked"), rest.get("available")), ("7.00", "507.00"));
    // Nothing of what was brought back whole, or cancelled.
    let whole = anonymous(app, "3", 1_000).await;
    app.take_back(app.returned(&whole, "e")).await.ok();
    claim(app, "7000000101", &whole).await.refused("RETURN_NOTHING_LEFT");
    let cancelled = anonymous(app, "4", 1_000).await;
    app.cancel_receipt(&cancelled).await.ok();
    claim(app, "7000000101", &cancelled).await.refused("RECEIPT_CANCELLED");
}

async fn a_claim_accrues_by_the_rules_of_its_time(app: &App) {
    let mut receipt = app.receipt("1").line("A", 1, 1_000).line("B", 1, 1_000);
    receipt.lines.line[1].no_earn = Some(true);
    let sale = app.sale(receipt).await.ok().get("receiptId").to_owned();
    let late = anonymous(app, "2", 1_000).await;
    app.advance(Span::minutes(1));
    app.change_programme(|programme| {
        programme.rule("accrual").points = 50.field();
        programme.set(message!(office::ProgrammeRule { kind: "lifetime", period: "days", count: 1 }));
    })
    .await;
    app.advance(Span::days(2));
    // One point for every hundred roubles, for a year; and nothing for goods that earn nothing.
    assert_eq!(claim(app, "7000000101", &sale).await.ok().get("pointsEarned"), "10.00");
    assert_eq!(app.balance("7000000101").await.ok().get("available"), "510.00");
    // Of a sale by the new rules the points have lapsed already: it is the customer's all the same, once.
    let receipt = app.receipt("3").roubles(1_000);
    let sale = app.sale(receipt).await.ok().get("receiptId").to_owned();
    app.advance(Span::days(3));
    let claimed = claim(app, "7000000101", &sale).await.ok();
    assert_eq!((claimed.get("pointsEarned"), claimed.get("available")), ("0.00", "510.00"));
    assert_eq!(claimed.get("message"), "Покупка записана на карту, баллов за неё нет.");
    claim(app, "7000000101", &sale).await.refused("RECEIPT_CLAIMED");
    app.advance(Span::days(10));
    let refused = claim(app, "7000000101", &late).await.refused("CLAIM_TOO_LATE");
    assert!(refused.get("message").contains("15 дн."), "{}", refused.body);
}

async fn what_is_not_claimed(app: &App) {
    let own = app.sell("1", "7000000102", 1_000).await.ok().get("receiptId").to_owned();
    claim(app, "7000000101", &own).await.refused("RECEIPT_CLAIMED");
    let sale = anonymous(app, "2", 1_000).await;
    claim(app, "7000009999", &sale).await.refused("CARD_UNKNOWN");
    claim(app, "+79169999999", &sale).await.refused("CUSTOMER_UNKNOWN");
    claim(app, "7000000001", &sale).await.refused("CARD_NOT_ISSUED");
    claim(app, "7000000101", &sale).till("X1-01").by("other").await.refused("RECEIPT_UNKNOWN");
    claim(app, "7000000101", "999999999").await.refused("RECEIPT_UNKNOWN");
    app.pos(message!(pos::BlockCard { card_number: "7000000102", reason: "утеря" })).await.ok();
    claim(app, "7000000102", &sale).await.refused("CARD_BLOCKED");
    // Nor one that is printed with the fiscal document of another.
    let fiscal = || message!(pos::Fiscal { drive: "9960440300000001", fd: "15", fp: "777" });
    let attach = |document_id: &str| app.pos(message!(pos::AttachFiscal { document_id, fiscal: fiscal() }));
    attach(&own).await.ok();
    attach(&sale).await.refused("FISCAL_TAKEN");
    claim(app, "7000000101", &sale).await.refused("RECEIPT_WITHHELD");
    assert_eq!(app.balance("7000000101").await.ok().get("available"), "500.00");
}

/// Claims, returns and cancellations of the same anonymous sales at once, by several gateways' threads: each sale earns for one, and
/// what came back earns for nobody.
async fn many_claim_and_one_gets_it(app: &App) {
    let mut sales = Vec::new();
    for number in 0..6 {
        sales.push(anonymous(app, &format!("s{number}"), 1_000).await);
    }
    let mut calls = Vec::new();
    for (number, sale) in sales.iter().enumerate() {
        for card in ["7000000101", "7000000102", "+79160000101"] {
            calls.push((false, claim(app, card, sale)));
        }
        calls.push((true, app.take_back(app.returned(sale, format!("b{number}")).line(1, "0.5"))));
    }
    let calls: Vec<_> =
        calls.into_iter().map(|(is_back, call)| tokio::spawn(async move { (is_back, call.await) })).collect();
    let (mut claims, mut backs) = (0, 0);
    for call in calls {
        match call.await.unwrap() {
            (true, reply) => {
                reply.ok();
                backs += 1;
            }
            (false, reply) if reply.code() == "OK" => claims += 1,
            (false, reply) => drop(reply.refused("RECEIPT_CLAIMED")),
        }
    }
    assert_eq!((claims, backs), (6, 6));
    let mut sum = 0_i64;
    for card in ["7000000101", "7000000102"] {
        sum += app.balance(card).await.ok().get("available").replace('.', "").parse::<i64>().unwrap();
    }
    // Of each sale of ten points half came back, before or after it was claimed.
    assert_eq!(sum, 170_000 + 6 * 500);
}
