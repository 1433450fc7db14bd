//! The answer to `ListLiability`: the journal up to a moment, added up by the database in steps.

use std::collections::BTreeMap;

use diesel::{dsl::sql, prelude::*, sql_types::BigInt};

use crate::{
    domain::{
        account::{Bucket, PointsClass},
        ids::{PartnerId, ProgrammeId},
        moment::Moment,
        reference::Reference,
    },
    store::{
        db::backend::{Db, on},
        error::StoreError,
        questions::{Reader, settlement::ENTRIES_PER_STEP},
        schema::{accounts, journal, lots},
        tables::{account::movement::buckets, reference::load_registry},
    },
    working_set::questions::{
        Answers, Unanswered,
        liability::{Holding, LiabilityRow, ListLiability},
        page::Page,
    },
};

/// Points by issuer and kind, in hundredths.
pub type Sums = BTreeMap<(PartnerId, Holding), i64>;

impl Answers<ListLiability> for Reader<'_> {
    /// A page of it; each page adds the journal up again.
    fn answer(&mut self, question: &ListLiability) -> Result<Page<LiabilityRow>, Unanswered> {
        let known = load_registry(self.db)?;
        let (asks, programme) = (question.actor.partner, question.actor.programme);
        let (mut sums, mut next) = (Sums::new(), Some(Moment(i64::MIN)));
        while let Some(from) = next {
            self.in_time()?;
            next = add(self.db, programme, (from, question.until), &mut sums)?;
        }
        if !known.runs(asks, programme) {
            sums.retain(|(issuer, _), _| *issuer == asks);
        }
        Ok(question.paging.page_of(rows(&sums, &known), |row| row.position))
    }
}

/// Adds up what was recorded from one moment up to, and without, another. Returns where the next step begins; `None` at
/// the end.
///
/// # Errors
/// A statement fails, or an entry is unreadable.
pub fn add(
    db: &mut Db,
    programme: ProgrammeId,
    (from, to): (Moment, Moment),
    sums: &mut Sums,
) -> Result<Option<Moment>, StoreError> {
    let rest = journal::recorded_at.ge(from.0).and(journal::recorded_at.lt(to.0));
    let next: Option<i64> = on!(db, c => journal::table
        .filter(rest)
        .order(journal::recorded_at)
        .offset(ENTRIES_PER_STEP)
        .limit(1)
        .select(journal::recorded_at)
        .first(&mut **c)
        .optional())?;
    // The entries of a millisecond belong to one step, however many they are.
    let next = next.map(|next| Moment(next.max(from.0.saturating_add(1))));
    let end = next.unwrap_or(to);
    let lot = lots::account_id.eq(journal::account_id).and(lots::lot_no.nullable().eq(journal::lot_no));
    let found: Vec<(i64, String, String, i64)> = on!(db, c => journal::table
        .inner_join(lots::table.on(lot))
        .inner_join(accounts::table.on(accounts::id.eq(journal::account_id)))
        .filter(journal::recorded_at.ge(from.0).and(journal::recorded_at.lt(end.0)))
        .filter(lots::class.eq(PointsClass::Bonus.word()))
        .filter(accounts::programme_id.eq(programme.0))
        .group_by((lots::issuer_id, journal::from_bucket, journal::to_bucket))
        .select((
            lots::issuer_id,
            journal::from_bucket,
            journal::to_bucket,
            sql::<BigInt>("CAST(SUM(journal.points) AS BIGINT)"),
        ))
        .load(&mut **c))?;
    for (issuer, from, to, points) in found {
        let (from, to) = buckets(&from, &to)?;
        for (bucket, points) in [(from, points.saturating_neg()), (to, points)] {
            if let Some(kind) = holding(bucket) {
                let sum = sums.entry((PartnerId(issuer), kind)).or_default();
                *sum = sum.saturating_add(points);
            }
        }
    }
    Ok(next)
}

/// The rows of sums that are not zero, in the list's order.
#[must_use]
pub fn rows(sums: &Sums, known: &Reference) -> Vec<LiabilityRow> {
    let row = |((issuer, kind), points): (&(PartnerId, Holding), &i64)| {
        let partner = known.partners.get(issuer);
        LiabilityRow {
            position: [issuer.0, kind.rank()],
            issued_by: partner.map_or_else(|| issuer.to_string(), |partner| partner.code.clone()),
            issued_by_name: partner.map_or_else(|| issuer.to_string(), |partner| partner.name.clone()),
            kind: *kind,
            points: *points,
        }
    };
    sums.iter().filter(|(_, points)| **points != 0).map(row).collect()
}

/// Whether a bucket is one of points that a customer holds.
const fn holding(bucket: Bucket) -> Option<Holding> {
    match bucket {
        Bucket::Available => Some(Holding::Available),
        Bucket::Pending => Some(Holding::Pending),
        Bucket::Reserved => Some(Holding::Reserved),
        Bucket::Issuer
        | Bucket::Spent
        | Bucket::Expired
        | Bucket::Revoked
        | Bucket::Debt
        | Bucket::Status
        | Bucket::Transfer => None,
    }
}
