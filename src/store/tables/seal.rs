//! The journal's daily seals, and the heads of accounts that each of them covers.

use std::collections::HashMap;

use diesel::{dsl::max, prelude::*};

use crate::{
    domain::moment::Moment,
    store::{
        db::backend::{Db, load_locked, on},
        error::StoreError,
        schema::{accounts, journal, journal_seal_heads, journal_seals},
        sql::{
            any_of::AnyOfValues as _,
            any_row_of::any_row_of,
            batch::write_together,
            insert::{rows, write_rows},
        },
    },
};

/// A day's seal. Days are counted from 1970-01-01 in UTC.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = journal_seals, treat_none_as_default_value = false)]
pub struct SealRow {
    /// The sealed day.
    pub day: i64,
    /// The time of sealing, in milliseconds since 1970.
    pub sealed_at: i64,
    /// How many accounts had entries since the previous seal.
    pub accounts: i64,
    /// How many entries those were.
    pub entries: i64,
    /// SHA-256 over the previous root, the day and the heads.
    pub root: Vec<u8>,
}

rows! {
    /// The head of an account's journal at the end of a day.
    #[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
    #[diesel(table_name = journal_seal_heads)]
    pub struct HeadRow in journal_seal_heads {
        /// The account.
        pub account_id: i64,
        /// The day.
        pub day: i64,
        /// Its last entry of that day.
        pub seq: i64,
        /// That entry's digest.
        pub head: Vec<u8>,
    }
}

/// A page of accounts, and those of them that have entries to seal.
pub struct Unsealed {
    /// The last account that was looked at; `None` when there are no more.
    pub last: Option<i64>,
    /// The heads to seal, in account order.
    pub heads: Vec<HeadRow>,
}

/// The seals after a day, in order, at most `rows_max`.
///
/// # Errors
/// The statement fails.
pub fn load_after(db: &mut Db, day: i64, rows_max: i64) -> Result<Vec<SealRow>, StoreError> {
    Ok(on!(db, c => journal_seals::table
        .filter(journal_seals::day.gt(day))
        .order(journal_seals::day)
        .limit(rows_max)
        .select(SealRow::as_select())
        .load(&mut **c))?)
}

/// The last seal.
///
/// # Errors
/// The statement fails.
pub fn last(db: &mut Db) -> Result<Option<SealRow>, StoreError> {
    Ok(on!(db, c => journal_seals::table
        .order(journal_seals::day.desc())
        .select(SealRow::as_select())
        .first(&mut **c)
        .optional())?)
}

/// The first day after `day` that has heads. Without a row of its own it is an interrupted seal.
///
/// # Errors
/// The statement fails.
pub fn first_day_with_heads(db: &mut Db, after: i64) -> Result<Option<i64>, StoreError> {
    Ok(on!(db, c => journal_seal_heads::table
        .filter(journal_seal_heads::day.gt(after))
        .order(journal_seal_heads::day)
        .select(journal_seal_heads::day)
        .first(&mut **c)
        .optional())?)
}

/// A page of a day's heads, in account order.
///
/// # Errors
/// The statement fails.
pub fn heads_of_day(db: &mut Db, day: i64, after: i64, rows_max: i64) -> Result<Vec<HeadRow>, StoreError> {
    Ok(on!(db, c => journal_seal_heads::table
        .filter(journal_seal_heads::day.eq(day))
        .filter(journal_seal_heads::account_id.gt(after))
        .order(journal_seal_heads::account_id)
        .limit(rows_max)
        .select(HeadRow::as_select())
        .load(&mut **c))?)
}

/// The heads of all accounts between two, of all days, in the order of accounts and days.
///
/// # Errors
/// The statement fails.
pub fn heads_between(db: &mut Db, first: i64, last: i64) -> Result<Vec<HeadRow>, StoreError> {
    Ok(on!(db, c => journal_seal_heads::table
        .filter(journal_seal_heads::account_id.between(first, last))
        .order((journal_seal_heads::account_id, journal_seal_heads::day))
        .select(HeadRow::as_select())
        .load(&mut **c))?)
}

/// The last sealed entry of these accounts before a day.
///
/// # Errors
/// The statement fails.
pub fn sealed_before(db: &mut Db, accounts: &[i64], day: i64) -> Result<HashMap<i64, i64>, StoreError> {
    let rows: Vec<(i64, Option<i64>)> = on!(db, c => journal_seal_heads::table
        .filter(journal_seal_heads::account_id.any_of(accounts))
        .filter(journal_seal_heads::day.lt(day))
        .group_by(journal_seal_heads::account_id)
        .select((journal_seal_heads::account_id, max(journal_seal_heads::seq)))
        .load(&mut **c))?;
    Ok(rows.into_iter().map(|(account, seq)| (account, seq.unwrap_or_default())).collect())
}

/// Looks at the next `read_max` accounts, and answers the last entry before `end` of those with unsealed entries, at most
/// `heads_max` of them.
///
/// # Errors
/// A statement fails.
pub fn unsealed(
    db: &mut Db,
    day: i64,
    end: Moment,
    after: i64,
    read_max: i64,
    heads_max: i64,
) -> Result<Unsealed, StoreError> {
    // A condition on the entries would be checked against every account, sealed or not, until enough are found.
    let page: Vec<(i64, i64, Option<i64>)> = on!(db, c => accounts::table
        .filter(accounts::id.gt(after))
        .order(accounts::id)
        .limit(read_max)
        .select((accounts::id, accounts::next_seq, accounts::sealed_seq))
        .load(&mut **c))?;
    let heads_max = usize::try_from(heads_max).unwrap_or_default();
    let ids: Vec<i64> = page
        .iter()
        .filter(|(_, next, sealed)| *next > sealed.unwrap_or_default().saturating_add(1))
        .map(|(id, _, _)| *id)
        .take(heads_max)
        .collect();
    let last = if ids.len() < heads_max { page.last().map(|(id, _, _)| *id) } else { ids.last().copied() };
    let is_new = accounts::sealed_seq.is_null().or(journal::seq.gt(accounts::sealed_seq.assume_not_null()));
    let last_seqs: Vec<(i64, Option<i64>)> = on!(db, c => journal::table
        .inner_join(accounts::table.on(accounts::id.eq(journal::account_id)))
        .filter(journal::account_id.any_of(&ids))
        .filter(journal::recorded_at.lt(end.0))
        .filter(is_new)
        .group_by(journal::account_id)
        .select((journal::account_id, max(journal::seq)))
        .load(&mut **c))?;
    let seqs: Vec<(i64, i64)> = last_seqs.into_iter().filter_map(|(account, seq)| Some((account, seq?))).collect();
    let found: Vec<(i64, i64, Vec<u8>)> = on!(db, c => journal::table
        .filter(any_row_of((journal::account_id, journal::seq), seqs.iter().copied()))
        .order((journal::account_id, journal::seq))
        .select((journal::account_id, journal::seq, journal::hash))
        .load(&mut **c))?;
    let heads = found.into_iter().map(|(account_id, seq, head)| HeadRow { account_id, day, seq, head }).collect();
    Ok(Unsealed { last, heads })
}

/// Writes a day's heads, and the last sealed entry into the accounts. These are locked in id order, as commands lock
/// them.
///
/// # Errors
/// A statement fails.
pub fn save_heads(db: &mut Db, day: i64, heads: Vec<HeadRow>) -> Result<(), StoreError> {
    let ids: Vec<i64> = heads.iter().map(|head| head.account_id).collect();
    let _: Vec<i64> = load_locked!(
        db,
        true,
        accounts::table.filter(accounts::id.any_of(&ids)).order(accounts::id).select(accounts::id)
    )?;
    write_together(db, |out| {
        write_rows!(out, heads, journal_seal_heads, (account_id, day) => (seq, head));
        Ok(())
    })?;
    let sealed = journal_seal_heads::table
        .filter(journal_seal_heads::account_id.eq(accounts::id))
        .filter(journal_seal_heads::day.eq(day))
        .select(journal_seal_heads::seq)
        .single_value();
    on!(db, c => diesel::update(accounts::table.filter(accounts::id.any_of(&ids)))
        .set(accounts::sealed_seq.eq(sealed))
        .execute(&mut **c))?;
    Ok(())
}

/// Writes a seal.
///
/// # Errors
/// The statement fails.
pub fn save(db: &mut Db, seal: &SealRow) -> Result<(), StoreError> {
    on!(db, c => diesel::insert_into(journal_seals::table).values(seal).execute(&mut **c))?;
    Ok(())
}
