//! The registry's chain, entry by entry, and whether each of its rows is as the last entry about it says.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::{
    domain::history::LIMITS,
    store::{
        books::verify::report::{Accepted, Report, time_text},
        db::{
            backend::{Db, Purpose},
            upgrade::left,
        },
        error::StoreError,
        sql::digest::{RowDigest, short_digest},
        tables::{
            reference::subjects,
            registry::{
                By, ChangeRow,
                acceptance::{ACCEPTED, Acceptance},
                changes_after,
            },
        },
    },
};

/// Entries read at a time.
const CHANGES_PER_STEP: i64 = 500;

/// A row of the registry: its kind, its id, of rules the version.
type Name = (String, i64, Option<i64>);

/// The chain as it was read.
pub(super) struct Registry {
    /// What stands for each entry in the chronicle.
    digests: BTreeMap<i64, RowDigest>,
}

/// Checks the chain and the rows.
///
/// # Errors
/// A statement fails.
pub(super) fn check(db: &mut Db, report: &mut Report) -> Result<Registry, StoreError> {
    db.transaction(Purpose::Read, |db| {
        let mut registry = Registry { digests: BTreeMap::new() };
        let mut last_of: BTreeMap<Name, ChangeRow> = BTreeMap::new();
        let mut before: (i64, Vec<u8>) = (0, Vec::new());
        loop {
            let rows = changes_after(db, before.0, CHANGES_PER_STEP)?;
            if rows.is_empty() {
                break;
            }
            for row in rows {
                let due = before.0.saturating_add(1);
                if row.seq != due {
                    report.found(None, format!("entry {} of the registry stands where entry {due} should", row.seq));
                }
                if row.hash != row.chained_to(&before.1) {
                    let what = "is not what it was when it was written, or the one before it is not";
                    report.found(None, format!("entry {} of the registry {what}", row.seq));
                }
                before = (row.seq, row.hash.clone());
                registry.digests.insert(row.seq, short_digest(&row.hash));
                if row.kind == ACCEPTED {
                    report.acceptances.push(Accepted { by: row.actor.clone(), what: Acceptance::of(&row) });
                } else if row.kind != LIMITS {
                    // The limits stand in no table.
                    last_of.insert((row.kind.clone(), row.subject_id, row.version), row);
                }
            }
        }
        for subject in subjects::all(db)? {
            let name = format!("{} «{}»", subject.kind, subject.name);
            let version = subject.version.map(|version| format!(", version {version}")).unwrap_or_default();
            match last_of.remove(&(subject.kind.to_owned(), subject.id, subject.version)) {
                Some(row) if row.after == subject.said => {}
                Some(row) => {
                    let differs = difference(&row.after, &subject.said);
                    let by = format!(
                        "entry {} of the registry, by {} at {}",
                        row.seq,
                        row.actor,
                        time_text(row.recorded_at)
                    );
                    report.found(None, format!("{name}{version}: {differs}; {by}"));
                }
                None => {
                    report.found(None, format!("{name}{version} stands in no entry of the registry: somebody added it"))
                }
            }
        }
        for row in last_of.into_values() {
            let version = row.version.map(|version| format!(", version {version},")).unwrap_or_default();
            report.found(
                None,
                format!(
                    "{} «{}»{version} is gone; entry {} of the registry has it last",
                    row.kind, row.subject, row.seq
                ),
            );
        }
        repeated(report);
        unfinished(db, report)?;
        Ok(registry)
    })
}

/// Upgrades that ran a migration which an earlier one had run: somebody undid it, and all rows were accepted as they stood. Who accepts
/// rows at the command line later answers for those too.
fn repeated(report: &mut Report) {
    let (mut listed, mut found) = (BTreeSet::new(), Vec::new());
    for Accepted { by, what } in &report.acceptances {
        let is_by_hand = by == By::COMMAND_LINE.actor;
        if is_by_hand {
            found.clear();
        }
        let again: Vec<&str> =
            what.migrations.iter().map(String::as_str).filter(|migration| !listed.insert(*migration)).collect();
        if !again.is_empty() && !is_by_hand {
            found.push(format!(
                "the acceptance of {} UTC lists migrations that an earlier one lists: {}; somebody undid them, to have rows accepted \
                 as they are",
                time_text(what.accepted_at),
                again.join(", ")
            ));
        }
    }
    found.into_iter().for_each(|what| report.found(None, what));
}

/// Steps of an upgrade that are left to be done, and whether a run of this program left them.
fn unfinished(db: &mut Db, report: &mut Report) -> Result<(), StoreError> {
    for step in left(db)? {
        let is_own = report.acceptances.last().is_some_and(|last| last.what.leaves(&step));
        let what = if is_own {
            "of an upgrade was interrupted: start the gateway, or run `kopilka migrate`, to finish it"
        } else {
            "of unfinished_upgrades was left by no run of this program: somebody put it there, to have rows accepted as they are"
        };
        report.found(None, format!("the step «{step}» {what}"));
    }
    Ok(())
}

/// Whether the chronicle says the same of the chain.
///
/// # Errors
/// A statement fails.
pub(super) fn check_facts(
    db: &mut Db,
    registry: &Registry,
    facts: &BTreeMap<i64, RowDigest>,
    report: &mut Report,
) -> Result<(), StoreError> {
    for (seq, digest) in &registry.digests {
        match facts.get(seq) {
            Some(known) if known == digest => {}
            Some(_) => report.found(None, format!("entry {seq} of the registry is not the one that the chronicle has")),
            None => report.found(None, format!("entry {seq} of the registry stands in no entry of the chronicle")),
        }
    }
    let last = registry.digests.keys().next_back().copied().unwrap_or_default();
    let later = db.transaction(Purpose::Read, |db| changes_after(db, last, CHANGES_PER_STEP))?;
    let later: BTreeSet<i64> = later.into_iter().map(|row| row.seq).collect();
    for seq in facts.keys().filter(|seq| !registry.digests.contains_key(seq) && !later.contains(seq)) {
        report.found(None, format!("entry {seq} of the registry is gone; the chronicle has it"));
    }
    Ok(())
}

/// Which columns differ.
fn difference(written: &str, stored: &str) -> String {
    let [written, stored]: [Map<String, Value>; 2] =
        [written, stored].map(|text| serde_json::from_str(text).unwrap_or_default());
    let names: BTreeSet<&String> = written.keys().chain(stored.keys()).collect();
    let text = |value: Option<&Value>| value.map_or_else(|| "nothing".to_owned(), ToString::to_string);
    let columns = names.into_iter().filter(|name| written.get(*name) != stored.get(*name)).map(|name| {
        if name == "password" {
            return "the password is another than was written".to_owned();
        }
        format!("{name} is {}, {} was written", text(stored.get(name)), text(written.get(name)))
    });
    columns.collect::<Vec<_>>().join(", ")
}
