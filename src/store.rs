//! The store: diesel lives here and nowhere else. It loads working sets and writes what changed in them, answers
//! questions about many rows, and audits the books.

pub mod admin;
pub mod apply;
pub mod books;
pub mod covered;
pub mod db;
pub mod error;
pub mod facts;
pub mod load;
pub mod load_cards;
pub mod questions;
pub mod schema;
pub mod sql;
pub mod tables;
