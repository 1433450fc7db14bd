//! Lists and reports over SOAP: pages, cursors, and who sees what.

use crate::{
    books::reports::spend_at_the_other,
    support::{
        App, Backend, START, on_both,
        soap::{Client, Reply},
    },
};
use kopilka::{
    access,
    app::Opened,
    domain::{moment::Span, reference::Roles},
    store::admin::{NewTill, add_till},
};

/// The office of the demo's other partner.
fn other_office(app: &App) -> Client {
    let mut db = Opened::open(&app.config).unwrap().writer().unwrap();
    let new = NewTill {
        partner: "other".into(),
        store: None,
        till: None,
        login: "other-office".into(),
        password_hash: access::hash_password("other-office").unwrap(),
        roles: Roles::PARTNER_OFFICE,
    };
    add_till(&mut db, &new, START).unwrap();
    app.client("other-office")
}

fn page(first: &str, rows: usize, cursor: &str) -> String {
    format!("{first}<rowsMax>{rows}</rowsMax><cursor>{cursor}</cursor>")
}

fn within(days: u32) -> String {
    format!("<withinDays>{days}</withinDays>")
}

fn period(from: &str, to: &str) -> String {
    format!("<from>{from}</from><to>{to}</to>")
}

/// All pages of a list.
async fn pages(client: &Client, operation: &str, first: &str, rows: usize) -> Vec<Reply> {
    let (mut pages, mut cursor) = (Vec::new(), String::new());
    loop {
        let reply = client.office(operation, &page(first, rows, &cursor)).await.ok();
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

on_both! {
    async fn points_that_lapse_soon_are_listed_page_by_page(app: &App) {
        app.advance(Span::days(10));
        app.sell("1", "7000000101", 5_000).await.ok();
        let office = app.client("office");
        let whole = pages(&office, "ListExpiringPoints", &within(400), 0).await;
        assert_eq!(whole.len(), 1);
        // Accounts that are due at one moment come in the order of their ids, which a test does not know.
        let columns = ["cardNumber", "points", "phone"].map(|name| whole[0].all(name));
        let mut seen: Vec<[&str; 3]> = (0..3).map(|row| columns.each_ref().map(|column| column[row])).collect();
        seen.sort_unstable();
        // The head office sees whom it reminds.
        let (anna, boris) = ("+79160000101", "+79160000102");
        let wanted =
            [["7000000101", "50.00", anna], ["7000000101", "500.00", anna], ["7000000102", "1200.00", boris]];
        assert_eq!(seen, wanted);
        for size in [1, 2, 3, 4] {
            let paged = pages(&office, "ListExpiringPoints", &within(400), size).await;
            assert_eq!(paged.len(), 3_usize.div_ceil(size), "{size}");
            assert_eq!(rows(&paged, "expiry"), rows(&whole, "expiry"), "{size}");
        }
        let none = office.office("ListExpiringPoints", &page(&within(300), 0, "")).await.ok();
        assert!(none.body.contains("<m:expiries/>") && none.find("nextCursor").is_none(), "{}", none.body);
        // Another partner has given none of these points.
        let others = other_office(app).office("ListExpiringPoints", &page(&within(400), 0, "")).await.ok();
        assert!(others.body.contains("<m:expiries/>"), "{}", others.body);
    }

    async fn partners_see_their_own_side_of_the_settlement(app: &App) {
        spend_at_the_other(app, "X-1", "7000000101", "+79160000101", "200").await;
        app.sell("1", "7000000101", 5_000).await.ok();
        let day = period("2026-11-21", "2026-11-21");
        let office = app.client("office");
        let whole = pages(&office, "ListSettlement", &day, 0).await;
        assert_eq!(whole[0].all("kind"), ["spent", "issued", "outstanding", "position"]);
        assert_eq!(whole[0].all("points"), ["200.00", "1750.00", "1550.00", "-200.00"]);
        assert_eq!(whole[0].all("takenBy"), ["other", "demo"]);
        assert_eq!(whole[0].get("takenByName"), "Другой партнёр");
        for size in [1, 3] {
            let paged = pages(&office, "ListSettlement", &day, size).await;
            assert_eq!(rows(&paged, "figure"), rows(&whole, "figure"), "{size}");
        }
        let others = other_office(app).office("ListSettlement", &page(&day, 0, "")).await.ok();
        let seen: Vec<_> = others.all("kind").into_iter().zip(others.all("points")).collect();
        assert_eq!(seen.first(), Some(&("spent", "200.00")));
        assert_eq!(seen.last(), Some(&("position", "200.00")));
        assert!(!others.body.contains("1750.00"), "{}", others.body);
        let empty = period("2026-01-01", "2026-01-31");
        let none = office.office("ListSettlement", &page(&empty, 0, "")).await.ok();
        assert!(none.body.contains("<m:figures/>"), "{}", none.body);
        let backwards = period("2026-11-21", "2026-11-20");
        office.office("ListSettlement", &page(&backwards, 0, "")).await.refused("PERIOD_INVALID");
    }

    async fn a_cursor_serves_its_own_list_only(app: &App) {
        let office = app.client("office");
        let first = office.office("ListExpiringPoints", &page(&within(400), 1, "")).await.ok();
        let cursor = first.get("nextCursor").to_owned();
        office.office("ListExpiringPoints", &page(&within(400), 1, &cursor)).await.ok();
        // Other days, another list, another partner, none of ours.
        office.office("ListExpiringPoints", &page(&within(399), 1, &cursor)).await.refused("CURSOR_INVALID");
        let day = period("2026-11-21", "2026-11-21");
        office.office("ListSettlement", &page(&day, 1, &cursor)).await.refused("CURSOR_INVALID");
        let other = other_office(app);
        other.office("ListExpiringPoints", &page(&within(400), 1, &cursor)).await.refused("CURSOR_INVALID");
        let refused = office.office("ListExpiringPoints", &page(&within(400), 1, "далее")).await.refused("CURSOR_INVALID");
        assert!(refused.body.contains("<m:expiries/>"), "{}", refused.body);
        // Lists are the head office's.
        app.client("kassa").office("ListExpiringPoints", &page(&within(400), 0, "")).await.fault(500, "FORBIDDEN");
    }

    async fn the_office_lists_its_tills(app: &App) {
        let office = app.client("office");
        let whole = pages(&office, "ListTills", "", 0).await;
        for code in ["M1-01", "M1-02", "M2-01"] {
            assert_eq!(whole[0].body.matches(&format!("<m:till>{code}</m:till>")).count(), 1, "{code}");
        }
        assert_eq!(whole[0].all("store"), ["M1", "M1", "M2"]);
        assert_eq!(whole[0].all("disabled"), ["false"], "only kassa is for one till alone");
        assert!(whole[0].body.contains("<m:login>kassa</m:login>") && whole[0].get("role") == "till");
        assert!(!whole[0].body.contains("argon2"), "{}", whole[0].body);
        for size in [1, 2] {
            let paged = pages(&office, "ListTills", "", size).await;
            assert_eq!(paged.len(), 3_usize.div_ceil(size), "{size}");
            assert_eq!(rows(&paged, "storeName"), rows(&whole, "storeName"), "{size}");
        }
        let cursor = office.office("ListTills", &page("", 1, "")).await.ok().get("nextCursor").to_owned();
        office.office("ListExpiringPoints", &page(&within(9), 1, &cursor)).await.refused("CURSOR_INVALID");
        // Another partner sees its own till alone.
        let other = other_office(app);
        assert_eq!(other.office("ListTills", &page("", 0, "")).await.ok().all("store"), ["X1"]);
        other.office("ListTills", &page("", 0, &cursor)).await.refused("CURSOR_INVALID");
        app.client("demo").office("ListTills", &page("", 0, "")).await.fault(500, "FORBIDDEN");
    }
}
