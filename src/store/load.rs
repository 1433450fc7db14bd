//! Loads a batch's working set: a few set-wise statements, independent of the number of commands.
//!
//! First the accounts are found and locked in id order. Only then is everything else read, stored answers included. So
//! a decision never depends on data that another gateway is changing.

use std::{
    collections::{BTreeSet, HashSet},
    sync::Arc,
};

use diesel::result::DatabaseErrorKind;

use crate::{
    domain::{
        account::{Account, AccountState, Lot},
        fiscal::FiscalHolder,
        ids::{AccountId, CustomerId, LotNo, ReceiptId, TillId},
        moment::Span,
        money::Points,
        phone::Phone,
        sale::Sale,
    },
    store::{
        db::backend::Db,
        error::StoreError,
        tables::{
            account::{self, lot},
            card, case, code, consent,
            customer::{self, Found},
            fiscal, operation, reservation, return_without_receipt, returns, sale, statement,
        },
    },
    working_set::{Part, Subject, Touches, WorkingSet},
};

/// Older codes do not count for the daily caps, and have expired unless they confirm a hold that is still open.
const CODES_LOOKBACK: Span = Span::days(1);

/// The most retries when accounts were merged meanwhile.
const RESOLVE_TRIES_MAX: u32 = 3;

/// Reads everything that `touches` names into `set`. `lock` locks it against other gateways.
///
/// # Errors
/// A statement fails, or a row is unreadable.
pub fn load(db: &mut Db, touches: &Touches, set: &mut WorkingSet, lock: bool) -> Result<(), StoreError> {
    let (mut resolved, mut accounts) = lock_accounts(db, touches, set, lock)?;
    // An account may be merged into another between search and lock: then the search is repeated.
    for _ in 0..RESOLVE_TRIES_MAX {
        if !is_merged_meanwhile(&accounts, set) {
            break;
        }
        (resolved, accounts) = lock_accounts(db, touches, set, lock)?;
    }
    load_accounts(db, &resolved, accounts, touches, set)?;
    if !touches.operations().is_empty() || !touches.cancelled_operations().is_empty() {
        let keys: Vec<_> = touches.operations().union(touches.cancelled_operations()).cloned().collect();
        for answer in operation::load(db, &keys, &set.vault.clone())? {
            let key = (answer.partner, answer.key.clone());
            // Another gateway stored the answer after the search, so its objects are neither locked nor read. Without
            // the answer the command's own insert collides, and the command is run again.
            let is_missed = answer.subject.is_some_and(|subject| !resolved.subjects.contains(&subject));
            if !(is_missed && touches.cancelled_operations().contains(&key)) {
                set.operations.load(key, answer);
            }
        }
    }
    load_sales(db, &resolved, touches, set, lock)?;
    if lock {
        holders_are_there(set)?;
    }
    load_returns_and_cases(db, touches, set, lock)?;
    load_short_sales(db, set)?;
    load_codes(db, touches, set)?;
    load_statements(db, touches, set)
}

/// Checks that each sale's account was found. An anonymous sale may be claimed between the search and the lock: then its account
/// is neither locked nor read, and the batch is run again.
fn holders_are_there(set: &WorkingSet) -> Result<(), StoreError> {
    let mut holders = set.receipts.iter().filter_map(|(_, sale)| sale.holder);
    if holders.all(|holder| set.accounts.get(&holder.account).is_some()) {
        return Ok(());
    }
    let message = Box::new("a sale was claimed meanwhile".to_owned());
    Err(diesel::result::Error::DatabaseError(DatabaseErrorKind::SerializationFailure, message).into())
}

/// Returns whose fiscal documents are asked for, and cases.
fn load_returns_and_cases(db: &mut Db, touches: &Touches, set: &mut WorkingSet, lock: bool) -> Result<(), StoreError> {
    if !touches.returned_ids().is_empty() {
        let ids: Vec<i64> = touches.returned_ids().iter().map(|id| id.0).collect();
        let reference = Arc::clone(&set.reference);
        let store_of = |till: TillId| reference.tills.get(&till).map(|till| till.store);
        set.known_returns.extend(returns::load_known(db, &ids, store_of, lock)?);
        set.known_returns.extend(return_without_receipt::load_known(db, &ids, lock)?);
        // Only where a document may be another's: few returns have a case.
        if set.fiscals.iter().next().is_some() {
            for case in case::load_of_returns(db, &ids, &set.vault.clone(), lock)? {
                set.cases.load(case.id, case);
            }
        }
    }
    if !touches.cases().is_empty() {
        let ids: Vec<i64> = touches.cases().iter().map(|id| id.0).collect();
        for case in case::load(db, &ids, &set.vault.clone(), lock)? {
            set.cases.load(case.id, case);
        }
    }
    Ok(())
}

/// Adds accounts with their lots to the set.
fn place(accounts: Vec<Account>, lots: Vec<(AccountId, Lot)>, set: &mut WorkingSet) {
    for account in accounts {
        set.accounts.load(account.id, account);
    }
    for (id, lot) in lots {
        set.add_loaded_lot(id, lot);
    }
}

/// Finds and locks the accounts, and reads their customers. A change of a customer also requires the account's lock.
fn lock_accounts(
    db: &mut Db,
    touches: &Touches,
    set: &mut WorkingSet,
    lock: bool,
) -> Result<(Resolved, Vec<Account>), StoreError> {
    let resolved = resolve(db, touches, set, lock)?;
    let accounts = account::load(db, &resolved.accounts, lock)?;
    // Due changes never affect a customer or a card, so neither is read for accounts that are only due.
    let named = accounts.iter().filter(|account| touches.wants_holders() && resolved.is_named(account.id));
    let mut customers: BTreeSet<i64> = named.map(|account| account.customer.0).collect();
    if lock {
        // They were found by phone before the lock, and may have changed since.
        customers.extend(set.customers.iter().map(|(id, _)| id.0));
    }
    let stale = |id: &i64| lock || set.customers.get(&CustomerId(*id)).is_none();
    let ids: Vec<i64> = customers.into_iter().filter(stale).collect();
    if !ids.is_empty() {
        put(customer::load(db, &ids, &[], &set.vault.clone())?, set);
    }
    Ok((resolved, accounts))
}

/// Puts customers into the set.
fn put(found: Found, set: &mut WorkingSet) {
    for customer in found.customers {
        set.customers.load(customer.id, customer);
    }
    set.erased.extend(found.erased);
}

/// Whether an account was closed by a merge after it was found, or a customer is left without one because of that.
fn is_merged_meanwhile(accounts: &[Account], set: &WorkingSet) -> bool {
    let has_account = |id: CustomerId| accounts.iter().any(|account| account.customer == id);
    accounts.iter().any(|account| account.state == AccountState::Closed)
        || set.customers.iter().any(|(id, customer)| match customer.merged_into {
            Some(into) => set.customers.get(&into).is_none(),
            None => !has_account(*id),
        })
}

/// Pages of statements, and the receipt numbers of due points, which a statement shows too.
fn load_statements(db: &mut Db, touches: &Touches, set: &mut WorkingSet) -> Result<(), StoreError> {
    let mut due: BTreeSet<i64> = BTreeSet::new();
    for page in touches.statements() {
        // Whom an ambiguous identifier means is for the decision to refuse.
        let Ok(Some(id)) = crate::working_set::identify::account(set, page.programme, &page.identifier) else {
            continue;
        };
        let lines = statement::load(db, id, page, &set.vault.clone())?;
        set.statements.push((page.clone(), lines));
        if let Some(account) = set.accounts.get(&id) {
            due.extend(account.lots_due_by(set.now).filter_map(|lot| lot.receipt).map(|receipt| receipt.0));
        }
    }
    let due: Vec<i64> = due.into_iter().collect();
    set.receipt_numbers = statement::receipt_numbers(db, &due)?;
    // A hold that lapses may give back what the returns of these sales wanted.
    let short = set.receipts.iter().filter(|(_, sale)| sale.taken.shortfall.is_positive());
    set.receipt_numbers.extend(short.map(|(id, sale)| (*id, sale.key.number.clone())));
    Ok(())
}

struct Resolved {
    accounts: Vec<i64>,
    /// Accounts that no command names and that have due changes.
    due: BTreeSet<i64>,
    reservations: Vec<i64>,
    receipts: Vec<i64>,
    /// The objects of the operations to cancel.
    subjects: HashSet<Subject>,
}

impl Resolved {
    fn is_named(&self, account: AccountId) -> bool {
        !self.due.contains(&account.0)
    }
}

/// Finds the accounts and sales. Cards without an account are locked here, since no account's lock covers them.
fn resolve(db: &mut Db, touches: &Touches, set: &mut WorkingSet, lock: bool) -> Result<Resolved, StoreError> {
    let mut accounts: BTreeSet<i64> = BTreeSet::new();
    let mut customers: BTreeSet<i64> = touches.customers().iter().map(|id| id.0).collect();
    if !touches.card_numbers().is_empty() {
        let numbers: Vec<String> = touches.card_numbers().iter().cloned().collect();
        for card in card::load_by_number(db, &numbers, lock)? {
            accounts.extend(card.account.map(|id| id.0));
            set.cards.load(card.id, card);
        }
    }
    if !touches.sources().is_empty() {
        let sources: Vec<&str> = touches.sources().iter().map(String::as_str).collect();
        for card in card::load_by_source(db, &sources)? {
            if set.cards.get(&card.id).is_none() {
                set.cards.load(card.id, card);
            }
        }
    }
    if !touches.phones().is_empty() || !customers.is_empty() {
        let indexes: Vec<Vec<u8>> =
            touches.phones().iter().map(|phone| set.vault.phone_index(phone.as_e164())).collect();
        let ids: Vec<i64> = customers.iter().copied().collect();
        let mut merged: Vec<i64> = Vec::new();
        let found = customer::load(db, &ids, &indexes, &set.vault.clone())?;
        customers.extend(found.customers.iter().map(|customer| customer.id.0));
        merged.extend(found.customers.iter().filter_map(|customer| customer.merged_into).map(|id| id.0));
        put(found, set);
        if !merged.is_empty() {
            let found = customer::load(db, &merged, &[], &set.vault.clone())?;
            customers.extend(found.customers.iter().map(|customer| customer.id.0));
            put(found, set);
        }
    }
    if !customers.is_empty() {
        let ids: Vec<i64> = customers.iter().copied().collect();
        accounts.extend(account::ids_by_customer(db, &ids)?);
    }
    let mut reservations: BTreeSet<i64> = touches.reservations().iter().map(|id| id.0).collect();
    let mut receipts: BTreeSet<i64> = touches.receipts().iter().map(|id| id.0).collect();
    let mut subjects: HashSet<Subject> = HashSet::new();
    if !touches.cancelled_operations().is_empty() {
        let keys: Vec<_> = touches.cancelled_operations().iter().cloned().collect();
        // A sale knows its key when the stored answer is forgotten.
        receipts.extend(sale::registered_by(db, &keys)?);
        subjects = operation::subjects(db, &keys)?.into_iter().collect();
        for subject in &subjects {
            match subject {
                Subject::Sale(id) => receipts.insert(id.0),
                Subject::Reservation(id) => reservations.insert(id.0),
            };
        }
    }
    let reservations: Vec<i64> = reservations.into_iter().collect();
    if !reservations.is_empty() {
        accounts.extend(reservation::account_ids(db, &reservations)?);
    }
    if !touches.fiscals().is_empty() {
        let fiscals: Vec<_> = touches.fiscals().iter().collect();
        for entry in fiscal::load(db, &fiscals)? {
            if let FiscalHolder::Sale(id) = entry.holder {
                receipts.insert(id.0);
            }
            set.fiscals.load(entry.key.clone(), entry);
        }
    }
    let ids: Vec<i64> = receipts.into_iter().collect();
    let keys: Vec<_> = touches.receipt_keys().iter().cloned().collect();
    let found = sale::find(db, &ids, &keys)?;
    accounts.extend(found.iter().filter_map(|(_, account)| *account));
    let mut due: BTreeSet<i64> = BTreeSet::new();
    if let Some(accounts_max) = touches.due() {
        due.extend(reservation::account_ids_due(db, set.now, accounts_max)?);
        due.extend(account::ids_due(db, set.now, accounts_max)?);
        set.due = due.iter().copied().map(AccountId).collect();
        due.retain(|id| !accounts.contains(id));
        accounts.extend(&due);
    }
    let receipts = found.into_iter().map(|(id, _)| id).collect();
    Ok(Resolved { due, accounts: accounts.into_iter().collect(), reservations, receipts, subjects })
}

/// The accounts, locked; then their lots, cards, customers and open holds.
fn load_accounts(
    db: &mut Db,
    resolved: &Resolved,
    accounts: Vec<Account>,
    touches: &Touches,
    set: &mut WorkingSet,
) -> Result<(), StoreError> {
    if resolved.accounts.is_empty() {
        return Ok(());
    }
    let lots = if touches.wants(Part::AllLots) {
        lot::load_all(db, &resolved.accounts)?
    } else {
        lot::load_live(db, &resolved.accounts)?
    };
    // Accounts without reserved points have no open hold, so most accounts are skipped.
    let held: Vec<i64> =
        accounts.iter().filter(|account| account.balances.reserved > Points(0)).map(|account| account.id.0).collect();
    place(accounts, lots, set);
    let named: Vec<i64> = resolved.accounts.iter().copied().filter(|id| !resolved.due.contains(id)).collect();
    if touches.wants_holders() && !named.is_empty() {
        for card in card::load_by_account(db, &named)? {
            set.cards.load(card.id, card);
        }
    }
    for reservation in reservation::load(db, &held, &resolved.reservations)? {
        set.reservations.load(reservation.id, reservation);
    }
    load_cards_of_holds(db, touches, &named, set)?;
    load_held_lots(db, set)?;
    if touches.wants(Part::Consents) {
        let ids: Vec<i64> = set.customers.iter().map(|(id, _)| id.0).collect();
        set.consents = consent::load(db, &ids, &set.vault.clone())?;
    }
    Ok(())
}

/// Loads all cards of accounts whose holds another card has made than the one that is shown: it may have replaced that
/// one. Where no card is shown nobody asks.
fn load_cards_of_holds(db: &mut Db, touches: &Touches, named: &[i64], set: &mut WorkingSet) -> Result<(), StoreError> {
    if touches.card_numbers().is_empty() || touches.wants_holders() {
        return Ok(());
    }
    let holds = set.reservations.iter().map(|(_, hold)| hold);
    let others = holds.filter(|hold| hold.card.is_some_and(|card| set.cards.get(&card).is_none()));
    let accounts: BTreeSet<i64> = others.map(|hold| hold.account.0).filter(|id| named.contains(id)).collect();
    if accounts.is_empty() {
        return Ok(());
    }
    for card in card::load_by_account(db, &accounts.into_iter().collect::<Vec<_>>())? {
        set.cards.load(card.id, card);
    }
    Ok(())
}

/// Loads lots of open holds that are missing. Normally none is, because they are live while the hold is open. A hold
/// without its lots could not release them.
fn load_held_lots(db: &mut Db, set: &mut WorkingSet) -> Result<(), StoreError> {
    let missing: BTreeSet<(AccountId, LotNo)> = set
        .reservations
        .iter()
        .filter(|(_, hold)| hold.ended_at.is_none())
        .flat_map(|(_, hold)| hold.shares.iter().map(move |share| (hold.account, share.lot)))
        .filter(|(account, lot)| set.accounts.get(account).is_some_and(|account| !account.lots.contains_key(lot)))
        .collect();
    load_lots_into(db, missing, set)
}

fn load_lots_into(db: &mut Db, named: BTreeSet<(AccountId, LotNo)>, set: &mut WorkingSet) -> Result<(), StoreError> {
    if named.is_empty() {
        return Ok(());
    }
    for (id, lot) in lot::load(db, named)? {
        set.add_loaded_lot(id, lot);
    }
    Ok(())
}

/// Sales with the lots that they earned and spent, in any state.
fn load_sales(
    db: &mut Db,
    resolved: &Resolved,
    touches: &Touches,
    set: &mut WorkingSet,
    lock: bool,
) -> Result<(), StoreError> {
    if !touches.return_keys().is_empty() {
        let keys: Vec<_> = touches.return_keys().iter().cloned().collect();
        set.return_keys = returns::load_keys(db, &keys)?;
    }
    if resolved.receipts.is_empty() {
        return Ok(());
    }
    let mut lots: BTreeSet<(AccountId, LotNo)> = BTreeSet::new();
    for sale in sale::load(db, &resolved.receipts, lock)? {
        if let Some(holder) = sale.holder {
            lots.extend(lots_of(&sale).map(|lot| (holder.account, lot)));
        }
        set.receipts.load(sale.id, sale);
    }
    load_lots_into(db, lots, set)
}

/// The lots that a sale earned and spent, and those that its returns took of.
fn lots_of(sale: &Sale) -> impl Iterator<Item = LotNo> + '_ {
    let earned_and_spent = sale.lot.into_iter().chain(sale.spent.iter().map(|share| share.lot));
    earned_and_spent.chain(sale.taken.lots.keys().copied())
}

/// Sales of which not all could be taken back, where points may come back that were wanted: out of a hold that stood
/// then, or out of a sale that spent them. Their accounts are locked already.
fn load_short_sales(db: &mut Db, set: &mut WorkingSet) -> Result<(), StoreError> {
    let shielded = set.reservations.iter().filter(|(_, hold)| hold.shields && hold.ended_at.is_none());
    let mut accounts: BTreeSet<i64> = shielded.map(|(_, hold)| hold.account.0).collect();
    let spent = set.receipts.iter().filter(|(_, sale)| !sale.spent.is_empty());
    accounts.extend(spent.filter_map(|(_, sale)| sale.holder).map(|holder| holder.account.0));
    if accounts.is_empty() {
        return Ok(());
    }
    let accounts: Vec<i64> = accounts.into_iter().collect();
    let mut short = sale::taken::short_of_accounts(db, &accounts)?;
    short.retain(|id| set.receipts.get(&ReceiptId(*id)).is_none());
    if short.is_empty() {
        return Ok(());
    }
    let mut lots: BTreeSet<(AccountId, LotNo)> = BTreeSet::new();
    for sale in sale::load(db, &short, false)? {
        let Some(holder) = sale.holder else { continue };
        lots.extend(lots_of(&sale).map(|lot| (holder.account, lot)));
        set.receipts.load(sale.id, sale);
    }
    load_lots_into(db, lots, set)
}

fn load_codes(db: &mut Db, touches: &Touches, set: &mut WorkingSet) -> Result<(), StoreError> {
    if !touches.wants(Part::Codes) {
        return Ok(());
    }
    let since = set.now.before(CODES_LOOKBACK);
    let customers: Vec<i64> = set.customers.iter().map(|(id, _)| id.0).collect();
    if !customers.is_empty() {
        // A hold may live longer than the caps look back: its first code carries its tries.
        let open = set.reservations.iter().filter(|(_, hold)| hold.ended_at.is_none());
        let oldest = open.map(|(_, hold)| hold.created_at).min();
        for code in code::load(db, &customers, oldest.map_or(since, |created| created.min(since)))? {
            set.codes.load(code.id, code);
        }
        let known = set.customers.iter().filter_map(|(_, customer)| customer.phone.clone());
        let phones: Vec<Phone> = known.chain(touches.phones().iter().cloned()).collect();
        set.code_counts.by_phone = code::count_by_phone(db, &phones, since, &set.vault.clone())?;
    }
    if !touches.code_tills().is_empty() {
        let tills: Vec<i64> = touches.code_tills().iter().map(|id| id.0).collect();
        set.code_counts.by_till = code::count_by_till(db, &tills, since)?;
    }
    Ok(())
}
