//! The versions of the reference data, by which gateways notice that something has changed.

use diesel::prelude::*;

use crate::{
    domain::reference::{ReferenceKind, ReferenceVersions},
    store::{
        db::backend::{Db, on},
        error::StoreError,
        schema::{reference_version, reference_versions},
    },
};

/// The common version, one small statement for each batch. More is read only when it has changed.
///
/// # Errors
/// The statement fails.
pub fn version(db: &mut Db) -> Result<i64, StoreError> {
    Ok(on!(db, c => reference_version::table.select(reference_version::version).first(&mut **c))?)
}

/// Lets no other gateway or command decide on the reference data until the transaction ends: what is read from now on
/// stays so. SQLite has one writer anyway.
///
/// # Errors
/// The statement fails.
pub fn lock(db: &mut Db) -> Result<(), StoreError> {
    if let Db::Postgres(c) = db {
        let _: i64 = reference_version::table.select(reference_version::version).for_update().first(&mut **c)?;
    }
    Ok(())
}

/// Has every gateway look, with its next batch, whether something has changed that is no reference data.
///
/// # Errors
/// The statement fails.
pub fn touch(db: &mut Db) -> Result<(), StoreError> {
    on!(db, c => diesel::update(reference_version::table)
        .set(reference_version::version.eq(reference_version::version + 1))
        .execute(&mut **c))?;
    Ok(())
}

/// All versions, read in one statement.
pub(super) fn versions(db: &mut Db) -> Result<ReferenceVersions, StoreError> {
    type Kinds = (i64, i64, i64);
    let (all, (places, logins, rules)): (i64, Kinds) = on!(db, c => reference_version::table
        .inner_join(reference_versions::table.on(reference_versions::id.eq(reference_version::id)))
        .select((
            reference_version::version,
            (reference_versions::places, reference_versions::logins, reference_versions::rules),
        ))
        .first(&mut **c))?;
    Ok(ReferenceVersions { all, places, logins, rules })
}

/// Increments the versions of kinds, and the common one once for each. An older program knows only that one and reads
/// everything.
pub(super) fn move_versions(db: &mut Db, kinds: impl IntoIterator<Item = ReferenceKind>) -> Result<(), StoreError> {
    for kind in kinds {
        on!(db, c => diesel::update(reference_version::table)
            .set(reference_version::version.eq(reference_version::version + 1))
            .execute(&mut **c))?;
        match kind {
            ReferenceKind::Places => on!(db, c => diesel::update(reference_versions::table)
                .set(reference_versions::places.eq(reference_versions::places + 1))
                .execute(&mut **c))?,
            ReferenceKind::Logins => on!(db, c => diesel::update(reference_versions::table)
                .set(reference_versions::logins.eq(reference_versions::logins + 1))
                .execute(&mut **c))?,
            ReferenceKind::Rules => on!(db, c => diesel::update(reference_versions::table)
                .set(reference_versions::rules.eq(reference_versions::rules + 1))
                .execute(&mut **c))?,
        };
    }
    Ok(())
}
