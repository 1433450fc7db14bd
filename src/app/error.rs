//! Why the gateway does not start.

use std::{net::SocketAddr, path::PathBuf};

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
    /// What has to be put right before it can start; nothing was made or changed.
    #[error("{}", listed(.0))]
    NotReady(Vec<AppError>),
    /// There is no database, or an empty one, where one was named.
    #[error(
        "there is no database {url}; check --database, or make a new one with `kopilka migrate` and the same options"
    )]
    NoDatabase {
        /// Its URL, without the password.
        url: String,
    },
    /// A folder is not there; it is not made, because it may be mistyped.
    #[error("there is no folder {} for {what}; make it, or name another place", .folder.display())]
    NoFolder {
        /// The folder.
        folder: PathBuf,
        /// What was to be in it.
        what: &'static str,
    },
    /// A file or a folder cannot be written.
    #[error("{} cannot be written, which {what} needs; give this program's user the right to, or name another place", .path.display())]
    Unwritable {
        /// The file or folder.
        path: PathBuf,
        /// What needs it.
        what: &'static str,
    },
    /// Demo data on an address that others reach.
    #[error(
        "--demo makes logins with passwords that everybody knows, so it listens on this computer alone; {0} is reached from others: leave --listen out, or --demo"
    )]
    DemoAddress(SocketAddr),
    /// Demo data in a database that somebody works with.
    #[error(
        "--demo makes logins with passwords that everybody knows, and this database has partners of its own ({}): leave --demo out, or name another database", .0.join(", ")
    )]
    DemoPartners(Vec<String>),
    /// No SMS channel is configured.
    #[error(
        "no SMS channel is configured, so no confirmation code would reach a customer: set sms.channel = \"http\" and a provider (docs/config.example.toml), or for a trial sms.channel = \"console\", which shows the codes here; --demo needs none"
    )]
    NoChannel,
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

/// Several errors as lines, one alone as it is.
fn listed(errors: &[AppError]) -> String {
    match errors {
        [error] => error.to_string(),
        errors => {
            let lines: Vec<String> = errors.iter().map(|error| format!("\n  - {error}")).collect();
            format!("the gateway cannot start:{}", lines.concat())
        }
    }
}
