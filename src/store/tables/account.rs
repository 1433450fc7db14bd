//! What became of accounts, and merges: whatever names the account that ended comes to name the one that took over.

use diesel::prelude::*;

use crate::{
    domain::moment::Moment,
    store::{
        among::AmongValues as _,
        backend::{Db, on},
        error::StoreError,
        rows::{rows, write_rows},
        schema::{
            account_changes, accounts, cards, confirmation_codes, consents, customers, free_returns, journal,
            receipt_lots, receipts, reservation_lots, reservations,
        },
        set::{AccountChange, Merge},
        writes::Writes,
    },
};

rows! {
    struct AccountChangeRow in account_changes {
        id: i64,
        account_id: i64,
        state: String,
        merged_into: Option<i64>,
        reason: String,
        occurred_at: i64,
        recorded_at: i64,
        credential_id: i64,
        employee: Option<String>,
    }
}

/// Writes down what became of accounts; `first_id` is the first of as many free ids.
///
/// # Errors
/// The statement fails.
pub fn save_changes(
    out: &mut Writes<'_>,
    changes: &[AccountChange],
    first_id: i64,
    now: Moment,
) -> Result<(), StoreError> {
    let rows: Vec<AccountChangeRow> = (first_id..)
        .zip(changes)
        .map(|(id, change)| AccountChangeRow {
            id,
            account_id: change.account.0,
            state: change.state.word().into(),
            merged_into: change.merged_into.map(|id| id.0),
            reason: change.reason.clone(),
            occurred_at: change.occurred_at.0,
            recorded_at: now.0,
            credential_id: change.credential.0,
            employee: change.employee.clone(),
        })
        .collect();
    write_rows!(out, rows, account_changes);
    Ok(())
}

/// Makes the account that ended name the one that took over; and cards, holds, sales, returns, codes, consents and earlier
/// merges name that one and its customer.
/// The numbers of lots are shifted in two steps, by way of negative ones, so that no row meets another on its way.
///
/// # Errors
/// A statement fails.
pub fn merge(db: &mut Db, merge: &Merge) -> Result<(), StoreError> {
    let (from, into) = (merge.from.0, merge.into.0);
    let (from_customer, into_customer) = (merge.from_customer.0, merge.into_customer.0);
    let shift = merge.lots_shift;
    on!(db, c => {
        // An account's holds are found by its journal, which each of them is in: by account there is an index of open ones only,
        // since one of all would cost every hold. What was merged into it before had a journal of its own.
        let (mut journals, mut earlier) = (vec![from], vec![from]);
        while !earlier.is_empty() {
            earlier = accounts::table
                .filter(accounts::merged_into.among(&earlier))
                .select(accounts::id)
                .load::<i64>(&mut **c)?;
            journals.extend(&earlier);
        }
        let holds: Vec<Option<i64>> = journal::table
            .filter(journal::account_id.among(&journals))
            .filter(journal::reservation_id.is_not_null())
            .select(journal::reservation_id)
            .distinct()
            .load(&mut **c)?;
        let holds: Vec<i64> = holds.into_iter().flatten().collect();
        let held = reservation_lots::table.filter(reservation_lots::reservation_id.among(&holds));
        diesel::update(held.clone())
            .set(reservation_lots::lot_no.eq((reservation_lots::lot_no + shift) * -1_i64))
            .execute(&mut **c)?;
        diesel::update(held)
            .set(reservation_lots::lot_no.eq(reservation_lots::lot_no * -1_i64))
            .execute(&mut **c)?;
        diesel::update(reservations::table.filter(reservations::id.among(&holds)))
            .set((reservations::account_id.eq(into), reservations::customer_id.eq(into_customer)))
            .execute(&mut **c)?;
        let sales: Vec<i64> =
            receipts::table.filter(receipts::account_id.eq(from)).select(receipts::id).load(&mut **c)?;
        let spent = receipt_lots::table.filter(receipt_lots::receipt_id.among(&sales));
        diesel::update(spent.clone())
            .set(receipt_lots::lot_no.eq((receipt_lots::lot_no + shift) * -1_i64))
            .execute(&mut **c)?;
        diesel::update(spent)
            .set(receipt_lots::lot_no.eq(receipt_lots::lot_no * -1_i64))
            .execute(&mut **c)?;
        diesel::update(receipts::table.filter(receipts::account_id.eq(from)))
            .set((
                receipts::account_id.eq(into),
                receipts::customer_id.eq(into_customer),
                receipts::lot_no.eq(receipts::lot_no + shift),
            ))
            .execute(&mut **c)?;
        diesel::update(accounts::table.filter(accounts::id.eq(from)))
            .set(accounts::merged_into.eq(into))
            .execute(&mut **c)?;
        diesel::update(free_returns::table.filter(free_returns::account_id.eq(from)))
            .set(free_returns::account_id.eq(into))
            .execute(&mut **c)?;
        diesel::update(cards::table.filter(cards::account_id.eq(from)))
            .set((cards::account_id.eq(into), cards::customer_id.eq(into_customer)))
            .execute(&mut **c)?;
        diesel::update(confirmation_codes::table.filter(confirmation_codes::customer_id.eq(from_customer)))
            .set(confirmation_codes::customer_id.eq(into_customer))
            .execute(&mut **c)?;
        diesel::update(consents::table.filter(consents::customer_id.eq(from_customer)))
            .set(consents::customer_id.eq(into_customer))
            .execute(&mut **c)?;
        diesel::update(customers::table.filter(customers::merged_into.eq(from_customer)))
            .set(customers::merged_into.eq(into_customer))
            .execute(&mut **c)
    })?;
    Ok(())
}
