//! Daily seals: one digest over every entry recorded before the end of a day, and over the seal before it. A copy kept
//! elsewhere reveals whether anyone, the database administrator included, has rewritten the journal since.
//!
//! A seal is made in short steps while tills work, and resumes after an interruption. A late seal equals a timely one,
//! because entries are sealed by their recording time.

use std::time::Duration;

use chrono::{Days, NaiveDate};
use sha2::{Digest as _, Sha256};

use crate::{
    domain::moment::{Moment, Span},
    store::{
        db::backend::{Db, Purpose},
        error::StoreError,
        tables::seal::{self, HeadRow, SealRow},
    },
};

/// Accounts sealed in one step, for which a till may have to wait.
const ACCOUNTS_PER_STEP: i64 = 500;
/// Accounts that one step looks at: without a limit the statement would walk all accounts on a quiet day.
const ACCOUNTS_READ_MAX: i64 = 5_000;
/// The pause between two steps, for the tills.
const PAUSE: Duration = Duration::from_millis(20);
/// How long after its end a day is sealed: everything recorded before midnight is committed by then.
const AFTER_THE_DAY: Span = Span::minutes(10);
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
/// The root that the first seal is chained to.
const GENESIS: [u8; 32] = [0; 32];

/// Computes a day's root.
pub(in crate::store) struct Root(Sha256);

impl Root {
    /// Starts from the previous root; `None` for the first.
    pub(in crate::store) fn after(before: Option<&[u8]>, day: i64) -> Self {
        let mut digest = Sha256::new();
        digest.update(before.unwrap_or(&GENESIS));
        digest.update(day.to_le_bytes());
        Self(digest)
    }

    /// Adds the next head, in account order.
    pub(in crate::store) fn take(&mut self, head: &HeadRow) {
        self.0.update(head.account_id.to_le_bytes());
        self.0.update(head.seq.to_le_bytes());
        self.0.update(&head.head);
    }

    /// The root.
    pub(in crate::store) fn finish(self) -> Vec<u8> {
        self.0.finalize().to_vec()
    }
}

/// The last day that may be sealed now, counted from 1970-01-01 in UTC.
#[must_use]
pub const fn last_day_to_seal(now: Moment) -> i64 {
    now.before(AFTER_THE_DAY).0.div_euclid(DAY_MS).saturating_sub(1)
}

/// `2026-11-21`.
#[must_use]
pub fn day_text(day: i64) -> String {
    date(day).map_or_else(|| format!("day {day}"), |date| date.to_string())
}

/// The day that `2026-11-21` names.
#[must_use]
pub fn day_of_text(text: &str) -> Option<i64> {
    let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    Some(date.signed_duration_since(NaiveDate::default()).num_days())
}

fn date(day: i64) -> Option<NaiveDate> {
    if day < 0 {
        return NaiveDate::default().checked_sub_days(Days::new(day.unsigned_abs()));
    }
    NaiveDate::default().checked_add_days(Days::new(day.unsigned_abs()))
}

/// A digest in hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Seals every day that is over and not sealed yet, and calls `sealed` for each. `stop` interrupts it between two
/// steps; the next run resumes there. Only one gateway of a database seals at a time; the others do nothing.
///
/// # Errors
/// A statement fails; what was done stays.
pub fn seal(
    db: &mut Db,
    now: Moment,
    stop: &dyn Fn() -> bool,
    sealed: &mut dyn FnMut(&SealRow),
) -> Result<(), StoreError> {
    db.while_sealing(|db| seal_days(db, now, stop, sealed)).map(|_| ())
}

fn seal_days(
    db: &mut Db,
    now: Moment,
    stop: &dyn Fn() -> bool,
    sealed: &mut dyn FnMut(&SealRow),
) -> Result<(), StoreError> {
    let last_day = last_day_to_seal(now);
    let mut before = seal::last(db)?;
    loop {
        let day = match &before {
            Some(seal) => seal.day.saturating_add(1),
            // The very first seal covers the whole journal. An interrupted one is finished for its own day.
            None => seal::first_day_with_heads(db, i64::MIN)?.unwrap_or(last_day),
        };
        if day > last_day || stop() {
            return Ok(());
        }
        if !seal_heads(db, day, stop)? {
            return Ok(());
        }
        let row = total(db, before.as_ref(), day, now)?;
        db.transaction(Purpose::Write, |db| seal::save(db, &row))?;
        sealed(&row);
        before = Some(row);
    }
}

/// Writes the head of each account's journal at the end of a day; returns whether all were written.
fn seal_heads(db: &mut Db, day: i64, stop: &dyn Fn() -> bool) -> Result<bool, StoreError> {
    let end = Moment(day.saturating_add(1).saturating_mul(DAY_MS));
    let mut after = i64::MIN;
    loop {
        // No lock is needed: entries recorded before the day's end do not change any more.
        let found = db.transaction(Purpose::Read, |db| {
            seal::unsealed(db, day, end, after, ACCOUNTS_READ_MAX, ACCOUNTS_PER_STEP)
        })?;
        if !found.heads.is_empty() {
            db.transaction(Purpose::Write, |db| seal::save_heads(db, day, found.heads))?;
        }
        match found.last {
            Some(last) => after = last,
            None => return Ok(true),
        }
        if stop() {
            return Ok(false);
        }
        std::thread::sleep(PAUSE);
    }
}

/// The seal over all heads of a day.
fn total(db: &mut Db, before: Option<&SealRow>, day: i64, now: Moment) -> Result<SealRow, StoreError> {
    let mut root = Root::after(before.map(|seal| seal.root.as_slice()), day);
    let (mut accounts, mut entries) = (0_i64, 0_i64);
    for_heads(db, day, |head, sealed_before| {
        root.take(head);
        accounts = accounts.saturating_add(1);
        entries = entries.saturating_add(head.seq.saturating_sub(sealed_before));
    })?;
    Ok(SealRow { day, sealed_at: now.0, accounts, entries, root: root.finish() })
}

/// Visits every head of a day, in account order, with the last entry of the account's previous seal.
pub(in crate::store) fn for_heads(
    db: &mut Db,
    day: i64,
    mut show: impl FnMut(&HeadRow, i64),
) -> Result<(), StoreError> {
    let mut after = i64::MIN;
    loop {
        let (heads, before) = db.transaction(Purpose::Read, |db| {
            let heads = seal::heads_of_day(db, day, after, ACCOUNTS_PER_STEP)?;
            let ids: Vec<i64> = heads.iter().map(|head| head.account_id).collect();
            let before = seal::sealed_before(db, &ids, day)?;
            Ok::<_, StoreError>((heads, before))
        })?;
        let Some(last) = heads.last().map(|head| head.account_id) else { return Ok(()) };
        for head in &heads {
            show(head, before.get(&head.account_id).copied().unwrap_or_default());
        }
        after = last;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_sealed_ten_minutes_after_its_end() {
        let midnight = 20_778 * DAY_MS;
        assert_eq!(last_day_to_seal(Moment(midnight)), 20_776);
        assert_eq!(last_day_to_seal(Moment(midnight).after(AFTER_THE_DAY).before(Span(1))), 20_776);
        assert_eq!(last_day_to_seal(Moment(midnight).after(AFTER_THE_DAY)), 20_777);
    }

    #[test]
    fn a_day_comes_back_as_it_was_written() {
        assert_eq!(day_text(0), "1970-01-01");
        assert_eq!(day_of_text("2026-11-21").map(day_text).as_deref(), Some("2026-11-21"));
        assert_eq!(day_of_text("1969-12-31"), Some(-1));
        assert_eq!(day_text(-1), "1969-12-31");
        assert_eq!(day_of_text("21.11.2026"), None);
    }
}
