//! A secret text in memory: a password, a key, a provider's credential.
//!
//! The type is not `secrecy`'s, because it must be comparable, readable from a configuration and shown masked.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

/// The replacement of a secret in output.
const MASK: &str = "***";

/// A secret text. It is wiped from memory when dropped, shows itself as `***`, and is compared in a time that tells
/// nothing but whether the lengths are equal.
#[derive(Clone, Default)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Wraps the text.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The text itself.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
    }
}

impl Eq for Secret {}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(MASK)
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_never_shown_or_written_out() {
        let secret = Secret::new("s3cret");
        assert_eq!(format!("{secret:?}"), "***");
        assert_eq!(serde_json::to_string(&secret).unwrap(), "\"***\"");
        assert_eq!(secret.reveal(), "s3cret");
    }

    #[test]
    fn equal_secrets_are_equal() {
        assert_eq!(serde_json::from_str::<Secret>("\"пароль\"").unwrap(), Secret::new("пароль"));
        for other in ["", "парол", "парольь", "Пароль"] {
            assert_ne!(Secret::new(other), Secret::new("пароль"), "{other}");
        }
    }
}
