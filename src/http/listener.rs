//! Accepts connections, serves them concurrently, and drains them at shutdown.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use hyper::{server::conn::http1, service::service_fn};
use hyper_util::{
    rt::TokioIo,
    server::graceful::{GracefulShutdown, Watcher},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpSocket, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    task::JoinSet,
};

use crate::http::{
    Backends, HttpSettings, Tls,
    lingering::{LingerWanted, Lingering},
    proxy::{self, ProxyError},
    routes::{Connection, Gateway},
    timeouts::{Phase, TimedStream, Timeouts},
    tls::HandshakeError,
    unread::{self, Unread},
};

/// The longest head of a request in bytes; also the buffer limit of a connection, bodies aside.
const HEAD_BYTES_MAX: usize = 32 * 1_024;
/// Connections over the limit that get a 503. Any further one is closed without an answer.
const REFUSALS_AT_ONCE_MAX: usize = 256;
/// How long a connection over the limit has to send the head of its request.
const REFUSAL_TIMEOUT: Duration = Duration::from_secs(1);
/// The listen backlog, bounded by `net.core.somaxconn`. A few hundred tills that reconnect at once after a failure
/// overflow the usual 128, and then wait a second each.
const BACKLOG: u32 = 4_096;
/// The pause after a failed accept: without file descriptors the next one would fail at once as well.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Why the server stopped without a shutdown.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The listening socket failed.
    #[error("the listening socket failed: {0}")]
    Listener(#[source] io::Error),
}

/// Listens at an address.
///
/// # Errors
/// The address is not local or is in use.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // On other systems than Unix this would let two processes listen at one address.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Serves, by TLS where it is given, until `shutdown` is ready. Then it accepts no more and waits for running requests.
/// Requests that exceed the drain timeout are cut.
///
/// # Errors
/// [`ServeError::Listener`] when `listener` cannot accept at all. A failure to accept one connection is logged and
/// passed.
pub async fn serve(
    listener: TcpListener,
    tls: Option<Tls>,
    backends: Backends,
    settings: HttpSettings,
    shutdown: impl Future<Output = ()>,
) -> Result<(), ServeError> {
    let drain_timeout = settings.drain_timeout;
    let mut server = Server::new(backends, tls, settings);
    // Dropped with this function.
    let mut following = JoinSet::new();
    if let Some(tls) = server.tls.clone() {
        following.spawn(async move { tls.follow_files().await });
    }
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

/// Serves one in-memory connection by the rules of [`serve`], without TLS. `peer` is the client's address. For fuzzing
/// and benchmarks.
pub async fn serve_connection<S: AsyncRead + AsyncWrite + Unpin + 'static>(
    stream: S,
    peer: SocketAddr,
    backends: Backends,
    settings: HttpSettings,
) {
    let server = Server::new(backends, None, settings);
    let Some((place, overloaded)) = server.place() else { return };
    let arrival = Arrival { peer, local: None, overloaded, _place: place };
    let (watcher, stopping) = (server.graceful.watcher(), server.stopping.subscribe());
    attend(Arc::clone(&server.gateway), None, stream, arrival, watcher, stopping).await;
}

struct Server {
    gateway: Arc<Gateway>,
    tls: Option<Arc<Tls>>,
    places: Arc<Semaphore>,
    refusals: Arc<Semaphore>,
    graceful: GracefulShutdown,
    stopping: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

impl Server {
    fn new(backends: Backends, tls: Option<Tls>, settings: HttpSettings) -> Self {
        let places = settings.connections_max.min(Semaphore::MAX_PERMITS);
        Self {
            gateway: Arc::new(Gateway::new(backends, settings)),
            tls: tls.map(Arc::new),
            places: Arc::new(Semaphore::new(places)),
            refusals: Arc::new(Semaphore::new(REFUSALS_AT_ONCE_MAX)),
            graceful: GracefulShutdown::new(),
            stopping: watch::Sender::new(false),
            tasks: JoinSet::new(),
        }
    }

    /// A permit for one more connection, and whether it is over the limit.
    fn place(&self) -> Option<(OwnedSemaphorePermit, bool)> {
        let taken = |places: &Arc<Semaphore>| Arc::clone(places).try_acquire_owned().ok();
        taken(&self.places).map(|place| (place, false)).or_else(|| taken(&self.refusals).map(|place| (place, true)))
    }

    fn welcome(&mut self, stream: TcpStream, peer: SocketAddr) {
        let Some((place, overloaded)) = self.place() else { return };
        // Answers are written whole: Nagle's algorithm would only delay them by forty milliseconds.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY could not be set");
        }
        let arrival = Arrival { peer, local: stream.local_addr().ok(), overloaded, _place: place };
        let (gateway, tls) = (Arc::clone(&self.gateway), self.tls.clone());
        let (watcher, stopping) = (self.graceful.watcher(), self.stopping.subscribe());
        self.tasks.spawn(attend(gateway, tls, stream, arrival, watcher, stopping));
    }

    async fn drain(mut self, timeout: Duration) {
        let running = self.tasks.len();
        tracing::info!(connections = running, "draining");
        self.stopping.send_replace(true);
        if tokio::time::timeout(timeout, self.graceful.shutdown()).await.is_err() {
            while self.tasks.try_join_next().is_some() {}
            tracing::warn!(connections = self.tasks.len(), "the drain timeout is over: connections are cut");
        }
        self.tasks.shutdown().await;
    }
}

/// An accepted connection.
struct Arrival {
    peer: SocketAddr,
    local: Option<SocketAddr>,
    /// One over the limit.
    overloaded: bool,
    /// Held as long as the connection.
    _place: OwnedSemaphorePermit,
}

/// Why a connection ended before its first request.
#[derive(Debug, thiserror::Error)]
enum Unheard {
    #[error(transparent)]
    Proxy(#[from] ProxyError),
    #[error("the PROXY line did not come in time")]
    ProxyTimeout,
    #[error(transparent)]
    Handshake(#[from] HandshakeError),
}

/// One connection from the first byte to the last.
async fn attend<S: AsyncRead + AsyncWrite + Unpin + 'static>(
    gateway: Arc<Gateway>,
    tls: Option<Arc<Tls>>,
    mut stream: S,
    arrival: Arrival,
    watcher: Watcher,
    mut stopping: watch::Receiver<bool>,
) {
    let settings = gateway.settings();
    let head_timeout = if arrival.overloaded { REFUSAL_TIMEOUT } else { settings.header_read_timeout };
    let timeouts = Timeouts { head: head_timeout, idle: settings.idle_timeout, write: settings.write_timeout };
    let greeted = async {
        let peer = client(&mut stream, arrival.peer, settings, head_timeout).await?;
        match &tls {
            None => Ok((peer, Either::Plain(stream))),
            Some(tls) => {
                let timeout_max = if arrival.overloaded { REFUSAL_TIMEOUT } else { Duration::MAX };
                Ok((peer, Either::Tls(Box::new(tls.accept(stream, timeout_max).await?))))
            }
        }
    };
    let greeted: Result<_, Unheard> = tokio::select! {
        biased;
        // No request was read yet, so nothing is lost.
        _ = stopping.wait_for(|stop| *stop) => return,
        greeted = greeted => greeted,
    };
    let (peer, stream) = match greeted {
        Ok(greeted) => greeted,
        Err(error) => return tracing::debug!(%error, "a connection ended before its first request"),
    };
    let connection = Connection {
        peer: peer.ip().to_canonical(),
        secure: matches!(stream, Either::Tls(_)),
        local: arrival.local,
        overloaded: arrival.overloaded,
        linger: LingerWanted::default(),
        phase: Phase::default(),
    };
    match stream {
        Either::Plain(stream) => speak(gateway, stream, connection, timeouts, watcher).await,
        Either::Tls(stream) => speak(gateway, stream, connection, timeouts, watcher).await,
    }
}

enum Either<P, T> {
    Plain(P),
    Tls(Box<T>),
}

/// The client's address: from a trusted proxy's PROXY header where that is required, else the socket's peer.
async fn client(
    stream: &mut (impl AsyncRead + Unpin),
    peer: SocketAddr,
    settings: &HttpSettings,
    timeout: Duration,
) -> Result<SocketAddr, Unheard> {
    if !settings.proxy_protocol || !settings.trusted_proxies.contains(peer.ip()) {
        return Ok(peer);
    }
    match tokio::time::timeout(timeout, proxy::client(stream)).await {
        Ok(named) => Ok(named?.unwrap_or(peer)),
        Err(_) => Err(Unheard::ProxyTimeout),
    }
}

/// HTTP over any stream.
async fn speak<S: AsyncRead + AsyncWrite + Unpin + 'static>(
    gateway: Arc<Gateway>,
    stream: S,
    connection: Connection,
    timeouts: Timeouts,
    watcher: Watcher,
) {
    let (linger, phase) = (connection.linger.clone(), connection.phase.clone());
    let stream = TimedStream::new(Lingering::new(stream, linger.clone()), timeouts, phase, linger);
    let (stream, refused) = Unread::new(stream);
    let routes = Arc::clone(&gateway);
    let service = service_fn(move |request| {
        let (gateway, connection) = (Arc::clone(&gateway), connection.clone());
        async move { Ok::<_, std::convert::Infallible>(gateway.answer(request, &connection).await) }
    });
    let served = http1::Builder::new()
        // The stream enforces timeouts itself.
        .header_read_timeout(None)
        .max_buf_size(HEAD_BYTES_MAX)
        // Hand-written clients match `Content-Length:` case-sensitively, and some close their half after the request.
        .title_case_headers(true)
        .half_close(true)
        .serve_connection(TokioIo::new(stream), service);
    let Err(error) = watcher.watch(served).await else { return };
    let Some(refused) = refused.take() else { return tracing::debug!(%error, "a connection ended early") };
    let response = routes.unread(unread::reason(&error), &error);
    if let Err(error) = refused.answer(&response).await {
        tracing::debug!(%error, "the answer to an unreadable head was not taken");
    }
}
