//! The same request again: the same bytes, one effect; another body under the same key: a refusal (invariants 14–16).

use crate::support::{App, Backend, Folder, config, database, on_both};

on_both! {
    async fn the_same_request_gets_the_same_bytes(app: &App) {
        let first = app.sell("1", "7000000101", 1_000).await.ok();
        for _ in 0..3 {
            assert_eq!(app.sell("1", "7000000101", 1_000).await, first);
        }
        assert_eq!(app.balance("7000000101").await.get("available"), "510.00");
    }

    async fn eight_at_once_are_one(app: &App) {
        let sales: Vec<_> = (0..8).map(|_| app.sell("1", "7000000101", 1_000)).collect();
        let mut replies = Vec::new();
        for sale in futures(sales).await {
            replies.push(sale.ok());
        }
        assert!(replies.windows(2).all(|pair| pair[0] == pair[1]));
        assert_eq!(app.balance("7000000101").await.get("available"), "510.00");
    }

    async fn another_body_under_the_same_key_is_refused(app: &App) {
        app.sell("1", "7000000101", 1_000).await.ok();
        let other = app.receipt("1", "7000000101", 2_000);
        let arguments = format!("{}{other}<reservationId></reservationId><pointsToSpend>0</pointsToSpend>", app.context("sell-1"));
        app.call("RegisterReceipt", &arguments).await.refused("OPERATION_KEY_REUSED");
        let block = format!("{}<cardNumber>7000000101</cardNumber><reason>утеря</reason>", app.context("sell-1"));
        app.call("BlockCard", &block).await.refused("OPERATION_KEY_REUSED");
        assert_eq!(app.balance("7000000101").await.get("available"), "510.00");
    }

    async fn the_same_request_in_another_spelling_is_the_same(app: &App) {
        let plain = format!("{}<cardNumber>7000000101</cardNumber><reason>утеря &amp; кража</reason>", app.context("b"));
        let first = app.call("BlockCard", &plain).await.ok();
        let spelt = plain.replace("утеря &amp; кража", "<!-- так --><![CDATA[утеря & ]]>кража");
        let spelt = format!("\n  {}", spelt.replace("<cardNumber>", "\n\t<cardNumber>"));
        assert_eq!(app.call("BlockCard", &spelt).await, first);
    }

    async fn a_refusal_is_sticky(app: &App) {
        let refused = app.reserve("h", "7000000101", 5_000, "501").await.refused("POINTS_NOT_ENOUGH");
        app.sell("1", "7000000101", 10_000).await.ok();
        assert_eq!(app.reserve("h", "7000000101", 5_000, "501").await, refused);
        app.reserve("h2", "7000000101", 5_000, "501").await.ok();
    }

    async fn a_wrong_code_costs_one_try_however_often_it_is_sent(app: &App) {
        let id = app.reserve("h", "7000000101", 100, "10").await.ok().get("reservationId").to_owned();
        let code = app.phone.code("+79160000101", 0).await;
        let wrong = if code == "111111" { "222222" } else { "111111" };
        for _ in 0..5 {
            let refused = app.confirm("c1", &id, wrong).await.refused("CODE_WRONG");
            assert!(refused.get("message").contains("Осталось попыток: 2"));
        }
        app.confirm("c2", &id, &code).await.ok();
    }

    async fn a_lost_answer_is_found(app: &App) {
        let sold = app.sell("1", "7000000101", 1_000).await.ok();
        let found = app.call("GetOperation", "<operationKey>sell-1</operationKey>").await.ok();
        assert_eq!((found.get("found"), found.get("operation")), ("true", "RegisterReceipt"));
        let answer = found.get("answer").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
        assert!(sold.body.contains(&answer), "{answer}");
        assert_eq!(app.call("GetOperation", "<operationKey>никогда</operationKey>").await.ok().get("found"), "false");
    }
}

async fn futures<T>(list: Vec<impl Future<Output = T>>) -> Vec<T> {
    let mut pinned: Vec<_> = list.into_iter().map(Box::pin).collect();
    let mut done: Vec<Option<T>> = pinned.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        for (future, slot) in pinned.iter_mut().zip(&mut done) {
            if slot.is_none()
                && let std::task::Poll::Ready(value) = future.as_mut().poll(context)
            {
                *slot = Some(value);
            }
        }
        if done.iter().all(Option::is_some) { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    done.into_iter().flatten().collect()
}

async fn answers_outlive_the_process(backend: Backend) {
    let folder = Folder::new();
    let config = config(&database(backend, &folder), &folder);
    let mut app = App::start_with(config, folder).await;
    let first = app.sell("1", "7000000101", 1_000).await.ok();
    app.restart().await;
    assert_eq!(app.sell("1", "7000000101", 1_000).await, first);
    assert_eq!(app.balance("7000000101").await.get("available"), "510.00");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_outlive_the_process_on_sqlite() {
    answers_outlive_the_process(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_outlive_the_process_on_postgres() {
    answers_outlive_the_process(Backend::Postgres).await;
}
