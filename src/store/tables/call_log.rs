//! The journal of exchanges, already masked. Some hundred exchanges are one row, a **page**, so an exchange costs a
//! share of a row and of one index. Searches by four keys use the pages' Bloom filters.

mod exchange;
mod names;
mod page;

use std::cmp::Reverse;

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
};

pub use self::exchange::{ExchangeRow, Search};

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

/// The latest exchanges that match, the latest first, within the search's limit.
///
/// # Errors
/// A statement fails, or a page is unreadable.
pub fn find(db: &mut Db, vault: &Vault, search: &Search, exchanges_max: usize) -> Result<Vec<ExchangeRow>, StoreError> {
    // In one state: a page may be taken up by another between its filter and its body.
    db.transaction(Purpose::Read, |db| find_in_pages(db, vault, search, exchanges_max))
}

fn find_in_pages(
    db: &mut Db,
    vault: &Vault,
    search: &Search,
    exchanges_max: usize,
) -> Result<Vec<ExchangeRow>, StoreError> {
    let wanted = names::of_search(search);
    let mut found: Vec<ExchangeRow> = Vec::new();
    let mut before = (i64::MAX, i64::MAX);
    loop {
        let pages: Vec<(i64, i64, Vec<u8>)> = on!(db, c => exchange_pages::table
            .filter(exchange_pages::last_at.le(before.0))
            .filter(exchange_pages::last_at.lt(before.0).or(exchange_pages::id.lt(before.1)))
            .order((exchange_pages::last_at.desc(), exchange_pages::id.desc()))
            .limit(FILTERS_PER_STEP)
            .select((exchange_pages::last_at, exchange_pages::id, exchange_pages::names))
            .load(&mut **c))?;
        for (last_at, id, filter) in &pages {
            // Pages of several gateways overlap: the search ends only when all other pages are older than what was
            // found.
            let is_enough = found.len() >= exchanges_max && found.last().is_none_or(|row| row.at >= *last_at);
            if is_enough {
                return Ok(found);
            }
            let Some(filter) = open(db, vault, &names_place(*id), filter)? else { continue };
            if names::may_hold(&filter, &wanted) {
                let body: Vec<u8> = on!(db, c => exchange_pages::table
                    .find(id)
                    .select(exchange_pages::body)
                    .get_result(&mut **c))?;
                let Some(body) = open(db, vault, &body_place(*id), &body)? else { continue };
                found.append(&mut page::unpack(&body, search)?);
                // A stable sort: of two equal times the one from the later page stays first.
                found.sort_by_key(|row| Reverse(row.at));
                found.truncate(exchanges_max);
            }
        }
        match pages.last() {
            Some((last_at, id, _)) => before = (*last_at, *id),
            None => return Ok(found),
        }
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
