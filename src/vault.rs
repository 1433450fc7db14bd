//! Cryptography: encrypted personal columns, the blind index of phones, digests of codes and requests.
//!
//! One master key of 32 bytes is kept outside of the database (a file, or the environment). It opens the database's
//! keys, one for each use, and they open the keys of the customers.

mod customer;
mod error;
mod escrow;
mod master;
mod primitives;
mod ring;

use std::sync::{
    Arc, PoisonError, RwLock,
    atomic::{AtomicBool, AtomicI64, Ordering},
};

use hmac::Mac as _;
use zeroize::Zeroizing;

use self::primitives::{keyed, mac, text};

pub use self::{
    customer::{CustomerKey, SealedBy},
    error::VaultError,
    escrow::{EscrowError, Escrowed},
    master::{Fingerprint, MasterKey},
    primitives::KEY_BYTES,
    ring::{KeyUse, Ring, RingKey, SealingKeyId},
};

/// No version of the reference data.
const NEVER: i64 = i64::MIN;

/// The master key, and the database's keys once they have been opened with it. Debug shows nothing.
pub struct Vault {
    master: MasterKey,
    ring: RwLock<Option<Arc<Ring>>>,
    /// The version of the reference data at which the database's keys were read last: who changes the keys moves it.
    followed: AtomicI64,
    /// Whether the master key opens the database's keys no longer.
    retired: AtomicBool,
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vault(…)")
    }
}

impl Vault {
    /// With a master key; the database's keys are put in when they have been read.
    #[must_use]
    pub const fn new(master: MasterKey) -> Self {
        Self { master, ring: RwLock::new(None), followed: AtomicI64::new(NEVER), retired: AtomicBool::new(false) }
    }

    /// The master key.
    #[must_use]
    pub const fn master(&self) -> &MasterKey {
        &self.master
    }

    /// Takes over the database's keys, in place of those that were read before.
    pub fn install(&self, ring: Ring) {
        *self.ring.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(ring));
    }

    /// The database's keys, as they were read last.
    ///
    /// # Errors
    /// They have not been opened.
    pub fn ring(&self) -> Result<Arc<Ring>, VaultError> {
        self.ring.read().unwrap_or_else(PoisonError::into_inner).clone().ok_or(VaultError::Closed)
    }

    /// Whether the database's keys were read at another version of the reference data than this one.
    pub fn is_behind(&self, version: i64) -> bool {
        self.followed.load(Ordering::Relaxed) != version
    }

    /// Notes whether the master key has been replaced, so that this gateway cannot read what newer keys seal.
    pub fn note_retired(&self, is_retired: bool) {
        self.retired.store(is_retired, Ordering::Relaxed);
    }

    /// Whether the master key has been replaced: this gateway has to be started with the new one.
    #[must_use]
    pub fn is_retired(&self) -> bool {
        self.retired.load(Ordering::Relaxed)
    }

    /// Notes the version of the reference data at which the database's keys were read.
    pub fn followed(&self, version: i64) {
        self.followed.store(version, Ordering::Relaxed);
    }

    /// Seals a value by the database's newest key. `place` names the column and the row, so that a value copied
    /// elsewhere does not open.
    ///
    /// # Errors
    /// The database's keys are not opened, or the system gives no random numbers.
    pub fn seal(&self, place: &str, value: &[u8]) -> Result<Vec<u8>, VaultError> {
        self.ring()?.seal(place, value)
    }

    /// Opens what a key of the database sealed for the same place.
    ///
    /// # Errors
    /// It was sealed by another key or for another place, or is damaged.
    pub fn open(&self, place: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        self.ring()?.open(place, sealed)
    }

    /// Opens a text.
    ///
    /// # Errors
    /// As [`Self::open`]; or it is no text.
    pub fn open_text(&self, place: &str, sealed: &[u8]) -> Result<String, VaultError> {
        text(&self.open(place, sealed)?)
    }

    /// The blind index of a phone: equal for equal phones; it reveals nothing else.
    #[must_use]
    pub fn phone_index(&self, e164: &str) -> Vec<u8> {
        self.digest(KeyUse::Phones, &[e164.as_bytes()]).into_iter().take(16).collect()
    }

    /// The digest of a confirmation code over what it confirms.
    #[must_use]
    pub fn code_digest(&self, confirms: &str, code: &str) -> Vec<u8> {
        self.digest(KeyUse::Codes, &[confirms.as_bytes(), &[0], code.as_bytes()])
    }

    /// Whether a digest belongs to this code, in constant time.
    #[must_use]
    pub fn code_matches(&self, confirms: &str, code: &str, digest: &[u8]) -> bool {
        let Ok(ring) = self.ring() else { return false };
        let Some(key) = ring.key(KeyUse::Codes) else { return false };
        mac(key, &[confirms.as_bytes(), &[0], code.as_bytes()]).verify_slice(digest).is_ok()
    }

    /// The digest of a canonical request. Keyed, because requests hold phones, and a plain digest of a phone can be
    /// searched.
    #[must_use]
    pub fn request_digest(&self, canonical: &str) -> Vec<u8> {
        self.digest(KeyUse::Requests, &[canonical.as_bytes()])
    }

    /// What only a holder of the key can say of where a chain stands. `place` names the chain.
    #[must_use]
    pub fn chain_mac(&self, place: &str, head: &[u8]) -> Vec<u8> {
        self.digest(KeyUse::Chains, &[place.as_bytes(), &[0], head])
    }

    /// A keyed digest; an empty one, which nothing equals, while the keys are not opened.
    fn digest(&self, key: KeyUse, parts: &[&[u8]]) -> Vec<u8> {
        let ring = self.ring().ok();
        ring.and_then(|ring| Some(keyed(ring.key(key)?, parts).to_vec())).unwrap_or_default()
    }

    /// The text of a fresh master key, as a key file holds it.
    ///
    /// # Errors
    /// The system gives no random numbers.
    pub fn fresh_key() -> Result<Zeroizing<String>, VaultError> {
        MasterKey::fresh().map(|key| key.to_text())
    }

    /// A random number from the system's generator; `None` when it fails.
    #[must_use]
    pub fn random() -> Option<u64> {
        getrandom::u64().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vault() -> Vault {
        let vault = Vault::new(MasterKey::fresh().unwrap());
        vault.install(Ring::of(Ring::fresh().unwrap()).unwrap());
        vault
    }

    #[test]
    fn a_sealed_value_opens_in_its_own_place_only() {
        let vault = vault();
        let sealed = vault.seal("outbox.text:1", "+79161234567".as_bytes()).unwrap();
        assert!(!sealed.windows(4).any(|window| window == b"7916"));
        assert_eq!(vault.open_text("outbox.text:1", &sealed).unwrap(), "+79161234567");
        assert!(matches!(vault.open("outbox.text:2", &sealed), Err(VaultError::Sealed)));
        assert!(self::tests::vault().open("outbox.text:1", &sealed).is_err());
        assert!(vault.open("outbox.text:1", &[]).is_err());
    }

    #[test]
    fn a_code_matches_only_what_it_confirms() {
        let vault = vault();
        let digest = vault.code_digest("hold:1", "123456");
        assert!(vault.code_matches("hold:1", "123456", &digest));
        assert!(!vault.code_matches("hold:2", "123456", &digest));
        assert!(!vault.code_matches("hold:1", "123457", &digest));
    }

    #[test]
    fn nothing_is_sealed_and_no_code_matches_before_the_keys_are_opened() {
        let vault = Vault::new(MasterKey::fresh().unwrap());
        assert!(matches!(vault.seal("a", b"b"), Err(VaultError::Closed)));
        assert!(!vault.code_matches("hold:1", "123456", &vault.code_digest("hold:1", "123456")));
    }

    #[test]
    fn the_keys_are_read_once_for_each_version() {
        let vault = vault();
        // What could not be read is asked for again.
        assert!(vault.is_behind(1) && vault.is_behind(1));
        vault.followed(1);
        assert!(!vault.is_behind(1) && vault.is_behind(2));
    }
}
