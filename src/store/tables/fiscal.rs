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
    /// An entry of the register.
    #[derive(Queryable, Selectable)]
    #[diesel(table_name = fiscal_documents)]
    pub(in crate::store) struct FiscalRow in fiscal_documents {
        /// The drive's number.
        pub fiscal_fn: String,
        /// The document's number.
        pub fiscal_fd: String,
        /// How many had it before.
        pub turn: i64,
        /// [`SALE`] or [`RETURN`].
        pub kind: String,
        /// Which.
        pub document_id: i64,
        /// Where it was registered.
        pub store_id: i64,
    }
}

/// The document of a sale.
pub(in crate::store) const SALE: &str = "sale";
/// The document of a return.
pub(in crate::store) const RETURN: &str = "return";

/// The entries of these fiscal documents, those who had one before first.
///
/// # Errors
/// The statement fails, or a row is unreadable.
pub fn load(db: &mut Db, keys: &[&FiscalKey]) -> Result<Vec<FiscalEntry>, StoreError> {
    let entries = rows(db, keys)?.into_iter().map(|row| {
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

/// The rows of these fiscal documents, those who had one before first.
///
/// # Errors
/// The statement fails.
pub(in crate::store) fn rows(db: &mut Db, keys: &[&FiscalKey]) -> Result<Vec<FiscalRow>, StoreError> {
    let columns = (fiscal_documents::fiscal_fn, fiscal_documents::fiscal_fd);
    Ok(on!(db, c => fiscal_documents::table
        .filter(any_row_of(columns, keys.iter().map(|key| (key.fn_.as_str(), key.fd.as_str()))))
        .order(fiscal_documents::turn)
        .select(FiscalRow::as_select())
        .load(&mut **c))?)
}

/// Writes new entries. A second one for the same turn is a collision, and the command is decided again.
///
/// # Errors
/// The statement fails.
pub fn save(out: &mut Writes<'_>, new: &[FiscalEntry]) -> Result<(), StoreError> {
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
