//! Databases: one is filled once for each size and schema, and copied for each run.

use std::{
    cell::RefCell,
    fmt,
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use crate::{
    arguments::Plan,
    cluster::Cluster,
    generate,
    process::{self, Process},
};
use kopilka::config::{Config, Overrides};

/// The key of every database here: 32 bytes in Base64.
pub const KEY: &str = "YSBiZW5jaG1hcmsncyBrZXksIG5vIHNlY3JldCAhISE=";
/// The demo's login for tills of the whole network, and its password.
pub const LOGIN: &str = "demo:demo";
/// Tills that calls come from in turn.
pub const TILLS: u64 = 512;
/// Cards at the end whose accounts have a long journal or a short one: half each.
const DEEP: u64 = 2_000;
/// What the generator makes; another number makes all databases anew.
const GENERATION: u32 = 2;
/// How long a gateway may take to start.
const START_MAX: Duration = Duration::from_secs(60);
/// After so long the generated points are about to lapse.
const KEPT_MAX: Duration = Duration::from_secs(120 * 24 * 60 * 60);

/// Of so many cards, how many at the end have the accounts for comparing a long past with a short one. A small database is not
/// to consist of them.
pub fn deep(cards: u64) -> u64 {
    (cards / 100).min(DEEP)
}

/// Places of the cards that tills see, of so many.
pub fn usual(cards: u64) -> std::ops::Range<u64> {
    0..cards - deep(cards)
}

/// A card's number by its place.
pub fn card_number(place: u64) -> String {
    format!("77{place:08}")
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Backend {
    Sqlite,
    Postgres,
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        })
    }
}

/// What a gateway is told beside the database, the key and the address.
#[derive(Default)]
pub struct Settings {
    /// A configuration file's text.
    pub config: String,
    pub environment: Vec<(&'static str, &'static str)>,
}

/// Where databases of one kind are.
pub struct Ground {
    pub backend: Backend,
    pub cluster: Option<Cluster>,
    folder: PathBuf,
    run: PathBuf,
    fresh: bool,
    told: Vec<(String, String)>,
    // What this run has filled.
    made: RefCell<Vec<String>>,
    // One benchmark at a time in a folder.
    _lock: File,
}

/// A copy that may be changed.
pub struct Database {
    pub url: String,
    /// The file (SQLite) or the database's name.
    pub name: String,
}

impl Ground {
    pub fn new(plan: &Plan, backend: Backend) -> Self {
        fs::create_dir_all(&plan.folder).unwrap();
        let lock = File::create(plan.folder.join("lock")).unwrap();
        assert!(lock.try_lock().is_ok(), "another benchmark is at work in {}", plan.folder.display());
        let run = plan.folder.join("run");
        let _ = fs::remove_dir_all(&run);
        fs::create_dir_all(&run).unwrap();
        let cluster = (backend == Backend::Postgres).then(|| Cluster::start(&plan.folder, &plan.server));
        Self {
            backend,
            cluster,
            folder: plan.folder.clone(),
            run,
            fresh: plan.fresh,
            told: plan.told.clone(),
            made: RefCell::default(),
            _lock: lock,
        }
    }

    pub fn server(&self) -> &Cluster {
        self.cluster.as_ref().expect("this is asked of PostgreSQL only")
    }

    /// A database with so many cards, of this run alone. Of the same name there is one at a time. `trade` is what happens in a
    /// PostgreSQL database before it is kept: of tables that are empty, its planner makes plans for empty tables, and
    /// prepared statements stay with them.
    pub fn database(&self, cards: u64, name: &str, trade: &dyn Fn(&Database)) -> Database {
        let template = format!("cards_{cards}_{}_{GENERATION}", schema_version());
        let must_make = self.fresh && !self.made.borrow().contains(&template);
        self.made.borrow_mut().push(template.clone());
        match self.backend {
            Backend::Sqlite => {
                let kept = self.folder.join(format!("{template}.db"));
                let is_old = fs::metadata(&kept)
                    .and_then(|file| file.modified())
                    .is_ok_and(|at| at.elapsed().is_ok_and(|age| age > KEPT_MAX));
                if must_make || is_old || !kept.exists() {
                    let making = self.folder.join("making.db");
                    remove(&making);
                    generate::database(&sqlite_url(&making), cards);
                    fs::rename(&making, &kept).unwrap();
                    remove(&making);
                }
                let copy = self.run.join(format!("{name}.db"));
                remove(&copy);
                fs::copy(&kept, &copy).unwrap();
                // What is still to be written would be written while something is measured.
                File::open(&copy).unwrap().sync_all().unwrap();
                Database { url: sqlite_url(&copy), name: copy.display().to_string() }
            }
            Backend::Postgres => {
                let server = self.server();
                if must_make || !server.has(&template) {
                    server.run(
                        "postgres",
                        &[
                            &format!("DROP DATABASE IF EXISTS {template}"),
                            "DROP DATABASE IF EXISTS making",
                            "CREATE DATABASE making",
                        ],
                    );
                    let making = Database { url: server.url("making"), name: "making".into() };
                    generate::database(&making.url, cards);
                    server.run("making", &["ANALYZE"]);
                    trade(&making);
                    server.run("making", &["VACUUM (ANALYZE)", "CHECKPOINT"]);
                    server.run("postgres", &[&format!("ALTER DATABASE making RENAME TO {template}")]);
                }
                server.run(
                    "postgres",
                    &[
                        &format!("DROP DATABASE IF EXISTS run_{name} WITH (FORCE)"),
                        &format!("CREATE DATABASE run_{name} TEMPLATE {template} STRATEGY FILE_COPY"),
                        "CHECKPOINT",
                    ],
                );
                Database { url: server.url(&format!("run_{name}")), name: format!("run_{name}") }
            }
        }
    }

    /// Forgets a copy.
    pub fn forget(&self, database: &Database) {
        match self.backend {
            Backend::Sqlite => remove(Path::new(&database.name)),
            Backend::Postgres => {
                let drop = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", database.name);
                self.server().run("postgres", &[&drop]);
            }
        }
    }

    /// Checks the books of a database that no gateway uses any more; what the program says of them.
    pub fn verify(&self, database: &Database) -> String {
        let mut command = self.program(database);
        let output = command.arg("verify").output().unwrap();
        let [said, noted] = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        assert!(output.status.success(), "kopilka verify: {said}{noted}");
        said
    }

    /// The program with a database and its key, and nobody else's settings.
    fn program(&self, database: &Database) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kopilka"));
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("KOPILKA_")) {
            command.env_remove(name);
        }
        command
            .current_dir(&self.run)
            .env("KOPILKA_SECURITY__KEY", KEY)
            .env("KOPILKA_SMS__CHANNEL", "console")
            .env("KOPILKA_DATABASE__URL", &database.url);
        command
    }

    /// A file of this run's.
    pub fn file(&self, name: &str) -> PathBuf {
        self.run.join(name)
    }

    /// Starts the gateway and waits until it is ready.
    pub fn gateway(&self, database: &Database, settings: &Settings) -> Gateway {
        let mut gateway = self.gateway_at_once(database, settings);
        while !is_ready(gateway.address) {
            assert!(!gateway.process.has_ended(), "the gateway has ended: {}", gateway.words());
            assert!(gateway.begun.elapsed() < START_MAX, "the gateway is not ready: {}", gateway.words());
            std::thread::sleep(Duration::from_millis(2));
        }
        gateway
    }

    /// Starts the gateway: as it comes, but for the database, the key, the address and what `settings` say.
    pub fn gateway_at_once(&self, database: &Database, settings: &Settings) -> Gateway {
        let (address, log) = (process::free_address(), self.run.join("gateway.log"));
        let mut command = self.program(database);
        let file = self.run.join("gateway.toml");
        fs::write(&file, &settings.config).unwrap();
        command.args(["serve", "--listen", &address.to_string(), "--config"]).arg(file);
        command.envs(settings.environment.iter().copied());
        command.envs(self.told.iter().map(|(name, value)| (name, value)));
        command.stdout(Stdio::null()).stderr(File::create(&log).unwrap());
        let begun = Instant::now();
        Gateway { process: Process::start(&mut command), address, log, begun }
    }
}

impl Drop for Ground {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let _ = fs::remove_dir_all(&self.run);
        }
    }
}

/// A running gateway.
pub struct Gateway {
    pub process: Process,
    pub address: std::net::SocketAddr,
    pub begun: Instant,
    log: PathBuf,
}

impl Gateway {
    pub fn words(&self) -> String {
        let text = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(15)..].join("\n")
    }
}

fn is_ready(address: std::net::SocketAddr) -> bool {
    use std::io::{Read as _, Write as _};
    let ask = || -> std::io::Result<String> {
        let mut stream = std::net::TcpStream::connect(address)?;
        stream.write_all(b"GET /health/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    };
    ask().is_ok_and(|answer| answer.starts_with("HTTP/1.1 200"))
}

/// The configuration of the program for a database, with nothing from outside.
pub fn config(url: &str) -> Config {
    let environment = [("KOPILKA_SECURITY__KEY".to_owned(), KEY.to_owned())];
    let overrides = Overrides { database: Some(url.into()), listen: Some("127.0.0.1:0".into()) };
    Config::load(None, environment, &overrides).unwrap()
}

/// Which migration is the last, as it may stand in a name.
fn schema_version() -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/sqlite");
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
    names.max().unwrap().replace('-', "_")
}

fn sqlite_url(path: &Path) -> String {
    format!("sqlite://{}", path.display())
}

/// Removes an SQLite database with all that is beside it.
fn remove(path: &Path) {
    for suffix in ["", "-wal", "-shm", ".lock"] {
        let _ = fs::remove_file(format!("{}{suffix}", path.display()));
    }
}
