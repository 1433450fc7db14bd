//! The load: so many connections on one thread of this process, each call timed, warm-up apart from what counts.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    net::SocketAddr,
    ops::Range,
    rc::Rc,
    time::{Duration, Instant},
};

use hdrhistogram::Histogram;
use tokio::{sync::mpsc, task::LocalSet, time};

use crate::{
    envelopes::{Envelope, Values},
    process,
    wire::Wire,
};

/// How long calls that have begun may take to end.
const END_MAX: Duration = Duration::from_secs(40);
/// Latencies are kept in nanoseconds, to three digits.
const DIGITS: u8 = 3;

/// Whose processor time is counted.
#[derive(Debug, Clone, Copy)]
pub struct Watched {
    pub server: u32,
    /// PostgreSQL's first process.
    pub database: Option<u32>,
}

/// What a measurement showed.
pub struct Measured {
    pub calls: u64,
    pub seconds: f64,
    /// All calls together, in nanoseconds.
    pub latency: Histogram<u64>,
    /// Each kind of call.
    pub kinds: BTreeMap<&'static str, Histogram<u64>>,
    pub server_cpu: Duration,
    pub database_cpu: Duration,
    pub client_cpu: Duration,
}

impl Measured {
    /// Takes in what another measurement of the same showed.
    pub fn add(&mut self, other: &Self) {
        self.calls += other.calls;
        self.seconds += other.seconds;
        self.latency.add(&other.latency).unwrap();
        for (kind, calls) in &other.kinds {
            self.kinds.entry(kind).or_insert_with(empty).add(calls).unwrap();
        }
        self.server_cpu += other.server_cpu;
        self.database_cpu += other.database_cpu;
        self.client_cpu += other.client_cpu;
    }

    pub fn rate(&self) -> f64 {
        self.calls as f64 / self.seconds
    }

    /// Of a kind of call.
    pub fn rate_of(&self, kind: &str) -> f64 {
        self.kinds.get(kind).map_or(0.0, |calls| calls.len() as f64 / self.seconds)
    }

    pub fn database_us(&self) -> f64 {
        self.database_cpu.as_secs_f64() * 1e6 / self.calls.max(1) as f64
    }

    pub fn server_us(&self) -> f64 {
        self.server_cpu.as_secs_f64() * 1e6 / self.calls.max(1) as f64
    }
}

/// What all connections of a measurement share.
pub struct Board {
    is_counting: Cell<bool>,
    is_over: Cell<bool>,
    failure: RefCell<Option<String>>,
    kinds: RefCell<BTreeMap<&'static str, Histogram<u64>>>,
    serial: Rc<Cell<u64>>,
}

impl Board {
    pub fn is_over(&self) -> bool {
        self.is_over.get()
    }

    pub fn serial(&self) -> u64 {
        self.serial.set(self.serial.get() + 1);
        self.serial.get()
    }

    /// One call that was asked for at `from` has been answered.
    pub fn note(&self, kind: &'static str, from: Instant) {
        if self.is_counting.get() {
            let took = u64::try_from(from.elapsed().as_nanos()).unwrap_or(u64::MAX);
            let mut kinds = self.kinds.borrow_mut();
            kinds.entry(kind).or_insert_with(empty).saturating_record(took);
        }
    }

    pub fn fail(&self, what: String) {
        self.is_over.set(true);
        self.failure.borrow_mut().get_or_insert(what);
    }
}

fn empty() -> Histogram<u64> {
    Histogram::new_with_bounds(1_000, 120_000_000_000, DIGITS).unwrap()
}

/// A source of card places that is the same in every run.
pub struct Chance(u64);

impl Chance {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub fn below(&mut self, range: &Range<u64>) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        range.start + self.0 % (range.end - range.start)
    }
}

/// One kind of call, on cards of a range.
pub struct Calls<'a> {
    pub name: &'static str,
    pub envelope: &'a Rc<Envelope>,
    pub cards: Range<u64>,
}

/// How the load is made.
pub struct Load {
    pub warm: Duration,
    pub span: Duration,
    pub connections: usize,
    /// Calls begun a second, whatever became of those before; without it each connection calls again when it was answered.
    pub paced: Option<f64>,
    pub watched: Watched,
    /// Numbers the calls of this process: no operation key comes twice.
    pub serial: Rc<Cell<u64>>,
}

impl Load {
    /// One kind of call.
    pub fn run(&self, address: SocketAddr, calls: &Calls<'_>) -> Measured {
        self.with(|board, ticks, connection| {
            let (envelope, cards, name) = (Rc::clone(calls.envelope), calls.cards.clone(), calls.name);
            let mut chance = Chance::new(connection as u64 + 1);
            async move {
                let mut wire = Wire::connect(address).await?;
                while let Some(from) = next(&board, &ticks).await {
                    let values = Values { card: chance.below(&cards), serial: board.serial(), ..Values::default() };
                    envelope.write(values, &mut wire.request);
                    let from = from.unwrap_or_else(Instant::now);
                    wire.call().await?;
                    board.note(name, from);
                }
                Ok(())
            }
        })
    }

    /// Whatever each connection does.
    pub fn with<W>(&self, worker: impl Fn(Rc<Board>, Option<Ticks>, usize) -> W) -> Measured
    where
        W: Future<Output = Result<(), String>> + 'static,
    {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let local = LocalSet::new();
        local.block_on(&runtime, async {
            let board = Rc::new(Board {
                is_counting: Cell::new(false),
                is_over: Cell::new(false),
                failure: RefCell::new(None),
                kinds: RefCell::default(),
                serial: Rc::clone(&self.serial),
            });
            let ticks = self.paced.map(|rate| pace(rate, self.warm + self.span));
            let workers: Vec<_> = (0..self.connections)
                .map(|connection| {
                    let work = worker(Rc::clone(&board), ticks.clone(), connection);
                    let board = Rc::clone(&board);
                    tokio::task::spawn_local(async move {
                        if let Err(what) = work.await {
                            board.fail(what);
                        }
                    })
                })
                .collect();
            pass(&board, self.warm).await;
            let (begun, before) = (Instant::now(), self.spent());
            board.is_counting.set(true);
            pass(&board, self.span).await;
            board.is_counting.set(false);
            let (seconds, after) = (begun.elapsed().as_secs_f64(), self.spent());
            board.is_over.set(true);
            drop(ticks);
            let ended = time::timeout(END_MAX, async {
                for worker in workers {
                    let _ = worker.await;
                }
            });
            assert!(ended.await.is_ok(), "calls were not answered within {END_MAX:?}");
            if let Some(what) = board.failure.take() {
                panic!("a call failed: {what}");
            }
            let kinds = board.kinds.take();
            let mut latency = empty();
            for kind in kinds.values() {
                latency.add(kind).unwrap();
            }
            Measured {
                calls: latency.len(),
                seconds,
                latency,
                kinds,
                server_cpu: after.0.saturating_sub(before.0),
                database_cpu: after.1.saturating_sub(before.1),
                client_cpu: after.2.saturating_sub(before.2),
            }
        })
    }

    fn spent(&self) -> (Duration, Duration, Duration) {
        let database = self.watched.database.map_or(Duration::ZERO, process::cpu_with_children);
        (process::cpu(self.watched.server), database, process::cpu(std::process::id()))
    }
}

/// Lets time pass, but no longer than until a call fails.
async fn pass(board: &Board, span: Duration) {
    let end = time::Instant::now() + span;
    while !board.is_over() && time::Instant::now() < end {
        let left = end - time::Instant::now();
        time::sleep(left.min(Duration::from_millis(100))).await;
    }
}

/// When calls are due.
pub type Ticks = Rc<tokio::sync::Mutex<mpsc::UnboundedReceiver<Instant>>>;

/// Calls that come on their own account. A thread of its own tells of them: the runtime's clock knows milliseconds only.
fn pace(rate: f64, span: Duration) -> Ticks {
    let (due, ticks) = mpsc::unbounded_channel();
    std::thread::spawn(move || {
        let begun = Instant::now();
        let mut count = 0_u64;
        loop {
            let at = begun + Duration::from_secs_f64(count as f64 / rate);
            if at > begun + span {
                return;
            }
            std::thread::sleep(at.saturating_duration_since(Instant::now()));
            if due.send(at).is_err() {
                return;
            }
            count += 1;
        }
    });
    Rc::new(tokio::sync::Mutex::new(ticks))
}

/// Waits for the next call of a connection: at once, or when one is due, whose time it then answers. None at the end.
pub async fn next(board: &Board, ticks: &Option<Ticks>) -> Option<Option<Instant>> {
    let due = match ticks {
        None => Some(None),
        Some(ticks) => ticks.lock().await.recv().await.map(Some),
    };
    due.filter(|_| !board.is_over())
}
