//! Tills and their logins (A12).

use crate::{
    domain::{
        ids::{CredentialId, TillId},
        login::{LoginAct, NewLogin},
        name::{Code, LoginName},
        reference::{Reference, Roles, Till},
        refusal::{Decided, Decision, Refusal},
    },
    service::{
        context::OfficeContext,
        login::{check_enabled, save},
    },
    working_set::{ReferenceChange, Touches, WorkingSet, command::Command},
};

/// Adds a till, or changes it, and gives it a login. A disabled login of the same partner may be given: it is enabled
/// and from then on is this till's.
#[derive(Debug)]
pub struct SaveTill {
    /// The caller and the time.
    pub context: OfficeContext,
    /// The store's code.
    pub store: String,
    /// The till's code.
    pub till: Code,
    /// The till's name.
    pub name: Option<String>,
    /// The login.
    pub login: LoginName,
    /// The password's hash, in PHC notation.
    pub password_hash: String,
    /// The login's roles.
    pub roles: Roles,
}

/// A till and its login.
#[derive(Debug, Clone)]
pub struct TillSaved {
    /// The till's code.
    pub till: String,
    /// The login.
    pub login: String,
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
        let store = reference.store(actor.network, &self.store);
        let store = store.ok_or_else(|| Refusal::StoreUnknown { store: self.store.clone() })?;
        let known_till = reference.till(actor.network, self.till.as_str());
        let till = known_till.map_or_else(|| TillId(set.new_id()), |till| till.id);
        let new = NewLogin {
            name: &self.login,
            password_hash: self.password_hash.clone(),
            roles: self.roles,
            partner: actor.partner,
            network: actor.network,
            store: Some(store.id),
            till: Some(till),
        };
        let given = reference.give_login(new, || CredentialId(set.new_id()));
        let given = given.ok_or_else(|| Refusal::LoginTaken { login: self.login.as_str().to_owned() })?;
        check_enabled(set, actor)?;
        if given.replaced.iter().any(|login| login.id == actor.credential) {
            return Err(Refusal::LoginOwn);
        }
        let saved = Till {
            id: till,
            network: actor.network,
            store: store.id,
            code: known_till.map_or_else(|| self.till.as_str().to_owned(), |known| known.code.clone()),
            name: self.name.clone(),
        };
        let outcome = TillSaved {
            till: saved.code.clone(),
            login: given.login.login.clone(),
            was_disabled: given.act == LoginAct::Enabled,
            disabled: given.replaced_names(),
        };
        set.reference_changes.push(self.context.change(ReferenceChange::Till(saved)));
        for login in given.logins() {
            save(set, &self.context, login);
        }
        Ok(Decided::Done(outcome))
    }
}
