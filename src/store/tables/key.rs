//! The database's keys, sealed with the master key. Also: which master keys have a copy on paper.

use std::collections::BTreeMap;

use diesel::prelude::*;

use crate::{
    domain::moment::Moment,
    store::{
        db::backend::{Db, on},
        error::StoreError,
        schema::{database_keys, key_escrows},
        tables::reference::versions,
    },
    vault::{Fingerprint, KeyUse, MasterKey, Ring, RingKey, Vault, VaultError},
};

/// The text that older programs sealed with a derived key and stored, to check that the master key fits.
const CHECK_TEXT: &[u8] = b"kopilka";
const CHECK_PLACE: &str = "key_check.sealed:1";
const CHECK: &str = "check";

/// Why the database's keys cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The database belongs to another master key.
    #[error(
        "the key does not fit this database: it was made with another one. Give the key file that was used before (security.key_file or KOPILKA_SECURITY__KEY)"
    )]
    WrongKey,
    /// Another key of the database now would be sealed by one of two masters only.
    #[error(
        "the master key is being replaced: once every gateway has the new one, run `kopilka keys retire` with it first"
    )]
    TwoMasters,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<diesel::result::Error> for KeyError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Store(error.into())
    }
}

impl From<VaultError> for KeyError {
    fn from(error: VaultError) -> Self {
        Self::Store(error.into())
    }
}

#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = database_keys)]
struct KeyRow {
    purpose: String,
    id: i64,
    master: Vec<u8>,
    key_sealed: Vec<u8>,
    made_at: i64,
}

/// Makes the database's keys if there are none. An older database also keeps the keys that were derived from its master
/// key, for the values that they sealed. The upgrade calls this.
///
/// # Errors
/// The master key is another database's, or a statement fails.
pub fn prepare(db: &mut Db, vault: &Vault) -> Result<(), KeyError> {
    let rows = rows(db)?;
    if rows.iter().any(|row| row.purpose != CHECK) {
        return add_missing(db, rows, vault);
    }
    let keys = match rows.first() {
        None => Ring::fresh()?,
        Some(check) => {
            let derived = Ring::of(vault.master().derived())?;
            let text = derived.open(CHECK_PLACE, &check.key_sealed).map_err(|_| KeyError::WrongKey)?;
            if text.as_slice() != CHECK_TEXT {
                return Err(KeyError::WrongKey);
            }
            let mut keys = vault.master().derived();
            keys.push(RingKey::fresh(RingKey::FIRST, KeyUse::Sealing)?);
            keys
        }
    };
    let made_at = Moment(0);
    insert(db, vault.master(), &keys, made_at)?;
    on!(db, c => diesel::delete(database_keys::table.filter(database_keys::purpose.eq(CHECK))).execute(&mut **c))?;
    vault.install(Ring::of(keys)?);
    Ok(())
}

/// Whether the database has keys of its own.
///
/// # Errors
/// The statement fails.
pub fn are_made(db: &mut Db) -> Result<bool, StoreError> {
    Ok(rows(db)?.iter().any(|row| row.purpose != CHECK))
}

/// Makes keys for uses that the database was made without, and opens all of them.
fn add_missing(db: &mut Db, mut rows: Vec<KeyRow>, vault: &Vault) -> Result<(), KeyError> {
    let own = vault.master().fingerprint().bytes();
    let is_missing = |key_use: &KeyUse| !rows.iter().any(|row| row.purpose == key_use.word());
    let missing: Vec<KeyUse> = KeyUse::ALL.into_iter().filter(is_missing).collect();
    if !missing.is_empty() && rows.iter().any(|row| row.master == own) {
        if rows.iter().any(|row| row.master != own) {
            return Err(KeyError::TwoMasters);
        }
        let fresh = missing.into_iter().map(|key_use| RingKey::fresh(RingKey::FIRST, key_use));
        insert(db, vault.master(), &fresh.collect::<Result<Vec<_>, _>>()?, Moment(0))?;
        rows = self::rows(db)?;
    }
    open_rows(rows, vault)
}

/// Reads the database's keys and opens them with the master key.
///
/// # Errors
/// The master key is another database's, or the statement fails.
pub fn open(db: &mut Db, vault: &Vault) -> Result<(), KeyError> {
    let rows = rows(db)?;
    open_rows(rows, vault)
}

/// Reads the keys again when the version of the reference data has changed. A gateway whose master key was replaced
/// goes on with the keys that it has.
///
/// # Errors
/// The statement fails.
pub fn follow(db: &mut Db, vault: &Vault, version: i64) -> Result<(), StoreError> {
    if !vault.is_behind(version) {
        return Ok(());
    }
    match open(db, vault) {
        Ok(()) | Err(KeyError::TwoMasters) => vault.note_retired(false),
        Err(KeyError::WrongKey) => {
            vault.note_retired(true);
            tracing::error!(
                "the master key was replaced; this gateway is not ready until it is started with the new one"
            );
        }
        Err(KeyError::Store(error)) => return Err(error),
    }
    // Not before: what failed is tried again with the next batch.
    vault.followed(version);
    Ok(())
}

fn rows(db: &mut Db) -> Result<Vec<KeyRow>, StoreError> {
    Ok(on!(db, c => database_keys::table.order(database_keys::id).select(KeyRow::as_select()).load(&mut **c))?)
}

fn open_rows(rows: Vec<KeyRow>, vault: &Vault) -> Result<(), KeyError> {
    let master = vault.master();
    let own = rows.into_iter().filter(|row| row.master == master.fingerprint().bytes());
    let keys: Vec<RingKey> = own.map(|row| opened(&row, master)).collect::<Result<_, StoreError>>()?;
    if keys.is_empty() {
        return Err(KeyError::WrongKey);
    }
    vault.install(Ring::of(keys)?);
    Ok(())
}

fn opened(row: &KeyRow, master: &MasterKey) -> Result<RingKey, StoreError> {
    let unreadable = || StoreError::Unreadable(format!("database_keys: {} {}", row.purpose, row.id));
    let key_use = KeyUse::from_word(&row.purpose).ok_or_else(unreadable)?;
    let id = u8::try_from(row.id).map_err(|_| unreadable())?;
    Ok(master.open(id, key_use, &row.key_sealed)?)
}

fn insert(db: &mut Db, master: &MasterKey, keys: &[RingKey], made_at: Moment) -> Result<(), StoreError> {
    for key in keys {
        let row = KeyRow {
            purpose: key.key_use.word().into(),
            id: i64::from(key.id),
            master: master.fingerprint().bytes().to_vec(),
            key_sealed: master.seal(key)?,
            made_at: made_at.0,
        };
        on!(db, c => diesel::insert_into(database_keys::table).values(row).execute(&mut **c))?;
    }
    Ok(())
}

/// A key of the database, as it may be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyView {
    /// Its number.
    pub id: u8,
    /// When it was made; `None` for a key that was made with the database or derived from its master key.
    pub made_at: Option<Moment>,
    /// The master keys by which it can be opened.
    pub masters: Vec<Fingerprint>,
}

/// The sealing keys, the oldest first.
///
/// # Errors
/// The statement fails.
pub fn list(db: &mut Db) -> Result<Vec<KeyView>, StoreError> {
    let mut views: Vec<KeyView> = Vec::new();
    for row in rows(db)?.into_iter().filter(|row| row.purpose == KeyUse::Sealing.word()) {
        let id = u8::try_from(row.id).map_err(|_| StoreError::Unreadable(format!("database_keys.id {}", row.id)))?;
        let master = Fingerprint::of(row.master);
        match views.last_mut() {
            Some(view) if view.id == id => view.masters.push(master),
            Some(_) | None => {
                let made_at = (row.made_at > 0).then_some(Moment(row.made_at));
                views.push(KeyView { id, made_at, masters: vec![master] });
            }
        }
    }
    Ok(views)
}

/// A master key that opens the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MasterView {
    /// Its fingerprint.
    pub fingerprint: Fingerprint,
    /// Since when it opens the database; 1970 for the one that the database was made with.
    pub since: Moment,
}

/// The master keys that open the database, the oldest first.
///
/// # Errors
/// The statement fails.
pub fn masters(db: &mut Db) -> Result<Vec<MasterView>, StoreError> {
    let mut since: BTreeMap<Vec<u8>, i64> = BTreeMap::new();
    for row in rows(db)? {
        since.entry(row.master).and_modify(|at| *at = row.made_at.min(*at)).or_insert(row.made_at);
    }
    let view = |(master, at)| MasterView { fingerprint: Fingerprint::of(master), since: Moment(at) };
    let mut masters: Vec<MasterView> = since.into_iter().map(view).collect();
    masters.sort_by_key(|master| master.since);
    Ok(masters)
}

/// Adds a sealing key and returns its number. It seals from now on; gateways notice it with their next batch.
///
/// # Errors
/// All numbers are used, a second master key opens the keys too (the new key could be sealed with one only), or a
/// statement fails.
pub fn add_sealing_key(db: &mut Db, vault: &Vault, now: Moment) -> Result<u8, KeyError> {
    open(db, vault)?;
    if rows(db)?.iter().any(|row| row.master != vault.master().fingerprint().bytes()) {
        return Err(KeyError::TwoMasters);
    }
    let id = vault.ring()?.next()?;
    insert(db, vault.master(), &[RingKey::fresh(id, KeyUse::Sealing)?], now)?;
    versions::touch(db)?;
    open(db, vault)?;
    Ok(id)
}

/// Seals every key with a further master key, unless that was done already.
///
/// # Errors
/// A statement fails.
pub fn seal_by_another(db: &mut Db, vault: &Vault, other: &MasterKey, now: Moment) -> Result<(), KeyError> {
    let rows = rows(db)?;
    let is_known = |wanted: &KeyRow| {
        let is_it = |row: &&KeyRow| (row.id, &row.purpose) == (wanted.id, &wanted.purpose);
        rows.iter().filter(is_it).any(|row| row.master == other.fingerprint().bytes())
    };
    let own = rows.iter().filter(|row| row.master == vault.master().fingerprint().bytes());
    let keys: Vec<RingKey> =
        own.filter(|row| !is_known(row)).map(|row| opened(row, vault.master())).collect::<Result<_, _>>()?;
    insert(db, other, &keys, now)?;
    Ok(())
}

/// Removes what all other master keys sealed; returns how many there were.
///
/// # Errors
/// This master key opens no key, or a statement fails.
pub fn forget_other_masters(db: &mut Db, vault: &Vault) -> Result<usize, KeyError> {
    open(db, vault)?;
    let own = vault.master().fingerprint().bytes();
    let mut others: Vec<Vec<u8>> = rows(db)?.into_iter().map(|row| row.master).filter(|master| master != own).collect();
    others.sort_unstable();
    others.dedup();
    let rest = database_keys::table.filter(database_keys::master.ne(own));
    on!(db, c => diesel::delete(rest).execute(&mut **c))?;
    Ok(others.len())
}

/// Records that a master key has a copy on paper.
///
/// # Errors
/// A statement fails.
pub fn note_escrow(db: &mut Db, master: &Fingerprint, now: Moment) -> Result<(), StoreError> {
    let row = (key_escrows::master.eq(master.bytes()), key_escrows::made_at.eq(now.0));
    on!(db, c => diesel::insert_into(key_escrows::table)
        .values(row)
        .on_conflict(key_escrows::master)
        .do_update()
        .set(key_escrows::made_at.eq(now.0))
        .execute(&mut **c))?;
    Ok(())
}

/// When a master key's copy on paper was made; `None` without a copy.
///
/// # Errors
/// The statement fails.
pub fn escrowed_at(db: &mut Db, master: &Fingerprint) -> Result<Option<Moment>, StoreError> {
    let at: Option<i64> = on!(db, c => key_escrows::table
        .find(master.bytes())
        .select(key_escrows::made_at)
        .first(&mut **c)
        .optional())?;
    Ok(at.map(Moment))
}
