//! What tills ask most, in one statement: cards, their accounts and the live lots of these.
//!
//! A statement by itself sees one consistent state, so it needs no transaction around it: on PostgreSQL one round trip takes the
//! place of six, and SQLite is spared four statements.

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

/// Reads cards with their accounts and live lots into an empty set, and answers whether that is all there is to read. It is not
/// where no card is found, where points of an account are held, where an account has ended, and where it has changed who takes
/// part.
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
    // Then nobody has told the version.
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
