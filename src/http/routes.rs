//! Routing: finds the handler of a request and applies HTTP's rules.

use std::{
    net::{IpAddr, SocketAddr},
    panic::{AssertUnwindSafe, catch_unwind},
    task::Poll,
    time::Instant,
};

use http_body_util::Full;
use hyper::{
    Method, Request, Response, Version,
    body::{Body, Bytes, Incoming},
    header::{CONTENT_LENGTH, CONTENT_TYPE, EXPECT, HOST, HeaderMap, HeaderName, HeaderValue, TRANSFER_ENCODING},
    http::request::Parts,
};
use tracing::Instrument;

use crate::{
    http::{
        Answer, Backends, Credentials, HttpFault, HttpSettings, Mount, SiteMethod, SiteMethods, SiteRequest, SoapCall,
        WsdlPage, body,
        coding::{self, Coding},
        lingering::LingerWanted,
        plain, proxy,
        reply::Reply,
        site,
        timeouts::Phase,
    },
    telemetry,
};

const SERVICES_PREFIX: &str = "/ws/";
/// The path of the list of services.
const SERVICES_LIST: &str = "/ws";
/// The suffix of older 1C publications.
const OLD_EXTENSION: &str = ".1cws";
const XML_TYPES: [&str; 3] = ["text/xml", "application/xml", "application/soap+xml"];
const SOAP_ACTION: HeaderName = HeaderName::from_static("soapaction");
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const READ_ONLY: &str = "GET, HEAD";
const SEND_ONLY: &str = "POST";
const READ_AND_SEND: &str = "GET, HEAD, POST";

/// A connection's properties, the same for all of its requests.
#[derive(Debug, Clone)]
pub(super) struct Connection {
    /// The client, or the last proxy.
    pub(super) peer: IpAddr,
    /// Whether it uses TLS.
    pub(super) secure: bool,
    pub(super) local: Option<SocketAddr>,
    /// Over the limit: every request is answered 503.
    pub(super) overloaded: bool,
    pub(super) linger: LingerWanted,
    pub(super) phase: Phase,
}

/// The handlers, behind HTTP's own rules.
pub(super) struct Gateway {
    backends: Backends,
    settings: HttpSettings,
}

enum Route<'a> {
    Live,
    Ready,
    Service(String, WsdlPage),
    Page(&'a Mount),
    Unknown,
}

struct Panicked;

impl Gateway {
    pub(super) fn new(backends: Backends, settings: HttpSettings) -> Self {
        Self { backends, settings }
    }

    pub(super) fn settings(&self) -> &HttpSettings {
        &self.settings
    }

    /// One request, one response, one log line.
    pub(super) async fn answer(&self, request: Request<Incoming>, connection: &Connection) -> Response<Full<Bytes>> {
        connection.phase.answering();
        let request_id = telemetry::request_id();
        let span = tracing::info_span!("request", id = request_id.as_str());
        let response = self.logged(request, connection, &request_id).instrument(span).await;
        connection.phase.answered();
        response
    }

    async fn logged(&self, request: Request<Incoming>, connection: &Connection, id: &str) -> Response<Full<Bytes>> {
        let started = Instant::now();
        let method = request.method().clone();
        let path = request.uri().path().to_owned();
        let gzip_asked = coding::is_gzip_asked(request.headers());
        let mut known = Known::default();
        let replied = caught(self.reply(request, connection, id, &mut known)).await;
        let mut reply = replied.unwrap_or_else(|Panicked| self.after_panic(&known, id));
        if reply.close {
            connection.linger.set();
        }
        reply.answer = coding::coded(reply.answer, gzip_asked, self.settings.gzip_answer_bytes_min);
        let (bytes, log) = (reply.answer.body.len(), std::mem::take(&mut reply.answer.log));
        let response = reply.into_response(id).map(Full::new);
        tracing::info!(
            method = method.as_str(),
            // An unknown path may hold anything, a phone number too.
            path = if known.path { path.as_str() } else { "(unknown)" },
            service = known.service.as_deref().unwrap_or_default(),
            status = response.status().as_u16(),
            operation = log.operation,
            code = log.code,
            repeated = log.repeated,
            credential = log.credential,
            bytes,
            duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
            "answered"
        );
        response
    }

    /// The answer to a head that could not be read, with its log line. `error` is for the log, and holds nothing of the head.
    pub(super) fn unread(&self, kind: HttpFault, error: &hyper::Error) -> Response<Bytes> {
        let id = telemetry::request_id();
        let _span = tracing::info_span!("request", id = id.as_str()).entered();
        let mut answer = self.fault(None, kind, &id);
        let (bytes, log) = (answer.body.len(), std::mem::take(&mut answer.log));
        tracing::info!(
            path = "(unread)",
            status = kind.status(),
            code = log.code,
            bytes,
            reason = %error,
            "answered"
        );
        Reply { answer, close: true }.into_response(&id)
    }

    async fn reply(&self, request: Request<Incoming>, connection: &Connection, id: &str, known: &mut Known) -> Reply {
        let unread = !request.body().is_end_stream();
        if connection.overloaded {
            return Reply { answer: self.fault(None, HttpFault::Overloaded, id), close: true };
        }
        let Ok(host) = host(&request) else {
            return Reply { answer: self.fault(None, HttpFault::BadRequest, id), close: true };
        };
        let path = request.uri().path().to_owned();
        let route = self.route(&path);
        // What a proxy puts before the services' path may hold anything too.
        known.path = !matches!(route, Route::Unknown) && prefix_of(&path).is_empty();
        let answer = match route {
            Route::Unknown => plain::not_found(),
            Route::Page(mount) => return self.page(mount, request, connection, host.as_deref(), id, known).await,
            Route::Service(service, contract) => {
                known.service = Some(service.clone());
                match *request.method() {
                    Method::POST => return self.soap(&service, request, connection, id).await,
                    Method::GET | Method::HEAD if asks_for_wsdl(request.uri().query().unwrap_or_default()) => {
                        let base = self.base_url(request.headers(), host.as_deref(), connection, &path);
                        contract.answer(&format!("{base}{SERVICES_PREFIX}{service}"), request.headers())
                    }
                    Method::GET | Method::HEAD => match site::of(&self.backends.sites, &path) {
                        Some(mount) => {
                            return self.page(mount, request, connection, host.as_deref(), id, known).await;
                        }
                        None => plain::not_found(),
                    },
                    _ => with_allow(self.fault(Some(&service), HttpFault::MethodNotAllowed, id), READ_AND_SEND),
                }
            }
            Route::Live | Route::Ready if !is_read(request.method()) => {
                with_allow(plain::fault(HttpFault::MethodNotAllowed), READ_ONLY)
            }
            Route::Live => plain::live(),
            Route::Ready => plain::ready(&self.backends.entry.ready()),
        };
        Reply { answer, close: unread }
    }

    fn route<'a>(&'a self, path: &'a str) -> Route<'a> {
        match path {
            "/health/live" => Route::Live,
            "/health/ready" => Route::Ready,
            _ => {
                let found = service_of(path).and_then(|name| {
                    let contract = self.backends.entry.wsdl(&name)?;
                    Some(Route::Service(name, contract))
                });
                found.or_else(|| site::of(&self.backends.sites, path).map(Route::Page)).unwrap_or(Route::Unknown)
            }
        }
    }

    /// A page of a site. The rules are those of calls, but a body may have any type and credentials are optional.
    async fn page(
        &self,
        mount: &Mount,
        request: Request<Incoming>,
        connection: &Connection,
        host: Option<&str>,
        id: &str,
        known: &mut Known,
    ) -> Reply {
        (known.is_page, known.path) = (true, false);
        let refuse = |kind| Reply { answer: plain::fault(kind), close: true };
        let (head, body) = request.into_parts();
        // Before the body is read: a call of a service that is not there comes here too.
        let method = match page_method(&head.method, mount.site.methods(head.uri.path())) {
            Ok(method) => method,
            Err(refused) => return Reply { answer: refused.answer(), close: !body.is_end_stream() },
        };
        let unread = method == SiteMethod::Get && !body.is_end_stream();
        let body = if method == SiteMethod::Post {
            let coding = match self.accepted(&head, &body) {
                Ok(coding) => coding,
                Err(kind) => return with_codings(refuse(kind), kind),
            };
            match body::read(body, coding, self.settings.body_bytes_max, self.settings.body_read_timeout).await {
                Ok(body) => body,
                Err(kind) => return refuse(kind),
            }
        } else {
            Bytes::new()
        };
        let named = |(name, value): (&HeaderName, &HeaderValue)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        };
        let request = SiteRequest {
            method,
            path: head.uri.path().to_owned(),
            query: head.uri.query().unwrap_or_default().to_owned(),
            headers: head.headers.iter().map(named).collect(),
            body,
            peer: self.client(&head.headers, connection),
            base_url: self.base_url(&head.headers, host, connection, head.uri.path()),
            request_id: id.to_owned(),
        };
        let answer = match tokio::time::timeout(self.settings.answer_timeout, mount.site.answer(request)).await {
            Ok(answer) => answer,
            Err(_) => plain::fault(HttpFault::AnswerTimeout),
        };
        known.path = answer.status != 404 && prefix_of(head.uri.path()).is_empty();
        Reply { answer, close: unread }
    }

    /// The body's content coding, or the refusal of its headers.
    fn accepted(&self, head: &Parts, body: &Incoming) -> Result<Coding, HttpFault> {
        let declared_bytes = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
        if head.version < Version::HTTP_11 && !head.headers.contains_key(CONTENT_LENGTH) {
            return Err(HttpFault::LengthRequired);
        }
        if declared_bytes > self.settings.body_bytes_max {
            return Err(HttpFault::BodyTooLarge);
        }
        // Hyper takes the chunks apart and leaves what is in them packed.
        if !is_only_chunked(&head.headers) {
            return Err(HttpFault::TransferCodingUnknown);
        }
        Coding::of(&head.headers).ok_or(HttpFault::UnsupportedMediaType)
    }

    async fn soap(&self, service: &str, request: Request<Incoming>, connection: &Connection, id: &str) -> Reply {
        let refuse = |kind| Reply { answer: self.fault(Some(service), kind, id), close: true };
        let (head, body) = request.into_parts();
        let headers = &head.headers;
        let accepted = self.accepted(&head, &body);
        let is_of_http = matches!(
            accepted,
            Err(HttpFault::LengthRequired | HttpFault::BodyTooLarge | HttpFault::TransferCodingUnknown)
        );
        if !is_xml(headers) && !is_of_http {
            return refuse(HttpFault::UnsupportedMediaType);
        }
        let coding = match accepted {
            Ok(coding) => coding,
            Err(kind) => return with_codings(refuse(kind), kind),
        };
        let credentials = Credentials::from_headers(headers);
        if credentials.is_none() && awaits_leave(headers, head.version) {
            return refuse(HttpFault::Unauthenticated);
        }
        // Without credentials the body is read all the same: on a kept-alive connection the next request follows it.
        let (bytes_max, timeout) = (self.settings.body_bytes_max, self.settings.body_read_timeout);
        let body = match body::read(body, coding, bytes_max, timeout).await {
            Ok(body) => body,
            Err(kind) => return refuse(kind),
        };
        let call = SoapCall {
            service: service.to_owned(),
            credentials,
            content_type: text(headers.get(CONTENT_TYPE)),
            soap_action: text(headers.get(SOAP_ACTION)),
            body,
            request_id: id.to_owned(),
            peer: self.client(headers, connection),
        };
        match tokio::time::timeout(self.settings.answer_timeout, self.backends.entry.soap(call)).await {
            Ok(answer) => answer.into(),
            Err(_) => self.fault(Some(service), HttpFault::AnswerTimeout, id).into(),
        }
    }

    fn fault(&self, service: Option<&str>, kind: HttpFault, id: &str) -> Answer {
        Answer { status: kind.status(), ..self.backends.entry.fault(service, kind, id) }
    }

    /// Whether the peer is a proxy that is trusted to name the client.
    fn is_trusted(&self, connection: &Connection) -> bool {
        self.settings.trusted_proxies.contains(connection.peer)
    }

    /// The client's address, from a trusted proxy where there is one.
    fn client(&self, headers: &HeaderMap, connection: &Connection) -> IpAddr {
        if self.is_trusted(connection) {
            proxy::forwarded_for(headers, connection.peer, &self.settings.trusted_proxies)
        } else {
            connection.peer
        }
    }

    /// The entry's fault after a panic; a plain answer for a page, or when the entry panics again.
    fn after_panic(&self, known: &Known, id: &str) -> Reply {
        tracing::error!("the answer ended in a panic");
        let plain = || plain::fault(HttpFault::Internal);
        if known.is_page {
            return Reply { answer: plain(), close: true };
        }
        let service = known.service.as_deref();
        let fault = catch_unwind(AssertUnwindSafe(|| self.fault(service, HttpFault::Internal, id)));
        Reply { answer: fault.unwrap_or_else(|_| plain()), close: true }
    }

    /// The URL before the services' path: the configured one, else the one that the client seems to use, with what a proxy
    /// left before that path.
    fn base_url(&self, headers: &HeaderMap, host: Option<&str>, connection: &Connection, path: &str) -> String {
        if let Some(url) = &self.settings.public_url {
            return url.trim_end_matches('/').to_owned();
        }
        let trusted = self.is_trusted(connection);
        let forwarded_host = first_of_list(headers, &FORWARDED_HOST).filter(|host| trusted && is_host(host));
        let forwarded_proto = first_of_list(headers, &FORWARDED_PROTO).filter(|_| trusted);
        let local = || connection.local.map(|address| address.to_string()).unwrap_or_default();
        let host = forwarded_host.or(host).map_or_else(local, str::to_owned);
        let https = forwarded_proto.map_or(connection.secure, |p| p.eq_ignore_ascii_case("https"));
        format!("{}://{host}{}", if https { "https" } else { "http" }, prefix_of(path))
    }
}

/// The part of a request that the log may show.
#[derive(Default)]
struct Known {
    path: bool,
    /// Whether it is a page of a site.
    is_page: bool,
    service: Option<String>,
}

/// Runs the future; a panic ends only this future.
async fn caught<T>(future: impl Future<Output = T>) -> Result<T, Panicked> {
    let mut future = std::pin::pin!(future);
    // State that a panic leaves inconsistent is dropped with the future. The entry protects its own state.
    std::future::poll_fn(|cx| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx))) {
        Ok(Poll::Ready(value)) => Poll::Ready(Ok(value)),
        Ok(Poll::Pending) => Poll::Pending,
        Err(_) => Poll::Ready(Err(Panicked)),
    })
    .await
}

struct BadHost;

/// The host that the client named: exactly one in HTTP/1.1, at most one in HTTP/1.0.
fn host(request: &Request<Incoming>) -> Result<Option<String>, BadHost> {
    let mut values = request.headers().get_all(HOST).iter();
    let (first, second) = (values.next(), values.next());
    let named = match (first, second) {
        (Some(value), None) => Some(value.to_str().map_err(|_| BadHost)?),
        (None, _) if request.version() < Version::HTTP_11 => None,
        (None, _) | (Some(_), Some(_)) => return Err(BadHost),
    };
    let named = request.uri().authority().map(|authority| authority.as_str()).or(named);
    match named {
        Some(host) if is_host(host) => Ok(Some(host.to_owned())),
        Some("") if request.version() < Version::HTTP_11 => Ok(None),
        Some(_) => Err(BadHost),
        None => Ok(None),
    }
}

/// A name or an address, with or without a port; no character that could end the XML attribute it is put into.
fn is_host(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte))
}

/// The service that a path means, as it is published: names in any case, with a slash at the end, of an older publication,
/// and behind the prefix of a proxy that passes it on.
fn service_of(path: &str) -> Option<String> {
    let (_, name) = path.rsplit_once(SERVICES_PREFIX)?;
    let name = name.strip_suffix('/').unwrap_or(name).to_ascii_lowercase();
    let name = name.strip_suffix(OLD_EXTENSION).unwrap_or(&name);
    (!name.is_empty()).then(|| name.to_owned())
}

/// What is before the path of the services or of their list; empty where nothing is, and for any other path.
fn prefix_of(path: &str) -> &str {
    match path.rsplit_once(SERVICES_PREFIX) {
        Some((prefix, _)) => prefix,
        None => path.strip_suffix(SERVICES_LIST).unwrap_or_default(),
    }
}

/// Whether the body is not coded for its way, or as `chunked` alone.
fn is_only_chunked(headers: &HeaderMap) -> bool {
    let values = headers.get_all(TRANSFER_ENCODING).iter();
    let codings = values.flat_map(|value| value.as_bytes().split(|byte| *byte == b',').map(<[u8]>::trim_ascii));
    let mut named = codings.filter(|coding| !coding.is_empty());
    match (named.next(), named.next()) {
        (None, _) => true,
        (Some(only), None) => only.eq_ignore_ascii_case(b"chunked"),
        (Some(_), Some(_)) => false,
    }
}

fn is_read(method: &Method) -> bool {
    method == Method::GET || method == Method::HEAD
}

/// A method that a path of a site does not take.
struct NotTaken {
    /// The methods that it takes; none where there is nothing.
    allow: Option<&'static str>,
}

impl NotTaken {
    fn answer(&self) -> Answer {
        match self.allow {
            Some(methods) => with_allow(plain::fault(HttpFault::MethodNotAllowed), methods),
            None => plain::not_found(),
        }
    }
}

/// What is asked of a page, if its path takes the method.
fn page_method(method: &Method, taken: SiteMethods) -> Result<SiteMethod, NotTaken> {
    match (method, taken) {
        (&Method::GET | &Method::HEAD, SiteMethods::None | SiteMethods::Read | SiteMethods::ReadAndSend) => {
            Ok(SiteMethod::Get)
        }
        (&Method::POST, SiteMethods::ReadAndSend | SiteMethods::Send) => Ok(SiteMethod::Post),
        (_, SiteMethods::None) => Err(NotTaken { allow: None }),
        (_, SiteMethods::Read) => Err(NotTaken { allow: Some(READ_ONLY) }),
        (_, SiteMethods::ReadAndSend) => Err(NotTaken { allow: Some(READ_AND_SEND) }),
        (_, SiteMethods::Send) => Err(NotTaken { allow: Some(SEND_ONLY) }),
    }
}

/// `?wsdl` in any case, with or without a value, also among others.
fn asks_for_wsdl(query: &str) -> bool {
    query.split('&').any(|pair| pair.split('=').next().unwrap_or_default().eq_ignore_ascii_case("wsdl"))
}

/// An absent type is accepted: some hand-written clients send none.
fn is_xml(headers: &HeaderMap) -> bool {
    let Some(value) = text(headers.get(CONTENT_TYPE)) else { return true };
    let essence = value.split(';').next().unwrap_or_default().trim();
    essence.is_empty() || XML_TYPES.iter().any(|known| essence.eq_ignore_ascii_case(known))
}

/// Whether the client waits for `100 Continue` before it sends the body; never in HTTP/1.0.
fn awaits_leave(headers: &HeaderMap, version: Version) -> bool {
    version >= Version::HTTP_11
        && headers
            .get_all(EXPECT)
            .iter()
            .any(|value| value.as_bytes().trim_ascii().eq_ignore_ascii_case(b"100-continue"))
}

fn first_of_list<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()?.split(',').next().map(str::trim)
}

fn text(value: Option<&HeaderValue>) -> Option<String> {
    value.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
}

/// The accepted codings of a body, when an unknown coding was the reason.
fn with_codings(mut refusal: Reply, kind: HttpFault) -> Reply {
    if kind == HttpFault::UnsupportedMediaType {
        refusal.answer.headers.push(("Accept-Encoding", coding::ACCEPTED.to_owned()));
    }
    refusal
}

fn with_allow(mut answer: Answer, methods: &str) -> Answer {
    answer.headers.push(("Allow", methods.to_owned()));
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_contract_is_asked_for_in_many_ways() {
        for query in ["wsdl", "WSDL", "Wsdl", "wsdl=1", "a=b&wsdl", "wsdl&x"] {
            assert!(asks_for_wsdl(query), "{query}");
        }
        for query in ["", "xsd", "wsdl2", "a=wsdl"] {
            assert!(!asks_for_wsdl(query), "{query}");
        }
    }

    #[test]
    fn xml_types_are_accepted_with_any_parameters_and_others_are_not() {
        let with = |value: &'static str| HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(value))]);
        assert!(is_xml(&HeaderMap::new()));
        let accepted = ["", "text/xml", "TEXT/XML;charset=utf-8", "text/xml ; charset", "application/xml", ";"];
        for value in accepted {
            assert!(is_xml(&with(value)), "{value}");
        }
        assert!(is_xml(&with("application/soap+xml; charset=utf-8; action=\"a;b\"")));
        for value in ["text/plain", "application/json", "multipart/related; type=\"text/xml\"", "xml", "text/xml2"] {
            assert!(!is_xml(&with(value)), "{value}");
        }
    }

    #[test]
    fn a_service_is_meant_in_many_ways() {
        for path in ["/ws/pos_1", "/ws/Pos_1", "/ws/pos_1/", "/ws/POS_1.1cws", "/ws/pos_1.1CWS/", "/a/b/ws/pos_1"] {
            assert_eq!(service_of(path).as_deref(), Some("pos_1"), "{path}");
        }
        for path in ["/", "/ws", "/ws/", "/wsx/pos_1", "/xws/pos_1"] {
            assert_eq!(service_of(path), None, "{path}");
        }
        assert_eq!(service_of("/ws/pos_1/more").as_deref(), Some("pos_1/more"));
        for (path, prefix) in [
            ("/ws/pos_1", ""),
            ("/ws", ""),
            ("/ws/", ""),
            ("/a/b/ws/pos_1", "/a/b"),
            ("/a/ws", "/a"),
            ("/roots", ""),
            ("/a/x", ""),
        ] {
            assert_eq!(prefix_of(path), prefix, "{path}");
        }
    }

    #[test]
    fn a_host_is_a_name_or_an_address() {
        for host in ["example.ru", "127.0.0.1:8080", "[::1]:80", "under_score"] {
            assert!(is_host(host), "{host}");
        }
        for host in ["", "a b", "a\"b", "a/b", "user@host", "<x>"] {
            assert!(!is_host(host), "{host}");
        }
    }
}
