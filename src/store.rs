//! The store: diesel lives here and nowhere else. Commands come in as [`executor::Work`], answers go out.

pub mod admin;
mod among;
pub mod apply;
pub mod backend;
pub mod backup;
pub mod bell;
pub mod error;
pub mod executor;
pub mod expiring;
pub mod explain;
pub mod identify;
pub mod load;
mod packed;
mod queue;
pub mod replay;
mod rows;
pub mod schema;
pub mod seal;
pub mod set;
pub mod settlement;
pub mod tables;
mod turns;
pub mod upgrade;
pub mod vault;
pub mod verify;
pub mod wal;
