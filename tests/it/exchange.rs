//! The journal of exchanges as the offices list it.

use crate::books::explain::kopilka;
use crate::support::{
    App, Backend, START,
    calls::Call,
    messages::{message, office},
    on_both,
    pages::{OTHER_OFFICE, add_other_office, pages, rows},
    soap::Reply,
    until,
};
use kopilka::{
    access,
    app::Opened,
    domain::{
        moment::{Moment, Span},
        reference::Roles,
    },
    store::{
        admin::{NewTill, add_till},
        db::backend::Purpose,
        questions::SearchBounds,
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
    a_role_that_may_not_list_them_widens_nothing,
    a_call_is_found_however_the_till_wrote_it,
    a_look_is_bounded_and_goes_on_where_it_stopped,
}

on_both! { backend: a_bounded_list_says_how_far_it_looked }

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

/// An auditor or a security officer lists no exchanges, so neither role may show an office more of them.
async fn a_role_that_may_not_list_them_widens_nothing(app: &App) {
    let (opened, mut db) = Opened::with_keys(&app.config).unwrap();
    let both = Roles::AUDITOR.or(Roles::SECURITY);
    for (login, roles) in
        [("mixed", Roles::PARTNER_OFFICE.or(both)), ("audit", both), ("chief", Roles::HEAD_OFFICE.or(both))]
    {
        let new = NewTill {
            partner: "demo".into(),
            store: None,
            till: None,
            login: login.into(),
            password_hash: access::hash_password(login).unwrap(),
            roles,
        };
        add_till(&mut db, &opened.vault, &new, START).unwrap();
    }
    app.balance("7000000101").await.ok();
    app.balance("7000000101").by("other").await.ok();
    app.balance("7000000101").with_password("nobody", "wrong-one").await.fault(401, "UNAUTHENTICATED");
    written(app, 3).await;
    // Not its own calls: they come in between.
    let pos = |reply: &Reply| -> Vec<Option<String>> {
        let mut partners: Vec<_> =
            listed(reply).into_iter().filter(|row| row.service == "pos_1").map(|row| row.partner).collect();
        partners.sort();
        partners
    };
    let all = |login: &str| exchanges(app, office::ExchangeSearch::default()).by(login);
    let given = |partner: &str| Some(partner.to_owned());
    assert_eq!(pos(&all("mixed").await.ok()), [given("demo")]);
    for login in ["office", "chief"] {
        assert_eq!(pos(&all(login).await.ok()), [None, given("demo"), given("other")], "{login}");
    }
    all("audit").await.fault(500, "FORBIDDEN");
}

async fn a_call_is_found_however_the_till_wrote_it(app: &App) {
    // As a card's number it is nobody's datum.
    app.may_be_read(&["9160000109"]);
    let numbers = office::CardNumbers { number: vec!["9160000109".into()] };
    let batch = office::CardBatch { numbers: Some(numbers), phone_like: Some(true), ..Default::default() };
    app.office(office::RegisterCards { batch, ..Default::default() }).await.ok();
    let till_settings = message!(office::Till {
        store: "M1",
        till: "Зал й",
        login: "зал",
        password: "another-one",
        roles: office::TillRoles { role: vec!["till".into()] }
    });
    app.office(message!(office::SaveTill { till_settings })).await.ok();
    // The gateway trims a till's code and an operation key, and joins their letters.
    app.issue("9160000109", "+79165550022").key(" k 1 ").till(" Зал и\u{306}\u{a0}").await.ok();
    app.operation(" k 1 ").await.ok();
    written(app, 4).await;
    let operations = |reply: &Reply| -> Vec<String> {
        let calls = listed(reply).into_iter().filter(|row| row.service == "pos_1");
        calls.filter_map(|row| row.operation).collect()
    };
    let of_till = |reply: &Reply| listed(reply).into_iter().find(|row| row.service == "pos_1").unwrap();
    for till in ["Зал й", " Зал и\u{306} "] {
        let found = exchanges(app, message!(office::ExchangeSearch { till })).await.ok();
        assert_eq!(operations(&found), ["IssueCard"], "{till:?}: {}", found.body);
        assert_eq!(of_till(&found).till.as_deref(), Some("Зал й"));
        let (code, told) = kopilka(app, &["exchange", "show", "--till", till]);
        assert!(code == 0 && told.contains("IssueCard"), "{till:?}: {told}");
    }
    let mut by_key = operations(&of_key(app, " k 1 ").await.ok());
    by_key.sort();
    assert_eq!(by_key, ["GetOperation", "IssueCard"]);
    assert_eq!(operations(&of_key(app, "k 1").await.ok()).len(), 2, "that is the same key");
    assert_eq!(operations(&of_key(app, "k  1").await.ok()), [""; 0], "and that is another one");
    let (code, told) = kopilka(app, &["exchange", "show", "--operation-key", " k 1 "]);
    assert!(code == 0 && told.contains("IssueCard"), "{told}");
    // A card that can be a phone is masked as one, wherever it stands.
    for card_number in ["9160000109", "916 000-01-09"] {
        let found = exchanges(app, message!(office::ExchangeSearch { card_number })).await.ok();
        assert_eq!(operations(&found), ["IssueCard"], "{card_number}: {}", found.body);
        assert_eq!(of_till(&found).card_number.as_deref(), Some("+7 916 ***-**-09"));
        assert!(!found.body.contains("9160000109"), "{}", found.body);
        let (code, told) = kopilka(app, &["exchange", "show", "--card", card_number]);
        assert!(code == 0 && told.contains("IssueCard") && !told.contains("9160000109"), "{told}");
    }
    let other = exchanges(app, message!(office::ExchangeSearch { card_number: "9160000108" })).await.ok();
    assert_eq!(operations(&other), [""; 0]);
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

/// Keeps 2000 exchanges from two days ago, one a millisecond; answers when the first was. They are of two gateways, each
/// with pages of 50 that overlap those of the other.
fn keep(app: &App) -> i64 {
    let (opened, mut db) = Opened::with_keys(&app.config).unwrap();
    let begun = START.before(Span::days(2)).0;
    for page in 0..20 {
        for odd in 0..2 {
            let mut draft = Draft::default();
            (page * 100..(page + 1) * 100).filter(|at| at % 2 == odd).for_each(|at| draft.push(&kept(begun + at)));
            let id = db.transaction(Purpose::Write, |db| reference::take_ids(db, 1)).unwrap();
            Tail::default().save(&mut db, &opened.vault, vec![(id, draft)]).unwrap();
        }
    }
    begun
}

async fn a_bounded_list_says_how_far_it_looked(backend: Backend) {
    let mut app = App::start(backend).await;
    keep(&app);
    let list = |app: &App, card_number: &str, rows_max: i32, cursor: &str| {
        let search = message!(office::ExchangeSearch { to: "2026-11-20T00:00:00", card_number });
        app.office(message!(office::ListExchanges { search, rows_max, cursor }))
    };
    let whole = rows(&pages(|cursor| list(&app, "703", 500, cursor)).await, "requestId");
    assert_eq!(whole.len(), 200);
    let bounds = [
        SearchBounds { filters_max: 3, ..SearchBounds::default() },
        SearchBounds { bytes_max: 4_000, ..SearchBounds::default() },
    ];
    for bounds in bounds {
        app.search = bounds;
        app.restart().await;
        for rows_max in [0, 17] {
            let paged = pages(|cursor| list(&app, "703", rows_max, cursor)).await;
            assert_eq!(rows(&paged, "requestId"), whole, "{bounds:?}, {rows_max} rows");
            let (last, before) = paged.split_last().unwrap();
            assert_eq!((last.find("lookedBackTo"), last.get("message")), (None, "Выполнено."));
            let stopped: Vec<&Reply> = before.iter().filter(|page| page.find("lookedBackTo").is_some()).collect();
            assert!(!stopped.is_empty(), "{bounds:?}: it did not stop");
            for page in &stopped {
                let at: chrono::NaiveDateTime = page.get("lookedBackTo").parse().unwrap();
                let at = at.format("%d.%m.%Y %H:%M:%S");
                let said = format!("Журнал просмотрен только до {at}. Листайте дальше, чтобы искать раньше.");
                assert_eq!(page.get("message"), said);
            }
            // A page that is full ends at its last row, not where the search looked to.
            let full = before.iter().filter(|page| page.find("lookedBackTo").is_none());
            assert!(full.into_iter().all(|page| i32::try_from(listed(page).len()) == Ok(rows_max)));
        }
    }
    // What is nowhere is looked for to the end too.
    let none = pages(|cursor| list(&app, "7999999999", 0, cursor)).await;
    assert_eq!(rows(&none, "requestId").len(), 0);
    app.finish().await;
}

async fn a_look_is_bounded_and_goes_on_where_it_stopped(app: &App) {
    let begun = keep(app);
    let (opened, mut db) = Opened::with_keys(&app.config).unwrap();
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
