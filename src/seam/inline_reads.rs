//! Reading on the threads that HTTP runs on.
//!
//! An embedded database answers from memory within microseconds; waking a reader thread and being woken by it costs
//! more than the read. So a task of the same runtime reads. It first yields to the tasks that are ready, so that their
//! requests join the batch. A database server makes its clients wait, which a task must not do: there the readers have
//! threads of their own.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::seam::{
    blocking::BlockingQueue,
    queue::Queue,
    worker::{Waiting, Worker},
};

/// Workers for tasks that read: their number bounds the reads that run at a time.
pub(super) struct InlineReads {
    queue: Arc<BlockingQueue<Queue<Waiting>>>,
    /// Workers that no task uses; nothing once the queue is closed.
    free: Mutex<Option<Vec<Worker>>>,
}

impl InlineReads {
    pub(super) fn new(queue: &Arc<BlockingQueue<Queue<Waiting>>>, workers: Vec<Worker>) -> Self {
        Self { queue: Arc::clone(queue), free: Mutex::new(Some(workers)) }
    }

    /// Starts a task that reads what waits, unless every worker is in use. To be called after a request was let in.
    pub(super) fn start(self: &Arc<Self>) {
        if let Some(worker) = self.take_worker() {
            tokio::spawn(Arc::clone(self).read(worker));
        }
    }

    /// Starts no more tasks; those that run come to their end.
    pub(super) fn close(&self) {
        *self.free() = None;
    }

    async fn read(self: Arc<Self>, mut worker: Worker) {
        loop {
            tokio::task::yield_now().await;
            if let Some(batch) = self.queue.take_now(Waiting::is_abandoned) {
                worker.guarded(&self.queue, batch);
                continue;
            }
            self.give_back(worker);
            // A request that came just before the worker was free found none, so look once more.
            match (self.queue.waiting() > 0).then(|| self.take_worker()).flatten() {
                Some(again) => worker = again,
                None => return,
            }
        }
    }

    fn take_worker(&self) -> Option<Worker> {
        self.free().as_mut()?.pop()
    }

    fn give_back(&self, worker: Worker) {
        if let Some(free) = &mut *self.free() {
            free.push(worker);
        }
    }

    fn free(&self) -> MutexGuard<'_, Option<Vec<Worker>>> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
