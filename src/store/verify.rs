//! Recomputes every balance from the journal, from zero, and names what differs (invariants 1–3, 5 and 9 on a live
//! database).

use std::collections::HashMap;

use diesel::prelude::*;

use crate::domain::{
    account::{Account, Balances, ChainHead},
    ids::{AccountId, CustomerId, ProgrammeId},
};

use super::{
    backend::{Db, Purpose, on},
    error::StoreError,
    schema::{accounts, journal, lots, reservation_lots, reservations},
    tables::ledger::{AccountRow, JournalRow, LotRow, lot},
};

/// Accounts in one step: what is held in memory, and how often progress is told.
const ACCOUNTS_PER_STEP: i64 = 500;

/// What a check has looked at, and what it found.
#[derive(Debug, Default, Clone)]
pub struct Report {
    /// Accounts looked at.
    pub accounts: u64,
    /// Journal entries replayed.
    pub entries: u64,
    /// What differs, one sentence each.
    pub findings: Vec<Finding>,
}

/// Something that is not as the journal says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Which account.
    pub account: i64,
    /// What, and how it differs.
    pub what: String,
}

/// Checks all accounts, a step at a time, each step on one consistent state; tells `progress` after each.
///
/// # Errors
/// A statement fails, or a row is unreadable.
pub fn verify(db: &mut Db, mut progress: impl FnMut(&Report)) -> Result<Report, StoreError> {
    let mut report = Report::default();
    let mut after = i64::MIN;
    loop {
        let last = db.transaction(Purpose::Read, |db| step(db, after, &mut report))?;
        match last {
            Some(id) => after = id,
            None => return Ok(report),
        }
        progress(&report);
    }
}

/// One account's journal, replayed.
struct Replay {
    account: Account,
    head: Option<ChainHead>,
    findings: Vec<String>,
}

fn step(db: &mut Db, after: i64, report: &mut Report) -> Result<Option<i64>, StoreError> {
    let rows: Vec<AccountRow> = on!(db, c => accounts::table
        .filter(accounts::id.gt(after))
        .order(accounts::id)
        .limit(ACCOUNTS_PER_STEP)
        .select(AccountRow::as_select())
        .load(&mut **c))?;
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    let entries: Vec<JournalRow> = on!(db, c => journal::table
        .filter(journal::account_id.eq_any(&ids))
        .order((journal::account_id, journal::seq))
        .select(JournalRow::as_select())
        .load(&mut **c))?;
    let lot_rows: Vec<LotRow> = on!(db, c => lots::table
        .filter(lots::account_id.eq_any(&ids))
        .select(LotRow::as_select())
        .load(&mut **c))?;
    let mut lots_of: HashMap<i64, Vec<LotRow>> = HashMap::new();
    for lot in lot_rows {
        lots_of.entry(lot.account_id).or_default().push(lot);
    }
    let held = held(db, &ids)?;
    let mut replays: HashMap<i64, Replay> = HashMap::new();
    for entry in &entries {
        replays.entry(entry.account_id).or_insert_with(|| Replay::of(entry.account_id)).take(entry)?;
    }
    let unfinished = unfinished(db, &ids)?;
    report.accounts = report.accounts.saturating_add(u64::try_from(rows.len()).unwrap_or(u64::MAX));
    report.entries = report.entries.saturating_add(u64::try_from(entries.len()).unwrap_or(u64::MAX));
    for row in &rows {
        let mut replay = replays.remove(&row.id).unwrap_or_else(|| Replay::of(row.id));
        replay.compare_account(row, held.get(&row.id).copied().unwrap_or_default());
        for lot in lots_of.remove(&row.id).unwrap_or_default() {
            replay.compare_lot(lot)?;
        }
        let missing = replay.account.lots.keys().map(|no| format!("lot {no} is in the journal and not in the lots"));
        replay.findings.extend(missing);
        let holds = unfinished.iter().filter(|(account, _)| *account == row.id);
        replay.findings.extend(holds.map(|(_, id)| format!("hold {id} has ended, and its parts do not add up")));
        report.findings.extend(replay.findings.into_iter().map(|what| Finding { account: row.id, what }));
    }
    Ok(ids.last().copied())
}

/// What the open holds of each account hold, by their shares.
fn held(db: &mut Db, ids: &[i64]) -> Result<HashMap<i64, i64>, StoreError> {
    let shares: Vec<(i64, i64)> = on!(db, c => reservations::table
        .inner_join(reservation_lots::table.on(reservation_lots::reservation_id.eq(reservations::id)))
        .filter(reservations::account_id.eq_any(ids))
        .filter(reservations::ended_at.is_null())
        .select((reservations::account_id, reservation_lots::points))
        .load(&mut **c))?;
    let mut held: HashMap<i64, i64> = HashMap::new();
    for (account, points) in shares {
        let sum = held.entry(account).or_default();
        *sum = sum.saturating_add(points);
    }
    Ok(held)
}

/// Holds that have ended although what was spent, given back and lapsed is not what was held (invariant 9).
fn unfinished(db: &mut Db, ids: &[i64]) -> Result<Vec<(i64, i64)>, StoreError> {
    let ended = reservations::captured + reservations::released + reservations::expired;
    Ok(on!(db, c => reservations::table
        .filter(reservations::account_id.eq_any(ids))
        .filter(reservations::ended_at.is_not_null())
        .filter(ended.ne(reservations::points))
        .select((reservations::account_id, reservations::id))
        .load(&mut **c))?)
}

impl Replay {
    fn of(account: i64) -> Self {
        Self {
            account: Account::open(AccountId(account), CustomerId(0), ProgrammeId(0)),
            head: None,
            findings: Vec::new(),
        }
    }

    fn take(&mut self, row: &JournalRow) -> Result<(), StoreError> {
        let entry = row.movement()?;
        let seq = entry.seq;
        if seq != self.account.next_seq {
            self.findings.push(format!("entry {seq} stands where entry {} should", self.account.next_seq));
        }
        if self.account.recorded_at.is_some_and(|before| entry.recorded_at < before) {
            self.findings.push(format!("entry {seq} was recorded before the one that it follows"));
        }
        let expected = row.chained_to(self.head.as_ref());
        if row.hash != expected {
            self.findings
                .push(format!("entry {seq} is not what it was when it was written, or the one before it is not"));
        }
        // The chain goes on from what is written there, so that one changed entry is one finding.
        self.head = row.hash.as_slice().try_into().ok();
        if entry.lot.is_some_and(|no| entry.terms.is_none() && !self.account.lots.contains_key(&no)) {
            self.findings.push(format!("entry {seq} moves points of a lot that no entry before it began"));
        }
        self.account.replay(&entry);
        let balances = self.account.balances;
        if balances.available != entry.available_after {
            self.findings.push(format!(
                "entry {seq} says that {} were available after it; the journal gives {}",
                entry.available_after, balances.available
            ));
        }
        let sums = [balances.available, balances.pending, balances.reserved, balances.debt];
        if sums.iter().any(|sum| sum.0 < 0) {
            self.findings.push(format!("after entry {seq} a balance is negative"));
        }
        let lot = entry.lot.and_then(|no| self.account.lots.get(&no));
        if let Some(lot) = lot.filter(|lot| !lot.is_balanced()) {
            self.findings.push(format!("after entry {seq} the parts of lot {} do not add up", lot.no));
        }
        Ok(())
    }

    fn compare_account(&mut self, row: &AccountRow, held: i64) {
        let Balances { pending, available, reserved, debt } = self.account.balances;
        let pairs = [
            ("pending", row.pending, pending.0),
            ("available", row.available, available.0),
            ("reserved", row.reserved, reserved.0),
            ("debt", row.debt, debt.0),
            ("next entry", row.next_seq, self.account.next_seq),
            ("held by open reservations", held, reserved.0),
        ];
        for (name, stored, replayed) in pairs {
            if stored != replayed {
                self.findings.push(format!("{name}: stored {stored}, the journal gives {replayed}"));
            }
        }
        if row.available > 0 && row.debt > 0 {
            self.findings.push(format!("{} available beside a debt of {}", row.available, row.debt));
        }
        if row.head.as_deref() != self.head.as_ref().map(<[u8; 32]>::as_slice) {
            self.findings.push("the journal does not end where the account says that it ends".into());
        }
    }

    fn compare_lot(&mut self, row: LotRow) -> Result<(), StoreError> {
        let (_, stored) = lot(row)?;
        let replayed = self.account.lots.remove(&stored.no);
        if replayed.as_ref() != Some(&stored) {
            self.findings.push(format!("lot {}: stored {stored:?}, the journal gives {replayed:?}", stored.no));
        }
        Ok(())
    }
}
