//! Who changed what: rules, rights, limits, and what became of a card and its account.

use crate::{
    books::{explain::kopilka, merge, open},
    support::{
        App, Backend, START,
        calls::Call,
        messages::{Field as _, Programme as _, message, office, pos},
        on_both,
        pages::{OTHER_OFFICE, add_other_office, pages, rows},
        soap::Reply,
    },
};
use diesel::{QueryableByName, RunQueryDsl as _, sql_query, sql_types};
use kopilka::{
    access,
    app::Opened,
    domain::{
        history::{ACCEPTANCE, is_named},
        moment::Span,
        reference::Roles,
    },
    store::{
        admin::{NewTill, add_till},
        db::backend::Db,
        tables::registry::changes_after,
    },
};

on_both! {
    what_an_office_does_to_a_login_is_told_with_before_and_after,
    new_rules_are_told_in_the_units_of_people_and_again_when_they_begin,
    a_partner_s_office_sees_its_own_and_an_auditor_no_names,
    an_office_that_also_audits_sees_no_names_of_another_partner,
    an_identifier_of_two_is_not_guessed_at,
    the_list_is_paged_and_searched,
    what_became_of_a_card_is_told,
    the_command_line_tells_the_same,
    every_column_of_the_registry_has_a_name_in_russian,
}

on_both! { backend: other_limits_at_the_next_start_are_told, a_bounded_search_goes_on_where_it_stopped }

/// The login of the demo's other partner at its till.
const OTHER_SHOP: &str = "other";

fn history(app: &App, search: office::HistorySearch) -> Call {
    app.office(message!(office::ListHistory { search }))
}

fn of_kind(app: &App, kind: &str) -> Call {
    history(app, message!(office::HistorySearch { kind }))
}

fn of_card(app: &App, identifier: &str) -> Call {
    history(app, message!(office::HistorySearch { identifier }))
}

/// The changes of an answer.
fn events(reply: &Reply) -> Vec<office::HistoryEvent> {
    if reply.body.contains("<m:events/>") {
        return Vec::new();
    }
    reply.read::<office::HistoryEvents>("events").event
}

fn texts(reply: &Reply) -> Vec<String> {
    events(reply).into_iter().map(|event| event.text).collect()
}

/// A change's fields as lines.
fn fields(event: &office::HistoryEvent) -> Vec<String> {
    let shown = |value: &Option<String>| value.clone().unwrap_or_else(|| "—".into());
    let line =
        |field: &office::HistoryField| format!("{}: {} → {}", field.label, shown(&field.before), shown(&field.after));
    event.fields.change.iter().map(line).collect()
}

fn give(app: &App, till: &str, login: &str, password: &str) -> Call {
    let roles = office::TillRoles { role: vec!["till".into()] };
    let till_settings = message!(office::Till { store: "M1", till, login, password, roles });
    app.office(message!(office::SaveTill { till_settings }))
}

/// A login of the demo's partner without a till.
fn add_login(app: &App, login: &str, roles: Roles) {
    let (opened, mut db) = Opened::with_keys(&app.config).unwrap();
    let new = NewTill {
        partner: "demo".into(),
        store: None,
        till: None,
        login: login.into(),
        password_hash: access::hash_password(login).unwrap(),
        roles,
    };
    add_till(&mut db, &opened.vault, &new, START).unwrap();
}

async fn what_an_office_does_to_a_login_is_told_with_before_and_after(app: &App) {
    app.advance(Span::minutes(5));
    give(app, "M1-09", "касса 9", "another-one").await.ok();
    app.office(message!(office::DisableLogin { login: "касса 9" })).await.ok();
    app.office(message!(office::EnableLogin { login: "касса 9", password: "a-third-one" })).await.ok();
    let reply = history(app, message!(office::HistorySearch { kind: "login", name: " касса 9 " })).await.ok();
    let told = events(&reply);
    assert_eq!(texts(&reply), ["Вход «касса 9» снова открыт.", "Вход «касса 9» закрыт.", "Вход «касса 9» добавлен."]);
    assert_eq!(fields(&told[0]), ["Пароль: — → сменён", "Закрыт: да → нет"]);
    assert_eq!(fields(&told[1]), ["Закрыт: нет → да"]);
    assert_eq!(
        fields(&told[2]),
        [
            "Имя для входа: — → касса 9",
            "Пароль: — → задан",
            "Роли: — → касса",
            "Закрыт: — → нет",
            "Партнёр: — → demo",
            "Сеть: — → demo",
            "Магазин: — → M1",
            "Касса: — → M1-09"
        ]
    );
    let by = &told[1].author;
    assert_eq!(
        (by.kind.as_str(), by.login.as_deref(), by.employee.as_deref()),
        ("login", Some("office"), Some("Иванова"))
    );
    assert_eq!((&by.roles.role, by.partner.as_deref()), (&vec!["head_office".to_owned()], Some("demo")));
    assert_eq!(by.partner_name.as_deref(), Some("Торговый дом «Пример»"));
    assert_eq!((told[1].partner.as_deref(), told[1].at.to_string().as_str()), (Some("demo"), "2026-11-21T12:05:00"));
    // What the demo's start did nobody's login did.
    let added = history(app, message!(office::HistorySearch { kind: "login", name: "kassa" })).await.ok();
    assert_eq!(events(&added)[0].author.kind, "command_line");
    assert!(!reply.body.contains("argon2"), "{}", reply.body);
    let digests: Vec<String> = {
        let changes = changes_after(&mut open(app), 0, 1_000).unwrap();
        let password = |said: &String| said.split_once("\"password\":\"").map(|(_, rest)| rest[..32].to_owned());
        changes.iter().filter_map(|change| password(&change.after)).collect()
    };
    assert!(digests.len() > 5);
    let everything = history(app, office::HistorySearch::default()).await.ok();
    assert!(digests.iter().all(|digest| !everything.body.contains(digest)), "{}", everything.body);
}

async fn new_rules_are_told_in_the_units_of_people_and_again_when_they_begin(app: &App) {
    app.advance(Span::minutes(1));
    app.change_programme(|programme| {
        programme.valid_from = "2026-11-23T00:00:00".parse().unwrap();
        programme.rule("accrual").points = 10.field();
        programme.rule("spending").share = "12.5".field();
        programme.set(message!(office::ProgrammeRule { kind: "lifetime", period: "month_end", count: 0 }));
    })
    .await;
    let planned = of_kind(app, "rules").await.ok();
    let told = events(&planned);
    assert_eq!(
        texts(&planned),
        ["Правила программы «demo» изменены: редакция 2.", "Правила программы «demo» заданы: редакция 1."]
    );
    let changes = [
        "Начало действия: с самого начала → 23.11.2026 00:00:00",
        "Начисление: баллов за шаг суммы: 1,00 балла → 10,00 балла",
        "Списание: доля чека не больше: 50 % → 12,5 %",
        "Срок действия баллов: 365 дн. → до конца месяца",
    ];
    assert_eq!(fields(&told[0]), changes);
    assert_eq!((told[0].version, told[0].act.as_str()), (Some(2), "changed"));
    // Replaced before its time: it never comes into force. The next one does.
    app.change_programme(|programme| {
        programme.valid_from = "2026-11-22T00:00:00".parse().unwrap();
        programme.rule("accrual").points = 5.field();
    })
    .await;
    app.advance(Span::days(3));
    let begun = of_kind(app, "rules").await.ok();
    let told = events(&begun);
    assert_eq!(texts(&begun)[0], "Правила программы «demo»: начала действовать запланированная редакция 3.");
    assert_eq!(told.len(), 4, "{}", begun.body);
    let by = &told[0].author;
    assert_eq!((told[0].act.as_str(), by.kind.as_str(), by.login.as_deref()), ("in_force", "schedule", Some("office")));
    assert_eq!(told[0].at.to_string(), "2026-11-22T00:00:00");
    // Against the rules that were in force until then, which were those of the first edition.
    assert_eq!(fields(&told[0])[1], "Начисление: баллов за шаг суммы: 1,00 балла → 5,00 балла");
    let of_day = message!(office::HistorySearch { from: "2026-11-22", to: "2026-11-22" });
    assert_eq!(texts(&history(app, of_day).await.ok()).len(), 1);
    // Its name was not changed with it.
    assert_eq!(events(&of_kind(app, "programme").await.ok()).len(), 1);
}

async fn a_partner_s_office_sees_its_own_and_an_auditor_no_names(app: &App) {
    add_other_office(app);
    app.add_stranger();
    add_login(app, "auditor", Roles::AUDITOR);
    app.office(message!(office::DisableLogin { login: "senior" })).await.ok();
    let all = history(app, office::HistorySearch::default()).await.ok();
    let kinds = |reply: &Reply| -> std::collections::BTreeSet<String> {
        events(reply).into_iter().map(|event| event.kind).collect()
    };
    let everything = ["acceptance", "limits", "login", "network", "partner", "programme", "rules", "store", "till"];
    assert_eq!(kinds(&all).into_iter().collect::<Vec<_>>(), everything);
    let names = |reply: &Reply| -> Vec<String> { events(reply).into_iter().map(|event| event.name).collect() };
    assert!(names(&all).contains(&"X1-01".into()) && names(&all).contains(&OTHER_OFFICE.into()));
    // Another partner's head office and office see what is their partner's alone.
    for login in ["stranger", OTHER_OFFICE] {
        let own = history(app, office::HistorySearch::default()).by(login).await.ok();
        let partners: Vec<Option<String>> = events(&own).into_iter().map(|event| event.partner).collect();
        assert!(partners.len() > 3 && partners.iter().all(|of| of.as_deref() == Some("other")), "{}", own.body);
        assert_eq!(kinds(&own).into_iter().collect::<Vec<_>>(), ["login", "network", "partner", "store", "till"]);
        assert!(own.body.contains("X1-01") && !own.body.contains("M1-01"), "{}", own.body);
    }
    let audited = history(app, office::HistorySearch::default()).by("auditor").await.ok();
    assert_eq!(texts(&audited), texts(&history(app, office::HistorySearch::default()).await.ok()));
    assert!(!audited.body.contains("Иванова") && all.body.contains("Иванова"), "{}", audited.body);
    history(app, office::HistorySearch::default()).by("kassa").await.fault(500, "FORBIDDEN");
    history(app, office::HistorySearch::default()).by("demo").await.fault(500, "FORBIDDEN");
}

async fn an_office_that_also_audits_sees_no_names_of_another_partner(app: &App) {
    app.add_stranger();
    add_login(app, "mixed", Roles::PARTNER_OFFICE.or(Roles::AUDITOR).or(Roles::SECURITY));
    let given = |text: &str| Some(text.to_owned());
    let freeze = message!(office::FreezeAccount { identifier: "7000000101", reason: "своя" });
    app.office(freeze).await.ok();
    app.advance(Span::minutes(1));
    let block = message!(pos::BlockCard { card_number: "7000000101", reason: "чужая" });
    app.pos(block).till("X1-01").by(OTHER_SHOP).await.ok();
    app.advance(Span::minutes(1));
    // Of a card it sees what both partners did; who, why and the number of its own partner's changes alone.
    let last_two = |reply: &Reply| -> Vec<(Option<String>, Option<String>, bool)> {
        let told = events(reply).into_iter().take(2);
        told.map(|event| (event.reason, event.author.employee, event.text.contains("7000000101"))).collect()
    };
    let whole = of_card(app, "7000000101").await.ok();
    let frozen = (given("своя"), given("Иванова"), false);
    assert_eq!(last_two(&whole), [(given("чужая"), given("Петрова"), true), frozen.clone()]);
    let told = of_card(app, "7000000101").by("mixed").await.ok();
    assert_eq!(events(&told).len(), events(&whole).len());
    assert_eq!(last_two(&told), [(None, None, false), frozen.clone()]);
    app.office(message!(office::DisableLogin { login: "senior" })).await.ok();
    app.office(message!(office::DisableLogin { login: OTHER_SHOP })).by("stranger").await.ok();
    let login = |name: &str| history(app, message!(office::HistorySearch { kind: "login", name }));
    let employees = |reply: &Reply| -> Vec<Option<String>> {
        events(reply).into_iter().filter(|event| event.act == "changed").map(|event| event.author.employee).collect()
    };
    // The head office sees both names.
    for name in ["senior", OTHER_SHOP] {
        assert_eq!(employees(&login(name).await.ok()), [given("Иванова")], "{name}");
    }
    assert_eq!(employees(&login("senior").by("mixed").await.ok()), [given("Иванова")]);
    assert_eq!(employees(&login(OTHER_SHOP).by("mixed").await.ok()), [None]);
    // A partner's office alone still sees its own only.
    add_login(app, "plain", Roles::PARTNER_OFFICE);
    assert_eq!(events(&login(OTHER_SHOP).by("plain").await.ok()), []);
    assert_eq!(last_two(&of_card(app, "7000000101").by("plain").await.ok())[0], frozen);
}

/// The four cases of `working_set::identify::meant`: a card that nobody has, one of another, one of the same, and none.
async fn an_identifier_of_two_is_not_guessed_at(app: &App) {
    // As cards' numbers they are nobody's datum.
    app.may_be_read(&["9160000101", "9160000102"]);
    let register = |number: &str| {
        let numbers = office::CardNumbers { number: vec![number.into()] };
        let batch = office::CardBatch { numbers: Some(numbers), phone_like: Some(true), ..Default::default() };
        app.office(office::RegisterCards { batch, ..Default::default() })
    };
    let of_customer = texts(&of_card(app, "+79160000101").await.ok());
    assert!(of_customer.contains(&"Карта 7000000101 активирована.".into()), "{of_customer:?}");
    assert_eq!(texts(&of_card(app, "9160000101").await.ok()), of_customer, "no card has this number");
    register("9160000101").await.ok();
    assert_eq!(texts(&of_card(app, "9160000101").await.ok()), of_customer, "the card is nobody's");
    app.issue("9160000101", "+79165550022").await.ok();
    let refused = of_card(app, "9160000101").await.refused("IDENTIFIER_AMBIGUOUS");
    assert!(
        refused.get("message").contains("+7") && refused.find("events").is_none_or(str::is_empty),
        "{}",
        refused.body
    );
    assert_eq!(texts(&of_card(app, "8 (916) 000-01-01").await.ok()), of_customer);
    register("9160000102").await.ok();
    app.issue("9160000102", "+79160000102").await.ok();
    let of_card_alone = texts(&of_card(app, "9160000102").await.ok());
    assert_eq!(of_card_alone, ["Карта 9160000102 выдана.", "Карта 9160000102 зарегистрирована."]);
    assert_eq!(texts(&of_card(app, "9165550099").await.ok()), [""; 0], "neither a card nor a customer");
}

async fn a_bounded_search_goes_on_where_it_stopped(backend: Backend) {
    let mut app = App::start(backend).await;
    for minute in 0..4 {
        app.advance(Span::minutes(1));
        give(&app, &format!("M1-1{minute}"), &format!("касса 1{minute}"), "another-one").await.ok();
    }
    app.change_programme(|programme| programme.valid_from = "2026-11-22T00:00:00".parse().unwrap()).await;
    app.advance(Span::days(2));
    let list = |app: &App, search: office::HistorySearch, rows_max: i32, cursor: &str| {
        app.office(message!(office::ListHistory { search, rows_max, cursor }))
    };
    let searches = [
        office::HistorySearch::default(),
        message!(office::HistorySearch { kind: "till" }),
        message!(office::HistorySearch { kind: "partner", name: "demo" }),
        message!(office::HistorySearch { name: "nobody" }),
        message!(office::HistorySearch { to: "2026-11-21", kind: "rules" }),
    ];
    let mut whole = Vec::new();
    for search in &searches {
        whole.push(rows(&pages(|cursor| list(&app, search.clone(), 0, cursor)).await, "text"));
    }
    assert!(whole[0].len() > 20 && whole[1].len() > 4 && whole[2].len() == 1 && whole[3].is_empty(), "{whole:?}");
    app.search.entries_max = 3;
    app.restart().await;
    for (search, whole) in searches.iter().zip(&whole) {
        for rows_max in [0, 1, 2, 5] {
            let paged = pages(|cursor| list(&app, search.clone(), rows_max, cursor)).await;
            assert_eq!(rows(&paged, "text"), *whole, "{search:?}, {rows_max} rows");
            assert!(paged.len() > 1, "{search:?}: it did not stop");
        }
    }
    // A page without a row says that the search goes on; the last one does not.
    let none = pages(|cursor| list(&app, message!(office::HistorySearch { name: "nobody" }), 0, cursor)).await;
    let (last, before) = none.split_last().unwrap();
    assert!(before.iter().all(|page| page.get("message").contains("Листайте дальше")), "{none:?}");
    assert_eq!((last.get("message"), last.find("nextCursor")), ("Выполнено.", None));
    // What is later than the period is not looked at.
    let early = message!(office::HistorySearch { to: "2026-11-20" });
    assert_eq!(list(&app, early, 0, "").await.ok().find("nextCursor"), None);
    app.finish().await;
}

async fn the_list_is_paged_and_searched(app: &App) {
    let all = |rows_max: i32, cursor: &str| app.office(message!(office::ListHistory { rows_max, cursor }));
    app.change_programme(|programme| programme.valid_from = "2026-11-22T00:00:00".parse().unwrap()).await;
    for minute in 0..4 {
        app.advance(Span::minutes(1));
        give(app, &format!("M1-1{minute}"), &format!("касса 1{minute}"), "another-one").await.ok();
    }
    app.advance(Span::days(2));
    let whole = pages(|cursor| all(0, cursor)).await;
    assert_eq!(whole.len(), 1);
    for size in [1, 3, 7] {
        let paged = pages(|cursor| all(size, cursor)).await;
        assert_eq!(rows(&paged, "text"), rows(&whole, "text"), "{size}");
    }
    let cursor = all(1, "").await.ok().get("nextCursor").to_owned();
    app.office(message!(office::ListLogins { rows_max: 1, cursor: &cursor })).await.refused("CURSOR_INVALID");
    let search = message!(office::HistorySearch { kind: "till" });
    app.office(message!(office::ListHistory { search, cursor: &cursor })).await.refused("CURSOR_INVALID");
    let by = |login: &str| history(app, message!(office::HistorySearch { login, kind: "till" }));
    let told = texts(&by("office").await.ok());
    assert_eq!(told, ["M1-13", "M1-12", "M1-11", "M1-10"].map(|till| format!("Касса «{till}» добавлена.")));
    assert_eq!(texts(&by("nobody").await.ok()), [""; 0]);
    assert_eq!(texts(&of_kind(app, "novelty").await.ok()), [""; 0]);
    let days = |from: &str, to: &str| history(app, message!(office::HistorySearch { from, to }));
    assert!(texts(&days("2026-11-22", "2026-11-22").await.ok())[0].contains("начала действовать"));
    assert_eq!(texts(&days("2026-11-23", "2026-12-01").await.ok()), [""; 0]);
    assert_eq!(texts(&days("2026-11-21", "2026-11-22").await.ok()).len(), rows(&whole, "text").len());
    days("2026-11-22", "2026-11-21").await.refused("PERIOD_INVALID");
}

async fn what_became_of_a_card_is_told(app: &App) {
    let minute = || app.advance(Span::minutes(1));
    app.register_cards("98", "0001", "0003").await.ok();
    minute();
    app.issue("980001", "+79165550001").await.ok();
    minute();
    app.pos(message!(pos::ActivateCard { card_number: "980001" })).await.ok();
    minute();
    app.pos(message!(pos::BlockCard { card_number: "980001", reason: "утеряна" })).await.ok();
    minute();
    let replace =
        message!(pos::ReplaceCard { card_number: "980001", new_card_number: "980002", reason: "нашлась" });
    app.pos(replace).await.ok();
    minute();
    let reason = "проверка";
    app.office(message!(office::FreezeAccount { identifier: "980002", reason })).await.ok();
    minute();
    app.office(message!(office::UnfreezeAccount { identifier: "980002", reason })).await.ok();
    minute();
    app.change_phone("980002", "+79165550009").await.ok();
    minute();
    let account = app.account("980002").await.ok().get("accountId").to_owned();
    let old = of_card(app, "980001").await.ok();
    let told = texts(&old);
    assert_eq!(
        told,
        [
            format!("У владельца счёта {account} сменён телефон."),
            format!("Списание со счёта {account} снова разрешено."),
            format!("Списание со счёта {account} приостановлено."),
            "Карта 980001 заменена картой 980002.".into(),
            "Карта 980001 заблокирована.".into(),
            "Карта 980001 активирована.".into(),
            "Карта 980001 выдана.".into(),
            "Карта 980001 зарегистрирована.".into(),
        ]
    );
    let told = events(&old);
    assert_eq!(told[4].reason.as_deref(), Some("утеряна"));
    assert_eq!((told[4].store.as_deref(), told[4].till.as_deref()), (Some("M1"), Some("M1-01")));
    let by = &told[4].author;
    assert_eq!((by.login.as_deref(), by.employee.as_deref()), (Some("demo"), Some("Петрова")));
    assert_eq!(fields(&told[4]), ["Состояние: активна → заблокирована"]);
    assert_eq!(fields(&told[2]), ["Состояние: открыт → списание приостановлено"]);
    assert_eq!(told[7].author.login.as_deref(), Some("office"));
    // By phone all cards are told, and a merged account's too.
    merge(app, "980002", "7000000101").await;
    let whole = of_card(app, "+79160000101").await.ok();
    let into = app.account("7000000101").await.ok().get("accountId").to_owned();
    let told = texts(&whole);
    let merged = format!("Клиенты объединены: карты и баллы счёта {account} перешли на счёт {into}.");
    assert_eq!(told[0], merged);
    assert!(told.contains(&"Карта 980002 выдана вместо карты 980001.".into()), "{told:?}");
    assert!(told.contains(&"Карта 7000000101 активирована.".into()), "{told:?}");
    assert_eq!(fields(&events(&whole)[0]), [format!("Счёт карт и баллов: {account} → {into}")]);
    // The phone that was merged leads there too.
    assert_eq!(texts(&of_card(app, "+79165550009").await.ok()), told);
    assert_eq!(texts(&of_card(app, "980003").await.ok()), ["Карта 980003 зарегистрирована."]);
    assert_eq!(texts(&of_card(app, "985555").await.ok()), [""; 0]);
    let search = |kind: &str| history(app, message!(office::HistorySearch { identifier: "980001", kind }));
    assert_eq!(texts(&search("card").await.ok()).len(), 5);
    // Another partner's office did nothing to this card.
    add_other_office(app);
    assert_eq!(texts(&of_card(app, "980001").by(OTHER_OFFICE).await.ok()), [""; 0]);
    add_login(app, "auditor", Roles::AUDITOR);
    let audited = of_card(app, "980001").by("auditor").await.ok();
    assert_eq!(events(&audited).len(), events(&of_card(app, "980001").await.ok()).len());
    for secret in ["утеряна", "Петрова", "980001", "980002"] {
        assert!(!audited.body.contains(secret), "{secret}: {}", audited.body);
    }
}

async fn other_limits_at_the_next_start_are_told(backend: Backend) {
    let mut app = App::start(backend).await;
    let limits = || of_kind(&app, "limits");
    let told = limits().await.ok();
    assert_eq!((texts(&told), events(&told)[0].name.as_str()), (vec!["Пределы шлюза записаны.".to_owned()], "шлюз"));
    for name in ["шлюз", "gateway"] {
        let named = history(&app, message!(office::HistorySearch { name })).await.ok();
        assert_eq!(texts(&named), ["Пределы шлюза записаны."], "{name}");
    }
    let accepted = of_kind(&app, ACCEPTANCE).await.ok();
    assert!(events(&accepted).iter().all(|event| event.name == "все строки"), "{}", accepted.body);
    app.restart().await;
    assert_eq!(texts(&of_kind(&app, "limits").await.ok()).len(), 1, "nothing was changed");
    app.config.codes.per_phone_per_day_max = 3;
    app.config.limits.receipt_age_max_days = 7;
    app.restart().await;
    let told = of_kind(&app, "limits").await.ok();
    assert_eq!(texts(&told)[0], "Пределы шлюза изменены.");
    assert_eq!(
        fields(&events(&told)[0]),
        ["Кодов на телефон в сутки: 10 → 3", "Чек принимается не старше: 30 дн. → 7 дн."]
    );
    assert_eq!(events(&told)[0].author.kind, "gateway");
    app.finish().await;
}

async fn the_command_line_tells_the_same(app: &App) {
    give(app, "M1-09", "касса 9", "another-one").await.ok();
    app.office(message!(office::DisableLogin { login: "касса 9" })).await.ok();
    let (code, told) = kopilka(app, &["history", "--kind", "login", "--name", "касса 9"]);
    assert_eq!(code, 0, "{told}");
    for words in [
        "21.11.2026 12:00:00  Вход «касса 9» закрыт.",
        "кто: office (головной офис), Торговый дом «Пример», сотрудник Иванова",
        "Закрыт: нет → да",
        "Роли: касса",
    ] {
        assert!(told.contains(words), "nothing of «{words}» in\n{told}");
    }
    let (code, json) = kopilka(app, &["history", "--json", "--kind", "login", "--login", "office"]);
    let shown: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((code, shown.as_array().unwrap().len()), (0, 2), "{json}");
    assert_eq!(shown[0]["author"]["login"], "office");
    assert_eq!(shown[0]["fields"][0]["after"], "да");
    let (code, card) = kopilka(app, &["history", "--card", "7000000101"]);
    assert!(code == 0 && card.contains("Карта 7000000101 активирована."), "{card}");
    let (code, phone) = kopilka(app, &["history", "--phone", "8 916 000-01-01"]);
    assert_eq!((code, phone), (0, card));
    let (_, few) = kopilka(app, &["history", "--limit", "2"]);
    assert!(few.contains("Показаны последние 2"), "{few}");
    assert_eq!(kopilka(app, &["history", "--name", "nobody"]).0, 1);
    assert_eq!(kopilka(app, &["history", "--phone", "12"]).0, 2);
    assert_eq!(kopilka(app, &["history", "--from", "2026-11-22", "--to", "2026-11-21"]).0, 2);
}

/// The tables of the registry, each with the kind of its rows.
const TABLES: [(&str, &str); 7] = [
    ("partner", "partners"),
    ("programme", "programmes"),
    ("rules", "programme_rules"),
    ("network", "networks"),
    ("store", "stores"),
    ("till", "tills"),
    ("login", "credentials"),
];

#[derive(QueryableByName)]
struct Column {
    #[diesel(sql_type = sql_types::Text)]
    name: String,
}

fn columns_of(db: &mut Db, table: &str) -> Vec<String> {
    let columns: Vec<Column> = match db {
        Db::Sqlite(c) => sql_query(format!("SELECT name FROM pragma_table_info('{table}')")).load(&mut **c),
        Db::Postgres(c) => sql_query(format!(
            "SELECT column_name::text AS name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = '{table}'"
        ))
        .load(&mut **c),
    }
    .unwrap();
    columns.into_iter().map(|column| column.name).collect()
}

/// A column that a migration adds needs a line in `domain/history.rs`: people would read its name as it is.
async fn every_column_of_the_registry_has_a_name_in_russian(app: &App) {
    give(app, "M1-09", "касса 9", "another-one").await.ok();
    let changes = changes_after(&mut open(app), 0, 1_000).unwrap();
    assert!(changes.len() > 15);
    for change in changes {
        // An acceptance is told by a sentence alone.
        if change.kind == ACCEPTANCE {
            continue;
        }
        let said: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&change.after).unwrap();
        for column in said.keys() {
            assert!(is_named(&change.kind, column), "name {}.{column} in domain/history.rs", change.kind);
        }
    }
    // Those too that say nothing in these rows.
    for (kind, table) in TABLES {
        let columns = columns_of(&mut open(app), table);
        assert!(columns.len() > 2, "{table}: {columns:?}");
        for column in columns {
            // An entry has a digest of it.
            let column = if column == "password_hash" { "password" } else { column.as_str() };
            assert!(is_named(kind, column), "name {kind}.{column} in domain/history.rs");
        }
    }
    assert!(!is_named("rules", "novelty"));
}
