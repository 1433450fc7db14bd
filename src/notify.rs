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

use std::{collections::BTreeMap, path::PathBuf};

use serde::Deserialize;

use crate::secret::Secret;

mod answer;
mod answer_template;
mod channel;
mod config_error;
mod connection;
pub mod console;
pub mod http;
mod post;
pub mod presets;
mod template;

pub use self::answer_template::{AnswerTemplate, Code};

pub use self::channel::{Channel, ChannelError, Message, Status, Submitted};

pub use self::config_error::{ConfigError, secret_variable};

pub use self::console::ConsoleChannel;

pub use self::http::HttpChannel;

pub use self::post::{PostError, post};

pub use self::template::{BodyKind, HttpTemplate, Method};

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
    /// A known provider; see [`presets::names`].
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

/// Finds what [`build`] would find wrong, but for the console's file, which is neither made nor touched.
///
/// # Errors
///
/// [`ConfigError`], with a text that says what to do.
pub fn check(config: &ChannelConfig, env: &dyn Fn(&str) -> Option<String>) -> Result<(), ConfigError> {
    match config {
        ChannelConfig::Console(_) => Ok(()),
        ChannelConfig::Http(http) => build_http(http, env).map(drop),
    }
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
