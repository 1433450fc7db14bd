//! The chronicle: its lanes, entry by entry, and whether each row is as the last fact about it says.
//!
//! Facts of some rows are held in memory at a time; the more there are, the more often the chronicle is read. What tills write
//! meanwhile is read when a row does not fit: rows and chronicle are then of one state.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::{
    store::{
        books::verify::report::{Report, time_text},
        covered::{digests, ids_between, last_id},
        db::backend::{Db, Purpose},
        error::StoreError,
        facts::{Fact, Kind, facts_of},
        sql::digest::RowDigest,
        tables::{
            chronicle::{EntryRow, LaneRow, entries_after, lanes, next_lane_after},
            operation::digests_after,
        },
    },
    vault::Vault,
};

/// Entries read at a time.
const ENTRIES_PER_STEP: i64 = 200;
/// Rows compared at a time.
const ROWS_PER_STEP: i64 = 1_000;
/// Facts held in memory at a time: some hundred megabytes at most.
const FACTS_MAX: i64 = 1_500_000;

/// The last fact about a row.
struct Known {
    number: i64,
    recorded_at: i64,
    digest: RowDigest,
    /// Whether the row was found to be so.
    seen: bool,
    /// Whether it was written after the pass had begun.
    late: bool,
}

/// Which rows a pass is about: of some ids, and answers of some ids of theirs.
#[derive(Clone, Copy)]
struct Part {
    ids: (i64, i64),
    answers: (i64, i64),
}

impl Part {
    fn has(&self, fact: &Fact) -> bool {
        let (first, last) = if fact.kind == Kind::Answer { self.answers } else { self.ids };
        (first..=last).contains(&fact.id)
    }
}

/// What is known of the chronicle while rows are compared.
struct Pass {
    part: Part,
    known: HashMap<(Kind, i64), Known>,
    /// How far each lane was read.
    ends: BTreeMap<i64, i64>,
    /// Answers from before it may be gone.
    forgotten: i64,
    /// Where the registry's chain ended, by the number of its entry.
    registry: BTreeMap<i64, RowDigest>,
}

/// Checks the lanes and all rows; answers what they say of the registry's chain.
///
/// # Errors
/// A statement fails.
pub(super) fn check(
    db: &mut Db,
    vault: Option<&Vault>,
    report: &mut Report,
) -> Result<BTreeMap<i64, RowDigest>, StoreError> {
    let lanes = db.transaction(Purpose::Read, lanes)?;
    let facts = lanes.iter().fold(0_i64, |sum, lane| sum.saturating_add(lane.facts));
    let parts = parts(db, facts)?;
    let mut registry = BTreeMap::new();
    for (place, part) in parts.into_iter().enumerate() {
        let mut pass =
            Pass { part, known: HashMap::new(), ends: BTreeMap::new(), forgotten: i64::MIN, registry: BTreeMap::new() };
        for lane in &lanes {
            pass.read_lane(db, lane.lane, vault, (place == 0).then_some(&mut *report))?;
        }
        if place == 0 {
            unknown_lanes(db, &lanes, report)?;
            registry.append(&mut pass.registry);
        }
        for kind in Kind::WITH_ID {
            pass.compare(db, kind, report)?;
        }
        pass.compare_answers(db, report)?;
        pass.compare_rest(db, report)?;
    }
    Ok(registry)
}

/// Divides all rows so that the facts of each part fit into memory.
fn parts(db: &mut Db, facts: i64) -> Result<Vec<Part>, StoreError> {
    let count = facts.div_euclid(FACTS_MAX).saturating_add(1);
    let mut greatest = 1_i64;
    for kind in Kind::WITH_ID {
        greatest = greatest.max(last_id(db, kind)?);
    }
    let share = |whole: i64, place: i64| {
        let share = i128::from(whole).saturating_mul(i128::from(place)).div_euclid(i128::from(count));
        i64::try_from(share).unwrap_or(i64::MAX)
    };
    let range = |whole: i64, place: i64| {
        let first = if place == 0 { i64::MIN } else { share(whole, place) };
        let next = place.saturating_add(1);
        (first, if next == count { i64::MAX } else { share(whole, next).saturating_sub(1) })
    };
    Ok((0..count).map(|place| Part { ids: range(greatest, place), answers: range(i64::MAX, place) }).collect())
}

/// Entries of lanes that there are not.
fn unknown_lanes(db: &mut Db, lanes: &[LaneRow], report: &mut Report) -> Result<(), StoreError> {
    let known: BTreeSet<i64> = lanes.iter().map(|lane| lane.lane).collect();
    let mut after = i64::MIN;
    while let Some(lane) = db.transaction(Purpose::Read, |db| next_lane_after(db, after))? {
        if !known.contains(&lane) {
            report.found(None, format!("lane {lane} of the chronicle has entries, and there is no such lane"));
        }
        after = lane;
    }
    Ok(())
}

impl Pass {
    /// Reads a lane from its beginning to its end; looks whether it is whole where `report` is given.
    fn read_lane(
        &mut self,
        db: &mut Db,
        lane: i64,
        vault: Option<&Vault>,
        mut report: Option<&mut Report>,
    ) -> Result<(), StoreError> {
        let mut before: Option<EntryRow> = None;
        loop {
            let seq = before.as_ref().map_or(0, |entry| entry.seq);
            let (entries, end) = db.transaction(Purpose::Read, |db| {
                let entries = entries_after(db, lane, seq, ENTRIES_PER_STEP)?;
                let end = lanes(db)?.into_iter().find(|known| known.lane == lane);
                Ok::<_, StoreError>((entries, end))
            })?;
            let is_last = i64::try_from(entries.len()).is_ok_and(|count| count < ENTRIES_PER_STEP);
            for entry in entries {
                if let Some(report) = report.as_deref_mut() {
                    link(before.as_ref(), &entry, report);
                    report.chronicle = report.chronicle.saturating_add(1);
                }
                self.take(&entry, false, report.as_deref_mut());
                before = Some(entry);
            }
            if is_last {
                if let (Some(report), Some(end)) = (report, end) {
                    self::end(before.as_ref(), &end, vault, report);
                }
                return Ok(());
            }
        }
    }

    /// Reads what was written since, within the state in which rows are looked at.
    fn catch_up(&mut self, db: &mut Db) -> Result<(), StoreError> {
        for lane in lanes(db)? {
            loop {
                let seq = self.ends.get(&lane.lane).copied().unwrap_or_default();
                let entries = entries_after(db, lane.lane, seq, ENTRIES_PER_STEP)?;
                if entries.is_empty() {
                    break;
                }
                for entry in entries {
                    self.take(&entry, true, None);
                }
            }
        }
        Ok(())
    }

    fn take(&mut self, entry: &EntryRow, late: bool, mut report: Option<&mut Report>) {
        self.ends.insert(entry.lane, entry.seq);
        for fact in facts_of(&entry.facts) {
            let Some(fact) = fact else {
                if let Some(report) = report.as_deref_mut() {
                    report
                        .found(None, format!("{}: a fact of it says what no fact of this program says", place(entry)));
                }
                continue;
            };
            if fact.kind == Kind::Forgotten {
                self.forgotten = self.forgotten.max(fact.id);
            } else if fact.kind == Kind::Registry {
                self.registry.insert(fact.id, fact.digest);
            } else if fact.kind == Kind::Entries {
                // What it tells of is an account's journal, which has a chain of its own.
                continue;
            } else if self.part.has(&fact) {
                self.learn(entry, &fact, late);
            }
        }
    }

    fn learn(&mut self, entry: &EntryRow, fact: &Fact, late: bool) {
        let known =
            Known { number: entry.number, recorded_at: entry.recorded_at, digest: fact.digest, seen: false, late };
        match self.known.get_mut(&(fact.kind, fact.id)) {
            Some(before) if before.number > known.number => {}
            Some(before) => *before = Known { seen: before.seen, late: before.late, ..known },
            None => {
                self.known.insert((fact.kind, fact.id), known);
            }
        }
    }

    /// Whether a row is as its last fact says.
    fn fits(&mut self, kind: Kind, id: i64, digest: &RowDigest) -> bool {
        self.known.get_mut(&(kind, id)).is_some_and(|known| {
            known.seen |= known.digest == *digest;
            known.digest == *digest
        })
    }

    /// The same, with what was written since.
    fn fits_now(&mut self, db: &mut Db, kind: Kind, id: i64, digest: &RowDigest) -> Result<bool, StoreError> {
        if self.fits(kind, id, digest) {
            return Ok(true);
        }
        self.catch_up(db)?;
        Ok(self.fits(kind, id, digest))
    }

    /// All rows of a kind.
    fn compare(&mut self, db: &mut Db, kind: Kind, report: &mut Report) -> Result<(), StoreError> {
        let (first, last) = self.part.ids;
        let mut after = first.saturating_sub(1);
        loop {
            let next = db.transaction(Purpose::Read, |db| {
                let ids = ids_between(db, kind, after, last, ROWS_PER_STEP)?;
                for (id, digest) in digests(db, kind, &ids)? {
                    if !self.fits_now(db, kind, id, &digest)? {
                        let what = self.difference(kind, id);
                        report.changed(kind, id, what);
                    }
                }
                Ok::<_, StoreError>(ids.last().copied())
            })?;
            match next {
                Some(next) => after = next,
                None => return Ok(()),
            }
        }
    }

    /// What is wrong with a row that does not fit; it counts as seen.
    fn difference(&mut self, kind: Kind, id: i64) -> String {
        let row = format!("{} {id}", kind.words());
        match self.known.get_mut(&(kind, id)) {
            Some(known) => {
                known.seen = true;
                let at = time_text(known.recorded_at);
                format!("{row} is not as it was written last, at {at}: it was changed behind the program's back")
            }
            None => format!("{row} stands in no entry of the chronicle: somebody added it, or took its entries away"),
        }
    }

    /// All stored answers.
    fn compare_answers(&mut self, db: &mut Db, report: &mut Report) -> Result<(), StoreError> {
        let (mut partner, mut key) = (i64::MIN, String::new());
        let (first, last) = self.part.answers;
        loop {
            let rows = db.transaction(Purpose::Read, |db| {
                let rows = digests_after(db, partner, &key, ROWS_PER_STEP)?;
                for row in &rows {
                    if !(first..=last).contains(&row.id) || self.fits_now(db, Kind::Answer, row.id, &row.digest)? {
                        continue;
                    }
                    let name = format!("the stored answer to «{}» of partner {}", row.key, row.partner);
                    let what = match self.known.get_mut(&(Kind::Answer, row.id)) {
                        Some(known) => {
                            known.seen = true;
                            format!("{name} is not as it was given at {}", time_text(known.recorded_at))
                        }
                        None => format!("{name} stands in no entry of the chronicle: no operation gave it"),
                    };
                    report.found(None, what);
                }
                Ok::<_, StoreError>(rows)
            })?;
            match rows.into_iter().next_back() {
                Some(row) => (partner, key) = (row.partner, row.key),
                None => return Ok(()),
            }
        }
    }

    /// Facts whose rows were not met: those that are there now are compared, the others are missing.
    fn compare_rest(&mut self, db: &mut Db, report: &mut Report) -> Result<(), StoreError> {
        let unseen: BTreeSet<(Kind, i64)> =
            self.known.iter().filter(|(_, known)| !known.seen).map(|(name, _)| *name).collect();
        let mut ids_of: BTreeMap<Kind, Vec<i64>> = BTreeMap::new();
        for (kind, id) in unseen {
            ids_of.entry(kind).or_default().push(id);
        }
        for (kind, ids) in ids_of {
            for ids in ids.chunks(usize::try_from(ROWS_PER_STEP).unwrap_or(usize::MAX)) {
                db.transaction(Purpose::Read, |db| self.compare_some(db, kind, ids, report))?;
            }
        }
        Ok(())
    }

    fn compare_some(&mut self, db: &mut Db, kind: Kind, ids: &[i64], report: &mut Report) -> Result<(), StoreError> {
        self.catch_up(db)?;
        for (id, digest) in digests(db, kind, ids)? {
            if !self.fits(kind, id, &digest) {
                let what = self.difference(kind, id);
                report.changed(kind, id, what);
            }
        }
        for id in ids {
            let Some(known) = self.known.get(&(kind, *id)).filter(|known| !known.seen) else { continue };
            let at = time_text(known.recorded_at);
            let what = if kind == Kind::Answer {
                // Answers that came in meanwhile may stand before those that were read last.
                if known.late || known.recorded_at < self.forgotten {
                    continue;
                }
                format!("a stored answer of {at} (entry number {} of the chronicle) is gone", known.number)
            } else {
                format!("{} {id} is gone; it was written last at {at}", kind.words())
            };
            report.changed(kind, *id, what);
        }
        Ok(())
    }
}

/// How an entry is called.
fn place(entry: &EntryRow) -> String {
    format!("entry {} of lane {} of the chronicle", entry.seq, entry.lane)
}

/// Whether an entry follows the one before it.
fn link(before: Option<&EntryRow>, entry: &EntryRow, report: &mut Report) {
    let due = before.map_or(0, |before| before.seq).saturating_add(1);
    if entry.seq != due {
        report.found(None, format!("{} stands where entry {due} should", place(entry)));
    }
    if entry.hash != entry.chained_to(before.map_or(&[], |before| before.hash.as_slice())) {
        report.found(
            None,
            format!("{} is not what it was when it was written, or the one before it is not", place(entry)),
        );
    }
    if before.is_some_and(|before| before.number >= entry.number) {
        report.found(None, format!("{} has a number that is not greater than the one before it", place(entry)));
    }
}

/// Whether a lane ends with its last entry, and by the key.
fn end(last: Option<&EntryRow>, lane: &LaneRow, vault: Option<&Vault>, report: &mut Report) {
    let name = format!("lane {} of the chronicle", lane.lane);
    let (seq, hash) = last.map_or((0, [].as_slice()), |entry| (entry.seq, entry.hash.as_slice()));
    if lane.seq != seq {
        report.found(None, format!("{name} says that it ends with entry {}; the last is {seq}", lane.seq));
    } else if lane.hash != hash {
        report.found(None, format!("{name} does not end with its last entry"));
    }
    if vault.is_some_and(|vault| !lane.is_signed(vault)) {
        report.found(None, format!("{name} has an end that was not written with this database's key"));
    }
}
