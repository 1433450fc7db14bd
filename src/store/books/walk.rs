//! Walks along the journal, for those who compute something from all of it: some accounts and some thousand entries at a time.

use diesel::prelude::*;

use crate::{
    domain::{
        account::Account,
        ids::{AccountId, CustomerId, ProgrammeId},
    },
    store::{
        db::backend::{Db, on},
        error::StoreError,
        schema::{accounts, journal},
        tables::account::{AccountRow, movement::JournalRow},
    },
};

/// Accounts in one step at most.
const ACCOUNTS_PER_STEP: i64 = 500;

/// Entries in one step, unless a single account has more.
const ENTRIES_PER_STEP: i64 = 20_000;

/// Entries in memory at a time.
const ENTRIES_PER_PAGE: i64 = 5_000;

/// The next accounts: as many as have a step's worth of entries together, at least one.
pub(super) fn next_accounts(db: &mut Db, after: i64) -> Result<Vec<(AccountRow, Option<i64>)>, StoreError> {
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

/// The ids of the accounts of one step.
pub(in crate::store) fn steps(db: &mut Db, after: i64) -> Result<Vec<i64>, StoreError> {
    Ok(next_accounts(db, after)?.into_iter().map(|(row, _)| row.id).collect())
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

/// An account that the journal begins with.
pub(in crate::store) fn empty(account: i64) -> Account {
    Account::open(AccountId(account), CustomerId(0), ProgrammeId(0))
}
