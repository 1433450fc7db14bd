//! Questions about many rows: lists and reports. A question is plain data: its parameters and its caller. The store
//! answers it beside the seam, in one read-only transaction (`store/questions`).

pub mod card_stock;
pub mod case;
pub mod exchange;
pub mod expiry;
pub mod history;
mod inquiry;
pub mod liability;
pub mod login;
pub mod movement;
pub mod network;
pub mod page;
pub mod partner;
mod question;
pub mod receipt;
pub mod settlement;
pub mod store;
pub mod till;

pub use self::{
    inquiry::{AllQuestions, Inquiry, inquiry},
    question::{Answers, Question, Unanswered},
};
