//! Logins: they are listed, and a stolen one is disabled.

use std::time::Duration;

use diesel::{QueryableByName, RunQueryDsl as _, sql_types::Text};

use crate::support::{
    App, Backend, Folder, START,
    calls::Call,
    config, database,
    messages::{message, office, pos},
    on_both,
    pages::{OTHER_OFFICE, add_other_office, pages, rows},
    soap::{Client, Reply},
};
use kopilka::{
    access::{Login, hash_password},
    app::{Gateway, Opened, Parts},
    clock::Clock,
    domain::{moment::Span, name::Code, reference::Roles, registry::NetworkDraft},
    secret::Secret,
    store::{
        admin::{Expected, NewPartner, NewTill, add_partner, add_till, save_network},
        db::backend::Db,
    },
};

on_both! {
    a_stolen_login_is_disabled_at_once_until_it_gets_a_new_password,
    only_a_known_login_of_its_own_and_not_itself,
    the_office_lists_its_logins_with_a_till_and_without,
    a_disabled_login_is_enabled_as_it_was_with_a_new_password,
    a_disabled_login_may_be_given_to_a_till_and_an_enabled_one_elsewhere_may_not,
    a_login_that_is_enabled_again_takes_the_place_of_the_one_that_replaced_it,
    what_no_client_could_send_is_no_login,
    who_did_what_to_a_login_is_written_down,
    a_password_is_set_and_a_closed_login_stays_closed,
    the_office_that_runs_the_programme_sees_to_other_partners_logins,
    the_office_of_one_programme_does_not_reach_a_partner_s_logins_in_another,
}

fn disable(app: &App, login: &str) -> Call {
    app.office(message!(office::DisableLogin { login }))
}

fn logins(app: &App, rows_max: i32, cursor: &str) -> Call {
    app.office(message!(office::ListLogins { rows_max, cursor }))
}

fn enable(app: &App, login: &str, password: &str) -> Call {
    app.office(message!(office::EnableLogin { login, password }))
}

/// Gives a till in store M1 a login with the role of a till.
fn give(app: &App, till: &str, login: &str, password: &str) -> Call {
    let roles = office::TillRoles { role: vec!["till".into()] };
    let till_settings = message!(office::Till { store: "M1", till, login, password, roles });
    app.office(message!(office::SaveTill { till_settings }))
}

fn who(app: &App, login: &str, password: &str) -> Call {
    app.pos(pos::WhoAmI::default()).with_password(login, password)
}

fn ping(app: &App, login: &str) -> Call {
    app.pos(pos::Ping::default()).by(login)
}

async fn a_stolen_login_is_disabled_at_once_until_it_gets_a_new_password(app: &App) {
    ping(app, "kassa").await.ok();
    let first = disable(app, "kassa");
    let disabled = first.send().await.ok();
    assert_eq!((disabled.get("login"), disabled.get("disabled")), ("kassa", "true"));
    // The very next call, though its password was remembered.
    ping(app, "kassa").await.fault(401, "UNAUTHENTICATED");
    ping(app, "senior").await.ok();
    // The same call again, and another that asks for the same.
    assert_eq!(first.send().await.ok().body, disabled.body);
    disable(app, "kassa").await.ok();
    assert_eq!(logins(app, 0, "").await.ok().all("disabled"), ["false", "true", "false", "false"]);
    let till_settings = office::Till {
        roles: Some(office::TillRoles { role: vec!["till".into()] }),
        ..message!(office::Till { store: "M1", till: "M1-01", login: "kassa", password: "another-one" })
    };
    app.office(message!(office::SaveTill { till_settings })).await.ok();
    ping(app, "kassa").await.fault(401, "UNAUTHENTICATED");
    app.pos(pos::Ping::default()).with_password("kassa", "another-one").await.ok();
}

async fn only_a_known_login_of_its_own_and_not_itself(app: &App) {
    disable(app, "nobody").await.refused("LOGIN_UNKNOWN");
    // The office that runs the programme sees to other partners' logins; theirs do not see to its.
    app.add_stranger();
    disable(app, "kassa").by("stranger").await.refused("LOGIN_NOT_YOURS");
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

async fn a_disabled_login_is_enabled_as_it_was_with_a_new_password(app: &App) {
    // It has neither a store nor a till.
    let before = who(app, "demo", "demo").await.ok();
    disable(app, "demo").await.ok();
    let enabled = enable(app, "demo", "another-one").await.ok();
    assert_eq!((enabled.get("login"), enabled.get("disabled")), ("demo", "false"));
    assert_eq!(enabled.get("message"), "Вход «demo» снова открыт.");
    who(app, "demo", "demo").await.fault(401, "UNAUTHENTICATED");
    let after = who(app, "demo", "another-one").await.ok();
    assert_eq!(after.all("role"), before.all("role"));
    assert!(after.find("store").is_none() && after.find("till").is_none(), "{}", after.body);
    // Of an enabled one it changes the password.
    let changed = enable(app, "demo", "a-third-one").await.ok();
    assert_eq!(changed.get("message"), "Пароль входа «demo» сменён.");
    who(app, "demo", "another-one").await.fault(401, "UNAUTHENTICATED");
    who(app, "demo", "a-third-one").await.ok();
    enable(app, "nobody", "another-one").await.refused("LOGIN_UNKNOWN");
    app.add_stranger();
    enable(app, "demo", "another-one").by("stranger").await.refused("LOGIN_NOT_YOURS");
    enable(app, "demo", "line\nanother").await.refused("NAME_INVALID");
    enable(app, "demo", "another-one").by("kassa").await.fault(500, "FORBIDDEN");
    who(app, "demo", "a-third-one").await.ok();
}

async fn a_disabled_login_may_be_given_to_a_till_and_an_enabled_one_elsewhere_may_not(app: &App) {
    give(app, "M1-02", "demo", "another-one").await.refused("LOGIN_TAKEN");
    give(app, "M1-02", "kassa", "another-one").await.refused("LOGIN_TAKEN");
    for login in ["demo", "kassa"] {
        disable(app, login).await.ok();
        let given = give(app, "M1-02", login, "another-one").await.ok();
        assert!(given.get("message").contains(&format!("Вход «{login}» снова открыт.")), "{}", given.body);
        let seen = who(app, login, "another-one").await.ok();
        assert_eq!((seen.get("till"), seen.all("role")), ("M1-02", vec!["till"]));
    }
    // Another partner's is taken, enabled or disabled.
    give(app, "M1-02", "other", "another-one").await.refused("LOGIN_TAKEN");
    app.add_stranger();
    disable(app, "other").by("stranger").await.ok();
    give(app, "M1-02", "other", "another-one").await.refused("LOGIN_TAKEN");
}

async fn what_no_client_could_send_is_no_login(app: &App) {
    for login in [":", "kassa:2", "   ", "\u{a0}", "kassa\t2", "kassa\n2", "kas\u{200b}sa", "касса\u{301}"] {
        let refused = give(app, "M2-09", login, "another-one").await.refused("NAME_INVALID");
        assert!(refused.get("message").contains("имя для входа "), "{login:?}: {}", refused.body);
    }
    give(app, "  ", "касса 9", "another-one").await.refused("NAME_INVALID");
    give(app, "M2\n9", "касса 9", "another-one").await.refused("NAME_INVALID");
    give(app, "M2-09", "касса 9", "another\tone").await.refused("NAME_INVALID");
    // One spelling, whoever writes it: trimmed, its letters whole.
    let given = give(app, " M1-09 ", " кассир и\u{306} ", " another:one ").await.ok();
    assert_eq!((given.get("login"), given.get("till")), ("кассир й", "M1-09"));
    for login in ["кассир й", "кассир и\u{306}", " кассир й "] {
        assert_eq!(who(app, login, " another:one ").await.ok().get("till"), "M1-09", "{login:?}");
    }
    disable(app, " кассир и\u{306}").await.ok();
    who(app, "кассир й", " another:one ").await.fault(401, "UNAUTHENTICATED");
    // As a till, the code is read in any of its spellings too.
    let block = app.pos(message!(pos::BlockCard { card_number: "7000000101", reason: "утеря" }));
    block.till(" M1-09 ").await.ok();
}

fn set_password(app: &App, login: &str, password: &str) -> Call {
    app.office(message!(office::SetPassword { login, password }))
}

async fn a_password_is_set_and_a_closed_login_stays_closed(app: &App) {
    let set = set_password(app, "demo", "another-one").await.ok();
    assert_eq!((set.get("login"), set.get("disabled")), ("demo", "false"));
    assert_eq!(set.get("message"), "Пароль входа «demo» сменён.");
    who(app, "demo", "demo").await.fault(401, "UNAUTHENTICATED");
    who(app, "demo", "another-one").await.ok();
    // An office sets its own, too.
    set_password(app, "office", "office-password").await.ok();
    let office = |call: Call| call.with_password("office", "office-password");
    office(disable(app, "kassa")).await.ok();
    let set = office(set_password(app, "kassa", "another-one")).await.ok();
    assert_eq!(set.get("message"), "Пароль входа «kassa» сменён, вход остаётся закрытым.");
    who(app, "kassa", "another-one").await.fault(401, "UNAUTHENTICATED");
    office(set_password(app, "nobody", "another-one")).await.refused("LOGIN_UNKNOWN");
    office(set_password(app, "demo", "line\nanother")).await.refused("NAME_INVALID");
    app.add_stranger();
    set_password(app, "demo", "a-third-one").by("stranger").await.refused("LOGIN_NOT_YOURS");
    set_password(app, "demo", "a-third-one").by("senior").await.fault(500, "FORBIDDEN");
    who(app, "demo", "another-one").await.ok();
}

async fn the_office_that_runs_the_programme_sees_to_other_partners_logins(app: &App) {
    app.add_stranger();
    let listed = app.office(message!(office::ListLogins { partner: "other" })).await.ok();
    assert_eq!(rows(&[listed], "till"), ["X1-01"]);
    disable(app, "other").await.ok();
    ping(app, "other").await.fault(401, "UNAUTHENTICATED");
    enable(app, "other", "another-one").await.ok();
    who(app, "other", "another-one").await.ok();
    let listing = || app.office(message!(office::ListLogins { partner: "demo" }));
    listing().by("stranger").await.refused("PARTNER_NOT_YOURS");
    app.office(message!(office::ListLogins { partner: "nobody" })).await.refused("PARTNER_UNKNOWN");
    // Its own it sees with its code and without.
    let own = app.office(message!(office::ListLogins { partner: "other" })).by("stranger").await.ok();
    assert_eq!(own.all("role"), ["till", "head_office"]);
}

/// The third partner runs a programme of its own, and takes part in the demo's with a second network.
async fn the_office_of_one_programme_does_not_reach_a_partner_s_logins_in_another(app: &App) {
    let (opened, mut db) = Opened::with_keys(&app.config).unwrap();
    let partner = NewPartner {
        code: "third".into(),
        name: "Третий".into(),
        programme: "own".into(),
        programme_name: "Своя".into(),
        stores: vec![("Z1".into(), "Последний".into())],
        utc_offset_minutes: 180,
    };
    add_partner(&mut db, &opened.vault, &partner, START).unwrap();
    let office = NewTill {
        partner: "third".into(),
        store: None,
        till: None,
        login: "third".into(),
        password_hash: hash_password("third").unwrap(),
        roles: Roles::HEAD_OFFICE,
    };
    add_till(&mut db, &opened.vault, &office, START).unwrap();
    let network = NetworkDraft {
        partner: Some("third".into()),
        code: Code::parse("third-demo").unwrap(),
        name: Some("Третий в «Копилке»".into()),
        programme: Some("demo".into()),
        disabled: None,
    };
    save_network(&mut db, &opened.vault, &network, Expected::New, START).unwrap();
    disable(app, "third").await.refused("LOGIN_NOT_YOURS");
    enable(app, "third", "another-one").await.refused("LOGIN_NOT_YOURS");
    let password = message!(office::SetPassword { login: "third", password: "another-one" });
    app.office(password).await.refused("LOGIN_NOT_YOURS");
    who(app, "third", "third").await.ok();
    let listed = app.office(message!(office::ListLogins { partner: "third" })).await.ok();
    assert!(listed.all("login").is_empty(), "{}", listed.body);
    let own = app.office(office::ListLogins::default()).by("third").await.ok();
    assert_eq!(own.all("role"), ["head_office"]);
    // It closes the network that takes part in its programme, and not the whole partner.
    let partner_settings = message!(office::PartnerSettings { partner: "third", disabled: true });
    app.office(message!(office::SavePartner { partner_settings })).await.refused("PARTNER_NOT_YOURS");
    let network_settings =
        message!(office::NetworkSettings { partner: "third", network: "third-demo", disabled: true });
    app.office(message!(office::SaveNetwork { network_settings })).await.ok();
    app.office(office::Ping::default()).by("third").await.ok();
}

#[derive(QueryableByName)]
struct Written {
    #[diesel(sql_type = Text)]
    what: String,
}

async fn who_did_what_to_a_login_is_written_down(app: &App) {
    let calls: [fn(&App) -> Call; 6] = [
        |app| give(app, "M1-09", "касса 9", "another-one"),
        |app| give(app, "M1-09", "касса 9", "a-third-one"),
        |app| disable(app, "касса 9"),
        |app| disable(app, "касса 9"),
        |app| enable(app, "касса 9", "a-fourth-one"),
        |app| give(app, "M1-09", "сменщик", "another-one"),
    ];
    for call in calls {
        app.advance(Span::minutes(1));
        call(app).await.ok();
    }
    let mut db = Opened::open(&app.config).unwrap().writer().unwrap();
    // What is added at the command line, as the demo's logins are, names no employee.
    let query = format!(
        "SELECT ((recorded_at - {}) / 60000) || ' ' || subject || ' ' || \
         CASE WHEN before IS NULL THEN 'added' WHEN after LIKE '%\"disabled\":true%' THEN 'disabled' \
         WHEN before LIKE '%\"disabled\":true%' THEN 'enabled' ELSE 'changed' END || ' ' || actor || ' ' || \
         CASE WHEN employee_sealed IS NULL THEN 'nobody' ELSE 'by name' END AS what \
         FROM registry_changes WHERE kind = 'login' AND actor <> 'command line' ORDER BY seq",
        START.0
    );
    let query = diesel::sql_query(query);
    let written: Vec<Written> = match &mut db {
        Db::Sqlite(c) => query.load(&mut **c).unwrap(),
        Db::Postgres(c) => query.load(&mut **c).unwrap(),
    };
    let written: Vec<&str> = written.iter().map(|row| row.what.as_str()).collect();
    assert_eq!(
        written,
        [
            "1 касса 9 added office by name",
            "2 касса 9 changed office by name",
            "3 касса 9 disabled office by name",
            "5 касса 9 enabled office by name",
            "6 сменщик added office by name",
            "6 касса 9 disabled office by name",
        ]
    );
}

async fn a_login_that_is_enabled_again_takes_the_place_of_the_one_that_replaced_it(app: &App) {
    give(app, "M1-09", "утренняя", "password-1").await.ok();
    let given = give(app, "M1-09", "вечерняя", "password-2").await.ok();
    assert!(given.get("message").contains("Прежний вход «утренняя» закрыт."), "{}", given.body);
    let enabled = enable(app, "утренняя", "password-3").await.ok();
    let sentence = "Вход «утренняя» снова открыт. Прежний вход «вечерняя» той же кассы закрыт.";
    assert_eq!(enabled.get("message"), sentence);
    who(app, "утренняя", "password-3").await.ok();
    who(app, "вечерняя", "password-2").await.fault(401, "UNAUTHENTICATED");
}

/// Rounds of two gateways that change logins at once.
const ROUNDS: usize = 6;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_two_gateways_decide_at_once_follows_one_after_the_other() {
    let folder = Folder::new();
    let shared = config(&database(Backend::Postgres, &folder), &folder);
    let first = App::start_with(shared.clone(), folder).await;
    let second = App::start_with(shared, Folder::new()).await;
    let open = |reply: &Reply| -> Vec<String> {
        let rows = reply.read::<office::LoginRows>("logins").login;
        rows.into_iter().filter(|row| !row.disabled).map(|row| row.login).collect()
    };
    for round in 0..ROUNDS {
        // One till, four logins of one role.
        let till = format!("M1-5{round}");
        let save = |app: &App, number: usize| {
            let roles = office::TillRoles { role: vec!["till".into()] };
            let login = format!("касса {round} {number}");
            let till_settings =
                message!(office::Till { store: "M1", till: till.clone(), login, password: "password-1", roles });
            app.office(message!(office::SaveTill { till_settings }))
        };
        let calls = [save(&first, 0), save(&second, 1), save(&first, 2), save(&second, 3)];
        let (a, b, c, d) = tokio::join!(calls[0].send(), calls[1].send(), calls[2].send(), calls[3].send());
        for reply in [a, b, c, d] {
            reply.ok();
        }
        let listed = logins(&first, 100, "").await.ok();
        let of_the_till: Vec<String> =
            open(&listed).into_iter().filter(|login| login.starts_with(&format!("касса {round} "))).collect();
        assert_eq!(of_the_till.len(), 1, "round {round}: {of_the_till:?}");

        // Two passwords for it: one stays, on both gateways.
        let login = of_the_till[0].as_str();
        let (one, two) = (enable(&first, login, "password-a"), enable(&second, login, "password-b"));
        let (one, two) = tokio::join!(one.send(), two.send());
        one.ok();
        two.ok();
        let mut taken = Vec::new();
        for app in [&first, &second] {
            // A gateway looks for changes with its next write.
            disable(app, "senior").await.ok();
            for password in ["password-a", "password-b"] {
                if app.pos(pos::Ping {}).with_password(login, password).await.status == 200 {
                    taken.push(password);
                }
            }
        }
        assert!(taken.len() == 2 && taken[0] == taken[1], "round {round}: {taken:?}");
    }
    // Two offices disable each other: the second learns that it was disabled.
    add_office(&first, "office-a");
    add_office(&first, "office-b");
    let shut = |app: &App, by: &str, login: &str| {
        app.office(message!(office::DisableLogin { login })).with_password(by, "office-password")
    };
    let (one, two) = (shut(&first, "office-a", "office-b"), shut(&second, "office-b", "office-a"));
    let (one, two) = tokio::join!(one.send(), two.send());
    let done = [&one, &two].iter().filter(|reply| reply.find("code") == Some("OK")).count();
    assert_eq!(done, 1, "{} {}", one.body, two.body);
    second.finish().await;
    first.finish().await;
}

/// How long a gateway may still admit a login that another one has disabled.
const SHUT_WITHIN: Duration = Duration::from_secs(5);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stolen_login_is_shut_on_another_gateway_within_seconds() {
    let folder = Folder::new();
    let shared = config(&database(Backend::Postgres, &folder), &folder);
    let first = App::start_with(shared.clone(), folder).await;
    let second = App::start_with(shared, Folder::new()).await;
    // The second knows it and its password from memory, and has nothing else to do.
    ping(&second, "kassa").await.ok();
    disable(&first, "kassa").await.ok();
    ping(&first, "kassa").await.fault(401, "UNAUTHENTICATED");
    // Nobody calls meanwhile: a call would make it look.
    tokio::time::timeout(SHUT_WITHIN, std::future::pending::<()>()).await.unwrap_err();
    ping(&second, "kassa").await.fault(401, "UNAUTHENTICATED");
    // A closed store is known there as soon.
    let store_settings = message!(office::StoreSettings { store: "M2", disabled: true });
    first.office(message!(office::SaveStore { store_settings })).await.ok();
    tokio::time::timeout(SHUT_WITHIN, std::future::pending::<()>()).await.unwrap_err();
    let block = second.pos(message!(pos::BlockCard { card_number: "7000000101", reason: "утеря" }));
    block.till("M2-01").await.refused("PLACE_CLOSED");
    second.finish().await;
    first.finish().await;
}

fn add_office(app: &App, login: &str) {
    let (opened, mut db) = Opened::with_keys(&app.config).unwrap();
    let office = NewTill {
        partner: "demo".into(),
        store: None,
        till: None,
        login: login.into(),
        password_hash: hash_password("office-password").unwrap(),
        roles: Roles::HEAD_OFFICE,
    };
    add_till(&mut db, &opened.vault, &office, app.clock.now()).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_gateway_refuses_it_within_its_interval() {
    let app = App::start(Backend::Postgres).await;
    let mut config = app.config.clone();
    config.jobs.interval_s = 1;
    let clock = Clock::manual(START);
    let parts =
        Parts { clock: Some(clock), channel: Some(Box::new(app.phone.clone())), demo: false, ..Parts::default() };
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
