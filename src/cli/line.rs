//! Texts of callers on the terminal.

/// A text on one line. Line breaks and bidirectional controls are escaped, so that a caller cannot forge output lines.
pub(super) fn one_line(text: &str) -> String {
    let turns = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() || turns(c) {
            line.extend(c.escape_default());
        } else {
            line.push(c);
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_begins_a_line_of_its_own() {
        assert_eq!(one_line("k-1\n── 2026-11-30\r\u{85}"), "k-1\\n── 2026-11-30\\r\\u{85}");
        assert_eq!(one_line("a\u{202e}b\u{1b}[2K"), "a\\u{202e}b\\u{1b}[2K");
        assert_eq!(one_line("Ёж 1"), "Ёж 1");
    }
}
