//! Entries of the registry's chain which say that rows were accepted as they stood: by an upgrade, or from the command line.
//!
//! An acceptance is begun in the transaction that leaves its steps to be done, and finished with the last of them. A step that no
//! begun acceptance names was left by nobody of this program.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{
    domain::{
        history::{ACCEPTANCE, ALL_ROWS},
        moment::Moment,
    },
    store::{
        db::backend::{Db, on},
        error::StoreError,
        facts::{Facts, Kind, facts_of},
        schema::registry_changes,
        sql::{
            batch::write_together,
            digest::{RowDigest, short_digest},
        },
        tables::{
            chronicle::{self, entries_after, lanes},
            registry::{self, By, ChangeRow, Subject, changes_after},
        },
    },
    vault::Vault,
};

/// The kind of these entries.
pub const ACCEPTED: &str = ACCEPTANCE;
/// Entries read at a time.
const ENTRIES_PER_STEP: i64 = 500;

/// How far an acceptance has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Its steps are left to be done.
    Begun,
    /// It had been interrupted and went on.
    Resumed,
    /// Its steps are done.
    #[default]
    Finished,
}

/// What an acceptance says.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Acceptance {
    /// When, in milliseconds since 1970.
    pub accepted_at: i64,
    /// How far it has come.
    pub stage: Stage,
    /// The program's version.
    pub program: String,
    /// The version of the program that wrote the acceptance before; none at the first installation.
    pub from: Option<String>,
    /// The migrations that were run.
    pub migrations: Vec<String>,
    /// The steps that it leaves, or left, to be done.
    pub steps: Vec<String>,
    /// Steps that no program of this database had left, and that this program does not know: they were removed.
    pub removed: Vec<String>,
}

impl Acceptance {
    /// What an entry of this kind says. One of a program before says nothing but its time.
    #[must_use]
    pub fn of(row: &ChangeRow) -> Self {
        serde_json::from_str(&row.after).unwrap_or_default()
    }

    /// Whether a step may be done by it. The name of a step goes on with how far it has come.
    #[must_use]
    pub fn leaves(&self, step: &str) -> bool {
        self.stage != Stage::Finished && self.steps.iter().any(|left| left == step_name(step))
    }
}

/// The name of a step without how far it has come.
#[must_use]
pub fn step_name(step: &str) -> &str {
    step.split(' ').next().unwrap_or(step)
}

/// Writes an acceptance down.
///
/// # Errors
/// A statement fails.
pub fn record(db: &mut Db, vault: &Vault, acceptance: &Acceptance, by: By<'_>) -> Result<(), StoreError> {
    let mut facts = Facts::default();
    let now = Moment(acceptance.accepted_at);
    let said = serde_json::to_string(acceptance).map_err(|error| StoreError::Unreadable(error.to_string()))?;
    let subject = Subject { kind: ACCEPTED, id: 0, version: None, name: ALL_ROWS.into(), partner: None, said };
    registry::record(db, vec![subject], by, now, &mut facts)?;
    write_together(db, |out| chronicle::append(out, &facts, now, vault))
}

/// The last acceptance, with the entry that says it.
///
/// # Errors
/// The statement fails.
pub fn last(db: &mut Db) -> Result<Option<(ChangeRow, Acceptance)>, StoreError> {
    let row: Option<ChangeRow> = on!(db, c => registry_changes::table
        .filter(registry_changes::kind.eq(ACCEPTED))
        .order(registry_changes::seq.desc())
        .select(ChangeRow::as_select())
        .first(&mut **c)
        .optional())?;
    Ok(row.map(|row| {
        let acceptance = Acceptance::of(&row);
        (row, acceptance)
    }))
}

/// The migrations that acceptances list as run.
///
/// # Errors
/// The statement fails.
pub fn accepted_migrations(db: &mut Db) -> Result<BTreeSet<String>, StoreError> {
    let rows: Vec<ChangeRow> = on!(db, c => registry_changes::table
        .filter(registry_changes::kind.eq(ACCEPTED))
        .select(ChangeRow::as_select())
        .load(&mut **c))?;
    Ok(rows.iter().flat_map(|row| Acceptance::of(row).migrations).collect())
}

/// Whether the registry's chain is whole, and the chronicle, which the key signs, has each of its entries and no other. Reads all
/// of the chronicle.
///
/// # Errors
/// A statement fails.
pub fn is_vouched_for(db: &mut Db, vault: &Vault) -> Result<bool, StoreError> {
    let mut said: BTreeMap<i64, RowDigest> = BTreeMap::new();
    for lane in lanes(db)? {
        let (mut seq, mut hash) = (0, Vec::new());
        loop {
            let entries = entries_after(db, lane.lane, seq, ENTRIES_PER_STEP)?;
            if entries.is_empty() {
                break;
            }
            for entry in entries {
                if entry.hash != entry.chained_to(&hash) {
                    return Ok(false);
                }
                let registry = facts_of(&entry.facts).flatten().filter(|fact| fact.kind == Kind::Registry);
                said.extend(registry.map(|fact| (fact.id, fact.digest)));
                (seq, hash) = (entry.seq, entry.hash);
            }
        }
        if !lane.is_signed(vault) || lane.seq != seq || lane.hash != hash {
            return Ok(false);
        }
    }
    let (mut seq, mut hash) = (0, Vec::new());
    loop {
        let changes = changes_after(db, seq, ENTRIES_PER_STEP)?;
        if changes.is_empty() {
            return Ok(said.is_empty());
        }
        for change in changes {
            let is_known = said.remove(&change.seq) == Some(short_digest(&change.hash));
            if !is_known || change.hash != change.chained_to(&hash) {
                return Ok(false);
            }
            (seq, hash) = (change.seq, change.hash);
        }
    }
}
