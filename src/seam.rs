//! The seam: the one road for everything that changes. Commands wait in a bounded queue, are decided together on one
//! working set, written with one statement a table and committed once. Beside it, lists are answered by threads of their own.

mod blocking;
pub mod dispatcher;
pub mod executor;
mod idle;
mod inline_reads;
pub mod lists;
pub mod pace;
mod queue;
pub mod worker;
