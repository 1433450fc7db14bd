//! The messages of the contract as Rust sees them, and what all of them have in common.
//!
//! A service's file is made from its WSDL; tests/it/derived.rs writes it.

pub mod marketing_1;
pub mod node_1;
pub mod office_1;
pub mod pos_1;
pub mod values;

/// An answer: every one begins with a code and a sentence.
pub trait Headed {
    /// Sets both.
    fn set_head(&mut self, code: &str, message: String);
}

/// A changing request: every one carries an operation key.
pub trait Keyed {
    /// The key.
    fn operation_key(&self) -> &str;
}
