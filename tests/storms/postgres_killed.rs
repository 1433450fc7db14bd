//! R2: all of PostgreSQL is killed under load, and started again; the gateway stays up and serves again by itself.

use std::time::Duration;

use crate::{
    Outcome, Plan,
    ground::{
        Ground,
        books::{self, seconds},
        load::{self, CLIENTS, Start},
        pause,
    },
};

const SERVES_MAX: Duration = Duration::from_secs(5);
const PATIENCE: Duration = Duration::from_secs(60);
/// How long PostgreSQL stays away.
const AWAY: Duration = Duration::from_millis(500);

pub fn run(plan: &Plan) -> Outcome {
    let ground = Ground::new(plan.backend);
    let mut gateway = ground.gateway(&[]);
    let addresses = [gateway.address];
    let Start { tally, before, log } = load::start(&ground, &addresses);
    let kills = plan.of(3, 50);
    let serves = load::under_load(&addresses, CLIENTS, &log, &tally, |progress| {
        let mut serves = Duration::ZERO;
        for number in 0..kills {
            progress.wait_for(CLIENTS * 4, PATIENCE).expect("the tills get answers");
            ground.kill_server();
            pause(AWAY);
            ground.server().start_again();
            serves = serves.max(progress.wait_for(CLIENTS, PATIENCE).expect("the tills get answers"));
            eprintln!("   kill {} of {kills}: {} acknowledged", number + 1, log.count());
        }
        serves
    });
    let mut outcome = Outcome::with_goal("0 lost, 0 doubled, gateway stays up, 64 answers ≤ 5 s after it is back");
    outcome.tell(format!("kills {kills}"));
    outcome.always(gateway.ended().is_none(), "the gateway ended");
    books::check(&ground, before, &log, &addresses, &mut outcome);
    outcome.must(serves <= SERVES_MAX, format!("serves ≤ {}", seconds(serves)));
    books::check_tally(&tally, &mut outcome);
    outcome
}
