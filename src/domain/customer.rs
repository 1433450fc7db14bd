//! A customer and the fixed fields of the questionnaire («анкета клиента»). Consents are separate documents.

use crate::domain::{
    ids::{CustomerId, ProgrammeId, StoreId},
    moment::Moment,
    phone::Phone,
    questionnaire::Answers,
};

/// A customer of a programme, found by phone; the holder of an anonymous card is found by the card alone.
#[derive(Debug, Clone)]
pub struct Customer {
    /// Identity.
    pub id: CustomerId,
    /// The programme.
    pub programme: ProgrammeId,
    /// The phone, unique among live customers (invariant 32). `None`: the holder of a card that was issued without one.
    pub phone: Option<Phone>,
    /// When the phone was confirmed by a code.
    pub phone_confirmed_at: Option<Moment>,
    /// The questionnaire's answers.
    pub answers: Answers,
    /// The referrer (D10).
    pub referrer: Option<CustomerId>,
    /// When the customer was registered.
    pub registered_at: Moment,
    /// The store of registration.
    pub store: Option<StoreId>,
    /// The customer that this one was merged into: old identifiers lead there.
    pub merged_into: Option<CustomerId>,
}
