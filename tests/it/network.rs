//! Trade networks of partners.

use crate::support::{
    App,
    calls::Call,
    messages::{message, office, pos},
    on_both,
    pages::{pages, rows},
};
use kopilka::domain::moment::Span;

on_both! {
    a_second_network_is_added_and_must_be_named_from_then_on,
    a_closed_network_is_refused_and_no_office_closes_its_own,
}

fn save(app: &App, partner: Option<&str>, network: &str, name: Option<&str>, disabled: Option<bool>) -> Call {
    let (partner, name) = (partner.map(str::to_owned), name.map(str::to_owned));
    let network_settings = message!(office::NetworkSettings { partner, network, name, disabled });
    app.office(message!(office::SaveNetwork { network_settings }))
}

async fn a_second_network_is_added_and_must_be_named_from_then_on(app: &App) {
    let added = save(app, Some("other"), "o2", Some("Вторая"), None).await.ok();
    assert_eq!((added.get("added"), added.get("message")), ("true", "Сеть «o2» добавлена."));
    let list =
        |rows_max: i32, cursor: &str| app.office(message!(office::ListNetworks { partner: "other", rows_max, cursor }));
    let whole = pages(|cursor| list(0, cursor)).await;
    assert_eq!(
        (rows(&whole, "name"), whole[0].all("programmeCode")),
        (vec!["Вторая".to_owned(), "Другой партнёр".into()], vec!["demo", "demo"])
    );
    assert_eq!(rows(&pages(|cursor| list(1, cursor)).await, "name"), rows(&whole, "name"));
    let store = |network: Option<&str>| {
        let network = network.map(str::to_owned);
        let store_settings =
            message!(office::StoreSettings { partner: "other", network, store: "X9", name: "Девятый" });
        app.office(message!(office::SaveStore { store_settings }))
    };
    store(None).await.refused("NETWORK_REQUIRED");
    store(Some("o3")).await.refused("NETWORK_UNKNOWN");
    store(Some("o2")).await.ok();
    // The partner's own office means its own network.
    app.add_stranger();
    let store_settings = message!(office::StoreSettings { store: "X2", name: "Второй" });
    app.office(message!(office::SaveStore { store_settings })).by("stranger").await.ok();
    save(app, Some("demo"), "d2", Some("Чужая"), None).by("stranger").await.refused("PARTNER_NOT_YOURS");
    save(app, Some("nobody"), "n", Some("Н"), None).await.refused("PARTNER_UNKNOWN");
    save(app, None, "d2", None, None).await.refused("PLACE_NAME_REQUIRED");
    save(app, None, "d2", Some("Вторая"), None).by("kassa").await.fault(500, "FORBIDDEN");
    list(0, "").by("kassa").await.fault(500, "FORBIDDEN");
}

async fn a_closed_network_is_refused_and_no_office_closes_its_own(app: &App) {
    save(app, None, "demo", None, Some(true)).await.refused("PLACE_OWN");
    save(app, Some("other"), "other", None, Some(true)).await.ok();
    let refused = app.balance("7000000101").by("other").await.refused("PLACE_CLOSED");
    assert!(refused.get("message").contains("Сеть «Другой партнёр» закрыта"), "{}", refused.body);
    app.pos(pos::WhoAmI {}).by("other").await.ok();
    app.advance(Span::minutes(1));
    save(app, Some("other"), "other", None, Some(false)).await.ok();
    app.balance("7000000101").by("other").await.ok();
}
