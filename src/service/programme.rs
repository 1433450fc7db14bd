//! Reads and saves the programme's rules (A15).

use crate::{
    domain::{
        moment::{GivenTime, Moment},
        programme::{Programme, Rules},
        reference::{Actor, Reference},
        refusal::{Decided, Decision, Refusal},
    },
    service::context::OfficeContext,
    working_set::{ReferenceChange, Touches, WorkingSet, command::Command},
};

/// Reads the version that was saved last.
#[derive(Debug)]
pub struct GetProgramme {
    /// The caller.
    pub actor: Actor,
    /// The programme's code.
    pub code: String,
}

/// Saves a new version of the rules.
#[derive(Debug)]
pub struct SaveProgramme {
    /// The caller and the time.
    pub context: OfficeContext,
    /// The programme's code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// When they come into force.
    pub valid_from: GivenTime,
    /// The number of the version that it was made from; 0 when there was none.
    pub made_from: i64,
    /// The rules, without `valid_from`.
    pub rules: Rules,
}

/// A programme with one version of its rules.
#[derive(Debug, Clone)]
pub struct ProgrammeView {
    /// The programme's code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// The number of the version that was saved last, in force or not; 0 when there is none.
    pub version: i64,
    /// The rules.
    pub rules: Rules,
    /// Whether they are in force, and what is until then.
    pub standing: Standing,
    /// Numbers and starts of versions that were to come, and now never come into force.
    pub replaced: Vec<(i64, Moment)>,
    /// Whether a save brought what was saved already, and made no version.
    pub is_unchanged: bool,
    /// The caller's offset from UTC in minutes.
    pub utc_offset_minutes: i32,
}

/// Whether the version that was saved last is in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It is.
    InForce,
    /// It is to come; until then this version is in force, or none.
    ToCome(Option<i64>),
}

impl Command for GetProgramme {
    type Outcome = ProgrammeView;

    fn touches(&self, _: &Reference, _: &mut Touches) {}

    fn decide(&self, set: &mut WorkingSet) -> Decision<ProgrammeView> {
        saved_last(set, &self.actor, &self.code).map(Decided::Done)
    }
}

/// Checks that the caller's partner runs the programme. Only its office may change what concerns other partners'
/// customers.
///
/// # Errors
/// Another partner runs it.
pub fn governs(set: &WorkingSet, actor: &Actor) -> Result<(), Refusal> {
    let owner = set.reference.programmes.get(&actor.programme).and_then(|programme| programme.owner);
    if owner.is_none_or(|owner| owner == actor.partner) { Ok(()) } else { Err(Refusal::ProgrammeNotYours) }
}

fn own_programme<'a>(set: &'a WorkingSet, actor: &Actor, code: &str) -> Result<&'a Programme, Refusal> {
    let programme = set.reference.programmes.get(&actor.programme).filter(|own| own.code == code);
    programme.ok_or(Refusal::ProgrammeUnknown)
}

/// The version that was saved last, in force or not: the next save must start from it. With the rules in force and the
/// last number, an office would silently overwrite what another saved for a later day.
fn saved_last(set: &WorkingSet, actor: &Actor, code: &str) -> Result<ProgrammeView, Refusal> {
    let programme = own_programme(set, actor, code)?;
    let rules = programme.versions.last().ok_or(Refusal::ProgrammeNotInForce)?;
    Ok(ProgrammeView {
        code: programme.code.clone(),
        name: programme.name.clone(),
        version: last_version(set, programme),
        rules: rules.clone(),
        standing: standing(programme, rules, set.now),
        replaced: Vec::new(),
        is_unchanged: false,
        utc_offset_minutes: actor.utc_offset_minutes,
    })
}

fn standing(programme: &Programme, last: &Rules, now: Moment) -> Standing {
    if last.valid_from <= now { Standing::InForce } else { Standing::ToCome(programme.version_at(now)) }
}

/// The number of the version that was saved last, this batch included.
fn last_version(set: &WorkingSet, programme: &Programme) -> i64 {
    let fresh = set.reference_changes.items().iter();
    let fresh = fresh.filter(
        |fresh| matches!(&fresh.change, ReferenceChange::Rules { programme: changed, .. } if *changed == programme.id),
    );
    i64::try_from(programme.versions.len().saturating_add(fresh.count())).unwrap_or(i64::MAX)
}

impl Command for SaveProgramme {
    type Outcome = ProgrammeView;

    fn touches(&self, _: &Reference, _: &mut Touches) {}

    /// Two saves from the same version would overwrite each other: the second must see the first.
    fn is_alone(&self) -> bool {
        true
    }

    fn decide(&self, set: &mut WorkingSet) -> Decision<ProgrammeView> {
        let Self { context, code, name, valid_from, made_from, rules } = self;
        let actor = &context.actor;
        context.at(set)?;
        let rules = Rules { valid_from: valid_from.at(actor.utc_offset_minutes), ..rules.clone() };
        if let Some(what) = rules.problem() {
            return Err(Refusal::ProgrammeInvalid { what });
        }
        let programme = own_programme(set, actor, code)?;
        governs(set, actor)?;
        let (id, last) = (programme.id, last_version(set, programme));
        if *made_from != last {
            return Err(Refusal::VersionChanged { version: last });
        }
        if programme.name == *name && programme.versions.last() == Some(&rules) {
            return Ok(Decided::Done(ProgrammeView { is_unchanged: true, ..saved_last(set, actor, code)? }));
        }
        let version = last.saturating_add(1);
        let (standing, replaced) =
            (standing(programme, &rules, set.now), programme.replaced_by(rules.valid_from, set.now));
        set.reference_changes.push(context.change(ReferenceChange::Rules {
            programme: id,
            name: name.clone(),
            version,
            rules: Box::new(rules.clone()),
        }));
        let (code, name) = (code.clone(), name.clone());
        Ok(Decided::Done(ProgrammeView {
            code,
            name,
            version,
            rules,
            standing,
            replaced,
            is_unchanged: false,
            utc_offset_minutes: actor.utc_offset_minutes,
        }))
    }
}
