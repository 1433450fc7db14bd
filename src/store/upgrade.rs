//! From an older schema to this one: the migrations, and what no migration can do in SQL.

use diesel::prelude::*;

use super::{
    backend::{BackendError, Db, Purpose, on},
    error::StoreError,
    schema::{accounts, journal, unfinished_upgrades},
    tables::ledger::JournalRow,
};

/// The step that the migration of the chained journal leaves to the program.
const CHAIN_JOURNAL: &str = "chain_journal";
/// Accounts chained in one transaction.
const ACCOUNTS_PER_STEP: i64 = 500;

/// Brings the database up to date and answers how many migrations were run; tells `progress` how many accounts of an older
/// journal have been chained so far. May be broken off and run again.
///
/// # Errors
/// A migration or a statement fails; what was finished stays.
pub fn upgrade(db: &mut Db, progress: impl FnMut(usize)) -> Result<usize, BackendError> {
    // Two gateways may start at once: the second waits for the first, however long its tables take.
    db.alone_without_timeouts(|db| upgrade_alone(db, progress))
}

fn upgrade_alone(db: &mut Db, mut progress: impl FnMut(usize)) -> Result<usize, BackendError> {
    let done = db.migrate()?;
    let steps: Vec<String> = on!(db, c => unfinished_upgrades::table.select(unfinished_upgrades::step).load(&mut **c))?;
    if !steps.iter().any(|step| step == CHAIN_JOURNAL) {
        return Ok(done);
    }
    let mut chained: usize = 0;
    let mut after = i64::MIN;
    loop {
        let step = db.transaction(Purpose::Write, |db| chain_some(db, after));
        match step.map_err(|error| BackendError::Migrate(error.to_string()))? {
            Some((last, count)) => {
                after = last;
                chained = chained.saturating_add(count);
                progress(chained);
            }
            None => break,
        }
    }
    on!(db, c => diesel::delete(unfinished_upgrades::table.find(CHAIN_JOURNAL)).execute(&mut **c))?;
    Ok(done)
}

/// Chains the entries of accounts that were written before there was a chain; the last account and how many there were.
fn chain_some(db: &mut Db, after: i64) -> Result<Option<(i64, usize)>, StoreError> {
    let ids: Vec<i64> = on!(db, c => accounts::table
        .filter(accounts::id.gt(after))
        .filter(accounts::head.is_null())
        .filter(accounts::next_seq.gt(1))
        .order(accounts::id)
        .limit(ACCOUNTS_PER_STEP)
        .select(accounts::id)
        .load(&mut **c))?;
    let Some(last) = ids.last().copied() else { return Ok(None) };
    for id in &ids {
        let entries: Vec<JournalRow> = on!(db, c => journal::table
            .filter(journal::account_id.eq(id))
            .order(journal::seq)
            .select(JournalRow::as_select())
            .load(&mut **c))?;
        let (mut head, mut recorded_at) = (None, i64::MIN);
        for mut entry in entries {
            // Programs before the chain wrote down when they had begun, which could be before the entry that they then followed.
            recorded_at = recorded_at.max(entry.recorded_at);
            entry.recorded_at = recorded_at;
            let hash = entry.chained_to(head.as_ref());
            on!(db, c => diesel::update(journal::table.find((entry.account_id, entry.seq)))
                .set((journal::hash.eq(hash.as_slice()), journal::recorded_at.eq(entry.recorded_at)))
                .execute(&mut **c))?;
            head = Some(hash);
        }
        on!(db, c => diesel::update(accounts::table.find(id))
            .set(accounts::head.eq(head.as_ref().map(<[u8; 32]>::as_slice)))
            .execute(&mut **c))?;
    }
    Ok(Some((last, ids.len())))
}
