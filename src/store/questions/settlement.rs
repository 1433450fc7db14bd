//! Settlement between partners: the issuer of a point owes the partner that accepted it as payment.
//!
//! It is computed from the journal alone, by recording time, so a closed period never changes. A late entry belongs to the
//! period in which it was recorded.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

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
        schema::{journal, lots},
        tables::{account::movement::buckets, reference},
    },
    working_set::questions::{
        Answers, Unanswered,
        page::Page,
        settlement::{Figure, ListSettlement, SettlementRow},
    },
};

/// Entries in one step, more only when they share a millisecond. After each step a question looks at its time.
pub const ENTRIES_PER_STEP: i64 = 20_000;

/// What became of the points that a partner gave, in hundredths; each figure is the change within the period.
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
    /// The partners.
    pub partners: Arc<HashMap<PartnerId, Partner>>,
}

impl Settlement {
    /// What each partner receives from the others; negative when it owes. The sum over all is zero.
    #[must_use]
    pub fn positions(&self) -> BTreeMap<PartnerId, i64> {
        let mut positions: BTreeMap<PartnerId, i64> = self.issued.keys().map(|partner| (*partner, 0)).collect();
        for ((taker, giver), points) in &self.spent {
            let gets = positions.entry(*taker).or_default();
            *gets = gets.saturating_add(*points);
            let owes = positions.entry(*giver).or_default();
            *owes = owes.saturating_sub(*points);
        }
        positions
    }

    /// All figures that are not zero, in the order of the list.
    #[must_use]
    pub fn rows(&self) -> Vec<SettlementRow> {
        let partner = |id: PartnerId| {
            let unknown = || Partner { id, code: id.to_string(), name: format!("partner {id}") };
            Some(self.partners.get(&id).cloned().unwrap_or_else(unknown))
        };
        let row = |figure, taken_by, issued_by, points| SettlementRow { figure, taken_by, issued_by, points };
        let spent = |((taker, giver), points): (&(PartnerId, PartnerId), &i64)| {
            row(Figure::Spent, partner(*taker), partner(*giver), *points)
        };
        let mut rows: Vec<SettlementRow> = self.spent.iter().map(spent).collect();
        for (giver, figures) in &self.issued {
            let figures = [
                (Figure::Issued, figures.issued),
                (Figure::Expired, figures.expired),
                (Figure::Revoked, figures.revoked),
                (Figure::ClosedDebts, figures.closed_debts),
                (Figure::Outstanding, figures.outstanding),
            ];
            let changed = figures.into_iter().filter(|(_, points)| *points != 0);
            rows.extend(changed.map(|(figure, points)| row(figure, None, partner(*giver), points)));
        }
        rows.extend(self.positions().into_iter().map(|(id, points)| row(Figure::Position, partner(id), None, points)));
        rows.sort_by_key(SettlementRow::position);
        rows
    }
}

/// Settles a period: from one moment, up to and without another, so many entries at a time.
///
/// # Errors
/// A statement fails, or an entry is unreadable.
pub fn settle(db: &mut Db, (from, to): (Moment, Moment), entries_per_step: i64) -> Result<Settlement, StoreError> {
    let mut settlement = Settlement::default();
    let mut next = Some(from);
    while let Some(from) = next {
        next = db.transaction(Purpose::Read, |db| step(db, (from, to), entries_per_step, &mut settlement))?;
    }
    settlement.partners = reference::load(db)?.partners;
    Ok(settlement)
}

impl Answers<ListSettlement> for Reader<'_> {
    /// A page of a period's figures that concern one partner. All entries of the period are added up for each page.
    fn answer(&mut self, question: &ListSettlement) -> Result<Page<SettlementRow>, Unanswered> {
        let mut settlement = Settlement::default();
        let mut next = Some(question.from);
        while let Some(from) = next {
            self.in_time()?;
            next = step(self.db, (from, question.to), ENTRIES_PER_STEP, &mut settlement)?;
        }
        settlement.partners = reference::load(self.db)?.partners;
        let (asks, paging) = (question.actor.partner, &question.paging);
        let concerns = |partner: &Option<Partner>| partner.as_ref().is_some_and(|partner| partner.id == asks);
        let rows = settlement.rows().into_iter().filter(|row| concerns(&row.taken_by) || concerns(&row.issued_by));
        let rest = rows.filter(|row| paging.after.is_none_or(|after| row.position() > after));
        Ok(paging.page(rest, SettlementRow::position))
    }
}

/// Adds up what was recorded from a moment on, up to and without another. Answers where the next step begins; nothing when
/// the period is over.
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
    // Who gave a lot is said by the entry that began it, maybe before the period, and by the lot. Lots never go.
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
    for (partner, giver, from, to, points) in sums {
        let giver = PartnerId(giver);
        // An entry of a sale names the partner at whose till it was; without one, it is the giver's own affair.
        take(settlement, partner.map_or(giver, PartnerId), giver, buckets(&from, &to)?, points);
    }
    Ok(next)
}

/// Adds points that were moved.
fn take(settlement: &mut Settlement, taker: PartnerId, giver: PartnerId, (from, to): (Bucket, Bucket), points: i64) {
    let issued = settlement.issued.entry(giver).or_default();
    for (bucket, points) in [(from, points.saturating_neg()), (to, points)] {
        let figure = match bucket {
            Bucket::Spent => {
                let sum = settlement.spent.entry((taker, giver)).or_default();
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
