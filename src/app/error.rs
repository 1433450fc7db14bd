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
    /// The database cannot be opened.
    #[error(transparent)]
    Backend(#[from] BackendError),
    /// No connection to the database could be made.
    #[error("no database connection: {0}")]
    Connection(#[from] r2d2::Error),
    /// A statement failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The demo data could not be added.
    #[error(transparent)]
    Admin(#[from] AdminError),
    /// The database's keys cannot be opened.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// The database could not be upgraded.
    #[error(transparent)]
    Upgrade(#[from] UpgradeError),
    /// The key file cannot be read or made.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// No key is configured.
    #[error(
        "no key is configured: set security.key_file or KOPILKA_SECURITY__KEY (32 bytes in Base64, the same for all gateways of a database)"
    )]
    NoKey,
    /// The checking of passwords cannot be set up.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// One of the program's WSDLs is broken: a defect.
    #[error("the built-in WSDL cannot be read: {0}")]
    Contract(#[from] ContractError),
    /// The SMS channel cannot be set up.
    #[error(transparent)]
    Notify(#[from] notify::ConfigError),
    /// The SMS settings are wrong.
    #[error("section [sms] of the configuration: {0}; README has a whole one to copy")]
    SmsSettings(String),
    /// The phone for roots is none.
    #[error("seals.phone is no mobile phone number: give it as +79161234567")]
    SealsPhone,
    /// The file for roots of another database cannot be used.
    #[error("seals.receive_file, {path}: {problem}")]
    RootsFile {
        /// The file.
        path: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}; is another gateway running there? Give another with --listen")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The system's error.
        source: std::io::Error,
    },
    /// A thread could not be started.
    #[error("the system gives no thread: {0}")]
    Thread(std::io::Error),
    /// The database does not answer.
    #[error("the database does not answer: {0}")]
    Unreachable(String),
    /// The demo data could not be made.
    #[error("the demo data could not be made: {0}")]
    Demo(String),
    /// The TLS certificate cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// HTTP cannot be served.
    #[error(transparent)]
    Serve(#[from] ServeError),
}
