//! Seals what older programs stored unsealed. Each step may be interrupted and run again: sealed values are recognised.

use std::collections::{BTreeSet, HashMap};

use diesel::prelude::*;

use crate::{
    domain::ids::CustomerId,
    store::{
        db::{
            backend::{Db, on},
            compress,
            upgrade::step::{Piece, Progress, UpgradeError, done, finish, is_left},
        },
        error::StoreError,
        schema::{
            account_changes, accounts, card_changes, cards, consents, customer_keys, customers, exchange_pages,
            free_returns, operations, receipts, reservations, returns, unsealed_words,
        },
        sealing::Keys,
        sql::any_of::AnyOfValues as _,
        tables::{call_log, customer, operation},
    },
    vault::{CustomerKey, Ring, RingKey, Vault},
    working_set::Subject,
};

/// The number of rows that one transaction seals.
const ROWS_PER_STEP: i64 = 500;
/// The number of pages of exchanges that one transaction seals. A page has up to a quarter of a megabyte.
const PAGES_PER_STEP: i64 = 32;
/// The tables that had unsealed columns.
const TABLES: [&str; 10] = [
    "customers",
    "consents",
    "card_changes",
    "account_changes",
    "receipts",
    "returns",
    "free_returns",
    "operations",
    "exchange_pages",
    "unsealed_words",
];

const CUSTOMERS: &str = "seal_customers";
const WORDS: &str = "seal_words";
const ANSWERS: &str = "seal_answers";
const EXCHANGES: &str = "seal_exchanges";
const REWRITE: &str = "rewrite_sealed";
/// The names of the steps.
pub(super) const STEPS: [&str; 5] = [CUSTOMERS, WORDS, ANSWERS, EXCHANGES, REWRITE];

/// Seals everything, then rewrites the tables, so that no unsealed copy stays in the files.
pub(super) fn seal(db: &mut Db, vault: &Vault, progress: &mut impl FnMut(Progress)) -> Result<(), UpgradeError> {
    let ring = vault.ring().map_err(StoreError::from)?;
    let customers = |db: &mut Db, after| customers_after(db, after, &ring);
    finish(db, CUSTOMERS, i64::MIN, customers, |count| progress(Progress::CustomersSealed(count)))?;
    finish(db, WORDS, (), |db, ()| words(db, vault), |count| progress(Progress::WordsSealed(count)))?;
    let first = (i64::MIN, String::new());
    let answers = |db: &mut Db, after| answers_after(db, after, vault);
    finish(db, ANSWERS, first, answers, |count| progress(Progress::AnswersSealed(count)))?;
    let pages = |db: &mut Db, after| pages_after(db, after, &ring);
    finish(db, EXCHANGES, i64::MIN, pages, |count| progress(Progress::PagesSealed(count)))?;
    if is_left(db, REWRITE)? {
        progress(Progress::Rewriting);
        db.rewrite(&TABLES)?;
        done(db, REWRITE)?;
    }
    Ok(())
}

/// Gives the next customers a key each, and seals their columns with it.
fn customers_after(db: &mut Db, after: i64, ring: &Ring) -> Piece<i64> {
    type Sealed = Option<Vec<u8>>;
    type Row = (i64, Vec<u8>, Sealed, Sealed, Sealed, Sealed, Sealed);
    let rows: Vec<Row> = on!(db, c => customers::table
        .left_join(customer_keys::table.on(customer_keys::customer_id.eq(customers::id)))
        .filter(customer_keys::customer_id.is_null())
        .filter(customers::id.gt(after))
        .order(customers::id)
        .limit(ROWS_PER_STEP)
        .select((
            customers::id,
            customers::phone_sealed,
            customers::surname_sealed,
            customers::name_sealed,
            customers::patronymic_sealed,
            customers::birth_date_sealed,
            customers::email_sealed,
        ))
        .load(&mut **c))?;
    let Some(last) = rows.last().map(|row| row.0) else { return Ok(None) };
    let count = rows.len();
    for (id, phone, surname, name, patronymic, birth_date, email) in rows {
        let key = CustomerKey::fresh(id)?;
        let anew = |column: &str, sealed: Vec<u8>| {
            let place = customer::place(column, id);
            key.seal(&place, &ring.open(&place, &sealed)?)
        };
        let some = |column: &str, sealed: Sealed| sealed.map(|sealed| anew(column, sealed)).transpose();
        let set = (
            customers::phone_sealed.eq(anew("phone", phone)?),
            customers::surname_sealed.eq(some("surname", surname)?),
            customers::name_sealed.eq(some("name", name)?),
            customers::patronymic_sealed.eq(some("patronymic", patronymic)?),
            customers::birth_date_sealed.eq(some("birth_date", birth_date)?),
            customers::email_sealed.eq(some("email", email)?),
        );
        on!(db, c => diesel::update(customers::table.find(id)).set(set).execute(&mut **c))?;
        let row = (customer_keys::customer_id.eq(id), customer_keys::key_sealed.eq(key.sealed_by(ring)?));
        on!(db, c => diesel::insert_into(customer_keys::table).values(row).execute(&mut **c))?;
    }
    Ok(Some((last, count)))
}

/// Seals the texts that the migration moved into `unsealed_words`, and writes them into their own columns.
fn words(db: &mut Db, vault: &Vault) -> Piece<()> {
    let rows: Vec<(String, i64, String)> = on!(db, c => unsealed_words::table
        .order((unsealed_words::source, unsealed_words::row_id))
        .limit(ROWS_PER_STEP)
        .load(&mut **c))?;
    let Some((first, ..)) = rows.first().cloned() else { return Ok(None) };
    // One column at a time.
    let rows: Vec<(i64, String)> =
        rows.into_iter().filter(|(source, ..)| *source == first).map(|(_, id, words)| (id, words)).collect();
    let ids: Vec<i64> = rows.iter().map(|(id, _)| *id).collect();
    let owners = owners(db, &first, &ids)?;
    let keys = Keys::of(db, vault, &owners.values().copied().collect())?;
    for (id, words) in &rows {
        let place = format!("{first}:{id}");
        let sealed = keys.seal(owners.get(id).copied(), &place, words.as_bytes())?;
        put(db, &first, *id, sealed)?;
    }
    let gone =
        unsealed_words::table.filter(unsealed_words::source.eq(&first)).filter(unsealed_words::row_id.any_of(&ids));
    on!(db, c => diesel::delete(gone).execute(&mut **c))?;
    Ok(Some(((), rows.len())))
}

/// The customers that these texts concern. Names of employees concern none.
fn owners(db: &mut Db, source: &str, ids: &[i64]) -> Result<HashMap<i64, CustomerId>, StoreError> {
    let rows: Vec<(i64, Option<i64>)> = match source {
        "consents.evidence" => {
            let owner = (consents::id, consents::customer_id.nullable());
            on!(db, c => consents::table.filter(consents::id.any_of(ids)).select(owner).load(&mut **c))?
        }
        "card_changes.reason" => on!(db, c => card_changes::table
            .inner_join(cards::table.on(cards::id.eq(card_changes::card_id)))
            .filter(card_changes::id.any_of(ids))
            .select((card_changes::id, cards::customer_id))
            .load(&mut **c))?,
        "account_changes.reason" => on!(db, c => account_changes::table
            .inner_join(accounts::table.on(accounts::id.eq(account_changes::account_id)))
            .filter(account_changes::id.any_of(ids))
            .select((account_changes::id, accounts::customer_id.nullable()))
            .load(&mut **c))?,
        "free_returns.reason" => on!(db, c => free_returns::table
            .inner_join(accounts::table.on(free_returns::account_id.eq(accounts::id.nullable())))
            .filter(free_returns::id.any_of(ids))
            .select((free_returns::id, accounts::customer_id.nullable()))
            .load(&mut **c))?,
        _ => Vec::new(),
    };
    Ok(rows.into_iter().filter_map(|(id, customer)| Some((id, CustomerId(customer?)))).collect())
}

/// Writes sealed texts into their column.
fn put(db: &mut Db, source: &str, id: i64, sealed: Vec<u8>) -> Result<(), StoreError> {
    macro_rules! set {
        ($table:ident.$column:ident) => {
            on!(db, c => diesel::update($table::table.find(id)).set($table::$column.eq(sealed)).execute(&mut **c))
        };
    }
    match source {
        "consents.evidence" => set!(consents.evidence_sealed),
        "consents.cashier" => set!(consents.cashier_sealed),
        "card_changes.reason" => set!(card_changes.reason_sealed),
        "card_changes.cashier" => set!(card_changes.cashier_sealed),
        "account_changes.reason" => set!(account_changes.reason_sealed),
        "account_changes.employee" => set!(account_changes.employee_sealed),
        "receipts.cashier" => set!(receipts.cashier_sealed),
        "returns.cashier" => set!(returns.cashier_sealed),
        "free_returns.reason" => set!(free_returns.reason_sealed),
        "free_returns.cashier" => set!(free_returns.cashier_sealed),
        other => return Err(StoreError::Unreadable(format!("unsealed_words.source = {other:?}"))),
    }?;
    Ok(())
}

/// Seals the next unsealed stored answers. Old ones are compressed, or plain text.
fn answers_after(db: &mut Db, (partner, key): (i64, String), vault: &Vault) -> Piece<(i64, String)> {
    type Row = (i64, String, String, Vec<u8>, Option<i64>, Option<String>);
    let is_after = operations::partner_id
        .gt(partner)
        .or(operations::partner_id.eq(partner).and(operations::operation_key.gt(&key)));
    let rows: Vec<Row> = on!(db, c => operations::table
        .filter(operations::partner_id.ge(partner))
        .filter(is_after)
        .order((operations::partner_id, operations::operation_key))
        .limit(ROWS_PER_STEP)
        .select((
            operations::partner_id,
            operations::operation_key,
            operations::operation,
            operations::answer,
            operations::subject_id,
            operations::subject_kind,
        ))
        .load(&mut **c))?;
    let Some(last) = rows.last().map(|row| (row.0, row.1.clone())) else { return Ok(None) };
    let mut open = Vec::new();
    for (partner, key, name, answer, subject_id, subject_kind) in rows {
        let packed = match answer.first() {
            Some(b'<') => compress::pack(&answer),
            Some(&first) if first < RingKey::FIRST => answer,
            Some(_) | None => continue,
        };
        let subject = operation::subject_of(subject_id, subject_kind.as_deref(), &name)?;
        open.push((partner, key, packed, subject));
    }
    let subjects: Vec<Option<Subject>> = open.iter().map(|(.., subject)| *subject).collect();
    let owners = answer_owners(db, &open, &subjects)?;
    let wanted: BTreeSet<CustomerId> = owners.iter().flatten().copied().collect();
    let keys = Keys::of(db, vault, &wanted)?;
    let count = open.len();
    for ((partner, key, packed, _), owner) in open.into_iter().zip(owners) {
        let sealed = keys.seal(owner, &operation::place(partner, &key), &packed)?;
        on!(db, c => diesel::update(operations::table.find((partner, &key)))
            .set(operations::answer.eq(sealed))
            .execute(&mut **c))?;
    }
    Ok(Some((last, count)))
}

/// The customers that stored answers are about: by the sale or hold that was made, or by the first customer, account or
/// card that the answer names.
fn answer_owners(
    db: &mut Db,
    answers: &[(i64, String, Vec<u8>, Option<Subject>)],
    subjects: &[Option<Subject>],
) -> Result<Vec<Option<CustomerId>>, StoreError> {
    let texts: Vec<String> = answers.iter().map(|(.., packed, _)| operation::text(packed)).collect::<Result<_, _>>()?;
    let of = |pick: fn(&Subject) -> Option<i64>| -> Vec<i64> { subjects.iter().flatten().filter_map(pick).collect() };
    let sales = of(|subject| if let Subject::Sale(id) = subject { Some(id.0) } else { None });
    let holds = of(|subject| if let Subject::Reservation(id) = subject { Some(id.0) } else { None });
    let numbers =
        |element: &str| -> Vec<i64> { texts.iter().filter_map(|text| named(text, element)?.parse().ok()).collect() };
    let (customer_ids, account_ids) = (numbers("customerId"), numbers("accountId"));
    let card_numbers: Vec<&str> = texts.iter().filter_map(|text| card_of(text)).collect();
    let sales: Vec<(i64, Option<i64>)> = on!(db, c => receipts::table
        .filter(receipts::id.any_of(&sales))
        .select((receipts::id, receipts::customer_id))
        .load(&mut **c))?;
    let holds: Vec<(i64, i64)> = on!(db, c => reservations::table
        .filter(reservations::id.any_of(&holds))
        .select((reservations::id, reservations::customer_id))
        .load(&mut **c))?;
    let known: Vec<i64> = on!(db, c => customers::table
        .filter(customers::id.any_of(&customer_ids))
        .select(customers::id)
        .load(&mut **c))?;
    let accounts: Vec<(i64, i64)> = on!(db, c => accounts::table
        .filter(accounts::id.any_of(&account_ids))
        .select((accounts::id, accounts::customer_id))
        .load(&mut **c))?;
    let cards: Vec<(String, Option<i64>)> = on!(db, c => cards::table
        .filter(cards::number.any_of(&card_numbers))
        .select((cards::number, cards::customer_id))
        .load(&mut **c))?;
    let sales: HashMap<i64, i64> = sales.into_iter().filter_map(|(id, customer)| Some((id, customer?))).collect();
    let (holds, accounts): (HashMap<i64, i64>, HashMap<i64, i64>) =
        (holds.into_iter().collect(), accounts.into_iter().collect());
    let cards: HashMap<String, i64> =
        cards.into_iter().filter_map(|(number, customer)| Some((number, customer?))).collect();
    let owner = |(text, subject): (&String, &Option<Subject>)| {
        let number = |element: &str| named(text, element)?.parse::<i64>().ok();
        let by_subject = match subject {
            Some(Subject::Sale(id)) => sales.get(&id.0).copied(),
            Some(Subject::Reservation(id)) => holds.get(&id.0).copied(),
            None => None,
        };
        let customer = by_subject
            .or_else(|| number("customerId").filter(|id| known.contains(id)))
            .or_else(|| accounts.get(&number("accountId")?).copied())
            .or_else(|| cards.get(card_of(text)?).copied());
        customer.map(CustomerId)
    };
    Ok(texts.iter().zip(subjects).map(owner).collect())
}

/// The card that an answer names first.
fn card_of(text: &str) -> Option<&str> {
    named(text, "cardNumber").or_else(|| {
        let (_, card) = text.split_once("<m:card>").or_else(|| text.split_once("<m:cards>"))?;
        named(card, "number")
    })
}

/// The text of the first element of this name in a stored answer.
fn named<'a>(text: &'a str, element: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(&format!("<m:{element}>"))?;
    rest.split_once('<').map(|(found, _)| found)
}

/// Seals the next unsealed pages of exchanges.
fn pages_after(db: &mut Db, after: i64, ring: &Ring) -> Piece<i64> {
    let rows: Vec<(i64, Vec<u8>, Vec<u8>)> = on!(db, c => exchange_pages::table
        .filter(exchange_pages::id.gt(after))
        .order(exchange_pages::id)
        .limit(PAGES_PER_STEP)
        .select((exchange_pages::id, exchange_pages::names, exchange_pages::body))
        .load(&mut **c))?;
    let Some(last) = rows.last().map(|row| row.0) else { return Ok(None) };
    let mut count: usize = 0;
    for (id, names, body) in rows {
        if body.first().is_none_or(|first| *first >= RingKey::FIRST) {
            continue;
        }
        let set = (
            exchange_pages::names.eq(ring.seal(&call_log::names_place(id), &names)?),
            exchange_pages::body.eq(ring.seal(&call_log::body_place(id), &body)?),
        );
        on!(db, c => diesel::update(exchange_pages::table.find(id)).set(set).execute(&mut **c))?;
        count = count.saturating_add(1);
    }
    Ok(Some((last, count)))
}
