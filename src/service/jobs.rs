//! What happens by itself when time passes: holds lapse, lots become spendable and lapse.
//!
//! No figure waits for these jobs: a command that touches an account does the same first (see
//! [`WorkingSet::bring_up_to_date`]). They only see to it that accounts which nobody touches are written down too.

use crate::{
    domain::{ids::AccountId, reference::Reference, refusal::Refusal},
    store::{
        executor::{Failure, Verdict, Work},
        set::{Touches, WorkingSet},
    },
};

/// Brings accounts up to date for which time has come.
#[derive(Debug)]
pub struct BringUpToDate {
    /// At most so many accounts at a time.
    pub accounts_max: i64,
}

impl Work for BringUpToDate {
    fn touches(&self, _: &Reference, touches: &mut Touches) {
        touches.due = Some(self.accounts_max);
    }

    /// The verdict's body is how many accounts were due, so that the caller knows whether to ask for more at once.
    fn decide(&self, set: &mut WorkingSet) -> Result<Verdict, Failure> {
        let accounts: Vec<AccountId> = set.accounts.iter().map(|(id, _)| *id).collect();
        for id in &accounts {
            set.bring_up_to_date(*id);
        }
        Ok(Verdict { code: "OK", body: accounts.len().to_string(), keep: true, subject: None })
    }

    fn refuse(&self, refusal: &Refusal) -> Result<Verdict, Failure> {
        Ok(Verdict { code: refusal.code(), body: String::new(), keep: false, subject: None })
    }
}
