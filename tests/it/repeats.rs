//! The same request again: the same bytes, one effect; another body under the same key: a refusal (invariants 14–16).

use crate::support::{
    App, Backend, Folder, config, database,
    messages::{message, pos},
    on_both,
};

on_both! {
    the_same_request_gets_the_same_bytes,
    eight_at_once_are_one,
    another_body_under_the_same_key_is_refused,
    the_same_request_in_another_spelling_is_the_same,
    a_refusal_is_sticky,
}
on_both! { backend: answers_outlive_the_process }

async fn the_same_request_gets_the_same_bytes(app: &App) {
    let first = app.sell("1", "7000000101", 1_000).await.ok();
    for _ in 0..3 {
        assert_eq!(app.sell("1", "7000000101", 1_000).await, first);
    }
    assert_eq!(app.balance("7000000101").await.get("available"), "510.00");
}

async fn eight_at_once_are_one(app: &App) {
    let sale = app.sell("1", "7000000101", 1_000);
    let mut replies = Vec::new();
    for reply in futures((0..8).map(|_| sale.send()).collect()).await {
        replies.push(reply.ok());
    }
    assert!(replies.windows(2).all(|pair| pair[0] == pair[1]));
    assert_eq!(app.balance("7000000101").await.get("available"), "510.00");
}

async fn another_body_under_the_same_key_is_refused(app: &App) {
    app.sell("1", "7000000101", 1_000).await.ok();
    app.sell("1", "7000000101", 2_000).await.refused("OPERATION_KEY_REUSED");
    let block = app.pos(message!(pos::BlockCard { card_number: "7000000101", reason: "утеря" }));
    block.key("sell-1").await.refused("OPERATION_KEY_REUSED");
    assert_eq!(app.balance("7000000101").await.get("available"), "510.00");
}

async fn the_same_request_in_another_spelling_is_the_same(app: &App) {
    let block = app.pos(message!(pos::BlockCard { card_number: "7000000101", reason: "утеря & кража" }));
    let first = block.send().await.ok();
    let plain = block.xml();
    assert!(plain.contains("<cardNumber>") && plain.contains("утеря &amp; кража"), "{plain}");
    let spelt = plain.replace("утеря &amp; кража", "<!-- так --><![CDATA[утеря & ]]>кража");
    let spelt = format!("\n  {}", spelt.replace("<cardNumber>", "\n\t<cardNumber>"));
    assert_eq!(app.client("demo").pos("BlockCard", &spelt).await, first);
}

async fn a_refusal_is_sticky(app: &App) {
    let refused = app.reserve("h", "7000000101", 5_000, 501).await.refused("POINTS_NOT_ENOUGH");
    app.sell("1", "7000000101", 10_000).await.ok();
    assert_eq!(app.reserve("h", "7000000101", 5_000, 501).await, refused);
    app.reserve("h2", "7000000101", 5_000, 501).await.ok();
}

/// Waits for all of them, side by side.
pub async fn futures<T>(list: Vec<impl Future<Output = T>>) -> Vec<T> {
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
