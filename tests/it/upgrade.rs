//! From an older schema to this one: nothing is lost, and the journal that was written before is chained.

use kopilka::{app::Opened, domain::moment::Span, store::upgrade::upgrade};

use crate::support::{App, Backend};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_older_sqlite_is_chained() {
    an_older_journal_is_chained_and_in_order(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_older_postgres_is_chained() {
    an_older_journal_is_chained_and_in_order(Backend::Postgres).await;
}

async fn an_older_journal_is_chained_and_in_order(backend: Backend) {
    let mut app = App::start(backend).await;
    for number in 1..=3 {
        app.sell(&format!("A-{number}"), "7000000101", 700).await.ok();
    }
    // A hold that lapses while its lots lapse gives a lot other dates than it began with.
    app.reserve("hold", "7000000101", 900, "100").await.ok();
    app.advance(Span::days(400));
    app.sell("A-4", "7000000101", 300).await.ok();
    app.gateway.take().unwrap().stop().await.unwrap();
    let before = app.verify();
    assert_eq!(before.findings, []);

    let mut db = Opened::open(&app.config).unwrap().writer().unwrap();
    db.revert_last_migration().unwrap();
    // Programs before the chain wrote down when they had begun, which could be before the entry that they then followed.
    let late = "UPDATE journal SET recorded_at = recorded_at - 1000 WHERE seq = 3";
    assert!(crate::books::run(&mut db, late) >= 1);
    let mut chained = 0;
    assert_eq!(upgrade(&mut db, |accounts| chained = accounts).unwrap(), 1);
    assert!(chained >= 1);
    assert_eq!(upgrade(&mut db, |_| panic!("there is nothing left to do")).unwrap(), 0);
    drop(db);

    let after = app.verify();
    assert_eq!(after.findings, []);
    assert_eq!((after.accounts, after.entries), (before.accounts, before.entries));
    app.restart_stopped().await;
    app.sell("A-5", "7000000101", 300).await.ok();
    app.finish().await;
}
