//! Idle work: what the gateway does of its own accord, such as expiring points. It is done while no command waits.
//!
//! It is taken when the queue is empty. When it has waited for the limit, it joins the next batch, so that a 24-hour
//! shop cannot starve it. With several threads one is reserved for it: a step of idle work is long, and commands must
//! not wait for its end. That thread takes commands in three cases: at least [`HELP_FROM`] wait, no idle work has come
//! for a while, or the wait at the head of the queue shows that the other threads are blocked.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use crate::seam::{
    blocking::BlockingQueue,
    queue::{Batch, Lane, Queue, Refused},
};

/// From this many waiting commands on the thread that is kept for idle work helps. Fewer cost less when another thread
/// takes them together a little later (docs/performance.md).
const HELP_FROM: usize = 16;

/// A queue with a lane for idle work beside it.
#[derive(Debug)]
pub struct IdleLane<T> {
    queue: Queue<T>,
    idle: VecDeque<(Instant, T)>,
    /// How long idle work waits before it joins a batch of commands; how long after the last of it a thread is kept for
    /// more; and the longest that commands wait because of that.
    wait_max: Duration,
    /// Threads that do something other than idle work.
    at_work: usize,
    /// When idle work last came.
    last_came: Option<Instant>,
}

impl<T> IdleLane<T> {
    /// An empty lane beside a queue.
    #[must_use]
    pub const fn new(queue: Queue<T>, wait_max: Duration) -> Self {
        Self { queue, idle: VecDeque::new(), wait_max, at_work: 0, last_came: None }
    }

    /// Whether one more thread is to take commands. The last of several is kept for idle work, with the exceptions that
    /// the module names.
    fn is_for_one_more(&self) -> bool {
        self.at_work.saturating_add(1) < self.queue.threads().max(2)
            || self.queue.waiting() >= HELP_FROM
            || self.last_came.is_none_or(|at| self.is_past(at))
            || self.queue.head_came().is_some_and(|at| self.is_past(at))
    }

    fn is_overdue(&self) -> bool {
        self.idle.front().is_some_and(|(came, _)| self.is_past(*came))
    }

    fn is_past(&self, at: Instant) -> bool {
        at.elapsed() >= self.wait_max
    }
}

impl<T> Lane for IdleLane<T> {
    type Item = T;

    fn queue(&self) -> &Queue<T> {
        &self.queue
    }

    fn queue_mut(&mut self) -> &mut Queue<T> {
        &mut self.queue
    }

    fn batch(&mut self, is_abandoned: impl Fn(&T) -> bool) -> Option<Batch<T>> {
        let mut items = if self.is_for_one_more() { self.queue.take(&is_abandoned) } else { Vec::new() };
        let is_idle = items.is_empty();
        while (is_idle || self.is_overdue())
            && let Some((_, item)) = self.idle.pop_front()
        {
            if !is_abandoned(&item) {
                items.push(item);
                break;
            }
        }
        if !is_idle {
            self.at_work = self.at_work.saturating_add(1);
        }
        (!items.is_empty()).then_some(Batch { items, is_idle })
    }

    fn took(&mut self, count: usize, time: Duration) {
        self.at_work = self.at_work.saturating_sub(1);
        self.queue.took(count, time);
    }

    /// Commands that are left to the other threads are taken after all should those stand still.
    fn sleep_max(&self) -> Option<Duration> {
        (self.queue.waiting() > 0).then_some(self.wait_max)
    }
}

impl<T> BlockingQueue<IdleLane<T>> {
    /// Adds idle work.
    ///
    /// # Errors
    /// [`Refused::Closed`].
    pub fn push_idle(&self, item: T) -> Result<(), Refused> {
        let now = Instant::now();
        self.enter(|lane| {
            lane.last_came = Some(now);
            lane.idle.push_back((now, item));
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seam::queue::QueueLimits;

    const LONG: Duration = Duration::from_secs(3_600);

    fn queue(batch_max: usize, threads: usize, wait_max: Duration) -> BlockingQueue<IdleLane<u32>> {
        let limits = QueueLimits { items_max: 100, wait_max: LONG, batch_max, threads };
        BlockingQueue::new(IdleLane::new(Queue::new(limits), wait_max))
    }

    fn items(queue: &BlockingQueue<IdleLane<u32>>, is_abandoned: impl Fn(&u32) -> bool) -> Option<Vec<u32>> {
        queue.take(is_abandoned).map(|batch| batch.items)
    }

    #[test]
    fn idle_work_is_taken_when_nothing_else_waits() {
        let queue = queue(2, 1, LONG);
        queue.push_idle(9).unwrap();
        queue.push(1).unwrap();
        assert_eq!((queue.waiting(), queue.came()), (1, 1));
        assert_eq!(queue.take(|_| false), Some(Batch { items: vec![1], is_idle: false }));
        assert_eq!(queue.take(|_| false), Some(Batch { items: vec![9], is_idle: true }));
        assert_eq!(queue.take_now(|_| false), None);
    }

    #[test]
    fn overdue_idle_work_joins_the_next_batch() {
        let queue = queue(2, 1, Duration::ZERO);
        queue.push_idle(9).unwrap();
        for number in 1..=4 {
            queue.push(number).unwrap();
        }
        assert_eq!(queue.take(|_| false), Some(Batch { items: vec![1, 2, 9], is_idle: false }));
        assert_eq!(queue.take(|_| false), Some(Batch { items: vec![3, 4], is_idle: false }));
    }

    #[test]
    fn of_several_threads_one_is_kept_for_idle_work() {
        let queue = queue(64, 2, LONG);
        let others = |numbers: std::ops::RangeInclusive<u32>| Some(Batch { items: numbers.collect(), is_idle: false });
        queue.push_idle(99).unwrap();
        queue.push(1).unwrap();
        assert_eq!(queue.take_now(|_| false), others(1..=1));
        queue.push(2).unwrap();
        assert_eq!(queue.take_now(|_| false), Some(Batch { items: vec![99], is_idle: true }));
        // The other one comes back while this one is at work, and again when too many wait for it.
        assert_eq!(queue.take_now(|_| false), None);
        let help_from = u32::try_from(HELP_FROM).unwrap();
        (3..=help_from).for_each(|number| queue.push(number).unwrap());
        assert_eq!(queue.take_now(|_| false), None);
        queue.push(help_from + 1).unwrap();
        assert_eq!(queue.take_now(|_| false), others(2..=help_from + 1));
        queue.took(16, Duration::from_millis(1));
        queue.push(40).unwrap();
        assert_eq!(queue.take_now(|_| false), None);
        queue.took(1, Duration::from_millis(1));
        assert_eq!(queue.take_now(|_| false), others(40..=40));
    }

    #[test]
    fn commands_for_threads_that_stand_still_are_taken_by_the_one_that_was_kept() {
        let queue = queue(64, 2, Duration::from_millis(20));
        let others = |number: u32| Some(Batch { items: vec![number], is_idle: false });
        queue.push_idle(99).unwrap();
        assert_eq!(queue.take(|_| false), Some(Batch { items: vec![99], is_idle: true }));
        queue.push(1).unwrap();
        assert_eq!(queue.take(|_| false), others(1));
        // No thread reports that the first batch is done, and no new item wakes the thread.
        queue.push(2).unwrap();
        assert_eq!(queue.take(|_| false), others(2));
        queue.took(1, Duration::from_millis(1));
        // Nor do steps that follow each other without a pause keep it away.
        queue.push(3).unwrap();
        let begun = Instant::now();
        let taken = std::iter::from_fn(|| {
            queue.push_idle(99).unwrap();
            queue.take(|_| false)
        });
        let batch =
            taken.take_while(|_| begun.elapsed() < Duration::from_secs(10)).find(|batch| batch.items.contains(&3));
        assert!(batch.is_some());
    }

    #[test]
    fn all_but_one_of_several_threads_go_on_beside_idle_work() {
        let queue = queue(1, 3, LONG);
        queue.push_idle(99).unwrap();
        (1..=3).for_each(|number| queue.push(number).unwrap());
        let taken: Vec<_> = std::iter::from_fn(|| queue.take_now(|_| false)).flat_map(|batch| batch.items).collect();
        assert_eq!(taken, [1, 2, 99]);
    }

    #[test]
    fn idle_work_is_done_before_the_end_and_not_let_in_after_it() {
        let queue = queue(2, 1, LONG);
        queue.push_idle(8).unwrap();
        queue.push_idle(9).unwrap();
        queue.close();
        assert_eq!(queue.push_idle(7), Err(Refused::Closed));
        assert_eq!(items(&queue, |number| *number == 8), Some(vec![9]));
        assert_eq!(items(&queue, |_| false), None);
    }
}
