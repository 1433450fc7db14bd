//! Authentication: password checks and their cache.
//!
//! A password check takes tens of milliseconds by design, too long for a till that calls ten times a second. So a
//! verified pair is cached for a few minutes under a keyed digest, whose key never leaves the process. A change of the
//! login invalidates it. Wrong passwords are counted by address, and by login and address together: guessing is slow,
//! and no login can be locked from elsewhere.

use std::{
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use argon2::{Algorithm, Argon2, Params, PasswordHash, PasswordHasher as _, Version, password_hash::phc::Output};
use hmac::{Hmac, Mac as _};
use quick_cache::{sync, unsync};
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

/// The most addresses, and logins from them, that are counted at once. Beyond that the least seen are forgotten, one for
/// each new one.
const COUNTED_MAX: usize = 100_000;

/// The hash for unknown logins, so that they take as long as known ones; no matching password is known. It is a
/// constant, because hashing takes as long as a check and would delay the start.
const DECOY: &str = "$argon2id$v=19$m=19456,t=2,p=1$45hd9ZP1pG0fEqL+m4dGgQ$qSVb0Jg74tvP7G4VqUFoG4pwJnJoeQrucd6/c5b3nxg";

/// Checks logins.
pub struct Gate {
    limits: GateLimits,
    memory: Memory,
    key: Zeroizing<[u8; DIGEST_KEY_BYTES]>,
    /// Until when a verified pair counts, by the digest of it and of the login's version. A full cache forgets the least
    /// used.
    verified: sync::Cache<Digest, Instant>,
    checking: Semaphore,
    waiting: Semaphore,
    failures: Mutex<unsync::Cache<Counted, Failures>>,
}

type Digest = [u8; 32];

/// Whose wrong passwords are counted: an address's, or those for one login from it. The login as a digest: names are of
/// any length.
type Counted = (IpAddr, Option<Digest>);

#[derive(Clone)]
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
    let hash = Argon2::default().hash_password_with_salt(password.as_bytes(), &salt).map_err(AccessError::Hash)?;
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
            verified: sync::Cache::new(limits.cache_entries_max.max(1)),
            checking: Semaphore::new(limits.checks_parallel_max.max(1)),
            waiting: Semaphore::new(limits.checks_waiting_max.max(1)),
            failures: Mutex::new(unsync::Cache::new(COUNTED_MAX)),
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
        let digest = self.digest(login, credential);
        if !self.is_verified(&digest) {
            if self.has_guessed_too_often(peer, &login.name) {
                return Err(Denied::TooMany);
            }
            let _place = self.waiting.try_acquire().map_err(|_| Denied::Busy)?;
            // Tills of one login that start at once share one check: the others wait for its result. A wrong password is
            // not kept, so each of these is checked.
            self.verified.get_or_insert_async(&digest, self.check(credential, login, peer)).await?;
        }
        credential.and_then(|credential| reference.actor(credential)).ok_or(Denied::Wrong)
    }

    /// Checks a password; until when it counts as verified.
    async fn check(&self, credential: Option<&Credential>, login: &Login, peer: IpAddr) -> Result<Instant, Denied> {
        let hash = credential.map_or_else(|| DECOY.to_owned(), |credential| credential.password_hash.clone());
        let _turn = self.checking.acquire().await.map_err(|_| Denied::Busy)?;
        let (password, memory) = (login.password.clone(), self.memory.clone());
        let checked = tokio::task::spawn_blocking(move || verify(password.reveal(), &hash, &memory)).await;
        self.memory.let_go_later();
        if credential.is_some() && checked.unwrap_or(false) {
            return Ok(Instant::now() + self.limits.cache_ttl);
        }
        self.count_failure(peer, &login.name);
        Err(Denied::Wrong)
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

    fn has_guessed_too_often(&self, peer: IpAddr, name: &str) -> bool {
        let of_login = self.counted_login(name);
        let failures = unpoisoned(&self.failures);
        let count = |key: &Counted| {
            let counted = failures.get(key).filter(|counted| counted.since.elapsed() < self.limits.failures_window);
            counted.map_or(0, |counted| counted.count)
        };
        count(&(peer, None)) >= self.limits.failures_per_address_max
            || count(&(peer, Some(of_login))) >= self.limits.failures_per_login_max
    }

    fn count_failure(&self, peer: IpAddr, name: &str) {
        let keys = [(peer, None), (peer, Some(self.counted_login(name)))];
        let mut failures = unpoisoned(&self.failures);
        for key in keys {
            let fresh = || Failures { count: 0, since: Instant::now() };
            let mut counted = failures.get(&key).cloned().unwrap_or_else(fresh);
            if counted.since.elapsed() >= self.limits.failures_window {
                counted = fresh();
            }
            counted.count = counted.count.saturating_add(1);
            failures.insert(key, counted);
        }
    }

    /// The digest under which a pair is verified. A changed login has another version, and so another digest.
    fn digest(&self, login: &Login, credential: Option<&Credential>) -> Digest {
        let version = credential.map_or(i64::MIN, |credential| credential.version);
        self.keyed(&[&version.to_le_bytes(), login.name.as_bytes(), &[0], login.password.reveal().as_bytes()])
    }

    fn counted_login(&self, name: &str) -> Digest {
        self.keyed(&[name.as_bytes()])
    }

    fn keyed(&self, parts: &[&[u8]]) -> Digest {
        let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new((&*self.key).into());
        parts.iter().for_each(|part| mac.update(part));
        mac.finalize().into_bytes().into()
    }

    /// Whether a pair was verified and counts still; what counts no more is forgotten.
    fn is_verified(&self, digest: &Digest) -> bool {
        let now = Instant::now();
        match self.verified.get(digest) {
            Some(until) if until > now => true,
            Some(_) => {
                self.verified.remove_if(digest, |until| *until <= now);
                false
            }
            None => false,
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
fn matches(password: &str, hash: &PasswordHash, memory: &Memory) -> Option<bool> {
    let algorithm = Algorithm::try_from(hash.algorithm.as_str()).ok()?;
    let version = hash.version.map_or(Ok(Version::default()), Version::try_from).ok()?;
    let params = Params::try_from(hash).ok()?;
    let (wanted, salt) = (hash.hash.as_ref()?, hash.salt.as_ref()?);
    let mut blocks = memory.take(params.block_count());
    let argon2 = Argon2::new(algorithm, version, params);
    let mut made = Zeroizing::new([0_u8; Output::MAX_LENGTH]);
    let made = made.get_mut(..wanted.len())?;
    let hashed = argon2.hash_password_into_with_memory(password.as_bytes(), salt, made, &mut blocks);
    memory.leave(blocks);
    let made = hashed.ok().and_then(|()| Output::new(made).ok());
    // Compared in constant time.
    made.map(|made| made == *wanted)
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
        assert_eq!(gate.verified.len(), 1);
    }

    #[tokio::test]
    async fn a_full_cache_remembers_who_came_last() {
        let limits = GateLimits { cache_entries_max: 32, ..gate().limits };
        let gate = Gate::new(limits, Memory::default()).unwrap();
        let reference = reference(1, "верный");
        let until = Instant::now() + Duration::from_secs(60);
        // Other logins than the reference's, which are verified already.
        for number in 0..10_000_u32 {
            let other = Login { name: format!("касса {number}"), password: Secret::new("x") };
            gate.verified.insert(gate.digest(&other, None), until);
        }
        assert!(gate.verified.len() <= 32, "{}", gate.verified.len());
        assert!(gate.admit(&reference, &login("верный"), HERE).await.is_ok());
        // Without a check: there is no room for one.
        let _all = gate.checking.acquire().await.unwrap();
        for _ in 0..3 {
            assert!(gate.admit(&reference, &login("верный"), HERE).await.is_ok());
        }
    }

    #[tokio::test]
    async fn what_was_verified_counts_for_a_while() {
        let limits = GateLimits { cache_ttl: Duration::ZERO, ..gate().limits };
        let gate = Gate::new(limits, Memory::default()).unwrap();
        let reference = reference(1, "верный");
        assert!(gate.admit(&reference, &login("верный"), HERE).await.is_ok());
        assert!(!gate.is_verified(&gate.digest(&login("верный"), reference.credential("касса"))));
        assert_eq!(gate.verified.len(), 0);
    }

    #[test]
    fn who_guesses_stays_counted_however_many_others_fail() {
        let gate = gate();
        for _ in 0..3 {
            gate.count_failure(HERE, "касса");
            assert!(!gate.is_barred(ELSEWHERE, "касса"));
        }
        assert!(gate.is_barred(HERE, "касса"));
        for number in 0..u32::try_from(COUNTED_MAX + COUNTED_MAX / 10).unwrap() {
            gate.count_failure(IpAddr::V4(number.into()), "касса");
            if number % 1_000 == 0 {
                assert!(gate.is_barred(HERE, "касса"), "forgotten after {number} others");
            }
        }
        assert!(gate.is_barred(HERE, "касса"));
        let counted = unpoisoned(&gate.failures).len();
        assert!(counted <= COUNTED_MAX && counted > COUNTED_MAX / 2, "{counted}");
    }
}
