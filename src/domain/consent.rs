//! A consent and its withdrawal: documents of their own, never edited.

use crate::domain::{
    ids::{CustomerId, StoreId, TillId},
    moment::Moment,
};

/// A consent or its withdrawal: a document, never edited.
#[derive(Debug, Clone)]
pub struct ConsentAct {
    /// Whose.
    pub customer: CustomerId,
    /// To what: `processing`, `advertising`.
    pub purpose: String,
    /// Through which channel.
    pub channel: String,
    /// Given or withdrawn.
    pub given: bool,
    /// The digest of the text that the customer agreed to.
    pub text_hash: Option<String>,
    /// What proves it.
    pub evidence: Option<String>,
    /// When.
    pub occurred_at: Moment,
    /// When it was written down.
    pub recorded_at: Moment,
    /// Where.
    pub store: Option<StoreId>,
    /// At which till.
    pub till: Option<TillId>,
    /// By whom.
    pub cashier: Option<String>,
}
