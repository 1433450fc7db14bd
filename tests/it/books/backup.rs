//! Copies: made while tills sell, they hold what was acknowledged before they began, and serve elsewhere (R21).

use std::{
    fs,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use super::{check, explain::kopilka, live_through_a_day, number, open};
use crate::support::{App, Backend, Folder, calls::Call, config, postgres};
use kopilka::{app::Opened, store::books::verify::verify};

const TILLS: usize = 16;
/// Sales acknowledged before the copy is begun.
const SALES_BEFORE: usize = 100;

/// The answers to each till, in order.
type Acknowledged = Arc<Mutex<Vec<usize>>>;

/// Sells at sixteen tills while `copy` copies; answers how many sales of each till had been acknowledged when it began,
/// and how many in the end.
async fn copy_under_load<T: Send + 'static>(
    app: &App,
    copy: impl FnOnce() -> T + Send + 'static,
) -> (Vec<usize>, Vec<usize>, T) {
    let acknowledged: Acknowledged = Arc::new(Mutex::new(vec![0; TILLS]));
    let over = Arc::new(AtomicBool::new(false));
    let enough = Arc::new(tokio::sync::Notify::new());
    let tills: Vec<_> = (0..TILLS)
        .map(|till| {
            let card = if till % 2 == 0 { "7000000101" } else { "7000000102" };
            let sales: Vec<Call> = (0..500).map(|round| app.sell(format!("S{till}-{round}"), card, 300)).collect();
            let (acknowledged, over, enough) = (Arc::clone(&acknowledged), Arc::clone(&over), Arc::clone(&enough));
            tokio::spawn(async move {
                for sale in sales {
                    if over.load(Ordering::SeqCst) {
                        return;
                    }
                    sale.await.ok();
                    let mut told = acknowledged.lock().unwrap();
                    told[till] += 1;
                    if told.iter().sum::<usize>() >= SALES_BEFORE {
                        enough.notify_one();
                    }
                }
            })
        })
        .collect();
    enough.notified().await;
    let before = acknowledged.lock().unwrap().clone();
    let copied = tokio::task::spawn_blocking(copy).await.unwrap();
    over.store(true, Ordering::SeqCst);
    for till in tills {
        till.await.unwrap();
    }
    let after = acknowledged.lock().unwrap().clone();
    (before, after, copied)
}

/// Of each till the copy has the first so many sales, with none left out, and all that were acknowledged before it.
fn holds_a_prefix(copy: &App, before: &[usize], after: &[usize]) {
    let mut db = open(copy);
    assert_eq!(check(&mut db).findings, []);
    for (till, (before, after)) in before.iter().zip(after).enumerate() {
        let of_till = format!("FROM receipts WHERE number LIKE 'S{till}-%'");
        let count = usize::try_from(number(&mut db, &format!("SELECT count(*) AS number {of_till}"))).unwrap();
        assert!((*before..=*after).contains(&count), "till {till}: {count} of {before} to {after}");
        if count > 0 {
            let last = count - 1;
            let has = number(&mut db, &format!("SELECT count(*) AS number {of_till} AND number = 'S{till}-{last}'"));
            assert_eq!(has, 1, "till {till}: the copy has {count} sales, not the first ones");
        }
    }
}

/// A gateway of its own on a copy, with the key of the first.
async fn serve_copy(app: &App, url: &str, folder: Folder) -> App {
    let key = app.config.security.key_file.as_ref().unwrap();
    fs::copy(key, folder.0.join("kopilka.key")).unwrap();
    let config = config(url, &folder);
    App::start_with(config, folder).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_of_a_live_file_is_restored_elsewhere_and_serves() {
    let app = App::start(Backend::Sqlite).await;
    let folder = Folder::new();
    let file = folder.0.join("copy.db");
    let (url, key) = (app.config.database.url.to_string(), app.config.security.key_file.clone().unwrap());
    let target = file.clone();
    let (before, after, (code, said)) =
        copy_under_load(&app, move || run(&url, &key, &["backup", text(&target)])).await;
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("The key is not") && said.contains("kopilka.key"), "{said}");

    let elsewhere = format!("sqlite://{}/restored.db", folder.0.display());
    let key = app.config.security.key_file.clone().unwrap();
    let (code, said) = run(&elsewhere, &key, &["restore", text(&file), "--verify"]);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("0 findings") && said.contains("needs the key"), "{said}");
    let copy = serve_copy(&app, &elsewhere, folder).await;
    holds_a_prefix(&copy, &before, &after);
    copy.sell("after", "7000000101", 500).await.ok();
    copy.finish().await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dump_of_a_live_server_is_restored_elsewhere_and_serves() {
    let app = App::start(Backend::Postgres).await;
    let url = app.config.database.url.postgres_url().unwrap().to_owned();
    let (code, said) = kopilka(&app, &["backup", "copy.db"]);
    assert!(code == 1 && said.contains("pg_dump") && said.contains("docs/backup.md"), "{said}");
    let (before, after, elsewhere) = copy_under_load(&app, move || postgres().copy_database(&url, "restored")).await;
    let copy = serve_copy(&app, &elsewhere, Folder::new()).await;
    holds_a_prefix(&copy, &before, &after);
    copy.sell("after", "7000000101", 500).await.ok();
    copy.finish().await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_ever_overwritten_and_nothing_damaged_is_restored() {
    let app = App::start(Backend::Sqlite).await;
    live_through_a_day(&app).await;
    let folder = Folder::new();
    let key = app.config.security.key_file.clone().unwrap();
    let in_folder = |name: &str| folder.0.join(name);
    let url = |name: &str| format!("sqlite://{}", in_folder(name).display());
    let copy = in_folder("copy.db");
    let refused = |(code, said): (i32, String), word: &str| {
        assert!(code == 1 && said.contains(word), "exit {code}, not «{word}»: {said}")
    };

    assert_eq!(kopilka(&app, &["backup", text(&copy)]).0, 0);
    refused(kopilka(&app, &["backup", text(&copy)]), "exists already");
    refused(kopilka(&app, &["backup", text(&in_folder("no/such/folder.db"))]), "folder.db");
    // The running gateway has the file; one that is stopped is not replaced either.
    refused(kopilka(&app, &["restore", text(&copy)]), "in use by another gateway");
    fs::write(in_folder("mine.db"), "something").unwrap();
    refused(run(&url("mine.db"), &key, &["restore", text(&copy)]), "exists already");
    assert_eq!(fs::read_to_string(in_folder("mine.db")).unwrap(), "something");

    // An empty file is no database yet.
    fs::write(in_folder("empty.db"), "").unwrap();
    assert_eq!(run(&url("empty.db"), &key, &["restore", text(&copy)]).0, 0);
    assert_eq!(run(&url("empty.db"), &key, &["verify"]).0, 0);

    // With another key it is no database to work with; without one it is put in its place, and what was not compared is said.
    let other = in_folder("other.key");
    fs::write(&other, kopilka::vault::Vault::fresh_key().unwrap().as_str()).unwrap();
    refused(run(&url("a.db"), &other, &["restore", text(&copy), "--verify"]), "the key does not fit this database");
    refused(run(&url("empty.db"), &other, &["verify"]), "the key does not fit this database");
    let (code, said) = run(&url("keyless.db"), &in_folder("none.key"), &["restore", text(&copy), "--verify"]);
    assert!(code == 0 && said.contains("was not compared") && said.contains(" 0 findings"), "{said}");

    refused(run(&url("a.db"), &key, &["restore", text(&in_folder("mine.db"))]), "no SQLite database");
    refused(run(&url("a.db"), &key, &["restore", text(&in_folder("none.db"))]), "none.db");
    let bytes = fs::read(&copy).unwrap();
    fs::write(in_folder("cut.db"), &bytes[..bytes.len() / 2]).unwrap();
    refused(run(&url("a.db"), &key, &["restore", text(&in_folder("cut.db"))]), "is damaged");

    // Whole, and not in order.
    let opened = Opened::open(&config(&url("empty.db"), &folder)).unwrap();
    super::run(&mut opened.writer().unwrap(), "UPDATE accounts SET available = available + 1");
    assert!(!verify(&mut opened.writer().unwrap(), |_| {}).unwrap().findings.is_empty());
    drop(opened);
    assert_eq!(run(&url("empty.db"), &key, &["backup", text(&in_folder("wrong.db"))]).0, 0);
    refused(run(&url("a.db"), &key, &["restore", text(&in_folder("wrong.db")), "--verify"]), "not in order");
    let left: Vec<String> = fs::read_dir(&folder.0)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with("a.db") && name != "a.db.lock" || name.contains(".part"))
        .collect();
    assert_eq!(left, Vec::<String>::new(), "something was left behind");
    app.finish().await;
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Runs a command on any database.
fn run(url: &str, key: &Path, arguments: &[&str]) -> (i32, String) {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_kopilka"))
        .args(arguments)
        .args(["--database", url])
        .env_clear()
        .env("KOPILKA_SECURITY__KEY_FILE", key)
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap(), String::from_utf8(said).unwrap())
}
