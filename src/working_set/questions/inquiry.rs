//! All questions together, and a question that is bound to the way in which its answer is written.

use crate::{
    domain::refusal::Refusal,
    working_set::{
        command::{Answer, Ending, Failure},
        questions::{Answers, Question, Unanswered, expiry, login, settlement, till},
    },
};

/// Who knows the answers to all questions, from one state: the store. Each question has its row here, and its answer in
/// `store/questions`; without either the program does not compile.
pub trait Books:
    Answers<expiry::ListExpiringPoints>
    + Answers<settlement::ListSettlement>
    + Answers<till::ListTills>
    + Answers<login::ListLogins>
{
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
