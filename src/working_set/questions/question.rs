//! A question and who answers it.

use crate::domain::refusal::Refusal;

/// A question about many rows, as plain data: its parameters and its caller. An [`Inquiry`](super::Inquiry) asks it.
pub trait Question: Send + 'static {
    /// The answer.
    type Outcome;
}

/// Answers one question; the store implements it for each.
pub trait Answers<Q: Question> {
    /// Answers it, with nothing but what the caller may see.
    ///
    /// # Errors
    /// It could not be answered.
    fn answer(&mut self, question: &Q) -> Result<Q::Outcome, Unanswered>;
}

/// Why a question was not answered. Nothing has changed: it may always be asked again.
#[derive(Debug, thiserror::Error)]
pub enum Unanswered {
    /// What is there does not allow an answer; the caller gets the refusal.
    #[error("{0}")]
    Refused(#[from] Refusal),
    /// It exceeds the time limit.
    #[error("the time for the answer is over")]
    Late,
    /// The database was unreachable, or failed temporarily.
    #[error("for now: {0}")]
    Passing(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A defect, or unreadable rows.
    #[error("{0}")]
    Broken(#[source] Box<dyn std::error::Error + Send + Sync>),
}
