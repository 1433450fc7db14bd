//! Recomputes everything from the journal and reports differences: balances, lots, holds, points spent and earned by
//! receipts, the chain of digests, and the daily seals (invariants 1–3, 5 and 9 on a live database). It also checks
//! references between rows.
//!
//! It runs while tills work. Each step reads one consistent state of some accounts, so a concurrent sale is never reported
//! as an error. A step holds some thousand entries at most, and the lots of one account.

mod answers;
mod chronicle;
mod chronicle_seals;
mod fiscal;
mod fits;
mod keys;
mod references;
mod registry;
mod replay;
mod report;
mod seals;

use std::collections::{BTreeMap, HashMap, HashSet};

use diesel::{dsl::count_star, prelude::*};

use self::replay::{HoldRow, Replay, Sales};
use crate::{
    domain::ids::LotNo,
    store::{
        books::walk::{for_entries, next_accounts},
        db::backend::{Db, Purpose, on},
        error::StoreError,
        schema::{accounts, lots, receipts, reservation_lots, reservations},
        sql::any_of::AnyOfValues as _,
        tables::{account::lot::LotRow, seal},
    },
    vault::Vault,
};

pub use self::{
    chronicle_seals::KnownSeal,
    report::{Accepted, Finding, Report},
    seals::KnownRoot,
};

/// Holds looked at in one step.
const HOLDS_PER_STEP: i64 = 2_000;
/// Ids in one list of a statement.
const IDS_PER_STATEMENT: usize = 1_000;

/// What was kept outside of the database.
#[derive(Debug, Default, Clone, Copy)]
pub struct Outside<'a> {
    /// Copies of the roots of daily seals.
    pub roots: &'a [KnownRoot],
    /// Copies of the roots of the chronicle's seals.
    pub chronicle_roots: &'a [KnownSeal],
    /// The key, with which the ends of the chronicle's lanes are signed; without it that is not looked at.
    pub vault: Option<&'a Vault>,
}

/// Checks all accounts in steps, each on one consistent state. Calls `progress` after each step.
///
/// # Errors
/// A statement fails, or a row is unreadable.
pub fn verify(db: &mut Db, progress: impl FnMut(&Report)) -> Result<Report, StoreError> {
    verify_against(db, &Outside::default(), progress)
}

/// The same, and compares with what was kept elsewhere.
///
/// # Errors
/// A statement fails, or a row is unreadable.
pub fn verify_against(
    db: &mut Db,
    outside: &Outside<'_>,
    mut progress: impl FnMut(&Report),
) -> Result<Report, StoreError> {
    let expected: i64 = on!(db, c => accounts::table.select(count_star()).first(&mut **c))?;
    let mut report = Report { accounts_expected: u64::try_from(expected).unwrap_or_default(), ..Report::default() };
    let mut after = i64::MIN;
    while let Some(last) = db.transaction(Purpose::Read, |db| step(db, after, &mut report))? {
        after = last;
        progress(&report);
    }
    let mut after = i64::MIN;
    while let Some(last) = db.transaction(Purpose::Read, |db| holds_step(db, after, &mut report))? {
        after = last;
    }
    references::check(db, &mut report)?;
    fits::check(db, &mut report)?;
    fiscal::check(db, &mut report)?;
    keys::check(db, outside.vault, &mut report)?;
    answers::check(db, outside.vault, &mut report)?;
    let registry = registry::check(db, &mut report)?;
    let facts = chronicle::check(db, outside.vault, &mut report)?;
    registry::check_facts(db, &registry, &facts, &mut report)?;
    seals::check(db, outside.roots, &mut report)?;
    chronicle_seals::check(db, outside.chronicle_roots, outside.vault, &mut report)?;
    Ok(report)
}

/// Checks one step: some accounts, their rows and their journal.
fn step(db: &mut Db, after: i64, report: &mut Report) -> Result<Option<i64>, StoreError> {
    let rows = next_accounts(db, after)?;
    let (Some(first), Some(last)) = (rows.first().map(|(row, _)| row.id), rows.last().map(|(row, _)| row.id)) else {
        return Ok(None);
    };
    let mut replays: BTreeMap<i64, Replay> = rows.iter().map(|(row, _)| (row.id, Replay::of(row.id))).collect();
    for head in seal::heads_between(db, first, last)? {
        if let Some(replay) = replays.get_mut(&head.account_id) {
            replay.seals.push(head);
        }
    }
    let mut entries: u64 = 0;
    for_entries(db, first, last, |entry| {
        entries = entries.saturating_add(1);
        if let Some(replay) = replays.get_mut(&entry.account_id) {
            replay.take(entry);
        }
    })?;
    let mut sales = sales(db, first, last)?;
    let held = held(db, first, last)?;
    let holds = holds(db, &replays)?;
    let taken_over = taken_over(db, first, last)?;
    let lot_rows: Vec<LotRow> = on!(db, c => lots::table
        .filter(lots::account_id.between(first, last))
        .order((lots::account_id, lots::lot_no))
        .select(LotRow::as_select())
        .load(&mut **c))?;
    let mut lots_of: HashMap<i64, Vec<LotRow>> = HashMap::new();
    for lot in lot_rows {
        lots_of.entry(lot.account_id).or_default().push(lot);
    }
    report.accounts = report.accounts.saturating_add(u64::try_from(rows.len()).unwrap_or(u64::MAX));
    report.entries = report.entries.saturating_add(entries);
    for (row, sealed_seq) in &rows {
        let Some(mut replay) = replays.remove(&row.id) else { continue };
        let has_taken_over = taken_over.contains(&row.id);
        replay.compare_account(row, *sealed_seq, has_taken_over);
        replay.compare_held(held.get(&row.id));
        replay.compare_holds(&holds);
        replay.compare_sales(sales.remove(&row.id).unwrap_or_default());
        replay.compare_lots(lots_of.remove(&row.id).unwrap_or_default());
        // After a merge, earlier sales and holds name the remaining account, but their journal entries stay where they
        // were.
        if !replay.by_cause.is_empty() && row.merged_into.is_none() && !has_taken_over {
            replay.findings.append(&mut replay.by_cause);
        }
        for what in replay.findings {
            report.found(Some(row.id), what);
        }
    }
    Ok(Some(last))
}

/// The accounts of a step that others were merged into, see [`has_taken_over`]. Read within the step's state, since a merge
/// may happen between two steps.
fn taken_over(db: &mut Db, first: i64, last: i64) -> Result<HashSet<i64>, StoreError> {
    let into: Vec<Option<i64>> = on!(db, c => accounts::table
        .filter(accounts::merged_into.ge(first))
        .filter(accounts::merged_into.le(last))
        .select(accounts::merged_into)
        .load(&mut **c))?;
    Ok(into.into_iter().flatten().collect())
}

/// What receipts say, by account.
fn sales(db: &mut Db, first: i64, last: i64) -> Result<HashMap<i64, Sales>, StoreError> {
    let rows: Vec<(Option<i64>, i64, i64, i64)> = on!(db, c => receipts::table
        .filter(receipts::account_id.between(first, last))
        .select((receipts::account_id, receipts::id, receipts::points_spent, receipts::points_earned))
        .load(&mut **c))?;
    let mut sales: HashMap<i64, Sales> = HashMap::new();
    for (account, receipt, spent, earned) in rows {
        if let Some(account) = account {
            sales.entry(account).or_default().insert(receipt, (spent, earned));
        }
    }
    Ok(sales)
}

/// The points that open holds hold, by account and lot, from their shares.
fn held(db: &mut Db, first: i64, last: i64) -> Result<HashMap<i64, BTreeMap<LotNo, i64>>, StoreError> {
    let shares: Vec<(i64, i64, i64)> = on!(db, c => reservations::table
        .inner_join(reservation_lots::table.on(reservation_lots::reservation_id.eq(reservations::id)))
        .filter(reservations::account_id.between(first, last))
        .filter(reservations::ended_at.is_null())
        .select((reservations::account_id, reservation_lots::lot_no, reservation_lots::points))
        .load(&mut **c))?;
    let mut held: HashMap<i64, BTreeMap<LotNo, i64>> = HashMap::new();
    for (account, lot, points) in shares {
        let sum = held.entry(account).or_default().entry(LotNo(lot)).or_default();
        *sum = sum.saturating_add(points);
    }
    Ok(held)
}

/// The holds that the journals name, by id.
fn holds(db: &mut Db, replays: &BTreeMap<i64, Replay>) -> Result<HashMap<i64, HoldRow>, StoreError> {
    let ids: Vec<i64> = replays.values().flat_map(|replay| replay.holds.keys().copied()).collect();
    let mut holds: HashMap<i64, HoldRow> = HashMap::with_capacity(ids.len());
    for chunk in ids.chunks(IDS_PER_STATEMENT) {
        let rows: Vec<(i64, i64, i64, i64, i64)> = on!(db, c => reservations::table
            .filter(reservations::id.any_of(chunk))
            .select((
                reservations::id,
                reservations::account_id,
                reservations::captured,
                reservations::released,
                reservations::expired,
            ))
            .load(&mut **c))?;
        for (id, account, captured, released, expired) in rows {
            let given_back = released.saturating_add(expired);
            holds.insert(id, HoldRow { account, captured, given_back, shares: BTreeMap::new() });
        }
        let shares: Vec<(i64, i64, i64)> = on!(db, c => reservation_lots::table
            .filter(reservation_lots::reservation_id.any_of(chunk))
            .select((reservation_lots::reservation_id, reservation_lots::lot_no, reservation_lots::points))
            .load(&mut **c))?;
        for (id, lot, points) in shares {
            if let Some(hold) = holds.get_mut(&id) {
                hold.shares.insert(LotNo(lot), points);
            }
        }
    }
    Ok(holds)
}

/// Checks that the figures of some holds add up (invariant 9).
fn holds_step(db: &mut Db, after: i64, report: &mut Report) -> Result<Option<i64>, StoreError> {
    type Row = (i64, i64, i64, i64, i64, i64, Option<i64>);
    let rows: Vec<Row> = on!(db, c => reservations::table
        .filter(reservations::id.gt(after))
        .order(reservations::id)
        .limit(HOLDS_PER_STEP)
        .select((
            reservations::id,
            reservations::account_id,
            reservations::points,
            reservations::captured,
            reservations::released,
            reservations::expired,
            reservations::ended_at,
        ))
        .load(&mut **c))?;
    let (Some(first), Some(last)) = (rows.first().map(|row| row.0), rows.last().map(|row| row.0)) else {
        return Ok(None);
    };
    let shares: Vec<(i64, i64)> = on!(db, c => reservation_lots::table
        .filter(reservation_lots::reservation_id.between(first, last))
        .select((reservation_lots::reservation_id, reservation_lots::points))
        .load(&mut **c))?;
    let mut sums: HashMap<i64, i64> = HashMap::new();
    for (id, points) in shares {
        let sum = sums.entry(id).or_default();
        *sum = sum.saturating_add(points);
    }
    for (id, account, points, captured, released, expired, ended_at) in rows {
        let ended = captured.saturating_add(released).saturating_add(expired);
        if ended != if ended_at.is_some() { points } else { 0 } {
            let has = if ended_at.is_some() { "has ended" } else { "has not ended" };
            report.found(Some(account), format!("hold {id} {has}, and its parts do not add up: {ended} of {points}"));
        }
        let shares = sums.remove(&id).unwrap_or_default();
        if shares != points {
            report.found(Some(account), format!("hold {id} is of {points}, its lots of {shares}"));
        }
    }
    Ok(Some(last))
}
