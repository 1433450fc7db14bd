//! Rare work beside the write seam: partners, networks, stores, tills and logins from the command line.

use std::collections::BTreeSet;

use crate::{
    domain::{
        history::{COMMAND_LINE, LIMITS, THE_GATEWAY},
        ids::{CredentialId, NetworkId, PartnerId, ProgrammeId, StoreId, TillId},
        login::{LoginAct, NewLogin},
        moment::Moment,
        name::{Code, LoginName, NameProblem},
        programme::{Programme, Rules},
        reference::{Credential, Network, Partner, Reference, Roles, Store, Till},
        refusal::Refusal,
        registry::{NetworkDraft, PartnerDraft, Registrar, StoreDraft, TillDraft},
    },
    store::{
        db::backend::{Db, Purpose},
        error::StoreError,
        facts::Facts,
        sealing::Keys,
        sql::batch::write_together,
        tables::{
            chronicle,
            reference::{self, versions},
            registry::{self, By, Subject},
        },
    },
    vault::Vault,
    working_set::{ReferenceChange, RegistryChange},
};

/// What the gateway's limits are called in the registry's chain.
/// There is one row of limits.
const LIMITS_ID: i64 = 0;

/// Why nothing was added.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// The code is taken.
    #[error("{} «{code}» уже есть", russian(what))]
    Exists {
        /// The kind of object.
        what: &'static str,
        /// Its code.
        code: String,
    },
    /// The code is unknown.
    #[error("{} «{code}»: нет такого кода", russian(what))]
    Unknown {
        /// The kind of object.
        what: &'static str,
        /// Its code.
        code: String,
    },
    /// The same rules as for an office do not allow it; said in Russian.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// A login or a code that a call could not carry.
    #[error(transparent)]
    Name(#[from] NameProblem),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What a kind of object is called.
fn russian(what: &str) -> &str {
    match what {
        "partner" => "партнёр",
        "network" => "сеть",
        "store" => "магазин",
        "till" => "касса",
        "login" => "имя для входа",
        other => other,
    }
}

impl From<diesel::result::Error> for AdminError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Store(error.into())
    }
}

/// A partner with its first network, programme and store.
#[derive(Debug, Clone)]
pub struct NewPartner {
    /// The partner's code, also the code of its network.
    pub code: String,
    /// The partner's name, also the name of its network.
    pub name: String,
    /// The code of the programme. An existing one is joined, else one is made with the default rules.
    pub programme: String,
    /// The programme's name, if it is made.
    pub programme_name: String,
    /// Codes and names of its stores.
    pub stores: Vec<(String, String)>,
    /// The stores' offset from UTC, in minutes.
    pub utc_offset_minutes: i32,
}

/// Where a new partner's programme comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProgrammeOf {
    /// Another partner runs it already.
    Joined,
    /// It was made with the default rules, and this partner runs it.
    Made,
}

/// A till with its login.
#[derive(Debug, Clone)]
pub struct NewTill {
    /// The partner's code.
    pub partner: String,
    /// The store's code.
    pub store: Option<String>,
    /// The till's code; `None` for a login of a whole network.
    pub till: Option<String>,
    /// The login.
    pub login: String,
    /// The password's hash.
    pub password_hash: String,
    /// The login's roles.
    pub roles: Roles,
}

/// What became of a login that was given to a till, a store or a network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginGiven {
    /// Its name, in its one spelling.
    pub login: String,
    /// What was done to it.
    pub act: LoginAct,
    /// Logins of the same till that it replaced: they are disabled now.
    pub disabled: Vec<String>,
}

/// Adds a partner, its network, its programme and its stores.
///
/// # Errors
/// The partner exists, or the store fails; nothing is added then.
pub fn add_partner(db: &mut Db, vault: &Vault, new: &NewPartner, now: Moment) -> Result<ProgrammeOf, AdminError> {
    let named = |(store, name): &(String, String)| Ok::<_, NameProblem>((code(store)?, name.clone()));
    let new = &NewPartner {
        code: code(&new.code)?,
        programme: code(&new.programme)?,
        stores: new.stores.iter().map(named).collect::<Result<_, _>>()?,
        ..new.clone()
    };
    chronicled(db, vault, now, |db, facts| {
        let known = reference::load(db)?;
        if known.partners.values().any(|partner| partner.code == new.code) {
            return Err(AdminError::Exists { what: "partner", code: new.code.clone() });
        }
        let stores = i64::try_from(new.stores.len()).unwrap_or(i64::MAX);
        let mut ids = reference::take_ids(db, stores.saturating_add(3))?..;
        let mut next = || ids.next().unwrap_or(i64::MAX);
        let partner =
            Partner { id: PartnerId(next()), code: new.code.clone(), name: new.name.clone(), disabled: false };
        reference::add_partner(db, &partner, now, facts)?;
        let joined = known.programmes.values().find(|programme| programme.code == new.programme);
        let given = if joined.is_some() { ProgrammeOf::Joined } else { ProgrammeOf::Made };
        let programme = match joined {
            Some(programme) => programme.id,
            None => {
                let programme = Programme {
                    id: ProgrammeId(next()),
                    code: new.programme.clone(),
                    name: new.programme_name.clone(),
                    owner: Some(partner.id),
                    versions: vec![Rules::default()],
                };
                reference::add_programme(db, &programme, now, facts)?;
                programme.id
            }
        };
        let network = Network {
            id: NetworkId(next()),
            partner: partner.id,
            programme,
            code: new.code.clone(),
            name: new.name.clone(),
            disabled: false,
        };
        reference::add_network(db, &network, now, facts)?;
        for (code, name) in &new.stores {
            let store = Store {
                id: StoreId(next()),
                network: network.id,
                code: code.clone(),
                name: name.clone(),
                utc_offset_minutes: new.utc_offset_minutes,
                disabled: false,
            };
            reference::add_store(db, &store, now, facts)?;
        }
        Ok(given)
    })
}

/// Adds a till with its login, or only a login when no till is named. [`Reference::give_login`] says which logins may
/// be given and which are replaced.
///
/// # Errors
/// The partner or store is unknown, the login is taken, a name cannot be used, or the store fails; nothing is added
/// then.
pub fn add_till(db: &mut Db, vault: &Vault, new: &NewTill, now: Moment) -> Result<LoginGiven, AdminError> {
    let name = LoginName::parse(&new.login)?;
    let till_code = new.till.as_deref().map(code).transpose()?;
    chronicled(db, vault, now, |db, facts| {
        let known = reference::load(db)?;
        let (partner, network) = network_of(&known, &new.partner)?;
        let store = match &new.store {
            Some(code) => Some(store_of(&known, network, code)?),
            None => None,
        };
        let known_till = till_code.as_deref().and_then(|code| known.till(network, code));
        // One for the till, one for the login.
        let mut ids = reference::take_ids(db, 2)?..;
        let mut next = || ids.next().unwrap_or(i64::MAX);
        let mut changes = Vec::new();
        let till = match (&till_code, store) {
            (Some(code), Some(store)) => {
                let id = known_till.map_or_else(|| TillId(next()), |till| till.id);
                let till = known_till.map_or_else(
                    || Till { id, network, store, code: code.clone(), name: None, disabled: false },
                    |known| Till { store, ..known.clone() },
                );
                changes.push(ReferenceChange::Till(till));
                Some(id)
            }
            (Some(_), None) => {
                return Err(AdminError::Unknown { what: "store", code: new.store.clone().unwrap_or_default() });
            }
            (None, _) => None,
        };
        let login = NewLogin {
            name: &name,
            password_hash: new.password_hash.clone(),
            roles: new.roles,
            partner,
            network,
            store,
            till,
        };
        let given = known.give_login(login, || CredentialId(next()));
        let given = given.ok_or_else(|| AdminError::Exists { what: "login", code: name.as_str().to_owned() })?;
        let done = LoginGiven { login: given.login.login.clone(), act: given.act, disabled: given.replaced_names() };
        changes.extend(given.logins().map(|login| ReferenceChange::Login(Box::new(login))));
        save(db, vault, changes, now, facts)?;
        Ok(done)
    })
}

/// Adds a till without a login of its own, for a login of the whole network.
///
/// # Errors
/// The partner or store is unknown, or the till is there; nothing is added then.
pub fn add_bare_till(
    db: &mut Db,
    vault: &Vault,
    partner: &str,
    store: &str,
    till: &str,
    now: Moment,
) -> Result<(), AdminError> {
    let code = code(till)?;
    chronicled(db, vault, now, |db, facts| {
        let known = reference::load(db)?;
        let (_, network) = network_of(&known, partner)?;
        let store = store_of(&known, network, store)?;
        if known.till(network, &code).is_some() {
            return Err(AdminError::Exists { what: "till", code });
        }
        let id = TillId(reference::take_ids(db, 1)?);
        let till = Till { id, network, store, code, name: None, disabled: false };
        save(db, vault, vec![ReferenceChange::Till(till)], now, facts)?;
        Ok(())
    })
}

/// Who and what takes part, logins included, as it is now.
///
/// # Errors
/// A statement fails, or a row is unreadable.
pub fn registry(db: &mut Db) -> Result<Reference, AdminError> {
    Ok(db.transaction(Purpose::Read, reference::load)?)
}

/// Changes a partner that is there.
///
/// # Errors
/// It is unknown, or the store fails; nothing is changed then.
pub fn save_partner(db: &mut Db, vault: &Vault, draft: &PartnerDraft, now: Moment) -> Result<Partner, AdminError> {
    chronicled(db, vault, now, |db, facts| {
        let known = reference::load(db)?;
        if known.partners.values().all(|partner| partner.code != draft.code.as_str()) {
            return Err(AdminError::Unknown { what: "partner", code: draft.code.as_str().to_owned() });
        }
        let saved = known.save_partner(Registrar::Operator, draft, || i64::MAX)?.place;
        save(db, vault, vec![ReferenceChange::Partner(saved.clone())], now, facts)?;
        Ok(saved)
    })
}

/// Whether a place that is saved must be there already or must not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// It is added.
    New,
    /// It is changed.
    Known,
}

impl Expected {
    /// Checks that a place is as it is expected.
    fn holds(self, what: &'static str, code: &str, added: bool) -> Result<(), AdminError> {
        let code = || code.to_owned();
        match self {
            Self::New if !added => Err(AdminError::Exists { what, code: code() }),
            Self::Known if added => Err(AdminError::Unknown { what, code: code() }),
            Self::New | Self::Known => Ok(()),
        }
    }
}

/// Adds or changes a network.
///
/// # Errors
/// Its partner is unknown, it is not as expected, or the store fails; nothing is changed then.
pub fn save_network(
    db: &mut Db,
    vault: &Vault,
    draft: &NetworkDraft,
    expected: Expected,
    now: Moment,
) -> Result<Network, AdminError> {
    chronicled(db, vault, now, |db, facts| {
        let (known, id) = (reference::load(db)?, reference::take_ids(db, 1)?);
        let saved = known.save_network(Registrar::Operator, draft, || id)?;
        expected.holds("network", draft.code.as_str(), saved.added)?;
        save(db, vault, vec![ReferenceChange::Network(saved.place.clone())], now, facts)?;
        Ok(saved.place)
    })
}

/// Adds or changes a store. A new one has the offset from UTC that is given here, unless the draft has one.
///
/// # Errors
/// Its partner or network is unknown, it is not as expected, or the store fails; nothing is changed then.
pub fn save_store(
    db: &mut Db,
    vault: &Vault,
    draft: &StoreDraft,
    expected: Expected,
    utc_offset_minutes: i32,
    now: Moment,
) -> Result<Store, AdminError> {
    chronicled(db, vault, now, |db, facts| {
        let (known, id) = (reference::load(db)?, reference::take_ids(db, 1)?);
        let saved = known.save_store(Registrar::Operator, draft, utc_offset_minutes, || id);
        let saved = match saved {
            // A store that is not there has no name to keep.
            Err(Refusal::PlaceNameRequired) if expected == Expected::Known => {
                return Err(AdminError::Unknown { what: "store", code: draft.code.as_str().to_owned() });
            }
            saved => saved?,
        };
        expected.holds("store", draft.code.as_str(), saved.added)?;
        save(db, vault, vec![ReferenceChange::Store(saved.place.clone())], now, facts)?;
        Ok(saved.place)
    })
}

/// Changes a till that is there.
///
/// # Errors
/// Its partner, network or store is unknown, or it is; or the store fails. Nothing is changed then.
pub fn change_till(db: &mut Db, vault: &Vault, draft: &TillDraft, now: Moment) -> Result<Till, AdminError> {
    chronicled(db, vault, now, |db, facts| {
        let (known, id) = (reference::load(db)?, reference::take_ids(db, 1)?);
        let saved = known.save_till(Registrar::Operator, draft, || id)?;
        Expected::Known.holds("till", draft.code.as_str(), saved.added)?;
        save(db, vault, vec![ReferenceChange::Till(saved.place.clone())], now, facts)?;
        Ok(saved.place)
    })
}

/// What is to become of a login. Passwords are hashes in PHC notation.
#[derive(Clone)]
pub enum LoginChange {
    /// Nobody gets in with it any more.
    Disable,
    /// It is enabled with a new password.
    Enable(String),
    /// It gets a new password and stays enabled or disabled.
    Password(String),
}

/// Changes a login; answers it as it is now, and the names of those of the same till that were disabled for it.
///
/// # Errors
/// It is unknown, or the store fails; nothing is changed then.
pub fn change_login(
    db: &mut Db,
    vault: &Vault,
    name: &str,
    change: &LoginChange,
    now: Moment,
) -> Result<(Credential, Vec<String>), AdminError> {
    chronicled(db, vault, now, |db, facts| {
        let known = reference::load(db)?;
        let unknown = || AdminError::Unknown { what: "login", code: name.into() };
        let login = known.credential(name).ok_or_else(unknown)?;
        let (login, replaced) = match change {
            LoginChange::Disable => (login.to_disabled(), Vec::new()),
            LoginChange::Enable(hash) => {
                let enabled = login.to_enabled(hash.clone());
                let replaced = known.replaced_by(&enabled);
                (enabled, replaced)
            }
            LoginChange::Password(hash) => (login.to_password(hash.clone()), Vec::new()),
        };
        let names = replaced.iter().map(|login| login.login.clone()).collect();
        let changed = std::iter::once(login.clone()).chain(replaced.iter().map(Credential::to_disabled));
        let changes = changed.map(|login| ReferenceChange::Login(Box::new(login))).collect();
        save(db, vault, changes, now, facts)?;
        Ok((login, names))
    })
}

/// Writes into the registry's chain with which limits a gateway starts, when they are others than at the last start.
///
/// # Errors
/// A statement fails.
pub fn note_limits(db: &mut Db, vault: &Vault, limits: &[(&str, u64)], now: Moment) -> Result<(), AdminError> {
    let said: serde_json::Map<String, serde_json::Value> =
        limits.iter().map(|(key, value)| ((*key).to_owned(), (*value).into())).collect();
    let said = serde_json::Value::Object(said).to_string();
    // Most starts change nothing, and need not wait for those who write.
    if registry::said_last(db, LIMITS, LIMITS_ID)?.is_some_and(|last| last == said) {
        return Ok(());
    }
    chronicled(db, vault, now, |db, facts| {
        let name = THE_GATEWAY.into();
        let subject = Subject { kind: LIMITS, id: LIMITS_ID, version: None, name, partner: None, said };
        Ok(registry::record(db, vec![subject], By::GATEWAY, now, facts)?)
    })
}

fn code(text: &str) -> Result<String, NameProblem> {
    Ok(Code::parse(text)?.as_str().to_owned())
}

/// Runs `work` in a transaction whose facts go into the chronicle.
fn chronicled<T>(
    db: &mut Db,
    vault: &Vault,
    now: Moment,
    work: impl FnOnce(&mut Db, &mut Facts) -> Result<T, AdminError>,
) -> Result<T, AdminError> {
    db.transaction(Purpose::Write, |db| {
        // What a gateway changes at once is read after it.
        versions::lock(db)?;
        let mut facts = Facts::default();
        let done = work(db, &mut facts)?;
        write_together(db, |out| chronicle::append(out, &facts, now, vault))?;
        Ok(done)
    })
}

/// Writes changes made at the command line.
fn save(
    db: &mut Db,
    vault: &Vault,
    changes: Vec<ReferenceChange>,
    now: Moment,
    facts: &mut Facts,
) -> Result<(), StoreError> {
    let by_hand = |change| RegistryChange { actor: COMMAND_LINE.into(), employee: None, change };
    let changes: Vec<RegistryChange> = changes.into_iter().map(by_hand).collect();
    let keys = Keys::of(db, vault, &BTreeSet::new())?;
    reference::save(db, &changes, now, &keys, facts)
}

fn network_of(known: &Reference, partner_code: &str) -> Result<(PartnerId, NetworkId), AdminError> {
    let unknown = || AdminError::Unknown { what: "partner", code: partner_code.into() };
    let partner = known.partners.values().find(|partner| partner.code == partner_code).ok_or_else(unknown)?;
    let networks = known.networks.values().filter(|network| network.partner == partner.id);
    let network = networks.min_by_key(|network| network.id).ok_or_else(unknown)?;
    Ok((partner.id, network.id))
}

fn store_of(known: &Reference, network: NetworkId, code: &str) -> Result<StoreId, AdminError> {
    known
        .store(network, code)
        .map(|store| store.id)
        .ok_or_else(|| AdminError::Unknown { what: "store", code: code.into() })
}
