//! Seals of the chronicle, as often as the operator wants: one digest that stands for every change of a customer, card,
//! account, hold, code, sale, return, answer, rule and right up to then. It costs the same however much was changed,
//! because lanes and registry are chains: a seal holds where each of them stood. Who keeps the digest elsewhere can
//! tell whether anyone, the key's owner included, has put anything back.

use sha2::{Digest as _, Sha256};

use crate::{
    domain::moment::{Moment, Span},
    store::{
        books::seal::hex,
        db::backend::{Db, Purpose},
        error::StoreError,
        tables::{
            chronicle,
            chronicle_seal::{self, SealRow},
            registry,
        },
    },
    vault::Vault,
};

/// What the first seal is chained to.
const GENESIS: [u8; 32] = [0; 32];
/// The registry's chain among the lanes.
pub(in crate::store) const REGISTRY_LANE: i64 = 0;
/// Bytes of a digest.
const HASH_BYTES: usize = 32;

/// Where a chain stood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::store) struct Head {
    /// The lane; [`REGISTRY_LANE`] for the registry.
    pub lane: i64,
    /// Its last entry.
    pub seq: i64,
    /// That entry's digest.
    pub hash: Vec<u8>,
}

/// The heads of a seal; nothing for one that cannot be read.
pub(in crate::store) fn heads_of(bytes: &[u8]) -> Option<Vec<Head>> {
    let head = |chunk: &[u8]| {
        let (lane, rest) = chunk.split_first_chunk::<8>()?;
        let (seq, hash) = rest.split_first_chunk::<8>()?;
        let is_whole = hash.len() == HASH_BYTES;
        is_whole.then(|| Head { lane: i64::from_le_bytes(*lane), seq: i64::from_le_bytes(*seq), hash: hash.to_vec() })
    };
    bytes.chunks(16 + HASH_BYTES).map(head).collect()
}

/// The root that a seal has to have after the one before it.
pub(in crate::store) fn root_of(before: Option<&[u8]>, seal: &SealRow) -> Vec<u8> {
    let mut digest = Sha256::new();
    digest.update(before.unwrap_or(&GENESIS));
    digest.update(seal.number.to_le_bytes());
    digest.update(seal.sealed_at.to_le_bytes());
    digest.update(&seal.heads);
    digest.finalize().to_vec()
}

/// What the key says of a root.
pub(in crate::store) fn signed(root: &[u8], vault: &Vault) -> Vec<u8> {
    vault.chain_mac("chronicle_seals", root)
}

/// A seal's root as it is kept outside: number, time in UTC, digest.
#[must_use]
pub fn root_line(seal: &SealRow) -> String {
    let at = Moment(seal.sealed_at).local(0).format("%Y-%m-%dT%H:%M:%SZ");
    format!("{} {at} {}", seal.number, hex(&seal.root))
}

/// Makes a seal when the last one is older than `period` and something has changed since; answers it. One gateway of a
/// database at a time does it; the others do nothing.
///
/// # Errors
/// A statement fails; nothing is sealed then.
pub fn seal_chronicle(db: &mut Db, vault: &Vault, now: Moment, period: Span) -> Result<Option<SealRow>, StoreError> {
    let last = db.transaction(Purpose::Read, chronicle_seal::last)?;
    // A clock that was set back by more than the period must not stop the seals.
    let is_due = last.as_ref().is_none_or(|last| now.since(Moment(last.sealed_at)).0.abs() >= period.0);
    if !is_due {
        return Ok(None);
    }
    let made = db.while_sealing(|db| db.transaction(Purpose::Write, |db| make(db, vault, now)))?;
    Ok(made.flatten())
}

fn make(db: &mut Db, vault: &Vault, now: Moment) -> Result<Option<SealRow>, StoreError> {
    let last = chronicle_seal::last(db)?;
    let mut heads = Vec::new();
    let mut put = |lane: i64, seq: i64, hash: &[u8]| {
        heads.extend_from_slice(&lane.to_le_bytes());
        heads.extend_from_slice(&seq.to_le_bytes());
        heads.extend_from_slice(hash);
    };
    if let Some(change) = registry::last(db)? {
        put(REGISTRY_LANE, change.seq, &change.hash);
    }
    for lane in chronicle::lanes(db)?.into_iter().filter(|lane| lane.seq > 0) {
        put(lane.lane, lane.seq, &lane.hash);
    }
    if last.as_ref().is_some_and(|last| last.heads == heads) {
        return Ok(None);
    }
    let number = last.as_ref().map_or(0, |last| last.number).saturating_add(1);
    let mut seal = SealRow { number, sealed_at: now.0, heads, root: Vec::new(), mac: Vec::new() };
    seal.root = root_of(last.as_ref().map(|last| last.root.as_slice()), &seal);
    seal.mac = signed(&seal.root, vault);
    chronicle_seal::save(db, &seal)?;
    Ok(Some(seal))
}
