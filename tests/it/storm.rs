//! Many tills at once: 64 clients over 20 cards for ten seconds, and afterwards every invariant of the ledger holds.
//!
//! The clients keep their own account of what was acknowledged; the gateway's books must agree with it, so that a lost
//! write is seen and not only a broken sum.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use crate::support::{
    App, Backend,
    soap::{Client, Reply},
};

const CLIENTS: u64 = 64;
const CARDS: u64 = 20;
const DURATION: Duration = Duration::from_secs(10);

/// What a card's customer was told: hundredths of a point.
#[derive(Default)]
struct Told {
    earned: i64,
    spent: i64,
}

fn hundredths(text: &str) -> i64 {
    text.replace('.', "").parse().unwrap()
}

fn card(number: u64) -> String {
    format!("80000000{number:02}")
}

/// Cards with 1 000 points each, in a programme that needs no code, so that the storm is about points.
async fn prepare(app: &App) {
    let office = app.client("office");
    let context = |key: &str| {
        format!("<context><operationKey>{key}</operationKey><occurredAt>{}</occurredAt></context>", app.local_time())
    };
    let programme = office.office("GetProgramme", "<programmeCode>demo</programmeCode>").await.ok();
    let (_, rest) = programme.body.split_once("<m:programme>").unwrap();
    let rules = rest.split_once("</m:programme>").unwrap().0.replace("m:", "");
    let rules = rules
        .replace(&format!("<validFrom>{}", programme.get("validFrom")), &format!("<validFrom>{}", app.local_time()))
        .replace("<codeRequired>true<", "<codeRequired>false<");
    office.office("SaveProgramme", &format!("{}<programme>{rules}</programme>", context("p"))).await.ok();
    let batch =
        format!("{}<batch><prefix>80000000</prefix><from>00</from><to>{:02}</to></batch>", context("b"), CARDS - 1);
    office.office("RegisterCards", &batch).await.ok();
    for number in 0..CARDS {
        let issue = format!(
            "{}<cardNumber>{}</cardNumber><identifier>+791655500{number:02}</identifier>",
            app.context(&format!("i{number}")),
            card(number)
        );
        app.call("IssueCard", &issue).await.ok();
        let activate = format!("{}<cardNumber>{}</cardNumber>", app.context(&format!("a{number}")), card(number));
        app.call("ActivateCard", &activate).await.ok();
        assert_eq!(
            app.sell(&format!("start-{number}"), &card(number), 100_000).await.ok().get("pointsEarned"),
            "1000.00"
        );
    }
}

/// One till: quotes, holds, spends, returns, cancels, sends again, until the time is over.
struct Till {
    client: Client,
    time: String,
    number: u64,
    seed: u64,
    told: Arc<Mutex<HashMap<u64, Told>>>,
    done: Arc<AtomicU64>,
}

impl Till {
    fn random(&mut self, below: u64) -> u64 {
        self.seed ^= self.seed << 13;
        self.seed ^= self.seed >> 7;
        self.seed ^= self.seed << 17;
        self.seed % below
    }

    async fn call(&self, operation: &str, arguments: &str) -> Reply {
        let reply = self.client.pos(operation, arguments).await;
        assert_eq!(reply.status, 200, "{operation}: {}", reply.body);
        self.done.fetch_add(1, Ordering::Relaxed);
        reply
    }

    fn context(&self, key: &str) -> String {
        let time = &self.time;
        format!(
            "<context><operationKey>{key}</operationKey><till>M1-01</till><occurredAt>{time}</occurredAt></context>"
        )
    }

    async fn round(&mut self, round: u64) {
        let card_number = self.random(CARDS);
        let roubles = 100 + self.random(2_000);
        let points = 1 + self.random(300);
        let name = format!("{}-{round}", self.number);
        let receipt = format!(
            "<receipt><till>M1-01</till><number>{name}</number><at>{}</at><identifier>{}</identifier><lines>\
             <line><number>1</number><goodsCode>A</goodsCode><quantity>2</quantity><price>{roubles}.00</price><sum>{}.00</sum></line></lines></receipt>",
            self.time,
            card(card_number),
            2 * roubles
        );
        let reserve = format!("{}{receipt}<points>{points}</points>", self.context(&format!("h{name}")));
        let held = self.call("ReservePoints", &reserve).await;
        let (id, spend) = match held.code() {
            "OK" => (held.get("reservationId").to_owned(), self.random(points + 1)),
            "POINTS_NOT_ENOUGH" | "POINTS_OVER_LIMIT" => (String::new(), 0),
            other => panic!("{other}: {}", held.body),
        };
        if !id.is_empty() && self.random(8) == 0 {
            let release = format!(
                "{}<reservationId>{id}</reservationId><reason>отказ</reason>",
                self.context(&format!("l{name}"))
            );
            self.call("ReleaseReservation", &release).await.ok();
            return;
        }
        let sale = format!(
            "{}{receipt}<reservationId>{id}</reservationId><pointsToSpend>{spend}</pointsToSpend>",
            self.context(&format!("s{name}"))
        );
        let sold = self.call("RegisterReceipt", &sale).await.ok();
        if self.random(4) == 0 {
            assert_eq!(self.call("RegisterReceipt", &sale).await, sold, "the same request, other bytes");
        }
        self.tell(card_number, hundredths(sold.get("pointsEarned")), hundredths(sold.get("pointsSpent")));
        let sale_id = sold.get("receiptId").to_owned();
        match self.random(5) {
            0 => {
                let lines = "<lines><line><number>1</number><quantity>1</quantity></line></lines>";
                let back = format!(
                    "{}<returnReceipt><receiptId>{sale_id}</receiptId><till>M1-01</till><number>b{name}</number><at>{}</at>{lines}</returnReceipt>",
                    self.context(&format!("r{name}")),
                    self.time
                );
                let back = self.call("RegisterReturn", &back).await.ok();
                self.tell(card_number, -hundredths(back.get("pointsRevoked")), -hundredths(back.get("pointsRestored")));
            }
            1 => {
                let cancel = format!(
                    "{}<receiptId>{sale_id}</receiptId><reason>ошибка</reason>",
                    self.context(&format!("x{name}"))
                );
                let gone = self.call("CancelReceipt", &cancel).await.ok();
                self.tell(card_number, -hundredths(gone.get("pointsRevoked")), -hundredths(gone.get("pointsRestored")));
            }
            _ => {}
        }
    }

    fn tell(&self, card_number: u64, earned: i64, spent: i64) {
        let mut told = self.told.lock().unwrap();
        let entry = told.entry(card_number).or_default();
        entry.earned += earned;
        entry.spent += spent;
    }
}

async fn storm(backend: Backend) {
    let app = App::start(backend).await;
    prepare(&app).await;
    let told: Arc<Mutex<HashMap<u64, Told>>> = Arc::default();
    let done = Arc::new(AtomicU64::new(0));
    let started = Instant::now();
    let tills: Vec<_> = (0..CLIENTS)
        .map(|number| {
            let mut till = Till {
                client: app.client("demo"),
                time: app.local_time(),
                number,
                seed: 0x9E37_79B9_7F4A_7C15 ^ (number + 1),
                told: Arc::clone(&told),
                done: Arc::clone(&done),
            };
            tokio::spawn(async move {
                let mut round = 0;
                while started.elapsed() < DURATION {
                    till.round(round).await;
                    round += 1;
                }
            })
        })
        .collect();
    for till in tills {
        till.await.unwrap();
    }
    let operations = done.load(Ordering::Relaxed);
    assert!(operations > CLIENTS * 5, "only {operations} operations were done");
    eprintln!("{backend:?}: {operations} operations acknowledged in {:?}", started.elapsed());
    let told = told.lock().unwrap().drain().collect::<Vec<_>>();
    for (number, told) in told {
        let balance = app.balance(&card(number)).await.ok();
        let owned = hundredths(balance.get("available")) - hundredths(balance.get("debt"));
        // A hold that no receipt took is still held.
        let held = hundredths(balance.get("reserved"));
        assert_eq!(
            owned + held,
            100_000 + told.earned - told.spent,
            "card {}: the customers were told otherwise",
            card(number)
        );
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_four_tills_leave_the_books_in_order_on_sqlite() {
    storm(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_four_tills_leave_the_books_in_order_on_postgres() {
    storm(Backend::Postgres).await;
}
