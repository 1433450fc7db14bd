//! The stored answer to an operation: what makes a repeat of its key answer the same bytes.

use crate::domain::{
    ids::{CustomerId, PartnerId, ReceiptId, ReservationId},
    moment::Moment,
};

/// A stored answer.
#[derive(Debug, Clone)]
pub struct StoredAnswer {
    /// Whose operation.
    pub partner: PartnerId,
    /// Its key.
    pub key: String,
    /// Its name.
    pub operation: String,
    /// What was asked.
    pub request_digest: Vec<u8>,
    /// How it ended: `OK` or the refusal's code.
    pub code: String,
    /// The answer's `return`, as it was sent; nothing where it was about a customer who has been erased.
    pub body: Option<String>,
    /// When.
    pub recorded_at: Moment,
    /// What it made or changed: what a cancellation by the key has to find.
    pub subject: Option<Subject>,
    /// Whom it is about, if anybody: by that customer's key it is sealed.
    pub customer: Option<CustomerId>,
}

/// What an operation made or changed.
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

    /// What a kind's word and an id stand for.
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
    /// The name under which a cancellation that came before its original keeps the original's place.
    pub const TOMBSTONE: &str = "CancelOperation";

    /// What keeps the place of an operation that was cancelled before it came.
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

    /// Whether it only keeps the place of an operation that was cancelled before it came: no request has an empty digest.
    #[must_use]
    pub fn is_tombstone(&self) -> bool {
        self.request_digest.is_empty()
    }
}
