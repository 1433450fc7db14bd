//! The executor: the queues of writes and of reads, and the threads that take batches from them.
//!
//! A writer takes the commands that wait at that moment and never waits for more. It loads what they touch, decides
//! each in turn, applies all changes, commits once, and only then answers. Reads skip the last steps: one set of statements for all that wait.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, RecvTimeoutError, sync_channel},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use tokio::sync::oneshot;

use crate::{
    seam::{
        blocking::BlockingQueue,
        idle::IdleLane,
        inline_reads::InlineReads,
        queue::{Lane, Queue, QueueLimits, Refused},
        worker::{Environment, Waiting, Worker},
    },
    store::db::backend::{Connections, Purpose},
    working_set::command::{Answer, Failure, Job, OperationKey},
};

/// How long idle work waits before it joins a batch of commands.
const IDLE_WAIT_MAX: Duration = Duration::from_millis(100);

/// The limits of the executor, each with its unit.
#[derive(Debug, Clone)]
pub struct ExecutorLimits {
    /// Threads that read.
    pub reader_threads: usize,
    /// Threads that write (SQLite: one, whatever this says).
    pub writer_threads: usize,
    /// Commands in one batch.
    pub batch_commands_max: usize,
    /// Commands that may wait to be written.
    pub write_queue_commands_max: usize,
    /// Requests that may wait to be read.
    pub read_queue_requests_max: usize,
    /// How long a command or a request may wait in its queue.
    pub queue_wait_max: Duration,
    /// How long a command may wait and be retried.
    pub command_deadline: Duration,
    /// How often a batch is retried.
    pub retries_max: u32,
    /// How long the threads may take to finish what waits once nothing new is taken.
    pub drain_max: Duration,
}

impl ExecutorLimits {
    fn queue(&self, items_max: usize, threads: usize) -> Queue<Waiting> {
        let (wait_max, batch_max) = (self.queue_wait_max, self.batch_commands_max.max(1));
        Queue::new(QueueLimits { items_max, wait_max, batch_max, threads })
    }
}

/// The queues and the threads behind them.
pub struct Executor {
    writes: Arc<BlockingQueue<IdleLane<Waiting>>>,
    reads: Arc<BlockingQueue<Queue<Waiting>>>,
    inline_reads: Option<Arc<InlineReads>>,
    threads: Vec<JoinHandle<()>>,
    // Nothing is sent: the channel closes when the last thread has ended.
    ended: Mutex<Receiver<()>>,
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
        let writer_threads = writers.writers_max(limits.writer_threads);
        let reader_threads = limits.reader_threads.max(1);
        let writes = limits.queue(limits.write_queue_commands_max, writer_threads);
        let writes = Arc::new(BlockingQueue::new(IdleLane::new(writes, IDLE_WAIT_MAX)));
        let reads = Arc::new(BlockingQueue::new(limits.queue(limits.read_queue_requests_max, reader_threads)));
        let (running, ended) = sync_channel(1);
        let mut threads = Vec::new();
        for number in 0..writer_threads {
            let worker = Worker::new(Purpose::Write, writers, environment, limits.retries_max, &running);
            threads.push(spawn(&format!("writer-{number}"), worker, &writes)?);
        }
        let reading =
            (0..reader_threads).map(|_| Worker::new(Purpose::Read, readers, environment, limits.retries_max, &running));
        let inline_reads = if readers.reads_inline() {
            Some(Arc::new(InlineReads::new(&reads, reading.collect())))
        } else {
            for (number, worker) in reading.enumerate() {
                threads.push(spawn(&format!("reader-{number}"), worker, &reads)?);
            }
            None
        };
        let (deadline, drain_max) = (limits.command_deadline, limits.drain_max);
        Ok(Self { writes, reads, inline_reads, threads, ended: Mutex::new(ended), deadline, drain_max })
    }

    /// Decides a command and answers once its changes are durable. Once begun it runs to its end, even if the caller
    /// stops waiting or its deadline passes.
    ///
    /// # Errors
    /// It was not decided, or the outcome is unknown; the same call may be sent again.
    pub async fn write(&self, job: Job, key: Option<OperationKey>) -> Result<Answer, Failure> {
        self.submit(|waiting| self.writes.push(waiting), job, key).await
    }

    /// Answers from one consistent state, and changes nothing.
    ///
    /// # Errors
    /// It could not be answered.
    pub async fn read(&self, job: Job) -> Result<Answer, Failure> {
        self.submit(|waiting| self.reads.push(waiting).map(|()| self.start_inline_read()), job, None).await
    }

    /// As [`Self::write`], for idle work, which waits for a free moment.
    ///
    /// # Errors
    /// It was not decided, or the outcome is unknown.
    pub async fn write_when_idle(&self, job: Job) -> Result<Answer, Failure> {
        self.submit(|waiting| self.writes.push_idle(waiting), job, None).await
    }

    /// As [`Self::read`], for the gateway's own reads, which are accepted even when the queue is full.
    ///
    /// # Errors
    /// It could not be answered.
    pub async fn read_own(&self, job: Job) -> Result<Answer, Failure> {
        self.submit(|waiting| self.reads.push_own(waiting).map(|()| self.start_inline_read()), job, None).await
    }

    /// Whether a command would be refused now because the queue is full.
    #[must_use]
    pub fn refuses_writes(&self) -> bool {
        self.writes.is_full()
    }

    /// Threads that write.
    #[must_use]
    pub fn writer_threads(&self) -> usize {
        self.writes.threads()
    }

    /// Write commands ever accepted, without the gateway's own.
    #[must_use]
    pub fn writes_came(&self) -> u64 {
        self.writes.came()
    }

    /// Whether a read would be refused now because the queue is full.
    #[must_use]
    pub fn refuses_reads(&self) -> bool {
        self.reads.is_full()
    }

    fn start_inline_read(&self) {
        if let Some(inline_reads) = &self.inline_reads {
            inline_reads.start();
        }
    }

    async fn submit(
        &self,
        enter: impl FnOnce(Waiting) -> Result<(), Refused>,
        job: Job,
        key: Option<OperationKey>,
    ) -> Result<Answer, Failure> {
        let (reply, answer) = oneshot::channel();
        let waiting = Waiting { job, key, deadline: Instant::now() + self.deadline, reply };
        enter(waiting).map_err(|refused| match refused {
            Refused::Full => Failure::Overloaded,
            Refused::Closed => Failure::Unavailable,
        })?;
        // A thread that waits for an unresponsive database cannot answer in time.
        match tokio::time::timeout(self.deadline, answer).await {
            Ok(answered) => answered.unwrap_or(Err(Failure::Internal)),
            Err(_) => Err(Failure::Deadline),
        }
    }

    /// Finishes the queues, then ends the threads. Threads that an unresponsive database blocks are abandoned after a
    /// limit: their commands were not acknowledged and may be sent again.
    pub fn drain(&mut self) {
        self.writes.close();
        self.reads.close();
        if let Some(inline_reads) = &self.inline_reads {
            inline_reads.close();
        }
        let ended = self.ended.get_mut().unwrap_or_else(PoisonError::into_inner);
        join_within("the executor", &mut self.threads, ended, self.drain_max);
    }
}

/// Waits until all threads have ended (`ended` is closed by the last of them), at most for `drain_max`. Blocked threads
/// are abandoned then.
pub(super) fn join_within(what: &str, threads: &mut Vec<JoinHandle<()>>, ended: &Receiver<()>, drain_max: Duration) {
    if ended.recv_timeout(drain_max) == Err(RecvTimeoutError::Timeout) {
        tracing::warn!(what, "the database does not answer; what waits for it is left undone");
        threads.clear();
    }
    for thread in threads.drain(..) {
        if thread.join().is_err() {
            tracing::error!(what, "a thread had panicked");
        }
    }
}

impl Drop for Executor {
    fn drop(&mut self) {
        self.drain();
    }
}

fn spawn<L>(name: &str, mut worker: Worker, queue: &Arc<BlockingQueue<L>>) -> std::io::Result<JoinHandle<()>>
where
    L: Lane<Item = Waiting> + Send + 'static,
{
    let queue = Arc::clone(queue);
    thread::Builder::new().name(name.into()).spawn(move || worker.run(&queue))
}
