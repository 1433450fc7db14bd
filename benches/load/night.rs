//! The night: so many lots have lapsed at one moment, and the gateway works them off while tills go on.
//!
//! Twice on one database: alone, for how long it takes by itself, after which the tills' peak and their usual p99 are taken;
//! then lots have lapsed again, and tills call at half of that peak until nothing is due any more.

use std::{
    rc::Rc,
    time::{Duration, Instant},
};

use hdrhistogram::Histogram;

use crate::{
    drive::{Chance, Load, Measured, next},
    envelopes::{Envelopes, Values},
    generate,
    ground::{self, Backend, Database, Gateway, Ground, Settings},
    report::Report,
    wire::Wire,
};
use kopilka::{
    app::Opened,
    clock::Clock,
    store::{db::backend::Purpose, tables::account},
};

/// How often it is looked whether anything is due.
const LOOK: Duration = Duration::from_millis(50);
/// With nothing due tills are looked at for as many measurements as a night has or so: of a single one p99 is good or bad luck,
/// since a database's checkpoint stops its disk every ten seconds, or none falls into it.
const PARTS: usize = 12;
/// A night that takes longer than so is given up.
const NIGHT_MAX: Duration = Duration::from_secs(1_800);
/// What a million lots may take.
const GOAL: Duration = Duration::from_secs(60);
const MILLION: f64 = 1e6;
/// The calls, in turn.
const KINDS: [&str; 2] = ["GetBalance", "RegisterReceipt"];

/// A night and who works in it.
pub struct Night<'a> {
    pub ground: &'a Ground,
    pub database: &'a Database,
    pub envelopes: &'a Rc<Envelopes>,
    pub lots: u64,
    /// Places of the cards that tills see.
    pub cards: std::ops::Range<u64>,
}

impl Night<'_> {
    /// `load` makes a load at a pace, or without one, beside a gateway.
    pub fn run(&self, report: &mut Report, load: &dyn Fn(Option<f64>, &Gateway) -> Load) {
        let backend = self.ground.backend;
        let name = format!("{backend} night");
        report.heading(&format!("Night: {} lots lapse, GetBalance and RegisterReceipt in turn", self.lots));
        self.lapse();
        let gateway = self.ground.gateway(self.database, &Settings::default());
        let alone = until_done(&self.database.url, gateway.begun);
        let peak = self.calls(&gateway, &load(None, &gateway));
        report.row(&format!("{name}, nothing due"), peak.1, None, &peak.0);
        let pace = peak.0.rate() / 2.0;
        let usual = load(Some(pace), &gateway);
        let (mut without, tills) = self.calls(&gateway, &usual);
        (1..PARTS).for_each(|_| without.add(&self.calls(&gateway, &usual).0));
        report.row(&format!("{name}, nothing due"), tills, Some(pace), &without);
        report.kinds(&without);
        gateway.process.stop();

        self.lapse();
        let gateway = self.ground.gateway(self.database, &Settings::default());
        let (with, beside) = self.calls_until_done(&gateway, &load(Some(pace), &gateway));
        report.row(&format!("{name}, lots lapse"), tills, Some(pace), &with);
        report.kinds(&with);
        gateway.process.stop();

        let rate = |time: Duration| self.lots as f64 / time.as_secs_f64();
        report.figure(&format!("{name}, without tills"), alone.as_secs_f64(), "s");
        report.figure(&format!("{name}, without tills"), rate(alone), "lots/s");
        report.figure(&format!("{name}, beside tills"), beside.as_secs_f64(), "s");
        report.figure(&format!("{name}, beside tills"), rate(beside), "lots/s");
        let million = MILLION / rate(beside);
        report.goal(
            &format!("{name}: a million lots lapse beside tills at half of their peak in ≤ {} s", GOAL.as_secs()),
            format!("{million:.1} s ({} lots in {:.1} s)", self.lots, beside.as_secs_f64()),
            million <= GOAL.as_secs_f64(),
        );
        let p99 = |calls: &Histogram<u64>| calls.value_at_quantile(0.99) as f64 / 1e6;
        for kind in KINDS {
            let [without, with] = [&without, &with].map(|measured| measured.kinds.get(kind).map_or(0.0, p99));
            report.goal(
                &format!("{name}: p99 of {kind} < 2 × without the job"),
                format!("{with:.1} ms, {without:.1} ms without"),
                with < 2.0 * without,
            );
        }
    }

    /// Makes lots lapse, in a database as it is at rest.
    fn lapse(&self) {
        generate::lapse(&self.database.url, self.lots);
        if self.ground.backend == Backend::Postgres {
            self.ground.server().run(&self.database.name, &["VACUUM (ANALYZE)", "CHECKPOINT"]);
        }
    }

    /// Loads the gateway until nothing is due; only what was measured by then counts, unless that was nothing.
    fn calls_until_done(&self, gateway: &Gateway, load: &Load) -> (Measured, Duration) {
        std::thread::scope(|scope| {
            let begun = gateway.begun;
            let url = self.database.url.clone();
            let done = scope.spawn(move || until_done(&url, begun));
            let mut all: Option<Measured> = None;
            loop {
                let (part, _) = self.calls(gateway, load);
                let is_over = done.is_finished();
                match &mut all {
                    None => all = Some(part),
                    Some(all) if !is_over => all.add(&part),
                    Some(_) => {}
                }
                if is_over {
                    return (all.unwrap(), done.join().unwrap());
                }
            }
        })
    }

    /// Balances and sales in turn; and how many tills there were.
    fn calls(&self, gateway: &Gateway, load: &Load) -> (Measured, usize) {
        let address = gateway.address;
        let measured = load.with(|board, ticks, connection| {
            let (envelopes, cards) = (Rc::clone(self.envelopes), self.cards.clone());
            let mut chance = Chance::new(connection as u64 + 1);
            async move {
                let mut wire = Wire::connect(address).await?;
                let mut turn = connection;
                while let Some(from) = next(&board, &ticks).await {
                    let values = Values { card: chance.below(&cards), serial: board.serial(), ..Values::default() };
                    let kind = turn % KINDS.len();
                    turn += 1;
                    let envelope = if kind == 0 { &envelopes.balance } else { &envelopes.register };
                    envelope.write(values, &mut wire.request);
                    let from = from.unwrap_or_else(Instant::now);
                    wire.call().await?;
                    board.note(KINDS[kind], from);
                }
                Ok(())
            }
        });
        (measured, load.connections)
    }
}

/// Waits until nothing is due; how long that was since `begun`.
fn until_done(url: &str, begun: Instant) -> Duration {
    let opened = Opened::open(&ground::config(url)).unwrap();
    let mut db = opened.readers.get().unwrap();
    loop {
        let now = Clock::System.now();
        if db.transaction(Purpose::Read, |db| account::ids_due(db, now, 1)).unwrap().is_empty() {
            return begun.elapsed();
        }
        assert!(begun.elapsed() < NIGHT_MAX, "the night does not end");
        std::thread::sleep(LOOK);
    }
}
