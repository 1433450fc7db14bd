//! Golden exchanges: each folder `fixtures/soap/<Operation>/<sentence>` holds requests and the replies that they must
//! get, byte for byte, on demo data at a known moment. Its last step is of the operation that it is named after.
//!
//! `1_request.xml` gets `1_reply.xml`, and so on. A request may begin with lines of its own, which are not sent:
//! `<!-- login: kassa -->`, where it is not the shop's or the head office's, `<!-- later: 2 min -->`, and
//! `<!-- journal: 1 -->`, to wait until the journal of exchanges has so many: it is written beside the calls.
//! `{{1.receiptId}}` stands for that element of the first reply, `{{code}}` for the code that came to the phone last,
//! and `{{wrongCode}}` for another one.
//!
//! After a deliberate change run the test with `KOPILKA_BLESS=1` and read the difference.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use diesel::{QueryableByName, RunQueryDsl as _, sql_query, sql_types};

use crate::{
    books::{open, run},
    support::{App, Backend, Phone, START, on_both, raw, soap::Reply, until, wrong_code},
};
use kopilka::{
    clock::Clock,
    domain::moment::Span,
    soap::endpoint::{Service, services},
    store::{db::backend::Db, tables::call_log::count},
};

on_both! { backend: every_exchange_is_as_it_was }

/// What differs from run to run: request ids, the ids that writers hand out, and how long a call took.
const NAMED_ANEW: &[&str] = &[
    "requestId",
    "customerId",
    "accountId",
    "reservationId",
    "receiptId",
    "returnId",
    "documentId",
    "caseId",
    "subjectId",
    "movementId",
    "duration",
];

/// How many exchanges run concurrently.
const GROUNDS: usize = 2;

/// A step of an exchange, as it lies there.
struct Step {
    login: Option<String>,
    later: Option<Span>,
    journal: Option<i64>,
    /// Of which service, in `services`.
    service: usize,
    operation: String,
    request: String,
    reply: PathBuf,
}

impl Step {
    /// The steps of a folder in their order.
    fn all(folder: &Path, services: &[Service]) -> Vec<Self> {
        let file = |number: usize, what: &str| folder.join(format!("{number}_{what}.xml"));
        let numbers = (1..).take_while(|number| file(*number, "request").exists());
        let steps: Vec<Self> = numbers
            .map(|number| {
                Self::read(&fs::read_to_string(file(number, "request")).unwrap(), file(number, "reply"), services)
            })
            .collect();
        assert!(!steps.is_empty(), "{} has no first request", folder.display());
        steps
    }

    fn read(text: &str, reply: PathBuf, services: &[Service]) -> Self {
        let (mut login, mut later, mut journal, mut request) = (None, None, None, text);
        while let Some((line, rest)) = request.strip_prefix("<!-- ").and_then(|rest| rest.split_once(" -->\n")) {
            match line.split_once(": ") {
                Some(("login", name)) => login = Some(name.to_owned()),
                Some(("later", time)) => {
                    let minutes = time.strip_suffix(" min").and_then(|minutes| minutes.parse().ok());
                    later = Some(Span::minutes(minutes.unwrap_or_else(|| panic!("{time}: not so many min"))));
                }
                Some(("journal", exchanges)) => journal = Some(exchanges.parse().unwrap()),
                _ => break,
            }
            request = rest;
        }
        let is_asked = |service: &Service| request.contains(&format!("\"{}\"", service.contract.namespace()));
        let service = services.iter().position(is_asked).unwrap_or_else(|| panic!("of no service: {request}"));
        let (_, body) = request.split_once("Body>").unwrap_or_else(|| panic!("no body: {request}"));
        let tag = body.trim_start().trim_start_matches('<').split(['>', ' ', '/']).next().unwrap();
        let operation = tag.rsplit(':').next().unwrap().to_owned();
        Self { login, later, journal, service, operation, request: request.to_owned(), reply }
    }
}

/// The request, with values from earlier replies and the code from the phone.
async fn filled(app: &App, request: &str, replies: &[Reply]) -> String {
    let mut filled = String::new();
    let mut rest = request;
    while let Some((before, (name, after))) =
        rest.split_once("{{").and_then(|(before, after)| Some((before, after.split_once("}}")?)))
    {
        filled.push_str(before);
        match name.split_once('.') {
            Some((step, element)) => filled.push_str(replies[step.parse::<usize>().unwrap() - 1].get(element)),
            None => {
                let code = app.phone.last_code().await;
                match name {
                    "code" => filled.push_str(&code),
                    "wrongCode" => filled.push_str(&wrong_code(&[&code])),
                    _ => panic!("{name}"),
                }
            }
        }
        rest = after;
    }
    filled + rest
}

/// All folders with exchanges.
fn folders() -> Vec<PathBuf> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/soap");
    let inside = |folder: &Path| {
        let mut entries: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        entries.sort();
        entries
    };
    inside(&root).iter().flat_map(|operation| inside(operation)).collect()
}

fn name_of(path: &Path) -> &str {
    path.file_name().unwrap().to_str().unwrap()
}

/// An element's tags: as they are, and as an answer is told as text.
fn tags(name: &str) -> [(String, String); 2] {
    [(format!("<m:{name}>"), format!("</m:{name}>")), (format!("&lt;m:{name}&gt;"), format!("&lt;/m:{name}&gt;"))]
}

/// The text with what stands between the tags put through `change`.
fn changed(text: &str, (open, close): &(String, String), mut change: impl FnMut(&str) -> String) -> String {
    let mut pieces = text.split(open.as_str());
    let before = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(before, |changed, piece| match piece.split_once(close.as_str()) {
        Some((inside, rest)) => changed + open + &change(inside) + close + rest,
        None => changed + open + piece,
    })
}

/// A reply without what differs from run to run: in the elements that have it, and where a sentence names an id that an
/// element of this exchange had.
fn without_ids(body: &str, ids: &mut BTreeSet<String>) -> String {
    let mut text = body.to_owned();
    for tags in NAMED_ANEW.iter().flat_map(|name| tags(name)) {
        text = changed(&text, &tags, |id| {
            ids.insert(id.to_owned());
            "…".to_owned()
        });
    }
    let ids = &*ids;
    for name in ["message", "text"] {
        let [sentence, _] = tags(name);
        text = changed(&text, &sentence, |sentence| {
            let words = sentence.split_inclusive(' ').map(|word| {
                let number = word.trim_end_matches(['.', ' ']);
                if ids.contains(number) { word.replace(number, "…") } else { word.to_owned() }
            });
            words.collect()
        });
    }
    text
}

/// Sends the requests of a folder; answers what differs.
async fn tell(app: &App, folder: &Path, services: &[Service]) -> Vec<String> {
    let (mut replies, mut ids, mut differences) = (Vec::new(), BTreeSet::new(), Vec::new());
    for step in Step::all(folder, services) {
        if let Some(span) = step.later {
            app.advance(span);
        }
        if let Some(exchanges) = step.journal {
            let mut db = open(app);
            until("the journal", || (count(&mut db).unwrap() >= exchanges).then_some(())).await;
        }
        let request = filled(app, &step.request, &replies).await;
        let path = services[step.service].path;
        let login = step.login.as_deref().unwrap_or(if path.starts_with("pos_") { "demo" } else { "office" });
        let reply = app.client(login).post(path, &request).await;
        let got = format!("<!-- HTTP {} -->\n{}\n", reply.status, without_ids(&reply.body, &mut ids));
        if std::env::var_os("KOPILKA_BLESS").is_some() {
            fs::write(&step.reply, &got).unwrap();
        }
        let wanted = fs::read_to_string(&step.reply).unwrap_or_default();
        if got != wanted {
            differences.push(format!("{}:\n--- wanted\n{wanted}\n--- got\n{got}", step.reply.display()));
        }
        replies.push(reply);
    }
    differences
}

/// A gateway whose demo data is put back for each exchange: sooner than on a new database.
struct Ground {
    app: App,
    tables: Vec<String>,
}

#[derive(QueryableByName)]
struct Table {
    #[diesel(sql_type = sql_types::Text)]
    name: String,
}

impl Ground {
    async fn new(backend: Backend) -> Self {
        let mut app = App::start(backend).await;
        app.stop().await;
        let mut db = open(&app);
        let tables: Vec<Table> = match &mut db {
            Db::Sqlite(c) => {
                sql_query("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
                    .load(&mut **c)
            }
            Db::Postgres(c) => {
                sql_query("SELECT tablename::text AS name FROM pg_tables WHERE schemaname = 'public'").load(&mut **c)
            }
        }
        .unwrap();
        let tables: Vec<String> = tables.into_iter().map(|table| table.name).collect();
        for table in &tables {
            run(&mut db, &format!("CREATE TABLE kept_{table} AS SELECT * FROM {table}"));
        }
        Self { app, tables }
    }

    /// Starts a gateway on the demo's data, at the same moment as ever, with no message on the phone.
    async fn start(&mut self) {
        let mut db = open(&self.app);
        // In whatever order the tables come.
        let unbound = match &db {
            Db::Sqlite(_) => "PRAGMA foreign_keys = OFF",
            Db::Postgres(_) => "SET session_replication_role = replica",
        };
        run(&mut db, unbound);
        run(&mut db, "BEGIN");
        for table in &self.tables {
            run(&mut db, &format!("DELETE FROM {table}"));
            run(&mut db, &format!("INSERT INTO {table} SELECT * FROM kept_{table}"));
        }
        run(&mut db, "COMMIT");
        drop(db);
        (self.app.clock, self.app.phone) = (Clock::manual(START), Phone::default());
        self.app.restart_stopped().await;
    }
}

async fn every_exchange_is_as_it_was(backend: Backend) {
    let folders = folders();
    assert!(folders.len() >= 60, "only {} exchanges were found", folders.len());
    let grounds = (0..GROUNDS).map(|ground| {
        let folders: Vec<PathBuf> = folders.iter().skip(ground).step_by(GROUNDS).cloned().collect();
        tokio::spawn(async move {
            let services = services().unwrap();
            let (mut ground, mut differences) = (Ground::new(backend).await, Vec::new());
            let mut requests = Vec::new();
            for folder in folders {
                ground.start().await;
                differences.extend(tell(&ground.app, &folder, &services).await);
                requests.extend(Step::all(&folder, &services).into_iter().map(|step| step.request));
                answers_are_the_customers_own(&ground.app, &folder);
                assert_eq!(ground.app.verify().findings, [], "{}: the books are not in order", folder.display());
                ground.app.stop().await;
            }
            ground.start().await;
            // Every operation was told with what it can say of a person: nothing of that is in the files.
            let personal = raw::personal(requests.iter().map(String::as_str));
            assert!(personal.len() > 10, "{personal:?}");
            assert_eq!(raw::found(&ground.app, &personal), BTreeSet::new());
            ground.app.finish().await;
            differences
        })
    });
    let mut differences = Vec::new();
    for ground in grounds.collect::<Vec<_>>() {
        differences.extend(ground.await.unwrap());
    }
    assert!(differences.is_empty(), "on {backend:?}:\n{}", differences.join("\n\n"));
}

/// Operations whose answers are about no customer.
const NOBODY_S: [&str; 10] = [
    "RegisterCards",
    "SaveProgramme",
    "SaveTill",
    "DisableLogin",
    "EnableLogin",
    "CancelOperation",
    "SavePartner",
    "SaveNetwork",
    "SaveStore",
    "SetPassword",
];

/// The answer to what was done with a customer is sealed by that one's key, which can be destroyed. That to a sale that was
/// anonymous then says nothing of the customer who has claimed it since.
fn answers_are_the_customers_own(app: &App, folder: &Path) {
    let mut db = open(app);
    let by_database = match &db {
        Db::Sqlite(_) => "answer <> x'' AND hex(substr(answer, 1, 1)) <> '00'",
        Db::Postgres(_) => "CASE WHEN answer <> ''::bytea THEN get_byte(answer, 0) <> 0 ELSE false END",
    };
    let others: Vec<Table> = {
        let nobody_s = NOBODY_S.map(|name| format!("'{name}'")).join(", ");
        let question = format!(
            "SELECT operation AS name FROM operations WHERE code = 'OK' AND {by_database} AND operation NOT IN ({nobody_s}) AND NOT \
             (coalesce(subject_kind, '') = 'sale' AND EXISTS (SELECT 1 FROM receipts WHERE receipts.id = operations.subject_id AND (customer_id IS NULL OR claimed_at IS NOT NULL)))"
        );
        match &mut db {
            Db::Sqlite(c) => sql_query(question).load(&mut **c),
            Db::Postgres(c) => sql_query(question).load(&mut **c),
        }
        .unwrap()
    };
    let others: Vec<String> = others.into_iter().map(|row| row.name).collect();
    assert_eq!(others, [] as [String; 0], "{}: answers that erasure would not reach", folder.display());
}

#[test]
fn every_operation_has_an_exchange_that_goes_well() {
    let services = services().unwrap();
    let mut with = BTreeSet::new();
    for folder in folders() {
        let last = Step::all(&folder, &services).pop().unwrap();
        assert_eq!(last.operation, name_of(folder.parent().unwrap()), "{}: its last step", folder.display());
        if fs::read_to_string(&last.reply).unwrap_or_default().contains("<m:code>OK</m:code>") {
            with.insert((services[last.service].path, last.operation));
        }
    }
    let rows = services.iter().flat_map(|service| service.table.iter().map(|row| (service.path, row.name.to_owned())));
    let without: Vec<_> = rows.filter(|row| !with.contains(row)).collect();
    assert_eq!(without, [], "add a folder fixtures/soap/<Operation>/<sentence> that ends with OK");
}
