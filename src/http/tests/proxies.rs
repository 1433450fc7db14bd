//! Who the client is, when a proxy stands between.

use crate::http::tests::harness::{AUTHORIZED, Server, call};

fn call_for(client: &str) -> String {
    format!(
        "POST /ws/pos_1 HTTP/1.1\r\nHost: h\r\n{AUTHORIZED}X-Forwarded-For: {client}\r\nContent-Length: 4\r\n\r\n<a/>"
    )
}

#[test]
fn only_a_trusted_proxy_is_believed() {
    let trusting = Server::start_with(|settings| settings.trusted_proxies = "127.0.0.0/8".parse().unwrap());
    assert!(trusting.ask(&call_for("203.0.113.9")).body.ends_with("|203.0.113.9|<a/>"));
    assert!(trusting.ask(&call_for("1.1.1.1, 203.0.113.9")).body.ends_with("|203.0.113.9|<a/>"));
    assert!(trusting.ask(&call("<a/>")).body.ends_with("|127.0.0.1|<a/>"));
    let others = Server::start_with(|settings| settings.trusted_proxies = "10.0.0.0/8".parse().unwrap());
    assert!(others.ask(&call_for("203.0.113.9")).body.ends_with("|127.0.0.1|<a/>"));
}

#[test]
fn a_proxy_line_names_the_client_of_the_whole_connection() {
    let server = Server::start_with(|settings| {
        settings.trusted_proxies = "127.0.0.1".parse().unwrap();
        settings.proxy_protocol = true;
    });
    let v2 = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xcb\0\x71\x09\x0a\0\0\x01\x30\x39\0\x50";
    for line in [b"PROXY TCP4 203.0.113.9 10.0.0.1 12345 80\r\n".as_slice(), v2] {
        let mut client = server.connect();
        for byte in line {
            client.send([*byte]);
        }
        // The client is not a trusted proxy: its forwarded headers are ignored.
        client.send(format!("{}{}", call("<a/>"), call_for("198.51.100.1")));
        for _ in 0..2 {
            assert!(client.read().body.ends_with("|203.0.113.9|<a/>"));
        }
    }
    let mut watcher = server.connect();
    watcher.send(format!("PROXY UNKNOWN\r\n{}", call("<a/>")));
    assert!(watcher.read().body.ends_with("|127.0.0.1|<a/>"));

    let mut without = server.connect();
    without.send(call("<a/>"));
    assert!(without.is_closed(), "a trusted proxy has to begin with the line");
}

#[test]
fn a_stranger_cannot_name_itself_by_a_proxy_line() {
    for networks in ["10.0.0.0/8", ""] {
        let server = Server::start_with(|settings| {
            settings.trusted_proxies = networks.parse().unwrap();
            settings.proxy_protocol = true;
        });
        let line = "PROXY TCP4 203.0.113.9 10.0.0.1 12345 80\r\n";
        assert_eq!(server.ask(&format!("{line}{}", call("<a/>"))).status, 400);
        assert!(server.ask(&call("<a/>")).body.ends_with("|127.0.0.1|<a/>"));
        assert_eq!(server.calls(), 1);
    }
}

#[test]
fn a_proxy_line_that_does_not_come_is_not_waited_for() {
    let server = Server::start_with(|settings| {
        settings.trusted_proxies = "127.0.0.1".parse().unwrap();
        settings.proxy_protocol = true;
        settings.header_read_timeout = std::time::Duration::from_millis(20);
    });
    let mut client = server.connect();
    client.send("PROXY TC");
    assert!(client.is_closed());
}
