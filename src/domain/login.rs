//! Logins: who may be given one, and which others it takes the place of.

use std::iter;

use crate::domain::{
    ids::{CredentialId, NetworkId, PartnerId, StoreId, TillId},
    name::LoginName,
    reference::{Credential, Reference, Roles},
};

/// A login that is to be given to a till, a store or a network.
#[derive(Debug)]
pub struct NewLogin<'a> {
    /// Its name.
    pub name: &'a LoginName,
    /// The password's hash, in PHC notation.
    pub password_hash: String,
    /// What it may do.
    pub roles: Roles,
    /// The partner.
    pub partner: PartnerId,
    /// The network.
    pub network: NetworkId,
    /// The store that it is limited to.
    pub store: Option<StoreId>,
    /// The till that it is limited to.
    pub till: Option<TillId>,
}

/// What was done to a login that was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoginAct {
    /// It was made.
    Added,
    /// It was enabled already, and got the new password and roles.
    Changed,
    /// It had been disabled, and was enabled.
    Enabled,
}

/// A login that was given, and those whose place it took.
#[derive(Debug)]
pub struct GivenLogin {
    /// The login as it is from now on.
    pub login: Credential,
    /// What was done to it.
    pub act: LoginAct,
    /// Enabled logins of the same till with one of its roles, by name: a till has one for each role. They are to be
    /// disabled.
    pub replaced: Vec<Credential>,
}

impl GivenLogin {
    /// The logins as they are from now on: this one, then the replaced ones, disabled.
    pub fn logins(self) -> impl Iterator<Item = Credential> {
        let disabled = self.replaced.into_iter().map(|login| login.to_disabled());
        iter::once(self.login).chain(disabled)
    }

    /// The names of the replaced logins.
    #[must_use]
    pub fn replaced_names(&self) -> Vec<String> {
        self.replaced.iter().map(|login| login.login.clone()).collect()
    }
}

impl Reference {
    /// Gives a login. A disabled login of the same partner is enabled as it is given now, whatever it was for. An
    /// enabled one of the same till is changed. `None` when the name is taken: it is another partner's, or enabled
    /// elsewhere.
    pub fn give_login(&self, new: NewLogin<'_>, new_id: impl FnOnce() -> CredentialId) -> Option<GivenLogin> {
        let known = self.credential(new.name.as_str());
        let till = new.till;
        let is_of_the_till = |known: &Credential| till.is_some() && known.till == till;
        // Whoever works with an enabled login elsewhere would lose it and not be told.
        let is_taken = |known: &Credential| known.partner != new.partner || (!known.disabled && !is_of_the_till(known));
        if known.is_some_and(is_taken) {
            return None;
        }
        let act =
            known.map_or(LoginAct::Added, |known| if known.disabled { LoginAct::Enabled } else { LoginAct::Changed });
        let login = Credential {
            id: known.map_or_else(new_id, |known| known.id),
            login: known.map_or_else(|| new.name.as_str().to_owned(), |known| known.login.clone()),
            password_hash: new.password_hash,
            version: known.map_or(1, |known| known.version.saturating_add(1)),
            disabled: false,
            roles: new.roles,
            partner: new.partner,
            network: new.network,
            store: new.store,
            till: new.till,
        };
        let replaced = self.replaced_by(&login);
        Some(GivenLogin { login, act, replaced })
    }

    /// The enabled logins of a login's till with one of its roles, in the order of their names: a till has one working
    /// login for each role.
    #[must_use]
    pub fn replaced_by(&self, login: &Credential) -> Vec<Credential> {
        let is_replaced = |other: &&Credential| {
            let is_of_the_till = login.till.is_some() && other.till == login.till;
            is_of_the_till && !other.disabled && other.roles.meets(login.roles) && other.id != login.id
        };
        let mut replaced: Vec<Credential> = self.credentials.values().filter(is_replaced).cloned().collect();
        replaced.sort_by(|one, next| one.login.cmp(&next.login));
        replaced
    }
}
