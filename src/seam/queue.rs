//! A queue whose length is measured in time: it refuses a new item that would have to wait too long.
//!
//! A limit on the count alone lets the wait grow beyond what clients accept; then all work is done for callers that
//! have gone and send the same again. So a newcomer is refused in three cases: too many items wait; the head has waited
//! longer than the limit (the threads stand still); or the estimated wait, from the duration of recent batches, exceeds
//! it. Items are taken in the order in which they came; those whose caller has gone are dropped.
//!
//! The queue knows no threads: [`BlockingQueue`](crate::seam::blocking::BlockingQueue) shares it among them.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

/// The weight of the newest batch in the average, as a divisor.
const SMOOTHING: u64 = 4;
/// As many full batches of each thread are let in whatever the estimate says: small batches say little of a full one.
const BATCHES_LET_IN: usize = 2;
/// Averages are of whole numbers, so counts are kept in thousandths.
const ONE: u64 = 1_000;

/// The limits of a queue, each with its unit.
#[derive(Debug, Clone)]
pub struct QueueLimits {
    /// Items that may wait.
    pub items_max: usize,
    /// How long an item may wait.
    pub wait_max: Duration,
    /// Items in one batch.
    pub batch_max: usize,
    /// Threads that take batches.
    pub threads: usize,
}

/// What a thread takes at once.
#[derive(Debug, PartialEq, Eq)]
pub struct Batch<T> {
    /// In the order in which they are to be done.
    pub items: Vec<T>,
    /// Whether it is idle work, taken because nothing else waited. Its duration says nothing about the wait of
    /// newcomers.
    pub is_idle: bool,
}

/// Why an item was not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// Too many items wait, or it would wait too long.
    Full,
    /// The queue is closed.
    Closed,
}

/// What a blocking queue shares among threads: a queue alone, or a queue with an idle lane beside it.
pub trait Lane {
    /// What waits.
    type Item;

    /// The queue.
    fn queue(&self) -> &Queue<Self::Item>;

    /// The queue, to let something in.
    fn queue_mut(&mut self) -> &mut Queue<Self::Item>;

    /// The next batch for one more thread, without those that `is_abandoned`; nothing when there is nothing for it.
    fn batch(&mut self, is_abandoned: impl Fn(&Self::Item) -> bool) -> Option<Batch<Self::Item>>;

    /// Records that a batch of `count` items, idle work aside, is done, and how long it took.
    fn took(&mut self, count: usize, time: Duration);

    /// How long a thread that got nothing may sleep before it looks again; nothing when it is woken in any case.
    fn sleep_max(&self) -> Option<Duration>;
}

/// What waits, and how long recent batches took.
#[derive(Debug)]
pub struct Queue<T> {
    limits: QueueLimits,
    waiting: VecDeque<(Instant, T)>,
    /// Items ever let in by [`Self::push`].
    came: u64,
    /// Items of a batch in thousandths, averaged over the last few; 0 before the first.
    batch_thousandths: u64,
    /// The duration of a batch in microseconds, averaged likewise.
    batch_us: u64,
}

impl<T> Queue<T> {
    /// An empty queue.
    #[must_use]
    pub const fn new(limits: QueueLimits) -> Self {
        Self { limits, waiting: VecDeque::new(), came: 0, batch_thousandths: 0, batch_us: 0 }
    }

    /// Lets an item in, unless it would be refused: see [`Self::is_full`].
    ///
    /// # Errors
    /// [`Refused::Full`].
    pub fn push(&mut self, item: T) -> Result<(), Refused> {
        let now = Instant::now();
        if self.is_full_at(now) {
            return Err(Refused::Full);
        }
        self.came = self.came.wrapping_add(1);
        self.waiting.push_back((now, item));
        Ok(())
    }

    /// Adds an item of the gateway itself, even when the queue is full: they are few, and a refusal would look like an
    /// unreachable database.
    pub fn push_own(&mut self, item: T) {
        self.waiting.push_back((Instant::now(), item));
    }

    /// Whether a newcomer would be refused now.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.is_full_at(Instant::now())
    }

    /// Items that wait.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// When the longest waiting item was added.
    #[must_use]
    pub fn head_came(&self) -> Option<Instant> {
        self.waiting.front().map(|(came, _)| *came)
    }

    /// Threads that take batches.
    #[must_use]
    pub const fn threads(&self) -> usize {
        self.limits.threads
    }

    /// Items ever let in, the gateway's own left out.
    #[must_use]
    pub const fn came(&self) -> u64 {
        self.came
    }

    /// Takes at most a batch of items; those that `is_abandoned` are dropped and do not count.
    pub fn take(&mut self, is_abandoned: impl Fn(&T) -> bool) -> Vec<T> {
        let mut items = Vec::new();
        while items.len() < self.limits.batch_max
            && let Some((_, item)) = self.waiting.pop_front()
        {
            if !is_abandoned(&item) {
                items.push(item);
            }
        }
        items
    }

    fn is_full_at(&self, now: Instant) -> bool {
        let count = self.waiting.len();
        let let_in = self.limits.batch_max.saturating_mul(self.limits.threads).saturating_mul(BATCHES_LET_IN);
        count >= self.limits.items_max
            || self.head_came().is_some_and(|came| now.duration_since(came) > self.limits.wait_max)
            || (count >= let_in && self.wait_of(count) > self.limits.wait_max)
    }

    /// How long `count` items take, estimated from recent batches.
    fn wait_of(&self, count: usize) -> Duration {
        let [count, threads] = [count, self.limits.threads].map(|number| u64::try_from(number).unwrap_or(u64::MAX));
        let at_once = self.batch_thousandths.saturating_mul(threads).max(1);
        Duration::from_micros(count.saturating_mul(ONE).saturating_mul(self.batch_us) / at_once)
    }
}

impl<T> Lane for Queue<T> {
    type Item = T;

    fn queue(&self) -> &Self {
        self
    }

    fn queue_mut(&mut self) -> &mut Self {
        self
    }

    fn batch(&mut self, is_abandoned: impl Fn(&T) -> bool) -> Option<Batch<T>> {
        let items = self.take(is_abandoned);
        (!items.is_empty()).then_some(Batch { items, is_idle: false })
    }

    fn took(&mut self, count: usize, time: Duration) {
        let averaged = |average: u64, newest: u64| {
            average.saturating_mul(SMOOTHING.saturating_sub(1)).saturating_add(newest) / SMOOTHING
        };
        let count = u64::try_from(count).unwrap_or(u64::MAX).saturating_mul(ONE);
        let time = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        self.batch_thousandths = averaged(self.batch_thousandths, count);
        self.batch_us = averaged(self.batch_us, time);
    }

    fn sleep_max(&self) -> Option<Duration> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(3_600);

    fn queue(items_max: usize, wait_max: Duration) -> Queue<u32> {
        Queue::new(QueueLimits { items_max, wait_max, batch_max: 2, threads: 1 })
    }

    fn all(queue: &mut Queue<u32>) -> Vec<u32> {
        queue.take(|_| false)
    }

    #[test]
    fn too_many_are_refused_and_the_gateways_own_is_not() {
        let mut queue = queue(2, LONG);
        assert_eq!((queue.push(1), queue.is_full(), queue.push(2)), (Ok(()), false, Ok(())));
        assert_eq!((queue.is_full(), queue.push(3)), (true, Err(Refused::Full)));
        queue.push_own(4);
        assert_eq!((queue.came(), queue.waiting()), (2, 3));
        assert_eq!(all(&mut queue), [1, 2]);
        assert_eq!(all(&mut queue), [4]);
    }

    #[test]
    fn a_head_that_waits_for_too_long_keeps_newcomers_out() {
        let mut queue = queue(100, Duration::ZERO);
        queue.push(1).unwrap();
        while !queue.is_full() {
            std::thread::yield_now();
        }
        assert_eq!(queue.push(2), Err(Refused::Full));
        assert_eq!(all(&mut queue), [1]);
        assert_eq!(queue.push(2), Ok(()));
    }

    #[test]
    fn who_would_have_to_wait_for_too_long_is_refused() {
        let mut queue = queue(100, Duration::from_secs(11));
        // The average comes near to what batches take now.
        for _ in 0..100 {
            queue.took(2, Duration::from_secs(4));
        }
        let let_in = (0..100).take_while(|number| queue.push(*number).is_ok()).count();
        // Behind five it is ten seconds, behind six it would be twelve.
        assert_eq!(let_in, 6);
        for _ in 0..100 {
            queue.took(2, Duration::from_millis(1));
        }
        assert_eq!(queue.push(7), Ok(()));
    }

    #[test]
    fn what_nobody_waits_for_is_dropped() {
        let mut queue = queue(100, LONG);
        for number in 0..6 {
            queue.push(number).unwrap();
        }
        assert_eq!(queue.take(|number| number % 2 == 0), [1, 3]);
        assert_eq!(queue.batch(|number| number % 2 == 0), Some(Batch { items: vec![5], is_idle: false }));
        assert_eq!(queue.batch(|_| false), None);
    }
}
