//! Malformed and very slow HTTP: each case has one answer, and every connection ends.

use std::{io, net::Shutdown, time::Duration};

use crate::http::{
    HttpFault,
    tests::harness::{AUTHORIZED, Client, PATIENCE, Server, call},
};

/// Each gets the same status with the reason, a line in the log, and then the connection ends. The handlers are not called.
fn refused(status: u16, kind: HttpFault, requests: &[String]) {
    let server = Server::start();
    for request in requests {
        let mut client = server.connect();
        client.send(request);
        let answer = client.rest();
        let shown = request.get(..200).unwrap_or(request);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer:?} to {shown:?}");
        assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "one answer, then the end: {answer:?}");
        assert!(answer.contains(&format!(" {kind:?}")), "{answer:?} to {shown:?}");
        for header in ["X-Request-Id: ", "Connection: close", "Content-Length: ", "Date: "] {
            assert!(answer.contains(header), "{header}: {answer:?}");
        }
    }
    assert_eq!(server.calls(), 0);
    let log = server.log();
    let lines = log.lines().filter(|line| line.contains("answered") && line.contains(&format!("status={status}")));
    assert_eq!(lines.count(), requests.len(), "{log}");
}

fn with(headers: &str) -> String {
    format!("POST /ws/pos_1 HTTP/1.1\r\nHost: h\r\n{AUTHORIZED}{headers}\r\n<a/>")
}

#[test]
fn a_request_is_one_request_wherever_it_is_cut() {
    let server = Server::start();
    let mut client = server.connect();
    let chunked = format!(
        "POST /ws/pos_1 HTTP/1.1\r\nHost: h\r\n{AUTHORIZED}Transfer-Encoding: chunked\r\n\r\n2;x=y\r\n<a\r\n2\r\n/>\r\n0\r\nT: x\r\n\r\n"
    );
    for request in [call("<a/>"), chunked] {
        for cut in 0..=request.len() {
            let (head, tail) = request.split_at(cut);
            client.send(head);
            client.send(tail);
            let reply = client.read();
            assert!(reply.status == 200 && reply.body.ends_with("|<a/>"), "cut at {cut}: {}", reply.body);
        }
    }
}

#[test]
fn requests_of_every_kind_are_answered_in_the_order_they_were_sent() {
    let server = Server::start();
    let mut client = server.connect();
    let read = |what: &str| format!("GET {what} HTTP/1.1\r\nHost: h\r\n\r\n");
    let all = [call("<1/>"), read("/health/live"), call("<2/>"), read("/none"), read("/ws/pos_1?wsdl"), call("<3/>")];
    client.send(all.concat());
    let replies: Vec<_> = all.iter().map(|_| client.read()).collect();
    let statuses: Vec<_> = replies.iter().map(|reply| reply.status).collect();
    assert_eq!(statuses, [200, 200, 200, 404, 200, 200]);
    assert!(
        replies[0].body.ends_with("<1/>") && replies[2].body.ends_with("<2/>") && replies[5].body.ends_with("<3/>")
    );
}

#[test]
fn a_body_of_two_lengths_is_refused() {
    refused(
        400,
        HttpFault::LengthUnclear,
        &[
            with("Content-Length: 4\r\nContent-Length: 5\r\n"),
            with("Content-Length: 4, 5\r\n"),
            with("Content-Length: +4\r\n"),
            with("Content-Length: 4x\r\n"),
            with("Content-Length: \r\n"),
            with("Content-Length: 99999999999999999999999\r\n"),
            with("Transfer-Encoding: identity\r\n"),
            with("Transfer-Encoding: chunked, gzip\r\n"),
            with("Transfer-Encoding: chunked\r\n").replace("HTTP/1.1", "HTTP/1.0"),
        ],
    );
    let server = Server::start();
    let same = server.ask(&with("Content-Length: 4\r\nContent-Length: 4\r\n"));
    assert!(same.body.ends_with("|<a/>"), "the same length twice is one length");
}

#[test]
fn a_coding_of_the_way_is_chunked_alone() {
    refused(
        501,
        HttpFault::TransferCodingUnknown,
        &[
            with("Transfer-Encoding: gzip, chunked\r\n"),
            with("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n"),
            with("Content-Type: text/plain\r\nTransfer-Encoding: x, chunked\r\n"),
        ],
    );
    let server = Server::start();
    let plain = server.ask(&with("Transfer-Encoding: , Chunked\r\n").replace("<a/>", "4\r\n<a/>\r\n0\r\n\r\n"));
    assert!(plain.body.ends_with("|<a/>"), "{}", plain.body);
}

#[test]
fn a_head_that_cannot_be_read_is_answered_after_what_was_asked_before_it() {
    let server = Server::start();
    let mut client = server.connect();
    client.send(call("<a/>") + &with("X: a\r\n b\r\nContent-Length: 4\r\n"));
    assert!(client.read().body.ends_with("|<a/>"));
    let refused = client.read();
    assert_eq!((refused.status, refused.body.as_str()), (400, "fault None HeadMalformed"));
    assert!(client.is_closed());
}

#[test]
fn chunks_that_are_wrong_and_a_body_that_breaks_off_are_told_apart() {
    let server = Server::start();
    let chunked = with("Transfer-Encoding: chunked\r\n");
    for (request, kind) in [
        (chunked.replace("<a/>", "z\r\n"), "BodyMalformed"),
        (chunked.replace("<a/>", "4\r\n<a/>x"), "BodyMalformed"),
        (chunked.replace("<a/>", "9\r\n<a/>"), "BodyBroken"),
        (with("Content-Length: 5\r\n"), "BodyBroken"),
    ] {
        let mut client = server.connect();
        client.send(&request);
        client.shutdown(Shutdown::Write);
        let answer = client.rest();
        let is_told = answer.starts_with("HTTP/1.1 400 ") && answer.ends_with(kind);
        // Where the client has gone there may be nobody to tell.
        assert!(is_told || (answer.is_empty() && kind == "BodyBroken"), "{kind}: {answer:?}");
    }
    assert_eq!(server.calls(), 0);
}

#[test]
fn chunks_are_believed_over_a_length_and_nothing_after_them_is_served() {
    let server = Server::start();
    for length in
        ["Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n"]
    {
        let mut client = server.connect();
        client.send(format!(
            "POST /ws/pos_1 HTTP/1.1\r\nHost: h\r\n{AUTHORIZED}{length}\r\n4\r\n<a/>\r\n0\r\n\r\n{}",
            call("<smuggled/>")
        ));
        let reply = client.read();
        assert!(reply.body.ends_with("|<a/>"), "{}", reply.body);
        assert_eq!(reply.header("Connection"), Some("close"));
        assert!(client.is_closed());
    }
    assert_eq!(server.calls(), 2);
}

#[test]
fn a_head_that_is_not_quite_http_is_refused() {
    refused(
        400,
        HttpFault::HeadMalformed,
        &[
            with("X: a\r\n b\r\nContent-Length: 4\r\n"),
            with("Content-Length : 4\r\n"),
            with("X Y: 1\r\nContent-Length: 4\r\n"),
            with("X: a\0b\r\nContent-Length: 4\r\n"),
            with(": x\r\nContent-Length: 4\r\n"),
            with("no colon\r\nContent-Length: 4\r\n"),
            "GET / HTTP/1.1 \r\nHost: h\r\n\r\n".to_owned(),
            "GET /\r\n\r\n".to_owned(),
            "GET  HTTP/1.1\r\nHost: h\r\n\r\n".to_owned(),
        ],
    );
}

#[test]
fn a_head_that_is_too_long_is_told_so_though_more_of_it_is_on_its_way() {
    let long = "x".repeat(200_000);
    let many: String = (0..200).map(|n| format!("X-{n}: 1\r\n")).collect();
    refused(
        431,
        HttpFault::HeadTooLong,
        &[with(&format!("X: {long}\r\n")), with(&many), with(&"X: 1\r\n".repeat(5_000))],
    );
}

#[test]
fn a_kept_connection_may_be_silent_longer_than_a_head_may_take() {
    let server = Server::start_with(|settings| {
        settings.header_read_timeout = Duration::from_millis(400);
        settings.idle_timeout = PATIENCE * 10;
    });
    let mut kept = server.connect();
    kept.send(call("<a/>"));
    assert_eq!(kept.read().status, 200);
    let mut silent = server.connect();
    assert!(silent.is_closed());
    kept.send(call("<a/>"));
    assert_eq!(kept.read().status, 200, "it was silent as long as the other one");
    kept.send("GET / HT");
    assert!(kept.is_closed(), "a head that has begun has to end");
}

#[test]
fn a_first_head_may_take_longer_than_a_kept_connection_may_be_silent() {
    let server = Server::start_with(|settings| {
        settings.header_read_timeout = PATIENCE * 10;
        settings.idle_timeout = Duration::from_millis(20);
    });
    let mut fresh = server.connect();
    let mut kept = server.connect();
    kept.send(call("<a/>"));
    assert_eq!(kept.read().status, 200);
    assert!(kept.is_closed());
    fresh.send(call("<a/>"));
    assert_eq!(fresh.read().status, 200);
}

#[test]
fn a_client_that_takes_no_answer_is_not_waited_for() {
    let server = Server::start_with(|settings| settings.write_timeout = Duration::from_millis(50));
    let mut deaf: Client = server.connect();
    let request = call(&"x".repeat(1_000_000));
    let error = (0..100).find_map(|_| deaf.try_send(&request).err()).unwrap();
    assert!(matches!(error.kind(), io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe), "{error}");
}
