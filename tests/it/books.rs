//! What the journal can answer for: whatever is changed behind the program's back is found and named, and only that;
//! its daily seals; and none of this disturbs the tills or is disturbed by them.

mod backup;
pub mod explain;
mod forger;
mod plants;
mod references;
mod replay;
pub mod reports;
mod seals;
mod tampering;

use diesel::{QueryableByName, RunQueryDsl, sql_types};

use crate::support::{App, messages::Receipt as _};
use kopilka::{
    access::Login,
    app::Opened,
    domain::{
        moment::{GivenTime, Span},
        phone::Identifier,
    },
    service::{context::OfficeContext, customer::MergeCustomers},
    store::{
        books::{
            seal::seal,
            verify::{Report, verify},
        },
        db::backend::Db,
        tables::seal::SealRow,
    },
    working_set::command::job,
};

/// A connection behind the gateway's back.
pub fn open(app: &App) -> Db {
    Opened::open(&app.config).unwrap().writer().unwrap()
}

/// Runs a statement; answers how many rows it changed.
#[track_caller]
pub fn run(db: &mut Db, sql: &str) -> usize {
    let changed = match db {
        Db::Sqlite(c) => diesel::sql_query(sql).execute(&mut **c),
        Db::Postgres(c) => diesel::sql_query(sql).execute(&mut **c),
    };
    changed.unwrap_or_else(|error| panic!("{sql}: {error}"))
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = sql_types::BigInt)]
    number: i64,
}

/// Asks for one figure, as `number`.
#[track_caller]
pub fn number(db: &mut Db, sql: &str) -> i64 {
    let rows: Vec<Number> = match db {
        Db::Sqlite(c) => diesel::sql_query(sql).load(&mut **c),
        Db::Postgres(c) => diesel::sql_query(sql).load(&mut **c),
    }
    .unwrap_or_else(|error| panic!("{sql}: {error}"));
    rows.first().unwrap_or_else(|| panic!("{sql}: no row")).number
}

/// The account of a card.
pub fn account(db: &mut Db, card: &str) -> i64 {
    number(db, &format!("SELECT account_id AS number FROM cards WHERE number = '{card}'"))
}

pub fn check(db: &mut Db) -> Report {
    verify(db, |_| {}).unwrap()
}

/// Seals every day that is over.
pub fn seal_now(db: &mut Db, app: &App) -> Vec<SealRow> {
    let mut made = Vec::new();
    seal(db, app.clock.now(), &|| false, &mut |seal| made.push(seal.clone())).unwrap();
    made
}

/// A hold that is captured in part, a sale that is returned in part, a sale that is cancelled, a hold that stands; and
/// the day is over and sealed, and more is sold.
pub async fn live_through_a_day(app: &App) {
    for (card, phone) in [("7000000101", "+79160000101"), ("7000000102", "+79160000102")] {
        let hold = app.hold(&format!("h-{card}"), card, 300, (phone, 0)).await;
        let receipt = app.receipt(format!("A-{card}")).of(card).roubles(900);
        app.sale_for_points(receipt, &hold, 200).await.ok();
        app.sell(format!("B-{card}"), card, 1_000).await.ok();
        let sold = app.sell(format!("C-{card}"), card, 2_000).await.ok();
        app.cancel_receipt(sold.get("receiptId")).await.ok();
    }
    app.advance(Span::days(1));
    assert_eq!(seal_now(&mut open(app), app).len(), 1);
    for card in ["7000000101", "7000000102"] {
        app.sell(format!("D-{card}"), card, 500).await.ok();
        app.reserve(format!("k-{card}"), card, 400, 100).await.ok();
    }
}

/// Makes one customer of two: the first identifier's ends.
pub async fn merge(app: &App, from: &str, into: &str) {
    let dispatcher = app.gateway().dispatcher();
    let login = Login { name: "office".into(), password: kopilka::secret::Secret::new("office") };
    let actor = dispatcher.admit(&login, std::net::IpAddr::from([127, 0, 0, 1])).await.unwrap();
    let occurred_at = GivenTime { local: app.clock.now().local(0), utc_offset_minutes: Some(0) };
    let command = MergeCustomers {
        context: OfficeContext { actor: actor.clone(), employee: None, occurred_at },
        identifier: Identifier::parse(from).unwrap(),
        into: Identifier::parse(into).unwrap(),
        reason: "Один и тот же клиент".into(),
    };
    let job = job(Ok(command), |_| Some(String::from("<m:return/>")));
    let key = format!("merge-{from}-{into}");
    let answer = dispatcher.write(job, &actor, "MergeCustomers", key.clone(), &key).await.unwrap();
    assert_eq!(answer.code, "OK", "{from} into {into}");
}
