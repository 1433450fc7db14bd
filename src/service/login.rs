//! Logins: disabling a stolen one.

use crate::{
    domain::{
        reference::{Actor, Credential, Reference},
        refusal::{Decided, Decision, Refusal},
    },
    service::context::OfficeContext,
    working_set::{ReferenceChange, Touches, WorkingSet, command::Command},
};

/// Disables a login. A repeat changes nothing.
#[derive(Debug)]
pub struct DisableLogin {
    /// The caller and the time.
    pub context: OfficeContext,
    /// Its name.
    pub login: String,
}

/// A disabled login.
#[derive(Debug, Clone)]
pub struct LoginDisabled {
    /// Its name.
    pub login: String,
}

/// Opens a login, or gives an open one another password. It stays where it was and may do what it might.
#[derive(Debug)]
pub struct EnableLogin {
    /// Who, when.
    pub context: OfficeContext,
    /// Its name.
    pub login: String,
    /// The password's hash, in PHC notation.
    pub password_hash: String,
}

/// A login that one gets in with by its new password alone.
#[derive(Debug, Clone)]
pub struct LoginEnabled {
    /// Its name.
    pub login: String,
    /// Whether it had been shut.
    pub was_shut: bool,
}

impl Command for DisableLogin {
    type Outcome = LoginDisabled;

    fn touches(&self, _: &Reference, _: &mut Touches) {}

    /// When two offices disable each other at once, the second must see that its own login is disabled.
    fn is_alone(&self) -> bool {
        true
    }

    fn decide(&self, set: &mut WorkingSet) -> Decision<LoginDisabled> {
        self.context.at(set)?;
        is_open(set, &self.context.actor)?;
        let known = own(set, &self.context.actor, &self.login)?;
        // Else an office could lock itself out, and only the command line could let it in again.
        if known.id == self.context.actor.credential {
            return Err(Refusal::LoginOwn);
        }
        if !known.disabled {
            save(set, &self.context, known.shut());
        }
        Ok(Decided::Done(LoginDisabled { login: known.login }))
    }
}

impl Command for EnableLogin {
    type Outcome = LoginEnabled;

    fn touches(&self, _: &Reference, _: &mut Touches) {}

    /// As for [`DisableLogin`]: who is being shut must not open itself.
    fn is_alone(&self) -> bool {
        true
    }

    fn decide(&self, set: &mut WorkingSet) -> Decision<LoginEnabled> {
        self.context.at(set)?;
        is_open(set, &self.context.actor)?;
        let known = own(set, &self.context.actor, &self.login)?;
        save(set, &self.context, known.reopened(self.password_hash.clone()));
        Ok(Decided::Done(LoginEnabled { login: known.login, was_shut: known.disabled }))
    }
}

/// Whether the caller's own login has not been shut while its call waited.
///
/// # Errors
/// It has.
pub fn is_open(set: &WorkingSet, actor: &Actor) -> Result<(), Refusal> {
    let is_shut = |known: &Credential| known.id == actor.credential && known.disabled;
    if set.reference.credentials.values().any(is_shut) { Err(Refusal::LoginOwn) } else { Ok(()) }
}

/// Puts a login down as it is from now on; the registry says who changed it, and how it was before.
pub fn save(set: &mut WorkingSet, context: &OfficeContext, login: Credential) {
    set.reference_changes.push(context.change(ReferenceChange::Login(Box::new(login))));
}

/// A login of the caller's partner.
fn own(set: &WorkingSet, actor: &Actor, login: &str) -> Result<Credential, Refusal> {
    let known = set.reference.credential(login).ok_or_else(|| Refusal::LoginUnknown { login: login.to_owned() })?;
    if known.partner == actor.partner {
        Ok(known.clone())
    } else {
        Err(Refusal::LoginNotYours { login: login.to_owned() })
    }
}
