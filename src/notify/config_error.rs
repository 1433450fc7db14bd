//! Why a channel cannot be built.

use thiserror::Error;

/// Why a channel cannot be built from its configuration. Every text says what to do.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ConfigError {
    /// No such preset.
    #[error("sms: there is no preset {preset:?}; use one of {known}, or describe the provider in [sms.template]")]
    UnknownPreset {
        /// The name asked for.
        preset: String,
        /// The names there are.
        known: String,
    },
    /// Neither a preset nor a template, or both.
    #[error("sms: channel \"http\" needs exactly one of `preset` and [sms.template]; {found}")]
    PresetOrTemplate {
        /// What was found instead.
        found: &'static str,
    },
    /// A template that cannot be read as TOML of the expected shape.
    #[error("sms: the template cannot be read: {why}")]
    Unreadable {
        /// The reader's explanation.
        why: String,
    },
    /// A placeholder that does not exist, or may not stand where it stands.
    #[error("sms: {place}: {{{{{name}}}}} {why}")]
    Placeholder {
        /// Where: `url`, `form.to`, `body` and so on.
        place: String,
        /// What stands between the braces.
        name: String,
        /// What is wrong with it and what is allowed.
        why: &'static str,
    },
    /// `{{` without its `}}`.
    #[error("sms: {place}: a placeholder is opened by {{{{ and never closed; write {{{{name}}}}")]
    Unclosed {
        /// Where.
        place: String,
    },
    /// The template names a secret that is not configured.
    #[error(
        "sms: the secret {name:?} is missing; set the environment variable {variable}, or `{name}` in [sms.secrets]"
    )]
    MissingSecret {
        /// The secret's name.
        name: String,
        /// The environment variable that would hold it.
        variable: String,
    },
    /// The template cannot do without a sender's name.
    #[error("sms: {place} uses {{{{sender}}}}; set `sender` to the name agreed with the provider")]
    MissingSender {
        /// Where.
        place: String,
    },
    /// A setting with a value that makes no sense.
    #[error("sms: {setting}: {why}")]
    Setting {
        /// Which setting.
        setting: String,
        /// What is wrong and what is expected.
        why: String,
    },
}

impl ConfigError {
    pub(super) fn setting(setting: impl Into<String>, why: impl Into<String>) -> Self {
        Self::Setting { setting: setting.into(), why: why.into() }
    }
}

/// The environment variable that holds a secret: `api_id` is in `KOPILKA_SMS_API_ID`.
pub fn secret_variable(secret: &str) -> String {
    format!("KOPILKA_SMS_{}", secret.to_ascii_uppercase())
}
