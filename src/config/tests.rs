use std::{io::Write, path::Path};

use serde_json::Value;

use super::*;

fn load_with(file: &str, environment: &[(&str, &str)], overrides: &Overrides) -> Result<Config, ConfigError> {
    let path = scratch_file(file);
    let environment: Vec<_> = environment.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
    let loaded = Config::load(Some(&path), environment, overrides);
    std::fs::remove_file(&path).unwrap();
    loaded
}

fn load(file: &str, environment: &[(&str, &str)]) -> Result<Config, ConfigError> {
    load_with(file, environment, &Overrides::default())
}

fn scratch_file(text: &str) -> PathBuf {
    use std::sync::atomic::{AtomicU32, Ordering};
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let name = format!("kopilka-config-{}-{}.toml", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let path = std::env::temp_dir().join(name);
    std::fs::File::create(&path).unwrap().write_all(text.as_bytes()).unwrap();
    path
}

fn refused(file: &str, environment: &[(&str, &str)]) -> String {
    load(file, environment).unwrap_err().to_string()
}

fn keys(value: &Value) -> Vec<(String, Vec<String>)> {
    let section = |keys: &Value| keys.as_object().unwrap().keys().cloned().collect();
    value.as_object().unwrap().iter().map(|(name, keys)| (name.clone(), section(keys))).collect()
}

#[test]
fn nothing_at_all_is_a_valid_configuration() {
    assert_eq!(Config::load(None, [], &Overrides::default()).unwrap(), Config::default());
    assert_eq!(load("", &[]).unwrap(), Config::default());
}

#[test]
fn the_example_is_the_defaults() {
    assert_eq!(load(Config::example(), &[]).unwrap(), Config::default());
}

#[test]
fn the_example_names_every_key_with_a_comment() {
    // Keys without a default stand in the example as `# key = …`: they are uncommented here.
    let uncommented: Vec<&str> = Config::example()
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(rest) if rest.split_once(" = ").is_some_and(|(key, _)| !key.contains(' ')) => rest,
            _ => line,
        })
        .collect();
    for (number, line) in uncommented.iter().enumerate().filter(|(_, line)| line.contains(" = ")) {
        assert!(Config::example().lines().nth(number - 1).unwrap().starts_with("# "), "{line} has no comment");
    }
    let table: toml::Table = uncommented.join("\n").parse().unwrap();
    let example = serde_json::to_value(table).unwrap();
    assert_eq!(keys(&example), keys(&layers::defaults()));
}

#[test]
fn the_environment_is_stronger_than_the_file_and_the_command_line_than_both() {
    let file = "[server]\nlisten = \"127.0.0.1:1\"\nconnections_max = 7\n[database]\nretries_max = 1";
    let environment = [("KOPILKA_SERVER__LISTEN", "127.0.0.1:2"), ("KOPILKA_DATABASE__RETRIES_MAX", "2")];
    let config = load(file, &environment).unwrap();
    assert_eq!(config.server.listen.port(), 2);
    assert_eq!((config.server.connections_max, config.database.retries_max), (7, 2));

    let overrides = Overrides { database: Some("sqlite://other.db".into()), listen: Some("127.0.0.1:3".into()) };
    let config = load_with(file, &environment, &overrides).unwrap();
    assert_eq!(config.server.listen.port(), 3);
    assert_eq!(config.database.url.to_string(), "sqlite://other.db");
}

#[test]
fn variables_of_others_and_empty_ones_are_passed_over() {
    let others = [
        ("KOPILKA_CONFIG", "/etc/kopilka.toml"),
        ("KOPILKA_SERVICE_HOST", "10.0.0.1"),
        ("KOPILKA_PORT_8080_TCP_ADDR", "10.0.0.1"),
        ("KOPILKA_SERVER__PUBLIC_URL", ""),
        ("PATH", "/bin"),
    ];
    assert_eq!(load("", &others).unwrap(), Config::default());
}

#[test]
fn a_variable_with_a_single_underscore_is_refused_with_the_right_name() {
    let sentence = refused("", &[("KOPILKA_SERVER_LISTEN", "127.0.0.1:2")]);
    assert!(sentence.contains("KOPILKA_SERVER__LISTEN"), "{sentence}");
    let sentence = refused("", &[("KOPILKA_LISTEN", "127.0.0.1:2")]);
    assert!(sentence.contains("KOPILKA_SERVER__LISTEN"), "{sentence}");
}

#[test]
fn a_secret_of_digits_keeps_its_leading_zeroes() {
    let key = "00000000001111111111222222222233";
    let config = load("", &[("KOPILKA_SECURITY__KEY", key)]).unwrap();
    assert_eq!(config.security.key.as_ref().unwrap().reveal(), key);
    assert_eq!(config.key_source(), Some(KeySource::Inline(&Secret::new(key))));
    let shown = format!("{config:?} {}", toml::to_string(&config).unwrap());
    assert!(!shown.contains(key), "{shown}");
}

#[test]
fn unknown_keys_are_refused_by_name_and_place() {
    let sentence = refused("[server]\nconections_max = 1", &[]);
    assert!(sentence.contains("server") && sentence.contains("conections_max"), "{sentence}");
    assert!(sentence.contains(".toml") && sentence.contains("connections_max"), "{sentence}");
    assert!(refused("[sever]\nlisten = \"x\"", &[]).contains("sever"));
    let sentence = refused("", &[("KOPILKA_SERVER__CONECTIONS_MAX", "1")]);
    assert!(sentence.contains("KOPILKA_SERVER__CONECTIONS_MAX"), "{sentence}");
}

#[test]
fn a_value_of_the_wrong_type_is_refused_without_showing_it() {
    for file in ["database = \"postgres://u:s3cret@h/b\"", "[server]\nconnections_max = \"s3cret\""] {
        let sentence = refused(file, &[]);
        assert!(sentence.contains("found a text") && !sentence.contains("s3cret"), "{sentence}");
    }
    let sentence = refused("", &[("KOPILKA_JOBS__INTERVAL_S", "soon")]);
    assert!(sentence.contains("jobs.interval_s") && sentence.contains("KOPILKA_JOBS__INTERVAL_S"), "{sentence}");
    assert!(refused("[log]\nlevel = \"loud\"", &[]).contains("error, warn, info, debug, trace"));
    assert!(refused("[jobs]\ninterval_s = -1", &[]).contains("jobs.interval_s"));
    let sentence = refused("[database]\nurl = \"postgres://u:s3cret@h", &[]);
    assert!(sentence.contains("line 2") && !sentence.contains("s3cret"), "{sentence}");
}

#[test]
fn every_wrong_value_is_told_with_its_own_place() {
    let file =
        "[server]\nlisten = \"s3cret\"\nconections_max = 1\n[log]\nlevel = \"s3cret\"\n[jobs]\ninterval_s = \"7\"";
    let Err(ConfigError::Invalid(sentences)) = load(file, &[("KOPILKA_CODES__DIGITS", "s3cret")]) else {
        panic!("accepted")
    };
    let all = sentences.join("\n");
    assert_eq!(sentences.len(), 5, "{all}");
    for (key, place) in [
        ("codes.digits: found a text", "(in KOPILKA_CODES__DIGITS)"),
        ("jobs.interval_s: found a text", ".toml)"),
        ("log.level: the value is none of error, warn", ".toml)"),
        ("server: there is no key `conections_max` here", ".toml)"),
        ("server.listen: invalid socket address", ".toml)"),
    ] {
        assert!(sentences.iter().any(|said| said.starts_with(key) && said.ends_with(place)), "{key} in\n{all}");
    }
    assert!(!all.contains("s3cret"), "{all}");
    for name in ["KOPILKA_SERVER__", "KOPILKA___LISTEN", "KOPILKA_SERVER__LISTEN[0]", "KOPILKA_SMS__A.B"] {
        assert!(refused("", &[(name, "s3cret")]).contains(&format!("{name} sets nothing")), "{name}");
    }
}

#[test]
fn a_mistyped_database_is_refused_in_every_layer() {
    let overrides = Overrides { database: Some("kopilka.db".into()), listen: None };
    let by_command_line = load_with("", &[], &overrides).unwrap_err().to_string();
    assert!(by_command_line.contains("--database"), "{by_command_line}");
    let by_file = refused("[database]\nurl = \"postgre://u:s3cret@h/b\"", &[]);
    let by_environment = refused("", &[("KOPILKA_DATABASE__URL", "sqlite::memory:")]);
    for sentence in [by_command_line, by_file, by_environment] {
        assert!(sentence.contains("database.url") && sentence.contains("postgres://user"), "{sentence}");
        assert!(!sentence.contains("s3cret"), "{sentence}");
    }
}

#[test]
fn a_missing_file_is_an_error_and_not_silence() {
    let missing = Path::new("/nonexistent/kopilka.toml");
    let error = Config::load(Some(missing), [], &Overrides::default()).unwrap_err();
    assert!(matches!(error, ConfigError::Unreadable { .. }), "{error}");
}

#[test]
fn several_problems_are_reported_at_once() {
    let file = "[server]\nconnections_max = 0\nanswer_timeout_ms = 10\npublic_url = \"loyalty.example.ru\"\n\
                [database]\nurl = \"postgres://h/b\"\nwrite_queue_commands_max = 3\n[codes]\ndigits = 1\n\
                [security]\nkey = \"short\"\nkey_file = \"k\"";
    let Err(ConfigError::Invalid(sentences)) = load(file, &[]) else { panic!("accepted") };
    let all = sentences.join("\n");
    let expected = [
        "server.connections_max",
        "server.public_url",
        "server.answer_timeout_ms",
        "database.list_timeout_ms",
        "database.write_queue_commands_max",
        "are both given",
        "security.key is too short",
        "codes.digits",
    ];
    assert_eq!(sentences.len(), expected.len(), "{all}");
    for text in expected {
        assert!(all.contains(text), "{text} is missing in\n{all}");
    }
}

#[test]
fn the_key_is_beside_sqlite_unless_named_and_must_be_named_for_postgresql() {
    let beside = |path: &str| Some(KeySource::File { path: path.into(), may_create: true });
    assert_eq!(Config::default().key_source(), beside("kopilka.key"));
    let config = load("[database]\nurl = \"sqlite:///var/lib/kopilka/k.db\"", &[]).unwrap();
    assert_eq!(config.key_source(), beside("/var/lib/kopilka/kopilka.key"));

    let postgres = "[database]\nurl = \"postgres://h/b\"";
    assert!(refused(postgres, &[]).contains("KOPILKA_SECURITY__KEY"));
    let config = load(postgres, &[("KOPILKA_SECURITY__KEY_FILE", "/etc/kopilka.key")]).unwrap();
    assert_eq!(config.key_source(), Some(KeySource::File { path: "/etc/kopilka.key".into(), may_create: false }));
}

#[test]
fn the_sms_channel_keeps_settings_that_only_its_adapter_knows() {
    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(tag = "channel", rename_all = "lowercase", deny_unknown_fields)]
    enum Adapter {
        Console,
        Provider { login: String, token: String, port: u16, nested: toml::Table },
    }
    let file = "[sms]\nchannel = \"provider\"\nlogin = \"anna\"\n[sms.nested]\nx = 1";
    let environment = [("KOPILKA_SMS__TOKEN", "007"), ("KOPILKA_SMS__PORT", "443"), ("KOPILKA_SMS__ATTEMPTS_MAX", "3")];
    let config = load(file, &environment).unwrap();
    let nested = toml::Table::from_iter([("x".to_owned(), toml::Value::Integer(1))]);
    let expected = Adapter::Provider { login: "anna".into(), token: "007".into(), port: 443, nested };
    assert_eq!(config.sms.adapter::<Adapter>().unwrap(), expected);
    assert_eq!(config.sms.attempts_max, 3);
    assert!(!format!("{config:?}").contains("anna"));
    assert_eq!(Config::default().sms.adapter::<Adapter>().unwrap(), Adapter::Console);
}

#[test]
fn settings_are_shown_without_the_password() {
    let file = "[database]\nurl = \"postgres://anna:s3cret@h/b\"\n[security]\nkey_file = \"k\"";
    let config = load(file, &[]).unwrap();
    let shown = format!("{config:?} {}", toml::to_string(&config).unwrap());
    assert!(shown.contains("anna:***@h/b") && !shown.contains("s3cret"), "{shown}");
}

#[test]
fn defaults_are_a_tree_of_sections() {
    let defaults = layers::defaults();
    assert!(defaults.as_object().unwrap().values().all(Value::is_object));
}

#[test]
fn trusted_proxies_are_a_list_in_the_file_and_one_text_in_the_environment() {
    let inside = "10.1.2.3".parse().unwrap();
    let listed =
        load("[server]\ntrusted_proxies = [\"127.0.0.1\", \"10.0.0.0/8\"]\nproxy_protocol = true", &[]).unwrap();
    let environment =
        [("KOPILKA_SERVER__TRUSTED_PROXIES", "127.0.0.1, 10.0.0.0/8"), ("KOPILKA_SERVER__PROXY_PROTOCOL", "true")];
    assert_eq!(load("", &environment).unwrap(), listed);
    assert!(listed.server.trusted_proxies.contains(inside) && listed.server.proxy_protocol);
    assert!(!Config::default().server.trusted_proxies.contains(inside));
    let sentence = refused("[server]\ntrusted_proxies = [\"localhost\"]", &[]);
    assert!(sentence.contains("server.trusted_proxies") && sentence.contains("10.0.0.0/8"), "{sentence}");
    assert!(refused("[server]\nproxy_protocol = true", &[]).contains("names no proxy"));
}

#[test]
fn roots_go_and_come_with_a_secret_that_cannot_be_guessed() {
    let secret = "0123456789abcdef0123456789abcdef";
    let receive = format!("[seals]\nreceive_file = \"roots.txt\"\nreceive_secret = \"{secret}\"");
    let config =
        load(&receive, &[("KOPILKA_SEALS__URL_SECRET", secret), ("KOPILKA_SEALS__URL", "https://k/roots")]).unwrap();
    assert_eq!(config.seals.url_secret.as_ref().map(Secret::reveal), Some(secret));
    let shown = format!("{config:?} {}", toml::to_string(&config).unwrap());
    assert!(!shown.contains(secret) && !shown.contains("roots\""), "{shown}");
    for (url, shown) in [
        ("https://k/roots", "https://k"),
        ("https://user:word@k.example:8443/0123456789?a=@b", "https://k.example:8443"),
        ("http://[::1]:80/x", "http://[::1]:80"),
        ("http://user:wo/rd@k/x", "http://…"),
    ] {
        let config = load("", &[("KOPILKA_SEALS__URL", url)]).unwrap();
        assert_eq!(config.seals.shown_url(), shown);
    }
    for (file, says) in [
        (receive.replace("cdef\"", "cde\""), "seals.receive_secret must have at least 32 characters"),
        (receive.replace("cdef0", "cd f0"), "seals.receive_secret must have at least 32 characters"),
        ("[seals]\nreceive_file = \"roots.txt\"".into(), "given together"),
        (format!("[seals]\nreceive_secret = \"{secret}\""), "given together"),
        (format!("{receive}\nfile = \"roots.txt\""), "also seals.file"),
        (format!("[seals]\nurl_secret = \"{secret}\""), "seals.url_secret is given without seals.url"),
        ("[seals]\nphone_period_s = 60".into(), "seals.phone_period_s"),
    ] {
        let sentence = refused(&file, &[]);
        assert!(sentence.contains(says) && !sentence.contains("0123456789"), "{sentence}");
    }
}

#[test]
fn tls_needs_both_files() {
    let one = "[server.tls]\ncertificate_file = \"c.pem\"";
    assert!(refused(one, &[]).contains("both or neither"));
    let config = load(one, &[("KOPILKA_SERVER__TLS__KEY_FILE", "k.pem")]).unwrap();
    assert_eq!(config.server.tls.key_file.as_deref(), Some(Path::new("k.pem")));
}
