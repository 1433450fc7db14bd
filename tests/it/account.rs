//! Accounts as the office sees them: shown and frozen, by the office that answers for the programme.

use crate::support::{
    App,
    calls::Call,
    messages::{Receipt as _, message, office},
    on_both,
};

on_both! {
    a_frozen_account_earns_and_does_not_spend,
    only_the_office_that_answers_for_the_programme_touches_everybodys_customers,
}

const REASON: &str = "обращение клиента";

fn freeze(app: &App, identifier: &str) -> Call {
    app.office(message!(office::FreezeAccount { identifier, reason: REASON }))
}

fn unfreeze(app: &App, identifier: &str) -> Call {
    app.office(message!(office::UnfreezeAccount { identifier, reason: REASON }))
}

async fn a_frozen_account_earns_and_does_not_spend(app: &App) {
    let hold = app.hold("h", "+79160000101", 300, ("+79160000101", 0)).await;
    assert_eq!(freeze(app, "7000000101").await.ok().get("state"), "frozen");
    freeze(app, "+79160000101").await.refused("ACCOUNT_FROZEN");
    let sale = || app.sale_for_points(app.receipt("F-1").of("+79160000101").roubles(900), &hold, 300);
    sale().await.refused("ACCOUNT_FROZEN");
    app.reserve("h2", "+79160000101", 900, 100).await.refused("ACCOUNT_FROZEN");
    app.sell("F-2", "7000000101", 700).await.ok();
    let seen = app.account("7000000101").await.ok();
    assert_eq!((seen.get("state"), seen.get("available"), seen.get("reserved")), ("frozen", "207.00", "300.00"));
    assert_eq!(unfreeze(app, "7000000101").await.ok().get("state"), "open");
    unfreeze(app, "7000000101").await.refused("ACCOUNT_NOT_FROZEN");
    sale().await.ok();
    app.account("7000000101").by("demo").await.fault(500, "FORBIDDEN");
}

async fn only_the_office_that_answers_for_the_programme_touches_everybodys_customers(app: &App) {
    app.add_stranger();
    app.change_phone("7000000101", "+79161234567").by("stranger").await.refused("PROGRAMME_NOT_YOURS");
    freeze(app, "7000000101").by("stranger").await.refused("PROGRAMME_NOT_YOURS");
    assert_eq!(app.account("7000000101").await.ok().get("phone"), "+79160000101");
}
