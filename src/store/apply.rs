//! Writes a working set's changes for the whole batch, table by table.

use std::collections::BTreeSet;

use crate::{
    domain::{
        account::Account,
        ids::{AccountId, CardId, CustomerId},
    },
    store::{
        covered::read_back,
        db::backend::Db,
        error::StoreError,
        facts::{Facts, Kind},
        sealing::Keys,
        sql::batch::write_together,
        tables::{
            self, account, card, case, chronicle, code, consent, customer, fiscal, operation, reference, reservation,
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
        // The last of each document only; all that are new are entered.
        fiscals: _,
        cases,
        operations,
        returns,
        returns_without_receipt,
        entered,
        attached,
        new_consents,
        card_changes,
        account_changes,
        merges,
        outbox,
        reference_changes,
    } = set.changes();
    let keys = keys(db, set)?;
    let mut facts = Facts::default();
    reference::save(db, reference_changes.items(), set.now, &keys, &mut facts)?;
    let customer_of_account = |id: AccountId| accounts.get(&id).map(|account| account.customer);
    let customer_of_card = |id: CardId| cards.get(&id).and_then(|card| card.customer);
    write_together(db, |out| {
        let facts = &mut facts;
        customer::save(out, &customers.changed().collect::<Vec<_>>(), &set.vault, &keys, facts)?;
        keys.save_made(out)?;
        account::save(out, &accounts.changed().collect::<Vec<_>>(), &keys, |id| accounts.is_new(&id), facts)?;
        card::save(out, &cards.changed().collect::<Vec<_>>(), facts)?;
        card::save_changes(out, card_changes.items(), set.now, &keys, customer_of_card, facts)?;
        let holds = reservations.changed().collect::<Vec<_>>();
        reservation::save(out, &holds, |id| reservations.is_new(&id), facts)?;
        code::save(out, &codes.changed().collect::<Vec<_>>(), &set.vault, facts)?;
        sale::save(out, &receipts.changed().collect::<Vec<_>>(), &keys, facts)?;
        fiscal::save(out, entered.items())?;
        tables::returns::save(out, returns.items(), &keys, facts)?;
        account::save_changes(out, account_changes.items(), set.now, &keys, customer_of_account, facts)?;
        case::save(out, &cases.changed().collect::<Vec<_>>(), &keys, facts)?;
        for attached in attached.items() {
            let db = out.up_to_here()?;
            let kind = if attached.is_free {
                return_without_receipt::attach(db, attached.id, &attached.fiscal)?;
                Kind::FreeReturn
            } else {
                tables::returns::attach(db, attached.id, &attached.fiscal)?;
                Kind::Return
            };
            read_back(db, kind, &[attached.id.0], facts)?;
        }
        for merge in merges.items() {
            let db = out.up_to_here()?;
            for (kind, ids) in account::merge(db, merge)? {
                read_back(db, kind, &ids, facts)?;
            }
        }
        return_without_receipt::save(out, returns_without_receipt.items(), &keys, customer_of_account, facts)?;
        consent::save(out, new_consents.items(), &keys, facts)?;
        tables::outbox::save(out, outbox.items(), &keys, set.now)?;
        operation::save(out, &operations.changed().collect::<Vec<_>>(), &keys, facts)?;
        chronicle::append(out, facts, set.now, &set.vault)
    })
}

/// The keys of the customers of whom something is to be sealed; new customers get one.
fn keys(db: &mut Db, set: &WorkingSet) -> Result<Keys, StoreError> {
    let Changes {
        cards,
        customers,
        accounts,
        cases,
        operations,
        returns_without_receipt,
        new_consents,
        card_changes,
        account_changes,
        outbox,
        // What these say is no customer's.
        reservations: _,
        codes: _,
        receipts: _,
        returns: _,
        merges: _,
        attached: _,
        entered: _,
        fiscals: _,
        reference_changes: _,
    } = set.changes();
    let of_account = |id: AccountId| accounts.get(&id).map(|account| account.customer);
    let has_words = |account: &&Account| account.movements.iter().any(|entry| entry.cause.words.is_some());
    let mut wanted: BTreeSet<CustomerId> = customers.changed().map(|customer| customer.id).collect();
    wanted.extend(cases.changed().filter_map(|case| case.customer));
    wanted.extend(operations.changed().filter_map(|answer| answer.customer));
    wanted.extend(accounts.changed().filter(has_words).map(|account| account.customer));
    wanted.extend(new_consents.items().iter().map(|(_, act)| act.customer));
    wanted.extend(card_changes.items().iter().filter_map(|(_, change)| cards.get(&change.card)?.customer));
    wanted.extend(account_changes.items().iter().filter_map(|(_, change)| of_account(change.account)));
    wanted.extend(returns_without_receipt.items().iter().filter_map(|back| of_account(back.account?)));
    wanted.extend(outbox.items().iter().filter_map(|message| message.customer));
    let (fresh, known): (BTreeSet<_>, BTreeSet<_>) =
        wanted.into_iter().partition(|id| customers.is_new(id) && customers.get(id).is_some());
    let mut keys = Keys::of(db, &set.vault, &known)?;
    for id in fresh {
        keys.make(id)?;
    }
    Ok(keys)
}
