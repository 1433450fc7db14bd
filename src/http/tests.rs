//! The server over real sockets, byte by byte, with an entry that echoes its request.

mod gzip;
mod harness;
mod proxies;
mod sites;
mod tls;
mod wire;

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpStream},
    time::{Duration, Instant},
};

use harness::{AUTHORIZED, Client, Server, WSDL, call};

fn post(service: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!("POST {service} HTTP/1.1\r\nHost: h\r\nContent-Length: {length}\r\n{headers}\r\n{body}")
}

#[test]
fn a_call_arrives_with_everything_the_client_said() {
    let server = Server::start();
    let headers = format!("{AUTHORIZED}Content-Type: text/xml;charset=utf-8\r\nSOAPAction: \"ns#X:Op\"\r\n");
    for path in ["/ws/pos_1", "/ws/pos_1.1cws", "/ws/pos_1?wsdl", "/ws/pos_1.1cws?any=thing"] {
        let reply = server.ask(&post(path, &headers, "<a/>"));
        assert_eq!(reply.status, 200);
        assert_eq!(reply.body, "pos_1|till:s3cret|text/xml;charset=utf-8|\"ns#X:Op\"|127.0.0.1|<a/>");
        assert_eq!(reply.header("X-Request-Id").unwrap().len(), 16);
    }
}

#[test]
fn a_request_cut_into_single_bytes_is_one_request() {
    let server = Server::start();
    let mut client = server.connect();
    for byte in call("<a>привет</a>").as_bytes() {
        client.send([*byte]);
    }
    assert!(client.read().body.ends_with("<a>привет</a>"));
}

#[test]
fn a_chunked_body_is_read_and_the_answer_is_never_chunked() {
    let server = Server::start();
    let request = format!(
        "POST /ws/pos_1 HTTP/1.1\r\nHost: h\r\n{AUTHORIZED}Transfer-Encoding: chunked\r\n\r\n3\r\n<a>\r\n4\r\n</a>\r\n0\r\n\r\n"
    );
    let reply = server.ask(&request);
    assert!(reply.body.ends_with("|<a></a>"), "{}", reply.body);
    // The harness checks every answer's Content-Length, case-sensitively, as some clients read it.
    assert!(reply.head.contains("\r\nContent-Length: "), "{}", reply.head);
}

#[test]
fn a_connection_is_kept_as_the_client_asks() {
    let server = Server::start();
    let mut kept = server.connect();
    for _ in 0..3 {
        kept.send(call("<a/>"));
        assert_eq!(kept.read().status, 200);
    }
    let mut closed = server.connect();
    closed.send(post("/ws/pos_1", &format!("{AUTHORIZED}Connection: close\r\n"), "<a/>"));
    assert_eq!(closed.read().header("Connection"), Some("close"));
    assert!(closed.is_closed());
}

#[test]
fn two_requests_in_one_packet_get_two_answers_in_order() {
    let server = Server::start();
    let mut client = server.connect();
    client.send(format!("{}{}", call("<first/>"), call("<second/>")));
    assert!(client.read().body.ends_with("<first/>"));
    assert!(client.read().body.ends_with("<second/>"));
}

#[test]
fn http_1_0_is_served_and_kept_alive_when_asked() {
    let server = Server::start();
    let request =
        |connection: &str| format!("POST /ws/pos_1 HTTP/1.0\r\n{AUTHORIZED}{connection}Content-Length: 4\r\n\r\n<a/>");
    let mut kept = server.connect();
    for _ in 0..2 {
        kept.send(request("Connection: keep-alive\r\n"));
        let reply = kept.read();
        assert_eq!((reply.status, reply.header("Connection")), (200, Some("keep-alive")));
    }
    let mut closed = server.connect();
    closed.send(request(""));
    assert_eq!(closed.read().status, 200);
    assert!(closed.is_closed());
}

#[test]
fn http_1_0_without_a_length_is_told_so() {
    let server = Server::start();
    let mut client = server.connect();
    client.send(format!("POST /ws/pos_1 HTTP/1.0\r\n{AUTHORIZED}\r\n<a/>"));
    let reply = client.read();
    assert_eq!((reply.status, reply.body.as_str()), (411, "fault Some(\"pos_1\") LengthRequired"));
    assert!(client.is_closed());
}

#[test]
fn a_client_that_closes_its_half_after_asking_still_gets_the_answer() {
    let server = Server::start();
    let mut client = server.connect();
    client.send(call("<a/>"));
    client.shutdown(Shutdown::Write);
    assert_eq!(client.read().status, 200);
}

#[test]
fn http_1_1_needs_exactly_one_sensible_host() {
    let server = Server::start();
    for hosts in ["", "Host: a\r\nHost: b\r\n", "Host: a\"b\r\n", "Host: \r\n"] {
        let reply = server.ask(&format!("GET / HTTP/1.1\r\n{hosts}\r\n"));
        assert_eq!((reply.status, reply.body.as_str()), (400, "fault None BadRequest"), "{hosts:?}");
    }
    assert_eq!(server.ask("GET / HTTP/1.0\r\n\r\n").status, 200);
}

#[test]
fn a_client_that_waits_for_leave_without_credentials_is_refused_at_once() {
    let server = Server::start();
    for authorization in ["", "Authorization: Basic !!!\r\n", "Authorization: Bearer x\r\n"] {
        let mut client = server.connect();
        client.send(format!(
            "POST /ws/pos_1 HTTP/1.1\r\nHost: h\r\n{authorization}Expect: 100-continue\r\nContent-Length: 4\r\n\r\n"
        ));
        let reply = client.read();
        assert_eq!((reply.status, reply.body.as_str()), (401, "fault Some(\"pos_1\") Unauthenticated"));
        assert_eq!(reply.header("WWW-Authenticate"), Some("Basic realm=\"Kopilka\", charset=\"UTF-8\""));
        assert_eq!(reply.header("Connection"), Some("close"));
        assert!(client.is_closed());
    }
}

#[test]
fn a_client_that_waits_for_leave_with_credentials_gets_it() {
    let server = Server::start();
    let mut client = server.connect();
    client.send(format!(
        "POST /ws/pos_1 HTTP/1.1\r\nHost: h\r\n{AUTHORIZED}Expect: 100-continue\r\nContent-Length: 4\r\n\r\n"
    ));
    assert_eq!(client.read_head(), "HTTP/1.1 100 Continue\r\n\r\n");
    client.send("<a/>");
    assert!(client.read().body.ends_with("|<a/>"));
}

#[test]
fn a_client_that_waits_for_leave_is_refused_for_length_type_path_and_method_before_it_sends() {
    let server = Server::start();
    let with = |line: &str, headers: &str| {
        format!("{line} HTTP/1.1\r\nHost: h\r\n{AUTHORIZED}Expect: 100-continue\r\n{headers}\r\n")
    };
    let refused = [
        (413, with("POST /ws/pos_1", "Content-Length: 99999999\r\n")),
        (415, with("POST /ws/pos_1", "Content-Length: 4\r\nContent-Type: application/json\r\n")),
        (404, with("POST /ws/none", "Content-Length: 4\r\n")),
        (405, with("PUT /ws/pos_1", "Content-Length: 4\r\n")),
    ];
    for (status, request) in refused {
        let mut client = server.connect();
        client.send(request);
        assert_eq!(client.read().status, status);
        assert!(client.is_closed());
    }
}

#[test]
fn without_credentials_the_body_is_read_and_the_connection_kept_for_the_second_try() {
    let server = Server::start();
    let mut client = server.connect();
    client.send(post("/ws/pos_1", "", "<a/>"));
    let challenge = client.read();
    assert_eq!(challenge.status, 401);
    assert!(challenge.header("WWW-Authenticate").unwrap().starts_with("Basic "));
    assert_eq!(challenge.header("Connection"), None);
    client.send(call("<a/>"));
    assert_eq!(client.read().status, 200);
}

#[test]
fn a_body_over_the_limit_is_refused_however_it_comes() {
    let server = Server::start_with(|settings| settings.body_bytes_max = 10);
    let declared = post("/ws/pos_1", AUTHORIZED, "12345678901");
    let chunked = format!(
        "POST /ws/pos_1 HTTP/1.1\r\nHost: h\r\n{AUTHORIZED}Transfer-Encoding: chunked\r\n\r\nb\r\n12345678901\r\n0\r\n\r\n"
    );
    for request in [declared, chunked] {
        let mut client = server.connect();
        client.send(request);
        let reply = client.read();
        assert_eq!((reply.status, reply.body.as_str()), (413, "fault Some(\"pos_1\") BodyTooLarge"));
        assert_eq!(reply.header("Connection"), Some("close"));
        assert!(client.is_closed());
    }
    assert_eq!(server.ask(&post("/ws/pos_1", AUTHORIZED, "1234567890")).status, 200);
}

#[test]
fn a_client_that_sends_far_too_much_before_it_reads_still_reads_the_refusal() {
    let server = Server::start_with(|settings| settings.body_bytes_max = 10);
    let mut client = server.connect();
    // Far more than the sockets' buffers hold: it can only be sent when the client reads it.
    let sent = client.try_send(post("/ws/pos_1", AUTHORIZED, &"x".repeat(3_900_000)));
    assert!(sent.is_ok(), "a reset would take the answer away on some systems: {sent:?}");
    assert_eq!(client.read().status, 413);
}

#[test]
fn a_body_that_does_not_come_is_not_waited_for() {
    let server = Server::start_with(|settings| settings.body_read_timeout = Duration::from_millis(20));
    let mut client = server.connect();
    client.send(format!("POST /ws/pos_1 HTTP/1.1\r\nHost: h\r\n{AUTHORIZED}Content-Length: 100\r\n\r\n<a>"));
    let reply = client.read();
    assert_eq!((reply.status, reply.body.as_str()), (408, "fault Some(\"pos_1\") BodyTimeout"));
    assert!(client.is_closed());
}

#[test]
fn a_body_that_breaks_off_reaches_nobody() {
    let server = Server::start();
    let mut client = server.connect();
    client.send(format!("POST /ws/pos_1 HTTP/1.1\r\nHost: h\r\n{AUTHORIZED}Content-Length: 100\r\n\r\n<a>"));
    client.shutdown(Shutdown::Write);
    let rest = client.rest();
    assert!(rest.is_empty() || rest.contains(" 400 "), "{rest}");
    assert_eq!(server.calls(), 0);
}

#[test]
fn a_head_that_does_not_come_and_an_idle_connection_are_closed() {
    let server = Server::start_with(|settings| {
        settings.header_read_timeout = Duration::from_millis(400);
        settings.idle_timeout = Duration::from_millis(400);
    });
    let mut silent = server.connect();
    let mut slow = server.connect();
    slow.send("GET / HT");
    let mut idle = server.connect();
    idle.send(call("<a/>"));
    assert_eq!(idle.read().status, 200);
    for client in [&mut silent, &mut slow, &mut idle] {
        assert!(!client.rest().contains(" 200 "));
    }
}

#[test]
fn types_that_are_not_xml_and_unknown_codings_are_refused() {
    let server = Server::start();
    for header in ["Content-Type: application/json", "Content-Type: multipart/related", "Content-Encoding: deflate"] {
        let reply = server.ask(&post("/ws/pos_1", &format!("{AUTHORIZED}{header}\r\n"), "<a/>"));
        assert_eq!(
            (reply.status, reply.body.as_str()),
            (415, "fault Some(\"pos_1\") UnsupportedMediaType"),
            "{header}"
        );
    }
    let accepted = ["", "Content-Type: application/soap+xml; action=x\r\n", "Content-Encoding: identity\r\n"];
    for header in accepted {
        assert_eq!(server.ask(&post("/ws/pos_1", &format!("{AUTHORIZED}{header}"), "<a/>")).status, 200, "{header}");
    }
}

#[test]
fn the_contract_is_served_byte_for_byte_but_for_the_address() {
    let server = Server::start();
    for target in ["/ws/pos_1?wsdl", "/ws/pos_1?WSDL", "/ws/pos_1.1cws?wsdl"] {
        let reply = server.ask(&format!("GET {target} HTTP/1.1\r\nHost: shop.example:81\r\n\r\n"));
        assert_eq!((reply.status, reply.header("Content-Type")), (200, Some("text/xml; charset=utf-8")));
        assert_eq!(reply.body, WSDL.replace("http://old/", "http://shop.example:81/ws/pos_1"));
    }
    assert_eq!(server.ask("GET /ws/none?wsdl HTTP/1.1\r\nHost: h\r\n\r\n").status, 404);
}

#[test]
fn the_address_is_the_public_one_else_the_one_the_client_used() {
    let address = |server: &Server, request: &str| {
        let body = server.ask(request).body;
        let start = body.find("location=\"").unwrap() + "location=\"".len();
        body[start..].split('"').next().unwrap().to_owned()
    };
    let public = Server::start_with(|settings| settings.public_url = Some("https://l.example/base/".into()));
    assert_eq!(address(&public, "GET /ws/pos_1?wsdl HTTP/1.1\r\nHost: h\r\n\r\n"), "https://l.example/base/ws/pos_1");

    let server = Server::start_with(|settings| settings.trusted_proxies = "127.0.0.1".parse().unwrap());
    let proxied = "GET /ws/pos_1?wsdl HTTP/1.1\r\nHost: inside:8080\r\nX-Forwarded-Host: l.example, proxy\r\n\
                   X-Forwarded-Proto: https\r\n\r\n";
    assert_eq!(address(&server, proxied), "https://l.example/ws/pos_1");
    let forged = "GET /ws/pos_1?wsdl HTTP/1.1\r\nHost: h\r\nX-Forwarded-Host: \"><x\r\nX-Forwarded-Proto: ftp\r\n\r\n";
    assert_eq!(address(&server, forged), "http://h/ws/pos_1");
    let untrusting = Server::start();
    assert_eq!(address(&untrusting, proxied), "http://inside:8080/ws/pos_1", "anybody can write these headers");
    let nameless = format!("http://{}/ws/pos_1", server.address());
    assert_eq!(address(&server, "GET /ws/pos_1?wsdl HTTP/1.0\r\n\r\n"), nameless);
}

#[test]
fn a_client_that_has_the_contract_is_told_that_it_has_it() {
    let server = Server::start();
    let first = server.ask("GET /ws/pos_1?wsdl HTTP/1.1\r\nHost: h\r\n\r\n");
    let etag = first.header("ETag").unwrap();
    assert_eq!(first.header("Last-Modified"), Some("Sat, 21 Nov 2026 12:00:00 GMT"));
    let with = |header: &str| server.ask(&format!("GET /ws/pos_1?wsdl HTTP/1.1\r\nHost: h\r\n{header}\r\n\r\n")).status;
    assert_eq!(with(&format!("If-None-Match: {etag}")), 304);
    assert_eq!(with(&format!("If-None-Match: \"x\", W/{etag}")), 304);
    assert_eq!(with("If-None-Match: *"), 304);
    assert_eq!(with("If-None-Match: \"x\""), 200);
    assert_eq!(with("If-Modified-Since: Sat, 21 Nov 2026 12:00:00 GMT"), 304);
    assert_eq!(with("If-Modified-Since: Sat, 21 Nov 2026 11:59:59 GMT"), 200);
    assert_eq!(with("If-Modified-Since: yesterday"), 200);
    // The ETag takes precedence; another host name makes another text.
    assert_eq!(with("If-None-Match: \"x\"\r\nIf-Modified-Since: Sat, 21 Nov 2026 12:00:00 GMT"), 200);
    let other = server.ask(&format!("GET /ws/pos_1?wsdl HTTP/1.1\r\nHost: other\r\nIf-None-Match: {etag}\r\n\r\n"));
    assert_eq!(other.status, 200);
}

#[test]
fn head_answers_like_get_without_the_body() {
    let server = Server::start();
    for target in ["/", "/ws/pos_1", "/ws/pos_1?wsdl", "/health/live", "/nowhere"] {
        let mut client = server.connect();
        client.send(format!("HEAD {target} HTTP/1.1\r\nHost: h\r\n\r\n"));
        let head = client.read_head();
        let get = server.ask(&format!("GET {target} HTTP/1.1\r\nHost: h\r\n\r\n"));
        assert!(head.contains(&format!("Content-Length: {}\r\n", get.body.len())), "{target}: {head}");
        client.send(call("<a/>"));
        assert_eq!(client.read().status, 200, "{target}: the next answer follows the head at once");
    }
}

/// Each path with the methods that it takes; none where there is nothing.
const METHODS: [(&str, &str); 15] = [
    ("/ws/pos_1", "GET, HEAD, POST"),
    ("/ws/pos_1?wsdl", "GET, HEAD, POST"),
    ("/ws/pos_1.1cws", "GET, HEAD, POST"),
    ("/health/live", "GET, HEAD"),
    ("/health/ready", "GET, HEAD"),
    ("/", "GET, HEAD"),
    ("/page", "GET, HEAD, POST"),
    ("/other/page", "GET, HEAD, POST"),
    ("/nowhere", ""),
    ("/ws/none", ""),
    ("/ws/none?wsdl", ""),
    ("/ws/pos_1/", "GET, HEAD, POST"),
    ("/shop/ws/Pos_1", "GET, HEAD, POST"),
    ("/ws/", ""),
    ("/health", ""),
];

#[test]
fn every_path_names_the_methods_that_it_takes_and_takes_them() {
    let server = Server::start();
    for (path, taken) in METHODS {
        for method in ["GET", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "BREW"] {
            let reply = server.ask(&format!("{method} {path} HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n"));
            let is_taken = taken.split(", ").any(|one| one == method);
            let place = format!("{method} {path}: {}", reply.head);
            // RFC 9110, 15.5.6: a 405 names what the path takes; nothing else speaks of methods here.
            let allow = (reply.status == 405).then_some(taken);
            assert_eq!(reply.header("Allow"), allow, "{place}");
            match (is_taken, taken) {
                (true, _) => assert!(![404, 405].contains(&reply.status), "{place}"),
                (false, "") => assert_eq!(reply.status, 404, "{place}"),
                (false, _) => assert_eq!(reply.status, 405, "{place}"),
            }
        }
    }
}

#[test]
fn a_wrong_method_is_refused_in_the_words_of_its_path() {
    let server = Server::start();
    let asked = |line: &str| server.ask(&format!("{line} HTTP/1.1\r\nHost: h\r\n\r\n")).body;
    assert_eq!(asked("PUT /ws/pos_1"), "fault Some(\"pos_1\") MethodNotAllowed");
    for place in ["PUT /page", "PUT /health/live", "POST /"] {
        let said = asked(place);
        assert!(said.starts_with("Так обратиться нельзя.") && said.contains("/ws/pos_1"), "{place}: {said}");
    }
}

#[test]
fn monitors_see_life_and_readiness() {
    let server = Server::start();
    let asked = |path: &str| server.ask(&format!("GET {path} HTTP/1.1\r\nHost: h\r\n\r\n"));
    assert_eq!((asked("/health/live").status, asked("/health/ready").status), (200, 200));
    server.break_readiness();
    let ready = asked("/health/ready");
    assert!(ready.status == 503 && ready.body.contains("the database is away"), "{}", ready.body);
    assert_eq!(asked("/health/live").status, 200);
}

#[test]
fn a_panic_is_one_fault_and_the_server_lives() {
    let server = Server::start();
    let mut client = server.connect();
    for action in ["panic", "panic later"] {
        let mut client = server.connect();
        client.send(post("/ws/pos_1", &format!("{AUTHORIZED}SOAPAction: {action}\r\n"), "<a/>"));
        let reply = client.read();
        assert_eq!((reply.status, reply.body.as_str()), (500, "fault Some(\"pos_1\") Internal"), "{action}");
    }
    let contract = server.ask("GET /ws/panic?wsdl HTTP/1.1\r\nHost: h\r\n\r\n");
    assert_eq!((contract.status, contract.body.as_str()), (500, "fault None Internal"));
    client.send(call("<a/>"));
    assert_eq!(client.read().status, 200);
}

#[test]
fn a_panic_within_the_fault_is_still_an_answer() {
    let server = Server::start();
    let reply = server.ask(&post("/ws/no_faults", &format!("{AUTHORIZED}SOAPAction: panic\r\n"), "<a/>"));
    assert!(reply.status == 500 && reply.body.contains("Ошибка сервера"), "{}", reply.body);
    assert_eq!(server.ask(&call("<a/>")).status, 200);
}

#[test]
fn a_late_answer_is_a_fault_that_may_be_retried() {
    let server = Server::start_with(|settings| settings.answer_timeout = Duration::from_millis(20));
    let mut client = server.connect();
    client.send(post("/ws/pos_1", &format!("{AUTHORIZED}SOAPAction: never\r\n"), "<a/>"));
    let reply = client.read();
    assert_eq!((reply.status, reply.body.as_str()), (503, "fault Some(\"pos_1\") AnswerTimeout"));
    assert!(reply.header("Retry-After").is_some());
    client.send(call("<a/>"));
    assert_eq!(client.read().status, 200, "the connection is kept");
}

#[test]
fn one_connection_too_many_is_told_so_and_a_freed_place_is_given_again() {
    let server = Server::start_with(|settings| settings.connections_max = 2);
    let mut first = server.connect();
    let mut second = server.connect();
    for client in [&mut first, &mut second] {
        client.send(call("<a/>"));
        assert_eq!(client.read().status, 200);
    }
    let mut third = server.connect();
    third.send(call("<a/>"));
    let reply = third.read();
    assert_eq!((reply.status, reply.body.as_str()), (503, "fault None Overloaded"));
    assert!(reply.header("Retry-After").is_some() && third.is_closed());

    second.send(post("/ws/pos_1", &format!("{AUTHORIZED}Connection: close\r\n"), "<a/>"));
    assert_eq!(second.read().status, 200);
    assert!(second.is_closed());
    server.until_served();
}

#[test]
fn a_kept_connection_is_not_closed_by_the_time_for_its_first_head() {
    let (head, idle) = (Duration::from_millis(300), Duration::from_millis(900));
    let server = Server::start_with(|settings| (settings.header_read_timeout, settings.idle_timeout) = (head, idle));
    let mut client = server.connect();
    // Once another request was served, the idle timeout runs.
    assert_eq!(server.ask(&call("<a/>")).status, 200);
    client.send(call("<a/>"));
    assert_eq!(client.read().status, 200);
    let answered = Instant::now();
    assert!(client.is_closed());
    assert!(answered.elapsed() >= idle - head / 2, "closed after {:?}", answered.elapsed());
}

#[test]
fn draining_ends_idle_connections_and_lets_running_requests_finish() {
    let mut server = Server::start();
    let mut idle = server.connect();
    idle.send(call("<a/>"));
    assert_eq!(idle.read().status, 200);
    let mut running = server.connect();
    running.send(post("/ws/pos_1", &format!("{AUTHORIZED}SOAPAction: wait\r\n"), "<a/>"));
    server.until_waiting();
    server.order_shutdown();
    assert!(idle.is_closed());
    assert!(TcpStream::connect(server.address()).is_err(), "a new client is refused while the last one is served");
    server.release_waiting();
    let last = running.read();
    assert_eq!((last.status, last.header("Connection")), (200, Some("close")));
    assert!(running.is_closed());
    assert!(server.join().is_ok());
    assert!(TcpStream::connect(server.address()).is_err(), "nobody listens any more");
}

#[test]
fn draining_has_an_end() {
    let mut server = Server::start_with(|settings| settings.drain_timeout = Duration::from_millis(20));
    let mut stuck = server.connect();
    stuck.send(post("/ws/pos_1", &format!("{AUTHORIZED}SOAPAction: never\r\n"), "<a/>"));
    server.until_waiting();
    server.order_shutdown();
    assert!(server.join().is_ok());
    assert_eq!(stuck.rest(), "");
}

#[test]
fn the_log_tells_of_each_request_and_nothing_of_its_contents() {
    let server = Server::start();
    server.ask(&post(
        "/ws/pos_1?phone=79001234567",
        &format!("{AUTHORIZED}SOAPAction: act\r\n"),
        "<code>123456</code>",
    ));
    server.ask("GET /79001234567?q=79001234567 HTTP/1.1\r\nHost: h\r\n\r\n");
    let log = server.log();
    let lines: Vec<&str> = log.lines().filter(|line| line.contains("answered")).collect();
    assert_eq!(lines.len(), 2, "{log}");
    for field in ["method=\"POST\"", "path=\"/ws/pos_1\"", "service=\"pos_1\"", "status=200", "bytes=", "duration_ms="]
    {
        assert!(lines[0].contains(field), "{field} in {}", lines[0]);
    }
    assert!(lines[0].contains("request{id=") && lines[1].contains("request{id="), "{log}");
    assert!(lines[1].contains("(unknown)") && lines[1].contains("status=404"), "{}", lines[1]);
    for secret in ["79001234567", "123456<", "s3cret", "dGlsb", "Basic"] {
        assert!(!log.contains(secret), "{secret} in {log}");
    }
}

#[test]
fn garbage_never_breaks_the_server() {
    let server = Server::start();
    let garbage: [&[u8]; 6] = [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"\r\n\r\n\r\n",
        b"GET\r\n\r\n",
        b"POST /ws/pos_1 HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n",
        b"POST /ws/pos_1 HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"POST /ws/pos_1 HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ];
    for bytes in garbage {
        let mut stream = TcpStream::connect(server.address()).unwrap();
        stream.write_all(bytes).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        let mut answer = Vec::new();
        // A reset counts as a refusal.
        let _ = stream.read_to_end(&mut answer);
        assert!(!answer.windows(5).any(|five| five == b" 200 "), "{bytes:?}");
    }
    assert_eq!(server.ask(&call("<a/>")).status, 200);
    assert_eq!(server.calls(), 1);
}

#[test]
fn a_head_without_end_is_refused() {
    let server = Server::start();
    let mut client: Client = server.connect();
    client.send(format!("GET / HTTP/1.1\r\nHost: h\r\nX: {}", "x".repeat(64 * 1_024)));
    assert!(!client.rest().contains(" 200 "));
}
