//! The daily seals: made once a day, late as in time, broken off and finished, beside tills that sell.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU32, Ordering},
};

use super::{check, live_through_a_day, number, open, run, seal_now};
use crate::support::{App, Backend, Folder, calls::Call, config, database, on_both};
use kopilka::{
    domain::moment::Span,
    store::{
        books::{
            seal::{day_text, seal},
            verify::{KnownRoot, Outside, verify, verify_against},
        },
        tables::seal::{SealRow, load_after},
    },
};

on_both! {
    a_day_that_is_over_is_sealed_once,
    a_late_seal_equals_a_timely_one,
    a_seal_that_was_broken_off_goes_on,
    a_copy_of_a_root_is_compared,
    the_gateway_seals_by_itself_and_tills_that_sell_are_no_finding,
}

/// What a seal says, without when it was made.
fn said(seals: &[SealRow]) -> Vec<(String, i64, i64, Vec<u8>)> {
    seals.iter().map(|seal| (day_text(seal.day), seal.accounts, seal.entries, seal.root.clone())).collect()
}

async fn a_day_that_is_over_is_sealed_once(app: &App) {
    live_through_a_day(app).await;
    let mut db = open(app);
    assert_eq!(said(&seal_now(&mut db, app)), []);
    app.advance(Span::days(2));
    let more = seal_now(&mut db, app);
    let days: Vec<_> = said(&more).into_iter().map(|(day, accounts, ..)| (day, accounts)).collect();
    // The sales of the 22nd. On the 23rd nothing was recorded, since no call touched an account.
    assert_eq!(days, [("2026-11-22".to_owned(), 2), ("2026-11-23".to_owned(), 0)]);
    let all = load_after(&mut db, i64::MIN, 100).unwrap();
    assert_eq!(all.last(), more.last());
    let sealed: i64 = all.iter().map(|seal| seal.entries).sum();
    assert_eq!(sealed, number(&mut db, "SELECT count(*) AS number FROM journal"));
    let report = check(&mut db);
    assert_eq!((report.findings.as_slice(), report.seals), (&[][..], u64::try_from(all.len()).unwrap()));
}

async fn a_late_seal_equals_a_timely_one(app: &App) {
    live_through_a_day(app).await;
    app.advance(Span::days(1));
    let mut db = open(app);
    seal_now(&mut db, app);
    app.sell("E", "7000000101", 300).await.ok();
    app.advance(Span::days(1));
    seal_now(&mut db, app);
    let in_time = said(&load_after(&mut db, i64::MIN, 100).unwrap());
    // The same three days, sealed on the last of them. The first seal covers all that was there before.
    run(&mut db, "DELETE FROM journal_seals WHERE day > (SELECT min(day) FROM journal_seals)");
    run(&mut db, "DELETE FROM journal_seal_heads");
    run(&mut db, "UPDATE accounts SET sealed_seq = NULL");
    app.advance(Span::days(1));
    seal_now(&mut db, app);
    let late = said(&load_after(&mut db, i64::MIN, 100).unwrap());
    assert_eq!(late[..in_time.len()], in_time);
}

async fn a_seal_that_was_broken_off_goes_on(app: &App) {
    live_through_a_day(app).await;
    app.advance(Span::days(1));
    let mut db = open(app);
    // It is stopped right after its first step: the heads are there, the seal is not.
    let asked = AtomicU32::new(0);
    seal(&mut db, app.clock.now(), &|| asked.fetch_add(1, Ordering::Relaxed) > 0, &mut |_| panic!("it was stopped"))
        .unwrap();
    let heads = "SELECT count(*) AS number FROM journal_seal_heads";
    let written = number(&mut db, heads);
    assert_eq!(check(&mut db).findings, []);
    app.sell("E", "7000000101", 300).await.ok();
    app.advance(Span::days(1));
    let made = seal_now(&mut db, app);
    assert_eq!(
        said(&made).iter().map(|(day, accounts, ..)| (day.as_str(), *accounts)).collect::<Vec<_>>(),
        [("2026-11-22", 2), ("2026-11-23", 1)]
    );
    assert_eq!(number(&mut db, heads), written + 1);
}

async fn a_copy_of_a_root_is_compared(app: &App) {
    live_through_a_day(app).await;
    let mut db = open(app);
    let last = load_after(&mut db, i64::MIN, 100).unwrap().pop().unwrap();
    let known = |day, root: &[u8]| [KnownRoot { day, root: root.to_vec() }];
    let mut found = |roots: &[KnownRoot]| {
        let outside = Outside { roots, ..Outside::default() };
        verify_against(&mut db, &outside, |_| {}).unwrap().findings
    };
    assert_eq!(found(&known(last.day, &last.root)), []);
    assert!(found(&known(last.day, &[1; 32]))[0].what.contains("the copy says 0101"));
    assert!(found(&known(last.day + 1, &last.root))[0].what.contains("no seal"));
}

async fn the_gateway_seals_by_itself_and_tills_that_sell_are_no_finding(app: &App) {
    let sold = Arc::new(AtomicU32::new(0));
    let over = Arc::new(AtomicBool::new(false));
    let mut tills = Vec::new();
    for till in 0..8 {
        let sales: Vec<Call> = (0..400)
            .map(|round| {
                let card = if round % 2 == 0 { "7000000101" } else { "7000000102" };
                app.sell(format!("{till}-{round}"), card, 300)
            })
            .collect();
        let (sold, over) = (Arc::clone(&sold), Arc::clone(&over));
        tills.push(tokio::spawn(async move {
            for sale in sales {
                if over.load(Ordering::Relaxed) {
                    break;
                }
                sale.await.ok();
                sold.fetch_add(1, Ordering::Relaxed);
            }
        }));
    }
    let (config, clock, progress) = (app.config.clone(), app.clock.clone(), Arc::clone(&sold));
    let checks = tokio::task::spawn_blocking(move || {
        let mut db = kopilka::app::Opened::open(&config).unwrap().writer().unwrap();
        let patience = std::time::Instant::now() + std::time::Duration::from_secs(60);
        for round in 0..12 {
            // Each round has sales before it, however slowly the tills begin.
            while progress.load(Ordering::Relaxed) <= round && std::time::Instant::now() < patience {
                std::thread::yield_now();
            }
            let report = verify(&mut db, |_| {}).unwrap();
            assert_eq!(report.findings, [], "in round {round}");
            clock.advance(Span::days(1));
            seal(&mut db, clock.now(), &|| false, &mut |_| {}).unwrap();
        }
    });
    checks.await.unwrap();
    over.store(true, Ordering::Relaxed);
    for till in tills {
        till.await.unwrap();
    }
    assert!(sold.load(Ordering::Relaxed) > 8, "the tills stood still");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_started_gateway_seals_what_is_over() {
    let mut app = App::start(Backend::Sqlite).await;
    live_through_a_day(&app).await;
    app.advance(Span::days(3));
    app.restart().await;
    // The jobs run at once; stopping waits for the step that they are in.
    for _ in 0..500 {
        if load_after(&mut open(&app), i64::MIN, 100).unwrap().len() >= 5 {
            break;
        }
        tokio::time::timeout(std::time::Duration::from_millis(20), std::future::pending::<()>()).await.unwrap_err();
    }
    let seals = load_after(&mut open(&app), i64::MIN, 100).unwrap();
    assert_eq!(seals.last().map(|seal| day_text(seal.day)).as_deref(), Some("2026-11-24"));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_gateway_of_a_shared_database_at_a_time_seals() {
    let app = App::start(Backend::Postgres).await;
    live_through_a_day(&app).await;
    app.advance(Span::days(1));
    let (mut one, mut two) = (open(&app), open(&app));
    let meanwhile = one.while_sealing(|_| Ok::<_, diesel::result::Error>(seal_now(&mut two, &app)));
    assert_eq!(meanwhile.unwrap().map(|sealed| sealed.len()), Some(0));
    assert!(!seal_now(&mut two, &app).is_empty());
    app.finish().await;
}

/// What a listener was sent, one request a line.
fn listen() -> (String, Arc<std::sync::Mutex<Vec<String>>>) {
    use std::io::{BufRead as _, BufReader, Read as _, Write as _};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/roots", listener.local_addr().unwrap());
    let taken = Arc::new(std::sync::Mutex::new(Vec::new()));
    let kept = Arc::clone(&taken);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let (mut length, mut line) = (0, String::new());
            while reader.read_line(&mut line).unwrap() > 2 {
                if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
                line.clear();
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            kept.lock().unwrap().push(String::from_utf8(body).unwrap());
            stream.write_all(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n").unwrap();
        }
    });
    (url, taken)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_chronicles_roots_leave_the_database() {
    let folder = Folder::new();
    let mut config = config(&database(Backend::Sqlite, &folder), &folder);
    let file = folder.0.join("roots.txt");
    let (url, taken) = listen();
    (config.seals.file, config.seals.url) = (Some(file.clone()), Some(url));
    let mut app = App::start_with(config, folder).await;
    let lines = || std::fs::read_to_string(&file).unwrap_or_default().lines().map(str::to_owned).collect::<Vec<_>>();
    for seals in 1..=2 {
        // The jobs run at once when a gateway starts.
        for _ in 0..500 {
            if lines().len() == seals && taken.lock().unwrap().len() == seals {
                break;
            }
            tokio::time::timeout(std::time::Duration::from_millis(20), std::future::pending::<()>()).await.unwrap_err();
        }
        assert_eq!((lines().len(), taken.lock().unwrap().len()), (seals, seals));
        app.sell(format!("A-{seals}"), "7000000101", 300).await.ok();
        app.advance(Span::minutes(60));
        app.restart().await;
    }
    app.stop().await;
    assert_eq!(taken.lock().unwrap()[..2], lines()[..2]);
    let verify = |arguments: &[&str]| {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_kopilka"))
            .args(["verify", "--database", &app.config.database.url.to_string(), "--roots-file"])
            .args(arguments)
            .env_clear()
            .env("KOPILKA_SECURITY__KEY_FILE", app.config.security.key_file.as_ref().unwrap())
            .output()
            .unwrap();
        (output.status.code(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
    };
    let (code, said) = verify(&[file.to_str().unwrap()]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("seals of the chronicle"), "{said}");
    let shown = std::process::Command::new(env!("CARGO_BIN_EXE_kopilka"))
        .args(["seals", "--chronicle", "--database", &app.config.database.url.to_string()])
        .env_clear()
        .env("KOPILKA_SECURITY__KEY_FILE", app.config.security.key_file.as_ref().unwrap())
        .output()
        .unwrap();
    assert_eq!(String::from_utf8(shown.stdout).unwrap(), std::fs::read_to_string(&file).unwrap());
    // The last root is of a state that this database never had, or has no more.
    std::fs::write(&file, format!("{}\n9 2026-11-30T00:00:00Z {}\n", lines()[0], "0".repeat(64))).unwrap();
    let (code, said) = verify(&[file.to_str().unwrap()]);
    assert!(
        code == Some(1) && said.contains("seal 9 of the chronicle: there is a copy of its root, and no seal"),
        "{said}"
    );
    std::fs::write(&file, "no root\n").unwrap();
    let (code, said) = verify(&[file.to_str().unwrap()]);
    assert!(code == Some(1) && said.contains("«no root» is no root"), "{said}");
}
