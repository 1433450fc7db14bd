//! The programme's rules: how long points live, and which rules a receipt gets.

use chrono::{Datelike, Months};

use super::*;

/// How old a receipt may be when it comes.
pub const RECEIPT_AGE: i64 = 30 * DAY;
/// How long ago something may be that the office dates back.
pub const OFFICE_AGE: i64 = 365 * DAY;
/// How late a receipt may come and still get the rules of its own time.
const OWN_RULES_WITHIN: i64 = 36 * HOUR;

/// A version of the programme's rules.
#[derive(Debug, Clone)]
pub struct Rules {
    pub valid_from: i64,
    pub earn_points: i128,
    pub earn_step: i128,
    pub earn_unit: i128,
    pub rounding: &'static str,
    pub share: i128,
    pub spend_unit: i128,
    pub code: bool,
    pub hold_minutes: i64,
    pub code_minutes: i64,
    pub tries: i64,
    pub delay_days: u64,
    pub life: Life,
    /// So many status points for every whole `status_step` paid in money.
    pub status_points: i128,
    pub status_step: i128,
    pub grace_days: i64,
    pub policy: &'static str,
    /// Whether a phone alone does not spend.
    pub card_only: bool,
}

/// How long points live from when they are available; always through the end of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Life {
    Never,
    Days(u64),
    Months(u32),
    MonthEnd(u32),
    YearEnd(i32),
}

impl Rules {
    /// When points of a receipt can be spent, and until when: they wait from when the receipt comes, and lapse as if it had come
    /// at once.
    pub fn dates(&self, at: i64, now: i64) -> (i64, Option<i64>) {
        let at = at.min(now);
        let after_delay = |from: i64| if self.delay_days == 0 { from } else { midnight(from, self.delay_days) };
        let begins = if self.delay_days > 0 && now - at > CLOCK_TOLERANCE { after_delay(now) } else { after_delay(at) };
        (begins, self.life.end(after_delay(at)))
    }

    /// Whether such points will be there at some time.
    pub fn are_promised(&self, at: i64, now: i64) -> bool {
        let (begins, ends) = self.dates(at, now);
        ends.is_none_or(|ends| ends > now && ends >= begins)
    }
}

impl Life {
    /// The last moment of what is available from `from` on.
    pub(super) fn end(self, from: i64) -> Option<i64> {
        let day = local_day(from);
        let last = match self {
            Self::Never => return None,
            Self::Days(count) => day + Days::new(count),
            Self::Months(count) => day + Months::new(count),
            Self::MonthEnd(count) => day.with_day(1).unwrap() + Months::new(count + 1) - Days::new(1),
            Self::YearEnd(count) => NaiveDate::from_ymd_opt(day.year() + count, 12, 31).unwrap(),
        };
        Some(start_of(last + Days::new(1)) - 1)
    }
}

/// The rules in force at a moment: of those already valid the one recorded last.
pub fn in_force(versions: &[Rules], at: i64) -> Option<&Rules> {
    versions.iter().rfind(|rules| rules.valid_from <= at)
}

/// The rules that a receipt gets: those of its own time, unless it comes too late for them.
pub fn rules_for(versions: &[Rules], at: i64, now: i64) -> Option<&Rules> {
    in_force(versions, if now - at > OWN_RULES_WITHIN { now } else { at.min(now) })
}

/// Whether a document may be of such a time.
pub(super) fn may_be_of(at: i64, now: i64) -> Result<(), Refused> {
    may_be_within(at, now, RECEIPT_AGE)
}

/// Whether something may be of such a time that was at most so long ago.
pub(super) fn may_be_within(at: i64, now: i64, age: i64) -> Result<(), Refused> {
    if at > now + CLOCK_TOLERANCE {
        return Err("TIME_IN_FUTURE");
    }
    // Exactly so old is young enough.
    if now - at > age { Err("RECEIPT_TOO_OLD") } else { Ok(()) }
}
