//! A server on a free port in a thread of its own, and a client that counts bytes.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::{Shutdown, SocketAddr, TcpStream},
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc,
    },
    thread::JoinHandle,
    time::Duration,
};

use chrono::{DateTime, Utc};
use hyper::body::Bytes;
use tokio::sync::{Notify, oneshot};

use crate::{
    http::{
        Answer, Backends, Entry, HttpFault, HttpSettings, Mount, ServeError, Site, SiteMethod, SiteMethods,
        SiteRequest, SoapCall, Tls, WsdlPage, serve,
    },
    telemetry::LogFields,
};

/// `till:s3cret`.
pub(super) const AUTHORIZED: &str = "Authorization: Basic dGlsbDpzM2NyZXQ=\r\n";
pub(super) const WSDL: &str = "<d>\r\n<soapbind:address location=\"http://old/\"/><x location=\"http://kept/\"/>\
                               <soap12bind:address location=\"http://old/\"/></d>\n";
/// Longer than any wait that can succeed; a test that reaches it has failed.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// A correct call of `pos_1`.
pub(super) fn call(body: &str) -> String {
    format!("POST /ws/pos_1 HTTP/1.1\r\nHost: h\r\n{AUTHORIZED}Content-Length: {}\r\n\r\n{body}", body.len())
}

/// Repeats what it is given; some SOAPActions make it misbehave.
struct Echo {
    calls: AtomicUsize,
    unready: AtomicBool,
    waiting: Mutex<mpsc::Sender<()>>,
    release: Notify,
}

impl Entry for Echo {
    fn wsdl(&self, service: &str) -> Option<WsdlPage> {
        assert_ne!(service, "panic", "the contract panics");
        let last_modified: DateTime<Utc> = "2026-11-21T12:00:00Z".parse().unwrap();
        ["pos_1", "no_faults"].contains(&service).then(|| WsdlPage { text: WSDL.into(), last_modified })
    }

    fn soap<'a>(&'a self, call: SoapCall) -> Pin<Box<dyn Future<Output = Answer> + Send + 'a>> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        let action = call.soap_action.clone().unwrap_or_default();
        assert_ne!(action, "panic", "the call panics before its future");
        Box::pin(async move {
            match action.as_str() {
                "panic later" => {
                    tokio::task::yield_now().await;
                    panic!("the call panics within its future")
                }
                "never" => {
                    self.waiting.lock().unwrap().send(()).unwrap();
                    std::future::pending().await
                }
                "wait" => {
                    self.waiting.lock().unwrap().send(()).unwrap();
                    self.release.notified().await;
                }
                _ => {}
            }
            echoed(&call)
        })
    }

    fn fault(&self, service: Option<&str>, kind: HttpFault, request_id: &str) -> Answer {
        assert_ne!(service, Some("no_faults"), "the fault panics");
        assert_eq!(request_id.len(), 16);
        // The status is the server's to set.
        answer(299, format!("fault {service:?} {kind:?}"))
    }

    fn ready(&self) -> Result<(), String> {
        if self.unready.load(Ordering::SeqCst) { Err("the database is away".into()) } else { Ok(()) }
    }
}

/// Repeats what it is asked; some paths make it misbehave, and of some it knows nothing.
struct Pages {
    prefix: &'static str,
    entry: Arc<Echo>,
}

impl Site for Pages {
    fn methods(&self, path: &str) -> SiteMethods {
        match path {
            "/" | "/ws/pos_1" | "/ws/pos_1.1cws" | "/ws/pos_1/" | "/shop/ws/Pos_1" => SiteMethods::Read,
            "/page" | "/other" | "/other/page" => SiteMethods::ReadAndSend,
            _ => SiteMethods::None,
        }
    }

    fn answer<'a>(&'a self, request: SiteRequest) -> Pin<Box<dyn Future<Output = Answer> + Send + 'a>> {
        assert_ne!(request.path, "/panic", "the page panics before its future");
        Box::pin(async move {
            match request.path.as_str() {
                "/panic/later" => {
                    tokio::task::yield_now().await;
                    panic!("the page panics within its future")
                }
                "/never" => {
                    self.entry.waiting.lock().unwrap().send(()).unwrap();
                    std::future::pending().await
                }
                "/" | "/ws/pos_1" | "/ws/pos_1.1cws" | "/ws/pos_1/" | "/shop/ws/Pos_1" | "/page" | "/other"
                | "/other/page" => {}
                _ => return Answer::new(404, "text/plain", "no such page"),
            }
            let method = if request.method == SiteMethod::Get { "get" } else { "post" };
            let (path, query, base) = (&request.path, &request.query, &request.base_url);
            let said = request.header("x-said").unwrap_or_default();
            let body = String::from_utf8_lossy(&request.body);
            let text = format!("{}|{method}|{path}|{query}|{base}|{said}|{}|{body}", self.prefix, request.peer);
            Answer::new(200, "text/plain", text)
        })
    }
}

fn echoed(call: &SoapCall) -> Answer {
    let Some(credentials) = &call.credentials else { return answer(401, "who?".into()) };
    let (name, password) = (&credentials.name, credentials.password.reveal());
    let (kind, action) =
        (call.content_type.as_deref().unwrap_or_default(), call.soap_action.as_deref().unwrap_or_default());
    let body = String::from_utf8_lossy(&call.body);
    answer(200, format!("{}|{name}:{password}|{kind}|{action}|{}|{body}", call.service, call.peer))
}

fn answer(status: u16, body: String) -> Answer {
    Answer {
        status,
        content_type: "text/xml; charset=utf-8",
        body: Bytes::from(body),
        headers: vec![],
        log: LogFields::default(),
    }
}

pub(super) struct Server {
    address: SocketAddr,
    entry: Arc<Echo>,
    waiting: mpsc::Receiver<()>,
    shutdown: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<Result<(), ServeError>>>,
    log: Log,
}

impl Server {
    pub(super) fn start() -> Self {
        Self::start_with(|_| {})
    }

    pub(super) fn start_with(change: impl FnOnce(&mut HttpSettings)) -> Self {
        Self::start_over(None, change)
    }

    pub(super) fn start_over(tls: Option<Tls>, change: impl FnOnce(&mut HttpSettings)) -> Self {
        let mut settings = HttpSettings::from(&crate::config::ServerConfig::default());
        change(&mut settings);
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let (shutdown, ordered) = oneshot::channel();
        let (waits, waiting) = mpsc::channel();
        let entry = Arc::new(Echo {
            calls: AtomicUsize::new(0),
            unready: AtomicBool::new(false),
            waiting: Mutex::new(waits),
            release: Notify::new(),
        });
        let log = Log::default();
        let sites =
            ["/", "/other"].map(|prefix| Mount { prefix, site: Arc::new(Pages { prefix, entry: Arc::clone(&entry) }) });
        let served: Arc<dyn Entry> = entry.clone();
        let backends = Backends { entry: served, sites: sites.into() };
        let writer = log.clone();
        let thread = std::thread::spawn(move || {
            let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).finish();
            let _logging = tracing::subscriber::set_default(subscriber);
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                let ordered = async move { ordered.await.unwrap_or(()) };
                serve(listener, tls, backends, settings, ordered).await
            })
        });
        Self { address, entry, waiting, shutdown: Some(shutdown), thread: Some(thread), log }
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(super) fn connect(&self) -> Client {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        Client { stream: BufReader::new(stream) }
    }

    /// One request on a connection of its own.
    pub(super) fn ask(&self, request: &str) -> Reply {
        let mut client = self.connect();
        client.send(request);
        client.read()
    }

    /// Asks again and again until a place is free.
    pub(super) fn until_served(&self) {
        let started = std::time::Instant::now();
        while self.ask(&call("<a/>")).status != 200 {
            assert!(started.elapsed() < PATIENCE, "no place became free");
        }
    }

    pub(super) fn calls(&self) -> usize {
        self.entry.calls.load(Ordering::SeqCst)
    }

    pub(super) fn break_readiness(&self) {
        self.entry.unready.store(true, Ordering::SeqCst);
    }

    /// Returns when a call stands in the entry.
    pub(super) fn until_waiting(&self) {
        self.waiting.recv_timeout(PATIENCE).unwrap();
    }

    pub(super) fn release_waiting(&self) {
        self.entry.release.notify_one();
    }

    pub(super) fn order_shutdown(&mut self) {
        self.shutdown.take().unwrap().send(()).unwrap();
    }

    pub(super) fn join(&mut self) -> Result<(), ServeError> {
        self.thread.take().unwrap().join().unwrap()
    }

    /// Everything that was logged, once the server has ended.
    pub(super) fn log(mut self) -> String {
        self.order_shutdown();
        self.join().unwrap();
        let bytes = self.log.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

pub(super) struct Client {
    stream: BufReader<TcpStream>,
}

impl Client {
    /// Sends everything; a server that has closed by then is the reader's to notice.
    pub(super) fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let _ = self.try_send(bytes);
    }

    /// Sends everything, or tells that the server has closed by then.
    pub(super) fn try_send(&mut self, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        self.stream.get_mut().write_all(bytes.as_ref())
    }

    pub(super) fn shutdown(&mut self, half: Shutdown) {
        self.stream.get_mut().shutdown(half).unwrap();
    }

    pub(super) fn read_head(&mut self) -> String {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert_ne!(self.stream.read_line(&mut head).unwrap(), 0, "closed after {head:?}");
        }
        head
    }

    pub(super) fn read(&mut self) -> Reply {
        let head = self.read_head();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let mut reply = Reply { status, head, body: String::new(), bytes: Vec::new() };
        assert_eq!(reply.header("Transfer-Encoding"), None, "{}", reply.head);
        if status != 304 {
            let length = reply.header("Content-Length").unwrap().parse().unwrap();
            let mut body = vec![0; length];
            self.stream.read_exact(&mut body).unwrap();
            reply.body = String::from_utf8_lossy(&body).into_owned();
            reply.bytes = body;
        }
        reply
    }

    /// Whether the server has closed, with nothing more to read.
    pub(super) fn is_closed(&mut self) -> bool {
        self.rest().is_empty()
    }

    /// Everything until the server closes.
    pub(super) fn rest(&mut self) -> String {
        let mut rest = Vec::new();
        match self.stream.read_to_end(&mut rest) {
            Ok(_) => {}
            Err(error) => assert_eq!(error.kind(), io::ErrorKind::ConnectionReset),
        }
        String::from_utf8_lossy(&rest).into_owned()
    }
}

pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) head: String,
    pub(super) body: String,
    pub(super) bytes: Vec<u8>,
}

impl Reply {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.filter(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value).next()
    }
}
