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
    calls::Call,
    messages::{Hundredths, Programme as _, Receipt as _, Return as _},
    on_both,
    soap::Reply,
};

on_both! { backend: sixty_four_tills_leave_the_books_in_order }

const CLIENTS: u64 = 64;
const CARDS: u64 = 20;
const DURATION: Duration = Duration::from_secs(10);

/// The acknowledged points of a card, in hundredths.
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
    app.change_programme(|programme| programme.remove("codes")).await;
    app.register_cards("80000000", "00", &format!("{:02}", CARDS - 1)).await.ok();
    for number in 0..CARDS {
        app.hand_out(&card(number), &format!("+791655500{number:02}")).await;
        let start = app.sell(format!("start-{number}"), &card(number), 100_000).await.ok();
        assert_eq!(start.get("pointsEarned"), "1000.00");
    }
}

/// One till: quotes, holds, spends, returns, cancels, sends again, until the time is over.
struct Till {
    app: Arc<App>,
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

    async fn send(&self, call: &Call) -> Reply {
        let reply = call.send().await;
        assert_eq!(reply.status, 200, "{}: {}", call.xml(), reply.body);
        self.done.fetch_add(1, Ordering::Relaxed);
        reply
    }

    async fn round(&mut self, round: u64) {
        let app = Arc::clone(&self.app);
        let card_number = self.random(CARDS);
        let price = Hundredths((100 + self.random(2_000) as i64) * 100);
        let points = 1 + self.random(300);
        let name = format!("{}-{round}", self.number);
        let receipt = app.receipt(&name).of(&card(card_number)).line("A", 2, price);
        let held = self.send(&app.reserve_for(receipt.clone(), Hundredths(points as i64 * 100))).await;
        let (hold, spend) = match held.code() {
            "OK" => (held.get("reservationId").to_owned(), self.random(points + 1)),
            "POINTS_NOT_ENOUGH" | "POINTS_OVER_LIMIT" => (String::new(), 0),
            other => panic!("{other}: {}", held.body),
        };
        if !hold.is_empty() && self.random(8) == 0 {
            self.send(&app.release(&hold)).await.ok();
            return;
        }
        let sale = app.sale_for_points(receipt, &hold, Hundredths(spend as i64 * 100));
        let sold = self.send(&sale).await.ok();
        if self.random(4) == 0 {
            assert_eq!(self.send(&sale).await, sold, "the same request, other bytes");
        }
        self.tell(card_number, hundredths(sold.get("pointsEarned")), hundredths(sold.get("pointsSpent")));
        let sale = sold.get("receiptId");
        let undone = match self.random(5) {
            0 => app.take_back(app.returned(sale, format!("b{name}")).line(1, 1)),
            1 => app.cancel_receipt(sale),
            _ => return,
        };
        let undone = self.send(&undone).await.ok();
        self.tell(card_number, -hundredths(undone.get("pointsRevoked")), -hundredths(undone.get("pointsRestored")));
    }

    fn tell(&self, card_number: u64, earned: i64, spent: i64) {
        let mut told = self.told.lock().unwrap();
        let entry = told.entry(card_number).or_default();
        entry.earned += earned;
        entry.spent += spent;
    }
}

async fn sixty_four_tills_leave_the_books_in_order(backend: Backend) {
    let app = Arc::new(App::start(backend).await);
    prepare(&app).await;
    let told: Arc<Mutex<HashMap<u64, Told>>> = Arc::default();
    let done = Arc::new(AtomicU64::new(0));
    let started = Instant::now();
    let tills: Vec<_> = (0..CLIENTS)
        .map(|number| {
            let mut till = Till {
                app: Arc::clone(&app),
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
    Arc::into_inner(app).expect("the tills are gone").finish().await;
}
