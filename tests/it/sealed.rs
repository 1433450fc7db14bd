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

on_both! { backend: a_destroyed_key_stands_in_no_file, what_is_written_ahead_is_sealed }
on_both! {
    every_column_is_sealed_or_says_why_not,
    what_is_planted_in_the_files_is_found,
    an_erased_customer_cannot_be_read_any_more,
    who_was_merged_is_erased_with_the_one_who_stays,
    what_is_nobody_s_is_sealed_by_the_database_s_key,
}

/// Columns of texts and bytes that anybody may read who has the file, and why. All others end in `_sealed`.
const OPEN: [(&str, &[&str]); 8] = [
    // Words and numbers of the program.
    (
        "words of the program",
        &[
            "accounts.state",
            "account_changes.state",
            "card_changes.state",
            "cards.before_block",
            "cards.state",
            "cases.kind",
            "cases.subject_kind",
            "confirmation_codes.purpose",
            "confirmation_codes.state",
            "consents.act",
            "consents.channel",
            "consents.purpose",
            "credentials.roles",
            "database_keys.purpose",
            "exchanges.code",
            "exchanges.operation",
            "exchanges.request_id",
            "exchanges.service",
            "fiscal_documents.kind",
            "journal.from_bucket",
            "journal.kind",
            "journal.rule",
            "journal.terms_class",
            "journal.to_bucket",
            "lots.class",
            "lots.state",
            "operations.code",
            "operations.operation",
            "operations.subject_kind",
            "outbox.state",
            "programme_rules.earn_rounding",
            "programme_rules.lifetime_unit",
            "programme_rules.return_policy",
            "receipts.channel",
            "receipts.return_policy",
            "receipts.state",
            "registry_changes.kind",
            "reservations.state",
            "schema_expansions.migration",
            "unfinished_upgrades.step",
        ],
    ),
    // The office's own names: no customer's.
    (
        "names of partners, networks, stores, tills, logins and programmes",
        &[
            "credentials.login",
            "exchanges.login",
            "exchanges.till",
            "networks.code",
            "networks.name",
            "partners.code",
            "partners.name",
            "programmes.code",
            "programmes.name",
            "registry_changes.actor",
            "registry_changes.after",
            "registry_changes.before",
            "registry_changes.subject",
            "stores.code",
            "stores.name",
            "tills.code",
            "tills.name",
        ],
    ),
    (
        "cards' numbers are handed out by the retailer",
        &["cards.kind", "cards.number", "cards.origin", "cards.successor", "exchanges.card"],
    ),
    (
        "goods",
        &[
            "free_return_lines.goods_code",
            "free_return_lines.name",
            "receipt_lines.brand",
            "receipt_lines.gift_of",
            "receipt_lines.goods_code",
            "receipt_lines.goods_group",
            "receipt_lines.name",
        ],
    ),
    (
        "numbers of documents and calls, by which they are found; the contract forbids personal data in them",
        &[
            "exchanges.operation_key",
            "fiscal_documents.fiscal_fd",
            "fiscal_documents.fiscal_fn",
            "free_returns.fiscal_fd",
            "free_returns.fiscal_fn",
            "free_returns.fiscal_fp",
            "free_returns.number",
            "free_returns.shift",
            "operations.operation_key",
            "outbox.provider_id",
            "receipts.fiscal_fd",
            "receipts.fiscal_fn",
            "receipts.fiscal_fp",
            "receipts.number",
            "receipts.operation_key",
            "receipts.shift",
            "reservations.receipt_number",
            "reservations.receipt_shift",
            "returns.fiscal_fd",
            "returns.fiscal_fn",
            "returns.fiscal_fp",
            "returns.number",
            "returns.shift",
        ],
    ),
    (
        "keyed digests, and digests over sealed bytes",
        &[
            "accounts.head",
            "chronicle.facts",
            "chronicle.hash",
            "chronicle_lanes.hash",
            "chronicle_lanes.mac",
            "chronicle_seals.heads",
            "chronicle_seals.mac",
            "chronicle_seals.root",
            "confirmation_codes.digest",
            "confirmation_codes.phone_index",
            "consents.text_hash",
            "credentials.password_hash",
            "customers.phone_index",
            "database_keys.master",
            "journal.hash",
            "journal_seal_heads.head",
            "journal_seals.root",
            "key_escrows.master",
            "operations.request_digest",
            "registry_changes.hash",
        ],
    ),
    (
        "sealed, and named before the rule of names",
        &[
            "exchange_pages.body",
            "exchange_pages.names",
            "exchanges.answer",
            "exchanges.request",
            "operations.answer",
            "unsealed_words.source",
            "unsealed_words.words",
        ],
    ),
    ("kept on purpose: of a person, and needed to choose by", &["customers.sex", "outbox.error"]),
];

/// A new column is sealed or is told about here.
async fn every_column_is_sealed_or_says_why_not(app: &App) {
    let mut db = Opened::open(&app.config).unwrap().writer().unwrap();
    let declared: Vec<&str> = OPEN.iter().flat_map(|(_, columns)| columns.iter().copied()).collect();
    let open: BTreeSet<&str> = declared.iter().copied().collect();
    assert_eq!(open.len(), declared.len(), "a column is declared twice");
    let columns = raw::columns(&mut db);
    let named: BTreeSet<&str> = columns.iter().map(String::as_str).collect();
    let undeclared: Vec<_> = named.iter().filter(|name| !name.ends_with("_sealed") && !open.contains(*name)).collect();
    assert_eq!(undeclared, [&""; 0], "columns that are neither sealed nor declared open");
    assert_eq!(open.difference(&named).collect::<Vec<_>>(), [&""; 0], "declared, and not there");
}

/// PostgreSQL's log of changes, of which archives and standbys live, holds no more than its tables.
async fn what_is_written_ahead_is_sealed(backend: Backend) {
    let app = App::start(backend).await;
    let questionnaire =
        message!(pos::Questionnaire {
            surname: "Ветродуева", name: "Евстолия", email: "vetro@example.com"
        });
    app.pos(message!(pos::SaveQuestionnaire { identifier: "7000000101", questionnaire })).await.ok();
    let personal: BTreeSet<String> = ["Ветродуева", "Евстолия", "vetro@example.com"].map(str::to_owned).into();
    if backend == Backend::Postgres {
        let mut db = Opened::open(&app.config).unwrap().writer().unwrap();
        assert_eq!(raw::written_ahead(&personal), BTreeSet::new());
        // The control: it would be found.
        run(&mut db, "UPDATE networks SET name = 'Евстолия'");
        assert_eq!(raw::written_ahead(&personal), one("Евстолия"));
        run(&mut db, "UPDATE networks SET name = 'Сеть'");
    }
    drop(app);
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
