//! Why a WSDL could not be read.

use thiserror::Error;

/// Why a WSDL could not be read. A mistake in our own file, found at start and by tests.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ContractError {
    /// It is not well-formed XML.
    #[error("the WSDL is not well-formed at line {line}, column {column}: {what}")]
    Xml {
        /// Line, from 1.
        line: u64,
        /// Column, from 1.
        column: u64,
        /// What is wrong there.
        what: String,
    },
    /// A part or an attribute is not there.
    #[error("{within} has no {what}")]
    Missing {
        /// The part or attribute.
        what: String,
        /// Where it should be.
        within: String,
    },
    /// A name is referred to that nothing defines.
    #[error("{name} is not defined")]
    Undefined {
        /// The expanded name.
        name: String,
    },
    /// A construct that is not published here, so not validated either.
    #[error("{what} in {within} is not supported")]
    Unsupported {
        /// The construct.
        what: String,
        /// The type or element that uses it.
        within: String,
    },
    /// A type contains itself.
    #[error("the type {name} contains itself")]
    Recursive {
        /// The expanded name.
        name: String,
    },
    /// A facet or an occurrence count is not a number.
    #[error("{value} is no {what} in {within}")]
    BadValue {
        /// What it should be.
        what: String,
        /// What it is.
        value: String,
        /// Where.
        within: String,
    },
}

pub(super) fn unsupported(what: &str, within: &str) -> ContractError {
    ContractError::Unsupported { what: what.to_owned(), within: within.to_owned() }
}

pub(super) fn missing(what: &str, within: &str) -> ContractError {
    ContractError::Missing { what: what.to_owned(), within: within.to_owned() }
}
