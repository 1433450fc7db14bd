//! The database's keys. Of the sealing keys there may be several: the newest seals, all of them open.

use std::{collections::BTreeMap, fmt};

use chacha20poly1305::XChaCha20Poly1305;
use zeroize::Zeroizing;

use crate::vault::{
    error::VaultError,
    primitives::{KEY_BYTES, cipher, open, random, seal},
};

/// Which of the database's sealing keys: the first byte of what it sealed.
pub type SealingKeyId = u8;

/// The first byte of what a customer's key sealed; the customer's id follows. A key of the database has another number.
pub(super) const BY_CUSTOMER: u8 = 0;

/// What a key of the database is for: each use has a key of its own, so that no digest of one kind can stand for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeyUse {
    /// Sealing customers' keys, and what is nobody's.
    Sealing,
    /// The blind index of phones.
    Phones,
    /// Digests of confirmation codes.
    Codes,
    /// Digests of requests.
    Requests,
    /// Signatures of the ends of chains.
    Chains,
}

impl KeyUse {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Sealing, Self::Phones, Self::Codes, Self::Requests, Self::Chains];

    /// The word for it in the database.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Sealing => "sealing",
            Self::Phones => "phones",
            Self::Codes => "codes",
            Self::Requests => "requests",
            Self::Chains => "chains",
        }
    }

    /// What a word stands for.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|key_use| key_use.word() == word)
    }
}

/// One key of the database. It is wiped from memory when dropped.
pub struct RingKey {
    /// Its number.
    pub id: u8,
    /// What it is for.
    pub key_use: KeyUse,
    /// The key.
    pub(super) bytes: Zeroizing<[u8; KEY_BYTES]>,
}

impl fmt::Debug for RingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RingKey({} {})", self.key_use.word(), self.id)
    }
}

impl RingKey {
    /// The number of the keys that were once derived from the master key.
    pub const DERIVED: u8 = 1;
    /// The number of the first key of a database's own. Values that were stored unsealed once begin with a lower byte.
    pub const FIRST: u8 = 2;

    /// A fresh one.
    ///
    /// # Errors
    /// The system gives no random numbers.
    pub fn fresh(id: u8, key_use: KeyUse) -> Result<Self, VaultError> {
        Ok(Self { id, key_use, bytes: random()? })
    }
}

/// The database's keys, opened. They are wiped from memory when dropped.
pub struct Ring {
    newest: SealingKeyId,
    sealing: BTreeMap<SealingKeyId, XChaCha20Poly1305>,
    digests: BTreeMap<KeyUse, Zeroizing<[u8; KEY_BYTES]>>,
}

impl fmt::Debug for Ring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ring({})", self.newest)
    }
}

impl Ring {
    /// Keys for a new database.
    ///
    /// # Errors
    /// The system gives no random numbers.
    pub fn fresh() -> Result<Vec<RingKey>, VaultError> {
        KeyUse::ALL.into_iter().map(|key_use| RingKey::fresh(RingKey::FIRST, key_use)).collect()
    }

    /// Of these keys.
    ///
    /// # Errors
    /// One for a use is missing.
    pub fn of(keys: Vec<RingKey>) -> Result<Self, VaultError> {
        let (mut sealing, mut digests) = (BTreeMap::new(), BTreeMap::new());
        for key in keys {
            if key.key_use == KeyUse::Sealing {
                sealing.insert(key.id, cipher(&key.bytes));
            } else {
                digests.insert(key.key_use, key.bytes);
            }
        }
        let newest = *sealing.keys().next_back().ok_or(VaultError::Closed)?;
        let is_whole = KeyUse::ALL.iter().all(|key_use| *key_use == KeyUse::Sealing || digests.contains_key(key_use));
        is_whole.then_some(Self { newest, sealing, digests }).ok_or(VaultError::Closed)
    }

    /// The key that seals now.
    #[must_use]
    pub const fn newest(&self) -> SealingKeyId {
        self.newest
    }

    /// Whether a sealing key of this number is here.
    #[must_use]
    pub fn knows(&self, id: SealingKeyId) -> bool {
        self.sealing.contains_key(&id)
    }

    /// The number of the next sealing key.
    ///
    /// # Errors
    /// There is no room for another.
    pub fn next(&self) -> Result<SealingKeyId, VaultError> {
        self.newest.checked_add(1).ok_or(VaultError::Full)
    }

    /// A key for digests.
    pub(super) fn key(&self, key_use: KeyUse) -> &[u8] {
        self.digests.get(&key_use).map_or(&[], |key| key.as_slice())
    }

    /// Seals by the newest key.
    ///
    /// # Errors
    /// The system gives no random numbers.
    pub fn seal(&self, place: &str, value: &[u8]) -> Result<Vec<u8>, VaultError> {
        let cipher = self.sealing.get(&self.newest).ok_or(VaultError::Closed)?;
        seal(cipher, &[self.newest], place, value)
    }

    /// Opens what one of the keys sealed.
    ///
    /// # Errors
    /// No key of this number is known, or it does not open.
    pub fn open(&self, place: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let (id, rest) = sealed.split_first().ok_or(VaultError::Sealed)?;
        if *id == BY_CUSTOMER {
            return Err(VaultError::Sealed);
        }
        open(self.sealing.get(id).ok_or(VaultError::UnknownKey(*id))?, place, rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_key_seals_and_older_ones_open() {
        let first = Ring::of(Ring::fresh().unwrap()).unwrap();
        let old = first.seal("a:1", b"x").unwrap();
        let mut keys = Ring::fresh().unwrap();
        keys.retain(|key| key.key_use != KeyUse::Sealing);
        keys.push(RingKey::fresh(3, KeyUse::Sealing).unwrap());
        let other = Ring::of(keys).unwrap();
        assert_eq!((first.newest(), other.newest()), (2, 3));
        let new = other.seal("a:1", b"x").unwrap();
        assert_eq!((old[0], new[0]), (2, 3));
        assert!(matches!(first.open("a:1", &new), Err(VaultError::UnknownKey(3))));
        assert_eq!(other.open("a:1", &new).unwrap().as_slice(), b"x");
        assert!(Ring::of(vec![RingKey::fresh(2, KeyUse::Sealing).unwrap()]).is_err());
    }
}
