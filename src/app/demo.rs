//! The demo data for a first trial. They are made once; a second start finds them.

use crate::{
    access,
    app::AppError,
    domain::{
        moment::{GivenTime, Moment},
        money::Points,
        phone::{Identifier, Phone},
        reference::{Actor, Roles},
    },
    seam::dispatcher::Dispatcher,
    service::{
        adjustment,
        card::{Act, ChangeCard, IssueCard},
        card_batch::RegisterCards,
        context::{Context, OfficeContext},
    },
    store::{
        admin::{self, NewPartner, NewTill},
        db::backend::Db,
        tables::reference,
    },
    vault::Vault,
    working_set::command::{Ending, Job, job},
};

/// Logins of the demo with their passwords and what they are for: printed at start.
pub const DEMO_LOGINS: [(&str, &str, &str); 5] = [
    ("demo", "demo", "till, online shop and store page"),
    ("kassa", "kassa", "till M1-01 alone"),
    ("senior", "senior", "senior cashier of store M1: returns without a receipt"),
    ("office", "office", "head office"),
    ("other", "other", "till of another partner"),
];

/// Codes of the demo's partners.
pub(super) const PARTNERS: [&str; 2] = ["demo", "other"];

const MOSCOW_MINUTES: i32 = 180;
const TILLS: [(&str, &str); 3] = [("M1", "M1-01"), ("M1", "M1-02"), ("M2", "M2-01")];
/// Cards in customers' hands: number, phone, points.
const HOLDERS: [(&str, &str, i64); 2] =
    [("7000000101", "+79160000101", 50_000), ("7000000102", "+79160000102", 120_000)];

/// Partners, stores, tills, logins, the programme.
pub(super) fn seed_reference(db: &mut Db, vault: &Vault, now: Moment) -> Result<(), AppError> {
    if reference::load(db)?.partners.values().any(|partner| partner.code == "demo") {
        return Ok(());
    }
    let store = |code: &str, name: &str| (code.to_owned(), name.to_owned());
    admin::add_partner(
        db,
        vault,
        &NewPartner {
            code: "demo".into(),
            name: "Торговый дом «Пример»".into(),
            programme: "demo".into(),
            programme_name: "Копилка".into(),
            stores: vec![store("M1", "Магазин на Тверской"), store("M2", "Магазин на Невском")],
            utc_offset_minutes: MOSCOW_MINUTES,
        },
        now,
    )?;
    admin::add_partner(
        db,
        vault,
        &NewPartner {
            code: "other".into(),
            name: "Другой партнёр".into(),
            programme: "demo".into(),
            programme_name: "Копилка".into(),
            stores: vec![store("X1", "Магазин другого партнёра")],
            utc_offset_minutes: MOSCOW_MINUTES,
        },
        now,
    )?;
    for (store, till) in TILLS {
        admin::add_bare_till(db, vault, "demo", store, till, now)?;
    }
    let shop = Roles::TILL.or(Roles::ONLINE_SHOP).or(Roles::STORE);
    login(db, vault, "demo", None, None, "demo", shop, now)?;
    login(db, vault, "demo", Some("M1"), Some("M1-01"), "kassa", Roles::TILL, now)?;
    login(db, vault, "demo", Some("M1"), None, "senior", Roles::SENIOR_TILL, now)?;
    login(db, vault, "demo", None, None, "office", Roles::HEAD_OFFICE, now)?;
    login(db, vault, "other", Some("X1"), Some("X1-01"), "other", Roles::TILL, now)?;
    Ok(())
}

#[allow(clippy::too_many_arguments, reason = "what a login of the demo is made of")]
fn login(
    db: &mut Db,
    vault: &Vault,
    partner: &str,
    store: Option<&str>,
    till: Option<&str>,
    name: &str,
    roles: Roles,
    now: Moment,
) -> Result<(), AppError> {
    // The demo's passwords are their logins.
    let new = NewTill {
        partner: partner.into(),
        store: store.map(str::to_owned),
        till: till.map(str::to_owned),
        login: name.into(),
        password_hash: access::hash_password(name)?,
        roles,
    };
    admin::add_till(db, vault, &new, now)?;
    Ok(())
}

/// Cards, two of them issued with points, by the same commands that tills use.
pub(super) async fn seed_customers(dispatcher: &Dispatcher, at: Moment) -> Result<(), String> {
    let office = actor(dispatcher, "office")?;
    let till = actor(dispatcher, "demo")?;
    let now = GivenTime { local: at.local(0), utc_offset_minutes: Some(0) };
    let mut numbers: Vec<String> = (1..=10).map(|number| format!("70000000{number:02}")).collect();
    numbers.extend(HOLDERS.iter().map(|(number, ..)| (*number).to_owned()));
    let cards = RegisterCards {
        context: OfficeContext { actor: office.clone(), employee: None, occurred_at: now },
        kind: Some("Пластиковая".into()),
        numbers,
        store: None,
        takes_phone_like: false,
    };
    // In an old demo the operation keys may have expired, but the cards exist.
    if run(dispatcher, &office, "cards", "RegisterCards", silent(cards)).await? == "CARD_EXISTS" {
        return Ok(());
    }
    for (number, phone, points) in HOLDERS {
        let phone = Phone::parse(phone).ok_or("the demo's phones are wrong")?;
        let context = Context { actor: till.clone(), till: "M1-01".into(), cashier: None, occurred_at: now };
        let issue =
            IssueCard { context: context.clone(), number: number.into(), identifier: Some(Identifier::Phone(phone)) };
        run(dispatcher, &till, &format!("issue-{number}"), "IssueCard", silent(issue)).await?;
        let activate = ChangeCard { context, number: number.into(), act: Act::Activate, reason: None };
        run(dispatcher, &till, &format!("activate-{number}"), "ActivateCard", silent(activate)).await?;
        let give = adjustment::AdjustPoints {
            context: OfficeContext { actor: till.clone(), employee: None, occurred_at: now },
            identifier: Identifier::Card(number.into()),
            points: Points(points),
            reason: "Приветственные баллы".into(),
            corrects: None,
            expires_on: None,
        };
        run(dispatcher, &till, &format!("give-{number}"), "GivePoints", silent(give)).await?;
    }
    Ok(())
}

/// Runs a command and reads only the code of its answer.
fn silent<C: crate::working_set::command::Command>(command: C) -> Job {
    job(Ok(command), |ending| {
        Some(match ending {
            Ending::Done(_) => String::new(),
            Ending::Refused(refusal, _) => refusal.to_string(),
        })
    })
}

async fn run(
    dispatcher: &Dispatcher,
    actor: &Actor,
    name: &str,
    operation: &'static str,
    job: Job,
) -> Result<String, String> {
    // The operation key makes a second start of the demo a repeat.
    let key = format!("demo:{name}");
    let answer = dispatcher.write(job, actor, operation, key, name).await.map_err(|failure| failure.to_string())?;
    match answer.code.as_str() {
        "OK" | "CARD_EXISTS" => Ok(answer.code),
        _ => Err(format!("{name}: {}", answer.body)),
    }
}

fn actor(dispatcher: &Dispatcher, login: &str) -> Result<Actor, String> {
    dispatcher.actor(login).ok_or_else(|| format!("the demo has no login {login}"))
}
