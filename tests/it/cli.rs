//! The program as the one who installs it meets it: what commands say, what they leave behind, and how they end.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what does not come fails the test")]

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    thread::JoinHandle,
    time::Duration,
};

use diesel::RunQueryDsl;

use crate::support::{
    Backend, Folder, config, database, raw,
    soap::{Client, POS, envelope},
};
use kopilka::{app::Opened, store::db::backend::Db, vault::Vault};

/// How long a command may be silent; a gateway that starts or stops is never so slow.
const SILENCE_MAX: Duration = Duration::from_secs(60);
/// How often a gateway that listens is asked whether it is ready, and how long between two questions.
const READY_QUESTIONS_MAX: u32 = 100;
const READY_PAUSE: Duration = Duration::from_millis(100);

/// Passwords that no command may repeat.
const TILL_PASSWORD: &str = "s3cret-of-the-till";
const DATABASE_PASSWORD: &str = "s3cret-of-the-database";

/// Options of every command.
const COMMON: [&str; 3] = ["--config", "--database", "--help"];
/// Each command with the options that are its own.
const COMMANDS: [(&str, &[&str]); 76] = [
    ("", &["--version"]),
    ("serve", &["--listen", "--demo"]),
    ("migrate", &[]),
    ("check-config", &[]),
    ("verify", &["--root"]),
    ("seals", &[]),
    ("explain", &["--card", "--phone", "--at"]),
    ("history", &["--from", "--to", "--kind", "--name", "--login", "--card", "--phone", "--limit", "--json"]),
    ("doctor", &["--json"]),
    ("replay", &["--check", "--write"]),
    ("backup", &["<FILE>"]),
    ("restore", &["<FILE>", "--verify"]),
    ("expiring", &["--within-days", "--login", "--csv[=<DIALECT>]"]),
    ("settlement", &["--from", "--to", "--csv[=<DIALECT>]"]),
    ("report", &[]),
    (
        "report receipts",
        &["--partner", "--network", "--store", "--till", "--shift", "--from", "--to", "--totals", "--csv[=<DIALECT>]"],
    ),
    ("report liability", &["--on", "--programme", "--csv[=<DIALECT>]"]),
    ("report movements", &["--login", "--state", "--csv[=<DIALECT>]"]),
    ("partner", &[]),
    ("partner add", &["--code", "--name", "--programme", "--programme-name", "--store", "--utc-offset-minutes"]),
    ("partner list", &[]),
    ("partner show", &["<CODE>"]),
    ("partner rename", &["<CODE>", "--name"]),
    ("partner disable", &["<CODE>"]),
    ("partner enable", &["<CODE>"]),
    ("network", &[]),
    ("network add", &["--partner", "--code", "--name", "--programme"]),
    ("network list", &["--partner"]),
    ("network show", &["--partner", "<CODE>"]),
    ("network rename", &["--partner", "<CODE>", "--name"]),
    ("network disable", &["--partner", "<CODE>"]),
    ("network enable", &["--partner", "<CODE>"]),
    ("store", &[]),
    ("store add", &["--partner", "--network", "--code", "--name", "--utc-offset-minutes"]),
    ("store list", &["--partner", "--network"]),
    ("store show", &["--partner", "--network", "<CODE>"]),
    ("store rename", &["--partner", "--network", "<CODE>", "--name", "--utc-offset-minutes"]),
    ("store disable", &["--partner", "--network", "<CODE>"]),
    ("store enable", &["--partner", "--network", "<CODE>"]),
    ("till", &[]),
    ("till list", &["--partner", "--network"]),
    ("till show", &["--partner", "--network", "<CODE>"]),
    ("till rename", &["--partner", "--network", "<CODE>", "--name", "--store"]),
    ("till disable", &["--partner", "--network", "<CODE>"]),
    ("till enable", &["--partner", "--network", "<CODE>"]),
    ("till password", &["--partner", "--network", "<CODE>", "--login"]),
    ("login", &[]),
    ("login add", &["--partner", "--store", "--till", "--login", "--role"]),
    ("login list", &["--partner"]),
    ("login show", &["<LOGIN>"]),
    ("login disable", &["<LOGIN>"]),
    ("login enable", &["<LOGIN>"]),
    ("login password", &["<LOGIN>"]),
    ("till add", &["--partner", "--store", "--till", "--login", "--role"]),
    ("card", &[]),
    ("card show", &["<NUMBER>"]),
    (
        "card import",
        &[
            "<FILE>",
            "--source",
            "--store",
            "--kind",
            "--windows-1251",
            "--phone-like",
            "--balance-day",
            "--dry-run",
            "--report",
            "--login",
        ],
    ),
    ("card stock", &["--partner", "--csv[=<DIALECT>]"]),
    ("card issue", &["<NUMBER>", "--to", "--login", "--till"]),
    ("card activate", &["<NUMBER>", "--reason", "--login", "--till"]),
    ("card block", &["<NUMBER>", "--reason", "--login", "--till"]),
    ("card unblock", &["<NUMBER>", "--reason", "--login", "--till"]),
    ("card close", &["<NUMBER>", "--reason", "--login", "--till"]),
    ("exchange", &[]),
    ("exchange show", &["--request-id", "--operation-key", "--card", "--till", "--from", "--to", "--limit"]),
    ("programme", &[]),
    ("programme show", &["[CODE]"]),
    ("outbox", &[]),
    ("outbox list", &["--ended", "--limit"]),
    ("outbox retry", &["[NUMBER]...", "--all"]),
    ("keys", &[]),
    ("keys status", &[]),
    ("keys rotate", &["--master-to"]),
    ("keys retire", &[]),
    ("keys escrow", &["--check"]),
    ("keys recover", &["--to"]),
];

/// The program with a folder and a database of its own, and nothing of the test's environment.
struct Program {
    folder: Folder,
    url: Option<String>,
    environment: BTreeMap<String, String>,
    secrets: Vec<String>,
}

/// What a command said, and how it ended.
#[derive(Debug)]
struct Said {
    code: Option<i32>,
    out: String,
    err: String,
}

/// A command that runs.
struct Running {
    child: Child,
    lines: Receiver<String>,
    err: Option<JoinHandle<String>>,
    secrets: Vec<String>,
}

/// A gateway that takes calls.
struct Gateway {
    running: Running,
    base: String,
}

impl Program {
    /// In an empty folder, without any setting.
    fn bare() -> Self {
        let secrets = [TILL_PASSWORD, DATABASE_PASSWORD].map(str::to_owned).to_vec();
        Self { folder: Folder::new(), url: None, environment: BTreeMap::new(), secrets }
    }

    /// On a database that is still to be made, with a key, and messages to the console.
    fn on(backend: Backend) -> Self {
        let mut program = Self::bare().with("KOPILKA_SMS__CHANNEL", "console");
        // The private server accepts any password; the point is that no output repeats it.
        let url = database(backend, &program.folder).replace("kopilka@", &format!("kopilka:{DATABASE_PASSWORD}@"));
        let key = Vault::fresh_key().unwrap().to_string();
        let key_file = program.file("kopilka.key", &key);
        program.secrets.push(key);
        program.environment.insert("KOPILKA_SECURITY__KEY_FILE".into(), key_file);
        program.url = Some(url);
        program
    }

    fn with(mut self, variable: &str, value: &str) -> Self {
        self.environment.insert(variable.into(), value.into());
        self
    }

    /// Writes a file into the folder; answers its path.
    fn file(&self, name: &str, text: &str) -> String {
        let path = self.folder.0.join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    fn files(&self) -> Vec<PathBuf> {
        fs::read_dir(&self.folder.0).unwrap().map(|entry| entry.unwrap().path()).collect()
    }

    fn start(&self, arguments: &str, input: &str) -> Running {
        self.start_with(&arguments.split_whitespace().collect::<Vec<_>>(), input)
    }

    fn start_with(&self, arguments: &[&str], input: &str) -> Running {
        let mut child = Command::new(env!("CARGO_BIN_EXE_kopilka"))
            .args(arguments)
            .args(self.url.iter().flat_map(|url| ["--database", url]))
            .current_dir(&self.folder.0)
            .env_clear()
            .envs(&self.environment)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A command that reads nothing may be gone by now.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let (sender, lines) = channel();
        let out = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || out.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        let mut err = child.stderr.take().unwrap();
        let err = std::thread::spawn(move || {
            let mut text = String::new();
            let _ = err.read_to_string(&mut text);
            text
        });
        Running { child, lines, err: Some(err), secrets: self.secrets.clone() }
    }

    /// Runs a command to its end; its arguments have no spaces.
    fn run(&self, arguments: &str) -> Said {
        self.start(arguments, "").finish()
    }

    /// Starts a gateway on a free port and waits until it is ready.
    fn serve(&self, options: &str) -> Gateway {
        Gateway::of(self.start(&format!("serve --listen 127.0.0.1:0 {options}"), ""))
    }

    /// Changes the database behind the program's back.
    fn falsify(&self, sql: &str) {
        let config = config(self.url.as_ref().unwrap(), &self.folder);
        let changed = match &mut Opened::open(&config).unwrap().writer().unwrap() {
            Db::Sqlite(c) => diesel::sql_query(sql).execute(&mut **c),
            Db::Postgres(c) => diesel::sql_query(sql).execute(&mut **c),
        };
        assert_eq!(changed, Ok(1), "{sql}");
    }
}

impl Said {
    #[track_caller]
    fn ends(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self:?}");
        assert!(code != 0 || !self.err.contains("kopilka: "), "it complains and ends well: {self:?}");
        assert!(code == 0 || !self.err.is_empty() || !self.out.is_empty(), "it ends badly and says nothing");
        self
    }

    #[track_caller]
    fn says(self, word: &str) -> Self {
        assert!(self.out.contains(word) || self.err.contains(word), "nothing of {word}: {self:?}");
        self
    }
}

impl Running {
    /// The next line of standard output; `None` when it was closed.
    fn line(&mut self) -> Option<String> {
        match self.lines.recv_timeout(SILENCE_MAX) {
            Ok(line) => Some(line),
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => panic!("the command neither says anything nor ends"),
        }
    }

    /// Waits for the end.
    fn finish(mut self) -> Said {
        let mut out = String::new();
        while let Some(line) = self.line() {
            out.push_str(&line);
            out.push('\n');
        }
        let code = self.child.wait().unwrap().code();
        let err = self.err.take().unwrap().join().unwrap();
        for secret in &self.secrets {
            assert!(!out.contains(secret) && !err.contains(secret), "{secret} was said:\n{out}{err}");
        }
        Said { code, out, err }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Gateway {
    fn of(mut running: Running) -> Self {
        let base = loop {
            let Some(line) = running.line() else { panic!("it does not start: {:?}", running.finish()) };
            if let Some((_, rest)) = line.split_once(" listens on ") {
                break rest.split('/').take(3).collect::<Vec<_>>().join("/");
            }
        };
        for _ in 0..READY_QUESTIONS_MAX {
            if is_ready(&base) {
                return Self { running, base };
            }
            // Its output is a wait that ends early when it does.
            let _ = running.lines.recv_timeout(READY_PAUSE);
        }
        panic!("it listens and does not get ready: {:?}", running.finish());
    }

    /// Asks it to end as a service manager does.
    fn stop(self) -> Said {
        let pid = self.running.child.id().to_string();
        let asked = Command::new("sh").args(["-c", "kill -TERM \"$1\"", "sh", &pid]).status().unwrap();
        assert!(asked.success());
        self.running.finish()
    }
}

fn is_ready(base: &str) -> bool {
    let agent = ureq::Agent::config_builder().timeout_global(Some(SILENCE_MAX)).build().new_agent();
    agent.get(&format!("{base}/health/ready")).call().is_ok_and(|answer| answer.status() == 200)
}

/// Runs a test on both backends, each as a test of its own.
macro_rules! on_both_databases {
    ($($name:ident)+) => {$(
        mod $name {
            use super::*;

            #[test]
            fn on_sqlite() {
                super::$name(Backend::Sqlite);
            }

            #[test]
            fn on_postgres() {
                super::$name(Backend::Postgres);
            }
        }
    )+};
}

// After the macro, which they use.
mod cards;
mod registry;
mod start;

on_both_databases! {
    an_empty_database_is_made_and_is_in_order
    partners_and_tills_are_added_once_and_work
    a_balance_that_the_journal_does_not_give_is_found_and_its_account_named
    another_key_than_the_databases_own_is_refused
    a_database_of_a_newer_program_is_refused
    a_database_that_a_newer_program_has_only_extended_is_used
}

#[test]
fn the_help_of_every_command_names_its_options() {
    let program = Program::bare();
    let mut walked = vec![String::new()];
    let mut next = 0;
    while let Some(command) = walked.get(next).cloned() {
        next += 1;
        let said = program.run(&format!("{command} --help")).ends(0);
        let (_, own) = COMMANDS.iter().find(|(name, _)| *name == command).unwrap_or_else(|| {
            panic!("«{command}» is a command that this test does not know");
        });
        for option in COMMON.iter().chain(*own) {
            let is_named = said.out.split_whitespace().any(|word| word == *option);
            assert!(is_named, "the help of «{command}» does not name {option}:\n{}", said.out);
        }
        let (_, commands) = said.out.split_once("Commands:\n").unwrap_or_default();
        let names = commands.lines().map_while(|line| line.split_whitespace().next()).filter(|name| *name != "help");
        walked.extend(names.map(|name| format!("{command} {name}").trim().to_owned()));
    }
    assert_eq!(walked.len(), COMMANDS.len(), "{walked:?}");
    assert!(program.run("--help").says("Exit codes:").out.contains("verify"));
}

/// One file, that a machine without any of these runs, and one without their headers builds.
#[test]
#[cfg(not(feature = "postgres-tls"))]
fn the_program_brings_its_databases_and_its_tls_with_it() {
    let program = fs::read(env!("CARGO_BIN_EXE_kopilka")).unwrap();
    let names = |library: &str| program.windows(library.len()).any(|bytes| bytes == library.as_bytes());
    assert!(names("libc.so"), "a library that it does need is not found this way");
    for library in ["libssl.so", "libcrypto.so", "libpq.so", "libsqlite3.so", "libz.so"] {
        assert!(!names(library), "it needs {library}");
    }
}

#[test]
#[cfg(not(feature = "postgres-tls"))]
fn a_database_that_is_to_be_reached_by_tls_is_refused_with_the_way_out() {
    let key = Vault::fresh_key().unwrap().to_string();
    let program =
        Program::bare().with("KOPILKA_SECURITY__KEY", &key).with("KOPILKA_DATABASE__CONNECT_TIMEOUT_MS", "300");
    let said = program.run("verify --database postgres://anna@localhost:1/k?sslmode=require").ends(1);
    said.says("--features postgres-tls");
}

#[test]
fn a_command_that_is_none_ends_with_2_and_the_usage() {
    let program = Program::bare();
    for arguments in ["", "frobnicate", "serve --frobnicate", "partner", "till add", "card show", "exchange"] {
        program.run(arguments).ends(2).says("Usage: kopilka");
    }
    program.run("partner add --code p --name P --programme x --store M1").ends(2).says("CODE=NAME");
    program.run("settlement --from 2026.11.01 --to 30.11.2026").ends(2).says("2026-11-01 or 01.11.2026");
    for root in ["2026-11-21", "2026-11-21=12", "today=00"] {
        program.run(&format!("verify --root {root}")).ends(2).says("64 hexadecimal digits");
    }
    assert_eq!(program.files(), Vec::<PathBuf>::new());
}

#[test]
fn a_mistyped_database_is_never_made() {
    let commands = [
        "check-config",
        "serve --demo",
        "migrate",
        "verify",
        "card show 1",
        "partner add --code a --name A --programme a --store M=M",
    ];
    let mistyped =
        ["postgre://u:s3cret-of-the-database@h/b", "sqllite://x", "sqlite:x.db", "x.db", "/tmp/x.db", "mysql://h/b"];
    let program = Program::bare();
    let understood = |said: Said| said.ends(2).says("sqlite://").says("postgres://").says("database.url");
    for command in commands {
        for url in mistyped {
            understood(program.run(&format!("{command} --database {url}"))).says("--database");
        }
    }
    let program = program.with("KOPILKA_DATABASE__URL", "kopilka.db");
    understood(program.run("migrate")).says("KOPILKA_DATABASE__URL");
    assert_eq!(program.files(), Vec::<PathBuf>::new());
}

#[test]
fn a_configuration_is_checked_and_shown_without_secrets() {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/config.example.toml");
    let program = Program::bare();
    program.run(&format!("check-config --config {}", example.display())).ends(2).says("no SMS channel is configured");
    let program = program.with("KOPILKA_SMS__CHANNEL", "console");
    let said = program.run(&format!("check-config --config {}", example.display())).ends(0);
    assert!(said.out.contains("[server]") && said.out.contains("The configuration is usable"), "{said:?}");
    assert!(said.out.contains("sqlite://kopilka.db is not there yet: a start makes it"), "{said:?}");
    assert_eq!(program.files(), Vec::<PathBuf>::new());

    // A key that `serve` would refuse is refused here too.
    let file = program.file("no-key.toml", "[security]\nkey = \"s3cret-of-the-database-and-longer\"\n");
    program.run(&format!("check-config --config {file}")).ends(2).says("32 bytes in Base64");
    let key = Vault::fresh_key().unwrap().to_string();
    let text = format!(
        "[database]\nurl = \"postgres://anna:{DATABASE_PASSWORD}@127.0.0.1:1/loyalty\"\nconnect_timeout_ms = 300\n[security]\nkey = \"{key}\"\n"
    );
    let file = program.file("secret.toml", &text);
    let said = program.run(&format!("check-config --config {file}")).ends(1).says("anna:***@127.0.0.1:1/loyalty");
    assert!(!said.err.contains(&key), "{said:?}");
    program.with("KOPILKA_CONFIG", &file).run("check-config").ends(1).says("cannot connect to postgres://anna:***@");
}

#[test]
fn a_broken_configuration_ends_with_2_and_the_keys_are_named() {
    let program = Program::bare();
    let file = program.file("broken.toml", "[server]\nlisten_on = \"127.0.0.1:1\"\n");
    program.run(&format!("check-config --config {file}")).ends(2).says("listen_on").says("broken.toml").says("listen,");
    let file = program.file("wrong.toml", "[codes]\ndigits = 40\n[jobs]\ninterval_s = 0\n");
    program.run(&format!("check-config --config {file}")).ends(2).says("codes.digits").says("jobs.interval_s");
    let said = program.run("serve --config there-is-none.toml").ends(2);
    assert!(said.err.contains("there-is-none.toml"), "{said:?}");
    program.run("serve --listen here").ends(2).says("server.listen");
}

#[test]
fn wrong_sms_settings_are_found_before_a_database_is_made() {
    let wrong = [
        ("chanel = \"http\"", "chanel"),
        ("channel = \"htp\"", "http"),
        ("channel = \"http\"", "preset"),
        ("channel = \"http\"\npreset = \"sms.example\"", "smsc.ru"),
        ("channel = \"http\"\npreset = \"sms.ru\"", "KOPILKA_SMS_API_ID"),
    ];
    for (settings, word) in wrong {
        let program = Program::bare();
        let file = program.file("kopilka.toml", &format!("[sms]\n{settings}\n"));
        for command in ["check-config", "serve"] {
            program.run(&format!("{command} --config {file}")).ends(2).says(word).says("sms").says("kopilka.toml");
        }
        assert_eq!(program.files(), [PathBuf::from(&file)], "{settings}");
    }
    let program = Program::bare().with("KOPILKA_SMS_API_ID", "some");
    let file = program.file("kopilka.toml", "[sms]\nchannel = \"http\"\npreset = \"sms.ru\"\n");
    program.run(&format!("check-config --config {file}")).ends(0).says("usable");
    for name in ["sms.ru", "smsc.ru"] {
        let template = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("examples/sms/{name}.toml"));
        program.run(&format!("check-config --config {}", template.display())).ends(2).says("[sms.template]");
    }
}

#[test]
fn wrong_settings_of_roots_are_found_before_a_database_is_made() {
    let program = Program::bare().with("KOPILKA_SMS__CHANNEL", "console");
    let other = program.file("other.txt", "what is this\n");
    let secret = "receive_secret = \"0123456789abcdef0123456789abcdef\"";
    for (settings, word) in [
        ("phone = \"8 916\"".to_owned(), "seals.phone"),
        (format!("receive_file = \"{other}\"\n{secret}"), "«what is this» is no root"),
        (format!("receive_file = \"{other}.d/roots.txt\"\n{secret}"), "there is no folder"),
        (format!("receive_file = \"roots.txt\"\n{}", secret.replace("9abc", "")), "at least 32 characters"),
    ] {
        let file = program.file("kopilka.toml", &format!("[seals]\n{settings}\n"));
        for command in ["check-config", "serve"] {
            program.run(&format!("{command} --config {file}")).ends(2).says(word);
        }
        assert_eq!(program.files().len(), 2, "{settings}");
    }
    let right = format!("[seals]\nphone = \"8 916 000-00-99\"\nreceive_file = \"roots.txt\"\n{secret}\n");
    let file = program.file("kopilka.toml", &right);
    program.run(&format!("check-config --config {file}")).ends(0).says("usable").says("receive_secret = \"***\"");
}

#[test]
#[cfg(unix)]
fn only_the_owner_may_read_a_database() {
    use std::os::unix::fs::PermissionsExt;

    let program = Program::bare();
    let gateway = program.serve("--demo");
    let mut seen = 0;
    for path in program.files() {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name.starts_with("kopilka.db") && !name.ends_with(".lock") {
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600, "{name}");
            seen += 1;
        }
    }
    assert_eq!(seen, 3, "the database, its WAL and the WAL's index");
    assert_eq!(gateway.stop().code, Some(0));
}

#[test]
fn a_database_that_is_not_there_is_not_made_by_looking() {
    let program = Program::bare();
    for command in ["verify", "seals", "card show 1"] {
        program
            .run(&format!("{command} --database sqlite://nowhere.db"))
            .ends(1)
            .says("there is no database sqlite://nowhere.db");
    }
    assert_eq!(program.files(), Vec::<PathBuf>::new());
    let program = Program::on(Backend::Postgres);
    program.run("verify").ends(1).says("kopilka migrate");
}

fn an_empty_database_is_made_and_is_in_order(backend: Backend) {
    let program = Program::on(backend);
    let migrations = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/sqlite");
    let count = fs::read_dir(migrations).unwrap().count();
    program.run("migrate").ends(0).says(&format!("{count} migrations were run"));
    program.run("migrate").ends(0).says("0 migrations were run");
    program.run("verify").ends(0).says("0 accounts, 0 entries, 0 findings.");
    program.run("seals").ends(0).says("entries  root");
    program.run("card show 7000000101").ends(1).says("карты 7000000101 нет");
}

fn partners_and_tills_are_added_once_and_work(backend: Backend) {
    let program = Program::on(backend);
    program.run("migrate").ends(0).says("A NEW DATABASE WAS MADE");
    let partner = "partner add --code roga --name Рога --programme bonus --store M1=Первый --store M2=Второй";
    program.run(partner).ends(0).says("roga").says("kopilka till add").says("Создана программа bonus");
    let nameless = ["partner", "add", "--code", "k", "--name", " ", "--programme", "bonus", "--store", "M1=К"];
    program.start_with(&nameless, "").finish().ends(2).says("a name is needed");
    program.run(partner).ends(1).says("roga");
    let till = "till add --partner roga --store M1 --till M1-01 --login kassa";
    program.start(till, "short\n").finish().ends(2).says("короче 8 знаков");
    let program = program.with("KOPILKA_PASSWORD", "1234567");
    program.run(till).ends(2).says("короче 8 знаков");
    let program = program.with("KOPILKA_PASSWORD", TILL_PASSWORD);
    program.run(till).ends(0).says("kassa");
    // As in `SaveTill`: a till's own login can be given again, with another password.
    program.run(till).ends(0).says("новый пароль");
    for (login, why) in [("a:b", "colon"), ("kas\u{200b}sa", "invisible"), (&"k".repeat(65), "at most 64")] {
        program.run(&format!("till add --partner roga --login {login}")).ends(2).says(why);
    }
    let code = "M".repeat(33);
    program.run(&format!("till add --partner roga --store M1 --till {code} --login other")).ends(2).says("at most 32");
    program
        .run(&format!("partner add --code {code} --name K --programme bonus --store M1=К"))
        .ends(2)
        .says("at most 32");
    program
        .run(&format!("partner add --code k --name K --programme bonus --store {code}=К"))
        .ends(2)
        .says("at most 32");
    let office = "till add --partner roga --login filial --role partner_office";
    program.run(office).ends(0).says("…/ws/pos_1?wsdl и …/ws/office_1?wsdl");
    program.run("till add --partner roga --login call --role marketing").ends(0).says("…/ws/marketing_1?wsdl");
    program.run("till add --partner kopyta --login other").ends(1).says("kopyta");
    program.run("till add --partner roga --store M9 --login other").ends(1).says("M9");
    program.run("till add --partner roga --login other --role boss").ends(2).says("till, senior_till, online_shop");
    program.run("till add --partner roga --till M1-02 --login other").ends(2).says("--store");
    // Without the variable the password is a line of standard input.
    let program = program.with("KOPILKA_PASSWORD", "");
    let online = program.start("till add --partner roga --login shop --role online", &format!("{TILL_PASSWORD}\r\n"));
    assert_eq!(online.finish().code, Some(0));

    let gateway = program.serve("");
    let url = format!("{}/ws/pos_1", gateway.base);
    for (login, role) in [("kassa", "till"), ("shop", "online_shop")] {
        let client = Client::new(&gateway.base, login, TILL_PASSWORD);
        let who = client.post_blocking(&url, &envelope(POS, "WhoAmI", "")).ok();
        assert_eq!((who.get("partner"), who.get("role")), ("Рога", role), "{}", who.body);
    }
    let stopped = gateway.stop();
    assert_eq!(stopped.code, Some(0), "{stopped:?}");
    // A disabled login of the partner's is enabled as it is given now, and replaces an enabled one of the same till.
    let program = program.with("KOPILKA_PASSWORD", TILL_PASSWORD);
    program.falsify("UPDATE credentials SET disabled = NOT disabled WHERE login = 'shop'");
    program
        .run("till add --partner roga --store M1 --till M1-01 --login shop")
        .ends(0)
        .says("снова открыт")
        .says("kassa");
    program
        .run("till add --partner roga --store M1 --till M1-01 --login kassa")
        .ends(0)
        .says("снова открыт")
        .says("shop");
    // A login that is enabled elsewhere cannot be given.
    program.run(&till.replace("M1-01", "M1-02")).ends(1).says("уже есть");
    program.run("till add --partner roga --login kassa").ends(1).says("уже есть");
    program
        .run("partner add --code kopyta --name К --programme bonus --store K1=К")
        .ends(0)
        .says("присоединился к программе bonus");
    program.run("till add --partner kopyta --login shop").ends(1).says("уже есть");
    program.run("verify").ends(0);
}

fn a_balance_that_the_journal_does_not_give_is_found_and_its_account_named(backend: Backend) {
    let program = Program::on(backend);
    let stopped = program.serve("--demo").stop().says("Kopilka has stopped.");
    assert_eq!(stopped.code, Some(0), "{stopped:?}");
    program.run("verify").ends(0).says("2 accounts, ").says(" 0 findings.");
    let shown = program.run("card show 7000000101").ends(0).says("доступно 500");
    // As at the till: the card of this number, else the cards of this phone.
    for identifier in ["7000-0001-01", "70000\u{ad}00101", "89160000101", "+7-916-000-01-01"] {
        program.run(&format!("card show {identifier}")).ends(0).says("Карта 7000000101: активна").says("доступно 500");
        program.run(&format!("explain --card {identifier}")).ends(0).says("500");
    }
    program.run("card show 80291234567").ends(1).says("карты 80291234567 нет");
    let (_, rest) = shown.out.split_once("Счёт ").unwrap();
    let account: i64 = rest.split(':').next().unwrap().parse().unwrap();

    program.falsify(&format!("UPDATE accounts SET available = available + 1 WHERE id = {account}"));
    let said = program.run("verify");
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(said.out.contains(&format!("account {account}: available: stored 50001")), "{said:?}");
    assert!(said.out.contains("2 accounts, ") && said.out.contains(" 1 findings."), "{said:?}");

    program.falsify(&format!("UPDATE accounts SET available = available - 1 WHERE id = {account}"));
    program.run("verify").ends(0).says(" 0 findings.");
}

fn another_key_than_the_databases_own_is_refused(backend: Backend) {
    let program = Program::on(backend);
    program.run("migrate").ends(0);
    assert_eq!(program.serve("").stop().code, Some(0));
    let other = program.file("other.key", &Vault::fresh_key().unwrap());
    let program = program.with("KOPILKA_SECURITY__KEY_FILE", &other);
    let commands = [
        "serve --listen 127.0.0.1:0",
        "verify",
        "check-config",
        "keys status",
        "exchange show",
        "history",
        "outbox list",
    ];
    for command in commands {
        program.run(command).ends(1).says("the key does not fit this database").says("security.key_file");
    }
    let program = program.with("KOPILKA_SECURITY__KEY_FILE", "there-is-none.key");
    let said = program.run("serve --listen 127.0.0.1:0").says("there-is-none.key");
    assert_eq!(said.code, Some(1), "{said:?}");
}

fn a_database_of_a_newer_program_is_refused(backend: Backend) {
    let program = Program::on(backend);
    program.run("migrate").ends(0);
    let row = "INSERT INTO __diesel_schema_migrations (version, run_on) VALUES ('20991231000001', CURRENT_TIMESTAMP)";
    program.falsify(row);
    let commands = [
        "serve --listen 127.0.0.1:0",
        "migrate",
        "verify",
        "seals",
        "replay --write",
        "card show 1",
        "partner add --code a --name A --programme a --store M=M",
    ];
    for command in commands {
        let said = program.run(command).ends(1).says("20991231000001").says(env!("CARGO_PKG_VERSION"));
        assert!(said.err.contains("run the newer program, or restore a copy"), "{command}: {said:?}");
    }
    program.falsify("DELETE FROM __diesel_schema_migrations WHERE version = '20991231000001'");
    program.run("verify").ends(0);
}

fn a_database_that_a_newer_program_has_only_extended_is_used(backend: Backend) {
    let program = Program::on(backend);
    program.run("migrate").ends(0);
    let note = "INSERT INTO __diesel_schema_migrations (version, run_on) VALUES ('20991231000001', CURRENT_TIMESTAMP)";
    program.falsify(note);
    program.falsify("INSERT INTO schema_expansions (migration) VALUES ('20991231000001')");
    let warning = "a newer Kopilka has extended the schema (migrations 20991231000001";
    program.serve("--demo").stop().says("Kopilka has stopped.").says(warning).ends(0);
    let commands =
        ["migrate", "verify", "seals", "replay --write", "card show 7000000101", "expiring --within-days 30"];
    for command in commands {
        program.run(command).ends(0).says(warning);
    }
    program.run("check-config").ends(0);
    program.run("partner add --code a --name A --programme a --store M=M").ends(0);
    program.run("verify").ends(0).says(" 0 findings.");
}

#[test]
fn no_log_line_says_anything_of_a_person() {
    let program = Program::on(Backend::Sqlite).with("KOPILKA_LOG__LEVEL", "trace");
    let gateway = program.serve("--demo");
    let client = Client::new(&gateway.base, "demo", "demo");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/soap");
    let mut requests = Vec::new();
    for operation in fs::read_dir(folder).unwrap() {
        for exchange in fs::read_dir(operation.unwrap().path()).unwrap() {
            requests.extend(fs::read_to_string(exchange.unwrap().path().join("1_request.xml")));
        }
    }
    assert!(requests.len() > 60, "only {} requests were found", requests.len());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for request in &requests {
        let body = &request[request.find("<?xml").unwrap()..];
        let service = if body.contains("ws:office:1") { "office_1" } else { "pos_1" };
        runtime.block_on(client.post(service, body));
    }
    let said = gateway.stop();
    assert_eq!(said.code, Some(0), "{said:?}");
    // What the console shows in place of a phone is no log.
    assert!(said.err.len() > 10_000, "it logs nothing: {said:?}");
    let personal = raw::personal(requests.iter().map(String::as_str));
    let found: Vec<&String> = personal.iter().filter(|datum| said.err.contains(*datum)).collect();
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn a_reader_that_goes_ends_a_command_quietly() {
    let program = Program::on(Backend::Sqlite);
    program.serve("--demo").stop().ends(0);
    for command in ["history --json", "check-config", "keys status", "verify"] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_kopilka"))
            .args(command.split_whitespace())
            .args(["--database", program.url.as_deref().unwrap()])
            .env("KOPILKA_SECURITY__KEY_FILE", &program.environment["KOPILKA_SECURITY__KEY_FILE"])
            .env("KOPILKA_SMS__CHANNEL", "console")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let err = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(141) && !err.contains("panicked"), "{command}: {:?} {err}", output.status);
    }
}

#[test]
fn a_file_of_roots_that_compares_nothing_is_refused() {
    let program = Program::on(Backend::Sqlite);
    program.serve("--demo").stop().ends(0);
    for (name, text, why) in [("empty.txt", "", "no root in it"), ("wrong.txt", "1 2 3", "is no root")] {
        let file = program.file(name, text);
        program.run(&format!("verify --roots-file {file}")).ends(2).says(why).says(name);
    }
    program.run("verify --roots-file there-is-none.txt").ends(2).says("the file of roots there-is-none.txt");
}

/// What a caller writes stays within its own line, in the log and in the journal of exchanges.
#[test]
fn a_line_end_in_a_request_forges_no_line() {
    let program = Program::on(Backend::Sqlite).with("KOPILKA_LOG__LEVEL", "trace");
    let gateway = program.serve("--demo");
    let client = Client::new(&gateway.base, "demo", "demo");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    // Every line end that a reader of lines may know.
    for (nth, end) in ["&#10;", "&#13;", "&#13;&#10;", "&#133;", "&#8232;", "&#8233;", "\n"].into_iter().enumerate() {
        let key = format!("k{nth}{end}FORGED 2026-11-21 12:00:00 UTC Pos_1 OK");
        let context = format!(
            "<context><operationKey>{key}</operationKey><till>M1-01{end}FORGED</till><cashier>А{end}FORGED</cashier>\
             <occurredAt>2026-11-21T12:00:00</occurredAt></context>"
        );
        let arguments = format!("{context}<cardNumber>7000000101</cardNumber><reason>B{end}FORGED</reason>");
        runtime.block_on(client.pos("BlockCard", &arguments));
        runtime.block_on(client.pos("GetOperation", &format!("<operationKey>{key}</operationKey>")));
    }
    let said = gateway.stop();
    let shown = program.run("exchange show --limit 50");
    assert!(shown.out.matches("── ").count() >= 14, "{shown:?}");
    for text in [&said.err, &shown.out] {
        let ends = |c: char| matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}');
        let forged: Vec<&str> = text.split(ends).filter(|line| line.trim_start().starts_with("FORGED")).collect();
        assert!(forged.is_empty(), "{forged:?}");
    }
}

#[test]
fn a_file_serves_one_gateway() {
    let program = Program::on(Backend::Sqlite);
    program.run("migrate").ends(0);
    let gateway = program.serve("");
    for command in ["serve --listen 127.0.0.1:0", "migrate", "replay --write", "restore copy.db"] {
        let said = program.run(command).says("kopilka.db is in use by another gateway").says("PostgreSQL");
        assert_eq!(said.code, Some(1), "{said:?}");
    }
    // To look is allowed meanwhile, to copy, and to let another partner take part.
    let partner = "partner add --code a --name A --programme a --store M=M";
    for command in ["verify", "replay", "seals", "backup copy.db", partner] {
        program.run(command).ends(0);
    }
    assert_eq!(gateway.stop().code, Some(0));
    assert_eq!(program.serve("").stop().code, Some(0));
}

#[test]
fn a_taken_port_is_said_with_the_way_out() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let program = Program::on(Backend::Sqlite);
    program.run("migrate").ends(0);
    let said = program.run(&format!("serve --listen {address}"));
    assert_eq!(said.code, Some(1), "{said:?}");
    said.says(&address.to_string()).says("--listen");
    // It may be the gateway of this configuration that listens there.
    let program = program.with("KOPILKA_SERVER__LISTEN", &address.to_string());
    program.run("check-config").ends(0).says("cannot listen on").says("usable");
}
