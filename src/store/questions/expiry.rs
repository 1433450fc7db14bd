//! Points that expire soon, for reminders.

use std::collections::{HashMap, HashSet};

use diesel::prelude::*;

use crate::{
    domain::{
        account::{LotState, PointsClass},
        card::CardState,
        ids::{AccountId, CustomerId, PartnerId},
        moment::{Moment, Span},
        money::Points,
        phone::Phone,
    },
    store::{
        db::backend::{Db, Purpose, on},
        error::StoreError,
        questions::Reader,
        schema::accounts,
        tables::{account, card, customer},
    },
    vault::Vault,
    working_set::questions::{
        Answers, Unanswered,
        expiry::{ExpiringPoints, ListExpiringPoints},
        page::Page,
    },
};

/// Accounts in one step.
const ACCOUNTS_PER_STEP: i64 = 500;

/// The filter.
struct Search<'a> {
    vault: &'a Vault,
    now: Moment,
    until: Moment,
    /// Only points that this partner issued.
    issuer: Option<PartnerId>,
}

/// All points that expire within `days` from now, by date; of one issuer, or of all. Only accounts with changes due by then are read.
///
/// # Errors
/// A statement fails, or an encrypted column cannot be decrypted.
pub fn expiring(
    db: &mut Db,
    vault: &Vault,
    now: Moment,
    days: i64,
    issuer: Option<PartnerId>,
) -> Result<Vec<ExpiringPoints>, StoreError> {
    let search = Search { vault, now, until: now.after(Span::days(days)), issuer };
    let mut found = Vec::new();
    let mut after = (i64::MIN, i64::MIN);
    while let Some(last) = db.transaction(Purpose::Read, |db| step(db, &search, after, &mut found))? {
        after = last;
    }
    found.sort_by(|a: &ExpiringPoints, b| (a.at, &a.card, a.account).cmp(&(b.at, &b.card, b.account)));
    Ok(found)
}

impl Answers<ListExpiringPoints> for Reader<'_> {
    /// A page of them. What changes between two pages is on the later one, on both, or on neither.
    fn answer(&mut self, question: &ListExpiringPoints) -> Result<Page<ExpiringPoints>, Unanswered> {
        let search = Search {
            vault: self.vault,
            now: self.now,
            until: self.now.after(Span::days(question.within_days)),
            issuer: Some(question.actor.partner),
        };
        let paging = &question.paging;
        // The account at which the page before ended may have more points to lapse, later ones.
        let mut after = paging.after.map_or((i64::MIN, i64::MIN), |[due, account, _]| (due, account.saturating_sub(1)));
        let mut found = Vec::new();
        while found.len() <= paging.rows_max {
            self.in_time()?;
            let Some(last) = step(self.db, &search, after, &mut found)? else { break };
            found.retain(|row: &ExpiringPoints| paging.after.is_none_or(|after| row.position() > after));
            after = last;
        }
        Ok(paging.page(found, ExpiringPoints::position))
    }
}

/// The next accounts by their next due time; returns the end position.
fn step(
    db: &mut Db,
    search: &Search<'_>,
    after: (i64, i64),
    found: &mut Vec<ExpiringPoints>,
) -> Result<Option<(i64, i64)>, StoreError> {
    let is_after =
        accounts::next_due_at.gt(after.0).or(accounts::next_due_at.eq(after.0).and(accounts::id.gt(after.1)));
    let due: Vec<(i64, i64, Option<i64>)> = on!(db, c => accounts::table
        .filter(accounts::next_due_at.le(search.until.0))
        .filter(accounts::next_due_at.ge(after.0))
        .filter(is_after)
        .order((accounts::next_due_at, accounts::id))
        .limit(ACCOUNTS_PER_STEP)
        .select((accounts::id, accounts::customer_id, accounts::next_due_at))
        .load(&mut **c))?;
    let Some(last) = due.last().and_then(|(id, _, at)| Some(((*at)?, *id))) else { return Ok(None) };
    let ids: Vec<i64> = due.iter().map(|(id, ..)| *id).collect();
    let sums = sums(db, search, &ids)?;
    let mut cards: HashMap<i64, String> = HashMap::new();
    for card in card::load_by_account(db, &ids)? {
        if let (CardState::Active | CardState::Issued, Some(account)) = (card.state, card.account) {
            cards.insert(account.0, card.number);
        }
    }
    // Only for accounts with expiring points: decrypting a phone costs time.
    let with_points: HashSet<i64> = sums.keys().map(|(account, _)| *account).collect();
    let customers: Vec<i64> =
        due.iter().filter(|(id, ..)| with_points.contains(id)).map(|(_, customer, _)| *customer).collect();
    let holders = customer::load(db, &customers, &[], search.vault)?;
    let erased: HashSet<i64> = holders.erased.iter().map(|id| id.0).collect();
    let phones: HashMap<CustomerId, Option<Phone>> =
        holders.customers.into_iter().map(|customer| (customer.id, customer.phone)).collect();
    let accounts: HashMap<i64, (i64, i64)> =
        due.iter().map(|(id, customer, at)| (*id, (*customer, at.unwrap_or_default()))).collect();
    let mut rows = Vec::with_capacity(sums.len());
    for ((account, at), points) in sums {
        let (customer, due_at) = accounts.get(&account).copied().unwrap_or_default();
        // Nobody is to be told of those.
        if erased.contains(&customer) {
            continue;
        }
        let phone = phones.get(&CustomerId(customer)).cloned();
        let phone = phone.ok_or_else(|| StoreError::Unreadable(format!("accounts.customer_id of {account}")))?;
        // Nor can anybody be told who gave no phone.
        let Some(phone) = phone else { continue };
        let (due_at, card) = (Moment(due_at), cards.get(&account).cloned());
        rows.push(ExpiringPoints { at, due_at, account: AccountId(account), card, phone, points });
    }
    rows.sort_by_key(ExpiringPoints::position);
    found.append(&mut rows);
    Ok(Some(last))
}

/// The expiring points of these accounts, by account and moment.
fn sums(db: &mut Db, search: &Search<'_>, accounts: &[i64]) -> Result<HashMap<(i64, Moment), Points>, StoreError> {
    let mut sums: HashMap<(i64, Moment), Points> = HashMap::new();
    for (account, lot) in account::lot::load_live(db, accounts)? {
        let lapses = matches!(lot.state, LotState::Active | LotState::Pending) && lot.class == PointsClass::Bonus;
        let is_wanted = lapses && lot.remaining.is_positive() && search.issuer.is_none_or(|id| id == lot.issuer);
        if let Some(at) = lot.expires_at.filter(|at| is_wanted && *at > search.now && *at <= search.until) {
            let sum = sums.entry((account.0, at)).or_default();
            *sum = sum.plus(lot.remaining);
        }
    }
    Ok(sums)
}
