//! A customer is found by any card or phone, and shown as the role may see. Two customers who are one person are merged.

use kopilka::domain::moment::Span;

use crate::{
    books::{number, open},
    support::{
        App,
        calls::Call,
        messages::{Receipt as _, message, office, pos},
        on_both,
    },
};

on_both! {
    a_customer_is_found_by_card_or_phone_with_cards_and_balance,
    a_merge_loses_nothing_and_old_names_lead_on,
    after_two_merges_nothing_names_an_account_that_ended,
}

async fn a_customer_is_found_by_card_or_phone_with_cards_and_balance(app: &App) {
    let find = |identifier: &str| app.pos(message!(pos::FindCustomer { identifier }));
    let found = find("7000000101").await.ok();
    assert_eq!((found.get("phone"), found.get("available")), ("+79160000101", "500.00"));
    assert_eq!(found.get("number"), "7000000101");
    for spelling in ["8 916 000 01 01", "+7 (916) 000-01-01"] {
        assert_eq!(find(spelling).await.ok().get("customerId"), found.get("customerId"), "{spelling}");
    }
    assert_eq!(find("7000000101").by("kassa").await.ok().get("phone"), "+7 916 ***-**-01");
    find("7009999999").await.refused("CARD_UNKNOWN");
    find("+7 916 555-99-99").await.refused("CUSTOMER_UNKNOWN");
}

fn merge(app: &App, identifier: &str, into_identifier: &str) -> Call {
    app.office(message!(office::MergeCustomers {
        identifier, into_identifier, reason: "обращение клиента"
    }))
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
    // The next code may go once the pause since the last message is over.
    app.advance(Span::minutes(2));
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
