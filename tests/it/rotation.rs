//! A changed password takes effect on every gateway within five seconds, also where the old one was verified a moment ago.

use std::time::{Duration, Instant};

use crate::support::{App, Backend, Folder, config, database, soap::Client};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rotated_password_is_refused_by_the_other_gateway_within_five_seconds() {
    let folder = Folder::new();
    let mut shared = config(&database(Backend::Postgres, &folder), &folder);
    shared.jobs.interval_s = 1;
    let first = App::start_with(shared.clone(), folder).await;
    let second = App::start_with(shared, Folder::new()).await;
    let save = |key: &str, password: &str| {
        format!(
            "<context><operationKey>{key}</operationKey><occurredAt>{}</occurredAt></context><tillSettings><store>M2</store>\
             <till>M2-01</till><login>сменная</login><password>{password}</password><roles><role>till</role></roles></tillSettings>",
            first.local_time()
        )
    };
    first.client("office").office("SaveTill", &save("t1", "прежний-пароль")).await.ok();
    let client =
        |app: &App, password: &str| Client::new(&format!("http://{}", app.gateway().address()), "сменная", password);
    client(&second, "прежний-пароль").pos("Ping", "").await.ok();
    first.client("office").office("SaveTill", &save("t2", "новый-пароль")).await.ok();
    let changed = Instant::now();
    while client(&second, "прежний-пароль").pos("Ping", "").await.status == 200 {
        assert!(changed.elapsed() < Duration::from_secs(5), "the old password is still taken");
    }
    client(&second, "новый-пароль").pos("Ping", "").await.ok();
    client(&first, "прежний-пароль").pos("Ping", "").await.fault(401, "UNAUTHENTICATED");
    second.finish().await;
    first.finish().await;
}
