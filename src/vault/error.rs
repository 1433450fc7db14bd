//! What can be wrong with keys and with sealed values.

/// Errors of keys and of encrypted values.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// The key file cannot be read or written.
    #[error(
        "key file {path}: {source}; an existing database needs the key that it was made with: restore the file, or set security.key_file"
    )]
    File {
        /// Which.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The key is not 32 bytes in Base64.
    #[error("the key must be 32 bytes in Base64; make one with `head -c 32 /dev/urandom | base64`")]
    Malformed,
    /// The system gives no random numbers.
    #[error("the system's random number generator failed: {0}")]
    Random(getrandom::Error),
    /// A value cannot be decrypted: it has another key or another row, or is damaged.
    #[error("a sealed value does not open: wrong key file for this database, or damaged data")]
    Sealed,
    /// A sealed value names a key of the database that was not read: it may have been made since.
    #[error("a sealed value names key {0} of the database, which this program has not read")]
    UnknownKey(u8),
    /// The database's keys have not been opened.
    #[error("the database's keys are not opened")]
    Closed,
    /// The database has as many keys as a sealed value can name.
    #[error("the database has had {} sealing keys, and there is no room for another", u8::MAX)]
    Full,
}
