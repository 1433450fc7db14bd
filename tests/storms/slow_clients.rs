//! R14: clients that never come to an end: heads and bodies a byte at a time, and answers that nobody takes.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    time::{interval, timeout},
};

use crate::{
    Outcome, Plan,
    ground::{
        Ground,
        books::{grouped, seconds},
        crowd::{self, Pace, ms, usual_p99},
        until,
    },
};

const HEADS: usize = 1_480;
const BODIES: usize = 500;
/// Each holds what the system buffers for it.
const READERS: usize = 20;
/// The pause between two bytes.
const DRIP: Duration = Duration::from_secs(1);
/// How much later than its limit a connection may be closed on a busy machine.
const SLACK: Duration = Duration::from_secs(2);
/// Answers that are asked for and not taken: more than any socket buffers.
const UNTAKEN: usize = 400;
/// How often the 99th percentile may be what it was without.
const FACTOR: u32 = 2;
/// What the short form adds to that: its few seconds are those of a busy machine.
const ALLOWANCE_MS: u64 = 500;

/// Closings of one kind of attacker.
#[derive(Default)]
struct Closings {
    count: AtomicU64,
    slowest_ms: AtomicU64,
}

impl Closings {
    fn add(&self, after: Duration) {
        self.count.fetch_add(1, Ordering::Relaxed);
        self.slowest_ms.fetch_max(u64::try_from(after.as_millis()).unwrap(), Ordering::Relaxed);
    }

    fn slowest(&self) -> Duration {
        Duration::from_millis(self.slowest_ms.load(Ordering::Relaxed))
    }
}

pub fn run(plan: &Plan) -> Outcome {
    crowd::want_files(3_000);
    let ground = Ground::new(plan.backend);
    // The short form has no time for the limits as they come.
    let [head, body, write] = plan.of([2_000_u64, 2_000, 3_000], [8_000, 15_000, 30_000]);
    let limits = [head.to_string(), body.to_string(), write.to_string()];
    let settings = [
        ("KOPILKA_SERVER__HEADER_READ_TIMEOUT_MS", limits[0].as_str()),
        ("KOPILKA_SERVER__BODY_READ_TIMEOUT_MS", limits[1].as_str()),
        ("KOPILKA_SERVER__WRITE_TIMEOUT_MS", limits[2].as_str()),
    ];
    let mut gateway = ground.gateway(&settings);
    let (address, lasts) = (gateway.address, Duration::from_secs(plan.of(5, 40)));
    let good = Pace { connections: 32, per_second: Some(200), lasts, anew_every: 4 };
    let runtime = crowd::runtime();
    let before = Pace { lasts: Duration::from_secs(plan.of(3, 40)), ..good.clone() };
    let alone = runtime.block_on(crowd::send(address, before, |_| crowd::balance()));
    let (heads, bodies, over) = (Arc::<Closings>::default(), Arc::<Closings>::default(), Arc::<AtomicBool>::default());
    let files = gateway.open_files();
    let mut readers = Vec::new();
    let among = runtime.block_on(async {
        for number in 0..HEADS + BODIES {
            let (kind, closings) = if number < HEADS { (Kind::Head, &heads) } else { (Kind::Body, &bodies) };
            let (closings, over) = (Arc::clone(closings), Arc::clone(&over));
            tokio::spawn(async move {
                // A shower, not a wave: they do not come all at once.
                tokio::time::sleep(DRIP * u32::try_from(number % 100).unwrap() / 100).await;
                while !over.load(Ordering::Relaxed) {
                    drip(address, kind, &closings, &over).await;
                }
            });
        }
        for _ in 0..READERS {
            readers.push(ask_and_do_not_read(address).await);
        }
        crowd::send(address, good, |_| crowd::balance()).await
    });
    over.store(true, Ordering::Relaxed);
    let limit = Duration::from_millis(head.max(body).max(write)) + SLACK * 2;
    let gone = until(limit, || gateway.open_files() <= files + 32);
    drop(readers);
    drop(runtime);

    let [head, body] = [head, body].map(Duration::from_millis);
    let mut outcome = Outcome::with_goal(format!(
        "a head closed ≤ {}, a body ≤ {}, untaken answers within their limit; all others served, p99 < {FACTOR}×{}",
        seconds(head + SLACK),
        seconds(body + SLACK),
        plan.of(" + 0.5 s", ""),
    ));
    let count = |closings: &Closings| grouped(closings.count.load(Ordering::Relaxed));
    outcome.tell(format!("clients {}", grouped(HEADS + BODIES + READERS)));
    outcome.must(
        heads.slowest() <= head + SLACK && heads.count.load(Ordering::Relaxed) >= HEADS as u64,
        format!("heads closed {} times, ≤ {}", count(&heads), seconds(heads.slowest())),
    );
    outcome.must(
        bodies.slowest() <= body + SLACK && bodies.count.load(Ordering::Relaxed) >= BODIES as u64,
        format!("bodies {} times, ≤ {}", count(&bodies), seconds(bodies.slowest())),
    );
    outcome.must(
        gone.is_some(),
        format!("{} untaken closed: {}", READERS, if gone.is_some() { "all" } else { "not all" }),
    );
    let unserved = alone.iter().chain(&among).filter(|sample| !sample.is_done()).count();
    outcome.must(unserved == 0, format!("others served {}, not served {unserved}", grouped(among.len())));
    let (before, under) = (usual_p99(alone.iter()), usual_p99(among.iter()));
    let allowance = Duration::from_millis(plan.of(ALLOWANCE_MS, 0));
    outcome
        .must(under < before * FACTOR + allowance, format!("their p99 {} alone, {} among them", ms(before), ms(under)));
    outcome.always(gateway.ended().is_none(), "the gateway ended");
    outcome
}

#[derive(Clone, Copy)]
enum Kind {
    Head,
    Body,
}

/// One connection, a byte at a time, until the gateway has had enough.
async fn drip(address: SocketAddr, kind: Kind, closings: &Closings, over: &AtomicBool) {
    let began = Instant::now();
    let Ok(mut stream) = TcpStream::connect(address).await else { return };
    let begins: &[u8] = match kind {
        Kind::Head => b"POST /ws/pos_1 HTTP/1.1\r\nX-Slow: ",
        Kind::Body => {
            b"POST /ws/pos_1 HTTP/1.1\r\nHost: h\r\nAuthorization: Basic ZGVtbzpkZW1v\r\nContent-Length: 9000\r\n\r\n"
        }
    };
    let mut sent = stream.write_all(begins).await.is_ok();
    let (mut ticks, mut buffer) = (interval(DRIP), [0; 4_096]);
    while sent && !over.load(Ordering::Relaxed) {
        sent = tokio::select! {
            _ = ticks.tick() => stream.write_all(b"a").await.is_ok(),
            // A refusal may be read before the end.
            read = stream.read(&mut buffer) => read.is_ok_and(|count| count > 0),
        };
    }
    if !sent {
        closings.add(began.elapsed());
    }
}

/// Asks for a long page again and again, and takes nothing of it.
async fn ask_and_do_not_read(address: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4_096).unwrap();
    let mut stream = socket.connect(address).await.unwrap();
    let wanted = b"GET /ws/pos_1?wsdl HTTP/1.1\r\nHost: h\r\n\r\n".repeat(UNTAKEN);
    // The gateway stops reading when it cannot write.
    let _ = timeout(Duration::from_millis(100), stream.write_all(&wanted)).await;
    stream
}
