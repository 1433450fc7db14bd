//! Customers' keys, each sealed with a key of the database. An erased customer has none.

use std::collections::BTreeMap;

use diesel::prelude::*;

use crate::{
    domain::{ids::CustomerId, moment::Moment},
    store::{
        db::backend::{Db, load_locked, on},
        error::StoreError,
        schema::{accounts, confirmation_codes, customer_keys, customers, outbox},
        sql::{
            any_of::AnyOfValues as _,
            batch::Writes,
            insert::{rows, write_rows},
        },
    },
    vault::{CustomerKey, Ring, SealedBy, SealingKeyId, VaultError},
};

/// The most customers that one erasure takes with it, because they were merged into the one.
const MERGES_MAX: usize = 1_000;

rows! {
    struct CustomerKeyRow in customer_keys {
        customer_id: i64,
        key_sealed: Vec<u8>,
    }
}

/// The sealed keys of these customers. Erased ones have none.
///
/// # Errors
/// The statement fails.
pub fn load(db: &mut Db, ids: &[i64]) -> Result<Vec<(i64, Vec<u8>)>, StoreError> {
    Ok(on!(db, c => customer_keys::table
        .filter(customer_keys::customer_id.any_of(ids))
        .select((customer_keys::customer_id, customer_keys::key_sealed))
        .load(&mut **c))?)
}

/// Writes the keys of new customers.
///
/// # Errors
/// The statement fails, or nothing can be sealed.
pub fn save<'a>(
    out: &mut Writes<'_>,
    fresh: impl IntoIterator<Item = (CustomerId, &'a CustomerKey)>,
    ring: &Ring,
) -> Result<(), StoreError> {
    let row = |(id, key): (CustomerId, &CustomerKey)| {
        let key_sealed = key.sealed_by(ring)?;
        Ok::<_, VaultError>(CustomerKeyRow { customer_id: id.0, key_sealed })
    };
    let rows: Vec<CustomerKeyRow> = fresh.into_iter().map(row).collect::<Result<_, _>>()?;
    write_rows!(out, rows, customer_keys);
    Ok(())
}

/// What stands in the place of an erased customer's phone index: no phone has it as its index, and no two customers share one.
pub(in crate::store) fn erased_index(customer: i64) -> Vec<u8> {
    [b"erased:".as_slice(), &customer.to_le_bytes()].concat()
}

/// Destroys the key of a customer, and those of all who were merged into it. What they sealed can no longer be read.
/// The customer can no longer be found by phone, and messages that wait are not sent. Returns the customers. Earlier
/// copies of the database still have the keys. Their accounts are locked first: a command that has read the customer
/// would write the phone back.
///
/// # Errors
/// A statement fails, or more were merged than an erasure follows: nothing was erased then.
pub fn destroy(db: &mut Db, customer: CustomerId, now: Moment) -> Result<Vec<CustomerId>, StoreError> {
    let (mut all, mut from) = (vec![customer.0], vec![customer.0]);
    while !from.is_empty() {
        from = on!(db, c => customers::table
            .filter(customers::merged_into.any_of(&from))
            .select(customers::id)
            .load::<i64>(&mut **c))?;
        // Nothing is followed twice: a damaged database may lead in a circle.
        from.retain(|id| !all.contains(id));
        all.extend(&from);
        if all.len() > MERGES_MAX {
            return Err(StoreError::Unreadable(format!("merges into customer {customer}: more than {MERGES_MAX}")));
        }
    }
    let _: Vec<i64> = load_locked!(
        db,
        true,
        accounts::table.filter(accounts::customer_id.any_of(&all)).order(accounts::id).select(accounts::id)
    )?;
    // Not only out of reach: overwritten, where the database can do that at once.
    db.wipe_deleted(true)?;
    let keys = customer_keys::table.filter(customer_keys::customer_id.any_of(&all));
    let gone = on!(db, c => diesel::delete(keys).execute(&mut **c));
    db.wipe_deleted(false)?;
    gone?;
    for id in &all {
        let nowhere = erased_index(*id);
        on!(db, c => diesel::update(customers::table.find(id))
            .set((customers::phone_index.eq(&nowhere), customers::sex.eq(None::<String>)))
            .execute(&mut **c))?;
        // The codes would still lead from the phone to the customer.
        on!(db, c => diesel::update(confirmation_codes::table.filter(confirmation_codes::customer_id.eq(id)))
            .set(confirmation_codes::phone_index.eq(&nowhere))
            .execute(&mut **c))?;
    }
    let waiting: Vec<(i64, Option<Vec<u8>>)> = on!(db, c => outbox::table
        .filter(outbox::next_attempt_at.is_not_null())
        .select((outbox::id, outbox::recipient_sealed))
        .load(&mut **c))?;
    let is_theirs = |sealed: &Option<Vec<u8>>| match sealed.as_deref().map(SealedBy::of) {
        Some(Ok(SealedBy::Customer(id))) => all.contains(&id),
        Some(Ok(SealedBy::Database(_)) | Err(_)) | None => false,
    };
    let ids: Vec<i64> = waiting.iter().filter(|(_, sealed)| is_theirs(sealed)).map(|(id, _)| *id).collect();
    on!(db, c => diesel::update(outbox::table.filter(outbox::id.any_of(&ids)))
        .set((
            outbox::state.eq("failed"),
            outbox::next_attempt_at.eq(None::<i64>),
            outbox::recipient_sealed.eq(None::<Vec<u8>>),
            outbox::text_sealed.eq(None::<Vec<u8>>),
            outbox::error.eq(Some("the customer was erased")),
            outbox::ended_at.eq(Some(now.0)),
        ))
        .execute(&mut **c))?;
    Ok(all.into_iter().map(CustomerId).collect())
}

/// The next sealed keys, in the order of the customers' ids, after this customer.
///
/// # Errors
/// The statement fails.
pub fn after(db: &mut Db, customer: i64, rows_max: i64) -> Result<Vec<(i64, Vec<u8>)>, StoreError> {
    Ok(on!(db, c => customer_keys::table
        .filter(customer_keys::customer_id.gt(customer))
        .order(customer_keys::customer_id)
        .limit(rows_max)
        .select((customer_keys::customer_id, customer_keys::key_sealed))
        .load(&mut **c))?)
}

/// Seals these keys again with the database's newest key, unless that was done already; returns how many. A key that
/// was destroyed meanwhile stays destroyed.
///
/// # Errors
/// A key cannot be opened, or a statement fails.
pub fn reseal(db: &mut Db, keys: &[(i64, Vec<u8>)], ring: &Ring) -> Result<usize, StoreError> {
    let mut count: usize = 0;
    for (id, sealed) in keys {
        if SealedBy::of(sealed)? == SealedBy::Database(ring.newest()) {
            continue;
        }
        let anew = CustomerKey::opened_by(ring, *id, sealed)?.sealed_by(ring)?;
        let same = customer_keys::table.find(id).filter(customer_keys::key_sealed.eq(sealed));
        count = count.saturating_add(on!(db, c => diesel::update(same)
            .set(customer_keys::key_sealed.eq(anew))
            .execute(&mut **c))?);
    }
    Ok(count)
}

/// The number of customers' keys that each key of the database has sealed.
///
/// # Errors
/// A statement fails, or a key is unreadable.
pub fn count(db: &mut Db) -> Result<BTreeMap<SealingKeyId, u64>, StoreError> {
    const ROWS_PER_STEP: i64 = 5_000;
    let (mut counts, mut last) = (BTreeMap::new(), i64::MIN);
    loop {
        let keys = after(db, last, ROWS_PER_STEP)?;
        for (id, sealed) in &keys {
            last = *id;
            if let SealedBy::Database(key) = SealedBy::of(sealed)? {
                let count: &mut u64 = counts.entry(key).or_default();
                *count = count.saturating_add(1);
            }
        }
        if keys.is_empty() {
            return Ok(counts);
        }
    }
}
