//! What the command line sets.

/// What the command line sets; it is stronger than the file and the environment.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    /// In place of `database.url`.
    pub database: Option<String>,
    /// In place of `server.listen`.
    pub listen: Option<String>,
}
