//! The keys for one step of the store: the database's keys, and those of the customers that the step is about.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use zeroize::Zeroizing;

use crate::{
    domain::ids::CustomerId,
    store::{
        db::backend::Db,
        error::StoreError,
        sql::batch::Writes,
        tables::{
            customer_key,
            key::{self, KeyError},
        },
    },
    vault::{CustomerKey, Ring, SealedBy, Vault, VaultError},
};

/// Opened keys. They are wiped from memory when this is dropped; nothing else keeps them.
#[derive(Debug)]
pub struct Keys {
    ring: Arc<Ring>,
    customers: HashMap<CustomerId, CustomerKey>,
    fresh: BTreeSet<CustomerId>,
}

impl Keys {
    /// Loads the keys of these customers. Erased customers have none.
    ///
    /// # Errors
    /// The statement fails, or a key cannot be opened.
    pub fn of(db: &mut Db, vault: &Vault, ids: &BTreeSet<CustomerId>) -> Result<Self, StoreError> {
        let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
        let sealed = if ids.is_empty() { Vec::new() } else { customer_key::load(db, &ids)? };
        Self::opened(db, vault, sealed)
    }

    /// Loads the keys that sealed these values.
    ///
    /// # Errors
    /// The statement fails, a key cannot be opened, or a value is not sealed.
    pub fn for_values<'a>(
        db: &mut Db,
        vault: &Vault,
        values: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<Self, StoreError> {
        let mut ids = BTreeSet::new();
        for value in values {
            match SealedBy::of(value)? {
                SealedBy::Customer(id) => {
                    ids.insert(CustomerId(id));
                }
                SealedBy::Database(id) => {
                    if !vault.ring()?.knows(id) {
                        key::open(db, vault).map_err(unopened)?;
                    }
                }
            }
        }
        Self::of(db, vault, &ids)
    }

    /// Opens these sealed keys of customers. If one was sealed with a newer key of the database, that key is read
    /// first.
    ///
    /// # Errors
    /// The statement fails, or a key cannot be opened.
    pub fn opened(db: &mut Db, vault: &Vault, sealed: Vec<(i64, Vec<u8>)>) -> Result<Self, StoreError> {
        let mut keys = Self { ring: vault.ring()?, customers: HashMap::new(), fresh: BTreeSet::new() };
        for (id, sealed) in sealed {
            let key = match CustomerKey::opened_by(&keys.ring, id, &sealed) {
                Err(VaultError::UnknownKey(_)) => {
                    key::open(db, vault).map_err(unopened)?;
                    keys.ring = vault.ring()?;
                    CustomerKey::opened_by(&keys.ring, id, &sealed)?
                }
                key => key?,
            };
            keys.customers.insert(CustomerId(id), key);
        }
        Ok(keys)
    }

    /// Makes a key for a new customer.
    ///
    /// # Errors
    /// The system gives no random numbers.
    pub fn make(&mut self, customer: CustomerId) -> Result<(), StoreError> {
        self.customers.insert(customer, CustomerKey::fresh(customer.0)?);
        self.fresh.insert(customer);
        Ok(())
    }

    /// Writes the new keys into the database.
    ///
    /// # Errors
    /// The statement fails.
    pub fn save_made(&self, out: &mut Writes<'_>) -> Result<(), StoreError> {
        let made = self.fresh.iter().filter_map(|id| Some((*id, self.customers.get(id)?)));
        customer_key::save(out, made, &self.ring)
    }

    /// A customer's key; `None` for an erased customer.
    #[must_use]
    pub fn customer(&self, id: CustomerId) -> Option<&CustomerKey> {
        self.customers.get(&id)
    }

    /// Seals a value with the key of the customer that it concerns. A value that concerns no customer, or an erased
    /// one, is sealed with the database's key.
    ///
    /// # Errors
    /// The system gives no random numbers.
    pub fn seal(&self, owner: Option<CustomerId>, place: &str, value: &[u8]) -> Result<Vec<u8>, StoreError> {
        Ok(match owner.and_then(|id| self.customers.get(&id)) {
            Some(key) => key.seal(place, value)?,
            None => self.ring.seal(place, value)?,
        })
    }

    /// Seals a text.
    ///
    /// # Errors
    /// As [`Self::seal`].
    pub fn seal_words(
        &self,
        owner: Option<CustomerId>,
        place: &str,
        words: Option<&str>,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        words.map(|words| self.seal(owner, place, words.as_bytes())).transpose()
    }

    /// Opens a value; `None` when the customer's key that sealed it was destroyed.
    ///
    /// # Errors
    /// It cannot be opened, or its key was not loaded.
    pub fn open(&self, place: &str, sealed: &[u8]) -> Result<Option<Zeroizing<Vec<u8>>>, StoreError> {
        Ok(match SealedBy::of(sealed)? {
            SealedBy::Customer(id) => {
                self.customers.get(&CustomerId(id)).map(|key| key.open(place, sealed)).transpose()?
            }
            SealedBy::Database(_) => Some(self.ring.open(place, sealed)?),
        })
    }

    /// Opens a text.
    ///
    /// # Errors
    /// As [`Self::open`], or it is not UTF-8.
    pub fn open_words(&self, place: &str, sealed: Option<&[u8]>) -> Result<Option<String>, StoreError> {
        let Some(sealed) = sealed else { return Ok(None) };
        let unreadable = || StoreError::Unreadable(format!("{place}: no text"));
        let opened = self.open(place, sealed)?;
        opened.map(|bytes| std::str::from_utf8(&bytes).map(str::to_owned).map_err(|_| unreadable())).transpose()
    }
}

fn unopened(error: KeyError) -> StoreError {
    match error {
        KeyError::WrongKey | KeyError::TwoMasters => StoreError::Vault(VaultError::Sealed),
        KeyError::Store(error) => error,
    }
}
