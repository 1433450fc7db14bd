//! `kopilka keys`: the database's key and the master key are replaced while tills sell, and a paper copy gives the key back.

use std::{
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use crate::{
    books::{explain::kopilka, number},
    support::{
        App, Backend, Folder, config, database,
        messages::{message, pos},
        on_both,
    },
};
use kopilka::{
    app::Opened,
    domain::ids::CustomerId,
    store::{
        db::backend::{Db, Purpose},
        erasure::erase,
        tables::{
            customer_key,
            key::{self, KeyError},
        },
    },
};

on_both! {
    the_database_s_key_is_replaced_beside_a_gateway,
    a_rotation_that_was_broken_off_goes_on,
}
on_both! { backend: a_gateway_with_a_retired_key_refuses_what_it_cannot_read, the_master_key_is_replaced_step_by_step, the_words_on_paper_give_the_key_back }

/// Customers whose key begins with this number of a key of the database.
fn sealed_by(db: &mut Db, key: u8) -> i64 {
    let first = match db {
        Db::Sqlite(_) => format!("hex(substr(key_sealed, 1, 1)) = '{key:02X}'"),
        Db::Postgres(_) => format!("get_byte(key_sealed, 0) = {key}"),
    };
    number(db, &format!("SELECT count(*) AS number FROM customer_keys WHERE {first}"))
}

async fn the_database_s_key_is_replaced_beside_a_gateway(app: &App) {
    let questionnaire = message!(pos::Questionnaire { surname: "Иванова", name: "Анна" });
    let form = app.pos(message!(pos::SaveQuestionnaire { identifier: "7000000101", questionnaire }));
    let first = form.send().await.ok();
    let mut db = Opened::open(&app.config).unwrap().writer().unwrap();
    assert_eq!(sealed_by(&mut db, 2), 2);

    let (code, said) = kopilka(app, &["keys", "rotate"]);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("Database key 3 was made") && said.contains("2 customers' keys were sealed"), "{said}");
    assert_eq!((sealed_by(&mut db, 2), sealed_by(&mut db, 3)), (0, 2));

    // The gateway has not been told: it reads what the new key sealed, seals by it itself, and answers as before.
    assert_eq!(form.send().await.ok(), first);
    let found = app.pos(message!(pos::FindCustomer { identifier: "+79160000101" })).await.ok();
    assert_eq!(found.get("name"), "Иванова Анна");
    let registration = message!(pos::Registration { phone: "+79165550011" });
    app.pos(message!(pos::RegisterCustomer { registration })).await.ok();
    assert_eq!(sealed_by(&mut db, 3), 3);
    app.sell("1", "7000000101", 1_000).await.ok();

    let (_, said) = kopilka(app, &["keys", "status"]);
    assert!(said.contains("Database key 2: made with the database, seals the keys of 0 customers."), "{said}");
    assert!(
        said.contains("Database key 3: made ") && said.contains("seals the keys of 3 customers, seals now."),
        "{said}"
    );
}

/// Customers that each gateway registers before the key is replaced, and again after.
const EACH: usize = 8;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_database_s_key_is_replaced_while_two_gateways_write() {
    let folder = Folder::new();
    let shared = config(&database(Backend::Postgres, &folder), &folder);
    let first = App::start_with(shared.clone(), folder).await;
    let second = App::start_with(shared, Folder::new()).await;
    let gateways = [Arc::new(first), Arc::new(second)];
    let is_done = Arc::new(AtomicBool::new(false));
    let written = Arc::new(AtomicUsize::new(0));
    let writers: Vec<_> = (0..4_usize)
        .map(|writer| {
            let (app, is_done, written) =
                (Arc::clone(&gateways[writer % 2]), Arc::clone(&is_done), Arc::clone(&written));
            tokio::spawn(async move {
                let (mut phones, mut after) = (Vec::new(), 0);
                while after < EACH {
                    let phone = format!("+7916{writer}{:06}", phones.len());
                    let registration = message!(pos::Registration { phone: phone.clone() });
                    app.pos(message!(pos::RegisterCustomer { registration })).await.ok();
                    let questionnaire = message!(pos::Questionnaire { surname: "Писцова", name: "Анна" });
                    let identifier = phone.clone();
                    app.pos(message!(pos::SaveQuestionnaire { identifier, questionnaire })).await.ok();
                    phones.push(phone);
                    written.fetch_add(1, Ordering::Relaxed);
                    after += usize::from(is_done.load(Ordering::Relaxed));
                }
                phones
            })
        })
        .collect();
    let app = Arc::clone(&gateways[0]);
    let (done, enough) = (Arc::clone(&is_done), Arc::clone(&written));
    let rotated = tokio::task::spawn_blocking(move || {
        while enough.load(Ordering::Relaxed) < EACH {
            std::thread::yield_now();
        }
        let said = kopilka(&app, &["keys", "rotate"]);
        done.store(true, Ordering::Relaxed);
        said
    });
    let (code, said) = rotated.await.unwrap();
    assert_eq!(code, 0, "{said}");
    let mut phones = Vec::new();
    for writer in writers {
        phones.extend(writer.await.unwrap());
    }
    let mut db = Opened::open(&gateways[0].config).unwrap().writer().unwrap();
    let customers = number(&mut db, "SELECT count(*) AS number FROM customers");
    assert_eq!((sealed_by(&mut db, 2), sealed_by(&mut db, 3)), (0, customers));
    assert_eq!(i64::try_from(phones.len()).unwrap() + 2, customers);
    for phone in phones {
        for app in &gateways {
            let found = app.pos(message!(pos::FindCustomer { identifier: phone.clone() })).await.ok();
            assert_eq!(found.get("name"), "Писцова Анна");
        }
    }
    // The key file is in the folder of the first.
    for app in gateways.into_iter().rev() {
        Arc::into_inner(app).unwrap().finish().await;
    }
}

async fn a_rotation_that_was_broken_off_goes_on(app: &App) {
    let (opened, mut db) = Opened::with_keys(&app.config).unwrap();
    let id = db.transaction(Purpose::Write, |db| key::add_sealing_key(db, &opened.vault, app.clock.now())).unwrap();
    assert_eq!(id, 3);
    // One customer, and then the program was killed.
    let ring = opened.vault.ring().unwrap();
    let done = db.transaction(Purpose::Write, |db| {
        let some = customer_key::after(db, i64::MIN, 1)?;
        Ok::<_, KeyError>(customer_key::reseal(db, &some, &ring)?)
    });
    assert_eq!((done.unwrap(), sealed_by(&mut db, 2), sealed_by(&mut db, 3)), (1, 1, 1));
    for card in ["7000000101", "7000000102"] {
        app.sell(card, card, 1_000).await.ok();
        app.pos(message!(pos::FindCustomer { identifier: card })).await.ok();
    }
    let (code, said) = kopilka(app, &["keys", "status"]);
    assert!(code == 1 && said.contains("To do: 1 customers' keys are sealed by an older key"), "{said}");
    let (code, said) = kopilka(app, &["keys", "rotate"]);
    assert!(code == 0 && said.contains("Database key 3 is there; going on"), "{said}");
    assert_eq!((sealed_by(&mut db, 2), sealed_by(&mut db, 3)), (0, 2));

    // A key that was destroyed after it was read is not brought back.
    let stale = customer_key::after(&mut db, i64::MIN, 1).unwrap();
    let erased = CustomerId(stale[0].0);
    db.transaction(Purpose::Write, |db| erase(db, &opened.vault, erased, app.clock.now())).unwrap();
    key::add_sealing_key(&mut db, &opened.vault, app.clock.now()).unwrap();
    let ring = opened.vault.ring().unwrap();
    assert_eq!(customer_key::reseal(&mut db, &stale, &ring).unwrap(), 0);
    assert_eq!(number(&mut db, "SELECT count(*) AS number FROM customer_keys"), 1);
}

async fn started(backend: Backend) -> App {
    let folder = Folder::new();
    let config = config(&database(backend, &folder), &folder);
    App::start_with(config, folder).await
}

async fn a_gateway_with_a_retired_key_refuses_what_it_cannot_read(backend: Backend) {
    let mut app = started(backend).await;
    let old = app.config.security.key_file.clone().unwrap();
    let new = old.with_file_name("new.key");
    app.sell("1", "7000000101", 1_000).await.ok();
    assert_eq!(kopilka(&app, &["keys", "rotate", "--master-to", new.to_str().unwrap()]).0, 0);
    // The new key is retired to before the gateway got it, and a key is made that only the new one opens.
    app.config.security.key_file = Some(new);
    let (code, said) = kopilka(&app, &["keys", "retire"]);
    assert!(code == 0 && said.contains("has no copy on paper"), "{said}");
    assert_eq!(kopilka(&app, &["keys", "rotate"]).0, 0);
    app.sell("2", "7000000101", 1_000).await.fault(503, "TEMPORARILY_UNAVAILABLE");
    app.restart().await;
    app.sell("2", "7000000101", 1_000).await.ok();
    app.finish().await;
}

async fn the_master_key_is_replaced_step_by_step(backend: Backend) {
    let mut app = started(backend).await;
    let old = app.config.security.key_file.clone().unwrap();
    let new = old.with_file_name("new.key");
    let argument = new.to_str().unwrap().to_owned();
    let first = app.sell("1", "7000000101", 1_000).await.ok();

    let (code, said) = kopilka(&app, &["keys", "rotate", "--master-to", &argument]);
    assert!(code == 0 && said.contains("the old one opens the database still"), "{said}");
    // Again: nothing is made a second time.
    let text = std::fs::read_to_string(&new).unwrap();
    assert_eq!(kopilka(&app, &["keys", "rotate", "--master-to", &argument]).0, 0);
    assert_eq!(std::fs::read_to_string(&new).unwrap(), text);
    assert_eq!(kopilka(&app, &["keys", "rotate", "--master-to", old.to_str().unwrap()]).0, 2);

    let (code, said) = kopilka(&app, &["keys", "rotate"]);
    assert!(code == 1 && said.contains("run `kopilka keys retire`"), "neither key may be left out: {said}");

    // The old key, still configured, does not retire the new one.
    let (code, said) = kopilka(&app, &["keys", "retire"]);
    assert!(code == 2 && said.contains("is newer than") && said.contains("--give-up-newer"), "{said}");
    let (code, said) = kopilka(&app, &["keys", "status"]);
    assert!(
        code == 1 && said.contains("the newer master key") && said.contains("run kopilka keys retire with it"),
        "{said}"
    );

    // Either key opens it; a gateway with the new one goes on where that with the old one stopped.
    app.restart().await;
    app.stop().await;
    app.config.security.key_file = Some(new);
    app.restart_stopped().await;
    assert_eq!(app.sell("1", "7000000101", 1_000).await.ok(), first);
    let (code, said) = kopilka(&app, &["keys", "status"]);
    assert!(
        code == 1 && said.contains("the older master key") && said.contains("run kopilka keys retire here"),
        "{said}"
    );
    let (code, said) = kopilka(&app, &["keys", "retire"]);
    assert!(code == 0 && said.contains("alone opens this database now"), "{said}");
    app.sell("2", "7000000101", 1_000).await.ok();

    let new = app.config.security.key_file.replace(old);
    let (code, said) = kopilka(&app, &["keys", "status"]);
    assert!(code == 1 && said.contains("the key does not fit this database"), "{said}");
    app.config.security.key_file = new;
    app.finish().await;
}

/// Runs a command that asks for a passphrase and reads words.
fn with_passphrase(app: &App, arguments: &[&str], passphrase: &str, input: &str) -> (i32, String, String) {
    let url = match (app.config.database.url.sqlite_path(), app.config.database.url.postgres_url()) {
        (Some(path), _) => format!("sqlite://{}", path.display()),
        (None, url) => url.unwrap().to_owned(),
    };
    let mut child = Command::new(env!("CARGO_BIN_EXE_kopilka"))
        .args(arguments)
        .args(["--database", &url])
        .env_clear()
        .env("KOPILKA_SECURITY__KEY_FILE", app.config.security.key_file.as_ref().unwrap())
        .env("KOPILKA_PASSPHRASE", passphrase)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that reads nothing may be gone by now.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

async fn the_words_on_paper_give_the_key_back(backend: Backend) {
    const PASSPHRASE: &str = "кот на крыше 17";
    let mut app = started(backend).await;
    app.sell("1", "7000000101", 1_000).await.ok();
    let (code, said) = kopilka(&app, &["keys", "status"]);
    assert!(
        code == 1 && said.contains("To do: make a copy of the master key on paper: kopilka keys escrow."),
        "{said}"
    );
    assert_eq!(with_passphrase(&app, &["keys", "escrow"], "короткий", "").0, 2);
    let (code, words, said) = with_passphrase(&app, &["keys", "escrow"], PASSPHRASE, "");
    assert_eq!(code, 0, "{said}");
    assert_eq!((words.lines().count(), words.split_whitespace().count()), (8, 8 * 7), "{words}");
    let (code, said) = kopilka(&app, &["keys", "status"]);
    assert!(code == 0 && said.contains("on paper since"), "{said}");

    let check =
        |passphrase: &str, words: &str| with_passphrase(&app, &["keys", "escrow", "--check"], passphrase, words);
    let (code, said, _) = check(PASSPHRASE, &words);
    assert!(code == 0 && said.contains("which is configured"), "{said}");
    let (code, _, said) = check("кот на крыше 18", &words);
    assert!(code == 1 && said.contains("the passphrase is not the one"), "{said}");
    let misread = words.replacen(words.split_whitespace().nth(1).unwrap(), "копилка", 1);
    let (code, _, said) = check(PASSPHRASE, &misread);
    assert!(code == 1 && said.contains("word 1 is «копилка»"), "{said}");

    // The key file is lost, and made again from the paper.
    app.stop().await;
    let key_file = app.config.security.key_file.clone().unwrap();
    let text = std::fs::read_to_string(&key_file).unwrap();
    let recover =
        |to: &Path| with_passphrase(&app, &["keys", "recover", "--to", to.to_str().unwrap()], PASSPHRASE, &words);
    let (code, _, said) = recover(&key_file);
    assert!(code == 2 && said.contains("is not overwritten"), "an existing one is not overwritten: {said}");
    std::fs::remove_file(&key_file).unwrap();
    let (code, said, err) = recover(&key_file);
    assert_eq!(code, 0, "{said}{err}");
    assert_eq!(std::fs::read_to_string(&key_file).unwrap().trim(), text.trim());
    app.restart_stopped().await;
    app.sell("2", "7000000101", 1_000).await.ok();
    app.finish().await;
}
