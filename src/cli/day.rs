//! Days as arguments.

use chrono::NaiveDate;

/// A day as programs write it, or as people in Russia do.
pub(super) fn day(text: &str) -> Result<NaiveDate, String> {
    let read = |format| NaiveDate::parse_from_str(text, format).ok();
    read("%Y-%m-%d").or_else(|| read("%d.%m.%Y")).ok_or_else(|| "a day is given as 2026-11-01 or 01.11.2026".into())
}
