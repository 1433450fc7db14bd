//! A queue whose length is measured in time: what would have to wait for too long is refused when it comes.
//!
//! A limit of the count alone lets a queue grow until everybody in it waits longer than a client does; then all work is
//! done for callers that have gone, and they send the same again. So a newcomer is also refused when whoever is at the
//! head has waited for too long (the threads behind stand still), or when those ahead will take too long by what batches
//! took lately (the threads behind do what they can, and more comes). What is let in is taken in the order in which it came,
//! but for what nobody waits for any more.
//!
//! What the gateway does of its own accord, for which nobody waits, is taken while there is nothing else to do; where several
//! threads take, one of them is left to it.

use std::{
    collections::VecDeque,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// How much of the average the newest batch is, as a divisor.
const SMOOTHING: u64 = 4;
/// So many batches of each thread may always wait: what a few small batches took says little of a full one.
const BATCHES_LET_IN: usize = 2;
/// Of several threads the one that is left to what is for idle time takes others only when so many wait. Fewer cost less when they
/// go together, with whoever else takes them next (docs/performance.md).
const CROWD: usize = 16;
/// How much of one is counted: averages are of whole numbers.
const ONE: u64 = 1_000;

/// What may wait.
#[derive(Debug, Clone)]
pub struct QueueLimits {
    /// How many.
    pub items_max: usize,
    /// For how long.
    pub wait_max: Duration,
    /// How many are taken together.
    pub batch_max: usize,
    /// By how many threads.
    pub threads: usize,
    /// What is for idle time goes along with others when it has waited for so long: a shop that never closes must not keep it
    /// from being done. A thread is left to it for so long after the last of it came, but keeps others waiting no longer than that.
    pub idle_wait_max: Duration,
}

/// What a thread takes at once.
#[derive(Debug, PartialEq, Eq)]
pub struct Batch<T> {
    /// In the order in which they are to be done.
    pub items: Vec<T>,
    /// Whether it was taken only because there was nothing else to do. It says nothing of what newcomers will wait for.
    pub is_idle: bool,
}

/// Why something was not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// Too many wait, or for too long.
    Full,
    /// Nothing is taken any more.
    Closed,
}

/// What waits, and for how long.
#[derive(Debug)]
pub struct Queue<T> {
    limits: QueueLimits,
    state: Mutex<State<T>>,
    changed: Condvar,
}

#[derive(Debug)]
struct State<T> {
    waiting: VecDeque<(Instant, T)>,
    /// For when nothing else is to be done.
    idle: VecDeque<(Instant, T)>,
    /// How many have ever come, the gateway's own left out.
    came: u64,
    /// What a thread takes at once, in thousandths, averaged over the last few batches; 0 before the first.
    batch_thousandths: u64,
    /// How long it takes for that, averaged likewise. Microseconds.
    batch_us: u64,
    /// How many threads wait for something to come.
    sleeping: usize,
    /// How many do something that is not for idle time.
    at_work: usize,
    /// When something for idle time last came.
    idle_came: Option<Instant>,
    closed: bool,
}

impl<T> Queue<T> {
    /// An empty queue.
    #[must_use]
    pub fn new(limits: QueueLimits) -> Self {
        let state = State {
            waiting: VecDeque::new(),
            idle: VecDeque::new(),
            came: 0,
            batch_thousandths: 0,
            batch_us: 0,
            sleeping: 0,
            at_work: 0,
            idle_came: None,
            closed: false,
        };
        Self { limits, state: Mutex::new(state), changed: Condvar::new() }
    }

    /// Lets something in, if it need not wait for too long.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn push(&self, item: T) -> Result<(), Refused> {
        let now = Instant::now();
        let mut state = self.state();
        if self.is_full_at(&state, now) {
            return Err(Refused::Full);
        }
        state.came = state.came.wrapping_add(1);
        self.enter(&mut state, |state| state.waiting.push_back((now, item)))
    }

    /// Lets something of the gateway's own in, however many wait: there is little of it, and its failure would say that
    /// the database is out of reach.
    ///
    /// # Errors
    /// [`Refused::Closed`].
    pub fn push_own(&self, item: T) -> Result<(), Refused> {
        self.enter(&mut self.state(), |state| state.waiting.push_back((Instant::now(), item)))
    }

    /// Lets something in that is to be done while there is nothing else to do.
    ///
    /// # Errors
    /// [`Refused::Closed`].
    pub fn push_idle(&self, item: T) -> Result<(), Refused> {
        let now = Instant::now();
        self.enter(&mut self.state(), |state| {
            state.idle_came = Some(now);
            state.idle.push_back((now, item));
        })
    }

    /// Whether a newcomer would be refused now.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.is_full_at(&self.state(), Instant::now())
    }

    /// How many wait, what is for idle time left out.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.state().waiting.len()
    }

    /// How many threads take.
    #[must_use]
    pub const fn threads(&self) -> usize {
        self.limits.threads
    }

    /// How many have ever been let in, the gateway's own left out.
    #[must_use]
    pub fn came(&self) -> u64 {
        self.state().came
    }

    /// Waits for something, and takes what has come by then, at most a batch; what `is_abandoned` is dropped. Nothing when
    /// the queue is closed and empty.
    pub fn take(&self, is_abandoned: impl Fn(&T) -> bool) -> Option<Batch<T>> {
        let mut state = self.state();
        loop {
            if let Some(batch) = self.batch(&mut state, &is_abandoned) {
                return Some(batch);
            }
            if state.closed {
                return None;
            }
            state.sleeping = state.sleeping.saturating_add(1);
            state = if state.waiting.is_empty() {
                self.changed.wait(state).unwrap_or_else(PoisonError::into_inner)
            } else {
                // It is left to the others, and taken after all should they stand still.
                let woken = self.changed.wait_timeout(state, self.limits.idle_wait_max);
                woken.unwrap_or_else(PoisonError::into_inner).0
            };
            state.sleeping = state.sleeping.saturating_sub(1);
        }
    }

    /// The same without waiting: nothing when nothing has come.
    pub fn take_now(&self, is_abandoned: impl Fn(&T) -> bool) -> Option<Batch<T>> {
        self.batch(&mut self.state(), &is_abandoned)
    }

    fn batch(&self, state: &mut State<T>, is_abandoned: &impl Fn(&T) -> bool) -> Option<Batch<T>> {
        let items_max = if self.is_for_one_more(state) { self.limits.batch_max } else { 0 };
        let mut items = Vec::new();
        while items.len() < items_max
            && let Some((_, item)) = state.waiting.pop_front()
        {
            if !is_abandoned(&item) {
                items.push(item);
            }
        }
        let is_idle = items.is_empty();
        while (is_idle || self.is_overdue(state))
            && let Some((_, item)) = state.idle.pop_front()
        {
            if !is_abandoned(&item) {
                items.push(item);
                break;
            }
        }
        if !is_idle {
            state.at_work = state.at_work.saturating_add(1);
        }
        (!items.is_empty()).then_some(Batch { items, is_idle })
    }

    /// Whether one more thread is to take what waits, or those that are at work are to see to it: the last of several is left to
    /// what is for idle time, unless there is none, or the others have too much to do or stand still.
    fn is_for_one_more(&self, state: &State<T>) -> bool {
        let is_past = |at: Instant| at.elapsed() >= self.limits.idle_wait_max;
        state.at_work.saturating_add(1) < self.limits.threads.max(2)
            || state.waiting.len() >= CROWD
            || state.idle_came.is_none_or(is_past)
            || state.waiting.front().is_some_and(|(came, _)| is_past(*came))
    }

    /// Tells that a batch of so many is done, which was not for idle time, and how long it took.
    pub fn took(&self, count: usize, time: Duration) {
        let averaged = |average: u64, newest: u64| {
            average.saturating_mul(SMOOTHING.saturating_sub(1)).saturating_add(newest) / SMOOTHING
        };
        let count = u64::try_from(count).unwrap_or(u64::MAX).saturating_mul(ONE);
        let time = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        let mut state = self.state();
        state.at_work = state.at_work.saturating_sub(1);
        state.batch_thousandths = averaged(state.batch_thousandths, count);
        state.batch_us = averaged(state.batch_us, time);
    }

    fn is_overdue(&self, state: &State<T>) -> bool {
        state.idle.front().is_some_and(|(came, _)| came.elapsed() >= self.limits.idle_wait_max)
    }

    /// Lets nothing more in; what waits can still be taken.
    pub fn close(&self) {
        self.state().closed = true;
        self.changed.notify_all();
    }

    fn enter(&self, state: &mut State<T>, put: impl FnOnce(&mut State<T>)) -> Result<(), Refused> {
        if state.closed {
            return Err(Refused::Closed);
        }
        put(state);
        // To wake nobody is a call of the system all the same.
        if state.sleeping > 0 {
            self.changed.notify_one();
        }
        Ok(())
    }

    fn is_full_at(&self, state: &State<T>, now: Instant) -> bool {
        let count = state.waiting.len();
        let let_in = self.limits.batch_max.saturating_mul(self.limits.threads).saturating_mul(BATCHES_LET_IN);
        count >= self.limits.items_max
            || state.waiting.front().is_some_and(|(came, _)| now.duration_since(*came) > self.limits.wait_max)
            || (count >= let_in && self.wait_of(state, count) > self.limits.wait_max)
    }

    /// How long so many take, by what batches took lately.
    fn wait_of(&self, state: &State<T>, count: usize) -> Duration {
        let [count, threads] = [count, self.limits.threads].map(|number| u64::try_from(number).unwrap_or(u64::MAX));
        let at_once = state.batch_thousandths.saturating_mul(threads).max(1);
        Duration::from_micros(count.saturating_mul(ONE).saturating_mul(state.batch_us) / at_once)
    }

    /// What the lock guards is whole whatever panicked beside it: each change is one step.
    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(3_600);

    fn queue(items_max: usize, wait_max: Duration) -> Queue<u32> {
        Queue::new(QueueLimits { items_max, wait_max, batch_max: 2, threads: 1, idle_wait_max: LONG })
    }

    fn items(queue: &Queue<u32>, is_abandoned: impl Fn(&u32) -> bool) -> Option<Vec<u32>> {
        queue.take(is_abandoned).map(|batch| batch.items)
    }

    #[test]
    fn too_many_are_refused_and_the_gateways_own_is_not() {
        let queue = queue(2, LONG);
        assert_eq!((queue.push(1), queue.is_full(), queue.push(2)), (Ok(()), false, Ok(())));
        assert_eq!((queue.is_full(), queue.push(3), queue.push_own(4)), (true, Err(Refused::Full), Ok(())));
        assert_eq!((queue.came(), queue.waiting()), (2, 3));
        assert_eq!(items(&queue, |_| false), Some(vec![1, 2]));
        assert_eq!(items(&queue, |_| false), Some(vec![4]));
    }

    #[test]
    fn a_head_that_waits_for_too_long_keeps_newcomers_out() {
        let queue = queue(100, Duration::ZERO);
        queue.push(1).unwrap();
        while !queue.is_full() {
            std::thread::yield_now();
        }
        assert_eq!(queue.push(2), Err(Refused::Full));
        assert_eq!(items(&queue, |_| false), Some(vec![1]));
        assert_eq!(queue.push(2), Ok(()));
    }

    #[test]
    fn who_would_have_to_wait_for_too_long_is_refused() {
        let queue = queue(100, Duration::from_secs(11));
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
        let queue = queue(100, LONG);
        for number in 0..6 {
            queue.push(number).unwrap();
        }
        assert_eq!(items(&queue, |number| number % 2 == 0), Some(vec![1, 3]));
        queue.close();
        assert_eq!(queue.push(7), Err(Refused::Closed));
        assert_eq!(items(&queue, |number| number % 2 == 0), Some(vec![5]));
        assert_eq!(items(&queue, |_| false), None);
    }

    #[test]
    fn what_is_for_idle_time_is_taken_when_nothing_else_waits() {
        let queue = queue(100, LONG);
        queue.push_idle(9).unwrap();
        queue.push(1).unwrap();
        assert_eq!((queue.waiting(), queue.came()), (1, 1));
        assert_eq!(queue.take(|_| false), Some(Batch { items: vec![1], is_idle: false }));
        assert_eq!(queue.take(|_| false), Some(Batch { items: vec![9], is_idle: true }));
        assert_eq!(queue.take_now(|_| false), None);
    }

    #[test]
    fn what_is_for_idle_time_goes_along_when_that_does_not_come() {
        let limits =
            QueueLimits { items_max: 100, wait_max: LONG, batch_max: 2, threads: 1, idle_wait_max: Duration::ZERO };
        let queue = Queue::new(limits);
        queue.push_idle(9).unwrap();
        for number in 1..=4 {
            queue.push(number).unwrap();
        }
        assert_eq!(queue.take(|_| false), Some(Batch { items: vec![1, 2, 9], is_idle: false }));
        assert_eq!(queue.take(|_| false), Some(Batch { items: vec![3, 4], is_idle: false }));
    }

    #[test]
    fn of_several_threads_one_is_left_to_what_is_for_idle_time() {
        let limits = QueueLimits { items_max: 100, wait_max: LONG, batch_max: 64, threads: 2, idle_wait_max: LONG };
        let queue = Queue::new(limits);
        let others = |numbers: std::ops::RangeInclusive<u32>| Some(Batch { items: numbers.collect(), is_idle: false });
        queue.push_idle(99).unwrap();
        queue.push(1).unwrap();
        assert_eq!(queue.take_now(|_| false), others(1..=1));
        queue.push(2).unwrap();
        assert_eq!(queue.take_now(|_| false), Some(Batch { items: vec![99], is_idle: true }));
        // The other one comes back while this one is at work, and again when too many wait for it.
        assert_eq!(queue.take_now(|_| false), None);
        let crowd = u32::try_from(CROWD).unwrap();
        (3..=crowd).for_each(|number| queue.push(number).unwrap());
        assert_eq!(queue.take_now(|_| false), None);
        queue.push(crowd + 1).unwrap();
        assert_eq!(queue.take_now(|_| false), others(2..=crowd + 1));
        queue.took(16, Duration::from_millis(1));
        queue.push(40).unwrap();
        assert_eq!(queue.take_now(|_| false), None);
        queue.took(1, Duration::from_millis(1));
        assert_eq!(queue.take_now(|_| false), others(40..=40));
    }

    #[test]
    fn what_waits_for_threads_that_stand_still_is_taken_by_the_one_that_was_left() {
        let idle_wait_max = Duration::from_millis(20);
        let limits = QueueLimits { items_max: 100, wait_max: LONG, batch_max: 64, threads: 2, idle_wait_max };
        let queue = Queue::new(limits);
        let others = |number: u32| Some(Batch { items: vec![number], is_idle: false });
        queue.push_idle(99).unwrap();
        assert_eq!(queue.take(|_| false), Some(Batch { items: vec![99], is_idle: true }));
        queue.push(1).unwrap();
        assert_eq!(queue.take(|_| false), others(1));
        // Nobody says that the first batch is done, and nobody comes to wake the thread.
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
    fn all_but_one_of_several_threads_go_on_beside_what_is_for_idle_time() {
        let limits = QueueLimits { items_max: 100, wait_max: LONG, batch_max: 1, threads: 3, idle_wait_max: LONG };
        let queue = Queue::new(limits);
        queue.push_idle(99).unwrap();
        (1..=3).for_each(|number| queue.push(number).unwrap());
        let taken: Vec<_> = std::iter::from_fn(|| queue.take_now(|_| false)).flat_map(|batch| batch.items).collect();
        assert_eq!(taken, [1, 2, 99]);
    }

    #[test]
    fn what_is_for_idle_time_is_done_before_the_end_and_not_let_in_after_it() {
        let queue = queue(100, LONG);
        queue.push_idle(8).unwrap();
        queue.push_idle(9).unwrap();
        queue.close();
        assert_eq!(queue.push_idle(7), Err(Refused::Closed));
        assert_eq!(items(&queue, |number| *number == 8), Some(vec![9]));
        assert_eq!(items(&queue, |_| false), None);
    }
}
