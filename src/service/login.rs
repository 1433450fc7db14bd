//! Logins: disabling a stolen one, enabling it again, another password, and writing down what was done.

use crate::{
    domain::{
        reference::{Actor, Credential, Reference},
        refusal::{Decided, Decision, Refusal},
        registry::Registrar,
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

/// Enables a login with a new password. One that is enabled already gets the password. Store, till and roles stay as
/// they were; another login of the same till and role is disabled.
#[derive(Debug)]
pub struct EnableLogin {
    /// The caller and the time.
    pub context: OfficeContext,
    /// Its name.
    pub login: String,
    /// The password's hash, in PHC notation.
    pub password_hash: String,
}

/// An enabled login.
#[derive(Debug, Clone)]
pub struct LoginEnabled {
    /// Its name.
    pub login: String,
    /// Whether it had been disabled.
    pub was_disabled: bool,
    /// Logins of the same till and role that were disabled for it, by name.
    pub replaced: Vec<String>,
}

/// Gives a login another password. A disabled one stays disabled.
#[derive(Debug)]
pub struct SetPassword {
    /// The caller and the time.
    pub context: OfficeContext,
    /// Its name.
    pub login: String,
    /// The password's hash, in PHC notation.
    pub password_hash: String,
}

/// A login with another password.
#[derive(Debug, Clone)]
pub struct PasswordSet {
    /// Its name.
    pub login: String,
    /// Whether it is disabled.
    pub disabled: bool,
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
        check_enabled(set, &self.context.actor)?;
        let known = own(set, &self.context.actor, &self.login)?;
        // Else an office could lock itself out, and only the command line could let it in again.
        if known.id == self.context.actor.credential {
            return Err(Refusal::LoginOwn);
        }
        if !known.disabled {
            save(set, &self.context, known.to_disabled());
        }
        Ok(Decided::Done(LoginDisabled { login: known.login }))
    }
}

impl Command for EnableLogin {
    type Outcome = LoginEnabled;

    fn touches(&self, _: &Reference, _: &mut Touches) {}

    /// As for [`DisableLogin`]: an office that is being disabled must not enable its own login.
    fn is_alone(&self) -> bool {
        true
    }

    fn decide(&self, set: &mut WorkingSet) -> Decision<LoginEnabled> {
        self.context.at(set)?;
        check_enabled(set, &self.context.actor)?;
        let known = own(set, &self.context.actor, &self.login)?;
        let enabled = known.to_enabled(self.password_hash.clone());
        let replaced = set.reference.replaced_by(&enabled);
        if replaced.iter().any(|login| login.id == self.context.actor.credential) {
            return Err(Refusal::LoginOwn);
        }
        save(set, &self.context, enabled);
        for login in &replaced {
            save(set, &self.context, login.to_disabled());
        }
        let replaced = replaced.into_iter().map(|login| login.login).collect();
        Ok(Decided::Done(LoginEnabled { login: known.login, was_disabled: known.disabled, replaced }))
    }
}

impl Command for SetPassword {
    type Outcome = PasswordSet;

    fn touches(&self, _: &Reference, _: &mut Touches) {}

    /// As for [`DisableLogin`]: an office that is being disabled must not give itself another password.
    fn is_alone(&self) -> bool {
        true
    }

    fn decide(&self, set: &mut WorkingSet) -> Decision<PasswordSet> {
        self.context.at(set)?;
        check_enabled(set, &self.context.actor)?;
        let known = own(set, &self.context.actor, &self.login)?;
        save(set, &self.context, known.to_password(self.password_hash.clone()));
        Ok(Decided::Done(PasswordSet { login: known.login, disabled: known.disabled }))
    }
}

/// Checks that the caller's own login was not disabled while the call waited.
///
/// # Errors
/// [`Refusal::LoginOwn`]: it was.
pub fn check_enabled(set: &WorkingSet, actor: &Actor) -> Result<(), Refusal> {
    let is_disabled = |known: &Credential| known.id == actor.credential && known.disabled;
    if set.reference.credentials.values().any(is_disabled) { Err(Refusal::LoginOwn) } else { Ok(()) }
}

/// Writes down a login as it is from now on. The registry records who changed it, and how it was before.
pub fn save(set: &mut WorkingSet, context: &OfficeContext, login: Credential) {
    set.reference_changes.push(context.change(ReferenceChange::Login(Box::new(login))));
}

/// A login of the caller's partner, or of one that it sees to.
fn own(set: &WorkingSet, actor: &Actor, login: &str) -> Result<Credential, Refusal> {
    let known = set.reference.credential(login).ok_or_else(|| Refusal::LoginUnknown { login: login.to_owned() })?;
    if set.reference.oversees_login(Registrar::of(actor), known) {
        Ok(known.clone())
    } else {
        Err(Refusal::LoginNotYours { login: login.to_owned() })
    }
}
