//! R13b: all processes of PostgreSQL are stopped for a while (SIGSTOP): connections stand, and nothing answers.

use std::time::Duration;

use crate::{
    Outcome, Plan,
    connections_cut::leaks,
    ground::{
        Ground,
        books::{self, seconds},
        client::Tally,
        is_ready,
        load::{self, CLIENTS, Start},
        pause, until,
    },
};

const HEALS_MAX: Duration = Duration::from_secs(2);
const READY_PATIENCE: Duration = Duration::from_secs(10);
const PATIENCE: Duration = Duration::from_secs(60);
/// How much later than its limit an answer may be on a busy machine.
const SLACK_MS: u64 = 1_000;

pub fn run(plan: &Plan) -> Outcome {
    let ground = Ground::new(plan.backend);
    // A limit shorter than the frost, so that clients meet it.
    let (frost, deadline_ms) = (Duration::from_secs(plan.of(3, 10)), plan.of(1_500_u64, 5_000));
    let deadline = deadline_ms.to_string();
    let settings = [("KOPILKA_DATABASE__COMMAND_DEADLINE_MS", deadline.as_str())];
    let mut gateway = ground.gateway(&settings);
    let addresses = [gateway.address];
    let Start { tally, before, log } = load::start(&ground, &addresses);
    let rounds = plan.of(2, 10);
    let files = gateway.open_files();
    let (heals, said_ready) = load::under_load(&addresses, CLIENTS, &log, &tally, |progress| {
        let (mut heals, mut said_ready) = (Duration::ZERO, 0);
        for _ in 0..rounds {
            progress.wait_for(CLIENTS * 2, PATIENCE).expect("the tills get answers");
            let frozen = ground.freeze();
            pause(frost);
            said_ready += u32::from(is_ready(gateway.address));
            drop(frozen);
            heals = heals.max(progress.wait_for(CLIENTS, PATIENCE).expect("the tills get answers"));
        }
        (heals, said_ready)
    });
    let mut outcome = Outcome::with_goal(format!(
        "every attempt answered ≤ {}, not ready while frozen, 64 answers ≤ 2 s after the thaw, no leak, 0 lost, 0 doubled",
        seconds(Duration::from_millis(deadline_ms + SLACK_MS))
    ));
    outcome.tell(format!("frosts {rounds} of {} s, command_deadline {deadline_ms} ms", frost.as_secs()));
    let slowest = Tally::get(&tally.slowest_ms);
    outcome.must(
        slowest <= deadline_ms + SLACK_MS,
        format!("slowest attempt {}", seconds(Duration::from_millis(slowest))),
    );
    outcome.must(heals <= HEALS_MAX, format!("heals ≤ {}", seconds(heals)));
    outcome.must(said_ready == 0, format!("ready though frozen {said_ready}"));
    outcome.always(until(READY_PATIENCE, || is_ready(gateway.address)).is_some(), "never ready again");
    outcome.always(Tally::get(&tally.busy) > 0, "no client met the limit");
    outcome.always(gateway.ended().is_none(), "the gateway ended");
    leaks(&ground, &gateway, files, &mut outcome);
    books::check(&ground, before, &log, &addresses, &mut outcome);
    books::check_tally(&tally, &mut outcome);
    outcome
}
