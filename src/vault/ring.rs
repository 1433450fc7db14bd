//! The database's keys. There may be several sealing keys: the newest one seals, each opens what it sealed.

use std::{collections::BTreeMap, fmt};

use chacha20poly1305::XChaCha20Poly1305;
use zeroize::Zeroizing;

use crate::vault::{
    error::VaultError,
    primitives::{KEY_BYTES, cipher, open, random, seal},
};

/// The number of a sealing key of the database. It is the first byte of every value that the key sealed.
pub type SealingKeyId = u8;

/// The first byte of a value that a customer's key sealed; the customer's id follows. No key of the database has this
/// number.
pub(super) const BY_CUSTOMER: u8 = 0;

/// The use of a key of the database. Each use has its own key, so a digest of one kind never equals one of another
/// kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeyUse {
    /// Sealing customers' keys, and values that belong to no customer.
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
    /// Every use.
    pub const ALL: [Self; 5] = [Self::Sealing, Self::Phones, Self::Codes, Self::Requests, Self::Chains];

    /// Its word in the database.
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

    /// The use of a word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|key_use| key_use.word() == word)
    }
}

/// One key of the database. It is wiped from memory when dropped.
pub struct RingKey {
    /// Its number.
    pub id: u8,
    /// Its use.
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
    /// The number of keys that earlier programs derived from the master key.
    pub const DERIVED: u8 = 1;
    /// The number of the first key that is not derived. Old unsealed values begin with a lower byte.
    pub const FIRST: u8 = 2;

    /// A fresh key.
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

    /// A ring of these keys.
    ///
    /// # Errors
    /// A use has no key.
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

    /// The newest sealing key.
    #[must_use]
    pub const fn newest(&self) -> SealingKeyId {
        self.newest
    }

    /// Whether there is a sealing key of this number.
    #[must_use]
    pub fn knows(&self, id: SealingKeyId) -> bool {
        self.sealing.contains_key(&id)
    }

    /// The number of the next sealing key.
    ///
    /// # Errors
    /// All numbers are used.
    pub fn next(&self) -> Result<SealingKeyId, VaultError> {
        self.newest.checked_add(1).ok_or(VaultError::Full)
    }

    /// The key for digests of a use; `None` for [`KeyUse::Sealing`] alone, see [`Self::of`].
    pub(super) fn key(&self, key_use: KeyUse) -> Option<&[u8; KEY_BYTES]> {
        self.digests.get(&key_use).map(|key| &**key)
    }

    /// Seals with the newest key.
    ///
    /// # Errors
    /// The system gives no random numbers.
    pub fn seal(&self, place: &str, value: &[u8]) -> Result<Vec<u8>, VaultError> {
        let cipher = self.sealing.get(&self.newest).ok_or(VaultError::Closed)?;
        seal(cipher, &[self.newest], place, value)
    }

    /// Opens a value that one of the keys sealed.
    ///
    /// # Errors
    /// No key has this number, or the value cannot be opened with it.
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
