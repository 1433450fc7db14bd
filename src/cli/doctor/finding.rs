//! What the doctor finds.

use serde_json::{Value, json};

/// How it stands with something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum State {
    /// It is fine.
    Fine,
    /// It is fine, and there is something to know.
    Note,
    /// There is something to do.
    Warning,
    /// It cannot work like this.
    Broken,
}

/// What was found of one thing.
#[derive(Debug)]
pub(super) struct Finding {
    /// What was looked at, as a word for programs.
    pub(super) check: &'static str,
    /// How it stands.
    pub(super) state: State,
    /// What is so.
    pub(super) text: String,
    /// What to do.
    pub(super) advice: Option<String>,
}

impl State {
    const fn word(self) -> &'static str {
        match self {
            Self::Fine => "fine",
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Broken => "broken",
        }
    }

    const fn told(self) -> &'static str {
        match self {
            Self::Fine => "fine   ",
            Self::Note => "note   ",
            Self::Warning => "WARNING",
            Self::Broken => "BROKEN ",
        }
    }
}

impl Finding {
    /// What is fine.
    pub(super) fn fine(check: &'static str, text: impl Into<String>) -> Self {
        Self { check, state: State::Fine, text: text.into(), advice: None }
    }

    /// What is to be known.
    pub(super) fn note(check: &'static str, text: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { check, state: State::Note, text: text.into(), advice: Some(advice.into()) }
    }

    /// What is to be done.
    pub(super) fn warning(check: &'static str, text: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { check, state: State::Warning, text: text.into(), advice: Some(advice.into()) }
    }

    /// What is broken.
    pub(super) fn broken(check: &'static str, text: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { check, state: State::Broken, text: text.into(), advice: Some(advice.into()) }
    }

    /// As lines for people.
    pub(super) fn lines(&self) -> String {
        let advice = self.advice.as_ref().map(|advice| format!("\n         → {advice}")).unwrap_or_default();
        format!("{}  {}{advice}", self.state.told(), self.text)
    }

    /// For programs.
    pub(super) fn as_json(&self) -> Value {
        json!({"check": self.check, "state": self.state.word(), "text": self.text, "advice": self.advice})
    }
}

/// All findings for programs, with the worst state.
pub(super) fn as_json(findings: &[Finding], worst: State) -> Value {
    json!({"state": worst.word(), "checks": findings.iter().map(Finding::as_json).collect::<Vec<_>>()})
}
