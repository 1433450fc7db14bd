//! A PostgreSQL of the benchmark's own: its files are kept for the next run, its server is not.

use std::{
    fs,
    os::unix::{fs::chown, process::CommandExt as _},
    path::{Path, PathBuf},
    process::{Child, Stdio},
};

use diesel::{
    Connection as _, PgConnection, QueryableByName, RunQueryDsl as _, connection::SimpleConnection as _, sql_types,
};

use crate::postgres::{Tools, free_port, version_of, words_of};

const SUPERUSER: &str = "kopilka";
/// Reads until the benchmark closes the pipe, or is no more; then stops the server.
const GUARD_SCRIPT: &str = r#"read -r _; "$1" stop --pgdata "$2" --mode fast --silent"#;
const START_ATTEMPTS: u32 = 5;

pub struct Cluster {
    port: u16,
    data: PathBuf,
    pub tools: Tools,
    guard: Child,
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = sql_types::BigInt)]
    value: i64,
}

impl Cluster {
    /// Starts a server on the files in a folder, which are made where there are none. As it comes but for these settings.
    pub fn start(folder: &Path, settings: &[(String, String)]) -> Self {
        let tools = Tools::find();
        let version = version_of(&tools.programs).first().copied().unwrap_or_default();
        let folder = folder.join(format!("postgres-{version}"));
        fs::create_dir_all(&folder).unwrap();
        if let Some(owner) = tools.owner {
            chown(&folder, Some(owner.user), Some(owner.group)).unwrap();
            let may_enter = tools.unprivileged("test").arg("-w").arg(&folder).status().is_ok_and(|said| said.success());
            assert!(
                may_enter,
                "PostgreSQL's user may not write into {}: name another place by --folder",
                folder.display()
            );
        }
        let data = folder.join("data");
        if !data.join("PG_VERSION").exists() {
            let made = tools.run(
                "initdb",
                &[
                    "--pgdata".as_ref(),
                    data.as_os_str(),
                    "--username".as_ref(),
                    SUPERUSER.as_ref(),
                    "--auth=trust".as_ref(),
                    "--encoding=UTF8".as_ref(),
                    "--locale=C".as_ref(),
                ],
            );
            assert!(made.status.success(), "initdb failed: {}", words_of(&made));
        }
        // One that was left behind, should its guard have been killed as well.
        if data.join("postmaster.pid").exists() {
            let _ = tools.run(
                "pg_ctl",
                &["stop".as_ref(), "--mode".as_ref(), "fast".as_ref(), "--pgdata".as_ref(), data.as_os_str()],
            );
        }
        let mut command = tools.unprivileged("sh");
        command.args(["-c", GUARD_SCRIPT, "sh"]).arg(tools.programs.join("pg_ctl")).arg(&data);
        // A group of its own: an interrupt from the keyboard must not end the one who cleans up.
        command.process_group(0).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let guard = command.spawn().expect("sh is on every Unix");
        let mut cluster = Self { port: 0, data, tools, guard };
        cluster.start_server(&folder, settings);
        cluster
    }

    fn start_server(&mut self, folder: &Path, settings: &[(String, String)]) {
        let settings: String = settings.iter().map(|(name, value)| format!(" -c {name}={value}")).collect();
        let log = folder.join("server.log");
        for _ in 0..START_ATTEMPTS {
            self.port = free_port();
            let options = format!(
                "-c listen_addresses=127.0.0.1 -c port={} -c unix_socket_directories= -c max_connections=200{settings}",
                self.port
            );
            let started = self.tools.run(
                "pg_ctl",
                &[
                    "start".as_ref(),
                    "--wait".as_ref(),
                    "--silent".as_ref(),
                    "--pgdata".as_ref(),
                    self.data.as_os_str(),
                    "--log".as_ref(),
                    log.as_os_str(),
                    "--options".as_ref(),
                    options.as_ref(),
                ],
            );
            if started.status.success() {
                return;
            }
        }
        panic!("PostgreSQL did not start: {}", fs::read_to_string(log).unwrap_or_default());
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn url(&self, database: &str) -> String {
        format!("postgres://{SUPERUSER}@127.0.0.1:{}/{database}", self.port)
    }

    /// The server's first process.
    pub fn pid(&self) -> u32 {
        let file = fs::read_to_string(self.data.join("postmaster.pid")).unwrap();
        file.lines().next().unwrap().trim().parse().unwrap()
    }

    /// Runs statements in a database, each as its own transaction.
    pub fn run(&self, database: &str, statements: &[&str]) {
        let mut connection = PgConnection::establish(&self.url(database)).unwrap();
        for statement in statements {
            connection.batch_execute(statement).unwrap_or_else(|error| panic!("{statement}: {error}"));
        }
    }

    /// The number that an expression gives.
    pub fn number(&self, database: &str, expression: &str) -> i64 {
        let mut connection = PgConnection::establish(&self.url(database)).unwrap();
        let query = diesel::sql_query(format!("SELECT ({expression})::bigint AS value"));
        query.get_result::<Number>(&mut connection).unwrap().value
    }

    pub fn has(&self, database: &str) -> bool {
        self.number("postgres", &format!("SELECT count(*) FROM pg_database WHERE datname = '{database}'")) > 0
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // Closing the pipe is the signal.
        drop(self.guard.stdin.take());
        let _ = self.guard.wait();
    }
}
