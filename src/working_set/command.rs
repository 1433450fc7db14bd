//! Commands and jobs. A command names what it touches and decides on a working set. A job is a command bound to the
//! rendering of its answer, so that effects and answer are stored together.

use crate::{
    domain::{
        ids::PartnerId,
        reference::Reference,
        refusal::{Decided, Decision, Refusal},
    },
    working_set::{StoredAnswer, Subject, Touches, WorkingSet},
};

/// A command or a read.
pub trait Command: Send + 'static {
    /// The outcome.
    type Outcome;

    /// Names the data that its decision needs.
    fn touches(&self, reference: &Reference, touches: &mut Touches);

    /// Whether it must be decided alone: it changes rows that others may have loaded.
    fn is_alone(&self) -> bool {
        false
    }

    /// Whether it is carried out for a caller whose place is closed too: it tells about the program or the caller alone.
    fn is_for_all(&self) -> bool {
        false
    }

    /// The sale or the hold that it made or changed, for a cancellation by its key.
    fn subject(_: &Self::Outcome) -> Option<Subject> {
        None
    }

    /// How many new ids it may take beyond the default.
    fn new_ids(&self) -> i64 {
        0
    }

    /// Decides. It must be pure except for the set, because a retried batch decides it again. A refusal needs no
    /// cleanup: its changes of the set are undone.
    ///
    /// # Errors
    /// The refusal, when the command cannot be carried out.
    fn decide(&self, set: &mut WorkingSet) -> Decision<Self::Outcome>;
}

/// How a command ended.
#[derive(Debug, Clone, Copy)]
pub enum Ending<'a, T> {
    /// Done.
    Done(&'a T),
    /// Refused; some refusals have data.
    Refused(&'a Refusal, Option<&'a T>),
}

/// The identity of a changing call, for repeats.
#[derive(Debug, Clone)]
pub struct OperationKey {
    /// The partner; keys are unique for each partner.
    pub partner: PartnerId,
    /// The key.
    pub key: String,
    /// The operation's name.
    pub operation: &'static str,
    /// The digest of the canonical request.
    pub request_digest: Vec<u8>,
}

/// A rendered answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// `OK`, or the refusal's code.
    pub code: String,
    /// The answer's `return`.
    pub body: String,
    /// Whether it is the stored answer to an earlier call.
    pub repeated: bool,
}

/// Why a command was not decided, or its outcome is unknown. The same call may always be sent again (P5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// Too many commands are waiting.
    #[error("too many commands are waiting")]
    Overloaded,
    /// The command waited, or was retried, past its deadline.
    #[error("the command's deadline has passed")]
    Deadline,
    /// The database is out of reach.
    #[error("the database is out of reach")]
    Unavailable,
    /// A defect.
    #[error("an error of our own")]
    Internal,
}

/// A command bound to the rendering of its answer.
pub struct Job(Box<dyn Work>);

/// A command without its types, so that commands of many kinds wait in one queue.
trait Work: Send {
    fn touches(&self, reference: &Reference, touches: &mut Touches);
    fn is_alone(&self) -> bool;
    fn new_ids(&self) -> i64;
    fn decide(&self, set: &mut WorkingSet) -> Result<Verdict, Failure>;
    fn refuse(&self, refusal: &Refusal) -> Result<Verdict, Failure>;
}

/// A decision, rendered.
struct Verdict {
    code: &'static str,
    body: String,
    /// Whether the changes of the set are kept.
    keep: bool,
    subject: Option<Subject>,
}

/// Binds a command, or the refusal of its request, to `render`, which writes the answer. It runs with the decision,
/// because the answer is stored with the effects. `None` is a defect: nothing is kept.
pub fn job<C, R>(command: Result<C, Refusal>, render: R) -> Job
where
    C: Command,
    R: Fn(&Ending<'_, C::Outcome>) -> Option<String> + Send + 'static,
{
    Job(Box::new(Rendered { command, render }))
}

struct Rendered<C, R> {
    command: Result<C, Refusal>,
    render: R,
}

impl<C, R> Rendered<C, R>
where
    C: Command,
    R: Fn(&Ending<'_, C::Outcome>) -> Option<String> + Send,
{
    fn verdict(&self, code: &'static str, ending: &Ending<'_, C::Outcome>, keep: bool) -> Result<Verdict, Failure> {
        let body = (self.render)(ending).ok_or(Failure::Internal)?;
        let subject = if let Ending::Done(outcome) = ending { C::subject(outcome) } else { None };
        Ok(Verdict { code, body, keep, subject })
    }
}

impl<C, R> Work for Rendered<C, R>
where
    C: Command,
    R: Fn(&Ending<'_, C::Outcome>) -> Option<String> + Send,
{
    fn touches(&self, reference: &Reference, touches: &mut Touches) {
        if let Ok(command) = &self.command {
            command.touches(reference, touches);
        }
    }

    fn is_alone(&self) -> bool {
        self.command.as_ref().is_ok_and(Command::is_alone)
    }

    fn new_ids(&self) -> i64 {
        self.command.as_ref().map_or(0, Command::new_ids)
    }

    fn decide(&self, set: &mut WorkingSet) -> Result<Verdict, Failure> {
        let decision: Decision<C::Outcome> = match &self.command {
            Ok(command) => command.decide(set),
            Err(refusal) => Err(refusal.clone()),
        };
        match decision {
            // Whatever an operation is, it makes no account that the contract cannot tell of.
            Ok(Decided::Done(_) | Decided::Counted(..)) if set.is_over_full() => self.refuse(&Refusal::PointsTooMany),
            Ok(Decided::Done(outcome)) => self.verdict("OK", &Ending::Done(&outcome), true),
            Ok(Decided::Counted(refusal, outcome)) => {
                self.verdict(refusal.code(), &Ending::Refused(&refusal, Some(&outcome)), true)
            }
            Ok(Decided::Shown(refusal, outcome)) => {
                self.verdict(refusal.code(), &Ending::Refused(&refusal, Some(&outcome)), false)
            }
            Err(refusal) => self.refuse(&refusal),
        }
    }

    fn refuse(&self, refusal: &Refusal) -> Result<Verdict, Failure> {
        self.verdict(refusal.code(), &Ending::Refused(refusal, None), false)
    }
}

impl Job {
    /// Names the data that must be in the set. May be called more than once.
    pub fn touches(&self, reference: &Reference, touches: &mut Touches) {
        self.0.touches(reference, touches);
    }

    /// Whether it must be decided alone.
    #[must_use]
    pub fn is_alone(&self) -> bool {
        self.0.is_alone()
    }

    /// How many new ids it may take beyond the default.
    #[must_use]
    pub fn new_ids(&self) -> i64 {
        self.0.new_ids()
    }

    /// Returns the stored answer if its key was used, else decides it and stores effects and answer together.
    ///
    /// # Errors
    /// A defect: nothing is kept, and the caller may send the call again.
    pub fn run(&self, key: Option<&OperationKey>, set: &mut WorkingSet) -> Result<Answer, Failure> {
        let Some(key) = key else {
            return judged(self.0.decide(set), set).map(|(given, _)| given);
        };
        let id = (key.partner, key.key.clone());
        if let Some(stored) = set.operations.get(&id) {
            let is_same = stored.operation == key.operation && stored.request_digest == key.request_digest;
            let refusal = match stored.body.clone() {
                Some(body) if is_same => return Ok(Answer { code: stored.code.clone(), body, repeated: true }),
                // The first answer was about somebody of whom nothing can be told any more.
                None if is_same => Refusal::CustomerErased,
                Some(_) | None if stored.is_tombstone() => Refusal::OperationCancelled,
                Some(_) | None => Refusal::OperationKeyReused,
            };
            let verdict = self.0.refuse(&refusal)?;
            return Ok(Answer { code: verdict.code.into(), body: verdict.body, repeated: false });
        }
        set.concerned = None;
        let (given, subject) = judged(self.0.decide(set), set)?;
        let stored = StoredAnswer {
            partner: key.partner,
            key: key.key.clone(),
            operation: key.operation.into(),
            request_digest: key.request_digest.clone(),
            code: given.code.clone(),
            body: Some(given.body.clone()),
            recorded_at: set.now,
            subject,
            customer: set.concerned.take(),
        };
        set.operations.put(id, stored);
        set.keep();
        Ok(given)
    }
}

fn judged(decision: Result<Verdict, Failure>, set: &mut WorkingSet) -> Result<(Answer, Option<Subject>), Failure> {
    match decision {
        Ok(verdict) => {
            if verdict.keep {
                set.keep();
            } else {
                set.undo();
            }
            Ok((Answer { code: verdict.code.into(), body: verdict.body, repeated: false }, verdict.subject))
        }
        Err(failure) => {
            set.undo();
            Err(failure)
        }
    }
}
