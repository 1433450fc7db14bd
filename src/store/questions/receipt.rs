//! The answer to `ListReceipts`: documents till by till, in the order of the index by which a till's document is found.

use chrono::NaiveDate;
use diesel::{dsl::sql, prelude::*, sql_types::BigInt};

use crate::{
    domain::{
        moment::Moment,
        money::{Kopecks, Points},
        reference::{Network, Reference, Store, Till},
        refusal::Refusal,
        registry::Registrar,
        sale::SaleState,
        till_document::named,
    },
    store::{
        db::backend::{Db, on},
        error::StoreError,
        questions::Reader,
        schema::{free_returns, receipts, returns},
        tables::reference::load_registry,
    },
    working_set::questions::{
        Answers, Unanswered,
        receipt::{DocumentKind, ListReceipts, ReceiptRow, ReceiptSearch, ReceiptTotals, Receipts, Source, Spot},
    },
};

/// What every document says: id, day, shift and number; the two times; fiscal drive and number.
type Name = (i64, i64, String, String);
type Times = (i64, i64);
type Fiscal = (Option<String>, Option<String>);

/// A till with its place.
#[derive(Debug, Clone, Copy)]
pub struct TillPlace<'a> {
    network: &'a Network,
    store: &'a Store,
    till: &'a Till,
}

/// What is asked of one till: days as numbers since 1970-01-01, and the shift.
#[derive(Debug, Clone, Copy)]
pub struct Days<'a> {
    from: i64,
    to: i64,
    shift: Option<&'a str>,
}

impl Answers<ListReceipts> for Reader<'_> {
    /// A page of them, on the first page with the totals of all.
    fn answer(&mut self, question: &ListReceipts) -> Result<Receipts, Unanswered> {
        let known = load_registry(self.db)?;
        let search = &question.search;
        let places = places(&known, Registrar::of(&question.actor), search)?;
        let shift = search.shift.as_deref().map(named);
        let days = Days { from: number_of(search.from), to: number_of(search.to), shift: shift.as_deref() };
        let paging = &question.paging;
        let mut sums = None;
        if paging.after.is_none() {
            let mut totals = ReceiptTotals::default();
            for place in &places {
                self.in_time()?;
                add_totals(self.db, place.till.id.0, days, &mut totals)?;
            }
            sums = Some(totals);
        }
        let mut rows = Vec::new();
        let from = paging.after.as_ref().map_or(i64::MIN, |after| after.till);
        for place in places.iter().filter(|place| place.till.id.0 >= from) {
            self.in_time()?;
            let after = paging.after.as_ref().filter(|after| after.till == place.till.id.0);
            let wanted = paging.rows_wanted().saturating_sub(i64::try_from(rows.len()).unwrap_or(i64::MAX));
            rows.extend(documents(self.db, *place, days, after, wanted)?);
            if rows.len() > paging.rows_max {
                break;
            }
        }
        Ok(Receipts { page: paging.page(rows, |row| row.spot.clone()), totals: sums })
    }
}

/// A day as documents keep it.
#[must_use]
pub fn number_of(day: NaiveDate) -> i64 {
    day.signed_duration_since(NaiveDate::default()).num_days()
}

/// The tills that are looked for, by id.
///
/// # Errors
/// A partner, network, store or till is unknown, or another office sees to it.
pub fn places<'a>(known: &'a Reference, by: Registrar, search: &ReceiptSearch) -> Result<Vec<TillPlace<'a>>, Refusal> {
    let partner = known.partner(by, search.partner.as_deref())?.id;
    let network = match &search.network {
        Some(code) => Some(known.network(by, partner, Some(code))?.id),
        None => None,
    };
    let mut stores = known.stores_of(by, search.partner.as_deref())?;
    stores.retain(|(of, _)| network.is_none_or(|network| of.id == network));
    if let Some(code) = &search.store {
        stores.retain(|(_, store)| store.code == code.trim());
        if stores.is_empty() {
            return Err(Refusal::StoreUnknown { store: code.clone() });
        }
    }
    let of = |till: &'a Till| {
        let (network, store) = stores.iter().find(|(_, store)| store.id == till.store).copied()?;
        Some(TillPlace { network, store, till })
    };
    let mut places: Vec<TillPlace<'a>> = known.tills.values().filter_map(of).collect();
    if let Some(code) = &search.till {
        places.retain(|place| place.till.code == code.trim());
        if places.is_empty() {
            return Err(Refusal::TillUnknown { till: code.clone() });
        }
    }
    places.sort_unstable_by_key(|place| place.till.id);
    Ok(places)
}

/// Reads a till's documents of one table, in the order of their names.
macro_rules! of_table {
    ($db:expr, $table:ident, $till:expr, $days:expr, $from:expr, $after:expr, $rows_max:expr, $more:expr) => {{
        let (days, from, (day, shift, number)): (Days<'_>, i64, (i64, &str, &str)) = ($days, $from, $after);
        let is_later = $table::local_day.gt(day).or($table::local_day.eq(day).and(
            $table::shift.gt(shift).or($table::shift.eq(shift).and($table::number.gt(number))),
        ));
        let wanted = $table::table
            .filter($table::till_id.eq($till))
            .filter($table::local_day.ge(from))
            .filter($table::local_day.le(days.to))
            .filter(is_later);
        let columns = (
            ($table::id, $table::local_day, $table::shift, $table::number),
            ($table::occurred_at, $table::recorded_at),
            ($table::fiscal_fn, $table::fiscal_fd),
            $more,
        );
        let order = ($table::local_day, $table::shift, $table::number);
        match days.shift {
            Some(only) => on!($db, c => wanted
                .filter($table::shift.eq(only))
                .order(order)
                .limit($rows_max)
                .select(columns)
                .load(&mut **c))?,
            None => on!($db, c => wanted.order(order).limit($rows_max).select(columns).load(&mut **c))?,
        }
    }};
}

/// A till's documents after one, in the list's order, at most so many.
///
/// # Errors
/// A statement fails.
pub fn documents(
    db: &mut Db,
    place: TillPlace<'_>,
    days: Days<'_>,
    after: Option<&Spot>,
    rows_max: i64,
) -> Result<Vec<ReceiptRow>, StoreError> {
    type Sale = (Name, Times, Fiscal, (String, i64, i64, i64));
    type Returned = (Name, Times, Fiscal, (i64, i64, i64));
    type Free = (Name, Times, Fiscal, (i64, i64));
    let till = place.till.id.0;
    let mut rows = Vec::new();
    for source in Source::ALL {
        // Within a day sales come first: of what comes earlier than the last document's, that day is done.
        let (from, name): (i64, (i64, &str, &str)) = match after {
            Some(after) if source == after.source => (after.day, (after.day, &after.shift, &after.number)),
            Some(after) if source > after.source => (after.day, (after.day.saturating_sub(1), "", "")),
            Some(after) => (after.day.saturating_add(1), (after.day, "", "")),
            None => (days.from, (days.from.saturating_sub(1), "", "")),
        };
        match source {
            Source::Sale => {
                let more = (receipts::state, receipts::amount_due, receipts::points_earned, receipts::points_spent);
                let found: Vec<Sale> = of_table!(db, receipts, till, days, from, name, rows_max, more);
                rows.extend(found.into_iter().map(|(name, times, fiscal, (state, amount, earned, spent))| {
                    let is_cancelled = state == SaleState::Cancelled.word();
                    let kind = if is_cancelled { DocumentKind::Cancelled } else { DocumentKind::Sale };
                    let row = place.document(source, kind, name, times, fiscal);
                    ReceiptRow { amount: Kopecks(amount), earned: Points(earned), spent: Points(spent), ..row }
                }));
            }
            Source::Return => {
                let more = (returns::amount_refund, returns::points_restored, returns::points_revoked);
                let found: Vec<Returned> = of_table!(db, returns, till, days, from, name, rows_max, more);
                rows.extend(found.into_iter().map(|(name, times, fiscal, (amount, restored, revoked))| {
                    let row = place.document(source, DocumentKind::Return, name, times, fiscal);
                    let (restored, revoked) = (Points(restored), Points(revoked));
                    ReceiptRow { amount: Kopecks(amount), restored, revoked, ..row }
                }));
            }
            Source::FreeReturn => {
                let more = (free_returns::amount_refund, free_returns::points_revoked);
                let found: Vec<Free> = of_table!(db, free_returns, till, days, from, name, rows_max, more);
                rows.extend(found.into_iter().map(|(name, times, fiscal, (amount, revoked))| {
                    let row = place.document(source, DocumentKind::FreeReturn, name, times, fiscal);
                    ReceiptRow { amount: Kopecks(amount), revoked: Points(revoked), ..row }
                }));
            }
        }
    }
    // Stable: within a day and a table the database's order stays.
    rows.sort_by_key(|row| (row.spot.day, row.spot.source));
    rows.truncate(usize::try_from(rows_max).unwrap_or(usize::MAX));
    Ok(rows)
}

impl TillPlace<'_> {
    /// A document without its sums.
    fn document(
        self,
        source: Source,
        kind: DocumentKind,
        (id, day, shift, number): Name,
        (at, recorded_at): Times,
        (drive, number_on_it): Fiscal,
    ) -> ReceiptRow {
        ReceiptRow {
            spot: Spot { till: self.till.id.0, day, source, shift, number },
            kind,
            id,
            network: self.network.code.clone(),
            store: self.store.code.clone(),
            till: self.till.code.clone(),
            utc_offset_minutes: self.store.utc_offset_minutes,
            at: Moment(at),
            recorded_at: Moment(recorded_at),
            amount: Kopecks(0),
            earned: Points::ZERO,
            spent: Points::ZERO,
            restored: Points::ZERO,
            revoked: Points::ZERO,
            fiscal: drive.zip(number_on_it),
        }
    }

    /// The till's id.
    #[must_use]
    pub const fn id(&self) -> i64 {
        self.till.id.0
    }
}

impl<'a> Days<'a> {
    /// Days of a question.
    #[must_use]
    pub fn of(search: &ReceiptSearch, shift: Option<&'a str>) -> Self {
        Self { from: number_of(search.from), to: number_of(search.to), shift }
    }
}

/// Adds up a till's documents of one table: how many, and three sums.
macro_rules! sums_of_table {
    ($db:expr, $table:ident, $till:expr, $days:expr, $is:expr, $first:literal, $second:literal, $third:literal) => {{
        let days: Days<'_> = $days;
        let sums = (
            sql::<BigInt>("COUNT(*)"),
            sql::<BigInt>(concat!("CAST(COALESCE(SUM(", $first, "), 0) AS BIGINT)")),
            sql::<BigInt>(concat!("CAST(COALESCE(SUM(", $second, "), 0) AS BIGINT)")),
            sql::<BigInt>(concat!("CAST(COALESCE(SUM(", $third, "), 0) AS BIGINT)")),
        );
        let wanted = $table::table
            .filter($table::till_id.eq($till))
            .filter($table::local_day.ge(days.from))
            .filter($table::local_day.le(days.to))
            .filter($is);
        let found: (i64, i64, i64, i64) = match days.shift {
            Some(only) => {
                on!($db, c => wanted.filter($table::shift.eq(only)).select(sums).first(&mut **c))?
            }
            None => on!($db, c => wanted.select(sums).first(&mut **c))?,
        };
        found
    }};
}

/// Adds a till's documents to totals.
///
/// # Errors
/// A statement fails.
pub fn add_totals(db: &mut Db, till: i64, days: Days<'_>, totals: &mut ReceiptTotals) -> Result<(), StoreError> {
    let add = |sum: &mut i64, more: i64| *sum = sum.saturating_add(more);
    let cancelled = SaleState::Cancelled.word();
    let (count, amount, earned, spent) = sums_of_table!(
        db,
        receipts,
        till,
        days,
        receipts::state.ne(cancelled),
        "amount_due",
        "points_earned",
        "points_spent"
    );
    add(&mut totals.sales, count);
    add(&mut totals.sales_amount, amount);
    add(&mut totals.earned, earned);
    add(&mut totals.spent, spent);
    let (count, amount, _, _) = sums_of_table!(
        db,
        receipts,
        till,
        days,
        receipts::state.eq(cancelled),
        "amount_due",
        "points_earned",
        "points_spent"
    );
    add(&mut totals.cancelled, count);
    add(&mut totals.cancelled_amount, amount);
    let every = returns::number.is_not_null();
    let by_receipt =
        sums_of_table!(db, returns, till, days, every, "amount_refund", "points_restored", "points_revoked");
    let every = free_returns::number.is_not_null();
    // A return without a receipt restores nothing.
    let free = sums_of_table!(db, free_returns, till, days, every, "amount_refund", "0", "points_revoked");
    for (count, amount, restored, revoked) in [by_receipt, free] {
        add(&mut totals.returns, count);
        add(&mut totals.returns_amount, amount);
        add(&mut totals.restored, restored);
        add(&mut totals.revoked, revoked);
    }
    Ok(())
}
