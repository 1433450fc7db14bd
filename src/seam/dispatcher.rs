//! The dispatcher: resolves the caller, puts the command into the queue of writes or of reads, and returns its answer.

use std::{net::IpAddr, sync::Arc, time::Instant};

use tokio::sync::Mutex;

use crate::{
    access::{Denied, Gate, Login},
    domain::{
        reference::{Actor, Reference},
        refusal::{Decided, Decision},
    },
    seam::{
        executor::Executor,
        lists::Lists,
        pace::{BringUpToDate, Pace, Step},
        worker::Environment,
    },
    working_set::{
        Touches, WorkingSet,
        command::{Answer, Command, Ending, Failure, Job, OperationKey, job},
        questions::Inquiry,
    },
};

/// The entry to the seam for calls and for the gateway's own jobs.
pub struct Dispatcher {
    executor: Executor,
    lists: Lists,
    gate: Gate,
    environment: Arc<Environment>,
    /// When the last reading for an unknown login began.
    looked: Mutex<Option<Instant>>,
}

/// Why a call was not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AdmitError {
    /// The login is unknown or its password wrong, or too many passwords are being checked.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The database is out of reach.
    #[error(transparent)]
    Failed(#[from] Failure),
}

/// A read that touches nothing: it makes the gateway compare the version of the reference data.
struct Refresh;

impl Command for Refresh {
    type Outcome = ();

    fn touches(&self, _: &Reference, _: &mut Touches) {}

    fn decide(&self, _: &mut WorkingSet) -> Decision<()> {
        Ok(Decided::Done(()))
    }
}

fn refresh() -> Job {
    job(Ok(Refresh), |_| Some(String::new()))
}

impl Dispatcher {
    /// A dispatcher over running executors.
    #[must_use]
    pub const fn new(executor: Executor, lists: Lists, gate: Gate, environment: Arc<Environment>) -> Self {
        Self { executor, lists, gate, environment, looked: Mutex::const_new(None) }
    }

    /// The caller of a login. A login that is not cached may have just been added by another gateway, so the database
    /// is read.
    ///
    /// # Errors
    /// The login is unknown or its password wrong, too many passwords are being checked, or the database is out of
    /// reach.
    pub async fn admit(&self, login: &Login, peer: IpAddr) -> Result<Actor, AdmitError> {
        let mut reference = self.environment.reference.get();
        if reference.credential(&login.name).is_none() && !self.gate.is_barred(peer, &login.name) {
            self.look_for_unknown().await?;
            reference = self.environment.reference.get();
        }
        Ok(self.gate.admit(&reference, login, peer).await?)
    }

    /// Reads the reference data once more. Calls that come meanwhile share the next reading: calls of unknown logins
    /// take one place of the queue in which tills wait, however many they are.
    async fn look_for_unknown(&self) -> Result<(), Failure> {
        let came = Instant::now();
        let mut begun = self.looked.lock().await;
        if begun.is_none_or(|begun| begun <= came) {
            let begins = Instant::now();
            self.executor.read(refresh()).await?;
            *begun = Some(begins);
        }
        Ok(())
    }

    /// Runs work that hashes a password, where passwords are checked.
    ///
    /// # Errors
    /// Too many passwords are being checked, or the work has panicked.
    pub async fn hash<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Failure> {
        let done = self.gate.hash(work).await.map_err(|_| Failure::Overloaded)?;
        done.ok_or(Failure::Internal)
    }

    /// The caller of a login without a password check, for the gateway's own work.
    #[must_use]
    pub fn actor(&self, login: &str) -> Option<Actor> {
        let reference = self.environment.reference.get();
        reference.credential(login).and_then(|credential| reference.actor(credential))
    }

    /// Reloads logins, tills and rules that have changed in the database.
    ///
    /// # Errors
    /// The database is out of reach.
    pub async fn refresh(&self) -> Result<(), Failure> {
        self.executor.read_own(refresh()).await.map(|_| ())
    }

    /// Whether a changing call would be refused now because the queue is full.
    #[must_use]
    pub fn refuses_writes(&self) -> bool {
        self.executor.refuses_writes()
    }

    /// Whether a reading call would be.
    #[must_use]
    pub fn refuses_reads(&self) -> bool {
        self.executor.refuses_reads()
    }

    /// Whether a question about many rows would be.
    #[must_use]
    pub fn refuses_lists(&self) -> bool {
        self.lists.refuses()
    }

    /// Answers a question about many rows, beside the reads that tills wait for.
    ///
    /// # Errors
    /// It could not be answered; it may be asked again.
    pub async fn list(&self, inquiry: Inquiry) -> Result<Answer, Failure> {
        self.lists.answer(inquiry).await
    }

    /// Answers from one consistent state, and changes nothing.
    ///
    /// # Errors
    /// It could not be answered; the call may be sent again.
    pub async fn read(&self, job: Job) -> Result<Answer, Failure> {
        self.executor.read(job).await
    }

    /// Decides a changing call once for its operation key `key`; `canonical` is the request's text.
    ///
    /// # Errors
    /// It was not decided, or the outcome is unknown; the same call may be sent again.
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
        self.executor.write(job, Some(key)).await
    }

    /// Applies due changes to at most `accounts_max` accounts; returns how many have changed.
    ///
    /// # Errors
    /// The database is out of reach.
    pub async fn bring_up_to_date(&self, accounts_max: i64) -> Result<i64, Failure> {
        self.bring_some_up_to_date(accounts_max).await.map(|step| step.accounts)
    }

    /// The pace of a series of such steps, each of at most `accounts_max` accounts.
    #[must_use]
    pub fn pace(&self, accounts_max: i64) -> Pace {
        Pace::new(accounts_max, self.executor.writer_threads())
    }

    /// The same as one step of a series; returns the measurements for [`Pace`].
    ///
    /// # Errors
    /// The database is out of reach.
    pub async fn bring_some_up_to_date(&self, accounts_max: i64) -> Result<Step, Failure> {
        let work = BringUpToDate::new(accounts_max);
        let begun = work.begun();
        let answer = self.executor.write_when_idle(job(Ok(work), counted)).await?;
        let (took, came) = (begun.elapsed(), self.executor.writes_came());
        let accounts = answer.body.parse().map_err(|_| Failure::Internal)?;
        Ok(Step { accounts, took, came })
    }

    /// The limits for handlers.
    #[must_use]
    pub fn settings(&self) -> Arc<crate::domain::settings::Settings> {
        Arc::clone(&self.environment.settings)
    }
}

/// The number of accounts that a step has changed, as its answer's body.
fn counted(ending: &Ending<'_, usize>) -> Option<String> {
    match ending {
        Ending::Done(changed) => Some(changed.to_string()),
        Ending::Refused(..) => Some(String::new()),
    }
}
