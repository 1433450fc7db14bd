//! Tracks the connection of a request, to decide whether anything may have been sent.

use std::{
    cell::Cell,
    io::ErrorKind,
    net::{IpAddr, SocketAddr},
};

use ureq::{
    Agent, Error,
    config::Config,
    http::Uri,
    unversioned::{
        resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver},
        transport::{ConnectionDetails, Connector, DefaultConnector, NextTimeout, Transport},
    },
};

/// The progress of this thread's current request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reached {
    /// It has no connection: nothing was sent.
    Nothing,
    /// A connection that was kept from an earlier request.
    Kept,
    /// A connection of its own, TLS included.
    New,
}

thread_local! {
    static REACHED: Cell<Reached> = const { Cell::new(Reached::Nothing) };
}

/// To be called before a request.
pub(super) fn begin() {
    REACHED.set(Reached::Nothing);
}

/// The progress of this thread's last request.
pub(super) fn reached() -> Reached {
    REACHED.get()
}

/// The client's own texts may hold the URL, and so a secret; these never do.
#[allow(clippy::wildcard_enum_match_arm, reason = "the client's errors are an open set")]
pub(super) fn kind_of(error: &Error) -> String {
    match error {
        Error::Io(io) if io.kind() == ErrorKind::InvalidData => "TLS: a wrong certificate, or no TLS there".into(),
        Error::Io(io) => io.kind().to_string(),
        Error::Timeout(which) => format!("time limit ({which})"),
        Error::HostNotFound => "the host's name is not known".into(),
        Error::ConnectionFailed => "the connection failed".into(),
        Error::Tls(_) | Error::Rustls(_) | Error::TlsRequired => "the TLS handshake failed".into(),
        Error::BodyExceedsLimit(bytes_max) => format!("the answer is larger than {bytes_max} bytes"),
        Error::LargeResponseHeader(_, bytes_max) => format!("the answer's headers are larger than {bytes_max} bytes"),
        Error::Protocol(_) => "the answer is not HTTP".into(),
        Error::Http(_) | Error::BadUri(_) => "the request cannot be written".into(),
        _ => "the HTTP client failed".into(),
    }
}

/// A client that tracks the progress of its requests.
pub(super) fn agent(config: Config) -> Agent {
    Agent::with_parts(config, Begin.chain(DefaultConnector::new()).chain(Done), Addresses::default())
}

/// Finds addresses. An address that is given as such needs no look-up; the client would start a thread for it, since a
/// look-up has a time limit.
#[derive(Debug, Default)]
struct Addresses(DefaultResolver);

impl Resolver for Addresses {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        let found = match given(uri) {
            Some(address) => {
                let mut found = self.empty();
                found.push(address);
                found
            }
            None => self.0.resolve(uri, config, timeout)?,
        };
        // A connector is asked next, but where a connection was kept.
        REACHED.set(Reached::Kept);
        Ok(found)
    }
}

fn given(uri: &Uri) -> Option<SocketAddr> {
    let ip: IpAddr = uri.host()?.trim_start_matches('[').trim_end_matches(']').parse().ok()?;
    let usual = if uri.scheme_str() == Some("https") { 443 } else { 80 };
    Some(SocketAddr::new(ip, uri.port_u16().unwrap_or(usual)))
}

/// The first link of the chain of connectors: it is asked when there is no kept connection.
#[derive(Debug)]
struct Begin;

impl Connector<()> for Begin {
    type Out = ();

    fn connect(&self, _: &ConnectionDetails<'_>, _: Option<()>) -> Result<Option<()>, Error> {
        REACHED.set(Reached::Nothing);
        Ok(None)
    }
}

/// The last link: it is reached when TCP and TLS stand, and before a byte of the request.
#[derive(Debug)]
struct Done;

impl<In: Transport> Connector<In> for Done {
    type Out = In;

    fn connect(&self, _: &ConnectionDetails<'_>, chained: Option<In>) -> Result<Option<In>, Error> {
        REACHED.set(if chained.is_some() { Reached::New } else { Reached::Nothing });
        Ok(chained)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_known_by_sight() {
        let seen = |uri: &str| given(&uri.parse().unwrap()).map(|address| address.to_string());
        assert_eq!(seen("http://127.0.0.1:8080/send").as_deref(), Some("127.0.0.1:8080"));
        assert_eq!(seen("https://10.0.0.1/send").as_deref(), Some("10.0.0.1:443"));
        assert_eq!(seen("http://[::1]/send").as_deref(), Some("[::1]:80"));
        assert_eq!(seen("http://sms.ru/send"), None);
    }
}
