//! The layers, read and checked: the one place where the configuration is made.

use std::path::Path;

use crate::config::{Config, ConfigError, Overrides, layers, problems};

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
