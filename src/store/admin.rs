//! Rare work beside the write seam: partners, networks, stores, tills and logins from the command line; the key check.

use diesel::prelude::*;

use crate::{
    domain::{
        ids::{CredentialId, NetworkId, PartnerId, ProgrammeId, StoreId, TillId},
        moment::Moment,
        programme::{Programme, Rules},
        reference::{Credential, Network, Partner, Reference, Roles, Store, Till},
    },
    store::{
        db::backend::{Db, Purpose, on},
        error::StoreError,
        facts::Facts,
        schema::key_check,
        sql::batch::write_together,
        tables::{chronicle, reference, registry::COMMAND_LINE},
    },
    vault::Vault,
    working_set::{ReferenceChange, RegistryChange},
};

/// The text that is sealed in the database to recognise its key.
const KEY_CHECK_TEXT: &str = "kopilka";
const KEY_CHECK_PLACE: &str = "key_check.sealed:1";

/// What cannot be added.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// Something of that code is there already.
    #[error("{what} «{code}» is there already")]
    Exists {
        /// What.
        what: &'static str,
        /// Its code.
        code: String,
    },
    /// Nothing of that code is there.
    #[error("there is no {what} «{code}»")]
    Unknown {
        /// What.
        what: &'static str,
        /// Its code.
        code: String,
    },
    /// The database belongs to another key.
    #[error(
        "the key does not fit this database: it was made with another one. Give the key file that was used before (security.key_file or KOPILKA_SECURITY__KEY)"
    )]
    WrongKey,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
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
    /// The code of the programme; one of that code is joined, else one is made with the default rules.
    pub programme: String,
    /// The programme's name, if it is made.
    pub programme_name: String,
    /// Codes and names of its stores.
    pub stores: Vec<(String, String)>,
    /// What the stores' clocks show against UTC, in minutes.
    pub utc_offset_minutes: i32,
}

/// A till with its login.
#[derive(Debug, Clone)]
pub struct NewTill {
    /// The partner's code.
    pub partner: String,
    /// The store's code.
    pub store: Option<String>,
    /// The till's code; none for a login of a whole network.
    pub till: Option<String>,
    /// The login.
    pub login: String,
    /// The password's hash.
    pub password_hash: String,
    /// What it may do.
    pub roles: Roles,
}

/// Adds a partner, its network, its programme and its stores.
///
/// # Errors
/// A partner of that code is there, or the store fails; nothing is added then.
pub fn add_partner(db: &mut Db, vault: &Vault, new: &NewPartner, now: Moment) -> Result<(), AdminError> {
    chronicled(db, vault, now, |db, facts| {
        let known = reference::load(db)?;
        if known.partners.values().any(|partner| partner.code == new.code) {
            return Err(AdminError::Exists { what: "partner", code: new.code.clone() });
        }
        let stores = i64::try_from(new.stores.len()).unwrap_or(i64::MAX);
        let mut ids = reference::take_ids(db, stores.saturating_add(3))?..;
        let mut next = || ids.next().unwrap_or(i64::MAX);
        let partner = Partner { id: PartnerId(next()), code: new.code.clone(), name: new.name.clone() };
        reference::add_partner(db, &partner, now, facts)?;
        let programme = match known.programmes.values().find(|programme| programme.code == new.programme) {
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
        };
        reference::add_network(db, &network, now, facts)?;
        for (code, name) in &new.stores {
            let store = Store {
                id: StoreId(next()),
                network: network.id,
                code: code.clone(),
                name: name.clone(),
                utc_offset_minutes: new.utc_offset_minutes,
            };
            reference::add_store(db, &store, now, facts)?;
        }
        Ok(())
    })
}

/// Adds a till, or only a login when no till is named.
///
/// # Errors
/// The partner or store is unknown, the login is taken, or the store fails; nothing is added then.
pub fn add_till(db: &mut Db, vault: &Vault, new: &NewTill, now: Moment) -> Result<(), AdminError> {
    chronicled(db, vault, now, |db, facts| {
        let known = reference::load(db)?;
        let (partner, network) = network_of(&known, &new.partner)?;
        if known.credentials.contains_key(&new.login) {
            return Err(AdminError::Exists { what: "login", code: new.login.clone() });
        }
        let store = match &new.store {
            Some(code) => Some(store_of(&known, network, code)?),
            None => None,
        };
        let first = reference::take_ids(db, 2)?;
        let mut changes = Vec::new();
        let till = match (&new.till, store) {
            (Some(code), Some(store)) => {
                let known_till = known.tills_by_code.get(&(network, code.clone())).copied();
                let id = known_till.unwrap_or(TillId(first));
                changes.push(ReferenceChange::Till(Till { id, network, store, code: code.clone(), name: None }));
                Some(id)
            }
            (Some(_), None) => {
                return Err(AdminError::Unknown { what: "store", code: new.store.clone().unwrap_or_default() });
            }
            (None, _) => None,
        };
        changes.push(ReferenceChange::Credential(Box::new(Credential {
            id: CredentialId(first.saturating_add(1)),
            login: new.login.clone(),
            password_hash: new.password_hash.clone(),
            version: 1,
            disabled: false,
            roles: new.roles,
            partner,
            network,
            store,
            till,
        })));
        let changes: Vec<RegistryChange> = changes.into_iter().map(from_command_line).collect();
        reference::save(db, &changes, now, facts)?;
        Ok(())
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
    code: &str,
    now: Moment,
) -> Result<(), AdminError> {
    chronicled(db, vault, now, |db, facts| {
        let known = reference::load(db)?;
        let (_, network) = network_of(&known, partner)?;
        let store = store_of(&known, network, store)?;
        if known.tills_by_code.contains_key(&(network, code.to_owned())) {
            return Err(AdminError::Exists { what: "till", code: code.into() });
        }
        let id = TillId(reference::take_ids(db, 1)?);
        let till = Till { id, network, store, code: code.into(), name: None };
        reference::save(db, &[from_command_line(ReferenceChange::Till(till))], now, facts)?;
        Ok(())
    })
}

/// Runs `work` in a transaction whose facts go into the chronicle.
fn chronicled(
    db: &mut Db,
    vault: &Vault,
    now: Moment,
    work: impl FnOnce(&mut Db, &mut Facts) -> Result<(), AdminError>,
) -> Result<(), AdminError> {
    db.transaction(Purpose::Write, |db| {
        let mut facts = Facts::default();
        work(db, &mut facts)?;
        Ok(write_together(db, |out| chronicle::append(out, &facts, now, vault))?)
    })
}

fn from_command_line(change: ReferenceChange) -> RegistryChange {
    RegistryChange { actor: COMMAND_LINE.into(), employee: None, change }
}

fn network_of(known: &Reference, partner_code: &str) -> Result<(PartnerId, NetworkId), AdminError> {
    let unknown = || AdminError::Unknown { what: "partner", code: partner_code.into() };
    let partner = known.partners.values().find(|partner| partner.code == partner_code).ok_or_else(unknown)?;
    let networks = known.networks.values().filter(|network| network.partner == partner.id);
    let network = networks.min_by_key(|network| network.id).ok_or_else(unknown)?;
    Ok((partner.id, network.id))
}

fn store_of(known: &Reference, network: NetworkId, code: &str) -> Result<StoreId, AdminError> {
    let store = known.stores.values().find(|store| store.network == network && store.code == code);
    store.map(|store| store.id).ok_or_else(|| AdminError::Unknown { what: "store", code: code.into() })
}

/// Makes sure that the key is this database's: the first start seals a known text, every later one opens it.
///
/// # Errors
/// The database was made with another key, or the store fails.
pub fn check_key(db: &mut Db, vault: &Vault) -> Result<(), AdminError> {
    db.transaction(Purpose::Write, |db| {
        let sealed: Option<Vec<u8>> =
            on!(db, c => key_check::table.select(key_check::sealed).first(&mut **c).optional())?;
        match sealed {
            Some(sealed) => vault.open(KEY_CHECK_PLACE, &sealed).map(|_| ()).map_err(|_| AdminError::WrongKey),
            None => {
                let sealed = vault.seal(KEY_CHECK_PLACE, KEY_CHECK_TEXT).map_err(StoreError::from)?;
                let row = (key_check::id.eq(1_i64), key_check::sealed.eq(sealed));
                on!(db, c => diesel::insert_into(key_check::table).values(row).execute(&mut **c))?;
                Ok(())
            }
        }
    })
}
