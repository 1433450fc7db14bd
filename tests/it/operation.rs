//! Operations by their keys: stored answers, cancelling one that was never seen, and that they are the partner's
//! own.

use crate::support::{
    App, START,
    messages::{Receipt as _, message, office, pos},
    on_both,
};
use kopilka::{
    app::Opened,
    domain::moment::Span,
    soap::codec::mapper,
    store::{db::backend::Purpose, forgetting::forget_answers},
};

on_both! {
    a_lost_answer_is_found,
    a_cancelled_operation_that_arrives_late_is_refused,
    partners_do_not_see_each_others_operations,
    no_operation_is_of_long_ago,
    a_sale_is_cancelled_by_its_key_though_its_answer_is_forgotten,
}

async fn a_lost_answer_is_found(app: &App) {
    let sold = app.sell("1", "7000000101", 1_000).await.ok();
    let found = app.operation("sell-1").await.ok();
    assert_eq!((found.get("found"), found.get("operation")), ("true", "RegisterReceipt"));
    let answer = found.get("answer").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    // Well-formed by itself, and byte for byte what was sent but for the declaration.
    let told = answer.replacen(" xmlns:m=\"urn:kopilka:ws:pos:1\"", "", 1);
    assert!(told.len() < answer.len() && sold.body.contains(&told), "{answer}");
    let parsed: pos::ReceiptResult = stands_alone(&answer);
    assert_eq!(parsed.receipt_id.as_deref(), Some(sold.get("receiptId")));
    // What an office did is told in the namespace of its service.
    app.register_cards("71", "0001", "0002").key("cards").await.ok();
    let answer = app.operation("cards").by("office").await.ok().get("answer").to_owned();
    assert!(answer.starts_with("&lt;m:return xmlns:m=\"urn:kopilka:ws:office:1\"&gt;"), "{answer}");
    assert_eq!(app.operation("никогда").await.ok().get("found"), "false");
}

/// Reads an answer as a document of its own, with a parser that knows namespaces.
fn stands_alone<M: yaserde::YaDeserialize>(answer: &str) -> M {
    let mut reader = quick_xml::NsReader::from_str(answer);
    loop {
        let (namespace, event) = reader.read_resolved_event().unwrap();
        match event {
            quick_xml::events::Event::Eof => break,
            quick_xml::events::Event::Start(_) | quick_xml::events::Event::Empty(_) => {
                assert!(matches!(namespace, quick_xml::name::ResolveResult::Bound(_)), "{answer}");
            }
            _ => {}
        }
    }
    mapper::decode(&answer.replace("<m:", "<").replace("</m:", "</")).unwrap()
}

async fn a_cancelled_operation_that_arrives_late_is_refused(app: &App) {
    assert_eq!(app.cancel_operation("sell-L-1").await.ok().get("outcome"), "never_seen");
    assert_eq!(app.cancel_operation("sell-L-1").await.ok().get("outcome"), "already");
    let late = app.sell("L-1", "7000000101", 700);
    late.send().await.refused("OPERATION_CANCELLED");
    late.send().await.refused("OPERATION_CANCELLED");
    assert_eq!(app.balance("7000000101").await.ok().get("available"), "500.00");
    let asked = app.operation("sell-L-1").await.ok();
    assert_eq!(asked.get("found"), "false");
    assert!(asked.get("message").contains("отменена"), "{}", asked.body);
    // The same receipt under a new key is a sale like any other.
    app.sale(app.receipt("L-1").of("7000000101").roubles(700)).await.ok();
    app.cancel_operation("same").key("same").await.refused("OPERATION_KEY_REUSED");
}

async fn partners_do_not_see_each_others_operations(app: &App) {
    let sold = app.sell("1", "7000000101", 1_000).await.ok();
    let cancel = app.cancel_receipt(sold.get("receiptId")).till("X1-01").by("other");
    cancel.await.refused("RECEIPT_UNKNOWN");
    let hold = app.reserve("h", "7000000101", 100, 10).await.ok();
    app.reservation(hold.get("reservationId")).by("other").await.refused("RESERVATION_UNKNOWN");
    assert_eq!(app.operation("sell-1").by("other").await.ok().get("found"), "false");
    let no_number = message!(pos::GetReservation { reservation_id: "не номер" });
    app.pos(no_number).await.refused("RESERVATION_UNKNOWN");
}

async fn a_sale_is_cancelled_by_its_key_though_its_answer_is_forgotten(app: &App) {
    let sale = app.sell("1", "7000000101", 1_000).await.ok().get("receiptId").to_owned();
    app.advance(Span::minutes(1));
    let (opened, mut db) = Opened::with_keys(&app.config).unwrap();
    let now = START.after(Span::minutes(1));
    let gone = db.transaction(Purpose::Write, |db| forget_answers(db, &opened.vault, now, 1_000, now)).unwrap();
    assert!(gone >= 1);
    let found = app.operation("sell-1").await.ok();
    assert_eq!((found.get("found"), found.get("operation"), found.find("answer")), ("true", "RegisterReceipt", None));
    assert!(found.get("message").contains(&format!("Чек {sale} записан, первый ответ")), "{}", found.body);
    assert_eq!(app.operation("sell-1").by("other").await.ok().get("found"), "false");
    app.cancel_operation("sell-1").till("X1-01").by("other").key("o").await.ok();
    assert_eq!(app.balance("7000000101").await.ok().get("available"), "510.00");
    let done = app.cancel_operation("sell-1").await.ok();
    let figures = ["outcome", "receiptId", "pointsRevoked", "available"];
    assert_eq!(figures.map(|name| done.get(name)), ["done", &sale, "10.00", "500.00"]);
    assert_eq!(app.cancel_operation("sell-1").await.ok().get("outcome"), "already");
    assert!(app.operation("sell-1").await.ok().get("message").contains("записан и отменён"));
}

async fn no_operation_is_of_long_ago(app: &App) {
    let sale = app.sell("1", "7000000101", 1_000).await.ok().get("receiptId").to_owned();
    let hold = app.reserve("h", "7000000101", 900, 100).await.ok().get("reservationId").to_owned();
    let (card_number, reason) = ("7000000101", "утеряна");
    let calls = || {
        [
            app.cancel_operation("sell-1"),
            app.cancel_receipt(&sale),
            app.release(&hold),
            app.reserve("g", "7000000102", 900, 100),
            app.take_back(app.returned(&sale, "b")),
            app.issue("7000000002", "+79161112233"),
            app.pos(message!(pos::BlockCard { card_number, reason })),
            app.office(message!(office::FreezeAccount { identifier: "7000000101", reason })),
            app.change_phone("7000000101", "+79161112244"),
            app.register_cards("71", "0001", "0002"),
        ]
    };
    for (number, call) in (0..).zip(calls()) {
        let of = |time: &str| call.clone().key(format!("{number}-{time}")).at(time);
        of("1986-01-01T12:00:00").await.refused("RECEIPT_TOO_OLD");
        of("2026-10-22T11:59:59").await.refused("RECEIPT_TOO_OLD");
    }
    assert_eq!(app.balance("7000000101").await.ok().get("available"), "410.00");
    // An office corrects points a year back, as it enters receipts.
    let adjust = |key: &str, time: &str| app.adjust("7000000101", 10).key(key).at(time);
    adjust("long ago", "2025-11-20T12:00:00").await.refused("RECEIPT_TOO_OLD");
    adjust("a year ago", "2026-01-15T12:00:00").await.ok();
    // Thirty days are let in, as receipts are.
    app.pos(message!(pos::BlockCard { card_number, reason })).at("2026-10-22T12:00:00").await.ok();
}
