//! Providers that are known already, as data: each preset is a template from `examples/sms`, compiled in.
//!
//! A preset follows the provider's public documentation, whose page its file names. To serve another provider no code
//! is needed: copy a preset into `[sms.template]` of the configuration and change it.

use crate::notify::{ConfigError, HttpTemplate};

/// Name and template of every preset.
const PRESETS: &[(&str, &str)] = &[
    ("sms.ru", include_str!("../../examples/sms/sms.ru.toml")),
    ("smsc.ru", include_str!("../../examples/sms/smsc.ru.toml")),
];

/// Reads a preset; also returns its name as a static string.
///
/// # Errors
///
/// [`ConfigError::UnknownPreset`] for a name that is not in [`names`].
pub fn load(name: &str) -> Result<(&'static str, HttpTemplate), ConfigError> {
    let found = PRESETS.iter().find(|(known, _)| *known == name);
    let (name, text) = found.ok_or_else(|| ConfigError::UnknownPreset {
        preset: name.into(),
        known: names().collect::<Vec<_>>().join(", "),
    })?;
    let template = toml::from_str(text).map_err(|error| ConfigError::Unreadable { why: error.message().into() })?;
    Ok((name, template))
}

/// The names a configuration may give as `preset`.
pub fn names() -> impl Iterator<Item = &'static str> {
    PRESETS.iter().map(|(name, _)| *name)
}
