//! The answer to `ListMovements`: the chronicle tells which entries each transaction appended to the journal.

use std::collections::{BTreeMap, VecDeque};

use diesel::prelude::*;

use crate::{
    domain::{
        account::{Bucket, MovementKind, PointsClass},
        ids::{NetworkId, PartnerId, StoreId},
        moment::Moment,
        reference::{Actor, Reference},
    },
    store::{
        db::backend::{Db, on},
        error::{StoreError, word},
        facts::facts_of,
        questions::Reader,
        schema::{accounts, journal, lots},
        sql::any_row_of::any_row_of,
        tables::{
            account::movement::buckets,
            chronicle::{EntryRow, entries_after, lanes},
            reference::load_registry,
        },
    },
    working_set::questions::{
        Answers, Unanswered,
        movement::{Bookkept, LaneEnds, ListMovements, MovementRow, Movements},
    },
};

/// Entries of a lane read at a time.
const ENTRIES_PER_STEP: i64 = 100;

/// A row of the journal with its lot.
type Entry = (
    (i64, i64, String, String, i64, String),
    (i64, i64, Option<i64>, Option<i64>, Option<i64>, Option<i64>),
    (i64, i64),
);

impl Answers<ListMovements> for Reader<'_> {
    /// A page of them. Lanes are read side by side, by the numbers of their entries.
    fn answer(&mut self, question: &ListMovements) -> Result<Movements, Unanswered> {
        let known = load_registry(self.db)?;
        let paging = &question.paging;
        let mut ends = paging.after.clone().unwrap_or_default();
        let mut heads: BTreeMap<i64, VecDeque<EntryRow>> = BTreeMap::new();
        for lane in lanes(self.db)?
            .into_iter()
            .filter(|lane| lane.seq > ends.lanes.get(&lane.lane).copied().unwrap_or_default())
        {
            heads.insert(lane.lane, VecDeque::new());
        }
        let (mut rows, mut looked_at) = (Vec::new(), 0_usize);
        while rows.len() < paging.rows_max && looked_at < self.bounds.entries_max {
            self.in_time()?;
            refill(self.db, &mut heads, &ends)?;
            let next =
                heads.values().filter_map(|entries| entries.front()).min_by_key(|entry| (entry.number, entry.lane));
            let Some(lane) = next.map(|entry| entry.lane) else { break };
            let Some(entry) = heads.get_mut(&lane).and_then(VecDeque::pop_front) else { break };
            looked_at = looked_at.saturating_add(1);
            let seen = match ends.part.take() {
                Some((of, moves)) if of == lane => moves,
                Some(part) => {
                    ends.part = Some(part);
                    0
                }
                None => 0,
            };
            let moves = moves(self.db, &known, &question.actor, &entry)?;
            let room = paging.rows_max.saturating_sub(rows.len());
            let (count, taken) = (moves.len(), moves.into_iter().skip(seen).take(room));
            rows.extend(taken);
            let read = seen.saturating_add(room).min(count);
            if read < count {
                ends.part = Some((lane, read));
                break;
            }
            ends.lanes.insert(lane, entry.seq);
        }
        let is_more = ends.part.is_some()
            || lanes(self.db)?.iter().any(|lane| lane.seq > ends.lanes.get(&lane.lane).copied().unwrap_or_default());
        Ok(Movements { page: paging.cut(rows, &ends), is_more })
    }
}

/// Reads on in lanes of which nothing is left in memory; those at their end are dropped.
fn refill(db: &mut Db, heads: &mut BTreeMap<i64, VecDeque<EntryRow>>, ends: &LaneEnds) -> Result<(), StoreError> {
    for (lane, entries) in heads.iter_mut().filter(|(_, entries)| entries.is_empty()) {
        let seq = ends.lanes.get(lane).copied().unwrap_or_default();
        entries.extend(entries_after(db, *lane, seq, ENTRIES_PER_STEP)?);
    }
    heads.retain(|_, entries| !entries.is_empty());
    Ok(())
}

/// The movements of a transaction that the caller sees, always in the same order.
fn moves(db: &mut Db, known: &Reference, actor: &Actor, entry: &EntryRow) -> Result<Vec<MovementRow>, StoreError> {
    let extents = facts_of(&entry.facts).flatten().filter_map(|fact| Some((fact.id, fact.extent()?)));
    let wanted: Vec<(i64, i64)> =
        extents.flat_map(|(account, (first, last))| (first..=last).map(move |seq| (account, seq))).collect();
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let lot = lots::account_id.eq(journal::account_id).and(lots::lot_no.nullable().eq(journal::lot_no));
    let mut entries: Vec<Entry> = on!(db, c => journal::table
        .inner_join(lots::table.on(lot))
        .inner_join(accounts::table.on(accounts::id.eq(journal::account_id)))
        .filter(any_row_of((journal::account_id, journal::seq), wanted.iter().copied()))
        .filter(lots::class.eq(PointsClass::Bonus.word()))
        .filter(accounts::programme_id.eq(actor.programme.0))
        .select((
            (
                journal::account_id,
                journal::seq,
                journal::from_bucket,
                journal::to_bucket,
                journal::points,
                journal::kind,
            ),
            (
                lots::issuer_id,
                accounts::programme_id,
                journal::partner_id,
                journal::store_id,
                journal::receipt_id,
                journal::return_id,
            ),
            (journal::occurred_at, journal::recorded_at),
        ))
        .load(&mut **c))?;
    entries.sort_unstable_by_key(|((account, seq, ..), ..)| (*account, *seq));
    let runs = known.runs(actor.partner, actor.programme);
    let mut found = Vec::new();
    for (
        (account, seq, from, to, points, kind),
        (issuer, _, partner, store, receipt, return_id),
        (occurred, recorded),
    ) in entries
    {
        let issuer = PartnerId(issuer);
        if !runs && issuer != actor.partner && partner != Some(actor.partner.0) {
            continue;
        }
        let code = |id: PartnerId| known.partners.get(&id).map_or_else(|| id.to_string(), |known| known.code.clone());
        let network = |id: NetworkId| known.networks.get(&id).map(|network| network.code.clone()).unwrap_or_default();
        let place = store.and_then(|id| known.stores.get(&StoreId(id)));
        let cause = word(MovementKind::from_word, "journal.kind", &kind)?;
        found.extend(bookkept(buckets(&from, &to)?, points).into_iter().map(|(what, points)| MovementRow {
            entry: (account, seq),
            what,
            cause,
            points,
            issued_by: code(issuer),
            taken_by: partner.map(|id| code(PartnerId(id))),
            place: place.map(|store| (network(store.network), store.code.clone())),
            receipt,
            return_id,
            occurred_at: Moment(occurred),
            recorded_at: Moment(recorded),
        }));
    }
    Ok(found)
}

/// What an entry means for the books: of each bucket that is not the customer's own, what went into it.
fn bookkept((from, to): (Bucket, Bucket), points: i64) -> Vec<(Bookkept, i64)> {
    let what = |bucket: Bucket, points: i64| match bucket {
        // What leaves the issuer was issued.
        Bucket::Issuer => Some((Bookkept::Accrual, points.saturating_neg())),
        Bucket::Spent => Some((Bookkept::Redemption, points)),
        Bucket::Expired => Some((Bookkept::Expiry, points)),
        Bucket::Revoked => Some((Bookkept::Revocation, points)),
        Bucket::Debt => Some((Bookkept::DebtClosing, points)),
        // The customer's own; a merge takes them along.
        Bucket::Pending | Bucket::Available | Bucket::Reserved | Bucket::Transfer | Bucket::Status => None,
    };
    what(from, points.saturating_neg()).into_iter().chain(what(to, points)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_booked_by_what_is_not_the_customers() {
        let booked = |from, to| bookkept((from, to), 500);
        assert_eq!(booked(Bucket::Issuer, Bucket::Pending), [(Bookkept::Accrual, 500)]);
        assert_eq!(booked(Bucket::Available, Bucket::Issuer), [(Bookkept::Accrual, -500)]);
        assert_eq!(booked(Bucket::Reserved, Bucket::Spent), [(Bookkept::Redemption, 500)]);
        assert_eq!(booked(Bucket::Spent, Bucket::Available), [(Bookkept::Redemption, -500)]);
        assert_eq!(booked(Bucket::Debt, Bucket::Revoked), [(Bookkept::DebtClosing, -500), (Bookkept::Revocation, 500)]);
        for (from, to) in [(Bucket::Pending, Bucket::Available), (Bucket::Available, Bucket::Transfer)] {
            assert_eq!(booked(from, to), []);
        }
    }
}
