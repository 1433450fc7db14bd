//! The head office: batches of cards, the programme's rules, tills and their logins (A12, A15, B6).

use std::collections::HashSet;

use crate::{
    domain::{
        card::{Card, CardState},
        ids::{CardId, CredentialId, TillId},
        moment::{GivenTime, Moment},
        programme::{Lifetime, LifetimeUnit, Programme, Rules, StatusRule},
        reference::{Actor, Credential, Reference, Roles, Till},
        refusal::{Decided, Decision, Refusal},
    },
    store::set::{CardChange, ReferenceChange, Touches, WorkingSet},
};

use super::{Command, scene::believed};

/// What a changing call of the office says of itself.
#[derive(Debug, Clone)]
pub struct Context {
    /// Who calls.
    pub actor: Actor,
    /// The employee.
    pub employee: Option<String>,
    /// When it happens.
    pub occurred_at: GivenTime,
}

/// Registers a batch of cards: all of them or none (B6).
#[derive(Debug)]
pub struct RegisterCards {
    /// Who, when.
    pub context: Context,
    /// The kind («вид карты»).
    pub kind: Option<String>,
    /// The numbers.
    pub numbers: Vec<String>,
}

/// How many cards were registered.
#[derive(Debug, Clone, Copy)]
pub struct CardsRegistered(pub usize);

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
    pub context: Context,
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
    pub context: Context,
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

/// Adds a till, or changes its login.
#[derive(Debug)]
pub struct SaveTill {
    /// Who, when.
    pub context: Context,
    /// The store's code.
    pub store: String,
    /// The till's code.
    pub till: String,
    /// The till's name.
    pub name: Option<String>,
    /// The login.
    pub login: String,
    /// The password's hash, in PHC notation.
    pub password_hash: String,
    /// What the login may do.
    pub roles: Roles,
}

/// A till and its login.
#[derive(Debug, Clone)]
pub struct TillSaved {
    /// The till's code.
    pub till: String,
    /// The login.
    pub login: String,
}

impl Context {
    /// When it happens, if that can be believed.
    ///
    /// # Errors
    /// The caller's clock runs ahead.
    pub fn at(&self, set: &WorkingSet) -> Result<Moment, Refusal> {
        believed(set, self.occurred_at.at(self.actor.utc_offset_minutes))
    }
}

impl Command for RegisterCards {
    type Outcome = CardsRegistered;

    fn touches(&self, _: &Reference, touches: &mut Touches) {
        touches.card_numbers.extend(self.numbers.iter().cloned());
    }

    fn new_ids(&self) -> i64 {
        i64::try_from(self.numbers.len()).unwrap_or(i64::MAX).saturating_mul(2)
    }

    fn decide(&self, set: &mut WorkingSet) -> Decision<CardsRegistered> {
        let at = self.context.at(set)?;
        if self.numbers.len() > set.settings.cards_per_batch_max {
            let what = format!("в партии больше {} карт, разделите её", set.settings.cards_per_batch_max);
            return Err(Refusal::CardBatchInvalid { what });
        }
        let programme = self.context.actor.programme;
        let mut known: HashSet<String> = set
            .cards
            .iter()
            .filter(|(_, card)| card.programme == programme)
            .map(|(_, card)| card.number.clone())
            .collect();
        for number in &self.numbers {
            if !known.insert(number.clone()) {
                return Err(Refusal::CardExists { number: number.clone() });
            }
            let id = CardId(set.new_id());
            set.cards.put(
                id,
                Card {
                    id,
                    programme,
                    number: number.clone(),
                    kind: self.kind.clone(),
                    state: CardState::Registered,
                    account: None,
                    customer: None,
                    successor: None,
                    issued_at: None,
                },
            );
            set.card_changes.push(CardChange {
                card: id,
                state: CardState::Registered,
                reason: None,
                occurred_at: at,
                credential: self.context.actor.credential,
                store: None,
                till: None,
                cashier: self.context.employee.clone(),
            });
        }
        Ok(Decided::Done(CardsRegistered(self.numbers.len())))
    }
}

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

impl Command for SaveTill {
    type Outcome = TillSaved;

    fn touches(&self, _: &Reference, _: &mut Touches) {}

    fn decide(&self, set: &mut WorkingSet) -> Decision<TillSaved> {
        let actor = &self.context.actor;
        self.context.at(set)?;
        let reference = set.reference.clone();
        let store = reference.stores.values().find(|store| store.network == actor.network && store.code == self.store);
        let store = store.ok_or_else(|| Refusal::StoreUnknown { store: self.store.clone() })?;
        let known_till = reference.tills_by_code.get(&(actor.network, self.till.clone())).copied();
        let till = known_till.unwrap_or_else(|| TillId(set.new_id()));
        let known_login = reference.credentials.get(&self.login);
        if known_login.is_some_and(|known| known.partner != actor.partner || known.till != Some(till)) {
            return Err(Refusal::LoginTaken { login: self.login.clone() });
        }
        set.reference_changes.push(ReferenceChange::Till(Till {
            id: till,
            network: actor.network,
            store: store.id,
            code: self.till.clone(),
            name: self.name.clone(),
        }));
        let credential = Credential {
            id: known_login.map_or_else(|| CredentialId(set.new_id()), |known| known.id),
            login: self.login.clone(),
            password_hash: self.password_hash.clone(),
            version: known_login.map_or(1, |known| known.version.saturating_add(1)),
            disabled: false,
            // The contract has no word for the senior cashier's right yet: it stays as it was given.
            roles: self.roles.or(known_login.map_or(Roles::NONE, |known| known.roles.within(Roles::SUPERVISOR))),
            partner: actor.partner,
            network: actor.network,
            store: Some(store.id),
            till: Some(till),
        };
        set.reference_changes.push(ReferenceChange::Credential(Box::new(credential)));
        Ok(Decided::Done(TillSaved { till: self.till.clone(), login: self.login.clone() }))
    }
}
