//! Golden exchanges: each folder of `fixtures/soap` holds a request and the reply that it must get, byte for byte, on demo
//! data at a known moment. A folder may name who calls (`login`) and a request that is sent before it (`before.xml`). After a
//! deliberate change run the test with `KOPILKA_BLESS=1` and read the difference.

use std::{fs, path::PathBuf};

use crate::support::{App, Backend};

/// What differs from run to run: request ids, and the ids that writers hand out.
const NAMED_ANEW: [&str; 6] = ["requestId", "customerId", "accountId", "reservationId", "receiptId", "returnId"];

fn without_ids(body: &str) -> String {
    NAMED_ANEW.iter().fold(body.to_owned(), |text, name| {
        let (open, close) = (format!("<m:{name}>"), format!("</m:{name}>"));
        let mut pieces = text.split(&open);
        let first = pieces.next().unwrap_or_default().to_owned();
        pieces.fold(first, |out, piece| match piece.split_once(&close) {
            Some((_, after)) => out + &open + "…" + &close + after,
            None => out + &open + piece,
        })
    })
}

/// The service that a request is for.
fn service(request: &str) -> &'static str {
    if request.contains("urn:kopilka:ws:office:1") { "office_1" } else { "pos_1" }
}

async fn exchange(backend: Backend, folder: &std::path::Path) -> Option<String> {
    let request = fs::read_to_string(folder.join("request.xml")).unwrap();
    let app = App::start(backend).await;
    let login = fs::read_to_string(folder.join("login")).unwrap_or_else(|_| "demo".into());
    let client = app.client(login.trim());
    if let Ok(before) = fs::read_to_string(folder.join("before.xml")) {
        client.post(service(&before), &before).await.ok();
    }
    let reply = client.post(service(&request), &request).await;
    app.finish().await;
    let got = format!("<!-- HTTP {} -->\n{}\n", reply.status, without_ids(&reply.body));
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
