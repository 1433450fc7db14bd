//! gzip both ways over the wire.

use std::io::Read;

use flate2::read::GzDecoder;

use crate::http::{
    coding::packed,
    tests::harness::{AUTHORIZED, Client, Server},
};

fn send(client: &mut Client, coding: &str, body: &[u8]) {
    let length = body.len();
    client.send(format!(
        "POST /ws/pos_1 HTTP/1.1\r\nHost: h\r\n{AUTHORIZED}Content-Encoding: {coding}\r\nContent-Length: {length}\r\n\r\n"
    ));
    client.send(body);
}

#[test]
fn a_packed_body_arrives_unpacked() {
    let server = Server::start();
    let mut client = server.connect();
    let two_members = [packed(b"<a>").unwrap(), packed("привет</a>".as_bytes()).unwrap()].concat();
    for coding in ["gzip", "x-gzip", "GZIP", "identity, gzip"] {
        send(&mut client, coding, &two_members);
        let reply = client.read();
        assert!(reply.status == 200 && reply.body.ends_with("|<a>привет</a>"), "{coding}: {}", reply.body);
    }
    client.send(format!(
        "POST /ws/pos_1 HTTP/1.1\r\nHost: h\r\n{AUTHORIZED}Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
    ));
    for byte in &two_members {
        client.send([b"1\r\n".as_slice(), &[*byte], b"\r\n"].concat());
    }
    client.send("0\r\n\r\n");
    assert!(client.read().body.ends_with("|<a>привет</a>"));
}

#[test]
fn a_body_that_is_not_whole_gzip_is_a_fault_and_reaches_nobody() {
    let server = Server::start();
    let whole = packed(b"<a/>").unwrap();
    let cut = &whole[..whole.len() - 1];
    let followed = [&whole, b"<b/>".as_slice()].concat();
    for body in [b"<a/>".as_slice(), b"", cut, &followed] {
        let mut client = server.connect();
        send(&mut client, "gzip", body);
        let reply = client.read();
        assert_eq!((reply.status, reply.body.as_str()), (400, "fault Some(\"pos_1\") BodyUndecodable"));
        assert!(client.is_closed());
    }
    assert_eq!(server.calls(), 0);
}

#[test]
fn a_bomb_is_refused_before_it_is_all_read() {
    let server = Server::start();
    let bomb = packed(&vec![b' '; 64 * 1_048_576]).unwrap();
    let mut client = server.connect();
    client.send(format!(
        "POST /ws/pos_1 HTTP/1.1\r\nHost: h\r\n{AUTHORIZED}Content-Encoding: gzip\r\nContent-Length: {}\r\n\r\n",
        bomb.len()
    ));
    client.send(&bomb[..bomb.len() / 2]);
    let reply = client.read();
    assert_eq!((reply.status, reply.body.as_str()), (413, "fault Some(\"pos_1\") BodyTooLarge"));
}

#[test]
fn the_limit_is_for_the_unpacked_body() {
    let server = Server::start_with(|settings| settings.body_bytes_max = 1_000);
    for (length, status) in [(1_000, 200), (1_001, 413)] {
        let mut client = server.connect();
        send(&mut client, "gzip", &packed(&vec![b' '; length]).unwrap());
        assert_eq!(client.read().status, status, "{length}");
    }
}

#[test]
fn another_coding_is_told_which_ones_are_read() {
    let server = Server::start();
    for coding in ["deflate", "br", "gzip, gzip"] {
        let mut client = server.connect();
        send(&mut client, coding, b"<a/>");
        let reply = client.read();
        assert_eq!((reply.status, reply.header("Accept-Encoding")), (415, Some("gzip, identity")), "{coding}");
    }
}

#[test]
fn an_answer_is_packed_only_for_those_who_ask_and_where_it_is_worth_it() {
    let server = Server::start_with(|settings| settings.gzip_answer_bytes_min = 500);
    let ask = |wish: &str, length: usize| {
        let mut client = server.connect();
        client.send(format!(
            "POST /ws/pos_1 HTTP/1.1\r\nHost: h\r\n{AUTHORIZED}{wish}Content-Length: {length}\r\n\r\n{}",
            "x".repeat(length)
        ));
        client.read()
    };
    let packed = ask("Accept-Encoding: deflate, gzip;q=0.5\r\n", 1_000);
    assert_eq!(packed.header("Content-Encoding"), Some("gzip"));
    assert_eq!(packed.header("Vary"), Some("Accept-Encoding"));
    let mut unpacked = String::new();
    GzDecoder::new(packed.bytes.as_slice()).read_to_string(&mut unpacked).unwrap();
    assert!(unpacked.ends_with(&"x".repeat(1_000)) && packed.bytes.len() < 500);

    for wish in ["", "Accept-Encoding: identity, *\r\n", "Accept-Encoding: gzip;q=0\r\n"] {
        let plain = ask(wish, 1_000);
        assert_eq!((plain.header("Content-Encoding"), plain.header("Vary")), (None, Some("Accept-Encoding")), "{wish}");
        assert_eq!(plain.body, unpacked);
    }
    let short = ask("Accept-Encoding: gzip\r\n", 100);
    assert_eq!((short.header("Content-Encoding"), short.header("Vary")), (None, None));
}

#[test]
fn a_packed_contract_is_known_again_by_its_tag() {
    let server = Server::start_with(|settings| settings.gzip_answer_bytes_min = 1);
    let ask = |headers: &str| {
        server.ask(&format!("GET /ws/pos_1?wsdl HTTP/1.1\r\nHost: h\r\nAccept-Encoding: gzip\r\n{headers}\r\n"))
    };
    let first = ask("");
    let etag = first.header("ETag").unwrap();
    assert_eq!(first.header("Content-Encoding"), Some("gzip"));
    assert!(etag.starts_with("W/\""), "the bytes are not those of the unpacked text: {etag}");
    assert_eq!(first.header("Vary"), Some("Host, X-Forwarded-Host, X-Forwarded-Proto, Accept-Encoding"));
    let again = ask(&format!("If-None-Match: {etag}\r\n"));
    assert_eq!((again.status, again.header("Content-Encoding")), (304, None));
    assert!(again.header("Vary").unwrap().ends_with(", Accept-Encoding"));
}
