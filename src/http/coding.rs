//! Content codings: of request bodies, and gzip for answers.

use std::io::{self, Write};

use flate2::{Compression, write::GzEncoder};
use hyper::{
    body::Bytes,
    header::{ACCEPT_ENCODING, CONTENT_ENCODING, HeaderMap},
};

use crate::http::Answer;

/// The accepted codings, for a 415.
pub(super) const ACCEPTED: &str = "gzip, identity";

/// The content coding of a request's body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    Identity,
    Gzip,
}

impl Coding {
    /// The coding of a request; `None` when it is unknown or applied more than once.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let mut found = Self::Identity;
        for value in headers.get_all(CONTENT_ENCODING) {
            for coding in value.as_bytes().split(|byte| *byte == b',').map(<[u8]>::trim_ascii) {
                if is_gzip(coding) && found == Self::Identity {
                    found = Self::Gzip;
                } else if !coding.is_empty() && !coding.eq_ignore_ascii_case(b"identity") {
                    return None;
                }
            }
        }
        Some(found)
    }
}

/// Whether the client names gzip. `*` does not count.
pub(super) fn is_gzip_asked(headers: &HeaderMap) -> bool {
    let lists = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    lists.flat_map(|list| list.split(',')).any(|wish| {
        let (coding, parameters) = wish.split_once(';').unwrap_or((wish, ""));
        is_gzip(coding.trim().as_bytes()) && !is_refused(parameters)
    })
}

/// `q=0`, with any number of zeroes.
fn is_refused(parameters: &str) -> bool {
    let quality = parameters.split(';').filter_map(|pair| pair.split_once('='));
    let mut quality = quality.filter(|(name, _)| name.trim().eq_ignore_ascii_case("q")).map(|(_, value)| value.trim());
    quality.any(|value| !value.is_empty() && value.bytes().all(|byte| matches!(byte, b'0' | b'.')))
}

fn is_gzip(coding: &[u8]) -> bool {
    coding.eq_ignore_ascii_case(b"gzip") || coding.eq_ignore_ascii_case(b"x-gzip")
}

/// The answer, compressed when the client accepts gzip and the answer is long enough. `Vary` is set either way, for
/// caches.
pub(super) fn coded(mut answer: Answer, gzip_asked: bool, bytes_min: usize) -> Answer {
    if answer.status != 304 && (answer.body.is_empty() || answer.body.len() < bytes_min) {
        return answer;
    }
    match answer.headers.iter_mut().find(|(name, _)| *name == "Vary") {
        Some((_, varies)) => varies.push_str(", Accept-Encoding"),
        None => answer.headers.push(("Vary", "Accept-Encoding".to_owned())),
    }
    if !gzip_asked || answer.body.is_empty() {
        return answer;
    }
    match packed(&answer.body) {
        Ok(packed) if packed.len() < answer.body.len() => {
            answer.body = Bytes::from(packed);
            answer.headers.push(("Content-Encoding", "gzip".to_owned()));
            // A weak ETag: the same content, but other bytes.
            for (_, tag) in answer.headers.iter_mut().filter(|(name, tag)| *name == "ETag" && !tag.starts_with("W/")) {
                tag.insert_str(0, "W/");
            }
        }
        Ok(_) => {}
        Err(error) => tracing::warn!(%error, "an answer could not be packed and is sent as it is"),
    }
    answer
}

/// One gzip member at the fastest level: XML compresses well at any level.
pub(super) fn packed(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
    packer.write_all(bytes)?;
    packer.finish()
}

#[cfg(test)]
mod tests {
    use hyper::header::{HeaderName, HeaderValue};

    use super::*;

    fn headers(name: HeaderName, values: &[&'static str]) -> HeaderMap {
        values.iter().map(|value| (name.clone(), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn a_coding_is_none_or_gzip_once() {
        let of = |values: &[&'static str]| Coding::of(&headers(CONTENT_ENCODING, values));
        for values in [&[][..], &[""], &["identity"], &["Identity, "]] {
            assert_eq!(of(values), Some(Coding::Identity), "{values:?}");
        }
        for values in [&["gzip"][..], &["X-GZIP"], &["identity, gzip"], &["gzip", "identity"]] {
            assert_eq!(of(values), Some(Coding::Gzip), "{values:?}");
        }
        for values in [&["deflate"][..], &["br"], &["gzip, gzip"], &["gzip", "gzip"], &["gzip, br"], &["zip"]] {
            assert_eq!(of(values), None, "{values:?}");
        }
    }

    #[test]
    fn gzip_is_asked_for_by_name() {
        let asked = |values: &[&'static str]| is_gzip_asked(&headers(ACCEPT_ENCODING, values));
        for values in [&["gzip"][..], &["deflate, GZIP"], &["br", "x-gzip;q=0.5"], &["gzip; q=1.0"], &["gzip;q=0.001"]]
        {
            assert!(asked(values), "{values:?}");
        }
        for values in [&[][..], &[""], &["identity"], &["*"], &["gzip;q=0"], &["gzip ; Q=0.000"], &["gzipped"]] {
            assert!(!asked(values), "{values:?}");
        }
    }

    #[test]
    fn only_long_answers_that_shrink_are_packed() {
        let answer = |body: Vec<u8>| Answer {
            status: 200,
            content_type: "x",
            body: body.into(),
            headers: vec![],
            log: crate::telemetry::LogFields::default(),
        };
        let is_packed = |answer: &Answer| answer.headers.iter().any(|(name, _)| *name == "Content-Encoding");
        assert!(is_packed(&coded(answer(vec![b'x'; 100]), true, 100)));
        assert!(!is_packed(&coded(answer(vec![b'x'; 99]), true, 100)));
        assert!(!is_packed(&coded(answer(vec![b'x'; 100]), false, 100)));
        assert!(!is_packed(&coded(answer(b"abc".to_vec()), true, 0)), "gzip's own header is longer");
        assert!(!is_packed(&coded(answer(vec![]), true, 0)));
    }
}
