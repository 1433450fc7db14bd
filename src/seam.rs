//! The seam: the one road for everything that changes. Commands wait in a bounded queue, are decided together on one
//! working set, written with one statement a table and committed once.

mod blocking;
pub mod dispatcher;
pub mod executor;
mod idle;
mod inline_reads;
pub mod pace;
mod queue;
pub mod worker;
