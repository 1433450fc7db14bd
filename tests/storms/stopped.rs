//! R27: SIGTERM under load: no new connections, what was begun is finished, exit code 0. And while PostgreSQL does not answer
//! at all: then what was begun is left, and nothing of it was acknowledged.

use std::{
    net::TcpStream,
    time::{Duration, Instant},
};

use crate::{
    Outcome, Plan,
    ground::{
        Ground,
        books::{self, seconds},
        load::{self, CLIENTS, Start},
        pause, until,
    },
};

const ENDS_MAX: Duration = Duration::from_secs(10);
/// How long the database is silent before the order to stop comes.
const FROST: Duration = Duration::from_millis(500);
const PATIENCE: Duration = Duration::from_secs(60);

pub fn run(plan: &Plan) -> Outcome {
    let ground = Ground::new(plan.backend);
    let mut gateway = ground.gateway(&[]);
    let address = gateway.address;
    let Start { tally, before, log } = load::start(&ground, &[address]);
    let rounds = plan.of(3, 50);
    let mut outcome = Outcome::with_goal("accepts no more, ends ≤ 10 s with exit code 0, 0 lost, 0 doubled");
    let (mut closed, mut ended) = (Duration::ZERO, Duration::ZERO);
    let gateway = load::under_load(&[address], CLIENTS, &log, &tally, |progress| {
        for _ in 0..rounds {
            progress.wait_for(CLIENTS * 2, PATIENCE).expect("the tills get answers");
            let told = Instant::now();
            gateway.terminate();
            let refuses = until(PATIENCE, || TcpStream::connect(address).is_err());
            closed = closed.max(refuses.expect("it stops listening"));
            until(PATIENCE, || gateway.ended().is_some()).expect("it ends");
            ended = ended.max(told.elapsed());
            let status = gateway.ended().unwrap();
            outcome.always(status.code() == Some(0), format!("{status}: {}", gateway.words()));
            gateway = ground.gateway_at(address, &[]);
            gateway.wait_ready();
        }
        gateway
    });
    outcome.tell(format!("stops {rounds}"));
    outcome.must(closed <= ENDS_MAX, format!("closed ≤ {}", seconds(closed)));
    outcome.must(ended <= ENDS_MAX, format!("ended ≤ {}", seconds(ended)));
    books::check(&ground, before, &log, &[gateway.address], &mut outcome);
    books::check_tally(&tally, &mut outcome);
    outcome
}

/// Its limits as they come: the commands' deadline is longer than a stop may take.
pub fn run_frozen(plan: &Plan) -> Outcome {
    let ground = Ground::new(plan.backend);
    let mut gateway = ground.gateway(&[]);
    let address = gateway.address;
    let Start { tally, before, log } = load::start(&ground, &[address]);
    let rounds = plan.of(1, 10);
    let mut outcome = Outcome::with_goal("ends ≤ 10 s with exit code 0, 0 lost, 0 doubled");
    let mut ended = Duration::ZERO;
    let gateway = load::under_load(&[address], CLIENTS, &log, &tally, |progress| {
        for _ in 0..rounds {
            progress.wait_for(CLIENTS * 2, PATIENCE).expect("the tills get answers");
            let frozen = ground.freeze();
            // The writers are in the middle of something.
            pause(FROST);
            let told = Instant::now();
            gateway.terminate();
            until(PATIENCE, || gateway.ended().is_some()).expect("it ends");
            ended = ended.max(told.elapsed());
            let status = gateway.ended().unwrap();
            outcome.always(status.code() == Some(0), format!("{status}: {}", gateway.words()));
            drop(frozen);
            gateway = ground.gateway_at(address, &[]);
            gateway.wait_ready();
        }
        gateway
    });
    outcome.tell(format!("stops {rounds}"));
    outcome.must(ended <= ENDS_MAX, format!("ended ≤ {}", seconds(ended)));
    books::check(&ground, before, &log, &[gateway.address], &mut outcome);
    books::check_tally(&tally, &mut outcome);
    outcome
}
