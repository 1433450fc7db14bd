//! Strict streaming XML: characters, encodings, and the reader for all XML from outside.

pub(crate) mod characters;
pub(crate) mod charset;
pub mod failure;
pub(crate) mod reader;
