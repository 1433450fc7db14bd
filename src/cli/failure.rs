//! Why a command was not done.

pub(super) const FAILED: u8 = 1;

pub(super) const MISUSED: u8 = 2;

/// Why a command was not done: what is said, and the exit code.
pub(super) struct Failure(pub(super) String, pub(super) u8);

impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.to_string(), FAILED)
    }
}
