//! What every storm stands on: a folder, a database, gateways as processes, and everything ended by its pid.

pub mod acknowledged;
pub mod books;
pub mod client;
pub mod crowd;
pub mod cutter;
pub mod load;
pub mod proxy;
pub mod shim;

use std::{
    fmt,
    fs::{self, File},
    io::{BufRead, BufReader, Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Output, Stdio},
    sync::atomic::{AtomicU16, AtomicU32, Ordering},
    time::{Duration, Instant},
};

use shim::Shim;

use crate::postgres::Postgres;

/// How long a gateway may take to start before the storm gives up.
const START_PATIENCE: Duration = Duration::from_secs(60);
/// Ports that the system never lends to a client: a client that knocks at a dead gateway's port must not meet itself.
const PORTS: std::ops::Range<u16> = 20_100..32_000;
/// Reads until the storm closes the pipe, or is no more; then ends the process.
const GUARD_SCRIPT: &str = r#"read -r _; kill -s KILL "$1" 2>/dev/null"#;
/// Stops processes until the storm closes the pipe, or is no more.
const FREEZE_SCRIPT: &str = r#"kill -s STOP "$@"; echo frozen; read -r _; kill -s CONT "$@""#;
/// The key of every storm's database: 32 bytes in Base64.
pub const KEY: &str = "c3Rvcm1zIGFuZCBub3RoaW5nIGVsc2UsIDMyIGJ5dGU=";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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

/// The one way to let time pass: a fault has a duration, and a client that was refused waits a little.
pub fn pause(duration: Duration) {
    std::thread::sleep(duration);
}

/// Waits until something is so; answers how long that took, or nothing when it never was.
pub fn until(patience: Duration, mut is_so: impl FnMut() -> bool) -> Option<Duration> {
    let started = Instant::now();
    loop {
        if is_so() {
            return Some(started.elapsed());
        }
        if started.elapsed() > patience {
            return None;
        }
        pause(Duration::from_millis(5));
    }
}

/// A folder and a database of a storm's own; gone when it is dropped.
pub struct Ground {
    pub backend: Backend,
    pub postgres: Option<Postgres>,
    /// The database's URL.
    pub url: String,
    pub folder: PathBuf,
}

impl Ground {
    pub fn new(backend: Backend) -> Self {
        Self::with(backend, |_| Vec::new())
    }

    /// A ground whose database can be told that its disk is full. What SQLite needs is for the gateway's environment.
    pub fn with_shim(backend: Backend) -> (Self, Shim, Vec<(String, String)>) {
        let mut made = None;
        let ground = Self::with(backend, |folder| {
            let shim = Shim::new(folder);
            let environment = shim.environment("base/:pg_wal/");
            made = Some(shim);
            environment
        });
        let shim = made.expect("it is made with the ground");
        let files = format!("{}/kopilka.db", ground.folder.display());
        let environment = if backend == Backend::Sqlite { shim.environment(&files) } else { Vec::new() };
        (ground, shim, environment)
    }

    fn with(backend: Backend, environment: impl FnOnce(&Path) -> Vec<(String, String)>) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("kopilka-storm-{}-{number}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let environment_of = environment(&folder);
        let postgres = (backend == Backend::Postgres).then(|| Postgres::start_in(environment_of));
        let url = match &postgres {
            Some(server) => server.create_database("storm"),
            None => format!("sqlite://{}/kopilka.db", folder.display()),
        };
        Self { backend, postgres, url, folder }
    }

    /// How many gateways share this database in a storm about several.
    pub fn gateways(&self) -> usize {
        if self.backend == Backend::Postgres { 2 } else { 1 }
    }

    pub fn server(&self) -> &Postgres {
        self.postgres.as_ref().expect("this storm is about PostgreSQL")
    }

    /// The program with this storm's database and key, and nobody else's settings.
    pub fn program(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kopilka"));
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("KOPILKA_")) {
            command.env_remove(name);
        }
        command.current_dir(&self.folder).env("KOPILKA_SECURITY__KEY", KEY).env("KOPILKA_DATABASE__URL", &self.url);
        command.env("KOPILKA_LOG__LEVEL", "warn").env("KOPILKA_JOBS__INTERVAL_S", "1").stdin(Stdio::null());
        command
    }

    /// Starts a gateway on a port of its own and waits until it is ready; with demo data.
    pub fn gateway(&self, settings: &[(&str, &str)]) -> Gateway {
        let mut gateway = self.gateway_at(free_address(), settings);
        gateway.wait_ready();
        gateway
    }

    /// As [`Self::gateway`], of a process that is started with so many open files at most, and may ask for more.
    pub fn gateway_with_files(&self, files: u32, settings: &[(&str, &str)]) -> Gateway {
        let program = self.program();
        let mut command = Command::new("sh");
        command.args(["-c", &format!("ulimit -S -n {files} && exec \"$0\" \"$@\"")]).arg(program.get_program());
        command.current_dir(&self.folder).stdin(Stdio::null());
        for (name, value) in program.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        let mut gateway = self.start(command, free_address(), settings);
        gateway.wait_ready();
        gateway
    }

    /// Starts a gateway and does not wait.
    pub fn gateway_at(&self, address: SocketAddr, settings: &[(&str, &str)]) -> Gateway {
        self.start(self.program(), address, settings)
    }

    fn start(&self, mut command: Command, address: SocketAddr, settings: &[(&str, &str)]) -> Gateway {
        let log = self.folder.join(format!("gateway-{}.log", address.port()));
        let errors = File::options().create(true).append(true).open(&log).unwrap();
        command.args(["serve", "--demo", "--listen", &address.to_string()]).envs(settings.iter().copied());
        let started = Instant::now();
        let child = command.stdout(Stdio::null()).stderr(errors).spawn().unwrap();
        let guard = Command::new("sh")
            .args(["-c", GUARD_SCRIPT, "sh", &child.id().to_string()])
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        Gateway { child, guard, address, started, log }
    }

    /// Runs a command of the program to its end.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.program().args(arguments).output().unwrap()
    }

    /// Stops all processes of PostgreSQL until the answer is dropped.
    pub fn freeze(&self) -> Frozen {
        let processes: Vec<String> = self.server().processes().iter().map(u32::to_string).collect();
        let mut command = Command::new("sh");
        command.args(["-c", FREEZE_SCRIPT, "sh"]).args(&processes).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut helper = command.stderr(Stdio::null()).spawn().unwrap();
        let mut said = String::new();
        BufReader::new(helper.stdout.take().unwrap()).read_line(&mut said).unwrap();
        assert_eq!(said.trim(), "frozen");
        Frozen { helper }
    }

    /// Kills PostgreSQL, the server first so that it does nothing about its children's end.
    pub fn kill_server(&self) {
        let processes = self.server().processes();
        assert!(processes.len() > 1, "PostgreSQL does not run");
        signal("KILL", &processes);
        let gone = |process: &u32| {
            let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
            stat.rsplit_once(')').is_none_or(|(_, rest)| rest.trim_start().starts_with('Z'))
        };
        until(Duration::from_secs(10), || processes.iter().all(gone)).expect("what was killed is gone");
    }
}

impl Drop for Ground {
    fn drop(&mut self) {
        if std::thread::panicking() {
            show_logs(&self.folder);
        }
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// The last words of the gateways of a storm that broke off.
pub fn show_logs(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.path().extension().is_some_and(|extension| extension == "log") && entry.file_name() != "sms.log" {
            let text = fs::read_to_string(entry.path()).unwrap_or_default();
            let lines: Vec<&str> = text.lines().collect();
            let last = lines.iter().skip(lines.len().saturating_sub(15)).copied().collect::<Vec<_>>().join("\n");
            eprintln!("{}:\n{last}", entry.path().display());
        }
    }
}

/// PostgreSQL stopped in its tracks; it goes on when this is dropped, or the storm is no more.
pub struct Frozen {
    helper: Child,
}

impl Drop for Frozen {
    fn drop(&mut self) {
        drop(self.helper.stdin.take());
        let _ = self.helper.wait();
    }
}

/// A gateway's process.
pub struct Gateway {
    child: Child,
    guard: Child,
    pub address: SocketAddr,
    started: Instant,
    log: PathBuf,
}

impl Gateway {
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits until it says that it is ready; answers how long that took since its start.
    pub fn wait_ready(&mut self) -> Duration {
        loop {
            if is_ready(self.address) {
                return self.started.elapsed();
            }
            if let Some(status) = self.ended() {
                panic!("the gateway ended at its start with {status}: {}", self.words());
            }
            assert!(self.started.elapsed() < START_PATIENCE, "the gateway is not ready: {}", self.words());
            pause(Duration::from_millis(5));
        }
    }

    /// What it has logged.
    pub fn words(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// How it ended, if it has.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap()
    }

    /// kill -9.
    pub fn kill(self) {
        drop(self);
    }

    /// Asks it to stop.
    pub fn terminate(&self) {
        signal("TERM", &[self.pid()]);
    }

    /// Its open files and sockets.
    pub fn open_files(&self) -> usize {
        fs::read_dir(format!("/proc/{}/fd", self.pid())).unwrap().count()
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        // The guard first: once the process was waited for, its number may be somebody else's.
        let _ = self.guard.kill();
        let _ = self.guard.wait();
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends a signal by the shell's own `kill`: a test needs no unsafe code for it.
pub fn signal(name: &str, processes: &[u32]) {
    let numbers: Vec<String> = processes.iter().map(u32::to_string).collect();
    let _ = Command::new("sh")
        .args(["-c", &format!("kill -s {name} \"$@\""), "sh"])
        .args(numbers)
        .stderr(Stdio::null())
        .status()
        .unwrap();
}

/// A free address of the loopback.
pub fn free_address() -> SocketAddr {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let span = PORTS.end - PORTS.start;
    let first = u16::try_from(std::process::id() % u32::from(span)).unwrap();
    loop {
        let port = PORTS.start + (first + NEXT.fetch_add(1, Ordering::Relaxed)) % span;
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        }
    }
}

/// Whether a balancer would send tills there.
pub fn is_ready(address: SocketAddr) -> bool {
    let ask = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect_timeout(&address, Duration::from_millis(500))?;
        stream.set_read_timeout(Some(Duration::from_secs(2)))?;
        stream.write_all(b"GET /health/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    };
    ask().is_ok_and(|answer| answer.starts_with("HTTP/1.1 200"))
}
