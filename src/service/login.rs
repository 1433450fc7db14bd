//! Logins: one that was stolen is shut.

use crate::{
    domain::{
        reference::{Credential, Reference},
        refusal::{Decided, Decision, Refusal},
    },
    service::context::OfficeContext,
    working_set::{ReferenceChange, Touches, WorkingSet, command::Command},
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

impl Command for DisableLogin {
    type Outcome = LoginDisabled;

    fn touches(&self, _: &Reference, _: &mut Touches) {}

    /// Two offices that shut each other at once: the second must see that it is shut.
    fn is_alone(&self) -> bool {
        true
    }

    fn decide(&self, set: &mut WorkingSet) -> Decision<LoginDisabled> {
        let actor = &self.context.actor;
        self.context.at(set)?;
        let is_shut = |known: &Credential| known.id == actor.credential && known.disabled;
        if set.reference.credentials.values().any(is_shut) {
            return Err(Refusal::LoginOwn);
        }
        let known = set.reference.credentials.get(&self.login).cloned();
        let known = known.ok_or_else(|| Refusal::LoginUnknown { login: self.login.clone() })?;
        if known.partner != actor.partner {
            return Err(Refusal::LoginNotYours { login: self.login.clone() });
        }
        // Else an office could lock itself out, and only the command line could let it in again.
        if known.id == actor.credential {
            return Err(Refusal::LoginOwn);
        }
        if !known.disabled {
            let shut = Credential { disabled: true, version: known.version.saturating_add(1), ..known };
            set.reference_changes.push(self.context.change(ReferenceChange::Credential(Box::new(shut))));
        }
        Ok(Decided::Done(LoginDisabled { login: self.login.clone() }))
    }
}
