//! Lists and reports over SOAP: pages, cursors, and who sees what.

use crate::{
    books::reports::spend_at_the_other,
    support::{
        App, START,
        calls::Call,
        messages::{message, office},
        on_both,
        soap::Reply,
    },
};
use kopilka::{
    access,
    app::Opened,
    domain::{moment::Span, reference::Roles},
    store::admin::{NewTill, add_till},
};

on_both! {
    points_that_lapse_soon_are_listed_page_by_page,
    partners_see_their_own_side_of_the_settlement,
    a_cursor_serves_its_own_list_only,
    the_office_lists_its_tills,
}

/// The login of the office of the demo's other partner, added here.
const OTHER_OFFICE: &str = "other-office";

fn add_other_office(app: &App) {
    let mut db = Opened::open(&app.config).unwrap().writer().unwrap();
    let new = NewTill {
        partner: "other".into(),
        store: None,
        till: None,
        login: OTHER_OFFICE.into(),
        password_hash: access::hash_password(OTHER_OFFICE).unwrap(),
        roles: Roles::PARTNER_OFFICE,
    };
    add_till(&mut db, &new, START).unwrap();
}

fn expiring(app: &App, within_days: i32, rows_max: i32, cursor: &str) -> Call {
    app.office(message!(office::ListExpiringPoints { within_days, rows_max, cursor }))
}

fn settlement(app: &App, (from, to): (&str, &str), rows_max: i32, cursor: &str) -> Call {
    app.office(message!(office::ListSettlement { from, to, rows_max, cursor }))
}

fn tills(app: &App, rows_max: i32, cursor: &str) -> Call {
    app.office(message!(office::ListTills { rows_max, cursor }))
}

/// All pages of a list.
async fn pages(page: impl Fn(&str) -> Call) -> Vec<Reply> {
    let (mut pages, mut cursor) = (Vec::new(), String::new());
    loop {
        let reply = page(&cursor).await.ok();
        let next = reply.find("nextCursor").map(str::to_owned);
        pages.push(reply);
        match next {
            Some(next) => cursor = next,
            None => return pages,
        }
        assert!(pages.len() < 50, "the list has no end");
    }
}

/// The rows of a list as text, over all pages.
fn rows(pages: &[Reply], name: &str) -> Vec<String> {
    pages.iter().flat_map(|page| page.all(name)).map(str::to_owned).collect()
}

async fn points_that_lapse_soon_are_listed_page_by_page(app: &App) {
    app.advance(Span::days(10));
    app.sell("1", "7000000101", 5_000).await.ok();
    let whole = pages(|cursor| expiring(app, 400, 0, cursor)).await;
    assert_eq!(whole.len(), 1);
    // Accounts that are due at one moment come in the order of their ids, which a test does not know.
    let columns = ["cardNumber", "points", "phone"].map(|name| whole[0].all(name));
    let mut seen: Vec<[&str; 3]> = (0..3).map(|row| columns.each_ref().map(|column| column[row])).collect();
    seen.sort_unstable();
    // The head office sees whom it reminds.
    let (anna, boris) = ("+79160000101", "+79160000102");
    assert_eq!(seen, [["7000000101", "50.00", anna], ["7000000101", "500.00", anna], ["7000000102", "1200.00", boris]]);
    for size in [1, 2, 3, 4] {
        let paged = pages(|cursor| expiring(app, 400, size, cursor)).await;
        assert_eq!(paged.len(), 3_usize.div_ceil(usize::try_from(size).unwrap()), "{size}");
        assert_eq!(rows(&paged, "expiry"), rows(&whole, "expiry"), "{size}");
    }
    let none = expiring(app, 300, 0, "").await.ok();
    assert!(none.body.contains("<m:expiries/>") && none.find("nextCursor").is_none(), "{}", none.body);
    // Another partner has given none of these points.
    add_other_office(app);
    let others = expiring(app, 400, 0, "").by(OTHER_OFFICE).await.ok();
    assert!(others.body.contains("<m:expiries/>"), "{}", others.body);
}

async fn partners_see_their_own_side_of_the_settlement(app: &App) {
    spend_at_the_other(app, "X-1", "7000000101", "+79160000101", 200).await;
    app.sell("1", "7000000101", 5_000).await.ok();
    let day = ("2026-11-21", "2026-11-21");
    let whole = pages(|cursor| settlement(app, day, 0, cursor)).await;
    assert_eq!(whole[0].all("kind"), ["spent", "issued", "outstanding", "position"]);
    assert_eq!(whole[0].all("points"), ["200.00", "1750.00", "1550.00", "-200.00"]);
    assert_eq!(whole[0].all("takenBy"), ["other", "demo"]);
    assert_eq!(whole[0].get("takenByName"), "Другой партнёр");
    for size in [1, 3] {
        let paged = pages(|cursor| settlement(app, day, size, cursor)).await;
        assert_eq!(rows(&paged, "figure"), rows(&whole, "figure"), "{size}");
    }
    add_other_office(app);
    let others = settlement(app, day, 0, "").by(OTHER_OFFICE).await.ok();
    let seen: Vec<_> = others.all("kind").into_iter().zip(others.all("points")).collect();
    assert_eq!(seen.first(), Some(&("spent", "200.00")));
    assert_eq!(seen.last(), Some(&("position", "200.00")));
    assert!(!others.body.contains("1750.00"), "{}", others.body);
    let none = settlement(app, ("2026-01-01", "2026-01-31"), 0, "").await.ok();
    assert!(none.body.contains("<m:figures/>"), "{}", none.body);
    settlement(app, ("2026-11-21", "2026-11-20"), 0, "").await.refused("PERIOD_INVALID");
}

async fn a_cursor_serves_its_own_list_only(app: &App) {
    let cursor = expiring(app, 400, 1, "").await.ok().get("nextCursor").to_owned();
    expiring(app, 400, 1, &cursor).await.ok();
    // Other days, another list, another partner, none of ours.
    expiring(app, 399, 1, &cursor).await.refused("CURSOR_INVALID");
    settlement(app, ("2026-11-21", "2026-11-21"), 1, &cursor).await.refused("CURSOR_INVALID");
    add_other_office(app);
    expiring(app, 400, 1, &cursor).by(OTHER_OFFICE).await.refused("CURSOR_INVALID");
    let refused = expiring(app, 400, 1, "далее").await.refused("CURSOR_INVALID");
    assert!(refused.body.contains("<m:expiries/>"), "{}", refused.body);
    // Lists are the head office's.
    expiring(app, 400, 0, "").by("kassa").await.fault(500, "FORBIDDEN");
}

async fn the_office_lists_its_tills(app: &App) {
    let whole = pages(|cursor| tills(app, 0, cursor)).await;
    for code in ["M1-01", "M1-02", "M2-01"] {
        assert_eq!(whole[0].body.matches(&format!("<m:till>{code}</m:till>")).count(), 1, "{code}");
    }
    assert_eq!(whole[0].all("store"), ["M1", "M1", "M2"]);
    assert_eq!(whole[0].all("disabled"), ["false"], "only kassa is for one till alone");
    assert!(whole[0].body.contains("<m:login>kassa</m:login>") && whole[0].get("role") == "till");
    assert!(!whole[0].body.contains("argon2"), "{}", whole[0].body);
    for size in [1, 2] {
        let paged = pages(|cursor| tills(app, size, cursor)).await;
        assert_eq!(paged.len(), 3_usize.div_ceil(usize::try_from(size).unwrap()), "{size}");
        assert_eq!(rows(&paged, "storeName"), rows(&whole, "storeName"), "{size}");
    }
    let cursor = tills(app, 1, "").await.ok().get("nextCursor").to_owned();
    expiring(app, 9, 1, &cursor).await.refused("CURSOR_INVALID");
    // Another partner sees its own till alone.
    add_other_office(app);
    assert_eq!(tills(app, 0, "").by(OTHER_OFFICE).await.ok().all("store"), ["X1"]);
    tills(app, 0, &cursor).by(OTHER_OFFICE).await.refused("CURSOR_INVALID");
    tills(app, 0, "").by("demo").await.fault(500, "FORBIDDEN");
}
