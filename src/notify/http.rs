//! SMS through any provider that takes an HTTP request and answers in JSON.

use std::{fmt, time::Duration};

use ureq::{
    Agent, Body, Error,
    http::{Request as HttpRequest, Response, StatusCode},
};

use crate::notify::{
    Channel, ChannelError, ConfigError, Message, Submitted,
    answer::{AnswerReader, Verdict},
    connection::{self, Reached, kind_of},
    template::{HttpTemplate, Method, Request, Secrets, Values},
};

/// The longest accepted `Retry-After` of a provider, in seconds.
const RETRY_AFTER_S_MAX: u64 = 3_600;
/// Connections that are kept, where any are: more than usually send at once (`sms.parallel_max`).
const KEPT_MAX: usize = 32;
/// The digits of a phone in E.164.
const PHONE_DIGITS: std::ops::RangeInclusive<usize> = 7..=15;

/// Sends messages to one provider, as its [`HttpTemplate`] says.
///
/// No message follows a redirect; proxies from the environment are not used. A failure before the connection stands is
/// temporary, for nothing has left; after that an answer that does not come, or cannot be understood, leaves the
/// outcome open. So every message has a connection of its own, but where the provider knows a message that comes twice:
/// there connections are kept, and one that broke meanwhile costs no more than a second try.
pub struct HttpChannel {
    name: &'static str,
    agent: Agent,
    request: Request,
    answer: AnswerReader,
    sender: Option<String>,
    dedupes_by_id: bool,
    answer_bytes_max: u64,
}

impl HttpChannel {
    /// Checks a template and puts its secrets in place. `name` is what [`Channel::name`] will say, `sender` is for
    /// messages that bring none. Nothing is sent.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] for whatever would fail at the first message.
    pub fn new(
        name: &'static str,
        template: &HttpTemplate,
        secrets: &Secrets<'_>,
        sender: Option<String>,
    ) -> Result<Self, ConfigError> {
        let sender = sender.filter(|sender| !sender.is_empty());
        Ok(Self {
            name,
            request: Request::compile(template, secrets, sender.is_some())?,
            answer: AnswerReader::new(&template.answer)?,
            agent: agent(template),
            sender,
            dedupes_by_id: template.dedupes_by_id,
            answer_bytes_max: template.answer_bytes_max,
        })
    }

    fn send(&self, values: &Values<'_>) -> Result<Response<Body>, ChannelError> {
        let mut sent = self.run(values);
        if self.dedupes_by_id && connection::reached() == Reached::Kept && matches!(sent, Err(Error::Io(_))) {
            sent = self.run(values);
        }
        sent.map_err(|error| self.failed(&error))
    }

    fn run(&self, values: &Values<'_>) -> Result<Response<Body>, Error> {
        connection::begin();
        match self.request.body(values) {
            Some(body) => self.prepare(values).body(body).map_err(Error::from).and_then(|it| self.agent.run(it)),
            None => self.prepare(values).body(()).map_err(Error::from).and_then(|it| self.agent.run(it)),
        }
    }

    fn prepare(&self, values: &Values<'_>) -> ureq::http::request::Builder {
        let method = match self.request.method {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
        };
        let mut builder = HttpRequest::builder().method(method).uri(self.request.url(values));
        if let Some(content_type) = &self.request.content_type {
            builder = builder.header("content-type", content_type);
        }
        for (name, value) in self.request.headers(values) {
            builder = builder.header(name, value);
        }
        builder
    }

    fn understand(&self, response: Response<Body>, values: &Values<'_>) -> Result<Submitted, ChannelError> {
        let http = response.status();
        if !http.is_success() {
            return Err(self.refused(http, &response));
        }
        let body = response.into_body().into_with_config().limit(self.answer_bytes_max).read_to_vec();
        let body = body.map_err(|error| self.failed(&error))?;
        match self.answer.read(&body, values) {
            Verdict::Taken { provider_id, status } => Ok(Submitted { provider_id, status }),
            Verdict::Temporary { what, retry_after_s } => Err(ChannelError::Temporary { what, retry_after_s }),
            Verdict::Permanent { what } => Err(ChannelError::Permanent { what }),
            Verdict::Unclear { what } => Err(self.open(what.into())),
        }
    }

    /// A provider that fails (5xx) may have failed after it took the message; one that declines (4xx) has not taken it.
    fn refused(&self, http: StatusCode, response: &Response<Body>) -> ChannelError {
        let what = format!("the provider answered HTTP {}", http.as_u16());
        if self.answer.is_temporary_http(http.as_u16()) {
            ChannelError::Temporary { what, retry_after_s: retry_after_s(response) }
        } else if http.is_server_error() {
            self.open(what)
        } else if http.is_redirection() {
            ChannelError::Permanent { what: format!("{what}, a redirect, which is not followed; correct the URL") }
        } else {
            ChannelError::Permanent { what }
        }
    }

    fn failed(&self, error: &Error) -> ChannelError {
        let (kind, origin) = (kind_of(error), &self.request.origin);
        if matches!(error, Error::Http(_) | Error::BadUri(_)) {
            ChannelError::Permanent { what: kind }
        } else if connection::reached() == Reached::Nothing {
            ChannelError::Temporary { what: format!("no connection to {origin}: {kind}"), retry_after_s: None }
        } else {
            self.open(format!("no usable answer from {origin}: {kind}"))
        }
    }

    /// The message may have been accepted or not.
    fn open(&self, what: String) -> ChannelError {
        if self.dedupes_by_id {
            ChannelError::Temporary { what, retry_after_s: None }
        } else {
            ChannelError::Unknown { what }
        }
    }
}

impl Channel for HttpChannel {
    fn name(&self) -> &'static str {
        self.name
    }

    fn submit(&self, message: &Message) -> Result<Submitted, ChannelError> {
        check_phone(&message.recipient)?;
        let values = Values {
            id: message.id,
            phone_plus: &message.recipient,
            text: message.text.reveal(),
            sender: message.sender.as_deref().filter(|sender| !sender.is_empty()).or(self.sender.as_deref()),
        };
        let submitted = self.understand(self.send(&values)?, &values)?;
        tracing::info!(message_id = message.id, channel = self.name, "message submitted");
        Ok(submitted)
    }
}

impl fmt::Debug for HttpChannel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpChannel")
            .field("name", &self.name)
            .field("origin", &self.request.origin)
            .finish_non_exhaustive()
    }
}

fn agent(template: &HttpTemplate) -> Agent {
    let connect = Duration::from_millis(template.connect_timeout_ms);
    let answer = Duration::from_millis(template.answer_timeout_ms);
    let kept = if template.dedupes_by_id { KEPT_MAX } else { 0 };
    let config = Agent::config_builder()
        .user_agent(concat!("kopilka/", env!("CARGO_PKG_VERSION")))
        .http_status_as_error(false)
        .max_redirects(0)
        .proxy(None)
        // A kept connection that the provider has closed meanwhile fails after «connected», and whether with something
        // sent is not known.
        .max_idle_connections(kept)
        .max_idle_connections_per_host(kept)
        .timeout_resolve(Some(connect))
        .timeout_connect(Some(connect))
        .timeout_send_request(Some(answer))
        .timeout_send_body(Some(answer))
        .timeout_recv_response(Some(answer))
        .timeout_recv_body(Some(answer))
        // The same total limit applies to a provider that sends its answer slowly.
        .timeout_global(Some(connect + answer))
        .build();
    connection::agent(config)
}

/// The seconds of `Retry-After`; its other form, a date, is ignored.
fn retry_after_s(response: &Response<Body>) -> Option<u64> {
    let seconds: u64 = response.headers().get("retry-after")?.to_str().ok()?.trim().parse().ok()?;
    Some(seconds.min(RETRY_AFTER_S_MAX))
}

fn check_phone(recipient: &str) -> Result<(), ChannelError> {
    let digits = recipient.strip_prefix('+').unwrap_or_default();
    if PHONE_DIGITS.contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        Ok(())
    } else {
        Err(ChannelError::Permanent { what: "the recipient is not a phone number in E.164".into() })
    }
}
