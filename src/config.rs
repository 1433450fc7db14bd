//! What the operator may set, and the one place where it is read.
//!
//! Three layers, each stronger than the one before: a TOML file, environment variables
//! (`KOPILKA_SERVER__LISTEN=…`: two underscores between levels), the command line. Whatever no layer names keeps its
//! default, so a gateway with no configuration at all starts on SQLite. An unknown key, a value of the wrong type and a
//! rule broken between two keys are refused at start, in sentences that name the key and the layer it came from;
//! no sentence repeats a value that may be a secret.
//!
//! `docs/config.example.toml` describes every key for the operator; a test holds it equal to the defaults here.

mod database_url;
mod layers;
mod networks;
mod problems;
mod sections;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::secret::Secret;

pub use self::database_url::{DatabaseUrl, DatabaseUrlError};

pub use self::networks::{NetworkError, Networks};

pub use self::sections::{
    CodesConfig, DatabaseConfig, ExchangeConfig, JobsConfig, LimitsConfig, LogConfig, LogFormat, LogLevel, SealsConfig,
    SecurityConfig, ServerConfig, SmsConfig, TlsConfig, XmlConfig,
};

/// The name of the key file that is kept beside a SQLite database when the configuration names no other.
pub const KEY_FILE_NAME: &str = "kopilka.key";

/// Everything that can be set, already checked.
///
/// `Serialize` is for showing the settings in effect: secrets come out as `***`, the SMS provider's settings not at all.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The HTTP listener and its limits.
    pub server: ServerConfig,
    /// The database, and how commands are queued in front of it.
    pub database: DatabaseConfig,
    /// What a request's XML may measure.
    pub xml: XmlConfig,
    /// The key that seals and hashes, and the cost of passwords.
    pub security: SecurityConfig,
    /// Confirmation codes.
    pub codes: CodesConfig,
    /// What one request may ask for.
    pub limits: LimitsConfig,
    /// Background work: expiries, activations, clean-up.
    pub jobs: JobsConfig,
    /// Seals of the chronicle, and where their roots are kept.
    pub seals: SealsConfig,
    /// The SMS channel and its outbox.
    pub sms: SmsConfig,
    /// The journal of what was asked and answered.
    pub exchange: ExchangeConfig,
    /// Log lines.
    pub log: LogConfig,
}

/// What the command line sets; it is stronger than the file and the environment.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    /// In place of `database.url`.
    pub database: Option<String>,
    /// In place of `server.listen`.
    pub listen: Option<String>,
}

/// Where the gateway's key is to be taken from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeySource<'a> {
    /// The key itself stands in the configuration or the environment.
    Inline(&'a Secret),
    /// The key is in this file. `may_create` is true for the default file beside SQLite, which is made at first start;
    /// a file that the operator named must be there, because a key made anew could not read what the old one sealed.
    File {
        /// The file's path.
        path: PathBuf,
        /// Whether a missing file is to be made.
        may_create: bool,
    },
}

/// Why the configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file that was asked for cannot be read.
    #[error("the configuration file {} cannot be read: {source}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// One or several settings are wrong: one sentence each, in the order of the sections.
    #[error("the configuration is not valid:\n  - {}", .0.join("\n  - "))]
    Invalid(Vec<String>),
}

impl Config {
    /// Reads all layers and checks the result.
    ///
    /// `environment` is given and not read here, so that tests need not touch the process; see [`environment`].
    ///
    /// # Errors
    /// [`ConfigError::Unreadable`] when `file` is named but cannot be read, else [`ConfigError::Invalid`] with every
    /// problem that was found.
    pub fn load(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
        overrides: &Overrides,
    ) -> Result<Self, ConfigError> {
        let config = layers::merge(file, environment, overrides)?;
        config.check()?;
        Ok(config)
    }

    /// The rules that no single field's type can hold.
    ///
    /// # Errors
    /// [`ConfigError::Invalid`] with one sentence for each broken rule.
    pub fn check(&self) -> Result<(), ConfigError> {
        let found = problems::find(self);
        if found.is_empty() { Ok(()) } else { Err(ConfigError::Invalid(found)) }
    }

    /// Where the key comes from: what the configuration names, else the file beside the SQLite database. `None` is
    /// possible only for PostgreSQL and is refused by [`Config::check`].
    #[must_use]
    pub fn key_source(&self) -> Option<KeySource<'_>> {
        if let Some(key) = &self.security.key {
            return Some(KeySource::Inline(key));
        }
        if let Some(path) = &self.security.key_file {
            return Some(KeySource::File { path: path.clone(), may_create: false });
        }
        let beside = self.database.url.sqlite_path()?.with_file_name(KEY_FILE_NAME);
        Some(KeySource::File { path: beside, may_create: true })
    }

    /// The example file for operators, in Russian: every key with its default, its unit and what it does.
    #[must_use]
    pub fn example() -> &'static str {
        include_str!("../docs/config.example.toml")
    }
}

/// The gateway's own variables of this process, as [`Config::load`] takes them.
#[must_use]
pub fn environment() -> Vec<(String, String)> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
        .filter(|(name, _)| name.starts_with(layers::ENVIRONMENT_PREFIX))
        .map(|(name, value)| (name, value.to_string_lossy().into_owned()))
        .collect()
}
