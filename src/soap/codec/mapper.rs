//! The codec by yaserde: slower than the direct one, and accepts elements in any order.

use xml::reader::{EventReader, ParserConfig};
use yaserde::{YaDeserialize, YaSerialize};

use crate::soap::{
    codec::CodecError,
    xml::characters::{is_xml_char, push_escaped},
};

/// A message from its canonical text.
///
/// # Errors
/// The text does not fit the type.
pub fn decode<T: YaDeserialize>(canonical: &str) -> Result<T, CodecError> {
    // Not yaserde's default settings: they trim, but white space in a string belongs to the value.
    let config = ParserConfig::new()
        .trim_whitespace(false)
        .whitespace_to_characters(true)
        .cdata_to_characters(true)
        .ignore_comments(true)
        .coalesce_characters(true);
    let reader = EventReader::new_with_config(canonical.as_bytes(), config);
    T::deserialize(&mut yaserde::de::Deserializer::new(reader)).map_err(CodecError::Map)
}

/// A message as text; see [`super::Message::to_text`].
///
/// # Errors
/// yaserde could not write the value.
pub fn encode<T: YaSerialize>(value: &T, prefix: &str, root: Option<&str>) -> Result<String, CodecError> {
    Ok(normalised(&written(value)?, prefix, root))
}

fn written<T: YaSerialize>(value: &T) -> Result<String, CodecError> {
    let config = yaserde::ser::Config { perform_indent: false, write_document_declaration: false, indent_string: None };
    yaserde::ser::to_string_with_config(value, &config).map_err(CodecError::Encode)
}

/// One linear pass over yaserde's text. Every element gets `prefix`, the root gets the name `root`, an empty element
/// becomes `<x/>`, and characters that XML forbids are removed. Text is escaped, so «<» always begins a tag.
fn normalised(written: &str, prefix: &str, root: Option<&str>) -> String {
    let mut out = String::with_capacity(written.len().saturating_mul(5) / 4);
    let mut depth = 0_usize;
    // Set right after a start tag: the position of its «>», in case its end tag follows at once.
    let mut opened_at: Option<usize> = None;
    for piece in written.split('<').skip(1) {
        let (tag, text) = piece.split_once('>').unwrap_or((piece, ""));
        let end = tag.strip_prefix('/');
        let empty = tag.ends_with('/');
        let name = end.unwrap_or(tag).trim_end_matches('/').split(' ').next().unwrap_or_default();
        depth = if end.is_some() { depth.saturating_sub(1) } else { depth };
        let name = if depth == 0 { root.unwrap_or(name) } else { name };
        depth = if end.is_none() && !empty { depth.saturating_add(1) } else { depth };
        match (end, opened_at) {
            (Some(_), Some(at)) => out.insert(at, '/'),
            (Some(_), None) => push_tag(&mut out, "</", prefix, name, ">"),
            (None, _) => push_tag(&mut out, "<", prefix, name, if empty { "/>" } else { ">" }),
        }
        opened_at = (end.is_none() && !empty && text.is_empty()).then(|| out.len().saturating_sub(1));
        push_text(&mut out, text);
    }
    out
}

fn push_tag(out: &mut String, before: &str, prefix: &str, name: &str, after: &str) {
    for piece in [before, prefix, name, after] {
        out.push_str(piece);
    }
}

/// Appends text that is already escaped, without characters that XML forbids and with carriage returns as references.
fn push_text(out: &mut String, escaped: &str) {
    if escaped.chars().all(|c| is_xml_char(c) && c != '\r') {
        out.push_str(escaped);
        return;
    }
    for c in escaped.chars() {
        match c {
            '&' => out.push('&'),
            _ => push_escaped(out, c.encode_utf8(&mut [0; 4])),
        }
    }
}
