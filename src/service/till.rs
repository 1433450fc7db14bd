//! Tills and their logins (A12).

use crate::{
    domain::{
        ids::{CredentialId, TillId},
        reference::{Credential, Reference, Roles, Till},
        refusal::{Decided, Decision, Refusal},
    },
    service::context::OfficeContext,
    working_set::{ReferenceChange, Touches, WorkingSet, command::Command},
};

/// Adds a till, or changes its login.
#[derive(Debug)]
pub struct SaveTill {
    /// Who, when.
    pub context: OfficeContext,
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
        set.reference_changes.push(self.context.change(ReferenceChange::Till(Till {
            id: till,
            network: actor.network,
            store: store.id,
            code: self.till.clone(),
            name: self.name.clone(),
        })));
        let credential = Credential {
            id: known_login.map_or_else(|| CredentialId(set.new_id()), |known| known.id),
            login: self.login.clone(),
            password_hash: self.password_hash.clone(),
            version: known_login.map_or(1, |known| known.version.saturating_add(1)),
            disabled: false,
            roles: self.roles,
            partner: actor.partner,
            network: actor.network,
            store: Some(store.id),
            till: Some(till),
        };
        set.reference_changes.push(self.context.change(ReferenceChange::Credential(Box::new(credential))));
        Ok(Decided::Done(TillSaved { till: self.till.clone(), login: self.login.clone() }))
    }
}
