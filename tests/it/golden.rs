//! Golden exchanges: each folder of `fixtures/soap` holds a request and the reply that it must get, byte for byte, on demo
//! data at a known moment. After a deliberate change run the test with `KOPILKA_BLESS=1` and read the difference.

use std::{fs, path::PathBuf};

use crate::support::{App, Backend};

/// A fault's request id is the one thing that differs from call to call.
fn without_request_id(body: &str) -> String {
    match (body.split_once("<m:requestId>"), body.split_once("</m:requestId>")) {
        (Some((before, _)), Some((_, after))) => format!("{before}<m:requestId>…</m:requestId>{after}"),
        _ => body.to_owned(),
    }
}

async fn exchange(backend: Backend, folder: &PathBuf) -> Option<String> {
    let request = fs::read_to_string(folder.join("request.xml")).unwrap();
    let app = App::start(backend).await;
    let service = if request.contains("urn:kopilka:ws:office:1") { "office_1" } else { "pos_1" };
    let reply = app.client("demo").post(service, &request).await;
    app.finish().await;
    let got = format!("<!-- HTTP {} -->\n{}\n", reply.status, without_request_id(&reply.body));
    let golden = folder.join("reply.xml");
    if std::env::var_os("KOPILKA_BLESS").is_some() {
        fs::write(&golden, &got).unwrap();
    }
    let wanted = fs::read_to_string(&golden).unwrap_or_default();
    (got != wanted).then(|| format!("{} on {backend:?}:\n--- wanted\n{wanted}\n--- got\n{got}", folder.display()))
}

async fn all(backend: Backend) {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/soap");
    let mut folders: Vec<PathBuf> = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    assert!(folders.len() >= 10, "only {} exchanges were found", folders.len());
    let mut differences = Vec::new();
    for folder in folders {
        differences.extend(exchange(backend, &folder).await);
    }
    assert!(differences.is_empty(), "{}", differences.join("\n\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_exchange_is_as_it_was_on_sqlite() {
    all(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_exchange_is_as_it_was_on_postgres() {
    all(Backend::Postgres).await;
}
