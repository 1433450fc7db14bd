//! The log of logins: who changed which, and when.

use diesel::prelude::*;

use crate::{
    domain::moment::Moment,
    store::{
        db::backend::{Db, on},
        error::StoreError,
        schema::login_changes,
        sealing::Keys,
    },
    vault::VaultError,
    working_set::ReferenceChange,
};

/// Writes down what was done to logins. `keys` seal the names of employees; the command line has none and names nobody.
///
/// # Errors
/// A statement fails, or a name cannot be sealed.
pub fn save(db: &mut Db, changes: &[ReferenceChange], now: Moment, keys: Option<&Keys>) -> Result<(), StoreError> {
    for change in changes {
        let ReferenceChange::Login(login, change) = change else { continue };
        let place = format!("login_changes.employee:{}", change.id);
        let employee = match (keys, change.employee.as_deref()) {
            (Some(keys), employee) => keys.seal_words(None, &place, employee)?,
            (None, None) => None,
            (None, Some(_)) => return Err(VaultError::Closed.into()),
        };
        let row = (
            login_changes::id.eq(change.id),
            login_changes::login_id.eq(login.id.0),
            login_changes::act.eq(change.act.word()),
            login_changes::occurred_at.eq(change.occurred_at.0),
            login_changes::recorded_at.eq(now.0),
            login_changes::credential_id.eq(change.by.map(|id| id.0)),
            login_changes::employee_sealed.eq(employee),
        );
        on!(db, c => diesel::insert_into(login_changes::table).values(row).execute(&mut **c))?;
    }
    Ok(())
}
