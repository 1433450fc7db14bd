//! From a working set to the database: for the whole batch, table by table.

use crate::{
    store::{
        db::backend::Db,
        error::StoreError,
        sql::batch::write_together,
        tables::{
            account, card, code, consent, customer, operation, outbox, reference, reservation, return_without_receipt,
            returns, sale,
        },
    },
    working_set::WorkingSet,
};

/// Writes everything that changed, parents before children.
///
/// # Errors
/// A statement fails; the transaction is to be rolled back.
pub fn apply(db: &mut Db, set: &WorkingSet) -> Result<(), StoreError> {
    reference::save(db, set.reference_changes.items(), set.now)?;
    write_together(db, |out| {
        customer::save(out, &set.customers.changed().collect::<Vec<_>>(), &set.vault)?;
        account::save(out, &set.accounts.changed().collect::<Vec<_>>(), |id| set.accounts.is_new(&id))?;
        card::save(out, &set.cards.changed().collect::<Vec<_>>())?;
        card::save_changes(out, set.card_changes.items(), set.now)?;
        reservation::save(out, &set.reservations.changed().collect::<Vec<_>>(), |id| set.reservations.is_new(&id))?;
        code::save(out, &set.codes.changed().collect::<Vec<_>>(), &set.vault, |id| {
            set.customers.get(&id).map(|customer| &customer.phone)
        })?;
        sale::save(out, &set.receipts.changed().collect::<Vec<_>>())?;
        returns::save(out, set.returns.items())?;
        account::save_changes(out, set.account_changes.items(), set.now)?;
        for merge in set.merges.items() {
            account::merge(out.up_to_here()?, merge)?;
        }
        return_without_receipt::save(out, set.returns_without_receipt.items())?;
        consent::save(out, set.new_consents.items())?;
        outbox::save(out, set.outbox.items(), &set.vault, set.now)?;
        operation::save(out, &set.operations.changed().collect::<Vec<_>>())
    })
}
