//! Customers, with personal columns encrypted.

use diesel::prelude::*;

use crate::{
    domain::{
        customer::Customer,
        ids::{CustomerId, ProgrammeId, StoreId},
        moment::Moment,
        phone::Phone,
        questionnaire::{Answers, Sex},
    },
    store::{
        db::backend::{Db, on},
        error::{StoreError, word},
        facts::{Facts, Kind},
        schema::{customer_keys, customers},
        sealing::Keys,
        sql::{
            any_of::AnyOfValues as _,
            batch::Writes,
            digest::{Digester, RowDigest},
            insert::{rows, write_rows},
        },
    },
    vault::{CustomerKey, Vault},
};

rows! {
    #[derive(Queryable, Selectable)]
    #[diesel(table_name = customers)]
    struct CustomerRow in customers {
        id: i64,
        programme_id: i64,
        phone_index: Vec<u8>,
        phone_sealed: Vec<u8>,
        phone_confirmed_at: Option<i64>,
        surname_sealed: Option<Vec<u8>>,
        name_sealed: Option<Vec<u8>>,
        patronymic_sealed: Option<Vec<u8>>,
        birth_date_sealed: Option<Vec<u8>>,
        email_sealed: Option<Vec<u8>>,
        sex: Option<String>,
        referrer_id: Option<i64>,
        registered_at: i64,
        store_id: Option<i64>,
        merged_into: Option<i64>,
    }
}

/// Customers, and those of whom nothing can be read any more.
#[derive(Debug, Default)]
pub struct Found {
    /// Those whose keys are there.
    pub customers: Vec<Customer>,
    /// Those whose keys are destroyed.
    pub erased: Vec<CustomerId>,
}

/// Customers by id and by the blind index of their phones.
///
/// # Errors
/// The statement fails, or a sealed column does not open.
pub fn load(db: &mut Db, ids: &[i64], phone_indexes: &[Vec<u8>], vault: &Vault) -> Result<Found, StoreError> {
    let mut rows: Vec<(CustomerRow, Option<Vec<u8>>)> = Vec::new();
    if !ids.is_empty() {
        rows.extend(on!(db, c => customers::table
            .left_join(customer_keys::table.on(customer_keys::customer_id.eq(customers::id)))
            .filter(customers::id.any_of(ids))
            .select((CustomerRow::as_select(), customer_keys::key_sealed.nullable()))
            .load(&mut **c))?);
    }
    if !phone_indexes.is_empty() {
        rows.extend(on!(db, c => customers::table
            .left_join(customer_keys::table.on(customer_keys::customer_id.eq(customers::id)))
            .filter(customers::phone_index.any_of(phone_indexes))
            .select((CustomerRow::as_select(), customer_keys::key_sealed.nullable()))
            .load(&mut **c))?);
    }
    let sealed = rows.iter_mut().filter_map(|(row, key)| Some((row.id, key.take()?))).collect();
    let keys = Keys::opened(db, vault, sealed)?;
    let mut found = Found::default();
    for (row, _) in rows {
        match keys.customer(CustomerId(row.id)) {
            Some(key) => found.customers.push(customer(row, key)?),
            None => found.erased.push(CustomerId(row.id)),
        }
    }
    Ok(found)
}

/// Writes new and changed customers.
///
/// # Errors
/// The statement fails, or nothing can be sealed.
pub fn save(
    out: &mut Writes<'_>,
    changed: &[&Customer],
    vault: &Vault,
    keys: &Keys,
    facts: &mut Facts,
) -> Result<(), StoreError> {
    let rows: Vec<CustomerRow> =
        changed.iter().map(|customer| sealed(customer, vault, keys)).collect::<Result<_, _>>()?;
    for row in &rows {
        facts.row(Kind::Customer, row.id, row);
    }
    write_rows!(out, rows, customers, (id) => (
        phone_index, phone_sealed, phone_confirmed_at, surname_sealed, name_sealed, patronymic_sealed,
        birth_date_sealed, email_sealed, sex, merged_into,
    ));
    Ok(())
}

/// What these customers' rows say, sealed columns as they are kept.
///
/// # Errors
/// The statement fails.
pub(in crate::store) fn digests(db: &mut Db, ids: &[i64]) -> Result<Vec<(i64, RowDigest)>, StoreError> {
    let rows: Vec<CustomerRow> = on!(db, c => customers::table
        .filter(customers::id.any_of(ids))
        .select(CustomerRow::as_select())
        .load(&mut **c))?;
    let mut digester = Digester::default();
    Ok(rows.iter().map(|row| (row.id, digester.row(row).finish())).collect())
}

/// Where a column of a customer lies.
pub(in crate::store) fn place(column: &str, id: i64) -> String {
    format!("customers.{column}:{id}")
}

fn customer(row: CustomerRow, key: &CustomerKey) -> Result<Customer, StoreError> {
    let id = row.id;
    let unreadable = |column: &str| StoreError::Unreadable(format!("{column} of customer {id}"));
    let open = |column: &str, sealed: Option<Vec<u8>>| {
        let Some(sealed) = sealed else { return Ok(None) };
        let opened = key.open(&place(column, id), &sealed)?;
        std::str::from_utf8(&opened).map(|text| Some(text.to_owned())).map_err(|_| unreadable(column))
    };
    // Empty: a card was issued without a phone.
    let phone = open("phone", Some(row.phone_sealed))?.filter(|phone| !phone.is_empty());
    let birth_date = open("birth_date", row.birth_date_sealed)?;
    Ok(Customer {
        id: CustomerId(id),
        programme: ProgrammeId(row.programme_id),
        phone: phone.map(|phone| Phone::kept(&phone).ok_or_else(|| unreadable("phone"))).transpose()?,
        phone_confirmed_at: row.phone_confirmed_at.map(Moment),
        answers: Answers {
            surname: open("surname", row.surname_sealed)?,
            name: open("name", row.name_sealed)?,
            patronymic: open("patronymic", row.patronymic_sealed)?,
            birth_date: birth_date.map(|text| text.parse().map_err(|_| unreadable("birth_date"))).transpose()?,
            sex: row.sex.map(|sex| word(Sex::from_word, "customers.sex", &sex)).transpose()?,
            email: open("email", row.email_sealed)?,
        },
        referrer: row.referrer_id.map(CustomerId),
        registered_at: Moment(row.registered_at),
        store: row.store_id.map(StoreId),
        merged_into: row.merged_into.map(CustomerId),
    })
}

/// By what a customer is found. The index is unique, so one without a phone has an own entry, which no phone leads to.
fn phone_index(customer: &Customer, vault: &Vault) -> Vec<u8> {
    match &customer.phone {
        Some(phone) => vault.phone_index(phone.as_e164()),
        None => vault.phone_index(&format!("no phone: customer {}", customer.id)),
    }
}

fn sealed(customer: &Customer, vault: &Vault, keys: &Keys) -> Result<CustomerRow, StoreError> {
    let id = customer.id.0;
    let missing = || StoreError::Unreadable(format!("the key of customer {id}"));
    let key = keys.customer(customer.id).ok_or_else(missing)?;
    let seal =
        |column: &str, value: Option<&str>| value.map(|text| key.seal(&place(column, id), text.as_bytes())).transpose();
    let phone = customer.phone.as_ref().map_or("", Phone::as_e164);
    let answers = &customer.answers;
    let birth_date = answers.birth_date.map(|date| date.to_string());
    Ok(CustomerRow {
        id,
        programme_id: customer.programme.0,
        phone_index: phone_index(customer, vault),
        phone_sealed: key.seal(&place("phone", id), phone.as_bytes())?,
        phone_confirmed_at: customer.phone_confirmed_at.map(|at| at.0),
        surname_sealed: seal("surname", answers.surname.as_deref())?,
        name_sealed: seal("name", answers.name.as_deref())?,
        patronymic_sealed: seal("patronymic", answers.patronymic.as_deref())?,
        birth_date_sealed: seal("birth_date", birth_date.as_deref())?,
        email_sealed: seal("email", answers.email.as_deref())?,
        sex: answers.sex.map(|sex| sex.word().into()),
        referrer_id: customer.referrer.map(|id| id.0),
        registered_at: customer.registered_at.0,
        store_id: customer.store.map(|id| id.0),
        merged_into: customer.merged_into.map(|id| id.0),
    })
}
