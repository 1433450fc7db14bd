//! The configuration, read and checked in one place.
//!
//! Three layers, in ascending precedence: a TOML file, environment variables (`KOPILKA_SERVER__LISTEN=…`, two
//! underscores between levels), the command line. Other keys have defaults, so a gateway without configuration starts
//! on SQLite. Unknown keys, wrong types and broken rules between keys are refused at start. The sentences name the key
//! and its layer, and never repeat a value that may be a secret.
//!
//! `docs/config.example.toml` describes every key for the operator; a test holds it equal to the defaults here.

mod database_url;
mod error;
mod layers;
mod load;
mod networks;
mod overrides;
mod problems;
mod sections;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::secret::Secret;

pub use self::database_url::{DatabaseUrl, DatabaseUrlError};

pub use self::error::ConfigError;

pub use self::load::environment;

pub use self::networks::{NetworkError, Networks};

pub use self::overrides::Overrides;

pub use self::sections::{
    CodesConfig, DatabaseConfig, ExchangeConfig, JobsConfig, LimitsConfig, LogConfig, LogFormat, LogLevel, SealsConfig,
    SecurityConfig, ServerConfig, SmsConfig, TlsConfig, XmlLimits,
};

/// The name of the key file that is kept beside a SQLite database when the configuration names no other.
pub const KEY_FILE_NAME: &str = "kopilka.key";

/// Everything that can be set, already checked.
///
/// `Serialize` is for showing the settings in effect: secrets come out as `***`, the SMS provider's settings not at
/// all.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The HTTP listener and its limits.
    pub server: ServerConfig,
    /// The database, and how commands are queued in front of it.
    pub database: DatabaseConfig,
    /// What a request's XML may measure.
    pub xml: XmlLimits,
    /// The key that seals and hashes, and the cost of passwords.
    pub security: SecurityConfig,
    /// Confirmation codes.
    pub codes: CodesConfig,
    /// Limits of one request.
    pub limits: LimitsConfig,
    /// Background work: expiries, activations, clean-up.
    pub jobs: JobsConfig,
    /// Seals of the chronicle, and where their roots are kept.
    pub seals: SealsConfig,
    /// The SMS channel and its outbox.
    pub sms: SmsConfig,
    /// The journal of exchanges.
    pub exchange: ExchangeConfig,
    /// Log lines.
    pub log: LogConfig,
}

/// Where the gateway's key is to be taken from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeySource<'a> {
    /// The key itself stands in the configuration or the environment.
    Inline(&'a Secret),
    /// The key is in this file. `may_create` is true for the default file beside SQLite, which is made at first start.
    /// A file that the operator named must exist, because a new key could not decrypt existing data.
    File {
        /// The file's path.
        path: PathBuf,
        /// Whether a missing file is to be made.
        may_create: bool,
    },
}

impl Config {
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
