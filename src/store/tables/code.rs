//! Confirmation codes.

use std::collections::HashMap;

use diesel::{dsl::count_star, prelude::*};

use crate::{
    domain::{
        code::{CodeState, ConfirmationCode, Purpose},
        ids::{CodeId, CustomerId, ReservationId, TillId},
        moment::Moment,
        phone::Phone,
    },
    store::{
        db::backend::{Db, on},
        error::{StoreError, word},
        facts::{Facts, Kind},
        schema::confirmation_codes,
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
    #[derive(Queryable, Selectable)]
    #[diesel(table_name = confirmation_codes)]
    struct CodeRow in confirmation_codes {
        id: i64,
        purpose: String,
        customer_id: i64,
        reservation_id: Option<i64>,
        digest: Vec<u8>,
        state: String,
        tries_left: i64,
        sent_at: i64,
        expires_at: i64,
        phone_index: Vec<u8>,
        till_id: i64,
    }
}

const PHONE: &str = "phone";
const REDEMPTION: &str = "redemption";

/// The codes of these customers sent since a moment, which include the latest for each purpose.
///
/// # Errors
/// The statement fails, or a row is unreadable.
pub fn load(db: &mut Db, customers: &[i64], since: Moment) -> Result<Vec<ConfirmationCode>, StoreError> {
    let rows: Vec<CodeRow> = on!(db, c => confirmation_codes::table
        .filter(confirmation_codes::customer_id.any_of(customers))
        .filter(confirmation_codes::sent_at.ge(since.0))
        .select(CodeRow::as_select())
        .load(&mut **c))?;
    rows.into_iter().map(code).collect()
}

/// How many codes went to these phones since a moment.
///
/// # Errors
/// The statement fails.
pub fn count_by_phone(
    db: &mut Db,
    phones: &[Phone],
    since: Moment,
    vault: &Vault,
) -> Result<HashMap<Phone, i64>, StoreError> {
    let by_index: HashMap<Vec<u8>, &Phone> =
        phones.iter().map(|phone| (vault.phone_index(phone.as_e164()), phone)).collect();
    let indexes: Vec<Vec<u8>> = by_index.keys().cloned().collect();
    let counts: Vec<(Vec<u8>, i64)> = on!(db, c => confirmation_codes::table
        .filter(confirmation_codes::phone_index.any_of(&indexes))
        .filter(confirmation_codes::sent_at.ge(since.0))
        .group_by(confirmation_codes::phone_index)
        .select((confirmation_codes::phone_index, count_star()))
        .load(&mut **c))?;
    Ok(counts.into_iter().filter_map(|(index, count)| Some(((*by_index.get(&index)?).clone(), count))).collect())
}

/// How many codes these tills requested since a moment.
///
/// # Errors
/// The statement fails.
pub fn count_by_till(db: &mut Db, tills: &[i64], since: Moment) -> Result<HashMap<TillId, i64>, StoreError> {
    let counts: Vec<(i64, i64)> = on!(db, c => confirmation_codes::table
        .filter(confirmation_codes::till_id.any_of(tills))
        .filter(confirmation_codes::sent_at.ge(since.0))
        .group_by(confirmation_codes::till_id)
        .select((confirmation_codes::till_id, count_star()))
        .load(&mut **c))?;
    Ok(counts.into_iter().map(|(till, count)| (TillId(till), count)).collect())
}

/// Writes new and changed codes.
///
/// # Errors
/// The statement fails.
pub fn save(
    out: &mut Writes<'_>,
    changed: &[&ConfirmationCode],
    vault: &Vault,
    facts: &mut Facts,
) -> Result<(), StoreError> {
    let mut rows: Vec<CodeRow> = changed
        .iter()
        .map(|code| {
            let (purpose, reservation_id) = match code.purpose {
                Purpose::Redemption(id) => (REDEMPTION, Some(id.0)),
                Purpose::Phone => (PHONE, None),
            };
            CodeRow {
                id: code.id.0,
                purpose: purpose.into(),
                customer_id: code.customer.0,
                reservation_id,
                digest: code.digest.clone(),
                state: code.state.word().into(),
                tries_left: code.tries_left,
                sent_at: code.sent_at.0,
                expires_at: code.expires_at.0,
                phone_index: Vec::new(),
                till_id: code.till.0,
            }
        })
        .collect();
    for (row, code) in rows.iter_mut().zip(changed) {
        // Without the phone that it went to: of a code that is there already that is not written again.
        facts.row(Kind::Code, row.id, row);
        row.phone_index = code.sent_to.as_ref().map(|phone| vault.phone_index(phone.as_e164())).unwrap_or_default();
    }
    write_rows!(out, rows, confirmation_codes, (id) => (state, tries_left, reservation_id));
    Ok(())
}

/// What these codes say, but for the phone that each went to.
///
/// # Errors
/// The statement fails.
pub(in crate::store) fn digests(db: &mut Db, ids: &[i64]) -> Result<Vec<(i64, RowDigest)>, StoreError> {
    let rows: Vec<CodeRow> = on!(db, c => confirmation_codes::table
        .filter(confirmation_codes::id.any_of(ids))
        .select(CodeRow::as_select())
        .load(&mut **c))?;
    let mut digester = Digester::default();
    let said = rows.into_iter().map(|row| {
        let row = CodeRow { phone_index: Vec::new(), ..row };
        (row.id, digester.row(&row).finish())
    });
    Ok(said.collect())
}

fn code(row: CodeRow) -> Result<ConfirmationCode, StoreError> {
    let purpose = match (row.purpose.as_str(), row.reservation_id) {
        (REDEMPTION, Some(id)) => Purpose::Redemption(ReservationId(id)),
        (PHONE, None) => Purpose::Phone,
        (other, _) => return Err(StoreError::Unreadable(format!("confirmation_codes.purpose = {other:?}"))),
    };
    Ok(ConfirmationCode {
        id: CodeId(row.id),
        purpose,
        customer: CustomerId(row.customer_id),
        sent_to: None,
        digest: row.digest,
        state: word(CodeState::from_word, "confirmation_codes.state", &row.state)?,
        tries_left: row.tries_left,
        sent_at: Moment(row.sent_at),
        expires_at: Moment(row.expires_at),
        till: TillId(row.till_id),
    })
}
