//! The memory that password checks work in.
//!
//! Argon2 wants 19 MB for one, and the system gives them in pages of 4 kB when each is first touched: nearly half of what a check
//! takes. So there is one piece that is got ready while the gateway starts, and that a check leaves to the next for as long as
//! they follow one another: in the morning hundreds of tills send their passwords. A gateway at rest keeps nothing.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use argon2::{Block, Params};

/// How long it is kept when no check wants it.
const KEPT: Duration = Duration::from_secs(2);

/// One piece of memory for the next check.
#[derive(Clone, Default)]
pub struct Memory(Arc<Mutex<Option<Piece>>>);

struct Piece {
    blocks: Vec<Block>,
    since: Instant,
}

impl Memory {
    /// Memory that a thread beside gets ready from now on; whoever wants it meanwhile waits for that, which is shorter than to
    /// begin anew. To be called within a runtime.
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

    /// Takes the piece, or as many new blocks as are wanted.
    pub(super) fn take(&self, count: usize) -> Vec<Block> {
        let kept = self.place().take();
        kept.map(|piece| piece.blocks).filter(|blocks| blocks.len() >= count).unwrap_or_else(|| blocks(count))
    }

    /// Leaves blocks to the next.
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

/// So many blocks, every page of them touched.
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
