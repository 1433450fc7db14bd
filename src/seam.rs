//! The seam: all changes go through it. Commands wait in a bounded queue, are decided together on one working set,
//! written with one statement for each table and committed once. Lists have threads of their own.

mod blocking;
pub mod dispatcher;
pub mod executor;
mod idle;
mod inline_reads;
pub mod lists;
pub mod pace;
mod queue;
pub mod worker;
