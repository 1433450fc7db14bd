//! A queue shared by threads, which sleep while it is empty.

use std::{
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::seam::queue::{Batch, Lane, Refused};

/// A lane behind a lock, with a condition on which threads sleep.
#[derive(Debug)]
pub struct BlockingQueue<L> {
    state: Mutex<State<L>>,
    changed: Condvar,
}

#[derive(Debug)]
struct State<L> {
    lane: L,
    /// Threads that wait for an item.
    sleeping: usize,
    closed: bool,
}

impl<L: Lane> BlockingQueue<L> {
    /// A queue over an empty lane.
    #[must_use]
    pub const fn new(lane: L) -> Self {
        Self { state: Mutex::new(State { lane, sleeping: 0, closed: false }), changed: Condvar::new() }
    }

    /// Adds an item, if it would not wait too long.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn push(&self, item: L::Item) -> Result<(), Refused> {
        self.enter(|lane| lane.queue_mut().push(item))
    }

    /// Adds an item of the gateway itself, even when the queue is full.
    ///
    /// # Errors
    /// [`Refused::Closed`].
    pub fn push_own(&self, item: L::Item) -> Result<(), Refused> {
        self.enter(|lane| {
            lane.queue_mut().push_own(item);
            Ok(())
        })
    }

    /// Whether a new item would be refused now.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.state().lane.queue().is_full()
    }

    /// Waiting items, without idle work.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.state().lane.queue().waiting()
    }

    /// Threads that take batches.
    #[must_use]
    pub fn threads(&self) -> usize {
        self.state().lane.queue().threads()
    }

    /// Items ever added, without the gateway's own.
    #[must_use]
    pub fn came(&self) -> u64 {
        self.state().lane.queue().came()
    }

    /// Waits for an item, and takes at most a batch of the waiting items. Those that `is_abandoned` are dropped. `None`
    /// when the queue is closed and empty.
    pub fn take(&self, is_abandoned: impl Fn(&L::Item) -> bool) -> Option<Batch<L::Item>> {
        let mut state = self.state();
        loop {
            if let Some(batch) = state.lane.batch(&is_abandoned) {
                return Some(batch);
            }
            if state.closed {
                return None;
            }
            state.sleeping = state.sleeping.saturating_add(1);
            state = match state.lane.sleep_max() {
                None => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(time) => self.changed.wait_timeout(state, time).unwrap_or_else(PoisonError::into_inner).0,
            };
            state.sleeping = state.sleeping.saturating_sub(1);
        }
    }

    /// The same without waiting; `None` when the queue is empty.
    pub fn take_now(&self, is_abandoned: impl Fn(&L::Item) -> bool) -> Option<Batch<L::Item>> {
        self.state().lane.batch(is_abandoned)
    }

    /// Records that a batch of `count` items, idle work aside, is done, and how long it took.
    pub fn took(&self, count: usize, time: Duration) {
        self.state().lane.took(count, time);
    }

    /// Closes the queue for new items; waiting ones can still be taken.
    pub fn close(&self) {
        self.state().closed = true;
        self.changed.notify_all();
    }

    pub(super) fn enter(&self, put: impl FnOnce(&mut L) -> Result<(), Refused>) -> Result<(), Refused> {
        let mut state = self.state();
        if state.closed {
            return Err(Refused::Closed);
        }
        put(&mut state.lane)?;
        // Waking is a system call even when no thread sleeps.
        if state.sleeping > 0 {
            self.changed.notify_one();
        }
        Ok(())
    }

    /// Ignores poisoning: each change is one step, so the state is consistent after a panic.
    fn state(&self) -> MutexGuard<'_, State<L>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seam::queue::{Queue, QueueLimits};

    fn queue() -> BlockingQueue<Queue<u32>> {
        let wait_max = Duration::from_secs(3_600);
        BlockingQueue::new(Queue::new(QueueLimits { items_max: 100, wait_max, batch_max: 2, threads: 1 }))
    }

    fn batch(items: &[u32]) -> Option<Batch<u32>> {
        Some(Batch { items: items.to_vec(), is_idle: false })
    }

    #[test]
    fn a_closed_queue_lets_nothing_in_and_gives_out_what_waits() {
        let queue = queue();
        (1..=3).for_each(|number| queue.push(number).unwrap());
        queue.close();
        assert_eq!((queue.push(4), queue.push_own(5)), (Err(Refused::Closed), Err(Refused::Closed)));
        assert_eq!((queue.take(|_| false), queue.take(|_| false)), (batch(&[1, 2]), batch(&[3])));
        assert_eq!(queue.take(|_| false), None);
    }

    #[test]
    fn a_thread_that_sleeps_is_woken_by_what_comes_and_by_the_end() {
        let queue = queue();
        let taken = std::thread::scope(|threads| {
            let taker = threads.spawn(|| std::iter::from_fn(|| queue.take(|_| false)).flat_map(|b| b.items).collect());
            for number in 0..50 {
                queue.push(number).unwrap();
                while queue.waiting() > 0 {
                    std::thread::yield_now();
                }
            }
            queue.close();
            taker.join().unwrap()
        });
        let taken: Vec<u32> = taken;
        assert_eq!(taken, (0..50).collect::<Vec<_>>());
    }
}
