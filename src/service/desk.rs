//! Where calls are taken: who the caller is, then the command into the write seam or the reads, and its answer back.

use std::{net::IpAddr, sync::Arc};

use crate::{
    domain::{
        reference::{Actor, Reference},
        refusal::{Decided, Decision, Refusal},
    },
    store::{
        executor::{Environment, Executor, OperationKey, Verdict, Work},
        set::{Touches, WorkingSet},
    },
};

use super::{
    Command,
    access::{Denied, Gate, Login},
    jobs::{BringUpToDate, Pace, Step},
};

pub use crate::store::executor::{Answer, Failure};

/// Takes calls.
pub struct Desk {
    executor: Executor,
    gate: Gate,
    environment: Arc<Environment>,
}

/// A command bound to the way in which its answer is written.
pub struct Job(Box<dyn Work>);

/// How a command ended.
#[derive(Debug, Clone, Copy)]
pub enum Ending<'a, T> {
    /// Done.
    Done(&'a T),
    /// Refused; some refusals show what would have come of it.
    Refused(&'a Refusal, Option<&'a T>),
}

/// Why a call was not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AdmitError {
    /// The caller is nobody, or too many are asking.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The database is out of reach.
    #[error(transparent)]
    Failed(#[from] Failure),
}

/// Binds a command (or the refusal of its request) to `render`, which writes the answer; it is run where the command is
/// decided, because the answer is stored together with the effects. Nothing rendered is a defect: nothing is kept.
pub fn job<C, R>(command: Result<C, Refusal>, render: R) -> Job
where
    C: Command,
    R: Fn(&Ending<'_, C::Outcome>) -> Option<String> + Send + 'static,
{
    Job(Box::new(Task { command, render }))
}

struct Task<C, R> {
    command: Result<C, Refusal>,
    render: R,
}

impl<C, R> Task<C, R>
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

impl<C, R> Work for Task<C, R>
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

/// Asks for nothing: only to see which version the reference data have.
struct Refresh;

impl Work for Refresh {
    fn touches(&self, _: &Reference, _: &mut Touches) {}

    fn decide(&self, _: &mut WorkingSet) -> Result<Verdict, Failure> {
        Ok(Verdict { code: "OK", body: String::new(), keep: false, subject: None })
    }

    fn refuse(&self, refusal: &Refusal) -> Result<Verdict, Failure> {
        Ok(Verdict { code: refusal.code(), body: String::new(), keep: false, subject: None })
    }
}

impl Desk {
    /// A desk over running executors.
    #[must_use]
    pub const fn new(executor: Executor, gate: Gate, environment: Arc<Environment>) -> Self {
        Self { executor, gate, environment }
    }

    /// Who a login is. A login that is not known here may have been added elsewhere a moment ago: the database is asked.
    ///
    /// # Errors
    /// The caller is nobody, too many are asking, or the database is out of reach.
    pub async fn admit(&self, login: &Login, peer: IpAddr) -> Result<Actor, AdmitError> {
        let mut reference = self.environment.reference.get();
        if !reference.credentials.contains_key(&login.name) {
            self.executor.read(Box::new(Refresh)).await?;
            reference = self.environment.reference.get();
        }
        Ok(self.gate.admit(&reference, login, peer).await?)
    }

    /// Who a login would be, for work of the gateway's own: no password is asked for.
    #[must_use]
    pub fn actor(&self, login: &str) -> Option<Actor> {
        let reference = self.environment.reference.get();
        reference.credentials.get(login).and_then(|credential| reference.actor(credential))
    }

    /// Makes sure that logins, tills and rules are as the database has them now.
    ///
    /// # Errors
    /// The database is out of reach.
    pub async fn refresh(&self) -> Result<(), Failure> {
        self.executor.read_own(Box::new(Refresh)).await.map(|_| ())
    }

    /// Whether a changing call would be refused now, because too much waits.
    #[must_use]
    pub fn refuses_writes(&self) -> bool {
        self.executor.refuses_writes()
    }

    /// Whether a reading call would be.
    #[must_use]
    pub fn refuses_reads(&self) -> bool {
        self.executor.refuses_reads()
    }

    /// Answers from one consistent state, and changes nothing.
    ///
    /// # Errors
    /// It could not be answered; the call may be sent again.
    pub async fn read(&self, job: Job) -> Result<Answer, Failure> {
        self.executor.read(job.0).await
    }

    /// Decides a changing call once, however often it is sent: `key` is the caller's name for it, `canonical` what it says.
    ///
    /// # Errors
    /// It was not decided, or not for certain; the same call may be sent again.
    pub async fn write(
        &self,
        job: Job,
        actor: &Actor,
        operation: &'static str,
        key: String,
        canonical: &str,
    ) -> Result<Answer, Failure> {
        let request_digest = self.environment.vault.request_digest(canonical);
        let key = OperationKey { partner: actor.partner, key, operation, request_digest };
        self.executor.write(job.0, Some(key)).await
    }

    /// Does what time alone has made due, for at most so many accounts; answers how many have changed.
    ///
    /// # Errors
    /// The database is out of reach.
    pub async fn bring_up_to_date(&self, accounts_max: i64) -> Result<i64, Failure> {
        self.bring_some_up_to_date(accounts_max).await.map(|step| step.accounts)
    }

    /// How much steps of many are to take on, never more than so many accounts.
    #[must_use]
    pub fn pace(&self, accounts_max: i64) -> Pace {
        Pace::new(accounts_max, self.executor.writer_threads())
    }

    /// The same as a step of many, and what it was like for the others.
    ///
    /// # Errors
    /// The database is out of reach.
    pub async fn bring_some_up_to_date(&self, accounts_max: i64) -> Result<Step, Failure> {
        let work = BringUpToDate::new(accounts_max);
        let begun = work.begun();
        let answer = self.executor.write_when_idle(Box::new(work)).await?;
        let (took, came) = (begun.elapsed(), self.executor.writes_came());
        let accounts = answer.body.parse().map_err(|_| Failure::Internal)?;
        Ok(Step { accounts, took, came })
    }

    /// The limits that handlers know.
    #[must_use]
    pub fn settings(&self) -> Arc<crate::domain::settings::Settings> {
        Arc::clone(&self.environment.settings)
    }
}
