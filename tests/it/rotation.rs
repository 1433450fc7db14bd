//! A changed password takes effect on every gateway within five seconds, also where the old one was verified a moment
//! ago.

use std::time::{Duration, Instant};

use crate::support::{
    App, Backend, Folder, config, database,
    messages::{message, office, pos},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rotated_password_is_refused_by_the_other_gateway_within_five_seconds() {
    let folder = Folder::new();
    let mut shared = config(&database(Backend::Postgres, &folder), &folder);
    shared.jobs.interval_s = 1;
    let first = App::start_with(shared.clone(), folder).await;
    let second = App::start_with(shared, Folder::new()).await;
    let save = |password: &str| {
        let roles = office::TillRoles { role: vec!["till".into()] };
        let till_settings =
            message!(office::Till { store: "M2", till: "M2-01", login: "сменная", password, roles });
        first.office(message!(office::SaveTill { till_settings }))
    };
    let ping = |app: &App, password: &str| app.pos(pos::Ping {}).with_password("сменная", password);
    save("прежний-пароль").await.ok();
    ping(&second, "прежний-пароль").await.ok();
    save("новый-пароль").await.ok();
    let changed = Instant::now();
    while ping(&second, "прежний-пароль").await.status == 200 {
        assert!(changed.elapsed() < Duration::from_secs(5), "the old password is still taken");
    }
    ping(&second, "новый-пароль").await.ok();
    ping(&first, "прежний-пароль").await.fault(401, "UNAUTHENTICATED");
    second.finish().await;
    first.finish().await;
}
