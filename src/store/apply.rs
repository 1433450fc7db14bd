//! From a working set to the database: for the whole batch, table by table.

use crate::{
    store::{
        covered::read_back,
        db::backend::Db,
        error::StoreError,
        facts::Facts,
        sql::batch::write_together,
        tables::{
            self, account, card, chronicle, code, consent, customer, operation, reference, reservation,
            return_without_receipt, sale,
        },
    },
    working_set::{Changes, WorkingSet},
};

/// Writes everything that changed, parents before children.
///
/// # Errors
/// A statement fails; the transaction is to be rolled back.
pub fn apply(db: &mut Db, set: &WorkingSet) -> Result<(), StoreError> {
    let Changes {
        cards,
        customers,
        accounts,
        reservations,
        codes,
        receipts,
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
    let mut facts = Facts::default();
    reference::save(db, reference_changes.items(), set.now, &mut facts)?;
    write_together(db, |out| {
        let facts = &mut facts;
        customer::save(out, &customers.changed().collect::<Vec<_>>(), &set.vault, facts)?;
        account::save(out, &accounts.changed().collect::<Vec<_>>(), |id| accounts.is_new(&id), facts)?;
        card::save(out, &cards.changed().collect::<Vec<_>>(), facts)?;
        card::save_changes(out, card_changes.items(), set.now, facts)?;
        let holds = reservations.changed().collect::<Vec<_>>();
        reservation::save(out, &holds, |id| reservations.is_new(&id), facts)?;
        let phone_of = |id| customers.get(&id).map(|customer| &customer.phone);
        code::save(out, &codes.changed().collect::<Vec<_>>(), &set.vault, phone_of, facts)?;
        sale::save(out, &receipts.changed().collect::<Vec<_>>(), facts)?;
        tables::returns::save(out, returns.items(), facts)?;
        account::save_changes(out, account_changes.items(), set.now, facts)?;
        for merge in merges.items() {
            let db = out.up_to_here()?;
            for (kind, ids) in account::merge(db, merge)? {
                read_back(db, kind, &ids, facts)?;
            }
        }
        return_without_receipt::save(out, returns_without_receipt.items(), facts)?;
        consent::save(out, new_consents.items(), facts)?;
        tables::outbox::save(out, outbox.items(), &set.vault, set.now)?;
        operation::save(out, &operations.changed().collect::<Vec<_>>(), facts)?;
        chronicle::append(out, facts, set.now, &set.vault)
    })
}
