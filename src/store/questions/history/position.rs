//! Where changes stand in the list.

/// A position: the time, and what tells apart what happened at one time.
pub(super) type Position = [i64; 4];

/// Positions that were found.
#[derive(Debug, Default)]
pub(super) struct Positions {
    /// They, in any order.
    pub(super) found: Vec<Position>,
    /// Where the search stopped before its end.
    pub(super) stopped: Option<Position>,
}
