//! Questions about many rows: lists and reports. A question is plain data: its parameters and its caller. The store answers
//! it beside the seam, in one read-only transaction (`store/questions`).

pub mod expiry;
pub mod page;
pub mod settlement;
pub mod till;

use self::{
    expiry::{ExpiringPoints, ListExpiringPoints},
    page::Page,
    settlement::{ListSettlement, SettlementRow},
    till::{ListTills, TillRow},
};
use crate::{
    domain::refusal::Refusal,
    working_set::command::{Answer, Ending, Failure},
};

/// A question about many rows.
pub trait Question: Send + 'static {
    /// The answer.
    type Outcome;

    /// Asks the books. It may be asked again after a failure.
    ///
    /// # Errors
    /// It could not be answered.
    fn ask(&self, books: &mut dyn Books) -> Result<Self::Outcome, Unanswered>;
}

/// Answers questions, one method for each; the store implements it. All answers come from one state and contain only what
/// the caller may see.
pub trait Books {
    /// Points that expire soon.
    ///
    /// # Errors
    /// It could not be answered.
    fn expiring_points(&mut self, question: &ListExpiringPoints) -> Result<Page<ExpiringPoints>, Unanswered>;

    /// What partners owe each other.
    ///
    /// # Errors
    /// It could not be answered.
    fn settlement(&mut self, question: &ListSettlement) -> Result<Page<SettlementRow>, Unanswered>;

    /// The tills of a network.
    ///
    /// # Errors
    /// It could not be answered.
    fn tills(&mut self, question: &ListTills) -> Result<Page<TillRow>, Unanswered>;
}

/// Why a question was not answered. Nothing has changed: it may always be asked again.
#[derive(Debug, thiserror::Error)]
pub enum Unanswered {
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

/// A question bound to the rendering of its answer.
pub struct Inquiry(Box<dyn Ask>);

/// A question without its types.
trait Ask: Send {
    fn ask(&self, books: &mut dyn Books) -> Result<Result<Answer, Failure>, Unanswered>;
}

struct Rendered<Q, R> {
    question: Result<Q, Refusal>,
    render: R,
}

/// Binds a question, or the refusal of its request, to `render`, which writes the answer. `None` is a defect.
pub fn inquiry<Q, R>(question: Result<Q, Refusal>, render: R) -> Inquiry
where
    Q: Question,
    R: Fn(&Ending<'_, Q::Outcome>) -> Option<String> + Send + 'static,
{
    Inquiry(Box::new(Rendered { question, render }))
}

impl Inquiry {
    /// Asks, and renders the answer.
    ///
    /// # Errors
    /// The question was not answered. Within: the answer could not be written.
    pub fn ask(&self, books: &mut dyn Books) -> Result<Result<Answer, Failure>, Unanswered> {
        self.0.ask(books)
    }
}

impl<Q, R> Ask for Rendered<Q, R>
where
    Q: Question,
    R: Fn(&Ending<'_, Q::Outcome>) -> Option<String> + Send,
{
    fn ask(&self, books: &mut dyn Books) -> Result<Result<Answer, Failure>, Unanswered> {
        let (code, body) = match &self.question {
            Ok(question) => ("OK", (self.render)(&Ending::Done(&question.ask(books)?))),
            Err(refusal) => (refusal.code(), (self.render)(&Ending::Refused(refusal, None))),
        };
        let answer = body.map(|body| Answer { code: code.to_owned(), body, repeated: false });
        Ok(answer.ok_or(Failure::Internal))
    }
}
