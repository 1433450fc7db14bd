//! What diesel has no words for: «any of these values» as one parameter, inserts and updates of many rows in one statement.

pub mod any_of;
pub mod any_row_of;
pub mod batch;
pub mod digest;
pub mod fields;
pub mod insert;
pub mod update;
