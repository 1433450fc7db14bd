//! Recomputes the daily seals from their heads, each over the one before it.

use crate::store::{
    books::{
        seal::{Root, day_text, for_heads, hex},
        verify::report::Report,
    },
    db::backend::{Db, Purpose},
    error::StoreError,
    tables::seal::{self, SealRow},
};

/// Seals in one step.
const SEALS_PER_STEP: i64 = 500;

/// A copy of a root that was kept elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownRoot {
    /// The day, counted from 1970-01-01 in UTC.
    pub day: i64,
    /// The digest.
    pub root: Vec<u8>,
}

/// Checks every seal, and compares those that have copies.
///
/// # Errors
/// A statement fails.
pub(super) fn check(db: &mut Db, known: &[KnownRoot], report: &mut Report) -> Result<(), StoreError> {
    let mut left: Vec<&KnownRoot> = known.iter().collect();
    let mut before: Option<SealRow> = None;
    loop {
        let after = before.as_ref().map_or(i64::MIN, |seal| seal.day);
        let seals = db.transaction(Purpose::Read, |db| seal::load_after(db, after, SEALS_PER_STEP))?;
        if seals.is_empty() {
            break;
        }
        for seal in seals {
            check_one(db, before.as_ref(), &seal, report)?;
            left.retain(|known| {
                let is_it = known.day == seal.day;
                if is_it && known.root != seal.root {
                    let (day, root) = (day_text(seal.day), hex(&seal.root));
                    report
                        .found(None, format!("seal of {day}: its root is {root}, the copy says {}", hex(&known.root)));
                }
                !is_it
            });
            before = Some(seal);
        }
    }
    for known in left {
        report.found(None, format!("seal of {}: there is a copy of its root, and no seal", day_text(known.day)));
    }
    Ok(())
}

fn check_one(db: &mut Db, before: Option<&SealRow>, seal: &SealRow, report: &mut Report) -> Result<(), StoreError> {
    let day = day_text(seal.day);
    match before {
        Some(before) if before.day.saturating_add(1) != seal.day => {
            let missing = day_text(before.day.saturating_add(1));
            report.found(None, format!("seal of {missing} is missing; the next is that of {day}"));
        }
        Some(_) => {}
        None => {
            let first = seal::first_day_with_heads(db, i64::MIN)?.filter(|first| *first < seal.day);
            if let Some(first) = first {
                report.found(None, format!("seal of {} is missing; the first is that of {day}", day_text(first)));
            }
        }
    }
    let mut root = Root::after(before.map(|seal| seal.root.as_slice()), seal.day);
    let (mut accounts, mut entries) = (0_i64, 0_i64);
    for_heads(db, seal.day, |head, sealed_before| {
        root.take(head);
        accounts = accounts.saturating_add(1);
        entries = entries.saturating_add(head.seq.saturating_sub(sealed_before));
    })?;
    let root = root.finish();
    if root != seal.root {
        report.found(
            None,
            format!(
                "seal of {day}: its root is {}, its heads and the seal before it give {}",
                hex(&seal.root),
                hex(&root)
            ),
        );
    }
    if (accounts, entries) != (seal.accounts, seal.entries) {
        report.found(
            None,
            format!(
                "seal of {day}: it says {} accounts and {} entries, its heads give {accounts} and {entries}",
                seal.accounts, seal.entries
            ),
        );
    }
    report.seals = report.seals.saturating_add(1);
    Ok(())
}
