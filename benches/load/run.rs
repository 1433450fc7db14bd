//! The order of the measurements, for each database.

use std::{
    cell::Cell,
    fs,
    net::SocketAddr,
    process::Command,
    rc::Rc,
    time::{Duration, Instant},
};

use crate::{
    arguments::Plan,
    bare,
    cycle::{self, Cycle},
    disk::Disk,
    drive::{Calls, Load, Measured, Watched},
    envelopes::{Envelope, Envelopes, Values},
    ground::{Backend, Database, Gateway, Ground, Settings, deep, usual},
    night::Night,
    pgbench,
    process::{self, Process},
    report::{Report, median, processor},
    wire::Wire,
};

/// Tills at a time.
const LEVELS: [usize; 3] = [1, 16, MANY];
const MANY: usize = 64;
/// How often a start is timed.
const STARTS: usize = 10;
/// The cycles a second that tills begin when their waiting is measured.
const CYCLES_PACED: f64 = 500.0;
/// Calls are numbered from a time on, so that no kept database knows an operation key already: more than there are calls.
const CALLS_PER_SECOND: u64 = 100_000;
/// Calls have twelve digits for their numbers.
const NUMBERS: u64 = 1_000_000_000_000;
/// How long the till cycle has to come into its stride: until customers that wait for their codes are as many as they stay.
const CYCLE_WARM: Duration = Duration::from_secs(3);

/// What the measurements of one database have at hand.
struct Bench<'a> {
    plan: &'a Plan,
    ground: &'a Ground,
    envelopes: Rc<Envelopes>,
    serial: Rc<Cell<u64>>,
    begun: Instant,
}

pub fn all(plan: &Plan) {
    let begun = Instant::now();
    let mut report = Report::new();
    println!(
        "{} cards, {:.1} s a measurement, {} × {}, {}{}",
        plan.sizes(),
        plan.span.as_secs_f64(),
        std::thread::available_parallelism().map_or(0, usize::from),
        processor(),
        chrono::Utc::now().format("%Y-%m-%d %H:%M UTC"),
        plan.settings()
    );
    let seconds = u64::try_from(chrono::Utc::now().timestamp()).unwrap_or_default();
    let serial = Rc::new(Cell::new(seconds * CALLS_PER_SECOND % NUMBERS));
    let envelopes = Rc::new(Envelopes::new());
    for backend in &plan.backends {
        let ground = Ground::new(plan, *backend);
        let (serial, envelopes) = (Rc::clone(&serial), Rc::clone(&envelopes));
        let bench = Bench { plan, ground: &ground, envelopes, serial, begun };
        if plan.flat.is_empty() { bench.everything(&mut report) } else { bench.flat(&mut report) }
    }
    report.goals();
    if let Some(path) = &plan.json {
        report.write(plan, path);
    }
    if let Some(path) = &plan.chart {
        report.draw(plan, path);
    }
    if let Some(name) = &plan.figures {
        report.figures(plan, name);
    }
    println!("\n{:.0} s in all", begun.elapsed().as_secs_f64());
}

/// A database of a size, its gateway, and where that sends codes.
struct OfSize {
    cards: u64,
    database: Database,
    gateway: Gateway,
    provider: SocketAddr,
    next_card: Cell<u64>,
}

impl Bench<'_> {
    fn everything(&self, report: &mut Report) {
        let (plan, backend) = (self.plan, self.ground.backend);
        self.tell("a database is made or copied");
        let database = self.database(plan.cards, "main");
        if plan.wants("start") {
            self.start(report, &database);
        }
        if ["balance", "quote", "register", "deep"].iter().any(|name| plan.wants(name)) {
            let gateway = self.ground.gateway(&database, &Settings::default());
            self.ask(gateway.address, &self.envelopes.balance, Values::default()).unwrap();
            if plan.wants("start") {
                std::thread::sleep(plan.span);
                self.memory(report, "idle", process::memory(gateway.process.pid()).0, 25.0);
            }
            if plan.wants("balance") {
                self.balance(report, &gateway, &database);
            }
            if plan.wants("quote") {
                self.quote(report, &gateway);
            }
            if plan.wants("register") {
                self.register(report, &gateway, &database);
            }
            if plan.wants("deep") {
                self.deep(report, &gateway);
            }
            self.memory(report, "under load, at most", process::memory(gateway.process.pid()).1, 64.0);
            gateway.process.stop();
        }
        if plan.wants("cycle") {
            self.cycle(report, &database);
        }
        if plan.wants("night") {
            self.night(report, &database);
        }
        if plan.verify {
            self.tell("kopilka verify");
            let said = self.ground.verify(&database);
            println!("\n{backend}: {}", said.trim());
        }
        self.ground.forget(&database);
    }

    /// A copy of a database with so many cards.
    fn database(&self, cards: u64, name: &str) -> Database {
        self.ground.database(cards, name, &|making| {
            self.tell("some trade");
            let provider = process::free_address();
            let gateway = self.ground.gateway(making, &cycle::settings(provider));
            self.ask(gateway.address, &self.envelopes.balance, Values::default()).unwrap();
            let usual = usual(cards);
            let calls = Calls { name: "", envelope: &self.envelopes.register, cards: usual.clone() };
            let load = Load { span: Duration::from_secs(2), ..self.load(MANY, None, self.watched(&gateway)) };
            load.run(gateway.address, &calls);
            let next_card = Cell::new(0);
            let (envelopes, gateway_at) = (&self.envelopes, gateway.address);
            Cycle { envelopes, gateway: gateway_at, provider, cards: usual.end, next_card: &next_card }.run(&load);
            gateway.process.stop();
        })
    }

    /// From the program's start to the first answer, on a database that is there, with a password that was never checked.
    fn start(&self, report: &mut Report, database: &Database) {
        let backend = self.ground.backend;
        self.tell("starts");
        let (mut listens, mut firsts, mut wholes, mut seconds) = (vec![], vec![], vec![], vec![]);
        for _ in 0..STARTS {
            let gateway = self.ground.gateway_at_once(database, &Settings::default());
            let ms = |duration: Duration| duration.as_secs_f64() * 1e3;
            while std::net::TcpStream::connect(gateway.address).is_err() {
                assert!(gateway.begun.elapsed() < Duration::from_secs(60), "it does not listen: {}", gateway.words());
                std::thread::sleep(Duration::from_micros(200));
            }
            let listening = gateway.begun.elapsed();
            self.ask(gateway.address, &self.envelopes.balance, Values::default()).unwrap();
            let answered = gateway.begun.elapsed();
            self.ask(gateway.address, &self.envelopes.balance, Values::default()).unwrap();
            listens.push(ms(listening));
            firsts.push(ms(answered - listening));
            wholes.push(ms(answered));
            seconds.push(ms(gateway.begun.elapsed() - answered));
            gateway.process.stop();
        }
        println!();
        report.figure(&format!("{backend} start until it listens"), median(listens), "ms");
        report.figure(&format!("{backend} first call (argon2 with it)"), median(firsts), "ms");
        report.figure(&format!("{backend} second call"), median(seconds), "ms");
        let whole = median(wholes);
        report.figure(&format!("{backend} start to first answer"), whole, "ms");
        report.goal(
            &format!("{backend} first answer ≤ 50 ms after the start"),
            format!("{whole:.1} ms"),
            whole <= 50.0,
        );
    }

    fn memory(&self, report: &mut Report, when: &str, bytes: u64, goal: f64) {
        let (backend, mb) = (self.ground.backend, bytes as f64 / 1e6);
        println!();
        report.figure(&format!("{backend} RSS {when}"), mb, "MB");
        report.goal(&format!("{backend} RSS {when} ≤ {goal:.0} MB"), format!("{mb:.1} MB"), mb <= goal);
    }

    /// GetBalance beside a server that always gives the same answer to the same bytes, and beside the bare query.
    fn balance(&self, report: &mut Report, gateway: &Gateway, database: &Database) {
        let backend = self.ground.backend;
        self.tell("GetBalance");
        report.heading("GetBalance");
        let constant = self.constant(gateway);
        let calls = Calls { name: "GetBalance", envelope: &self.envelopes.balance, cards: self.usual() };
        let (mut ratios, mut rates, mut cpu, mut constant_cpu) = (vec![], vec![], vec![], vec![]);
        for connections in LEVELS {
            for _ in 0..self.rounds(connections) {
                let yardstick = Watched { server: constant.0.pid(), database: None };
                let bare = self.load(connections, None, yardstick).run(constant.1, &calls);
                report.row("a constant answer", connections, None, &bare);
                let real = self.load(connections, None, self.watched(gateway)).run(gateway.address, &calls);
                report.row(&format!("{backend} GetBalance"), connections, None, &real);
                if connections == MANY {
                    ratios.push(real.rate() / bare.rate());
                    rates.push(real.rate());
                    // On PostgreSQL the query is its server's work.
                    cpu.push(real.server_us() + real.database_us());
                    constant_cpu.push(bare.server_us());
                }
            }
        }
        drop(constant);
        self.paced(report, &format!("{backend} GetBalance"), median(rates) / 2.0, gateway, &calls);
        let by_phone =
            Calls { name: "GetBalance by phone", envelope: &self.envelopes.balance_by_phone, cards: self.usual() };
        let by_phone = self.load(MANY, None, self.watched(gateway)).run(gateway.address, &by_phone);
        report.row(&format!("{backend} GetBalance by phone"), MANY, None, &by_phone);
        let query = match backend {
            Backend::Sqlite => bare::balances(&database.name, self.plan.span),
            Backend::Postgres => {
                let server = self.ground.server();
                let (rate, cpu) =
                    pgbench::run(server, &database.name, pgbench::BALANCE, MANY, self.plan.cards, self.plan.span);
                report.figure("pgbench, the bare query", rate, "transactions/s");
                cpu
            }
        };
        report.figure(&format!("{backend} the bare query, CPU"), query, "µs");
        let (wanted, ratio) = (if backend == Backend::Sqlite { 0.45 } else { 0.30 }, median(ratios));
        let goal = format!("{backend} GetBalance ≥ {wanted:.2} of a constant answer");
        report.goal(&goal, format!("{ratio:.2}"), ratio >= wanted);
        let (cpu, constant_cpu) = (median(cpu), median(constant_cpu));
        let allowed = 2.0 * constant_cpu + query;
        report.goal(
            &format!("{backend} GetBalance: CPU, the database's with it, ≤ 2 × a constant answer's + the bare query's"),
            format!("{cpu:.1} µs of 2 × {constant_cpu:.1} + {query:.1} = {allowed:.1} µs"),
            cpu <= allowed,
        );
    }

    fn quote(&self, report: &mut Report, gateway: &Gateway) {
        let backend = self.ground.backend;
        self.tell("QuoteReceipt");
        report.heading("QuoteReceipt of ten lines");
        let calls = Calls { name: "QuoteReceipt", envelope: &self.envelopes.quote, cards: self.usual() };
        let name = format!("{backend} QuoteReceipt");
        let mut peak = 0.0;
        for connections in LEVELS {
            let real = self.load(connections, None, self.watched(gateway)).run(gateway.address, &calls);
            report.row(&name, connections, None, &real);
            peak = real.rate();
        }
        self.paced(report, &name, peak / 2.0, gateway, &calls);
    }

    /// RegisterReceipt beside the bare statements.
    fn register(&self, report: &mut Report, gateway: &Gateway, database: &Database) {
        let backend = self.ground.backend;
        self.tell("RegisterReceipt");
        // A copy for the yardstick, whose rows are no bookkeeping; with one real receipt in it for a pattern.
        let base = self.database(self.plan.cards, "bare");
        let once = self.ground.gateway(&base, &Settings::default());
        let values = Values { serial: self.next(), ..Values::default() };
        self.ask(once.address, &self.envelopes.register, values).unwrap();
        once.process.stop();
        report.heading("RegisterReceipt of three lines, nothing spent");
        let calls = Calls { name: "RegisterReceipt", envelope: &self.envelopes.register, cards: self.usual() };
        let name = format!("{backend} RegisterReceipt");
        let (mut ratios, mut rates) = (vec![], vec![]);
        let (disk, before) = (Disk::look(self.ground, gateway, database), self.serial.get());
        for connections in LEVELS {
            for _ in 0..self.rounds(connections) {
                let bare = (connections == MANY).then(|| self.bare_receipts(report, &base));
                let real = self.load(connections, None, self.watched(gateway)).run(gateway.address, &calls);
                report.row(&name, connections, None, &real);
                if let Some(bare) = bare {
                    ratios.push(real.rate() / bare);
                    rates.push(real.rate());
                }
            }
        }
        let peak = median(rates);
        self.paced(report, &name, peak / 2.0, gateway, &calls);
        let grown = Disk::look(self.ground, gateway, database).since(&disk, self.serial.get() - before);
        report.figure(&format!("{name}, database grows by"), grown.database, "bytes a call");
        if backend == Backend::Sqlite {
            // pgbench has written into the same log.
            report.figure(&format!("{name}, written"), grown.log, "bytes a call");
        }
        self.ground.forget(&base);
        let (wanted, of) = if backend == Backend::Sqlite { (0.5, "the bare statements") } else { (2.0, "pgbench") };
        let ratio = median(ratios);
        report.goal(&format!("{name} ≥ {wanted:.1} of {of}"), format!("{ratio:.2}"), ratio >= wanted);
        report.goal(&format!("{name} > 7 900 a second"), format!("{peak:.0}"), peak > 7_900.0);
    }

    /// What the bare statements do in a second.
    fn bare_receipts(&self, report: &mut Report, base: &Database) -> f64 {
        let plan = self.plan;
        let (name, (rate, cpu)) = match self.ground.backend {
            Backend::Sqlite => {
                (format!("the same rows, {} a commit", bare::BATCH), bare::receipts(&base.name, plan.warm, plan.span))
            }
            Backend::Postgres => {
                let server = self.ground.server();
                ("pgbench".into(), pgbench::run(server, &base.name, pgbench::REGISTER, MANY, plan.cards, plan.span))
            }
        };
        report.yardstick(&name, rate, cpu);
        rate
    }

    /// Accounts with a long past beside accounts with a short one.
    fn deep(&self, report: &mut Report, gateway: &Gateway) {
        let backend = self.ground.backend;
        self.tell("accounts with a long past");
        report.heading("Accounts of 10 and of 1 000 entries");
        let (first, middle) = (self.usual().end, self.plan.cards - deep(self.plan.cards) / 2);
        let (short, long) = (first..middle, middle..self.plan.cards);
        for (name, envelope) in [("GetBalance", &self.envelopes.balance), ("RegisterReceipt", &self.envelopes.register)]
        {
            let mut ratios = Vec::new();
            for _ in 0..self.plan.rounds {
                let run = |cards: &std::ops::Range<u64>| {
                    let calls = Calls { name, envelope, cards: cards.clone() };
                    self.load(MANY, None, self.watched(gateway)).run(gateway.address, &calls)
                };
                let (few, many) = (run(&short), run(&long));
                report.row(&format!("{backend} {name}, 10 entries"), MANY, None, &few);
                report.row(&format!("{backend} {name}, 1 000 entries"), MANY, None, &many);
                ratios.push(few.rate() / many.rate());
            }
            let ratio = median(ratios);
            let goal = format!("{backend} {name} on 1 000 entries within 1.25 × of 10");
            report.goal(&goal, format!("{ratio:.2}"), ratio <= 1.25);
        }
    }

    /// The whole till cycle.
    fn cycle(&self, report: &mut Report, database: &Database) {
        let backend = self.ground.backend;
        self.tell("the till cycle");
        report.heading("Till cycle: QuoteReceipt, ReservePoints, ConfirmReservation, RegisterReceipt");
        let (provider, next_card) = (process::free_address(), Cell::new(0));
        let gateway = self.ground.gateway(database, &cycle::settings(provider));
        self.ask(gateway.address, &self.envelopes.balance, Values::default()).unwrap();
        let cycle = Cycle {
            envelopes: &self.envelopes,
            gateway: gateway.address,
            provider,
            cards: self.usual().end,
            next_card: &next_card,
        };
        let name = format!("{backend} till cycle");
        let load = |tills, paced| Load { warm: CYCLE_WARM, ..self.load(tills, paced, self.watched(&gateway)) };
        let mut ended = 0.0;
        for tills in LEVELS {
            let free = cycle.run(&load(tills, None));
            report.row(&name, tills, None, &free);
            ended = free.rate_of(cycle::REGISTER);
            report.figure(&format!("{name} of {tills}, receipts"), ended, "a second");
        }
        report.goal(&format!("{name} ≥ 1 000 receipts a second"), format!("{ended:.0}"), ended >= 1_000.0);
        let paced = cycle.run(&load(MANY, Some(CYCLES_PACED)));
        report.row(&name, MANY, Some(CYCLES_PACED), &paced);
        report.kinds(&paced);
        let p99 = paced.latency.value_at_quantile(0.99) as f64 / 1e6;
        let ended = paced.rate_of(cycle::REGISTER);
        report.goal(
            &format!("{name} at {CYCLES_PACED:.0} receipts a second: p99 of a call ≤ 50 ms"),
            format!("{p99:.1} ms at {ended:.0} receipts a second"),
            p99 <= 50.0 && ended >= 0.95 * CYCLES_PACED,
        );
        gateway.process.stop();
    }

    /// Lots lapse beside the tills.
    fn night(&self, report: &mut Report, database: &Database) {
        self.tell("the night");
        let (envelopes, ground) = (&self.envelopes, self.ground);
        let night = Night { ground, database, envelopes, lots: self.plan.cards, cards: self.usual() };
        night.run(report, &|paced, gateway| {
            self.ask(gateway.address, &self.envelopes.balance, Values::default()).unwrap();
            self.load(MANY, paced, self.watched(gateway))
        });
    }

    /// The same calls on databases of different sizes.
    fn flat(&self, report: &mut Report) {
        report.heading("By the number of cards");
        let sizes: Vec<OfSize> = self.plan.flat.iter().map(|cards| self.of_size(*cards)).collect();
        let (envelopes, load) = (&self.envelopes, |size: &OfSize| self.load(MANY, None, self.watched(&size.gateway)));
        for (what, name, envelope) in [
            ("balance", "GetBalance", &envelopes.balance),
            ("quote", "QuoteReceipt", &envelopes.quote),
            ("register", "RegisterReceipt", &envelopes.register),
        ] {
            if self.plan.wants(what) {
                self.compare(report, name, &sizes, &|size| {
                    load(size).run(size.gateway.address, &Calls { name, envelope, cards: usual(size.cards) })
                });
            }
        }
        if self.plan.wants("cycle") {
            self.compare(report, "till cycle", &sizes, &|size| {
                let (gateway, provider, next_card) = (size.gateway.address, size.provider, &size.next_card);
                let cycle = Cycle { envelopes, gateway, provider, cards: usual(size.cards).end, next_card };
                cycle.run(&Load { warm: CYCLE_WARM, ..load(size) })
            });
        }
        for size in sizes {
            size.gateway.process.stop();
            self.ground.forget(&size.database);
        }
    }

    /// Has sizes take turns, since a host's speed differs more than theirs, and holds each against the first.
    fn compare(&self, report: &mut Report, name: &str, sizes: &[OfSize], run: &dyn Fn(&OfSize) -> Measured) {
        let backend = self.ground.backend;
        let mut ratios: Vec<Vec<f64>> = vec![vec![]; sizes.len()];
        for _ in 0..self.rounds(MANY) {
            let mut first = None;
            for (size, ratios) in sizes.iter().zip(&mut ratios) {
                let real = run(size);
                report.row(&format!("{backend} {name}, {} cards", size.cards), MANY, None, &real);
                ratios.push(real.rate() / *first.get_or_insert(real.rate()));
            }
        }
        for (size, ratios) in sizes.iter().zip(ratios).skip(1) {
            let ratio = median(ratios);
            report.goal(
                &format!("{backend} {name}, {} cards: within 1.25 × of {}", size.cards, sizes[0].cards),
                format!("{ratio:.2} of its calls a second"),
                ratio >= 1.0 / 1.25,
            );
        }
    }

    fn of_size(&self, cards: u64) -> OfSize {
        self.tell(&format!("a database of {cards} cards is made or copied"));
        let database = self.database(cards, &format!("of_{cards}"));
        let provider = process::free_address();
        let gateway = self.ground.gateway(&database, &cycle::settings(provider));
        OfSize { cards, database, gateway, provider, next_card: Cell::new(0) }
    }

    fn paced(&self, report: &mut Report, name: &str, rate: f64, gateway: &Gateway, calls: &Calls<'_>) -> Measured {
        let measured = self.load(MANY, Some(rate), self.watched(gateway)).run(gateway.address, calls);
        report.row(name, MANY, Some(rate), &measured);
        measured
    }

    /// The yardstick's server, with an answer that the gateway has just given.
    fn constant(&self, gateway: &Gateway) -> (Process, SocketAddr) {
        let answer = self.ask(gateway.address, &self.envelopes.balance, Values::default()).unwrap();
        let file = self.ground.file("answer.xml");
        fs::write(&file, answer).unwrap();
        let address = process::free_address();
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.arg("--serve-constant").arg(file).arg(address.to_string());
        let process = Process::start(&mut command);
        let until = Instant::now() + Duration::from_secs(10);
        while std::net::TcpStream::connect(address).is_err() {
            assert!(Instant::now() < until, "the yardstick's server does not listen");
            std::thread::sleep(Duration::from_millis(5));
        }
        (process, address)
    }

    /// One call on a connection of its own.
    fn ask(&self, address: SocketAddr, envelope: &Envelope, values: Values<'_>) -> Result<Vec<u8>, String> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut wire = Wire::connect(address).await?;
            envelope.write(values, &mut wire.request);
            wire.call().await.map(<[u8]>::to_vec)
        })
    }

    fn load(&self, connections: usize, paced: Option<f64>, watched: Watched) -> Load {
        let (warm, span) = (self.plan.warm, self.plan.span);
        Load { warm, span, connections, paced, watched, serial: Rc::clone(&self.serial) }
    }

    fn watched(&self, gateway: &Gateway) -> Watched {
        let database = self.ground.cluster.as_ref().map(crate::cluster::Cluster::pid);
        Watched { server: gateway.process.pid(), database }
    }

    /// Places of the cards whose accounts have a usual past.
    fn usual(&self) -> std::ops::Range<u64> {
        usual(self.plan.cards)
    }

    /// How often yardstick and gateway take turns.
    fn rounds(&self, connections: usize) -> usize {
        if connections == MANY { self.plan.rounds } else { 1 }
    }

    fn next(&self) -> u64 {
        self.serial.set(self.serial.get() + 1);
        self.serial.get()
    }

    fn tell(&self, what: &str) {
        eprintln!("[{:>5.0} s] {}: {what}", self.begun.elapsed().as_secs_f64(), self.ground.backend);
    }
}
