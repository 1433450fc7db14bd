//! Logins: one that was stolen is shut, and opened again with another password.

use crate::{
    domain::{
        moment::Moment,
        reference::{Actor, Credential, LoginAct, Reference},
        refusal::{Decided, Decision, Refusal},
    },
    service::context::OfficeContext,
    working_set::{LoginChange, ReferenceChange, Touches, WorkingSet, command::Command},
};

/// Shuts a login; doing it twice is as good as once.
#[derive(Debug)]
pub struct DisableLogin {
    /// Who, when.
    pub context: OfficeContext,
    /// Its name.
    pub login: String,
}

/// A login that nobody gets in with any more.
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

    /// Two offices that shut each other at once: the second must see that it is shut.
    fn is_alone(&self) -> bool {
        true
    }

    fn decide(&self, set: &mut WorkingSet) -> Decision<LoginDisabled> {
        let at = self.context.at(set)?;
        is_open(set, &self.context.actor)?;
        let known = own(set, &self.context.actor, &self.login)?;
        // Else an office could lock itself out, and only the command line could let it in again.
        if known.id == self.context.actor.credential {
            return Err(Refusal::LoginOwn);
        }
        if !known.disabled {
            save(set, &self.context, at, known.shut(), LoginAct::Shut);
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
        let at = self.context.at(set)?;
        is_open(set, &self.context.actor)?;
        let known = own(set, &self.context.actor, &self.login)?;
        let act = if known.disabled { LoginAct::Reopened } else { LoginAct::Changed };
        save(set, &self.context, at, known.reopened(self.password_hash.clone()), act);
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

/// Puts a login down as it is from now on, and what was done to it, by whom and when.
pub fn save(set: &mut WorkingSet, context: &OfficeContext, at: Moment, login: Credential, act: LoginAct) {
    let change = LoginChange {
        id: set.new_id(),
        act,
        occurred_at: at,
        by: Some(context.actor.credential),
        employee: context.employee.clone(),
    };
    set.reference_changes.push(ReferenceChange::Login(Box::new(login), change));
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
