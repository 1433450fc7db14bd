//! Points outstanding at the end of a day: what partners owe their customers.

use chrono::{Days, NaiveDate, NaiveTime};

use crate::{
    domain::{moment::Moment, reference::Actor, refusal::Refusal},
    working_set::questions::{
        Question,
        page::{Page, Paging},
    },
};

/// Lists what is outstanding, of the caller's partner or of all partners of the programme that it runs.
#[derive(Debug)]
pub struct ListLiability {
    /// The caller.
    pub actor: Actor,
    /// Up to this moment, by the time of recording; excluded.
    pub until: Moment,
    /// The page: after a row's issuer and kind.
    pub paging: Paging<[i64; 2]>,
}

/// What kind of points a customer holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Holding {
    /// They can be spent.
    Available,
    /// They wait to become available.
    Pending,
    /// They are held for a sale.
    Reserved,
}

/// Points outstanding of one issuer and kind.
#[derive(Debug, Clone)]
pub struct LiabilityRow {
    /// Its place in the list.
    pub position: [i64; 2],
    /// The issuer's code.
    pub issued_by: String,
    /// The issuer's name.
    pub issued_by_name: String,
    /// The kind.
    pub kind: Holding,
    /// Points in hundredths.
    pub points: i64,
}

impl ListLiability {
    /// The question for a page: the end of a local day of the caller.
    ///
    /// # Errors
    /// The cursor does not belong to this list.
    pub fn new(actor: Actor, day: NaiveDate, cursor: &str, rows: i32, rows_max: usize) -> Result<Self, Refusal> {
        let list = format!("ListLiability {} {} {day}", actor.partner, actor.programme);
        let until = end_of(day, actor.utc_offset_minutes);
        Ok(Self { actor, until, paging: Paging::read(list, cursor, rows, rows_max)? })
    }
}

/// The moment at which a local day has ended.
#[must_use]
pub fn end_of(day: NaiveDate, utc_offset_minutes: i32) -> Moment {
    let after = day.checked_add_days(Days::new(1)).unwrap_or(NaiveDate::MAX);
    Moment::from_local(after.and_time(NaiveTime::MIN), utc_offset_minutes)
}

impl Holding {
    /// The contract's word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Available => "available",
            Self::Pending => "pending",
            Self::Reserved => "reserved",
        }
    }

    /// Its place among the kinds.
    #[must_use]
    pub const fn rank(self) -> i64 {
        match self {
            Self::Available => 0,
            Self::Pending => 1,
            Self::Reserved => 2,
        }
    }
}

impl Question for ListLiability {
    type Outcome = Page<LiabilityRow>;
}
