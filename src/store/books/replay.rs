//! Rebuilds the caches of the journal from the journal alone: balances, next numbers, head, times and lots.
//!
//! An account whose journal is damaged is left unchanged: its caches may be the only correct record.

use std::collections::BTreeMap;

use diesel::prelude::*;

use crate::{
    domain::{
        account::{Account, ChainHead},
        ids::LotNo,
    },
    store::{
        books::walk::{empty, for_entries, has_taken_over, steps},
        db::backend::{Db, Purpose, load_locked, on},
        error::StoreError,
        schema::{accounts, lots},
        sql::{any_of::AnyOfValues as _, batch::write_together, insert::write_rows},
        tables::account::{
            AccountRow,
            lot::{self, LotRow},
            movement::JournalRow,
        },
    },
};

/// The result of a replay.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Summary {
    /// Accounts rebuilt.
    pub accounts: u64,
    /// Entries replayed.
    pub entries: u64,
    /// Accounts that differed from their journal.
    pub differing: u64,
    /// Accounts whose journal is damaged.
    pub damaged: u64,
}

/// One account's journal, replayed.
struct Rebuilt {
    account: Account,
    head: Option<ChainHead>,
    damage: Option<String>,
}

impl Rebuilt {
    fn take(&mut self, row: &JournalRow) {
        if self.damage.is_some() {
            return;
        }
        if row.seq != self.account.next_seq || row.hash != row.chained_to(self.head.as_ref()) {
            self.damage = Some(format!("entry {} does not follow the one before it", row.seq));
            return;
        }
        match row.movement() {
            Ok(entry) => self.account.replay(&entry),
            Err(error) => self.damage = Some(format!("entry {}: {error}", row.seq)),
        }
        self.head = row.hash.as_slice().try_into().ok();
    }
}

/// Replays every journal and compares. Repairs differences when `write`. Calls `found` for each difference, `progress`
/// after each step.
///
/// # Errors
/// A statement fails; the steps before it stay.
pub fn replay(
    db: &mut Db,
    write: bool,
    mut found: impl FnMut(i64, &str),
    mut progress: impl FnMut(&Summary),
) -> Result<Summary, StoreError> {
    let mut summary = Summary::default();
    let mut after = i64::MIN;
    let purpose = if write { Purpose::Write } else { Purpose::Read };
    loop {
        let mut told: Vec<(i64, String)> = Vec::new();
        let mut seen = summary;
        let last = db.transaction(purpose, |db| step(db, after, write, &mut seen, &mut told))?;
        // Only committed repairs are reported.
        summary = seen;
        for (account, what) in &told {
            found(*account, what);
        }
        match last {
            Some(last) => after = last,
            None => return Ok(summary),
        }
        progress(&summary);
    }
}

fn step(
    db: &mut Db,
    after: i64,
    write: bool,
    summary: &mut Summary,
    told: &mut Vec<(i64, String)>,
) -> Result<Option<i64>, StoreError> {
    let ids = steps(db, after)?;
    let (Some(first), Some(last)) = (ids.first().copied(), ids.last().copied()) else { return Ok(None) };
    let rows: Vec<AccountRow> = load_locked!(
        db,
        write,
        accounts::table.filter(accounts::id.any_of(&ids)).order(accounts::id).select(AccountRow::as_select())
    )?;
    let mut rebuilt: BTreeMap<i64, Rebuilt> =
        ids.iter().map(|id| (*id, Rebuilt { account: empty(*id), head: None, damage: None })).collect();
    let mut entries: u64 = 0;
    for_entries(db, first, last, |entry| {
        entries = entries.saturating_add(1);
        if let Some(rebuilt) = rebuilt.get_mut(&entry.account_id) {
            rebuilt.take(entry);
        }
    })?;
    let stored: Vec<LotRow> = on!(db, c => lots::table
        .filter(lots::account_id.between(first, last))
        .order((lots::account_id, lots::lot_no))
        .select(LotRow::as_select())
        .load(&mut **c))?;
    let mut lots_of: BTreeMap<i64, BTreeMap<i64, LotRow>> = BTreeMap::new();
    for lot in stored {
        lots_of.entry(lot.account_id).or_default().insert(lot.lot_no, lot);
    }
    for row in &rows {
        let Some(rebuilt) = rebuilt.remove(&row.id) else { continue };
        summary.accounts = summary.accounts.saturating_add(1);
        let lots = lots_of.remove(&row.id).unwrap_or_default();
        if let Some(damage) = rebuilt.damage {
            summary.damaged = summary.damaged.saturating_add(1);
            told.push((row.id, format!("its journal is damaged, and it is left as it is: {damage}")));
            continue;
        }
        let before = told.len();
        mend_account(db, row, &rebuilt, write, told)?;
        mend_lots(db, row.id, &rebuilt.account, lots, write, told)?;
        if told.len() > before {
            summary.differing = summary.differing.saturating_add(1);
        }
    }
    summary.entries = summary.entries.saturating_add(entries);
    Ok(Some(last))
}

fn mend_account(
    db: &mut Db,
    row: &AccountRow,
    rebuilt: &Rebuilt,
    write: bool,
    told: &mut Vec<(i64, String)>,
) -> Result<(), StoreError> {
    let account = &rebuilt.account;
    // Never lower after a merge: a lot number that an old sale names must not be used again.
    let is_set_aside = row.next_lot > account.next_lot && has_taken_over(db, row.id)?;
    let next_lot = if is_set_aside { row.next_lot } else { account.next_lot };
    let head = rebuilt.head.map(|head| head.to_vec());
    let (recorded_at, next_due_at) = (account.recorded_at.map(|at| at.0), account.next_due_at().map(|at| at.0));
    let before = told.len();
    let mut compare = |name: &str, stored: Option<i64>, replayed: Option<i64>| {
        if stored != replayed {
            let text = |value: Option<i64>| value.map_or_else(|| "nothing".to_owned(), |value| value.to_string());
            told.push((row.id, format!("{name}: stored {}, the journal gives {}", text(stored), text(replayed))));
        }
    };
    compare("pending", Some(row.pending), Some(account.balances.pending.0));
    compare("available", Some(row.available), Some(account.balances.available.0));
    compare("reserved", Some(row.reserved), Some(account.balances.reserved.0));
    compare("debt", Some(row.debt), Some(account.balances.debt.0));
    compare("next lot", Some(row.next_lot), Some(next_lot));
    compare("next entry", Some(row.next_seq), Some(account.next_seq));
    compare("recorded at", row.recorded_at, recorded_at);
    compare("next due at", row.next_due_at, next_due_at);
    if row.head != head {
        told.push((row.id, "head: it is not the digest of the last entry".to_owned()));
    }
    if write && told.len() > before {
        on!(db, c => diesel::update(accounts::table.find(row.id))
            .set((
                accounts::pending.eq(account.balances.pending.0),
                accounts::available.eq(account.balances.available.0),
                accounts::reserved.eq(account.balances.reserved.0),
                accounts::debt.eq(account.balances.debt.0),
                accounts::next_lot.eq(next_lot),
                accounts::next_seq.eq(account.next_seq),
                accounts::recorded_at.eq(recorded_at),
                accounts::next_due_at.eq(next_due_at),
                accounts::head.eq(head),
            ))
            .execute(&mut **c))?;
    }
    Ok(())
}

fn mend_lots(
    db: &mut Db,
    account: i64,
    rebuilt: &Account,
    mut stored: BTreeMap<i64, LotRow>,
    write: bool,
    told: &mut Vec<(i64, String)>,
) -> Result<(), StoreError> {
    for lot in rebuilt.lots.values() {
        let LotNo(no) = lot.no;
        let right = lot::row(rebuilt.id, lot);
        let what = match stored.remove(&no) {
            Some(row) if row == right => continue,
            Some(_) => "it is not what the journal gives",
            None => "it is in the journal and not among the lots",
        };
        told.push((account, format!("lot {no}: {what}")));
        if write {
            delete_lot(db, account, no)?;
            write_together(db, |out| {
                write_rows!(out, vec![right], lots);
                Ok(())
            })?;
        }
    }
    for no in stored.into_keys() {
        told.push((account, format!("lot {no}: the journal knows nothing of it")));
        if write {
            delete_lot(db, account, no)?;
        }
    }
    Ok(())
}

fn delete_lot(db: &mut Db, account: i64, no: i64) -> Result<(), StoreError> {
    on!(db, c => diesel::delete(lots::table.find((account, no))).execute(&mut **c))?;
    Ok(())
}
