//! An HTTP request described as data: placeholders, and the escaping that the place of each demands.
//!
//! A template is compiled once, at start. A literal is escaped then, and so is a secret; a message's own values are
//! escaped as they are written. There is no way to write a value unescaped.

use std::{collections::BTreeMap, fmt, ops::RangeInclusive};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde_json::Value;
use ureq::http::{HeaderName, HeaderValue, Uri};

use crate::{
    notify::{ConfigError, answer_template::AnswerTemplate, secret_variable},
    secret::Secret,
};

/// The allowed limits for establishing a connection, in milliseconds.
const CONNECT_TIMEOUT_MS: RangeInclusive<u64> = 1..=60_000;
/// The allowed limits for waiting for an answer, in milliseconds.
const ANSWER_TIMEOUT_MS: RangeInclusive<u64> = 1..=120_000;
/// The allowed limits for an answer's size, in bytes.
const ANSWER_BYTES: RangeInclusive<u64> = 1..=1_048_576;

/// Where a secret's value comes from, by the secret's name.
pub(super) type Secrets<'a> = dyn Fn(&str) -> Option<Secret> + 'a;

/// How to send one SMS through some provider, and how to read its answer.
///
/// Placeholders: `{{phone}}` (E.164 without the plus), `{{phone_plus}}`, `{{text}}`, `{{id}}` (the outbox row, a
/// number), `{{sender}}`, `{{secret.<name>}}`. Values are escaped for the place they stand in. A field of `form` or
/// `query` that uses `{{sender}}` is left out while there is no sender.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpTemplate {
    /// The request's method.
    #[serde(default)]
    pub method: Method,
    /// Where to; `https`, or `http` to this machine, or to any with [`allow_plain_http`](Self::allow_plain_http).
    pub url: String,
    /// Header values by name. Only `{{secret.<name>}}` and `{{id}}` may stand here.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Query parameters by name, besides what the URL has already.
    #[serde(default)]
    pub query: BTreeMap<String, String>,
    /// What kind of body is sent, and so how values in it are escaped.
    pub body_kind: BodyKind,
    /// The body's content type, where the kind's usual one is not wanted.
    pub content_type: Option<String>,
    /// The fields of a `form` body by name.
    #[serde(default)]
    pub form: BTreeMap<String, String>,
    /// The text of a `json` or `xml` body.
    pub body: Option<String>,
    /// The provider recognises a message by our `{{id}}` and takes it once however often it is sent.
    #[serde(default)]
    pub dedupes_by_id: bool,
    /// Allows `http` to another machine: credentials and codes then travel in clear.
    #[serde(default)]
    pub allow_plain_http: bool,
    /// The limit for finding the host, connecting and the TLS handshake, in milliseconds.
    #[serde(default = "default_connect_timeout_ms")]
    pub connect_timeout_ms: u64,
    /// The limit for waiting for the answer once the request is sent, in milliseconds.
    #[serde(default = "default_answer_timeout_ms")]
    pub answer_timeout_ms: u64,
    /// The largest answer that is read, in bytes.
    #[serde(default = "default_answer_bytes_max")]
    pub answer_bytes_max: u64,
    /// How to read the answer.
    pub answer: AnswerTemplate,
}

/// A template may hold a credential in clear.
impl fmt::Debug for HttpTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpTemplate")
            .field("method", &self.method)
            .field("body_kind", &self.body_kind)
            .field("dedupes_by_id", &self.dedupes_by_id)
            .field("connect_timeout_ms", &self.connect_timeout_ms)
            .field("answer_timeout_ms", &self.answer_timeout_ms)
            .finish_non_exhaustive()
    }
}

/// The methods by which providers take messages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// Without a body; everything is in the query.
    Get,
    /// The usual one.
    #[default]
    Post,
    /// Rare.
    Put,
}

/// What kind of body a request has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BodyKind {
    /// `application/x-www-form-urlencoded`, from `form`.
    Form,
    /// JSON, from `body`; placeholders stand within string literals.
    Json,
    /// XML, from `body`; placeholders stand in text or in attribute values.
    Xml,
    /// No body.
    None,
}

impl BodyKind {
    fn content_type(self) -> Option<&'static str> {
        match self {
            Self::Form => Some("application/x-www-form-urlencoded"),
            Self::Json => Some("application/json; charset=utf-8"),
            Self::Xml => Some("application/xml; charset=utf-8"),
            Self::None => None,
        }
    }
}

/// The values of a message for a request.
#[derive(Clone, Copy)]
pub(super) struct Values<'a> {
    pub(super) id: i64,
    pub(super) phone_plus: &'a str,
    pub(super) text: &'a str,
    pub(super) sender: Option<&'a str>,
}

/// A value that breaks a wrong escaping.
const PROBE: Values<'static> =
    Values { id: 1, phone_plus: "+79000000000", text: "\"'\\\n\r\t<&>{}% Ж", sender: Some("\"PROBE&<") };

/// A checked [`HttpTemplate`] with its secrets in place. It has no `Debug`.
pub(super) struct Request {
    pub(super) method: Method,
    pub(super) content_type: Option<HeaderValue>,
    /// Scheme, host and port: all of the URL that may be shown.
    pub(super) origin: String,
    url: Pattern,
    query: Vec<(String, Pattern)>,
    headers: Vec<(HeaderName, Pattern)>,
    body: Body,
}

enum Body {
    None,
    Form(Vec<(String, Pattern)>),
    Text(Pattern),
}

impl Request {
    pub(super) fn compile(
        template: &HttpTemplate,
        secrets: &Secrets<'_>,
        has_sender: bool,
    ) -> Result<Self, ConfigError> {
        check_limits(template)?;
        let request = Self {
            method: template.method,
            content_type: content_type(template)?,
            origin: origin_of(&template.url)?.to_owned(),
            url: Pattern::compile("url", &template.url, Place::Url, secrets)?,
            query: fields("query", &template.query, secrets)?,
            headers: headers(&template.headers, secrets)?,
            body: body(template, secrets)?,
        };
        check_transport(template, &request)?;
        request.check_sender(has_sender)?;
        if template.dedupes_by_id && !request.patterns().any(|(_, pattern)| pattern.has(Field::Id)) {
            let why = "is true but {{id}} is nowhere sent; send it as the provider's idempotency key, or say false";
            return Err(ConfigError::setting("dedupes_by_id", why));
        }
        Ok(request)
    }

    pub(super) fn url(&self, values: &Values<'_>) -> String {
        let mut url = self.url.render(values);
        let query = encode_fields(&self.query, values);
        if !query.is_empty() {
            url.push(if url.contains('?') { '&' } else { '?' });
            url.push_str(&query);
        }
        url
    }

    pub(super) fn headers(&self, values: &Values<'_>) -> impl Iterator<Item = (&HeaderName, String)> {
        self.headers.iter().map(|(name, pattern)| (name, pattern.render(values)))
    }

    pub(super) fn body(&self, values: &Values<'_>) -> Option<String> {
        match &self.body {
            Body::None => None,
            Body::Form(fields) => Some(encode_fields(fields, values)),
            Body::Text(pattern) => Some(pattern.render(values)),
        }
    }

    /// Checks that there is a sender where it cannot be left out.
    fn check_sender(&self, has_sender: bool) -> Result<(), ConfigError> {
        let body = match &self.body {
            Body::Text(pattern) => Some(("body", pattern)),
            Body::None | Body::Form(_) => None,
        };
        let needing = [("url", &self.url)].into_iter().chain(body).find(|(_, pattern)| pattern.has(Field::Sender));
        match needing {
            Some((place, _)) if !has_sender => Err(ConfigError::MissingSender { place: place.into() }),
            Some(_) | None => Ok(()),
        }
    }

    fn patterns(&self) -> impl Iterator<Item = (&str, &Pattern)> {
        let (form, text): (&[(String, Pattern)], _) = match &self.body {
            Body::None => (&[], None),
            Body::Form(fields) => (fields, None),
            Body::Text(pattern) => (&[], Some(("body", pattern))),
        };
        let headers = self.headers.iter().map(|(name, pattern)| (name.as_str(), pattern));
        let named = self.query.iter().chain(form).map(|(name, pattern)| (name.as_str(), pattern));
        [("url", &self.url)].into_iter().chain(headers).chain(named).chain(text)
    }
}

/// Everything but RFC 3986's unreserved characters, so that the result is right in a path, a query and a form alike.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The place of a value, which decides its escaping.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// In the URL itself: literals are a URL already, values are percent-encoded.
    Url,
    /// The value of a form field or a query parameter: literals and values are percent-encoded.
    Field,
    Header,
    Json,
    Xml,
    /// A JSON pointer's step.
    Pointer,
}

/// A text with placeholders, compiled.
pub(super) struct Pattern {
    pieces: Vec<Piece>,
    place: Place,
}

enum Piece {
    /// Escaped already; a secret becomes one of these.
    Literal(String),
    Field(Field),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Field {
    Phone,
    PhonePlus,
    Text,
    Id,
    Sender,
}

impl Pattern {
    /// Compiles `source`. `place_name` is what an error calls the place, such as `form.to`.
    pub(super) fn compile(
        place_name: &str,
        source: &str,
        place: Place,
        secrets: &Secrets<'_>,
    ) -> Result<Self, ConfigError> {
        let mut pieces = Vec::new();
        let mut rest = source;
        while let Some((before, after)) = rest.split_once("{{") {
            let (name, tail) =
                after.split_once("}}").ok_or_else(|| ConfigError::Unclosed { place: place_name.into() })?;
            pieces.push(Piece::Literal(place.literal(before)));
            pieces.push(place.piece(place_name, name.trim(), secrets)?);
            rest = tail;
        }
        pieces.push(Piece::Literal(place.literal(rest)));
        Ok(Self { pieces, place })
    }

    pub(super) fn render(&self, values: &Values<'_>) -> String {
        let mut out = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Literal(text) => out.push_str(text),
                Piece::Field(field) => self.place.escape(&field.value(values), &mut out),
            }
        }
        out
    }

    fn has(&self, wanted: Field) -> bool {
        self.pieces.iter().any(|piece| matches!(piece, Piece::Field(field) if *field == wanted))
    }
}

impl Field {
    fn named(name: &str) -> Option<Self> {
        match name {
            "phone" => Some(Self::Phone),
            "phone_plus" => Some(Self::PhonePlus),
            "text" => Some(Self::Text),
            "id" => Some(Self::Id),
            "sender" => Some(Self::Sender),
            _ => None,
        }
    }

    fn value(self, values: &Values<'_>) -> String {
        match self {
            Self::Phone => values.phone_plus.trim_start_matches('+').to_owned(),
            Self::PhonePlus => values.phone_plus.to_owned(),
            Self::Text => values.text.to_owned(),
            Self::Id => values.id.to_string(),
            Self::Sender => values.sender.unwrap_or_default().to_owned(),
        }
    }
}

impl Place {
    fn piece(self, place_name: &str, name: &str, secrets: &Secrets<'_>) -> Result<Piece, ConfigError> {
        let wrong = |why| ConfigError::Placeholder { place: place_name.into(), name: name.into(), why };
        if let Some(secret) = name.strip_prefix("secret.") {
            if self == Self::Pointer {
                return Err(wrong("may not stand in a JSON pointer; only phone, phone_plus and id may"));
            }
            return self.secret(secret, secrets, &wrong);
        }
        let unknown = "is unknown; there are phone, phone_plus, text, id, sender and secret.<name>";
        let field = Field::named(name).ok_or_else(|| wrong(unknown))?;
        match (self, field) {
            (Self::Header, Field::Phone | Field::PhonePlus | Field::Text | Field::Sender) => {
                Err(wrong("may not stand in a header; only id and secret.<name> may"))
            }
            (Self::Pointer, Field::Text | Field::Sender) => {
                Err(wrong("may not stand in a JSON pointer; only phone, phone_plus and id may"))
            }
            (Self::Header, Field::Id)
            | (Self::Pointer, Field::Phone | Field::PhonePlus | Field::Id)
            | (Self::Url | Self::Field | Self::Json | Self::Xml, _) => Ok(Piece::Field(field)),
        }
    }

    fn secret(
        self,
        name: &str,
        secrets: &Secrets<'_>,
        wrong: &dyn Fn(&'static str) -> ConfigError,
    ) -> Result<Piece, ConfigError> {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if name.is_empty() || !name.chars().all(plain) {
            return Err(wrong("is no secret's name; write secret.<name> in small Latin letters, digits and «_»"));
        }
        let missing = || ConfigError::MissingSecret { name: name.into(), variable: secret_variable(name) };
        let secret = secrets(name).ok_or_else(missing)?;
        if self == Self::Header && !secret.reveal().chars().all(|c| c.is_ascii_graphic() || c == ' ') {
            return Err(wrong("has a value that cannot stand in a header: only printable ASCII can"));
        }
        let mut escaped = String::new();
        self.escape(secret.reveal(), &mut escaped);
        Ok(Piece::Literal(escaped))
    }

    /// A template's own text: what is a value as a whole is escaped, the rest is written as it stands.
    fn literal(self, text: &str) -> String {
        match self {
            Self::Field => {
                let mut out = String::new();
                percent_encode(text, &mut out);
                out
            }
            Self::Url | Self::Header | Self::Json | Self::Xml | Self::Pointer => text.to_owned(),
        }
    }

    fn escape(self, value: &str, out: &mut String) {
        match self {
            Self::Url | Self::Field => percent_encode(value, out),
            Self::Header => out.push_str(value),
            Self::Json => {
                let quoted = Value::from(value).to_string();
                out.push_str(quoted.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or_default());
            }
            Self::Xml => value.chars().for_each(|c| push_xml(c, out)),
            Self::Pointer => out.push_str(&value.replace('~', "~0").replace('/', "~1")),
        }
    }
}

fn percent_encode(text: &str, out: &mut String) {
    out.extend(utf8_percent_encode(text, RESERVED));
}

/// Line breaks and tabs become references, for an attribute would lose them; what XML 1.0 cannot hold becomes a space.
fn push_xml(c: char, out: &mut String) {
    match c {
        '&' => out.push_str("&amp;"),
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        '"' => out.push_str("&quot;"),
        '\'' => out.push_str("&apos;"),
        '\n' => out.push_str("&#10;"),
        '\r' => out.push_str("&#13;"),
        '\t' => out.push_str("&#9;"),
        '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => out.push(' '),
        _ => out.push(c),
    }
}

fn encode_fields(fields: &[(String, Pattern)], values: &Values<'_>) -> String {
    let mut out = String::new();
    for (name, pattern) in fields {
        if values.sender.is_none() && pattern.has(Field::Sender) {
            continue;
        }
        if !out.is_empty() {
            out.push('&');
        }
        percent_encode(name, &mut out);
        out.push('=');
        out.push_str(&pattern.render(values));
    }
    out
}

/// Puts `base` in the place of the URL's scheme and host, before its path.
pub(super) fn rebase(url: &str, base: &str) -> Result<String, ConfigError> {
    let origin = origin_of(url)?;
    if base.contains(['?', '#', '{', '}']) {
        return Err(ConfigError::setting("base_url", "is scheme, host and perhaps a path, such as https://proxy/sms"));
    }
    let path = url.strip_prefix(origin).unwrap_or_default();
    Ok(format!("{}{path}", base.trim_end_matches('/')))
}

/// Scheme, host and port of a URL: the part before the path.
fn origin_of(url: &str) -> Result<&str, ConfigError> {
    let wrong = || ConfigError::setting("url", "is https://host/path, and has no placeholder or login in the host");
    let (scheme, rest) =
        url.split_once("://").filter(|(scheme, _)| matches!(*scheme, "http" | "https")).ok_or_else(wrong)?;
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if host.is_empty() || host.contains(['{', '}', '@', ' ']) {
        return Err(wrong());
    }
    url.get(..scheme.len() + "://".len() + host.len()).ok_or_else(wrong)
}

fn check_limits(template: &HttpTemplate) -> Result<(), ConfigError> {
    let limits = [
        ("connect_timeout_ms", template.connect_timeout_ms, CONNECT_TIMEOUT_MS),
        ("answer_timeout_ms", template.answer_timeout_ms, ANSWER_TIMEOUT_MS),
        ("answer_bytes_max", template.answer_bytes_max, ANSWER_BYTES),
    ];
    for (name, value, allowed) in limits {
        if !allowed.contains(&value) {
            let why = format!("is {value}; choose from {} to {}", allowed.start(), allowed.end());
            return Err(ConfigError::setting(name, why));
        }
    }
    Ok(())
}

/// Checks that the whole URL parses, and uses TLS or a local host.
fn check_transport(template: &HttpTemplate, request: &Request) -> Result<(), ConfigError> {
    let parsed = request.url(&PROBE).parse::<Uri>().ok().filter(|uri| uri.host().is_some());
    let uri = parsed.ok_or_else(|| ConfigError::setting("url", "is not a URL; write https://host/path"))?;
    let host = uri.host().unwrap_or_default();
    let local = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
    if uri.scheme_str() == Some("http") && !local && !template.allow_plain_http {
        let why =
            "is plain http: credentials and codes would travel in clear; use https, or say allow_plain_http = true";
        return Err(ConfigError::setting("url", why));
    }
    Ok(())
}

fn content_type(template: &HttpTemplate) -> Result<Option<HeaderValue>, ConfigError> {
    let chosen = template.content_type.as_deref().or(template.body_kind.content_type());
    match (template.body_kind, chosen) {
        (BodyKind::None, Some(_)) => Err(ConfigError::setting("content_type", "is given, but there is no body")),
        (_, Some(text)) => HeaderValue::from_str(text)
            .map(Some)
            .map_err(|_| ConfigError::setting("content_type", "is not a header's value; write type/subtype")),
        (_, None) => Ok(None),
    }
}

fn fields(
    section: &str,
    source: &BTreeMap<String, String>,
    secrets: &Secrets<'_>,
) -> Result<Vec<(String, Pattern)>, ConfigError> {
    let compile = |(name, value): (&String, &String)| {
        let pattern = Pattern::compile(&format!("{section}.{name}"), value, Place::Field, secrets)?;
        Ok((name.clone(), pattern))
    };
    source.iter().map(compile).collect()
}

fn headers(
    source: &BTreeMap<String, String>,
    secrets: &Secrets<'_>,
) -> Result<Vec<(HeaderName, Pattern)>, ConfigError> {
    let compile = |(name, value): (&String, &String)| {
        let place = format!("headers.{name}");
        let header: HeaderName = name.parse().map_err(|_| ConfigError::setting(&place, "is not a header's name"))?;
        if matches!(header.as_str(), "host" | "content-length" | "transfer-encoding" | "content-type" | "connection") {
            let why = "is written by the channel itself (the content type from `content_type`); remove it";
            return Err(ConfigError::setting(place, why));
        }
        let pattern = Pattern::compile(&place, value, Place::Header, secrets)?;
        HeaderValue::from_str(&pattern.render(&PROBE))
            .map_err(|_| ConfigError::setting(&place, "is not a header's value: only printable ASCII is"))?;
        Ok((header, pattern))
    };
    source.iter().map(compile).collect()
}

fn body(template: &HttpTemplate, secrets: &Secrets<'_>) -> Result<Body, ConfigError> {
    let wrong = |why: &str| Err(ConfigError::setting("body_kind", why));
    if template.method == Method::Get && template.body_kind != BodyKind::None {
        return wrong("a GET has no body; say body_kind = \"none\" and use [query], or method = \"POST\"");
    }
    match (template.body_kind, template.body.as_deref(), template.form.is_empty()) {
        (BodyKind::None, None, true) => Ok(Body::None),
        (BodyKind::Form, None, false) => Ok(Body::Form(fields("form", &template.form, secrets)?)),
        (BodyKind::Json, Some(text), true) => json_body(text, secrets),
        (BodyKind::Xml, Some(text), true) => xml_body(text, secrets),
        (BodyKind::None, _, _) => wrong("is \"none\", yet there is `body` or [form]; remove them"),
        (BodyKind::Form, _, _) => wrong("is \"form\": give the fields in [form], and no `body`"),
        (BodyKind::Json | BodyKind::Xml, _, _) => {
            wrong("is \"json\" or \"xml\": give the text in `body`, and no [form]")
        }
    }
}

fn json_body(text: &str, secrets: &Secrets<'_>) -> Result<Body, ConfigError> {
    let pattern = Pattern::compile("body", text, Place::Json, secrets)?;
    // The parser's own explanation may quote a secret; a place in the text is enough.
    serde_json::from_str::<Value>(&pattern.render(&PROBE)).map_err(|error| {
        let why = format!("is not JSON (line {}); put placeholders between quotes: \"{{{{text}}}}\"", error.line());
        ConfigError::setting("body", why)
    })?;
    Ok(Body::Text(pattern))
}

fn xml_body(text: &str, secrets: &Secrets<'_>) -> Result<Body, ConfigError> {
    if !text.trim_start().starts_with('<') {
        return Err(ConfigError::setting("body", "is not XML: it does not begin with «<»"));
    }
    if text.contains("<![CDATA[") || text.contains("<!--") {
        let why = "has a CDATA section or a comment, where escaping means nothing; use plain text or attribute values";
        return Err(ConfigError::setting("body", why));
    }
    Ok(Body::Text(Pattern::compile("body", text, Place::Xml, secrets)?))
}

fn default_connect_timeout_ms() -> u64 {
    5_000
}

fn default_answer_timeout_ms() -> u64 {
    15_000
}

fn default_answer_bytes_max() -> u64 {
    65_536
}
