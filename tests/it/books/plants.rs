//! Corruptions of everything that a balance, a right or an answer rests on: every column of every table that the chains cover, in
//! one row each; rows taken away and added; and what a forger would do by hand. Each is found, and the finding names the row.

use std::{collections::BTreeSet, path::Path};

use diesel::{QueryableByName, RunQueryDsl, connection::SimpleConnection, sql_types};

use super::{account, merge, number};
use crate::support::{
    App, Backend,
    messages::{Receipt as _, message, office, pos},
    on_both,
};
use kopilka::{
    app::Opened,
    domain::moment::Span,
    store::{
        books::{
            chronicle_seal::seal_chronicle,
            seal::{day_text, seal},
            verify::{Finding, KnownRoot, KnownSeal, Outside, verify_against},
        },
        db::backend::Db,
        tables::{chronicle_seal, seal::load_after},
    },
};

on_both! { backend: every_corruption_is_found_and_named, every_table_is_covered_or_said_not_to_be }

/// A table: what a finding calls its rows, and the column that says which.
struct Table {
    name: &'static str,
    words: &'static str,
    id: &'static str,
}

const fn table(name: &'static str, words: &'static str, id: &'static str) -> Table {
    Table { name, words, id }
}

/// Tables that are empty while no upgrade is on its way: a row is found.
const EMPTY: [(&str, &str, &str); 2] = [
    (
        "unfinished_upgrades",
        "INSERT INTO unfinished_upgrades (step) VALUES ('cover')",
        "the step «cover» of unfinished_upgrades",
    ),
    (
        "unsealed_words",
        "INSERT INTO unsealed_words (source, row_id, words) VALUES ('consents.evidence', 7, 'x')",
        "unsealed_words has a text for consents.evidence of row 7",
    ),
];

/// What stored answers name and is taken away: the answer is named, with its operation. All else that is found is left out here.
const TAKEN_FROM_ANSWERS: [(&str, &[&str]); 10] = [
    ("DELETE FROM receipts", &["the stored answer to", "(RegisterReceipt) names receipt"]),
    ("DELETE FROM receipts", &["the stored answer to", "(CancelReceipt) names receipt"]),
    ("DELETE FROM returns", &["the stored answer to", "(RegisterReturn) names return"]),
    ("DELETE FROM free_returns", &["the stored answer to", "(RegisterReturnWithoutReceipt) names return"]),
    ("DELETE FROM reservations", &["the stored answer to", "(ReservePoints) names hold"]),
    ("DELETE FROM cards WHERE number = '7000000003'", &["the stored answer to", "(BlockCard) names card 7000000003"]),
    ("DELETE FROM customers", &["the stored answer to", "(GiveConsent) is sealed for customer"]),
    ("DELETE FROM customers", &["the stored answer to", "(IssueCard) is sealed for customer"]),
    ("DELETE FROM accounts", &["the stored answer to", "(FreezeAccount) names account"]),
    ("DELETE FROM partners", &["the stored answer to", "is of a partner that is not there"]),
];

/// Tables of which a finding says the columns that differ.
const REGISTRY: [&str; 7] = ["partners", "networks", "stores", "tills", "credentials", "programmes", "programme_rules"];

/// Tables and columns that nothing covers, as docs/integrity.md declares them.
fn uncovered() -> BTreeSet<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/integrity.md");
    let text = std::fs::read_to_string(path).unwrap();
    let (_, rest) = text.split_once("## What nothing covers").expect("docs/integrity.md has the chapter");
    let chapter = rest.split("\n## ").next().unwrap();
    let rows = chapter.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` | "));
    let declared: BTreeSet<String> = rows
        .map(|(name, reason)| {
            assert!(reason.trim_end_matches(['|', ' ']).len() > 20, "{name} is declared without a reason");
            name.to_owned()
        })
        .collect();
    assert!(declared.len() > 5, "{declared:?}");
    declared
}

/// A new table, or a column that is gone, is declared.
async fn every_table_is_covered_or_said_not_to_be(backend: Backend) {
    let mut app = App::start(backend).await;
    app.stop().await;
    let mut bench = Bench::of(&app);
    let mut there = BTreeSet::new();
    for name in bench.tables.clone() {
        there.extend(bench.columns(&name).into_iter().map(|(column, _)| format!("{name}.{column}")));
        there.insert(name);
    }
    let declared = uncovered();
    let unknown: Vec<&String> = declared.iter().filter(|name| !there.contains(*name)).collect();
    assert_eq!(unknown, Vec::<&String>::new(), "docs/integrity.md declares what is not there");
    let covered: BTreeSet<&str> =
        TABLES.iter().map(|table| table.name).chain(EMPTY.iter().map(|(table, ..)| *table)).collect();
    for table in &bench.tables {
        let ways = usize::from(covered.contains(table.as_str())) + usize::from(declared.contains(table));
        assert_eq!(
            ways, 1,
            "{table} is to be covered, and planted here, or declared in docs/integrity.md with the reason"
        );
    }
    bench.restore();
    // As it says of the database's keys: none that was changed opens.
    let other = bench.other("key_sealed", if backend == Backend::Sqlite { "blob" } else { "bytea" });
    batch(&mut bench.db, &format!("UPDATE database_keys SET key_sealed = {other}")).unwrap();
    assert!(Opened::with_keys(&app.config).is_err());
    bench.restore();
}

const TABLES: [Table; 37] = [
    table("accounts", "account", "id"),
    table("cards", "card", "id"),
    table("customers", "customer", "id"),
    table("reservations", "hold", "id"),
    table("reservation_lots", "hold", "reservation_id"),
    table("confirmation_codes", "confirmation code", "id"),
    table("fiscal_documents", "fiscal_documents", "fiscal_fd"),
    table("customer_keys", "customer", "customer_id"),
    table("journal_seal_heads", "account", "account_id"),
    table("receipts", "receipt", "id"),
    table("receipt_lines", "receipt", "receipt_id"),
    table("receipt_lots", "receipt", "receipt_id"),
    table("receipt_takings", "receipt", "receipt_id"),
    table("receipt_taken_lots", "receipt", "receipt_id"),
    table("returns", "return", "id"),
    table("return_lines", "return", "return_id"),
    table("free_returns", "return without a receipt", "id"),
    table("free_return_lines", "return without a receipt", "free_return_id"),
    table("consents", "consent", "id"),
    table("card_changes", "change of a card", "id"),
    table("account_changes", "change of an account", "id"),
    table("cases", "case", "id"),
    table("operations", "stored answer", "operation_key"),
    table("journal", "account", "account_id"),
    table("lots", "account", "account_id"),
    table("partners", "partner", "code"),
    table("networks", "network", "code"),
    table("stores", "store", "code"),
    table("tills", "till", "code"),
    table("credentials", "login", "login"),
    table("programmes", "programme", "code"),
    table("programme_rules", "rules", "version"),
    table("chronicle", "chronicle", "seq"),
    table("chronicle_lanes", "lane", "lane"),
    table("registry_changes", "registry", "seq"),
    table("chronicle_seals", "seal", "number"),
    table("journal_seals", "seal", "day"),
];

#[derive(QueryableByName)]
struct Text {
    #[diesel(sql_type = sql_types::Text)]
    text: String,
}

#[track_caller]
fn texts(db: &mut Db, sql: &str) -> Vec<String> {
    let rows: Vec<Text> = match db {
        Db::Sqlite(c) => diesel::sql_query(sql).load(&mut **c),
        Db::Postgres(c) => diesel::sql_query(sql).load(&mut **c),
    }
    .unwrap_or_else(|error| panic!("{sql}: {error}"));
    rows.into_iter().map(|row| row.text).collect()
}

fn batch(db: &mut Db, sql: &str) -> Result<(), String> {
    match db {
        Db::Sqlite(c) => c.batch_execute(sql),
        Db::Postgres(c) => c.batch_execute(sql),
    }
    .map_err(|error| error.to_string())
}

/// A day of everything: sales, returns, holds, codes, cards, consents, merges, rules, logins; then it is sealed, and more is done.
pub async fn live(app: &App) {
    let phone = "+79160000101";
    let bought = app.buy_with_points("A-1", (phone, 0), 300).await;
    app.take_back(app.returned(&bought, "B-1")).await.ok();
    let fiscal = || Some(message!(pos::Fiscal { drive: "9960440300000001", fd: "15", fp: "777" }));
    let receipt = app.receipt("A-2").of("7000000102").roubles(2_000);
    let sold = app.sale(pos::Receipt { fiscal: fiscal(), ..receipt }).await.ok();
    app.cancel_receipt(sold.get("receiptId")).await.ok();
    // Its document goes to the sale that stands for it.
    let receipt = app.receipt("A-4").of("7000000102").roubles(2_000);
    app.sale(pos::Receipt { fiscal: fiscal(), ..receipt }).await.ok();
    // Another one that is printed with it: a case, which an office closes.
    let odd = app.sell("A-5", "7000000102", 2_000).await.ok();
    let document_id = odd.get("receiptId");
    app.pos(message!(pos::AttachFiscal { document_id, fiscal: fiscal().unwrap() })).await.refused("FISCAL_TAKEN");
    let cases = app.office(message!(office::ListCases { only_open: true })).await.ok();
    let closing = message!(office::CloseCase { case_id: cases.get("caseId"), resolution: "Повтор чека" });
    app.office(closing).await.ok();
    let nobody = app.sale(app.receipt("A-3").line("A", 3, 100)).await.ok();
    let part = message!(pos::ReturnLine { number: 1, quantity: "1" });
    let mut some = app.returned(nobody.get("receiptId"), "B-2");
    some.lines = pos::ReturnLines { line: vec![part] };
    app.take_back(some).await.ok();
    app.confirm("1", "1").await.refused("RESERVATION_UNKNOWN");
    let let_go = app.reserve("let-go", "7000000102", 900, 50).await.ok();
    app.release(let_go.get("reservationId")).await.ok();
    let goods = message!(pos::ReturnWithoutReceipt {
        till: "M1-01",
        shift: "1",
        number: "C-1",
        at: app.now(),
        identifier: "7000000102",
        reason: "Чек утерян"
    });
    let goods_return = goods.line("A", 2, 350);
    app.pos(message!(pos::RegisterReturnWithoutReceipt { goods_return })).by("senior").await.ok();
    let (identifier, purpose, channel) = ("7000000102", "advertising", "sms");
    let consent = message!(pos::Consent { purpose, channel, text_hash: "ab12" });
    app.pos(message!(pos::GiveConsent { identifier, consent })).await.ok();
    app.pos(message!(pos::WithdrawConsent { identifier, purpose, channel })).await.ok();
    app.hand_out("7000000003", "+79160000103").await;
    app.pos(message!(pos::BlockCard { card_number: "7000000003", reason: "утеря" })).await.ok();
    let reason = "обращение клиента";
    app.office(message!(office::FreezeAccount { identifier: "7000000003", reason })).await.ok();
    app.office(message!(office::UnfreezeAccount { identifier: "7000000003", reason })).await.ok();
    app.issue("7000000004", "+79160000104").await.ok();
    merge(app, "7000000004", "7000000003").await;
    app.change_programme(|programme| programme.name = "Копилка зимой".into()).await;
    let roles = office::TillRoles { role: vec!["till".into()] };
    let till_settings =
        message!(office::Till { store: "M2", till: "M2-09", login: "nine", password: "секрет-9999", roles });
    app.office(message!(office::SaveTill { till_settings })).await.ok();
    // One of each kind of place that is closed.
    let partner_settings =
        message!(office::PartnerSettings { partner: "shut", name: "Закрытый", disabled: true });
    app.office(message!(office::SavePartner { partner_settings })).await.ok();
    let network_settings =
        message!(office::NetworkSettings {
            partner: "other", network: "shut", name: "Закрытая", disabled: true
        });
    app.office(message!(office::SaveNetwork { network_settings })).await.ok();
    let store_settings = message!(office::StoreSettings {
        partner: "other",
        network: "other",
        store: "X8",
        name: "Закрытый",
        disabled: true
    });
    app.office(message!(office::SaveStore { store_settings })).await.ok();
    let till_settings =
        message!(office::Till { partner: "other", network: "other", store: "X8", till: "X8-01", disabled: true });
    app.office(message!(office::SaveTill { till_settings })).await.ok();
    app.advance(Span::days(1));
    seal_all(app);
    app.sell("D-1", "7000000101", 500).await.ok();
    app.sell("D-2", "7000000102", 500).await.ok();
    app.advance(Span::minutes(120));
    seal_all(app);
    app.reserve("open", "7000000102", 900, 100).await.ok();
}

fn seal_all(app: &App) {
    let (opened, mut db) = Opened::with_keys(&app.config).unwrap();
    seal(&mut db, app.clock.now(), &|| false, &mut |_| {}).unwrap();
    seal_chronicle(&mut db, &opened.vault, app.clock.now(), Span::minutes(1)).unwrap();
}

/// The database behind the gateway's back, and a copy of every table to put it back from.
pub struct Bench {
    db: Db,
    opened: Opened,
    pub tables: Vec<String>,
    roots: Vec<KnownSeal>,
    day_roots: Vec<KnownRoot>,
}

impl Bench {
    pub fn of(app: &App) -> Self {
        let (opened, mut db) = Opened::with_keys(&app.config).unwrap();
        let sql = match &db {
            Db::Sqlite(_) => {
                "SELECT name AS text FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\'"
            }
            Db::Postgres(_) => {
                "SELECT tablename::text AS text FROM pg_tables WHERE schemaname = 'public' AND left(tablename, 1) <> '_'"
            }
        };
        let tables = texts(&mut db, sql);
        let free = match &db {
            Db::Sqlite(_) => {
                "PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON; PRAGMA synchronous = OFF"
            }
            Db::Postgres(_) => "SET session_replication_role = replica",
        };
        batch(&mut db, free).unwrap();
        for table in &tables {
            batch(&mut db, &format!("CREATE TABLE kept_{table} AS SELECT * FROM {table}")).unwrap();
        }
        // What was kept outside.
        let roots = chronicle_seal::load_after(&mut db, 0, 100).unwrap().into_iter();
        let roots = roots.map(|seal| KnownSeal { number: seal.number, root: seal.root }).collect();
        let day_roots = load_after(&mut db, i64::MIN, 100).unwrap().into_iter();
        let day_roots = day_roots.map(|seal| KnownRoot { day: seal.day, root: seal.root }).collect();
        Self { db, opened, tables, roots, day_roots }
    }

    fn restore(&mut self) {
        let mut sql = String::from("BEGIN;");
        for table in &self.tables {
            sql += &format!("DELETE FROM {table}; INSERT INTO {table} SELECT * FROM kept_{table};");
        }
        batch(&mut self.db, &(sql + "COMMIT;")).unwrap();
    }

    fn findings(&mut self) -> Vec<Finding> {
        let vault = Some(&*self.opened.vault);
        let outside = Outside { vault, chronicle_roots: &self.roots, roots: &self.day_roots };
        verify_against(&mut self.db, &outside, |_| {}).unwrap().findings
    }

    /// Plants something; answers what was found, or why it cannot be planted; and puts it back.
    pub fn planted(&mut self, sql: &str) -> Result<Vec<String>, String> {
        let done = batch(&mut self.db, sql);
        let found = done.map(|()| self.findings().iter().map(ToString::to_string).collect());
        self.restore();
        found
    }

    /// Plants something; answers the rows that were changed, added or taken away and that no finding names.
    fn unnamed(&mut self, sql: &str) -> Result<Vec<String>, String> {
        if let Err(error) = batch(&mut self.db, sql) {
            self.restore();
            return Err(error);
        }
        let found: Vec<String> = self.findings().iter().map(ToString::to_string).collect();
        let mut unnamed = Vec::new();
        let mut changed = 0;
        for table in &TABLES {
            let (name, id) = (table.name, table.id);
            let differ = |one: &str, other: &str| {
                format!(
                    "SELECT DISTINCT CAST({id} AS TEXT) AS text FROM (SELECT * FROM {one} EXCEPT SELECT * FROM {other}) AS d"
                )
            };
            let now = texts(&mut self.db, &differ(name, &format!("kept_{name}")));
            let before = texts(&mut self.db, &differ(&format!("kept_{name}"), name));
            changed += now.len() + before.len();
            // An answer that is gone is named by its time and entry: the chronicle has a digest of its key alone.
            let gone = if name == "operations" { before.iter().filter(|key| !now.contains(key)).count() } else { 0 };
            if found.iter().filter(|found| found.contains("a stored answer of ")).count() < gone {
                unnamed.push(format!("{gone} stored answers are gone: {}", shown(&found)));
            }
            let ids: BTreeSet<&String> =
                if name == "operations" { now.iter().collect() } else { now.iter().chain(&before).collect() };
            let ids = ids.into_iter().filter(|id| !found.iter().any(|found| names(found, table, id)));
            // Of what stands in no entry any more the rows are named, and of what went with its entry the entry.
            let all = format!("stands in no entry of the {name}");
            let says_all = |found: &String| found.contains(&all) || found.contains("there is no such lane");
            let is_chain = name == "chronicle" && found.iter().any(says_all);
            let went = REGISTRY.contains(&name) && found.iter().any(|found| found.contains("of the registry is gone"));
            if !is_chain && !went {
                unnamed.extend(ids.map(|id| format!("{} {id} is not named in {}", table.words, shown(&found))));
            }
        }
        assert!(changed > 0, "nothing was changed by {sql}");
        self.restore();
        Ok(unnamed)
    }

    /// The columns of a table with their types, and whether they may be absent.
    pub fn columns(&mut self, table: &str) -> Vec<(String, String)> {
        let sql = match &self.db {
            Db::Sqlite(_) => format!("SELECT name || ' ' || lower(type) AS text FROM pragma_table_info('{table}')"),
            Db::Postgres(_) => format!(
                "SELECT column_name || ' ' || data_type AS text FROM information_schema.columns \
                 WHERE table_name = '{table}' AND table_schema = 'public' ORDER BY ordinal_position"
            ),
        };
        let split = |text: String| text.split_once(' ').map(|(name, kind)| (name.to_owned(), kind.to_owned())).unwrap();
        texts(&mut self.db, &sql).into_iter().map(split).collect()
    }

    /// What a column is changed to.
    fn other(&self, column: &str, kind: &str) -> String {
        match (kind, &self.db) {
            ("integer" | "bigint", _) if ["code_required", "disabled", "live"].contains(&column) => {
                format!("1 - {column}")
            }
            ("integer" | "bigint", _) => format!("coalesce({column}, 0) + 1"),
            ("text", _) => format!("coalesce({column}, '') || 'x'"),
            ("blob", _) => format!("CAST(coalesce({column}, x'') || x'01' AS BLOB)"),
            ("bytea", _) => format!("coalesce({column}, ''::bytea) || '\\x01'::bytea"),
            ("boolean", _) => format!("NOT coalesce({column}, false)"),
            (other, _) => panic!("{column} is of type {other}"),
        }
    }

    /// A row to corrupt: the last of its table.
    fn row(&mut self, table: &Table) -> (String, String) {
        let place = match &self.db {
            Db::Sqlite(_) if table.name == "chronicle" => "lane || ' AND seq = ' || seq",
            Db::Sqlite(_) => "rowid",
            Db::Postgres(_) => "ctid",
        };
        let key = if table.name == "chronicle" && matches!(self.db, Db::Sqlite(_)) { "lane" } else { place };
        let order = if table.name == "chronicle_lanes" { "number" } else { table.id };
        let sql = format!(
            "SELECT CAST({place} AS TEXT) || '|' || CAST({id} AS TEXT) AS text FROM {name} ORDER BY {order} DESC LIMIT 1",
            id = table.id,
            name = table.name
        );
        let text = texts(&mut self.db, &sql).pop().unwrap_or_else(|| panic!("{} is empty", table.name));
        let (place, id) = text.split_once('|').unwrap();
        let is_quoted = matches!(self.db, Db::Postgres(_));
        let place = if is_quoted { format!("{key} = '{place}'") } else { format!("{key} = {place}") };
        (place, id.to_owned())
    }
}

/// The first findings.
fn shown(found: &[String]) -> String {
    format!("{} findings {:#?}", found.len(), &found[..found.len().min(6)])
}

/// Whether a finding names a row of a table.
fn names(found: &str, table: &Table, id: &str) -> bool {
    // A day is named as people read it.
    let day = id.parse().ok().filter(|_| table.name == "journal_seals").map(day_text);
    let (words, id) = (table.words, day.as_deref().unwrap_or(id));
    let is_named = |id: &str| {
        found.match_indices(id).any(|(at, _)| {
            let before = found[..at].chars().next_back();
            let after = found[at + id.len()..].chars().next();
            !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(|c| c.is_alphanumeric() && c != 'x')
        })
    };
    found.contains(words) && is_named(id)
}

async fn every_corruption_is_found_and_named(backend: Backend) {
    let mut app = App::start(backend).await;
    live(&app).await;
    app.stop().await;
    let mut bench = Bench::of(&app);
    assert_eq!(bench.findings(), []);
    let (mut planted, mut missed, mut refused) = (0_usize, Vec::new(), BTreeSet::new());
    let uncovered = uncovered();
    for table in &TABLES {
        for (column, kind) in bench.columns(table.name) {
            let (place, id) = bench.row(table);
            let value = bench.other(&column, &kind);
            let sql = format!("UPDATE {} SET {column} = {value} WHERE {place}", table.name);
            if uncovered.contains(&format!("{}.{column}", table.name)) {
                continue;
            }
            match bench.planted(&sql) {
                Ok(found) => {
                    planted += 1;
                    let next = id.parse().map_or_else(|_| format!("{id}x"), |id: i64| (id + 1).to_string());
                    let differs = if column == "password_hash" { "password" } else { column.as_str() };
                    let is_key =
                        column == table.id || column == "id" || (table.words, &*column) == ("rules", "programme_id");
                    let says_column =
                        |found: &String| !REGISTRY.contains(&table.name) || is_key || found.contains(differs);
                    // A head that went to another day is missed by the seal of its own.
                    let is_moved = (table.name, &*column) == ("journal_seal_heads", "day");
                    let is_named = |found: &String| {
                        (is_moved && found.contains("its heads give"))
                            || (names(found, table, &id) || names(found, table, &next)) && says_column(found)
                    };
                    if !found.iter().any(is_named) {
                        missed.push(format!("{sql} ({id}): {}", shown(&found)));
                    }
                }
                Err(error) => {
                    refused.insert(format!("{}.{column}: {error}", table.name));
                }
            }
        }
        let (place, _) = bench.row(table);
        planted += 1;
        let unnamed = bench.unnamed(&format!("DELETE FROM {} WHERE {place}", table.name)).unwrap();
        missed.extend(unnamed.into_iter().map(|what| format!("a row of {} was taken away: {what}", table.name)));
    }
    for (name, sql) in by_hand(&mut bench.db) {
        planted += 1;
        let unnamed = bench.unnamed(&sql).unwrap_or_else(|error| panic!("{name}: {error}: {sql}"));
        missed.extend(unnamed.into_iter().map(|what| format!("{name}: {what}: {sql}")));
    }
    for (sql, says) in TAKEN_FROM_ANSWERS {
        planted += 1;
        let found = bench.planted(sql).unwrap();
        let is_named = |found: &&String| says.iter().all(|says| found.contains(says));
        if !found.iter().any(|found| is_named(&found)) {
            missed.push(format!("{sql}: nothing of {says:?} in {found:#?}"));
        }
    }
    for (_, sql, says) in EMPTY {
        planted += 1;
        let found = bench.planted(sql).unwrap();
        assert!(found.len() == 1 && found[0].contains(says), "{sql}: {found:#?}");
    }
    assert_eq!(missed, Vec::<String>::new(), "of {planted}, {} were missed", missed.len());
    // What the database itself refuses is found before it is done. How many that is depends on which rows writers wrote last.
    assert!(refused.len() < 20, "{refused:#?}");
    assert!(planted >= 380, "only {planted} were planted");
    assert_eq!(bench.findings(), []);
    bench.restore();
}

/// What a forger would do: owners, states, codes, answers, rights; and what the program itself could have written wrong.
fn by_hand(db: &mut Db) -> Vec<(&'static str, String)> {
    let (a, b) = (account(db, "7000000101"), account(db, "7000000102"));
    let customer =
        |db: &mut Db, id: i64| number(db, &format!("SELECT customer_id AS number FROM accounts WHERE id = {id}"));
    let (ca, cb) = (customer(db, a), customer(db, b));
    let open = number(db, "SELECT max(id) AS number FROM reservations WHERE state = 'awaiting_code'");
    let sale =
        number(db, "SELECT max(id) AS number FROM receipts WHERE state = 'confirmed' AND account_id IS NOT NULL");
    let back = number(db, "SELECT min(id) AS number FROM receipts WHERE state = 'returned'");
    let key =
        "(SELECT max(operation_key) FROM operations WHERE operation = 'RegisterReceipt' AND subject_id IS NOT NULL)";
    let fill = |text: &str| {
        text.replace("{a}", &a.to_string())
            .replace("{b}", &b.to_string())
            .replace("{ca}", &ca.to_string())
            .replace("{cb}", &cb.to_string())
            .replace("{open}", &open.to_string())
            .replace("{sale}", &sale.to_string())
            .replace("{back}", &back.to_string())
            .replace("{key}", key)
    };
    let plants = [
        ("a card to another", "UPDATE cards SET account_id = {b}, customer_id = {cb} WHERE number = '7000000101'"),
        ("a card's account alone", "UPDATE cards SET account_id = {b} WHERE number = '7000000101'"),
        ("a card's customer alone", "UPDATE cards SET customer_id = {cb} WHERE number = '7000000101'"),
        (
            "two cards swapped",
            "UPDATE cards SET account_id = CASE account_id WHEN {a} THEN {b} ELSE {a} END, \
            customer_id = CASE customer_id WHEN {ca} THEN {cb} ELSE {ca} END WHERE number IN ('7000000101', '7000000102')",
        ),
        ("a blocked card is active", "UPDATE cards SET state = 'active' WHERE number = '7000000003'"),
        (
            "a free card is given out",
            "UPDATE cards SET state = 'active', account_id = {a}, customer_id = {ca} WHERE number = '7000000005'",
        ),
        ("a card's number", "UPDATE cards SET number = '7777777777' WHERE number = '7000000101'"),
        (
            "a new card",
            "INSERT INTO cards (id, programme_id, number, state, account_id, customer_id) \
            SELECT 987654, programme_id, '7999999999', 'active', {a}, {ca} FROM accounts WHERE id = {a}",
        ),
        ("a card gone", "DELETE FROM cards WHERE number = '7000000102'"),
        ("an account to another customer", "UPDATE accounts SET customer_id = {cb} WHERE id = {a}"),
        (
            "two accounts swapped",
            "UPDATE accounts SET customer_id = CASE id WHEN {a} THEN {cb} ELSE {ca} END WHERE id IN ({a}, {b})",
        ),
        ("an account frozen", "UPDATE accounts SET state = 'frozen' WHERE id = {a}"),
        ("an account closed", "UPDATE accounts SET state = 'closed' WHERE id = {a}"),
        ("an account merged", "UPDATE accounts SET state = 'closed', merged_into = {b} WHERE id = {a}"),
        ("a merge undone", "UPDATE accounts SET merged_into = NULL WHERE merged_into IS NOT NULL"),
        (
            "a merged account opened",
            "UPDATE accounts SET state = 'open', merged_into = NULL WHERE merged_into IS NOT NULL",
        ),
        ("a merge leads elsewhere", "UPDATE accounts SET merged_into = {a} WHERE merged_into IS NOT NULL"),
        ("a merge into itself", "UPDATE accounts SET merged_into = id WHERE merged_into IS NOT NULL"),
        ("a customer merged", "UPDATE customers SET merged_into = {cb} WHERE id = {ca}"),
        ("a customer's merge undone", "UPDATE customers SET merged_into = NULL WHERE merged_into IS NOT NULL"),
        (
            "a customer's merge leads to nobody",
            "UPDATE customers SET merged_into = 987654 WHERE merged_into IS NOT NULL",
        ),
        (
            "a phone from another",
            "UPDATE customers SET phone_sealed = (SELECT phone_sealed FROM kept_customers WHERE id = {cb}) WHERE id = {ca}",
        ),
        (
            "phones swapped",
            "UPDATE customers SET phone_index = CAST('x' || id AS {BLOB}) WHERE id IN ({ca}, {cb}); \
            UPDATE customers SET phone_index = (SELECT phone_index FROM kept_customers k WHERE k.id = CASE customers.id WHEN {ca} THEN {cb} ELSE {ca} END) \
            WHERE id IN ({ca}, {cb})",
        ),
        ("a phone confirmed", "UPDATE customers SET phone_confirmed_at = 1 WHERE id = {ca}"),
        ("a customer gone", "DELETE FROM customers WHERE id = {ca}"),
        ("a programme of another", "UPDATE customers SET programme_id = programme_id + 1 WHERE id = {ca}"),
        ("held without a code", "UPDATE reservations SET state = 'held' WHERE id = {open}"),
        (
            "held, its code gone",
            "UPDATE reservations SET state = 'held' WHERE id = {open}; DELETE FROM confirmation_codes WHERE reservation_id = {open}",
        ),
        (
            "held, its code made verified",
            "UPDATE reservations SET state = 'held' WHERE id = {open}; \
            UPDATE confirmation_codes SET state = 'verified' WHERE reservation_id = {open}",
        ),
        ("held, no code needed", "UPDATE reservations SET state = 'held', code_required = {FALSE} WHERE id = {open}"),
        ("a hold made longer", "UPDATE reservations SET expires_at = expires_at + 86400000 WHERE id = {open}"),
        (
            "a hold ended",
            "UPDATE reservations SET state = 'released', released = points, ended_at = created_at WHERE id = {open}",
        ),
        ("a hold of another account", "UPDATE reservations SET account_id = {a}, customer_id = {ca} WHERE id = {open}"),
        ("a hold of another card", "UPDATE reservations SET card_id = 1 WHERE id = {open}"),
        ("a hold at another till", "UPDATE reservations SET till_id = till_id + 1 WHERE id = {open}"),
        (
            "a hold gone",
            "DELETE FROM reservation_lots WHERE reservation_id = {open}; DELETE FROM reservations WHERE id = {open}",
        ),
        ("more tries", "UPDATE confirmation_codes SET tries_left = 1000 WHERE reservation_id = {open}"),
        (
            "a failed code that may be tried",
            "UPDATE confirmation_codes SET state = 'failed' WHERE reservation_id = {open}",
        ),
        (
            "a code of another customer",
            "UPDATE confirmation_codes SET customer_id = {ca} WHERE reservation_id = {open}",
        ),
        (
            "a code for another hold",
            "UPDATE confirmation_codes SET reservation_id = 987654 WHERE reservation_id = {open}",
        ),
        (
            "a code that lives longer",
            "UPDATE confirmation_codes SET expires_at = expires_at + 86400000 WHERE reservation_id = {open}",
        ),
        (
            "another code's digest",
            "UPDATE confirmation_codes SET digest = (SELECT digest FROM kept_confirmation_codes ORDER BY id LIMIT 1) WHERE reservation_id = {open}",
        ),
        ("a used code may be used again", "UPDATE confirmation_codes SET state = 'sent' WHERE state = 'verified'"),
        ("a sale returned that was not", "UPDATE receipts SET state = 'returned' WHERE id = {sale}"),
        ("a sale cancelled that was not", "UPDATE receipts SET state = 'cancelled' WHERE id = {sale}"),
        (
            "a returned sale is whole again",
            "UPDATE receipts SET state = 'confirmed' WHERE id = {back}; UPDATE receipt_lines SET returned_quantity = 0 WHERE receipt_id = {back}; \
            UPDATE receipt_lots SET restored = 0 WHERE receipt_id = {back}",
        ),
        (
            "goods that came back may come back again",
            "UPDATE receipt_lines SET returned_quantity = 0 WHERE receipt_id = {back}",
        ),
        ("spent points may come back again", "UPDATE receipt_lots SET restored = 0 WHERE receipt_id = {back}"),
        (
            "a return gone with its trace",
            "DELETE FROM return_lines WHERE return_id IN (SELECT id FROM returns WHERE receipt_id = {back}); DELETE FROM returns WHERE receipt_id = {back}; \
            UPDATE receipts SET state = 'confirmed' WHERE id = {back}; UPDATE receipt_lines SET returned_quantity = 0 WHERE receipt_id = {back}; UPDATE receipt_lots SET restored = 0 WHERE receipt_id = {back}",
        ),
        (
            "a return of more money",
            "UPDATE returns SET amount_refund = amount_refund + 100000; UPDATE return_lines SET amount_refund = amount_refund + 100000",
        ),
        ("a return of another sale", "UPDATE returns SET receipt_id = {sale} WHERE receipt_id = {back}"),
        (
            "a return twice",
            "INSERT INTO returns (id, receipt_id, till_id, number, local_day, shift, occurred_at, recorded_at, amount_refund, points_restored, points_revoked) \
            SELECT 987654, receipt_id, till_id, 'X-1', local_day, shift, occurred_at, recorded_at, 0, 0, 0 FROM returns WHERE receipt_id = {back}",
        ),
        (
            "a line's sum",
            "UPDATE receipt_lines SET sum = sum * 10, amount_due = amount_due * 10 WHERE receipt_id = {sale}; UPDATE receipts SET amount_due = amount_due * 10 WHERE id = {sale}",
        ),
        ("a line gone", "DELETE FROM receipt_lines WHERE receipt_id = {sale}"),
        (
            "a line more",
            "INSERT INTO receipt_lines SELECT receipt_id, line_no + 1, goods_code, name, goods_group, brand, quantity, price, sum, discount_granted, discount_offered, \
            points_as_money, 0, 0, 0, weighed, delivery, gift_of, no_earn FROM receipt_lines WHERE receipt_id = {sale}",
        ),
        (
            "a sale of another account",
            "UPDATE receipts SET account_id = CASE account_id WHEN {a} THEN {b} ELSE {a} END, \
            customer_id = CASE customer_id WHEN {ca} THEN {cb} ELSE {ca} END WHERE id = {sale}",
        ),
        (
            "a sale of nobody",
            "UPDATE receipts SET account_id = NULL, customer_id = NULL, card_id = NULL WHERE id = {sale}",
        ),
        ("a sale gone", "DELETE FROM receipt_lines WHERE receipt_id = {sale}; DELETE FROM receipts WHERE id = {sale}"),
        (
            "an anonymous sale gone",
            "DELETE FROM receipt_lines WHERE receipt_id IN (SELECT id FROM receipts WHERE account_id IS NULL); DELETE FROM receipts WHERE account_id IS NULL",
        ),
        ("a return policy", "UPDATE receipts SET return_policy = 'only_pending' WHERE id = {sale}"),
        ("a consent made from a withdrawal", "UPDATE consents SET act = 'given' WHERE act = 'withdrawn'"),
        ("a withdrawal gone", "DELETE FROM consents WHERE act = 'withdrawn'"),
        ("a consent of another", "UPDATE consents SET customer_id = {ca}"),
        ("who blocked a card", "UPDATE card_changes SET credential_id = credential_id + 1"),
        ("why an account was frozen", "UPDATE account_changes SET reason_sealed = NULL"),
        ("the trace of a freeze gone", "DELETE FROM account_changes"),
        (
            "an answer replaced",
            "UPDATE operations SET answer = (SELECT answer FROM kept_operations WHERE operation = 'ReservePoints' LIMIT 1) WHERE operation_key = {key}",
        ),
        (
            "a refusal made of an answer",
            "UPDATE operations SET code = 'POINTS_NOT_ENOUGH', subject_id = NULL, subject_kind = NULL WHERE operation_key = {key}",
        ),
        ("an answer gone", "DELETE FROM operations WHERE operation_key = {key}"),
        ("all answers gone", "DELETE FROM operations"),
        ("an answer about nothing", "UPDATE operations SET subject_id = 987654 WHERE operation_key = {key}"),
        ("an answer about another sale", "UPDATE operations SET subject_id = {back} WHERE operation_key = {key}"),
        ("an answer about a hold", "UPDATE operations SET subject_kind = 'reservation' WHERE operation_key = {key}"),
        (
            "an answer to another request",
            "UPDATE operations SET request_digest = (SELECT request_digest FROM kept_operations WHERE operation = 'ReservePoints' LIMIT 1) WHERE operation_key = {key}",
        ),
        ("an answer under another key", "UPDATE operations SET operation_key = 'other' WHERE operation_key = {key}"),
        ("an answer made older, as if forgotten", "UPDATE operations SET recorded_at = 1 WHERE operation_key = {key}"),
        (
            "an answer that nobody gave",
            "INSERT INTO operations (partner_id, operation_key, operation, request_digest, code, answer, recorded_at, subject_id, subject_kind) \
            SELECT partner_id, 'never', operation, request_digest, code, answer, recorded_at, subject_id, subject_kind FROM operations WHERE operation_key = {key}",
        ),
        ("a past version of rules", "UPDATE programme_rules SET earn_points = earn_points * 100 WHERE version = 1"),
        ("rules in force earlier", "UPDATE programme_rules SET valid_from = valid_from - 86400000 WHERE version = 2"),
        ("no code needed", "UPDATE programme_rules SET code_required = {FALSE}"),
        ("a version of rules gone", "DELETE FROM programme_rules WHERE version = 2"),
        (
            "a version of rules more",
            "INSERT INTO programme_rules (programme_id, version, valid_from, recorded_at, earn_points, earn_step, earn_unit, earn_rounding, spend_share_max, \
            spend_unit, code_required, reservation_ttl_ms, code_ttl_ms, code_tries, activation_delay_days, lifetime_unit, lifetime_count, status_points, status_step, grace_ms, \
            return_policy) \
            SELECT programme_id, 9, valid_from, recorded_at, earn_points, earn_step, earn_unit, earn_rounding, spend_share_max, \
            spend_unit, code_required, reservation_ttl_ms, code_ttl_ms, code_tries, activation_delay_days, lifetime_unit, lifetime_count, status_points, status_step, grace_ms, \
            return_policy FROM programme_rules WHERE version = 1",
        ),
        ("a till's login is the head office's", "UPDATE credentials SET roles = 'head_office' WHERE login = 'kassa'"),
        ("a login at every till", "UPDATE credentials SET till_id = NULL, store_id = NULL WHERE login = 'kassa'"),
        (
            "a login of another partner",
            "UPDATE credentials SET partner_id = (SELECT partner_id FROM kept_credentials WHERE login = 'other') WHERE login = 'kassa'",
        ),
        (
            "a login's password",
            "UPDATE credentials SET password_hash = (SELECT password_hash FROM kept_credentials WHERE login = 'other') WHERE login = 'office'",
        ),
        ("a login shut", "UPDATE credentials SET disabled = {TRUE} WHERE login = 'kassa'"),
        (
            "a login more",
            "INSERT INTO credentials SELECT 987654, 'spy', password_hash, version, disabled, roles, partner_id, network_id, store_id, till_id \
            FROM credentials WHERE login = 'office'",
        ),
        ("a login gone", "DELETE FROM credentials WHERE login = 'nine'"),
        ("a shop's zone", "UPDATE stores SET utc_offset_minutes = 600 WHERE code = 'M1'"),
        (
            "a shop of another network",
            "UPDATE stores SET network_id = (SELECT network_id FROM kept_stores WHERE code = 'X1') WHERE code = 'M1'",
        ),
        (
            "a till in another shop",
            "UPDATE tills SET store_id = (SELECT id FROM kept_stores WHERE code = 'M2') WHERE code = 'M1-01'",
        ),
        ("a network in another programme", "UPDATE networks SET programme_id = programme_id + 1"),
        ("a programme's owner", "UPDATE programmes SET owner_id = (SELECT id FROM kept_partners WHERE code = 'other')"),
        ("a partner renamed", "UPDATE partners SET name = 'Кто-то' WHERE code = 'demo'"),
        ("who changed the rules", "UPDATE registry_changes SET actor = 'nobody' WHERE kind = 'rules'"),
        (
            "a change of the registry gone",
            "DELETE FROM registry_changes WHERE seq = (SELECT max(seq) FROM kept_registry_changes)",
        ),
        (
            "a login with its trace",
            "DELETE FROM registry_changes WHERE seq = (SELECT max(seq) FROM kept_registry_changes); DELETE FROM credentials WHERE login = 'nine'",
        ),
        (
            "the chronicle's last entry gone",
            "DELETE FROM chronicle WHERE number = (SELECT max(number) FROM kept_chronicle)",
        ),
        ("an entry in the middle gone", "DELETE FROM chronicle WHERE number = 7"),
        (
            "all of the chronicle gone",
            "DELETE FROM chronicle; UPDATE chronicle_lanes SET seq = 0, number = 0, facts = 0, hash = {NONE}, mac = {NONE}",
        ),
        (
            "a lane that is not there",
            "INSERT INTO chronicle SELECT 999, seq, number, recorded_at, facts, hash FROM chronicle WHERE number = 3",
        ),
        ("a lane's end", "UPDATE chronicle_lanes SET seq = seq - 1 WHERE seq > 0"),
        ("a seal of the chronicle gone", "DELETE FROM chronicle_seals WHERE number = 1"),
        (
            "a seal's heads",
            "UPDATE chronicle_seals SET heads = (SELECT heads FROM kept_chronicle_seals ORDER BY number DESC LIMIT 1) WHERE number = 1",
        ),
        ("a document that may be registered twice", "DELETE FROM fiscal_documents WHERE turn = 1"),
        (
            "a document that was never registered",
            "INSERT INTO fiscal_documents (fiscal_fn, fiscal_fd, turn, kind, document_id, store_id) \
            SELECT fiscal_fn, '99', 0, kind, document_id, store_id FROM fiscal_documents WHERE turn = 1",
        ),
        ("a document of another sale", "UPDATE fiscal_documents SET document_id = {back} WHERE turn = 1"),
        ("a document of a return", "UPDATE fiscal_documents SET kind = 'return' WHERE turn = 1"),
        (
            "a document of another shop",
            "UPDATE fiscal_documents SET store_id = (SELECT id FROM kept_stores WHERE code = 'M2')",
        ),
        ("a document's cancelled turn gone", "DELETE FROM fiscal_documents WHERE turn = 0"),
        ("a customer's key gone", "DELETE FROM customer_keys WHERE customer_id = {ca}"),
        ("all customers' keys gone", "DELETE FROM customer_keys"),
        (
            "a customer's key of another",
            "UPDATE customer_keys SET key_sealed = (SELECT key_sealed FROM kept_customer_keys WHERE customer_id = {cb}) WHERE customer_id = {ca}",
        ),
        (
            "a card gone with its changes",
            "DELETE FROM card_changes WHERE card_id IN (SELECT id FROM cards WHERE number = '7000000003'); DELETE FROM cards WHERE number = '7000000003'",
        ),
        (
            "all returns gone",
            "DELETE FROM return_lines; DELETE FROM returns; DELETE FROM free_return_lines; DELETE FROM free_returns",
        ),
        ("all consents gone", "DELETE FROM consents"),
        ("a head of a day", "UPDATE journal_seal_heads SET seq = seq - 1 WHERE account_id = {a}"),
        (
            "points more, with all caches",
            "UPDATE journal SET points = points + 100, available_after = available_after + 100 WHERE account_id = {a} AND seq = 1; \
            UPDATE lots SET issued = issued + 100, remaining = remaining + 100 WHERE account_id = {a} AND lot_no = 1; UPDATE accounts SET available = available + 100 WHERE id = {a}",
        ),
    ];
    let is_sqlite = matches!(db, Db::Sqlite(_));
    let words = |text: &str| {
        let [blob, no, yes, none] =
            if is_sqlite { ["BLOB", "0", "1", "x''"] } else { ["BYTEA", "FALSE", "TRUE", "''::bytea"] };
        text.replace("{BLOB}", blob).replace("{FALSE}", no).replace("{TRUE}", yes).replace("{NONE}", none)
    };
    plants.into_iter().map(|(name, sql)| (name, words(&fill(sql)))).collect()
}

/// An account put back, with all that names it, to what it was yesterday: whoever does it well is betrayed by the chronicle, of which
/// the entries of that time are also those of others; and by the key, if he chains it anew.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_put_back_to_yesterday_is_found() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let mut app = App::start(backend).await;
        app.sell("A-1", "7000000101", 700).await.ok();
        app.sell("A-2", "7000000102", 700).await.ok();
        app.stop().await;
        let mut bench = Bench::of(&app);
        let a = account(&mut bench.db, "7000000101");
        app.restart_stopped().await;
        app.advance(Span::days(1));
        app.sell("B-1", "7000000101", 900).await.ok();
        app.sell("B-2", "7000000102", 900).await.ok();
        app.stop().await;
        assert_eq!(bench.findings(), []);
        let later = "SELECT id FROM receipts WHERE account_id = {a} AND id NOT IN (SELECT id FROM kept_receipts)";
        let back = [
            "DELETE FROM operations WHERE subject_id IN ({later})",
            "DELETE FROM receipt_lines WHERE receipt_id IN ({later})",
            "DELETE FROM receipts WHERE id IN ({later})",
            "DELETE FROM journal WHERE account_id = {a}",
            "INSERT INTO journal SELECT * FROM kept_journal WHERE account_id = {a}",
            "DELETE FROM lots WHERE account_id = {a}",
            "INSERT INTO lots SELECT * FROM kept_lots WHERE account_id = {a}",
            "DELETE FROM journal_seal_heads WHERE account_id = {a}",
            "DELETE FROM accounts WHERE id = {a}",
            "INSERT INTO accounts SELECT * FROM kept_accounts WHERE id = {a}",
        ];
        for sql in back {
            let sql = sql.replace("{later}", later).replace("{a}", &a.to_string());
            batch(&mut bench.db, &sql).unwrap();
        }
        let found: Vec<String> = bench.findings().iter().map(ToString::to_string).collect();
        let says = |what: &str| found.iter().any(|found| found.contains(what));
        assert!(says(&format!("account {a} is not as it was written last")), "{found:#?}");
        assert!(says("receipt") && says("is gone") && says("a stored answer of"), "{found:#?}");
        // The lanes put back too, and all that others have done since: then it is the whole database of yesterday, and only a root
        // that was kept outside tells.
        let tomorrow = {
            let vault = std::sync::Arc::clone(&bench.opened.vault);
            seal_chronicle(&mut bench.db, &vault, app.clock.now(), Span::minutes(1)).unwrap();
            chronicle_seal::last(&mut bench.db).unwrap().unwrap()
        };
        bench.restore();
        assert_eq!(bench.findings(), []);
        bench.roots = vec![KnownSeal { number: tomorrow.number, root: tomorrow.root }];
        let found = bench.findings();
        assert!(found.len() == 1 && found[0].what.contains("put back to an earlier state"), "{found:#?}");
    }
}
