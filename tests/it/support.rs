//! A gateway for a test: on a database of its own, with a clock that the test turns and a phone that the test reads.

// The paths are for those who take this file in by its path.
#[path = "support/answers.rs"]
pub mod answers;
#[path = "support/calls.rs"]
pub mod calls;
#[path = "support/messages.rs"]
pub mod messages;
#[path = "support/pages.rs"]
pub mod pages;
#[path = "support/postgres.rs"]
pub mod postgres;
#[path = "support/raw.rs"]
pub mod raw;
#[path = "support/soap.rs"]
pub mod soap;
#[path = "support/statements.rs"]
pub mod statements;

use std::{
    collections::BTreeSet,
    path::PathBuf,
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use self::{postgres::Postgres, soap::Client};
use kopilka::{
    access,
    app::{Gateway, Opened, Parts},
    clock::Clock,
    config::{Config, Overrides},
    domain::{
        moment::{Moment, Span},
        reference::Roles,
    },
    notify::{Channel, ChannelError, Message, Status, Submitted},
    store::{
        admin::{NewTill, add_till},
        books::verify::{Outside, Report, verify_against},
        questions::SearchBounds,
    },
};

/// 2026-11-21 12:00 in Moscow: when every test begins.
pub const START: Moment = Moment(1_795_251_600_000);

/// Runs stories on both backends, each as a test of its own. A story is an `async fn name(app: &App)`; one that starts
/// its own gateway is an `async fn name(backend: Backend)`, listed after `backend:`.
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {$(
        $crate::support::on_both!(@tests $name, |backend| {
            let app = $crate::support::App::start(backend).await;
            super::$name(&app).await;
            app.finish().await;
        });
    )+};
    (backend: $($name:ident),+ $(,)?) => {$(
        $crate::support::on_both!(@tests $name, |backend| super::$name(backend).await);
    )+};
    (@tests $name:ident, |$backend:ident| $story:expr) => {
        mod $name {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                let $backend = $crate::support::Backend::Sqlite;
                $story
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                let $backend = $crate::support::Backend::Postgres;
                $story
            }
        }
    };
}
pub(crate) use on_both;

/// Which database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    Sqlite,
    Postgres,
}

/// A running gateway with demo data.
pub struct App {
    pub gateway: Option<Gateway>,
    pub clock: Clock,
    pub phone: Phone,
    pub config: Config,
    /// How far one search of the next gateway looks.
    pub search: SearchBounds,
    folder: Folder,
    /// What was sent to gateways that have stopped.
    sent: Vec<String>,
    /// What may stand in the files though it looks personal.
    readable: Mutex<BTreeSet<String>>,
}

/// What the customer's phone shows.
#[derive(Clone, Default)]
pub struct Phone(Arc<Mutex<Vec<(String, String)>>>);

impl Channel for Phone {
    fn name(&self) -> &'static str {
        "test"
    }

    fn submit(&self, message: &Message) -> Result<Submitted, ChannelError> {
        self.0.lock().unwrap().push((message.recipient.clone(), message.text.reveal().to_owned()));
        Ok(Submitted { provider_id: None, status: Status::Submitted })
    }
}

impl Phone {
    /// How many messages came to a number.
    pub fn count(&self, number: &str) -> usize {
        self.0.lock().unwrap().iter().filter(|(to, _)| to == number).count()
    }

    /// The messages that came to a number.
    pub fn texts(&self, number: &str) -> Vec<String> {
        self.0.lock().unwrap().iter().filter(|(to, _)| to == number).map(|(_, text)| text.clone()).collect()
    }

    /// The code in the last message; waits for one.
    pub async fn last_code(&self) -> String {
        let number = || self.0.lock().unwrap().last().map(|(number, _)| number.clone());
        let number = until("a message", number).await;
        self.code(&number, self.count(&number) - 1).await
    }

    /// The code in the `nth` message to a number, once it has come; a bounded wait, since messages leave after the
    /// answer.
    pub async fn code(&self, number: &str, nth: usize) -> String {
        let text =
            || self.0.lock().unwrap().iter().filter(|(to, _)| to == number).nth(nth).map(|(_, text)| text.clone());
        let text = until(&format!("message {nth} to {number}"), text).await;
        let digits: String =
            text.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
        assert_eq!(digits.len(), 6, "{text}");
        digits
    }
}

/// A code that is none of these.
pub fn wrong_code(right: &[&str]) -> String {
    (100_000..=999_999).map(|code: u32| code.to_string()).find(|code| !right.contains(&code.as_str())).unwrap()
}

/// Waits until there is something to see, and answers it; a bounded wait, for what happens beside the calls.
pub async fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    for _ in 0..500 {
        if let Some(seen) = look() {
            return seen;
        }
        tokio::time::timeout(Duration::from_millis(20), std::future::pending::<()>()).await.unwrap_err();
    }
    panic!("{what} did not come");
}

/// A folder that goes with the test.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new() -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("kopilka-test-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The private PostgreSQL of this test run.
pub fn postgres() -> &'static Postgres {
    static SERVER: OnceLock<Postgres> = OnceLock::new();
    SERVER.get_or_init(Postgres::start)
}

/// A database of a test's own.
pub fn database(backend: Backend, folder: &Folder) -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    match backend {
        Backend::Sqlite => format!("sqlite://{}/kopilka.db", folder.0.display()),
        Backend::Postgres => postgres().create_database(&format!("t{}", COUNT.fetch_add(1, Ordering::Relaxed))),
    }
}

/// A configuration for a test: any free port, a key of its own, jobs that leave time to the test.
pub fn config(url: &str, folder: &Folder) -> Config {
    let overrides = Overrides { database: Some(url.into()), listen: Some("127.0.0.1:0".into()) };
    let key_file = folder.0.join("kopilka.key");
    if !key_file.exists() {
        std::fs::write(&key_file, kopilka::vault::Vault::fresh_key().unwrap().as_str()).unwrap();
    }
    let environment = [
        ("KOPILKA_SECURITY__KEY_FILE".to_owned(), key_file.display().to_string()),
        ("KOPILKA_JOBS__INTERVAL_S".to_owned(), "3600".to_owned()),
        ("KOPILKA_SMS__OUTBOX_POLL_MS".to_owned(), "20".to_owned()),
    ];
    Config::load(None, environment, &overrides).unwrap()
}

impl App {
    pub async fn start(backend: Backend) -> Self {
        let folder = Folder::new();
        let config = config(&database(backend, &folder), &folder);
        Self::start_with(config, folder).await
    }

    pub async fn start_with(config: Config, folder: Folder) -> Self {
        let (clock, phone) = (Clock::manual(START), Phone::default());
        let search = SearchBounds::default();
        let gateway = Some(start(&config, &clock, &phone, search, true).await);
        Self { gateway, clock, phone, config, search, folder, sent: Vec::new(), readable: Mutex::default() }
    }

    /// Stops the gateway and starts another on the same database.
    pub async fn restart(&mut self) {
        self.stop().await;
        self.restart_stopped().await;
    }

    /// Starts a gateway again that was stopped.
    pub async fn restart_stopped(&mut self) {
        // The demo is there; by now there may be partners beside it, with which a demo is refused.
        self.gateway = Some(start(&self.config, &self.clock, &self.phone, self.search, false).await);
    }

    /// What stands in the files on purpose, though requests name it where personal data stand.
    pub fn may_be_read(&self, data: &[&str]) {
        self.readable.lock().unwrap().extend(data.iter().map(|datum| (*datum).to_owned()));
    }

    pub async fn stop(&mut self) {
        self.sent.extend(soap::take_sent(&self.base()));
        self.gateway.take().unwrap().stop().await.unwrap();
    }

    pub fn gateway(&self) -> &Gateway {
        self.gateway.as_ref().unwrap()
    }

    /// Where it listens.
    pub fn base(&self) -> String {
        format!("http://{}", self.gateway().address())
    }

    /// A client with a login; the demo's passwords are the logins.
    pub fn client(&self, login: &str) -> Client {
        Client::new(&self.base(), login, login)
    }

    /// Adds the login `stranger`: the head office of another partner of the demo's programme.
    pub fn add_stranger(&self) {
        let (opened, mut db) = Opened::with_keys(&self.config).unwrap();
        let stranger = NewTill {
            partner: "other".into(),
            store: None,
            till: None,
            login: "stranger".into(),
            password_hash: access::hash_password("stranger").unwrap(),
            roles: Roles::HEAD_OFFICE,
        };
        add_till(&mut db, &opened.vault, &stranger, self.clock.now()).unwrap();
    }

    pub fn advance(&self, span: Span) {
        self.clock.advance(span);
    }

    /// Recomputes every balance from the journal.
    pub fn verify(&self) -> Report {
        let (opened, mut db) = Opened::with_keys(&self.config).unwrap();
        let outside = Outside { vault: Some(&opened.vault), ..Outside::default() };
        verify_against(&mut db, &outside, |_| {}).unwrap()
    }

    /// Every story ends so: the books are in order, nothing that it said of a person can be read in the files of an embedded
    /// database, and no statement reads more the more there is. (What PostgreSQL's files hold, `golden.rs` and `sealed.rs`
    /// look at: they are larger, and its server writes them when it likes.)
    pub async fn finish(mut self) {
        let report = self.verify();
        assert_eq!(report.findings, [], "the books are not in order");
        assert!(report.accounts >= 2);
        self.stop().await;
        if self.config.database.url.sqlite_path().is_some() {
            let mut personal = raw::personal(self.sent.iter().map(String::as_str));
            personal.retain(|datum| !self.readable.lock().unwrap().contains(datum));
            assert_eq!(raw::found(&self, &personal), BTreeSet::new());
        }
        if let Some(file) = self.config.database.url.sqlite_path() {
            statements::check(file);
        }
        drop(self.folder);
    }
}

async fn start(config: &Config, clock: &Clock, phone: &Phone, search: SearchBounds, demo: bool) -> Gateway {
    statements::listen();
    let parts = Parts { clock: Some(clock.clone()), channel: Some(Box::new(phone.clone())), demo, search };
    Gateway::start(config, parts).await.unwrap_or_else(|error| panic!("{error}"))
}
