//! What partners owe each other for points: whoever gave a point owes whoever took it as payment.
//!
//! Computed from the journal alone, by the time of recording, so that a closed period never changes: what arrives late belongs
//! to the period in which it arrived.

use std::collections::{BTreeMap, HashMap};

use crate::{
    domain::{
        account::{Bucket, Movement, PointsClass},
        ids::PartnerId,
        moment::Moment,
    },
    store::{
        books::verify::{for_entries, steps},
        db::backend::{Db, Purpose},
        error::StoreError,
        tables::reference,
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
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settlement {
    /// Points taken by one partner that another (or the same) gave: (who took them, who gave them).
    pub spent: BTreeMap<(PartnerId, PartnerId), i64>,
    /// By who gave them.
    pub issued: BTreeMap<PartnerId, Issued>,
    /// Names of partners.
    pub partners: HashMap<PartnerId, String>,
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
}

/// Settles a period: from one moment, up to and without another.
///
/// # Errors
/// A statement fails, or an entry is unreadable.
pub fn settle(db: &mut Db, from: Moment, to: Moment) -> Result<Settlement, StoreError> {
    let mut settlement = Settlement::default();
    let mut after = i64::MIN;
    loop {
        let last = db.transaction(Purpose::Read, |db| step(db, after, (from, to), &mut settlement))?;
        match last {
            Some(last) => after = last,
            None => break,
        }
    }
    let known = reference::load(db)?;
    settlement.partners = known.partners.values().map(|partner| (partner.id, partner.name.clone())).collect();
    Ok(settlement)
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
