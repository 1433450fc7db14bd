//! Accepting connections, serving them side by side, and stopping without breaking one.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;

use super::lingering::{LingerWanted, Lingering};
use super::routes::{Connection, Gateway};
use super::{Entry, HttpSettings};

/// The longest head of a request; also the most that is buffered for one connection besides a body.
const HEAD_BYTES_MAX: usize = 32 * 1_024;
/// Connections over the limit that are told so at once; beyond these they are closed without a word.
const REFUSALS_AT_ONCE_MAX: usize = 256;
/// How long a connection over the limit has to send the head of its request.
const REFUSAL_TIMEOUT: Duration = Duration::from_secs(1);
/// The pause after a failed accept: without file descriptors the next one would fail at once as well.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Why the server ended by itself.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The listening socket is of no use.
    #[error("the listening socket failed: {0}")]
    Listener(#[source] io::Error),
}

/// Serves until `shutdown` is ready, then accepts no more, lets running requests end, and returns; those that take longer
/// than the drain timeout are cut.
///
/// # Errors
/// [`ServeError::Listener`] when `listener` cannot accept at all. A failure to accept one connection is logged and passed.
pub async fn serve(
    listener: TcpListener,
    entry: Arc<dyn Entry>,
    settings: HttpSettings,
    shutdown: impl Future<Output = ()>,
) -> Result<(), ServeError> {
    let drain_timeout = settings.drain_timeout;
    let mut server = Server::new(entry, settings);
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        tokio::select! {
            biased;
            () = &mut shutdown => break,
            Some(_) = server.tasks.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => server.welcome(stream, peer),
                Err(error) if error.kind() == io::ErrorKind::InvalidInput => return Err(ServeError::Listener(error)),
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            },
        }
    }
    drop(listener);
    server.drain(drain_timeout).await;
    Ok(())
}

struct Server {
    gateway: Arc<Gateway>,
    places: Arc<Semaphore>,
    refusals: Arc<Semaphore>,
    graceful: GracefulShutdown,
    tasks: JoinSet<()>,
}

impl Server {
    fn new(entry: Arc<dyn Entry>, settings: HttpSettings) -> Self {
        let places = settings.connections_max.min(Semaphore::MAX_PERMITS);
        Self {
            gateway: Arc::new(Gateway::new(entry, settings)),
            places: Arc::new(Semaphore::new(places)),
            refusals: Arc::new(Semaphore::new(REFUSALS_AT_ONCE_MAX)),
            graceful: GracefulShutdown::new(),
            tasks: JoinSet::new(),
        }
    }

    fn welcome(&mut self, stream: TcpStream, peer: SocketAddr) {
        let (permit, overloaded) = match Arc::clone(&self.places).try_acquire_owned() {
            Ok(permit) => (permit, false),
            Err(_) => match Arc::clone(&self.refusals).try_acquire_owned() {
                Ok(permit) => (permit, true),
                Err(_) => return,
            },
        };
        let task = attend(Arc::clone(&self.gateway), stream, peer, overloaded, permit, self.graceful.watcher());
        self.tasks.spawn(task);
    }

    async fn drain(mut self, timeout: Duration) {
        let running = self.tasks.len();
        tracing::info!(connections = running, "draining");
        if tokio::time::timeout(timeout, self.graceful.shutdown()).await.is_err() {
            while self.tasks.try_join_next().is_some() {}
            tracing::warn!(connections = self.tasks.len(), "the drain timeout is over: connections are cut");
        }
        self.tasks.shutdown().await;
    }
}

/// One connection from the first byte to the last; holds its place as long.
async fn attend(
    gateway: Arc<Gateway>,
    stream: TcpStream,
    peer: SocketAddr,
    overloaded: bool,
    _place: OwnedSemaphorePermit,
    watcher: Watcher,
) {
    // Answers are written whole: waiting to fill a packet only costs the till forty milliseconds.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY could not be set");
    }
    let local = stream.local_addr().ok();
    let linger = LingerWanted::default();
    let connection = Connection { peer: peer.ip(), local, overloaded, linger: linger.clone() };
    let head_timeout = if overloaded { REFUSAL_TIMEOUT } else { gateway.settings().header_read_timeout };
    let service = service_fn(move |request| {
        let (gateway, connection) = (Arc::clone(&gateway), connection.clone());
        async move { Ok::<_, std::convert::Infallible>(gateway.answer(request, &connection).await) }
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(head_timeout)
        .max_buf_size(HEAD_BYTES_MAX)
        // Hand-written clients look for `Content-Length:` letter by letter, and some close their half once they have asked.
        .title_case_headers(true)
        .half_close(true)
        .serve_connection(TokioIo::new(Lingering::new(stream, linger)), service);
    if let Err(error) = watcher.watch(served).await {
        tracing::debug!(%error, "a connection ended early");
    }
}
