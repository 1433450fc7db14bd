//! The cache of reference data: only changed kinds are reloaded.

use std::sync::Arc;

use diesel::RunQueryDsl as _;

use crate::support::{App, on_both};
use kopilka::{
    app::Opened,
    domain::reference::{Reference, Roles},
    store::{admin, db::backend::Db, tables::reference},
};

/// Places, logins and rules that two states share.
fn shared(one: &Reference, other: &Reference) -> [bool; 3] {
    let places = Arc::ptr_eq(&one.tills, &other.tills) && Arc::ptr_eq(&one.stores, &other.stores);
    let logins = Arc::ptr_eq(&one.credentials, &other.credentials);
    [places, logins, Arc::ptr_eq(&one.programmes, &other.programmes)]
}

fn add_login(db: &mut Db, app: &App, login: &str) {
    let new = admin::NewTill {
        partner: "demo".into(),
        store: None,
        till: None,
        login: login.into(),
        password_hash: kopilka::access::hash_password(login).unwrap(),
        roles: Roles::TILL,
    };
    let (opened, _) = Opened::with_keys(&app.config).unwrap();
    admin::add_till(db, &opened.vault, &new, app.clock.now()).unwrap();
}

on_both! {
    a_new_login_leaves_tills_and_rules_as_they_were_read,
    changes_of_an_older_program_reload_everything,
}

async fn a_new_login_leaves_tills_and_rules_as_they_were_read(app: &App) {
    let mut db = Opened::open(&app.config).unwrap().writer().unwrap();
    let before = reference::load(&mut db).unwrap();
    assert_eq!(shared(&before, &reference::load_changed(&mut db, &before).unwrap()), [true, true, true]);

    add_login(&mut db, app, "new");
    let after = reference::load_changed(&mut db, &before).unwrap();
    assert_eq!(shared(&before, &after), [true, false, true]);
    assert!(after.credentials.contains_key("new") && !before.credentials.contains_key("new"));
    assert_eq!(shared(&after, &reference::load(&mut db).unwrap()), [false, false, false]);
    // The gateway has read it too.
    app.balance("7000000101").by("new").await.ok();
}

async fn changes_of_an_older_program_reload_everything(app: &App) {
    let mut db = Opened::open(&app.config).unwrap().writer().unwrap();
    let before = reference::load(&mut db).unwrap();
    add_login(&mut db, app, "new");
    // It knows only the common version.
    let statement = "UPDATE reference_version SET version = version + 1";
    match &mut db {
        Db::Sqlite(c) => diesel::sql_query(statement).execute(&mut **c).unwrap(),
        Db::Postgres(c) => diesel::sql_query(statement).execute(&mut **c).unwrap(),
    };
    let after = reference::load_changed(&mut db, &before).unwrap();
    assert_eq!(shared(&before, &after), [false, false, false]);
    assert_eq!(shared(&after, &reference::load_changed(&mut db, &after).unwrap()), [true, true, true]);
}
