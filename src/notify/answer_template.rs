//! How to read a provider's answer, as the configuration says it.

use std::collections::BTreeMap;

use serde::Deserialize;

/// How to read an answer with a successful HTTP status: a JSON document, and where in it to look.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnswerTemplate {
    /// JSON pointers to the status, tried in order; the first that finds a value decides. Only the first of the list
    /// can accept: the others explain refusals of the request as a whole. May contain `{{phone}}`, `{{phone_plus}}` and
    /// `{{id}}`.
    #[serde(default)]
    pub status: Vec<String>,
    /// A JSON pointer to the provider's id of the message.
    pub id: Option<String>,
    /// Status values of a message that is taken.
    #[serde(default)]
    pub accepted: Vec<Code>,
    /// Status values of a message that is delivered already.
    #[serde(default)]
    pub delivered: Vec<Code>,
    /// Status values of a message that was not taken and may be sent again later.
    #[serde(default)]
    pub temporary: Vec<Code>,
    /// Status values of a message that was not taken and never will be as it is.
    #[serde(default)]
    pub permanent: Vec<Code>,
    /// The provider answers an accepted message by an id alone: no status and an id mean accepted.
    #[serde(default)]
    pub accepted_by_id: bool,
    /// HTTP statuses that say that the message was not taken and may be sent again later.
    #[serde(default = "default_http_temporary")]
    pub http_temporary: Vec<u16>,
    /// How long to wait after a temporary status, in seconds, by status.
    #[serde(default)]
    pub retry_after_s: BTreeMap<String, u64>,
    /// What a status means, for the operator, by status.
    #[serde(default)]
    pub meanings: BTreeMap<String, String>,
}

/// A status value as a template lists it; `100` and `"100"` are the same.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Code {
    /// Written as a number.
    Number(i64),
    /// Written as text.
    Text(String),
    /// Written as a truth value.
    Flag(bool),
}

impl Code {
    pub(super) fn text(&self) -> String {
        match self {
            Self::Number(number) => number.to_string(),
            Self::Text(text) => text.clone(),
            Self::Flag(flag) => flag.to_string(),
        }
    }
}

fn default_http_temporary() -> Vec<u16> {
    vec![429, 503]
}
