//! The write seam: commands wait in a bounded queue; a writer thread takes those that are waiting (never waiting for
//! more), loads what they touch, decides each in turn, applies all changes, commits once, and only then answers everyone.
//!
//! Idempotency, deadlines, retries and group commit are here and nowhere else. Reads go the same way without the last steps:
//! one set of statements for all that wait.

use std::{
    sync::{Arc, Mutex, PoisonError},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use tokio::sync::oneshot;

use crate::{
    clock::Clock,
    domain::{ids::PartnerId, reference::Reference, refusal::Refusal, settings::Settings},
};

use super::{
    apply::apply,
    backend::{Connections, Db, Purpose},
    bell::Bell,
    error::StoreError,
    glance,
    load::load,
    queue::{Batch, Queue, QueueLimits, Refused},
    set::{StoredAnswer, Touches, WorkingSet},
    tables::reference,
    vault::Vault,
};

mod borrowing;

use borrowing::Borrowing;

/// Ids that any command may take without saying so beforehand.
const IDS_PER_COMMAND: i64 = 16;
/// Ids taken from the database at a time.
const IDS_PER_BLOCK: i64 = 20_000;
/// How long work for idle time waits for it.
const IDLE_WAIT_MAX: Duration = Duration::from_millis(100);
/// How long to wait before a batch is run again after a passing failure; doubles with each try.
const RETRY_PAUSE: Duration = Duration::from_millis(20);

/// Something to be decided on a working set.
pub trait Work: Send {
    /// Names what must be in the set. May be asked more than once.
    fn touches(&self, reference: &Reference, touches: &mut Touches);

    /// Whether it must not be decided together with others: it changes what they have loaded beyond the set.
    fn is_alone(&self) -> bool {
        false
    }

    /// How many new ids the decision may take beyond the few that any may.
    fn new_ids(&self) -> i64 {
        0
    }

    /// Decides. Must be pure but for the set: it is run again when a batch has to be repeated.
    ///
    /// # Errors
    /// A defect of ours: nothing is kept, and the caller may send the call again.
    fn decide(&self, set: &mut WorkingSet) -> Result<Verdict, Failure>;

    /// The answer to a repeat of a key with another body; nothing is decided then.
    ///
    /// # Errors
    /// A defect of ours.
    fn refuse(&self, refusal: &Refusal) -> Result<Verdict, Failure>;
}

/// What came of a decision.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// `OK`, or the refusal's code.
    pub code: &'static str,
    /// The answer's `return`.
    pub body: String,
    /// Whether what was changed in the set stays.
    pub keep: bool,
    /// The sale or the hold that it made or changed.
    pub subject: Option<i64>,
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

/// The limits of the executor, each with its unit.
#[derive(Debug, Clone)]
pub struct ExecutorLimits {
    /// Threads that read at a time.
    pub reader_threads: usize,
    /// Threads that write (SQLite: one, whatever this says).
    pub writer_threads: usize,
    /// Commands in one batch.
    pub batch_commands_max: usize,
    /// Commands that may wait to be written.
    pub write_queue_commands_max: usize,
    /// Requests that may wait to be read.
    pub read_queue_requests_max: usize,
    /// How long either may have to wait before it is taken.
    pub queue_wait_max: Duration,
    /// How long a command may wait and be retried.
    pub command_deadline: Duration,
    /// How often a batch is run again.
    pub retries_max: u32,
    /// How long the threads may take to finish what waits once nothing new is taken.
    pub drain_max: Duration,
}

impl ExecutorLimits {
    fn queue(&self, items_max: usize, threads: usize) -> Queue<Waiting> {
        let batch_max = self.batch_commands_max.max(1);
        let (wait_max, idle_wait_max) = (self.queue_wait_max, IDLE_WAIT_MAX);
        Queue::new(QueueLimits { items_max, wait_max, batch_max, threads, idle_wait_max })
    }
}

/// What every thread of the executor needs.
pub struct Environment {
    /// Time.
    pub clock: Clock,
    /// Keys.
    pub vault: Arc<Vault>,
    /// Limits that decisions know.
    pub settings: Arc<Settings>,
    /// Who takes part, as last read.
    pub reference: Arc<ReferenceCache>,
    /// Rung when messages wait in the outbox that were not there before.
    pub outbox: Bell,
}

/// Who takes part, as last read; read anew when its version in the database has moved.
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
        if reference::version(db)? == known.version {
            return Ok(known);
        }
        let fresh = Arc::new(reference::load(db)?);
        let mut slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A slower thread must not put an older state back.
        if slot.version <= fresh.version {
            *slot = Arc::clone(&fresh);
        }
        Ok(fresh)
    }
}

/// What one command is answered.
type Given = Result<Answer, Failure>;

struct Waiting {
    work: Box<dyn Work>,
    key: Option<OperationKey>,
    deadline: Instant,
    reply: oneshot::Sender<Given>,
}

impl Waiting {
    /// Not begun and waited for by nobody: whoever wants it still has sent it again.
    fn is_abandoned(&self) -> bool {
        self.reply.is_closed()
    }
}

/// The queues and the threads behind them.
pub struct Executor {
    writes: Arc<Queue<Waiting>>,
    reads: Arc<Queue<Waiting>>,
    borrowing: Option<Arc<Borrowing>>,
    threads: Vec<JoinHandle<()>>,
    // Nothing is ever sent: it is closed when the last thread has ended.
    ended: Receiver<()>,
    deadline: Duration,
    drain_max: Duration,
}

impl Executor {
    /// Starts the threads.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn start(
        writers: &Connections,
        readers: &Connections,
        environment: &Arc<Environment>,
        limits: &ExecutorLimits,
    ) -> std::io::Result<Self> {
        let writer_threads = if matches!(writers, Connections::Sqlite(..)) { 1 } else { limits.writer_threads.max(1) };
        let reader_threads = limits.reader_threads.max(1);
        let writes = Arc::new(limits.queue(limits.write_queue_commands_max, writer_threads));
        let reads = Arc::new(limits.queue(limits.read_queue_requests_max, reader_threads));
        let (running, ended) = bounded(1);
        let mut threads = Vec::new();
        for number in 0..writer_threads {
            let worker = Worker::new(Purpose::Write, writers, environment, limits, &running);
            threads.push(spawn(&format!("writer-{number}"), worker, &writes)?);
        }
        let reading = (0..reader_threads).map(|_| Worker::new(Purpose::Read, readers, environment, limits, &running));
        let borrowing = match readers {
            Connections::Sqlite(..) => Some(Arc::new(Borrowing::new(&reads, reading.collect()))),
            Connections::Postgres(_) => {
                for (number, worker) in reading.enumerate() {
                    threads.push(spawn(&format!("reader-{number}"), worker, &reads)?);
                }
                None
            }
        };
        let (deadline, drain_max) = (limits.command_deadline, limits.drain_max);
        Ok(Self { writes, reads, borrowing, threads, ended, deadline, drain_max })
    }

    /// Decides a command and answers once its changes are durable. Once begun it runs to its end though the caller stops
    /// waiting, or is told at its deadline that the answer is not to be had.
    ///
    /// # Errors
    /// It was not decided, or not for certain; the same call may be sent again.
    pub async fn write(&self, work: Box<dyn Work>, key: Option<OperationKey>) -> Result<Answer, Failure> {
        self.submit(|waiting| self.writes.push(waiting), work, key).await
    }

    /// Answers from one consistent state, and changes nothing.
    ///
    /// # Errors
    /// It could not be answered.
    pub async fn read(&self, work: Box<dyn Work>) -> Result<Answer, Failure> {
        self.submit(|waiting| self.reads.push(waiting).map(|()| self.see_to_reads()), work, None).await
    }

    /// As [`Self::write`], for work of the gateway's own: it is done while no till waits, or by a thread of several.
    ///
    /// # Errors
    /// It was not decided, or not for certain.
    pub async fn write_when_idle(&self, work: Box<dyn Work>) -> Result<Answer, Failure> {
        self.submit(|waiting| self.writes.push_idle(waiting), work, None).await
    }

    /// As [`Self::read`], for work of the gateway's own: it is not refused because tills have much to do.
    ///
    /// # Errors
    /// It could not be answered.
    pub async fn read_own(&self, work: Box<dyn Work>) -> Result<Answer, Failure> {
        self.submit(|waiting| self.reads.push_own(waiting).map(|()| self.see_to_reads()), work, None).await
    }

    /// Whether a command would be refused now because too many wait, or for too long.
    #[must_use]
    pub fn refuses_writes(&self) -> bool {
        self.writes.is_full()
    }

    /// How many threads write.
    #[must_use]
    pub fn writer_threads(&self) -> usize {
        self.writes.threads()
    }

    /// How many commands have ever come to be written, the gateway's own left out.
    #[must_use]
    pub fn writes_came(&self) -> u64 {
        self.writes.came()
    }

    /// Whether a read would be.
    #[must_use]
    pub fn refuses_reads(&self) -> bool {
        self.reads.is_full()
    }

    fn see_to_reads(&self) {
        if let Some(borrowing) = &self.borrowing {
            borrowing.see_to_it();
        }
    }

    async fn submit(
        &self,
        enter: impl FnOnce(Waiting) -> Result<(), Refused>,
        work: Box<dyn Work>,
        key: Option<OperationKey>,
    ) -> Result<Answer, Failure> {
        let (reply, answer) = oneshot::channel();
        let waiting = Waiting { work, key, deadline: Instant::now() + self.deadline, reply };
        enter(waiting).map_err(|refused| match refused {
            Refused::Full => Failure::Overloaded,
            Refused::Closed => Failure::Unavailable,
        })?;
        // A thread that waits for a silent database answers nobody.
        match tokio::time::timeout(self.deadline, answer).await {
            Ok(answered) => answered.unwrap_or(Err(Failure::Internal)),
            Err(_) => Err(Failure::Deadline),
        }
    }

    /// Lets what waits be done, then ends the threads. Those that a silent database holds are left to themselves: whatever
    /// they are about was acknowledged to nobody, and may be sent again.
    pub fn drain(&mut self) {
        self.writes.close();
        self.reads.close();
        if let Some(borrowing) = &self.borrowing {
            borrowing.close();
        }
        if self.ended.recv_timeout(self.drain_max) == Err(RecvTimeoutError::Timeout) {
            tracing::warn!("the database does not answer; commands that wait for it are left undone");
            self.threads.clear();
        }
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a thread of the executor had panicked");
            }
        }
    }
}

impl Drop for Executor {
    fn drop(&mut self) {
        self.drain();
    }
}

fn spawn(name: &str, mut worker: Worker, queue: &Arc<Queue<Waiting>>) -> std::io::Result<JoinHandle<()>> {
    let queue = Arc::clone(queue);
    thread::Builder::new().name(name.into()).spawn(move || worker.run(&queue))
}

struct Worker {
    purpose: Purpose,
    connections: Connections,
    environment: Arc<Environment>,
    retries_max: u32,
    next_id: i64,
    ids_end: i64,
    /// As long as this is there, so is the worker.
    _running: Sender<()>,
}

impl Worker {
    fn new(
        purpose: Purpose,
        connections: &Connections,
        environment: &Arc<Environment>,
        limits: &ExecutorLimits,
        running: &Sender<()>,
    ) -> Self {
        Self {
            purpose,
            connections: connections.clone(),
            environment: Arc::clone(environment),
            retries_max: limits.retries_max,
            next_id: 0,
            ids_end: 0,
            _running: running.clone(),
        }
    }

    /// Until the queue is closed and empty.
    fn run(&mut self, queue: &Queue<Waiting>) {
        while let Some(batch) = queue.take(Waiting::is_abandoned) {
            self.guarded(queue, batch);
        }
    }

    /// Runs a batch and tells the queue how long it took.
    fn guarded(&mut self, queue: &Queue<Waiting>, batch: Batch<Waiting>) {
        let Batch { items, is_idle } = batch;
        let (begun, count) = (Instant::now(), items.len());
        // A defect in one decision must not end the thread that all tills wait for.
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| self.process(items)));
        if outcome.is_err() {
            tracing::error!("a batch panicked; its callers were told to send again");
        }
        if !is_idle {
            queue.took(count, begun.elapsed());
        }
    }

    /// Runs a batch, and what cannot be run together one by one.
    fn process(&mut self, batch: Vec<Waiting>) {
        let now = Instant::now();
        let (batch, late): (Vec<_>, Vec<_>) = batch.into_iter().partition(|waiting| waiting.deadline > now);
        for waiting in late {
            answer(waiting, Err(Failure::Deadline));
        }
        let (alone, together): (Vec<_>, Vec<_>) = batch.into_iter().partition(|waiting| waiting.work.is_alone());
        for waiting in alone {
            self.run_to_end(vec![waiting]);
        }
        if !together.is_empty() {
            self.run_to_end(together);
        }
    }

    fn run_to_end(&mut self, batch: Vec<Waiting>) {
        match self.attempt(&batch) {
            Ok(answers) => batch.into_iter().zip(answers).for_each(|(waiting, given)| answer(waiting, given)),
            // One by one they would wait for the same database, each as long.
            Err(error) if batch.len() == 1 || error.is_out_of_reach() => self.give_up(batch, &error),
            Err(error) => {
                tracing::warn!(%error, commands = batch.len(), "a batch failed; running its commands one by one");
                for waiting in batch {
                    match self.attempt(std::slice::from_ref(&waiting)) {
                        Ok(mut answers) => match answers.pop() {
                            Some(given) => answer(waiting, given),
                            None => answer(waiting, Err(Failure::Internal)),
                        },
                        Err(error) => self.give_up(vec![waiting], &error),
                    }
                }
            }
        }
    }

    fn give_up(&self, batch: Vec<Waiting>, error: &StoreError) {
        let is_passing = error.is_transient() || error.is_out_of_reach();
        let failure = if is_passing { Failure::Unavailable } else { Failure::Internal };
        tracing::error!(%error, purpose = ?self.purpose, "commands failed");
        for waiting in batch {
            answer(waiting, Err(failure));
        }
    }

    /// Runs commands together, again after a passing failure. When a commit's answer was lost, the stored answers tell
    /// the second run that the first one was done.
    fn attempt(&mut self, batch: &[Waiting]) -> Result<Vec<Given>, StoreError> {
        let mut pause = RETRY_PAUSE;
        let mut tries_left = self.retries_max;
        loop {
            match self.run_together(batch) {
                Err(error)
                    if tries_left > 0
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

    fn run_together(&mut self, batch: &[Waiting]) -> Result<Vec<Given>, StoreError> {
        if self.purpose == Purpose::Read
            && let Some(answers) = self.answer_at_a_glance(batch)?
        {
            return Ok(answers);
        }
        if self.purpose == Purpose::Write {
            self.provide_ids(batch)?;
        }
        let first_id = self.next_id;
        let environment = Arc::clone(&self.environment);
        let purpose = self.purpose;
        let done = self.connections.transaction(purpose, |db| {
            let reference = environment.reference.refresh(db)?;
            let touches = touches(batch, &reference);
            let mut set = WorkingSet::new(
                environment.clock.now(),
                reference,
                Arc::clone(&environment.vault),
                Arc::clone(&environment.settings),
                first_id,
            );
            load(db, &touches, &mut set, purpose == Purpose::Write)?;
            let answers = batch.iter().map(|waiting| decide(waiting, &mut set)).collect();
            if purpose == Purpose::Write {
                apply(db, &mut set)?;
            }
            let changed = !set.reference_changes.items().is_empty();
            let messages = !set.outbox.items().is_empty();
            Ok::<_, StoreError>((answers, set.ids_used_up_to(), changed, messages))
        });
        match done {
            Ok((answers, used_up_to, changed, messages)) => {
                self.next_id = used_up_to;
                if messages {
                    self.environment.outbox.ring();
                }
                // Before anybody is answered: who was told that a password has changed must not get in with the old one. A
                // failure here only means that the next batch reads it.
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

    /// Answers reads of cards alone from one statement; nothing if they need more.
    fn answer_at_a_glance(&self, batch: &[Waiting]) -> Result<Option<Vec<Given>>, StoreError> {
        let environment = &self.environment;
        let reference = environment.reference.get();
        let touches = touches(batch, &reference);
        let Some(numbers) = touches.cards_alone() else { return Ok(None) };
        let mut set = WorkingSet::new(
            environment.clock.now(),
            reference,
            Arc::clone(&environment.vault),
            Arc::clone(&environment.settings),
            self.next_id,
        );
        let is_all = self.connections.get()?.statement(|db| glance::load(db, numbers, &mut set))?;
        Ok(is_all.then(|| batch.iter().map(|waiting| decide(waiting, &mut set)).collect()))
    }

    fn refresh(&self) -> Result<(), StoreError> {
        self.environment.reference.refresh(&mut self.connections.get()?).map(|_| ())
    }

    /// Makes sure that the batch cannot run out of ids.
    fn provide_ids(&mut self, batch: &[Waiting]) -> Result<(), StoreError> {
        let wanted = batch
            .iter()
            .fold(0_i64, |sum, waiting| sum.saturating_add(IDS_PER_COMMAND).saturating_add(waiting.work.new_ids()));
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
        waiting.work.touches(reference, &mut touches);
        if let Some(key) = &waiting.key {
            touches.operations.insert((key.partner, key.key.clone()));
        }
    }
    touches
}

fn answer(waiting: Waiting, given: Given) {
    // Nobody may be waiting any more; what was done stays done, and a repeat finds it.
    let _ = waiting.reply.send(given);
}

/// Decides one command: the stored answer if its key was used, else its decision, whose effects and answer stay together.
fn decide(waiting: &Waiting, set: &mut WorkingSet) -> Given {
    let Some(key) = &waiting.key else {
        return judged(waiting.work.decide(set), set).map(|(given, _)| given);
    };
    let id = (key.partner, key.key.clone());
    if let Some(stored) = set.operations.get(&id) {
        if stored.operation == key.operation && stored.request_digest == key.request_digest {
            return Ok(Answer { code: stored.code.clone(), body: stored.body.clone(), repeated: true });
        }
        let refusal = if stored.is_tombstone() { Refusal::OperationCancelled } else { Refusal::OperationKeyReused };
        let verdict = waiting.work.refuse(&refusal)?;
        return Ok(Answer { code: verdict.code.into(), body: verdict.body, repeated: false });
    }
    let (given, subject) = judged(waiting.work.decide(set), set)?;
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

fn judged(decision: Result<Verdict, Failure>, set: &mut WorkingSet) -> Result<(Answer, Option<i64>), Failure> {
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
