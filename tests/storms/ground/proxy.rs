//! A cable that can be cut: a TCP proxy between a gateway and its database.

use std::{
    io::{Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

/// Passes on whatever comes until it is dropped.
pub struct Proxy {
    pub address: SocketAddr,
    lines: Arc<Mutex<Vec<TcpStream>>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Proxy {
    pub fn to(target: SocketAddr) -> Self {
        let listener = TcpListener::bind(super::free_address()).unwrap();
        let address = listener.local_addr().unwrap();
        let (lines, stop) = (Arc::<Mutex<Vec<TcpStream>>>::default(), Arc::new(AtomicBool::new(false)));
        let (kept, stopped) = (Arc::clone(&lines), Arc::clone(&stop));
        let thread = std::thread::spawn(move || {
            for near in listener.incoming().flatten() {
                if stopped.load(Ordering::SeqCst) {
                    return;
                }
                // A database that does not answer looks to the gateway like one: its connection is closed.
                let Ok(far) = TcpStream::connect_timeout(&target, Duration::from_secs(5)) else { continue };
                let mut kept = kept.lock().unwrap();
                kept.extend([near.try_clone().unwrap(), far.try_clone().unwrap()]);
                pass_on(near.try_clone().unwrap(), far.try_clone().unwrap());
                pass_on(far, near);
            }
        });
        Self { address, lines, stop, thread: Some(thread) }
    }

    /// Cuts all connections; answers how many there were.
    pub fn cut(&self) -> usize {
        let lines = std::mem::take(&mut *self.lines.lock().unwrap());
        lines.iter().filter(|line| line.shutdown(Shutdown::Both).is_ok()).count().div_ceil(2)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        self.cut();
        // The listener wakes up by a last visitor.
        drop(TcpStream::connect(self.address));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Copies one direction until either end closes, then closes both.
fn pass_on(mut from: TcpStream, mut to: TcpStream) {
    std::thread::spawn(move || {
        let mut buffer = [0; 16_384];
        while let Ok(count) = from.read(&mut buffer) {
            if count == 0 || to.write_all(&buffer[..count]).is_err() {
                break;
            }
        }
        let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
    });
}
