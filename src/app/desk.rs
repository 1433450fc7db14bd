//! Work on cards from the command line: by the same commands and the same seam as tills and offices, in a login's name.

use std::sync::atomic::{AtomicU64, Ordering};

use sha2::{Digest as _, Sha256};
use tokio::runtime::Runtime;

use crate::{
    clock::Clock,
    domain::{
        moment::GivenTime,
        phone::Identifier,
        reference::{Actor, Reference, Roles},
        refusal::Refusal,
    },
    seam::dispatcher::Dispatcher,
    service::{
        card::{CardView, ChangeCard, IssueCard},
        card_import::{CardsImported, ImportCards},
        context::{Context, OfficeContext},
    },
    working_set::command::{Command, Ending, Failure, Job, job},
};

pub use crate::service::{
    card::Act,
    card_import::{ImportRow, RowOutcome},
};

/// Rows of an import in one command, unless the configuration allows less.
const ROWS_PER_BATCH: usize = 500;
/// The employee that changes from here are written down with.
const EMPLOYEE: &str = "командная строка";

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum DeskError {
    /// No thread could be started.
    #[error("the system gives no thread: {0}")]
    Thread(std::io::Error),
    /// The operation was refused.
    #[error("{0}")]
    Refused(String),
    /// It was not decided; it may be tried again.
    #[error("не выполнено: {0}; повторите")]
    Failed(Failure),
    /// There is no such login.
    #[error("входа «{0}» нет или он закрыт")]
    LoginUnknown(String),
    /// Several logins could be meant.
    #[error("от чьего имени выполнить? Укажите --login: {0}")]
    LoginRequired(String),
    /// No login could be meant.
    #[error("нет входа головного офиса; заведите его: kopilka login add --role head_office …")]
    NoOffice,
    /// The till must be named.
    #[error("укажите кассу: --till КОД")]
    TillRequired,
}

impl From<Failure> for DeskError {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// How a row is looked at: tried, or taken over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Nothing is written.
    Dry,
    /// What can be is taken over.
    Real,
}

/// A seam of this process, and the login in whose name it works.
pub struct Desk {
    dispatcher: Dispatcher,
    runtime: Runtime,
    actor: Actor,
    till: Option<String>,
    clock: Clock,
    rows_max: usize,
}

impl Desk {
    /// Works through a seam in the name of a login; without one in that of the only head office.
    ///
    /// # Errors
    /// The login is unknown or unclear, or the database does not answer.
    pub fn new(
        dispatcher: Dispatcher,
        known: &Reference,
        login: Option<&str>,
        clock: Clock,
    ) -> Result<Self, DeskError> {
        let login = acting(known, login)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(DeskError::Thread)?;
        runtime.block_on(dispatcher.refresh())?;
        let actor = dispatcher.actor(&login).ok_or(DeskError::LoginUnknown(login))?;
        let till = actor.till.and_then(|id| known.tills.get(&id)).map(|till| till.code.clone());
        let rows_max = dispatcher.settings().cards_per_batch_max.clamp(1, ROWS_PER_BATCH);
        Ok(Self { dispatcher, runtime, actor, till, clock, rows_max })
    }

    /// In whose name it works.
    #[must_use]
    pub fn login(&self) -> &str {
        &self.actor.login
    }

    /// Its offset from UTC in minutes.
    #[must_use]
    pub const fn utc_offset_minutes(&self) -> i32 {
        self.actor.utc_offset_minutes
    }

    /// Takes rows over, batch by batch; tells after each how each of its rows went. A batch has a key of what it says and of
    /// this run, so a commit whose answer was lost is not done twice; a row has its source's name, so neither is another run.
    /// A key without the run would answer what was wrong then, also when it is mended.
    ///
    /// # Errors
    /// A batch was refused or not decided. Those before it stay; the same import again goes on there.
    pub fn import(
        &self,
        rows: &[ImportRow],
        takes_phone_like: bool,
        at: GivenTime,
        way: Way,
        mut told: impl FnMut(&[RowOutcome]),
    ) -> Result<(), DeskError> {
        let run = format!("{}:{}", self.clock.now().0, std::process::id());
        for rows in rows.chunks(self.rows_max) {
            let canonical = format!("{run}\n{takes_phone_like}\n{at:?}\n{rows:?}");
            let command = ImportCards { context: self.office(at), takes_phone_like, rows: rows.to_vec() };
            let imported = job(Ok(command), |ending: &Ending<'_, CardsImported>| {
                Some(match ending {
                    Ending::Done(CardsImported(outcomes)) => outcomes.iter().map(|outcome| outcome.letter()).collect(),
                    Ending::Refused(refusal, _) => refusal.to_string(),
                })
            });
            let answer = match way {
                Way::Dry => self.runtime.block_on(self.dispatcher.read(imported))?,
                Way::Real => {
                    let digest = Sha256::digest(canonical.as_bytes());
                    let key: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
                    let key = format!("import:{key}");
                    let write = self.dispatcher.write(imported, &self.actor, "ImportCards", key, &canonical);
                    self.runtime.block_on(write)?
                }
            };
            if answer.code != "OK" {
                return Err(DeskError::Refused(answer.body));
            }
            let outcomes: Vec<RowOutcome> = answer.body.chars().filter_map(RowOutcome::of).collect();
            told(&outcomes);
        }
        Ok(())
    }

    /// Issues a card; answers the sentence.
    ///
    /// # Errors
    /// It was refused or not decided.
    pub fn issue(&self, till: Option<&str>, number: String, identifier: Identifier) -> Result<String, DeskError> {
        let context = self.at_till(till)?;
        self.write("IssueCard", sentence(IssueCard { context, number, identifier: Some(identifier) }))
    }

    /// Changes a card; answers the sentence.
    ///
    /// # Errors
    /// It was refused or not decided.
    pub fn change(
        &self,
        till: Option<&str>,
        number: String,
        act: Act,
        reason: Option<String>,
    ) -> Result<String, DeskError> {
        let context = self.at_till(till)?;
        let operation = match act {
            Act::Activate => "ActivateCard",
            Act::Block => "BlockCard",
            Act::Unblock => "UnblockCard",
            Act::Close => "CloseCard",
        };
        self.write(operation, sentence(ChangeCard { context, number, act, reason }))
    }

    fn write(&self, operation: &'static str, job: Job) -> Result<String, DeskError> {
        static CALLS: AtomicU64 = AtomicU64::new(0);
        let call = CALLS.fetch_add(1, Ordering::Relaxed);
        let key = format!("cli:{}:{}:{call}", self.clock.now().0, std::process::id());
        let write = self.dispatcher.write(job, &self.actor, operation, key.clone(), &key);
        let answer = self.runtime.block_on(write)?;
        if answer.code == "OK" { Ok(answer.body) } else { Err(DeskError::Refused(answer.body)) }
    }

    /// The time now, as a caller tells it.
    #[must_use]
    pub fn now(&self) -> GivenTime {
        let offset = self.actor.utc_offset_minutes;
        GivenTime { local: self.clock.now().local(offset), utc_offset_minutes: Some(offset) }
    }

    fn office(&self, occurred_at: GivenTime) -> OfficeContext {
        OfficeContext { actor: self.actor.clone(), employee: Some(EMPLOYEE.into()), occurred_at }
    }

    fn at_till(&self, till: Option<&str>) -> Result<Context, DeskError> {
        let till = till.map(str::to_owned).or_else(|| self.till.clone()).ok_or(DeskError::TillRequired)?;
        let (actor, occurred_at) = (self.actor.clone(), self.now());
        Ok(Context { actor, till, cashier: Some(EMPLOYEE.into()), occurred_at })
    }
}

/// A command whose answer is its sentence.
fn sentence(command: impl Command<Outcome = CardView>) -> Job {
    job(Ok(command), |ending: &Ending<'_, CardView>| {
        Some(match ending {
            Ending::Done(view) => view.done.to_owned(),
            Ending::Refused(refusal, _) => refused(refusal),
        })
    })
}

fn refused(refusal: &Refusal) -> String {
    refusal.to_string()
}

/// The login in whose name is worked: the one that is named, or that of the only head office.
fn acting(known: &Reference, login: Option<&str>) -> Result<String, DeskError> {
    if let Some(login) = login {
        let found = known.credential(login).filter(|found| !found.disabled);
        return found.map(|found| found.login.clone()).ok_or_else(|| DeskError::LoginUnknown(login.to_owned()));
    }
    let offices = known.credentials.values().filter(|login| !login.disabled && login.roles.meets(Roles::HEAD_OFFICE));
    let mut offices: Vec<&str> = offices.map(|login| login.login.as_str()).collect();
    offices.sort_unstable();
    match offices.as_slice() {
        [only] => Ok((*only).to_owned()),
        [] => Err(DeskError::NoOffice),
        [_, _, ..] => Err(DeskError::LoginRequired(offices.join(", "))),
    }
}
