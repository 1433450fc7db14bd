//! Sealed at rest: what says something of a person can be read with the keys alone, and not at all once the person's own key is
//! destroyed. `golden.rs` reads the files after every operation's exchanges; here are the rest, and the control.

use std::collections::BTreeSet;

use crate::{
    books::{number, run},
    support::{
        App, Backend,
        messages::{Receipt as _, message, office, pos},
        on_both, raw,
    },
};
use kopilka::store::erasure::erase as erase_customer;
use kopilka::{
    app::Opened,
    domain::ids::CustomerId,
    store::{
        db::{
            backend::{Db, Purpose},
            compress,
        },
        tables::customer_key,
    },
};

on_both! { backend: a_destroyed_key_stands_in_no_file }
on_both! {
    what_is_planted_in_the_files_is_found,
    an_erased_customer_cannot_be_read_any_more,
    who_was_merged_is_erased_with_the_one_who_stays,
    what_is_nobody_s_is_sealed_by_the_database_s_key,
}

fn one(datum: &str) -> BTreeSet<String> {
    BTreeSet::from([datum.to_owned()])
}

/// The control: the search can find.
async fn what_is_planted_in_the_files_is_found(app: &App) {
    let mut db = Opened::open(&app.config).unwrap().writer().unwrap();
    assert_eq!(raw::found(app, &one("Невидимкина")), BTreeSet::new());
    run(&mut db, "UPDATE partners SET name = 'Невидимкина Анна' WHERE code = 'other'");
    assert!(!raw::found(app, &one("Невидимкина")).is_empty(), "what stands in a text");
    // Packed, a text that repeats itself stands nowhere as it is.
    let name = "Тайнова-Неразгаданная ".repeat(3);
    let packed = compress::pack(name.repeat(9).as_bytes());
    let literal: String = packed.iter().map(|byte| format!("{byte:02x}")).collect();
    let literal = if matches!(db, Db::Sqlite(_)) { format!("x'{literal}'") } else { format!("'\\x{literal}'::bytea") };
    run(&mut db, &format!("INSERT INTO key_escrows (master, made_at) VALUES ({literal}, 1)"));
    let places: Vec<String> = raw::found(app, &one(&name)).into_iter().map(|(_, place)| place).collect();
    assert_eq!(places, ["key_escrows.master"]);
    run(&mut db, "UPDATE partners SET name = 'Другой партнёр' WHERE code = 'other'");
}

fn customer(db: &mut Db, card: &str) -> CustomerId {
    CustomerId(number(db, &format!("SELECT customer_id AS number FROM cards WHERE number = '{card}'")))
}

fn erase(app: &App, card: &str) -> Vec<CustomerId> {
    let (opened, mut db) = Opened::with_keys(&app.config).unwrap();
    let customer = customer(&mut db, card);
    db.transaction(Purpose::Write, |db| erase_customer(db, &opened.vault, customer, app.clock.now())).unwrap()
}

async fn an_erased_customer_cannot_be_read_any_more(app: &App) {
    let questionnaire = message!(pos::Questionnaire { surname: "Иванова", name: "Анна" });
    let form = app.pos(message!(pos::SaveQuestionnaire { identifier: "7000000101", questionnaire }));
    let first = form.send().await.ok();
    let sale = app.sell("1", "7000000101", 1_000);
    sale.send().await.ok();
    let other = app.sell("2", "7000000102", 1_000);
    let kept = other.send().await.ok();
    assert_eq!(form.send().await.ok(), first);

    assert_eq!(erase(app, "7000000101").len(), 1);
    // The first answers were about somebody of whom nothing may be told any more.
    form.send().await.refused("CUSTOMER_ERASED");
    sale.send().await.refused("CUSTOMER_ERASED");
    app.pos(message!(pos::GetOperation { operation_key: "sell-1" })).await.refused("CUSTOMER_ERASED");
    assert_eq!(other.send().await.ok(), kept);
    // Neither by the phone nor by the card.
    app.pos(message!(pos::FindCustomer { identifier: "+79160000101" })).await.refused("CUSTOMER_UNKNOWN");
    app.pos(message!(pos::FindCustomer { identifier: "7000000101" })).await.refused("CUSTOMER_ERASED");
    app.office(message!(office::GetAccount { identifier: "7000000101" })).await.refused("CUSTOMER_ERASED");
    // The ledger stays, under a pseudonym; and whose phone it was may begin anew.
    assert_eq!(app.balance("7000000101").await.ok().get("available"), "510.00");
    let registration = message!(pos::Registration { phone: "+79160000101" });
    app.pos(message!(pos::RegisterCustomer { registration })).await.ok();
}

async fn a_destroyed_key_stands_in_no_file(backend: Backend) {
    let mut app = App::start(backend).await;
    app.sell("1", "7000000101", 1_000).await.ok();
    let mut db = Opened::open(&app.config).unwrap().writer().unwrap();
    let id = customer(&mut db, "7000000101");
    let sealed = customer_key::load(&mut db, &[id.0]).unwrap().remove(0).1;
    assert!(raw::holds(&app, &sealed));
    erase(&app, "7000000101");
    if backend == Backend::Postgres {
        run(&mut db, "VACUUM FULL customer_keys");
    }
    drop(db);
    // An embedded database's log is put in its place.
    app.stop().await;
    assert!(!raw::holds(&app, &sealed));
    app.restart_stopped().await;
    app.finish().await;
}

async fn who_was_merged_is_erased_with_the_one_who_stays(app: &App) {
    let sale = app.sell("1", "7000000101", 1_000);
    sale.send().await.ok();
    let merge = app.office(message!(office::MergeCustomers {
        identifier: "7000000101",
        into_identifier: "7000000102",
        reason: "Обращение Ивановой"
    }));
    let first = merge.send().await.ok();
    assert_eq!(merge.send().await.ok(), first);
    assert_eq!(erase(app, "7000000102").len(), 2);
    merge.send().await.refused("CUSTOMER_ERASED");
    sale.send().await.refused("CUSTOMER_ERASED");
}

async fn what_is_nobody_s_is_sealed_by_the_database_s_key(app: &App) {
    let anonymous = app.receipt("1").roubles(500);
    let sale = app.sale(anonymous);
    let first = sale.send().await.ok();
    erase(app, "7000000101");
    erase(app, "7000000102");
    assert_eq!(sale.send().await.ok(), first);
}
