//! Settlement between partners in a period, one figure for each row.

use std::collections::HashMap;

use chrono::{Days, NaiveDate, NaiveTime};

use crate::{
    domain::{
        ids::PartnerId,
        moment::Moment,
        reference::{Actor, Partner},
        refusal::Refusal,
    },
    working_set::questions::{
        Question,
        page::{Page, Paging},
    },
};

/// Lists the figures of a period for the caller's partner.
#[derive(Debug)]
pub struct ListSettlement {
    /// The caller.
    pub actor: Actor,
    /// The start, by recording time.
    pub from: Moment,
    /// The end, excluded.
    pub to: Moment,
    /// The page: after a row's figure, its accepting and its issuing partner.
    pub paging: Paging<[i64; 3]>,
}

/// The kind of a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Figure {
    /// Accepted as payment by one partner, issued by another or by itself.
    Spent,
    /// Issued to customers.
    Issued,
    /// Expired.
    Expired,
    /// Revoked for returned goods.
    Revoked,
    /// Used to close debts.
    ClosedDebts,
    /// The change of the points that customers hold; may be negative.
    Outstanding,
    /// What a partner receives from the others; negative when it owes.
    Position,
}

/// One figure of a period. Partners are given whole, or by their ids as long as no name is needed.
#[derive(Debug, Clone)]
pub struct SettlementRow<P = Partner> {
    /// The kind.
    pub figure: Figure,
    /// The partner that accepted the points, or whose position it is.
    pub taken_by: Option<P>,
    /// The issuing partner.
    pub issued_by: Option<P>,
    /// Points in hundredths, with their sign.
    pub points: i64,
}

impl ListSettlement {
    /// The question for a page of whole local days of the caller.
    ///
    /// # Errors
    /// The period ends before it begins, or the cursor does not belong to this list.
    pub fn new(
        actor: Actor,
        (from, to): (NaiveDate, NaiveDate),
        cursor: &str,
        rows: i32,
        rows_max: usize,
    ) -> Result<Self, Refusal> {
        if from > to {
            return Err(Refusal::PeriodInvalid);
        }
        let list = format!("ListSettlement {} {from} {to}", actor.partner);
        let after = to.checked_add_days(Days::new(1)).unwrap_or(NaiveDate::MAX);
        let midnight = |day: NaiveDate| Moment::from_local(day.and_time(NaiveTime::MIN), actor.utc_offset_minutes);
        let (from, to) = (midnight(from), midnight(after));
        Ok(Self { actor, from, to, paging: Paging::read(list, cursor, rows, rows_max)? })
    }
}

impl Figure {
    /// Every figure, in the order of the list.
    pub const ALL: [Self; 7] =
        [Self::Spent, Self::Issued, Self::Expired, Self::Revoked, Self::ClosedDebts, Self::Outstanding, Self::Position];

    /// The contract's word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Spent => "spent",
            Self::Issued => "issued",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
            Self::ClosedDebts => "closed_debts",
            Self::Outstanding => "outstanding",
            Self::Position => "position",
        }
    }

    /// Its position in the order.
    const fn rank(self) -> i64 {
        match self {
            Self::Spent => 0,
            Self::Issued => 1,
            Self::Expired => 2,
            Self::Revoked => 3,
            Self::ClosedDebts => 4,
            Self::Outstanding => 5,
            Self::Position => 6,
        }
    }
}

impl SettlementRow<PartnerId> {
    /// Its position in the list.
    #[must_use]
    pub fn position(&self) -> [i64; 3] {
        let id = |partner: Option<PartnerId>| partner.map_or(0, |partner| partner.0);
        [self.figure.rank(), id(self.taken_by), id(self.issued_by)]
    }

    /// The same with whole partners. One that is not among `partners` is shown by its id.
    #[must_use]
    pub fn named(&self, partners: &HashMap<PartnerId, Partner>) -> SettlementRow {
        let named = |id: PartnerId| {
            let unknown = || Partner { id, code: id.to_string(), name: format!("partner {id}"), disabled: false };
            partners.get(&id).cloned().unwrap_or_else(unknown)
        };
        let (taken_by, issued_by) = (self.taken_by.map(named), self.issued_by.map(named));
        SettlementRow { figure: self.figure, taken_by, issued_by, points: self.points }
    }
}

impl Question for ListSettlement {
    type Outcome = Page<SettlementRow>;
}
