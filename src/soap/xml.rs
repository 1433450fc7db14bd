//! Strict streaming XML: characters, encodings, and the reader that everything from outside goes through.

pub(crate) mod characters;
pub(crate) mod charset;
pub mod failure;
pub(crate) mod reader;
