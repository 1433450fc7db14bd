//! A consent and its withdrawal: separate documents, never edited.

use crate::domain::{
    ids::{CustomerId, StoreId, TillId},
    moment::Moment,
};

/// A consent or its withdrawal: a document, never edited.
#[derive(Debug, Clone)]
pub struct ConsentAct {
    /// The customer.
    pub customer: CustomerId,
    /// The purpose: `processing`, `advertising`.
    pub purpose: String,
    /// The channel.
    pub channel: String,
    /// Given or withdrawn.
    pub given: bool,
    /// The digest of the text that the customer agreed to.
    pub text_hash: Option<String>,
    /// The evidence.
    pub evidence: Option<String>,
    /// The time of the act.
    pub occurred_at: Moment,
    /// The recording time.
    pub recorded_at: Moment,
    /// The store.
    pub store: Option<StoreId>,
    /// The till.
    pub till: Option<TillId>,
    /// The cashier.
    pub cashier: Option<String>,
}
