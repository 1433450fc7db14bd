//! A private PostgreSQL for one test process: its own cluster, port and folder, gone when the process is.

#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot have its database must fail, with the reason"
)]

use std::{
    ffi::OsStr,
    fs,
    net::TcpListener,
    os::unix::{
        fs::{DirBuilderExt, MetadataExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::atomic::{AtomicU32, Ordering},
};

/// The superuser of the private cluster; connections of this machine need no password.
const SUPERUSER: &str = "kopilka";
/// How many connections the cluster takes: several gateways of several stories at once.
const CONNECTIONS_MAX: u32 = 200;
/// How long the server may take to accept connections.
const START_TIMEOUT_S: u32 = 60;
/// A free port can be taken by another process before the server binds it.
const START_ATTEMPTS: u32 = 5;
/// The users that PostgreSQL may run as when the tests run as root, which it refuses to be.
const UNPRIVILEGED_USERS: [&str; 2] = ["postgres", "nobody"];
/// Reads until the test process closes the pipe, or is no more; then stops the server and removes its folder.
const GUARD_SCRIPT: &str = r#"read -r _; "$1" stop --pgdata "$2/data" --mode immediate --silent; rm -rf "$2""#;

/// A running server. It writes as durably as a real one (`fsync` is on), so that crash tests mean something.
///
/// Dropping it stops it and removes its files. The same happens when the test process ends without dropping it (it may
/// live in a `static`) or is killed: a guard process holds a pipe to it.
pub struct Postgres {
    port: u16,
    tools: Tools,
    guard: Guard,
    environment: Vec<(String, String)>,
}

impl Postgres {
    /// Creates a cluster and starts its server.
    ///
    /// # Panics
    /// When PostgreSQL is not installed: a missing database fails the tests, it never skips them. Also when the cluster
    /// cannot be created or started; the message has the tool's own words.
    pub fn start() -> Self {
        Self::start_in(Vec::new())
    }

    /// Creates a cluster and starts its server with more in its environment, now and when it is started again.
    ///
    /// # Panics
    /// As [`Self::start`].
    pub fn start_in(environment: Vec<(String, String)>) -> Self {
        let tools = Tools::find();
        let folder = private_folder(tools.owner);
        let guard = Guard::over(&tools, folder);
        let data = guard.folder.join("data");
        let created = tools.run(
            "initdb",
            &[
                "--pgdata".as_ref(),
                data.as_os_str(),
                "--username".as_ref(),
                SUPERUSER.as_ref(),
                "--auth=trust".as_ref(),
                "--encoding=UTF8".as_ref(),
                "--locale=C".as_ref(),
                // The files of an empty cluster need no care; those of the running server get it.
                "--no-sync".as_ref(),
            ],
        );
        assert!(created.status.success(), "initdb failed: {}", words_of(&created));
        let port = start_server(&tools, &guard.folder, &data, &environment);
        Self { port, tools, guard, environment }
    }

    /// The URL of the cluster's own database, `postgres`.
    pub fn url(&self) -> String {
        self.url_of("postgres")
    }

    /// Where the server keeps its files.
    #[allow(dead_code, reason = "the stories alone read them")]
    pub fn data_folder(&self) -> PathBuf {
        self.guard.folder.join("data")
    }

    /// Creates an empty database and returns its URL.
    ///
    /// # Panics
    /// When there is a database of that name already, or the server does not answer.
    pub fn create_database(&self, name: &str) -> String {
        let port = self.port.to_string();
        let socket = self.guard.folder.as_os_str();
        let arguments = ["--host".as_ref(), socket, "--port".as_ref(), port.as_ref(), "--username".as_ref()];
        let created = self.tools.run("createdb", &[&arguments[..], &[SUPERUSER.as_ref(), name.as_ref()]].concat());
        assert!(created.status.success(), "database {name} cannot be created: {}", words_of(&created));
        self.url_of(name)
    }

    /// The server's process and all that it has started, the server first; empty when it does not run.
    #[allow(dead_code, reason = "the storms kill and freeze the server, the stories never do")]
    pub fn processes(&self) -> Vec<u32> {
        let file = fs::read_to_string(self.guard.folder.join("data/postmaster.pid")).unwrap_or_default();
        let Some(server) = file.lines().next().and_then(|line| line.trim().parse().ok()) else { return Vec::new() };
        if !Path::new(&format!("/proc/{server}")).exists() {
            return Vec::new();
        }
        let all = fs::read_dir("/proc").into_iter().flatten().flatten();
        let numbers = all.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
        std::iter::once(server).chain(numbers.filter(|number| parent_of(*number) == Some(server))).collect()
    }

    /// Starts the server again, on its port and its files, after it was killed.
    ///
    /// # Panics
    /// It does not start; the message is its log.
    #[allow(dead_code, reason = "the storms kill and freeze the server, the stories never do")]
    pub fn start_again(&self) {
        let data = self.guard.folder.join("data");
        // Where nobody has waited for the dead server yet, its number is still taken, and the files that name it would
        // keep a new one from starting.
        for file in [data.join("postmaster.pid"), self.guard.folder.join(format!(".s.PGSQL.{}.lock", self.port))] {
            let _ = fs::remove_file(file);
        }
        // A client's end of a connection may sit on the port for a moment.
        let started =
            (0..START_ATTEMPTS).any(|_| start_at(&self.tools, &self.guard.folder, &data, self.port, &self.environment));
        let log = || fs::read_to_string(self.guard.folder.join("server.log")).unwrap_or_default();
        assert!(started, "PostgreSQL did not start again; its log says:\n{}", log());
    }

    /// Copies a database as the documentation of backups says, by `pg_dump` and `pg_restore`; answers the copy's URL.
    ///
    /// # Panics
    /// When one of the tools fails.
    pub fn copy_database(&self, url: &str, name: &str) -> String {
        let copy = self.create_database(name);
        let file = self.guard.folder.join(format!("{name}.dump"));
        let dumped = self.tools.run(
            "pg_dump",
            &["--format=custom".as_ref(), "--file".as_ref(), file.as_os_str(), "--dbname".as_ref(), url.as_ref()],
        );
        assert!(dumped.status.success(), "pg_dump failed: {}", words_of(&dumped));
        let restored = self
            .tools
            .run("pg_restore", &["--exit-on-error".as_ref(), "--dbname".as_ref(), copy.as_ref(), file.as_os_str()]);
        assert!(restored.status.success(), "pg_restore failed: {}", words_of(&restored));
        copy
    }

    fn url_of(&self, database: &str) -> String {
        format!("postgres://{SUPERUSER}@127.0.0.1:{}/{database}", self.port)
    }
}

/// Starts the server on a port that was free a moment ago.
fn start_server(tools: &Tools, folder: &Path, data: &Path, environment: &[(String, String)]) -> u16 {
    for _ in 0..START_ATTEMPTS {
        let port = free_port();
        if start_at(tools, folder, data, port, environment) {
            return port;
        }
    }
    let log = fs::read_to_string(folder.join("server.log")).unwrap_or_default();
    panic!("PostgreSQL did not start in {START_ATTEMPTS} attempts; its log says:\n{log}");
}

/// Starts the server on a port, if it can be had.
fn start_at(tools: &Tools, folder: &Path, data: &Path, port: u16, environment: &[(String, String)]) -> bool {
    let (log, timeout_s) = (folder.join("server.log"), START_TIMEOUT_S.to_string());
    let options = format!(
        "-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={} \
         -c max_connections={CONNECTIONS_MAX} -c fsync=on -c synchronous_commit=on",
        folder.display()
    );
    let started = tools.run_in(
        environment,
        "pg_ctl",
        &[
            "start".as_ref(),
            "--wait".as_ref(),
            "--silent".as_ref(),
            "--timeout".as_ref(),
            timeout_s.as_ref(),
            "--pgdata".as_ref(),
            data.as_os_str(),
            "--log".as_ref(),
            log.as_os_str(),
            "--options".as_ref(),
            options.as_ref(),
        ],
    );
    started.status.success()
}

/// Who started a process: the fourth word of its `stat`, whose second may hold spaces but ends with the last «)».
fn parent_of(process: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}

/// What outlives the test process for a moment, to clean up after it.
struct Guard {
    folder: PathBuf,
    process: Child,
}

impl Guard {
    /// Takes care of a folder from now on, and of the server that will run there.
    fn over(tools: &Tools, folder: PathBuf) -> Self {
        let mut command = tools.unprivileged("sh");
        command.args(["-c", GUARD_SCRIPT, "sh"]).arg(tools.programs.join("pg_ctl")).arg(&folder);
        // A group of its own: an interrupt from the keyboard must end the tests, not the one who cleans up.
        command.process_group(0).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let process = command.spawn().expect("sh is on every Unix");
        Self { folder, process }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        // Closing the pipe is the signal.
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

/// PostgreSQL's programs, and whom they run as.
pub struct Tools {
    pub programs: PathBuf,
    pub owner: Option<Owner>,
}

/// A user by numbers.
#[derive(Clone, Copy)]
pub struct Owner {
    pub user: u32,
    pub group: u32,
}

impl Tools {
    pub fn find() -> Self {
        let programs = program_folders().into_iter().max_by_key(|folder| version_of(folder)).unwrap_or_else(|| {
            panic!(
                "PostgreSQL's server programs (initdb, postgres) are neither in PATH nor in /usr/lib/postgresql/*/bin: \
                 install them, on Debian with «apt-get install postgresql», or run .ci/setup"
            )
        });
        Self { programs, owner: unprivileged_owner() }
    }

    /// A command that runs as the owner, in a folder that every user may enter.
    pub fn unprivileged(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir("/").stdin(Stdio::null()).env("LC_ALL", "C");
        if let Some(owner) = self.owner {
            command.uid(owner.user).gid(owner.group);
        }
        // Settings for another server must not reach this one.
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("PG")) {
            command.env_remove(name);
        }
        command
    }

    pub fn run(&self, program: &str, arguments: &[&OsStr]) -> Output {
        self.run_in(&[], program, arguments)
    }

    fn run_in(&self, environment: &[(String, String)], program: &str, arguments: &[&OsStr]) -> Output {
        let path = self.programs.join(program);
        let more = environment.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let output = self.unprivileged(&path).envs(more).args(arguments).output();
        output.unwrap_or_else(|error| panic!("{} cannot be run: {error}", path.display()))
    }
}

pub fn words_of(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Every folder that has a whole server's programs.
fn program_folders() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let packaged = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let folders = std::env::split_paths(&path).chain(packaged.map(|version| version.path().join("bin")));
    let has_all =
        |folder: &PathBuf| ["initdb", "postgres", "pg_ctl", "createdb"].iter().all(|name| folder.join(name).is_file());
    folders.filter(has_all).collect()
}

/// The numbers in «postgres (PostgreSQL) 15.18 (Debian 15.18-0)», as they compare.
pub fn version_of(folder: &Path) -> Vec<u32> {
    let said = Command::new(folder.join("postgres")).arg("--version").output();
    let said = said.map(|output| words_of(&output)).unwrap_or_default();
    let number = said.split_whitespace().find(|word| word.starts_with(|first: char| first.is_ascii_digit()));
    number.unwrap_or_default().split('.').map_while(|part| part.parse().ok()).collect()
}

/// Whom the server runs as, when the tests run as root.
fn unprivileged_owner() -> Option<Owner> {
    let is_root = fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0);
    is_root.then(|| {
        let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
        let found = UNPRIVILEGED_USERS.iter().find_map(|name| owner_named(name, &users));
        found.expect("PostgreSQL does not run as root: create a user «postgres», or run the tests as another user")
    })
}

/// A line of the list of users is `name:password:user:group:…`.
fn owner_named(name: &str, users: &str) -> Option<Owner> {
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let is_named = fields.next() == Some(name);
        let (user, group) = (fields.nth(1)?.parse().ok()?, fields.next()?.parse().ok()?);
        is_named.then_some(Owner { user, group })
    })
}

/// A folder of this server's alone; its path is short, because a socket's path may have 107 bytes only.
fn private_folder(owner: Option<Owner>) -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let folder = PathBuf::from(format!("/tmp/kopilka-pg-{}-{number}", std::process::id()));
    fs::DirBuilder::new().mode(0o700).create(&folder).expect("a folder in /tmp can be created");
    if let Some(owner) = owner {
        chown(&folder, Some(owner.user), Some(owner.group)).expect("root may give a folder away");
    }
    folder
}

/// A free port of the loopback.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("the loopback has a free port");
    listener.local_addr().expect("a bound socket has an address").port()
}

#[cfg(test)]
mod tests {
    use std::net::TcpStream;

    use super::*;

    #[test]
    fn a_server_starts_makes_databases_and_leaves_nothing_behind() {
        let postgres = Postgres::start();
        let (port, folder) = (postgres.port, postgres.guard.folder.clone());
        let url = postgres.create_database("story");
        assert_eq!(url, format!("postgres://kopilka@127.0.0.1:{port}/story"));
        assert!(postgres.url().ends_with("/postgres"));
        assert!(TcpStream::connect(("127.0.0.1", port)).is_ok());
        drop(postgres);
        assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
        assert!(!folder.exists());
    }

    #[test]
    fn two_servers_do_not_meet() {
        let (one, two) = (Postgres::start(), Postgres::start());
        assert_ne!(one.create_database("same"), two.create_database("same"));
    }

    #[test]
    fn a_user_is_found_by_name() {
        let users = "root:x:0:0::/root:/bin/sh\npostgres:x:105:113::/:/bin/sh\nbroken\n";
        let owner = owner_named("postgres", users).unwrap();
        assert_eq!((owner.user, owner.group), (105, 113));
        assert!(owner_named("nobody", users).is_none());
    }
}
