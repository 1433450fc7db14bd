//! The contract's messages as Rust types, and the traits that they share.
//!
//! tests/it/derived.rs generates a service's file from its WSDL.

pub mod marketing_1;
pub mod node_1;
pub mod office_1;
pub mod pos_1;
pub mod values;

/// An answer. Every answer begins with a code and a message.
pub trait Headed {
    /// Sets both.
    fn set_head(&mut self, code: &str, message: String);
}

/// A changing request. Every one has an operation key.
pub trait Keyed {
    /// The key.
    fn operation_key(&self) -> &str;
}
