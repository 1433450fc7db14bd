//! Whether rows that stand for one thing fit each other: who owns what, and where holds, codes, sales and returns stand. Digests tell that a row was changed; this tells what is wrong with it, and finds what was written wrong.

use std::collections::{BTreeMap, HashMap};

use diesel::{dsl::max, prelude::*};

use crate::{
    domain::{
        account::AccountState,
        code::CodeState,
        reservation::ReservationState::{self, AwaitingCode, Captured, Expired, Held, PartlyCaptured, Released},
        sale::SaleState,
    },
    store::{
        books::verify::report::Report,
        db::backend::{Db, Purpose, on},
        error::StoreError,
        schema::{
            accounts, cards, confirmation_codes, customers, free_return_lines, free_returns, networks, programme_rules,
            receipt_lines, receipt_lots, receipts, reservations, return_lines, returns, stores,
        },
        sql::any_of::AnyOfValues as _,
    },
};

/// Rows looked at in one step.
const ROWS_PER_STEP: i64 = 1_000;

/// Checks all of it.
///
/// # Errors
/// A statement fails.
pub(super) fn check(db: &mut Db, report: &mut Report) -> Result<(), StoreError> {
    pages(db, report, cards_page)?;
    pages(db, report, customers_page)?;
    pages(db, report, accounts_page)?;
    pages(db, report, holds_page)?;
    pages(db, report, codes_page)?;
    pages(db, report, sales_page)?;
    pages(db, report, returns_page)?;
    pages(db, report, free_returns_page)
}

/// Walks over a table by its ids, each page on one consistent state.
pub(super) fn pages(
    db: &mut Db,
    report: &mut Report,
    mut page: impl FnMut(&mut Db, i64, &mut Report) -> Result<Option<i64>, StoreError>,
) -> Result<(), StoreError> {
    let mut after = i64::MIN;
    while let Some(last) = db.transaction(Purpose::Read, |db| page(db, after, report))? {
        after = last;
    }
    Ok(())
}

/// The ids that rows name, each once.
pub(super) fn named(ids: impl IntoIterator<Item = Option<i64>>) -> Vec<i64> {
    let mut ids: Vec<i64> = ids.into_iter().flatten().collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// Whose accounts these are, and in which programme.
fn owners(db: &mut Db, ids: &[i64]) -> Result<HashMap<i64, (i64, i64)>, StoreError> {
    let rows: Vec<(i64, i64, i64)> = on!(db, c => accounts::table
        .filter(accounts::id.any_of(ids))
        .select((accounts::id, accounts::customer_id, accounts::programme_id))
        .load(&mut **c))?;
    Ok(rows.into_iter().map(|(id, customer, programme)| (id, (customer, programme))).collect())
}

fn cards_page(db: &mut Db, after: i64, report: &mut Report) -> Result<Option<i64>, StoreError> {
    type Row = (i64, i64, Option<i64>, Option<i64>);
    let rows: Vec<Row> = on!(db, c => cards::table
        .filter(cards::id.gt(after))
        .order(cards::id)
        .limit(ROWS_PER_STEP)
        .select((cards::id, cards::programme_id, cards::account_id, cards::customer_id))
        .load(&mut **c))?;
    let owners = owners(db, &named(rows.iter().map(|row| row.2)))?;
    for (id, programme, account, customer) in &rows {
        match account.and_then(|account| owners.get(&account)) {
            Some((owner, _)) if Some(*owner) != *customer => {
                report.found(
                    *account,
                    format!("card {id} is of customer {}, its account is of {owner}", text(*customer)),
                );
            }
            Some((_, other)) if other != programme => {
                report.found(*account, format!("card {id} is of programme {programme}, its account is of {other}"));
            }
            Some(_) => {}
            None if account.is_some() => {
                report.found(*account, format!("card {id} names an account that is not there"))
            }
            None if customer.is_some() => {
                report.found(None, format!("card {id} is of customer {} and of no account", text(*customer)));
            }
            None => {}
        }
    }
    Ok(rows.last().map(|row| row.0))
}

fn customers_page(db: &mut Db, after: i64, report: &mut Report) -> Result<Option<i64>, StoreError> {
    let rows: Vec<(i64, Option<i64>)> = on!(db, c => customers::table
        .filter(customers::id.gt(after))
        .order(customers::id)
        .limit(ROWS_PER_STEP)
        .select((customers::id, customers::merged_into))
        .load(&mut **c))?;
    let into: Vec<(i64, Option<i64>)> = on!(db, c => customers::table
        .filter(customers::id.any_of(&named(rows.iter().map(|row| row.1))))
        .select((customers::id, customers::merged_into))
        .load(&mut **c))?;
    let into: HashMap<i64, Option<i64>> = into.into_iter().collect();
    for (id, merged) in &rows {
        let Some(merged) = merged else { continue };
        match into.get(merged) {
            Some(None) => {}
            Some(Some(_)) => {
                report.found(None, format!("customer {id} was merged into {merged}, who was merged into another"));
            }
            None => report.found(None, format!("customer {id} was merged into {merged}, who is not there")),
        }
    }
    Ok(rows.last().map(|row| row.0))
}

fn accounts_page(db: &mut Db, after: i64, report: &mut Report) -> Result<Option<i64>, StoreError> {
    type Row = (i64, i64, i64, String, Option<i64>);
    let rows: Vec<Row> = on!(db, c => accounts::table
        .filter(accounts::id.gt(after))
        .order(accounts::id)
        .limit(ROWS_PER_STEP)
        .select((accounts::id, accounts::customer_id, accounts::programme_id, accounts::state, accounts::merged_into))
        .load(&mut **c))?;
    let owners: Vec<(i64, i64, Option<i64>)> = on!(db, c => customers::table
        .filter(customers::id.any_of(&named(rows.iter().map(|row| Some(row.1)))))
        .select((customers::id, customers::programme_id, customers::merged_into))
        .load(&mut **c))?;
    let owners: HashMap<i64, (i64, Option<i64>)> =
        owners.into_iter().map(|(id, programme, merged)| (id, (programme, merged))).collect();
    let into: Vec<i64> = on!(db, c => accounts::table
        .filter(accounts::id.any_of(&named(rows.iter().map(|row| row.4))))
        .select(accounts::id)
        .load(&mut **c))?;
    for (id, customer, programme, state, merged) in &rows {
        let account = Some(*id);
        let is_closed = state == AccountState::Closed.word();
        if AccountState::from_word(state).is_none() {
            report.found(account, format!("its state is «{state}», which none is"));
        }
        if merged.is_some() && !is_closed {
            report.found(account, format!("it was merged into {}, and it is {state}", text(*merged)));
        }
        if let Some(merged) = merged.filter(|merged| !into.contains(merged) || merged == id) {
            report.found(account, format!("it was merged into account {merged}, which is not there"));
        }
        match owners.get(customer) {
            Some((other, _)) if other != programme => {
                report.found(account, format!("it is of programme {programme}, its customer {customer} of {other}"));
            }
            Some((_, Some(stays))) if !is_closed => {
                report.found(account, format!("it is {state}, and its customer {customer} was merged into {stays}"));
            }
            Some(_) => {}
            None => report.found(account, format!("its customer {customer} is not there")),
        }
    }
    Ok(rows.last().map(|row| row.0))
}

fn holds_page(db: &mut Db, after: i64, report: &mut Report) -> Result<Option<i64>, StoreError> {
    type Row = (i64, i64, i64, String, (i64, i64, i64, i64), bool, Option<i64>);
    let rows: Vec<Row> = on!(db, c => reservations::table
        .filter(reservations::id.gt(after))
        .order(reservations::id)
        .limit(ROWS_PER_STEP)
        .select((
            reservations::id,
            reservations::account_id,
            reservations::customer_id,
            reservations::state,
            (reservations::points, reservations::captured, reservations::released, reservations::expired),
            reservations::code_required,
            reservations::ended_at,
        ))
        .load(&mut **c))?;
    let owners = owners(db, &named(rows.iter().map(|row| Some(row.1))))?;
    let customers = named(rows.iter().map(|row| Some(row.2)));
    let confirmed: Vec<Option<i64>> = on!(db, c => confirmation_codes::table
        .filter(confirmation_codes::customer_id.any_of(&customers))
        .filter(confirmation_codes::state.eq(CodeState::Verified.word()))
        .filter(confirmation_codes::reservation_id.is_not_null())
        .select(confirmation_codes::reservation_id)
        .load(&mut **c))?;
    let confirmed: std::collections::HashSet<i64> = confirmed.into_iter().flatten().collect();
    for (id, account, customer, state, (points, captured, released, expired), code_required, ended_at) in &rows {
        let account = Some(*account);
        let mut found = |what: String| report.found(account, format!("hold {id} {what}"));
        if let Some((owner, _)) =
            account.and_then(|account| owners.get(&account)).filter(|(owner, _)| owner != customer)
        {
            found(format!("is of customer {customer}, its account is of {owner}"));
        }
        let Some(state) = ReservationState::from_word(state) else {
            found(format!("has the state «{state}», which none has"));
            continue;
        };
        let divided = (*captured, *released, *expired);
        let is_so = match state {
            AwaitingCode | Held => divided == (0, 0, 0) && ended_at.is_none(),
            Captured => divided == (*points, 0, 0),
            PartlyCaptured => *captured > 0 && *captured < *points && *expired == 0,
            Released => divided == (0, *points, 0),
            Expired => divided == (0, 0, *points),
        };
        if !is_so {
            let word = state.word();
            found(format!(
                "is {word}, and of its {points} {captured} were spent, {released} given back, {expired} lapsed"
            ));
        }
        let needs_code = match state {
            Held | Captured | PartlyCaptured => *code_required,
            AwaitingCode | Released | Expired => false,
        };
        if needs_code && !confirmed.contains(id) {
            found(format!("is {}, and no code was confirmed for it", state.word()));
        }
        if state == AwaitingCode && (!code_required || confirmed.contains(id)) {
            found("waits for a code, and needs none any more".to_owned());
        }
    }
    Ok(rows.last().map(|row| row.0))
}

fn codes_page(db: &mut Db, after: i64, report: &mut Report) -> Result<Option<i64>, StoreError> {
    type Row = (i64, i64, Option<i64>, String, i64);
    let rows: Vec<Row> = on!(db, c => confirmation_codes::table
        .filter(confirmation_codes::id.gt(after))
        .order(confirmation_codes::id)
        .limit(ROWS_PER_STEP)
        .select((
            confirmation_codes::id,
            confirmation_codes::customer_id,
            confirmation_codes::reservation_id,
            confirmation_codes::state,
            confirmation_codes::tries_left,
        ))
        .load(&mut **c))?;
    let tries_max: Option<i64> = on!(db, c => programme_rules::table
        .select(max(programme_rules::code_tries))
        .first(&mut **c))?;
    let holds: Vec<(i64, i64)> = on!(db, c => reservations::table
        .filter(reservations::id.any_of(&named(rows.iter().map(|row| row.2))))
        .select((reservations::id, reservations::customer_id))
        .load(&mut **c))?;
    let holds: HashMap<i64, i64> = holds.into_iter().collect();
    for (id, customer, hold, state, tries_left) in &rows {
        let mut found = |what: String| report.found(None, format!("confirmation code {id} {what}"));
        match CodeState::from_word(state) {
            Some(state) if (state == CodeState::Failed) != (*tries_left == 0) => {
                found(format!("is {}, and {tries_left} tries are left", state.word()));
            }
            Some(_) => {}
            None => found(format!("has the state «{state}», which none has")),
        }
        if let Some(most) = tries_max.filter(|most| tries_left > most) {
            found(format!("has {tries_left} tries left; the rules give {most} at most"));
        }
        match hold.map(|hold| (hold, holds.get(&hold))) {
            Some((hold, None)) => found(format!("is for hold {hold}, which is not there")),
            Some((hold, Some(owner))) if owner != customer => {
                found(format!("is of customer {customer}, hold {hold} is of {owner}"));
            }
            Some(_) | None => {}
        }
    }
    Ok(rows.last().map(|row| row.0))
}

/// What a sale's returns gave back: quantities by line, points to the lots.
#[derive(Default)]
struct Back {
    quantities: BTreeMap<i64, i64>,
    restored: i64,
}

fn sales_page(db: &mut Db, after: i64, report: &mut Report) -> Result<Option<i64>, StoreError> {
    type Row = (i64, Option<i64>, Option<i64>, Option<i64>, String, i64, i64, i64, Option<i64>);
    type Line = (i64, i64, i64, i64, i64);
    let rows: Vec<Row> = on!(db, c => receipts::table
        .filter(receipts::id.gt(after))
        .order(receipts::id)
        .limit(ROWS_PER_STEP)
        .select((
            receipts::id,
            receipts::account_id,
            receipts::customer_id,
            receipts::card_id,
            receipts::state,
            receipts::amount_due,
            receipts::points_spent,
            receipts::store_id,
            receipts::rules_version,
        ))
        .load(&mut **c))?;
    let versions = last_versions(db)?;
    let (Some(first), Some(last)) = (rows.first().map(|row| row.0), rows.last().map(|row| row.0)) else {
        return Ok(None);
    };
    let owners = owners(db, &named(rows.iter().map(|row| row.1)))?;
    let lines: Vec<Line> = on!(db, c => receipt_lines::table
        .filter(receipt_lines::receipt_id.between(first, last))
        .order((receipt_lines::receipt_id, receipt_lines::line_no))
        .select((
            receipt_lines::receipt_id,
            receipt_lines::line_no,
            receipt_lines::quantity,
            receipt_lines::returned_quantity,
            receipt_lines::amount_due,
        ))
        .load(&mut **c))?;
    let mut lines_of: HashMap<i64, Vec<Line>> = HashMap::new();
    for line in lines {
        lines_of.entry(line.0).or_default().push(line);
    }
    let lots: Vec<(i64, i64, i64)> = on!(db, c => receipt_lots::table
        .filter(receipt_lots::receipt_id.between(first, last))
        .select((receipt_lots::receipt_id, receipt_lots::spent, receipt_lots::restored))
        .load(&mut **c))?;
    let mut lots_of: HashMap<i64, (i64, i64)> = HashMap::new();
    for (id, spent, restored) in lots {
        let sums = lots_of.entry(id).or_default();
        *sums = (sums.0.saturating_add(spent), sums.1.saturating_add(restored));
    }
    let mut back = backs(db, &rows.iter().map(|row| row.0).collect::<Vec<_>>())?;
    for (id, account, customer, card, state, amount_due, points_spent, store, version) in &rows {
        let mut found = |what: String| report.found(*account, format!("receipt {id} {what}"));
        if let Some((owner, _)) = account.and_then(|account| owners.get(&account))
            && Some(*owner) != *customer
        {
            found(format!("is of customer {}, its account is of {owner}", text(*customer)));
        }
        if account.is_none() && (customer.is_some() || card.is_some()) {
            found("is of nobody's account, and names a customer or a card".to_owned());
        }
        let last_version = versions.get(store).copied().unwrap_or_default();
        if version.is_some_and(|version| !(1..=last_version).contains(&version)) {
            found(format!("was calculated by version {} of the rules; {last_version} is the last", text(*version)));
        }
        let lines = lines_of.remove(id).unwrap_or_default();
        let back = back.remove(id).unwrap_or_default();
        for (_, no, _, returned, _) in &lines {
            let by_returns = back.quantities.get(no).copied().unwrap_or_default();
            if by_returns != *returned {
                found(format!("says that {returned} of line {no} came back, its returns say {by_returns}"));
            }
        }
        let due: i64 = lines.iter().map(|line| line.4).fold(0, i64::saturating_add);
        if due != *amount_due {
            found(format!("comes to {amount_due}, its lines to {due}"));
        }
        let (spent, restored) = lots_of.remove(id).unwrap_or_default();
        if spent != *points_spent {
            found(format!("spent {points_spent}, its lots say {spent}"));
        }
        let Some(state) = SaleState::from_word(state) else {
            found(format!("has the state «{state}», which none has"));
            continue;
        };
        let is_whole = !lines.is_empty() && lines.iter().all(|line| line.2 == line.3);
        let due_state = match (state, is_whole, lines.iter().any(|line| line.3 > 0)) {
            (SaleState::Cancelled, _, false) => SaleState::Cancelled,
            (_, true, _) => SaleState::Returned,
            (_, false, true) => SaleState::PartlyReturned,
            (_, false, false) => SaleState::Confirmed,
        };
        if due_state != state {
            found(format!("is {}, by its lines it is {}", state.word(), due_state.word()));
        }
        let due_back = if state == SaleState::Cancelled { spent } else { back.restored };
        if restored != due_back {
            found(format!("gave {restored} points back to its lots, it should be {due_back}"));
        }
    }
    Ok(Some(last))
}

/// The number of the last version of the rules, by store. All three tables are small.
fn last_versions(db: &mut Db) -> Result<HashMap<i64, i64>, StoreError> {
    let rules: Vec<(i64, i64)> = on!(db, c => programme_rules::table
        .order((programme_rules::programme_id, programme_rules::version))
        .select((programme_rules::programme_id, programme_rules::version))
        .load(&mut **c))?;
    let last: HashMap<i64, i64> = rules.into_iter().collect();
    let programmes: Vec<(i64, i64)> =
        on!(db, c => networks::table.select((networks::id, networks::programme_id)).load(&mut **c))?;
    let programmes: HashMap<i64, i64> = programmes.into_iter().collect();
    let stores: Vec<(i64, i64)> = on!(db, c => stores::table.select((stores::id, stores::network_id)).load(&mut **c))?;
    let of = |(id, network): (i64, i64)| Some((id, *last.get(programmes.get(&network)?)?));
    Ok(stores.into_iter().filter_map(of).collect())
}

/// What the returns of sales gave back.
fn backs(db: &mut Db, sales: &[i64]) -> Result<HashMap<i64, Back>, StoreError> {
    let rows: Vec<(i64, i64, i64)> = on!(db, c => returns::table
        .filter(returns::receipt_id.any_of(sales))
        .select((returns::id, returns::receipt_id, returns::points_restored))
        .load(&mut **c))?;
    let mut back: HashMap<i64, Back> = HashMap::new();
    let mut sale_of: HashMap<i64, i64> = HashMap::new();
    for (id, sale, restored) in rows {
        sale_of.insert(id, sale);
        let sum = &mut back.entry(sale).or_default().restored;
        *sum = sum.saturating_add(restored);
    }
    let ids: Vec<i64> = sale_of.keys().copied().collect();
    let lines: Vec<(i64, i64, i64)> = on!(db, c => return_lines::table
        .filter(return_lines::return_id.any_of(&ids))
        .select((return_lines::return_id, return_lines::line_no, return_lines::quantity))
        .load(&mut **c))?;
    for (id, no, quantity) in lines {
        let Some(sale) = sale_of.get(&id) else { continue };
        let sum = back.entry(*sale).or_default().quantities.entry(no).or_default();
        *sum = sum.saturating_add(quantity);
    }
    Ok(back)
}

fn returns_page(db: &mut Db, after: i64, report: &mut Report) -> Result<Option<i64>, StoreError> {
    type Row = (i64, i64, i64, i64, i64);
    let rows: Vec<Row> = on!(db, c => returns::table
        .filter(returns::id.gt(after))
        .order(returns::id)
        .limit(ROWS_PER_STEP)
        .select((
            returns::id,
            returns::receipt_id,
            returns::amount_refund,
            returns::points_restored,
            returns::points_revoked,
        ))
        .load(&mut **c))?;
    let ids: Vec<i64> = rows.iter().map(|row| row.0).collect();
    let lines: Vec<(i64, i64, i64, i64)> = on!(db, c => return_lines::table
        .filter(return_lines::return_id.any_of(&ids))
        .select((
            return_lines::return_id,
            return_lines::amount_refund,
            return_lines::points_restored,
            return_lines::points_revoked,
        ))
        .load(&mut **c))?;
    let mut sums: HashMap<i64, (i64, i64, i64)> = HashMap::new();
    for (id, refund, restored, revoked) in lines {
        let sum = sums.entry(id).or_default();
        *sum = (sum.0.saturating_add(refund), sum.1.saturating_add(restored), sum.2.saturating_add(revoked));
    }
    let sales: Vec<i64> = on!(db, c => receipts::table
        .filter(receipts::id.any_of(&named(rows.iter().map(|row| Some(row.1)))))
        .select(receipts::id)
        .load(&mut **c))?;
    for (id, sale, refund, restored, revoked) in &rows {
        let (stored, by_lines) = ((*refund, *restored, *revoked), sums.remove(id).unwrap_or_default());
        if stored != by_lines {
            report.found(
                None,
                format!("return {id} says {stored:?} of money, points back and points taken; its lines {by_lines:?}"),
            );
        }
        if !sales.contains(sale) {
            report.found(None, format!("return {id} is of receipt {sale}, which is not there"));
        }
    }
    Ok(rows.last().map(|row| row.0))
}

fn free_returns_page(db: &mut Db, after: i64, report: &mut Report) -> Result<Option<i64>, StoreError> {
    let rows: Vec<(i64, Option<i64>, i64)> = on!(db, c => free_returns::table
        .filter(free_returns::id.gt(after))
        .order(free_returns::id)
        .limit(ROWS_PER_STEP)
        .select((free_returns::id, free_returns::account_id, free_returns::amount_refund))
        .load(&mut **c))?;
    let ids: Vec<i64> = rows.iter().map(|row| row.0).collect();
    let lines: Vec<(i64, i64)> = on!(db, c => free_return_lines::table
        .filter(free_return_lines::free_return_id.any_of(&ids))
        .select((free_return_lines::free_return_id, free_return_lines::sum))
        .load(&mut **c))?;
    let mut sums: HashMap<i64, i64> = HashMap::new();
    for (id, sum) in lines {
        let all = sums.entry(id).or_default();
        *all = all.saturating_add(sum);
    }
    for (id, account, refund) in &rows {
        let by_lines = sums.remove(id).unwrap_or_default();
        if by_lines != *refund {
            report.found(*account, format!("return without a receipt {id} is of {refund}, its lines of {by_lines}"));
        }
    }
    Ok(rows.last().map(|row| row.0))
}

fn text(id: Option<i64>) -> String {
    id.map_or_else(|| "nobody".to_owned(), |id| id.to_string())
}
