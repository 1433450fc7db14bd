//! A till as plain as tills are: a thread, a kept connection, and the same request again until it is answered.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use base64::Engine as _;

use super::pause;
use crate::soap::{OFFICE, POS, Reply, envelope};

/// How long one attempt may take, unless it is said otherwise: longer than any limit of the gateway's own.
pub const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(45);
/// How long a client that was refused, or cut off, waits before it sends the same again.
const AGAIN_AFTER: Duration = Duration::from_millis(20);
/// How long a client insists before it gives up.
const PATIENCE: Duration = Duration::from_secs(90);

/// What all clients of a storm met on their way to an answer.
#[derive(Default)]
pub struct Tally {
    /// Connections refused, cut, or broken off.
    pub cut: AtomicU64,
    /// Faults that ask to send again (503).
    pub busy: AtomicU64,
    /// Any other fault.
    pub faults: AtomicU64,
    /// Requests that were never answered.
    pub unanswered: AtomicU64,
    /// Business answers that nobody foresaw.
    pub surprises: AtomicU64,
    /// The longest attempt, in milliseconds.
    pub slowest_ms: AtomicU64,
    /// The storm broke off: nobody insists any more.
    pub broken_off: AtomicBool,
}

impl Tally {
    pub fn get(counter: &AtomicU64) -> u64 {
        counter.load(Ordering::Relaxed)
    }
}

/// A client with a login (the demo's passwords are the logins) and the gateways it may use in turn.
pub struct Client {
    addresses: Vec<SocketAddr>,
    next: usize,
    authorization: String,
    connection: Option<BufReader<TcpStream>>,
    attempt_timeout: Duration,
    tally: Arc<Tally>,
}

impl Client {
    /// A client that begins with the `first` of the gateways.
    pub fn new(addresses: &[SocketAddr], first: usize, login: &str, tally: &Arc<Tally>) -> Self {
        let token = base64::engine::general_purpose::STANDARD.encode(format!("{login}:{login}"));
        let (next, tally) = (first % addresses.len(), Arc::clone(tally));
        Self {
            addresses: addresses.to_vec(),
            next,
            authorization: format!("Basic {token}"),
            connection: None,
            attempt_timeout: ATTEMPT_TIMEOUT,
            tally,
        }
    }

    /// As it is, but giving up each attempt after so long.
    pub fn with_attempt_timeout(self, attempt_timeout: Duration) -> Self {
        Self { attempt_timeout, ..self }
    }

    /// Calls an operation of `Pos` until it is answered: the same bytes after a refusal or a lost connection.
    pub fn pos(&mut self, operation: &str, arguments: &str) -> Option<Reply> {
        self.insist("pos_1", &envelope(POS, operation, arguments))
    }

    pub fn office(&mut self, operation: &str, arguments: &str) -> Option<Reply> {
        self.insist("office_1", &envelope(OFFICE, operation, arguments))
    }

    fn insist(&mut self, service: &str, body: &str) -> Option<Reply> {
        let began = Instant::now();
        while began.elapsed() < PATIENCE && !self.tally.broken_off.load(Ordering::Relaxed) {
            match self.once(service, body) {
                Ok(reply) if reply.status == 200 => return Some(reply),
                Ok(reply) if reply.status == 503 => {
                    self.tally.busy.fetch_add(1, Ordering::Relaxed);
                }
                Ok(reply) => {
                    if self.tally.faults.fetch_add(1, Ordering::Relaxed) < 3 {
                        eprintln!("   a fault: HTTP {} {}", reply.status, reply.body);
                    }
                }
                Err(_) => {
                    self.tally.cut.fetch_add(1, Ordering::Relaxed);
                    self.next = (self.next + 1) % self.addresses.len();
                }
            }
            pause(AGAIN_AFTER);
        }
        self.tally.unanswered.fetch_add(1, Ordering::Relaxed);
        None
    }

    /// Sends once; whatever goes wrong closes the connection.
    pub fn once(&mut self, service: &str, body: &str) -> io::Result<Reply> {
        let began = Instant::now();
        let result = self.exchange(service, body);
        let took = u64::try_from(began.elapsed().as_millis()).unwrap();
        self.tally.slowest_ms.fetch_max(took, Ordering::Relaxed);
        if result.is_err() {
            self.connection = None;
        }
        result
    }

    fn exchange(&mut self, service: &str, body: &str) -> io::Result<Reply> {
        let address = self.addresses[self.next];
        let connection = match &mut self.connection {
            Some(connection) => connection,
            none => {
                let stream = TcpStream::connect_timeout(&address, Duration::from_secs(5))?;
                stream.set_nodelay(true)?;
                stream.set_read_timeout(Some(self.attempt_timeout))?;
                none.insert(BufReader::new(stream))
            }
        };
        let head = format!(
            "POST /ws/{service} HTTP/1.1\r\nHost: {address}\r\nAuthorization: {}\r\n\
             Content-Type: text/xml; charset=utf-8\r\nContent-Length: {}\r\n\r\n{body}",
            self.authorization,
            body.len()
        );
        connection.get_mut().write_all(head.as_bytes())?;
        let (status, length, close) = read_head(connection)?;
        let mut bytes = vec![0; length];
        connection.read_exact(&mut bytes)?;
        if close {
            self.connection = None;
        }
        Ok(Reply { status, body: String::from_utf8(bytes).map_err(io::Error::other)? })
    }
}

/// The status, the body's length, and whether the connection ends with it.
fn read_head(connection: &mut impl BufRead) -> io::Result<(u16, usize, bool)> {
    let mut line = String::new();
    connection.read_line(&mut line)?;
    let status = line.split(' ').nth(1).and_then(|word| word.parse().ok());
    let status = status.ok_or_else(|| io::Error::from(io::ErrorKind::UnexpectedEof))?;
    let (mut length, mut close) = (0, false);
    loop {
        line.clear();
        connection.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse().map_err(io::Error::other)?,
            "connection" => close = value.trim().eq_ignore_ascii_case("close"),
            _ => {}
        }
    }
    if line.ends_with('\n') { Ok((status, length, close)) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

/// The `return` of an answer, as `GetOperation` gives it.
pub fn returned(reply: &Reply) -> &str {
    let from = reply.body.find("<m:return>").unwrap_or_default();
    let to = reply.body.find("</m:return>").map_or(reply.body.len(), |at| at + "</m:return>".len());
    &reply.body[from..to]
}

/// How far the tills' clocks are ahead of the system's.
pub static TILLS_AHEAD_MS: AtomicI64 = AtomicI64::new(0);

/// The time now as a till in Moscow writes it.
pub fn local_time() -> String {
    let ahead = chrono::TimeDelta::milliseconds(TILLS_AHEAD_MS.load(Ordering::Relaxed));
    (chrono::Utc::now() + ahead + chrono::TimeDelta::hours(3)).format("%Y-%m-%dT%H:%M:%S").to_string()
}

/// The context of a changing call at till M1-01.
pub fn context(key: &str) -> String {
    let now = local_time();
    format!(
        "<context><operationKey>{key}</operationKey><till>M1-01</till><shift>1</shift><occurredAt>{now}</occurredAt></context>"
    )
}

/// A receipt of one line at till M1-01.
pub fn receipt(number: &str, identifier: &str, roubles: u64) -> String {
    let now = local_time();
    format!(
        "<receipt><till>M1-01</till><shift>1</shift><number>{number}</number><at>{now}</at>\
         <identifier>{identifier}</identifier><lines><line><number>1</number><goodsCode>A</goodsCode>\
         <quantity>1</quantity><price>{roubles}.00</price><sum>{roubles}.00</sum></line></lines></receipt>"
    )
}

/// The arguments of a sale.
pub fn sale(key: &str, receipt: &str, reservation: &str, points: &str) -> String {
    let context = context(key);
    format!("{context}{receipt}<reservationId>{reservation}</reservationId><pointsToSpend>{points}</pointsToSpend>")
}
