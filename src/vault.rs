//! Keys and what is done with them: sealed personal columns, the blind index of phones, digests of codes and requests.
//!
//! One master key of 32 bytes lives outside of the database (a file, or the environment); a key of its own is derived
//! from it for each use, so that no digest of one kind can stand for another.

use std::{fs, io::Write as _, path::Path};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chacha20poly1305::{
    XChaCha20Poly1305, XNonce,
    aead::{Aead as _, KeyInit as _, Payload},
};
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

/// The first byte of every sealed value: which key sealed it. Rotation will add the next.
const KEY_ID: u8 = 1;
const NONCE_BYTES: usize = 24;
const MASTER_KEY_BYTES: usize = 32;

/// The keys derived from the master key. Debug shows nothing.
pub struct Vault {
    columns: XChaCha20Poly1305,
    phones: Zeroizing<[u8; 32]>,
    codes: Zeroizing<[u8; 32]>,
    requests: Zeroizing<[u8; 32]>,
    chains: Zeroizing<[u8; 32]>,
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vault(…)")
    }
}

/// What can be wrong with a key or with what it sealed.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// The key file cannot be read or written.
    #[error(
        "key file {path}: {source}; an existing database needs the key that it was made with: restore the file, or set security.key_file"
    )]
    File {
        /// Which.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The key is not 32 bytes in Base64.
    #[error("the key must be 32 bytes in Base64; make one with `head -c 32 /dev/urandom | base64`")]
    Malformed,
    /// The system gives no random numbers.
    #[error("the system's random number generator failed: {0}")]
    Random(getrandom::Error),
    /// A sealed value does not open: it was sealed by another key, or for another row, or is damaged.
    #[error("a sealed value does not open: wrong key file for this database, or damaged data")]
    Sealed,
}

impl Vault {
    /// From the key's Base64 text.
    ///
    /// # Errors
    /// The text is not 32 bytes in Base64.
    pub fn from_text(text: &str) -> Result<Self, VaultError> {
        let master = Zeroizing::new(STANDARD.decode(text.trim()).map_err(|_| VaultError::Malformed)?);
        if master.len() != MASTER_KEY_BYTES {
            return Err(VaultError::Malformed);
        }
        let derive = |label: &str| Zeroizing::new(keyed(&master, &[label.as_bytes()]));
        let columns = derive("columns");
        Ok(Self {
            columns: XChaCha20Poly1305::new(columns.as_slice().into()),
            phones: derive("phones"),
            codes: derive("codes"),
            requests: derive("requests"),
            chains: derive("chains"),
        })
    }

    /// From a key file; where there is none, one is made with a fresh key, readable by its owner only.
    ///
    /// # Errors
    /// The file cannot be read or made, or holds no key.
    pub fn from_file(path: &Path, may_create: bool) -> Result<Self, VaultError> {
        let failed = |source| VaultError::File { path: path.display().to_string(), source };
        match fs::read_to_string(path) {
            Ok(text) => Self::from_text(&text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && may_create => {
                let text = Self::fresh_key()?;
                let mut options = fs::OpenOptions::new();
                options.write(true).create_new(true);
                #[cfg(unix)]
                std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
                let mut file = options.open(path).map_err(failed)?;
                file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
                Self::from_text(&text)
            }
            Err(error) => Err(failed(error)),
        }
    }

    /// A fresh key as Base64 text.
    ///
    /// # Errors
    /// The system gives no random numbers.
    pub fn fresh_key() -> Result<Zeroizing<String>, VaultError> {
        let mut key = Zeroizing::new([0_u8; MASTER_KEY_BYTES]);
        getrandom::fill(key.as_mut_slice()).map_err(VaultError::Random)?;
        Ok(Zeroizing::new(STANDARD.encode(key.as_slice())))
    }

    /// Seals a personal value. `place` names the column and the row, so that a value copied elsewhere does not open.
    ///
    /// # Errors
    /// The system gives no random numbers.
    pub fn seal(&self, place: &str, value: &str) -> Result<Vec<u8>, VaultError> {
        let mut nonce = [0_u8; NONCE_BYTES];
        getrandom::fill(&mut nonce).map_err(VaultError::Random)?;
        let payload = Payload { msg: value.as_bytes(), aad: place.as_bytes() };
        let sealed = self.columns.encrypt(XNonce::from_slice(&nonce), payload).map_err(|_| VaultError::Sealed)?;
        let mut bytes = Vec::with_capacity(1 + NONCE_BYTES + sealed.len());
        bytes.push(KEY_ID);
        bytes.extend_from_slice(&nonce);
        bytes.extend_from_slice(&sealed);
        Ok(bytes)
    }

    /// Opens what [`Self::seal`] sealed for the same place.
    ///
    /// # Errors
    /// It was sealed by another key or for another place, or is damaged.
    pub fn open(&self, place: &str, bytes: &[u8]) -> Result<String, VaultError> {
        let (key_id, rest) = bytes.split_first().ok_or(VaultError::Sealed)?;
        if *key_id != KEY_ID || rest.len() < NONCE_BYTES {
            return Err(VaultError::Sealed);
        }
        let (nonce, sealed) = rest.split_at(NONCE_BYTES);
        let payload = Payload { msg: sealed, aad: place.as_bytes() };
        let plain = self.columns.decrypt(XNonce::from_slice(nonce), payload).map_err(|_| VaultError::Sealed)?;
        String::from_utf8(plain).map_err(|_| VaultError::Sealed)
    }

    /// The blind index of a phone: equal phones, equal indexes, and nothing else can be read out of it.
    #[must_use]
    pub fn phone_index(&self, e164: &str) -> Vec<u8> {
        keyed(self.phones.as_slice(), &[e164.as_bytes()]).into_iter().take(16).collect()
    }

    /// The digest of a confirmation code over what it confirms.
    #[must_use]
    pub fn code_digest(&self, confirms: &str, code: &str) -> Vec<u8> {
        keyed(self.codes.as_slice(), &[confirms.as_bytes(), &[0], code.as_bytes()]).to_vec()
    }

    /// Whether a digest is the one of this code; in constant time.
    #[must_use]
    pub fn code_matches(&self, confirms: &str, code: &str, digest: &[u8]) -> bool {
        mac(self.codes.as_slice(), &[confirms.as_bytes(), &[0], code.as_bytes()])
            .is_some_and(|mac| mac.verify_slice(digest).is_ok())
    }

    /// The digest of a canonical request. Keyed, because requests hold phones, and a plain digest of a phone can be searched.
    #[must_use]
    pub fn request_digest(&self, canonical: &str) -> Vec<u8> {
        keyed(self.requests.as_slice(), &[canonical.as_bytes()]).to_vec()
    }

    /// What only a holder of the key can say of where a chain stands. `place` names the chain.
    #[must_use]
    pub fn chain_mac(&self, place: &str, head: &[u8]) -> Vec<u8> {
        keyed(self.chains.as_slice(), &[place.as_bytes(), &[0], head]).to_vec()
    }

    /// A random number from the system's generator; nothing when the system gives none.
    #[must_use]
    pub fn random() -> Option<u64> {
        getrandom::u64().ok()
    }
}

fn mac(key: &[u8], parts: &[&[u8]]) -> Option<Hmac<Sha256>> {
    let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(key).ok()?;
    for part in parts {
        mac.update(part);
    }
    Some(mac)
}

fn keyed(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    // HMAC takes keys of any length, so there is always one.
    mac(key, parts).map_or([0; 32], |mac| mac.finalize().into_bytes().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vault() -> Vault {
        Vault::from_text(&STANDARD.encode([7_u8; 32])).unwrap()
    }

    #[test]
    fn a_sealed_value_opens_in_its_own_place_only() {
        let sealed = vault().seal("customers.phone:1", "+79161234567").unwrap();
        assert!(!sealed.windows(4).any(|window| window == b"7916"));
        assert_eq!(vault().open("customers.phone:1", &sealed).unwrap(), "+79161234567");
        assert!(vault().open("customers.phone:2", &sealed).is_err());
        let other = Vault::from_text(&STANDARD.encode([8_u8; 32])).unwrap();
        assert!(other.open("customers.phone:1", &sealed).is_err());
        assert!(vault().open("customers.phone:1", &[]).is_err());
    }

    #[test]
    fn a_code_matches_only_what_it_confirms() {
        let digest = vault().code_digest("hold:1", "123456");
        assert!(vault().code_matches("hold:1", "123456", &digest));
        assert!(!vault().code_matches("hold:2", "123456", &digest));
        assert!(!vault().code_matches("hold:1", "123457", &digest));
    }

    #[test]
    fn a_key_must_be_a_key() {
        assert!(matches!(Vault::from_text("короткий"), Err(VaultError::Malformed)));
        assert!(matches!(Vault::from_text("AAAA"), Err(VaultError::Malformed)));
    }
}
