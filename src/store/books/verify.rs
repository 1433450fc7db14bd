//! Recomputes everything that the journal knows, from zero, and names what differs: balances, lots, holds, what receipts
//! spent and earned, the chain of digests, and the daily seals over it (invariants 1–3, 5 and 9 on a live database). It compares every
//! row that a balance, a right or an answer rests on with the chronicle and the registry's chain, looks whether rows fit each
//! other, and whether every row is there that another names.
//!
//! It reads beside the tills. Each step sees one consistent state of some accounts, so a sale in between is never taken for
//! a mistake; and a step holds some thousand entries at most, however long the journal is, and the lots of one account.

mod chronicle;
mod chronicle_seals;
mod fits;
mod references;
mod registry;
mod replay;
mod seals;

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    fmt,
};

use diesel::{dsl::count_star, prelude::*};

use self::replay::Replay;
use crate::{
    domain::{account::Account, ids::LotNo, moment::Moment},
    store::{
        db::backend::{Db, Purpose, on},
        error::StoreError,
        facts::Kind,
        schema::{accounts, journal, lots, receipts, reservation_lots, reservations},
        sql::any_of::AnyOfValues as _,
        tables::{
            account::{AccountRow, lot::LotRow, movement::JournalRow},
            seal,
        },
    },
    vault::Vault,
};

pub use self::{chronicle_seals::KnownSeal, seals::KnownRoot};

/// Accounts in one step at most.
const ACCOUNTS_PER_STEP: i64 = 500;
/// Entries in one step, unless a single account has more.
const ENTRIES_PER_STEP: i64 = 20_000;
/// Entries in memory at a time.
const ENTRIES_PER_PAGE: i64 = 5_000;
/// Holds looked at in one step.
const HOLDS_PER_STEP: i64 = 2_000;
/// Ids in one list of a statement.
const IDS_PER_STATEMENT: usize = 1_000;
/// Findings kept; further ones are only counted.
const FINDINGS_MAX: usize = 10_000;

/// What a check has looked at, and what it found.
#[derive(Debug, Default, Clone)]
pub struct Report {
    /// Accounts looked at.
    pub accounts: u64,
    /// Accounts that there were when it began.
    pub accounts_expected: u64,
    /// Journal entries replayed.
    pub entries: u64,
    /// Daily seals computed again.
    pub seals: u64,
    /// Entries of the chronicle read.
    pub chronicle: u64,
    /// Seals of the chronicle computed again.
    pub chronicle_seals: u64,
    /// What differs, one sentence each.
    pub findings: Vec<Finding>,
    /// Findings beyond those.
    pub omitted: u64,
}

/// Something that is not as the journal says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Which account; none for a seal.
    pub account: Option<i64>,
    /// What, and how it differs.
    pub what: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.account {
            Some(account) => write!(f, "account {account}: {}", self.what),
            None => f.write_str(&self.what),
        }
    }
}

impl Report {
    fn found(&mut self, account: Option<i64>, what: String) {
        if self.findings.len() < FINDINGS_MAX {
            self.findings.push(Finding { account, what });
        } else {
            self.omitted = self.omitted.saturating_add(1);
        }
    }

    /// A row is not as the chronicle says. Of an account of which more is known already that says nothing new.
    fn changed(&mut self, kind: Kind, id: i64, what: String) {
        let account = (kind == Kind::Account).then_some(id);
        if account.is_some() && self.findings.iter().any(|finding| finding.account == account) {
            return;
        }
        self.found(account, what);
    }
}

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

/// Checks all accounts, a step at a time, each step on one consistent state; tells `progress` after each.
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
    let registry = registry::check(db, &mut report)?;
    let facts = chronicle::check(db, outside.vault, &mut report)?;
    registry::check_facts(db, &registry, &facts, &mut report)?;
    seals::check(db, outside.roots, &mut report)?;
    chronicle_seals::check(db, outside.chronicle_roots, outside.vault, &mut report)?;
    Ok(report)
}

/// A time as people read it, in UTC.
fn time_text(at_ms: i64) -> String {
    Moment(at_ms).local(0).format("%Y-%m-%d %H:%M:%S").to_string()
}

/// Some accounts, all that is known of them, and their journal.
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
        // After a merge, sales and holds of before name the account that stayed; their journal is where it was.
        if !replay.by_cause.is_empty() && row.merged_into.is_none() && !has_taken_over {
            replay.findings.append(&mut replay.by_cause);
        }
        for what in replay.findings {
            report.found(Some(row.id), what);
        }
    }
    Ok(Some(last))
}

/// Which accounts between two others were merged into, see [`has_taken_over`]: asked for a whole step at once, and within its
/// state, since a merge may come between two steps.
fn taken_over(db: &mut Db, first: i64, last: i64) -> Result<HashSet<i64>, StoreError> {
    let into: Vec<Option<i64>> = on!(db, c => accounts::table
        .filter(accounts::merged_into.ge(first))
        .filter(accounts::merged_into.le(last))
        .select(accounts::merged_into)
        .load(&mut **c))?;
    Ok(into.into_iter().flatten().collect())
}

/// Whether other accounts were merged into this one: then numbers are set aside for their lots, ended ones too, which no
/// entry names.
pub(in crate::store) fn has_taken_over(db: &mut Db, account: i64) -> Result<bool, StoreError> {
    let found: Option<i64> = on!(db, c => accounts::table
        .filter(accounts::merged_into.eq(account))
        .select(accounts::id)
        .first(&mut **c)
        .optional())?;
    Ok(found.is_some())
}

/// The next accounts: as many as have a step's worth of entries together, at least one.
fn next_accounts(db: &mut Db, after: i64) -> Result<Vec<(AccountRow, Option<i64>)>, StoreError> {
    let mut rows: Vec<(AccountRow, Option<i64>)> = on!(db, c => accounts::table
        .filter(accounts::id.gt(after))
        .order(accounts::id)
        .limit(ACCOUNTS_PER_STEP)
        .select((AccountRow::as_select(), accounts::sealed_seq))
        .load(&mut **c))?;
    let mut entries: i64 = 0;
    let fits = rows.iter().take_while(|(row, _)| {
        entries = entries.saturating_add(row.next_seq.max(1));
        entries <= ENTRIES_PER_STEP
    });
    let count = fits.count().max(1);
    rows.truncate(count);
    Ok(rows)
}

/// Shows the journal of all accounts between two, in order, a page at a time.
pub(in crate::store) fn for_entries(
    db: &mut Db,
    first: i64,
    last: i64,
    mut show: impl FnMut(&JournalRow),
) -> Result<(), StoreError> {
    let (mut account, mut seq) = (first, i64::MIN);
    loop {
        // The rest of the account at which the page before ended, then the accounts after it: each is a walk along the key.
        let mut page: Vec<JournalRow> = on!(db, c => journal::table
            .filter(journal::account_id.eq(account))
            .filter(journal::seq.gt(seq))
            .order(journal::seq)
            .limit(ENTRIES_PER_PAGE)
            .select(JournalRow::as_select())
            .load(&mut **c))?;
        let left = ENTRIES_PER_PAGE.saturating_sub(i64::try_from(page.len()).unwrap_or(i64::MAX));
        if left > 0 && account < last {
            let more: Vec<JournalRow> = on!(db, c => journal::table
                .filter(journal::account_id.gt(account))
                .filter(journal::account_id.le(last))
                .order((journal::account_id, journal::seq))
                .limit(left)
                .select(JournalRow::as_select())
                .load(&mut **c))?;
            page.extend(more);
        }
        for entry in &page {
            show(entry);
        }
        match page.last() {
            Some(entry) => (account, seq) = (entry.account_id, entry.seq),
            None => return Ok(()),
        }
    }
}

/// What an account's receipts say that was spent and earned, by receipt.
type Sales = HashMap<i64, (i64, i64)>;

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

/// What the open holds of each account hold of each lot, by their shares.
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

/// A hold as its own rows have it.
#[derive(Debug, Default)]
struct HoldRow {
    account: i64,
    captured: i64,
    given_back: i64,
    shares: BTreeMap<LotNo, i64>,
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

/// Some holds: whether their own figures add up (invariant 9).
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

/// The ids of the accounts of one step.
pub(in crate::store) fn steps(db: &mut Db, after: i64) -> Result<Vec<i64>, StoreError> {
    Ok(next_accounts(db, after)?.into_iter().map(|(row, _)| row.id).collect())
}

/// An account that the journal begins with.
pub(in crate::store) fn empty(account: i64) -> Account {
    use crate::domain::ids::{AccountId, CustomerId, ProgrammeId};
    Account::open(AccountId(account), CustomerId(0), ProgrammeId(0))
}
