//! Pages of sites, by the same limits as calls.

use std::time::Duration;

use crate::http::tests::{
    harness::{Server, call},
    post,
};

#[test]
fn a_page_is_asked_of_the_site_whose_prefix_is_the_longest() {
    let server = Server::start();
    let asked =
        |target: &str| server.ask(&format!("GET {target} HTTP/1.1\r\nHost: shop.example\r\nX-Said: что\r\n\r\n"));
    let page = asked("/page?a=b&c");
    assert_eq!(page.status, 200);
    assert_eq!(page.body, "/|get|/page|a=b&c|http://shop.example|что|127.0.0.1|");
    assert!(asked("/other").body.starts_with("/other|get|/other||"));
    assert!(asked("/other/page").body.starts_with("/other|get|/other/page||"));
    // A service's address without `?wsdl` is a page too.
    assert!(asked("/ws/pos_1").body.starts_with("/|get|/ws/pos_1||"));
    for nowhere in ["/nowhere", "/others", "/ws/none?wsdl", "/ws/"] {
        let lost = asked(nowhere);
        assert_eq!((lost.status, lost.body.as_str()), (404, "no such page"), "{nowhere}");
    }
}

#[test]
fn a_service_is_found_under_other_spellings_and_behind_a_prefix() {
    let server = Server::start();
    let wsdl = |target: &str| server.ask(&format!("GET {target}?wsdl HTTP/1.1\r\nHost: shop.example\r\n\r\n"));
    for path in ["/ws/Pos_1", "/ws/pos_1/", "/ws/POS_1.1CWS", "/ws/pos_1.1cws/"] {
        let reply = wsdl(path);
        assert!(
            reply.status == 200 && reply.body.contains("\"http://shop.example/ws/pos_1\""),
            "{path}: {}",
            reply.body
        );
    }
    let behind = wsdl("/loyalty/79001234567/ws/Pos_1");
    assert!(behind.body.contains("\"http://shop.example/loyalty/79001234567/ws/pos_1\""), "{}", behind.body);
    assert_eq!(server.ask(&call("<a/>").replace("/ws/pos_1", "/loyalty/79001234567/ws/Pos_1/")).status, 200);
    for nowhere in ["/ws/none", "/ws/pos_1/more", "/wsx/pos_1"] {
        assert_eq!(wsdl(nowhere).status, 404, "{nowhere}");
    }
    // What stands before the services may hold anything: the log names the service alone.
    let log = server.log();
    assert!(!log.contains("79001234567") && log.contains("service=\"pos_1\""), "{log}");
}

#[test]
fn a_form_is_sent_in_whatever_type_and_without_a_name() {
    let server = Server::start();
    let reply = server.ask(&post("/page", "Content-Type: application/x-www-form-urlencoded\r\n", "a=1&b=2"));
    assert_eq!((reply.status, reply.body.as_str()), (200, "/|post|/page||http://h||127.0.0.1|a=1&b=2"));
    let mut kept = server.connect();
    for _ in 0..2 {
        kept.send(post("/page", "", "x"));
        assert_eq!(kept.read().status, 200);
    }
}

#[test]
fn a_form_keeps_to_the_limits_of_a_call() {
    let server = Server::start_with(|settings| {
        settings.body_bytes_max = 8;
        settings.body_read_timeout = Duration::from_millis(50);
        settings.answer_timeout = Duration::from_millis(50);
    });
    let status = |request: &str| {
        let reply = server.ask(request);
        assert_eq!(reply.header("Content-Type"), Some("text/plain; charset=utf-8"));
        reply.status
    };
    assert_eq!(status(&post("/page", "", "123456789")), 413);
    assert_eq!(status(&post("/page", "Content-Encoding: deflate\r\n", "1")), 415);
    assert_eq!(status(&post("/page", "Content-Encoding: gzip\r\n", "1")), 400);
    assert_eq!(status("POST /page HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n12"), 408);
    assert_eq!(status("POST /page HTTP/1.0\r\n\r\n12"), 411);
    assert_eq!(status("GET /never HTTP/1.1\r\nHost: h\r\n\r\n"), 503);
    assert_eq!(server.calls(), 0);
}

#[test]
fn a_page_that_panics_is_one_plain_answer_and_the_server_lives() {
    let server = Server::start();
    for path in ["/panic", "/panic/later"] {
        let reply = server.ask(&format!("GET {path} HTTP/1.1\r\nHost: h\r\n\r\n"));
        assert_eq!((reply.status, reply.body.as_str()), (500, "Ошибка сервера. Повторите запрос позднее.\n"), "{path}");
    }
    assert_eq!(server.ask(&call("<a/>")).status, 200);
}

#[test]
fn the_log_names_a_page_and_no_path_that_is_not_one() {
    let server = Server::start();
    server.ask("GET /page?q=79001234567 HTTP/1.1\r\nHost: h\r\n\r\n");
    server.ask("GET /panic HTTP/1.1\r\nHost: h\r\n\r\n");
    let log = server.log();
    let lines: Vec<&str> = log.lines().filter(|line| line.contains("answered")).collect();
    assert!(lines[0].contains("path=\"/page\"") && lines[0].contains("status=200"), "{log}");
    assert!(lines[1].contains("(unknown)") && lines[1].contains("status=500"), "{log}");
    assert!(!log.contains("79001234567"), "{log}");
}
