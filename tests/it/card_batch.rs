//! Cards that the office registers can be issued at once.

use crate::support::{
    App,
    messages::{message, office},
    on_both,
};

on_both! { the_office_adds_cards_and_they_are_issued_at_once }

async fn the_office_adds_cards_and_they_are_issued_at_once(app: &App) {
    let register = |batch: office::CardBatch| app.office(office::RegisterCards { batch, ..Default::default() });
    assert_eq!(app.register_cards("99", "0008", "0011").await.ok().get("registered"), "4");
    let number = ["990012", "990011"].map(str::to_owned).to_vec();
    let numbers = office::CardNumbers { number };
    register(message!(office::CardBatch { numbers })).await.refused("CARD_EXISTS");
    app.issue("990010", "8(916)5550011").await.ok();
    app.issue("990012", "8(916)5550011").await.refused("CARD_UNKNOWN");
    register(office::CardBatch::default()).await.refused("CARD_BATCH_INVALID");
    register(message!(office::CardBatch { from: "2", to: "1" })).await.refused("CARD_BATCH_INVALID");
}
