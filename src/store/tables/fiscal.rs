//! The register of fiscal documents, of sales and returns.

use diesel::prelude::*;

use crate::{
    domain::{
        fiscal::{FiscalEntry, FiscalHolder, FiscalKey},
        ids::{ReceiptId, ReturnId, StoreId},
    },
    store::{
        db::backend::{Db, on},
        error::StoreError,
        schema::fiscal_documents,
        sql::{
            any_row_of::any_row_of,
            batch::Writes,
            insert::{rows, write_rows},
        },
    },
};

rows! {
    #[derive(Queryable, Selectable)]
    #[diesel(table_name = fiscal_documents)]
    struct FiscalRow in fiscal_documents {
        fiscal_fn: String,
        fiscal_fd: String,
        turn: i64,
        kind: String,
        document_id: i64,
        store_id: i64,
    }
}

const SALE: &str = "sale";
const RETURN: &str = "return";

/// The entries of these fiscal documents, those who had one before first.
///
/// # Errors
/// The statement fails, or a row is unreadable.
pub fn load(db: &mut Db, keys: &[&FiscalKey]) -> Result<Vec<FiscalEntry>, StoreError> {
    let columns = (fiscal_documents::fiscal_fn, fiscal_documents::fiscal_fd);
    let rows: Vec<FiscalRow> = on!(db, c => fiscal_documents::table
        .filter(any_row_of(columns, keys.iter().map(|key| (key.fn_.as_str(), key.fd.as_str()))))
        .order(fiscal_documents::turn)
        .select(FiscalRow::as_select())
        .load(&mut **c))?;
    let entries = rows.into_iter().map(|row| {
        let holder = match row.kind.as_str() {
            SALE => FiscalHolder::Sale(ReceiptId(row.document_id)),
            RETURN => FiscalHolder::Return(ReturnId(row.document_id)),
            other => return Err(StoreError::Unreadable(format!("fiscal_documents.kind = {other:?}"))),
        };
        let key = FiscalKey { fn_: row.fiscal_fn, fd: row.fiscal_fd };
        Ok(FiscalEntry { key, turn: row.turn, holder, store: StoreId(row.store_id) })
    });
    entries.collect()
}

/// Writes new entries. A second one for the same turn is a collision, and the command is decided again.
///
/// # Errors
/// The statement fails.
pub fn save(out: &mut Writes<'_>, new: &[&FiscalEntry]) -> Result<(), StoreError> {
    let rows: Vec<FiscalRow> = new
        .iter()
        .map(|entry| {
            let (kind, document_id) = match entry.holder {
                FiscalHolder::Sale(id) => (SALE, id.0),
                FiscalHolder::Return(id) => (RETURN, id.0),
            };
            FiscalRow {
                fiscal_fn: entry.key.fn_.clone(),
                fiscal_fd: entry.key.fd.clone(),
                turn: entry.turn,
                kind: kind.into(),
                document_id,
                store_id: entry.store.0,
            }
        })
        .collect();
    write_rows!(out, rows, fiscal_documents);
    Ok(())
}
