//! Tills: whose they are, and that a new one works at once.

use crate::support::{
    App,
    messages::{Receipt as _, message, office, pos},
    on_both,
};

on_both! {
    a_till_must_be_the_callers_own,
    the_office_adds_a_till_and_its_login_works_at_once,
}

async fn a_till_must_be_the_callers_own(app: &App) {
    let block = || app.pos(message!(pos::BlockCard { card_number: "7000000101", reason: "утеря" }));
    block().till("X1-01").await.refused("TILL_NOT_YOURS");
    block().till("M9-99").await.refused("TILL_UNKNOWN");
    block().till("M1-02").by("kassa").await.refused("TILL_NOT_YOURS");
    let receipt = app.receipt("1").of("7000000101").roubles(100);
    app.sale(pos::Receipt { till: "M1-02".into(), ..receipt }).await.refused("TILL_MISMATCH");
    let receipt = app.receipt("1").roubles(100);
    app.quote(pos::Receipt { store: Some("M2".into()), ..receipt }, 0).await.refused("STORE_UNKNOWN");
    let found = app.pos(message!(pos::FindCustomer { identifier: "7000000101" })).await.ok();
    assert_eq!(found.get("state"), "active");
}

async fn the_office_adds_a_till_and_its_login_works_at_once(app: &App) {
    let (login, password) = ("касса девять", "секрет-9999");
    let roles = office::TillRoles { role: vec!["till".into()] };
    let till_settings = message!(office::Till { store: "M2", till: "M2-09", login, password, roles });
    app.office(message!(office::SaveTill { till_settings })).await.ok();
    let who = app.pos(pos::WhoAmI {}).with_password(login, password).await.ok();
    assert_eq!(who.get("till"), "M2-09");
}
