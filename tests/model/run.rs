//! The story's course: rounds of up to 64 customers at once, and between them the clock, the rules, the jobs.

use std::{
    collections::{BTreeMap, HashMap},
    net::{IpAddr, Ipv4Addr},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use tokio::{sync::Notify, task::JoinSet, time::timeout};

use crate::{
    book::{DAY, HOUR, Life, MINUTE, Rules, SECOND, STATEMENT_PAGE, Said},
    chance::Chance,
    stream::{Request, Stream, card_number, phone_like_prefixes},
    support::{
        self, Backend, Folder, START,
        soap::{OFFICE, POS, envelope},
    },
    wire,
};
use kopilka::{
    access::{Login, hash_password},
    app::{Gateway, Opened, Parts},
    clock::Clock,
    config::{Config, XmlLimits},
    domain::{moment::Span, reference::Roles},
    notify::{Channel, ChannelError, Message, Status, Submitted},
    secret::Secret,
    soap::endpoint::{Endpoint, Request as SoapRequest},
    store::{
        admin::{NewPartner, NewTill, add_partner, add_till},
        books::verify::verify,
        db::backend::Purpose,
        forgetting::forget_answers,
    },
};

/// Operations at once: as many as the gateway decides in one batch.
const AT_ONCE: usize = 64;
/// Customers who take turns, and for how many rounds, before others take their place.
const CUSTOMERS: usize = 96;
const ROUNDS_OF_A_GENERATION: usize = 300;
/// How long a message may take to come; it has no clock but the system's.
const MESSAGE_WAIT: Duration = Duration::from_secs(20);
/// How far the clock may go before every message has come: codes live for a minute at least.
const UNSENT_FOR_MAX: i64 = 40 * SECOND;
const ACCOUNTS_OF_A_JOB: i64 = 500;
/// The status of a gateway that has too much to do, how often it may say so, and how long a till waits then.
const OVERLOADED: u16 = 503;
const OVERLOADED_MAX: usize = 200;
const OVERLOADED_PAUSE: Duration = Duration::from_millis(50);
/// How long answers are kept for repeats, as the configuration begins.
const ANSWERS_KEPT: i64 = 90 * DAY;

/// What to tell.
#[derive(Debug, Clone, Copy)]
pub struct Task {
    pub backend: Backend,
    pub seed: u64,
    pub operations: usize,
    /// This customer alone.
    pub account: Option<usize>,
    /// Whether to tell how often each operation had each answer.
    pub counts: bool,
}

pub enum Outcome {
    Same,
    Differs { account: usize },
}

/// What happens before a round, and who takes part in it; by the seed and the round's number alone.
struct Round {
    moved: i64,
    rules: Option<Rules>,
    job: bool,
    restart: bool,
    customers: Vec<usize>,
}

/// Codes by phone number, in the order in which they came.
type Codes = HashMap<String, Vec<String>>;

/// Where messages arrive.
#[derive(Clone, Default)]
struct Messages(Arc<(Mutex<Codes>, Notify)>);

impl Channel for Messages {
    fn name(&self) -> &'static str {
        "model"
    }

    fn submit(&self, message: &Message) -> Result<Submitted, ChannelError> {
        let digits = message
            .text
            .reveal()
            .chars()
            .skip_while(|c| !c.is_ascii_digit())
            .take_while(char::is_ascii_digit)
            .collect();
        self.0.0.lock().unwrap().entry(message.recipient.clone()).or_default().push(digits);
        self.0.1.notify_waiters();
        Ok(Submitted { provider_id: None, status: Status::Submitted })
    }
}

impl Messages {
    async fn nth(&self, phone: &str, number: usize) -> String {
        let until = Instant::now() + MESSAGE_WAIT;
        loop {
            let arrived = self.0.1.notified();
            if let Some(code) = self.0.0.lock().unwrap().get(phone).and_then(|codes| codes.get(number)) {
                return code.clone();
            }
            let left = until.saturating_duration_since(Instant::now());
            assert!(timeout(left, arrived).await.is_ok(), "message {number} did not come to {phone}");
        }
    }
}

/// A request, and the status and the body of its answer.
type Heard = (Request, u16, String);

struct World {
    gateway: Option<Gateway>,
    endpoint: Arc<Endpoint>,
    clock: Clock,
    messages: Messages,
    config: Config,
    _folder: Folder,
}

impl World {
    async fn start(backend: Backend) -> Self {
        let folder = Folder::new();
        let mut config = support::config(&support::database(backend, &folder), &folder);
        // Tills are shared by all customers; a cap of a till's would tie their stories together.
        config.codes.per_till_per_day_max = u32::MAX;
        config.sms.outbox_poll_ms = 10;
        config.limits.statement_page_entries_max = STATEMENT_PAGE;
        let (clock, messages) = (Clock::manual(START), Messages::default());
        let (gateway, endpoint) = serve(&config, &clock, &messages, true).await;
        add_another_programme(&config, &clock);
        Self { gateway: Some(gateway), endpoint, clock, messages, config, _folder: folder }
    }

    fn gateway(&self) -> &Gateway {
        self.gateway.as_ref().unwrap()
    }

    async fn stop(&mut self) {
        self.gateway.take().unwrap().stop().await.unwrap();
    }

    /// Another gateway on the same database, with nothing of what the one before had in its memory.
    async fn restart(&mut self) {
        self.stop().await;
        let (gateway, endpoint) = serve(&self.config, &self.clock, &self.messages, false).await;
        (self.gateway, self.endpoint) = (Some(gateway), endpoint);
    }

    fn now(&self) -> i64 {
        self.clock.now().0
    }

    /// Office work; it must succeed.
    async fn office(&self, operation: &str, arguments: &str) -> Said {
        wire::read(&self.office_text(operation, arguments).await)
    }

    /// Office work and its answer as it came.
    async fn office_text(&self, operation: &str, arguments: &str) -> String {
        let body = envelope(OFFICE, operation, arguments);
        let (status, body) = call(Arc::clone(&self.endpoint), "office_1", "office", body).await;
        let said = wire::read(&body);
        assert_eq!((status, said.get("code").map(String::as_str)), (200, Some("OK")), "{operation}: {body}");
        body
    }

    /// Waits for every message that should have been sent.
    async fn all_sent(&self, streams: &BTreeMap<usize, Stream>) {
        for (phone, count) in streams.values().flat_map(Stream::messages) {
            self.messages.nth(&phone, count - 1).await;
        }
    }

    async fn bring_up_to_date(&self) {
        while self.gateway().dispatcher().bring_up_to_date(ACCOUNTS_OF_A_JOB).await.unwrap() == ACCOUNTS_OF_A_JOB {}
    }

    /// Forgets old answers, as the job does.
    fn forget(&self) {
        let (opened, mut db) = Opened::with_keys(&self.config).unwrap();
        let (now, before) = (self.clock.now(), self.clock.now().before(Span(ANSWERS_KEPT)));
        let forgotten = db.transaction(Purpose::Write, |db| forget_answers(db, &opened.vault, before, 1_000_000, now));
        forgotten.unwrap();
    }

    fn verify(&self) {
        let mut db = Opened::open(&self.config).unwrap().writer().unwrap();
        let report = verify(&mut db, |_| {}).unwrap();
        assert_eq!(report.findings, [], "the books are not in order");
    }
}

/// A partner with a programme of its own, and its till.
fn add_another_programme(config: &Config, clock: &Clock) {
    let (opened, mut db) = Opened::with_keys(config).unwrap();
    let partner = NewPartner {
        code: "alien".into(),
        name: "Чужая сеть".into(),
        programme: "alien".into(),
        programme_name: "Чужая программа".into(),
        stores: vec![("A1".into(), "Чужой магазин".into())],
        utc_offset_minutes: 180,
    };
    add_partner(&mut db, &opened.vault, &partner, clock.now()).unwrap();
    let till = NewTill {
        partner: "alien".into(),
        store: Some("A1".into()),
        till: Some("A1-01".into()),
        login: "alien".into(),
        password_hash: hash_password("alien").unwrap(),
        roles: Roles::TILL,
    };
    add_till(&mut db, &opened.vault, &till, clock.now()).unwrap();
}

async fn serve(config: &Config, clock: &Clock, messages: &Messages, demo: bool) -> (Gateway, Arc<Endpoint>) {
    let parts =
        Parts { clock: Some(clock.clone()), channel: Some(Box::new(messages.clone())), demo, ..Parts::default() };
    let gateway = Gateway::start(config, parts).await.unwrap_or_else(|error| panic!("{error}"));
    let endpoint = Endpoint::new(Arc::clone(gateway.dispatcher()), XmlLimits::default(), None).unwrap();
    (gateway, Arc::new(endpoint))
}

async fn call(endpoint: Arc<Endpoint>, service: &'static str, login: &'static str, body: String) -> (u16, String) {
    for _ in 0..OVERLOADED_MAX {
        let request = SoapRequest {
            service,
            // The demo's passwords are its logins.
            login: Some(Login { name: login.into(), password: Secret::new(login) }),
            content_type: Some("text/xml; charset=utf-8"),
            body: body.as_bytes(),
            request_id: "model",
            peer: IpAddr::V4(Ipv4Addr::LOCALHOST),
        };
        let response = endpoint.answer(request).await;
        if response.status != OVERLOADED {
            return (response.status, String::from_utf8(response.body).unwrap());
        }
        // Too many passwords at once: the same request again in a moment, as a till does.
        tokio::time::sleep(OVERLOADED_PAUSE).await;
    }
    panic!("{service} was overloaded for too long");
}

impl Round {
    fn plan(seed: u64, number: usize, now: i64) -> Self {
        let mut chance = Chance::new(seed, "round", number);
        let moved = match chance.below(1_000) {
            0..=599 => chance.between(1, 40_000),
            600..=799 => chance.between(40, 400) * SECOND + 7,
            800..=899 => chance.between(6, 90) * MINUTE,
            900..=934 => chance.between(1, 30) * HOUR,
            // To the last minutes of a day in Moscow: what is held then is held over the end of many a lot.
            935..=959 => (21 * HOUR - now.rem_euclid(DAY)).rem_euclid(DAY) + DAY - chance.between(1, 8) * MINUTE,
            // To the last and the first moments of a day in Moscow.
            960..=974 => (21 * HOUR - now.rem_euclid(DAY)).rem_euclid(DAY) + chance.pick(&[-1, 0, 1, SECOND]) + DAY,
            975..=994 => chance.between(1, 12) * DAY,
            _ => chance.between(13, 150) * DAY,
        };
        let rules = (number == 0 || chance.percent(12)).then(|| Self::rules(&mut chance, now + moved));
        let (job, restart) = (chance.percent(10), chance.below(250) == 0);
        let first = chance.below(CUSTOMERS);
        let base = number / ROUNDS_OF_A_GENERATION * CUSTOMERS;
        let customers = (0..AT_ONCE).map(|place| base + (first + place) % CUSTOMERS).collect();
        Self { moved, rules, job, restart, customers }
    }

    fn rules(chance: &mut Chance, now: i64) -> Rules {
        let valid_from = now + chance.pick(&[0, 0, 0, -2 * HOUR, -2 * DAY, HOUR]);
        let (hold_minutes, code_minutes) =
            chance.pick(&[(10, 5), (10, 1), (30, 5), (60, 60), (10_080, 5), (4_320, 2_880)]);
        let count = chance.below(4);
        let (small, years) = (u32::try_from(count).unwrap(), i32::try_from(count / 2).unwrap());
        Rules {
            valid_from: valid_from.div_euclid(SECOND) * SECOND,
            earn_points: chance.pick(&[50, 100, 300, 525]),
            earn_step: chance.pick(&[10_000, 5_000, 1_000, 700]),
            earn_unit: chance.pick(&[100, 1, 50]),
            rounding: chance.pick(&["down", "down", "half_up", "up"]),
            share: chance.pick(&[5_000, 9_900, 3_000, 10_000, 1_234]),
            spend_unit: chance.pick(&[100, 1, 1_000]),
            code: chance.percent(60),
            hold_minutes,
            code_minutes,
            tries: chance.between(1, 3),
            delay_days: chance.pick(&[0, 0, 1, 14]),
            life: chance.pick(&[
                Life::Never,
                Life::Days(1),
                Life::Days(1),
                Life::Days(2),
                Life::Days(30),
                Life::Days(365),
                Life::Months(small + 1),
                Life::MonthEnd(small),
                Life::YearEnd(years),
            ]),
            status_points: chance.pick(&[0, 100, 33]),
            status_step: chance.pick(&[10_000, 1_000, 50_000]),
            grace_days: chance.pick(&[0, 1, 3, 10]),
            policy: chance.pick(&["only_pending", "within_balance", "within_balance", "unlimited", "unlimited"]),
            card_only: chance.percent(10),
        }
    }
}

/// The rules that a programme begins with, as the README has them.
fn first_rules() -> Rules {
    Rules {
        valid_from: 0,
        earn_points: 100,
        earn_step: 10_000,
        earn_unit: 100,
        rounding: "down",
        share: 5_000,
        spend_unit: 100,
        code: true,
        hold_minutes: 10,
        code_minutes: 5,
        tries: 3,
        delay_days: 0,
        life: Life::Days(365),
        status_points: 0,
        status_step: 10_000,
        grace_days: 3,
        policy: "unlimited",
        card_only: false,
    }
}

/// Tells a story to its end, or to the first difference.
pub async fn run(task: &Task) -> Outcome {
    let mut world = World::start(task.backend).await;
    let Task { backend, seed, operations, .. } = *task;
    println!("model: {backend:?}, {operations} operations, seed {seed}");
    let began = Instant::now();
    let mut versions = vec![first_rules()];
    let mut streams: BTreeMap<usize, Stream> = BTreeMap::new();
    let (mut done, mut unsent_for) = (0, 0);
    let mut codes: BTreeMap<String, usize> = BTreeMap::new();
    for number in 0..operations.div_ceil(AT_ONCE) {
        let round = Round::plan(seed, number, world.now());
        if number % ROUNDS_OF_A_GENERATION == 0 {
            streams = generation(&world, task, number / ROUNDS_OF_A_GENERATION).await;
        }
        unsent_for += round.moved;
        if unsent_for > UNSENT_FOR_MAX {
            world.all_sent(&streams).await;
            unsent_for = 0;
        }
        if round.restart {
            world.all_sent(&streams).await;
            world.restart().await;
        }
        world.clock.advance(Span(round.moved));
        let now = world.now();
        if let Some(rules) = round.rules {
            let programme = wire::written_programme(&format!("p{number}"), now, versions.len(), &rules);
            world.office("SaveProgramme", &programme).await;
            versions.push(rules);
            // The office edits what was saved last, though it may not be in force yet.
            let known = wire::written_rules(versions.last().unwrap());
            let said = world.office_text("GetProgramme", "<programmeCode>demo</programmeCode>").await;
            assert!(said.replace("m:", "").contains(&format!("<rules>{known}</rules>")), "{known}\n{said}");
        }
        if round.job {
            world.bring_up_to_date().await;
            world.forget();
        }
        let mut asked: Vec<(usize, Request)> = Vec::new();
        let mut calls = JoinSet::new();
        for customer in round.customers.iter().filter(|customer| task.account.is_none_or(|one| one == **customer)) {
            let stream = streams.get_mut(customer).unwrap();
            let first = stream.next(now, &versions);
            let second = stream.beside(&first, now, &versions);
            for mut request in std::iter::once(first).chain(second) {
                let code = match stream.needs_message(&request) {
                    Some((phone, message)) => world.messages.nth(&phone, message).await,
                    None => String::new(),
                };
                stream.write(&mut request, &code);
                let (endpoint, index) = (Arc::clone(&world.endpoint), asked.len());
                let (service, namespace) = if request.is_office { ("office_1", OFFICE) } else { ("pos_1", POS) };
                let (login, body) = (request.login, envelope(namespace, request.operation, &request.arguments));
                calls.spawn(async move { (index, call(endpoint, service, login, body).await) });
                asked.push((*customer, request));
            }
        }
        let mut answers: BTreeMap<usize, (u16, String)> = BTreeMap::new();
        while let Some(answered) = calls.join_next().await {
            let (index, answer) = answered.unwrap();
            answers.insert(index, answer);
        }
        let mut heard: Vec<(usize, Vec<Heard>)> = Vec::new();
        for ((customer, request), (status, body)) in asked.into_iter().zip(answers.into_values()) {
            done += 1;
            let code = wire::read(&body).remove("code").unwrap_or_default();
            *codes.entry(format!("{} {code}", request.operation)).or_default() += 1;
            match heard.last_mut() {
                Some((last, beside)) if *last == customer => beside.push((request, status, body)),
                _ => heard.push((customer, vec![(request, status, body)])),
            }
        }
        for (customer, at_once) in heard {
            let stream = streams.get_mut(&customer).unwrap();
            let told = match <[_; 2]>::try_from(at_once) {
                Ok(both) => stream.hear_both(both, now, &versions),
                Err(mut one) => {
                    let (request, status, body) = one.remove(0);
                    stream.hear(request, status, body, now, &versions)
                }
            };
            if let Err(difference) = told {
                println!("model: {backend:?}, seed {seed}, round {number}, customer {customer} differs\n{difference}");
                println!("  its last operations, the latest last:");
                for told in &stream.told {
                    println!("    {told}");
                }
                world.stop().await;
                return Outcome::Differs { account: customer };
            }
        }
        if (number + 1) % ROUNDS_OF_A_GENERATION == 0 {
            // The books are read from their beginning: at ever greater distances, or a long story would do little else.
            if (number / ROUNDS_OF_A_GENERATION + 1).is_power_of_two() {
                world.verify();
            }
            progress(backend, done, began);
        }
    }
    world.bring_up_to_date().await;
    world.verify();
    progress(backend, done, began);
    if task.counts {
        for (code, count) in codes {
            println!("  {count:>7} {code}");
        }
    }
    world.stop().await;
    println!("model: {backend:?}: no difference");
    Outcome::Same
}

/// New customers with new cards.
async fn generation(world: &World, task: &Task, number: usize) -> BTreeMap<usize, Stream> {
    let first = number * CUSTOMERS;
    let (from, to) = (card_number(first, 0), card_number(first + CUSTOMERS, 0));
    let tail = |number: &str| number.split_at(8).1.to_owned();
    let to = format!("{:08}", tail(&to).parse::<u64>().unwrap() - 1);
    let time = crate::book::local_text(world.now());
    let cards = format!(
        "<context><operationKey>g{number}</operationKey><occurredAt>{time}</occurredAt></context>\
         <batch><prefix>22000000</prefix><from>{}</from><to>{to}</to></batch>",
        tail(&from)
    );
    world.office("RegisterCards", &cards).await;
    for prefix in phone_like_prefixes() {
        let cards = format!(
            "<context><operationKey>g{number}-{prefix}</operationKey><occurredAt>{time}</occurredAt></context>\
             <batch><prefix>{prefix}</prefix><from>{first:07}</from><to>{:07}</to><phoneLike>true</phoneLike></batch>",
            first + CUSTOMERS - 1
        );
        world.office("RegisterCards", &cards).await;
    }
    (first..first + CUSTOMERS)
        .filter(|customer| task.account.is_none_or(|one| one == *customer))
        .map(|customer| (customer, Stream::new(task.seed, customer)))
        .collect()
}

fn progress(backend: Backend, done: usize, began: Instant) {
    let milliseconds = began.elapsed().as_millis().max(1);
    let rate = u128::try_from(done).unwrap() * 1_000 / milliseconds;
    println!(
        "model: {backend:?}: {done} operations in {}.{} s, {rate} a second",
        milliseconds / 1_000,
        milliseconds % 1_000 / 100
    );
}
