//! Consents and their withdrawals.

use std::collections::HashMap;

use diesel::prelude::*;

use crate::{
    domain::{
        consent::ConsentAct,
        ids::{CustomerId, StoreId, TillId},
        moment::Moment,
    },
    store::{
        db::backend::{Db, on},
        error::StoreError,
        facts::{Facts, Kind},
        schema::consents,
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
    #[derive(Queryable, Selectable)]
    #[diesel(table_name = consents)]
    struct ConsentRow in consents {
        id: i64,
        customer_id: i64,
        purpose: String,
        channel: String,
        act: String,
        text_hash: Option<String>,
        evidence_sealed: Option<Vec<u8>>,
        occurred_at: i64,
        recorded_at: i64,
        store_id: Option<i64>,
        till_id: Option<i64>,
        cashier_sealed: Option<Vec<u8>>,
    }
}

/// The word of a given consent; any other is a withdrawal.
const GIVEN: &str = "given";
const WITHDRAWN: &str = "withdrawn";

/// Consents and withdrawals of these customers, in the order of recording.
///
/// # Errors
/// The statement fails, or a sealed column does not open.
pub fn load(db: &mut Db, ids: &[i64], vault: &Vault) -> Result<HashMap<CustomerId, Vec<ConsentAct>>, StoreError> {
    let rows: Vec<ConsentRow> = on!(db, c => consents::table
        .filter(consents::customer_id.any_of(ids))
        .order((consents::customer_id, consents::recorded_at, consents::id))
        .select(ConsentRow::as_select())
        .load(&mut **c))?;
    let sealed = rows.iter().flat_map(|row| [&row.evidence_sealed, &row.cashier_sealed]).filter_map(Option::as_deref);
    let keys = Keys::for_values(db, vault, sealed)?;
    let mut acts: HashMap<CustomerId, Vec<ConsentAct>> = HashMap::new();
    for row in rows {
        let customer = CustomerId(row.customer_id);
        acts.entry(customer).or_default().push(ConsentAct {
            customer,
            purpose: row.purpose,
            channel: row.channel,
            given: row.act == GIVEN,
            text_hash: row.text_hash,
            evidence: keys.open_words(&evidence_place(row.id), row.evidence_sealed.as_deref())?,
            occurred_at: Moment(row.occurred_at),
            recorded_at: Moment(row.recorded_at),
            store: row.store_id.map(StoreId),
            till: row.till_id.map(TillId),
            cashier: keys.open_words(&cashier_place(row.id), row.cashier_sealed.as_deref())?,
        });
    }
    Ok(acts)
}

/// Records consents and withdrawals.
///
/// # Errors
/// The statement fails, or nothing can be sealed.
pub fn save(
    out: &mut Writes<'_>,
    acts: &[(i64, ConsentAct)],
    keys: &Keys,
    facts: &mut Facts,
) -> Result<(), StoreError> {
    let row = |(id, act): &(i64, ConsentAct)| {
        Ok(ConsentRow {
            id: *id,
            customer_id: act.customer.0,
            purpose: act.purpose.clone(),
            channel: act.channel.clone(),
            act: if act.given { GIVEN } else { WITHDRAWN }.into(),
            text_hash: act.text_hash.clone(),
            evidence_sealed: keys.seal_words(Some(act.customer), &evidence_place(*id), act.evidence.as_deref())?,
            occurred_at: act.occurred_at.0,
            recorded_at: act.recorded_at.0,
            store_id: act.store.map(|id| id.0),
            till_id: act.till.map(|id| id.0),
            cashier_sealed: keys.seal_words(None, &cashier_place(*id), act.cashier.as_deref())?,
        })
    };
    let rows: Vec<ConsentRow> = acts.iter().map(row).collect::<Result<_, StoreError>>()?;
    for row in &rows {
        facts.row(Kind::Consent, row.id, row);
    }
    write_rows!(out, rows, consents);
    Ok(())
}

/// Where a consent's evidence lies: it is the customer's own.
pub(in crate::store) fn evidence_place(id: i64) -> String {
    format!("consents.evidence:{id}")
}

/// Where the name lies of who took it: an employee's, which is no customer's.
pub(in crate::store) fn cashier_place(id: i64) -> String {
    format!("consents.cashier:{id}")
}

/// What these consents say.
///
/// # Errors
/// The statement fails.
pub(in crate::store) fn digests(db: &mut Db, ids: &[i64]) -> Result<Vec<(i64, RowDigest)>, StoreError> {
    let rows: Vec<ConsentRow> =
        on!(db, c => consents::table.filter(consents::id.any_of(ids)).select(ConsentRow::as_select()).load(&mut **c))?;
    let mut digester = Digester::default();
    Ok(rows.iter().map(|row| (row.id, digester.row(row).finish())).collect())
}
