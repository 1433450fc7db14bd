//! `partner`, `network`, `store`, `till` and `login`: who takes part, listed and changed without SOAP.

mod commands;

use std::process::ExitCode;

use self::commands::MOSCOW_MINUTES;
use crate::{
    access,
    cli::{
        admin::password,
        database::{existing, existing_with_keys},
        failure::{FAILED, Failure},
        output::{self, flag},
    },
    clock::Clock,
    config::Config,
    domain::{
        name::Code,
        reference::{Credential, Network, Partner, Reference, Store, Till},
        registry::{NetworkDraft, PartnerDraft, Registrar, StoreDraft, TillDraft},
    },
    store::admin::{self, Expected, LoginChange},
};

pub(in crate::cli) use self::commands::{NetworkCommand, Of, OfLogin, OfPartner, OfTill, StoreCommand};

/// Carries out a command about a partner.
pub(super) fn of_partner(config: &Config, command: &OfPartner) -> Result<ExitCode, Failure> {
    match command {
        OfPartner::List => {
            let known = known(config)?;
            let mut rows: Vec<[String; 4]> =
                known.partners.values().map(|partner| partner_row(&known, partner)).collect();
            rows.sort();
            output::list(["партнёр", "наименование", "ведёт программу", "закрыт"], rows)?;
        }
        OfPartner::Show { code } => {
            let known = known(config)?;
            let partner = known.partner(Registrar::Operator, Some(code))?;
            println!("Партнёр «{}», код {}{}", partner.name, partner.code, shut(partner.disabled, "закрыт"));
            for network in of(&known, partner) {
                show_network(&known, network);
            }
            show_logins(&known, |login| login.partner == partner.id);
        }
        OfPartner::Rename { code, name } => {
            let saved = change_partner(config, code, Some(name.clone()), None)?;
            println!("Партнёр {} теперь называется «{}».", saved.code, saved.name);
        }
        OfPartner::Disable { code } => {
            let saved = change_partner(config, code, None, Some(true))?;
            println!("Партнёр {} закрыт: его кассам, магазинам и офисам отказано.", saved.code);
        }
        OfPartner::Enable { code } => {
            let saved = change_partner(config, code, None, Some(false))?;
            println!("Партнёр {} снова открыт.", saved.code);
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Carries out a command about a network.
pub(super) fn of_network(config: &Config, command: &NetworkCommand) -> Result<ExitCode, Failure> {
    match command {
        NetworkCommand::Add { partner, code, name, programme } => {
            let draft = NetworkDraft {
                partner: Some(partner.clone()),
                code: Code::parse(code)?,
                name: Some(name.clone()),
                programme: programme.clone(),
                disabled: None,
            };
            let (mut db, vault) = existing_with_keys(config)?;
            let saved = admin::save_network(&mut db, &vault, &draft, Expected::New, Clock::System.now())?;
            println!(
                "Сеть {} добавлена. Дальше: kopilka store add --partner {partner} --network {} …",
                saved.code, saved.code
            );
        }
        NetworkCommand::List { partner } => {
            let known = known(config)?;
            let networks = known.networks_of(Registrar::Operator, Some(partner))?;
            let programme =
                |network: &Network| known.programmes.get(&network.programme).map(|known| known.code.clone());
            let row = |network: &Network| {
                let programme = programme(network).unwrap_or_default();
                [network.code.clone(), network.name.clone(), programme, flag(network.disabled)]
            };
            let mut rows: Vec<[String; 4]> = networks.into_iter().map(row).collect();
            rows.sort();
            output::list(["сеть", "наименование", "программа", "закрыта"], rows)?;
        }
        NetworkCommand::Show { partner, code } => {
            let known = known(config)?;
            let partner = known.partner(Registrar::Operator, Some(partner))?;
            let network = known.network(Registrar::Operator, partner.id, Some(code))?;
            show_network(&known, network);
            show_logins(&known, |login| login.network == network.id);
        }
        NetworkCommand::Rename { partner, code, name } => {
            let saved = change_network(config, partner, code, Some(name.clone()), None)?;
            println!("Сеть {} теперь называется «{}».", saved.code, saved.name);
        }
        NetworkCommand::Disable { partner, code } => {
            let saved = change_network(config, partner, code, None, Some(true))?;
            println!("Сеть {} закрыта: её кассам отказано.", saved.code);
        }
        NetworkCommand::Enable { partner, code } => {
            let saved = change_network(config, partner, code, None, Some(false))?;
            println!("Сеть {} снова открыта.", saved.code);
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Carries out a command about a store.
pub(super) fn of_store(config: &Config, command: &StoreCommand) -> Result<ExitCode, Failure> {
    match command {
        StoreCommand::Add { of, code, name, utc_offset_minutes } => {
            let draft = StoreDraft {
                name: Some(name.clone()),
                utc_offset_minutes: Some(*utc_offset_minutes),
                ..of.store(code)?
            };
            let saved = save_store(config, &draft, Expected::New)?;
            let partner = &of.partner;
            println!(
                "Магазин {} добавлен. Дальше: kopilka till add --partner {partner} --store {} …",
                saved.code, saved.code
            );
        }
        StoreCommand::List { of } => {
            let known = known(config)?;
            let mut rows: Vec<[String; 6]> = of
                .stores(&known)?
                .into_iter()
                .map(|(network, store)| {
                    let tills = known.tills.values().filter(|till| till.store == store.id).count();
                    let (network, offset) = (network.code.clone(), offset(store.utc_offset_minutes));
                    [network, store.code.clone(), store.name.clone(), offset, tills.to_string(), flag(store.disabled)]
                })
                .collect();
            rows.sort();
            output::list(["сеть", "магазин", "наименование", "время", "касс", "закрыт"], rows)?;
        }
        StoreCommand::Show { of, code } => {
            let known = known(config)?;
            let store = of.one_store(&known, code)?;
            show_store(&known, store);
            show_logins(&known, |login| login.store == Some(store.id));
        }
        StoreCommand::Rename { of, code, name, utc_offset_minutes } => {
            let draft = StoreDraft { name: name.clone(), utc_offset_minutes: *utc_offset_minutes, ..of.store(code)? };
            let saved = save_store(config, &draft, Expected::Known)?;
            println!("Магазин {}: «{}», {}.", saved.code, saved.name, offset(saved.utc_offset_minutes));
        }
        StoreCommand::Disable { of, code } => {
            let saved = save_store(config, &StoreDraft { disabled: Some(true), ..of.store(code)? }, Expected::Known)?;
            println!(
                "Магазин {} закрыт: его кассам отказано, товар его чеков принимают остальные магазины сети.",
                saved.code
            );
        }
        StoreCommand::Enable { of, code } => {
            let saved = save_store(config, &StoreDraft { disabled: Some(false), ..of.store(code)? }, Expected::Known)?;
            println!("Магазин {} снова открыт.", saved.code);
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Carries out a command about a till.
pub(super) fn of_till(config: &Config, command: &OfTill) -> Result<ExitCode, Failure> {
    match command {
        OfTill::List { of } => {
            let known = known(config)?;
            let mut rows: Vec<[String; 5]> = Vec::new();
            for (network, store) in of.stores(&known)? {
                rows.extend(known.tills.values().filter(|till| till.store == store.id).map(|till| {
                    let name = till.name.clone().unwrap_or_default();
                    [network.code.clone(), store.code.clone(), till.code.clone(), name, flag(till.disabled)]
                }));
            }
            rows.sort();
            output::list(["сеть", "магазин", "касса", "наименование", "закрыта"], rows)?;
        }
        OfTill::Show { of, code } => {
            let known = known(config)?;
            let till = of.one_till(&known, code)?;
            let store = known.stores.get(&till.store).map(|store| store.code.clone()).unwrap_or_default();
            let name = till.name.as_ref().map(|name| format!(" «{name}»")).unwrap_or_default();
            println!("Касса {}{name}, магазин {store}{}", till.code, shut(till.disabled, "закрыта"));
            show_logins(&known, |login| login.till == Some(till.id));
        }
        OfTill::Rename { of, code, name, store } => {
            let saved = change_till(config, &TillDraft { name: name.clone(), store: store.clone(), ..of.till(code)? })?;
            let name = saved.name.as_ref().map(|name| format!(" теперь называется «{name}»")).unwrap_or_default();
            let moved = store.as_ref().map(|store| format!(", магазин {store}")).unwrap_or_default();
            println!("Касса {}{name}{moved}.", saved.code);
        }
        OfTill::Disable { of, code } => {
            let saved = change_till(config, &TillDraft { disabled: Some(true), ..of.till(code)? })?;
            println!("Касса {} закрыта: ей отказано.", saved.code);
        }
        OfTill::Enable { of, code } => {
            let saved = change_till(config, &TillDraft { disabled: Some(false), ..of.till(code)? })?;
            println!("Касса {} снова открыта.", saved.code);
        }
        OfTill::Password { of, code, login } => {
            let login = of.login_of(&known(config)?, code, login.as_deref())?;
            set_password(config, &login)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Carries out a command about a login.
pub(super) fn of_login(config: &Config, command: &OfLogin) -> Result<ExitCode, Failure> {
    match command {
        OfLogin::List { partner } => {
            let known = known(config)?;
            let partner = known.partner(Registrar::Operator, Some(partner))?.id;
            print_logins(&known, |login| login.partner == partner);
        }
        OfLogin::Show { login } => {
            let known = known(config)?;
            let found = known.credential(login).ok_or_else(|| unknown_login(login))?;
            print_logins(&known, |login| login.id == found.id);
        }
        OfLogin::Disable { login } => {
            let (mut db, vault) = existing_with_keys(config)?;
            let (saved, _) = admin::change_login(&mut db, &vault, login, &LoginChange::Disable, Clock::System.now())?;
            println!("Вход «{}» закрыт: шлюзы отказывают ему в течение нескольких секунд.", saved.login);
        }
        OfLogin::Enable { login } => {
            let hash = access::hash_password(password()?.reveal())?;
            let (mut db, vault) = existing_with_keys(config)?;
            let (saved, replaced) =
                admin::change_login(&mut db, &vault, login, &LoginChange::Enable(hash), Clock::System.now())?;
            println!("Вход «{}» открыт с новым паролем.", saved.login);
            for login in replaced {
                println!("Прежний вход «{login}» той же кассы закрыт.");
            }
        }
        OfLogin::Password { login } => set_password(config, login)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn set_password(config: &Config, login: &str) -> Result<(), Failure> {
    if known(config)?.credential(login).is_none() {
        return Err(unknown_login(login));
    }
    let hash = access::hash_password(password()?.reveal())?;
    let (mut db, vault) = existing_with_keys(config)?;
    let (saved, _) = admin::change_login(&mut db, &vault, login, &LoginChange::Password(hash), Clock::System.now())?;
    let still = if saved.disabled { ", вход остаётся закрытым" } else { "" };
    println!("Пароль входа «{}» сменён{still}. Прежний не подойдёт через несколько секунд.", saved.login);
    Ok(())
}

/// Who and what takes part.
fn known(config: &Config) -> Result<Reference, Failure> {
    Ok(admin::registry(&mut existing(config)?)?)
}

fn change_partner(
    config: &Config,
    code: &str,
    name: Option<String>,
    disabled: Option<bool>,
) -> Result<Partner, Failure> {
    let (mut db, vault) = existing_with_keys(config)?;
    let draft = PartnerDraft { code: Code::parse(code)?, name, disabled };
    Ok(admin::save_partner(&mut db, &vault, &draft, Clock::System.now())?)
}

fn change_network(
    config: &Config,
    partner: &str,
    code: &str,
    name: Option<String>,
    disabled: Option<bool>,
) -> Result<Network, Failure> {
    let known = known(config)?;
    let of = known.partner(Registrar::Operator, Some(partner))?;
    // One that is not there is not made by a mistyped code.
    known.network(Registrar::Operator, of.id, Some(code))?;
    let draft =
        NetworkDraft { partner: Some(partner.to_owned()), code: Code::parse(code)?, name, programme: None, disabled };
    let (mut db, vault) = existing_with_keys(config)?;
    Ok(admin::save_network(&mut db, &vault, &draft, Expected::Known, Clock::System.now())?)
}

fn save_store(config: &Config, draft: &StoreDraft, expected: Expected) -> Result<Store, Failure> {
    let (mut db, vault) = existing_with_keys(config)?;
    Ok(admin::save_store(&mut db, &vault, draft, expected, MOSCOW_MINUTES, Clock::System.now())?)
}

fn change_till(config: &Config, draft: &TillDraft) -> Result<Till, Failure> {
    let (mut db, vault) = existing_with_keys(config)?;
    Ok(admin::change_till(&mut db, &vault, draft, Clock::System.now())?)
}

impl Of {
    fn store(&self, code: &str) -> Result<StoreDraft, Failure> {
        Ok(StoreDraft {
            partner: Some(self.partner.clone()),
            network: self.network.clone(),
            code: Code::parse(code)?,
            name: None,
            utc_offset_minutes: None,
            disabled: None,
        })
    }

    fn till(&self, code: &str) -> Result<TillDraft, Failure> {
        Ok(TillDraft {
            partner: Some(self.partner.clone()),
            network: self.network.clone(),
            store: None,
            code: Code::parse(code)?,
            name: None,
            disabled: None,
        })
    }

    /// The stores of the partner, or of the network if it is named.
    fn stores<'r>(&self, known: &'r Reference) -> Result<Vec<(&'r Network, &'r Store)>, Failure> {
        let mut stores = known.stores_of(Registrar::Operator, Some(&self.partner))?;
        if let Some(code) = &self.network {
            let partner = known.partner(Registrar::Operator, Some(&self.partner))?;
            let only = known.network(Registrar::Operator, partner.id, Some(code))?.id;
            stores.retain(|(network, _)| network.id == only);
        }
        Ok(stores)
    }

    fn network<'r>(&self, known: &'r Reference) -> Result<&'r Network, Failure> {
        let partner = known.partner(Registrar::Operator, Some(&self.partner))?;
        Ok(known.network(Registrar::Operator, partner.id, self.network.as_deref())?)
    }

    fn one_store<'r>(&self, known: &'r Reference, code: &str) -> Result<&'r Store, Failure> {
        let network = self.network(known)?;
        known
            .store(network.id, code)
            .ok_or_else(|| Failure(format!("магазина «{code}» в сети {} нет", network.code), FAILED))
    }

    fn one_till<'r>(&self, known: &'r Reference, code: &str) -> Result<&'r Till, Failure> {
        let network = self.network(known)?;
        known
            .till(network.id, code)
            .ok_or_else(|| Failure(format!("кассы «{code}» в сети {} нет", network.code), FAILED))
    }

    /// The login of a till: the one that is named, or its only open one.
    fn login_of(&self, known: &Reference, code: &str, wanted: Option<&str>) -> Result<String, Failure> {
        let till = self.one_till(known, code)?;
        let mut logins: Vec<&str> = known
            .credentials
            .values()
            .filter(|login| {
                login.till == Some(till.id) && wanted.map_or(!login.disabled, |wanted| login.login == wanted)
            })
            .map(|login| login.login.as_str())
            .collect();
        logins.sort_unstable();
        match logins.as_slice() {
            [only] => Ok((*only).to_owned()),
            [] => Err(Failure(
                format!("у кассы {code} нет такого открытого входа; заведите его: kopilka till add"),
                FAILED,
            )),
            [_, _, ..] => {
                let names = logins.join(", ");
                Err(Failure(format!("у кассы {code} несколько входов ({names}): укажите --login"), FAILED))
            }
        }
    }
}

/// The networks of a partner, by code.
fn of<'r>(known: &'r Reference, partner: &Partner) -> Vec<&'r Network> {
    let mut networks: Vec<&Network> = known.networks.values().filter(|network| network.partner == partner.id).collect();
    networks.sort_by(|one, next| one.code.cmp(&next.code));
    networks
}

fn show_network(known: &Reference, network: &Network) {
    let programme =
        known.programmes.get(&network.programme).map(|programme| programme.code.as_str()).unwrap_or_default();
    let (name, code) = (&network.name, &network.code);
    println!("Сеть «{name}», код {code}, программа {programme}{}", shut(network.disabled, "закрыта"));
    let mut stores: Vec<&Store> = known.stores.values().filter(|store| store.network == network.id).collect();
    stores.sort_by(|one, next| one.code.cmp(&next.code));
    for store in stores {
        show_store(known, store);
    }
}

fn show_store(known: &Reference, store: &Store) {
    let (name, code, time) = (&store.name, &store.code, offset(store.utc_offset_minutes));
    println!("  Магазин «{name}», код {code}, {time}{}", shut(store.disabled, "закрыт"));
    let mut tills: Vec<&Till> = known.tills.values().filter(|till| till.store == store.id).collect();
    tills.sort_by(|one, next| one.code.cmp(&next.code));
    for till in tills {
        let name = till.name.as_ref().map(|name| format!(" «{name}»")).unwrap_or_default();
        println!("    Касса {}{name}{}", till.code, shut(till.disabled, "закрыта"));
    }
}

/// Prints logins, if there are any.
fn show_logins(known: &Reference, is_wanted: impl Fn(&Credential) -> bool) {
    if known.credentials.values().any(&is_wanted) {
        println!();
        print_logins(known, is_wanted);
    }
}

fn print_logins(known: &Reference, is_wanted: impl Fn(&Credential) -> bool) {
    let row = |login: &Credential| {
        let code = |found: Option<String>| found.unwrap_or_default();
        let store = code(login.store.and_then(|id| known.stores.get(&id)).map(|store| store.code.clone()));
        let till = code(login.till.and_then(|id| known.tills.get(&id)).map(|till| till.code.clone()));
        let network = code(known.networks.get(&login.network).map(|network| network.code.clone()));
        let roles: Vec<&str> = login.roles.words().collect();
        [login.login.clone(), network, store, till, roles.join(" "), flag(login.disabled)]
    };
    let mut rows: Vec<[String; 6]> = known.credentials.values().filter(|login| is_wanted(login)).map(row).collect();
    rows.sort();
    output::list(["вход", "сеть", "магазин", "касса", "роли", "закрыт"], rows)?;
}

fn partner_row(known: &Reference, partner: &Partner) -> [String; 4] {
    let mut runs: Vec<String> = known
        .programmes
        .values()
        .filter(|programme| programme.owner == Some(partner.id))
        .map(|programme| programme.code.clone())
        .collect();
    runs.sort();
    [partner.code.clone(), partner.name.clone(), runs.join(", "), flag(partner.disabled)]
}

/// How it is told that a place is closed.
fn shut(is: bool, word: &str) -> String {
    if is { format!(" — {word}") } else { String::new() }
}

fn offset(minutes: i32) -> String {
    format!("UTC{:+03}:{:02}", minutes / 60, minutes.unsigned_abs() % 60)
}

fn unknown_login(login: &str) -> Failure {
    Failure(format!("входа «{login}» нет"), FAILED)
}
