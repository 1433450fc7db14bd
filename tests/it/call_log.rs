//! The journal of exchanges: a call can be found by request id, key, card and till, and nothing personal is in it.

use crate::{
    books::number,
    support::{
        App, Backend, Folder, START, config, database,
        messages::{message, pos},
        on_both,
    },
};
use kopilka::{
    app::Opened,
    domain::moment::Moment,
    store::{
        db::upgrade::upgrade,
        tables::call_log::{Draft, ExchangeRow, Search, Tail, count, find, forget},
    },
};

on_both! { backend: exchanges_are_kept_and_masked }

fn found(app: &App, search: &Search) -> Vec<ExchangeRow> {
    let (opened, mut db) = Opened::with_keys(&app.config).unwrap();
    find(&mut db, &opened.vault, search, 100).unwrap()
}

async fn exchanges_are_kept_and_masked(backend: Backend) {
    let folder = Folder::new();
    let config = config(&database(backend, &folder), &folder);
    let mut app = App::start_with(config, folder).await;
    app.sell("1", "7000000101", 1_000).await.ok();
    app.balance("8 (916) 000-01-02").await.ok();
    let questionnaire =
        message!(pos::Questionnaire { surname: "Иванова", name: "Анна", birth_date: "1990-05-01" });
    app.pos(message!(pos::SaveQuestionnaire { identifier: "7000000101", questionnaire })).await.ok();
    let hold = app.reserve("h", "7000000101", 100, 10).await.ok().get("reservationId").to_owned();
    let code = app.phone.code("+79160000101", 0).await;
    app.confirm(&hold, &code).await.ok();
    let extra = "<identifier>7000000101</identifier><extra/>";
    let fault = app.client("demo").pos("GetBalance", extra).await.fault(500, "INVALID_REQUEST");
    // The writer ends with the gateway, and everything that waited is written down.
    app.restart().await;
    let by_key = found(&app, &Search { operation_key: Some("sell-1".into()), ..Search::default() });
    assert_eq!(by_key.len(), 1);
    assert_eq!((by_key[0].operation.as_deref(), by_key[0].code.as_str()), (Some("RegisterReceipt"), "OK"));
    assert!(by_key[0].request.as_deref().unwrap().contains("<price>1000</price>"), "{:?}", by_key[0].request);
    assert!(by_key[0].answer.as_deref().unwrap().contains("pointsEarned"));
    let by_till = found(&app, &Search { till: Some("M1-01".into()), ..Search::default() });
    assert_eq!(by_till.len(), 4);
    let by_card = found(&app, &Search { card: Some("7000000101".into()), ..Search::default() });
    assert_eq!(by_card.len(), 3, "the sale, the questionnaire and the hold name the card");
    let by_id = found(&app, &Search { request_id: Some(fault.get("requestId").into()), ..Search::default() });
    assert_eq!((by_id.len(), by_id[0].code.as_str(), by_id[0].http_status), (1, "INVALID_REQUEST", 500));
    let everything = format!("{:?}", found(&app, &Search::default()));
    for secret in ["Иванова", "Анна", "1990-05-01", "000-01-02", "9160000101", "9160000102", code.as_str()] {
        assert!(!everything.contains(secret), "{secret}");
    }
    app.finish().await;
}

fn kept(at: i64) -> ExchangeRow {
    ExchangeRow {
        at,
        request_id: format!("r{at}"),
        service: "pos_1".into(),
        operation: None,
        code: "OK".into(),
        http_status: 200,
        partner_id: Some(1),
        login: None,
        operation_key: (at % 3 == 0).then(|| format!("k{at}")),
        card: Some(format!("70{}", at % 5)),
        till: Some(format!("M{}", at % 2)),
        duration_ms: 1,
        request: None,
        answer: None,
    }
}

fn page(times: impl Iterator<Item = i64>) -> Draft {
    let mut draft = Draft::default();
    times.for_each(|at| draft.push(&kept(at)));
    draft
}

fn pages_are_found_and_forgotten(backend: Backend) {
    let folder = Folder::new();
    let config = config(&database(backend, &folder), &folder);
    let opened = Opened::make(&config).unwrap();
    let mut db = opened.writer().unwrap();
    upgrade(&mut db, &opened.vault, START, |_| {}).unwrap();
    let vault = &opened.vault;
    // Two gateways write pages that overlap in time: one the even moments, one the odd ones.
    let mut tails = [Tail::default(), Tail::default()];
    for step in 0..30 {
        for odd in 0..2 {
            let times = (step * 100..(step + 1) * 100).filter(|at| at % 2 == odd);
            tails[odd as usize].save(&mut db, vault, vec![(step * 2 + odd, page(times))]).unwrap();
        }
    }
    assert_eq!(count(&mut db).unwrap(), 3_000);
    let times = |db: &mut _, search: &Search, max| -> Vec<i64> {
        find(db, vault, search, max).unwrap().iter().map(|row| row.at).collect()
    };
    let till = |till: &str| Search { till: Some(till.into()), ..Search::default() };
    let all = Search::default();
    assert_eq!(times(&mut db, &all, 10_000), (0..3_000).rev().collect::<Vec<_>>());
    assert_eq!(times(&mut db, &all, 10), (2_990..3_000).rev().collect::<Vec<_>>());
    assert_eq!(times(&mut db, &till("M1"), 3), [2_999, 2_997, 2_995]);
    let both = Search { card: Some("703".into()), ..till("M0") };
    assert_eq!(times(&mut db, &both, 2), [2_998, 2_988]);
    assert_eq!(times(&mut db, &both, 10_000).len(), 300);
    let key = Search { operation_key: Some("k999".into()), ..all.clone() };
    assert_eq!(times(&mut db, &key, 10), [999]);
    assert_eq!(times(&mut db, &Search { request_id: Some("r999".into()), ..key.clone() }, 10), [999]);
    assert_eq!(times(&mut db, &Search { request_id: Some("r998".into()), ..key }, 10), [0_i64; 0]);
    assert_eq!(times(&mut db, &till("k999"), 10), [0_i64; 0], "a key is no till");

    // Whole pages go, and nothing that is not old enough.
    let gone = forget(&mut db, Moment(1_500)).unwrap();
    assert!((1..=1_500).contains(&gone), "{gone}");
    let left = times(&mut db, &all, 10_000);
    assert_eq!((left.len() as i64, left[0]), (3_000 - gone, 2_999));
    assert!((1_500..3_000).all(|at| left.contains(&at)));
    assert_eq!(forget(&mut db, Moment(1_500)).unwrap(), 0);
    assert!(forget(&mut db, Moment(9_000)).unwrap() > 0);
    assert_eq!(count(&mut db).unwrap(), 0);
}

#[test]
fn pages_are_found_and_forgotten_on_sqlite() {
    pages_are_found_and_forgotten(Backend::Sqlite);
}

#[test]
fn pages_are_found_and_forgotten_on_postgres() {
    pages_are_found_and_forgotten(Backend::Postgres);
}

#[test]
fn few_exchanges_leave_few_pages() {
    let folder = Folder::new();
    let config = config(&database(Backend::Sqlite, &folder), &folder);
    let opened = Opened::make(&config).unwrap();
    let mut db = opened.writer().unwrap();
    upgrade(&mut db, &opened.vault, START, |_| {}).unwrap();
    let vault = &opened.vault;
    let mut tail = Tail::default();
    for at in 0..2_000 {
        tail.save(&mut db, vault, vec![(at, page(std::iter::once(at)))]).unwrap();
    }
    assert_eq!(count(&mut db).unwrap(), 2_000);
    let pages = number(&mut db, "SELECT count(*) AS number FROM exchange_pages");
    assert!(pages < 15, "{pages}");
    assert_eq!(find(&mut db, vault, &Search::default(), 2_000).unwrap().len(), 2_000);
    // A page that is gone with a failure is not taken up again: the id is taken.
    assert!(tail.save(&mut db, vault, vec![(1_999, page(2_000..2_001))]).is_err());
    tail.save(&mut db, vault, vec![(2_001, page(2_001..2_002))]).unwrap();
    assert_eq!(count(&mut db).unwrap(), 2_001);
    // Long after the last one a page is not joined with it, so that it is forgotten in time.
    let late = 2 * 3_600_000;
    tail.save(&mut db, vault, vec![(2_002, page(late..late + 1))]).unwrap();
    assert_eq!(forget(&mut db, Moment(late)).unwrap(), 2_001);
}
