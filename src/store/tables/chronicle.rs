//! The chronicle: the facts of every transaction, in lanes, each entry chained to the one before.
//!
//! A transaction takes a lane that no other holds and gives it back with its commit: gateways never wait for each
//! other, and none has to remember where a lane ends. Its end is signed with a key that is not in the database, so
//! whoever rewrites an entry cannot make the end of its lane fit again; and whoever cuts a lane off takes the facts of
//! everybody else with it.

use diesel::{dsl::max, prelude::*};
use sha2::{Digest as _, Sha256};

use crate::{
    domain::moment::Moment,
    store::{
        db::backend::{Db, on},
        error::StoreError,
        facts::Facts,
        schema::{chronicle, chronicle_lanes},
        sql::{
            batch::Writes,
            insert::{rows, write_rows},
        },
    },
    vault::Vault,
};

/// What the first entry of a lane is chained to.
const GENESIS: [u8; 32] = [0; 32];

rows! {
    /// An entry: a transaction's facts.
    #[derive(Debug, Clone, Queryable, Selectable)]
    #[diesel(table_name = chronicle)]
    pub struct EntryRow in chronicle {
        /// In which lane.
        pub lane: i64,
        /// Its number there, from 1 and without gaps.
        pub seq: i64,
        /// Greater than that of every entry committed before its transaction wrote.
        pub number: i64,
        /// The transaction's time, in milliseconds since 1970.
        pub recorded_at: i64,
        /// See `facts_of`.
        pub facts: Vec<u8>,
        /// SHA-256 over the entry before and this one.
        pub hash: Vec<u8>,
    }
}

rows! {
    /// Where a lane ends.
    #[derive(Debug, Clone, Queryable, Selectable)]
    #[diesel(table_name = chronicle_lanes)]
    pub struct LaneRow in chronicle_lanes {
        /// Which.
        pub lane: i64,
        /// Its last entry; 0 before the first.
        pub seq: i64,
        /// That entry's number.
        pub number: i64,
        /// How many facts the lane has.
        pub facts: i64,
        /// That entry's digest; empty before the first.
        pub hash: Vec<u8>,
        /// What the key says of it; empty before the first.
        pub mac: Vec<u8>,
    }
}

impl EntryRow {
    /// The digest that it has to have after the one before it.
    #[must_use]
    pub fn chained_to(&self, before: &[u8]) -> Vec<u8> {
        let mut digest = Sha256::new();
        digest.update(if before.is_empty() { &GENESIS } else { before });
        for number in [self.lane, self.seq, self.number, self.recorded_at] {
            digest.update(number.to_le_bytes());
        }
        digest.update(&self.facts);
        digest.finalize().to_vec()
    }
}

impl LaneRow {
    /// What the key says of this end.
    #[must_use]
    pub fn signed(&self, vault: &Vault) -> Vec<u8> {
        let mut head = Vec::with_capacity(32 + self.hash.len());
        for number in [self.lane, self.seq, self.number, self.facts] {
            head.extend_from_slice(&number.to_le_bytes());
        }
        head.extend_from_slice(&self.hash);
        vault.chain_mac("chronicle_lanes", &head)
    }

    /// Whether nothing was ever written to the lane.
    fn is_untouched(&self) -> bool {
        self.seq == 0 && self.number == 0 && self.facts == 0 && self.hash.is_empty() && self.mac.is_empty()
    }

    /// Whether the key says of this end what it should.
    #[must_use]
    pub fn is_signed(&self, vault: &Vault) -> bool {
        self.is_untouched() || self.mac == self.signed(vault)
    }
}

/// Signs the ends of all lanes as they are: what somebody did to them without the key is accepted.
///
/// # Errors
/// A statement fails.
pub fn sign_ends(db: &mut Db, vault: &Vault) -> Result<(), StoreError> {
    for lane in lanes(db)?.into_iter().filter(|lane| !lane.is_signed(vault)) {
        on!(db, c => diesel::update(chronicle_lanes::table.find(lane.lane))
            .set(chronicle_lanes::mac.eq(lane.signed(vault)))
            .execute(&mut **c))?;
    }
    Ok(())
}

/// Writes a transaction's facts down. To be called once all its rows are locked: what was committed of them before has
/// lesser numbers then.
///
/// # Errors
/// A statement fails.
pub fn append(out: &mut Writes<'_>, facts: &Facts, now: Moment, vault: &Vault) -> Result<(), StoreError> {
    let count = facts.count();
    if count == 0 {
        return Ok(());
    }
    let (before, is_signed) = take_lane(out.db(), vault)?;
    let mut entry = EntryRow {
        lane: before.lane,
        seq: before.seq.saturating_add(1),
        number: before.number.saturating_add(1),
        recorded_at: now.0,
        facts: facts.bytes().to_vec(),
        hash: Vec::new(),
    };
    entry.hash = entry.chained_to(&before.hash);
    let mut lane = LaneRow {
        seq: entry.seq,
        number: entry.number,
        facts: before.facts.saturating_add(count),
        hash: entry.hash.clone(),
        ..before
    };
    // What somebody wrote without the key is never signed: the end stays unsigned until `migrate --cover`, and `verify` names it.
    lane.mac = if is_signed { lane.signed(vault) } else { Vec::new() };
    write_rows!(out, vec![entry], chronicle);
    write_rows!(out, vec![lane], chronicle_lanes, (lane) => (seq, number, facts, hash, mac));
    Ok(())
}

/// The end of a lane, with the greatest number of all lanes, and whether it was signed as it stood. On PostgreSQL it is locked: one that nobody holds, and
/// only if all are held the first, once it is given back.
fn take_lane(db: &mut Db, vault: &Vault) -> Result<(LaneRow, bool), StoreError> {
    let all_lanes = diesel::alias!(chronicle_lanes as all_lanes);
    let greatest = all_lanes.select(max(all_lanes.field(chronicle_lanes::number))).single_value();
    let lane =
        chronicle_lanes::table.order(chronicle_lanes::lane).limit(1).select((chronicle_lanes::all_columns, greatest));
    let (row, number): (LaneRow, Option<i64>) = match db {
        Db::Sqlite(c) => lane.first(&mut **c)?,
        Db::Postgres(c) => match lane.for_update().skip_locked().first(&mut **c).optional()? {
            Some(free) => free,
            None => lane.for_update().first(&mut **c)?,
        },
    };
    // What was committed while the lane was waited for is in its own number.
    let (number, is_signed) = (row.number.max(number.unwrap_or_default()), row.is_signed(vault));
    Ok((LaneRow { number, ..row }, is_signed))
}

/// All lanes, in order.
///
/// # Errors
/// The statement fails.
pub fn lanes(db: &mut Db) -> Result<Vec<LaneRow>, StoreError> {
    Ok(on!(db, c => chronicle_lanes::table
        .order(chronicle_lanes::lane)
        .select(LaneRow::as_select())
        .load(&mut **c))?)
}

/// Whether a transaction was ever written down.
///
/// # Errors
/// A statement fails.
pub fn is_begun(db: &mut Db) -> Result<bool, StoreError> {
    Ok(next_lane_after(db, i64::MIN)?.is_some() || lanes(db)?.iter().any(|lane| !lane.is_untouched()))
}

/// The entries of a lane after one, in order, at most `rows_max`.
///
/// # Errors
/// The statement fails.
pub fn entries_after(db: &mut Db, lane: i64, seq: i64, rows_max: i64) -> Result<Vec<EntryRow>, StoreError> {
    Ok(on!(db, c => chronicle::table
        .filter(chronicle::lane.eq(lane))
        .filter(chronicle::seq.gt(seq))
        .order(chronicle::seq)
        .limit(rows_max)
        .select(EntryRow::as_select())
        .load(&mut **c))?)
}

/// The digest of an entry.
///
/// # Errors
/// The statement fails.
pub fn hash_of(db: &mut Db, lane: i64, seq: i64) -> Result<Option<Vec<u8>>, StoreError> {
    Ok(on!(db, c => chronicle::table.find((lane, seq)).select(chronicle::hash).first(&mut **c).optional())?)
}

/// The next lane that has entries.
///
/// # Errors
/// The statement fails.
pub fn next_lane_after(db: &mut Db, lane: i64) -> Result<Option<i64>, StoreError> {
    Ok(on!(db, c => chronicle::table
        .filter(chronicle::lane.gt(lane))
        .order((chronicle::lane, chronicle::seq))
        .select(chronicle::lane)
        .first(&mut **c)
        .optional())?)
}
