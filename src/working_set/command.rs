//! What a caller wants, from its command to the bytes of its answer: a command says what it touches and decides on a working
//! set; a job is a command bound to the writing of its answer, so that effects and answer are stored together.

use crate::{
    domain::{
        ids::PartnerId,
        reference::Reference,
        refusal::{Decided, Decision, Refusal},
    },
    working_set::{StoredAnswer, Subject, Touches, WorkingSet},
};

/// Something that a caller wants done or wants to know.
pub trait Command: Send + 'static {
    /// What comes of it.
    type Outcome;

    /// Names what must be loaded before it can be decided.
    fn touches(&self, reference: &Reference, touches: &mut Touches);

    /// Whether it must not be decided together with others: it changes rows that they may have loaded.
    fn is_alone(&self) -> bool {
        false
    }

    /// The sale or the hold that it made or changed: what a cancellation by its key has to find.
    fn subject(_: &Self::Outcome) -> Option<Subject> {
        None
    }

    /// How many new ids it may take beyond the few that any command may.
    fn new_ids(&self) -> i64 {
        0
    }

    /// Decides. Must be pure but for the set: a batch that has to be repeated decides it again. A refusal needs no cleaning
    /// up: what was changed in the set is undone.
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
    /// Refused; some refusals show what would have come of it.
    Refused(&'a Refusal, Option<&'a T>),
}

/// What makes a changing call repeatable.
#[derive(Debug, Clone)]
pub struct OperationKey {
    /// Whose; keys of different partners never meet.
    pub partner: PartnerId,
    /// The key.
    pub key: String,
    /// The operation's name.
    pub operation: &'static str,
    /// The digest of the canonical request.
    pub request_digest: Vec<u8>,
}

/// An answer as it goes out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// `OK`, or the refusal's code.
    pub code: String,
    /// The answer's `return`.
    pub body: String,
    /// Whether it is the stored answer to an earlier call.
    pub repeated: bool,
}

/// Why a command was not decided, or not for certain. The same call may always be sent again (P5).
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
    /// A defect of ours.
    #[error("an error of our own")]
    Internal,
}

/// A command bound to the way in which its answer is written.
pub struct Job(Box<dyn Work>);

/// A command without its types, so that commands of many kinds wait in one queue.
trait Work: Send {
    fn touches(&self, reference: &Reference, touches: &mut Touches);
    fn is_alone(&self) -> bool;
    fn new_ids(&self) -> i64;
    fn decide(&self, set: &mut WorkingSet) -> Result<Verdict, Failure>;
    fn refuse(&self, refusal: &Refusal) -> Result<Verdict, Failure>;
}

/// What came of a decision, as text.
struct Verdict {
    code: &'static str,
    body: String,
    /// Whether what was changed in the set stays.
    keep: bool,
    subject: Option<Subject>,
}

/// Binds a command (or the refusal of its request) to `render`, which writes the answer; it is run where the command is
/// decided, because the answer is stored together with the effects. Nothing rendered is a defect: nothing is kept.
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
            Ok(Decided::Done(_) | Decided::Counted(_)) if set.is_over_full() => self.refuse(&Refusal::PointsTooMany),
            Ok(Decided::Done(outcome)) => self.verdict("OK", &Ending::Done(&outcome), true),
            Ok(Decided::Counted(refusal)) => self.verdict(refusal.code(), &Ending::Refused(&refusal, None), true),
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
    /// Names what must be in the set. May be asked more than once.
    pub fn touches(&self, reference: &Reference, touches: &mut Touches) {
        self.0.touches(reference, touches);
    }

    /// Whether it must not be decided together with others.
    #[must_use]
    pub fn is_alone(&self) -> bool {
        self.0.is_alone()
    }

    /// How many new ids it may take beyond the few that any may.
    #[must_use]
    pub fn new_ids(&self) -> i64 {
        self.0.new_ids()
    }

    /// Decides it: the stored answer if its key was used, else its decision, whose effects and answer stay together.
    ///
    /// # Errors
    /// A defect of ours: nothing is kept, and the caller may send the call again.
    pub fn run(&self, key: Option<&OperationKey>, set: &mut WorkingSet) -> Result<Answer, Failure> {
        let Some(key) = key else {
            return judged(self.0.decide(set), set).map(|(given, _)| given);
        };
        let id = (key.partner, key.key.clone());
        if let Some(stored) = set.operations.get(&id) {
            if stored.operation == key.operation && stored.request_digest == key.request_digest {
                return Ok(Answer { code: stored.code.clone(), body: stored.body.clone(), repeated: true });
            }
            let refusal = if stored.is_tombstone() { Refusal::OperationCancelled } else { Refusal::OperationKeyReused };
            let verdict = self.0.refuse(&refusal)?;
            return Ok(Answer { code: verdict.code.into(), body: verdict.body, repeated: false });
        }
        let (given, subject) = judged(self.0.decide(set), set)?;
        let stored = StoredAnswer {
            partner: key.partner,
            key: key.key.clone(),
            operation: key.operation.into(),
            request_digest: key.request_digest.clone(),
            code: given.code.clone(),
            body: given.body.clone(),
            recorded_at: set.now,
            subject,
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
