//! A card does what its state allows, and hands everything over to its successor.

use crate::support::{
    App,
    messages::{Receipt as _, message, pos},
    on_both,
};

on_both! {
    a_card_does_what_its_state_allows,
    a_replaced_card_hands_everything_over,
}

async fn a_card_does_what_its_state_allows(app: &App) {
    let (card_number, reason) = ("7000000101", "просьба клиента");
    let block = || app.pos(message!(pos::BlockCard { card_number, reason }));
    block().await.ok();
    app.sell("1", "7000000101", 100).await.refused("CARD_BLOCKED");
    app.reserve("r", "7000000101", 100, 10).await.refused("CARD_BLOCKED");
    block().await.refused("CARD_BLOCKED");
    app.pos(message!(pos::UnblockCard { card_number, reason })).await.ok();
    app.issue("7000000002", "89161112233").await.ok();
    app.sell("2", "7000000002", 10_000).await.ok();
    app.reserve("r2", "7000000002", 100, 10).await.refused("CARD_NOT_ACTIVE");
    let quote = app.quote(app.receipt("3").of("7000000002").roubles(100), 10).await.ok();
    assert_eq!(quote.get("pointsMax"), "0.00");
    app.pos(message!(pos::CloseCard { card_number, reason })).await.ok();
    app.sell("4", "7000000101", 100).await.refused("CARD_CLOSED");
}

async fn a_replaced_card_hands_everything_over(app: &App) {
    let replace =
        message!(pos::ReplaceCard {
            card_number: "7000000101", new_card_number: "7000000001", reason: "потеряна"
        });
    let replaced = app.pos(replace).await.ok();
    assert_eq!((replaced.get("number"), replaced.get("available")), ("7000000001", "500.00"));
    let refused = app.sell("1", "7000000101", 100).await.refused("CARD_REPLACED");
    assert!(refused.get("message").contains("7000000001"));
    app.sell("2", "7000000001", 100).await.ok();
    assert_eq!(app.balance("+7 (916) 000-01-01").await.ok().get("cardNumber"), "7000000001");
}
