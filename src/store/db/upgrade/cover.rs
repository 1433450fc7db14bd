//! Rows that were there before the chronicle, or that were written past it, are written down in it as they are.
//!
//! The step's own name says how far it has come, so that it goes on where it was broken off.

use diesel::prelude::*;

use crate::{
    domain::moment::Moment,
    store::{
        covered::{digests, ids_between},
        db::{
            backend::{Db, Purpose, on},
            upgrade::step::{COVER, UpgradeError, left},
        },
        error::StoreError,
        facts::{Facts, Kind},
        schema::unfinished_upgrades,
        sql::batch::write_together,
        tables::{
            chronicle, operation,
            reference::subjects,
            registry::{self, By, acceptance::step_name},
        },
    },
    vault::Vault,
};

/// Rows written down in one transaction.
const ROWS_PER_STEP: i64 = 1_000;
const HOUR_MS: i64 = 60 * 60 * 1_000;

/// Where the step stands: a kind, and the last of its rows that was written down.
type Place = (Kind, i64);

/// Leaves the step to be done from its beginning, wherever it stands.
pub(super) fn leave(db: &mut Db) -> Result<(), StoreError> {
    clear(db)?;
    on!(db, c => diesel::insert_into(unfinished_upgrades::table)
        .values(unfinished_upgrades::step.eq(COVER))
        .execute(&mut **c))?;
    Ok(())
}

/// Does what is left of the step; `end` runs in the transaction in which it ends.
pub(super) fn cover(
    db: &mut Db,
    vault: &Vault,
    now: Moment,
    end: impl FnOnce(&mut Db) -> Result<(), StoreError>,
    mut progress: impl FnMut(usize),
) -> Result<(), UpgradeError> {
    let Some(step) = read(db)? else { return Ok(()) };
    let mut place = place_of(&step);
    let mut count: usize = 0;
    while let Some((kind, after)) = place {
        let done = db.transaction(Purpose::Write, |db| {
            let (next, facts, recorded_at) = some(db, kind, after, now)?;
            write_together(db, |out| chronicle::append(out, &facts, recorded_at, vault))?;
            write(db, next)?;
            Ok::<_, StoreError>((next, facts.count()))
        });
        let (next, more) = done?;
        place = next;
        if more > 0 {
            count = count.saturating_add(usize::try_from(more).unwrap_or_default());
            progress(count);
        }
    }
    db.transaction(Purpose::Write, |db| {
        let mut facts = Facts::default();
        let subjects = subjects::all(db)?;
        registry::record(db, subjects, By::UPGRADE, now, &mut facts)?;
        write_together(db, |out| chronicle::append(out, &facts, now, vault))?;
        clear(db)?;
        end(db)
    })?;
    Ok(())
}

/// The next rows of a kind, the time under which they are written down, and where to go on; nowhere after the last
/// kind.
fn some(db: &mut Db, kind: Kind, after: i64, now: Moment) -> Result<(Option<Place>, Facts, Moment), StoreError> {
    let mut facts = Facts::default();
    if kind == Kind::Answer {
        let rows = operation::digests_since(db, after, ROWS_PER_STEP)?;
        let Some(first) = rows.first().map(|row| row.recorded_at) else { return Ok((None, facts, now)) };
        // Answers are forgotten by whole hours: those of one entry are of one.
        let hour = first.div_euclid(HOUR_MS);
        let mut next = first;
        for row in rows.iter().filter(|row| row.recorded_at.div_euclid(HOUR_MS) == hour) {
            facts.add(Kind::Answer, row.id, row.digest);
            next = row.recorded_at.saturating_add(1);
        }
        return Ok((Some((kind, next)), facts, Moment(first)));
    }
    let ids = ids_between(db, kind, after, i64::MAX, ROWS_PER_STEP)?;
    for (id, digest) in digests(db, kind, &ids)? {
        facts.add(kind, id, digest);
    }
    let next = ids.last().map_or_else(|| next_kind(kind), |last| Some((kind, *last)));
    Ok((next, facts, now))
}

/// The kind after one, and its beginning.
fn next_kind(kind: Kind) -> Option<Place> {
    let mut kinds = Kind::WITH_ID.into_iter().chain([Kind::Answer]).skip_while(|known| *known != kind);
    kinds.next();
    kinds.next().map(|next| (next, i64::MIN))
}

/// Leaves nothing to be done.
fn clear(db: &mut Db) -> Result<(), StoreError> {
    while let Some(known) = read(db)? {
        on!(db, c => diesel::delete(unfinished_upgrades::table.find(known)).execute(&mut **c))?;
    }
    Ok(())
}

/// The step's name, if it is left to be done.
fn read(db: &mut Db) -> Result<Option<String>, StoreError> {
    Ok(left(db)?.into_iter().find(|step| step_name(step) == COVER))
}

/// Writes down where the step stands.
fn write(db: &mut Db, place: Option<Place>) -> Result<(), StoreError> {
    let (Some(known), Some((kind, after))) = (read(db)?, place) else { return Ok(()) };
    on!(db, c => diesel::update(unfinished_upgrades::table.find(known))
        .set(unfinished_upgrades::step.eq(format!("{COVER} {} {after}", kind.code())))
        .execute(&mut **c))?;
    Ok(())
}

/// Where a step of this name stands: at the beginning, unless it says otherwise.
fn place_of(step: &str) -> Option<Place> {
    let mut words = step.split(' ').skip(1);
    let read = || Some((Kind::of(words.next()?.parse().ok()?)?, words.next()?.parse().ok()?));
    std::iter::once_with(read).flatten().next().or(Some((Kind::Account, i64::MIN)))
}
