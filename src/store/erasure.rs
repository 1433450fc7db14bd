//! Erasure of a customer: the keys are destroyed, and the chronicle says how the rows were left.

use crate::{
    domain::{ids::CustomerId, moment::Moment},
    store::{
        covered::read_back,
        db::backend::Db,
        error::StoreError,
        facts::{Facts, Kind},
        sql::batch::write_together,
        tables::{chronicle, customer_key},
    },
    vault::Vault,
};

/// Destroys a customer's key, and those of all who were merged into this customer; see [`customer_key::destroy`]. To be
/// called in a transaction.
///
/// # Errors
/// A statement fails.
pub fn erase(db: &mut Db, vault: &Vault, customer: CustomerId, now: Moment) -> Result<Vec<CustomerId>, StoreError> {
    let erased = customer_key::destroy(db, customer, now)?;
    let mut facts = Facts::default();
    read_back(db, Kind::Customer, &erased.iter().map(|id| id.0).collect::<Vec<_>>(), &mut facts)?;
    write_together(db, |out| chronicle::append(out, &facts, now, vault))?;
    Ok(erased)
}
