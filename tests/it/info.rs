//! What a caller can find out about itself and the service.

use crate::support::{
    App,
    messages::{office, pos},
    on_both,
};

on_both! { a_caller_learns_the_time_the_versions_and_who_it_is }

async fn a_caller_learns_the_time_the_versions_and_who_it_is(app: &App) {
    assert_eq!(app.pos(pos::Ping::default()).await.ok().get("serverTime"), "2026-11-21T12:00:00");
    let versions = app.pos(pos::GetVersions::default()).await.ok();
    assert!(versions.body.contains("pos_1"), "{}", versions.body);
    let kassa = app.pos(pos::WhoAmI::default()).by("kassa").await.ok();
    assert_eq!(["store", "till", "role"].map(|name| kassa.get(name)), ["M1", "M1-01", "till"]);
    let office = app.office(office::WhoAmI::default()).await.ok();
    assert_eq!((office.get("role"), office.find("till")), ("head_office", None));
}
