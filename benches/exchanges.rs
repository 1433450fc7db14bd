//! What the journal of exchanges costs: the same calls over HTTP with it and without it, in turn, in one run.
//!
//! `cargo bench --bench exchanges [-- --calls N --pairs N --kept N]` prints, for each backend and operation, calls a second with
//! and without the journal and their ratio, of each pair and as the median; and how many of the exchanges were kept. It
//! needs PostgreSQL's binaries for the second half. `--kept N` is among how many exchanges one is then looked for.
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
    net::SocketAddr,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use kopilka::{
    app::{Gateway, Opened, Parts},
    clock::Clock,
    config::{Config, Overrides},
    domain::moment::Moment,
    store::{
        db::{backend::Purpose, upgrade::upgrade},
        tables::call_log::{Draft, ExchangeRow, Search, count, find, insert},
    },
    vault::Vault,
};

/// Tills that call at the same time, each on a connection of its own.
const TILLS: u64 = 64;
/// Cards of as many customers: so many that no account grows hot, whose lots would cost more with each sale.
const CARDS: u64 = 1_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operation {
    GetBalance,
    RegisterReceipt,
}

fn main() {
    let (calls, pairs) = (wanted("--calls", 6_400), wanted("--pairs", 3));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    println!("{calls} calls over HTTP a round, {TILLS} tills at a time; with the journal and without it in turn\n");
    println!(
        "| database | operation | with the journal, calls a second | without | ratio, each pair | median | µs of CPU a call, with | without | kept |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    let folder = std::env::temp_dir().join(format!("kopilka-journal-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let server = postgres::Postgres::start();
    let embedded = |name: &str| format!("sqlite://{}/{name}.db", folder.display());
    // A database for each: without the journal a gateway forgets the exchanges that others kept.
    for (name, with, without) in [
        ("SQLite", embedded("with"), embedded("without")),
        ("PostgreSQL", server.create_database("with"), server.create_database("without")),
    ] {
        let (with, without) = (config(&with, &folder, true), config(&without, &folder, false));
        runtime.block_on(compare(name, &with, &without, calls, pairs));
    }
    look_up(&folder, &[("SQLite", embedded("many")), ("PostgreSQL", server.create_database("many"))]);
    std::fs::remove_dir_all(&folder).unwrap();
}

/// How long one exchange is looked for among many.
fn look_up(folder: &Path, databases: &[(&str, String)]) {
    let many = i64::try_from(wanted("--kept", 1_000_000)).unwrap();
    println!("\nLooking up among {many} exchanges, sales of three lines, the median and the longest of 21\n");
    println!("| database | by | ms | longest | found |\n|---|---|---|---|---|");
    for (name, url) in databases {
        let opened = Opened::make(&config(url, folder, true)).unwrap();
        let mut db = opened.writer().unwrap();
        upgrade(&mut db, &opened.vault, Moment(0), |_| {}).unwrap();
        let ring = opened.vault.ring().unwrap();
        let (mut draft, mut pages) = (Draft::default(), 0);
        for number in 0..many {
            draft.push(&kept_sale(number));
            if draft.is_full() || number + 1 == many {
                let page = std::mem::take(&mut draft).pack(pages, &ring).unwrap();
                db.transaction(Purpose::Evidence, |db| insert(db, &[page])).unwrap();
                pages += 1;
            }
        }
        let nobody = Search::default;
        let searches: [(&str, &dyn Fn(i64) -> Search); 4] = [
            ("request id", &|at| Search { request_id: Some(kept_sale(at).request_id), ..nobody() }),
            ("a request id that is not there", &|at| Search { request_id: Some(format!("{at}")), ..nobody() }),
            ("operation key and till", &|at| {
                let row = kept_sale(at);
                Search { operation_key: row.operation_key, till: row.till, ..nobody() }
            }),
            ("card, the last 10", &|at| Search { card: kept_sale(at).card, ..nobody() }),
        ];
        for (by, search) in searches {
            let mut found = 0;
            let mut times: Vec<f64> = (0..21)
                .map(|number| {
                    let search = search(number * (many / 21));
                    let begun = Instant::now();
                    found += find(&mut db, &opened.vault, &search, 10).unwrap().len();
                    begun.elapsed().as_secs_f64() * 1_000.0
                })
                .collect();
            times.sort_by(f64::total_cmp);
            println!("| {name} | {by} | {:.1} | {:.1} | {found} |", times[10], times[20]);
        }
    }
}

/// The exchange of a sale: names that do not repeat themselves, texts that do.
fn kept_sale(number: i64) -> ExchangeRow {
    let scattered = number.wrapping_mul(0x2545_f491_4f6c_dd1d);
    let (key, card) = (format!("{scattered:016x}-{number:016x}"), format!("81{:08}", scattered.rem_euclid(200_000)));
    let request = format!("<RegisterReceipt>{}</RegisterReceipt>", sale(&key, &card));
    ExchangeRow {
        at: number * 100,
        request_id: format!("{scattered:016x}"),
        service: "pos_1".into(),
        operation: Some("RegisterReceipt".into()),
        code: "OK".into(),
        http_status: 200,
        partner_id: Some(1),
        login: Some("demo".into()),
        operation_key: Some(key),
        card: Some(card),
        till: Some(format!("M1-{:02}", scattered.rem_euclid(60))),
        duration_ms: number % 20,
        request: Some(request),
        answer: Some(format!(
            "<m:return><m:code>OK</m:code><m:message>Готово.</m:message><m:receiptId>{number}</m:receiptId>\
             <m:pointsEarned>3</m:pointsEarned><m:balance><m:available>{}</m:available></m:balance></m:return>",
            number % 997
        )),
    }
}

fn wanted(name: &str, usual: u64) -> u64 {
    let arguments: Vec<String> = std::env::args().collect();
    let given = arguments.iter().position(|argument| argument == name).and_then(|at| arguments.get(at + 1));
    given.map_or(usual, |text| text.parse().expect("a number"))
}

async fn compare(name: &str, with: &Config, without: &Config, calls: u64, pairs: u64) {
    prepare(with).await;
    prepare(without).await;
    for operation in [Operation::GetBalance, Operation::RegisterReceipt] {
        let before = kept(with);
        let mut measured = Vec::new();
        for pair in 0..pairs {
            let key = format!("{operation:?}-{pair}");
            let round = async |config| measure(config, operation, calls, &key).await;
            // Who goes first changes, so that neither has the quieter machine.
            let (with, without) = if pair % 2 == 0 {
                let with = round(with).await;
                (with, round(without).await)
            } else {
                let without = round(without).await;
                (round(with).await, without)
            };
            measured.push((with.0 / without.0, with, without));
        }
        let with_cpu = median(measured.iter().map(|(_, with, _)| with.1).collect());
        let without_cpu = median(measured.iter().map(|(_, _, without)| without.1).collect());
        let ratios: Vec<String> = measured.iter().map(|(ratio, _, _)| format!("{ratio:.2}")).collect();
        measured.sort_by(|one, other| one.0.total_cmp(&other.0));
        let (median, (with_it, _), (without_it, _)) = measured[measured.len() / 2];
        // The 64 greetings before each round are kept as well.
        let kept = kept(with) - before - TILLS * pairs;
        println!(
            "| {name} | {operation:?} | {with_it:.0} | {without_it:.0} | {} | {median:.2} | {with_cpu:.1} | \
             {without_cpu:.1} | {kept} of {} |",
            ratios.join(", "),
            calls * pairs
        );
    }
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

fn config(url: &str, folder: &Path, journal: bool) -> Config {
    let key_file = folder.join("key");
    if !key_file.exists() {
        std::fs::write(&key_file, Vault::fresh_key().unwrap().as_str()).unwrap();
    }
    let environment = [
        ("KOPILKA_SECURITY__KEY_FILE".to_owned(), key_file.display().to_string()),
        ("KOPILKA_EXCHANGE__KEPT_DAYS".to_owned(), if journal { "7" } else { "0" }.to_owned()),
    ];
    let overrides = Overrides { database: Some(url.into()), listen: Some("127.0.0.1:0".into()) };
    Config::load(None, environment, &overrides).unwrap()
}

fn kept(config: &Config) -> u64 {
    let mut db = Opened::open(config).unwrap().writer().unwrap();
    count(&mut db).unwrap().try_into().unwrap()
}

async fn prepare(config: &Config) {
    let gateway = Gateway::start(config, Parts { demo: true, ..Parts::default() }).await.unwrap();
    let mut office = Till::connect(gateway.address(), "office").await;
    let cards = format!(
        "<context><operationKey>cards</operationKey><occurredAt>{}</occurredAt></context>\
         <batch><prefix>81</prefix><from>0000</from><to>{:04}</to></batch>",
        now(),
        CARDS - 1
    );
    office.call("RegisterCards", &cards).await;
    let mut till = Till::connect(gateway.address(), "demo").await;
    for card in 0..CARDS {
        let issue = format!(
            "{}<cardNumber>{}</cardNumber><identifier>+7917000{card:04}</identifier>",
            context(&format!("issue-{card}")),
            number(card)
        );
        till.call("IssueCard", &issue).await;
    }
    drop(office);
    drop(till);
    gateway.stop().await.unwrap();
}

/// Microseconds of CPU that this process has used, in hundredths of a second; 0 where the system does not tell. Others at
/// work on the same machine change it far less than they change how long something takes.
fn cpu_us() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks = after_name.split_whitespace().skip(11).take(2).filter_map(|text| text.parse::<f64>().ok());
    ticks.sum::<f64>() * 10_000.0
}

/// Calls a second, and microseconds of CPU a call, the tills' own and the journal's last writes included.
async fn measure(config: &Config, operation: Operation, calls: u64, key: &str) -> (f64, f64) {
    let gateway = Gateway::start(config, Parts { demo: true, ..Parts::default() }).await.unwrap();
    let mut tills = Vec::new();
    for _ in 0..TILLS {
        let mut till = Till::connect(gateway.address(), "demo").await;
        till.call("Ping", "").await;
        tills.push(till);
    }
    let next = Arc::new(AtomicU64::new(0));
    let (begun, cpu_before) = (Instant::now(), cpu_us());
    let running: Vec<_> = tills
        .into_iter()
        .map(|mut till| {
            let (next, key) = (Arc::clone(&next), key.to_owned());
            tokio::spawn(async move {
                loop {
                    let call = next.fetch_add(1, Ordering::Relaxed);
                    if call >= calls {
                        return;
                    }
                    let card = number(call % CARDS);
                    match operation {
                        Operation::GetBalance => {
                            till.call("GetBalance", &format!("<identifier>{card}</identifier>")).await;
                        }
                        Operation::RegisterReceipt => {
                            till.call("RegisterReceipt", &sale(&format!("{key}-{call}"), &card)).await;
                        }
                    }
                }
            })
        })
        .collect();
    for till in running {
        till.await.unwrap();
    }
    let seconds = begun.elapsed().as_secs_f64();
    // What waits to be written down is written down here.
    gateway.stop().await.unwrap();
    (calls as f64 / seconds, (cpu_us() - cpu_before) / calls as f64)
}

fn number(card: u64) -> String {
    format!("81{card:04}")
}

fn now() -> String {
    Clock::System.now().local(0).format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn context(key: &str) -> String {
    format!(
        "<context><operationKey>{key}</operationKey><till>M1-01</till><cashier>Петрова</cashier><shift>1</shift>\
         <occurredAt>{}</occurredAt></context>",
        now()
    )
}

fn sale(key: &str, card: &str) -> String {
    let line = |number: u32| {
        format!(
            "<line><number>{number}</number><goodsCode>G{number}</goodsCode><name>Товар номер {number}</name>\
             <quantity>1</quantity><price>100.00</price><sum>100.00</sum></line>"
        )
    };
    format!(
        "{}<receipt><till>M1-01</till><shift>1</shift><number>{key}</number><at>{}</at><identifier>{card}</identifier>\
         <lines>{}{}{}</lines></receipt><reservationId></reservationId><pointsToSpend>0</pointsToSpend>",
        context(key),
        now(),
        line(1),
        line(2),
        line(3)
    )
}

/// A till on a connection that it keeps.
struct Till {
    stream: TcpStream,
    authorization: String,
    service: &'static str,
    answer: Vec<u8>,
}

impl Till {
    /// The demo's passwords are its logins.
    async fn connect(address: SocketAddr, login: &str) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let authorization = BASE64_STANDARD.encode(format!("{login}:{login}"));
        let service = if login == "office" { "office" } else { "pos" };
        Self { stream, authorization, service, answer: Vec::new() }
    }

    async fn call(&mut self, operation: &str, arguments: &str) {
        let service = self.service;
        let body = format!(
            "<soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body>\
             <{operation} xmlns=\"urn:kopilka:ws:{service}:1\">{arguments}</{operation}></soap:Body></soap:Envelope>"
        );
        let request = format!(
            "POST /ws/{service}_1 HTTP/1.1\r\nHost: h\r\nContent-Type: text/xml; charset=utf-8\r\n\
             Authorization: Basic {}\r\nContent-Length: {}\r\n\r\n{body}",
            self.authorization,
            body.len()
        );
        self.stream.write_all(request.as_bytes()).await.unwrap();
        self.answer.clear();
        while !self.answer.ends_with(b"</soap:Envelope>") {
            assert_ne!(self.stream.read_buf(&mut self.answer).await.unwrap(), 0, "closed");
        }
        let answer = String::from_utf8_lossy(&self.answer);
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        assert!(operation == "Ping" || answer.contains("<m:code>OK</m:code>"), "{operation}: {answer}");
    }
}
