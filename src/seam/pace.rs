//! Due changes: holds expire, lots become available and expire.
//!
//! No figure depends on these jobs: a command that touches an account does the same first (see
//! [`WorkingSet::bring_up_to_date`]). They only write down accounts that no command touches. [`Pace`] sizes their
//! steps, so that a command that comes during a step does not wait long for its end.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use crate::{
    domain::{
        ids::AccountId,
        reference::Reference,
        refusal::{Decided, Decision},
    },
    working_set::{Touches, WorkingSet, command::Command},
};

/// Accounts in the smallest step.
const ACCOUNTS_MIN: i64 = 16;
/// Every 32nd step has the smallest size: it measures the fixed cost of a batch, its commit included.
const SMALL_EVERY: u32 = 32;
/// The least and the most time that a step's own work may take, beyond the fixed cost. Between the two it may take as
/// long as the fixed cost. Shorter steps delay a till less, but more of them, each with a commit, delay all tills more.
const WORK: [Duration; 2] = [Duration::from_millis(8), Duration::from_millis(12)];
/// The same where tills have another writer meanwhile: then only a till waits whose account is in the step.
const WORK_ASIDE: [Duration; 2] = [Duration::from_millis(25), Duration::from_millis(25)];
/// A step's own work while no command comes. Longer steps need fewer commits; the first command after a quiet time
/// waits for one such step at most.
const WORK_ALONE: Duration = Duration::from_millis(50);
/// By how much a step shrinks with the first command after a quiet time.
const ALONE_TIMES: i64 = 16;
/// How long no command must have come for a quiet time to begin, counted in the duration of steps.
const ALONE_AFTER: Duration = Duration::from_secs(1);
/// How much larger than the one before a step may be: one short step says little.
const GROWTH_MAX: i64 = 2;

/// Brings accounts up to date for which time has come.
#[derive(Debug)]
pub struct BringUpToDate {
    accounts_max: i64,
    begun: Begun,
}

/// When a step began, its time in the queue left out.
#[derive(Debug, Clone, Default)]
pub struct Begun(Arc<Mutex<Option<Instant>>>);

impl Begun {
    /// The time since then; zero when it has not begun.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).map_or(Duration::ZERO, |at| at.elapsed())
    }
}

impl BringUpToDate {
    /// A step of at most `accounts_max` accounts.
    #[must_use]
    pub fn new(accounts_max: i64) -> Self {
        Self { accounts_max, begun: Begun::default() }
    }

    /// A handle that tells when it began.
    #[must_use]
    pub fn begun(&self) -> Begun {
        self.begun.clone()
    }
}

impl Command for BringUpToDate {
    /// The number of accounts that have changed: the caller asks for more unless it is zero.
    type Outcome = usize;

    fn touches(&self, _: &Reference, touches: &mut Touches) {
        *self.begun.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        touches.accounts_due(self.accounts_max);
    }

    fn decide(&self, set: &mut WorkingSet) -> Decision<usize> {
        let due: Vec<AccountId> = set.due.clone();
        set.bring_all_up_to_date(&due);
        let has_changed = |id: &&AccountId| set.accounts.get(id).is_some_and(|account| !account.movements.is_empty());
        Ok(Decided::Done(due.iter().filter(has_changed).count()))
    }
}

/// What a step showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// How many accounts have changed.
    pub accounts: i64,
    /// How long a writer was busy with it.
    pub took: Duration,
    /// Commands ever let in, idle work left out, as of its end.
    pub came: u64,
}

/// The size of the next step. Commands that come during a step wait for its end; no step begins while commands wait.
#[derive(Debug, Clone)]
pub struct Pace {
    /// Accounts in a step of the usual size.
    accounts: i64,
    accounts_max: i64,
    /// The least and the most time that a step's own work may take.
    work: [Duration; 2],
    /// The duration of the smallest steps, averaged over the last few: the fixed cost. Nothing before the first.
    small: Option<Duration>,
    steps: u32,
    /// Commands ever let in as of the last step.
    came: u64,
    /// How long steps have taken since a command last came.
    alone: Duration,
}

impl Pace {
    /// Steps of at most `accounts_max` accounts, done by one of `writers` threads.
    #[must_use]
    pub fn new(accounts_max: i64, writers: usize) -> Self {
        let accounts_max = accounts_max.max(1);
        Self {
            accounts: ACCOUNTS_MIN.min(accounts_max),
            accounts_max,
            work: if writers > 1 { WORK_ASIDE } else { WORK },
            small: None,
            steps: 0,
            came: 0,
            alone: Duration::ZERO,
        }
    }

    /// The number of accounts in the next step.
    #[must_use]
    pub fn accounts(&self) -> i64 {
        if self.is_small() { ACCOUNTS_MIN.min(self.accounts_max) } else { self.accounts }
    }

    /// Adapts to a step; answers whether more may be due. Fewer accounts than were asked for do not mean the end:
    /// several due holds may belong to one account.
    pub fn learn(&mut self, step: Step) -> bool {
        if step.accounts <= 0 {
            return false;
        }
        let was_alone = self.is_alone();
        self.alone = if step.came == self.came { self.alone.saturating_add(step.took) } else { Duration::ZERO };
        self.came = step.came;
        if was_alone && !self.is_alone() {
            self.accounts = (self.accounts / ALONE_TIMES).max(ACCOUNTS_MIN).min(self.accounts_max);
        }
        if self.is_small() {
            self.small = Some(self.small.map_or(step.took, |small| (small + step.took) / 2));
        } else {
            let small = self.small.unwrap_or_default();
            let [least, most] = self.work;
            let usual = small.clamp(least, most);
            let aim = micros(if self.is_alone() { WORK_ALONE } else { usual });
            let own = micros(step.took.saturating_sub(small)).max(1);
            let largest = self.accounts.saturating_mul(GROWTH_MAX).min(self.accounts_max);
            self.accounts = (step.accounts.saturating_mul(aim) / own).max(ACCOUNTS_MIN).min(largest);
        }
        self.steps = self.steps.wrapping_add(1);
        true
    }

    /// Whether no command has come for a while.
    fn is_alone(&self) -> bool {
        self.alone >= ALONE_AFTER
    }

    const fn is_small(&self) -> bool {
        self.steps.is_multiple_of(SMALL_EVERY)
    }
}

fn micros(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(pace: &Pace, ms: u64) -> Step {
        Step { accounts: pace.accounts(), took: Duration::from_millis(ms), came: 1 }
    }

    #[test]
    fn steps_grow_while_they_are_short_and_shrink_when_they_are_long() {
        let mut pace = Pace::new(100, 1);
        // The first is a small one of 2 ms, so that others may take 10: the least for what is their own.
        let sizes: Vec<i64> = [2, 3, 3, 3, 3, 18, 100, 1_000]
            .into_iter()
            .map(|ms| {
                assert!(pace.learn(step(&pace, ms)));
                pace.accounts()
            })
            .collect();
        assert_eq!(sizes, [16, 32, 64, 100, 100, 50, 16, 16]);
    }

    #[test]
    fn steps_are_longer_where_tills_have_a_writer_of_their_own() {
        let largest = |writers: usize| {
            let mut pace = Pace::new(100_000, writers);
            for came in 0..60 {
                let took = Duration::from_micros(100) * u32::try_from(pace.accounts()).unwrap();
                pace.learn(Step { accounts: pace.accounts(), took, came });
            }
            pace.accounts
        };
        let [one, two] = [1, 2].map(largest);
        assert!((90..=110).contains(&one) && (240..=270).contains(&two), "{one} {two}");
    }

    #[test]
    fn now_and_then_a_small_step_shows_what_any_takes() {
        let mut pace = Pace::new(500, 1);
        let small = |pace: &Pace| pace.accounts() == ACCOUNTS_MIN;
        let mut count = 0;
        for _ in 0..640 {
            count += usize::from(small(&pace));
            let took = Duration::from_millis(2) + Duration::from_micros(25) * u32::try_from(pace.accounts()).unwrap();
            pace.learn(Step { accounts: pace.accounts(), took, came: u64::from(pace.steps) });
        }
        // The second step is as small as the first: nothing is known yet.
        assert_eq!(count, 640 / 32 + 1);
        assert!((280..=340).contains(&pace.accounts.max(1)), "{pace:?}");
    }

    #[test]
    fn steps_are_long_while_nobody_else_writes_and_short_with_the_first_who_does() {
        let mut pace = Pace::new(100_000, 1);
        // A tenth of a millisecond for each account.
        let after = |pace: &mut Pace, came: u64| {
            let took = Duration::from_micros(100) * u32::try_from(pace.accounts()).unwrap();
            pace.learn(Step { accounts: pace.accounts(), took, came });
            pace.accounts
        };
        let short: Vec<i64> = (0..70).map(|came| after(&mut pace, came)).collect();
        assert!(short.iter().all(|accounts| *accounts <= 128), "{short:?}");
        let long: Vec<i64> = (0..400).map(|_| after(&mut pace, 70)).collect();
        assert!(long.iter().take(100).all(|accounts| *accounts <= 128), "{long:?}");
        assert!(long.last().is_some_and(|accounts| (500..=530).contains(accounts)), "{long:?}");
        let again: Vec<i64> = (71..73).map(|came| after(&mut pace, came)).collect();
        assert!(again.iter().all(|accounts| *accounts <= 128), "{again:?}");
    }

    #[test]
    fn a_step_that_found_nothing_was_the_last() {
        let mut pace = Pace::new(100, 1);
        assert!(pace.learn(Step { accounts: 15, ..step(&pace, 0) }));
        assert!(!pace.learn(Step { accounts: 0, ..step(&pace, 0) }));
        assert_eq!(Pace::new(3, 1).accounts(), 3);
    }
}
