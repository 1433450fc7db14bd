//! The journal of exchanges as the offices list it.

use crate::support::{
    App, START,
    calls::Call,
    messages::{message, office},
    on_both,
    pages::{OTHER_OFFICE, add_other_office, pages, rows},
    soap::Reply,
    until,
};
use kopilka::{
    app::Opened,
    domain::moment::{Moment, Span},
    store::{
        db::backend::Purpose,
        tables::{
            call_log::{Bounds, Draft, ExchangeRow, Search, Tail, Whose, count, look},
            reference,
        },
    },
    working_set::questions::exchange::Spot,
};

/// The id of a partner that the demo's programme does not have.
const NO_PARTNER: i64 = 9_999_999_999;

on_both! {
    what_was_asked_and_answered_is_found_and_masked,
    an_office_sees_its_own_partner_s_calls,
    a_look_is_bounded_and_goes_on_where_it_stopped,
}

fn exchanges(app: &App, search: office::ExchangeSearch) -> Call {
    app.office(message!(office::ListExchanges { search }))
}

fn of_key(app: &App, operation_key: &str) -> Call {
    exchanges(app, message!(office::ExchangeSearch { operation_key }))
}

fn listed(reply: &Reply) -> Vec<office::ExchangeRow> {
    if reply.body.contains("<m:exchanges/>") {
        return Vec::new();
    }
    reply.read::<office::ExchangeRows>("exchanges").exchange
}

/// Waits until the journal has so many exchanges: it is written beside the calls.
async fn written(app: &App, exchanges: i64) {
    let mut db = Opened::open(&app.config).unwrap().writer().unwrap();
    until("the journal", || (count(&mut db).unwrap() >= exchanges).then_some(())).await;
}

async fn what_was_asked_and_answered_is_found_and_masked(app: &App) {
    app.sell("1", "7000000101", 1_000).await.ok();
    app.advance(Span::minutes(1));
    let unknown = app.balance("7999999999").await.refused("CARD_UNKNOWN");
    app.advance(Span::minutes(1));
    app.balance("8 (916) 000-01-02").await.ok();
    let fault = app.client("demo").pos("GetBalance", "<identifier>7000000101</identifier><extra/>").await;
    let request_id = fault.fault(500, "INVALID_REQUEST").get("requestId").to_owned();
    written(app, 4).await;
    let found = of_key(app, "sell-1").await.ok();
    let sale = &listed(&found)[0];
    assert_eq!(
        (sale.operation.as_deref(), sale.outcome.as_str(), sale.status, sale.service.as_str()),
        (Some("RegisterReceipt"), "OK", 200, "pos_1")
    );
    assert_eq!((sale.login.as_deref(), sale.partner.as_deref()), (Some("demo"), Some("demo")));
    assert_eq!((sale.till.as_deref(), sale.card_number.as_deref()), (Some("M1-01"), Some("7000000101")));
    assert!(sale.request.as_deref().unwrap().contains("price>1000"), "{sale:?}");
    assert!(sale.answer.as_deref().unwrap().contains("pointsEarned"), "{sale:?}");
    assert!(!found.body.contains("Петрова"), "{}", found.body);
    assert_eq!((found.get("keptDays"), found.find("nextCursor"), found.find("lookedBackTo")), ("7", None, None));
    let by_id = exchanges(app, message!(office::ExchangeSearch { request_id: &request_id })).await.ok();
    assert_eq!((listed(&by_id)[0].outcome.as_str(), listed(&by_id)[0].status), ("INVALID_REQUEST", 500));
    let by_card = exchanges(app, message!(office::ExchangeSearch { card_number: "7999999999" })).await.ok();
    assert_eq!(listed(&by_card)[0].outcome, unknown.code());
    let times = |from: &str, to: &str| exchanges(app, message!(office::ExchangeSearch { from, to, till: "M1-01" }));
    assert_eq!(listed(&times("2026-11-21T12:00:00", "2026-11-21T12:00:01").await.ok()).len(), 1);
    assert_eq!(listed(&times("2026-11-21T12:00:01", "2026-11-21T13:00:00").await.ok()).len(), 0);
    times("2026-11-21T12:00:01", "2026-11-21T12:00:00").await.refused("PERIOD_INVALID");
    let phone = exchanges(app, message!(office::ExchangeSearch { from: "2026-11-21T12:02:00" })).await.ok();
    assert!(phone.body.contains("+7 916 ***-**-02") && !phone.body.contains("000-01-02"), "{}", phone.body);
    // What was listed is not kept a second time in what the journal says of the list.
    written(app, 8).await;
    let lists = exchanges(app, message!(office::ExchangeSearch { from: "2026-11-21T12:02:00" })).await.ok();
    let of_list = listed(&lists).into_iter().find(|row| row.operation.as_deref() == Some("ListExchanges")).unwrap();
    assert!(!of_list.answer.unwrap().contains("price"), "{}", lists.body);
}

async fn an_office_sees_its_own_partner_s_calls(app: &App) {
    add_other_office(app);
    app.balance("7000000101").await.ok();
    app.balance("7000000101").by("other").await.ok();
    app.balance("7000000101").with_password("kassa", "wrong-one").await.fault(401, "UNAUTHENTICATED");
    written(app, 2).await;
    let all = || exchanges(app, office::ExchangeSearch::default());
    let logins = |reply: &Reply| -> Vec<String> { listed(reply).into_iter().filter_map(|row| row.login).collect() };
    let seen = logins(&all().await.ok());
    assert!(seen.contains(&"demo".into()) && seen.contains(&"other".into()), "{seen:?}");
    let own = all().by(OTHER_OFFICE).await.ok();
    assert!(logins(&own).contains(&"other".into()) && !logins(&own).contains(&"demo".into()), "{}", own.body);
    all().by("kassa").await.fault(500, "FORBIDDEN");
    let first = |login: &str| app.office(message!(office::ListExchanges { rows_max: 1 })).by(login);
    let cursor = first("office").await.ok().get("nextCursor").to_owned();
    app.office(message!(office::ListExchanges { cursor: &cursor })).by(OTHER_OFFICE).await.refused("CURSOR_INVALID");
}

fn kept(at: i64) -> ExchangeRow {
    ExchangeRow {
        at,
        request_id: format!("r{at}"),
        service: "pos_1".into(),
        operation: None,
        code: "OK".into(),
        http_status: 200,
        partner_id: (at % 2 == 0).then_some(NO_PARTNER),
        login: None,
        operation_key: None,
        card: Some(format!("70{}", at % 5)),
        till: None,
        duration_ms: 1,
        request: None,
        answer: None,
    }
}

async fn a_look_is_bounded_and_goes_on_where_it_stopped(app: &App) {
    let (opened, mut db) = Opened::with_keys(&app.config).unwrap();
    // Two gateways, each with pages of 50 that overlap those of the other.
    let begun = START.before(Span::days(2)).0;
    for page in 0..20 {
        for odd in 0..2 {
            let mut draft = Draft::default();
            (page * 100..(page + 1) * 100).filter(|at| at % 2 == odd).for_each(|at| draft.push(&kept(begun + at)));
            let id = db.transaction(Purpose::Write, |db| reference::take_ids(db, 1)).unwrap();
            Tail::default().save(&mut db, &opened.vault, vec![(id, draft)]).unwrap();
        }
    }
    let mut looked = |search: &Search, before: Option<&Spot>, max: usize, bounds: &Bounds| {
        db.transaction(Purpose::Read, |db| look(db, &opened.vault, search, before, max, bounds)).unwrap()
    };
    let search = Search { to: Some(Moment(begun + 2_000)), ..Search::default() };
    // However little one look may read, all is found, once and in order.
    for (filters_max, rows_max) in [(1, 10_000), (3, 10_000), (7, 30), (40, 1)] {
        let bounds = Bounds { filters_max, ..Bounds::NONE };
        let (mut found, mut before, mut looks) = (Vec::new(), None, 0);
        loop {
            let looked = looked(&search, before.as_ref(), rows_max, &bounds);
            looks += 1;
            assert!(looks < 3_000, "it does not come to an end");
            found.extend(looked.rows.iter().map(|row| row.at - begun));
            let last = looked.rows.last().filter(|_| looked.rows.len() >= rows_max);
            before = match (last, looked.stopped) {
                (Some(last), _) => Some(Spot { at: last.at, request_id: Some(last.request_id.clone()) }),
                (None, Some(stopped)) => Some(Spot { at: stopped.0, request_id: None }),
                (None, None) => break,
            };
        }
        assert_eq!(found, (0..2_000).rev().collect::<Vec<_>>(), "{filters_max} filters, {rows_max} rows");
        assert!(looks > 1);
    }
    let bytes = Bounds { bytes_max: 1, ..Bounds::NONE };
    assert!(looked(&search, None, 10_000, &bytes).stopped.is_some());
    // Of a rare card nothing is unpacked but what may have it; of a period nothing is read beside it.
    let period = Search { from: Some(Moment(begun + 500)), to: Some(Moment(begun + 510)), ..search.clone() };
    let few = looked(&period, None, 10_000, &Bounds { filters_max: 6, ..Bounds::NONE });
    assert_eq!((few.rows.len(), few.stopped), (10, None));
    let whose = Whose::Partners { ids: [NO_PARTNER].into(), and_nobody: false };
    let own = looked(&Search { whose, ..period.clone() }, None, 10_000, &Bounds::NONE);
    assert_eq!(own.rows.len(), 5);
    // Over SOAP the pages are the same whatever their size.
    let list = |rows_max: i32, cursor: &str| {
        let search = message!(office::ExchangeSearch { to: "2026-11-20T00:00:00", card_number: "703" });
        app.office(message!(office::ListExchanges { search, rows_max, cursor }))
    };
    let whole = pages(|cursor| list(500, cursor)).await;
    assert_eq!(rows(&whole, "requestId").len(), 200, "those of a partner of another programme are left out");
    let paged = pages(|cursor| list(37, cursor)).await;
    assert_eq!(rows(&paged, "requestId"), rows(&whole, "requestId"));
}
