//! R6b: an operation is cancelled by its key, before it comes and while it is on its way, over all gateways: whatever the
//! order, it is not in effect afterwards.

use std::{
    collections::BTreeMap,
    sync::{Arc, Barrier, Mutex},
    time::Duration,
};

use crate::{
    Outcome, Plan,
    ground::{
        Gateway, Ground,
        acknowledged::Log,
        books::{self, Totals, grouped},
        client::{Client, context, receipt, returned, sale},
        load::{self, PREFIX, Start},
        pause,
    },
    soap::Reply,
};

const PAIRS: usize = 8;
/// By steps of this much the original is ahead in a race, up to fifteen of them.
const HEAD_START: Duration = Duration::from_micros(500);

/// How often each pair of answers was seen: the original's code, and the cancellation's outcome.
type Seen = Mutex<BTreeMap<(String, String), usize>>;

pub fn run(plan: &Plan) -> Outcome {
    let ground = Ground::new(plan.backend);
    let gateways: Vec<Gateway> = (0..ground.gateways()).map(|_| ground.gateway(&[])).collect();
    let addresses: Vec<_> = gateways.iter().map(|gateway| gateway.address).collect();
    let Start { tally, before, log } = load::start(&ground, &addresses);
    let keys: usize = plan.of(300, 10_000);
    let (early, racing, late) = (Seen::default(), Seen::default(), Seen::default());
    let numbers: Vec<usize> = (0..keys).collect();
    std::thread::scope(|scope| {
        for part in numbers.chunks(keys.div_ceil(PAIRS)) {
            let (meet, told) = (Arc::new(Barrier::new(2)), Arc::new(Mutex::new((String::new(), String::new()))));
            for side in 0..2 {
                let mut client = Client::new(&addresses, side, "demo", &tally);
                let (meet, told, log) = (Arc::clone(&meet), Arc::clone(&told), &log);
                let (early, racing, late) = (&early, &racing, &late);
                // Nothing here may panic: the other of the pair would wait for ever.
                scope.spawn(move || {
                    for number in part {
                        let original = Original::new(*number);
                        // Every other key is cancelled before its operation comes; the rest race.
                        let is_early = number % 2 == 0;
                        if side == 0 && is_early {
                            meet.wait();
                        }
                        if side == 1 && !is_early {
                            // So that each comes first now and then.
                            pause(HEAD_START * u32::try_from(number % 16).unwrap_or_default());
                        }
                        let said =
                            if side == 0 { original.send(&mut client, log) } else { original.cancel(&mut client, log) };
                        if side == 1 && is_early {
                            meet.wait();
                        }
                        {
                            let mut told = told.lock().unwrap();
                            if side == 0 { told.0 = said } else { told.1 = said }
                        }
                        meet.wait();
                        if side == 0 {
                            let pair = told.lock().unwrap().clone();
                            let again = original.send(&mut client, log);
                            *late.lock().unwrap().entry((pair.0.clone(), again)).or_default() += 1;
                            let seen = if is_early { early } else { racing };
                            *seen.lock().unwrap().entry(pair).or_default() += 1;
                        }
                        meet.wait();
                    }
                });
            }
        }
    });
    let mut outcome = Outcome::with_goal("no operation in effect after its cancellation, whatever came first");
    outcome.tell(format!("keys {}, gateways {}", grouped(keys), gateways.len()));
    let [early, racing, late] = [early, racing, late].map(|seen| seen.into_inner().unwrap());
    let count = |seen: &BTreeMap<(String, String), usize>, one: &str, other: &str| {
        seen.get(&(one.to_owned(), other.to_owned())).copied().unwrap_or_default()
    };
    let refused = count(&early, "OPERATION_CANCELLED", "never_seen");
    outcome.must(refused == keys.div_ceil(2), format!("cancelled first, then refused {}", grouped(refused)));
    let (lost, won) = (count(&racing, "OPERATION_CANCELLED", "never_seen"), count(&racing, "OK", "done"));
    outcome.must(
        lost + won == keys / 2,
        format!("racing: refused {}, done and cancelled {}", grouped(lost), grouped(won)),
    );
    outcome.always(early.len() == 1 && racing.len() <= 2, format!("other pairs: {early:?}, {racing:?}"));
    // Sent once more, each gives its first answer: a stored one, or the refusal.
    outcome.always(late.keys().all(|(first, again)| first == again), format!("sent again: {late:?}"));
    let sold = books::number(&ground, "SELECT COUNT(*) FROM receipts WHERE number LIKE 'k-%' AND state <> 'cancelled'");
    outcome.must(sold == 0, format!("sales in effect {sold}"));
    let held = books::number(&ground, "SELECT COUNT(*) FROM reservations WHERE state IN ('awaiting_code', 'held')");
    outcome.must(held == 0, format!("holds in effect {held}"));
    let owned = Totals::read(&ground).owned;
    outcome.always(owned == before.owned, format!("points {owned} instead of {}", before.owned));
    books::check(&ground, before, &log, &addresses, &mut outcome);
    books::check_tally(&tally, &mut outcome);
    outcome
}

/// A sale or a hold, and its cancellation, the same bytes each time.
struct Original {
    operation: &'static str,
    key: String,
    arguments: String,
    cancel_key: String,
    cancellation: String,
}

impl Original {
    fn new(number: usize) -> Self {
        let (key, cancel_key) = (format!("{PREFIX}o-{number}"), format!("{PREFIX}x-{number}"));
        let bought = receipt(&format!("k-{number}"), &format!("80000000{:02}", number % 20), 1_000);
        let is_sale = number % 4 < 2;
        let arguments =
            if is_sale { sale(&key, &bought, "", "0") } else { format!("{}{bought}<points>5</points>", context(&key)) };
        let cancellation =
            format!("{}<cancelledKey>{key}</cancelledKey><reason>нет ответа</reason>", context(&cancel_key));
        let operation = if is_sale { "RegisterReceipt" } else { "ReservePoints" };
        Self { operation, key, arguments, cancel_key, cancellation }
    }

    /// Answers the code. What was refused because it is cancelled has the cancellation's row and none of its own.
    fn send(&self, client: &mut Client, log: &Log) -> String {
        let reply = client.pos(self.operation, &self.arguments);
        let code = word(reply.as_ref(), "code");
        if let Some(reply) = reply.filter(|_| code == "OK") {
            log.add_once(self.operation, &self.key, &code, returned(&reply));
        }
        code
    }

    /// Answers the outcome.
    fn cancel(&self, client: &mut Client, log: &Log) -> String {
        let reply = client.pos("CancelOperation", &self.cancellation);
        if let Some(reply) = &reply {
            log.add("CancelOperation", &self.cancel_key, &word(Some(reply), "code"), returned(reply));
        }
        let outcome = word(reply.as_ref(), "outcome");
        if outcome == "none" { word(reply.as_ref(), "code") } else { outcome }
    }
}

fn word(reply: Option<&Reply>, name: &str) -> String {
    reply.and_then(|reply| reply.find(name)).unwrap_or("none").to_owned()
}
