//! The journal of exchanges, masked before it comes here: some hundred exchanges are one row, a **page**. What an exchange
//! costs is then a share of a row and of one index, and it is still found by four names, by the filters of the pages.

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

pub use self::page::Draft;

pub(in crate::store) use self::page::{body_place, names_place};

/// Pages whose filters are read at a time.
const FILTERS_PER_STEP: i64 = 256;
/// Pages forgotten in one transaction: each is many blocks of the disk, and tills wait meanwhile.
const FORGOTTEN_PER_STEP: i64 = 64;

/// An exchange as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExchangeRow {
    /// When it was answered, in milliseconds since 1970.
    pub at: i64,
    /// What names the call in the log and in faults.
    pub request_id: String,
    /// The service.
    pub service: String,
    /// The operation, if the request got that far.
    pub operation: Option<String>,
    /// `OK`, the refusal's code, or the fault's.
    pub code: String,
    /// The HTTP status.
    pub http_status: i64,
    /// For which partner.
    pub partner_id: Option<i64>,
    /// By which login.
    pub login: Option<String>,
    /// The operation key.
    pub operation_key: Option<String>,
    /// The card.
    pub card: Option<String>,
    /// The till.
    pub till: Option<String>,
    /// How long the answer took, in milliseconds.
    pub duration_ms: i64,
    /// The canonical request, masked.
    pub request: Option<String>,
    /// The answer's `return`, masked.
    pub answer: Option<String>,
}

/// By what exchanges are looked for; what is given must hold together.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// By request id.
    pub request_id: Option<String>,
    /// By operation key.
    pub operation_key: Option<String>,
    /// By card.
    pub card: Option<String>,
    /// By till.
    pub till: Option<String>,
}

/// A page as it is stored.
#[derive(Insertable)]
#[diesel(table_name = exchange_pages)]
pub struct PageRow {
    id: i64,
    first_at: i64,
    last_at: i64,
    exchanges: i64,
    names: Vec<u8>,
    body: Vec<u8>,
}

/// The last pages of a writer that are not full yet. When few exchanges come, each write would leave a page of its own, and a
/// search would read as many filters; so a page takes up those before it that are no larger, and they are deleted. An
/// exchange is thus written again as often as its page doubles, not with each that comes.
#[derive(Debug, Default)]
pub struct Tail(Vec<(i64, Draft)>);

impl Tail {
    /// Writes pages, the oldest first, and has the first of them take up what it can. After a failure nothing of them is
    /// written, and what was written before is left as it is.
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
        // Nothing reaches over a full page to those before it.
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
            // Pages of several gateways overlap: one is done with only when all others are older than what was found.
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
                // Stable: what is as late as another stays before it if its page is the later one.
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

/// Forgets pages whose last exchange is older than a moment, some at a time; answers how many exchanges were in them.
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
