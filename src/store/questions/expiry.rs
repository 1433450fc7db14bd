//! Points that lapse soon, so that their holders can be reminded.

use std::collections::HashMap;

use diesel::prelude::*;

use crate::{
    domain::{
        account::{LotState, PointsClass},
        card::CardState,
        ids::CustomerId,
        moment::{Moment, Span},
        money::Points,
    },
    store::{
        db::backend::{Db, Purpose, on},
        error::StoreError,
        schema::accounts,
        tables::{account, card, customer},
    },
    vault::Vault,
};

/// Accounts in one step.
const ACCOUNTS_PER_STEP: i64 = 500;
/// What is shown of a card's number.
const DIGITS_SHOWN: usize = 4;

/// Points of one customer that lapse at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expiring {
    /// When.
    pub at: Moment,
    /// The account.
    pub account: i64,
    /// The card's number, masked; none when the customer has none that works.
    pub card: Option<String>,
    /// The phone, masked.
    pub phone: String,
    /// How many.
    pub points: Points,
}

/// All points that lapse within `days` from now, by date. Only accounts are read for which time has something to do by then.
///
/// # Errors
/// A statement fails, or a sealed column does not open.
pub fn expiring(db: &mut Db, vault: &Vault, now: Moment, days: i64) -> Result<Vec<Expiring>, StoreError> {
    let until = now.after(Span::days(days));
    let mut found = Vec::new();
    let mut after = (i64::MIN, i64::MIN);
    while let Some(last) = db.transaction(Purpose::Read, |db| step(db, vault, (now, until), after, &mut found))? {
        after = last;
    }
    found.sort_by(|a: &Expiring, b| (a.at, &a.card, a.account).cmp(&(b.at, &b.card, b.account)));
    Ok(found)
}

fn step(
    db: &mut Db,
    vault: &Vault,
    (now, until): (Moment, Moment),
    after: (i64, i64),
    found: &mut Vec<Expiring>,
) -> Result<Option<(i64, i64)>, StoreError> {
    let is_after =
        accounts::next_due_at.gt(after.0).or(accounts::next_due_at.eq(after.0).and(accounts::id.gt(after.1)));
    let due: Vec<(i64, i64, Option<i64>)> = on!(db, c => accounts::table
        .filter(accounts::next_due_at.le(until.0))
        .filter(accounts::next_due_at.ge(after.0))
        .filter(is_after)
        .order((accounts::next_due_at, accounts::id))
        .limit(ACCOUNTS_PER_STEP)
        .select((accounts::id, accounts::customer_id, accounts::next_due_at))
        .load(&mut **c))?;
    let Some(last) = due.last().and_then(|(id, _, at)| Some(((*at)?, *id))) else { return Ok(None) };
    let ids: Vec<i64> = due.iter().map(|(id, ..)| *id).collect();
    let mut sums: HashMap<(i64, Moment), Points> = HashMap::new();
    for (account, lot) in account::lot::load_live(db, &ids)? {
        let lapses = matches!(lot.state, LotState::Active | LotState::Pending) && lot.class == PointsClass::Bonus;
        if let Some(at) = lot.expires_at.filter(|at| lapses && *at > now && *at <= until && lot.remaining.is_positive())
        {
            let sum = sums.entry((account.0, at)).or_default();
            *sum = sum.plus(lot.remaining);
        }
    }
    let mut cards: HashMap<i64, String> = HashMap::new();
    for card in card::load_by_account(db, &ids)? {
        if let (CardState::Active | CardState::Issued, Some(account)) = (card.state, card.account) {
            cards.insert(account.0, masked(&card.number));
        }
    }
    let customers: Vec<i64> = due.iter().map(|(_, customer, _)| *customer).collect();
    let phones: HashMap<CustomerId, String> = customer::load(db, &customers, &[], vault)?
        .into_iter()
        .map(|customer| (customer.id, customer.phone.masked()))
        .collect();
    let holders: HashMap<i64, i64> = due.iter().map(|(id, customer, _)| (*id, *customer)).collect();
    found.extend(sums.into_iter().map(|((account, at), points)| Expiring {
        at,
        account,
        card: cards.get(&account).cloned(),
        phone: holders.get(&account).and_then(|id| phones.get(&CustomerId(*id))).cloned().unwrap_or_default(),
        points,
    }));
    Ok(Some(last))
}

/// The last figures of a number.
fn masked(number: &str) -> String {
    let hidden = number.chars().count().saturating_sub(DIGITS_SHOWN);
    number.chars().enumerate().map(|(index, character)| if index < hidden { '*' } else { character }).collect()
}
