//! R15: ten thousand connections that were used once and are kept, and two hundred that are at work.

use std::time::Duration;

use crate::{
    Outcome, Plan,
    ground::{
        Ground,
        books::grouped,
        crowd::{self, Line, Pace, ms, resident_kb, usual_p99},
    },
};

const LIVE: &[u8] = b"GET /health/live HTTP/1.1\r\nHost: storm\r\n\r\n";
const IDLE: u64 = 10_000;
const ACTIVE: u64 = 200;
/// How many are opened at once.
const OPENERS: u64 = 50;
/// Resident memory of an idle connection.
const BYTES_MAX: u64 = 30_000;
/// As most systems start a service.
const FILES_AT_START: u32 = 1_024;
/// What the short form adds to the times: its few seconds are those of a busy machine.
const ALLOWANCE_MS: u64 = 100;

pub fn run(plan: &Plan) -> Outcome {
    crowd::want_files(IDLE + ACTIVE);
    let ground = Ground::new(plan.backend);
    let settings = [("KOPILKA_SERVER__CONNECTIONS_MAX", "11000"), ("KOPILKA_SERVER__IDLE_TIMEOUT_MS", "600000")];
    let mut gateway = ground.gateway_with_files(FILES_AT_START, &settings);
    let (address, runtime) = (gateway.address, crowd::runtime());
    let work =
        Pace { connections: ACTIVE, per_second: Some(200), lasts: Duration::from_secs(plan.of(3, 20)), anew_every: 0 };
    let balance = |_| crowd::balance();
    let warm = Pace { lasts: Duration::from_secs(1), ..work.clone() };
    runtime.block_on(crowd::send(address, warm, balance));
    let alone = runtime.block_on(crowd::send(address, work.clone(), balance));
    let before = resident_kb(gateway.pid());
    let short = plan.of(5, 1);
    let lines = runtime.block_on(async {
        let openers = (0..OPENERS).map(|_| {
            tokio::spawn(async move {
                let mut lines = Vec::new();
                for number in 0..IDLE / OPENERS {
                    let mut line = Line::open(address).await.expect("a connection");
                    // It has been a real caller's: what a request leaves behind counts too. The short form has no time for
                    // as many of them.
                    let is_call = number.is_multiple_of(short);
                    let request = if is_call { crowd::balance() } else { LIVE.to_vec() };
                    assert_eq!(line.ask(&request).await.expect("an answer").status, 200);
                    lines.push(line);
                }
                lines
            })
        });
        let mut lines = Vec::new();
        for opener in openers.collect::<Vec<_>>() {
            lines.extend(opener.await.unwrap());
        }
        lines
    });
    let opened = lines.len();
    let each = (resident_kb(gateway.pid()) - before) * 1_024 / IDLE;
    let among = runtime.block_on(crowd::send(address, work, balance));
    let kept = runtime.block_on(async {
        let mut kept = 0;
        // Each hundredth is asked whether it is still there.
        for line in lines.into_iter().step_by(100) {
            let mut line = line;
            kept += u64::from(line.ask(&crowd::balance()).await.is_ok_and(|heard| heard.status == 200));
        }
        kept
    });

    let mut outcome = Outcome::with_goal(format!(
        "≤ {} bytes a connection, p99 < 1.5×{}",
        grouped(BYTES_MAX),
        plan.of(" + 0.1 s", "")
    ));
    outcome.tell(format!("idle {}, at work {ACTIVE}", grouped(opened)));
    outcome.must(each <= BYTES_MAX, format!("{} bytes each", grouped(each)));
    let unserved = alone.iter().chain(&among).filter(|sample| !sample.is_done()).count();
    outcome.always(unserved == 0, format!("{unserved} requests were not served"));
    outcome.always(kept == IDLE / 100, format!("{kept} of {} were kept", IDLE / 100));
    let (without, with) = (usual_p99(alone.iter()), usual_p99(among.iter()));
    let allowance = Duration::from_millis(plan.of(ALLOWANCE_MS, 0));
    outcome.must(
        with * 2 < without * 3 + allowance * 2,
        format!("p99 {} without them, {} with them", ms(without), ms(with)),
    );
    outcome.tell(format!("open files at the start {FILES_AT_START}"));
    outcome.always(gateway.ended().is_none(), "the gateway ended");
    outcome
}
