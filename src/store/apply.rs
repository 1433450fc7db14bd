//! From a working set to the database: for the whole batch, table by table.

use super::{
    backend::Db,
    error::StoreError,
    set::WorkingSet,
    tables::{account, card, customer, free_return, hold, ledger, operation, outbox, reference, sale},
    writes::together,
};

/// Writes everything that changed, parents before children.
///
/// # Errors
/// A statement fails; the transaction is to be rolled back.
pub fn apply(db: &mut Db, set: &mut WorkingSet) -> Result<(), StoreError> {
    let first_id = set.take_ids_for_piles();
    let changes = first_id;
    let consents = changes.saturating_add(count(set.card_changes.items().len()));
    let account_changes = consents.saturating_add(count(set.new_consents.items().len()));

    reference::save(db, set.reference_changes.items(), set.now)?;
    let set = &*set;
    together(db, |out| {
        customer::save(out, &set.customers.changed().collect::<Vec<_>>(), &set.vault)?;
        ledger::save(out, &set.accounts.changed().collect::<Vec<_>>(), |id| set.accounts.is_new(&id))?;
        card::save(out, &set.cards.changed().collect::<Vec<_>>())?;
        card::save_changes(out, set.card_changes.items(), changes, set.now)?;
        hold::save(out, &set.reservations.changed().collect::<Vec<_>>(), |id| set.reservations.is_new(&id))?;
        hold::save_codes(out, &set.codes.changed().collect::<Vec<_>>(), &set.vault, |id| {
            set.customers.get(&id).map(|customer| &customer.phone)
        })?;
        sale::save(out, &set.receipts.changed().collect::<Vec<_>>())?;
        sale::save_returns(out, set.returns.items())?;
        account::save_changes(out, set.account_changes.items(), account_changes, set.now)?;
        for merge in set.merges.items() {
            account::merge(out.up_to_here()?, merge)?;
        }
        free_return::save(out, set.free_returns.items())?;
        customer::save_consents(out, set.new_consents.items(), consents)?;
        outbox::save(out, set.outbox.items(), &set.vault, set.now)?;
        operation::save(out, &set.operations.changed().collect::<Vec<_>>())
    })
}

fn count(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}
