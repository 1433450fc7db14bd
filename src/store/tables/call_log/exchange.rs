//! An exchange as it is kept, and by what it is looked for.

use std::collections::BTreeSet;

use crate::domain::moment::Moment;

/// An exchange as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExchangeRow {
    /// When it was answered, in milliseconds since 1970.
    pub at: i64,
    /// What names the call in the log and in faults.
    pub request_id: String,
    /// The service.
    pub service: String,
    /// The operation, if the request got that far.
    pub operation: Option<String>,
    /// `OK`, the refusal's code, or the fault's.
    pub code: String,
    /// The HTTP status.
    pub http_status: i64,
    /// For which partner.
    pub partner_id: Option<i64>,
    /// By which login.
    pub login: Option<String>,
    /// The operation key.
    pub operation_key: Option<String>,
    /// The card.
    pub card: Option<String>,
    /// The till.
    pub till: Option<String>,
    /// How long the answer took, in milliseconds.
    pub duration_ms: i64,
    /// The canonical request, masked.
    pub request: Option<String>,
    /// The answer's `return`, masked.
    pub answer: Option<String>,
}

/// By what exchanges are looked for; what is given must hold together.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// By request id.
    pub request_id: Option<String>,
    /// By operation key.
    pub operation_key: Option<String>,
    /// By card.
    pub card: Option<String>,
    /// By till.
    pub till: Option<String>,
    /// Not before this moment.
    pub from: Option<Moment>,
    /// Before this moment.
    pub to: Option<Moment>,
    /// Whose calls.
    pub whose: Whose,
}

/// Whose calls are looked for.
#[derive(Debug, Clone, Default)]
pub enum Whose {
    /// Everybody's.
    #[default]
    Everybody,
    /// Those of these partners.
    Partners {
        /// The partners' ids.
        ids: BTreeSet<i64>,
        /// Whether also calls whose login nobody knew.
        and_nobody: bool,
    },
}

impl Search {
    /// Whether a call at this moment, in the name of this partner, is looked for.
    pub(super) fn takes(&self, at: i64, partner: Option<i64>) -> bool {
        let is_whose = match (&self.whose, partner) {
            (Whose::Everybody, _) => true,
            (Whose::Partners { ids, .. }, Some(partner)) => ids.contains(&partner),
            (Whose::Partners { and_nobody, .. }, None) => *and_nobody,
        };
        is_whose && self.from.is_none_or(|from| at >= from.0) && self.to.is_none_or(|to| at < to.0)
    }
}
