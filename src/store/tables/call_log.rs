//! The journal of exchanges, already masked. Some hundred exchanges are one row, a **page**, so an exchange costs a
//! share of a row and of one index. Searches by four keys use the pages' Bloom filters.

mod exchange;
mod names;
mod page;

use std::time::Instant;

use diesel::prelude::*;
use zeroize::Zeroizing;

use crate::{
    domain::moment::Moment,
    store::{
        db::backend::{Db, Purpose, on},
        error::StoreError,
        schema::exchange_pages,
        sealing::Keys,
        sql::any_of::AnyOfValues as _,
    },
    vault::Vault,
    working_set::questions::exchange::Spot,
};

pub use self::exchange::{ExchangeRow, Search, Whose};

pub use self::page::{Draft, PageRow};

pub(in crate::store) use self::page::{body_place, names_place};

/// Pages whose filters are read at a time.
const FILTERS_PER_STEP: i64 = 256;
/// Pages deleted in one transaction: each has many disk blocks, and tills wait meanwhile.
const FORGOTTEN_PER_STEP: i64 = 64;

/// The last pages of a writer that are not full yet. When few exchanges come, each write would leave a page of its own,
/// and a search would read as many filters; so a page takes up those before it that are no larger, and they are
/// deleted. An exchange is thus written again as often as its page doubles, not with each that comes.
#[derive(Debug, Default)]
pub struct Tail(Vec<(i64, Draft)>);

impl Tail {
    /// Writes pages, the oldest first; the first absorbs earlier ones. After a failure none is written and earlier
    /// pages stay.
    ///
    /// # Errors
    /// A statement fails, or nothing can be sealed.
    pub fn save(&mut self, db: &mut Db, vault: &Vault, mut drafts: Vec<(i64, Draft)>) -> Result<(), StoreError> {
        let mut replaced = Vec::new();
        if let Some((_, first)) = drafts.first_mut() {
            while let Some((id, older)) =
                self.0.pop_if(|(_, older)| older.exchanges() <= first.exchanges() && first.may_follow(older))
            {
                first.follow(older);
                replaced.push(id);
            }
        }
        // Packed and sealed before the transaction: on SQLite the tills wait for its end.
        let ring = vault.ring()?;
        let pages: Vec<PageRow> = drafts.iter().map(|(id, draft)| draft.pack(*id, &ring)).collect::<Result<_, _>>()?;
        let done = db.transaction(Purpose::Evidence, |db| {
            if !replaced.is_empty() {
                let gone = exchange_pages::table.filter(exchange_pages::id.any_of(&replaced));
                on!(db, c => diesel::delete(gone).execute(&mut **c))?;
            }
            insert(db, &pages)
        });
        // Only pages after the last full page can be absorbed.
        if done.is_err() || drafts.iter().any(|(_, draft)| draft.is_full()) {
            self.0.clear();
        }
        if done.is_ok() {
            self.0.extend(drafts.pop().filter(|(_, draft)| !draft.is_full()));
        }
        done
    }
}

/// Writes pages.
///
/// # Errors
/// A statement fails.
pub fn insert(db: &mut Db, pages: &[PageRow]) -> Result<(), StoreError> {
    for page in pages {
        on!(db, c => diesel::insert_into(exchange_pages::table).values(page).execute(&mut **c))?;
    }
    Ok(())
}

/// How far one look into the journal goes.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Pages whose filters are read.
    pub filters_max: usize,
    /// Bytes of pages that are unpacked.
    pub bytes_max: usize,
    /// When it ends.
    pub until: Option<Instant>,
}

impl Bounds {
    /// To the journal's beginning.
    pub const NONE: Self = Self { filters_max: usize::MAX, bytes_max: usize::MAX, until: None };
}

/// What a look found.
#[derive(Debug, Default)]
pub struct Looked {
    /// Exchanges that match, the latest first; those of one millisecond by request id.
    pub rows: Vec<ExchangeRow>,
    /// Where it stopped at its bounds: everything later was looked through.
    pub stopped: Option<Moment>,
}

/// The latest exchanges that match, the latest first, within the search's limit.
///
/// # Errors
/// A statement fails, or a page is unreadable.
pub fn find(db: &mut Db, vault: &Vault, search: &Search, exchanges_max: usize) -> Result<Vec<ExchangeRow>, StoreError> {
    // In one state: a page may be taken up by another between its filter and its body.
    let looked = db.transaction(Purpose::Read, |db| look(db, vault, search, None, exchanges_max, &Bounds::NONE));
    Ok(looked?.rows)
}

/// The latest exchanges that match and lie before a spot, as far as the bounds allow. To be called in a transaction.
///
/// # Errors
/// A statement fails, or a page is unreadable.
pub fn look(
    db: &mut Db,
    vault: &Vault,
    search: &Search,
    before: Option<&Spot>,
    exchanges_max: usize,
    bounds: &Bounds,
) -> Result<Looked, StoreError> {
    let wanted = names::of_search(search);
    let end = search.to.map_or(i64::MAX, |to| to.0.saturating_sub(1));
    let top = before.map_or(end, |spot| spot.at.min(end));
    let from = search.from.map_or(i64::MIN, |from| from.0);
    let mut looked = Looked::default();
    let (mut filters, mut bytes) = (0_usize, 0_usize);
    // A page that begins before the top ends soon after it at most.
    let mut next = (top.saturating_add(page::SPAN_MAX.0), i64::MAX);
    loop {
        let pages: Vec<(i64, i64, Vec<u8>)> = on!(db, c => exchange_pages::table
            .filter(exchange_pages::last_at.ge(from))
            .filter(exchange_pages::last_at.le(next.0))
            .filter(exchange_pages::last_at.lt(next.0).or(exchange_pages::id.lt(next.1)))
            .filter(exchange_pages::first_at.le(top))
            .order((exchange_pages::last_at.desc(), exchange_pages::id.desc()))
            .limit(FILTERS_PER_STEP)
            .select((exchange_pages::last_at, exchange_pages::id, exchange_pages::names))
            .load(&mut **c))?;
        for (last_at, id, filter) in &pages {
            // Pages of several gateways overlap: the search ends only when all other pages are older than what was
            // found.
            let found = &mut looked.rows;
            if found.len() >= exchanges_max && found.last().is_none_or(|row| row.at > *last_at) {
                return Ok(looked);
            }
            let is_over = filters >= bounds.filters_max
                || bytes >= bounds.bytes_max
                || bounds.until.is_some_and(|until| Instant::now() >= until);
            // Only before the top, so that the next look begins earlier than this one.
            if is_over && *last_at < top {
                found.retain(|row| row.at > *last_at);
                looked.stopped = Some(Moment(*last_at));
                return Ok(looked);
            }
            filters = filters.saturating_add(1);
            let Some(filter) = open(db, vault, &names_place(*id), filter)? else { continue };
            if names::may_hold(&filter, &wanted) {
                let body: Vec<u8> = on!(db, c => exchange_pages::table
                    .find(id)
                    .select(exchange_pages::body)
                    .get_result(&mut **c))?;
                let Some(body) = open(db, vault, &body_place(*id), &body)? else { continue };
                let (rows, unpacked) = page::unpack(&body, search)?;
                bytes = bytes.saturating_add(unpacked);
                found.extend(rows.into_iter().filter(|row| before.is_none_or(|spot| lies_before(row, spot))));
                found.sort_by(|one, other| (other.at, &other.request_id).cmp(&(one.at, &one.request_id)));
                found.truncate(exchanges_max);
            }
        }
        match pages.last() {
            Some((last_at, id, _)) => next = (*last_at, *id),
            None => return Ok(looked),
        }
    }
}

/// Whether an exchange lies before a spot.
fn lies_before(row: &ExchangeRow, spot: &Spot) -> bool {
    match &spot.request_id {
        Some(request_id) => (row.at, &row.request_id) < (spot.at, request_id),
        None => row.at <= spot.at,
    }
}

fn open(db: &mut Db, vault: &Vault, place: &str, sealed: &[u8]) -> Result<Option<Zeroizing<Vec<u8>>>, StoreError> {
    Keys::for_values(db, vault, [sealed])?.open(place, sealed)
}

/// How many exchanges are kept.
///
/// # Errors
/// The statement fails.
pub fn count(db: &mut Db) -> Result<i64, StoreError> {
    let counts: Vec<i64> = on!(db, c => exchange_pages::table.select(exchange_pages::exchanges).load(&mut **c))?;
    Ok(counts.into_iter().fold(0, i64::saturating_add))
}

/// Deletes pages whose last exchange is older than a moment, some at a time; returns how many exchanges they had.
///
/// # Errors
/// A statement fails.
pub fn forget(db: &mut Db, before: Moment) -> Result<i64, StoreError> {
    let old: Vec<(i64, i64)> = on!(db, c => exchange_pages::table
        .filter(exchange_pages::last_at.lt(before.0))
        .order((exchange_pages::last_at, exchange_pages::id))
        .limit(FORGOTTEN_PER_STEP)
        .select((exchange_pages::id, exchange_pages::exchanges))
        .load(&mut **c))?;
    let (ids, counts): (Vec<i64>, Vec<i64>) = old.into_iter().unzip();
    let gone = exchange_pages::table.filter(exchange_pages::id.any_of(&ids));
    on!(db, c => diesel::delete(gone).execute(&mut **c))?;
    Ok(counts.into_iter().fold(0, i64::saturating_add))
}
