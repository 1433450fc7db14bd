//! Seals of the chronicle: where all lanes and the registry's chain stood at a time.

use diesel::prelude::*;

use crate::store::{
    db::backend::{Db, on},
    error::StoreError,
    schema::chronicle_seals,
};

/// A seal.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = chronicle_seals, treat_none_as_default_value = false)]
pub struct SealRow {
    /// Its number, from 1 and without gaps.
    pub number: i64,
    /// When it was made, in milliseconds since 1970.
    pub sealed_at: i64,
    /// The ends of the chains: for each its lane (the registry's is 0), its last entry's number, and that entry's
    /// digest.
    pub heads: Vec<u8>,
    /// SHA-256 over the root before, number, time and heads.
    pub root: Vec<u8>,
    /// What the key says of the root.
    pub mac: Vec<u8>,
}

/// The last seal.
///
/// # Errors
/// The statement fails.
pub fn last(db: &mut Db) -> Result<Option<SealRow>, StoreError> {
    Ok(on!(db, c => chronicle_seals::table
        .order(chronicle_seals::number.desc())
        .select(SealRow::as_select())
        .first(&mut **c)
        .optional())?)
}

/// The seals after one, in order, at most `rows_max`.
///
/// # Errors
/// The statement fails.
pub fn load_after(db: &mut Db, number: i64, rows_max: i64) -> Result<Vec<SealRow>, StoreError> {
    Ok(on!(db, c => chronicle_seals::table
        .filter(chronicle_seals::number.gt(number))
        .order(chronicle_seals::number)
        .limit(rows_max)
        .select(SealRow::as_select())
        .load(&mut **c))?)
}

/// Writes a seal down.
///
/// # Errors
/// The statement fails.
pub fn save(db: &mut Db, seal: &SealRow) -> Result<(), StoreError> {
    on!(db, c => diesel::insert_into(chronicle_seals::table).values(seal).execute(&mut **c))?;
    Ok(())
}
