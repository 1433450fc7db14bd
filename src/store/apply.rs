//! Writes a working set's changes for the whole batch, table by table.

use crate::{
    store::{
        db::backend::Db,
        error::StoreError,
        sql::batch::write_together,
        tables::{
            self, account, card, code, consent, customer, fiscal, operation, reference, reservation,
            return_without_receipt, sale,
        },
    },
    working_set::{Changes, WorkingSet},
};

/// Writes everything that changed, parents before children.
///
/// # Errors
/// A statement fails; the caller must roll back.
pub fn apply(db: &mut Db, set: &WorkingSet) -> Result<(), StoreError> {
    let Changes {
        cards,
        customers,
        accounts,
        reservations,
        codes,
        receipts,
        fiscals,
        operations,
        returns,
        returns_without_receipt,
        new_consents,
        card_changes,
        account_changes,
        merges,
        outbox,
        reference_changes,
    } = set.changes();
    reference::save(db, reference_changes.items(), set.now)?;
    write_together(db, |out| {
        customer::save(out, &customers.changed().collect::<Vec<_>>(), &set.vault)?;
        account::save(out, &accounts.changed().collect::<Vec<_>>(), |id| accounts.is_new(&id))?;
        card::save(out, &cards.changed().collect::<Vec<_>>())?;
        card::save_changes(out, card_changes.items(), set.now)?;
        reservation::save(out, &reservations.changed().collect::<Vec<_>>(), |id| reservations.is_new(&id))?;
        code::save(out, &codes.changed().collect::<Vec<_>>(), &set.vault, |id| {
            customers.get(&id).map(|customer| &customer.phone)
        })?;
        sale::save(out, &receipts.changed().collect::<Vec<_>>())?;
        fiscal::save(out, &fiscals.changed().collect::<Vec<_>>())?;
        tables::returns::save(out, returns.items())?;
        account::save_changes(out, account_changes.items(), set.now)?;
        for merge in merges.items() {
            account::merge(out.up_to_here()?, merge)?;
        }
        return_without_receipt::save(out, returns_without_receipt.items())?;
        consent::save(out, new_consents.items())?;
        tables::outbox::save(out, outbox.items(), &set.vault, set.now)?;
        operation::save(out, &operations.changed().collect::<Vec<_>>())
    })
}
