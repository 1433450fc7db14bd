//! R9: the N-th call to the database fails, for every N, while a till goes through its day: quote, hold, code, sale, return,
//! another sale and its cancellation by the key. PostgreSQL: the connection breaks at the N-th message, before the server has
//! it or after it is done (so also after COMMIT). SQLite: the N-th write, truncation or sync of its files fails with EIO.

use std::{
    fs,
    sync::Arc,
    time::{Duration, Instant},
};

use crate::{
    Outcome, Plan,
    ground::{
        Backend, Gateway, Ground,
        acknowledged::Log,
        books::{self, Totals, grouped},
        client::{Client, Tally, context, local_time, receipt, returned, sale},
        cutter::{Cutter, When},
        load::{self, PREFIX},
        shim::{Word, pairs},
        until,
    },
    soap::Reply,
};

/// No till takes more cards than this in turn.
const CARDS: usize = 20;
/// A message is asked for again when it does not come; nobody knows whether it went.
const MESSAGE_PATIENCE: Duration = Duration::from_secs(3);
/// More calls than any cycle makes: a storm that gets here has lost its way.
const CALLS_MAX: i64 = 5_000;
/// As quiet as it can be but for the till itself, so that the N-th call is the same one each time.
const SETTINGS: [(&str, &str); 6] = [
    ("KOPILKA_EXCHANGE__KEPT_DAYS", "0"),
    ("KOPILKA_JOBS__INTERVAL_S", "3600"),
    ("KOPILKA_SMS__OUTBOX_POLL_MS", "50"),
    ("KOPILKA_CODES__RESEND_AFTER_S", "0"),
    ("KOPILKA_CODES__PER_PHONE_PER_DAY_MAX", "1000"),
    ("KOPILKA_CODES__PER_TILL_PER_DAY_MAX", "1000000"),
];

pub fn run(plan: &Plan) -> Outcome {
    let mut outcome =
        Outcome::with_goal("each call answered in the end, its effect there exactly once, 0 lost, books in order");
    match plan.backend {
        Backend::Sqlite => on_sqlite(plan, &mut outcome),
        Backend::Postgres => on_postgres(plan, &mut outcome),
    }
    outcome
}

fn on_sqlite(plan: &Plan, outcome: &mut Outcome) {
    let (ground, shim, environment) = Ground::with_shim(plan.backend);
    let settings: Vec<(&str, &str)> = SETTINGS.into_iter().chain(pairs(&environment)).collect();
    let gateway = ground.gateway(&settings);
    let mut storm = Storm::prepare(&ground, &gateway, outcome);
    // Alone, and with the next one: what is tried at once after a failure may fail as well.
    for together in [1, 2] {
        let (mut failed, mut first) = (0, 1);
        loop {
            shim.fail_at(first, together);
            storm.cycle(outcome);
            shim.set(Word::FailAt, 0);
            if shim.get(Word::Failed) == 0 {
                break;
            }
            failed += 1;
            first += plan.of(11, 1);
            assert!(first < CALLS_MAX, "every cycle meets its fault");
        }
        outcome.must(failed > 0, format!("EIO {failed} times of {first} writes and syncs, {together} together"));
    }
    storm.finish(&ground, gateway, outcome);
}

fn on_postgres(plan: &Plan, outcome: &mut Outcome) {
    let mut ground = Ground::new(plan.backend);
    let direct = ground.url.clone();
    let port = direct.rsplit_once(':').unwrap().1.split('/').next().unwrap();
    let cutter = Cutter::to(format!("127.0.0.1:{port}").parse().unwrap());
    ground.url = direct.replace(&format!(":{port}/"), &format!(":{}/", cutter.address.port()));
    let gateway = ground.gateway(&SETTINGS);
    ground.url = direct;
    let mut storm = Storm::prepare(&ground, &gateway, outcome);
    for (when, name) in [(When::BeforeItArrives, "before"), (When::AfterItIsDone, "after")] {
        let (mut cuts, mut first) = (0, 1);
        loop {
            cutter.cut_at(first, when);
            storm.cycle(outcome);
            if !cutter.heal() {
                break;
            }
            cuts += 1;
            first += plan.of(23, 1);
            assert!(first < CALLS_MAX, "every cycle meets its fault");
        }
        outcome.must(cuts > 0, format!("cut {name} it {cuts} times of {first} messages"));
    }
    storm.finish(&ground, gateway, outcome);
}

struct Storm {
    client: Client,
    tally: Arc<Tally>,
    log: Log,
    before: Totals,
    messages: std::path::PathBuf,
    number: usize,
    slowest: Duration,
    resent: usize,
}

impl Storm {
    /// Cards with points, and codes as ever.
    fn prepare(ground: &Ground, gateway: &Gateway, _: &mut Outcome) -> Self {
        let tally = Arc::new(Tally::default());
        load::prepare_cards(&[gateway.address], &tally);
        Self {
            client: Client::new(&[gateway.address], 0, "demo", &tally),
            tally,
            log: Log::create(&ground.folder),
            before: Totals::read(ground),
            messages: ground.folder.join("sms.log"),
            number: 0,
            slowest: Duration::ZERO,
            resent: 0,
        }
    }

    /// Sends until it is answered; what is answered is written down.
    fn call(&mut self, operation: &str, key: &str, arguments: &str) -> Reply {
        let began = Instant::now();
        let reply = self.client.pos(operation, arguments).expect("an answer");
        self.slowest = self.slowest.max(began.elapsed());
        if !key.is_empty() {
            self.log.add(operation, key, reply.code(), returned(&reply));
        }
        reply
    }

    fn cycle(&mut self, outcome: &mut Outcome) {
        let number = self.number;
        self.number += 1;
        let (card, phone) = (load::card(number % CARDS), load::phone(number % CARDS));
        let key = |what: &str| format!("{PREFIX}{what}-{number}");
        let bought = receipt(&format!("n-{number}"), &card, 1_000);
        let quote = self.call("QuoteReceipt", "", &format!("{bought}<pointsWanted>5</pointsWanted>"));
        let sent = self.messages_to(&phone).len();
        let reserve = format!("{}{bought}<points>5</points>", context(&key("h")));
        let hold = self.call("ReservePoints", &key("h"), &reserve);
        let id = hold.find("reservationId").unwrap_or("0").to_owned();
        let code = self.code(&phone, sent, &id);
        let confirm = format!(
            "{}<reservationId>{id}</reservationId><confirmationCode>{code}</confirmationCode>",
            context(&key("c"))
        );
        let confirmed = self.call("ConfirmReservation", &key("c"), &confirm);
        let sold = self.call("RegisterReceipt", &key("s"), &sale(&key("s"), &bought, &id, "5"));
        let receipt_id = sold.find("receiptId").unwrap_or("0");
        let back = format!(
            "{}<returnReceipt><receiptId>{receipt_id}</receiptId><till>M1-01</till><shift>1</shift>\
             <number>r-{number}</number><at>{}</at><lines></lines></returnReceipt>",
            context(&key("r")),
            local_time()
        );
        let took_back = self.call("RegisterReturn", &key("r"), &back);
        let second = receipt(&format!("m-{number}"), &card, 500);
        let resold = self.call("RegisterReceipt", &key("t"), &sale(&key("t"), &second, "", "0"));
        let cancel = format!("{}<cancelledKey>{}</cancelledKey><reason>ошибка</reason>", context(&key("x")), key("t"));
        let cancelled = self.call("CancelOperation", &key("x"), &cancel);
        for reply in [&quote, &hold, &confirmed, &sold, &took_back, &resold, &cancelled] {
            outcome.always(reply.code() == "OK", format!("cycle {number}: {}", reply.body));
        }
        outcome.always(cancelled.find("outcome") == Some("done"), format!("cycle {number}: {}", cancelled.body));
    }

    /// The code of a hold, which came after so many messages; asked for again if it does not come.
    fn code(&mut self, phone: &str, sent: usize, hold: &str) -> String {
        for attempt in 0..5 {
            if until(MESSAGE_PATIENCE, || self.messages_to(phone).len() > sent).is_some() {
                break;
            }
            self.resent += 1;
            let key = format!("again-{}-{attempt}", self.number);
            self.call("ResendCode", "", &format!("{}<reservationId>{hold}</reservationId>", context(&key)));
        }
        let last = self.messages_to(phone).pop().expect("a message comes");
        last.split(|c: char| !c.is_ascii_digit()).find(|word| word.len() == 6).unwrap_or_default().to_owned()
    }

    fn messages_to(&self, phone: &str) -> Vec<String> {
        let text = fs::read_to_string(&self.messages).unwrap_or_default();
        let said = |line: &str| line.split_once(": ").map(|(_, said)| said.to_owned());
        text.lines().filter(|line| line.contains(phone)).filter_map(said).collect()
    }

    fn finish(self, ground: &Ground, mut gateway: Gateway, outcome: &mut Outcome) {
        outcome.always(gateway.ended().is_none(), "the gateway ended");
        outcome.tell(format!("slowest call {}", books::seconds(self.slowest)));
        if self.resent > 0 {
            outcome.tell(format!("codes asked for again {}", grouped(self.resent)));
        }
        books::check(ground, self.before, &self.log, &[gateway.address], outcome);
        books::check_tally(&self.tally, outcome);
    }
}
