//! Partners: added by the office that runs the programme, renamed, closed and opened again.

use crate::support::{
    App,
    calls::Call,
    messages::{Receipt as _, message, office, pos},
    on_both,
    pages::{pages, rows},
};

on_both! {
    a_partner_is_added_with_its_network_and_trades,
    a_closed_partner_is_refused_everything_and_told_why,
    only_the_office_that_runs_the_programme_adds_and_closes_partners,
    the_office_lists_the_partners_of_its_programme,
}

fn save(app: &App, partner: &str, name: Option<&str>, disabled: Option<bool>) -> Call {
    let name = name.map(str::to_owned);
    let partner_settings = message!(office::PartnerSettings { partner, name, disabled });
    app.office(message!(office::SavePartner { partner_settings }))
}

async fn a_partner_is_added_with_its_network_and_trades(app: &App) {
    let added = save(app, "kopyta", Some("Копыта"), None);
    let reply = added.send().await.ok();
    assert_eq!((reply.get("added"), reply.get("closed")), ("true", "false"));
    assert_eq!(reply.get("message"), "Партнёр «kopyta» добавлен вместе с сетью «kopyta».");
    assert_eq!(added.send().await.ok().body, reply.body, "a repeat adds nothing");
    let store_settings = message!(office::StoreSettings { partner: "kopyta", store: "K1", name: "Первый" });
    app.office(message!(office::SaveStore { store_settings })).await.ok();
    let roles = office::TillRoles { role: vec!["till".into()] };
    let (login, password) = ("kopyta", "kopyta-password");
    let till_settings =
        message!(office::Till { partner: "kopyta", store: "K1", till: "K1-01", login, password, roles });
    app.office(message!(office::SaveTill { till_settings })).await.ok();
    let who = app.pos(pos::WhoAmI {}).with_password(login, password).await.ok();
    assert_eq!((who.get("partner"), who.get("store"), who.get("till")), ("Копыта", "K1", "K1-01"));
    let receipt = pos::Receipt { till: "K1-01".into(), ..app.receipt("1").of("7000000101").roubles(1_000) };
    let sold = app.sale(receipt).till("K1-01").with_password(login, password).await.ok();
    assert_eq!(sold.get("pointsEarned"), "10.00");
    // A name that is not given stays.
    app.advance(kopilka::domain::moment::Span::minutes(1));
    assert_eq!(save(app, "kopyta", Some("Рога и копыта"), None).await.ok().get("added"), "false");
    assert_eq!(app.pos(pos::WhoAmI {}).with_password(login, password).await.ok().get("partner"), "Рога и копыта");
    save(app, "novy", None, None).await.refused("PLACE_NAME_REQUIRED");
    save(app, "ko\u{200b}", Some("К"), None).await.refused("NAME_INVALID");
}

async fn a_closed_partner_is_refused_everything_and_told_why(app: &App) {
    app.add_stranger();
    let list = |app: &App| app.office(message!(office::ListStores {})).by("stranger");
    list(app).await.ok();
    let closed = save(app, "other", None, Some(true)).await.ok();
    assert_eq!((closed.get("closed"), closed.get("message")), ("true", "Партнёр «other» закрыт."));
    let block = || {
        let block = app.pos(message!(pos::BlockCard { card_number: "7000000101", reason: "утеря" }));
        block.till("X1-01").by("other")
    };
    let refused = block().await.refused("PLACE_CLOSED");
    assert_eq!(refused.get("message"), "Партнёр «Другой партнёр» закрыт в программе. Обратитесь в офис программы.");
    app.balance("7000000101").by("other").await.refused("PLACE_CLOSED");
    list(app).await.refused("PLACE_CLOSED");
    // Who calls is still told, so that one can see what is wrong.
    app.pos(pos::WhoAmI {}).by("other").await.ok();
    app.pos(pos::Ping {}).by("other").await.ok();
    app.advance(kopilka::domain::moment::Span::minutes(1));
    save(app, "other", None, Some(false)).await.ok();
    block().await.ok();
    list(app).await.ok();
}

async fn only_the_office_that_runs_the_programme_adds_and_closes_partners(app: &App) {
    app.add_stranger();
    save(app, "kopyta", Some("К"), None).by("stranger").await.refused("PROGRAMME_NOT_YOURS");
    save(app, "demo", Some("К"), None).by("stranger").await.refused("PROGRAMME_NOT_YOURS");
    save(app, "demo", None, Some(true)).await.refused("PLACE_OWN");
    save(app, "other", None, Some(true)).by("stranger").await.refused("PLACE_OWN");
    // Its own name is its own affair.
    save(app, "other", Some("Другое имя"), None).by("stranger").await.ok();
    save(app, "kopyta", Some("К"), None).by("demo").await.fault(500, "FORBIDDEN");
}

async fn the_office_lists_the_partners_of_its_programme(app: &App) {
    let list = |rows_max: i32, cursor: &str| app.office(message!(office::ListPartners { rows_max, cursor }));
    save(app, "kopyta", Some("Копыта"), None).await.ok();
    let whole = pages(|cursor| list(0, cursor)).await;
    assert_eq!(rows(&whole, "name"), ["Торговый дом «Пример»", "Копыта", "Другой партнёр"].map(str::to_owned));
    assert_eq!(whole[0].all("runsProgramme"), ["true", "false", "false"]);
    for size in [1, 2] {
        let paged = pages(|cursor| list(size, cursor)).await;
        assert_eq!(rows(&paged, "name"), rows(&whole, "name"), "{size}");
    }
    app.add_stranger();
    assert_eq!(list(0, "").by("stranger").await.ok().all("name"), ["Другой партнёр"]);
    let cursor = list(1, "").await.ok().get("nextCursor").to_owned();
    list(1, &cursor).by("stranger").await.refused("CURSOR_INVALID");
    list(0, "").by("demo").await.fault(500, "FORBIDDEN");
}
