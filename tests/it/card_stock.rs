//! Cards that were handed to stores, and what is left there.

use crate::support::{
    App,
    calls::Call,
    messages::{message, office},
    on_both,
    pages::{pages, rows},
};

on_both! { the_office_sees_what_is_left_in_each_store }

fn stock(app: &App, rows_max: i32, cursor: &str) -> Call {
    app.office(message!(office::ListCardStock { rows_max, cursor }))
}

async fn the_office_sees_what_is_left_in_each_store(app: &App) {
    let hand = |prefix: &str, store: &str, kind: Option<&str>| {
        let kind = kind.map(str::to_owned);
        let batch = message!(office::CardBatch { prefix, from: "1", to: "5", store, kind });
        app.office(message!(office::RegisterCards { batch }))
    };
    hand("51", "M1", Some("Золотая")).await.ok();
    hand("52", "M1", None).await.ok();
    hand("53", "M2", None).await.ok();
    hand("54", "M9", None).await.refused("STORE_UNKNOWN");
    app.hand_out("511", "+79165550011").await;
    app.issue("512", "+79165550012").await.ok();
    let whole = pages(|cursor| stock(app, 0, cursor)).await;
    let columns = ["store", "state", "cards"].map(|name| whole[0].all(name));
    let seen: Vec<[&str; 3]> = (0..columns[0].len()).map(|row| columns.each_ref().map(|column| column[row])).collect();
    assert_eq!(
        seen,
        [
            ["M1", "registered", "5"],
            ["M1", "registered", "3"],
            ["M1", "issued", "1"],
            ["M1", "active", "1"],
            ["M2", "registered", "5"]
        ]
    );
    assert_eq!(whole[0].all("kind"), ["Золотая"; 3]);
    for size in [1, 2, 3] {
        assert_eq!(rows(&pages(|cursor| stock(app, size, cursor)).await, "cards"), rows(&whole, "cards"), "{size}");
    }
    app.add_stranger();
    let others = stock(app, 0, "").by("stranger").await.ok();
    assert!(others.body.contains("<m:stocks/>"), "{}", others.body);
    let foreign = app.office(message!(office::ListCardStock { partner: "demo" }));
    foreign.by("stranger").await.refused("PARTNER_NOT_YOURS");
    stock(app, 0, "").by("demo").await.fault(500, "FORBIDDEN");
}
