//! Tills and their logins (A12).

use crate::{
    domain::{
        ids::{CredentialId, TillId},
        name::{Code, LoginName},
        reference::{Credential, Reference, Roles, Till},
        refusal::{Decided, Decision, Refusal},
    },
    service::{
        context::OfficeContext,
        login::{is_open, save},
    },
    working_set::{ReferenceChange, Touches, WorkingSet, command::Command},
};

/// Adds a till, or changes its login. A shut login of the partner's, whatever it was for, is opened again as this till's.
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
    /// Whether the login had been shut.
    pub is_reopened: bool,
    /// Logins of this till whose place it took: they are shut.
    pub shut: Vec<String>,
}

impl Command for SaveTill {
    type Outcome = TillSaved;

    fn touches(&self, _: &Reference, _: &mut Touches) {}

    /// Of two that give one till other logins, the second must see the first one's, to shut it.
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
        let known = reference.credential(self.login.as_str());
        // An open login of another till, or of none, would lose its work unseen.
        let is_taken =
            |known: &Credential| known.partner != actor.partner || (!known.disabled && known.till != Some(till));
        if known.is_some_and(is_taken) {
            return Err(Refusal::LoginTaken { login: self.login.as_str().to_owned() });
        }
        is_open(set, actor)?;
        let replaced = reference.replaced_at(till, self.roles, known.map(|known| known.id));
        if replaced.iter().any(|login| login.id == actor.credential) {
            return Err(Refusal::LoginOwn);
        }
        let saved = Till {
            id: till,
            network: actor.network,
            store: store.id,
            code: known_till.map_or_else(|| self.till.as_str().to_owned(), |known| known.code.clone()),
            name: self.name.clone(),
        };
        let credential = Credential {
            id: known.map_or_else(|| CredentialId(set.new_id()), |known| known.id),
            login: known.map_or_else(|| self.login.as_str().to_owned(), |known| known.login.clone()),
            password_hash: self.password_hash.clone(),
            version: known.map_or(1, |known| known.version.saturating_add(1)),
            disabled: false,
            roles: self.roles,
            partner: actor.partner,
            network: actor.network,
            store: Some(store.id),
            till: Some(till),
        };
        let is_reopened = known.is_some_and(|known| known.disabled);
        let outcome = TillSaved {
            till: saved.code.clone(),
            login: credential.login.clone(),
            is_reopened,
            shut: replaced.iter().map(|login| login.login.clone()).collect(),
        };
        set.reference_changes.push(self.context.change(ReferenceChange::Till(saved)));
        save(set, &self.context, credential);
        for login in replaced {
            save(set, &self.context, login.shut());
        }
        Ok(Decided::Done(outcome))
    }
}
