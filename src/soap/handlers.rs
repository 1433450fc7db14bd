//! From messages to commands and from outcomes to messages: a file a noun, nothing but translation.

pub mod account;
pub mod card;
pub mod customer;
pub mod info;
pub mod office;
pub mod redemption;
pub mod sale;
pub mod statement;
mod wire;
