//! A customer and the fixed fields of the questionnaire («анкета клиента»). Consents are documents of their own.

use crate::domain::{
    ids::{CustomerId, ProgrammeId, StoreId},
    moment::Moment,
    phone::Phone,
    questionnaire::Answers,
};

/// A customer of a programme, found by phone.
#[derive(Debug, Clone)]
pub struct Customer {
    /// Identity.
    pub id: CustomerId,
    /// Whose customer.
    pub programme: ProgrammeId,
    /// The phone, one live customer each (invariant 32).
    pub phone: Phone,
    /// When the phone was confirmed by a code.
    pub phone_confirmed_at: Option<Moment>,
    /// The questionnaire's answers.
    pub answers: Answers,
    /// Who brought the customer (D10).
    pub referrer: Option<CustomerId>,
    /// When the customer was registered.
    pub registered_at: Moment,
    /// Where.
    pub store: Option<StoreId>,
    /// The customer that this one turned out to be: old identifiers lead there.
    pub merged_into: Option<CustomerId>,
}
