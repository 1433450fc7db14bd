//! What a call reads does not depend on how much was written before it: by PostgreSQL's own counts of rows read. Its
//! planner goes by what it knows of a table, and of a young one it knows nothing: this is a database that nobody has
//! analysed yet.

use std::time::Duration;

use crate::{
    books::{number, open},
    support::{
        App, Backend,
        messages::{Receipt as _, message, pos},
    },
};

/// How many customers share the operations, so that none has many.
const CUSTOMERS: usize = 40;
/// Rounds that are looked at, and those between.
const LOOKED_AT: usize = 20;
const BETWEEN: usize = 200;
/// How much more the later rounds may read, in percent: entries of rows that were changed stay in an index for a while.
const MORE_PERCENT: i64 = 50;

/// The tables with what was read of them, by whatever index or none.
const READ: &str = "SELECT (coalesce(sum(seq_tup_read), 0) + coalesce(sum(idx), 0))::bigint AS number \
    FROM pg_stat_user_tables t LEFT JOIN \
    (SELECT relid, sum(idx_tup_read) AS idx FROM pg_stat_user_indexes GROUP BY relid) i USING (relid) \
    WHERE t.relname = ";
const TABLES: [&str; 10] = [
    "accounts",
    "cards",
    "customers",
    "lots",
    "operations",
    "receipt_lines",
    "receipts",
    "reservation_lots",
    "reservations",
    "returns",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_reads_no_more_on_postgres_though_much_was_written() {
    let app = App::start(Backend::Postgres).await;
    app.register_cards("98", "0000", &format!("{:04}", CUSTOMERS - 1)).await.ok();
    for customer in 0..CUSTOMERS {
        app.hand_out(&format!("98{customer:04}"), &phone(customer)).await;
    }
    let mut done = 0;
    let mut rounds = async |count: usize| {
        for _ in 0..count {
            round(&app, done).await;
            done += 1;
        }
        counted(&app, done).await
    };
    let begun = rounds(5).await;
    let early = rounds(LOOKED_AT).await;
    let between = rounds(BETWEEN).await;
    let late = rounds(LOOKED_AT).await;
    for (place, table) in TABLES.iter().enumerate() {
        let (first, last) = (early[place] - begun[place], late[place] - between[place]);
        assert!(first > 0, "{table}: nothing was read, so nothing is shown");
        let most = first * (100 + MORE_PERCENT) / 100;
        assert!(last <= most, "{table}: {first} rows read in {LOOKED_AT} rounds, {last} in as many later ones");
    }
    app.finish().await;
}

fn phone(customer: usize) -> String {
    format!("+791655510{customer:02}")
}

/// A customer, named by phone, looks at the balance, buys with a fiscal document, brings it back, and has points held
/// that are given back.
async fn round(app: &App, round: usize) {
    let phone = phone(round % CUSTOMERS);
    app.balance(&phone).await.ok();
    let fiscal = |kind: &str| {
        let (fd, fp) = (format!("{kind}{round}"), round.to_string());
        Some(message!(pos::Fiscal { drive: "9999078900012345", fd, fp }))
    };
    let receipt = app.receipt(format!("R{round}")).of(&phone).roubles(10_000);
    let sale = app.sale(pos::Receipt { fiscal: fiscal("1"), ..receipt });
    let sold = sale.send().await.ok();
    sale.send().await.ok();
    let hold = app.reserve(format!("hR{round}"), &phone, 10_000, 1).await.ok();
    app.release(hold.get("reservationId")).await.ok();
    let back = app.returned(sold.get("receiptId"), format!("B{round}"));
    app.take_back(pos::ReturnReceipt { fiscal: fiscal("2"), ..back }).await.ok();
}

/// What was read of each table, once the server has counted all that was done so far: it counts when a session has had
/// nothing to do for ten seconds.
async fn counted(app: &App, rounds: usize) -> Vec<i64> {
    let mut db = open(app);
    let written = "SELECT (SELECT n_tup_ins FROM pg_stat_user_tables WHERE relname = 'receipts')::bigint AS number";
    for _ in 0..600 {
        if number(&mut db, written) >= i64::try_from(rounds).unwrap() {
            return TABLES.iter().map(|table| number(&mut db, &format!("{READ}'{table}'"))).collect();
        }
        tokio::time::timeout(Duration::from_millis(50), std::future::pending::<()>()).await.unwrap_err();
    }
    panic!("the server has not counted what was written");
}
