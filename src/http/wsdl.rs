//! Serves the WSDL byte for byte, except for its address.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use hyper::{
    body::Bytes,
    header::{HeaderMap, IF_MODIFIED_SINCE, IF_NONE_MATCH},
};
use sha2::{Digest, Sha256};

use crate::{http::Answer, telemetry::LogFields};

/// The elements whose `location` is replaced.
const ADDRESS_TAGS: [&str; 2] = ["<soapbind:address ", "<soap12bind:address "];
const LOCATION: &str = "location=\"";
const HTTP_DATE: &str = "%a, %d %b %Y %H:%M:%S GMT";
/// Bytes of the digest in an ETag.
const ETAG_BYTES: usize = 16;

/// A service's WSDL, as in the repository.
#[derive(Debug, Clone)]
pub struct WsdlPage {
    /// The text, with any address in `location` of `soapbind:address` and `soap12bind:address`.
    pub text: Arc<str>,
    /// When the contract was published.
    pub last_modified: DateTime<Utc>,
}

impl WsdlPage {
    /// The answer to a GET or HEAD: the text with `address` in it, or 304 when the client has it.
    pub(super) fn answer(&self, address: &str, headers: &HeaderMap) -> Answer {
        let text = with_address(&self.text, address);
        let etag = etag(text.as_bytes());
        let unchanged = self.is_known(&etag, headers);
        Answer {
            status: if unchanged { 304 } else { 200 },
            content_type: "text/xml; charset=utf-8",
            body: if unchanged { Bytes::new() } else { Bytes::from(text) },
            log: LogFields::default(),
            headers: vec![
                ("ETag", etag),
                ("Last-Modified", self.last_modified.format(HTTP_DATE).to_string()),
                // A cache must revalidate, and must not give one host's address to clients of another.
                ("Cache-Control", "no-cache".to_owned()),
                ("Vary", "Host, X-Forwarded-Host, X-Forwarded-Proto".to_owned()),
            ],
        }
    }

    /// `If-None-Match` takes precedence where it is given, as HTTP requires.
    fn is_known(&self, etag: &str, headers: &HeaderMap) -> bool {
        if headers.contains_key(IF_NONE_MATCH) {
            let lists = headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
            return lists.flat_map(|list| list.split(',')).any(|known| {
                let known = known.trim();
                known == "*" || known.strip_prefix("W/").unwrap_or(known) == etag
            });
        }
        let since = headers.get(IF_MODIFIED_SINCE).and_then(|value| value.to_str().ok());
        let since = since.and_then(|text| DateTime::parse_from_rfc2822(text.trim()).ok());
        since.is_some_and(|since| self.last_modified.timestamp() <= since.timestamp())
    }
}

/// The text with every address replaced.
fn with_address(text: &str, address: &str) -> String {
    let address = attribute(address);
    let mut replaced = String::with_capacity(text.len().saturating_add(address.len()));
    let mut rest = text;
    while let Some((start, end)) = next_location(rest) {
        let (before, from_value) = rest.split_at(start);
        replaced.push_str(before);
        replaced.push_str(&address);
        rest = from_value.get(end.saturating_sub(start)..).unwrap_or_default();
    }
    replaced.push_str(rest);
    replaced
}

/// The range of the next address's value.
fn next_location(text: &str) -> Option<(usize, usize)> {
    let tag = ADDRESS_TAGS.iter().filter_map(|tag| text.find(tag)).min()?;
    let inside = text.get(tag..)?;
    let inside = inside.get(..inside.find('>')?)?;
    let start = tag.saturating_add(inside.find(LOCATION)?).saturating_add(LOCATION.len());
    let end = start.saturating_add(text.get(start..)?.find('"')?);
    Some((start, end))
}

fn attribute(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

/// Computed from the bytes that are sent, so another address has another tag.
fn etag(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    let hexadecimal: String = digest.iter().take(ETAG_BYTES).map(|byte| format!("{byte:02x}")).collect();
    format!("\"{hexadecimal}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\u{feff}<d>\r\n<soapbind:address location=\"http://a/\"/>\n<p location=\"kept\"/>\
                        <soap12bind:address x='1' location=\"http://b/\"/> </d>\n";

    #[test]
    fn only_the_two_addresses_are_replaced() {
        let expected = TEXT.replace("http://a/", "https://x/ws/pos_1").replace("http://b/", "https://x/ws/pos_1");
        assert_eq!(with_address(TEXT, "https://x/ws/pos_1"), expected);
        assert_eq!(with_address("<a/>", "x"), "<a/>");
    }

    #[test]
    fn a_broken_tag_is_left_as_it_is() {
        for text in ["<soapbind:address ", "<soapbind:address location=\"x", "<soapbind:address >", ""] {
            assert_eq!(with_address(text, "http://x/"), text);
        }
    }

    #[test]
    fn the_address_is_escaped() {
        let text = with_address("<soapbind:address location=\"\"/>", "http://x/\"><&");
        assert_eq!(text, "<soapbind:address location=\"http://x/&quot;>&lt;&amp;\"/>");
    }

    #[test]
    fn another_address_is_another_tag() {
        assert_ne!(etag(b"http://a/"), etag(b"http://b/"));
        assert_eq!(etag(b"").len(), 2 * ETAG_BYTES + 2);
    }
}
