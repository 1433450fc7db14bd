//! Channels against a provider on loopback, with documented and with malformed answers.

use std::{
    fmt,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    thread::JoinHandle,
};

use super::*;

const PHONE: &str = "+79161234567";
const DIGITS: &str = "79161234567";
/// Characters that a wrong escaping would spoil.
const TEXT: &str = "Код: 483920. ООО «Ёж» & \"Ко\" <50% + 'бонус'>\nvторая\\строка\tконец = {да}; №1";
const SECRET: &str = "s3cr&t/ключ \"+=%";

#[test]
fn sms_ru_takes_a_message_and_the_text_arrives_exactly() {
    let provider = Provider::answering([json(
        r#"{"status":"OK","status_code":100,"sms":{"79161234567":{"status":"OK","status_code":100,"sms_id":"000000-10000000"}},"balance":4122.56}"#,
    )]);
    let channel = channel(&provider, r#"preset = "sms.ru""#).unwrap();
    let done = channel.submit(&message()).unwrap();
    assert_eq!(done, Submitted { provider_id: Some("000000-10000000".into()), status: Status::Submitted });
    assert_eq!(channel.name(), "sms.ru");
    let request = provider.only_request();
    assert_eq!(request.line, "POST /sms/send HTTP/1.1");
    assert_eq!(request.header("content-type"), "application/x-www-form-urlencoded");
    let expected = [("api_id", SECRET), ("json", "1"), ("msg", TEXT), ("to", DIGITS)];
    assert_eq!(request.form(), expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
}

#[test]
fn a_sender_is_sent_once_there_is_one_and_the_messages_own_goes_first() {
    for (configured, own, sent) in [("A-Net", None, "A-Net"), ("A-Net", Some("Дом & Ко"), "Дом & Ко")] {
        let provider = Provider::answering([sms_ru(100)]);
        let channel = channel(&provider, &format!("preset = \"sms.ru\"\nsender = \"{configured}\"")).unwrap();
        channel.submit(&Message { sender: own.map(Into::into), ..message() }).unwrap();
        assert!(provider.only_request().form().contains(&("from".into(), sent.into())));
    }
}

#[test]
fn sms_ru_without_money_is_a_permanent_failure() {
    for answer in [sms_ru(201), json(r#"{"status":"ERROR","status_code":201,"status_text":"…"}"#)] {
        let provider = Provider::answering([answer]);
        let error = refusal(&provider, r#"preset = "sms.ru""#);
        let what = "the provider answered 201: not enough money on the account".to_owned();
        assert_eq!(error, ChannelError::Permanent { what });
    }
}

#[test]
fn sms_ru_with_too_many_messages_or_out_of_service_is_a_temporary_failure() {
    for (code, seconds) in [(220, 15), (231, 60), (230, 3600), (206, 3600)] {
        let provider = Provider::answering([sms_ru(code)]);
        let ChannelError::Temporary { what, retry_after_s } = refusal(&provider, r#"preset = "sms.ru""#) else {
            panic!("{code} is not temporary")
        };
        assert!(what.contains(&code.to_string()), "{what}");
        assert_eq!(retry_after_s, Some(seconds));
    }
}

#[test]
fn sms_ru_that_says_ok_of_nothing_leaves_the_outcome_open() {
    let provider = Provider::answering([json(r#"{"status":"OK","status_code":100,"sms":{}}"#)]);
    assert!(matches!(refusal(&provider, r#"preset = "sms.ru""#), ChannelError::Unknown { .. }));
}

#[test]
fn smsc_ru_takes_a_message_by_its_id() {
    let provider = Provider::answering([json(r#"{"id": 4711, "cnt": 1}"#)]);
    let done = channel(&provider, r#"preset = "smsc.ru""#).unwrap().submit(&message()).unwrap();
    assert_eq!(done, Submitted { provider_id: Some("4711".into()), status: Status::Submitted });
    let request = provider.only_request();
    assert_eq!(request.line, "POST /sys/send.php HTTP/1.1");
    let form = request.form();
    for (name, value) in [("login", SECRET), ("psw", SECRET), ("phones", DIGITS), ("mes", TEXT), ("fmt", "3")] {
        assert!(form.contains(&(name.into(), value.into())), "{name} in {form:?}");
    }
}

#[test]
fn smsc_ru_refuses_for_good_and_for_now() {
    let permanent = Provider::answering([json(r#"{"error":"no money","error_code":3,"id":4711}"#)]);
    assert!(matches!(refusal(&permanent, r#"preset = "smsc.ru""#), ChannelError::Permanent { .. }));
    let temporary = Provider::answering([json(r#"{"error":"duplicate request, wait a minute","error_code":9}"#)]);
    let error = refusal(&temporary, r#"preset = "smsc.ru""#);
    assert!(matches!(error, ChannelError::Temporary { retry_after_s: Some(60), .. }), "{error:?}");
}

#[test]
fn an_answer_nobody_can_read_leaves_the_outcome_open() {
    let spoilt = [
        json("<html>OK</html>"),
        json(""),
        json(r#"{"status_code":100"#),
        json("[]"),
        json(r#"{"status_code":999}"#),
        Answer::Bytes(b"SIP/2.0 200 OK\r\n\r\n".to_vec()),
        Answer::Bytes(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{}".to_vec()),
    ];
    for answer in spoilt {
        let provider = Provider::answering([answer]);
        let error = refusal(&provider, r#"preset = "sms.ru""#);
        assert!(matches!(error, ChannelError::Unknown { .. }), "{error:?}");
    }
}

#[test]
fn http_statuses_decide_what_may_be_sent_again() {
    for (status, expected) in [(500, "unknown"), (502, "unknown"), (429, "temporary"), (503, "temporary")] {
        assert_eq!(kind(&http_status(status, "")), expected, "{status}");
    }
    for status in [400, 401, 403, 404] {
        assert_eq!(kind(&http_status(status, "")), "permanent", "{status}");
    }
}

#[test]
fn a_providers_retry_after_is_believed_within_reason() {
    for (header, expected) in [("30", Some(30)), ("999999999", Some(3600)), ("Fri, 21 Nov 2025 12:00:00 GMT", None)] {
        let error = http_status(503, &format!("retry-after: {header}\r\n"));
        assert!(matches!(error, ChannelError::Temporary { retry_after_s, .. } if retry_after_s == expected));
    }
}

#[test]
fn a_redirect_is_not_followed() {
    // A second connection would find no answer prepared and fail otherwise.
    let error = http_status(302, "location: /elsewhere\r\n");
    assert!(matches!(&error, ChannelError::Permanent { what } if what.contains("redirect")), "{error:?}");
}

#[test]
fn an_answer_that_does_not_come_leaves_the_outcome_open() {
    let provider = Provider::answering([Answer::Withheld]);
    let error = refusal(&provider, "preset = \"sms.ru\"\nanswer_timeout_ms = 50");
    assert!(matches!(&error, ChannelError::Unknown { what } if what.contains("time limit")), "{error:?}");
    assert_eq!(provider.only_request().line, "POST /sms/send HTTP/1.1");
}

#[test]
fn a_connection_broken_before_the_answer_leaves_the_outcome_open() {
    let provider = Provider::answering([Answer::Bytes(Vec::new())]);
    assert!(matches!(refusal(&provider, r#"preset = "sms.ru""#), ChannelError::Unknown { .. }));
}

#[test]
fn an_endless_answer_is_cut_and_leaves_the_outcome_open() {
    let provider = Provider::answering([json(&format!(r#"{{"x":"{}"}}"#, "y".repeat(70_000)))]);
    let error = refusal(&provider, r#"preset = "sms.ru""#);
    assert!(matches!(&error, ChannelError::Unknown { what } if what.contains("65536 bytes")), "{error:?}");
}

#[test]
fn a_refused_connection_is_temporary_for_nothing_has_left() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let channel = channel_at(&base, r#"preset = "sms.ru""#).unwrap();
    let error = silent(channel.submit(&message()).unwrap_err());
    assert!(matches!(&error, ChannelError::Temporary { what, .. } if what.contains(&base)), "{error:?}");
}

#[test]
fn a_failed_tls_handshake_is_temporary_for_nothing_has_left() {
    // A server that answers a TLS greeting in plain text.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("https://{}", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _ = stream.read(&mut [0; 4096]);
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
    });
    let channel = channel_at(&base, r#"preset = "sms.ru""#).unwrap();
    let error = silent(channel.submit(&message()).unwrap_err());
    assert!(matches!(&error, ChannelError::Temporary { what, .. } if what.contains("TLS")), "{error:?}");
    server.join().unwrap();
}

#[test]
fn where_the_provider_knows_our_id_an_open_outcome_is_temporary() {
    let answers = [Answer::Withheld, json("garbage"), Answer::Bytes(Vec::new()), status_line(500, "")];
    for answer in answers {
        let provider = Provider::answering([answer]);
        let error = refusal(&provider, &format!("answer_timeout_ms = 50\n{JSON_TEMPLATE}"));
        assert!(matches!(error, ChannelError::Temporary { .. }), "{error:?}");
    }
}

#[test]
fn a_json_body_holds_the_text_exactly() {
    let provider = Provider::answering([json(r#"{"state":"queued","messageId":"m-1"}"#)]);
    let done = channel(&provider, JSON_TEMPLATE).unwrap().submit(&message()).unwrap();
    assert_eq!(done.provider_id.as_deref(), Some("m-1"));
    let request = provider.only_request();
    assert_eq!(request.header("content-type"), "application/json; charset=utf-8");
    assert_eq!(request.header("authorization"), "Bearer tokentoken");
    let body: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
    assert_eq!(body, serde_json::json!({"key": SECRET, "ref": 42, "to": PHONE, "text": TEXT}));
}

#[test]
fn an_xml_body_holds_the_text_exactly() {
    let provider = Provider::answering([json(r#"{"state":0}"#)]);
    channel(&provider, XML_TEMPLATE).unwrap().submit(&message()).unwrap();
    let request = provider.only_request();
    assert_eq!(request.header("content-type"), "text/xml");
    let body = String::from_utf8(request.body).unwrap();
    let text = body.strip_prefix("<sms to='79161234567'>").and_then(|rest| rest.strip_suffix("</sms>")).unwrap();
    assert!(!text.contains(['<', '>', '"', '\'', '\n']), "{text}");
    let entities = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&apos;", "'"),
        ("&#10;", "\n"),
        ("&#9;", "\t"),
        ("&amp;", "&"),
    ];
    let read = entities.iter().fold(text.to_owned(), |text, (entity, meant)| text.replace(entity, meant));
    assert_eq!(read, TEXT);
}

#[test]
fn a_get_carries_everything_in_path_and_query() {
    let provider = Provider::answering([json(r#"{"state":"ok"}"#)]);
    channel(&provider, GET_TEMPLATE).unwrap().submit(&message()).unwrap();
    let request = provider.only_request();
    assert!(request.body.is_empty());
    let target = request.line.strip_prefix("GET /send/79161234567?v=2&").unwrap();
    let query = target.strip_suffix(" HTTP/1.1").unwrap();
    let expected = [("key", SECRET), ("text", TEXT), ("to", PHONE)];
    assert_eq!(decode_form(query), expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
}

#[test]
fn one_channel_sends_many_messages() {
    let provider = Provider::answering([sms_ru(100), sms_ru(201), sms_ru(100)]);
    let channel = channel(&provider, r#"preset = "sms.ru""#).unwrap();
    let outcomes = [1, 2, 3].map(|id| channel.submit(&Message { id, ..message() }).is_ok());
    assert_eq!(outcomes, [true, false, true]);
    assert_eq!(provider.requests().len(), 3);
}

#[test]
fn where_the_provider_knows_our_id_connections_are_kept_and_a_broken_one_costs_a_second_try() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let Answer::Bytes(answer) = json(r#"{"state":"queued"}"#) else { unreachable!() };
    let server = std::thread::spawn(move || {
        let (mut first, _) = listener.accept().unwrap();
        for _ in 0..2 {
            read_request(&first);
            first.write_all(&answer).unwrap();
        }
        // The third is read and not answered.
        let third = read_request(&first);
        drop(first);
        let (mut second, _) = listener.accept().unwrap();
        let again = read_request(&second);
        second.write_all(&answer).unwrap();
        assert_eq!(third.body, again.body);
        // The fourth has the second connection still.
        read_request(&second);
    });
    let channel = channel_at(&base, JSON_TEMPLATE).unwrap();
    for _ in 0..3 {
        channel.submit(&message()).unwrap();
    }
    assert!(matches!(channel.submit(&message()), Err(ChannelError::Temporary { .. })));
    server.join().unwrap();
}

#[test]
fn a_recipient_that_is_no_phone_is_refused_before_anything_is_sent() {
    let channel = channel_at("http://127.0.0.1:9", r#"preset = "sms.ru""#).unwrap();
    for recipient in ["", "79161234567", "+7916", "+7916123456789012", "+7916x234567", "+79161234567&to=1"] {
        let error = channel.submit(&Message { recipient: recipient.into(), ..message() }).unwrap_err();
        assert!(matches!(error, ChannelError::Permanent { .. }), "{recipient}");
    }
}

#[test]
fn the_path_of_a_reverse_proxy_goes_before_the_providers() {
    let provider = Provider::answering([sms_ru(100)]);
    let channel = channel_at(&format!("{}/out/", provider.base), r#"preset = "sms.ru""#).unwrap();
    channel.submit(&message()).unwrap();
    assert_eq!(provider.only_request().line, "POST /out/sms/send HTTP/1.1");
}

#[test]
fn every_preset_builds_and_speaks_https() {
    for name in presets::names() {
        let config = parse(&format!("channel = \"http\"\npreset = \"{name}\""));
        let channel = build(&config, &|_| Some(SECRET.into())).unwrap();
        assert_eq!(channel.name(), name);
        assert!(presets::load(name).unwrap().1.url.starts_with("https://"));
    }
}

#[test]
fn a_secret_comes_from_the_environment_first_and_then_from_the_file() {
    for (environment, expected) in [(Some("from-env"), "from-env"), (None, "from-file")] {
        let provider = Provider::answering([sms_ru(100)]);
        let text = "channel = \"http\"\npreset = \"sms.ru\"\nsecrets.api_id = \"from-file\"";
        let config = parse(&format!("{text}\nbase_url = \"{}\"", provider.base));
        let env = |name: &str| environment.filter(|_| name == "KOPILKA_SMS_API_ID").map(str::to_owned);
        build(&config, &env).unwrap().submit(&message()).unwrap();
        assert!(provider.only_request().form().contains(&("api_id".into(), expected.into())));
    }
}

#[test]
fn a_missing_secret_is_found_at_start_and_says_where_to_put_it() {
    let config = parse("channel = \"http\"\npreset = \"sms.ru\"");
    for unset in [None, Some(String::new())] {
        let error = build(&config, &|_| unset.clone()).err().unwrap();
        let variable = "KOPILKA_SMS_API_ID".to_owned();
        assert_eq!(error, ConfigError::MissingSecret { name: "api_id".into(), variable });
        assert!(error.to_string().contains("set the environment variable KOPILKA_SMS_API_ID"));
    }
}

#[test]
fn what_is_wrong_with_a_configuration_is_said_at_start() {
    let cases = [
        ("", "exactly one"),
        ("preset = 'sms.ru'\n[template]\nurl='https://x/'\nbody_kind='none'\nanswer={}", "both are given"),
        ("preset = 'smsru'", "use one of sms.ru, smsc.ru"),
        ("preset = 'sms.ru'\nbase_url = 'sms.ru'", "https://host/path"),
        ("preset = 'sms.ru'\nbase_url = 'https://u:p@host'", "https://host/path"),
        ("preset = 'sms.ru'\nbase_url = 'http://sms.ru'", "plain http"),
        ("preset = 'sms.ru'\nanswer_timeout_ms = 0", "from 1 to 120000"),
    ];
    for (text, expected) in cases {
        let error = build(&parse(&format!("channel = 'http'\n{text}")), &|_| Some(SECRET.into())).err().unwrap();
        assert!(error.to_string().contains(expected), "{text}: {error}");
    }
}

#[test]
fn what_is_wrong_with_a_template_is_said_at_start() {
    let cases = [
        ("body_kind='form'\nform.a='{{txt}}'", "form.a: {{txt}} is unknown"),
        ("body_kind='form'\nform.a='{{text'", "never closed"),
        ("body_kind='form'\nform.a='{{secret.none}}'", "KOPILKA_SMS_NONE"),
        ("body_kind='form'\nform.a='{{secret.A B}}'", "is no secret's name"),
        ("body_kind='form'", "give the fields in [form]"),
        ("body_kind='json'", "give the text in `body`"),
        ("body_kind='json'\nbody='{\"a\": {{text}}}'", "is not JSON"),
        ("body_kind='json'\nbody='{\"a\": \"{{sender}}\"}'", "set `sender`"),
        ("body_kind='xml'\nbody='x'", "is not XML"),
        ("body_kind='xml'\nbody='<a><![CDATA[{{text}}]]></a>'", "CDATA"),
        ("body_kind='none'\nbody='x'", "remove them"),
        ("body_kind='none'\ncontent_type='text/xml'", "there is no body"),
        ("body_kind='form'\nmethod='GET'\nform.a='1'", "a GET has no body"),
        ("body_kind='none'\nheaders.X='{{text}}'", "may not stand in a header"),
        ("body_kind='none'\nheaders.X='{{secret.key}}'", "only printable ASCII"),
        ("body_kind='none'\nheaders.Host='x'", "by the channel itself"),
        ("body_kind='none'\nheaders.'a b'='x'", "is not a header's name"),
        ("body_kind='none'\ndedupes_by_id=true", "{{id}} is nowhere sent"),
        ("body_kind='none'\nanswer_bytes_max=0", "answer_bytes_max"),
    ];
    for (text, expected) in cases {
        let error = template_error("https://localhost/send", text);
        assert!(error.contains(expected), "{text}: {error}");
    }
    for url in ["ftp://host/", "host/path", "https:///path", "https://{{phone}}/", "https://h st/", "https://ho[st/"] {
        assert!(template_error(url, "body_kind='none'").contains("url"), "{url}");
    }
}

#[test]
fn an_unknown_setting_is_refused() {
    for text in ["channel='http'\npreset='sms.ru'\nurl='x'", "channel='console'\nfiles='x'", "channel='pigeon'"] {
        assert!(toml::from_str::<ChannelConfig>(text).is_err(), "{text}");
    }
    assert!(toml::from_str::<HttpTemplate>("url='https://x/'\nbody_kind='none'\nanswer={}\nfrom='x'").is_err());
}

#[test]
fn the_console_is_a_channel_too() {
    let file = std::env::temp_dir().join(format!("kopilka-build-{}.log", std::process::id()));
    let config = parse(&format!("channel = 'console'\nfile = '{}'", file.display()));
    assert_eq!(build(&config, &|_| None).unwrap().name(), "console");
    std::fs::remove_file(file).unwrap();
    assert!(matches!(parse("channel = 'console'"), ChannelConfig::Console(it) if it.file.ends_with("sms.log")));
}

#[test]
fn nothing_shows_a_phone_a_text_or_a_secret() {
    silent(message());
    silent(Secret::new(SECRET));
    let config = parse(&format!(
        "channel = 'http'\nsecrets.api_id = '''{SECRET}'''\n[template]\nurl = 'https://x/?k={DIGITS}'\nbody_kind = 'form'\n\
         form.to = '{PHONE}'\nform.k = '''{SECRET}'''\nanswer = {{ status = ['/s'], accepted = [0] }}"
    ));
    silent(config.clone());
    if let ChannelConfig::Http(http) = &config {
        silent(http.clone());
        silent(http.template.clone());
    }
    let secrets = |_: &str| Some(Secret::new(SECRET));
    silent(HttpChannel::new("sms.ru", &presets::load("sms.ru").unwrap().1, &secrets, None).unwrap());
}

/// A provider that knows our id, after no real one.
const JSON_TEMPLATE: &str = r#"
[template]
url = "https://provider.invalid/v1/send"
headers = { Authorization = "Bearer {{secret.token}}" }
body_kind = "json"
body = '''{"key": "{{secret.key}}", "ref": {{id}}, "to": "{{phone_plus}}", "text": "{{text}}"}'''
dedupes_by_id = true
answer = { status = ["/state"], id = "/messageId", accepted = ["queued"] }
"#;

const XML_TEMPLATE: &str = r#"
[template]
url = "https://provider.invalid/xml"
body_kind = "xml"
content_type = "text/xml"
body = "<sms to='{{phone}}'>{{text}}</sms>"
answer = { status = ["/state"], accepted = [0] }
"#;

const GET_TEMPLATE: &str = r#"
[template]
method = "GET"
url = "https://provider.invalid/send/{{phone}}?v=2"
query = { to = "{{phone_plus}}", text = "{{text}}", key = "{{secret.key}}", from = "{{sender}}" }
body_kind = "none"
answer = { status = ["/state"], accepted = ["ok"] }
"#;

fn message() -> Message {
    Message { id: 42, recipient: PHONE.into(), text: Secret::new(TEXT), sender: None }
}

fn parse(text: &str) -> ChannelConfig {
    toml::from_str(text).unwrap()
}

fn env(name: &str) -> Option<String> {
    match name {
        "KOPILKA_SMS_TOKEN" => Some("tokentoken".into()),
        "KOPILKA_SMS_NONE" => None,
        _ => Some(SECRET.into()),
    }
}

fn channel(provider: &Provider, text: &str) -> Result<Box<dyn Channel>, ConfigError> {
    channel_at(&provider.base, text)
}

fn channel_at(base: &str, text: &str) -> Result<Box<dyn Channel>, ConfigError> {
    build(&parse(&format!("channel = \"http\"\nbase_url = \"{base}\"\n{text}")), &env)
}

/// What one submission fails with; checked to tell no secrets.
fn refusal(provider: &Provider, text: &str) -> ChannelError {
    let error = silent(channel(provider, text).unwrap().submit(&message()).unwrap_err());
    // What is shown to people must be in what was just looked through.
    assert!(format!("{error:?}").contains(error.to_string().split_once(": ").unwrap().1));
    error
}

fn http_status(status: u16, headers: &str) -> ChannelError {
    let provider = Provider::answering([status_line(status, headers)]);
    refusal(&provider, r#"preset = "sms.ru""#)
}

fn kind(error: &ChannelError) -> &'static str {
    match error {
        ChannelError::Temporary { .. } => "temporary",
        ChannelError::Permanent { .. } => "permanent",
        ChannelError::Unknown { .. } => "unknown",
    }
}

fn template_error(url: &str, text: &str) -> String {
    let answer = "answer = { status = ['/s'], accepted = [0] }";
    let config = parse(&format!("channel = 'http'\n[template]\nurl = '{url}'\n{text}\n{answer}"));
    let error = build(&config, &env).err().unwrap_or_else(|| panic!("{url} {text} was taken"));
    assert!(!format!("{error} {error:?}").contains(SECRET));
    error.to_string()
}

/// Asserts that a value's `Debug` shows no phone, text or secret; gives the value back.
fn silent<T: fmt::Debug>(value: T) -> T {
    let shown = format!("{value:?} {value:#?}");
    for hidden in [DIGITS, "483920", "Код", "s3cr", "tokentoken"] {
        assert!(!shown.contains(hidden), "{hidden} in {shown}");
    }
    value
}

fn sms_ru(code: u16) -> Answer {
    json(&format!(
        r#"{{"status":"OK","status_code":100,"sms":{{"{DIGITS}":{{"status":"…","status_code":{code},"status_text":"{PHONE}","sms_id":"0-1"}}}}}}"#
    ))
}

fn json(body: &str) -> Answer {
    let head = format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n", body.len());
    Answer::Bytes([head.as_bytes(), body.as_bytes()].concat())
}

fn status_line(status: u16, headers: &str) -> Answer {
    let body = format!("{PHONE} {TEXT}");
    Answer::Bytes(format!("HTTP/1.1 {status} X\r\n{headers}content-length: {}\r\n\r\n{body}", body.len()).into_bytes())
}

enum Answer {
    /// Written as they are; then the connection is closed.
    Bytes(Vec<u8>),
    /// Nothing is written until the client has given up.
    Withheld,
}

/// A provider on loopback: it serves prepared connections and answers one after another, then stops listening.
struct Provider {
    base: String,
    server: JoinHandle<Vec<Request>>,
}

impl Provider {
    fn answering<const N: usize>(answers: [Answer; N]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let serve = move || answers.map(|answer| serve(&listener, answer)).into();
        Self { base, server: std::thread::spawn(serve) }
    }

    fn requests(self) -> Vec<Request> {
        self.server.join().unwrap()
    }

    fn only_request(self) -> Request {
        let mut requests = self.requests();
        assert_eq!(requests.len(), 1);
        requests.remove(0)
    }
}

struct Request {
    line: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Request {
    fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str()).unwrap_or_default()
    }

    fn form(&self) -> Vec<(String, String)> {
        decode_form(std::str::from_utf8(&self.body).unwrap())
    }
}

fn serve(listener: &TcpListener, answer: Answer) -> Request {
    let (mut stream, _) = listener.accept().unwrap();
    let request = read_request(&stream);
    match answer {
        // The client may have had enough of an endless answer.
        Answer::Bytes(bytes) => drop(stream.write_all(&bytes)),
        Answer::Withheld => drop(stream.read(&mut [0])),
    }
    request
}

fn read_request(stream: &TcpStream) -> Request {
    let mut reader = BufReader::new(stream);
    let mut lines = reader.by_ref().lines().map(Result::unwrap).take_while(|line| !line.is_empty());
    let line = lines.next().unwrap();
    let headers: Vec<_> = lines
        .map(|line| line.split_once(':').map(|(name, value)| (name.to_lowercase(), value.trim().to_owned())).unwrap())
        .collect();
    let length =
        headers.iter().find(|(name, _)| name == "content-length").map_or(0, |(_, value)| value.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    Request { line, headers, body }
}

/// Reads a form as a provider would, by other code than that which wrote it.
fn decode_form(form: &str) -> Vec<(String, String)> {
    form.split('&')
        .map(|pair| pair.split_once('=').unwrap())
        .map(|(name, value)| (decode(name), decode(value)))
        .collect()
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes().iter().copied();
    while let Some(byte) = rest.next() {
        match byte {
            b'%' => {
                let hex = [rest.next().unwrap(), rest.next().unwrap()];
                bytes.push(u8::from_str_radix(std::str::from_utf8(&hex).unwrap(), 16).unwrap());
            }
            b'+' => bytes.push(b' '),
            other => bytes.push(other),
        }
    }
    String::from_utf8(bytes).unwrap()
}
