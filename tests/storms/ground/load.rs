//! Sixty-four tills at work: sales, holds, redemptions, cancellations, each operation with a key of its own.

use std::{
    net::SocketAddr,
    ops::Range,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use super::{
    Ground,
    acknowledged::Log,
    books::Totals,
    client::{ATTEMPT_TIMEOUT, Client, Tally, context, local_time, receipt, returned, sale},
};
use crate::soap::Reply;

/// How many tills are at work in a storm.
pub const CLIENTS: u64 = 64;
const CARDS: usize = 20;
/// The keys of a storm's own operations begin so; those of its preparation do not.
pub const PREFIX: &str = "storm-";

/// The number of a card of [`prepare_cards`].
pub fn card(number: usize) -> String {
    format!("80000000{number:02}")
}

/// The phone of its customer.
pub fn phone(number: usize) -> String {
    format!("+791655500{number:02}")
}

/// Sends and expects OK.
pub fn done(reply: Option<Reply>) -> Reply {
    reply.expect("an answer").ok()
}

/// From now on no code is needed, so that a storm is about points and not about messages.
pub fn without_codes(addresses: &[SocketAddr], tally: &Arc<Tally>) {
    let mut office = Client::new(addresses, 0, "office", tally);
    let programme = done(office.office("GetProgramme", "<programmeCode>demo</programmeCode>"));
    let (_, rest) = programme.body.split_once("<m:programme>").unwrap();
    let rules = rest.split_once("</m:programme>").unwrap().0.replace("m:", "");
    let rules =
        rules.replace(&format!("<validFrom>{}", programme.get("validFrom")), &format!("<validFrom>{}", local_time()));
    let (before, rest) = rules.split_once("<rule><kind>codes<").unwrap();
    let (_, after) = rest.split_once("</rule>").unwrap();
    let rules = format!("{before}{after}");
    done(office.office("SaveProgramme", &format!("{}<programme>{rules}</programme>", office_context("p"))));
}

fn office_context(key: &str) -> String {
    format!("<context><operationKey>{key}</operationKey><occurredAt>{}</occurredAt></context>", local_time())
}

/// A card in a customer's hands, with points earned by a sale of so many roubles.
pub fn card_with(client: &mut Client, number: &str, phone: &str, roubles: u64) {
    let issue =
        format!("{}<cardNumber>{number}</cardNumber><identifier>{phone}</identifier>", context(&format!("i{number}")));
    done(client.pos("IssueCard", &issue));
    done(client.pos("ActivateCard", &format!("{}<cardNumber>{number}</cardNumber>", context(&format!("a{number}")))));
    let first = receipt(&format!("start-{number}"), number, roubles);
    done(client.pos("RegisterReceipt", &sale(&format!("start-{number}"), &first, "", "0")));
}

/// What a storm begins with: twenty cards with 1 000 points each.
pub struct Start {
    /// What was asked and answered, by kind.
    pub tally: Arc<Tally>,
    /// The books before the storm.
    pub before: Totals,
    /// What the tills will have been told.
    pub log: Log,
}

/// Prepares the cards.
pub fn start(ground: &Ground, addresses: &[SocketAddr]) -> Start {
    let tally = Arc::new(Tally::default());
    prepare(addresses, &tally);
    Start { tally, before: Totals::read(ground), log: Log::create(&ground.folder) }
}

/// Twenty cards with 1 000 points each.
pub fn prepare(addresses: &[SocketAddr], tally: &Arc<Tally>) {
    without_codes(addresses, tally);
    prepare_cards(addresses, tally);
}

/// Twenty cards with 1 000 points each, under the rules as they are.
pub fn prepare_cards(addresses: &[SocketAddr], tally: &Arc<Tally>) {
    let mut office = Client::new(addresses, 0, "office", tally);
    let batch = format!(
        "{}<batch><prefix>80000000</prefix><from>00</from><to>{:02}</to></batch>",
        office_context("b"),
        CARDS - 1
    );
    done(office.office("RegisterCards", &batch));
    let mut client = Client::new(addresses, 0, "demo", tally);
    for number in 0..CARDS {
        card_with(&mut client, &card(number), &phone(number), 100_000);
    }
}

/// One card with so many points and nothing else.
pub fn prepare_card(addresses: &[SocketAddr], tally: &Arc<Tally>, number: &str, points: u64) {
    without_codes(addresses, tally);
    let (prefix, last) = number.split_at(number.len() - 2);
    let batch =
        format!("{}<batch><prefix>{prefix}</prefix><from>{last}</from><to>{last}</to></batch>", office_context("b"));
    done(Client::new(addresses, 0, "office", tally).office("RegisterCards", &batch));
    card_with(&mut Client::new(addresses, 0, "demo", tally), number, "+79165550000", points * 100);
}

/// Runs the tills while `fault` does its work, and until each has its last answer. Answers what `fault` did.
pub fn under_load<T>(
    addresses: &[SocketAddr],
    clients: u64,
    log: &Log,
    tally: &Arc<Tally>,
    fault: impl FnOnce(&Progress) -> T,
) -> T {
    under_impatient_load(addresses, 0..clients, ATTEMPT_TIMEOUT, log, tally, fault)
}

/// As [`under_load`], of tills that wait for an answer no longer than so. Tills of other numbers have other keys.
pub fn under_impatient_load<T>(
    addresses: &[SocketAddr],
    clients: Range<u64>,
    attempt_timeout: Duration,
    log: &Log,
    tally: &Arc<Tally>,
    fault: impl FnOnce(&Progress) -> T,
) -> T {
    let progress = Progress { over: AtomicBool::new(false), log };
    std::thread::scope(|scope| {
        for number in clients {
            let client = Client::new(addresses, usize::try_from(number).unwrap(), "demo", tally);
            let client = client.with_attempt_timeout(attempt_timeout);
            let mut till = Till { client, number, seed: 0x9E37_79B9_7F4A_7C15 ^ (number + 1), log, tally };
            let progress = &progress;
            scope.spawn(move || {
                let mut round = 0_u64;
                while !progress.over.load(Ordering::Relaxed) && till.round(round).is_some() {
                    round += 1;
                }
            });
        }
        // Whatever happens to the fault, the tills must go home.
        let _over = Over(&progress.over, tally);
        fault(&progress)
    })
}

struct Over<'a>(&'a AtomicBool, &'a Tally);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
        self.1.broken_off.fetch_or(std::thread::panicking(), Ordering::Relaxed);
    }
}

/// How the tills get on.
pub struct Progress<'a> {
    over: AtomicBool,
    log: &'a Log,
}

impl Progress<'_> {
    /// Waits until some more operations were acknowledged; answers how long that took.
    pub fn wait_for(&self, more: u64, patience: Duration) -> Option<Duration> {
        let wanted = self.log.count() + more;
        super::until(patience, || self.log.count() >= wanted)
    }
}

struct Till<'a> {
    client: Client,
    number: u64,
    seed: u64,
    log: &'a Log,
    tally: &'a Tally,
}

impl Till<'_> {
    fn random(&mut self, below: u64) -> u64 {
        self.seed ^= self.seed << 13;
        self.seed ^= self.seed >> 7;
        self.seed ^= self.seed << 17;
        self.seed % below
    }

    /// An operation until it is answered; what was answered is on the disk when this returns.
    fn call(&mut self, operation: &str, key: &str, arguments: &str) -> Option<Reply> {
        let reply = self.client.pos(operation, arguments)?;
        let code = reply.code();
        self.log.add(operation, key, code, returned(&reply));
        if !matches!(code, "OK" | "POINTS_NOT_ENOUGH" | "POINTS_OVER_LIMIT")
            && self.tally.surprises.fetch_add(1, Ordering::Relaxed) < 3
        {
            eprintln!("   a surprise: {operation} {key}: {}", reply.body);
        }
        Some(reply)
    }

    fn round(&mut self, round: u64) -> Option<()> {
        let number_of_card = self.random(CARDS as u64);
        let (card, roubles) = (card(usize::try_from(number_of_card).unwrap()), 100 + self.random(2_000));
        let name = format!("{}-{round}", self.number);
        let bought = receipt(&name, &card, roubles);
        let mut hold = String::new();
        let points = if self.random(2) == 0 { 1 + self.random(50) } else { 0 };
        if points > 0 {
            let key = format!("{PREFIX}h-{name}");
            let reserve = format!("{}{bought}<points>{points}</points>", context(&key));
            let held = self.call("ReservePoints", &key, &reserve)?;
            hold = held.find("reservationId").unwrap_or_default().to_owned();
        }
        let spend = if hold.is_empty() { 0 } else { points };
        let key = format!("{PREFIX}s-{name}");
        let sold = self.call("RegisterReceipt", &key, &sale(&key, &bought, &hold, &spend.to_string()))?;
        if self.random(4) == 0
            && let Some(id) = sold.find("receiptId")
        {
            let key = format!("{PREFIX}x-{name}");
            let cancel = format!("{}<receiptId>{id}</receiptId><reason>ошибка</reason>", context(&key));
            self.call("CancelReceipt", &key, &cancel)?;
        }
        Some(())
    }
}
