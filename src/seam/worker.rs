//! One worker of the seam: loads what a batch touches, decides each command in turn, writes the changes, commits once,
//! and only then answers. It also runs a batch again after a passing failure, and provides ids.

use std::{
    sync::{Arc, Mutex, PoisonError, mpsc::SyncSender},
    thread,
    time::{Duration, Instant},
};

use tokio::sync::oneshot;

use crate::{
    clock::Clock,
    domain::{reference::Reference, settings::Settings},
    seam::{
        blocking::BlockingQueue,
        queue::{Batch, Lane},
    },
    store::{
        apply::apply,
        db::backend::{Connections, Db, Purpose},
        error::StoreError,
        load::load,
        load_cards,
        tables::{
            key,
            reference::{self, versions},
        },
    },
    vault::Vault,
    wakeup::Wakeup,
    working_set::{
        Chance, Surroundings, Touches, WorkingSet,
        command::{Answer, Failure, Job, OperationKey},
    },
};

/// Ids that any command may take without declaring them.
const IDS_PER_COMMAND: i64 = 16;
/// Ids taken from the database at a time.
const IDS_PER_BLOCK: i64 = 20_000;
/// Where ids begin that a read gives to what it makes for itself alone: no row has such a one.
const IDS_OF_READS: i64 = 1 << 62;
/// How long to wait before a batch is run again after a passing failure; doubles with each try.
const RETRY_PAUSE: Duration = Duration::from_millis(20);

/// What every thread of the executor needs.
pub struct Environment {
    /// Time.
    pub clock: Clock,
    /// Keys.
    pub vault: Arc<Vault>,
    /// Limits that decisions know.
    pub settings: Arc<Settings>,
    /// Where confirmation codes are drawn from.
    pub chance: Chance,
    /// The reference data, as last read.
    pub reference: Arc<ReferenceCache>,
    /// Woken when messages wait in the outbox that were not there before.
    pub outbox: Wakeup,
}

impl Environment {
    /// The inputs of a batch's decisions beside its rows.
    fn surroundings(&self, reference: Arc<Reference>) -> Surroundings {
        Surroundings {
            now: self.clock.now(),
            reference,
            vault: Arc::clone(&self.vault),
            settings: Arc::clone(&self.settings),
            chance: self.chance.clone(),
        }
    }
}

/// The cached reference data; a kind is reloaded when its version in the database has changed.
#[derive(Debug, Default)]
pub struct ReferenceCache(Mutex<Arc<Reference>>);

impl ReferenceCache {
    /// As last read.
    #[must_use]
    pub fn get(&self) -> Arc<Reference> {
        Arc::clone(&self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// As of now.
    ///
    /// # Errors
    /// A statement fails.
    pub fn refresh(&self, db: &mut Db) -> Result<Arc<Reference>, StoreError> {
        let known = self.get();
        if versions::version(db)? == known.versions.all {
            return Ok(known);
        }
        let fresh = Arc::new(reference::load_changed(db, &known)?);
        let mut slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A slower thread must not put an older state back.
        if slot.versions.all <= fresh.versions.all {
            *slot = Arc::clone(&fresh);
        }
        Ok(fresh)
    }
}

/// The outcome of one command.
pub(super) type Outcome = Result<Answer, Failure>;

/// A command that waits to be taken.
pub(super) struct Waiting {
    pub(super) job: Job,
    pub(super) key: Option<OperationKey>,
    pub(super) deadline: Instant,
    pub(super) reply: oneshot::Sender<Outcome>,
}

impl Waiting {
    /// Whether the caller has gone before the command began: then it is dropped. A client that still wants the result
    /// retries.
    pub(super) fn is_abandoned(&self) -> bool {
        self.reply.is_closed()
    }
}

/// A thread's part of the seam: takes batches from a queue, loads, decides, writes, answers.
pub(super) struct Worker {
    purpose: Purpose,
    connections: Connections,
    environment: Arc<Environment>,
    retries_max: u32,
    next_id: i64,
    ids_end: i64,
    /// Its channel closes when the last worker has gone.
    _running: SyncSender<()>,
}

impl Worker {
    pub(super) fn new(
        purpose: Purpose,
        connections: &Connections,
        environment: &Arc<Environment>,
        retries_max: u32,
        running: &SyncSender<()>,
    ) -> Self {
        Self {
            purpose,
            connections: connections.clone(),
            environment: Arc::clone(environment),
            retries_max,
            next_id: 0,
            ids_end: 0,
            _running: running.clone(),
        }
    }

    /// Until the queue is closed and empty.
    pub(super) fn run(&mut self, queue: &BlockingQueue<impl Lane<Item = Waiting>>) {
        while let Some(batch) = queue.take(Waiting::is_abandoned) {
            self.guarded(queue, batch);
        }
    }

    /// Runs a batch and tells the queue how long it took.
    pub(super) fn guarded(&mut self, queue: &BlockingQueue<impl Lane<Item = Waiting>>, batch: Batch<Waiting>) {
        let Batch { items, is_idle } = batch;
        let (begun, count) = (Instant::now(), items.len());
        // A defect in one decision must not end the thread.
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| self.process(items)));
        if outcome.is_err() {
            tracing::error!("a batch panicked; its callers were answered with an error");
        }
        if !is_idle {
            queue.took(count, begun.elapsed());
        }
    }

    /// Runs a batch; commands that cannot run together run one by one.
    fn process(&mut self, batch: Vec<Waiting>) {
        let now = Instant::now();
        let (batch, late): (Vec<_>, Vec<_>) = batch.into_iter().partition(|waiting| waiting.deadline > now);
        for waiting in late {
            answer(waiting, Err(Failure::Deadline));
        }
        let (alone, together): (Vec<_>, Vec<_>) = batch.into_iter().partition(|waiting| waiting.job.is_alone());
        for waiting in alone {
            self.run_to_end(vec![waiting]);
        }
        if !together.is_empty() {
            self.run_to_end(together);
        }
    }

    fn run_to_end(&mut self, batch: Vec<Waiting>) {
        match self.attempt(&batch) {
            Ok(answers) => batch.into_iter().zip(answers).for_each(|(waiting, outcome)| answer(waiting, outcome)),
            // Run one by one, each would wait for the same database.
            Err(error) if batch.len() == 1 || error.is_out_of_reach() => self.give_up(batch, &error),
            Err(error) => {
                tracing::warn!(%error, commands = batch.len(), "a batch failed; running its commands one by one");
                for waiting in batch {
                    match self.attempt(std::slice::from_ref(&waiting)) {
                        Ok(mut answers) => match answers.pop() {
                            Some(outcome) => answer(waiting, outcome),
                            None => answer(waiting, Err(Failure::Internal)),
                        },
                        Err(error) => self.give_up(vec![waiting], &error),
                    }
                }
            }
        }
    }

    fn give_up(&self, batch: Vec<Waiting>, error: &StoreError) {
        // Another gateway, or this one with the new master key, can do what this one cannot.
        let is_retired = self.environment.vault.is_retired();
        let is_passing = error.is_transient() || error.is_out_of_reach() || is_retired;
        let failure = if is_passing { Failure::Unavailable } else { Failure::Internal };
        tracing::error!(%error, purpose = ?self.purpose, "commands failed");
        for waiting in batch {
            answer(waiting, Err(failure));
        }
    }

    /// Runs commands together, again after a passing failure. When a commit's answer was lost, the stored answers tell
    /// the second run that the first one was done.
    fn attempt(&mut self, batch: &[Waiting]) -> Result<Vec<Outcome>, StoreError> {
        // Reads of an embedded database run where HTTP is served; that thread must not sleep.
        let is_inline = self.purpose == Purpose::Read && self.connections.reads_inline();
        let mut pause = if is_inline { Duration::ZERO } else { RETRY_PAUSE };
        let mut tries_left = self.retries_max;
        loop {
            match self.run_together(batch) {
                Err(error)
                    if tries_left > 0
                        && !(error.is_out_of_reach() && self.connections.is_out_of_reach())
                        && (error.is_transient() || (batch.len() == 1 && error.is_collision()))
                        && batch.iter().any(|waiting| waiting.deadline > Instant::now() + pause) =>
                {
                    tracing::warn!(%error, tries_left, "running a batch again");
                    thread::sleep(pause);
                    pause = pause.saturating_mul(2);
                    tries_left -= 1;
                }
                result => return result,
            }
        }
    }

    fn run_together(&mut self, batch: &[Waiting]) -> Result<Vec<Outcome>, StoreError> {
        if self.purpose == Purpose::Read
            && let Some(answers) = self.answer_from_cards(batch)?
        {
            return Ok(answers);
        }
        if self.purpose == Purpose::Write {
            self.provide_ids(batch)?;
        }
        let first_id = if self.purpose == Purpose::Write { self.next_id } else { IDS_OF_READS };
        let environment = Arc::clone(&self.environment);
        let purpose = self.purpose;
        let is_exclusive = purpose == Purpose::Write && batch.iter().any(|waiting| waiting.job.is_alone());
        let done = self.connections.transaction(purpose, |db| {
            // It decides on logins, tills and rules: another gateway that does so at once would not see the change.
            if is_exclusive {
                versions::lock(db)?;
            }
            let reference = environment.reference.refresh(db)?;
            key::follow(db, &environment.vault, reference.versions.all)?;
            let touches = touches(batch, &reference);
            let mut set = WorkingSet::new(environment.surroundings(reference), first_id);
            load(db, &touches, &mut set, purpose == Purpose::Write)?;
            let answers = batch.iter().map(|waiting| waiting.job.run(waiting.key.as_ref(), &mut set)).collect();
            if purpose == Purpose::Write {
                apply(db, &set)?;
            }
            let changed = !set.reference_changes.items().is_empty();
            let messages = !set.outbox.items().is_empty();
            Ok::<_, StoreError>((answers, set.ids_used_up_to(), changed, messages))
        });
        match done {
            Ok((answers, used_up_to, changed, messages)) => {
                if purpose == Purpose::Write {
                    self.next_id = used_up_to;
                }
                if messages {
                    self.environment.outbox.wake();
                }
                // Before the answers: once a change of a password is acknowledged, the old one must not work. If this
                // fails, the next batch reads the change.
                if changed && let Err(error) = self.refresh() {
                    tracing::warn!(%error, "changed logins, tills or rules could not be read at once");
                }
                Ok(answers)
            }
            Err(error) => {
                // The commit may have been done though its answer was lost: these ids must never be used again.
                (self.next_id, self.ids_end) = (0, 0);
                Err(error)
            }
        }
    }

    /// Answers a batch that reads cards alone from one statement; nothing if it needs more.
    fn answer_from_cards(&self, batch: &[Waiting]) -> Result<Option<Vec<Outcome>>, StoreError> {
        let environment = &self.environment;
        let reference = environment.reference.get();
        let touches = touches(batch, &reference);
        let Some(numbers) = touches.cards_alone() else { return Ok(None) };
        let mut set = WorkingSet::new(environment.surroundings(reference), self.next_id);
        let is_all = self.connections.get()?.statement(|db| load_cards::load(db, numbers, &mut set))?;
        Ok(is_all.then(|| batch.iter().map(|waiting| waiting.job.run(waiting.key.as_ref(), &mut set)).collect()))
    }

    fn refresh(&self) -> Result<(), StoreError> {
        self.environment.reference.refresh(&mut self.connections.get()?).map(|_| ())
    }

    /// Makes sure that the batch cannot run out of ids.
    fn provide_ids(&mut self, batch: &[Waiting]) -> Result<(), StoreError> {
        let wanted = batch
            .iter()
            .fold(0_i64, |sum, waiting| sum.saturating_add(IDS_PER_COMMAND).saturating_add(waiting.job.new_ids()));
        if self.ids_end.saturating_sub(self.next_id) < wanted {
            let count = IDS_PER_BLOCK.max(wanted);
            self.next_id = self.connections.transaction(Purpose::Write, |db| reference::take_ids(db, count))?;
            self.ids_end = self.next_id.saturating_add(count);
        }
        Ok(())
    }
}

fn touches(batch: &[Waiting], reference: &Reference) -> Touches {
    let mut touches = Touches::default();
    for waiting in batch {
        waiting.job.touches(reference, &mut touches);
        if let Some(key) = &waiting.key {
            touches.operation((key.partner, key.key.clone()));
        }
    }
    touches
}

fn answer(waiting: Waiting, outcome: Outcome) {
    // The caller may have gone; what was done stays done, and a repeat finds the stored answer.
    let _ = waiting.reply.send(outcome);
}
