//! What is sent back.

use hyper::body::Bytes;

use crate::telemetry::LogFields;

/// What is sent back. `Content-Length`, `Connection`, `Date` and the request's id are added here.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The `Content-Type`.
    pub content_type: &'static str,
    /// The body.
    pub body: Bytes,
    /// Further headers, as `Retry-After`; of one name the last counts, but for `Set-Cookie`. A value that HTTP cannot
    /// carry is left out.
    pub headers: Vec<(&'static str, String)>,
    /// What the log's line tells of it besides HTTP's own.
    pub log: LogFields,
}

impl Answer {
    /// An answer without further headers, of which the log tells nothing of its own.
    pub fn new(status: u16, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        Self { status, content_type, body: body.into(), headers: Vec::new(), log: LogFields::default() }
    }
}
