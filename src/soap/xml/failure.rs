//! Why a document is refused, and the place in it.

use thiserror::Error;

use crate::soap::{
    envelope::SoapVersion,
    fault::{BlockName, FaultKind},
};

/// A refused request.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{what} Строка {line}, символ {column}.")]
pub struct Rejected {
    /// The fault to answer with.
    pub fault: FaultKind,
    /// Russian sentences for the client's programmer: which element, which rule, what to do.
    pub what: String,
    /// Line of the decoded text, from 1.
    pub line: u64,
    /// Character in the line, from 1.
    pub column: u64,
    /// The envelope's SOAP version; 1.1 when it was not read yet.
    pub version: SoapVersion,
    /// For [`FaultKind::MustUnderstand`]: the header blocks that had to be understood, the first few of them.
    pub not_understood: Vec<BlockName>,
}

/// A rejection before its line and column are computed.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) fault: FaultKind,
    pub(crate) what: String,
    at: At,
}

#[derive(Debug, Clone, Copy)]
enum At {
    /// Bytes from the start of the decoded text.
    Offset(usize),
    /// A place in text that could not be decoded to its end.
    Place(u64, u64),
}

impl Failure {
    pub(crate) fn new(fault: FaultKind, what: impl Into<String>, offset: usize) -> Self {
        Self { fault, what: what.into(), at: At::Offset(offset) }
    }

    /// A failure right after `valid`.
    pub(crate) fn in_prefix(fault: FaultKind, what: impl Into<String>, valid: &str) -> Self {
        let (line, column) = place_after(valid);
        Self { fault, what: what.into(), at: At::Place(line, column) }
    }

    /// Line and column in `source`, both from 1; the column counts characters.
    pub(crate) fn place(&self, source: &str) -> (u64, u64) {
        match self.at {
            At::Place(line, column) => (line, column),
            At::Offset(offset) => {
                // An offset may lie inside a character when a limit was reached there.
                let end = (0..=offset.min(source.len())).rev().find(|end| source.is_char_boundary(*end));
                place_after(source.get(..end.unwrap_or(0)).unwrap_or_default())
            }
        }
    }

    pub(crate) fn rejected(self, source: &str, version: SoapVersion) -> Rejected {
        let (line, column) = self.place(source);
        Rejected { fault: self.fault, what: self.what, line, column, version, not_understood: Vec::new() }
    }
}

fn place_after(text: &str) -> (u64, u64) {
    let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
    let line = count(text.bytes().filter(|byte| *byte == b'\n').count()).saturating_add(1);
    let last = text.rsplit('\n').next().unwrap_or_default();
    (line, count(last.chars().count()).saturating_add(1))
}
