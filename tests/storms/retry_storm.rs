//! R16: the database stands still, and clients that wait for two seconds send the same again and again.

use std::{
    any::Any,
    sync::Arc,
    time::{Duration, Instant},
};

use crate::{
    Outcome, Plan,
    ground::{
        Backend, Ground,
        acknowledged::Log,
        books::{self, Totals, seconds},
        client::Tally,
        load::{self, CLIENTS},
        pause,
    },
};

const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(2);
const BACK_MAX: Duration = Duration::from_secs(10);
/// Answers are counted over as long.
const WINDOW: Duration = Duration::from_secs(2);
const STEP: Duration = Duration::from_millis(100);
/// What counts as normal again, of what it was before.
const NORMAL_PERCENT: u64 = 80;
const PATIENCE: Duration = Duration::from_secs(60);

pub fn run(plan: &Plan) -> Outcome {
    let ground = Ground::new(plan.backend);
    let mut gateway = ground.gateway(&[]);
    let addresses = [gateway.address];
    let tally = Arc::new(Tally::default());
    load::prepare(&addresses, &tally);
    let (before, log) = (Totals::read(&ground), Log::create(&ground.folder));
    let (frost, rounds) = (Duration::from_secs(plan.of(4, 15)), plan.of(1, 3));
    let mut rates = Vec::new();
    load::under_impatient_load(&addresses, CLIENTS, ATTEMPT_TIMEOUT, &log, &tally, |progress| {
        progress.wait_for(CLIENTS * 4, PATIENCE).expect("the tills get answers");
        for _ in 0..rounds {
            let from = log.count();
            pause(WINDOW * 2);
            let normal = (log.count() - from) / 2;
            let stands = still(&ground);
            pause(frost);
            drop(stands);
            rates.push((normal, back(&log, normal * NORMAL_PERCENT / 100)));
        }
    });
    let mut outcome = Outcome::with_goal(format!(
        "{NORMAL_PERCENT} % of the throughput before ≤ {} after the thaw; 0 lost, 0 doubled",
        seconds(BACK_MAX)
    ));
    outcome.tell(format!("frosts {rounds} of {} s, clients wait {} s", frost.as_secs(), ATTEMPT_TIMEOUT.as_secs()));
    let slowest = rates.iter().map(|(_, back)| back.unwrap_or(PATIENCE)).max().unwrap_or_default();
    let normal = rates.iter().map(|(normal, _)| normal * 1_000 / u64::try_from(WINDOW.as_millis()).unwrap());
    outcome.tell(format!("before {} operations a second", normal.min().unwrap_or_default()));
    outcome.must(slowest <= BACK_MAX, format!("normal again ≤ {}", seconds(slowest)));
    outcome.tell(format!("attempts given up {}, refused {}", Tally::get(&tally.cut), Tally::get(&tally.busy)));
    outcome.always(Tally::get(&tally.cut) + Tally::get(&tally.busy) > 0, "no client met the frost");
    outcome.always(gateway.ended().is_none(), "the gateway ended");
    books::check(&ground, before, &log, &addresses, &mut outcome);
    books::check_tally(&tally, &mut outcome);
    outcome
}

/// How long it takes until so many are answered within a window.
fn back(log: &Log, wanted: u64) -> Option<Duration> {
    let began = Instant::now();
    let mut counts = vec![log.count()];
    let window = usize::try_from(WINDOW.as_millis() / STEP.as_millis()).unwrap();
    while began.elapsed() < PATIENCE {
        pause(STEP);
        counts.push(log.count());
        let first = counts.len().saturating_sub(window + 1);
        // The first window begins with the thaw; what is missing from its end is not made up for by what comes later.
        if counts.len() > window && counts[counts.len() - 1] - counts[first] >= wanted {
            return Some(began.elapsed());
        }
    }
    None
}

/// Makes the database stand still until the answer is dropped: PostgreSQL is stopped, SQLite is held by somebody else.
fn still(ground: &Ground) -> Box<dyn Any> {
    match ground.backend {
        Backend::Postgres => Box::new(ground.freeze()),
        Backend::Sqlite => Box::new(books::Held::take(ground)),
    }
}
