//! Every column that names a row of another table: the row is there. PostgreSQL has no foreign keys for most of them (migration
//! `references`), and on SQLite they can be switched off. Tables are scanned page by page, each page on one consistent state.

use std::collections::{BTreeSet, HashMap};

use diesel::prelude::*;

use crate::store::{
    books::verify::report::Report,
    db::backend::{Db, Purpose, on},
    error::StoreError,
    schema::{
        account_changes, accounts, card_changes, cards, cases, confirmation_codes, consents, credentials,
        customer_keys, customers, free_return_lines, free_returns, journal, journal_seal_heads, lots, networks,
        partners, programme_rules, programmes, receipt_lines, receipt_lots, receipt_taken_lots, receipt_takings,
        receipts, registry_changes, reservation_lots, reservations, return_lines, returns, stores, tills,
    },
    sql::any_of::AnyOfValues as _,
};

/// Rows, or different keys, in one step.
const ROWS_PER_STEP: i64 = 2_000;

/// A reference: in which column, of which row, to which table and which row.
struct Named {
    column: &'static str,
    row: Option<(i64, Option<i64>)>,
    table: Table,
    id: i64,
}

/// Declares the tables that are referred to, each with those in which an id may lie.
macro_rules! tables {
    ($($variant:ident: $($parent:ident)|+;)+) => {
        /// A table that is referred to.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[allow(non_camel_case_types, reason = "the names of tables")]
        enum Table {
            $($variant,)+
        }

        /// Which of these ids are there.
        fn known(db: &mut Db, table: Table, ids: &[i64]) -> Result<BTreeSet<i64>, StoreError> {
            let mut known = BTreeSet::new();
            match table {
                $(Table::$variant => {
                    $(
                        let rows: Vec<i64> = on!(db, c => $parent::table
                            .filter($parent::id.any_of(ids))
                            .select($parent::id)
                            .load(&mut **c))?;
                        known.extend(rows);
                    )+
                })+
            }
            Ok(known)
        }
    };
}

tables! {
    accounts: accounts;
    cards: cards;
    credentials: credentials;
    customers: customers;
    free_returns: free_returns;
    networks: networks;
    partners: partners;
    programmes: programmes;
    receipts: receipts;
    reservations: reservations;
    returns: returns;
    stores: stores;
    tills: tills;
    // The journal names a return of either kind in one column.
    any_returns: returns | free_returns;
    // A case is about a receipt or a return; their ids are of one series.
    documents: receipts | returns | free_returns;
}

/// What a column that names a row is read as.
macro_rules! maybe {
    ($column:ident) => { Option<i64> };
}

/// Checks all of them.
///
/// # Errors
/// A statement fails.
pub(super) fn check(db: &mut Db, report: &mut Report) -> Result<(), StoreError> {
    /// For rows whose key begins with the reference: each different value once.
    macro_rules! keys {
        ($($child:ident.$column:ident => $parent:ident;)+) => {$({
            let mut after = i64::MIN;
            while let Some(last) = db.transaction(Purpose::Read, |db| {
                let keys: Vec<i64> = on!(db, c => $child::table
                    .filter($child::$column.gt(after))
                    .select($child::$column)
                    .distinct()
                    .order($child::$column)
                    .limit(ROWS_PER_STEP)
                    .load(&mut **c))?;
                let last = keys.last().copied();
                let column = concat!(stringify!($child), ".", stringify!($column));
                let named = keys.into_iter().map(|id| Named { column, row: None, table: Table::$parent, id });
                missing(db, named.collect(), report)?;
                Ok::<_, StoreError>(last)
            })? {
                after = last;
            }
        })+};
    }
    /// For rows that are scanned by a key of one column.
    macro_rules! rows {
        ($($child:ident by $key:ident { $($column:ident => $parent:ident,)+ })+) => {$({
            let mut after = i64::MIN;
            while let Some(last) = db.transaction(Purpose::Read, |db| {
                let rows: Vec<(i64, ($(maybe!($column),)+))> = on!(db, c => $child::table
                    .filter($child::$key.gt(after))
                    .select(($child::$key, ($($child::$column.nullable(),)+)))
                    .order($child::$key)
                    .limit(ROWS_PER_STEP)
                    .load(&mut **c))?;
                let last = rows.last().map(|(key, _)| *key);
                let mut named = Vec::new();
                for (key, ($($column,)+)) in rows {
                    $(name(&mut named, concat!(stringify!($child), ".", stringify!($column)), Some((key, None)), Table::$parent, $column);)+
                }
                missing(db, named, report)?;
                Ok::<_, StoreError>(last)
            })? {
                after = last;
            }
        })+};
    }
    /// The same, by a key of two.
    macro_rules! pairs {
        ($($child:ident by $key:ident, $second:ident { $($column:ident => $parent:ident,)+ })+) => {$({
            let mut after = (i64::MIN, i64::MIN);
            while let Some(last) = db.transaction(Purpose::Read, |db| {
                let is_after = $child::$key.gt(after.0).or($child::$key.eq(after.0).and($child::$second.gt(after.1)));
                let rows: Vec<((i64, i64), ($(maybe!($column),)+))> = on!(db, c => $child::table
                    .filter($child::$key.ge(after.0))
                    .filter(is_after)
                    .select((($child::$key, $child::$second), ($($child::$column.nullable(),)+)))
                    .order(($child::$key, $child::$second))
                    .limit(ROWS_PER_STEP)
                    .load(&mut **c))?;
                let last = rows.last().map(|(key, _)| *key);
                let mut named = Vec::new();
                for (key, ($($column,)+)) in rows {
                    $(name(&mut named, concat!(stringify!($child), ".", stringify!($column)), Some((key.0, Some(key.1))), Table::$parent, $column);)+
                }
                missing(db, named, report)?;
                Ok::<_, StoreError>(last)
            })? {
                after = last;
            }
        })+};
    }
    keys! {
        customer_keys.customer_id => customers;
        free_return_lines.free_return_id => free_returns;
        journal.account_id => accounts;
        journal_seal_heads.account_id => accounts;
        lots.account_id => accounts;
        programme_rules.programme_id => programmes;
        receipt_lines.receipt_id => receipts;
        receipt_lots.receipt_id => receipts;
        receipt_taken_lots.receipt_id => receipts;
        receipt_takings.receipt_id => receipts;
        reservation_lots.reservation_id => reservations;
        return_lines.return_id => returns;
    }
    rows! {
        account_changes by id { account_id => accounts, merged_into => accounts, credential_id => credentials, }
        accounts by id { customer_id => customers, programme_id => programmes, merged_into => accounts, }
        card_changes by id { card_id => cards, credential_id => credentials, store_id => stores, till_id => tills, }
        cards by id { programme_id => programmes, account_id => accounts, customer_id => customers, store_id => stores, }
        cases by id {
            programme_id => programmes, partner_id => partners, store_id => stores, customer_id => customers,
            subject_id => documents, closed_by => credentials,
        }
        confirmation_codes by id { customer_id => customers, reservation_id => reservations, till_id => tills, }
        consents by id { customer_id => customers, store_id => stores, till_id => tills, }
        credentials by id { partner_id => partners, network_id => networks, store_id => stores, till_id => tills, }
        customers by id {
            programme_id => programmes, referrer_id => customers, store_id => stores, merged_into => customers,
        }
        free_returns by id { partner_id => partners, store_id => stores, till_id => tills, account_id => accounts, }
        networks by id { partner_id => partners, programme_id => programmes, }
        programmes by id { owner_id => partners, }
        receipt_takings by receipt_id { account_id => accounts, }
        receipts by id {
            partner_id => partners, store_id => stores, till_id => tills, account_id => accounts,
            customer_id => customers, card_id => cards, reservation_id => reservations,
        }
        registry_changes by seq { partner_id => partners, }
        reservations by id {
            account_id => accounts, customer_id => customers, card_id => cards, partner_id => partners,
            store_id => stores, till_id => tills,
        }
        returns by id { receipt_id => receipts, till_id => tills, }
        stores by id { network_id => networks, }
        tills by id { network_id => networks, store_id => stores, }
    }
    pairs! {
        journal by account_id, seq {
            receipt_id => receipts, return_id => any_returns, reservation_id => reservations, partner_id => partners,
            store_id => stores, till_id => tills, terms_issuer_id => partners,
        }
        lots by account_id, lot_no { issuer_id => partners, receipt_id => receipts, }
    }
    Ok(())
}

fn name(named: &mut Vec<Named>, column: &'static str, row: Option<(i64, Option<i64>)>, table: Table, id: Option<i64>) {
    named.extend(id.map(|id| Named { column, row, table, id }));
}

/// Reports those that name nothing.
fn missing(db: &mut Db, named: Vec<Named>, report: &mut Report) -> Result<(), StoreError> {
    let mut ids: HashMap<Table, BTreeSet<i64>> = HashMap::new();
    for named in &named {
        ids.entry(named.table).or_default().insert(named.id);
    }
    let mut there: HashMap<Table, BTreeSet<i64>> = HashMap::new();
    for (table, ids) in ids {
        there.insert(table, known(db, table, &ids.into_iter().collect::<Vec<_>>())?);
    }
    for Named { column, row, table, id } in named {
        if !there.get(&table).is_some_and(|there| there.contains(&id)) {
            let of = match row {
                Some((key, Some(second))) => format!(" of row {key}, {second}"),
                Some((key, None)) => format!(" of row {key}"),
                None => String::new(),
            };
            report.found(None, format!("{column}{of} names {id}, which is not there"));
        }
    }
    Ok(())
}
