//! Statements that diesel cannot build: «any of these values» as one parameter, inserts and updates of many rows.

pub mod any_of;
pub mod any_row_of;
pub mod batch;
pub mod digest;
pub mod fields;
pub mod insert;
pub mod update;
