//! A stolen login is shut.

use std::time::Duration;

use crate::support::{
    App, Backend, START, on_both,
    soap::{Client, Reply},
};
use kopilka::{
    access::Login,
    app::{Gateway, Parts},
    clock::Clock,
};

async fn disable(app: &App, client: &Client, key: &str, login: &str) -> Reply {
    let at = app.local_time();
    let context = format!("<context><operationKey>{key}</operationKey><occurredAt>{at}</occurredAt></context>");
    client.office("DisableLogin", &format!("{context}<login>{login}</login>")).await
}

on_both! {
    async fn a_stolen_login_is_shut_at_once_until_it_gets_a_new_password(app: &App) {
        let (office, kassa) = (app.client("office"), app.client("kassa"));
        kassa.pos("Ping", "").await.ok();
        let shut = disable(app, &office, "d1", "kassa").await.ok();
        assert_eq!((shut.get("login"), shut.get("disabled")), ("kassa", "true"));
        // The very next call, though its password was remembered.
        kassa.pos("Ping", "").await.fault(401, "UNAUTHENTICATED");
        app.client("senior").pos("Ping", "").await.ok();
        // The same call again, and another that asks for the same.
        assert_eq!(disable(app, &office, "d1", "kassa").await.ok().body, shut.body);
        disable(app, &office, "d2", "kassa").await.ok();
        let tills = office.office("ListTills", "<rowsMax>1</rowsMax><cursor></cursor>").await.ok();
        assert_eq!(tills.get("disabled"), "true");
        let at = app.local_time();
        let again = format!(
            "<context><operationKey>s1</operationKey><occurredAt>{at}</occurredAt></context><tillSettings><store>M1</store>\
             <till>M1-01</till><login>kassa</login><password>another-one</password><roles><role>till</role></roles></tillSettings>"
        );
        office.office("SaveTill", &again).await.ok();
        kassa.pos("Ping", "").await.fault(401, "UNAUTHENTICATED");
        let base = format!("http://{}", app.gateway().address());
        Client::new(&base, "kassa", "another-one").pos("Ping", "").await.ok();
    }

    async fn only_a_known_login_of_its_own_and_not_itself(app: &App) {
        let office = app.client("office");
        disable(app, &office, "u", "nobody").await.refused("LOGIN_UNKNOWN");
        disable(app, &office, "o", "other").await.refused("LOGIN_NOT_YOURS");
        disable(app, &office, "s", "office").await.refused("LOGIN_OWN");
        app.client("other").pos("Ping", "").await.ok();
        office.office("Ping", "").await.ok();
        disable(app, &app.client("demo"), "f", "kassa").await.fault(500, "FORBIDDEN");
        app.client("kassa").pos("Ping", "").await.ok();
    }
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
    disable(&app, &app.client("office"), "d1", "kassa").await.ok();
    // Nobody calls the second gateway in the meantime: it has to learn of it by itself.
    let login = Login { name: "kassa".into(), password: String::from("kassa").into() };
    let mut looks = 0;
    while second.desk().admit(&login, [127, 0, 0, 1].into()).await.is_ok() {
        looks += 1;
        assert!(looks < 500, "the login stays open");
        tokio::time::timeout(Duration::from_millis(20), std::future::pending::<()>()).await.unwrap_err();
    }
    there.pos("Ping", "").await.fault(401, "UNAUTHENTICATED");
    second.stop().await.unwrap();
    app.finish().await;
}
