//! The most frequent read in one statement: cards, their accounts and live lots.
//!
//! A single statement sees one consistent state, so it needs no transaction. This saves PostgreSQL five of six round trips,
//! and SQLite four statements.

use std::collections::BTreeSet;

use diesel::prelude::*;

use crate::{
    domain::{account::AccountState, money::Points},
    store::{
        db::backend::{Db, on},
        error::StoreError,
        schema::{accounts, cards, lots, reference_version},
        sql::any_of::AnyOfValues as _,
        tables::{
            account::{self, AccountRow, lot::LotRow},
            card::{self, CardRow},
        },
    },
    working_set::WorkingSet,
};

/// Reads cards with their accounts and live lots into an empty set; returns whether the set is complete. It is not when no
/// card is found, when an account has held points or is closed, or when the reference data have changed.
///
/// # Errors
/// The statement fails, or a row is unreadable.
pub fn load(db: &mut Db, numbers: &BTreeSet<String>, set: &mut WorkingSet) -> Result<bool, StoreError> {
    type Found = (Option<i64>, CardRow, Option<AccountRow>, Option<LotRow>);
    let numbers: Vec<&str> = numbers.iter().map(String::as_str).collect();
    let rows: Vec<Found> = on!(db, c => cards::table
        .left_join(accounts::table.on(cards::account_id.eq(accounts::id.nullable())))
        .left_join(lots::table.on(lots::account_id.eq(accounts::id).and(lots::live)))
        .filter(cards::number.any_of(&numbers))
        .select((
            reference_version::table.select(reference_version::version).single_value(),
            CardRow::as_select(),
            Option::<AccountRow>::as_select(),
            Option::<LotRow>::as_select(),
        ))
        .load(&mut **c))?;
    // Without a row the version is unknown.
    if rows.is_empty() {
        return Ok(false);
    }
    for (version, card, account, lot) in rows {
        if version != Some(set.reference.versions.all) {
            return Ok(false);
        }
        let card = card::card(card)?;
        if set.cards.get(&card.id).is_none() {
            set.cards.load(card.id, card);
        }
        if let Some(account) = account.map(account::account).transpose()? {
            if account.balances.reserved > Points(0) || account.state == AccountState::Closed {
                return Ok(false);
            }
            if set.accounts.get(&account.id).is_none() {
                set.accounts.load(account.id, account);
            }
        }
        if let Some((account, lot)) = lot.map(account::lot::lot).transpose()? {
            set.add_loaded_lot(account, lot);
        }
    }
    Ok(true)
}
