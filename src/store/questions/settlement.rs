//! Settlement between partners: the issuer of a point owes the partner that accepted it as payment.
//!
//! It is computed from the journal alone, by recording time, so a closed period never changes. A late entry belongs to
//! the period in which it was recorded.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use diesel::{dsl::sql, prelude::*, sql_types::BigInt};

use crate::{
    domain::{
        account::{Bucket, PointsClass},
        ids::PartnerId,
        moment::Moment,
        reference::Partner,
    },
    store::{
        db::backend::{Db, Purpose, on},
        error::StoreError,
        questions::Reader,
        schema::{journal, lots, partners},
        sql::any_of::AnyOfValues as _,
        tables::account::movement::buckets,
    },
    working_set::questions::{
        Answers, Unanswered,
        page::Page,
        settlement::{Figure, ListSettlement, SettlementRow},
    },
};

/// Entries in one step, more only when they share a millisecond. After each step a question looks at its time.
pub const ENTRIES_PER_STEP: i64 = 20_000;

/// What became of the points that a partner issued, in hundredths; each figure is the change within the period.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Issued {
    /// Issued to customers.
    pub issued: i64,
    /// Accepted as payment, less returns and cancellations.
    pub spent: i64,
    /// Expired.
    pub expired: i64,
    /// Revoked for returned goods.
    pub revoked: i64,
    /// Used to close debts.
    pub closed_debts: i64,
    /// The change of the points that customers hold; may be negative.
    pub outstanding: i64,
}

impl Issued {
    /// The issued points less all other figures; always zero.
    #[must_use]
    pub const fn rest(&self) -> i64 {
        self.issued
            .saturating_sub(self.spent)
            .saturating_sub(self.expired)
            .saturating_sub(self.revoked)
            .saturating_sub(self.closed_debts)
            .saturating_sub(self.outstanding)
    }
}

/// The settlement of a period.
#[derive(Debug, Clone, Default)]
pub struct Settlement {
    /// Points accepted, by (accepting partner, issuing partner).
    pub spent: BTreeMap<(PartnerId, PartnerId), i64>,
    /// The figures by issuing partner.
    pub issued: BTreeMap<PartnerId, Issued>,
}

impl Settlement {
    /// What each partner receives from the others; negative when it owes. The sum over all is zero.
    #[must_use]
    pub fn positions(&self) -> BTreeMap<PartnerId, i64> {
        let mut positions: BTreeMap<PartnerId, i64> = self.issued.keys().map(|partner| (*partner, 0)).collect();
        for ((taken_by, issued_by), points) in &self.spent {
            let gets = positions.entry(*taken_by).or_default();
            *gets = gets.saturating_add(*points);
            let owes = positions.entry(*issued_by).or_default();
            *owes = owes.saturating_sub(*points);
        }
        positions
    }

    /// All figures that are not zero, in the order of the list.
    #[must_use]
    pub fn rows(&self) -> Vec<SettlementRow<PartnerId>> {
        let row = |figure, taken_by, issued_by, points| SettlementRow { figure, taken_by, issued_by, points };
        let spent = |((taken_by, issued_by), points): (&(PartnerId, PartnerId), &i64)| {
            row(Figure::Spent, Some(*taken_by), Some(*issued_by), *points)
        };
        let mut rows: Vec<SettlementRow<PartnerId>> = self.spent.iter().map(spent).collect();
        for (issuer, figures) in &self.issued {
            let figures = [
                (Figure::Issued, figures.issued),
                (Figure::Expired, figures.expired),
                (Figure::Revoked, figures.revoked),
                (Figure::ClosedDebts, figures.closed_debts),
                (Figure::Outstanding, figures.outstanding),
            ];
            let changed = figures.into_iter().filter(|(_, points)| *points != 0);
            rows.extend(changed.map(|(figure, points)| row(figure, None, Some(*issuer), points)));
        }
        rows.extend(self.positions().into_iter().map(|(id, points)| row(Figure::Position, Some(id), None, points)));
        rows.sort_by_key(SettlementRow::position);
        rows
    }
}

/// Adds up a period, from one moment up to and without another, in steps of so many entries.
///
/// # Errors
/// A statement fails, or an entry is unreadable.
pub fn settle(db: &mut Db, (from, to): (Moment, Moment), entries_per_step: i64) -> Result<Settlement, StoreError> {
    let mut settlement = Settlement::default();
    let mut next = Some(from);
    while let Some(from) = next {
        next = db.transaction(Purpose::Read, |db| step(db, (from, to), entries_per_step, &mut settlement))?;
    }
    Ok(settlement)
}

/// The partners that rows name.
///
/// # Errors
/// The statement fails.
pub fn partners_of(db: &mut Db, rows: &[SettlementRow<PartnerId>]) -> Result<HashMap<PartnerId, Partner>, StoreError> {
    let named: BTreeSet<PartnerId> = rows.iter().flat_map(|row| [row.taken_by, row.issued_by]).flatten().collect();
    let ids: Vec<i64> = named.into_iter().map(|partner| partner.0).collect();
    let rows: Vec<(i64, String, String, Option<bool>)> = on!(db, c => partners::table
        .filter(partners::id.any_of(&ids))
        .select((partners::id, partners::code, partners::name, partners::disabled))
        .load(&mut **c))?;
    let partners = rows.into_iter().map(|(id, code, name, disabled)| {
        let id = PartnerId(id);
        (id, Partner { id, code, name, disabled: disabled.unwrap_or_default() })
    });
    Ok(partners.collect())
}

impl Answers<ListSettlement> for Reader<'_> {
    /// A page of a period's figures that concern one partner. Each page adds up all entries of the period again: sums
    /// of one page alone would cost the same, and nothing is kept between two pages.
    fn answer(&mut self, question: &ListSettlement) -> Result<Page<SettlementRow>, Unanswered> {
        let mut settlement = Settlement::default();
        let mut next = Some(question.from);
        while let Some(from) = next {
            self.in_time()?;
            next = step(self.db, (from, question.to), ENTRIES_PER_STEP, &mut settlement)?;
        }
        let (asks, paging) = (question.actor.partner, &question.paging);
        let concerns = |row: &SettlementRow<PartnerId>| [row.taken_by, row.issued_by].contains(&Some(asks));
        let rows = settlement.rows().into_iter().filter(concerns);
        let rest = rows.filter(|row| paging.after.is_none_or(|after| row.position() > after));
        let page = paging.page(rest, SettlementRow::position);
        let partners = partners_of(self.db, &page.rows)?;
        Ok(Page { rows: page.rows.iter().map(|row| row.named(&partners)).collect(), next: page.next })
    }
}

/// Adds up what was recorded from one moment up to, and without, another. Returns where the next step begins; `None` at
/// the end of the period.
fn step(
    db: &mut Db,
    (from, to): (Moment, Moment),
    entries_max: i64,
    settlement: &mut Settlement,
) -> Result<Option<Moment>, StoreError> {
    type Sum = (Option<i64>, i64, String, String, i64);
    let rest = journal::recorded_at.ge(from.0).and(journal::recorded_at.lt(to.0));
    let next: Option<i64> = on!(db, c => journal::table
        .filter(rest)
        .order(journal::recorded_at)
        .offset(entries_max)
        .limit(1)
        .select(journal::recorded_at)
        .first(&mut **c)
        .optional())?;
    // The entries of a millisecond belong to one step, however many they are.
    let next = next.map(|next| Moment(next.max(from.0.saturating_add(1))));
    let end = next.unwrap_or(to);
    // The issuer stands in the lot's first entry, which may lie before the period, and in the lot's row. Lots are never
    // deleted.
    let lot = lots::account_id.eq(journal::account_id).and(lots::lot_no.nullable().eq(journal::lot_no));
    let sums: Vec<Sum> = on!(db, c => journal::table
        .inner_join(lots::table.on(lot))
        .filter(journal::recorded_at.ge(from.0).and(journal::recorded_at.lt(end.0)))
        .filter(lots::class.eq(PointsClass::Bonus.word()))
        .group_by((journal::partner_id, lots::issuer_id, journal::from_bucket, journal::to_bucket))
        .select((
            journal::partner_id,
            lots::issuer_id,
            journal::from_bucket,
            journal::to_bucket,
            sql::<BigInt>("CAST(SUM(journal.points) AS BIGINT)"),
        ))
        .load(&mut **c))?;
    for (partner, issuer, from, to, points) in sums {
        let issuer = PartnerId(issuer);
        // An entry of a sale names the partner at whose till it was. An entry without a partner counts for the issuer
        // itself.
        add(settlement, (partner.map_or(issuer, PartnerId), issuer), buckets(&from, &to)?, points);
    }
    Ok(next)
}

/// Adds points that were moved from one bucket to another, at the till of the one partner and issued by the other.
fn add(
    settlement: &mut Settlement,
    (taken_by, issued_by): (PartnerId, PartnerId),
    (from, to): (Bucket, Bucket),
    points: i64,
) {
    let issued = settlement.issued.entry(issued_by).or_default();
    for (bucket, points) in [(from, points.saturating_neg()), (to, points)] {
        let figure = match bucket {
            Bucket::Spent => {
                let sum = settlement.spent.entry((taken_by, issued_by)).or_default();
                *sum = sum.saturating_add(points);
                &mut issued.spent
            }
            Bucket::Pending | Bucket::Available | Bucket::Reserved => &mut issued.outstanding,
            Bucket::Expired => &mut issued.expired,
            Bucket::Revoked => &mut issued.revoked,
            Bucket::Debt => &mut issued.closed_debts,
            Bucket::Issuer => {
                issued.issued = issued.issued.saturating_sub(points);
                continue;
            }
            // A merge moves them to another account, with the same issuer.
            Bucket::Transfer | Bucket::Status => continue,
        };
        *figure = figure.saturating_add(points);
    }
}
