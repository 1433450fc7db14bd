//! Which steps may be done: those that the migrations of this run leave, those of a run that was interrupted, and what was asked
//! for at the command line. The registry's chain says each, in the transaction that leaves the steps.
//!
//! A row of `unfinished_upgrades` alone is no reason to do anything: whoever may write to the database could put it there, and the
//! program would sign with its key what he changed.

use diesel::prelude::*;

use crate::{
    domain::moment::Moment,
    store::{
        db::{
            backend::{Db, on},
            upgrade::{
                cover, seal,
                step::{CHAIN_JOURNAL, COVER, PACK_EXCHANGES, UpgradeError, left},
            },
        },
        error::StoreError,
        schema::unfinished_upgrades,
        tables::{
            chronicle, key,
            registry::{
                By,
                acceptance::{Acceptance, Stage, accepted_migrations, is_vouched_for, last, record, step_name},
            },
        },
    },
    vault::Vault,
};

/// The migration that made the table of steps.
const STEPS_MADE: &str = "20261122000003";
/// The migration that made the chronicle and the registry's chain: before it nothing is vouched for.
const CHRONICLE_MADE: &str = "20261130000014";
/// The migration that made the table of the database's keys.
const KEYS_MADE: &str = "20261130000017";
/// Published migrations that change covered rows and do not leave the step `cover` themselves.
const REWRITING: [&str; 2] = [KEYS_MADE, "20261130000019"];
/// The program's version.
const PROGRAM: &str = env!("CARGO_PKG_VERSION");

/// What somebody at the command line asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// Nothing: the database is brought up to date.
    Nothing,
    /// That all rows are accepted as they are.
    ToAccept,
}

/// Runs the migrations and makes the keys; answers how many migrations were run. Steps that are left to be done then are written
/// down as an acceptance. To be called in a transaction: migrations are committed with what says that they were run, or not at all.
pub(super) fn begin(db: &mut Db, vault: &Vault, now: Moment, asked: Asked) -> Result<usize, UpgradeError> {
    let migrations = db.schema_version()?.pending;
    let lacks = |migration: &str| migrations.iter().any(|pending| pending == migration);
    let before = if lacks(STEPS_MADE) { Vec::new() } else { left(db)? };
    // Before its first entry nothing is vouched for. A database that has keys has had one: who takes the chains away, keeps no right
    // to begin them anew.
    let has_keys = !lacks(KEYS_MADE) && key::are_made(db)?;
    if has_keys && lacks(CHRONICLE_MADE) && asked == Asked::Nothing {
        return Err(UpgradeError::Unvouched);
    }
    let has_chain = has_keys || (!lacks(CHRONICLE_MADE) && chronicle::is_begun(db)?);
    let last = if has_chain { last(db)?.map(|(_, acceptance)| acceptance) } else { None };
    if has_chain && asked == Asked::Nothing {
        let undone = undone(db, &migrations)?;
        if !undone.is_empty() {
            return Err(UpgradeError::Undone { migrations: undone.join(", ") });
        }
        let is_planted = |step: &&String| !last.as_ref().is_some_and(|last| last.leaves(step));
        let planted: Vec<String> = before.iter().filter(is_planted).map(|step| format!("«{step}»")).collect();
        if !planted.is_empty() {
            return Err(UpgradeError::Planted { steps: planted.join(", ") });
        }
    }
    let done = db.migrate()?;
    key::prepare(db, vault)?;
    let mut removed = Vec::new();
    if asked == Asked::ToAccept {
        removed = remove_unknown(db)?;
        chronicle::sign_ends(db, vault)?;
    }
    if asked == Asked::ToAccept || REWRITING.into_iter().any(lacks) {
        cover::leave(db)?;
    }
    let steps: Vec<String> = left(db)?.iter().map(|step| step_name(step).to_owned()).collect();
    if steps.is_empty() {
        return Ok(done);
    }
    // What the chain says of earlier migrations is believed only if the key has signed it.
    if has_chain && asked == Asked::Nothing && !is_vouched_for(db, vault)? {
        return Err(UpgradeError::Unvouched);
    }
    let goes_on = asked == Asked::Nothing && migrations.is_empty();
    let acceptance = Acceptance {
        accepted_at: now.0,
        stage: if goes_on { Stage::Resumed } else { Stage::Begun },
        program: PROGRAM.into(),
        from: last.map(|last| last.program).filter(|program| !program.is_empty()),
        migrations,
        steps,
        removed,
    };
    let by = if asked == Asked::ToAccept { By::COMMAND_LINE } else { By::UPGRADE };
    record(db, vault, &acceptance, by)?;
    Ok(done)
}

/// Migrations among those to be run that were run before: an acceptance lists them, or a later one has been run. Somebody undid them.
fn undone(db: &mut Db, pending: &[String]) -> Result<Vec<String>, UpgradeError> {
    let (listed, last) = (accepted_migrations(db)?, db.last_migration()?);
    let was_run = |migration: &&String| listed.contains(*migration) || last.as_ref() > Some(*migration);
    Ok(pending.iter().filter(was_run).cloned().collect())
}

/// Writes down that what was accepted is done, once no step is left. To be called in the transaction of the last one.
pub(super) fn finish(db: &mut Db, vault: &Vault, now: Moment) -> Result<(), StoreError> {
    let Some((row, begun)) = last(db)?.filter(|(_, last)| last.stage != Stage::Finished) else { return Ok(()) };
    if !left(db)?.is_empty() {
        return Ok(());
    }
    let by = if row.actor == By::COMMAND_LINE.actor { By::COMMAND_LINE } else { By::UPGRADE };
    let finished = Acceptance {
        accepted_at: now.0,
        stage: Stage::Finished,
        program: PROGRAM.into(),
        from: begun.from,
        ..Acceptance::default()
    };
    record(db, vault, &finished, by)
}

/// Removes steps that this program does not know.
fn remove_unknown(db: &mut Db) -> Result<Vec<String>, StoreError> {
    let is_known = |step: &str| {
        let name = step_name(step);
        [CHAIN_JOURNAL, PACK_EXCHANGES, COVER].contains(&name) || seal::STEPS.contains(&name)
    };
    let unknown: Vec<String> = left(db)?.into_iter().filter(|step| !is_known(step)).collect();
    for step in &unknown {
        on!(db, c => diesel::delete(unfinished_upgrades::table.find(step)).execute(&mut **c))?;
    }
    Ok(unknown)
}
