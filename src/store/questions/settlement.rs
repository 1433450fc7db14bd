//! Settlement between partners: the issuer of a point owes the partner that accepted it as payment.
//!
//! It is computed from the journal alone, by recording time, so a closed period never changes. A late entry belongs to the
//! period in which it was recorded.

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
        books::walk::{for_entries, steps},
        db::backend::{Db, Purpose},
        error::StoreError,
        questions::Reader,
        tables::reference,
    },
    working_set::questions::{
        page::Page,
        settlement::{Figure, ListSettlement, SettlementRow},
    },
};

/// The figures of the points that a partner issued, in hundredths; each is the change within the period.
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

/// Settles a period, its end excluded.
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

/// A page of a period's figures for one partner. It reads the whole journal. For a large one that exceeds the time limit,
/// and the command line has to be used.
///
/// # Errors
/// A statement fails, an entry is unreadable, or the time limit is exceeded.
pub(super) fn page(reader: &mut Reader<'_>, question: &ListSettlement) -> Result<Page<SettlementRow>, StoreError> {
    let mut settlement = Settlement::default();
    let mut after = i64::MIN;
    while let Some(last) = step(reader.db, after, (question.from, question.to), &mut settlement)? {
        reader.in_time()?;
        after = last;
    }
    settlement.partners = reference::load(reader.db)?.partners;
    let (asks, paging) = (question.actor.partner, &question.paging);
    let concerns = |partner: &Option<Partner>| partner.as_ref().is_some_and(|partner| partner.id == asks);
    let rows = settlement.rows().into_iter().filter(|row| concerns(&row.taken_by) || concerns(&row.issued_by));
    let rest = rows.filter(|row| paging.after.is_none_or(|after| row.position() > after));
    Ok(paging.page(rest, SettlementRow::position))
}

fn step(
    db: &mut Db,
    after: i64,
    (from, to): (Moment, Moment),
    settlement: &mut Settlement,
) -> Result<Option<i64>, StoreError> {
    let ids = steps(db, after)?;
    let (Some(first), Some(last)) = (ids.first().copied(), ids.last().copied()) else { return Ok(None) };
    // The issuer of a lot is in its first entry, which may be before the period.
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
                // An entry of a sale names the partner of its till; without one, the issuer itself counts.
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
            // A merge moves them to another account, with the same issuer.
            Bucket::Transfer | Bucket::Status => continue,
        };
        *figure = figure.saturating_add(points);
    }
}
