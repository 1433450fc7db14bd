//! Stores of partners: added, renamed, closed; goods of a closed one are taken back elsewhere.

use crate::support::{
    App,
    calls::Call,
    messages::{message, office},
    on_both,
    pages::{pages, rows},
};
use kopilka::domain::moment::Span;

on_both! {
    a_store_is_added_to_a_partner_that_is_there,
    tills_of_a_closed_store_are_refused_and_its_goods_are_taken_back_elsewhere,
    the_office_lists_its_stores_page_by_page,
}

fn save(app: &App, store: &str, name: Option<&str>, disabled: Option<bool>) -> Call {
    let name = name.map(str::to_owned);
    let store_settings = message!(office::StoreSettings { store, name, disabled });
    app.office(message!(office::SaveStore { store_settings }))
}

async fn a_store_is_added_to_a_partner_that_is_there(app: &App) {
    let added = save(app, " M3 ", Some("Третий"), None).await.ok();
    assert_eq!((added.get("added"), added.get("message")), ("true", "Магазин «M3» добавлен."));
    let till_settings = message!(office::Till { store: "M3", till: "M3-01" });
    let saved = app.office(message!(office::SaveTill { till_settings })).await.ok();
    assert!(saved.find("login").is_none() && saved.get("till") == "M3-01", "{}", saved.body);
    let issue = || app.issue("7000000001", "+79165550011").till("M3-01");
    issue().await.ok();
    app.advance(Span::minutes(1));
    let renamed = save(app, "M3", Some("Третий, новый"), None).await.ok();
    assert_eq!((renamed.get("added"), renamed.get("message")), ("false", "Магазин «M3» сохранён."));
    save(app, "M4", None, None).await.refused("PLACE_NAME_REQUIRED");
    save(app, "M4", Some("Ч"), None).by("demo").await.fault(500, "FORBIDDEN");
    let store_settings = message!(office::StoreSettings { partner: "demo", store: "M9", name: "Ч" });
    app.add_stranger();
    let foreign = app.office(message!(office::SaveStore { store_settings }));
    foreign.by("stranger").await.refused("PARTNER_NOT_YOURS");
}

async fn tills_of_a_closed_store_are_refused_and_its_goods_are_taken_back_elsewhere(app: &App) {
    let sold = app.sell("1", "7000000101", 1_000).await.ok().get("receiptId").to_owned();
    let closed = save(app, "M1", None, Some(true)).await.ok();
    assert_eq!((closed.get("closed"), closed.get("message")), ("true", "Магазин «M1» закрыт."));
    let refused = app.sell("2", "7000000101", 1_000).await.refused("PLACE_CLOSED");
    assert!(refused.get("message").starts_with("Магазин «"), "{}", refused.body);
    app.take_back(app.returned(&sold, "R-1")).await.refused("PLACE_CLOSED");
    app.cancel_receipt(&sold).await.refused("PLACE_CLOSED");
    // The till's own login is refused whatever it asks.
    app.balance("7000000101").by("kassa").await.refused("PLACE_CLOSED");
    // Another store of the network takes the goods back, by the receipt's id or by its till's name of it.
    let mut back = app.returned(&sold, "R-2");
    back.till = "M2-01".into();
    app.take_back(back).till("M2-01").await.ok();
    app.advance(Span::minutes(1));
    save(app, "M1", None, Some(false)).await.ok();
    // What was refused under a key stays refused; the till goes on under others.
    app.sell("3", "7000000101", 1_000).await.ok();
    app.balance("7000000101").by("kassa").await.ok();
}

async fn the_office_lists_its_stores_page_by_page(app: &App) {
    let list = |rows_max: i32, cursor: &str| app.office(message!(office::ListStores { rows_max, cursor }));
    save(app, "M0", Some("Нулевой"), None).await.ok();
    let whole = pages(|cursor| list(0, cursor)).await;
    assert_eq!(whole[0].all("utcOffsetMinutes"), ["180"; 3]);
    assert_eq!(rows(&whole, "name")[0], "Нулевой");
    for size in [1, 2] {
        assert_eq!(rows(&pages(|cursor| list(size, cursor)).await, "name"), rows(&whole, "name"), "{size}");
    }
    let others = app.office(message!(office::ListStores { partner: "other" })).await.ok();
    assert_eq!(others.all("name"), ["Магазин другого партнёра"]);
    let cursor = list(1, "").await.ok().get("nextCursor").to_owned();
    app.office(message!(office::ListStores { partner: "other", cursor: &cursor })).await.refused("CURSOR_INVALID");
    app.add_stranger();
    app.office(message!(office::ListStores { partner: "demo" })).by("stranger").await.refused("PARTNER_NOT_YOURS");
    list(0, "").by("demo").await.fault(500, "FORBIDDEN");
}
