//! The lexical rules of XML 1.0 (fifth edition) and Namespaces in XML: characters, names, references, escaping.

/// Whether XML 1.0 allows `c` in a document, literally or as a reference.
#[must_use]
pub(crate) const fn is_xml_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..='\u{10FFFF}')
}

/// Whether `c` is one of the four characters that XML calls white space.
#[must_use]
pub(crate) const fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r')
}

/// Whether `text` is nothing but XML white space.
#[must_use]
pub(crate) fn is_blank(text: &str) -> bool {
    text.chars().all(is_space)
}

/// The byte offset of the first character that XML forbids.
#[must_use]
pub(crate) fn first_forbidden(text: &str) -> Option<usize> {
    text.char_indices().find(|(_, c)| !is_xml_char(*c)).map(|(offset, _)| offset)
}

/// Whether `name` is a name without a colon (an `NCName`).
#[must_use]
pub(crate) fn is_ncname(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(is_name_start) && chars.all(is_name_part)
}

/// Splits a qualified name in prefix (empty when there is none) and local part; `None` when it is no such name.
#[must_use]
pub(crate) fn split_qname(name: &str) -> Option<(&str, &str)> {
    let (prefix, local) = match name.split_once(':') {
        Some((prefix, local)) if is_ncname(prefix) => (prefix, local),
        Some(_) => return None,
        None => ("", name),
    };
    is_ncname(local).then_some((prefix, local))
}

/// The character that a reference stands for; `body` is what is between `&` and `;`.
///
/// Only the five predefined entities and references to characters that XML allows are known.
#[must_use]
pub(crate) fn resolve_reference(body: &str) -> Option<char> {
    let c = match body {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        _ => {
            let digits = body.strip_prefix('#')?;
            let (digits, radix) = digits.strip_prefix('x').map_or((digits, 10), |hex| (hex, 16));
            // The standard parser would accept a sign, which XML does not allow.
            if !digits.chars().all(|c| c.is_ascii_hexdigit()) {
                return None;
            }
            char::from_u32(u32::from_str_radix(digits, radix).ok()?)?
        }
    };
    is_xml_char(c).then_some(c)
}

/// Appends `text` as element content: markup escaped, a carriage return kept as a reference (a reader would turn it
/// into a line feed), characters that XML forbids dropped.
pub(crate) fn push_escaped(out: &mut String, text: &str) {
    let mut rest = text;
    while let Some(offset) = rest.find(|c: char| !is_plain(c)) {
        let (plain, special) = rest.split_at(offset);
        out.push_str(plain);
        let mut chars = special.chars();
        match chars.next() {
            Some('&') => out.push_str("&amp;"),
            Some('<') => out.push_str("&lt;"),
            Some('>') => out.push_str("&gt;"),
            Some('\r') => out.push_str("&#13;"),
            Some(_) | None => {}
        }
        rest = chars.as_str();
    }
    out.push_str(rest);
}

/// Whether `c` stands for itself in element content.
const fn is_plain(c: char) -> bool {
    !matches!(c, '&' | '<' | '>' | '\r') && is_xml_char(c)
}

const fn is_name_start(c: char) -> bool {
    matches!(c,
        'A'..='Z' | '_' | 'a'..='z' | '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}' | '\u{F8}'..='\u{2FF}'
        | '\u{370}'..='\u{37D}' | '\u{37F}'..='\u{1FFF}' | '\u{200C}'..='\u{200D}' | '\u{2070}'..='\u{218F}'
        | '\u{2C00}'..='\u{2FEF}' | '\u{3001}'..='\u{D7FF}' | '\u{F900}'..='\u{FDCF}' | '\u{FDF0}'..='\u{FFFD}'
        | '\u{10000}'..='\u{EFFFF}')
}

const fn is_name_part(c: char) -> bool {
    is_name_start(c) || matches!(c, '-' | '.' | '0'..='9' | '\u{B7}' | '\u{300}'..='\u{36F}' | '\u{203F}'..='\u{2040}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_one_colon_at_most_and_starts_with_a_letter() {
        assert_eq!(split_qname("soap:Body"), Some(("soap", "Body")));
        assert_eq!(split_qname("Товар-1.2"), Some(("", "Товар-1.2")));
        for wrong in ["", ":", "a:", ":a", "a:b:c", "1a", "-a", "a b", "a/", "a:1"] {
            assert_eq!(split_qname(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn only_five_entities_and_allowed_characters_are_known() {
        assert_eq!(resolve_reference("#1055"), Some('П'));
        assert_eq!(resolve_reference("#x41F"), Some('П'));
        for wrong in ["nbsp", "", "#", "#x", "#+65", "#x-41", "#0", "#8", "#xD800", "#xFFFE", "#x110000", "#X41", "#4F"]
        {
            assert_eq!(resolve_reference(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn escaping_keeps_what_is_allowed_and_drops_the_rest() {
        let mut out = String::new();
        push_escaped(&mut out, "a<b>&\"c'\r\n\t\u{0}\u{B}\u{FFFF}ы");
        assert_eq!(out, "a&lt;b&gt;&amp;\"c'&#13;\n\tы");
    }
}
