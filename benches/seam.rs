//! What the write seam costs: the same sales in batches and one by one, on SQLite and on PostgreSQL, in one run.
//!
//! `cargo bench --bench seam [-- --sales N]` prints, for each backend, statements and commits a sale and sales a second with
//! batches of up to 64 and with batches of one, and their ratio. It needs PostgreSQL's binaries for the second half.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::indexing_slicing,
    clippy::float_arithmetic,
    clippy::as_conversions,
    missing_docs,
    reason = "a benchmark reports to a person and may stop where it stands"
)]

#[allow(dead_code, unused_imports, reason = "the tests use more of it")]
#[path = "../tests/it/support/postgres.rs"]
mod postgres;

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};

use kopilka::{
    access::Login,
    app::{self, Gateway, Opened, Parts},
    clock::Clock,
    config::{Config, Overrides},
    domain::{
        moment::GivenTime,
        money::{Kopecks, Points, Quantity},
        phone::{Identifier, Phone},
        receipt::Line,
        reference::Actor,
        till_document::TillDocument,
    },
    seam::dispatcher::Dispatcher,
    secret::Secret,
    service::{
        card::IssueCard,
        card_batch::RegisterCards,
        context::{Context, OfficeContext},
        receipt::ReceiptDraft,
        sale::RegisterReceipt,
    },
    vault::Vault,
    working_set::command::{Command, Job, job},
};

/// Sales that wait at the same time: as many as one batch takes.
const AT_ONCE: u64 = 64;

static STATEMENTS: AtomicU64 = AtomicU64::new(0);
static COMMITS: AtomicU64 = AtomicU64::new(0);

struct Counter;

impl Instrumentation for Counter {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        if matches!(event, InstrumentationEvent::StartQuery { .. }) {
            STATEMENTS.fetch_add(1, Ordering::Relaxed);
        }
        if matches!(event, InstrumentationEvent::CommitTransaction { .. }) {
            COMMITS.fetch_add(1, Ordering::Relaxed);
        }
    }
}

struct Figures {
    statements: f64,
    commits: f64,
    per_second: f64,
}

fn main() {
    let sales = sales_wanted();
    set_default_instrumentation(|| Some(Box::new(Counter))).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    println!("{sales} sales of 3 lines with accrual, {AT_ONCE} waiting at a time; both modes on the same database\n");
    println!("| database | batch | statements a sale | commits a sale | sales a second | ratio |");
    println!("|---|---|---|---|---|---|");
    let folder = std::env::temp_dir().join(format!("kopilka-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let server = postgres::Postgres::start();
    for (name, url) in [
        ("SQLite, synchronous=FULL", format!("sqlite://{}/bench.db", folder.display())),
        ("PostgreSQL, fsync on", server.create_database("bench")),
    ] {
        runtime.block_on(compare(name, &url, &folder, sales));
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

fn sales_wanted() -> u64 {
    let arguments: Vec<String> = std::env::args().collect();
    let given = arguments.iter().position(|argument| argument == "--sales").and_then(|at| arguments.get(at + 1));
    given.map_or(6_400, |text| text.parse().expect("--sales takes a number"))
}

async fn compare(name: &str, url: &str, folder: &Path, sales: u64) {
    let together = measure(url, folder, 64, sales, "a").await;
    let alone = measure(url, folder, 1, sales / 4, "b").await;
    let row = |batch: u32, figures: &Figures, ratio: f64| {
        println!(
            "| {name} | {batch} | {:.2} | {:.3} | {:.0} | {ratio:.2} |",
            figures.statements, figures.commits, figures.per_second
        );
    };
    row(64, &together, together.per_second / alone.per_second);
    row(1, &alone, 1.0);
}

fn config(url: &str, folder: &Path, batch: usize) -> Config {
    let key_file = folder.join("key");
    if !key_file.exists() {
        std::fs::write(&key_file, Vault::fresh_key().unwrap().as_str()).unwrap();
    }
    let environment = [
        ("KOPILKA_SECURITY__KEY_FILE".to_owned(), key_file.display().to_string()),
        ("KOPILKA_DATABASE__BATCH_COMMANDS_MAX".to_owned(), batch.to_string()),
        ("KOPILKA_DATABASE__WRITER_THREADS".to_owned(), "1".to_owned()),
    ];
    let overrides = Overrides { database: Some(url.into()), listen: Some("127.0.0.1:0".into()) };
    Config::load(None, environment, &overrides).unwrap()
}

async fn measure(url: &str, folder: &Path, batch: usize, sales: u64, name: &str) -> Figures {
    let config = config(url, folder, batch);
    // The gateway makes the schema and the demo's tills; the figures are the dispatcher's, without HTTP and XML.
    Gateway::start(&config, Parts { demo: true, ..Parts::default() }).await.unwrap().stop().await.unwrap();
    let dispatcher = Arc::new(app::dispatcher(&config, &Opened::open(&config).unwrap(), &Clock::System).unwrap());
    dispatcher.refresh().await.unwrap();
    let till = actor(&dispatcher, "demo").await;
    prepare(&dispatcher, &till, name).await;
    let (statements, commits) = (STATEMENTS.load(Ordering::Relaxed), COMMITS.load(Ordering::Relaxed));
    let begun = Instant::now();
    let next = Arc::new(AtomicU64::new(0));
    let tills: Vec<_> = (0..AT_ONCE)
        .map(|customer| {
            let (dispatcher, till, next, name) =
                (Arc::clone(&dispatcher), till.clone(), Arc::clone(&next), name.to_owned());
            tokio::spawn(async move {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= sales {
                        return;
                    }
                    let key = format!("{name}-{number}");
                    write(
                        &dispatcher,
                        &till,
                        &key,
                        "RegisterReceipt",
                        silent(sale(&till, &key, &card(&name, customer))),
                    )
                    .await;
                }
            })
        })
        .collect();
    for till in tills {
        till.await.unwrap();
    }
    let seconds = begun.elapsed().as_secs_f64();
    let each = |now: u64, before: u64| (now - before) as f64 / sales as f64;
    Figures {
        statements: each(STATEMENTS.load(Ordering::Relaxed), statements),
        commits: each(COMMITS.load(Ordering::Relaxed), commits),
        per_second: sales as f64 / seconds,
    }
}

async fn prepare(dispatcher: &Dispatcher, till: &Actor, name: &str) {
    let office = actor(dispatcher, "office").await;
    let cards = RegisterCards {
        context: OfficeContext { actor: office.clone(), employee: None, occurred_at: now() },
        kind: None,
        numbers: (0..AT_ONCE).map(|number| card(name, number)).collect(),
        store: None,
        takes_phone_like: false,
    };
    write(dispatcher, &office, &format!("{name}-cards"), "RegisterCards", silent(cards)).await;
    for number in 0..AT_ONCE {
        let phone = Phone::parse(&format!("+7917{}0000{number:02}", u8::from(name == "b"))).unwrap();
        let identifier = Identifier::Phone(phone);
        let issue = IssueCard { context: context(till), number: card(name, number), identifier: Some(identifier) };
        write(dispatcher, till, &format!("{name}-issue-{number}"), "IssueCard", silent(issue)).await;
    }
}

fn sale(till: &Actor, number: &str, card: &str) -> RegisterReceipt {
    let line = |number: u32, thousandths: i64, price: i64, sum: i64| Line {
        number,
        goods_code: format!("G{number}"),
        name: Some("Товар".into()),
        group: None,
        brand: None,
        quantity: Quantity(thousandths),
        price: Kopecks(price),
        sum: Kopecks(sum),
        discount_granted: Kopecks(0),
        minimum_price: None,
        no_earn: false,
        no_spend: false,
        weighed: false,
        delivery: false,
        gift_of: None,
    };
    RegisterReceipt {
        context: context(till),
        key: number.into(),
        receipt: ReceiptDraft {
            document: TillDocument {
                till: "M1-01".into(),
                store: None,
                shift: "1".into(),
                number: number.into(),
                at: now(),
                fiscal: None,
            },
            identifier: Some(Identifier::Card(card.into())),
            channel: "till".into(),
            lines: vec![line(1, 1_000, 10_000, 10_000), line(2, 2_000, 5_000, 10_000), line(3, 1_235, 10_000, 12_350)],
            coupons: Vec::new(),
            accepted_offers: Vec::new(),
            quote_id: None,
        },
        reservation: None,
        points: Points::ZERO,
    }
}

fn card(name: &str, number: u64) -> String {
    format!("6{}0000{number:04}", u8::from(name == "b"))
}

fn now() -> GivenTime {
    GivenTime { local: Clock::System.now().local(0), utc_offset_minutes: Some(0) }
}

fn context(actor: &Actor) -> Context {
    Context { actor: actor.clone(), till: "M1-01".into(), cashier: None, occurred_at: now() }
}

fn silent<C: Command>(command: C) -> Job {
    job(Ok(command), |_| Some(String::from("<m:return/>")))
}

async fn write(dispatcher: &Dispatcher, actor: &Actor, key: &str, operation: &'static str, job: Job) {
    let answer = dispatcher.write(job, actor, operation, key.to_owned(), key).await.unwrap();
    assert_eq!(answer.code, "OK", "{operation} {key}");
}

async fn actor(dispatcher: &Dispatcher, name: &str) -> Actor {
    dispatcher
        .admit(&Login { name: name.into(), password: Secret::new(name) }, std::net::IpAddr::from([127, 0, 0, 1]))
        .await
        .unwrap()
}
