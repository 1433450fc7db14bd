//! The stored answer to an operation, so that a repeat of its key gets the same bytes.

use crate::domain::{
    ids::{CustomerId, PartnerId, ReceiptId, ReservationId},
    moment::Moment,
};

/// A stored answer.
#[derive(Debug, Clone)]
pub struct StoredAnswer {
    /// The partner.
    pub partner: PartnerId,
    /// Its key.
    pub key: String,
    /// Its name.
    pub operation: String,
    /// The digest of the request.
    pub request_digest: Vec<u8>,
    /// The outcome: `OK` or the refusal's code.
    pub code: String,
    /// The answer's `return`, as it was sent; nothing where it was about a customer who has been erased.
    pub body: Option<String>,
    /// When.
    pub recorded_at: Moment,
    /// The object that it made or changed, for a cancellation by the key.
    pub subject: Option<Subject>,
    /// Whom it is about, if anybody: by that customer's key it is sealed.
    pub customer: Option<CustomerId>,
}

/// The object of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Subject {
    /// A sale.
    Sale(ReceiptId),
    /// A hold of points.
    Reservation(ReservationId),
}

impl Subject {
    /// The word for a sale.
    pub const SALE: &str = "sale";
    /// The word for a hold.
    pub const RESERVATION: &str = "reservation";

    /// Its id.
    #[must_use]
    pub const fn id(self) -> i64 {
        match self {
            Self::Sale(id) => id.0,
            Self::Reservation(id) => id.0,
        }
    }

    /// The word for its kind.
    #[must_use]
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Sale(_) => Self::SALE,
            Self::Reservation(_) => Self::RESERVATION,
        }
    }

    /// The object of a kind's word and an id.
    #[must_use]
    pub fn of(kind: &str, id: i64) -> Option<Self> {
        match kind {
            Self::SALE => Some(Self::Sale(ReceiptId(id))),
            Self::RESERVATION => Some(Self::Reservation(ReservationId(id))),
            _ => None,
        }
    }
}

impl StoredAnswer {
    /// The operation name of a tombstone: the record of a cancellation that arrived before its operation.
    pub const TOMBSTONE: &str = "CancelOperation";

    /// The tombstone of an operation that was cancelled before it arrived.
    #[must_use]
    pub fn tombstone(partner: PartnerId, key: String, recorded_at: Moment) -> Self {
        Self {
            partner,
            key,
            operation: Self::TOMBSTONE.into(),
            request_digest: Vec::new(),
            code: "OPERATION_CANCELLED".into(),
            body: Some(String::new()),
            recorded_at,
            subject: None,
            customer: None,
        }
    }

    /// Whether it is a tombstone: no request has an empty digest.
    #[must_use]
    pub fn is_tombstone(&self) -> bool {
        self.request_digest.is_empty()
    }
}
