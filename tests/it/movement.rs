//! Movements of points for bookkeeping: each once, whoever writes meanwhile.

use std::collections::BTreeMap;

use crate::{
    books::reports::spend_at_the_other,
    support::{
        App, Backend, Folder,
        calls::Call,
        config, database,
        messages::{message, office},
        on_both,
        soap::Reply,
    },
};
use kopilka::domain::moment::Span;

on_both! {
    movements_add_up_to_the_settlement_and_come_once,
    each_partner_sees_its_own_side,
}

fn movements(app: &App, rows_max: i32, cursor: &str) -> Call {
    app.office(message!(office::ListMovements { rows_max, cursor }))
}

/// A movement as a story looks at it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Seen {
    id: String,
    kind: String,
    points: i64,
    issued_by: String,
    store: Option<String>,
}

fn seen(reply: &Reply) -> Vec<Seen> {
    // Of an empty list there is nothing to read.
    if reply.find("movements").is_none() {
        return Vec::new();
    }
    let rows = reply.read::<office::MovementRows>("movements").movement;
    let one = |row: office::MovementRow| Seen {
        id: row.movement_id,
        kind: row.kind,
        points: row.points.0,
        issued_by: row.issued_by,
        store: row.store,
    };
    rows.into_iter().map(one).collect()
}

/// Everything after a cursor, and where it ends.
async fn rest(app: &App, rows_max: i32, mut cursor: String) -> (Vec<Seen>, String) {
    let mut all = Vec::new();
    for _ in 0..500 {
        let page = movements(app, rows_max, &cursor).await.ok();
        all.extend(seen(&page));
        page.get("nextCursor").clone_into(&mut cursor);
        if page.get("isMore") == "false" {
            return (all, cursor);
        }
    }
    panic!("the movements have no end");
}

async fn movements_add_up_to_the_settlement_and_come_once(app: &App) {
    let (first, cursor) = rest(app, 0, String::new()).await;
    // The demo's two customers were given points.
    assert_eq!(first.iter().map(|row| (row.kind.as_str(), row.points)).collect::<Vec<_>>().len(), 2, "{first:?}");
    let (none, same) = rest(app, 0, cursor.clone()).await;
    assert_eq!((none, &same), (vec![], &cursor));
    app.advance(Span::minutes(1));
    let sold = app.sell("1", "7000000101", 5_000).await.ok().get("receiptId").to_owned();
    spend_at_the_other(app, "X-1", "7000000101", "+79160000101", 200).await;
    app.take_back(app.returned(&sold, "R-1")).await.ok();
    app.adjust("7000000102", -100).await.ok();
    let (second, end) = rest(app, 0, cursor.clone()).await;
    // The same, one at a time, and from the beginning.
    let (by_one, _) = rest(app, 1, cursor).await;
    assert_eq!(by_one, second);
    let (whole, _) = rest(app, 3, String::new()).await;
    let mut ids: Vec<&str> = whole.iter().map(|row| row.id.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!((ids.len(), whole.len()), (first.len() + second.len(), first.len() + second.len()));
    assert!(second.iter().any(|row| row.store.as_deref() == Some("M1")), "{second:?}");
    // What they add up to, the settlement says too.
    let mut sums: BTreeMap<&str, i64> = BTreeMap::new();
    // It shows an office its own side; movements, of the one that runs the programme, all.
    for row in whole.iter().filter(|row| row.issued_by == "demo") {
        *sums.entry(row.kind.as_str()).or_default() += row.points;
    }
    let day = message!(office::ListSettlement { from: "2026-11-21", to: "2026-11-21" });
    let figures = app.office(day).await.ok().read::<office::SettlementFigures>("figures").figure;
    let figure = |kind: &str| -> i64 { figures.iter().filter(|row| row.kind == kind).map(|row| row.points.0).sum() };
    let said =
        ["accrual", "redemption", "revocation", "expiry"].map(|kind| sums.get(kind).copied().unwrap_or_default());
    assert_eq!(said, ["issued", "spent", "revoked", "expired"].map(figure), "{whole:?}");
    // A cursor is this list's and this partner's.
    movements(app, 0, "далее").await.refused("CURSOR_INVALID");
    app.add_stranger();
    movements(app, 0, &end).by("stranger").await.refused("CURSOR_INVALID");
    movements(app, 0, "").by("demo").await.fault(500, "FORBIDDEN");
}

async fn each_partner_sees_its_own_side(app: &App) {
    spend_at_the_other(app, "X-1", "7000000101", "+79160000101", 200).await;
    app.sell("1", "7000000102", 5_000).await.ok();
    app.add_stranger();
    let page = movements(app, 0, "").by("stranger").await.ok();
    let rows = page.read::<office::MovementRows>("movements").movement;
    assert!(!rows.is_empty());
    for row in &rows {
        assert!(row.issued_by == "other" || row.taken_by.as_deref() == Some("other"), "{}", page.body);
    }
    assert!(rows.iter().any(|row| row.kind == "redemption" && row.points.0 == 20_000), "{}", page.body);
    assert!(!page.body.contains("7916"), "{}", page.body);
}

/// Sales that two gateways make at once while a third reads: none is left out and none comes twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_committed_late_is_read_late_and_once() {
    let folder = Folder::new();
    let shared = config(&database(Backend::Postgres, &folder), &folder);
    let first = App::start_with(shared.clone(), folder).await;
    let second = App::start_with(shared, Folder::new()).await;
    let (mut read, mut cursor) = rest(&first, 0, String::new()).await;
    let begun = read.len();
    for round in 0..10 {
        let sales: Vec<Call> = (0..6)
            .map(|number| {
                let app = if number % 2 == 0 { &first } else { &second };
                let card = if number % 3 == 0 { "7000000101" } else { "7000000102" };
                app.sell(format!("{round}-{number}"), card, 1_000)
            })
            .collect();
        let [a, b, c, d, e, f] = sales.as_slice() else { unreachable!("six sales a round") };
        let (a, b, c, d, e, f, (more, end)) =
            tokio::join!(a.send(), b.send(), c.send(), d.send(), e.send(), f.send(), rest(&second, 2, cursor));
        for sale in [a, b, c, d, e, f] {
            sale.ok();
        }
        read.extend(more);
        cursor = end;
    }
    let (more, _) = rest(&first, 0, cursor).await;
    read.extend(more);
    let mut ids: Vec<&str> = read.iter().map(|row| row.id.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    // Each sale earns once.
    assert_eq!((read.len(), ids.len()), (begun + 60, begun + 60));
    second.finish().await;
    first.finish().await;
}
