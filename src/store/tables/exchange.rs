//! The journal of exchanges: masked before it comes here.

use diesel::prelude::*;

use crate::{
    domain::moment::Moment,
    store::{
        among::AmongValues as _,
        backend::{Db, on},
        error::StoreError,
        schema::exchanges,
        tables::write_rows,
    },
};

/// A row of the journal.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = exchanges, treat_none_as_default_value = false)]
pub struct ExchangeRow {
    /// Identity.
    pub id: i64,
    /// When it was answered, in milliseconds since 1970.
    pub at: i64,
    /// What names the call in the log and in faults.
    pub request_id: String,
    /// The service.
    pub service: String,
    /// The operation, if the request got that far.
    pub operation: Option<String>,
    /// `OK`, the refusal's code, or the fault's.
    pub code: String,
    /// The HTTP status.
    pub http_status: i64,
    /// For which partner.
    pub partner_id: Option<i64>,
    /// By which login.
    pub login: Option<String>,
    /// The operation key.
    pub operation_key: Option<String>,
    /// The card.
    pub card: Option<String>,
    /// The till.
    pub till: Option<String>,
    /// How long the answer took, in milliseconds.
    pub duration_ms: i64,
    /// The canonical request, masked.
    pub request: Option<String>,
    /// The answer's `return`, masked.
    pub answer: Option<String>,
}

/// By what exchanges are looked for; what is given must hold together.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// By request id.
    pub request_id: Option<String>,
    /// By operation key.
    pub operation_key: Option<String>,
    /// By card.
    pub card: Option<String>,
    /// By till.
    pub till: Option<String>,
}

/// Appends rows.
///
/// # Errors
/// The statement fails.
pub fn save(db: &mut Db, rows: &[ExchangeRow]) -> Result<(), StoreError> {
    write_rows!(db, rows, chunk => diesel::insert_into(exchanges::table).values(chunk));
    Ok(())
}

/// The latest exchanges that match, at most so many, the latest first.
///
/// # Errors
/// The statement fails.
pub fn find(db: &mut Db, search: &Search, rows_max: i64) -> Result<Vec<ExchangeRow>, StoreError> {
    Ok(on!(db, c => {
        let mut query = exchanges::table.select(ExchangeRow::as_select()).into_boxed();
        if let Some(request_id) = &search.request_id {
            query = query.filter(exchanges::request_id.eq(request_id));
        }
        if let Some(key) = &search.operation_key {
            query = query.filter(exchanges::operation_key.eq(key));
        }
        if let Some(card) = &search.card {
            query = query.filter(exchanges::card.eq(card));
        }
        if let Some(till) = &search.till {
            query = query.filter(exchanges::till.eq(till));
        }
        query.order((exchanges::at.desc(), exchanges::id.desc())).limit(rows_max).load(&mut **c)
    })?)
}

/// Forgets what is older than a moment, at most so many rows at a time; answers how many.
///
/// # Errors
/// The statement fails.
pub fn forget(db: &mut Db, before: Moment, rows_max: i64) -> Result<usize, StoreError> {
    let old: Vec<i64> = on!(db, c => exchanges::table
        .filter(exchanges::at.lt(before.0))
        .order(exchanges::at)
        .limit(rows_max)
        .select(exchanges::id)
        .load(&mut **c))?;
    Ok(on!(db, c => diesel::delete(exchanges::table.filter(exchanges::id.among(&old))).execute(&mut **c))?)
}
