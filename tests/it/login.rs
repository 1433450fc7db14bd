//! Logins: they are listed, and a stolen one is shut.

use std::time::Duration;

use crate::support::{
    App, Backend, START,
    calls::Call,
    messages::{message, office, pos},
    on_both,
    pages::{OTHER_OFFICE, add_other_office, pages, rows},
    soap::Client,
};
use kopilka::{
    access::Login,
    app::{Gateway, Parts},
    clock::Clock,
    secret::Secret,
};

on_both! {
    a_stolen_login_is_shut_at_once_until_it_gets_a_new_password,
    only_a_known_login_of_its_own_and_not_itself,
    the_office_lists_its_logins_with_a_till_and_without,
}

fn disable(app: &App, login: &str) -> Call {
    app.office(message!(office::DisableLogin { login }))
}

fn logins(app: &App, rows_max: i32, cursor: &str) -> Call {
    app.office(message!(office::ListLogins { rows_max, cursor }))
}

fn ping(app: &App, login: &str) -> Call {
    app.pos(pos::Ping::default()).by(login)
}

async fn a_stolen_login_is_shut_at_once_until_it_gets_a_new_password(app: &App) {
    ping(app, "kassa").await.ok();
    let first = disable(app, "kassa");
    let shut = first.send().await.ok();
    assert_eq!((shut.get("login"), shut.get("disabled")), ("kassa", "true"));
    // The very next call, though its password was remembered.
    ping(app, "kassa").await.fault(401, "UNAUTHENTICATED");
    ping(app, "senior").await.ok();
    // The same call again, and another that asks for the same.
    assert_eq!(first.send().await.ok().body, shut.body);
    disable(app, "kassa").await.ok();
    assert_eq!(logins(app, 0, "").await.ok().all("disabled"), ["false", "true", "false", "false"]);
    let till_settings = office::Till {
        roles: office::TillRoles { role: vec!["till".into()] },
        ..message!(office::Till { store: "M1", till: "M1-01", login: "kassa", password: "another-one" })
    };
    app.office(message!(office::SaveTill { till_settings })).await.ok();
    ping(app, "kassa").await.fault(401, "UNAUTHENTICATED");
    app.pos(pos::Ping::default()).with_password("kassa", "another-one").await.ok();
}

async fn only_a_known_login_of_its_own_and_not_itself(app: &App) {
    disable(app, "nobody").await.refused("LOGIN_UNKNOWN");
    disable(app, "other").await.refused("LOGIN_NOT_YOURS");
    disable(app, "office").await.refused("LOGIN_OWN");
    ping(app, "other").await.ok();
    app.office(office::Ping::default()).await.ok();
    disable(app, "kassa").by("demo").await.fault(500, "FORBIDDEN");
    ping(app, "kassa").await.ok();
}

async fn the_office_lists_its_logins_with_a_till_and_without(app: &App) {
    let whole = pages(|cursor| logins(app, 0, cursor)).await;
    let names = ["demo", "kassa", "office", "senior"];
    for name in names {
        assert_eq!(whole[0].body.matches(&format!("<m:login>{name}</m:login>")).count(), 1, "{name}");
    }
    assert_eq!(whole[0].all("disabled"), ["false"; 4]);
    // «kassa» is for one till, «senior» for one store, the others for all.
    assert_eq!((whole[0].all("store"), whole[0].all("till")), (vec!["M1", "M1"], vec!["M1-01"]));
    assert_eq!(whole[0].all("role"), ["till", "online_shop", "store", "till", "head_office", "senior_till"]);
    assert!(!whole[0].body.contains("argon2"), "{}", whole[0].body);
    for size in [1, 3] {
        let paged = pages(|cursor| logins(app, size, cursor)).await;
        assert_eq!(paged.len(), names.len().div_ceil(usize::try_from(size).unwrap()), "{size}");
        assert_eq!(rows(&paged, "role"), rows(&whole, "role"), "{size}");
    }
    let cursor = logins(app, 1, "").await.ok().get("nextCursor").to_owned();
    app.office(message!(office::ListTills { rows_max: 1, cursor: &cursor })).await.refused("CURSOR_INVALID");
    // Another partner sees its own logins alone.
    add_other_office(app);
    let others = logins(app, 0, "").by(OTHER_OFFICE).await.ok();
    assert_eq!(others.all("role"), ["till", "partner_office"]);
    logins(app, 0, &cursor).by(OTHER_OFFICE).await.refused("CURSOR_INVALID");
    logins(app, 0, "").by("demo").await.fault(500, "FORBIDDEN");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_gateway_shuts_it_within_its_interval() {
    let app = App::start(Backend::Postgres).await;
    let mut config = app.config.clone();
    config.jobs.interval_s = 1;
    let clock = Clock::manual(START);
    let parts = Parts { clock: Some(clock), channel: Some(Box::new(app.phone.clone())), demo: false };
    let second = Gateway::start(&config, parts).await.unwrap();
    let there = Client::new(&format!("http://{}", second.address()), "kassa", "kassa");
    there.pos("Ping", "").await.ok();
    disable(&app, "kassa").await.ok();
    // Nobody calls the second gateway in the meantime: it has to learn of it by itself.
    let login = Login { name: "kassa".into(), password: Secret::new("kassa") };
    let mut looks = 0;
    while second.dispatcher().admit(&login, [127, 0, 0, 1].into()).await.is_ok() {
        looks += 1;
        assert!(looks < 500, "the login stays open");
        tokio::time::timeout(Duration::from_millis(20), std::future::pending::<()>()).await.unwrap_err();
    }
    there.pos("Ping", "").await.fault(401, "UNAUTHENTICATED");
    second.stop().await.unwrap();
    app.finish().await;
}
