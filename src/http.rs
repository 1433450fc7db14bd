//! HTTP for clients of every age: one port, SOAP over POST, the contract over GET, and pages.
//!
//! This module knows neither SOAP nor any page. A call goes to an [`Entry`] as a [`SoapCall`], a request for a page to
//! a [`Site`] as a [`SiteRequest`]; both return an [`Answer`]. It enforces limits, timeouts, media types and readable
//! credentials before a body is interpreted. Every request gets an answer, even when the entry panics or is late.
//!
//! A connection passes, in this order, the PROXY line (from trusted proxies, where configured), TLS (where configured),
//! hyper, and the routes.
//!
//! Deliberately absent: HTTP/2, chunked answers, codings other than gzip, client certificates.

mod answer;
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
mod unread;
mod wsdl;

use std::{net::IpAddr, pin::Pin, sync::Arc, time::Duration};

use hyper::body::Bytes;

use crate::config::{Networks, ServerConfig};

pub use self::{answer::Answer, credentials::Credentials};

pub use self::listener::{ServeError, listen, serve, serve_connection};

pub use self::site::{Mount, Site, SiteMethod, SiteMethods, SiteRequest};

pub use self::tls::{Tls, TlsError};

pub use self::wsdl::WsdlPage;

/// The handlers behind HTTP: SOAP, and pages.
#[derive(Clone)]
pub struct Backends {
    /// Answers SOAP.
    pub entry: Arc<dyn Entry>,
    /// Answer other paths; may be empty.
    pub sites: Vec<Mount>,
}

/// Answers SOAP. All methods but [`Entry::soap`] must answer from memory: they run on the server's threads.
pub trait Entry: Send + Sync + 'static {
    /// The contract of a service by the name in its path (`pos_1`); `None` when there is no such service.
    fn wsdl(&self, service: &str) -> Option<WsdlPage>;

    /// Answers one SOAP request. The future may be dropped when the client is gone or the answer is late. Work that
    /// must run to its end has to be detached from it.
    fn soap<'a>(&'a self, call: SoapCall) -> Pin<Box<dyn Future<Output = Answer> + Send + 'a>>;

    /// The SOAP fault for a request that HTTP refuses. `service` is `None` when the path is not known yet. The status
    /// is replaced by [`HttpFault::status`].
    fn fault(&self, service: Option<&str>, kind: HttpFault, request_id: &str) -> Answer;

    /// Whether requests can be served.
    ///
    /// # Errors
    /// One short sentence for a public page, without paths, SQL or client data.
    fn ready(&self) -> Result<(), String>;
}

/// One SOAP request, its body read and within the limits.
#[derive(Debug)]
pub struct SoapCall {
    /// The service's name in the path, without an extension: `pos_1`.
    pub service: String,
    /// The credentials; `None` when they are absent or unreadable. HTTP adds the challenge to an answer 401.
    pub credentials: Option<Credentials>,
    /// The `Content-Type` with its parameters: an accepted type, or absent.
    pub content_type: Option<String>,
    /// The `SOAPAction` as sent, quotes included.
    pub soap_action: Option<String>,
    /// The body's bytes, decompressed, in their original encoding.
    pub body: Bytes,
    /// The id for log lines and faults.
    pub request_id: String,
    /// The client's address, or a proxy's where no trusted proxy names the client.
    pub peer: IpAddr,
}

/// What HTTP refuses without asking who stands behind it, or instead of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HttpFault {
    /// No `Host` in an HTTP/1.1 request, or an invalid one.
    BadRequest,
    /// The head is not HTTP: a folded header, a blank before a colon, a request line of another shape.
    HeadMalformed,
    /// The head exceeds the limit.
    HeadTooLong,
    /// Where the body ends cannot be told: a `Content-Length` that is no number, several that differ, or a `Transfer-Encoding` that
    /// does not end with `chunked`.
    LengthUnclear,
    /// A `Transfer-Encoding` with more than `chunked`.
    TransferCodingUnknown,
    /// The body ended too early: the connection broke. The request may be sent again.
    BodyBroken,
    /// The chunks of the body are malformed.
    BodyMalformed,
    /// No readable credentials, and the client waits for `100 Continue`.
    Unauthenticated,
    /// A method that the path does not support.
    MethodNotAllowed,
    /// The body is declared as gzip and is not valid gzip.
    BodyUndecodable,
    /// The body did not arrive in time.
    BodyTimeout,
    /// HTTP/1.0 without `Content-Length`: the end of the body is unknown.
    LengthRequired,
    /// The body exceeds the limit, compressed or decompressed.
    BodyTooLarge,
    /// A `Content-Type` that is not XML, or a `Content-Encoding` that is not gzip.
    UnsupportedMediaType,
    /// The handler panicked.
    Internal,
    /// Too many connections.
    Overloaded,
    /// No answer in time. A write may have been done; the request may be sent again.
    AnswerTimeout,
}

impl HttpFault {
    /// Every fault, for tests and tables.
    pub const ALL: [Self; 17] = [
        Self::BadRequest,
        Self::HeadMalformed,
        Self::HeadTooLong,
        Self::LengthUnclear,
        Self::TransferCodingUnknown,
        Self::BodyBroken,
        Self::BodyMalformed,
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
            Self::BadRequest
            | Self::HeadMalformed
            | Self::LengthUnclear
            | Self::BodyBroken
            | Self::BodyMalformed
            | Self::BodyUndecodable => 400,
            Self::Unauthenticated => 401,
            Self::MethodNotAllowed => 405,
            Self::BodyTimeout => 408,
            Self::LengthRequired => 411,
            Self::BodyTooLarge => 413,
            Self::UnsupportedMediaType => 415,
            Self::HeadTooLong => 431,
            Self::Internal => 500,
            Self::TransferCodingUnknown => 501,
            Self::Overloaded | Self::AnswerTimeout => 503,
        }
    }
}

/// Limits of the HTTP server, and its public URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpSettings {
    /// The public URL, for the WSDL's `soap:address`; without it the request's own host is used.
    pub public_url: Option<String>,
    /// Open connections; one more is answered 503 and closed.
    pub connections_max: usize,
    /// Proxies that are trusted to name the client.
    pub trusted_proxies: Networks,
    /// Whether their connections begin with a PROXY protocol header.
    pub proxy_protocol: bool,
    /// The timeout of a request's head, from the connection or its first byte.
    pub header_read_timeout: Duration,
    /// The idle timeout of a kept-alive connection between two requests.
    pub idle_timeout: Duration,
    /// The timeout of a request's body, from first byte to last.
    pub body_read_timeout: Duration,
    /// The timeout of an answer once the body is read.
    pub answer_timeout: Duration,
    /// How long a client may read no byte of an answer.
    pub write_timeout: Duration,
    /// The longest body in bytes, also after decompression.
    pub body_bytes_max: usize,
    /// The shortest answer in bytes that is compressed for clients that accept gzip.
    pub gzip_answer_bytes_min: usize,
    /// How long running requests may take after shutdown begins.
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
