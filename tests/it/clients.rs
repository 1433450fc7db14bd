//! The main job by clients that read only the WSDL: zeep and PHP's SoapClient, against the program as a user runs it,
//! on both backends; afterwards the books are in order, and no log has a personal datum, a code or a password.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use crate::support::{Backend, Folder, database};

/// The program, running.
struct Server {
    child: Child,
    base: String,
    folder: Folder,
    url: String,
    key: String,
}

impl Server {
    fn start(backend: Backend) -> Self {
        let folder = Folder::new();
        let url = database(backend, &folder);
        let key = kopilka::vault::Vault::fresh_key().unwrap().to_string();
        let log = fs::File::create(folder.0.join("log")).unwrap();
        let out = fs::File::create(folder.0.join("out")).unwrap();
        let child = command(&folder.0, &key)
            .args(["serve", "--demo", "--listen", "127.0.0.1:0", "--database", &url])
            .stdout(Stdio::from(out))
            .stderr(Stdio::from(log))
            .spawn()
            .unwrap();
        let mut server = Self { child, base: String::new(), folder, url, key };
        server.base = server.wait_for_address();
        server
    }

    /// The address that it prints once it listens.
    fn wait_for_address(&mut self) -> String {
        let until = Instant::now() + Duration::from_secs(30);
        while Instant::now() < until {
            let out = fs::read_to_string(self.folder.0.join("out")).unwrap();
            if let Some((_, rest)) = out.split_once("listens on ") {
                return rest.split('/').take(3).collect::<Vec<_>>().join("/");
            }
            if let Some(status) = self.child.try_wait().unwrap() {
                panic!("the gateway ended with {status}: {}", fs::read_to_string(self.folder.0.join("log")).unwrap());
            }
            std::thread::yield_now();
        }
        panic!("the gateway did not start in time");
    }

    fn stop(&mut self) -> Option<i32> {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        self.child.wait().unwrap().code()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn command(folder: &Path, key: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kopilka"));
    command.current_dir(folder).env("KOPILKA_SECURITY__KEY", key).env("KOPILKA_LOG__LEVEL", "debug");
    command
}

/// The folder of the project.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The Python with the clients that `.ci/setup` made.
pub fn python() -> PathBuf {
    let python = root().join("target/clients-venv/bin/python");
    assert!(python.exists(), "{} is missing: run .ci/setup first", python.display());
    python
}

fn tell(server: &Server, program: &Path, script: &str) {
    let output = Command::new(program)
        .arg(root().join("tests/clients").join(script))
        .args(["--url", &server.base, "--sms"])
        .arg(server.folder.0.join("sms.log"))
        .output()
        .unwrap_or_else(|error| panic!("{} cannot be run ({error}): run .ci/setup first", program.display()));
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}");
    assert!(said.contains(" 0 failed"), "{said}");
}

/// Nothing of the customers' and nothing secret is in what the program logged, at the most talkative level.
fn assert_discreet(server: &Server) {
    let log = fs::read_to_string(server.folder.0.join("log")).unwrap();
    assert!(log.lines().count() > 40, "the log is suspiciously short");
    let sms = fs::read_to_string(server.folder.0.join("sms.log")).unwrap();
    let mut secrets: Vec<String> = vec![server.key.clone(), "Иванов".into(), "example".into(), "Basic ".into()];
    let mut codes = 0;
    for line in sms.lines() {
        // Six digits in a row with no digit beside them are a code; eleven after a plus are a phone.
        for digits in line.split(|c: char| !c.is_ascii_digit()).filter(|digits| digits.len() == 6 || digits.len() == 11)
        {
            codes += usize::from(digits.len() == 6);
            secrets.push(digits.to_owned());
        }
    }
    assert!(codes > 0, "no code was sent");
    for secret in secrets {
        let found = log.lines().find(|line| {
            line.split(|c: char| !c.is_alphanumeric()).any(|word| word == secret)
                || (secret.len() > 6 && line.contains(&secret))
        });
        assert_eq!(found, None, "the log has {secret:?}");
    }
}

/// Starts the program, lets a client tell its story, and looks at the books and the logs afterwards.
pub fn story(backend: Backend, program: &Path, script: &str) {
    let mut server = Server::start(backend);
    tell(&server, program, script);
    assert_eq!(server.stop(), Some(0), "SIGTERM ends it in order");
    assert_discreet(&server);
    let verified = command(&server.folder.0, &server.key).args(["verify", "--database", &server.url]).output().unwrap();
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stdout));
    assert!(String::from_utf8_lossy(&verified.stdout).contains(" 0 findings"));
}

#[test]
fn zeep_tells_the_story_on_sqlite() {
    story(Backend::Sqlite, &python(), "story.py");
}

#[test]
fn zeep_tells_the_story_on_postgres() {
    story(Backend::Postgres, &python(), "story.py");
}

#[test]
fn php_tells_the_story_on_sqlite() {
    story(Backend::Sqlite, Path::new("php"), "story.php");
}

#[test]
fn php_tells_the_story_on_postgres() {
    story(Backend::Postgres, Path::new("php"), "story.php");
}

#[test]
fn the_curl_example_shows_a_call_answered() {
    let server = Server::start(Backend::Sqlite);
    let output = Command::new(root().join("examples/call.sh")).arg(&server.base).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("GetBalance") && said.contains("500.00"), "{said}");
}
