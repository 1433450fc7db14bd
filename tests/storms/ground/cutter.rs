//! A cable to PostgreSQL that knows the protocol: it breaks at the N-th message of the gateway, before the server gets it, or
//! after the server has done it and before its answer comes back.

use std::{
    io::{self, Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Condvar, Mutex, Weak,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

/// Requests of a first packet that are no start of a session: TLS, GSSAPI.
const ENCRYPTION_REQUESTS: [u32; 2] = [80_877_103, 80_877_104];
const PROTOCOL_3: u32 = 196_608;
/// How long the server may take to finish what it is to be cut off from.
const DONE_PATIENCE: Duration = Duration::from_secs(10);

/// Where in its life the message is when the cable breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    BeforeItArrives,
    AfterItIsDone,
}

struct State {
    /// How many messages are still to pass; negative: all.
    left: AtomicI64,
    after: AtomicBool,
    cuts: AtomicI64,
    lines: Mutex<Vec<Weak<Line>>>,
    stop: AtomicBool,
}

pub struct Cutter {
    pub address: SocketAddr,
    state: Arc<State>,
    thread: Option<JoinHandle<()>>,
}

impl Cutter {
    pub fn to(target: SocketAddr) -> Self {
        let listener = TcpListener::bind(super::free_address()).unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State {
            left: AtomicI64::new(-1),
            after: AtomicBool::new(false),
            cuts: AtomicI64::new(0),
            lines: Mutex::default(),
            stop: AtomicBool::new(false),
        });
        let shared = Arc::clone(&state);
        let thread = std::thread::spawn(move || {
            for near in listener.incoming().flatten() {
                if shared.stop.load(Ordering::SeqCst) {
                    return;
                }
                let Ok(far) = TcpStream::connect_timeout(&target, Duration::from_secs(5)) else { continue };
                let _ = (near.set_nodelay(true), far.set_nodelay(true));
                let line = Arc::new(Line { near, far, state: Arc::clone(&shared), answer: Answer::default() });
                let mut lines = shared.lines.lock().unwrap();
                lines.retain(|line| line.strong_count() > 0);
                lines.push(Arc::downgrade(&line));
                drop(lines);
                line.serve();
            }
        });
        Self { address, state, thread: Some(thread) }
    }

    /// Breaks at the `number`-th message from now on, once.
    pub fn cut_at(&self, number: i64, when: When) {
        self.state.cuts.store(0, Ordering::SeqCst);
        self.state.after.store(when == When::AfterItIsDone, Ordering::SeqCst);
        self.state.left.store(number - 1, Ordering::SeqCst);
    }

    /// Lets everything pass; answers whether the cable had broken.
    pub fn heal(&self) -> bool {
        self.state.left.store(-1, Ordering::SeqCst);
        self.state.cuts.load(Ordering::SeqCst) > 0
    }
}

impl Drop for Cutter {
    fn drop(&mut self) {
        self.state.stop.store(true, Ordering::SeqCst);
        for line in self.state.lines.lock().unwrap().drain(..) {
            line.upgrade().inspect(|line| line.close());
        }
        // The listener wakes up by a last visitor.
        drop(TcpStream::connect(self.address));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Whether the server's answers are kept back, and whether it has said that it is ready for the next query.
#[derive(Default)]
struct Answer {
    kept_back: AtomicBool,
    is_ready: Mutex<bool>,
    changed: Condvar,
}

struct Line {
    near: TcpStream,
    far: TcpStream,
    state: Arc<State>,
    answer: Answer,
}

impl Line {
    fn serve(self: Arc<Self>) {
        let back = Arc::clone(&self);
        std::thread::spawn(move || {
            let _ = back.pass_answers();
            back.close();
            // Nobody may wait for an answer that will not come.
            back.answer.say_ready();
        });
        std::thread::spawn(move || {
            let _ = self.pass_messages();
            self.close();
        });
    }

    fn close(&self) {
        let _ = (self.near.shutdown(Shutdown::Both), self.far.shutdown(Shutdown::Both));
    }

    /// From the gateway to the server, message by message, until the cable breaks.
    fn pass_messages(&self) -> io::Result<()> {
        let (mut near, mut far) = (&self.near, &self.far);
        loop {
            let (length, body) = read_counted(&mut near)?;
            let request = body.first_chunk::<4>().map(|bytes| u32::from_be_bytes(*bytes));
            if request.is_some_and(|request| ENCRYPTION_REQUESTS.contains(&request)) {
                near.write_all(b"N")?;
                continue;
            }
            far.write_all(&[&length[..], &body].concat())?;
            if request != Some(PROTOCOL_3) {
                // A request to cancel: nothing follows.
                return Ok(());
            }
            break;
        }
        loop {
            let mut kind = [0];
            near.read_exact(&mut kind)?;
            let (length, body) = read_counted(&mut near)?;
            let message = [&kind[..], &length, &body].concat();
            // A connection that is being closed asks for nothing.
            if kind != *b"X"
                && self.state.left.load(Ordering::SeqCst) >= 0
                && self.state.left.fetch_sub(1, Ordering::SeqCst) == 0
            {
                self.state.cuts.fetch_add(1, Ordering::SeqCst);
                if self.state.after.load(Ordering::SeqCst) {
                    self.answer.keep_back();
                    far.write_all(&message)?;
                    // Only these are answered by «ready»; of the others the server has heard, and that is all.
                    if matches!(kind[0], b'Q' | b'S') {
                        self.answer.wait_ready();
                    }
                }
                return Ok(());
            }
            far.write_all(&message)?;
        }
    }

    /// From the server to the gateway.
    fn pass_answers(&self) -> io::Result<()> {
        let (mut near, mut far) = (&self.near, &self.far);
        loop {
            let mut kind = [0];
            far.read_exact(&mut kind)?;
            let (length, body) = read_counted(&mut far)?;
            if self.answer.kept_back.load(Ordering::SeqCst) {
                if kind == *b"Z" {
                    self.answer.say_ready();
                }
            } else {
                near.write_all(&[&kind[..], &length, &body].concat())?;
            }
        }
    }
}

impl Answer {
    fn keep_back(&self) {
        self.kept_back.store(true, Ordering::SeqCst);
    }

    fn say_ready(&self) {
        *self.is_ready.lock().unwrap() = true;
        self.changed.notify_all();
    }

    fn wait_ready(&self) {
        let guard = self.is_ready.lock().unwrap();
        drop(self.changed.wait_timeout_while(guard, DONE_PATIENCE, |is_ready| !*is_ready).unwrap());
    }
}

/// Four bytes of length, themselves included, and what they count.
fn read_counted(from: &mut impl Read) -> io::Result<([u8; 4], Vec<u8>)> {
    let mut length = [0; 4];
    from.read_exact(&mut length)?;
    let count = usize::try_from(u32::from_be_bytes(length)).unwrap().saturating_sub(4);
    let mut body = vec![0; count];
    from.read_exact(&mut body)?;
    Ok((length, body))
}
