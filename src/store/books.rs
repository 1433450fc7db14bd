//! The auditor: recomputes the books from the journal, explains a balance, seals the journal.

pub mod chronicle_seal;
pub mod explain;
pub mod replay;
pub mod seal;
pub mod verify;
pub(in crate::store) mod walk;
