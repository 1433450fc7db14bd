//! Who may call: passwords, and what was verified a moment ago.
//!
//! A password check costs tens of milliseconds on purpose; a till that calls ten times a second cannot pay that each time.
//! So a verified pair is remembered for a few minutes under a keyed digest whose key never leaves the process, positives
//! only, and forgotten as soon as the login changes.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use argon2::{
    Argon2,
    password_hash::{PasswordHash, PasswordHasher as _, PasswordVerifier as _, SaltString},
};
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

use crate::domain::reference::{Actor, Credential, Reference};

/// What a call brings along to prove who it is.
#[derive(Clone)]
pub struct Login {
    /// The name.
    pub name: String,
    /// The password.
    pub password: Zeroizing<String>,
}

impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Login(…)")
    }
}

/// Why a call is not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// No such login, wrong password, or switched off: the caller is not told which.
    #[error("unknown login or wrong password")]
    Wrong,
    /// Too many passwords are being checked.
    #[error("too many passwords are being checked")]
    Busy,
}

/// The limits of the gate, each with its unit.
#[derive(Debug, Clone)]
pub struct GateLimits {
    /// How long a verified pair is remembered.
    pub cache_ttl: Duration,
    /// How many are.
    pub cache_entries_max: usize,
    /// How many passwords are checked at once.
    pub checks_parallel_max: usize,
    /// How many may wait to be checked.
    pub checks_waiting_max: usize,
}

/// Checks logins.
pub struct Gate {
    limits: GateLimits,
    key: Zeroizing<[u8; 32]>,
    verified: Mutex<HashMap<[u8; 32], Verified>>,
    checking: Semaphore,
    waiting: Semaphore,
    decoy: String,
}

struct Verified {
    version: i64,
    until: Instant,
}

/// Why a password cannot be hashed, or the gate not be set up.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// The system gives no random numbers.
    #[error("the system's random number generator failed: {0}")]
    Random(getrandom::Error),
    /// The hash function refused.
    #[error("a password could not be hashed: {0}")]
    Hash(argon2::password_hash::Error),
}

/// Hashes a password with a fresh salt: Argon2id in PHC notation. Costs tens of milliseconds.
///
/// # Errors
/// The system gives no random numbers.
pub fn hash_password(password: &str) -> Result<String, AccessError> {
    let mut salt = [0_u8; 16];
    getrandom::fill(&mut salt).map_err(AccessError::Random)?;
    let salt = SaltString::encode_b64(&salt).map_err(AccessError::Hash)?;
    let hash = Argon2::default().hash_password(password.as_bytes(), &salt).map_err(AccessError::Hash)?;
    Ok(hash.to_string())
}

impl Gate {
    /// A gate that remembers nobody yet.
    ///
    /// # Errors
    /// The system gives no random numbers.
    pub fn new(limits: GateLimits) -> Result<Self, AccessError> {
        let mut key = Zeroizing::new([0_u8; 32]);
        getrandom::fill(key.as_mut_slice()).map_err(AccessError::Random)?;
        Ok(Self {
            key,
            verified: Mutex::default(),
            checking: Semaphore::new(limits.checks_parallel_max.max(1)),
            waiting: Semaphore::new(limits.checks_waiting_max.max(1)),
            // Unknown logins are checked against this, so that they cost what known ones cost.
            decoy: hash_password("никто")?,
            limits,
        })
    }

    /// Who a login is.
    ///
    /// # Errors
    /// It is nobody, or too many are being checked.
    pub async fn admit(&self, reference: &Arc<Reference>, login: &Login) -> Result<Actor, Denied> {
        let credential = reference.credentials.get(&login.name).filter(|credential| !credential.disabled);
        let digest = self.digest(login);
        if let Some(credential) = credential
            && self.is_verified(&digest, credential)
        {
            return reference.actor(credential).ok_or(Denied::Wrong);
        }
        let hash = credential.map_or_else(|| self.decoy.clone(), |credential| credential.password_hash.clone());
        let _place = self.waiting.try_acquire().map_err(|_| Denied::Busy)?;
        let _turn = self.checking.acquire().await.map_err(|_| Denied::Busy)?;
        let password = login.password.clone();
        let matches = tokio::task::spawn_blocking(move || verify(&password, &hash)).await.unwrap_or(false);
        match credential {
            Some(credential) if matches => {
                self.remember(digest, credential);
                reference.actor(credential).ok_or(Denied::Wrong)
            }
            Some(_) | None => Err(Denied::Wrong),
        }
    }

    fn digest(&self, login: &Login) -> [u8; 32] {
        let Ok(mut mac) = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(self.key.as_slice()) else { return [0; 32] };
        mac.update(login.name.as_bytes());
        mac.update(&[0]);
        mac.update(login.password.as_bytes());
        mac.finalize().into_bytes().into()
    }

    fn is_verified(&self, digest: &[u8; 32], credential: &Credential) -> bool {
        let verified = self.verified.lock().unwrap_or_else(PoisonError::into_inner);
        verified.get(digest).is_some_and(|entry| entry.version == credential.version && entry.until > Instant::now())
    }

    fn remember(&self, digest: [u8; 32], credential: &Credential) {
        let mut verified = self.verified.lock().unwrap_or_else(PoisonError::into_inner);
        if verified.len() >= self.limits.cache_entries_max {
            let now = Instant::now();
            verified.retain(|_, entry| entry.until > now);
        }
        if verified.len() < self.limits.cache_entries_max {
            verified.insert(
                digest,
                Verified { version: credential.version, until: Instant::now() + self.limits.cache_ttl },
            );
        }
    }
}

fn verify(password: &str, hash: &str) -> bool {
    PasswordHash::new(hash).is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        ids::{CredentialId, NetworkId, PartnerId, ProgrammeId},
        reference::{Network, Roles},
    };

    fn reference(version: i64, password: &str) -> Arc<Reference> {
        let mut reference = Reference::default();
        let network = NetworkId(1);
        reference.networks.insert(
            network,
            Network {
                id: network,
                partner: PartnerId(1),
                programme: ProgrammeId(1),
                code: "n".into(),
                name: "N".into(),
            },
        );
        reference.credentials.insert(
            "касса".into(),
            Credential {
                id: CredentialId(1),
                login: "касса".into(),
                password_hash: hash_password(password).unwrap(),
                version,
                disabled: false,
                roles: Roles::TILL,
                partner: PartnerId(1),
                network,
                store: None,
                till: None,
            },
        );
        Arc::new(reference)
    }

    fn gate() -> Gate {
        Gate::new(GateLimits {
            cache_ttl: Duration::from_secs(60),
            cache_entries_max: 10,
            checks_parallel_max: 1,
            checks_waiting_max: 10,
        })
        .unwrap()
    }

    fn login(password: &str) -> Login {
        Login { name: "касса".into(), password: Zeroizing::new(password.into()) }
    }

    #[tokio::test]
    async fn a_changed_password_forgets_what_was_verified() {
        let gate = gate();
        let before = reference(1, "старый");
        assert!(gate.admit(&before, &login("старый")).await.is_ok());
        assert!(gate.admit(&before, &login("старый")).await.is_ok());
        let after = reference(2, "новый");
        assert_eq!(gate.admit(&after, &login("старый")).await.unwrap_err(), Denied::Wrong);
        assert!(gate.admit(&after, &login("новый")).await.is_ok());
    }

    #[tokio::test]
    async fn a_stranger_is_nobody() {
        let stranger = Login { name: "чужой".into(), password: Zeroizing::new("x".into()) };
        assert_eq!(gate().admit(&reference(1, "x"), &stranger).await.unwrap_err(), Denied::Wrong);
        assert_eq!(format!("{stranger:?}"), "Login(…)");
    }
}
