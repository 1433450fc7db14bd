//! Bytes to text: UTF-8 with or without a byte order mark, UTF-16 with one, windows-1251 when it is named.
//!
//! Up to three places can name the encoding: the mark, the `charset` of Content-Type, the XML declaration. They must
//! agree: two readers that resolve a conflict differently would read two different requests.

use std::borrow::Cow;

use encoding_rs::{UTF_16BE, UTF_16LE, WINDOWS_1251};

use crate::soap::{
    fault::FaultKind,
    xml::{characters::is_space, failure::Failure},
};

/// The greatest length of the XML declaration, in bytes.
const DECLARATION_BYTES_MAX: usize = 256;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Charset {
    Utf8,
    Utf16,
    Windows1251,
}

/// The document's text without its byte order mark.
///
/// # Errors
/// An unsupported charset, a conflict between the places that name it, or bytes that it does not allow.
pub(crate) fn decode<'a>(body: &'a [u8], charset_hint: Option<&str>) -> Result<Cow<'a, str>, Failure> {
    let hint = charset_hint.map(named).transpose()?.flatten();
    if let Some(text) = decode_marked_utf16(body)? {
        agree(Charset::Utf16, hint)?;
        agree(Charset::Utf16, declared(&text)?)?;
        return Ok(Cow::Owned(text));
    }
    let (marked, bytes) = match body.strip_prefix(b"\xEF\xBB\xBF") {
        Some(rest) => (Some(Charset::Utf8), rest),
        None => (None, body),
    };
    let head = bytes.get(..DECLARATION_BYTES_MAX).unwrap_or(bytes);
    let declared = declared(&String::from_utf8_lossy(head))?;
    let charset = marked.or(hint).or(declared).unwrap_or(Charset::Utf8);
    agree(charset, hint)?;
    agree(charset, declared)?;
    match charset {
        Charset::Utf8 => std::str::from_utf8(bytes).map(Cow::Borrowed).map_err(|error| {
            let valid = bytes.get(..error.valid_up_to()).unwrap_or_default();
            let message = "Текст не в UTF-8, а другая кодировка не названа. Отправляйте UTF-8 или назовите windows-1251 в объявлении XML.";
            Failure::in_prefix(FaultKind::MalformedXml, message, &String::from_utf8_lossy(valid))
        }),
        Charset::Windows1251 => WINDOWS_1251
            .decode_without_bom_handling_and_without_replacement(bytes)
            .ok_or_else(|| malformed("Названа windows-1251, но байты не в ней. Отправляйте UTF-8.")),
        Charset::Utf16 => Err(malformed("Названа UTF-16, но метки порядка байтов (BOM) нет. Добавьте её или отправляйте UTF-8.")),
    }
}

fn decode_marked_utf16(body: &[u8]) -> Result<Option<String>, Failure> {
    let (encoding, bytes) = if let Some(bytes) = body.strip_prefix(b"\xFF\xFE") {
        (UTF_16LE, bytes)
    } else if let Some(bytes) = body.strip_prefix(b"\xFE\xFF") {
        (UTF_16BE, bytes)
    } else {
        return Ok(None);
    };
    match encoding.decode_without_bom_handling_and_without_replacement(bytes) {
        Some(text) => Ok(Some(text.into_owned())),
        None => Err(malformed("Метка порядка байтов обещает UTF-16, но байты не в ней. Отправляйте UTF-8.")),
    }
}

fn agree(charset: Charset, other: Option<Charset>) -> Result<(), Failure> {
    match other {
        Some(other) if other != charset => Err(malformed(
            "Метка порядка байтов, Content-Type и объявление XML называют разные кодировки. Назовите одну и ту же.",
        )),
        Some(_) | None => Ok(()),
    }
}

fn malformed(what: &str) -> Failure {
    Failure::new(FaultKind::MalformedXml, what, 0)
}

/// The encoding with that name; an empty name has none.
fn named(name: &str) -> Result<Option<Charset>, Failure> {
    let name = name.trim_matches(|c: char| c == '"' || c == '\'' || is_space(c));
    let is = |known: &[&str]| known.iter().any(|other| name.eq_ignore_ascii_case(other));
    if name.is_empty() {
        Ok(None)
    } else if is(&["utf-8", "utf8", "us-ascii"]) {
        Ok(Some(Charset::Utf8))
    } else if is(&["windows-1251", "cp1251", "x-cp1251"]) {
        Ok(Some(Charset::Windows1251))
    } else if is(&["utf-16", "utf16", "utf-16le", "utf-16be"]) {
        Ok(Some(Charset::Utf16))
    } else {
        let what = "Эта кодировка не поддерживается. Отправляйте UTF-8, UTF-16 с меткой или windows-1251.";
        Err(Failure::new(FaultKind::UnsupportedMediaType, what, 0))
    }
}

/// The encoding in the XML declaration. The reader checks the declaration's form later.
fn declared(text: &str) -> Result<Option<Charset>, Failure> {
    let Some(declaration) = text.strip_prefix("<?xml").filter(|rest| rest.starts_with(is_space)) else {
        return Ok(None);
    };
    let Some((declaration, _)) = declaration.split_once("?>") else {
        return Ok(None);
    };
    let Some((_, rest)) = declaration.split_once("encoding") else {
        return Ok(None);
    };
    let value = rest.trim_start_matches(is_space).strip_prefix('=').unwrap_or_default().trim_start_matches(is_space);
    let quote = value.chars().next().unwrap_or('"');
    named(value.trim_start_matches(quote).split(quote).next().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str, big: bool) -> Vec<u8> {
        let unit = |u: u16| if big { u.to_be_bytes() } else { u.to_le_bytes() };
        std::iter::once(0xFEFF).chain(text.encode_utf16()).flat_map(unit).collect()
    }

    #[test]
    fn every_promised_encoding_is_read() {
        let text = "<?xml version='1.0'?><a>Ёж</a>";
        assert_eq!(decode(text.as_bytes(), None).unwrap(), text);
        assert_eq!(decode(format!("\u{FEFF}{text}").as_bytes(), Some("UTF-8")).unwrap(), text);
        assert_eq!(decode(&utf16(text, true), None).unwrap(), text);
        assert_eq!(decode(&utf16(text, false), Some("utf-16")).unwrap(), text);
        let (bytes, _, _) = WINDOWS_1251.encode(text);
        assert_eq!(decode(&bytes, Some("\"Windows-1251\"")).unwrap(), text);
        let declared = "<?xml version=\"1.0\" encoding = 'windows-1251'?><a>Ёж</a>";
        let (bytes, _, _) = WINDOWS_1251.encode(declared);
        assert_eq!(decode(&bytes, None).unwrap(), declared);
    }

    #[test]
    fn a_conflict_is_refused_and_not_resolved() {
        let declared = "<?xml version=\"1.0\" encoding=\"windows-1251\"?><a/>";
        let fault = |body: &[u8], hint| decode(body, hint).unwrap_err().fault;
        assert_eq!(fault(declared.as_bytes(), Some("utf-8")), FaultKind::MalformedXml);
        assert_eq!(fault(format!("\u{FEFF}{declared}").as_bytes(), None), FaultKind::MalformedXml);
        assert_eq!(fault(&utf16(declared, false), None), FaultKind::MalformedXml);
        assert_eq!(fault(b"<a/>", Some("utf-16")), FaultKind::MalformedXml);
        assert_eq!(fault(b"<a/>", Some("koi8-r")), FaultKind::UnsupportedMediaType);
    }

    #[test]
    fn bytes_outside_the_encoding_are_refused_where_they_stand() {
        let failure = decode(b"<a>\n\xD0\x9F\xFF</a>", None).unwrap_err();
        assert_eq!(failure.fault, FaultKind::MalformedXml);
        assert_eq!(failure.place(""), (2, 2));
        assert!(decode(b"\xFF\xFE<\x00a", None).is_err());
        assert!(decode(b"\xFF\xFE\x00\xD8", None).is_err());
    }
}
