//! `kopilka doctor`: what it says of an installation that was just tried, of one that is in order, and of a broken one.

use std::{collections::BTreeMap, fs, path::Path, process::Command};

use serde_json::Value;

use crate::{
    books::{open, run},
    support::{App, Backend, Folder, config, database, messages::message, messages::office, on_both},
};
use kopilka::{app::DEMO_LOGINS, vault::Vault};

on_both! { backend: a_trial_is_told_what_is_missing_and_what_is_mended_is_fine }
on_both! { backend: roots_that_go_to_a_phone_are_kept_outside_if_messages_leave }
on_both! { backend: what_is_broken_is_named_and_nothing_is_made }

/// The command on a story's database.
struct Doctor {
    environment: BTreeMap<String, String>,
    url: String,
}

/// What it said, by check, and its exit code.
struct Said {
    code: i32,
    text: String,
    checks: Vec<(String, String, String)>,
}

impl Doctor {
    fn of(config: &kopilka::config::Config) -> Self {
        let url = match (config.database.url.sqlite_path(), config.database.url.postgres_url()) {
            (Some(path), _) => format!("sqlite://{}", path.display()),
            (None, url) => url.unwrap().to_owned(),
        };
        let key_file = config.security.key_file.as_ref().unwrap().display().to_string();
        let settings = [("KOPILKA_SECURITY__KEY_FILE", key_file), ("KOPILKA_SMS__CHANNEL", "console".into())];
        Self { environment: settings.map(|(name, value)| (name.to_owned(), value)).into(), url }
    }

    fn with(mut self, variable: &str, value: &str) -> Self {
        self.environment.insert(variable.into(), value.into());
        self
    }

    fn kopilka(&self, arguments: &[&str]) -> (i32, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_kopilka"))
            .args(arguments)
            .args(["--database", &self.url])
            .env_clear()
            .envs(&self.environment)
            .output()
            .unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
    }

    fn look(&self) -> Said {
        let (code, json) = self.kopilka(&["doctor", "--json"]);
        let said: Value = serde_json::from_str(&json).unwrap_or_else(|error| panic!("{error}: {json}"));
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let checks = said["checks"].as_array().unwrap().iter();
        let checks = checks.map(|check| (text(&check["check"]), text(&check["state"]), text(&check["text"])));
        let (again, text) = self.kopilka(&["doctor"]);
        assert_eq!(again, code);
        Said { code, text, checks: checks.collect() }
    }
}

impl Said {
    /// The worst state of a check.
    #[track_caller]
    fn state(&self, check: &str) -> &str {
        let states: Vec<&str> =
            self.checks.iter().filter(|(name, ..)| name == check).map(|(_, state, _)| state.as_str()).collect();
        assert!(!states.is_empty(), "nothing of {check} in\n{}", self.text);
        ["broken", "warning", "note", "fine"].into_iter().find(|state| states.contains(state)).unwrap()
    }

    #[track_caller]
    fn says(&self, words: &str) {
        assert!(self.text.contains(words), "nothing of «{words}» in\n{}", self.text);
    }
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

async fn a_trial_is_told_what_is_missing_and_what_is_mended_is_fine(backend: Backend) {
    let (folder, outside) = (Folder::new(), Folder::new());
    let mut config = config(&database(backend, &folder), &folder);
    let roots = outside.0.join("roots.txt");
    config.seals.file = Some(roots.clone());
    let key_file = config.security.key_file.clone().unwrap();
    let app = App::start_with(config, folder).await;
    // After the start, which mends it.
    set_mode(&key_file, 0o644);
    let database_file = app.config.database.url.sqlite_path().map(Path::to_owned);
    if let Some(file) = &database_file {
        set_mode(file, 0o644);
    }
    let doctor = Doctor::of(&app.config);
    let trial = doctor.look();
    assert_eq!(trial.code, 1, "{}", trial.text);
    for check in ["key", "escrow", "seals", "demo", "sms"] {
        assert_eq!(trial.state(check), "warning", "{check}: {}", trial.text);
    }
    for check in ["settings", "database", "upgrade", "keys", "tls"] {
        assert_eq!(trial.state(check), "fine", "{check}: {}", trial.text);
    }
    assert_eq!(trial.state("backup"), "note");
    trial.says("kopilka keys escrow --check");
    trial.says("demo, kassa, senior, office, other");
    trial.says("chmod 600");
    if backend == Backend::Sqlite {
        assert_eq!(trial.state("permissions"), "warning");
        assert_eq!(trial.state("disk"), "fine");
    }

    // What it asked for is done.
    set_mode(&key_file, 0o600);
    for end in ["", "-wal", "-shm"] {
        let file = database_file.as_ref().map(|file| Path::new(&format!("{}{end}", file.display())).to_owned());
        file.filter(|file| file.exists()).into_iter().for_each(|file| set_mode(&file, 0o600));
    }
    for (login, ..) in DEMO_LOGINS.iter().filter(|(login, ..)| !["office", "other"].contains(login)) {
        app.office(message!(office::DisableLogin { login: *login })).await.ok();
    }
    app.add_stranger();
    app.office(message!(office::DisableLogin { login: "other" })).by("stranger").await.ok();
    app.office(message!(office::EnableLogin { login: "office", password: "a-password-of-its-own" })).await.ok();
    let doctor = doctor
        .with("KOPILKA_PASSPHRASE", "twelve characters and more")
        .with("KOPILKA_SEALS__FILE", roots.to_str().unwrap())
        .with("KOPILKA_SMS__CHANNEL", "http")
        .with("KOPILKA_SMS__PRESET", "sms.ru")
        .with("KOPILKA_SMS_API_ID", "an-id");
    assert_eq!(doctor.kopilka(&["keys", "escrow"]).0, 0);
    crate::support::until("a seal", || fs::read_to_string(&roots).ok().filter(|text| !text.is_empty())).await;
    let mended = doctor.look();
    // The machine's own clock may be before the story's.
    let unwell = |said: &Said| -> Vec<String> {
        let is_unwell = |state: &str| state == "warning" || state == "broken";
        let found = said.checks.iter().filter(|(check, state, _)| is_unwell(state) && check != "clock");
        found.map(|(check, state, text)| format!("{check} {state}: {text}")).collect()
    };
    assert_eq!(unwell(&mended), [""; 0], "{}", mended.text);
    assert_eq!(mended.code == 0, ["fine", "note"].contains(&mended.state("clock")), "{}", mended.text);

    // Roots that the database does not have: it was put back.
    let written = fs::read_to_string(&roots).unwrap();
    fs::write(&roots, format!("{written}999 2026-11-21T09:00:00Z {}\n", "0".repeat(64))).unwrap();
    let put_back = doctor.look();
    assert_eq!((put_back.code, put_back.state("seals")), (2, "broken"), "{}", put_back.text);
    fs::write(&roots, "").unwrap();
    assert_eq!(doctor.look().state("seals"), "warning");
    // On the network without TLS, and behind a proxy that was named.
    let open = doctor.with("KOPILKA_SERVER__LISTEN", "0.0.0.0:8080");
    assert_eq!(open.look().state("tls"), "warning");
    let named = open.with("KOPILKA_SERVER__TRUSTED_PROXIES", "10.0.0.0/8");
    assert_eq!(named.look().state("tls"), "note");
    app.finish().await;
}

async fn roots_that_go_to_a_phone_are_kept_outside_if_messages_leave(backend: Backend) {
    let app = App::start(backend).await;
    let nowhere = Doctor::of(&app.config).look();
    assert_eq!(nowhere.state("seals"), "warning");
    nowhere.says("seals.url or seals.phone");
    let doctor = Doctor::of(&app.config).with("KOPILKA_SEALS__PHONE", "+79160000099");
    let shown = doctor.look();
    assert_eq!(shown.state("seals"), "warning");
    shown.says("the console channel sends them nowhere");
    assert!(!shown.text.contains("are not kept outside"), "{}", shown.text);
    let doctor = doctor
        .with("KOPILKA_SMS__CHANNEL", "http")
        .with("KOPILKA_SMS__PRESET", "sms.ru")
        .with("KOPILKA_SMS_API_ID", "an-id")
        .with("KOPILKA_SEALS__URL", "https://user:hidden@keeper.example/hidden");
    let sent = doctor.look();
    assert_eq!(sent.state("seals"), "note", "{}", sent.text);
    sent.says("by SMS to seals.phone");
    sent.says("https://keeper.example.");
    assert!(!sent.text.contains("hidden"), "{}", sent.text);
    let (code, settings) = doctor.kopilka(&["check-config"]);
    assert!(code == 0 && !settings.contains("hidden"), "{settings}");
    app.finish().await;
}

async fn what_is_broken_is_named_and_nothing_is_made(backend: Backend) {
    let app = App::start(backend).await;
    let doctor = Doctor::of(&app.config);
    run(&mut open(&app), "INSERT INTO unfinished_upgrades (step) VALUES ('novelty')");
    let unfinished = doctor.look();
    assert_eq!((unfinished.code, unfinished.state("upgrade")), (1, "warning"));
    unfinished.says("novelty");
    run(&mut open(&app), "DELETE FROM unfinished_upgrades");
    // Another database's key.
    let other = Folder::new();
    let key = other.0.join("other.key");
    fs::write(&key, Vault::fresh_key().unwrap().as_str()).unwrap();
    let foreign = Doctor::of(&app.config).with("KOPILKA_SECURITY__KEY_FILE", key.to_str().unwrap()).look();
    assert_eq!((foreign.code, foreign.state("keys")), (2, "broken"), "{}", foreign.text);
    // No key, no database.
    let missing = other.0.join("missing.key");
    let keyless = Doctor::of(&app.config).with("KOPILKA_SECURITY__KEY_FILE", missing.to_str().unwrap()).look();
    assert_eq!((keyless.code, keyless.state("key")), (2, "broken"));
    let mut nowhere = Doctor::of(&app.config);
    nowhere.url = match backend {
        Backend::Sqlite => format!("sqlite://{}/none.db", other.0.display()),
        Backend::Postgres => "postgres://kopilka@127.0.0.1:1/none".into(),
    };
    let nowhere = nowhere.with("KOPILKA_DATABASE__CONNECT_TIMEOUT_MS", "300").look();
    assert_eq!((nowhere.code, nowhere.state("database")), (2, "broken"), "{}", nowhere.text);
    assert!(!other.0.join("none.db").exists() && !missing.exists());
    app.finish().await;
}
