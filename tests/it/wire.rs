//! What clients do on the wire, through a whole gateway: TLS, gzip, `Expect`, proxies, HTTP/1.0, pipelining, chunks.
//! The bytes are written by hand; what counts is what the SOAP answer says.

use std::{
    io::{Read as _, Write as _},
    net::SocketAddr,
    sync::Arc,
    time::Duration,
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
};
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{
        ClientConfig, ProtocolVersion, RootCertStore, SupportedProtocolVersion,
        crypto::ring,
        pki_types::{CertificateDer, ServerName},
        version::{TLS12, TLS13},
    },
};

use crate::support::{
    App, Backend, Folder, config, database, on_both,
    soap::{POS, Reply, envelope},
};
use kopilka::config::{Config, TlsConfig};

on_both! { requests_are_answered_in_the_order_they_were_sent_however_they_are_framed }

/// Longer than any wait that can succeed.
const PATIENCE: Duration = Duration::from_secs(30);

/// A connection whose bytes the test writes itself.
struct Wire<S> {
    stream: S,
    /// Bytes that have come and were not looked at yet.
    ahead: Vec<u8>,
}

/// An answer with its head.
struct Answer {
    head: String,
    body: Vec<u8>,
}

impl Wire<TcpStream> {
    async fn to(address: SocketAddr) -> Self {
        Self::over(TcpStream::connect(address).await.unwrap())
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Wire<S> {
    const fn over(stream: S) -> Self {
        Self { stream, ahead: Vec::new() }
    }

    async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).await.unwrap();
        self.stream.flush().await.unwrap();
    }

    /// Whether anything more has come before the end.
    async fn more(&mut self) -> bool {
        let read = self.stream.read_buf(&mut self.ahead);
        // A reset is an end as well.
        tokio::time::timeout(PATIENCE, read).await.expect("the server is silent").unwrap_or(0) > 0
    }

    async fn head(&mut self) -> String {
        loop {
            if let Some(end) = self.ahead.windows(4).position(|four| four == b"\r\n\r\n") {
                return String::from_utf8(self.ahead.drain(..end + 4).collect()).unwrap();
            }
            assert!(self.more().await, "closed after {:?}", String::from_utf8_lossy(&self.ahead));
        }
    }

    async fn answer(&mut self) -> Answer {
        let mut answer = Answer { head: self.head().await, body: Vec::new() };
        let length: usize = answer.header("Content-Length").unwrap().parse().unwrap();
        while self.ahead.len() < length {
            assert!(self.more().await, "closed within a body");
        }
        answer.body = self.ahead.drain(..length).collect();
        answer
    }

    async fn is_closed(&mut self) -> bool {
        self.ahead.is_empty() && !self.more().await
    }

    async fn ask(&mut self, request: impl AsRef<[u8]>) -> Answer {
        self.send(request).await;
        self.answer().await
    }
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// As SOAP, unpacked where it came packed.
    fn soap(&self) -> Reply {
        let body = match self.header("Content-Encoding") {
            None => String::from_utf8(self.body.clone()).unwrap(),
            Some(coding) => {
                assert_eq!(coding, "gzip");
                let mut text = String::new();
                GzDecoder::new(self.body.as_slice()).read_to_string(&mut text).unwrap();
                text
            }
        };
        Reply { status: self.head.split(' ').nth(1).unwrap().parse().unwrap(), body }
    }

    #[track_caller]
    fn available(&self) -> String {
        self.soap().ok().get("available").to_owned()
    }
}

fn authorization(login: &str, password: &str) -> String {
    format!("Authorization: Basic {}\r\n", BASE64_STANDARD.encode(format!("{login}:{password}")))
}

fn balance(identifier: &str) -> String {
    envelope(POS, "GetBalance", &format!("<identifier>{identifier}</identifier>"))
}

/// A POST with these headers beside the length and the host.
fn post(headers: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let head = format!("POST /ws/pos_1 HTTP/1.1\r\nHost: shop.ru\r\n{headers}Content-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

/// A balance asked by the demo's shop.
fn call(identifier: &str) -> Vec<u8> {
    post(&authorization("demo", "demo"), balance(identifier))
}

fn chunked(identifier: &str, chunk_bytes: usize) -> Vec<u8> {
    let head = format!(
        "POST /ws/pos_1 HTTP/1.1\r\nHost: shop.ru\r\n{}Transfer-Encoding: chunked\r\n\r\n",
        authorization("demo", "demo")
    );
    let mut request = head.into_bytes();
    for chunk in balance(identifier).as_bytes().chunks(chunk_bytes) {
        request.extend(format!("{:X};note=x\r\n", chunk.len()).bytes());
        request.extend(chunk);
        request.extend(b"\r\n");
    }
    request.extend(b"0\r\nX-Checksum: 1\r\n\r\n");
    request
}

fn packed(text: &str) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::default());
    packer.write_all(text.as_bytes()).unwrap();
    packer.finish().unwrap()
}

async fn gateway(change: impl FnOnce(&mut Config, &Folder)) -> App {
    let folder = Folder::new();
    let mut config = config(&database(Backend::Sqlite, &folder), &folder);
    change(&mut config, &folder);
    App::start_with(config, folder).await
}

async fn tls(
    app: &App,
    trusted: &CertificateDer<'static>,
    version: &'static SupportedProtocolVersion,
) -> Wire<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(&[version])
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(app.gateway().address()).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    Wire::over(TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap())
}

async fn requests_are_answered_in_the_order_they_were_sent_however_they_are_framed(app: &App) {
    let mut wire = Wire::to(app.gateway().address()).await;
    let live = b"GET /health/live HTTP/1.1\r\nHost: shop.ru\r\n\r\n".to_vec();
    wire.send(
        [call("7000000101"), chunked("7000000102", 7), live, call("7009999999"), chunked("7000000101", 1)].concat(),
    )
    .await;
    assert_eq!(wire.answer().await.available(), "500.00");
    assert_eq!(wire.answer().await.available(), "1200.00");
    assert!(wire.answer().await.head.starts_with("HTTP/1.1 200 "));
    wire.answer().await.soap().refused("CARD_UNKNOWN");
    assert_eq!(wire.answer().await.available(), "500.00");
    app.sell("1", "7000000101", 10_000).await.ok();
    assert_eq!(wire.ask(call("7000000101")).await.available(), "600.00", "the connection is kept");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_balance_comes_by_tls_and_by_nothing_else_on_that_port() {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let app = gateway(|config, folder| {
        let file = |name: &str, pem: &str| {
            let path = folder.0.join(name);
            std::fs::write(&path, pem).unwrap();
            Some(path)
        };
        config.server.tls = TlsConfig {
            certificate_file: file("certificate.pem", &cert.pem()),
            key_file: file("key.pem", &signing_key.serialize_pem()),
            ..TlsConfig::default()
        };
    })
    .await;
    for (version, name) in [(&TLS12, ProtocolVersion::TLSv1_2), (&TLS13, ProtocolVersion::TLSv1_3)] {
        let mut wire = tls(&app, cert.der(), version).await;
        assert_eq!(wire.ask(call("7000000101")).await.available(), "500.00");
        assert_eq!(wire.ask(call("7000000102")).await.available(), "1200.00", "the connection is kept");
        assert_eq!(wire.stream.get_ref().1.protocol_version(), Some(name));
        let contract = wire.ask("GET /ws/pos_1?wsdl HTTP/1.1\r\nHost: shop.ru\r\n\r\n").await;
        let contract = String::from_utf8(contract.body).unwrap();
        assert!(contract.contains("location=\"https://shop.ru/ws/pos_1\""), "{contract}");
    }
    let mut plain = Wire::to(app.gateway().address()).await;
    plain.send(call("7000000101")).await;
    while plain.more().await {}
    assert!(!String::from_utf8_lossy(&plain.ahead).contains("HTTP/1.1"));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_packed_request_gets_a_packed_answer_where_it_asks_for_one() {
    let app = gateway(|config, _| config.server.gzip_answer_bytes_min = 100).await;
    let mut wire = Wire::to(app.gateway().address()).await;
    let demo = authorization("demo", "demo");
    let packs = format!("{demo}Content-Encoding: gzip\r\n");
    let both = format!("{packs}Accept-Encoding: gzip, deflate\r\n");
    let answer = wire.ask(post(&both, packed(&balance("7000000101")))).await;
    assert_eq!((answer.header("Content-Encoding"), answer.available().as_str()), (Some("gzip"), "500.00"));
    let answer = wire.ask(post(&packs, packed(&balance("7000000102")))).await;
    assert_eq!((answer.header("Content-Encoding"), answer.available().as_str()), (None, "1200.00"));
    let refused = wire.ask(post(&both, packed(&envelope(POS, "GetBalance", "<x/>")))).await;
    assert_eq!(refused.header("Content-Encoding"), Some("gzip"), "a fault as well");
    assert!(refused.soap().fault(500, "INVALID_REQUEST").get("description").contains("GetBalance/x"));
    let cut = packed(&balance("7000000101"));
    let broken = wire.ask(post(&packs, &cut[..cut.len() - 9])).await.soap().fault(400, "INVALID_HTTP");
    assert!(broken.get("description").contains("gzip"), "{}", broken.body);
    assert!(wire.is_closed().await);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_waits_for_leave_is_refused_before_the_body_and_let_in_with_credentials() {
    let app = gateway(|_, _| {}).await;
    let body = balance("7000000101");
    let head = |headers: &str| {
        format!(
            "POST /ws/pos_1 HTTP/1.1\r\nHost: shop.ru\r\n{headers}Expect: 100-continue\r\nContent-Length: {}\r\n\r\n",
            body.len()
        )
    };
    let mut stranger = Wire::to(app.gateway().address()).await;
    // Not a byte of the body is ever sent.
    let refused = stranger.ask(head("")).await;
    assert!(refused.header("WWW-Authenticate").unwrap().starts_with("Basic "));
    let fault = refused.soap().fault(401, "UNAUTHENTICATED");
    assert!(fault.get("description").contains("Authorization"), "{}", fault.body);
    assert!(stranger.is_closed().await);
    let mut demo = Wire::to(app.gateway().address()).await;
    demo.send(head(&authorization("demo", "demo"))).await;
    assert_eq!(demo.head().await, "HTTP/1.1 100 Continue\r\n\r\n");
    assert_eq!(demo.ask(&body).await.available(), "500.00");
    app.finish().await;
}

/// How a wrong password is answered that comes with these headers.
fn wrong(headers: &str, name: &str) -> Vec<u8> {
    post(&format!("{headers}{}", authorization(name, "не тот пароль")), balance("7000000101"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_passwords_are_counted_by_the_address_that_a_trusted_proxy_names() {
    let app = gateway(|config, _| {
        config.server.trusted_proxies = "127.0.0.0/8".parse().unwrap();
        config.security.failures_per_address_max = 2;
    })
    .await;
    let mut wire = Wire::to(app.gateway().address()).await;
    let from = |client: &str| format!("X-Forwarded-For: 192.0.2.1, {client}\r\n");
    for name in ["a", "b"] {
        wire.ask(wrong(&from("203.0.113.9"), name)).await.soap().fault(401, "UNAUTHENTICATED");
    }
    wire.ask(wrong(&from("203.0.113.9"), "c")).await.soap().fault(429, "TOO_MANY_REQUESTS");
    wire.ask(wrong(&from("203.0.113.10"), "c")).await.soap().fault(401, "UNAUTHENTICATED");
    let known = format!("{}{}", from("203.0.113.10"), authorization("demo", "demo"));
    assert_eq!(wire.ask(post(&known, balance("7000000101"))).await.available(), "500.00");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_no_trusted_proxy_cannot_take_another_address() {
    let app = gateway(|config, _| {
        config.server.trusted_proxies = "10.0.0.0/8".parse().unwrap();
        config.server.proxy_protocol = true;
        config.security.failures_per_address_max = 2;
    })
    .await;
    let mut wire = Wire::to(app.gateway().address()).await;
    for (name, client) in [("a", "10.0.0.1"), ("b", "203.0.113.9")] {
        let forwarded = format!("X-Forwarded-For: {client}\r\n");
        wire.ask(wrong(&forwarded, name)).await.soap().fault(401, "UNAUTHENTICATED");
    }
    wire.ask(wrong("X-Forwarded-For: 203.0.113.10\r\n", "c")).await.soap().fault(429, "TOO_MANY_REQUESTS");
    // From an untrusted peer a PROXY header is malformed HTTP.
    let mut liar = Wire::to(app.gateway().address()).await;
    liar.send([b"PROXY TCP4 203.0.113.11 10.0.0.1 1234 80\r\n".to_vec(), call("7000000101")].concat()).await;
    assert!(liar.head().await.starts_with("HTTP/1.1 400 "));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_proxy_protocol_names_the_client_of_a_connection() {
    let app = gateway(|config, _| {
        config.server.trusted_proxies = "127.0.0.0/8".parse().unwrap();
        config.server.proxy_protocol = true;
        config.security.failures_per_address_max = 2;
    })
    .await;
    let first = async |client: &str, request: Vec<u8>| {
        let mut wire = Wire::to(app.gateway().address()).await;
        wire.send(format!("PROXY TCP4 {client} 10.0.0.1 12345 443\r\n")).await;
        let answer = wire.ask(request).await;
        (wire, answer)
    };
    let (mut wire, answer) = first("203.0.113.9", wrong("", "a")).await;
    answer.soap().fault(401, "UNAUTHENTICATED");
    // The client is not a trusted proxy: its forwarded headers are ignored.
    wire.ask(wrong("X-Forwarded-For: 203.0.113.10\r\n", "b")).await.soap().fault(401, "UNAUTHENTICATED");
    wire.ask(wrong("", "c")).await.soap().fault(429, "TOO_MANY_REQUESTS");
    let (_, answer) = first("203.0.113.9", wrong("", "d")).await;
    answer.soap().fault(429, "TOO_MANY_REQUESTS");
    let (mut wire, answer) = first("203.0.113.10", wrong("", "d")).await;
    answer.soap().fault(401, "UNAUTHENTICATED");
    assert_eq!(wire.ask(call("7000000101")).await.available(), "500.00");
    let mut silent = Wire::to(app.gateway().address()).await;
    silent.send(call("7000000101")).await;
    assert!(silent.is_closed().await, "a trusted proxy has to begin with the line");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_old_client_is_served_over_http_1_0() {
    let app = gateway(|_, _| {}).await;
    let demo = authorization("demo", "demo");
    let body = balance("7000000101");
    let old = |headers: &str| format!("POST /ws/pos_1 HTTP/1.0\r\n{demo}{headers}\r\n{body}");
    let length = format!("Content-Length: {}\r\n", body.len());
    let mut wire = Wire::to(app.gateway().address()).await;
    assert_eq!(wire.ask(old(&length)).await.available(), "500.00");
    assert!(wire.is_closed().await);
    let mut kept = Wire::to(app.gateway().address()).await;
    let keep = format!("{length}Connection: Keep-Alive\r\n");
    for _ in 0..2 {
        assert_eq!(kept.ask(old(&keep)).await.available(), "500.00");
    }
    let mut endless = Wire::to(app.gateway().address()).await;
    let fault = endless.ask(old("")).await.soap().fault(411, "INVALID_HTTP");
    assert!(fault.get("description").contains("Content-Length"), "{}", fault.body);
    let mut nameless = Wire::to(app.gateway().address()).await;
    let fault = nameless.ask(old(&length).replace("HTTP/1.0", "HTTP/1.1")).await.soap().fault(400, "INVALID_HTTP");
    assert!(fault.get("description").contains("Host"), "{}", fault.body);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_http_is_told_why_and_a_late_body_may_be_sent_again() {
    let app = gateway(|config, _| config.server.body_read_timeout_ms = 300).await;
    let demo = authorization("demo", "demo");
    let body = balance("7000000101");
    let with = |headers: &str| format!("POST /ws/pos_1 HTTP/1.1\r\nHost: h\r\n{demo}{headers}\r\n{body}");
    let length = body.len();
    for (headers, status, words) in [
        (format!("X: a\r\n b\r\nContent-Length: {length}\r\n"), 400, "перенос заголовка"),
        (format!("Content-Length : {length}\r\n"), 400, "пробел перед двоеточием"),
        (format!("Content-Length: {length}, {length}\r\n"), 400, "Content-Length"),
        ("Transfer-Encoding: gzip, chunked\r\n".to_owned(), 501, "Content-Encoding: gzip"),
    ] {
        let mut wire = Wire::to(app.gateway().address()).await;
        let fault = wire.ask(with(&headers)).await.soap().fault(status, "INVALID_HTTP");
        assert!(fault.get("description").contains(words), "{headers}: {}", fault.body);
        assert!(wire.is_closed().await);
    }
    let mut slow = Wire::to(app.gateway().address()).await;
    let late = slow.ask(with(&format!("Content-Length: {}\r\n", length + 1))).await;
    assert_eq!(late.header("Retry-After"), Some("1"));
    let fault = late.soap().fault(408, "REQUEST_INCOMPLETE");
    assert!(fault.get("description").contains("повторите тот же запрос"), "{}", fault.body);
    app.finish().await;
}
