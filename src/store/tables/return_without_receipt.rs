//! Returns without the receipt of their sale.

use crate::{
    domain::{
        ids::{AccountId, CustomerId},
        return_without_receipt::ReturnWithoutReceipt,
    },
    store::{
        error::StoreError,
        schema::{free_return_lines, free_returns},
        sealing::Keys,
        sql::{
            batch::Writes,
            insert::{rows, write_rows},
        },
        tables::till_document,
    },
};

rows! {
    struct FreeReturnRow in free_returns {
        id: i64,
        partner_id: i64,
        store_id: i64,
        till_id: i64,
        number: String,
        local_day: i64,
        shift: String,
        occurred_at: i64,
        recorded_at: i64,
        account_id: Option<i64>,
        amount_refund: i64,
        points_revoked: i64,
        fiscal_fn: Option<String>,
        fiscal_fd: Option<String>,
        fiscal_fp: Option<String>,
        reason_sealed: Option<Vec<u8>>,
        cashier_sealed: Option<Vec<u8>>,
    }
}

rows! {
    struct FreeReturnLineRow in free_return_lines {
        free_return_id: i64,
        line_no: i64,
        goods_code: String,
        name: Option<String>,
        quantity: i64,
        price: i64,
        sum: i64,
        points_revoked: i64,
    }
}

/// Writes new ones; `owner` gives the customer of an account.
///
/// # Errors
/// A statement fails, or nothing can be sealed.
pub fn save(
    out: &mut Writes<'_>,
    new: &[ReturnWithoutReceipt],
    keys: &Keys,
    owner: impl Fn(AccountId) -> Option<CustomerId>,
) -> Result<(), StoreError> {
    let row = |back: &ReturnWithoutReceipt| {
        let (fiscal_fn, fiscal_fd, fiscal_fp) = till_document::fiscal_columns(back.fiscal.as_ref());
        let (id, customer) = (back.id.0, back.account.and_then(&owner));
        Ok(FreeReturnRow {
            id: back.id.0,
            partner_id: back.partner.0,
            store_id: back.store.0,
            till_id: back.key.till.0,
            number: back.key.number.clone(),
            local_day: back.key.local_day,
            shift: back.key.shift.clone(),
            occurred_at: back.occurred_at.0,
            recorded_at: back.recorded_at.0,
            account_id: back.account.map(|id| id.0),
            amount_refund: back.amount_refund.0,
            points_revoked: back.points_revoked.0,
            fiscal_fn,
            fiscal_fd,
            fiscal_fp,
            reason_sealed: keys.seal_words(customer, &reason_place(id), Some(&back.reason))?,
            cashier_sealed: keys.seal_words(None, &cashier_place(id), back.cashier.as_deref())?,
        })
    };
    let rows: Vec<FreeReturnRow> = new.iter().map(row).collect::<Result<_, StoreError>>()?;
    write_rows!(out, rows, free_returns);
    let lines: Vec<FreeReturnLineRow> = new
        .iter()
        .flat_map(|back| {
            back.lines.iter().map(|(line, revoked)| FreeReturnLineRow {
                free_return_id: back.id.0,
                line_no: i64::from(line.number),
                goods_code: line.goods_code.clone(),
                name: line.name.clone(),
                quantity: line.quantity.0,
                price: line.price.0,
                sum: line.sum.0,
                points_revoked: revoked.0,
            })
        })
        .collect();
    write_rows!(out, lines, free_return_lines);
    Ok(())
}

/// Where the reason lies: it is the customer's, if there is one.
pub(in crate::store) fn reason_place(id: i64) -> String {
    format!("free_returns.reason:{id}")
}

/// Where the name lies of who took the goods back.
pub(in crate::store) fn cashier_place(id: i64) -> String {
    format!("free_returns.cashier:{id}")
}
