//! Why the gateway does not start.

use std::net::SocketAddr;

use crate::{
    access::AccessError,
    http::{ServeError, TlsError},
    notify,
    soap::contract::ContractError,
    store::{
        admin::AdminError,
        db::{backend::BackendError, upgrade::UpgradeError},
        error::StoreError,
        tables::key::KeyError,
    },
    vault::VaultError,
};

/// Why the gateway does not start.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The database.
    #[error(transparent)]
    Backend(#[from] BackendError),
    /// No connection.
    #[error("no database connection: {0}")]
    Connection(#[from] r2d2::Error),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The demo data.
    #[error(transparent)]
    Admin(#[from] AdminError),
    /// The database's keys.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// An older database.
    #[error(transparent)]
    Upgrade(#[from] UpgradeError),
    /// The key file.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// No key is configured.
    #[error(
        "no key is configured: set security.key_file or KOPILKA_SECURITY__KEY (32 bytes in Base64, the same for all gateways of a database)"
    )]
    NoKey,
    /// Passwords.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// A WSDL of ours.
    #[error("the built-in WSDL cannot be read: {0}")]
    Contract(#[from] ContractError),
    /// The SMS channel.
    #[error("sms: {0}")]
    Notify(#[from] notify::ConfigError),
    /// The SMS settings.
    #[error("sms: {0}")]
    SmsSettings(String),
    /// The address.
    #[error("cannot listen on {address}: {source}; is another gateway running there? Give another with --listen")]
    Listen {
        /// Which.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// A thread.
    #[error("the system gives no thread: {0}")]
    Thread(std::io::Error),
    /// The database does not answer.
    #[error("the database does not answer: {0}")]
    Unreachable(String),
    /// The demo data could not be made.
    #[error("the demo data could not be made: {0}")]
    Demo(String),
    /// The certificate.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// HTTP.
    #[error(transparent)]
    Serve(#[from] ServeError),
}
