//! A flag that wakes one waiting thread.

use std::{
    sync::{Arc, Condvar, Mutex, PoisonError},
    time::Duration,
};

/// A flag that stays set until the waiting thread has seen it. Setting never blocks.
#[derive(Debug, Clone, Default)]
pub struct Wakeup(Arc<(Mutex<bool>, Condvar)>);

impl Wakeup {
    /// Sets the flag and wakes the thread.
    pub fn wake(&self) {
        let (set, changed) = &*self.0;
        *set.lock().unwrap_or_else(PoisonError::into_inner) = true;
        changed.notify_one();
    }

    /// Waits until it is set, for at most `longest`; returns whether it was.
    pub fn wait(&self, longest: Duration) -> bool {
        let (set, changed) = &*self.0;
        let guard = set.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = changed.wait_timeout_while(guard, longest, |set| !*set);
        std::mem::take(&mut *waited.unwrap_or_else(PoisonError::into_inner).0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_seen_once_however_often_and_whenever_it_was_set() {
        let wakeup = Wakeup::default();
        assert!(!wakeup.wait(Duration::ZERO));
        wakeup.wake();
        wakeup.wake();
        assert!(wakeup.wait(Duration::ZERO));
        assert!(!wakeup.wait(Duration::ZERO));
        std::thread::scope(|scope| {
            scope.spawn(|| wakeup.wake());
            assert!(wakeup.wait(Duration::from_secs(60)));
        });
    }
}
