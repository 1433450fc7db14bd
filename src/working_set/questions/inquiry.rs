//! The list of all questions, and an inquiry: a question together with the function that writes its answer.

use crate::{
    domain::refusal::Refusal,
    working_set::{
        command::{Answer, Ending, Failure},
        questions::{
            Answers, Question, Unanswered, card_stock, case, exchange, expiry, history, liability, login, movement,
            network, partner, receipt, settlement, store, till,
        },
    },
};

/// Answers every question; the store implements it. Each question has a line here and its answer in `store/questions`.
/// Without either the program does not compile.
pub trait AllQuestions:
    Answers<expiry::ListExpiringPoints>
    + Answers<settlement::ListSettlement>
    + Answers<till::ListTills>
    + Answers<login::ListLogins>
    + Answers<history::ListHistory>
    + Answers<exchange::ListExchanges>
    + Answers<case::ListCases>
    + Answers<partner::ListPartners>
    + Answers<network::ListNetworks>
    + Answers<store::ListStores>
    + Answers<card_stock::ListCardStock>
    + Answers<receipt::ListReceipts>
    + Answers<liability::ListLiability>
    + Answers<movement::ListMovements>
{
}

/// A question of any type, with the function that writes its answer as XML. So the threads that answer lists need not
/// know the type.
pub struct Inquiry(Box<Ask>);

/// Asks the question. The inner error: it was answered, but the answer could not be written.
type Ask = dyn Fn(&mut dyn AllQuestions) -> Result<Result<Answer, Failure>, Unanswered> + Send;

/// Makes an inquiry of a question, or of the refusal of its request. `render` writes the answer; `None` is a defect.
pub fn inquiry<Q, R>(question: Result<Q, Refusal>, render: R) -> Inquiry
where
    Q: Question,
    for<'a> dyn AllQuestions + 'a: Answers<Q>,
    R: Fn(&Ending<'_, Q::Outcome>) -> Option<String> + Send + 'static,
{
    Inquiry::new(move |all| {
        let refused = |refusal: &Refusal| (refusal.code(), render(&Ending::Refused(refusal, None)));
        let (code, body) = match &question {
            Ok(question) => match all.answer(question) {
                Ok(outcome) => ("OK", render(&Ending::Done(&outcome))),
                Err(Unanswered::Refused(refusal)) => refused(&refusal),
                Err(unanswered) => return Err(unanswered),
            },
            Err(refusal) => refused(refusal),
        };
        let answer = body.map(|body| Answer { code: code.to_owned(), body, repeated: false });
        Ok(answer.ok_or(Failure::Internal))
    })
}

impl Inquiry {
    /// An inquiry that is made by calling `ask`. It is called a second time when there was no answer.
    pub fn new(
        ask: impl Fn(&mut dyn AllQuestions) -> Result<Result<Answer, Failure>, Unanswered> + Send + 'static,
    ) -> Self {
        Self(Box::new(ask))
    }

    /// Asks, and writes the answer.
    ///
    /// # Errors
    /// The question was not answered. The inner error: it was answered, but the answer could not be written.
    pub fn ask(&self, all: &mut dyn AllQuestions) -> Result<Result<Answer, Failure>, Unanswered> {
        (self.0)(all)
    }
}
