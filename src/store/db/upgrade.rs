//! From an older schema to this one: the migrations, and what no migration can do in SQL.

mod cover;

pub(in crate::store) use self::cover::ACCEPTED;

use std::fmt;

use diesel::prelude::*;

use crate::{
    domain::moment::Moment,
    store::{
        db::backend::{BackendError, Db, Purpose, on},
        error::StoreError,
        schema::{accounts, exchanges, journal, unfinished_upgrades},
        sql::any_of::AnyOfValues as _,
        tables::{
            account::movement::JournalRow,
            call_log::{self, Draft, ExchangeRow},
            reference,
        },
    },
    vault::Vault,
};

/// The step that the migration of the chained journal leaves to the program.
const CHAIN_JOURNAL: &str = "chain_journal";
/// Accounts chained in one transaction.
const ACCOUNTS_PER_STEP: i64 = 500;
/// The step that the migration of the pages of exchanges leaves to the program.
const PACK_EXCHANGES: &str = "pack_exchanges";
/// Exchanges put into pages in one transaction.
const EXCHANGES_PER_STEP: i64 = 512;

/// How far an upgrade has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// So many accounts of an older journal have been chained.
    AccountsChained(usize),
    /// So many exchanges have been put into pages.
    ExchangesPacked(usize),
    /// So many rows have been written down in the chronicle.
    RowsCovered(usize),
}

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AccountsChained(count) => write!(f, "the journal of {count} older accounts is chained"),
            Self::ExchangesPacked(count) => write!(f, "{count} older exchanges are put into pages"),
            Self::RowsCovered(count) => write!(f, "{count} rows are written down in the chronicle"),
        }
    }
}

/// Brings the database up to date and answers how many migrations were run; tells `progress` how far it has come. May be
/// broken off and run again.
///
/// # Errors
/// A migration or a statement fails; what was finished stays.
pub fn upgrade(db: &mut Db, vault: &Vault, now: Moment, progress: impl FnMut(Progress)) -> Result<usize, BackendError> {
    // Two gateways may start at once: the second waits for the first, however long its tables take.
    db.alone_without_timeouts(|db| upgrade_alone(db, vault, now, progress))
}

/// Writes down in the chronicle how every row is, whatever stands there: all of it is accepted, and the registry's chain says that
/// it was. May be broken off; the next [`upgrade`] goes on with it.
///
/// # Errors
/// A statement fails; what was finished stays.
pub fn cover_anew(
    db: &mut Db,
    vault: &Vault,
    now: Moment,
    mut progress: impl FnMut(Progress),
) -> Result<(), BackendError> {
    db.alone_without_timeouts(|db| {
        db.transaction(Purpose::Write, |db| cover::begin(db, vault, now)).map_err(failed)?;
        cover::cover(db, vault, now, |count| progress(Progress::RowsCovered(count)))
    })
}

fn upgrade_alone(
    db: &mut Db,
    vault: &Vault,
    now: Moment,
    mut progress: impl FnMut(Progress),
) -> Result<usize, BackendError> {
    let done = db.migrate()?;
    finish(db, CHAIN_JOURNAL, chain_some, |count| progress(Progress::AccountsChained(count)))?;
    finish(db, PACK_EXCHANGES, pack_some, |count| progress(Progress::ExchangesPacked(count)))?;
    cover::cover(db, vault, now, |count| progress(Progress::RowsCovered(count)))?;
    Ok(done)
}

/// Does what is left of a step, in transactions of their own: each is told where the one before it ended, and answers where it
/// ended itself and how many it did.
fn finish(
    db: &mut Db,
    step: &str,
    some: impl Fn(&mut Db, i64) -> Result<Option<(i64, usize)>, StoreError>,
    mut progress: impl FnMut(usize),
) -> Result<(), BackendError> {
    let is_left: i64 = on!(db, c => unfinished_upgrades::table.find(step).count().get_result(&mut **c))?;
    if is_left == 0 {
        return Ok(());
    }
    let mut from = i64::MIN;
    let mut count: usize = 0;
    loop {
        let done = db.transaction(Purpose::Write, |db| some(db, from));
        match done.map_err(failed)? {
            Some((last, more)) => {
                from = last;
                count = count.saturating_add(more);
                progress(count);
            }
            None => break,
        }
    }
    on!(db, c => diesel::delete(unfinished_upgrades::table.find(step)).execute(&mut **c))?;
    Ok(())
}

#[allow(clippy::needless_pass_by_value, reason = "the shape of map_err")]
fn failed(error: StoreError) -> BackendError {
    BackendError::Migrate(error.to_string())
}

/// A row of the journal of exchanges as it was before there were pages.
#[derive(Queryable, Selectable)]
#[diesel(table_name = exchanges)]
struct OlderExchange {
    id: i64,
    at: i64,
    request_id: String,
    service: String,
    operation: Option<String>,
    code: String,
    http_status: i64,
    partner_id: Option<i64>,
    login: Option<String>,
    operation_key: Option<String>,
    card: Option<String>,
    till: Option<String>,
    duration_ms: i64,
    request: Option<String>,
    answer: Option<String>,
}

/// Puts exchanges that lie in a row each into pages, in the order in which they were answered; the time of the last and how
/// many there were.
fn pack_some(db: &mut Db, from: i64) -> Result<Option<(i64, usize)>, StoreError> {
    // From the time of the last step on: a server finds its way over rows that are deleted already only slowly.
    let older: Vec<OlderExchange> = on!(db, c => exchanges::table
        .filter(exchanges::at.ge(from))
        .order((exchanges::at, exchanges::id))
        .limit(EXCHANGES_PER_STEP)
        .select(OlderExchange::as_select())
        .load(&mut **c))?;
    let Some(last) = older.last().map(|row| row.at) else { return Ok(None) };
    let ids: Vec<i64> = older.iter().map(|row| row.id).collect();
    let mut drafts = vec![Draft::default()];
    for row in older {
        if drafts.last().is_some_and(Draft::is_full) {
            drafts.push(Draft::default());
        }
        if let Some(draft) = drafts.last_mut() {
            draft.push(&row.into());
        }
    }
    let first_id = reference::take_ids(db, i64::try_from(drafts.len()).unwrap_or(i64::MAX))?;
    let pages: Vec<_> = (first_id..).zip(&drafts).map(|(id, draft)| draft.pack(id)).collect();
    call_log::insert(db, &pages)?;
    on!(db, c => diesel::delete(exchanges::table.filter(exchanges::id.any_of(&ids))).execute(&mut **c))?;
    Ok(Some((last, ids.len())))
}

impl From<OlderExchange> for ExchangeRow {
    fn from(row: OlderExchange) -> Self {
        Self {
            at: row.at,
            request_id: row.request_id,
            service: row.service,
            operation: row.operation,
            code: row.code,
            http_status: row.http_status,
            partner_id: row.partner_id,
            login: row.login,
            operation_key: row.operation_key,
            card: row.card,
            till: row.till,
            duration_ms: row.duration_ms,
            request: row.request,
            answer: row.answer,
        }
    }
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
