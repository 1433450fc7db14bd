//! Time in the domain: milliseconds since 1970 in UTC, and the local days of a store.

use chrono::{DateTime, Datelike as _, Days, FixedOffset, Months, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Utc};

/// A point in time, in milliseconds since 1970-01-01T00:00:00Z. Both databases keep exactly this integer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(pub i64);

/// A span of time in milliseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(pub i64);

impl Span {
    /// A span of seconds.
    #[must_use]
    pub const fn seconds(count: i64) -> Self {
        Self(count.saturating_mul(1_000))
    }

    /// A span of minutes.
    #[must_use]
    pub const fn minutes(count: i64) -> Self {
        Self::seconds(count.saturating_mul(60))
    }

    /// A span of days of 24 hours each; for the days of a calendar see [`Moment::end_of_local_day`].
    #[must_use]
    pub const fn days(count: i64) -> Self {
        Self::minutes(count.saturating_mul(24 * 60))
    }
}

impl Moment {
    /// This moment and a span.
    #[must_use]
    pub const fn after(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }

    /// This moment minus a span.
    #[must_use]
    pub const fn before(self, span: Span) -> Self {
        Self(self.0.saturating_sub(span.0))
    }

    /// From a local date and time at an offset from UTC in minutes.
    #[must_use]
    pub fn from_local(local: NaiveDateTime, utc_offset_minutes: i32) -> Self {
        Self(local.and_utc().timestamp_millis().saturating_sub(i64::from(utc_offset_minutes).saturating_mul(60_000)))
    }

    /// The local date and time at an offset from UTC in minutes; clamped to the representable range.
    #[must_use]
    pub fn local(self, utc_offset_minutes: i32) -> NaiveDateTime {
        let utc = Utc.timestamp_millis_opt(self.0).single().unwrap_or(DateTime::<Utc>::MIN_UTC);
        FixedOffset::east_opt(utc_offset_minutes.saturating_mul(60))
            .map_or(utc.naive_utc(), |offset| utc.with_timezone(&offset).naive_local())
    }

    /// The last millisecond of the local day that is `days` days after this moment's own local day: where lots
    /// expire («ends at the end of the local day»).
    #[must_use]
    pub fn end_of_local_day(self, days: u32, utc_offset_minutes: i32) -> Self {
        self.start_of_local_day(days.saturating_add(1), utc_offset_minutes).before(Span(1))
    }

    /// Midnight that begins the local day `days` days after this moment's own: where pending lots become active.
    #[must_use]
    pub fn start_of_local_day(self, days: u32, utc_offset_minutes: i32) -> Self {
        let date = self.local(utc_offset_minutes).date();
        let then = date.checked_add_days(Days::new(u64::from(days))).unwrap_or(NaiveDate::MAX);
        Self::from_local(then.and_time(NaiveTime::MIN), utc_offset_minutes)
    }

    /// The last millisecond of the local day of the same number `months` months on; of the month's last day where the
    /// month is too short for the number.
    #[must_use]
    pub fn end_of_day_after_months(self, months: u32, utc_offset_minutes: i32) -> Self {
        let date = self.local(utc_offset_minutes).date();
        Self::end_of_date(date.checked_add_months(Months::new(months)), utc_offset_minutes)
    }

    /// The last millisecond of the local month that is `months` months after this moment's own.
    #[must_use]
    pub fn end_of_local_month(self, months: u32, utc_offset_minutes: i32) -> Self {
        let first = self.local(utc_offset_minutes).date().with_day(1);
        let next = first.and_then(|first| first.checked_add_months(Months::new(months.saturating_add(1))));
        Self::end_of_date(next.and_then(|next| next.pred_opt()), utc_offset_minutes)
    }

    /// The last millisecond of the local year that is `years` years after this moment's own.
    #[must_use]
    pub fn end_of_local_year(self, years: u32, utc_offset_minutes: i32) -> Self {
        let year = self.local(utc_offset_minutes).date().year().saturating_add_unsigned(years);
        Self::end_of_date(NaiveDate::from_ymd_opt(year, 12, 31), utc_offset_minutes)
    }

    fn end_of_date(date: Option<NaiveDate>, utc_offset_minutes: i32) -> Self {
        let next = date.and_then(|date| date.succ_opt()).unwrap_or(NaiveDate::MAX);
        Self::from_local(next.and_time(NaiveTime::MIN), utc_offset_minutes).before(Span(1))
    }

    /// How long after `earlier` this is; negative when it is before.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }
}

/// A time from a till, with an offset from UTC or local to the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GivenTime {
    /// The date and time.
    pub local: NaiveDateTime,
    /// Its offset from UTC in minutes, if one was written.
    pub utc_offset_minutes: Option<i32>,
}

impl GivenTime {
    /// The moment; without an offset it is local to the store.
    #[must_use]
    pub fn at(&self, store_offset_minutes: i32) -> Moment {
        Moment::from_local(self.local, self.utc_offset_minutes.unwrap_or(store_offset_minutes))
    }
}

/// The local day of a moment, as days since 1970-01-01; a part of a receipt's natural key.
#[must_use]
pub fn local_day(at: Moment, utc_offset_minutes: i32) -> i64 {
    days_between(NaiveDate::default(), at.local(utc_offset_minutes).date())
}

/// A date in Russian notation: `21.11.2026`.
#[must_use]
pub fn russian_date(local: NaiveDateTime) -> String {
    local.format("%d.%m.%Y").to_string()
}

/// How many days from one local date to another.
#[must_use]
pub fn days_between(from: NaiveDate, to: NaiveDate) -> i64 {
    to.signed_duration_since(from).num_days()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOSCOW: i32 = 180;

    fn at(text: &str) -> Moment {
        Moment::from_local(NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").unwrap(), MOSCOW)
    }

    #[test]
    fn a_day_ends_at_local_midnight_not_at_utc_midnight() {
        let late_evening = at("2026-11-21 23:30:00");
        assert_eq!(late_evening.end_of_local_day(0, MOSCOW).after(Span(1)), at("2026-11-22 00:00:00"));
        assert_eq!(late_evening.start_of_local_day(1, MOSCOW), at("2026-11-22 00:00:00"));
        assert_eq!(at("2026-11-22 00:00:00").end_of_local_day(365, MOSCOW).after(Span(1)), at("2027-11-23 00:00:00"));
    }

    #[test]
    fn months_clamp_to_the_last_day_and_calendars_end_at_their_ends() {
        let last = |moment: Moment| moment.after(Span(1));
        let january = at("2027-01-31 23:59:59");
        assert_eq!(last(january.end_of_day_after_months(1, MOSCOW)), at("2027-03-01 00:00:00"));
        assert_eq!(last(january.end_of_day_after_months(13, MOSCOW)), at("2028-03-01 00:00:00"));
        assert_eq!(last(january.end_of_day_after_months(3, MOSCOW)), at("2027-05-01 00:00:00"));
        assert_eq!(last(january.end_of_local_month(0, MOSCOW)), at("2027-02-01 00:00:00"));
        assert_eq!(last(january.end_of_local_month(1, MOSCOW)), at("2027-03-01 00:00:00"));
        assert_eq!(last(january.end_of_local_year(0, MOSCOW)), at("2028-01-01 00:00:00"));
        assert_eq!(last(at("2027-12-31 23:59:59").end_of_local_year(1, MOSCOW)), at("2029-01-01 00:00:00"));
    }

    #[test]
    fn local_time_comes_back_as_it_went() {
        let local = NaiveDateTime::parse_from_str("2026-02-28 12:00:01", "%Y-%m-%d %H:%M:%S").unwrap();
        assert_eq!(Moment::from_local(local, MOSCOW).local(MOSCOW), local);
    }
}
