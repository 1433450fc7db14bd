//! Canonical text to typed messages and back. Only text that the guard accepted may be decoded.
//!
//! Messages of tills are read and written directly ([`canonical`]): the guard has put every element in its place, so
//! nothing has to be searched. Messages of offices are rare and go through yaserde ([`mapper`]), which is slower
//! (`cargo bench --bench call`, docs/performance.md). The tests also compare the direct codec with it.

pub mod canonical;
mod error;
pub mod mapper;

use yaserde::{YaDeserialize, YaSerialize};

pub use self::error::CodecError;

/// The prefix of every element of a reply; hand-written clients search for it.
const PREFIX: &str = "m:";

/// The name of a reply's one result element.
const RETURN: &str = "return";

/// A message as a whole. yaserde knows every one, for the tests' second opinion.
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

/// A stored `<m:return>…</m:return>` that is well-formed by itself: its namespace is declared in it, and nothing else is changed.
#[must_use]
pub fn standing_alone(answer: &str, namespace: &str) -> String {
    let root = format!("<{PREFIX}{RETURN}");
    match answer.strip_prefix(&root) {
        Some(rest) => format!("{root} xmlns:{}=\"{namespace}\"{rest}", PREFIX.trim_end_matches(':')),
        None => answer.to_owned(),
    }
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
