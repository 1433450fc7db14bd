//! The HTTP server on any bytes in any pieces: it ends in time, and what it answers is HTTP.
//!
//! The first byte of an input says how it is served and into how many pieces it is cut, two bytes for each cut say where;
//! the rest is what the client sends. Behind HTTP stand the guard, the contract of the tills, faults and envelopes; what a
//! request would do is left out.
#![no_main]

use std::{io::Read, net::SocketAddr, pin::Pin, sync::{Arc, LazyLock}, time::{Duration, Instant}};

use chrono::DateTime;
use flate2::read::GzDecoder;
use hyper::body::Bytes;
use libfuzzer_sys::fuzz_target;
use tokio::{io::{AsyncReadExt, AsyncWriteExt, DuplexStream, split}, runtime::Runtime};

use kopilka::{config::{ServerConfig, XmlLimits}, http::{Answer, Backends, Entry, HttpFault, HttpSettings, SoapCall, WsdlPage, serve_connection}, soap::{contract::Contract, endpoint::charset, envelope::{self, SoapVersion}, fault::{self, FaultKind}, guard::{admit, read_document}}};

const WSDL: &str = include_str!("../../wsdl/pos_1.wsdl");
/// The connection begins with a line of the PROXY protocol.
const PROXY: u8 = 1;
/// The client closes its half when it has sent everything.
const HALF_CLOSE: u8 = 2;
/// Bodies may be short only.
const SHORT_BODIES: u8 = 4;
/// The peer is no trusted proxy.
const STRANGER: u8 = 8;
/// How many cuts, by the two bits from here.
const CUTS_SHIFT: u8 = 4;
/// What may be on its way in one direction.
const BUFFER_BYTES: usize = 65_536;
/// How much work one connection may be.
const WORK_MAX: Duration = Duration::from_millis(100);
/// How often work that took longer is tried again: a busy machine is no hang.
const TRIES: u32 = 3;
/// Longer than all timeouts of one connection together; time passes by itself when nothing is left to do.
const END: Duration = Duration::from_secs(100_000);
/// How long the client waits between two pieces, so that the server has read the first.
const PAUSE: Duration = Duration::from_millis(1);

static CONTRACT: LazyLock<Contract> = LazyLock::new(|| Contract::parse(WSDL).expect("a contract of ours is read"));

thread_local! {
    static RUNTIME: Runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime is made");
}

fuzz_target!(|input: &[u8]| {
    LazyLock::force(&CONTRACT);
    let Some((mode, pieces)) = pieces(input) else { return };
    let mut shortest = Duration::MAX;
    for _ in 0..TRIES {
        let begun = Instant::now();
        let answer = RUNTIME.with(|runtime| runtime.block_on(served(mode, &pieces)));
        shortest = shortest.min(begun.elapsed());
        check(&answer, &pieces.concat());
        if shortest <= WORK_MAX {
            return;
        }
    }
    panic!("one connection took {shortest:?}");
});

/// The mode and the pieces of an input.
fn pieces(input: &[u8]) -> Option<(u8, Vec<&[u8]>)> {
    let (mode, rest) = input.split_first()?;
    let (cuts, bytes) = rest.split_at_checked(usize::from(mode >> CUTS_SHIFT & 3) * 2)?;
    let place = |cut: &[u8]| cut.iter().fold(0, |place, byte| place << 8 | usize::from(*byte)) % (bytes.len() + 1);
    let mut places: Vec<usize> = cuts.chunks_exact(2).map(place).collect();
    places.extend([0, bytes.len()]);
    places.sort_unstable();
    Some((*mode, places.windows(2).map(|edges| &bytes[edges[0]..edges[1]]).collect()))
}

/// Everything that the server sends until it closes.
async fn served(mode: u8, pieces: &[&[u8]]) -> Vec<u8> {
    let (client, server) = tokio::io::duplex(BUFFER_BYTES);
    let peer = if mode & STRANGER == 0 { "127.0.0.1:40000" } else { "203.0.113.7:40000" };
    let backends = Backends { entry: Arc::new(Guarded), sites: vec![] };
    let serving = serve_connection(server, address(peer), backends, settings(mode));
    let both = async { tokio::join!(serving, talk(client, mode & HALF_CLOSE != 0, pieces)) };
    let ((), answer) = tokio::time::timeout(END, both).await.expect("the connection ends");
    answer
}

async fn talk(client: DuplexStream, half_close: bool, pieces: &[&[u8]]) -> Vec<u8> {
    let (mut from_server, mut to_server) = split(client);
    let mut answer = Vec::new();
    let send = async {
        for piece in pieces {
            if to_server.write_all(piece).await.is_err() {
                return;
            }
            tokio::time::sleep(PAUSE).await;
        }
        if half_close {
            // A server that has closed by then is no mistake.
            let _ = to_server.shutdown().await;
        }
    };
    let (read, ()) = tokio::join!(from_server.read_to_end(&mut answer), send);
    read.expect("memory can be read");
    answer
}

fn address(text: &str) -> SocketAddr {
    text.parse().expect("an address")
}

fn settings(mode: u8) -> HttpSettings {
    HttpSettings {
        trusted_proxies: "127.0.0.0/8".parse().expect("a network"),
        proxy_protocol: mode & PROXY != 0,
        body_bytes_max: if mode & SHORT_BODIES == 0 { 65_536 } else { 64 },
        gzip_answer_bytes_min: 256,
        ..HttpSettings::from(&ServerConfig::default())
    }
}

/// The gateway without what is behind the guard.
struct Guarded;

impl Entry for Guarded {
    fn wsdl(&self, service: &str) -> Option<WsdlPage> {
        (service == "pos_1").then(|| WsdlPage { text: WSDL.into(), last_modified: DateTime::UNIX_EPOCH })
    }

    fn soap<'a>(&'a self, call: SoapCall) -> Pin<Box<dyn Future<Output = Answer> + Send + 'a>> {
        Box::pin(async move {
            // As a gateway's: it waits for something.
            tokio::task::yield_now().await;
            if call.credentials.is_none() {
                return refused(SoapVersion::V11, FaultKind::Unauthenticated, "Нет имени и пароля.", &call.request_id);
            }
            let charset = call.content_type.as_deref().and_then(charset);
            match admit(&call.body, charset, &CONTRACT, &XmlLimits::default()) {
                Ok(admitted) => Answer {
                    status: 200,
                    content_type: admitted.version.content_type(),
                    body: Bytes::from(envelope::reply(
                        admitted.version,
                        CONTRACT.namespace(),
                        &admitted.operation,
                        "<m:return><m:code>OK</m:code></m:return>",
                    )),
                    headers: vec![],
 log: kopilka::telemetry::LogFields::default(),
                },
                Err(rejected) => refused(rejected.version, rejected.fault, &rejected.to_string(), &call.request_id),
            }
        })
    }

    fn fault(&self, _service: Option<&str>, kind: HttpFault, request_id: &str) -> Answer {
        let kind = match kind {
            HttpFault::Unauthenticated => FaultKind::Unauthenticated,
            HttpFault::MethodNotAllowed => FaultKind::MethodNotAllowed,
            HttpFault::BodyTooLarge => FaultKind::BodyTooLarge,
            HttpFault::UnsupportedMediaType => FaultKind::UnsupportedMediaType,
            HttpFault::Overloaded => FaultKind::Overloaded,
            HttpFault::Internal | HttpFault::AnswerTimeout => unreachable!("nothing here panics or is late"),
            HttpFault::BodyBroken | HttpFault::BodyTimeout => FaultKind::RequestIncomplete,
            HttpFault::BadRequest
            | HttpFault::HeadMalformed
            | HttpFault::HeadTooLong
            | HttpFault::LengthUnclear
            | HttpFault::TransferCodingUnknown
            | HttpFault::BodyMalformed
            | HttpFault::BodyUndecodable
            | HttpFault::LengthRequired => FaultKind::InvalidHttp,
        };
        refused(SoapVersion::V11, kind, "Отказ.", request_id)
    }

    fn ready(&self) -> Result<(), String> {
        Ok(())
    }
}

fn refused(version: SoapVersion, kind: FaultKind, description: &str, request_id: &str) -> Answer {
    let version = fault::answered_in(version, kind);
    Answer {
        status: kind.http_status(version),
        content_type: version.content_type(),
        body: Bytes::from(fault::render(version, CONTRACT.namespace(), kind, description, request_id, &[])),
        headers: vec![],
 log: kopilka::telemetry::LogFields::default(),
    }
}

/// Holds an answer to HTTP: whole responses one after another, no more than there can be requests, XML where XML is said.
fn check(answer: &[u8], sent: &[u8]) {
    let requests_max = count(sent, b"HTTP/1.") + 1;
    let mut responses = 0;
    let mut rest = answer;
    while !rest.is_empty() {
        let end = rest.windows(4).position(|four| four == b"\r\n\r\n").expect("a head ends");
        let head = std::str::from_utf8(&rest[..end]).expect("a head is text");
        rest = &rest[end + 4..];
        let mut lines = head.split("\r\n");
        let status = status(lines.next().unwrap_or_default());
        let headers: Vec<(&str, &str)> = lines.map(|line| line.split_once(": ").expect("a header")).collect();
        if status == 100 {
            continue;
        }
        responses += 1;
        assert!(responses <= requests_max, "{responses} answers to at most {requests_max} requests");
        rest = check_body(status, &headers, rest, sent);
    }
}

fn status(line: &str) -> u16 {
    let rest = line.strip_prefix("HTTP/1.1 ").or_else(|| line.strip_prefix("HTTP/1.0 ")).expect("a status line");
    let status = rest.get(..3).and_then(|digits| digits.parse().ok()).expect("a status");
    assert!(status == 100 || (200..=599).contains(&status), "status {status}");
    status
}

fn check_body<'a>(status: u16, headers: &[(&str, &str)], rest: &'a [u8], sent: &[u8]) -> &'a [u8] {
    let header =
        |name: &str| headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| *value);
    assert_eq!(header("Transfer-Encoding"), None, "an answer is never chunked");
    if status == 304 {
        return rest;
    }
    let length: usize = header("Content-Length").expect("a length").parse().expect("a length is a number");
    // The answer to a HEAD says how long it would be.
    if count(sent, b"HEAD ") > 0 && (rest.is_empty() || rest.starts_with(b"HTTP/1.")) {
        return rest;
    }
    let (body, rest) = rest.split_at_checked(length).expect("a body is as long as is said");
    if header("Content-Type").is_some_and(|kind| kind.contains("xml")) {
        let unpacked = match header("Content-Encoding") {
            None => body.to_vec(),
            Some(coding) => {
                assert_eq!(coding, "gzip");
                let mut unpacked = Vec::new();
                GzDecoder::new(body).read_to_end(&mut unpacked).expect("gzip is gzip");
                unpacked
            }
        };
        let limits = XmlLimits { depth_max: 64, ..XmlLimits::default() };
        read_document(&unpacked, None, &limits).expect("an answer is XML");
    }
    rest
}

fn count(bytes: &[u8], part: &[u8]) -> usize {
    bytes.windows(part.len()).filter(|window| *window == part).count()
}
