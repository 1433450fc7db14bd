//! Who may call what: every operation is called as every role, and is forbidden exactly where the table says so.

use crate::support::{
    App, Backend, Folder, config, database, on_both,
    soap::{Client, envelope},
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
    let mut db = Opened::open(&app.config).unwrap().writer().unwrap();
    for (roles, word) in Roles::WORDS {
        let (login, password_hash) = (format!("as-{word}"), hash_password(&format!("as-{word}")).unwrap());
        let new = NewTill { partner: "demo".into(), store: None, till: None, login, password_hash, roles };
        add_till(&mut db, &new, app.clock.now()).unwrap();
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
fn every_role_has_business_somewhere_and_every_operation_with_somebody() {
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

on_both! {
    /// What a login may do is what was saved last: a right that is not named again is gone.
    async fn the_office_gives_the_senior_cashier_s_right_and_takes_it_back(app: &App) {
        let save = |key: &str, role: &str| format!(
            "<context><operationKey>{key}</operationKey><occurredAt>{}</occurredAt></context><tillSettings><store>M2</store>\
             <till>M2-07</till><login>старшая</login><password>секрет-7777</password><roles><role>{role}</role></roles></tillSettings>",
            app.local_time()
        );
        let back = |number: &str| format!(
            "{}<goodsReturn><till>M2-07</till><shift>1</shift><number>{number}</number><at>{}</at><reason>Чек утерян</reason>\
             <lines><line><number>1</number><goodsCode>A</goodsCode><quantity>1</quantity><price>10.00</price><sum>10.00</sum></line>\
             </lines></goodsReturn>",
            app.context_at(number, "M2-07"), app.local_time()
        );
        let office = app.client("office");
        let cashier = Client::new(&format!("http://{}", app.gateway().address()), "старшая", "секрет-7777");
        office.office("SaveTill", &save("s1", "senior_till")).await.ok();
        assert_eq!(cashier.pos("WhoAmI", "").await.ok().get("role"), "senior_till");
        cashier.pos("RegisterReturnWithoutReceipt", &back("R-1")).await.ok();
        office.office("SaveTill", &save("s2", "till")).await.ok();
        assert_eq!(cashier.pos("WhoAmI", "").await.ok().get("role"), "till");
        cashier.pos("RegisterReturnWithoutReceipt", &back("R-2")).await.fault(500, "FORBIDDEN");
        // The contract has the roles of places only: a node's is given at the command line.
        office.office("SaveTill", &save("s3", "node")).await.fault(500, "INVALID_REQUEST");
    }
}
