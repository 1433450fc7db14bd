//! R2: all of PostgreSQL is killed under load, and started again; the gateway stays up and serves again by itself.

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use crate::{
    Outcome, Plan,
    ground::{
        Ground,
        books::{self, seconds},
        client::{Client, Tally, receipt, sale},
        is_ready,
        load::{self, CLIENTS, Start},
        pause, until,
    },
    soap::{OFFICE, POS, envelope},
};

const SERVES_MAX: Duration = Duration::from_secs(5);
const PATIENCE: Duration = Duration::from_secs(60);
/// How long PostgreSQL stays away: once as long as it takes to look, else shortly.
const AWAY: Duration = Duration::from_millis(500);
/// By when it is known that it is away: then a call is refused within [`REFUSED_MAX`], and the balancer is told.
const KNOWN_WITHIN: Duration = Duration::from_secs(2);
const REFUSED_MAX: Duration = Duration::from_secs(1);
/// How many rounds of a write, a read and a list are looked at.
const LOOKS: u32 = 5;

pub fn run(plan: &Plan) -> Outcome {
    let ground = Ground::new(plan.backend);
    let mut gateway = ground.gateway(&[]);
    let addresses = [gateway.address];
    let Start { tally, before, log } = load::start(&ground, &addresses);
    let kills = plan.of(3, 50);
    let (serves, away) = load::under_load(&addresses, CLIENTS, &log, &tally, |progress| {
        let (mut serves, mut away) = (Duration::ZERO, Away::default());
        for number in 0..kills {
            progress.wait_for(CLIENTS * 4, PATIENCE).expect("the tills get answers");
            ground.kill_server();
            if number == 0 {
                away = Away::look(&addresses);
            } else {
                pause(AWAY);
            }
            ground.server().start_again();
            serves = serves.max(progress.wait_for(CLIENTS, PATIENCE).expect("the tills get answers"));
            eprintln!("   kill {} of {kills}: {} acknowledged", number + 1, log.count());
        }
        (serves, away)
    });
    let mut outcome = Outcome::with_goal(
        "0 lost, 0 doubled, gateway stays up, known to be away ≤ 2 s, then refused ≤ 1 s, 64 answers ≤ 5 s after it is back",
    );
    outcome.tell(format!("kills {kills}"));
    outcome.always(gateway.ended().is_none(), "the gateway ended");
    books::check(&ground, before, &log, &addresses, &mut outcome);
    outcome.must(away.unready <= KNOWN_WITHIN, format!("not ready after {}", seconds(away.unready)));
    outcome.must(away.slowest <= REFUSED_MAX, format!("refused ≤ {}", seconds(away.slowest)));
    outcome.always(away.others == 0, format!("answered otherwise than 503 while it was away: {}", away.others));
    outcome.must(serves <= SERVES_MAX, format!("serves ≤ {}", seconds(serves)));
    books::check_tally(&tally, &mut outcome);
    outcome
}

/// What a client and a balancer meet while the database is away.
#[derive(Default)]
struct Away {
    /// How long the gateway went on saying that it is ready.
    unready: Duration,
    /// The slowest refusal of a write, a read and a list.
    slowest: Duration,
    /// Answers that were no refusals.
    others: u32,
}

impl Away {
    fn look(addresses: &[SocketAddr]) -> Self {
        let unready = until(PATIENCE, || !is_ready(addresses[0])).unwrap_or(PATIENCE);
        let mut away = Self { unready, ..Self::default() };
        // A tally of its own: these are asked once, and nobody insists.
        let tally = Arc::new(Tally::default());
        let [mut till, mut office] = ["demo", "office"].map(|login| Client::new(addresses, 0, login, &tally));
        for number in 0..LOOKS {
            let sale = sale(&format!("away-{number}"), &receipt(&format!("away-{number}"), "", 100), "", "0.00");
            let balance = format!("<identifier>{}</identifier>", load::card(0));
            let calls = [
                ("pos_1", envelope(POS, "RegisterReceipt", &sale)),
                ("pos_1", envelope(POS, "GetBalance", &balance)),
                ("office_1", envelope(OFFICE, "ListTills", "<rowsMax>0</rowsMax><cursor/>")),
            ];
            for (service, body) in calls {
                let client = if service == "pos_1" { &mut till } else { &mut office };
                let began = Instant::now();
                let is_refused = client.once(service, &body).is_ok_and(|reply| reply.status == 503);
                away.slowest = away.slowest.max(began.elapsed());
                away.others += u32::from(!is_refused);
            }
        }
        away
    }
}
