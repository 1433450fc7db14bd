//! R17: five times as much as the gateway can do, whether it answers or not.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use crate::{
    Outcome, Plan,
    ground::{
        Ground,
        acknowledged::Log,
        books::{self, Totals, grouped, seconds},
        client::{Tally, receipt, returned, sale},
        crowd::{self, Pace, Sample, median, ms, p99, resident_kb, usual_p99},
        is_ready,
        load::{self, PREFIX, card},
        pause,
    },
    soap::Reply,
};

const TIMES: u64 = 5;
/// Fewer times than this was no storm: the machine could not bring it about.
const TIMES_MIN: u64 = 4;
/// In the short form the gateway takes few sales together, so that it bears less: what it does with too many is the same, and a
/// crowd that shares its processors can offer many times as much.
const BEARS_LESS: (&str, &str) = ("KOPILKA_DATABASE__BATCH_COMMANDS_MAX", "4");
const TILLS: u64 = 64;
const CONNECTIONS: u64 = 1_500;
/// Of the long form; the few seconds of the short one are those of a busy machine.
const GOODPUT_PERCENT_MIN: u64 = 80;
const GOODPUT_PERCENT_MIN_SHORT: u64 = 50;
const REFUSAL_MAX: Duration = Duration::from_millis(100);
const REFUSAL_MAX_SHORT: Duration = Duration::from_millis(500);
/// `database.queue_wait_max_ms` as it comes, and more for the work itself and a busy machine; half of the deadline.
const ACCEPTED_MAX: Duration = Duration::from_secs(5);
const GROWTH_MB_MAX: u64 = 128;
const HEALTH_MAX: Duration = Duration::from_secs(1);
const LOOK_EVERY: Duration = Duration::from_millis(100);

pub fn run(plan: &Plan) -> Outcome {
    crowd::want_files(CONNECTIONS);
    let ground = Ground::new(plan.backend);
    let mut gateway = ground.gateway(plan.of(&[BEARS_LESS], &[]));
    let (address, tally) = (gateway.address, Arc::new(Tally::default()));
    load::prepare(&[address], &tally);
    let (before, log, runtime) = (Totals::read(&ground), Log::create(&ground.folder), crowd::runtime());
    let closed = |lasts| Pace { connections: TILLS, per_second: None, lasts, anew_every: 0 };
    let warm = runtime.block_on(crowd::send(address, closed(Duration::from_secs(1)), sell("w")));
    let calm_lasts = Duration::from_secs(plan.of(3, 20));
    let calm = runtime.block_on(crowd::send(address, closed(calm_lasts), sell("c")));
    let peak = done_per_second(&calm, calm_lasts);
    let lasts = Duration::from_secs(plan.of(5, 60));
    let (look, resident) = (Look::new(address, gateway.pid()), resident_kb(gateway.pid()));
    let pace = Pace { connections: CONNECTIONS, per_second: Some(peak * TIMES), lasts, anew_every: 0 };
    let storm = runtime.block_on(crowd::send(address, pace, sell("s")));
    let (unready, slowest_health, most) = look.end();
    // The machine may have become busier meanwhile, or less so.
    let again = runtime.block_on(crowd::send(address, closed(calm_lasts), sell("a")));
    let peak_after = done_per_second(&again, calm_lasts);
    let usual_peak = u64::midpoint(peak, peak_after);
    let goodput = done_per_second(&storm, lasts);
    let offered = per_second(storm.len(), lasts);

    let goodput_percent_min = plan.of(GOODPUT_PERCENT_MIN_SHORT, GOODPUT_PERCENT_MIN);
    let refusal_max = plan.of(REFUSAL_MAX_SHORT, REFUSAL_MAX);
    let mut outcome = Outcome::with_goal(format!(
        "goodput ≥ {goodput_percent_min} % of the peak, {} ≤ {}, accepted ≤ {}, memory + ≤ {GROWTH_MB_MAX} MB, health answered",
        plan.of("half of the refusals", "99 of 100 refusals of the usual second"),
        ms(refusal_max),
        seconds(ACCEPTED_MAX)
    ));
    outcome.tell(format!(
        "peak {peak} sales a second before, {peak_after} after, offered {offered} for {} s",
        lasts.as_secs()
    ));
    outcome.always(offered >= peak * TIMES_MIN, format!("only {offered} a second were offered"));
    outcome.must(
        goodput * 100 >= usual_peak * goodput_percent_min,
        format!("goodput {goodput} a second ({} %)", goodput * 100 / usual_peak.max(1)),
    );
    let times = |is_wanted: fn(&Sample) -> bool| storm.iter().filter(move |s| is_wanted(s)).map(|s| s.took);
    let refused = times(|sample| sample.status == 503);
    let slowest = refused.clone().max().unwrap_or_default();
    let usual = usual_p99(storm.iter().filter(|sample| sample.status == 503));
    let half = median(refused.clone());
    outcome.must(
        plan.of(half, usual) <= refusal_max && refused.clone().count() > 0,
        format!(
            "refused {}, half ≤ {}, usual p99 {}, slowest {}",
            grouped(refused.count()),
            ms(half),
            ms(usual),
            ms(slowest)
        ),
    );
    let accepted = p99(times(Sample::is_done));
    outcome.must(
        times(Sample::is_done).max().unwrap_or_default() <= ACCEPTED_MAX,
        format!("accepted p99 {}, slowest {}", ms(accepted), ms(times(Sample::is_done).max().unwrap_or_default())),
    );
    let growth = most.saturating_sub(resident) / 1_024;
    outcome.must(growth <= GROWTH_MB_MAX, format!("memory {} MB, + {growth} MB", resident / 1_024));
    outcome.must(
        unready <= plan.of(1, 0) && slowest_health <= HEALTH_MAX,
        format!("not ready {unready} times, health ≤ {}", ms(slowest_health)),
    );
    let silent = storm.iter().filter(|sample| sample.status == 503 && !sample.retry_after).count();
    outcome.always(silent == 0, format!("{silent} refusals without Retry-After"));
    let others = storm.iter().filter(|sample| sample.status != 200 && sample.status != 503).count();
    outcome.always(others == 0, format!("{others} requests had no answer, or another fault"));
    outcome.always(gateway.ended().is_none(), "the gateway ended");
    for (name, samples) in [("w", warm), ("c", calm), ("s", storm), ("a", again)] {
        write_down(&log, name, samples);
    }
    books::check(&ground, before, &log, &[address], &mut outcome);
    outcome
}

fn per_second(count: usize, lasts: Duration) -> u64 {
    u64::try_from(count).unwrap() / lasts.as_secs()
}

fn done_per_second(samples: &[Sample], lasts: Duration) -> u64 {
    per_second(samples.iter().filter(|sample| sample.is_done() && sample.sent + sample.took <= lasts).count(), lasts)
}

fn key(name: &str, number: u64) -> String {
    format!("{PREFIX}{name}-{number}")
}

/// Sales of one line on twenty cards.
fn sell(name: &'static str) -> impl Fn(u64) -> Vec<u8> + Send + Sync + 'static {
    move |number| {
        let key = key(name, number);
        let card = card(usize::try_from(number % 20).unwrap());
        crowd::call("RegisterReceipt", &sale(&key, &receipt(&key, &card, 100), "", "0"))
    }
}

/// What was acknowledged, for the books.
fn write_down(log: &Log, name: &str, samples: Vec<Sample>) {
    let done = samples.into_iter().filter(Sample::is_done).map(|sample| {
        let reply = Reply { status: sample.status, body: sample.body };
        let returned = returned(&reply).to_owned();
        ("RegisterReceipt", key(name, sample.number), reply.code().to_owned(), returned)
    });
    log.add_all(done);
}

/// A balancer's view of the gateway, and its memory.
struct Look {
    over: Arc<AtomicBool>,
    thread: std::thread::JoinHandle<(u64, Duration)>,
    most_kb: Arc<AtomicU64>,
}

impl Look {
    fn new(address: SocketAddr, pid: u32) -> Self {
        let (over, most_kb) = (Arc::<AtomicBool>::default(), Arc::<AtomicU64>::default());
        let (ends, most) = (Arc::clone(&over), Arc::clone(&most_kb));
        let thread = std::thread::spawn(move || {
            let (mut unready, mut slowest) = (0, Duration::ZERO);
            while !ends.load(Ordering::Relaxed) {
                let began = Instant::now();
                unready += u64::from(!is_ready(address));
                slowest = slowest.max(began.elapsed());
                most.fetch_max(resident_kb(pid), Ordering::Relaxed);
                pause(LOOK_EVERY);
            }
            (unready, slowest)
        });
        Self { over, thread, most_kb }
    }

    /// How often it was not ready, the slowest answer, and the most memory in kB.
    fn end(self) -> (u64, Duration, u64) {
        self.over.store(true, Ordering::Relaxed);
        let (unready, slowest) = self.thread.join().unwrap();
        (unready, slowest, self.most_kb.load(Ordering::Relaxed))
    }
}
