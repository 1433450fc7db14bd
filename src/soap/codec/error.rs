//! Why a message could not be decoded or encoded.

use thiserror::Error;

/// What the text does not fit: the element that was asked for. It does not hold the text, which may be personal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("element {0}")]
pub struct Misfit(pub &'static str);

/// Why a message could not be decoded or encoded. Both are mistakes of ours: contract and types differ.
#[derive(Debug, Error)]
pub enum CodecError {
    /// The canonical text does not fit the type.
    #[error("a message that the contract allows does not fit its type: {0}")]
    Decode(#[source] Misfit),
    /// The canonical text does not fit the type, says the mapper.
    #[error("a message that the contract allows does not fit its type: {0}")]
    Map(#[source] yaserde::Error),
    /// The value could not be written.
    #[error("a message could not be written: {0}")]
    Encode(#[source] yaserde::Error),
}
