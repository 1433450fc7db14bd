//! What an operator asks of a database at once: its clock, whose it is, and what is left of an upgrade.

use diesel::{dsl::sql, prelude::*, sql_types::BigInt};

use crate::{
    domain::moment::Moment,
    store::{
        db::backend::{Db, on},
        error::StoreError,
        schema::{chronicle, chronicle_lanes, partners, unfinished_upgrades},
    },
};

/// What the server's clock shows; nothing of an embedded database, which has the program's.
///
/// # Errors
/// The statement fails.
pub fn clock(db: &mut Db) -> Result<Option<Moment>, StoreError> {
    match db {
        Db::Sqlite(_) => Ok(None),
        Db::Postgres(c) => {
            let now = sql::<BigInt>("(extract(epoch FROM clock_timestamp()) * 1000)::bigint");
            Ok(Some(Moment(diesel::select(now).get_result(&mut **c)?)))
        }
    }
}

/// The steps of an upgrade that are left to be done.
///
/// # Errors
/// The statement fails.
pub fn unfinished_steps(db: &mut Db) -> Result<Vec<String>, StoreError> {
    Ok(on!(db, c => unfinished_upgrades::table.select(unfinished_upgrades::step).load(&mut **c))?)
}

/// When something was last written that the chronicle covers.
///
/// # Errors
/// A statement fails.
pub fn last_change(db: &mut Db) -> Result<Option<Moment>, StoreError> {
    let ends: Vec<(i64, i64)> = on!(db, c => chronicle_lanes::table
        .select((chronicle_lanes::lane, chronicle_lanes::seq))
        .load(&mut **c))?;
    let mut last = None;
    for (lane, seq) in ends {
        let at: Option<i64> = on!(db, c => chronicle::table
            .find((lane, seq))
            .select(chronicle::recorded_at)
            .first(&mut **c)
            .optional())?;
        last = last.max(at);
    }
    Ok(last.map(Moment))
}

/// The codes of all partners; the schema may be an older one.
///
/// # Errors
/// The statement fails.
pub fn partner_codes(db: &mut Db) -> Result<Vec<String>, StoreError> {
    Ok(on!(db, c => partners::table.select(partners::code).load(&mut **c))?)
}
