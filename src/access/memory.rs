//! Memory for password checks.
//!
//! Argon2 needs 19 MB for a check, and page faults take nearly half of its time. So one block is prepared at start, and
//! checks reuse it while they follow one another: in the morning hundreds of tills send their passwords. An idle
//! gateway releases it.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use argon2::{Block, Params};

/// How long an unused block is kept.
const KEPT: Duration = Duration::from_secs(2);

/// One piece of memory for the next check.
#[derive(Clone, Default)]
pub struct Memory(Arc<Mutex<Option<Piece>>>);

struct Piece {
    blocks: Vec<Block>,
    since: Instant,
}

impl Memory {
    /// Memory that a background thread prepares from now on. A check that needs it earlier waits for it, which is
    /// faster than preparing its own. Call it within a runtime.
    #[must_use]
    pub fn in_the_making() -> Self {
        let memory = Self::default();
        let made = memory.clone();
        tokio::task::spawn_blocking(move || {
            let mut place = made.place();
            *place = Some(Piece { blocks: blocks(Params::DEFAULT.block_count()), since: Instant::now() });
        });
        memory.let_go_later();
        memory
    }

    /// Takes the prepared blocks, or allocates new ones.
    pub(super) fn take(&self, count: usize) -> Vec<Block> {
        let kept = self.place().take();
        kept.map(|piece| piece.blocks).filter(|blocks| blocks.len() >= count).unwrap_or_else(|| blocks(count))
    }

    /// Returns blocks for the next check.
    pub(super) fn leave(&self, blocks: Vec<Block>) {
        *self.place() = Some(Piece { blocks, since: Instant::now() });
    }

    /// Returns the memory to the system unless a check uses it meanwhile. Needs a runtime.
    pub(super) fn let_go_later(&self) {
        let memory = self.clone();
        tokio::spawn(async move {
            tokio::time::sleep(KEPT).await;
            memory.let_go(KEPT);
        });
    }

    /// Returns the memory to the system once it has been idle long enough.
    fn let_go(&self, unused: Duration) {
        let mut place = self.place();
        if place.as_ref().is_some_and(|piece| piece.since.elapsed() >= unused) {
            *place = None;
        }
    }

    fn place(&self) -> MutexGuard<'_, Option<Piece>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// New blocks, with every page touched.
fn blocks(count: usize) -> Vec<Block> {
    vec![Block::new(); count]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_was_got_ready_is_as_much_as_a_check_wants() {
        let memory = Memory::in_the_making();
        while memory.place().is_none() {
            tokio::task::yield_now().await;
        }
        assert_eq!(memory.take(1).len(), Params::DEFAULT.block_count());
        assert_eq!(memory.take(1).len(), 1, "taken, it is there no more");
    }

    #[test]
    fn it_is_left_to_the_next_if_it_is_enough_and_for_a_while() {
        let memory = Memory::default();
        memory.leave(blocks(3));
        assert_eq!(memory.take(2).len(), 3);
        memory.leave(blocks(3));
        assert_eq!(memory.take(4).len(), 4);
        memory.leave(blocks(3));
        memory.let_go(Duration::from_secs(3_600));
        assert_eq!(memory.take(1).len(), 3);
        memory.leave(blocks(3));
        memory.let_go(Duration::ZERO);
        assert_eq!(memory.take(1).len(), 1);
    }
}
