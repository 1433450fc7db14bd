//! The store: all SQL, through diesel. It loads working sets, writes their changes, answers questions about many rows
//! and audits the books.

pub mod admin;
pub mod apply;
pub mod books;
pub mod covered;
pub mod db;
pub mod erasure;
pub mod error;
pub mod facts;
pub mod forgetting;
pub mod load;
pub mod load_cards;
pub mod questions;
pub mod schema;
pub mod sealing;
pub mod sql;
pub mod tables;
