//! Tills and their logins (A12).

use crate::{
    domain::{
        ids::CredentialId,
        login::{LoginAct, NewLogin},
        name::LoginName,
        reference::{Reference, Roles},
        refusal::{Decided, Decision, Refusal},
        registry::{Registrar, TillDraft},
    },
    service::{
        context::OfficeContext,
        login::{check_enabled, save},
    },
    working_set::{ReferenceChange, Touches, WorkingSet, command::Command},
};

/// Adds a till, or changes it, and may give it a login. A disabled login of the same partner may be given: it is enabled
/// and from then on is this till's.
#[derive(Debug)]
pub struct SaveTill {
    /// The caller and the time.
    pub context: OfficeContext,
    /// What is to be saved of the till.
    pub draft: TillDraft,
    /// The login that it is given; `None` leaves its logins as they are.
    pub login: Option<TillLogin>,
}

/// The login of a till.
#[derive(Debug)]
pub struct TillLogin {
    /// Its name.
    pub name: LoginName,
    /// The password's hash, in PHC notation.
    pub password_hash: String,
    /// Its roles.
    pub roles: Roles,
}

/// A till and its login.
#[derive(Debug, Clone)]
pub struct TillSaved {
    /// The till's code.
    pub till: String,
    /// Whether the till is closed.
    pub closed: bool,
    /// The login that it was given.
    pub login: Option<String>,
    /// Whether the login had been disabled, and is enabled now.
    pub was_disabled: bool,
    /// Logins of this till that it replaced: they are disabled now.
    pub disabled: Vec<String>,
}

impl Command for SaveTill {
    type Outcome = TillSaved;

    fn touches(&self, _: &Reference, _: &mut Touches) {}

    /// Of two that give one till other logins, the second must see the first one's, to disable it.
    fn is_alone(&self) -> bool {
        true
    }

    fn decide(&self, set: &mut WorkingSet) -> Decision<TillSaved> {
        let actor = &self.context.actor;
        self.context.at(set)?;
        let reference = set.reference.clone();
        let till = reference.save_till(Registrar::of(actor), &self.draft, || set.new_id())?.place;
        let given = match &self.login {
            Some(login) => {
                let network = reference.networks.get(&till.network);
                let new = NewLogin {
                    name: &login.name,
                    password_hash: login.password_hash.clone(),
                    roles: login.roles,
                    partner: network.map_or(actor.partner, |network| network.partner),
                    network: till.network,
                    store: Some(till.store),
                    till: Some(till.id),
                };
                let given = reference.give_login(new, || CredentialId(set.new_id()));
                Some(given.ok_or_else(|| Refusal::LoginTaken { login: login.name.as_str().to_owned() })?)
            }
            None => None,
        };
        check_enabled(set, actor)?;
        if given.iter().flat_map(|given| &given.replaced).any(|login| login.id == actor.credential) {
            return Err(Refusal::LoginOwn);
        }
        let outcome = TillSaved {
            till: till.code.clone(),
            closed: till.disabled,
            login: given.as_ref().map(|given| given.login.login.clone()),
            was_disabled: given.as_ref().is_some_and(|given| given.act == LoginAct::Enabled),
            disabled: given.as_ref().map(|given| given.replaced_names()).unwrap_or_default(),
        };
        set.reference_changes.push(self.context.change(ReferenceChange::Till(till)));
        for login in given.into_iter().flat_map(|given| given.logins()) {
            save(set, &self.context, login);
        }
        Ok(Decided::Done(outcome))
    }
}
