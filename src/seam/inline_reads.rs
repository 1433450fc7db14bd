//! Reading on the threads that HTTP runs on.
//!
//! An embedded database answers from memory within microseconds; to wake a thread for that, and to be woken by it, costs more
//! than the reading. So a read is done by a task of the same runtime, after those of its tasks that can go on: what they ask
//! for is read with it. A server is waited for, which such a task must not do: there the readers have threads of their own.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::seam::{
    blocking::BlockingQueue,
    queue::Queue,
    worker::{Waiting, Worker},
};

/// Workers that are lent to tasks: so many can read at a time.
pub(super) struct InlineReads {
    queue: Arc<BlockingQueue<Queue<Waiting>>>,
    /// Those that nobody has; nothing once no more are lent.
    idle: Mutex<Option<Vec<Worker>>>,
}

impl InlineReads {
    pub(super) fn new(queue: &Arc<BlockingQueue<Queue<Waiting>>>, workers: Vec<Worker>) -> Self {
        Self { queue: Arc::clone(queue), idle: Mutex::new(Some(workers)) }
    }

    /// Sees to it that what waits is read. To be called after something was let in.
    pub(super) fn see_to_it(self: &Arc<Self>) {
        if let Some(worker) = self.borrow() {
            tokio::spawn(Arc::clone(self).read(worker));
        }
    }

    /// Lends no more; what was lent is not taken back.
    pub(super) fn close(&self) {
        *self.idle() = None;
    }

    async fn read(self: Arc<Self>, mut worker: Worker) {
        loop {
            tokio::task::yield_now().await;
            if let Some(batch) = self.queue.take_now(Waiting::is_abandoned) {
                worker.guarded(&self.queue, batch);
                continue;
            }
            self.give_back(worker);
            // What came between the two was told that everybody is at work.
            match (self.queue.waiting() > 0).then(|| self.borrow()).flatten() {
                Some(again) => worker = again,
                None => return,
            }
        }
    }

    fn borrow(&self) -> Option<Worker> {
        self.idle().as_mut()?.pop()
    }

    fn give_back(&self, worker: Worker) {
        if let Some(idle) = &mut *self.idle() {
            idle.push(worker);
        }
    }

    fn idle(&self) -> MutexGuard<'_, Option<Vec<Worker>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
