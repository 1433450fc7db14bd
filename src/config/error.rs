//! Why the configuration cannot be used.

use std::path::PathBuf;

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
