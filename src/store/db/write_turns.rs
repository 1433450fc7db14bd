//! The queue of writers of the embedded database.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{Arc, Condvar, LazyLock, Mutex, PoisonError, Weak},
};

/// A first-in, first-out lock for writers. SQLite's own writers sleep up to a tenth of a second between tries: tills
/// would wait that long for the journal, and the journal could starve while tills keep writing.
#[derive(Default)]
pub struct Turns {
    state: Mutex<Tickets>,
    changed: Condvar,
    /// Whether the journal is being sealed. Two concurrent seals would both count the same heads.
    sealing: Mutex<bool>,
    sealed: Condvar,
}

#[derive(Default)]
struct Tickets {
    /// The next ticket.
    next: u64,
    /// The ticket whose turn it is.
    serving: u64,
}

/// A turn to write; dropping it ends the turn.
pub struct Turn<'t>(&'t Turns);

/// The sealing lock; dropping it releases the lock, after a panic too.
pub struct Sealing<'t>(&'t Turns);

impl Turns {
    /// The queue of the database at `path`, shared by all of its connections in this process.
    pub fn of(path: &Path) -> Arc<Self> {
        static KNOWN: LazyLock<Mutex<HashMap<PathBuf, Weak<Turns>>>> = LazyLock::new(Mutex::default);
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, turns| turns.strong_count() > 0);
        if let Some(turns) = known.get(path).and_then(Weak::upgrade) {
            return turns;
        }
        let turns = Arc::new(Self::default());
        known.insert(path.to_owned(), Arc::downgrade(&turns));
        turns
    }

    /// Takes the sealing lock; waits for it.
    #[must_use]
    pub fn begin_sealing(&self) -> Sealing<'_> {
        let mut sealing = self.sealing.lock().unwrap_or_else(PoisonError::into_inner);
        while *sealing {
            sealing = self.sealed.wait(sealing).unwrap_or_else(PoisonError::into_inner);
        }
        *sealing = true;
        Sealing(self)
    }

    /// Waits until it is the caller's turn.
    #[must_use]
    pub fn wait(&self) -> Turn<'_> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let ticket = state.next;
        state.next = ticket.wrapping_add(1);
        while state.serving != ticket {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        drop(state);
        Turn(self)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.serving = state.serving.wrapping_add(1);
        drop(state);
        self.0.changed.notify_all();
    }
}

impl Drop for Sealing<'_> {
    fn drop(&mut self) {
        *self.0.sealing.lock().unwrap_or_else(PoisonError::into_inner) = false;
        self.0.sealed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writers_take_turns_in_the_order_they_came() {
        let turns = Turns::of(Path::new("turns.db"));
        let order = Mutex::new(Vec::new());
        std::thread::scope(|scope| {
            let first = turns.wait();
            for number in 0..8_u64 {
                let (turns, order) = (Turns::of(Path::new("turns.db")), &order);
                scope.spawn(move || {
                    let _turn = turns.wait();
                    order.lock().unwrap().push(number);
                });
                // The next thread starts only when this one waits.
                while turns_taken(&Turns::of(Path::new("turns.db"))) < number + 2 {
                    std::thread::yield_now();
                }
            }
            assert!(order.lock().unwrap().is_empty());
            drop(first);
        });
        assert_eq!(*order.lock().unwrap(), [0, 1, 2, 3, 4, 5, 6, 7]);
        assert!(!Arc::ptr_eq(&turns, &Turns::of(Path::new("other.db"))));
    }

    #[test]
    fn a_seal_that_panics_does_not_keep_the_lock() {
        let turns = Turns::of(Path::new("sealing.db"));
        let panicked = std::thread::scope(|scope| {
            scope
                .spawn(|| {
                    let _sealing = turns.begin_sealing();
                    panic!("a seal fails");
                })
                .join()
        });
        assert!(panicked.is_err());
        // Would wait for ever.
        drop(turns.begin_sealing());
        assert!(!*turns.sealing.lock().unwrap());
    }

    fn turns_taken(turns: &Turns) -> u64 {
        turns.state.lock().unwrap().next
    }
}
