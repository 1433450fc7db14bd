//! Too much at once is refused early and queued no further; what was refused can be sent again (P5, P8).

use crate::support::{App, Backend, Folder, config, database, on_both};

on_both! { backend: a_full_queue_is_refused_early }

async fn a_full_queue_is_refused_early(backend: Backend) {
    let folder = Folder::new();
    let mut config = config(&database(backend, &folder), &folder);
    config.database.write_queue_commands_max = 1;
    config.database.batch_commands_max = 1;
    config.database.writer_threads = 1;
    let app = App::start_with(config, folder).await;
    let mut wanted: Vec<usize> = (0..48).collect();
    let (mut refused_ever, mut rounds) = (0, 0);
    while !wanted.is_empty() {
        rounds += 1;
        assert!(rounds < 200, "{} of 48 sales are refused for ever", wanted.len());
        let sent: Vec<_> = wanted
            .iter()
            .map(|number| {
                let (sale, number) = (app.sell(number, "7000000101", 1_000), *number);
                tokio::spawn(async move { (number, sale.await) })
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
