//! The journal of exchanges: a call can be found by request id, key, card and till, and nothing personal is in it.

use kopilka::{
    app::Opened,
    store::tables::exchange::{ExchangeRow, Search, find},
};

use crate::support::{App, Backend, Folder, config, database};

fn found(app: &App, search: &Search) -> Vec<ExchangeRow> {
    let mut db = Opened::open(&app.config).unwrap().writer().unwrap();
    find(&mut db, search, 100).unwrap()
}

async fn kept_and_masked(backend: Backend) {
    let folder = Folder::new();
    let config = config(&database(backend, &folder), &folder);
    let mut app = App::start_with(config, folder).await;
    app.sell("1", "7000000101", 1_000).await.ok();
    app.balance("8 (916) 000-01-02").await.ok();
    let form =
        "<questionnaire><surname>Иванова</surname><name>Анна</name><birthDate>1990-05-01</birthDate></questionnaire>";
    let arguments = format!("{}<identifier>7000000101</identifier>{form}", app.context("анкета"));
    app.call("SaveQuestionnaire", &arguments).await.ok();
    let id = app.reserve("h", "7000000101", 100, "10").await.ok().get("reservationId").to_owned();
    let code = app.phone.code("+79160000101", 0).await;
    app.confirm("c", &id, &code).await.ok();
    let fault =
        app.call("GetBalance", "<identifier>7000000101</identifier><extra/>").await.fault(500, "INVALID_REQUEST");
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn exchanges_are_kept_and_masked_on_sqlite() {
    kept_and_masked(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn exchanges_are_kept_and_masked_on_postgres() {
    kept_and_masked(Backend::Postgres).await;
}
