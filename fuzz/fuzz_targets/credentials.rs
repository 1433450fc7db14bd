//! The Authorization header on any bytes: what is read from it can be written again and read the same.
#![no_main]

use base64::{Engine, prelude::BASE64_STANDARD};
use libfuzzer_sys::fuzz_target;

use kopilka::http::Credentials;

/// Text of so many bytes is surely short enough to be read when it is written again.
const WRITTEN_AGAIN_BYTES_MAX: usize = 1_024;

fuzz_target!(|bytes: &[u8]| {
    check(bytes);
    check(&[b"Basic ", bytes].concat());
    check(format!("Basic {}", BASE64_STANDARD.encode(bytes)).as_bytes());
});

fn check(header: &[u8]) {
    let Some(credentials) = Credentials::parse(header) else { return };
    let (name, password) = (credentials.name.as_str(), credentials.password.reveal());
    assert!(!name.is_empty() && !name.contains(':'), "no name can be that");
    assert!(!name.chars().chain(password.chars()).any(char::is_control), "a control character was let through");
    let text = format!("{name}:{password}");
    if text.len() <= WRITTEN_AGAIN_BYTES_MAX {
        let again = Credentials::parse(format!("Basic {}", BASE64_STANDARD.encode(text)).as_bytes());
        assert_eq!(again.as_ref(), Some(&credentials), "the same credentials are read differently");
    }
}
