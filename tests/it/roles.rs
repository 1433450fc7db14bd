//! Who may call what: every operation is called as every role, and is forbidden exactly where the table says so.

use crate::support::{
    App, Backend, Folder, config, database,
    messages::{Receipt as _, message, office, pos},
    on_both,
    soap::envelope,
};
use kopilka::{
    access::hash_password,
    app::Opened,
    domain::reference::Roles,
    soap::{
        contract::{Fullness, Side},
        endpoint::services,
    },
    store::admin::{NewTill, add_till},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_operation_is_forbidden_exactly_to_the_roles_that_the_table_leaves_out() {
    let folder = Folder::new();
    let config = config(&database(Backend::Sqlite, &folder), &folder);
    let app = App::start_with(config, folder).await;
    let (opened, mut db) = Opened::with_keys(&app.config).unwrap();
    for (roles, word) in Roles::WORDS {
        let (login, password_hash) = (format!("as-{word}"), hash_password(&format!("as-{word}")).unwrap());
        let new = NewTill { partner: "demo".into(), store: None, till: None, login, password_hash, roles };
        add_till(&mut db, &opened.vault, &new, app.clock.now()).unwrap();
    }
    let mut answered = 0;
    for service in services().unwrap() {
        for row in service.table {
            let sample = service.contract.sample(row.name, Side::Request, Fullness::OnlyRequired).unwrap();
            let inside = sample.strip_prefix(&format!("<{}>", row.name)).and_then(|rest| rest.rsplit_once("</"));
            let body = envelope(service.contract.namespace(), row.name, inside.map_or("", |(inside, _)| inside));
            for (role, word) in Roles::WORDS {
                let reply = app.client(&format!("as-{word}")).post(service.path, &body).await;
                let place = format!("{}, {} as {word}", service.path, row.name);
                if row.roles.meets(role) {
                    answered += 1;
                    assert_eq!(reply.status, 200, "{place}: {}", reply.body);
                } else {
                    assert_eq!((reply.status, reply.code()), (500, "FORBIDDEN"), "{place}: {}", reply.body);
                }
            }
        }
    }
    assert!(answered > 100, "only {answered} calls were allowed");
    app.finish().await;
}

#[test]
fn every_role_may_call_something_and_every_operation_has_a_role() {
    let services = services().unwrap();
    for (role, word) in Roles::WORDS {
        let can_try = |name: &str| {
            services.iter().flat_map(|service| service.table).any(|row| row.name == name && row.roles.meets(role))
        };
        assert!(can_try("Ping") && can_try("WhoAmI"), "{word} can try its login nowhere");
    }
    for row in services.iter().flat_map(|service| service.table) {
        assert!(row.roles != Roles::NONE, "nobody may call {}", row.name);
    }
}

on_both! { the_office_gives_the_senior_cashier_s_right_and_takes_it_back }

/// What a login may do is what was saved last: a right that is not named again is gone.
async fn the_office_gives_the_senior_cashier_s_right_and_takes_it_back(app: &App) {
    let (login, password) = ("старшая", "секрет-7777");
    let save = |role: &str| {
        let till_settings = office::Till {
            roles: Some(office::TillRoles { role: vec![role.into()] }),
            ..message!(office::Till { store: "M2", till: "M2-07", login, password })
        };
        app.office(message!(office::SaveTill { till_settings }))
    };
    let back = |number: &str| {
        let goods_return = message!(pos::ReturnWithoutReceipt {
            till: "M2-07",
            shift: "1",
            number,
            at: app.now(),
            reason: "Чек утерян"
        });
        let call = app.pos(message!(pos::RegisterReturnWithoutReceipt { goods_return: goods_return.roubles(10) }));
        call.till("M2-07").with_password(login, password)
    };
    let who = || app.pos(pos::WhoAmI::default()).with_password(login, password);
    save("senior_till").await.ok();
    assert_eq!(who().await.ok().get("role"), "senior_till");
    back("R-1").await.ok();
    save("till").await.ok();
    assert_eq!(who().await.ok().get("role"), "till");
    back("R-2").await.fault(500, "FORBIDDEN");
    // Every role can be given; an unknown word is refused by name.
    for (_, word) in Roles::WORDS {
        save(word).await.ok();
        assert_eq!(app.office(message!(office::ListLogins {})).await.ok().all("role").last(), Some(&word));
    }
    assert!(save("king").await.refused("ROLE_UNKNOWN").get("message").contains("king"));
}
