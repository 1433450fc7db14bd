//! Accounts in the office's hands: frozen, merged, with another phone; and whose business that is.

use crate::{
    books::{number, open},
    support::{
        App,
        calls::Call,
        messages::{Receipt as _, message, office, pos},
        on_both,
    },
};
use kopilka::domain::moment::Span;

on_both! {
    a_frozen_account_earns_and_does_not_spend,
    a_merge_loses_nothing_and_old_names_lead_on,
    after_two_merges_nothing_names_an_account_that_ended,
    another_phone_has_to_be_confirmed_and_voids_codes,
    only_the_office_that_answers_for_the_programme_touches_everybodys_customers,
}

const REASON: &str = "обращение клиента";

fn freeze(app: &App, identifier: &str) -> Call {
    app.office(message!(office::FreezeAccount { identifier, reason: REASON }))
}

fn unfreeze(app: &App, identifier: &str) -> Call {
    app.office(message!(office::UnfreezeAccount { identifier, reason: REASON }))
}

fn merge(app: &App, identifier: &str, into_identifier: &str) -> Call {
    app.office(message!(office::MergeCustomers { identifier, into_identifier, reason: REASON }))
}

fn change_phone(app: &App, identifier: &str, new_phone: &str) -> Call {
    app.office(message!(office::ChangePhone { identifier, new_phone, reason: REASON }))
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

async fn a_merge_loses_nothing_and_old_names_lead_on(app: &App) {
    let bought = app.buy_with_points("M-1", ("+79160000101", 0), 300).await;
    app.sell("M-2", "7000000102", 500).await.ok();
    // 500 − 300 + 6 for the 600 roubles that were paid with money, and 1 200 + 5.
    let hold = app.reserve("open", "7000000101", 900, 100).await.ok().get("reservationId").to_owned();
    let code = app.phone.code("+79160000101", 1).await;
    let merged = merge(app, "7000000101", "+79160000102").await.ok();
    assert_eq!((merged.get("available"), merged.get("reserved")), ("1311.00", "100.00"));
    assert_eq!(merged.all("number").len(), 2);
    for name in ["7000000101", "7000000102", "+79160000101", "+79160000102"] {
        assert_eq!(app.balance(name).await.ok().get("available"), "1311.00", "{name}");
    }
    merge(app, "7000000101", "+79160000102").await.refused("CUSTOMERS_SAME");
    // The hold that was open is confirmed and spent as if nothing had happened.
    app.confirm(&hold, &code).await.ok();
    app.sale_for_points(app.receipt("M-3").of("7000000101").roubles(900), &hold, 100).await.ok();
    assert_eq!(app.balance("7000000102").await.ok().get("available"), "1319.00");
    // Goods of a sale before the merge come back: what was spent returns, what was earned goes.
    let back = app.take_back(app.returned(&bought, "back-1")).await.ok();
    assert_eq!((back.get("pointsRestored"), back.get("pointsRevoked")), ("300.00", "6.00"));
    assert_eq!(app.balance("+79160000101").await.ok().get("available"), "1613.00");
    let statement = app.statement("7000000101", "2026-01-01", "2027-01-01").await.ok();
    assert!(statement.body.contains("Объединение счетов"), "{}", statement.body);
    assert_eq!(app.verify().findings, []);
}

async fn after_two_merges_nothing_names_an_account_that_ended(app: &App) {
    app.register_cards("99", "0030", "0030").await.ok();
    app.issue("990030", "+79165550030").await.ok();
    // One hold of each kind on the account that is merged twice: given back, spent, open.
    let given_back = app.reserve("h1", "7000000101", 900, 50).await.ok().get("reservationId").to_owned();
    app.release(&given_back).await.ok();
    app.buy_with_points("M-1", ("+79160000101", 1), 300).await;
    app.reserve("h2", "7000000101", 900, 100).await.ok();
    for (from, into) in [("7000000101", "7000000102"), ("7000000102", "+79165550030")] {
        merge(app, from, into).await.ok();
    }
    let mut db = open(app);
    assert_eq!(number(&mut db, "SELECT count(*) AS number FROM accounts WHERE state = 'closed'"), 2);
    for (table, rows) in [("reservations", 3), ("receipts", 1), ("cards", 3)] {
        let mut of_accounts = |state: &str| {
            let accounts = format!("SELECT id FROM accounts WHERE state = '{state}'");
            number(&mut db, &format!("SELECT count(*) AS number FROM {table} WHERE account_id IN ({accounts})"))
        };
        assert_eq!((of_accounts("closed"), of_accounts("open")), (0, rows), "{table}");
    }
    assert_eq!(app.verify().findings, []);
}

async fn another_phone_has_to_be_confirmed_and_voids_codes(app: &App) {
    let hold = app.reserve("h", "7000000101", 900, 100).await.ok().get("reservationId").to_owned();
    let code = app.phone.code("+79160000101", 0).await;
    let changed = change_phone(app, "7000000101", "8 916 555-44-33").await.ok();
    assert_eq!((changed.get("phone"), changed.get("phoneConfirmed")), ("+79165554433", "false"));
    app.confirm(&hold, &code).await.refused("CODE_NOT_SENT");
    app.balance("+79160000101").await.refused("CUSTOMER_UNKNOWN");
    assert_eq!(app.balance("+79165554433").await.ok().get("reserved"), "100.00");
    app.advance(Span::minutes(2));
    app.pos(message!(pos::ResendCode { reservation_id: &hold })).await.ok();
    let code = app.phone.code("+79165554433", 0).await;
    app.confirm(&hold, &code).await.ok();
    let same = change_phone(app, "7000000101", "+79165554433").await.ok();
    assert_eq!(same.get("phone"), "+79165554433");
    change_phone(app, "7000000101", "+79160000102").await.refused("PHONE_TAKEN");
}

async fn only_the_office_that_answers_for_the_programme_touches_everybodys_customers(app: &App) {
    app.add_stranger();
    change_phone(app, "7000000101", "+79161234567").by("stranger").await.refused("PROGRAMME_NOT_YOURS");
    freeze(app, "7000000101").by("stranger").await.refused("PROGRAMME_NOT_YOURS");
    assert_eq!(app.account("7000000101").await.ok().get("phone"), "+79160000101");
}
