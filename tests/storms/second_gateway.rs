//! R22: a second gateway on the same SQLite file does not start, and says why; a killed one leaves no lock behind.

use std::time::Duration;

use crate::{
    Outcome, Plan,
    ground::{Gateway, Ground, books, free_address, until},
};

const REFUSED_MAX: Duration = Duration::from_secs(10);
const WORDS: &str = "is in use by another gateway";

pub fn run(plan: &Plan) -> Outcome {
    let ground = Ground::new(plan.backend);
    let attempts = plan.of(3, 50);
    let mut outcome = Outcome::with_goal("refused with exit code 1 and the reason; one of two at once serves");
    let mut first = ground.gateway(&[]);
    let mut refused = 0;
    for _ in 0..attempts {
        refused += u32::from(is_refused(&mut ground.gateway_at(free_address(), &[])));
    }
    outcome.must(refused == attempts, format!("second gateways refused {refused} of {attempts}"));
    let migrate = ground.run(&["migrate"]);
    let said = String::from_utf8_lossy(&migrate.stderr).into_owned();
    outcome.always(migrate.status.code() == Some(1) && said.contains(WORDS), format!("migrate beside it: {said}"));
    outcome.always(first.ended().is_none(), "the first gateway ended");
    first.wait_ready();
    first.kill();
    // Nobody has it now: of two that start at once, one serves.
    let mut single = 0;
    for _ in 0..attempts {
        let mut both = [ground.gateway_at(free_address(), &[]), ground.gateway_at(free_address(), &[])];
        until(REFUSED_MAX, || both.iter_mut().any(|gateway| gateway.ended().is_some()));
        let [mut one, mut other] = both;
        let (loser, winner) = if one.ended().is_some() { (&mut one, &mut other) } else { (&mut other, &mut one) };
        single += u32::from(is_refused(loser) && winner.ended().is_none());
        if winner.ended().is_none() {
            winner.wait_ready();
        }
    }
    outcome.must(single == attempts, format!("of two at once exactly one served {single} of {attempts}"));
    books::verify(&ground, &mut outcome);
    outcome
}

fn is_refused(gateway: &mut Gateway) -> bool {
    until(REFUSED_MAX, || gateway.ended().is_some());
    gateway.ended().is_some_and(|status| status.code() == Some(1)) && gateway.words().contains(WORDS)
}
