//! Wakes the one thread that waits for something.

use std::{
    sync::{Arc, Condvar, Mutex, PoisonError},
    time::Duration,
};

/// A bell that stays rung until it was heard, however often it is rung meanwhile. Who rings it never waits.
#[derive(Debug, Clone, Default)]
pub struct Bell(Arc<(Mutex<bool>, Condvar)>);

impl Bell {
    /// Wakes who waits, or who will.
    pub fn ring(&self) {
        let (rung, changed) = &*self.0;
        *rung.lock().unwrap_or_else(PoisonError::into_inner) = true;
        changed.notify_one();
    }

    /// Waits until it is rung, at most for so long; answers whether it was.
    pub fn wait(&self, longest: Duration) -> bool {
        let (rung, changed) = &*self.0;
        let guard = rung.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = changed.wait_timeout_while(guard, longest, |rung| !*rung);
        std::mem::take(&mut *waited.unwrap_or_else(PoisonError::into_inner).0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_heard_once_however_often_and_whenever_it_was_rung() {
        let bell = Bell::default();
        assert!(!bell.wait(Duration::ZERO));
        bell.ring();
        bell.ring();
        assert!(bell.wait(Duration::ZERO));
        assert!(!bell.wait(Duration::ZERO));
        std::thread::scope(|scope| {
            scope.spawn(|| bell.ring());
            assert!(bell.wait(Duration::from_secs(60)));
        });
    }
}
