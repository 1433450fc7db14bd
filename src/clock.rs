//! The only module that reads a clock; all others get the time as a value.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use chrono::Utc;

use crate::domain::moment::{Moment, Span};

/// The source of time.
#[derive(Debug, Clone)]
pub enum Clock {
    /// The system clock.
    System,
    /// A manual clock for tests, in milliseconds since 1970.
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// A manual clock, set to a moment.
    #[must_use]
    pub fn manual(at: Moment) -> Self {
        Self::Manual(Arc::new(AtomicI64::new(at.0)))
    }

    /// Now, in whole milliseconds, as both databases store it.
    #[must_use]
    pub fn now(&self) -> Moment {
        match self {
            Self::System => Moment(Utc::now().timestamp_millis()),
            Self::Manual(hand) => Moment(hand.load(Ordering::SeqCst)),
        }
    }

    /// Advances a manual clock; no effect on the system clock.
    pub fn advance(&self, span: Span) {
        if let Self::Manual(hand) = self {
            hand.fetch_add(span.0, Ordering::SeqCst);
        }
    }
}
