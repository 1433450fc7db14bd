//! Messages to customers: how one SMS leaves the gateway.
//!
//! The outbox worker takes a row that a business operation has already committed, hands it to a [`Channel`], and writes
//! the outcome back. A channel knows nothing of the database, and nothing of why the message is sent. It blocks: it is
//! called on the outbox's threads only, several at once, never on a server thread.
//!
//! Three outcomes matter, not two. *Accepted* and *refused* are clear; between them lies the request that was sent and
//! never answered. [`ChannelError::Unknown`] is that third one, and the outbox must not send such a message again by
//! itself.
//!
//! Neither the recipient, nor the text, nor a credential is ever in a `Debug` form, an error or a log of this module.

use std::{collections::BTreeMap, fmt, path::PathBuf};

use serde::Deserialize;
use thiserror::Error;

use crate::secret::Secret;

mod answer;
mod answer_template;
mod connection;
pub mod console;
pub mod http;
mod post;
pub mod presets;
mod template;

pub use self::answer_template::{AnswerTemplate, Code};

pub use self::console::ConsoleChannel;

pub use self::http::HttpChannel;

pub use self::post::post;

pub use self::template::{BodyKind, HttpTemplate, Method};

/// A way out for messages: an SMS provider, or the console in place of one.
pub trait Channel: Send + Sync {
    /// The channel's stable name, for logs and metrics: `console`, a preset's name, or `http`.
    fn name(&self) -> &'static str;

    /// Hands one message over and waits for the answer, for as long as the channel's own time limits allow.
    ///
    /// # Errors
    ///
    /// See [`ChannelError`]: what the caller may do next is the variant.
    fn submit(&self, message: &Message) -> Result<Submitted, ChannelError>;
}

/// One message, as the outbox hands it over.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// The outbox row's id; to a provider that knows such a thing, the idempotency key.
    pub id: i64,
    /// The recipient's phone in E.164, with the plus: `+79161234567`.
    pub recipient: String,
    /// What the customer reads.
    pub text: String,
    /// The sender's name as agreed with the provider; `None` takes the configured one.
    pub sender: Option<String>,
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("id", &self.id)
            .field("recipient", &Redacted)
            .field("text", &Redacted)
            .field("sender", &self.sender)
            .finish()
    }
}

/// A message that the channel has taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submitted {
    /// The provider's own id of the message, where it gave one.
    pub provider_id: Option<String>,
    /// How far the message has come.
    pub status: Status,
}

/// How far a taken message has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// The provider has taken it; whether it is delivered will be known later, or never.
    Submitted,
    /// It is with its recipient.
    Delivered,
}

/// Why a message did not leave, by what the caller may do next.
///
/// No variant carries the recipient, the text, a credential or a URL: all of them may be logged as they are.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ChannelError {
    /// The message did not leave, or the provider will recognise its id when it comes again: send it again later.
    #[error("temporary failure: {what}")]
    Temporary {
        /// What happened, in English, for the operator.
        what: String,
        /// How long the provider asks to wait, in seconds, where it or its template says so.
        retry_after_s: Option<u64>,
    },
    /// The message did not leave and will not: sending it again changes nothing until an administrator acts.
    #[error("permanent failure: {what}")]
    Permanent {
        /// What happened, in English, for the operator.
        what: String,
    },
    /// The request was sent, the outcome is not known, and the provider would not recognise a repeat.
    ///
    /// The message may have been delivered. The outbox must not send it again on its own: a second confirmation code
    /// confuses the customer and costs money, and a customer who got nothing asks the cashier for another. A person may
    /// decide otherwise.
    #[error("outcome unknown: {what}")]
    Unknown {
        /// What happened, in English, for the operator.
        what: String,
    },
}

/// The `[sms]` section of the configuration: which channel, and its settings.
///
/// ```toml
/// channel = "http"
/// preset = "sms.ru"
/// sender = "KOPILKA"
/// ```
///
/// with the provider's credential in the environment, here `KOPILKA_SMS_API_ID`.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "channel", rename_all = "lowercase")]
pub enum ChannelConfig {
    /// Messages are shown on the server's own console: for a trial without a provider.
    Console(ConsoleConfig),
    /// Messages go to a provider over HTTP.
    Http(Box<HttpConfig>),
}

/// Settings of the console channel.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsoleConfig {
    /// Where the messages are kept besides; `sms.log` in the working directory if not said.
    #[serde(default = "default_console_file")]
    pub file: PathBuf,
}

/// Settings of the HTTP channel: a preset's name or a full template, never both.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpConfig {
    /// A provider that is known already; see [`presets::names`].
    pub preset: Option<String>,
    /// A description of any other provider; the presets in `examples/sms` are the pattern to follow.
    pub template: Option<HttpTemplate>,
    /// Takes the place of scheme and host in the template's URL (and goes before its path): a reverse proxy, a test.
    pub base_url: Option<String>,
    /// The sender's name for messages that bring none.
    pub sender: Option<String>,
    /// Credentials by name, as the template's `{{secret.<name>}}` asks for them. The environment goes first.
    #[serde(default)]
    pub secrets: BTreeMap<String, Secret>,
    /// Overrides the template's limit for the connection, in milliseconds.
    pub connect_timeout_ms: Option<u64>,
    /// Overrides the template's limit for the answer, in milliseconds.
    pub answer_timeout_ms: Option<u64>,
}

/// What stands in a `Debug` form where a personal datum or a credential would be.
struct Redacted;

impl fmt::Debug for Redacted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<redacted>")
    }
}

/// Why a channel cannot be built from its configuration. Every text says what to do.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ConfigError {
    /// No such preset.
    #[error("sms: there is no preset {preset:?}; use one of {known}, or describe the provider in [sms.template]")]
    UnknownPreset {
        /// The name asked for.
        preset: String,
        /// The names there are.
        known: String,
    },
    /// Neither a preset nor a template, or both.
    #[error("sms: channel \"http\" needs exactly one of `preset` and [sms.template]; {found}")]
    PresetOrTemplate {
        /// What was found instead.
        found: &'static str,
    },
    /// A template that cannot be read as TOML of the expected shape.
    #[error("sms: the template cannot be read: {why}")]
    Unreadable {
        /// The reader's explanation.
        why: String,
    },
    /// A placeholder that does not exist, or may not stand where it stands.
    #[error("sms: {place}: {{{{{name}}}}} {why}")]
    Placeholder {
        /// Where: `url`, `form.to`, `body` and so on.
        place: String,
        /// What stands between the braces.
        name: String,
        /// What is wrong with it and what is allowed.
        why: &'static str,
    },
    /// `{{` without its `}}`.
    #[error("sms: {place}: a placeholder is opened by {{{{ and never closed; write {{{{name}}}}")]
    Unclosed {
        /// Where.
        place: String,
    },
    /// The template names a secret that is not configured.
    #[error(
        "sms: the secret {name:?} is missing; set the environment variable {variable}, or `{name}` in [sms.secrets]"
    )]
    MissingSecret {
        /// The secret's name.
        name: String,
        /// The environment variable that would hold it.
        variable: String,
    },
    /// The template cannot do without a sender's name.
    #[error("sms: {place} uses {{{{sender}}}}; set `sender` to the name agreed with the provider")]
    MissingSender {
        /// Where.
        place: String,
    },
    /// A setting with a value that makes no sense.
    #[error("sms: {setting}: {why}")]
    Setting {
        /// Which setting.
        setting: String,
        /// What is wrong and what is expected.
        why: String,
    },
}

impl ConfigError {
    fn setting(setting: impl Into<String>, why: impl Into<String>) -> Self {
        Self::Setting { setting: setting.into(), why: why.into() }
    }
}

/// Builds the channel that the configuration describes. `env` looks an environment variable up.
///
/// Everything that can be found wrong is found here, at start, not at the first message: unknown placeholders, missing
/// secrets, a body that is no JSON, an unwritable file. Nothing is sent.
///
/// # Errors
///
/// [`ConfigError`], with a text that says what to do.
pub fn build(config: &ChannelConfig, env: &dyn Fn(&str) -> Option<String>) -> Result<Box<dyn Channel>, ConfigError> {
    match config {
        ChannelConfig::Console(console) => {
            let channel = ConsoleChannel::new(Box::new(std::io::stdout()), console.file.clone());
            channel.check_file()?;
            Ok(Box::new(channel))
        }
        ChannelConfig::Http(http) => Ok(Box::new(build_http(http, env)?)),
    }
}

/// The environment variable that holds a secret: `api_id` is in `KOPILKA_SMS_API_ID`.
pub fn secret_variable(secret: &str) -> String {
    format!("KOPILKA_SMS_{}", secret.to_ascii_uppercase())
}

fn build_http(config: &HttpConfig, env: &dyn Fn(&str) -> Option<String>) -> Result<HttpChannel, ConfigError> {
    let (name, mut template) = match (&config.preset, &config.template) {
        (Some(preset), None) => presets::load(preset)?,
        (None, Some(template)) => ("http", template.clone()),
        (None, None) => return Err(ConfigError::PresetOrTemplate { found: "neither is given" }),
        (Some(_), Some(_)) => return Err(ConfigError::PresetOrTemplate { found: "both are given" }),
    };
    if let Some(base) = &config.base_url {
        template.url = template::rebase(&template.url, base)?;
    }
    template.connect_timeout_ms = config.connect_timeout_ms.unwrap_or(template.connect_timeout_ms);
    template.answer_timeout_ms = config.answer_timeout_ms.unwrap_or(template.answer_timeout_ms);
    let secrets = |secret: &str| {
        let from_env = env(&secret_variable(secret)).map(Secret::new);
        from_env.or_else(|| config.secrets.get(secret).cloned()).filter(|value| !value.reveal().is_empty())
    };
    HttpChannel::new(name, &template, &secrets, config.sender.clone())
}

fn default_console_file() -> PathBuf {
    PathBuf::from("sms.log")
}

#[cfg(test)]
mod tests;
