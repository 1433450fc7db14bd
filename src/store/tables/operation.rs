//! Stored answers, so that a repeat of an operation gets the same bytes.

use diesel::prelude::*;

use crate::{
    domain::{ids::PartnerId, moment::Moment},
    store::{
        db::{
            backend::{Db, on},
            compress,
        },
        error::{StoreError, word},
        schema::operations,
        sql::{
            any_row_of::any_row_of,
            batch::Writes,
            insert::{rows, write_rows},
        },
    },
    working_set::{StoredAnswer, Subject},
};

/// The most bytes of an answer.
const UNPACKED_BYTES_MAX: usize = 16 * 1_024 * 1_024;

rows! {
    #[derive(Queryable, Selectable)]
    #[diesel(table_name = operations)]
    struct OperationRow in operations {
        partner_id: i64,
        operation_key: String,
        operation: String,
        request_digest: Vec<u8>,
        code: String,
        answer: Vec<u8>,
        recorded_at: i64,
        subject_id: Option<i64>,
        subject_kind: Option<String>,
    }
}

/// The stored answers of these keys.
///
/// # Errors
/// The statement fails.
pub fn load(db: &mut Db, keys: &[(PartnerId, String)]) -> Result<Vec<StoredAnswer>, StoreError> {
    let keys = keys.iter().map(|(partner, key)| (partner.0, key.as_str()));
    let rows: Vec<OperationRow> = on!(db, c => operations::table
        .filter(any_row_of((operations::partner_id, operations::operation_key), keys))
        .select(OperationRow::as_select())
        .load(&mut **c))?;
    let stored = rows.into_iter().map(|row| {
        let subject = subject(&row)?;
        Ok(StoredAnswer {
            partner: PartnerId(row.partner_id),
            key: row.operation_key,
            operation: row.operation,
            request_digest: row.request_digest,
            code: row.code,
            body: body(row.answer)?,
            recorded_at: Moment(row.recorded_at),
            subject,
        })
    });
    stored.collect()
}

/// The object that the operation made or changed.
fn subject(row: &OperationRow) -> Result<Option<Subject>, StoreError> {
    let Some(id) = row.subject_id else { return Ok(None) };
    // An older program leaves the column empty. In its time only a registration made a sale.
    let kind = row.subject_kind.as_deref().unwrap_or(match row.operation.as_str() {
        "RegisterReceipt" => Subject::SALE,
        _ => Subject::RESERVATION,
    });
    word(|kind| Subject::of(kind, id), "operations.subject_kind", kind).map(Some)
}

/// An answer's `return` from its column: compressed, or plain XML or empty in older rows.
///
/// # Errors
/// It is in neither format.
pub fn body(answer: Vec<u8>) -> Result<String, StoreError> {
    let unreadable = |what: String| StoreError::Unreadable(format!("operations.answer: {what}"));
    let bytes = match answer.first() {
        None | Some(b'<') => answer,
        Some(_) => compress::unpack(&answer, UNPACKED_BYTES_MAX).map_err(unreadable)?,
    };
    String::from_utf8(bytes).map_err(|error| unreadable(error.to_string()))
}

/// Writes new answers. They never change. A second answer for a key is a collision, and the caller decides again.
///
/// # Errors
/// The statement fails.
pub fn save(out: &mut Writes<'_>, new: &[&StoredAnswer]) -> Result<(), StoreError> {
    let rows: Vec<OperationRow> = new
        .iter()
        .map(|answer| OperationRow {
            partner_id: answer.partner.0,
            operation_key: answer.key.clone(),
            operation: answer.operation.clone(),
            request_digest: answer.request_digest.clone(),
            code: answer.code.clone(),
            answer: compress::pack(answer.body.as_bytes()),
            recorded_at: answer.recorded_at.0,
            subject_id: answer.subject.map(Subject::id),
            subject_kind: answer.subject.map(|subject| subject.kind().to_owned()),
        })
        .collect();
    write_rows!(out, rows, operations);
    Ok(())
}

/// Deletes at most `rows_max` answers older than a moment; returns how many.
///
/// # Errors
/// The statement fails.
pub fn forget(db: &mut Db, before: Moment, rows_max: i64) -> Result<usize, StoreError> {
    let old: Vec<(i64, String)> = on!(db, c => operations::table
        .filter(operations::recorded_at.lt(before.0))
        .order(operations::recorded_at)
        .limit(rows_max)
        .select((operations::partner_id, operations::operation_key))
        .load(&mut **c))?;
    let keys = old.iter().map(|(partner, key)| (*partner, key.as_str()));
    Ok(on!(db, c => diesel::delete(operations::table
        .filter(operations::recorded_at.lt(before.0))
        .filter(any_row_of((operations::partner_id, operations::operation_key), keys)))
        .execute(&mut **c))?)
}
