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
        sql::{
            any_of::AnyOfValues as _,
            batch::Writes,
            digest::{Digester, RowDigest},
            insert::{rows, write_rows},
        },
    },
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
        evidence: Option<String>,
        occurred_at: i64,
        recorded_at: i64,
        store_id: Option<i64>,
        till_id: Option<i64>,
        cashier: Option<String>,
    }
}

/// The word of a consent that was given; anything else is a withdrawal.
const GIVEN: &str = "given";
const WITHDRAWN: &str = "withdrawn";

/// Consents and withdrawals of these customers, in the order in which they were written down.
///
/// # Errors
/// The statement fails.
pub fn load(db: &mut Db, ids: &[i64]) -> Result<HashMap<CustomerId, Vec<ConsentAct>>, StoreError> {
    let rows: Vec<ConsentRow> = on!(db, c => consents::table
        .filter(consents::customer_id.any_of(ids))
        .order((consents::customer_id, consents::recorded_at, consents::id))
        .select(ConsentRow::as_select())
        .load(&mut **c))?;
    let mut acts: HashMap<CustomerId, Vec<ConsentAct>> = HashMap::new();
    for row in rows {
        let customer = CustomerId(row.customer_id);
        acts.entry(customer).or_default().push(ConsentAct {
            customer,
            purpose: row.purpose,
            channel: row.channel,
            given: row.act == GIVEN,
            text_hash: row.text_hash,
            evidence: row.evidence,
            occurred_at: Moment(row.occurred_at),
            recorded_at: Moment(row.recorded_at),
            store: row.store_id.map(StoreId),
            till: row.till_id.map(TillId),
            cashier: row.cashier,
        });
    }
    Ok(acts)
}

/// Writes down consents and withdrawals.
///
/// # Errors
/// The statement fails.
pub fn save(out: &mut Writes<'_>, acts: &[(i64, ConsentAct)], facts: &mut Facts) -> Result<(), StoreError> {
    let rows: Vec<ConsentRow> = acts
        .iter()
        .map(|(id, act)| ConsentRow {
            id: *id,
            customer_id: act.customer.0,
            purpose: act.purpose.clone(),
            channel: act.channel.clone(),
            act: if act.given { GIVEN } else { WITHDRAWN }.into(),
            text_hash: act.text_hash.clone(),
            evidence: act.evidence.clone(),
            occurred_at: act.occurred_at.0,
            recorded_at: act.recorded_at.0,
            store_id: act.store.map(|id| id.0),
            till_id: act.till.map(|id| id.0),
            cashier: act.cashier.clone(),
        })
        .collect();
    for row in &rows {
        facts.row(Kind::Consent, row.id, row);
    }
    write_rows!(out, rows, consents);
    Ok(())
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
