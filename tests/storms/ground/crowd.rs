//! Many clients at little cost: connections of one runtime that send at a given pace, or as fast as they are answered,
//! and write down what each request met.

use std::{
    collections::BTreeMap,
    fs,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use base64::Engine as _;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    runtime::Runtime,
    time::{sleep_until, timeout},
};

use crate::soap::{POS, envelope};

/// How long a request may take before it counts as never answered.
const PATIENCE: Duration = Duration::from_secs(30);
/// Files that a storm needs beside its connections.
const FILES_BESIDE: u64 = 200;

/// A runtime for the storm's side: as many threads as the smallest machine has.
pub fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

/// Lets this process have so many connections.
pub fn want_files(connections: u64) {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let wanted = connections + FILES_BESIDE;
    let limit = getrlimit(Resource::Nofile);
    assert!(
        limit.maximum.is_none_or(|maximum| maximum >= wanted),
        "the storm needs {wanted} open files, and so does the gateway; the hard limit is {:?}: raise it (ulimit -Hn)",
        limit.maximum
    );
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum }).unwrap();
}

/// The memory of a process that is in use, in kB.
pub fn resident_kb(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// A call of the till `demo` with its head.
pub fn call(operation: &str, arguments: &str) -> Vec<u8> {
    let body = envelope(POS, operation, arguments);
    let token = base64::engine::general_purpose::STANDARD.encode("demo:demo");
    format!(
        "POST /ws/pos_1 HTTP/1.1\r\nHost: storm\r\nAuthorization: Basic {token}\r\n\
         Content-Type: text/xml; charset=utf-8\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// A balance of a demo card.
pub fn balance() -> Vec<u8> {
    call("GetBalance", "<identifier>7000000102</identifier>")
}

/// What came back.
pub struct Heard {
    pub status: u16,
    pub retry_after: bool,
    pub close: bool,
    pub body: String,
}

/// A connection.
pub struct Line {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Line {
    pub async fn open(address: SocketAddr) -> std::io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::new() })
    }

    /// Sends a request and reads its answer.
    pub async fn ask(&mut self, request: &[u8]) -> std::io::Result<Heard> {
        self.stream.write_all(request).await?;
        let head_end = loop {
            if let Some(at) = self.buffer.windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
            self.more().await?;
        };
        let head = String::from_utf8_lossy(&self.buffer[..head_end]).into_owned();
        let value = |name: &str| {
            let line = head.lines().find_map(|line| line.strip_prefix(name));
            line.map(|value| value.trim().to_owned())
        };
        let length: usize = value("Content-Length:").and_then(|value| value.parse().ok()).unwrap_or_default();
        while self.buffer.len() < head_end + length {
            self.more().await?;
        }
        let body = String::from_utf8_lossy(&self.buffer[head_end..head_end + length]).into_owned();
        self.buffer.drain(..head_end + length);
        let status = head.split(' ').nth(1).and_then(|word| word.parse().ok()).unwrap_or_default();
        let close = value("Connection:").is_some_and(|value| value.eq_ignore_ascii_case("close"));
        Ok(Heard { status, retry_after: value("Retry-After:").is_some(), close, body })
    }

    async fn more(&mut self) -> std::io::Result<()> {
        let count = self.stream.read_buf(&mut self.buffer).await?;
        if count == 0 { Err(std::io::ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
    }
}

/// How requests come.
#[derive(Clone)]
pub struct Pace {
    pub connections: u64,
    /// Requests a second of all connections together; `None`: the next one as soon as one is answered.
    pub per_second: Option<u64>,
    pub lasts: Duration,
    /// Every so manyth request comes by a new connection; 0: none does.
    pub anew_every: u64,
}

/// The outcome of one request.
pub struct Sample {
    pub number: u64,
    /// From the beginning to when it was sent.
    pub sent: Duration,
    pub took: Duration,
    /// 0: there was no answer.
    pub status: u16,
    pub retry_after: bool,
    pub body: String,
}

impl Sample {
    pub fn is_done(&self) -> bool {
        self.status == 200
    }
}

/// Sends requests at a pace; at a given one the next is sent though others are not answered yet, as long as a connection
/// is free.
pub async fn send(
    address: SocketAddr,
    pace: Pace,
    make: impl Fn(u64) -> Vec<u8> + Send + Sync + 'static,
) -> Vec<Sample> {
    let (next, make) = (Arc::new(AtomicU64::new(0)), Arc::new(make));
    let started = Instant::now();
    let tasks: Vec<_> = (0..pace.connections)
        .map(|_| {
            let (next, make, pace) = (Arc::clone(&next), Arc::clone(&make), pace.clone());
            tokio::spawn(async move {
                let (mut samples, mut line) = (Vec::new(), None);
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if let Some(rate) = pace.per_second {
                        let due = Duration::from_nanos(1_000_000_000 / rate) * u32::try_from(number).unwrap();
                        sleep_until((started + due.min(pace.lasts)).into()).await;
                    }
                    let sent = started.elapsed();
                    if sent >= pace.lasts {
                        return samples;
                    }
                    if pace.anew_every > 0 && number.is_multiple_of(pace.anew_every) {
                        line = None;
                    }
                    let request = make(number);
                    let begun = Instant::now();
                    let heard = timeout(PATIENCE, ask(address, &mut line, &request)).await;
                    let heard = heard.unwrap_or_else(|_| Err(std::io::ErrorKind::TimedOut.into()));
                    let took = begun.elapsed();
                    if heard.as_ref().map_or(true, |heard| heard.close) {
                        line = None;
                    }
                    let (status, retry_after, body) =
                        heard.map_or((0, false, String::new()), |heard| (heard.status, heard.retry_after, heard.body));
                    samples.push(Sample { number, sent, took, status, retry_after, body });
                }
            })
        })
        .collect();
    let mut samples = Vec::new();
    for task in tasks {
        samples.extend(task.await.unwrap());
    }
    samples
}

async fn ask(address: SocketAddr, line: &mut Option<Line>, request: &[u8]) -> std::io::Result<Heard> {
    let line = match line {
        Some(line) => line,
        none => none.insert(Line::open(address).await?),
    };
    line.ask(request).await
}

/// The time that 99 of 100 do not exceed.
pub fn p99(times: impl Iterator<Item = Duration>) -> Duration {
    let mut times: Vec<Duration> = times.collect();
    times.sort_unstable();
    let rank = (times.len() * 99).div_ceil(100).max(1) - 1;
    times.get(rank).copied().unwrap_or_default()
}

/// The time that half of them do not exceed.
pub fn median(times: impl Iterator<Item = Duration>) -> Duration {
    let mut times: Vec<Duration> = times.collect();
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// The median of the p99 of each second: what else the machine does in one of them does not count.
pub fn usual_p99<'s>(samples: impl Iterator<Item = &'s Sample>) -> Duration {
    let mut by_second = BTreeMap::<u64, Vec<Duration>>::new();
    for sample in samples {
        by_second.entry(sample.sent.as_secs()).or_default().push(sample.took);
    }
    median(by_second.into_values().map(|times| p99(times.into_iter())))
}

/// A duration in milliseconds with one place.
pub fn ms(duration: Duration) -> String {
    format!("{}.{} ms", duration.as_millis(), duration.as_micros() % 1_000 / 100)
}
