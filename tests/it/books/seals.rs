//! The daily seals: made once a day, late as in time, broken off and finished, beside tills that sell.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU32, Ordering},
};

use super::{check, live_through_a_day, number, open, run, seal_now};
use crate::support::{App, Backend, Folder, calls::Call, config, database, on_both, until};
use kopilka::{
    domain::moment::Span,
    secret::Secret,
    store::{
        books::{
            seal::{day_text, seal},
            verify::{KnownRoot, Outside, verify, verify_against},
        },
        tables::{
            chronicle_seal,
            seal::{SealRow, load_after},
        },
    },
};

on_both! {
    backend: roots_are_kept_though_messages_cannot_be_written,
    a_root_that_is_refused_is_not_sent_again_before_the_next
}

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

/// What a listener was sent, request by request; it answers all of them so.
fn listen(answer: &'static str) -> (String, Arc<std::sync::Mutex<Vec<String>>>) {
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
            let answer = format!("HTTP/1.1 {answer}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            stream.write_all(answer.as_bytes()).unwrap();
        }
    });
    (url, taken)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_chronicles_roots_leave_the_database() {
    let folder = Folder::new();
    let mut config = config(&database(Backend::Sqlite, &folder), &folder);
    let file = folder.0.join("roots.txt");
    let (url, taken) = listen("200 OK");
    (config.seals.file, config.seals.url) = (Some(file.clone()), Some(Secret::new(url)));
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
    // A gateway that starts does not know what was taken: it hands over the last ones again.
    assert_eq!(taken.lock().unwrap()[..2], [lines()[0].clone(), lines()[..2].join("\n")]);
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
    assert!(code == Some(2) && said.contains("«no root» is no root"), "{said}");
}

/// Sends a body by curl; answers the HTTP status.
fn posted(url: &str, secret: Option<&str>, body: &str) -> String {
    let mut command = std::process::Command::new("curl");
    command.args(["-s", "-o", "/dev/null", "-w", "%{http_code}", "--noproxy", "*", "--data-binary", body, url]);
    if let Some(secret) = secret {
        command.args(["-H", &format!("Authorization: Bearer {secret}")]);
    }
    String::from_utf8(command.output().unwrap().stdout).unwrap()
}

/// Two gateways: the roots of one are kept by the other, which does not take back what it has.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_gateway_keeps_the_roots_and_takes_none_that_contradicts() {
    let secret = "0123456789abcdef0123456789abcdef";
    let folder = Folder::new();
    let kept = folder.0.join("kept.txt");
    let mut receiving = config(&database(Backend::Sqlite, &folder), &folder);
    receiving.seals.receive_file = Some(kept.clone());
    receiving.seals.receive_secret = Some(Secret::new(secret));
    let mut keeper = App::start_with(receiving, folder).await;
    let url = format!("{}/roots", keeper.base());

    let folder = Folder::new();
    let mut sending = config(&database(Backend::Sqlite, &folder), &folder);
    (sending.seals.url, sending.seals.url_secret) = (Some(Secret::new(url.clone())), Some(Secret::new(secret)));
    sending.seals.phone = Some("8 916 000-00-99".into());
    let own = folder.0.join("own.txt");
    sending.seals.file = Some(own.clone());
    let mut app = App::start_with(sending, folder).await;
    let lines = |file: &std::path::Path| {
        let text = std::fs::read_to_string(file).unwrap_or_default();
        text.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    for seals in 1..=4_usize {
        until("a root", || (lines(&kept).len() == seals).then_some(())).await;
        app.sell(format!("A-{seals}"), "7000000101", 300).await.ok();
        // The second day begins with the third seal.
        app.advance(Span::minutes(if seals == 2 { 24 * 60 } else { 60 }));
        app.restart().await;
    }
    until("the last root", || (lines(&kept).len() == 5).then_some(())).await;
    assert_eq!(lines(&kept), lines(&own));
    // One message a day, with the root that was last then.
    let said =
        until("two messages", || (app.phone.count("+79160000099") == 2).then(|| app.phone.texts("+79160000099"))).await;
    // One part of a message.
    assert!(said.iter().all(|text| text.is_ascii() && text.len() <= 160), "{said:?}");
    let said: Vec<&str> = said.iter().map(|text| text.strip_prefix("Kopilka root\n").unwrap()).collect();
    assert_eq!(said, [lines(&kept)[0].as_str(), lines(&kept)[2].as_str()]);

    let send = |secret: Option<&str>, body: &str| posted(&url, secret, body);
    let all = lines(&kept);
    for (secret, body, status) in [
        (None, all[4].clone(), "401"),
        (Some("0123456789abcdef0123456789abcdeX"), all[4].clone(), "401"),
        (Some(secret), "что это".into(), "400"),
        (Some(secret), String::new(), "400"),
        // What is kept already is taken again.
        (Some(secret), all.join("\n"), "204"),
        // The database was put back, and another history was sealed.
        (Some(secret), all[4].replace(&all[4][all[4].len() - 64..], &"0".repeat(64)), "409"),
        (Some(secret), format!("0{}", all[1]), "400"),
        (Some(secret), "x".repeat(20_000), "413"),
    ] {
        assert_eq!(send(secret, &body), status, "{body}");
    }
    let mut page = std::process::Command::new("curl");
    page.args(["-s", "-o", "/dev/null", "-w", "%{http_code}", "--noproxy", "*", url.as_str()]);
    assert_eq!(String::from_utf8(page.output().unwrap().stdout).unwrap(), "405");
    assert_eq!(lines(&kept), all);
    let verify = |app: &App| {
        std::process::Command::new(env!("CARGO_BIN_EXE_kopilka"))
            .args([
                "verify",
                "--database",
                &app.config.database.url.to_string(),
                "--roots-file",
                kept.to_str().unwrap(),
            ])
            .env_clear()
            .env("KOPILKA_SECURITY__KEY_FILE", app.config.security.key_file.as_ref().unwrap())
            .output()
            .unwrap()
    };
    let output = verify(&app);
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.starts_with("acceptance, ") && said.contains(", begun, by upgrade"), "{said}");
    app.stop().await;
    // The last seal is taken away with what it stood for: only the other gateway still has it.
    run(&mut open(&app), "DELETE FROM chronicle_seals WHERE number = 5");
    let output = verify(&app);
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.code() == Some(1) && said.contains("there is a copy of its root, and no seal"), "{said}");
    // A gateway that was not told to receives nothing.
    keeper.stop().await;
    keeper.config.seals.receive_file = None;
    keeper.config.seals.receive_secret = None;
    keeper.restart_stopped().await;
    let url = format!("{}/roots", keeper.base());
    assert_eq!(posted(&url, None, &all[4]), "404");
    keeper.stop().await;
}

/// The roots that a database has.
fn roots(app: &App) -> Vec<String> {
    let seals = chronicle_seal::load_after(&mut open(app), 0, 100).unwrap();
    seals.iter().map(kopilka::store::books::chronicle_seal::root_line).collect()
}

fn lines(file: &std::path::Path) -> Vec<String> {
    std::fs::read_to_string(file).unwrap_or_default().lines().map(str::to_owned).collect()
}

/// Waits until a database has so many roots.
async fn roots_are(app: &App, count: usize) -> Vec<String> {
    until("a seal", || Some(roots(app)).filter(|roots| roots.len() == count)).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_gateway_hands_over_what_another_sealed_while_nobody_took_it() {
    let secret = "0123456789abcdef0123456789abcdef";
    let folder = Folder::new();
    let kept = folder.0.join("kept.txt");
    let mut receiving = config(&database(Backend::Sqlite, &folder), &folder);
    (receiving.seals.receive_file, receiving.seals.receive_secret) = (Some(kept.clone()), Some(Secret::new(secret)));
    let mut keeper = App::start_with(receiving, folder).await;
    let address = keeper.base();

    let folder = Folder::new();
    let mut shared = config(&database(Backend::Postgres, &folder), &folder);
    shared.jobs.interval_s = 1;
    shared.seals.url = Some(Secret::new(format!("{address}/roots")));
    shared.seals.url_secret = Some(Secret::new(secret));
    let mut one = App::start_with(shared.clone(), folder).await;
    let two = App::start_with(shared, Folder::new()).await;
    until("the first root", || (lines(&kept).len() == 1).then_some(())).await;

    keeper.stop().await;
    one.sell("A-1", "7000000101", 300).await.ok();
    one.advance(Span::minutes(60));
    roots_are(&one, 2).await;
    two.advance(Span::minutes(120));
    two.sell("A-2", "7000000101", 300).await.ok();
    let all = roots_are(&two, 3).await;
    // The one that sealed first is gone before anybody takes roots again.
    one.stop().await;
    keeper.config.server.listen = address.trim_start_matches("http://").parse().unwrap();
    keeper.restart_stopped().await;
    until("all roots", || (lines(&kept).len() == 3).then_some(())).await;
    assert_eq!(lines(&kept), all);

    // One that starts hands over what is there already, and goes on.
    one.advance(Span::minutes(120));
    one.restart_stopped().await;
    one.sell("A-3", "7000000101", 300).await.ok();
    one.advance(Span::minutes(120));
    let all = roots_are(&one, 4).await;
    until("the last root", || (lines(&kept).len() == 4).then_some(())).await;
    assert_eq!(lines(&kept), all);
    two.finish().await;
    one.finish().await;
    keeper.stop().await;
}

async fn a_root_that_is_refused_is_not_sent_again_before_the_next(backend: Backend) {
    let folder = Folder::new();
    let mut config = config(&database(backend, &folder), &folder);
    let (url, taken) = listen("409 Conflict");
    config.seals.url = Some(Secret::new(url));
    config.jobs.interval_s = 1;
    let app = App::start_with(config, folder).await;
    until("a request", || (taken.lock().unwrap().len() == 1).then_some(())).await;
    let all = roots_are(&app, 1).await;
    assert_eq!(taken.lock().unwrap()[..], [all[0].clone()]);
    // The jobs run twice more.
    tokio::time::timeout(std::time::Duration::from_millis(2_500), std::future::pending::<()>()).await.unwrap_err();
    assert_eq!(taken.lock().unwrap().len(), 1);
    app.sell("A-1", "7000000101", 300).await.ok();
    app.advance(Span::minutes(60));
    until("the next request", || (taken.lock().unwrap().len() == 2).then_some(())).await;
    assert_eq!(taken.lock().unwrap()[1], roots(&app).join("\n"));
    app.finish().await;
}

async fn roots_are_kept_though_messages_cannot_be_written(backend: Backend) {
    let folder = Folder::new();
    let mut config = config(&database(backend, &folder), &folder);
    let file = folder.0.join("roots.txt");
    let (url, taken) = listen("200 OK");
    (config.seals.file, config.seals.url) = (Some(file.clone()), Some(Secret::new(url)));
    (config.seals.phone, config.seals.phone_period_s) = (Some("+79160000099".into()), 3_600);
    config.jobs.interval_s = 1;
    let mut app = App::start_with(config, folder).await;
    until("the first root", || (lines(&file).len() == 1).then_some(())).await;
    until("the first message", || (app.phone.count("+79160000099") == 1).then_some(())).await;
    run(&mut open(&app), "ALTER TABLE outbox RENAME TO outbox_away");
    app.sell("A-1", "7000000101", 300).await.ok();
    app.advance(Span::minutes(60));
    let all = roots_are(&app, 2).await;
    until("both roots", || (lines(&file) == all).then_some(())).await;
    until("both roots", || taken.lock().unwrap().last().is_some_and(|last| last.ends_with(&all[1])).then_some(()))
        .await;
    run(&mut open(&app), "ALTER TABLE outbox_away RENAME TO outbox");
    assert_eq!(app.phone.count("+79160000099"), 1);

    // A gateway that was killed in the middle of a line, or that could not write, leaves what the next one adds.
    app.stop().await;
    std::fs::write(&file, &all[0][..20]).unwrap();
    app.restart_stopped().await;
    until("both roots", || (lines(&file) == all).then_some(())).await;
    app.stop().await;
    // A file that goes on from other seals is left alone.
    let other = format!("{}\n{}\n", all[0], all[1].replace(&all[1][all[1].len() - 64..], &"0".repeat(64)));
    std::fs::write(&file, &other).unwrap();
    app.restart_stopped().await;
    app.sell("A-2", "7000000101", 300).await.ok();
    app.advance(Span::minutes(60));
    let all = roots_are(&app, 3).await;
    until("three roots", || taken.lock().unwrap().last().is_some_and(|last| last.ends_with(&all[2])).then_some(()))
        .await;
    assert_eq!(std::fs::read_to_string(&file).unwrap(), other);
    app.finish().await;
}
