//! R1b: the power is lost under load. SQLite: the files are put back as a disk would have them, everything up to each file's
//! last sync and any part of what came after. PostgreSQL: what its processes had not handed to the system is gone with them;
//! its setting says that a commit need not wait, and the gateway's connections must not believe that.
//!
//! Each has a control run that loses something, else the storm has shown nothing.

use std::{
    net::SocketAddr,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use crate::{
    Outcome, Plan,
    ground::{
        Backend, Gateway, Ground,
        acknowledged::Log,
        books::{self, grouped},
        client::Tally,
        free_address,
        load::{self, CLIENTS, Start},
        pause,
        shim::{Disk, Left, Shim, Word, pairs},
    },
};

const PATIENCE: Duration = Duration::from_secs(60);
/// Rows of the control on PostgreSQL: little enough to stay in its memory.
const CONTROL_ROWS: i64 = 500;

pub fn run(plan: &Plan) -> Outcome {
    let mut outcome = Outcome::with_goal("0 lost, 0 doubled; the control run loses something");
    match plan.backend {
        Backend::Sqlite => on_sqlite(plan, &mut outcome),
        Backend::Postgres => on_postgres(plan, &mut outcome),
    }
    outcome
}

/// An SQLite gateway whose writes are written down, and the disk that they make.
struct Watched {
    shim: Shim,
    environment: Vec<(String, String)>,
    address: SocketAddr,
    disk: Disk,
    starts: u32,
}

impl Watched {
    fn start(&mut self, ground: &Ground) -> Gateway {
        self.starts += 1;
        let log = self.log(ground);
        let mut settings: Vec<(&str, &str)> = pairs(&self.environment).collect();
        settings.push(("STORM_LOG", &log));
        let mut gateway = ground.gateway_at(self.address, &settings);
        gateway.wait_ready();
        gateway
    }

    fn log(&self, ground: &Ground) -> String {
        format!("{}/writes-{}", ground.folder.display(), self.starts)
    }

    /// Ends the gateway and puts the files back as they are found when the power comes back; answers how many bytes had
    /// been written and not synced.
    fn lose_power(&mut self, ground: &Ground, gateway: Gateway, left: Left, seed: &mut u64) -> usize {
        gateway.kill();
        let log = self.log(ground);
        self.disk.follow(log.as_ref());
        std::fs::remove_file(log).unwrap();
        let pending = self.disk.pending_bytes();
        self.disk.lose_power(left, &mut |below| random(seed, below));
        self.disk.write_to(&ground.folder.join("kopilka.db"));
        pending
    }
}

fn random(seed: &mut u64, below: usize) -> usize {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    usize::try_from(*seed >> 33).unwrap() % below.max(1)
}

fn watched() -> (Ground, Watched) {
    let (ground, shim, environment) = Ground::with_shim(Backend::Sqlite);
    (ground, Watched { shim, environment, address: free_address(), disk: Disk::default(), starts: 0 })
}

fn on_sqlite(plan: &Plan, outcome: &mut Outcome) {
    let (ground, mut watched) = watched();
    let mut gateway = watched.start(&ground);
    let addresses = [watched.address];
    let Start { tally, before, log } = load::start(&ground, &addresses);
    let losses = plan.of(6, 200);
    let (mut seed, mut times) = (0x2545_F491_4F6C_DD1D, 0);
    let (gateway, pending) = load::under_load(&addresses, CLIENTS, &log, &tally, |progress| {
        let (mut pending, mut number) = (0, 0);
        // What is written is soon synced: it may take more losses to meet something that is not.
        while number < losses || (pending == 0 && number < losses * 5) {
            progress.wait_for(CLIENTS, PATIENCE).expect("the tills get answers");
            pause(Duration::from_millis(u64::try_from(random(&mut seed, 500)).unwrap()));
            let left = [Left::AnySectors, Left::Beginning, Left::Nothing][number % 3];
            pending += watched.lose_power(&ground, gateway, left, &mut seed);
            gateway = watched.start(&ground);
            number += 1;
        }
        times = number;
        (gateway, pending)
    });
    outcome.tell(format!("power lost {times} times, {} kB not synced then", grouped(pending / 1_000)));
    outcome.always(pending > 0, "everything was synced whenever the power was lost");
    books::check(&ground, before, &log, &addresses, outcome);
    books::check_tally(&tally, outcome);
    drop(gateway);
    let lost = control_on_sqlite();
    outcome.must(lost > 0, format!("control without syncs: lost {}", grouped(lost)));
}

/// The same with syncs that do nothing; answers what is lost.
fn control_on_sqlite() -> usize {
    let (ground, mut watched) = watched();
    let gateway = watched.start(&ground);
    let addresses = [watched.address];
    let tally = Arc::new(Tally::default());
    load::prepare(&addresses, &tally);
    let log = Log::create(&ground.folder);
    watched.shim.set(Word::SyncIsVoid, 1);
    load::under_load(&addresses, CLIENTS, &log, &tally, |progress| {
        progress.wait_for(CLIENTS * 4, PATIENCE).expect("the tills get answers");
        // Nobody insists on an answer that will not come.
        tally.broken_off.store(true, Ordering::Relaxed);
        watched.lose_power(&ground, gateway, Left::Nothing, &mut 1);
    });
    books::lost(&ground, &log)
}

fn on_postgres(plan: &Plan, outcome: &mut Outcome) {
    let ground = Ground::new(plan.backend);
    // A commit that need not wait is written down by a process that sleeps for ten seconds.
    books::execute(&ground, "ALTER DATABASE storm SET synchronous_commit = off");
    books::execute(&ground, "ALTER SYSTEM SET wal_writer_delay = '10s'");
    books::execute(&ground, "SELECT pg_reload_conf()");
    books::write_rows(&ground, CONTROL_ROWS);
    ground.kill_server();
    ground.server().start_again();
    let kept = books::number(&ground, "SELECT COUNT(*) FROM told");
    let gateway = ground.gateway(&[]);
    let addresses = [gateway.address];
    let Start { tally, before, log } = load::start(&ground, &addresses);
    let kills = plan.of(3, 50);
    load::under_load(&addresses, CLIENTS, &log, &tally, |progress| {
        for _ in 0..kills {
            progress.wait_for(CLIENTS * 4, PATIENCE).expect("the tills get answers");
            ground.kill_server();
            ground.server().start_again();
            progress.wait_for(CLIENTS, PATIENCE).expect("the tills get answers");
        }
    });
    outcome.tell(format!("killed {kills} times, synchronous_commit off in the database's settings"));
    books::check(&ground, before, &log, &addresses, outcome);
    books::check_tally(&tally, outcome);
    let lost = CONTROL_ROWS - kept;
    outcome.must(lost > 0, format!("control that believes the settings: lost {lost} of {CONTROL_ROWS}"));
}
