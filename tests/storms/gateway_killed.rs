//! R1: the gateway is killed at random moments under 64 tills, and started again at once.

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

const READY_MAX: Duration = Duration::from_secs(2);
const SERVES_PATIENCE: Duration = Duration::from_secs(60);

pub fn run(plan: &Plan) -> Outcome {
    let ground = Ground::new(plan.backend);
    let mut gateway = ground.gateway(&[]);
    let address = gateway.address;
    let Start { tally, before, log } = load::start(&ground, &[address]);
    let kills = plan.of(10, 200);
    let (mut ready, mut slow, mut serves) = (Duration::ZERO, 0, Duration::ZERO);
    let gateway = load::under_load(&[address], CLIENTS, &log, &tally, |progress| {
        let mut seed = 0x2545_F491_4F6C_DD1D_u64;
        for number in 0..kills {
            // The tills are at work again, and then at any moment of the next half second.
            progress.wait_for(CLIENTS, SERVES_PATIENCE).expect("the tills get answers");
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            pause(Duration::from_millis((seed >> 33) % 500));
            gateway.kill();
            gateway = ground.gateway_at(address, &[]);
            let took = gateway.wait_ready();
            (ready, slow) = (ready.max(took), slow + u32::from(took > READY_MAX / 2));
            serves = serves.max(progress.wait_for(1, SERVES_PATIENCE).expect("the tills get answers"));
            eprintln!("   kill {} of {kills}: {} acknowledged", number + 1, log.count());
        }
        gateway
    });
    let mut outcome = Outcome::with_goal("0 lost, 0 doubled, ready ≤ 2 s");
    outcome.tell(format!("kills {kills}"));
    books::check(&ground, before, &log, &[gateway.address], &mut outcome);
    outcome.must(ready <= READY_MAX, format!("ready ≤ {} ({slow} times over 1 s)", seconds(ready)));
    outcome.tell(format!("then the first answer ≤ {}", seconds(serves)));
    books::check_tally(&tally, &mut outcome);
    outcome
}
