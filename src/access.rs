//! Authentication: password checks and their cache.
//!
//! A password check takes tens of milliseconds by design, too long for a till that calls ten times a second. So a
//! verified pair is cached for a few minutes under a keyed digest, whose key never leaves the process. A change of the
//! login invalidates it. Wrong passwords are counted by address, and by login and address together: guessing is slow,
//! and no login can be locked from elsewhere.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::{Duration, Instant},
};

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{Output, PasswordHash, PasswordHasher as _, Salt, SaltString},
};
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

use crate::{
    domain::reference::{Actor, Credential, Reference},
    secret::Secret,
};

mod memory;

pub use self::memory::Memory;

/// The credentials of a call.
#[derive(Clone)]
pub struct Login {
    /// The name.
    pub name: String,
    /// The password.
    pub password: Secret,
}

impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Login(…)")
    }
}

/// Why a call is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// Unknown login, wrong password or disabled login: the answer does not say which.
    #[error("unknown login or wrong password")]
    Wrong,
    /// Too many passwords are being checked.
    #[error("too many passwords are being checked")]
    Busy,
    /// Too many wrong passwords came from this address.
    #[error("too many wrong passwords came from this address")]
    TooMany,
}

/// The limits of authentication, each with its unit.
#[derive(Debug, Clone)]
pub struct GateLimits {
    /// How long a verified pair is cached.
    pub cache_ttl: Duration,
    /// The size of the cache, in pairs.
    pub cache_entries_max: usize,
    /// How many passwords are checked at once.
    pub checks_parallel_max: usize,
    /// How many may wait to be checked.
    pub checks_waiting_max: usize,
    /// How many wrong passwords an address may send within the window.
    pub failures_per_address_max: u32,
    /// How many wrong passwords an address may send for one login within the window.
    pub failures_per_login_max: u32,
    /// How long a wrong password counts.
    pub failures_window: Duration,
}

/// A block of SHA-256, the natural length of a key of HMAC.
const DIGEST_KEY_BYTES: usize = 64;

/// The most addresses and logins that are counted at once. Beyond that only those who are kept out stay counted.
const COUNTED_MAX: usize = 100_000;

/// The hash for unknown logins, so that they take as long as known ones; no matching password is known. It is a
/// constant, because hashing takes as long as a check and would delay the start.
const DECOY: &str = "$argon2id$v=19$m=19456,t=2,p=1$45hd9ZP1pG0fEqL+m4dGgQ$qSVb0Jg74tvP7G4VqUFoG4pwJnJoeQrucd6/c5b3nxg";

/// Checks logins.
pub struct Gate {
    limits: GateLimits,
    memory: Memory,
    key: Zeroizing<[u8; DIGEST_KEY_BYTES]>,
    verified: Mutex<HashMap<[u8; 32], Verified>>,
    checking: Semaphore,
    waiting: Semaphore,
    flights: Mutex<HashMap<[u8; 32], Weak<tokio::sync::Mutex<()>>>>,
    failures: Mutex<HashMap<(IpAddr, Option<String>), Failures>>,
}

struct Verified {
    version: i64,
    until: Instant,
}

struct Failures {
    count: u32,
    since: Instant,
}

/// Why a password cannot be hashed, or authentication cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// The system gives no random numbers.
    #[error("the system's random number generator failed: {0}")]
    Random(getrandom::Error),
    /// The hash function refused.
    #[error("a password could not be hashed: {0}")]
    Hash(argon2::password_hash::Error),
}

/// The key of a passphrase with a salt, for what is sealed under it: Argon2id with 64 MiB in three passes, since nobody
/// waits for it.
///
/// # Errors
/// The salt is shorter than eight bytes.
pub fn passphrase_key(passphrase: &str, salt: &[u8]) -> Result<Zeroizing<[u8; 32]>, AccessError> {
    let params = Params::new(65_536, 3, 1, Some(32)).map_err(|error| AccessError::Hash(error.into()))?;
    let mut key = Zeroizing::new([0; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.as_bytes(), salt, key.as_mut_slice())
        .map_err(|error| AccessError::Hash(error.into()))?;
    Ok(key)
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
    /// Authentication with an empty cache, which checks passwords in this memory.
    ///
    /// # Errors
    /// The system gives no random numbers.
    pub fn new(limits: GateLimits, memory: Memory) -> Result<Self, AccessError> {
        let mut key = Zeroizing::new([0_u8; DIGEST_KEY_BYTES]);
        getrandom::fill(key.as_mut_slice()).map_err(AccessError::Random)?;
        Ok(Self {
            memory,
            key,
            verified: Mutex::default(),
            checking: Semaphore::new(limits.checks_parallel_max.max(1)),
            waiting: Semaphore::new(limits.checks_waiting_max.max(1)),
            flights: Mutex::default(),
            failures: Mutex::default(),
            limits,
        })
    }

    /// Whether this address, or this login from it, has guessed too often to be asked again now.
    #[must_use]
    pub fn is_barred(&self, peer: IpAddr, name: &str) -> bool {
        self.has_guessed_too_often(counted_as(peer), name)
    }

    /// Authenticates a call from an address.
    ///
    /// # Errors
    /// The login is unknown or its password wrong, too many are being checked, or the address has guessed too often.
    pub async fn admit(&self, reference: &Arc<Reference>, login: &Login, peer: IpAddr) -> Result<Actor, Denied> {
        let peer = counted_as(peer);
        let credential = reference.credential(&login.name).filter(|credential| !credential.disabled);
        let digest = self.digest(login);
        if let Some(credential) = credential
            && self.is_verified(&digest, credential)
        {
            return reference.actor(credential).ok_or(Denied::Wrong);
        }
        if self.has_guessed_too_often(peer, &login.name) {
            return Err(Denied::TooMany);
        }
        let _place = self.waiting.try_acquire().map_err(|_| Denied::Busy)?;
        // Tills of one login that start at once share one check: the others find the cached result.
        let flight = self.flight(digest);
        let _alone = flight.lock().await;
        if let Some(credential) = credential
            && self.is_verified(&digest, credential)
        {
            return reference.actor(credential).ok_or(Denied::Wrong);
        }
        let hash = credential.map_or_else(|| DECOY.to_owned(), |credential| credential.password_hash.clone());
        let _turn = self.checking.acquire().await.map_err(|_| Denied::Busy)?;
        let (password, memory) = (login.password.clone(), self.memory.clone());
        let checked = tokio::task::spawn_blocking(move || verify(password.reveal(), &hash, &memory)).await;
        self.memory.let_go_later();
        let matches = checked.unwrap_or(false);
        match credential {
            Some(credential) if matches => {
                self.remember(digest, credential);
                reference.actor(credential).ok_or(Denied::Wrong)
            }
            Some(_) | None => {
                self.count_failure(peer, &login.name);
                Err(Denied::Wrong)
            }
        }
    }

    /// Runs work that hashes a password where passwords are checked: beside the threads of the calls, no more at a time
    /// than checks. `None` when the work has panicked.
    ///
    /// # Errors
    /// [`Denied::Busy`]: too many wait already.
    pub async fn hash<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<Option<T>, Denied> {
        let _place = self.waiting.try_acquire().map_err(|_| Denied::Busy)?;
        let _turn = self.checking.acquire().await.map_err(|_| Denied::Busy)?;
        Ok(tokio::task::spawn_blocking(work).await.ok())
    }

    /// The lock shared by concurrent checks of one pair.
    fn flight(&self, digest: [u8; 32]) -> Arc<tokio::sync::Mutex<()>> {
        let mut flights = unpoisoned(&self.flights);
        if let Some(flight) = flights.get(&digest).and_then(Weak::upgrade) {
            return flight;
        }
        flights.retain(|_, flight| flight.strong_count() > 0);
        let flight = Arc::new(tokio::sync::Mutex::new(()));
        flights.insert(digest, Arc::downgrade(&flight));
        flight
    }

    fn has_guessed_too_often(&self, peer: IpAddr, name: &str) -> bool {
        let failures = unpoisoned(&self.failures);
        let count = |key: &(IpAddr, Option<String>)| {
            let counted = failures.get(key).filter(|counted| counted.since.elapsed() < self.limits.failures_window);
            counted.map_or(0, |counted| counted.count)
        };
        count(&(peer, None)) >= self.limits.failures_per_address_max
            || count(&(peer, Some(name.to_owned()))) >= self.limits.failures_per_login_max
    }

    fn count_failure(&self, peer: IpAddr, name: &str) {
        let mut failures = unpoisoned(&self.failures);
        if failures.len() >= COUNTED_MAX {
            failures.retain(|_, counted| counted.since.elapsed() < self.limits.failures_window);
        }
        if failures.len() >= COUNTED_MAX {
            // Whoever is kept out stays out; those who have guessed less begin anew.
            let (per_address, per_login) = (self.limits.failures_per_address_max, self.limits.failures_per_login_max);
            failures
                .retain(|(_, login), counted| counted.count >= if login.is_some() { per_login } else { per_address });
        }
        if failures.len() >= COUNTED_MAX {
            return;
        }
        for key in [(peer, None), (peer, Some(name.to_owned()))] {
            let counted = failures.entry(key).or_insert_with(|| Failures { count: 0, since: Instant::now() });
            if counted.since.elapsed() >= self.limits.failures_window {
                *counted = Failures { count: 0, since: Instant::now() };
            }
            counted.count = counted.count.saturating_add(1);
        }
    }

    fn digest(&self, login: &Login) -> [u8; 32] {
        let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new((&*self.key).into());
        mac.update(login.name.as_bytes());
        mac.update(&[0]);
        mac.update(login.password.reveal().as_bytes());
        mac.finalize().into_bytes().into()
    }

    fn is_verified(&self, digest: &[u8; 32], credential: &Credential) -> bool {
        let verified = unpoisoned(&self.verified);
        verified.get(digest).is_some_and(|entry| entry.version == credential.version && entry.until > Instant::now())
    }

    fn remember(&self, digest: [u8; 32], credential: &Credential) {
        let mut verified = unpoisoned(&self.verified);
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

/// The address that guesses are counted for: of IPv6 the network of 64 bits, since whoever has one address has all of it.
fn counted_as(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V6(address) => {
            let [first, second, third, fourth, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(first, second, third, fourth, 0, 0, 0, 0))
        }
        address @ IpAddr::V4(_) => address,
    }
}

/// Ignores poisoning: every guarded value is changed in one step, so it stays consistent after a panic.
fn unpoisoned<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether a hash is this password's; takes tens of milliseconds.
#[must_use]
pub fn is_password(password: &str, hash: &str) -> bool {
    verify(password, hash, &Memory::default())
}

/// Whether it is the hash of this password. The hash holds its own cost parameters.
fn verify(password: &str, hash: &str, memory: &Memory) -> bool {
    PasswordHash::new(hash).ok().and_then(|hash| matches(password, &hash, memory)).unwrap_or(false)
}

/// The same; `None` when it is not an Argon2 hash.
fn matches(password: &str, hash: &PasswordHash<'_>, memory: &Memory) -> Option<bool> {
    let algorithm = Algorithm::try_from(hash.algorithm).ok()?;
    let version = hash.version.map_or(Ok(Version::default()), Version::try_from).ok()?;
    let params = Params::try_from(hash).ok()?;
    let (wanted, mut salt) = (hash.hash?, [0_u8; Salt::MAX_LENGTH]);
    let salt = hash.salt?.decode_b64(&mut salt).ok()?;
    let mut blocks = memory.take(params.block_count());
    let argon2 = Argon2::new(algorithm, version, params);
    let made = Output::init_with(wanted.len(), |out| {
        Ok(argon2.hash_password_into_with_memory(password.as_bytes(), salt, out, &mut blocks)?)
    });
    memory.leave(blocks);
    // Compared in constant time.
    made.ok().map(|made| made == wanted)
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
        Arc::make_mut(&mut reference.networks).insert(
            network,
            Network {
                id: network,
                partner: PartnerId(1),
                programme: ProgrammeId(1),
                code: "n".into(),
                name: "N".into(),
                disabled: false,
            },
        );
        Arc::make_mut(&mut reference.credentials).insert(
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

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
    const ELSEWHERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(127, 0, 0, 2));

    fn gate() -> Gate {
        let limits = GateLimits {
            cache_ttl: Duration::from_secs(60),
            cache_entries_max: 10,
            checks_parallel_max: 1,
            checks_waiting_max: 10,
            failures_per_address_max: 5,
            failures_per_login_max: 2,
            failures_window: Duration::from_secs(3_600),
        };
        Gate::new(limits, Memory::default()).unwrap()
    }

    fn login(password: &str) -> Login {
        Login { name: "касса".into(), password: Secret::new(password) }
    }

    #[tokio::test]
    async fn a_changed_password_forgets_what_was_verified() {
        let gate = gate();
        let before = reference(1, "старый");
        assert!(gate.admit(&before, &login("старый"), HERE).await.is_ok());
        assert!(gate.admit(&before, &login("старый"), HERE).await.is_ok());
        let after = reference(2, "новый");
        assert_eq!(gate.admit(&after, &login("старый"), HERE).await.unwrap_err(), Denied::Wrong);
        assert!(gate.admit(&after, &login("новый"), HERE).await.is_ok());
    }

    #[test]
    fn the_decoy_costs_what_a_password_costs() {
        let cost = |hash: &str| {
            let hash = PasswordHash::new(hash).unwrap();
            (hash.algorithm.to_string(), hash.version, hash.params.to_string(), hash.hash.map(|hash| hash.len()))
        };
        assert_eq!(cost(DECOY), cost(&hash_password("x").unwrap()));
        assert!(!verify("x", DECOY, &Memory::default()));
    }

    #[test]
    fn what_the_memory_was_used_for_before_makes_no_difference() {
        let (memory, hash) = (Memory::default(), hash_password("пароль").unwrap());
        let checked: Vec<bool> =
            ["пароль", "другой", "пароль", "пароль"].iter().map(|word| verify(word, &hash, &memory)).collect();
        assert_eq!(checked, [true, false, true, true]);
        assert!(!verify("пароль", "не хеш", &memory));
        assert!(!verify("пароль", "$argon2id$v=19$m=19456,t=2,p=1$45hd9ZP1pG0fEqL+m4dGgQ", &memory));
    }

    #[tokio::test]
    async fn hashing_waits_with_the_checks_and_is_refused_with_them() {
        let gate = Gate { checking: Semaphore::new(1), waiting: Semaphore::new(2), ..gate() };
        let turn = gate.checking.acquire().await.unwrap();
        let (first, second) = (gate.hash(|| 1), gate.hash(|| 2));
        tokio::pin!(first, second);
        assert!(waits(&mut first).await && waits(&mut second).await);
        assert_eq!(gate.hash(|| 3).await, Err(Denied::Busy));
        drop(turn);
        assert_eq!(tokio::join!(first, second), (Ok(Some(1)), Ok(Some(2))));
    }

    /// Whether a future waits after it was polled once.
    async fn waits<F: Future + Unpin>(future: &mut F) -> bool {
        tokio::select! {
            biased;
            _ = future => false,
            () = std::future::ready(()) => true,
        }
    }

    #[tokio::test]
    async fn a_stranger_is_nobody() {
        let stranger = Login { name: "чужой".into(), password: Secret::new("x") };
        assert_eq!(gate().admit(&reference(1, "x"), &stranger, HERE).await.unwrap_err(), Denied::Wrong);
        assert_eq!(format!("{stranger:?}"), "Login(…)");
    }

    #[tokio::test]
    async fn guessing_is_slow_and_locks_nobody_out() {
        let gate = gate();
        let reference = reference(1, "верный");
        assert!(gate.admit(&reference, &login("верный"), HERE).await.is_ok());
        for guess in ["а", "б"] {
            assert_eq!(gate.admit(&reference, &login(guess), HERE).await.unwrap_err(), Denied::Wrong);
        }
        assert_eq!(gate.admit(&reference, &login("в"), HERE).await.unwrap_err(), Denied::TooMany);
        // The authenticated till goes on, and the same login from elsewhere is not affected.
        assert!(gate.admit(&reference, &login("верный"), HERE).await.is_ok());
        assert_eq!(gate.admit(&reference, &login("г"), ELSEWHERE).await.unwrap_err(), Denied::Wrong);
    }

    #[tokio::test]
    async fn an_address_that_guesses_many_logins_is_stopped() {
        let gate = gate();
        let reference = reference(1, "верный");
        let stranger = |number: u32| Login { name: format!("n{number}"), password: Secret::new("x") };
        for number in 0..5 {
            assert_eq!(gate.admit(&reference, &stranger(number), HERE).await.unwrap_err(), Denied::Wrong);
        }
        assert_eq!(gate.admit(&reference, &stranger(6), HERE).await.unwrap_err(), Denied::TooMany);
        assert!(gate.admit(&reference, &login("верный"), ELSEWHERE).await.is_ok());
    }

    #[tokio::test]
    async fn guesses_from_one_network_of_ipv6_are_counted_together() {
        let (gate, reference) = (gate(), reference(1, "верный"));
        let one: IpAddr = "2001:db8:1:2::1".parse().unwrap();
        let mut denied = Vec::new();
        for last in 1..=7_u16 {
            let peer = IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 1, 2, 0, 0, 0, last));
            let stranger = Login { name: format!("чужой {last}"), password: Secret::new("a") };
            denied.push(gate.admit(&reference, &stranger, peer).await.unwrap_err());
        }
        assert!(denied.starts_with(&[Denied::Wrong]) && denied.ends_with(&[Denied::TooMany]), "{denied:?}");
        assert!(gate.is_barred(one, "кто угодно"));
        assert!(!gate.is_barred("2001:db8:1:3::1".parse().unwrap(), "кто угодно"));
        // An IPv4 address that is written as IPv6 is itself.
        assert!(!gate.is_barred("::ffff:192.0.2.1".parse().unwrap(), "кто угодно"));
        assert_eq!(counted_as("::ffff:192.0.2.1".parse().unwrap()), IpAddr::V4([192, 0, 2, 1].into()));
    }

    #[tokio::test]
    async fn tills_that_start_together_are_checked_once() {
        let gate = gate();
        let reference = reference(1, "верный");
        let one = login("верный");
        let (a, b, c) = tokio::join!(
            gate.admit(&reference, &one, HERE),
            gate.admit(&reference, &one, HERE),
            gate.admit(&reference, &one, HERE)
        );
        assert!(a.is_ok() && b.is_ok() && c.is_ok());
        assert!(unpoisoned(&gate.flights).values().all(|flight| flight.strong_count() == 0));
    }
}
