//! R16: the database stands still, and clients that wait for two seconds send the same again and again.

use std::{
    any::Any,
    time::{Duration, Instant},
};

use crate::{
    Outcome, Plan,
    ground::{
        Backend, Ground,
        acknowledged::Log,
        books::{self, seconds},
        client::Tally,
        load::{self, CLIENTS, Start},
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
/// How long it is looked at how it comes back.
const LOOKED_AT: Duration = Duration::from_secs(20);

pub fn run(plan: &Plan) -> Outcome {
    let ground = Ground::new(plan.backend);
    let mut gateway = ground.gateway(&[]);
    let mut addresses = [gateway.address];
    let Start { tally, before, log } = load::start(&ground, &addresses);
    let (frost, rounds) = (Duration::from_secs(plan.of(4, 15)), plan.of(1, 3));
    let mut rates = Vec::new();
    load::under_impatient_load(&addresses, 0..CLIENTS, ATTEMPT_TIMEOUT, &log, &tally, |progress| {
        progress.wait_for(CLIENTS * 4, PATIENCE).expect("the tills get answers");
        for _ in 0..rounds {
            let normal = usual(&log);
            let stands = still(&ground);
            pause(frost);
            drop(stands);
            rates.push((normal, Thaw::of(&log, normal)));
        }
    });
    let mut outcome = Outcome::with_goal(format!(
        "{NORMAL_PERCENT} % of the throughput before ≤ {} after the thaw; 0 lost, 0 doubled",
        seconds(BACK_MAX)
    ));
    outcome.tell(format!("frosts {rounds} of {} s, clients wait {} s", frost.as_secs(), ATTEMPT_TIMEOUT.as_secs()));
    let slowest = |most: u64| rates.iter().map(|(normal, thaw)| thaw.normal_after(*normal.min(&most))).max().unwrap();
    let per_second = |answers: u64| answers * 1_000 / u64::try_from(WINDOW.as_millis()).unwrap();
    outcome.tell(format!(
        "before {} operations a second",
        per_second(rates.iter().map(|(normal, _)| *normal).min().unwrap())
    ));
    outcome.always(gateway.ended().is_none(), "the gateway ended");
    let mut back = slowest(u64::MAX);
    if back > BACK_MAX {
        // Is that the storm, or has the machine become busier? A gateway that has seen no storm tells.
        gateway.kill();
        gateway = ground.gateway(&[]);
        addresses = [gateway.address];
        let others = CLIENTS..CLIENTS * 2;
        let fresh = load::under_impatient_load(&addresses, others, ATTEMPT_TIMEOUT, &log, &tally, |progress| {
            progress.wait_for(CLIENTS * 4, PATIENCE).expect("the tills get answers");
            usual(&log)
        });
        outcome.tell(format!("another gateway afterwards {} operations a second", per_second(fresh)));
        back = slowest(fresh);
    }
    if back == Duration::MAX {
        outcome.must(false, format!("not normal again in {}", seconds(LOOKED_AT)));
    } else {
        outcome.must(back <= BACK_MAX, format!("normal again ≤ {}", seconds(back)));
    }
    outcome.tell(format!("attempts given up {}, refused {}", Tally::get(&tally.cut), Tally::get(&tally.busy)));
    outcome.always(Tally::get(&tally.cut) + Tally::get(&tally.busy) > 0, "no client met the frost");
    books::check(&ground, before, &log, &addresses, &mut outcome);
    books::check_tally(&tally, &mut outcome);
    outcome
}

/// How many are answered within a window as things are.
fn usual(log: &Log) -> u64 {
    let from = log.count();
    pause(WINDOW * 2);
    (log.count() - from) / 2
}

/// How many have been answered, step by step from a thaw on.
struct Thaw(Vec<u64>);

impl Thaw {
    /// Looks until things are as they were, or for as long as it is looked at.
    fn of(log: &Log, normal: u64) -> Self {
        let (began, mut thaw) = (Instant::now(), Self(vec![log.count()]));
        while began.elapsed() < LOOKED_AT && thaw.normal_after(normal) == Duration::MAX {
            pause(STEP);
            thaw.0.push(log.count());
        }
        thaw
    }

    /// How long it took until a window had nearly as many answers as that. The first window begins with the thaw; what is missing
    /// from its end is not made up for by what comes later.
    fn normal_after(&self, normal: u64) -> Duration {
        let window = usize::try_from(WINDOW.as_millis() / STEP.as_millis()).unwrap();
        let reached = self.0.windows(window + 1).position(|counts| {
            let answered = counts[window] - counts[0];
            answered * 100 >= normal * NORMAL_PERCENT
        });
        reached.map_or(Duration::MAX, |first| STEP * u32::try_from(first + window).unwrap())
    }
}

/// Makes the database stand still until the answer is dropped: PostgreSQL is stopped, SQLite is held by somebody else.
fn still(ground: &Ground) -> Box<dyn Any> {
    match ground.backend {
        Backend::Postgres => Box::new(ground.freeze()),
        Backend::Sqlite => Box::new(books::Held::take(ground)),
    }
}
