//! The Bloom filter of a page: request ids, operation keys, cards and tills. It may have false positives, never false
//! negatives.

use crate::store::tables::call_log::{ExchangeRow, Search};

/// The version of the filter. A filter of another version is ignored, and its page is read.
const VERSION: u8 = 1;
/// Bits for each name, and how many of them a name sets: three false positives in a thousand.
const BITS_PER_NAME: u64 = 12;
const PROBES: u64 = 8;

/// The kind of a name: the same text may be a card and a till.
#[derive(Debug, Clone, Copy)]
enum Kind {
    RequestId,
    OperationKey,
    Card,
    Till,
}

/// The names of an exchange, hashed.
pub(super) fn of_exchange(row: &ExchangeRow) -> impl Iterator<Item = u64> {
    hashed(Some(&row.request_id), row.operation_key.as_ref(), row.card.as_ref(), row.till.as_ref())
}

/// The hashed names of a search. A matching exchange has all of them.
pub(super) fn of_search(search: &Search) -> Vec<u64> {
    hashed(search.request_id.as_ref(), search.operation_key.as_ref(), search.card.as_ref(), search.till.as_ref())
        .collect()
}

fn hashed(
    request_id: Option<&String>,
    operation_key: Option<&String>,
    card: Option<&String>,
    till: Option<&String>,
) -> impl Iterator<Item = u64> {
    let names =
        [(Kind::RequestId, request_id), (Kind::OperationKey, operation_key), (Kind::Card, card), (Kind::Till, till)];
    let hashes = names.map(|(kind, name)| name.map(|name| hash(kind, name)));
    hashes.into_iter().flatten()
}

/// A filter of hashed names.
pub(super) fn filter(hashes: &[u64]) -> Vec<u8> {
    let mut distinct = hashes.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    let count = u64::try_from(distinct.len()).unwrap_or(u64::MAX);
    let bytes = usize::try_from(count.saturating_mul(BITS_PER_NAME).div_ceil(8)).unwrap_or_default();
    let mut filter = vec![0; bytes.saturating_add(1)];
    let Some((version, bits)) = filter.split_first_mut() else { return filter };
    *version = VERSION;
    let length = bit_count(bits);
    for hash in distinct {
        for bit in probes(hash, length) {
            if let Some(byte) = bits.get_mut(byte_of(bit)) {
                *byte |= mask_of(bit);
            }
        }
    }
    filter
}

/// Whether a page with this filter may hold an exchange with all of these names.
pub(super) fn may_hold(filter: &[u8], hashes: &[u64]) -> bool {
    match filter.split_first() {
        Some((&VERSION, bits)) => {
            let length = bit_count(bits);
            let is_set = |bit| bits.get(byte_of(bit)).is_some_and(|byte| byte & mask_of(bit) != 0);
            hashes.iter().all(|hash| probes(*hash, length).all(is_set))
        }
        Some(_) | None => true,
    }
}

fn bit_count(bits: &[u8]) -> u64 {
    u64::try_from(bits.len()).unwrap_or_default().saturating_mul(8)
}

fn byte_of(bit: u64) -> usize {
    usize::try_from(bit / 8).unwrap_or(usize::MAX)
}

fn mask_of(bit: u64) -> u8 {
    1_u8.wrapping_shl(u32::try_from(bit % 8).unwrap_or_default())
}

/// The bits of a name, by double hashing of its two halves.
fn probes(hash: u64, length: u64) -> impl Iterator<Item = u64> {
    let step = hash.rotate_left(32) | 1;
    (0..PROBES).map(move |probe| {
        let mixed = hash.wrapping_add(step.wrapping_mul(probe));
        // The high half is better mixed; a page's filter is far shorter than 2^32 bits.
        (mixed >> 32).saturating_mul(length) >> 32
    })
}

/// FNV-1a with a final mixing step. Pages store it, so it must never change; the standard library's hashers do not
/// guarantee that.
fn hash(kind: Kind, name: &str) -> u64 {
    let kind = match kind {
        Kind::RequestId => 1,
        Kind::OperationKey => 2,
        Kind::Card => 3,
        Kind::Till => 4,
    };
    let bytes = std::iter::once(kind).chain(name.bytes());
    let mixed = bytes
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    let mixed = (mixed ^ (mixed >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    let mixed = (mixed ^ (mixed >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    mixed ^ (mixed >> 33)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_is_always_found_and_little_else_is() {
        let hashes: Vec<u64> = (0..2_000).map(|n| hash(Kind::RequestId, &format!("{n:016x}"))).collect();
        let filter = filter(&hashes);
        assert_eq!(filter.len(), 3_001);
        assert!(hashes.iter().all(|hash| may_hold(&filter, &[*hash])));
        assert!(may_hold(&filter, &hashes) && may_hold(&filter, &[]));
        let wrong = (0..100_000).filter(|n| may_hold(&filter, &[hash(Kind::Card, &format!("{n:016x}"))])).count();
        assert!(wrong < 600, "{wrong} of 100000 seem to be there");
    }

    #[test]
    fn a_filter_of_another_kind_excludes_nothing_and_an_empty_one_everything() {
        assert!(may_hold(&[], &[1]) && may_hold(&[2, 0, 0], &[1]));
        assert!(!may_hold(&filter(&[]), &[1]));
    }

    #[test]
    fn the_hash_is_what_it_was_when_pages_were_written() {
        assert_eq!(hash(Kind::Card, "7000000101"), 0xf45c_9806_635b_61a4);
    }
}
