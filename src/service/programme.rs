//! The programme's rules, as the head office reads and writes them (A15).

use crate::{
    domain::{
        moment::GivenTime,
        programme::{Lifetime, LifetimeUnit, Programme, Rules, StatusRule},
        reference::{Actor, Reference},
        refusal::{Decided, Decision, Refusal},
    },
    service::context::OfficeContext,
    working_set::{ReferenceChange, Touches, WorkingSet, command::Command},
};

/// Asks for the rules in force.
#[derive(Debug)]
pub struct GetProgramme {
    /// Who asks.
    pub actor: Actor,
    /// The programme's code.
    pub code: String,
}

/// Writes a new version of the rules.
#[derive(Debug)]
pub struct SaveProgramme {
    /// Who, when.
    pub context: OfficeContext,
    /// The programme's code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// From when on they are valid.
    pub valid_from: GivenTime,
    /// The rules, their `valid_from` aside.
    pub rules: Rules,
}

/// A programme with one version of its rules.
#[derive(Debug, Clone)]
pub struct ProgrammeView {
    /// The programme's code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// The rules.
    pub rules: Rules,
    /// The caller's offset from UTC in minutes.
    pub utc_offset_minutes: i32,
}

/// Asks for the terms of points in force: what `GetProgramme` has no room for.
#[derive(Debug)]
pub struct GetPointsTerms {
    /// Who asks.
    pub actor: Actor,
    /// The programme's code.
    pub code: String,
}

/// Writes a new version of the rules that differs from the one in force in the terms of points only.
#[derive(Debug)]
pub struct SavePointsTerms {
    /// Who, when.
    pub context: OfficeContext,
    /// The programme's code.
    pub code: String,
    /// From when on they are valid.
    pub valid_from: GivenTime,
    /// How long points live.
    pub lifetime: Lifetime,
    /// How status points are earned.
    pub status: StatusRule,
}

/// A programme's terms of points.
#[derive(Debug, Clone)]
pub struct PointsTermsView(pub ProgrammeView);

impl Command for GetProgramme {
    type Outcome = ProgrammeView;

    fn touches(&self, _: &Reference, _: &mut Touches) {}

    fn decide(&self, set: &mut WorkingSet) -> Decision<ProgrammeView> {
        in_force(set, &self.actor, &self.code).map(Decided::Done)
    }
}

impl Command for GetPointsTerms {
    type Outcome = PointsTermsView;

    fn touches(&self, _: &Reference, _: &mut Touches) {}

    fn decide(&self, set: &mut WorkingSet) -> Decision<PointsTermsView> {
        in_force(set, &self.actor, &self.code).map(PointsTermsView).map(Decided::Done)
    }
}

impl Command for SavePointsTerms {
    type Outcome = PointsTermsView;

    fn touches(&self, _: &Reference, _: &mut Touches) {}

    /// Each starts from the version that is in force: two at once would undo each other.
    fn is_alone(&self) -> bool {
        true
    }

    fn decide(&self, set: &mut WorkingSet) -> Decision<PointsTermsView> {
        let actor = &self.context.actor;
        self.context.at(set)?;
        let valid_from = self.valid_from.at(actor.utc_offset_minutes);
        let programme = own_programme(set, actor, &self.code)?;
        let known = programme.rules_at(valid_from).ok_or(Refusal::ProgrammeNotInForce)?;
        let rules = Rules { valid_from, lifetime: self.lifetime, status: self.status, ..known.clone() };
        let name = programme.name.clone();
        save_rules(set, actor, &self.code, name, rules).map(PointsTermsView).map(Decided::Done)
    }
}

/// Whether the caller's partner answers for its programme: what touches customers of other partners is for its office alone.
///
/// # Errors
/// Another partner does.
pub fn governs(set: &WorkingSet, actor: &Actor) -> Result<(), Refusal> {
    let owner = set.reference.programmes.get(&actor.programme).and_then(|programme| programme.owner);
    if owner.is_none_or(|owner| owner == actor.partner) { Ok(()) } else { Err(Refusal::ProgrammeNotYours) }
}

fn own_programme<'a>(set: &'a WorkingSet, actor: &Actor, code: &str) -> Result<&'a Programme, Refusal> {
    let programme = set.reference.programmes.get(&actor.programme).filter(|own| own.code == code);
    programme.ok_or(Refusal::ProgrammeUnknown)
}

fn in_force(set: &WorkingSet, actor: &Actor, code: &str) -> Result<ProgrammeView, Refusal> {
    let programme = own_programme(set, actor, code)?;
    let rules = programme.rules_at(set.now).ok_or(Refusal::ProgrammeNotInForce)?;
    Ok(ProgrammeView {
        code: programme.code.clone(),
        name: programme.name.clone(),
        rules: rules.clone(),
        utc_offset_minutes: actor.utc_offset_minutes,
    })
}

/// Adds a version of the rules of the caller's programme.
fn save_rules(
    set: &mut WorkingSet,
    actor: &Actor,
    code: &str,
    name: String,
    rules: Rules,
) -> Result<ProgrammeView, Refusal> {
    if let Some(what) = rules.problem() {
        return Err(Refusal::ProgrammeInvalid { what });
    }
    governs(set, actor)?;
    let programme = own_programme(set, actor, code)?;
    let (id, versions) = (programme.id, programme.versions.len());
    // Versions saved in the same batch count too.
    let fresh = set.reference_changes.items().iter();
    let fresh = fresh.filter(|change| matches!(change, ReferenceChange::Rules { programme, .. } if *programme == id));
    let version = versions.saturating_add(fresh.count()).saturating_add(1);
    set.reference_changes.push(ReferenceChange::Rules {
        programme: id,
        name: name.clone(),
        version: i64::try_from(version).unwrap_or(i64::MAX),
        rules: Box::new(rules.clone()),
    });
    Ok(ProgrammeView { code: code.to_owned(), name, rules, utc_offset_minutes: actor.utc_offset_minutes })
}

impl Command for SaveProgramme {
    type Outcome = ProgrammeView;

    fn touches(&self, _: &Reference, _: &mut Touches) {}

    /// Each starts from the version that is in force: two at once would undo each other.
    fn is_alone(&self) -> bool {
        true
    }

    fn decide(&self, set: &mut WorkingSet) -> Decision<ProgrammeView> {
        let actor = &self.context.actor;
        self.context.at(set)?;
        let mut rules = Rules { valid_from: self.valid_from.at(actor.utc_offset_minutes), ..self.rules.clone() };
        // This call does not know status points, nor lifetimes but in days: it leaves them as they are.
        if let Some(known) = own_programme(set, actor, &self.code)?.rules_at(rules.valid_from) {
            rules.status = known.status;
            if rules.lifetime == Lifetime::ENDLESS && known.lifetime.unit != LifetimeUnit::Days {
                rules.lifetime = known.lifetime;
            }
        }
        save_rules(set, actor, &self.code, self.name.clone(), rules).map(Decided::Done)
    }
}
