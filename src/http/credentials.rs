//! Basic credentials in every form that clients send: any base64 alphabet, with or without padding, UTF-8 or
//! windows-1251. User names of 1C are Cyrillic, and its older versions encode them by the system's code page.

use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use hyper::header::{AUTHORIZATION, HeaderMap};
use zeroize::Zeroizing;

use crate::secret::Secret;

/// The challenge of a 401.
pub(super) const CHALLENGE: &str = r#"Basic realm="Kopilka", charset="UTF-8""#;

/// The longest base64 text that is decoded; names and passwords are far shorter.
const ENCODED_BYTES_MAX: usize = 2_048;

/// Lenient base64: old encoders leave garbage in the last bits, and some omit the padding.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A user's name and password, not yet checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The name, never empty.
    pub name: String,
    /// The password, possibly empty.
    pub password: Secret,
}

impl Credentials {
    /// From the value of an `Authorization` header; `None` when it is not Basic or cannot be read.
    #[must_use]
    pub fn parse(header: &[u8]) -> Option<Self> {
        let header = header.trim_ascii();
        let (scheme, encoded) = header.split_at(header.iter().position(|byte| matches!(byte, b' ' | b'\t'))?);
        let encoded = encoded.trim_ascii();
        if !scheme.eq_ignore_ascii_case(b"basic") || encoded.len() > ENCODED_BYTES_MAX {
            return None;
        }
        let standard: Zeroizing<Vec<u8>> = Zeroizing::new(encoded.iter().map(|byte| standard(*byte)).collect());
        let decoded = Zeroizing::new(LENIENT.decode(standard.as_slice()).ok()?);
        let text = text(&decoded);
        let (name, password) = text.split_once(':')?;
        if name.is_empty() || text.chars().any(char::is_control) {
            return None;
        }
        Some(Self { name: name.to_owned(), password: Secret::new(password) })
    }

    /// From a request's headers; `None` also when there are two `Authorization` headers.
    pub(super) fn from_headers(headers: &HeaderMap) -> Option<Self> {
        let mut values = headers.get_all(AUTHORIZATION).iter();
        let value = values.next()?;
        if values.next().is_some() { None } else { Self::parse(value.as_bytes()) }
    }
}

/// Maps the URL-safe alphabet's two letters to the standard ones.
const fn standard(byte: u8) -> u8 {
    match byte {
        b'-' => b'+',
        b'_' => b'/',
        other => other,
    }
}

/// UTF-8 when valid, else windows-1251: Cyrillic in windows-1251 is hardly ever valid UTF-8.
fn text(bytes: &[u8]) -> Zeroizing<String> {
    Zeroizing::new(match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => encoding_rs::WINDOWS_1251.decode_without_bom_handling(bytes).0.into_owned(),
    })
}

#[cfg(test)]
mod tests {
    use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE, BASE64_URL_SAFE_NO_PAD};

    use super::*;

    fn parsed(header: &str) -> Option<(String, String)> {
        Credentials::parse(header.as_bytes()).map(|c| (c.name, c.password.reveal().to_owned()))
    }

    fn pair(name: &str, password: &str) -> Option<(String, String)> {
        Some((name.to_owned(), password.to_owned()))
    }

    #[test]
    fn every_spelling_of_the_same_credentials_is_read() {
        let bytes = "till-1:???>>>ю~".as_bytes();
        let encoded = [
            BASE64_STANDARD.encode(bytes),
            BASE64_STANDARD_NO_PAD.encode(bytes),
            BASE64_URL_SAFE.encode(bytes),
            BASE64_URL_SAFE_NO_PAD.encode(bytes),
        ];
        for encoded in encoded {
            for scheme in ["Basic ", "basic ", "BASIC  ", " bAsIc\t"] {
                assert_eq!(parsed(&format!("{scheme}{encoded}")), pair("till-1", "???>>>ю~"), "{scheme}{encoded}");
            }
        }
    }

    #[test]
    fn cyrillic_names_are_read_in_both_encodings() {
        let utf8 = BASE64_STANDARD.encode("Касса1:Пароль");
        let (cp1251, _, _) = encoding_rs::WINDOWS_1251.encode("Касса1:Пароль");
        for encoded in [utf8, BASE64_STANDARD.encode(cp1251)] {
            assert_eq!(parsed(&format!("Basic {encoded}")), pair("Касса1", "Пароль"));
        }
    }

    #[test]
    fn the_name_ends_at_the_first_colon_and_a_password_may_be_empty() {
        assert_eq!(parsed(&format!("Basic {}", BASE64_STANDARD.encode("a:b:c"))), pair("a", "b:c"));
        assert_eq!(parsed(&format!("Basic {}", BASE64_STANDARD.encode("a:"))), pair("a", ""));
    }

    #[test]
    fn what_cannot_be_credentials_is_none() {
        let no_colon = format!("Basic {}", BASE64_STANDARD.encode("anna"));
        let no_name = format!("Basic {}", BASE64_STANDARD.encode(":secret"));
        let control = format!("Basic {}", BASE64_STANDARD.encode("a:b\r\nc"));
        let bearer = format!("Bearer {}", BASE64_STANDARD.encode("a:b"));
        let endless = format!("Basic {}", BASE64_STANDARD.encode("a:".repeat(5_000)));
        for header in ["", "Basic", "Basic ", "Basic !!!", "Digest x", &no_colon, &no_name, &control, &bearer, &endless]
        {
            assert_eq!(parsed(header), None, "{header}");
        }
    }

    #[test]
    fn any_bytes_give_a_plain_name_or_nothing() {
        let mut found: u32 = 0;
        for length in 0..=255_u8 {
            let bytes: Vec<u8> = (0..length).map(|i| i.wrapping_mul(37).wrapping_add(length)).collect();
            let encoded = format!("Basic {}", BASE64_STANDARD.encode(&bytes));
            for header in [[b"Basic ".as_slice(), &bytes].concat(), bytes, encoded.into_bytes()] {
                let Some(credentials) = Credentials::parse(&header) else { continue };
                found += 1;
                let name = &credentials.name;
                assert!(!name.is_empty() && !name.contains(':') && !name.chars().any(char::is_control), "{name:?}");
            }
        }
        let plain = format!("Basic {}", BASE64_STANDARD.encode("касса:пароль"));
        assert_eq!(Credentials::parse(plain.as_bytes()).map(|credentials| credentials.name), Some("касса".into()));
        assert!(found < 768, "nothing was refused");
    }

    #[test]
    fn a_password_is_not_shown() {
        let credentials = Credentials { name: "anna".into(), password: Secret::new("s3cret") };
        assert!(!format!("{credentials:?}").contains("s3cret"));
    }

    #[test]
    fn two_headers_are_as_good_as_none() {
        let mut headers = HeaderMap::new();
        let value = format!("Basic {}", BASE64_STANDARD.encode("a:b"));
        headers.append(AUTHORIZATION, value.parse().unwrap());
        assert!(Credentials::from_headers(&headers).is_some());
        headers.append(AUTHORIZATION, value.parse().unwrap());
        assert!(Credentials::from_headers(&headers).is_none());
    }
}
