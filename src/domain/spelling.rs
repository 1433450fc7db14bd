//! The one spelling of what people type and tills send: white space at the edges, characters that nobody sees, letters
//! that can be written in two ways, digits of a wide font.

use std::{borrow::Cow, ops::RangeInclusive};

use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark, is_nfc};

/// Unicode's property `Default_Ignorable_Code_Point` (DerivedCoreProperties.txt of Unicode 16.0). The whole property and no
/// choice of our own: each such character makes a second card that looks like the first. A test compares it with the tables of
/// another crate.
const UNSEEN: [RangeInclusive<char>; 17] = [
    '\u{ad}'..='\u{ad}',
    '\u{34f}'..='\u{34f}',
    '\u{61c}'..='\u{61c}',
    '\u{115f}'..='\u{1160}',
    '\u{17b4}'..='\u{17b5}',
    '\u{180b}'..='\u{180f}',
    '\u{200b}'..='\u{200f}',
    '\u{202a}'..='\u{202e}',
    '\u{2060}'..='\u{206f}',
    '\u{3164}'..='\u{3164}',
    '\u{fe00}'..='\u{fe0f}',
    '\u{feff}'..='\u{feff}',
    '\u{ffa0}'..='\u{ffa0}',
    '\u{fff0}'..='\u{fff8}',
    '\u{1bca0}'..='\u{1bca3}',
    '\u{1d173}'..='\u{1d17a}',
    '\u{e0000}'..='\u{e0fff}',
];
/// The full-width zero; the other nine digits follow it.
const WIDE_ZERO: char = '\u{ff10}';

/// Whether nobody sees the character: zero width spaces, joiners, direction marks, soft hyphens, variation selectors and
/// the like (Unicode's property `Default_Ignorable_Code_Point`).
#[must_use]
pub fn is_unseen(character: char) -> bool {
    // Cyrillic and Latin text goes past with two comparisons.
    character >= '\u{ad}' && UNSEEN.iter().any(|range| range.contains(&character))
}

/// Whether it is white space of any kind, or nobody sees it.
#[must_use]
pub fn is_blank(character: char) -> bool {
    character.is_whitespace() || is_unseen(character)
}

/// Whether it is a hyphen, a dash or a minus.
#[must_use]
pub const fn is_dash(character: char) -> bool {
    matches!(character, '-' | '\u{2010}'..='\u{2015}' | '\u{2043}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' | '\u{ff0d}')
}

/// Whether it stands on the letter before it, as an accent does.
#[must_use]
pub fn is_mark(character: char) -> bool {
    is_combining_mark(character)
}

/// The ASCII digit for a digit as people read it: itself, or the full-width one.
#[must_use]
pub fn digit(character: char) -> Option<char> {
    let wide = u32::from(character).checked_sub(u32::from(WIDE_ZERO)).and_then(|value| char::from_digit(value, 10));
    if character.is_ascii_digit() { Some(character) } else { wide }
}

/// The one spelling of a name: without white space at its edges and characters that nobody sees, its letters composed
/// (Unicode's form NFC). White space within it and the case of its letters count.
#[must_use]
pub fn tidy(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text.trim());
    }
    let seen: Cow<'_, str> = if text.contains(is_unseen) {
        Cow::Owned(text.chars().filter(|character| !is_unseen(*character)).collect())
    } else {
        Cow::Borrowed(text)
    };
    match seen {
        Cow::Borrowed(text) if is_nfc(text.trim()) => Cow::Borrowed(text.trim()),
        Cow::Borrowed(text) => Cow::Owned(text.trim().nfc().collect()),
        Cow::Owned(text) => Cow::Owned(text.trim().nfc().collect()),
    }
}

/// An operation key in its one spelling ([`tidy`]); as it was sent when there would be nothing left of it. Read from a file it may end
/// with a line feed, and must still name the operation that was sent without.
#[must_use]
pub fn operation_key(text: &str) -> String {
    let key = tidy(text);
    if key.is_empty() { text.to_owned() } else { key.into_owned() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_name_has_one_spelling_and_its_inner_blanks_and_case_count() {
        for text in
            ["касса й", " касса й\t\r\n", "\u{a0}касса и\u{306}\u{2009}", "\u{feff}ка\u{ad}сса\u{200b} й\u{3000}"]
        {
            assert_eq!(tidy(text), "касса й", "{text:?}");
        }
        assert_eq!(tidy("e\u{301}"), "é");
        assert!(matches!(tidy("kassa"), Cow::Borrowed("kassa")));
        assert!(matches!(tidy(" касса 1 "), Cow::Borrowed("касса 1")));
        for (one, other) in [("касса  1", "касса 1"), ("Касса", "касса"), ("a b", "ab")] {
            assert_ne!(tidy(one), tidy(other));
        }
    }

    #[test]
    fn what_nobody_sees_is_told_by_unicode_s_property() {
        let property = regex_syntax::parse(r"\p{Default_Ignorable_Code_Point}").unwrap();
        let regex_syntax::hir::HirKind::Class(regex_syntax::hir::Class::Unicode(class)) = property.kind() else {
            panic!("{property:?}")
        };
        let theirs: Vec<_> = class.iter().map(|range| range.start()..=range.end()).collect();
        assert_eq!(UNSEEN.to_vec(), theirs);
        let (first, last) = (is_unseen('\u{ad}'), is_unseen('\u{e0fff}'));
        assert!(first && last && !is_unseen('\u{ae}') && !is_unseen('й') && !is_unseen(' '));
    }

    #[test]
    fn an_operation_key_is_never_empty() {
        assert_eq!([operation_key(" k1\n"), operation_key("k 1"), operation_key(" \t")], ["k1", "k 1", " \t"]);
    }

    #[test]
    fn a_digit_is_read_in_a_wide_font_too_and_in_no_other_script() {
        let read: Vec<_> = "0９x٣५".chars().map(digit).collect();
        assert_eq!(read, [Some('0'), Some('9'), None, None, None]);
    }

    #[test]
    fn an_accent_is_a_mark_and_a_letter_is_not() {
        assert!(['\u{301}', '\u{306}', '\u{489}', '\u{20dd}'].into_iter().all(is_mark));
        assert!(!['й', 'é', ' ', '1', '\u{200b}'].into_iter().any(is_mark));
    }

    proptest! {
        /// The one spelling is its own, has nothing at its edges and nothing that nobody sees.
        #[test]
        fn a_spelling_is_its_own(text in any::<String>(), edge in "[ \t\r\n\u{a0}\u{3000}\u{200b}]{0,4}") {
            let once = tidy(&text).into_owned();
            prop_assert_eq!(tidy(&once).into_owned(), once.clone());
            prop_assert_eq!(once.trim(), once.as_str());
            prop_assert!(!once.contains(is_unseen));
            let edged = format!("{edge}{text}{edge}");
            prop_assert_eq!(tidy(&edged).into_owned(), once);
        }
    }
}
