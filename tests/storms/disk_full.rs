//! R10: the disk below the database is full for a while: no file of it can grow any more.

use std::{sync::Arc, time::Duration};

use crate::{
    Outcome, Plan,
    ground::{
        Backend, Ground,
        books::{self, grouped, seconds},
        client::{Client, Tally},
        load::{self, CLIENTS, Start},
        pause,
        shim::{Word, pairs},
        until,
    },
    soap::{POS, envelope},
};

const PATIENCE: Duration = Duration::from_secs(60);
const HEALS_MAX: Duration = Duration::from_secs(10);
/// What is left of the disk when the storm begins.
const SPACE_BYTES: i64 = 65_536;
/// How often somebody asks for a balance meanwhile.
const READ_EVERY: Duration = Duration::from_millis(100);

pub fn run(plan: &Plan) -> Outcome {
    let (ground, shim, environment) = Ground::with_shim(plan.backend);
    let settings: Vec<(&str, &str)> = pairs(&environment).collect();
    let mut gateway = ground.gateway(&settings);
    let address = gateway.address;
    let Start { tally, before, log } = load::start(&ground, &[address]);
    let (rounds, full_for) = (plan.of(2, 20), Duration::from_secs(plan.of(3, 10)));
    let asked = envelope(POS, "GetBalance", &format!("<identifier>{}</identifier>", load::card(0)));
    let (mut heals, mut refused, mut served, mut unserved, mut restarts) = (Duration::ZERO, 0, 0, 0, 0);
    let gateway = load::under_load(&[address], CLIENTS, &log, &tally, |progress| {
        for round in 0..rounds {
            progress.wait_for(CLIENTS * 2, PATIENCE).expect("the tills get answers");
            shim.set(Word::Failed, 0);
            shim.set(Word::SpaceLeft, SPACE_BYTES);
            until(PATIENCE, || shim.get(Word::Failed) > 0).expect("the disk gets full");
            let mut reader = Client::new(&[address], 0, "demo", &Arc::new(Tally::default()));
            for _ in 0..full_for.as_millis() / READ_EVERY.as_millis() {
                match reader.once("pos_1", &asked) {
                    Ok(reply) if reply.status == 200 => served += 1,
                    Ok(_) | Err(_) => unserved += 1,
                }
                pause(READ_EVERY);
            }
            refused += shim.get(Word::Failed);
            // Once also with the power gone on top.
            if round + 1 == rounds {
                gateway.kill();
                shim.set(Word::SpaceLeft, -1);
                revive(&ground, &mut restarts);
                gateway = ground.gateway_at(address, &settings);
                gateway.wait_ready();
                progress.wait_for(CLIENTS, PATIENCE).expect("the tills get answers");
                return gateway;
            }
            shim.set(Word::SpaceLeft, -1);
            revive(&ground, &mut restarts);
            heals = heals.max(progress.wait_for(CLIENTS, PATIENCE).expect("the tills get answers"));
        }
        gateway
    });
    let mut outcome = Outcome::with_goal(
        "0 lost, 0 doubled, reads served, 64 answers ≤ 10 s after there is room again, without a restart of the gateway",
    );
    outcome.tell(format!("full {rounds} times for {} s, writes refused {}", full_for.as_secs(), grouped(refused)));
    if restarts > 0 {
        // PostgreSQL itself may give up when its log cannot grow; then somebody has to start it.
        outcome.tell(format!("PostgreSQL gave up and was started {restarts} times"));
        outcome.tell(format!("reads served {served}, refused {unserved}"));
    } else {
        outcome.must(unserved == 0 && served > 0, format!("reads served {served}, refused {unserved}"));
    }
    outcome.must(heals <= HEALS_MAX, format!("heals ≤ {}", seconds(heals)));
    books::check(&ground, before, &log, &[gateway.address], &mut outcome);
    books::check_tally(&tally, &mut outcome);
    outcome
}

/// Starts PostgreSQL if it has ended.
fn revive(ground: &Ground, restarts: &mut u32) {
    if ground.backend == Backend::Postgres && ground.server().processes().is_empty() {
        *restarts += 1;
        ground.server().start_again();
    }
}
