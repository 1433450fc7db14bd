//! Tills: whose they are, and that a new one works at once.

use crate::support::{
    App,
    calls::Call,
    messages::{Receipt as _, message, office, pos},
    on_both,
    pages::{OTHER_OFFICE, add_other_office, pages, rows},
};

on_both! {
    a_till_must_be_the_callers_own,
    the_office_adds_a_till_and_its_login_works_at_once,
    the_office_lists_its_tills,
    a_till_has_one_working_login_for_each_role,
}

async fn a_till_must_be_the_callers_own(app: &App) {
    let block = || app.pos(message!(pos::BlockCard { card_number: "7000000101", reason: "утеря" }));
    block().till("X1-01").await.refused("TILL_NOT_YOURS");
    block().till("M9-99").await.refused("TILL_UNKNOWN");
    block().till("M1-02").by("kassa").await.refused("TILL_NOT_YOURS");
    let receipt = app.receipt("1").of("7000000101").roubles(100);
    app.sale(pos::Receipt { till: "M1-02".into(), ..receipt }).await.refused("TILL_MISMATCH");
    let receipt = app.receipt("1").roubles(100);
    app.quote(pos::Receipt { store: Some("M2".into()), ..receipt }, 0).await.refused("STORE_UNKNOWN");
    let found = app.pos(message!(pos::FindCustomer { identifier: "7000000101" })).await.ok();
    assert_eq!(found.get("state"), "active");
}

async fn the_office_adds_a_till_and_its_login_works_at_once(app: &App) {
    let (login, password) = ("касса девять", "секрет-9999");
    let roles = office::TillRoles { role: vec!["till".into()] };
    let till_settings = message!(office::Till { store: "M2", till: "M2-09", login, password, roles });
    app.office(message!(office::SaveTill { till_settings })).await.ok();
    let who = app.pos(pos::WhoAmI {}).with_password(login, password).await.ok();
    assert_eq!(who.get("till"), "M2-09");
}

async fn a_till_has_one_working_login_for_each_role(app: &App) {
    let password = "секрет-9999";
    let save = |login: &str, roles: &[&str]| {
        let roles = office::TillRoles { role: roles.iter().map(|role| (*role).to_owned()).collect() };
        let till_settings = message!(office::Till { store: "M1", till: "M1-01", login, password, roles });
        app.office(message!(office::SaveTill { till_settings }))
    };
    let who = |login: &str, password: &str| app.pos(pos::WhoAmI {}).with_password(login, password);
    // A senior cashier's right is another: the till's own login stays.
    let senior = save("старшая", &["senior_till"]).await.ok();
    assert!(
        senior.body.contains("<m:closedLogins/>") && senior.get("message") == "Касса сохранена.",
        "{}",
        senior.body
    );
    who("kassa", "kassa").await.ok();
    // The till's login is replaced: the old one is disabled, and the answer says so.
    let replaced = save("сменная", &["till"]).await.ok();
    assert_eq!(replaced.all("login"), ["сменная", "kassa"]);
    assert_eq!(replaced.get("message"), "Касса сохранена. Прежний вход «kassa» закрыт.");
    who("kassa", "kassa").await.fault(401, "UNAUTHENTICATED");
    who("старшая", password).await.ok();
    // One with both rights takes the place of both.
    let both = save("общая", &["till", "senior_till"]).await.ok();
    assert_eq!(both.get("message"), "Касса сохранена. Прежний вход «сменная» закрыт. Прежний вход «старшая» закрыт.");
    for login in ["сменная", "старшая"] {
        who(login, password).await.fault(401, "UNAUTHENTICATED");
    }
    // Logins of the whole store or network are none of a till's.
    for login in ["demo", "senior"] {
        who(login, login).await.ok();
    }
    // Its own login changes nothing but itself, and the old one comes back in its turn.
    assert_eq!(save("общая", &["till"]).await.ok().get("message"), "Касса сохранена.");
    let back = save("kassa", &["till"]).await.ok();
    assert_eq!(back.get("message"), "Касса сохранена. Вход «kassa» снова открыт. Прежний вход «общая» закрыт.");
    // An office cannot disable its own login in this way.
    save("контора", &["head_office"]).await.ok();
    save("другая", &["head_office"]).with_password("контора", password).await.refused("LOGIN_OWN");
    who("контора", password).await.ok();
}

fn tills(app: &App, rows_max: i32, cursor: &str) -> Call {
    app.office(message!(office::ListTills { rows_max, cursor }))
}

async fn the_office_lists_its_tills(app: &App) {
    let whole = pages(|cursor| tills(app, 0, cursor)).await;
    for code in ["M1-01", "M1-02", "M2-01"] {
        assert_eq!(whole[0].body.matches(&format!("<m:till>{code}</m:till>")).count(), 1, "{code}");
    }
    assert_eq!(whole[0].all("store"), ["M1", "M1", "M2"]);
    for size in [1, 2] {
        let paged = pages(|cursor| tills(app, size, cursor)).await;
        assert_eq!(paged.len(), 3_usize.div_ceil(usize::try_from(size).unwrap()), "{size}");
        assert_eq!(rows(&paged, "storeName"), rows(&whole, "storeName"), "{size}");
    }
    let cursor = tills(app, 1, "").await.ok().get("nextCursor").to_owned();
    app.office(message!(office::ListExpiringPoints { within_days: 9, rows_max: 1, cursor: &cursor }))
        .await
        .refused("CURSOR_INVALID");
    // Another partner sees its own till alone.
    add_other_office(app);
    assert_eq!(tills(app, 0, "").by(OTHER_OFFICE).await.ok().all("store"), ["X1"]);
    tills(app, 0, &cursor).by(OTHER_OFFICE).await.refused("CURSOR_INVALID");
    tills(app, 0, "").by("demo").await.fault(500, "FORBIDDEN");
}
