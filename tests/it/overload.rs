//! Too much at once is refused early and queued no further; what was refused can be sent again (P5, P8).

use crate::support::{App, Backend, Folder, config, database};

async fn refused_early(backend: Backend) {
    let folder = Folder::new();
    let mut config = config(&database(backend, &folder), &folder);
    config.database.write_queue_commands_max = 1;
    config.database.batch_commands_max = 1;
    config.database.writer_threads = 1;
    let app = App::start_with(config, folder).await;
    let context = app.context("KEY");
    let sale = |number: usize| {
        let receipt = app.receipt(&number.to_string(), "7000000101", 1_000);
        format!(
            "{}{receipt}<reservationId></reservationId><pointsToSpend>0</pointsToSpend>",
            context.replace("KEY", &format!("k{number}"))
        )
    };
    let mut wanted: Vec<usize> = (0..48).collect();
    let (mut refused_ever, mut rounds) = (0, 0);
    while !wanted.is_empty() {
        rounds += 1;
        assert!(rounds < 200, "{} of 48 sales are refused for ever", wanted.len());
        let sent: Vec<_> = wanted
            .iter()
            .map(|number| {
                let (client, arguments, number) = (app.client("demo"), sale(*number), *number);
                tokio::spawn(async move { (number, client.pos("RegisterReceipt", &arguments).await) })
            })
            .collect();
        wanted.clear();
        for reply in sent {
            let (number, reply) = reply.await.unwrap();
            if reply.status == 503 {
                reply.fault(503, "OVERLOADED");
                refused_ever += 1;
                wanted.push(number);
            } else {
                reply.ok();
            }
        }
    }
    assert!(refused_ever > 0, "a queue of one never was full");
    assert_eq!(app.balance("7000000101").await.ok().get("available"), "980.00");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_queue_is_refused_early_on_sqlite() {
    refused_early(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_queue_is_refused_early_on_postgres() {
    refused_early(Backend::Postgres).await;
}
