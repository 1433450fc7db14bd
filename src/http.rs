//! HTTP for clients of every age: one port, SOAP over POST, the contract over GET, and pages.
//!
//! This module knows HTTP and nothing of SOAP nor of any page: a call goes to an [`Entry`] as a [`SoapCall`], a request for a
//! page to a [`Site`] as a [`SiteRequest`], and what comes back is an [`Answer`]. It owns everything that must hold before anyone looks at a body: limits, timeouts, media types,
//! readable credentials; and what must hold afterwards: an answer to every request, though the entry panics or is late.
//!
//! A connection passes, in this order, the PROXY line (from trusted proxies, where configured), TLS (where configured),
//! hyper, and the routes.
//!
//! Deliberately absent: HTTP/2, chunked answers, codings other than gzip, client certificates.

mod body;
mod coding;
mod credentials;
mod lingering;
mod listener;
mod plain;
mod proxy;
mod reply;
mod routes;
mod site;
#[cfg(test)]
mod tests;
mod timeouts;
mod tls;
mod wsdl;

use std::{net::IpAddr, pin::Pin, sync::Arc, time::Duration};

use hyper::body::Bytes;

use crate::{
    config::{Networks, ServerConfig},
    telemetry::LogFields,
};

pub use self::credentials::Credentials;

pub use self::listener::{ServeError, listen, serve, serve_connection};

pub use self::site::{Mount, Site, SiteMethod, SiteMethods, SiteRequest};

pub use self::tls::{Tls, TlsError};

pub use self::wsdl::WsdlPage;

/// What stands behind HTTP: SOAP, and pages.
#[derive(Clone)]
pub struct Backends {
    /// Who answers SOAP.
    pub entry: Arc<dyn Entry>,
    /// Who answers which other paths; nobody need.
    pub sites: Vec<Mount>,
}

/// Who answers SOAP. All methods but [`Entry::soap`] must answer from memory: they run on the server's threads.
pub trait Entry: Send + Sync + 'static {
    /// The contract of a service by the name in its path (`pos_1`); `None` when there is no such service.
    fn wsdl(&self, service: &str) -> Option<WsdlPage>;

    /// Answers one SOAP request. The future may be dropped when the client is gone or the answer is late: whatever must
    /// run to its end has to be detached from it.
    fn soap<'a>(&'a self, call: SoapCall) -> Pin<Box<dyn Future<Output = Answer> + Send + 'a>>;

    /// The SOAP fault for what HTTP refuses by itself. `service` is `None` when the refusal comes before the path is
    /// known. The status is set to [`HttpFault::status`] whatever the answer says.
    fn fault(&self, service: Option<&str>, kind: HttpFault, request_id: &str) -> Answer;

    /// Whether requests can be served.
    ///
    /// # Errors
    /// One short sentence for a public page: no path, no SQL, nothing of a client.
    fn ready(&self) -> Result<(), String>;
}

/// One SOAP request, its body read and within the limits.
#[derive(Debug)]
pub struct SoapCall {
    /// The service's name in the path, without an extension: `pos_1`.
    pub service: String,
    /// Who asks; `None` when there are no credentials or they cannot be read. An answer 401 gets its challenge here.
    pub credentials: Option<Credentials>,
    /// The `Content-Type`, parameters included; of an accepted type, or absent.
    pub content_type: Option<String>,
    /// The `SOAPAction` as it was sent, quotes included.
    pub soap_action: Option<String>,
    /// The body's bytes, unpacked, in whatever encoding they are.
    pub body: Bytes,
    /// The id for log lines and faults.
    pub request_id: String,
    /// The address of the client; of a proxy where it is not trusted to name the client, or does not.
    pub peer: IpAddr,
}

/// What is sent back. `Content-Length`, `Connection`, `Date` and the request's id are added here.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The `Content-Type`.
    pub content_type: &'static str,
    /// The body.
    pub body: Bytes,
    /// Further headers, as `Retry-After`; of one name the last counts, but for `Set-Cookie`. A value that HTTP cannot carry is
    /// left out.
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

/// What HTTP refuses without asking who stands behind it, or instead of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HttpFault {
    /// No `Host` in an HTTP/1.1 request, or none that can be one.
    BadRequest,
    /// The body broke off, or its chunks are no chunks.
    BodyBroken,
    /// No readable credentials, and the client waits for leave to send the body.
    Unauthenticated,
    /// A method that the path does not have.
    MethodNotAllowed,
    /// The body is said to be gzip and is not, or not a whole one.
    BodyUndecodable,
    /// The body did not arrive in time.
    BodyTimeout,
    /// HTTP/1.0 without `Content-Length`: nobody can tell where the body ends.
    LengthRequired,
    /// The body is longer than the limit, as it comes or unpacked.
    BodyTooLarge,
    /// A `Content-Type` that is not XML, or a `Content-Encoding` that is not gzip.
    UnsupportedMediaType,
    /// Whoever was to answer panicked.
    Internal,
    /// Too many connections.
    Overloaded,
    /// No answer came in time; a write may still have been done, and the request may be sent again.
    AnswerTimeout,
}

impl HttpFault {
    /// Every fault, for tests and tables.
    pub const ALL: [Self; 12] = [
        Self::BadRequest,
        Self::BodyBroken,
        Self::BodyUndecodable,
        Self::Unauthenticated,
        Self::MethodNotAllowed,
        Self::BodyTimeout,
        Self::LengthRequired,
        Self::BodyTooLarge,
        Self::UnsupportedMediaType,
        Self::Internal,
        Self::Overloaded,
        Self::AnswerTimeout,
    ];

    /// The HTTP status.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::BadRequest | Self::BodyBroken | Self::BodyUndecodable => 400,
            Self::Unauthenticated => 401,
            Self::MethodNotAllowed => 405,
            Self::BodyTimeout => 408,
            Self::LengthRequired => 411,
            Self::BodyTooLarge => 413,
            Self::UnsupportedMediaType => 415,
            Self::Internal => 500,
            Self::Overloaded | Self::AnswerTimeout => 503,
        }
    }
}

/// The limits of the HTTP server, and the name it is known by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpSettings {
    /// The URL that clients see, for the WSDL's `soap:address`; without it the request's own host is used.
    pub public_url: Option<String>,
    /// Open connections; one more is answered 503 and closed.
    pub connections_max: usize,
    /// Proxies that are believed when they name the client.
    pub trusted_proxies: Networks,
    /// Whether their connections begin with a line of the PROXY protocol.
    pub proxy_protocol: bool,
    /// How long a request's head may take, from the connection or its first byte.
    pub header_read_timeout: Duration,
    /// How long a kept connection may be silent between two requests.
    pub idle_timeout: Duration,
    /// How long a request's body may take, from first byte to last.
    pub body_read_timeout: Duration,
    /// How long an answer may take once the body is read.
    pub answer_timeout: Duration,
    /// How long a client may take no byte of an answer.
    pub write_timeout: Duration,
    /// The longest body, in bytes, also after unpacking.
    pub body_bytes_max: usize,
    /// The shortest answer, in bytes, that is compressed for those who ask.
    pub gzip_answer_bytes_min: usize,
    /// How long running requests may take to end after the order to stop.
    pub drain_timeout: Duration,
}

impl From<&ServerConfig> for HttpSettings {
    fn from(config: &ServerConfig) -> Self {
        Self {
            public_url: config.public_url.clone(),
            connections_max: config.connections_max,
            trusted_proxies: config.trusted_proxies.clone(),
            proxy_protocol: config.proxy_protocol,
            header_read_timeout: Duration::from_millis(config.header_read_timeout_ms),
            idle_timeout: Duration::from_millis(config.idle_timeout_ms),
            body_read_timeout: Duration::from_millis(config.body_read_timeout_ms),
            answer_timeout: Duration::from_millis(config.answer_timeout_ms),
            write_timeout: Duration::from_millis(config.write_timeout_ms),
            body_bytes_max: config.body_bytes_max,
            gzip_answer_bytes_min: config.gzip_answer_bytes_min,
            drain_timeout: Duration::from_millis(config.drain_timeout_ms),
        }
    }
}
