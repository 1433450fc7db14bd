//! What a check has looked at, and what it found.

use std::fmt;

use crate::{
    domain::moment::Moment,
    store::{
        facts::Kind,
        tables::registry::acceptance::{Acceptance, Stage},
    },
};

/// Findings kept; further ones are only counted.
const FINDINGS_MAX: usize = 10_000;

/// What a check has looked at, and what it found.
#[derive(Debug, Default, Clone)]
pub struct Report {
    /// Accounts looked at.
    pub accounts: u64,
    /// Accounts that there were when it began.
    pub accounts_expected: u64,
    /// Journal entries replayed.
    pub entries: u64,
    /// Daily seals computed again.
    pub seals: u64,
    /// Entries of the chronicle read.
    pub chronicle: u64,
    /// Seals of the chronicle computed again.
    pub chronicle_seals: u64,
    /// What was accepted as it stood since the first installation, the oldest first. By itself it is nothing wrong.
    pub acceptances: Vec<Accepted>,
    /// What differs, one sentence each.
    pub findings: Vec<Finding>,
    /// Findings beyond those.
    pub omitted: u64,
}

/// An entry of the registry's chain that says that rows were accepted as they stood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// Who: `command line` or `upgrade`.
    pub by: String,
    /// What it says.
    pub what: Acceptance,
}

impl fmt::Display for Accepted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Acceptance { accepted_at, stage, program, from, migrations, steps, removed } = &self.what;
        let stage = match stage {
            Stage::Begun => "begun",
            Stage::Resumed => "gone on with after it was interrupted",
            Stage::Finished => "finished",
        };
        write!(f, "acceptance, {} UTC, {stage}, by {}", time_text(*accepted_at), self.by)?;
        match from {
            Some(from) if from != program => write!(f, ", from version {from} to {program}")?,
            Some(_) => write!(f, ", version {program}")?,
            None => write!(f, ", version {program}, the first on this database")?,
        }
        for (name, list) in [("migrations", migrations), ("steps", steps), ("unknown steps removed", removed)] {
            if !list.is_empty() {
                write!(f, "; {name}: {}", list.join(", "))?;
            }
        }
        Ok(())
    }
}

/// Something that is not as the journal says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Which account; none for a seal.
    pub account: Option<i64>,
    /// What, and how it differs.
    pub what: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.account {
            Some(account) => write!(f, "account {account}: {}", self.what),
            None => f.write_str(&self.what),
        }
    }
}

impl Report {
    pub(super) fn found(&mut self, account: Option<i64>, what: String) {
        if self.findings.len() < FINDINGS_MAX {
            self.findings.push(Finding { account, what });
        } else {
            self.omitted = self.omitted.saturating_add(1);
        }
    }

    /// A row is not as the chronicle says. Of an account of which more is known already that says nothing new.
    pub(super) fn changed(&mut self, kind: Kind, id: i64, what: String) {
        let account = (kind == Kind::Account).then_some(id);
        if account.is_some() && self.findings.iter().any(|finding| finding.account == account) {
            return;
        }
        self.found(account, what);
    }
}

/// A time as people read it, in UTC.
pub(super) fn time_text(at_ms: i64) -> String {
    Moment(at_ms).local(0).format("%Y-%m-%d %H:%M:%S").to_string()
}
