//! `ListExpiringPoints`: each office lists its own partner's points, page by page.

use crate::support::{
    App,
    calls::Call,
    messages::{message, office},
    on_both,
    pages::{OTHER_OFFICE, add_other_office, pages, rows},
};
use kopilka::domain::moment::Span;

on_both! {
    points_that_expire_soon_are_listed_page_by_page,
    a_cursor_serves_its_own_list_only,
}

fn expiring(app: &App, within_days: i32, rows_max: i32, cursor: &str) -> Call {
    app.office(message!(office::ListExpiringPoints { within_days, rows_max, cursor }))
}

async fn points_that_expire_soon_are_listed_page_by_page(app: &App) {
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

async fn a_cursor_serves_its_own_list_only(app: &App) {
    let cursor = expiring(app, 400, 1, "").await.ok().get("nextCursor").to_owned();
    expiring(app, 400, 1, &cursor).await.ok();
    // Other days, another list, another partner, a malformed cursor.
    expiring(app, 399, 1, &cursor).await.refused("CURSOR_INVALID");
    app.office(message!(office::ListTills { rows_max: 1, cursor: &cursor })).await.refused("CURSOR_INVALID");
    add_other_office(app);
    expiring(app, 400, 1, &cursor).by(OTHER_OFFICE).await.refused("CURSOR_INVALID");
    let refused = expiring(app, 400, 1, "далее").await.refused("CURSOR_INVALID");
    assert!(refused.body.contains("<m:expiries/>"), "{}", refused.body);
    // Lists are the head office's.
    expiring(app, 400, 0, "").by("kassa").await.fault(500, "FORBIDDEN");
}
