//! Customers' keys: everyone has one that opens, but for those who were erased. They are in no digest, because they are sealed anew
//! when the database's key is replaced.

use diesel::prelude::*;

use crate::{
    store::{
        books::verify::{fits::pages, report::Report},
        db::backend::{Db, on},
        error::StoreError,
        schema::{customer_keys, customers, unsealed_words},
        tables::{customer_key::erased_index, key},
    },
    vault::{CustomerKey, Vault, VaultError},
};

/// Rows looked at in one step.
const ROWS_PER_STEP: i64 = 2_000;

/// Checks all of them; whether they open only where there is a key.
///
/// # Errors
/// A statement fails.
pub(super) fn check(db: &mut Db, vault: Option<&Vault>, report: &mut Report) -> Result<(), StoreError> {
    pages(db, report, |db, after, report| customers_page(db, after, vault, report))?;
    let unsealed: Vec<(String, i64)> = on!(db, c => unsealed_words::table
        .order((unsealed_words::source, unsealed_words::row_id))
        .select((unsealed_words::source, unsealed_words::row_id))
        .limit(ROWS_PER_STEP)
        .load(&mut **c))?;
    for (source, row) in unsealed {
        report.found(
            None,
            format!(
                "unsealed_words has a text for {source} of row {row}: it was to be sealed, or somebody put it there"
            ),
        );
    }
    Ok(())
}

fn customers_page(
    db: &mut Db,
    after: i64,
    vault: Option<&Vault>,
    report: &mut Report,
) -> Result<Option<i64>, StoreError> {
    let rows: Vec<(i64, Vec<u8>, Option<Vec<u8>>)> = on!(db, c => customers::table
        .left_join(customer_keys::table.on(customer_keys::customer_id.eq(customers::id)))
        .filter(customers::id.gt(after))
        .order(customers::id)
        .limit(ROWS_PER_STEP)
        .select((customers::id, customers::phone_index, customer_keys::key_sealed.nullable()))
        .load(&mut **c))?;
    let last = rows.last().map(|row| row.0);
    for (id, phone_index, sealed) in rows {
        let is_erased = phone_index == erased_index(id);
        match sealed {
            None if is_erased => {}
            None => report.found(
                None,
                format!("the key of customer {id} is gone, and the customer was not erased: nothing personal of it can be read"),
            ),
            Some(_) if is_erased => {
                report.found(None, format!("customer {id} was erased, and has a key again"));
            }
            Some(sealed) => {
                if let Some(vault) = vault
                    && !opens(db, id, &sealed, vault)?
                {
                    report.found(None, format!("the key of customer {id} is not one that this database's keys have sealed for it"));
                }
            }
        }
    }
    Ok(last)
}

fn opens(db: &mut Db, customer: i64, sealed: &[u8], vault: &Vault) -> Result<bool, StoreError> {
    match CustomerKey::opened_by(&*vault.ring()?, customer, sealed) {
        // A key of the database that was added meanwhile.
        Err(VaultError::UnknownKey(_)) if key::open(db, vault).is_ok() => {
            Ok(CustomerKey::opened_by(&*vault.ring()?, customer, sealed).is_ok())
        }
        opened => Ok(opened.is_ok()),
    }
}
