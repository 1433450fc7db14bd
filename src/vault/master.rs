//! The master key. It is kept outside of the database and opens the database's keys.

use std::{fmt, fs, io::Write as _, path::Path};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chacha20poly1305::XChaCha20Poly1305;
use zeroize::Zeroizing;

use crate::vault::{
    error::VaultError,
    primitives::{KEY_BYTES, cipher, keyed, open, random, seal},
    ring::{KeyUse, RingKey},
};

/// The length of a fingerprint in bytes.
const FINGERPRINT_BYTES: usize = 8;

/// The fingerprint of a master key. It tells nothing about the key, so it may be shown and stored.
#[derive(Clone, PartialEq, Eq)]
pub struct Fingerprint(Vec<u8>);

impl Fingerprint {
    /// The bytes that are stored.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Reads stored bytes.
    #[must_use]
    pub const fn of(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The master key. It is wiped from memory when dropped; Debug shows its fingerprint.
pub struct MasterKey {
    bytes: Zeroizing<[u8; KEY_BYTES]>,
    fingerprint: Fingerprint,
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MasterKey({})", self.fingerprint)
    }
}

impl MasterKey {
    /// The key of these bytes.
    #[must_use]
    pub fn new(bytes: Zeroizing<[u8; KEY_BYTES]>) -> Self {
        let digest = keyed(&bytes, &[b"fingerprint"]);
        let fingerprint = Fingerprint(digest.into_iter().take(FINGERPRINT_BYTES).collect());
        Self { bytes, fingerprint }
    }

    /// Reads the key from Base64.
    ///
    /// # Errors
    /// The text is not 32 bytes in Base64.
    pub fn from_text(text: &str) -> Result<Self, VaultError> {
        let decoded = Zeroizing::new(STANDARD.decode(text.trim()).map_err(|_| VaultError::Malformed)?);
        let bytes: [u8; KEY_BYTES] = decoded.as_slice().try_into().map_err(|_| VaultError::Malformed)?;
        Ok(Self::new(Zeroizing::new(bytes)))
    }

    /// Reads a key file. If there is none, makes one with a fresh key, readable by its owner only.
    ///
    /// # Errors
    /// The file cannot be read or made, or does not hold a key.
    pub fn from_file(path: &Path, may_create: bool) -> Result<Self, VaultError> {
        match fs::read_to_string(path).map(Zeroizing::new) {
            Ok(text) => Self::from_text(&text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && may_create => {
                let key = Self::fresh()?;
                key.write_to(path)?;
                Ok(key)
            }
            Err(source) => Err(VaultError::File { path: path.display().to_string(), source }),
        }
    }

    /// A fresh key.
    ///
    /// # Errors
    /// The system gives no random numbers.
    pub fn fresh() -> Result<Self, VaultError> {
        random().map(Self::new)
    }

    /// Writes the key into a new file, readable by its owner only.
    ///
    /// # Errors
    /// The file exists, or cannot be made.
    pub fn write_to(&self, path: &Path) -> Result<(), VaultError> {
        let failed = |source| VaultError::File { path: path.display().to_string(), source };
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path).map_err(failed)?;
        file.write_all(self.to_text().as_bytes()).and_then(|()| file.sync_all()).map_err(failed)
    }

    /// The key in Base64, for a key file.
    #[must_use]
    pub fn to_text(&self) -> Zeroizing<String> {
        Zeroizing::new(STANDARD.encode(self.bytes.as_slice()))
    }

    /// The key's bytes, for its escrow.
    pub(super) fn bytes(&self) -> &[u8; KEY_BYTES] {
        &self.bytes
    }

    /// Its fingerprint.
    #[must_use]
    pub const fn fingerprint(&self) -> &Fingerprint {
        &self.fingerprint
    }

    /// Seals a key of the database.
    ///
    /// # Errors
    /// The system gives no random numbers.
    pub fn seal(&self, key: &RingKey) -> Result<Vec<u8>, VaultError> {
        seal(&self.wrapping(), &[], &place(key.id, key.key_use), key.bytes.as_slice())
    }

    /// Opens a key of the database.
    ///
    /// # Errors
    /// It was sealed with another master key, or is damaged.
    pub fn open(&self, id: u8, key_use: KeyUse, sealed: &[u8]) -> Result<RingKey, VaultError> {
        let bytes = open(&self.wrapping(), &place(id, key_use), sealed)?;
        let bytes: [u8; KEY_BYTES] = bytes.as_slice().try_into().map_err(|_| VaultError::Sealed)?;
        Ok(RingKey { id, key_use, bytes: Zeroizing::new(bytes) })
    }

    /// The keys that earlier programs derived from the master key. Old databases have values and digests that were made
    /// with them.
    #[must_use]
    pub fn derived(&self) -> Vec<RingKey> {
        let label = |key_use| match key_use {
            KeyUse::Sealing => "columns",
            KeyUse::Phones => "phones",
            KeyUse::Codes => "codes",
            KeyUse::Requests => "requests",
            KeyUse::Chains => "chains",
        };
        let derive = |key_use| {
            let bytes = Zeroizing::new(keyed(&self.bytes, &[str::as_bytes(label(key_use))]));
            RingKey { id: RingKey::DERIVED, key_use, bytes }
        };
        KeyUse::ALL.map(derive).into()
    }

    /// The cipher for the database's keys. Its key is a separate digest of the master key, different from all derived
    /// keys.
    fn wrapping(&self) -> XChaCha20Poly1305 {
        cipher(&Zeroizing::new(keyed(&self.bytes, &[b"database keys"])))
    }
}

fn place(id: u8, key_use: KeyUse) -> String {
    format!("database_keys.key_sealed:{}:{id}", key_use.word())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_must_be_a_key() {
        assert!(matches!(MasterKey::from_text("короткий"), Err(VaultError::Malformed)));
        assert!(matches!(MasterKey::from_text("AAAA"), Err(VaultError::Malformed)));
    }

    #[test]
    fn a_key_of_the_database_opens_by_its_master_and_for_its_own_use_only() {
        let (master, other) = (MasterKey::fresh().unwrap(), MasterKey::fresh().unwrap());
        let key = RingKey::fresh(2, KeyUse::Sealing).unwrap();
        let sealed = master.seal(&key).unwrap();
        assert_eq!(master.open(2, KeyUse::Sealing, &sealed).unwrap().bytes, key.bytes);
        assert!(master.open(3, KeyUse::Sealing, &sealed).is_err());
        assert!(master.open(2, KeyUse::Phones, &sealed).is_err());
        assert!(other.open(2, KeyUse::Sealing, &sealed).is_err());
        assert_ne!(master.fingerprint(), other.fingerprint());
        let again = MasterKey::from_text(&master.to_text()).unwrap();
        assert_eq!(again.fingerprint(), master.fingerprint());
    }
}
