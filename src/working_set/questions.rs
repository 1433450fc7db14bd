//! Questions about many rows: lists and reports. A question is plain data: its parameters and its caller. The store answers
//! it beside the seam, in one read-only transaction (`store/questions`).

pub mod expiry;
pub mod login;
pub mod page;
pub mod settlement;
pub mod till;

use crate::{
    domain::refusal::Refusal,
    working_set::command::{Answer, Ending, Failure},
};

/// A question about many rows.
pub trait Question: Send + 'static {
    /// The answer.
    type Outcome;
}

/// Who knows the answer to a question.
pub trait Answers<Q: Question> {
    /// Answers it, only with what the one who asks may see.
    ///
    /// # Errors
    /// It could not be answered.
    fn answer(&mut self, question: &Q) -> Result<Q::Outcome, Unanswered>;
}

/// Who knows the answers to all questions, from one state: the store. Each question has its row here, and its answer in
/// `store/questions`; without either the program does not compile.
pub trait Books:
    Answers<expiry::ListExpiringPoints>
    + Answers<settlement::ListSettlement>
    + Answers<till::ListTills>
    + Answers<login::ListLogins>
{
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

/// A question bound to the way in which its answer is written.
pub struct Inquiry(Box<Ask>);

/// Asks. Within: the answer could not be written.
type Ask = dyn Fn(&mut dyn Books) -> Result<Result<Answer, Failure>, Unanswered> + Send;

/// Binds a question, or the refusal of its request, to `render`, which writes the answer. `None` is a defect.
pub fn inquiry<Q, R>(question: Result<Q, Refusal>, render: R) -> Inquiry
where
    Q: Question,
    for<'a> dyn Books + 'a: Answers<Q>,
    R: Fn(&Ending<'_, Q::Outcome>) -> Option<String> + Send + 'static,
{
    Inquiry::new(move |books| {
        let (code, body) = match &question {
            Ok(question) => ("OK", render(&Ending::Done(&books.answer(question)?))),
            Err(refusal) => (refusal.code(), render(&Ending::Refused(refusal, None))),
        };
        let answer = body.map(|body| Answer { code: code.to_owned(), body, repeated: false });
        Ok(answer.ok_or(Failure::Internal))
    })
}

impl Inquiry {
    /// What is asked by calling `ask`, a second time when it could not be answered.
    pub fn new(ask: impl Fn(&mut dyn Books) -> Result<Result<Answer, Failure>, Unanswered> + Send + 'static) -> Self {
        Self(Box::new(ask))
    }

    /// Asks, and writes the answer.
    ///
    /// # Errors
    /// The question was not answered. Within: the answer could not be written.
    pub fn ask(&self, books: &mut dyn Books) -> Result<Result<Answer, Failure>, Unanswered> {
        (self.0)(books)
    }
}
