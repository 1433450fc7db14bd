//! Canonical text to typed messages and back. Only text that the guard accepted may be decoded.
//!
//! Messages of tills are read and written directly ([`canonical`]): the guard has put every element in its place, so
//! nothing has to be searched. Messages of offices are rare and go through yaserde ([`mapper`]), which is slower (`cargo
//! bench --bench call`, docs/performance.md). The tests also compare the direct codec with it.

pub mod canonical;
pub mod mapper;

use thiserror::Error;
use yaserde::{YaDeserialize, YaSerialize};

/// The prefix of every element of a reply. Hand-written clients search for it.
const PREFIX: &str = "m:";

/// The name of a reply's one result element.
const RETURN: &str = "return";

/// Why a message could not be decoded or encoded. Either is a defect: contract and types differ.
#[derive(Debug, Error)]
pub enum CodecError {
    /// The canonical text does not fit the type.
    #[error("a message that the contract allows does not fit its type: {0}")]
    Decode(#[source] canonical::Misfit),
    /// The mapper found that the canonical text does not fit the type.
    #[error("a message that the contract allows does not fit its type: {0}")]
    Map(#[source] yaserde::Error),
    /// The value could not be written.
    #[error("a message could not be written: {0}")]
    Encode(#[source] yaserde::Error),
}

/// A whole message. Every one also derives yaserde's traits, so that tests can compare the two codecs.
pub trait Message: Sized + YaSerialize + YaDeserialize {
    /// From its canonical text; the root element's name does not matter.
    ///
    /// # Errors
    /// The text does not fit the type.
    fn from_canonical(text: &str) -> Result<Self, CodecError>;

    /// As text: each element gets `prefix`, the root the name `root`, or else the type's. An empty element is always
    /// `<x/>`, and characters that XML forbids are left out.
    ///
    /// # Errors
    /// The value could not be written.
    fn to_text(&self, prefix: &'static str, root: Option<&str>) -> Result<String, CodecError>;
}

/// A typed message from its canonical text; the root element's name does not matter.
///
/// # Errors
/// The text does not fit the type.
pub fn decode<T: Message>(canonical: &str) -> Result<T, CodecError> {
    T::from_canonical(canonical)
}

/// The value as a reply's `<m:return>…</m:return>`, its namespace prefix to be bound around it.
///
/// # Errors
/// The value could not be written.
pub fn encode_return<T: Message>(value: &T) -> Result<String, CodecError> {
    value.to_text(PREFIX, Some(RETURN))
}

/// The value as canonical text without a prefix, its root named after the type.
///
/// # Errors
/// The value could not be written.
pub fn encode<T: Message>(value: &T) -> Result<String, CodecError> {
    value.to_text("", None)
}

#[cfg(test)]
mod tests;
