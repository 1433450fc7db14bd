//! Upgrades an older schema: the migrations, and the steps that cannot be done in SQL.

mod accept;
mod cover;
mod seal;
mod step;

pub(in crate::store) use self::step::left;

use diesel::prelude::*;

use crate::{
    domain::moment::Moment,
    store::{
        db::backend::{Db, Purpose, on},
        schema::{accounts, exchanges, journal},
        sql::any_of::AnyOfValues as _,
        tables::{
            account::movement::JournalRow,
            call_log::{self, Draft, ExchangeRow},
            reference,
        },
    },
    vault::Vault,
};

use self::{
    accept::Asked,
    step::{CHAIN_JOURNAL, PACK_EXCHANGES, Piece, finish},
};

pub use self::step::{Progress, UpgradeError};

/// Accounts chained in one transaction.
const ACCOUNTS_PER_STEP: i64 = 500;
/// Exchanges put into pages in one transaction.
const EXCHANGES_PER_STEP: i64 = 512;

/// Brings the database up to date and answers how many migrations were run; tells `progress` how far it has come. May
/// be broken off and run again.
///
/// # Errors
/// A migration or a statement fails; what was finished stays. Or the database has steps to be done that no program of
/// its own left.
pub fn upgrade(db: &mut Db, vault: &Vault, now: Moment, progress: impl FnMut(Progress)) -> Result<usize, UpgradeError> {
    // Two gateways may start at once: the second waits for the first, however long its tables take.
    db.alone_without_timeouts(|db| upgrade_alone(db, vault, now, Asked::Nothing, progress))
}

/// The same, and records in the chronicle how every row is, whatever stands there: all of it is accepted, and the
/// registry's chain says that it was. May be interrupted; the next [`upgrade`] goes on with it.
///
/// # Errors
/// A migration or a statement fails; what was finished stays.
pub fn cover_anew(
    db: &mut Db,
    vault: &Vault,
    now: Moment,
    progress: impl FnMut(Progress),
) -> Result<usize, UpgradeError> {
    db.alone_without_timeouts(|db| upgrade_alone(db, vault, now, Asked::ToAccept, progress))
}

fn upgrade_alone(
    db: &mut Db,
    vault: &Vault,
    now: Moment,
    asked: Asked,
    mut progress: impl FnMut(Progress),
) -> Result<usize, UpgradeError> {
    // What is deleted or moved on the way is overwritten.
    db.wipe_deleted(true)?;
    let done = db.transaction(Purpose::Write, |db| accept::begin(db, vault, now, asked))?;
    finish(db, CHAIN_JOURNAL, i64::MIN, chain_some, |count| progress(Progress::AccountsChained(count)))?;
    let pack = |db: &mut Db, from| pack_some(db, vault, from);
    finish(db, PACK_EXCHANGES, i64::MIN, pack, |count| progress(Progress::ExchangesPacked(count)))?;
    seal::seal(db, vault, &mut progress)?;
    // Last: the chronicle says how rows are once they are sealed.
    let end = |db: &mut Db| accept::finish(db, vault, now);
    cover::cover(db, vault, now, end, |count| progress(Progress::RowsCovered(count)))?;
    // Where rows were not to be covered.
    db.transaction(Purpose::Write, |db| accept::finish(db, vault, now))?;
    db.wipe_deleted(false)?;
    Ok(done)
}

/// A row of the old journal of exchanges, without pages.
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

/// Puts exchanges that lie in a row each into pages, in the order in which they were answered; the time of the last and
/// how many there were.
fn pack_some(db: &mut Db, vault: &Vault, from: i64) -> Piece<i64> {
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
        if drafts.last().is_some_and(|draft| draft.is_full() || !draft.takes(row.at)) {
            drafts.push(Draft::default());
        }
        if let Some(draft) = drafts.last_mut() {
            draft.push(&row.into());
        }
    }
    let first_id = reference::take_ids(db, i64::try_from(drafts.len()).unwrap_or(i64::MAX))?;
    let ring = vault.ring()?;
    let pages: Vec<_> = (first_id..).zip(&drafts).map(|(id, draft)| draft.pack(id, &ring)).collect::<Result<_, _>>()?;
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
fn chain_some(db: &mut Db, after: i64) -> Piece<i64> {
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
            // Older programs recorded the start of a batch, which could be before the previous entry's time.
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
