//! TLS with a real client and certificates made for the occasion.

use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use rcgen::{CertifiedKey, generate_simple_self_signed};
use tokio_rustls::rustls::{
    ClientConfig, ClientConnection, ProtocolVersion, RootCertStore, StreamOwned, SupportedProtocolVersion,
    crypto::ring,
    pki_types::{CertificateDer, ServerName},
    version::{TLS12, TLS13},
};

use crate::{
    config::TlsConfig,
    http::{
        Tls,
        tests::harness::{PATIENCE, Server, call},
    },
};

/// A folder with a certificate and its key, gone with the test.
struct Folder {
    path: PathBuf,
}

impl Folder {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("kopilka-tls-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap();
        Self { path }
    }

    /// Puts a new pair in; returns what a client has to trust.
    fn renew(&self) -> CertificateDer<'static> {
        let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        fs::write(self.certificate(), cert.pem()).unwrap();
        fs::write(self.key(), signing_key.serialize_pem()).unwrap();
        cert.der().clone()
    }

    fn certificate(&self) -> PathBuf {
        self.path.join("certificate.pem")
    }

    fn key(&self) -> PathBuf {
        self.path.join("key.pem")
    }

    fn config(&self) -> TlsConfig {
        let (certificate, key) = (self.certificate(), self.key());
        TlsConfig { certificate_file: Some(certificate), key_file: Some(key), ..TlsConfig::default() }
    }

    fn tls(&self) -> Tls {
        Tls::load(&self.config()).unwrap().unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.path);
    }
}

type TlsClient = StreamOwned<ClientConnection, TcpStream>;

fn connect(
    server: &Server,
    trusted: &CertificateDer<'static>,
    version: &'static SupportedProtocolVersion,
) -> TlsClient {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(&[version])
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let connection = ClientConnection::new(Arc::new(config), ServerName::try_from("localhost").unwrap()).unwrap();
    let stream = TcpStream::connect(server.address()).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    StreamOwned::new(connection, stream)
}

/// Asks once on the connection and reads to its end.
fn ask(client: &mut TlsClient, request: &str) -> std::io::Result<String> {
    client.write_all(request.replace("Host: h\r\n", "Host: h\r\nConnection: close\r\n").as_bytes())?;
    let mut answer = String::new();
    client.read_to_string(&mut answer)?;
    Ok(answer)
}

fn refused(config: &TlsConfig) -> String {
    Tls::load(config).unwrap_err().to_string()
}

#[test]
fn both_versions_are_spoken_and_the_address_is_https() {
    let folder = Folder::new();
    let certificate = folder.renew();
    let server = Server::start_over(Some(folder.tls()), |_| {});
    for (version, name) in [(&TLS12, ProtocolVersion::TLSv1_2), (&TLS13, ProtocolVersion::TLSv1_3)] {
        let mut client = connect(&server, &certificate, version);
        // The end of the stream is announced, as TLS wants it: else reading to it is an error.
        let answer = ask(&mut client, &call("<a/>")).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("|127.0.0.1|<a/>"), "{answer}");
        assert_eq!(client.conn.protocol_version(), Some(name));
        assert_eq!(client.conn.alpn_protocol(), Some(b"http/1.1".as_slice()));
    }
    let mut client = connect(&server, &certificate, &TLS13);
    let contract = ask(&mut client, "GET /ws/pos_1?wsdl HTTP/1.1\r\nHost: h\r\n\r\n").unwrap();
    assert!(contract.contains("location=\"https://h/ws/pos_1\""), "{contract}");
}

#[test]
fn a_refusal_that_leaves_a_body_unread_arrives() {
    let folder = Folder::new();
    let certificate = folder.renew();
    let server = Server::start_over(Some(folder.tls()), |settings| settings.body_bytes_max = 10);
    let answer = ask(&mut connect(&server, &certificate, &TLS13), &call(&"x".repeat(100_000))).unwrap();
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
}

#[test]
fn without_tls_nobody_is_served_on_that_port() {
    let folder = Folder::new();
    folder.renew();
    let server = Server::start_over(Some(folder.tls()), |_| {});
    let mut plain = server.connect();
    plain.send(call("<a/>"));
    assert!(!plain.rest().contains("HTTP/1.1"));
    assert_eq!(server.calls(), 0);
}

#[test]
fn a_handshake_that_does_not_end_is_not_waited_for() {
    let folder = Folder::new();
    folder.renew();
    let tls = folder.tls().with_times(Duration::from_millis(20), PATIENCE);
    let server = Server::start_over(Some(tls), |_| {});
    let mut silent = server.connect();
    let mut slow = server.connect();
    slow.send([0x16, 0x03, 0x01, 0x02]);
    assert!(silent.is_closed() && slow.is_closed());
}

#[test]
fn a_handshake_does_not_hold_up_the_end() {
    let folder = Folder::new();
    let certificate = folder.renew();
    let tls = folder.tls().with_times(PATIENCE * 10, PATIENCE * 10);
    let mut server = Server::start_over(Some(tls), |settings| settings.drain_timeout = PATIENCE * 10);
    let mut silent = server.connect();
    // Connections are accepted in order: once this one is answered, the silent one has long been welcomed.
    ask(&mut connect(&server, &certificate, &TLS13), &call("<a/>")).unwrap();
    server.order_shutdown();
    assert!(silent.is_closed());
    assert!(server.join().is_ok());
}

#[test]
fn a_renewed_certificate_is_used_without_a_restart_and_a_broken_one_is_not() {
    let folder = Folder::new();
    let first = folder.renew();
    let tls = folder.tls().with_times(PATIENCE, Duration::from_millis(10));
    let server = Server::start_over(Some(tls), |_| {});
    let served = |trusted: &CertificateDer<'static>| ask(&mut connect(&server, trusted, &TLS13), &call("<a/>")).is_ok();
    assert!(served(&first));
    fs::write(folder.certificate(), "half a certificate").unwrap();
    assert!(served(&first));
    let second = folder.renew();
    let started = Instant::now();
    while !served(&second) {
        assert!(started.elapsed() < PATIENCE, "the renewed certificate is not used");
    }
    assert!(!served(&first));
    assert!(server.log().contains("the renewed certificate is in use"));
}

#[test]
fn files_that_cannot_be_used_are_named_with_the_reason() {
    let folder = Folder::new();
    folder.renew();
    let config = folder.config();
    assert!(Tls::load(&TlsConfig::default()).unwrap().is_none());
    assert!(refused(&TlsConfig { key_file: None, ..config.clone() }).contains("both or neither"));
    let with_key = |key: &Path| TlsConfig { key_file: Some(key.to_owned()), ..config.clone() };
    let missing = refused(&with_key(&folder.path.join("none.pem")));
    assert!(missing.contains("server.tls.key_file") && missing.contains("none.pem"), "{missing}");
    let no_key = refused(&with_key(&folder.certificate()));
    assert!(no_key.contains("server.tls.key_file") && no_key.contains("no private key"), "{no_key}");
    let no_certificate = TlsConfig { certificate_file: Some(folder.key()), ..config.clone() };
    assert!(refused(&no_certificate).contains("no certificate"));
    let other = Folder::new();
    other.renew();
    assert!(refused(&with_key(&other.key())).contains("cannot be used together"));
}
