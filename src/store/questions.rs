//! Questions about many rows: lists and reports, each answered in one read-only transaction, beside the seam.

pub mod expiry;
pub mod settlement;
