//! What partners owe each other for points: the partner that issued a point owes the one that accepted it as payment.
//!
//! Computed from the journal alone, by the time of recording, so that a closed period never changes: what arrives late belongs
//! to the period in which it arrived.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use crate::{
    domain::{
        account::{Bucket, Movement, PointsClass},
        ids::PartnerId,
        moment::Moment,
        reference::Partner,
    },
    store::{
        books::verify::{for_entries, steps},
        db::backend::{Db, Purpose},
        error::StoreError,
        questions::Reader,
        tables::reference,
    },
    working_set::questions::{
        Answers, Unanswered,
        page::Page,
        settlement::{Figure, ListSettlement, SettlementRow},
    },
};

/// What became of the points that a partner gave, in hundredths; each figure is the change within the period.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Issued {
    /// Given to customers.
    pub issued: i64,
    /// Taken as payment, less what came back by returns and cancellations.
    pub spent: i64,
    /// Lapsed.
    pub expired: i64,
    /// Taken back for returned goods.
    pub revoked: i64,
    /// Used to close debts.
    pub closed_debts: i64,
    /// More (or fewer) in customers' hands at the end than at the beginning.
    pub outstanding: i64,
}

impl Issued {
    /// What is left when everything that became of the points is taken from what was given: nothing.
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

/// A period's accounts between partners.
#[derive(Debug, Clone, Default)]
pub struct Settlement {
    /// Points taken by one partner that another (or the same) gave: (who took them, who gave them).
    pub spent: BTreeMap<(PartnerId, PartnerId), i64>,
    /// By who gave them.
    pub issued: BTreeMap<PartnerId, Issued>,
    /// The partners.
    pub partners: Arc<HashMap<PartnerId, Partner>>,
}

impl Settlement {
    /// What each partner gets from the others (negative: owes them); the sum over all is nothing.
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

    /// All figures that are not nothing, in the order of the list.
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

/// Settles a period: from one moment, up to and without another.
///
/// # Errors
/// A statement fails, or an entry is unreadable.
pub fn settle(db: &mut Db, from: Moment, to: Moment) -> Result<Settlement, StoreError> {
    let mut settlement = Settlement::default();
    let mut after = i64::MIN;
    while let Some(last) = db.transaction(Purpose::Read, |db| step(db, after, (from, to), &mut settlement))? {
        after = last;
    }
    settlement.partners = reference::load(db)?.partners;
    Ok(settlement)
}

impl Answers<ListSettlement> for Reader<'_> {
    /// A page of a period's figures that concern one partner. The whole journal is read for it: of a large one that takes longer
    /// than a question may, and the command line has to be asked.
    fn answer(&mut self, question: &ListSettlement) -> Result<Page<SettlementRow>, Unanswered> {
        let mut settlement = Settlement::default();
        let mut after = i64::MIN;
        while let Some(last) = step(self.db, after, (question.from, question.to), &mut settlement)? {
            self.in_time()?;
            after = last;
        }
        settlement.partners = reference::load(self.db)?.partners;
        let (asks, paging) = (question.actor.partner, &question.paging);
        let concerns = |partner: &Option<Partner>| partner.as_ref().is_some_and(|partner| partner.id == asks);
        let rows = settlement.rows().into_iter().filter(|row| concerns(&row.taken_by) || concerns(&row.issued_by));
        let rest = rows.filter(|row| paging.after.is_none_or(|after| row.position() > after));
        Ok(paging.page(rest, SettlementRow::position))
    }
}

fn step(
    db: &mut Db,
    after: i64,
    (from, to): (Moment, Moment),
    settlement: &mut Settlement,
) -> Result<Option<i64>, StoreError> {
    let ids = steps(db, after)?;
    let (Some(first), Some(last)) = (ids.first().copied(), ids.last().copied()) else { return Ok(None) };
    // Who gave a lot is said where it begins, which may be before the period.
    let mut givers: HashMap<(i64, i64), (PartnerId, PointsClass)> = HashMap::new();
    let mut unreadable = None;
    for_entries(db, first, last, |row| match row.movement() {
        Ok(entry) => {
            let Some(lot) = entry.lot else { return };
            let key = (row.account_id, lot.0);
            if let Some(terms) = entry.terms {
                givers.insert(key, (terms.issuer, terms.class));
            }
            if let Some((giver, PointsClass::Bonus)) = givers.get(&key).copied()
                && entry.recorded_at >= from
                && entry.recorded_at < to
            {
                take(settlement, &entry, giver);
            }
        }
        Err(error) => unreadable = Some(error),
    })?;
    unreadable.map_or(Ok(Some(last)), Err)
}

fn take(settlement: &mut Settlement, entry: &Movement, giver: PartnerId) {
    let points = entry.points.0;
    let issued = settlement.issued.entry(giver).or_default();
    for (bucket, points) in [(entry.from, points.saturating_neg()), (entry.to, points)] {
        let figure = match bucket {
            Bucket::Spent => {
                // An entry of a sale names the partner at whose till it was; without one, it is the giver's own affair.
                let taker = entry.cause.partner.unwrap_or(giver);
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
            // To another account of the same customer, where it arrives with the same giver.
            Bucket::Transfer | Bucket::Status => continue,
        };
        *figure = figure.saturating_add(points);
    }
}
