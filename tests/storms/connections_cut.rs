//! R13a: every two seconds all connections between the gateway and PostgreSQL are cut.

use std::time::Duration;

use crate::{
    Outcome, Plan,
    ground::{
        Gateway, Ground,
        books::{self, seconds},
        load::{self, CLIENTS, Start},
        pause,
        proxy::Proxy,
        until,
    },
};

const EVERY: Duration = Duration::from_secs(2);
const HEALS_MAX: Duration = Duration::from_secs(2);
const PATIENCE: Duration = Duration::from_secs(60);
/// What a gateway's pools may hold at most as it comes: writers 2, outbox 1, jobs 1, sealing 1, readers 2,
/// the journal of exchanges 1.
pub const POOLED_MAX: i64 = 8;

pub fn run(plan: &Plan) -> Outcome {
    let mut ground = Ground::new(plan.backend);
    let direct = ground.url.clone();
    let port = direct.rsplit_once(':').unwrap().1.split('/').next().unwrap();
    let proxy = Proxy::to(format!("127.0.0.1:{port}").parse().unwrap());
    ground.url = direct.replace(&format!(":{port}/"), &format!(":{}/", proxy.address.port()));
    let mut gateway = ground.gateway(&[]);
    // The storm itself asks PostgreSQL without the cable.
    ground.url = direct;
    let addresses = [gateway.address];
    let Start { tally, before, log } = load::start(&ground, &addresses);
    let rounds = plan.of(5, 100);
    let files = gateway.open_files();
    let (heals, cut) = load::under_load(&addresses, CLIENTS, &log, &tally, |progress| {
        let (mut heals, mut cut) = (Duration::ZERO, 0);
        for _ in 0..rounds {
            cut += proxy.cut();
            let healed = progress.wait_for(CLIENTS, PATIENCE).expect("the tills get answers");
            heals = heals.max(healed);
            pause(EVERY.saturating_sub(healed));
        }
        (heals, cut)
    });
    let mut outcome = Outcome::with_goal("64 answers ≤ 2 s after each cut, no leak, 0 lost, 0 doubled");
    outcome.tell(format!("rounds {rounds}, connections cut {cut}"));
    outcome.must(heals <= HEALS_MAX, format!("heals ≤ {}", seconds(heals)));
    outcome.always(gateway.ended().is_none(), "the gateway ended");
    leaks(&ground, &gateway, files, &mut outcome);
    books::check(&ground, before, &log, &addresses, &mut outcome);
    books::check_tally(&tally, &mut outcome);
    outcome
}

/// What the gateway holds open once its clients have gone.
pub fn leaks(ground: &Ground, gateway: &Gateway, files_before: usize, outcome: &mut Outcome) {
    let sql = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = 'storm' AND pid <> pg_backend_pid()";
    let files_max = files_before + usize::try_from(POOLED_MAX).unwrap();
    let is_clean = || books::number(ground, sql) <= POOLED_MAX && gateway.open_files() <= files_max;
    let clean = until(Duration::from_secs(15), is_clean).is_some();
    let (connections, files) = (books::number(ground, sql), gateway.open_files());
    outcome.must(
        clean,
        format!("connections left {connections} (pools {POOLED_MAX}), open files {files_before} before, {files} after"),
    );
}
