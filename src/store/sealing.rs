//! The keys that a step of the store seals and opens by: the database's, and those of the customers that it is about.

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

/// Opened keys. They are wiped from memory with this: nothing keeps them.
#[derive(Debug)]
pub struct Keys {
    ring: Arc<Ring>,
    customers: HashMap<CustomerId, CustomerKey>,
    fresh: BTreeSet<CustomerId>,
}

impl Keys {
    /// With the keys of these customers, as far as they have one.
    ///
    /// # Errors
    /// The statement fails, or a key does not open.
    pub fn of(db: &mut Db, vault: &Vault, ids: &BTreeSet<CustomerId>) -> Result<Self, StoreError> {
        let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
        let sealed = if ids.is_empty() { Vec::new() } else { customer_key::load(db, &ids)? };
        Self::opened(db, vault, sealed)
    }

    /// With the keys that these values were sealed by.
    ///
    /// # Errors
    /// The statement fails, a key does not open, or a value is not sealed.
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

    /// With these sealed keys of customers. A key of the database that was made since its keys were read is read now.
    ///
    /// # Errors
    /// The statement fails, or a key does not open.
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

    /// Writes down the keys that were made.
    ///
    /// # Errors
    /// The statement fails.
    pub fn save_made(&self, out: &mut Writes<'_>) -> Result<(), StoreError> {
        let made = self.fresh.iter().filter_map(|id| Some((*id, self.customers.get(id)?)));
        customer_key::save(out, made, &self.ring)
    }

    /// A customer's own key, if there is one.
    #[must_use]
    pub fn customer(&self, id: CustomerId) -> Option<&CustomerKey> {
        self.customers.get(&id)
    }

    /// Seals what concerns a customer by the customer's own key; what concerns nobody, or somebody erased before, by the
    /// database's.
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

    /// Opens a value; nothing where it was sealed by a customer's key that is destroyed.
    ///
    /// # Errors
    /// It does not open, or its keys are not here.
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
    /// As [`Self::open`]; or it is no text.
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
