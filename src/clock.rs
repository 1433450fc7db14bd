//! The only place that reads a clock; everything else is told what time it is.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use chrono::Utc;

use crate::domain::moment::{Moment, Span};

/// Where time comes from.
#[derive(Debug, Clone)]
pub enum Clock {
    /// The system.
    System,
    /// A hand that tests turn, in milliseconds since 1970.
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands at a moment until it is turned.
    #[must_use]
    pub fn manual(at: Moment) -> Self {
        Self::Manual(Arc::new(AtomicI64::new(at.0)))
    }

    /// Now, in whole milliseconds: both databases keep exactly that.
    #[must_use]
    pub fn now(&self) -> Moment {
        match self {
            Self::System => Moment(Utc::now().timestamp_millis()),
            Self::Manual(hand) => Moment(hand.load(Ordering::SeqCst)),
        }
    }

    /// Turns a manual clock; the system's cannot be turned.
    pub fn advance(&self, span: Span) {
        if let Self::Manual(hand) = self {
            hand.fetch_add(span.0, Ordering::SeqCst);
        }
    }
}
