//! Cases. Their texts are sealed by the key of the customer whom they concern.

use diesel::prelude::*;

use crate::{
    domain::{
        case::{Case, CaseSubject, Closing},
        ids::{CaseId, CredentialId, CustomerId, PartnerId, ProgrammeId, StoreId},
        moment::Moment,
    },
    store::{
        db::backend::{Db, load_locked, on},
        error::StoreError,
        facts::{Facts, Kind},
        schema::cases,
        sealing::Keys,
        sql::{
            any_of::AnyOfValues as _,
            batch::Writes,
            digest::{Digester, RowDigest},
            insert::{rows, write_rows},
        },
    },
    vault::Vault,
};

rows! {
    /// A case as it is kept.
    #[derive(Queryable, Selectable)]
    #[diesel(table_name = cases)]
    pub(in crate::store) struct CaseRow in cases {
        /// Identity.
        pub id: i64,
        kind: String,
        programme_id: i64,
        partner_id: i64,
        store_id: Option<i64>,
        customer_id: Option<i64>,
        subject_kind: Option<String>,
        subject_id: Option<i64>,
        text_sealed: Vec<u8>,
        opened_at: i64,
        closed_at: Option<i64>,
        closed_by: Option<i64>,
        closed_employee_sealed: Option<Vec<u8>>,
        resolution_sealed: Option<Vec<u8>>,
    }
}

/// Cases by id, locked in that order when `lock`: no account's lock covers them.
///
/// # Errors
/// The statement fails, or a text does not open.
pub fn load(db: &mut Db, ids: &[i64], vault: &Vault, lock: bool) -> Result<Vec<Case>, StoreError> {
    let rows: Vec<CaseRow> = load_locked!(
        db,
        lock,
        cases::table.filter(cases::id.any_of(ids)).order(cases::id).select(CaseRow::as_select())
    )?;
    read(db, rows, vault)
}

/// The cases about returns, locked when `lock`.
///
/// # Errors
/// The statement fails, or a text does not open.
pub fn load_of_returns(db: &mut Db, returns: &[i64], vault: &Vault, lock: bool) -> Result<Vec<Case>, StoreError> {
    let word = CaseSubject::RETURN;
    let rows: Vec<CaseRow> = load_locked!(
        db,
        lock,
        cases::table
            .filter(cases::subject_id.any_of(returns))
            .filter(cases::subject_kind.eq(word))
            .order(cases::id)
            .select(CaseRow::as_select())
    )?;
    read(db, rows, vault)
}

/// The cases in rows.
///
/// # Errors
/// A key cannot be read, or a text does not open.
pub(in crate::store) fn read(db: &mut Db, rows: Vec<CaseRow>, vault: &Vault) -> Result<Vec<Case>, StoreError> {
    let sealed = rows.iter().flat_map(|row| {
        let closing = [&row.closed_employee_sealed, &row.resolution_sealed].into_iter().filter_map(Option::as_deref);
        std::iter::once(row.text_sealed.as_slice()).chain(closing)
    });
    let keys = Keys::for_values(db, vault, sealed)?;
    rows.into_iter().map(|row| case(row, &keys)).collect()
}

/// Writes new and changed cases. Of an existing one only its end can change.
///
/// # Errors
/// The statement fails, or nothing can be sealed.
pub fn save(out: &mut Writes<'_>, changed: &[&Case], keys: &Keys, facts: &mut Facts) -> Result<(), StoreError> {
    let rows: Vec<CaseRow> = changed.iter().map(|case| row(case, keys)).collect::<Result<_, StoreError>>()?;
    for row in &rows {
        facts.row(Kind::Case, row.id, row);
    }
    write_rows!(out, rows, cases, (id) => (
        text_sealed, closed_at, closed_by, closed_employee_sealed, resolution_sealed,
    ));
    Ok(())
}

fn row(case: &Case, keys: &Keys) -> Result<CaseRow, StoreError> {
    let (id, closing) = (case.id.0, case.closing.as_ref());
    let employee = closing.and_then(|closing| closing.employee.as_deref());
    let resolution = closing.and_then(|closing| closing.resolution.as_deref());
    Ok(CaseRow {
        id,
        kind: case.kind.clone(),
        programme_id: case.programme.0,
        partner_id: case.partner.0,
        store_id: case.store.map(|id| id.0),
        customer_id: case.customer.map(|id| id.0),
        subject_kind: case.subject.map(|subject| subject.word().into()),
        subject_id: case.subject.map(CaseSubject::id),
        text_sealed: keys.seal(case.customer, &text_place(id), case.text.as_deref().unwrap_or_default().as_bytes())?,
        opened_at: case.opened_at.0,
        closed_at: closing.map(|closing| closing.at.0),
        closed_by: closing.map(|closing| closing.by.0),
        closed_employee_sealed: keys.seal_words(None, &employee_place(id), employee)?,
        resolution_sealed: keys.seal_words(case.customer, &resolution_place(id), resolution)?,
    })
}

fn case(row: CaseRow, keys: &Keys) -> Result<Case, StoreError> {
    let id = row.id;
    let employee = keys.open_words(&employee_place(id), row.closed_employee_sealed.as_deref())?;
    let resolution = keys.open_words(&resolution_place(id), row.resolution_sealed.as_deref())?;
    let closing = row.closed_at.zip(row.closed_by);
    let closing = closing.map(|(at, by)| Closing { at: Moment(at), by: CredentialId(by), employee, resolution });
    let subject = row.subject_kind.as_deref().zip(row.subject_id);
    Ok(Case {
        id: CaseId(id),
        kind: row.kind,
        programme: ProgrammeId(row.programme_id),
        partner: PartnerId(row.partner_id),
        store: row.store_id.map(StoreId),
        customer: row.customer_id.map(CustomerId),
        subject: subject.and_then(|(word, id)| CaseSubject::of(word, id)),
        text: keys.open_words(&text_place(id), Some(&row.text_sealed))?,
        opened_at: Moment(row.opened_at),
        closing,
    })
}

/// What these cases say.
///
/// # Errors
/// The statement fails.
pub(in crate::store) fn digests(db: &mut Db, ids: &[i64]) -> Result<Vec<(i64, RowDigest)>, StoreError> {
    let rows: Vec<CaseRow> =
        on!(db, c => cases::table.filter(cases::id.any_of(ids)).select(CaseRow::as_select()).load(&mut **c))?;
    let mut digester = Digester::default();
    Ok(rows.iter().map(|row| (row.id, digester.row(row).finish())).collect())
}

/// Where the text of a case lies: it is the customer's whom it concerns.
pub(in crate::store) fn text_place(id: i64) -> String {
    format!("cases.text:{id}")
}

/// Where it lies what was found and done.
pub(in crate::store) fn resolution_place(id: i64) -> String {
    format!("cases.resolution:{id}")
}

/// Where the name lies of who closed it: an employee's, which is no customer's.
pub(in crate::store) fn employee_place(id: i64) -> String {
    format!("cases.closed_employee:{id}")
}
