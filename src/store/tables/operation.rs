//! Stored answers, so that a repeat of an operation gets the same bytes.

use diesel::prelude::*;

use crate::{
    domain::{
        ids::{CustomerId, PartnerId},
        moment::Moment,
    },
    store::{
        db::{
            backend::{Db, on},
            compress,
        },
        error::{StoreError, word},
        facts::{Facts, Kind, answer_id},
        schema::operations,
        sealing::Keys,
        sql::{
            any_row_of::any_row_of,
            batch::Writes,
            digest::{Digester, RowDigest},
            insert::{rows, write_rows},
        },
    },
    vault::{SealedBy, Vault},
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

/// What the operations of these keys made or changed.
///
/// # Errors
/// The statement fails.
pub fn subjects(db: &mut Db, keys: &[(PartnerId, String)]) -> Result<Vec<Subject>, StoreError> {
    rows(db, keys)?.iter().filter_map(|row| subject(row).transpose()).collect()
}

fn rows(db: &mut Db, keys: &[(PartnerId, String)]) -> Result<Vec<OperationRow>, StoreError> {
    let keys = keys.iter().map(|(partner, key)| (partner.0, key.as_str()));
    Ok(on!(db, c => operations::table
        .filter(any_row_of((operations::partner_id, operations::operation_key), keys))
        .select(OperationRow::as_select())
        .load(&mut **c))?)
}

/// The stored answers of these keys.
///
/// # Errors
/// The statement fails, or an answer is unreadable.
pub fn load(db: &mut Db, keys: &[(PartnerId, String)], vault: &Vault) -> Result<Vec<StoredAnswer>, StoreError> {
    let rows = rows(db, keys)?;
    let sealed = rows.iter().map(|row| row.answer.as_slice()).filter(|answer| !answer.is_empty());
    let keys = Keys::for_values(db, vault, sealed)?;
    let stored = rows.into_iter().map(|row| {
        let subject = subject(&row)?;
        let row_key = row.operation_key.clone();
        Ok(StoredAnswer {
            partner: PartnerId(row.partner_id),
            key: row.operation_key,
            operation: row.operation,
            request_digest: row.request_digest,
            code: row.code,
            body: body(row.partner_id, &row_key, &row.answer, &keys)?,
            recorded_at: Moment(row.recorded_at),
            subject,
            customer: match row.answer.first().map(|_| SealedBy::of(&row.answer)).transpose()? {
                Some(SealedBy::Customer(id)) => Some(CustomerId(id)),
                Some(SealedBy::Database(_)) | None => None,
            },
        })
    });
    stored.collect()
}

/// The object that the operation made or changed.
fn subject(row: &OperationRow) -> Result<Option<Subject>, StoreError> {
    subject_of(row.subject_id, row.subject_kind.as_deref(), &row.operation)
}

/// The same by its columns.
pub(in crate::store) fn subject_of(
    id: Option<i64>,
    kind: Option<&str>,
    operation: &str,
) -> Result<Option<Subject>, StoreError> {
    let Some(id) = id else { return Ok(None) };
    // A program from before the column leaves it empty: with it a sale was only ever made by its registration.
    let kind = kind.unwrap_or(match operation {
        "RegisterReceipt" => Subject::SALE,
        _ => Subject::RESERVATION,
    });
    word(|kind| Subject::of(kind, id), "operations.subject_kind", kind).map(Some)
}

/// Where an answer lies.
pub(in crate::store) fn place(partner: i64, key: &str) -> String {
    format!("operations.answer:{partner}:{key}")
}

/// An answer's `return` as the column has it: packed, then sealed; that of a tombstone is empty. Nothing where the
/// customer's key that sealed it is destroyed.
fn body(partner: i64, key: &str, answer: &[u8], keys: &Keys) -> Result<Option<String>, StoreError> {
    if answer.is_empty() {
        return Ok(Some(String::new()));
    }
    let packed = keys.open(&place(partner, key), answer)?;
    packed.map(|packed| text(&packed)).transpose()
}

/// A packed answer's text.
///
/// # Errors
/// It is none.
pub(in crate::store) fn text(packed: &[u8]) -> Result<String, StoreError> {
    let unreadable = |what: String| StoreError::Unreadable(format!("operations.answer: {what}"));
    let bytes = compress::unpack(packed, UNPACKED_BYTES_MAX).map_err(unreadable)?;
    String::from_utf8(bytes).map_err(|error| unreadable(error.to_string()))
}

/// Writes new answers. They never change. A second answer for a key is a collision, and the caller decides again.
///
/// # Errors
/// The statement fails, or nothing can be sealed.
pub fn save(out: &mut Writes<'_>, new: &[&StoredAnswer], keys: &Keys, facts: &mut Facts) -> Result<(), StoreError> {
    let sealed = |answer: &StoredAnswer| {
        let body = answer.body.as_deref().unwrap_or_default();
        if body.is_empty() {
            return Ok(Vec::new());
        }
        let place = place(answer.partner.0, &answer.key);
        keys.seal(answer.customer, &place, &compress::pack(body.as_bytes()))
    };
    let row = |answer: &&StoredAnswer| {
        Ok(OperationRow {
            partner_id: answer.partner.0,
            operation_key: answer.key.clone(),
            operation: answer.operation.clone(),
            request_digest: answer.request_digest.clone(),
            code: answer.code.clone(),
            answer: sealed(answer)?,
            recorded_at: answer.recorded_at.0,
            subject_id: answer.subject.map(Subject::id),
            subject_kind: answer.subject.map(|subject| subject.kind().to_owned()),
        })
    };
    let rows: Vec<OperationRow> = new.iter().map(row).collect::<Result<_, StoreError>>()?;
    for row in &rows {
        facts.row(Kind::Answer, answer_id(row.partner_id, &row.operation_key), row);
    }
    write_rows!(out, rows, operations);
    Ok(())
}

/// A stored answer as it is, for `verify`.
pub(in crate::store) struct Said {
    /// Whose.
    pub partner: i64,
    /// Its key.
    pub key: String,
    /// To which operation.
    pub operation: String,
    /// Its code.
    pub code: String,
    /// The object that the operation made or changed, by its columns.
    pub subject_id: Option<i64>,
    /// The object's kind.
    pub subject_kind: Option<String>,
    /// The customer by whose key it is sealed.
    pub customer: Option<i64>,
    /// Its text; none where the customer's key is destroyed or there is no key at all, and why it does not open.
    pub text: Result<Option<String>, String>,
}

/// The stored answers that follow a partner's key, in the order of partners and keys; opened where there is a key.
///
/// # Errors
/// The statement fails.
pub(in crate::store) fn said_after(
    db: &mut Db,
    partner: i64,
    key: &str,
    rows_max: i64,
    vault: Option<&Vault>,
) -> Result<Vec<Said>, StoreError> {
    let rows = rows_after(db, partner, key, rows_max)?;
    let mut keys = None;
    if let Some(vault) = vault {
        let sealed = rows.iter().map(|row| row.answer.as_slice()).filter(|answer| SealedBy::of(answer).is_ok());
        keys = Some(Keys::for_values(db, vault, sealed));
    }
    let said = rows.into_iter().map(|row| Said {
        text: match &keys {
            Some(Ok(keys)) => {
                body(row.partner_id, &row.operation_key, &row.answer, keys).map_err(|error| error.to_string())
            }
            // Which customer's key does not open is told where customers' keys are looked at.
            Some(Err(_)) | None => Ok(None),
        },
        customer: match SealedBy::of(&row.answer) {
            Ok(SealedBy::Customer(id)) => Some(id),
            Ok(SealedBy::Database(_)) | Err(_) => None,
        },
        partner: row.partner_id,
        key: row.operation_key,
        operation: row.operation,
        code: row.code,
        subject_id: row.subject_id,
        subject_kind: row.subject_kind,
    });
    Ok(said.collect())
}

/// What a stored answer says.
#[derive(Debug, Clone)]
pub(in crate::store) struct AnswerDigest {
    /// Whose.
    pub partner: i64,
    /// Its key.
    pub key: String,
    /// When, in milliseconds since 1970.
    pub recorded_at: i64,
    /// What stands for partner and key.
    pub id: i64,
    /// The digest.
    pub digest: RowDigest,
}

fn answer_digests(rows: Vec<OperationRow>) -> Vec<AnswerDigest> {
    let mut digester = Digester::default();
    let said = rows.into_iter().map(|row| AnswerDigest {
        digest: digester.row(&row).finish(),
        id: answer_id(row.partner_id, &row.operation_key),
        recorded_at: row.recorded_at,
        partner: row.partner_id,
        key: row.operation_key,
    });
    said.collect()
}

/// What the stored answers say that follow a partner's key, in the order of partners and keys.
///
/// # Errors
/// The statement fails.
pub(in crate::store) fn digests_after(
    db: &mut Db,
    partner: i64,
    key: &str,
    rows_max: i64,
) -> Result<Vec<AnswerDigest>, StoreError> {
    Ok(answer_digests(rows_after(db, partner, key, rows_max)?))
}

fn rows_after(db: &mut Db, partner: i64, key: &str, rows_max: i64) -> Result<Vec<OperationRow>, StoreError> {
    let mut rows: Vec<OperationRow> = on!(db, c => operations::table
        .filter(operations::partner_id.eq(partner))
        .filter(operations::operation_key.gt(key))
        .order(operations::operation_key)
        .limit(rows_max)
        .select(OperationRow::as_select())
        .load(&mut **c))?;
    let left = rows_max.saturating_sub(i64::try_from(rows.len()).unwrap_or(i64::MAX));
    if left > 0 {
        let more: Vec<OperationRow> = on!(db, c => operations::table
            .filter(operations::partner_id.gt(partner))
            .order((operations::partner_id, operations::operation_key))
            .limit(left)
            .select(OperationRow::as_select())
            .load(&mut **c))?;
        rows.extend(more);
    }
    Ok(rows)
}

/// What the stored answers say that were recorded from a moment on, in order of time, those of the last moment all.
///
/// # Errors
/// A statement fails.
pub(in crate::store) fn digests_since(db: &mut Db, since: i64, rows_max: i64) -> Result<Vec<AnswerDigest>, StoreError> {
    let mut rows: Vec<OperationRow> = on!(db, c => operations::table
        .filter(operations::recorded_at.ge(since))
        .order(operations::recorded_at)
        .limit(rows_max)
        .select(OperationRow::as_select())
        .load(&mut **c))?;
    if let Some(last) = rows.last().map(|row| row.recorded_at) {
        rows.retain(|row| row.recorded_at < last);
        let at_last: Vec<OperationRow> = on!(db, c => operations::table
            .filter(operations::recorded_at.eq(last))
            .select(OperationRow::as_select())
            .load(&mut **c))?;
        rows.extend(at_last);
    }
    Ok(answer_digests(rows))
}

/// Deletes at most `rows_max` answers older than a moment; returns how many.
///
/// # Errors
/// The statement fails.
pub(in crate::store) fn forget(db: &mut Db, before: Moment, rows_max: i64) -> Result<usize, StoreError> {
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
