//! A customer's identifier at the till: a phone in any notation, or a card number.

use std::fmt;

/// The fewest digits of an international number, the country's code included.
const PHONE_DIGITS_MIN: usize = 8;
/// The most digits of an international number (E.164).
const PHONE_DIGITS_MAX: usize = 15;
/// The digits of a Russian number without the country's code.
const RUSSIAN_DIGITS: usize = 10;
/// The longest identifier that the contract allows, in characters.
const IDENTIFIER_CHARACTERS_MAX: usize = 64;

/// A phone number in E.164.
///
/// `Debug` hides it and there is no `Display`: a number gets into a text only through [`Phone::masked`] or
/// [`Phone::as_e164`].
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Phone(String);

impl Phone {
    /// Reads a phone as people write it; `None` when it is not a whole number.
    ///
    /// Digits may be set apart by spaces of any kind, dashes, dots and brackets. Understood are
    ///
    /// - Russian numbers: `+7` or `7` or `8` and ten digits, or the ten digits alone when they begin with 9, 4 or 3
    ///   (ten digits that begin with 8 are more often an eleven-digit number with one digit lost);
    /// - `+8 9…` with eleven digits, a slip for `8 9…`: no country has such a code;
    /// - numbers of other countries after `+`, `00`, or `8 10`: 8 to 15 digits with the country's code.
    ///
    /// Anything else among the digits («тел.», an extension) makes it unreadable, so that no digit is guessed.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim_matches(is_blank);
        let (has_plus, rest) = text.strip_prefix('+').map_or((false, text), |rest| (true, rest));
        if !rest.chars().all(|c| c.is_ascii_digit() || is_phone_separator(c)) {
            return None;
        }
        let digits: String = rest.chars().filter(char::is_ascii_digit).collect();
        let international = if has_plus { international_after_plus(&digits) } else { international_of(&digits) };
        international.map(|digits| Self(format!("+{digits}")))
    }

    /// The number as `+` and digits: «+79161234567».
    #[must_use]
    pub fn as_e164(&self) -> &str {
        &self.0
    }

    /// The masked form, for cashiers and for printing: «+7 916 ***-**-67», «+44*******89».
    #[must_use]
    pub fn masked(&self) -> String {
        let digits = self.0.trim_start_matches('+');
        let last = digits.get(digits.len().saturating_sub(2)..).unwrap_or_default();
        if let Some(code) = russian(digits).and_then(|national| national.get(..3)) {
            return format!("+7 {code} ***-**-{last}");
        }
        let first = digits.get(..2).unwrap_or_default();
        let hidden = "*".repeat(digits.len().saturating_sub(4));
        format!("+{first}{hidden}{last}")
    }
}

impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Phone(***)")
    }
}

/// A customer's identifier as the till sent it.
///
/// `Debug` shows the kind only: with a card number in hand one can accrue and ask for balances.
#[derive(Clone, PartialEq, Eq)]
pub enum Identifier {
    /// It can only be a phone.
    Phone(Phone),
    /// It can only be a card number or the token of a wallet card.
    Card(String),
    /// It can be both: the card of this number or, without one, the customer with this phone.
    Either {
        /// The text as a card number.
        card: String,
        /// The text as a phone.
        phone: Phone,
    },
}

impl Identifier {
    /// Tells a card number from a phone; `None` when it is empty, too long, unprintable, or a broken `+` number.
    ///
    /// There are card numbers of 10 and 11 digits that read as phones, so digits alone cannot always tell; the store
    /// then looks the card number up first, because a scanned card must never bring up a stranger by his phone.
    ///
    /// - A plus, brackets or dots are written in phones only: [`Identifier::Phone`].
    /// - Spaces and dashes are written in phones and embossed on cards: [`Identifier::Either`] if it reads as a phone.
    /// - Bare digits, as a scanner sends them: [`Identifier::Either`] if there are 11 that begin like a Russian number
    ///   (7 or 8, then 9, 4, 3 or 8), or 10 that begin with 9. Thirteen digits that begin with 00 are a bar code, not a
    ///   call abroad.
    /// - Everything else is [`Identifier::Card`], normalised by [`card_number`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim_matches(is_blank);
        let phone = Phone::parse(text);
        if text.starts_with('+') {
            return phone.map(Self::Phone);
        }
        let card = card_number(text)?;
        let is_bare = text.chars().all(|c| c.is_ascii_digit());
        Some(match phone {
            Some(phone) if text.contains(['(', ')', '.']) => Self::Phone(phone),
            Some(phone) if !is_bare || begins_like_russian(text) => Self::Either { card, phone },
            Some(_) | None => Self::Card(card),
        })
    }
}

impl fmt::Debug for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Phone(_) => "Phone(***)",
            Self::Card(_) => "Card(***)",
            Self::Either { .. } => "Either(***)",
        })
    }
}

/// A card number as it is kept and looked up; `None` when nothing is left, it is too long or has control characters.
///
/// Spaces are taken out: they group the digits on the plastic. Dashes too, where all the rest is digits; in a lettered
/// number or a token a dash is a character like any other. Leading zeros and the case of letters are significant.
#[must_use]
pub fn card_number(text: &str) -> Option<String> {
    let text = text.trim_matches(is_blank);
    let mut number: String = text.chars().filter(|c| !is_blank(*c)).collect();
    if number.chars().all(|c| c.is_ascii_digit() || is_dash(c)) {
        number.retain(|c| !is_dash(c));
    }
    let is_sound = !number.is_empty()
        && number.chars().take(IDENTIFIER_CHARACTERS_MAX + 1).count() <= IDENTIFIER_CHARACTERS_MAX
        && !number.chars().any(char::is_control);
    is_sound.then_some(number)
}

/// Whether a card number, as it is kept, can be taken for a Russian mobile phone: 10 digits that begin with 9, or 11 that
/// begin with 79 or 89.
#[must_use]
pub fn is_phone_like(number: &str) -> bool {
    let is_bare = number.chars().all(|c| c.is_ascii_digit());
    is_bare
        && number.len() <= RUSSIAN_DIGITS + 1
        && Phone::parse(number).is_some_and(|phone| phone.as_e164().starts_with("+79"))
}

/// The international digits of a number that was written with a plus.
fn international_after_plus(digits: &str) -> Option<String> {
    if let Some(national) = digits.strip_prefix('8')
        && national.len() == RUSSIAN_DIGITS
        && national.starts_with('9')
    {
        return Some(format!("7{national}"));
    }
    valid(digits)
}

/// The international digits of a number that was written without a plus.
fn international_of(digits: &str) -> Option<String> {
    if digits.len() == RUSSIAN_DIGITS && digits.starts_with(['9', '4', '3']) {
        return Some(format!("7{digits}"));
    }
    if let Some(national) = digits.strip_prefix(['7', '8'])
        && national.len() == RUSSIAN_DIGITS
    {
        return Some(format!("7{national}"));
    }
    let abroad = digits.strip_prefix("00").or_else(|| digits.strip_prefix("810"))?;
    valid(abroad)
}

/// International digits, if their number is right; no country's code begins with 0, and Russia's takes ten more.
fn valid(digits: &str) -> Option<String> {
    let is_valid = (PHONE_DIGITS_MIN..=PHONE_DIGITS_MAX).contains(&digits.len())
        && !digits.starts_with('0')
        && (!digits.starts_with('7') || russian(digits).is_some());
    is_valid.then(|| digits.to_owned())
}

/// The ten digits after Russia's code.
fn russian(digits: &str) -> Option<&str> {
    digits.strip_prefix('7').filter(|national| national.len() == RUSSIAN_DIGITS)
}

/// Whether bare digits look like a Russian phone rather than a card.
fn begins_like_russian(digits: &str) -> bool {
    match digits.strip_prefix(['7', '8']) {
        Some(national) if national.len() == RUSSIAN_DIGITS => national.starts_with(['9', '4', '3', '8']),
        Some(_) | None => digits.len() == RUSSIAN_DIGITS && digits.starts_with('9'),
    }
}

fn is_phone_separator(character: char) -> bool {
    is_blank(character) || is_dash(character) || matches!(character, '.' | '(' | ')')
}

/// Spaces, the non-breaking ones included, and the invisible marks that come along when a contact is copied.
fn is_blank(character: char) -> bool {
    character.is_whitespace()
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}')
        || matches!(character, '\u{2060}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

const fn is_dash(character: char) -> bool {
    matches!(character, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn e164(text: &str) -> Option<String> {
        Phone::parse(text).map(|phone| phone.as_e164().to_owned())
    }

    #[test]
    fn a_russian_phone_is_read_in_any_spelling() {
        for text in [
            "+79161234567",
            "79161234567",
            "89161234567",
            "9161234567",
            "8 (916) 123-45-67",
            "+7 (916) 123-45-67",
            "8-916-123-45-67",
            "8.916.123.45.67",
            " 8 916\u{a0}123\u{202f}45\u{2009}67\n",
            "8 916 123–45—67",
            "+7\u{2011}916\u{2011}123\u{2212}45\u{2010}67",
            "\u{202d}+7 916 123-45-67\u{202c}",
            "(916) 123-45-67",
            "+8 916 123 45 67",
            "007 916 123 45 67",
            "+ 7 916 1234567",
        ] {
            assert_eq!(e164(text).as_deref(), Some("+79161234567"), "{text:?}");
        }
        assert_eq!(e164("(495) 123-45-67").as_deref(), Some("+74951234567"));
        assert_eq!(e164("8 800 555 35 35").as_deref(), Some("+78005553535"));
    }

    #[test]
    fn a_phone_of_another_country_needs_its_code() {
        assert_eq!(e164("+44 20 7946 0958").as_deref(), Some("+442079460958"));
        assert_eq!(e164("00 375 29 123-45-67").as_deref(), Some("+375291234567"));
        assert_eq!(e164("8 10 375 29 123 45 67").as_deref(), Some("+375291234567"));
        assert_eq!(e164("+84 95 123 45 67").as_deref(), Some("+84951234567"));
        assert_eq!(e164("375291234567"), None);
        assert_eq!(e164("+1234567"), None);
        assert_eq!(e164("+12345678").as_deref(), Some("+12345678"));
        assert_eq!(e164("+123456789012345").as_deref(), Some("+123456789012345"));
        assert_eq!(e164("+1234567890123456"), None);
    }

    #[test]
    fn what_is_not_a_whole_phone_is_refused() {
        for text in [
            "",
            " ",
            "+",
            "тел. 8 916 123-45-67",
            "8 916 123-45-67 доб. 12",
            "8916123456",
            "916123456",
            "891612345678",
            "+7 916 123-45-6",
            "+7 8 916 123-45-67",
            "++79161234567",
            "8916+1234567",
            "+0 916 123 45 67",
            "٨٩١٦١٢٣٤٥٦٧",
            "8/916/1234567",
        ] {
            assert_eq!(e164(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_masked_phone_shows_too_little_to_call() {
        assert_eq!(Phone::parse("89161234567").unwrap().masked(), "+7 916 ***-**-67");
        assert_eq!(Phone::parse("+44 20 7946 0958").unwrap().masked(), "+44********58");
        assert_eq!(Phone::parse("+12345678").unwrap().masked(), "+12****78");
    }

    #[test]
    fn debug_tells_no_digit() {
        let phone = Phone::parse("89161234567").unwrap();
        let card = Identifier::parse("2000000000013").unwrap();
        let either = Identifier::parse("89161234567").unwrap();
        let told = format!("{phone:?} {card:?} {either:?} {:?}", Identifier::Phone(phone.clone()));
        assert!(!told.chars().any(|c| c.is_ascii_digit()), "{told}");
    }

    fn card(number: &str) -> Identifier {
        Identifier::Card(number.to_owned())
    }

    fn either(card: &str, phone: &str) -> Identifier {
        Identifier::Either { card: card.to_owned(), phone: Phone::parse(phone).unwrap() }
    }

    #[test]
    fn digits_that_could_be_both_are_both() {
        for text in ["89161234567", "8 916 123-45-67", "8-916-123-45-67"] {
            assert_eq!(Identifier::parse(text), Some(either("89161234567", "+79161234567")), "{text:?}");
        }
        assert_eq!(Identifier::parse("9161234567"), Some(either("9161234567", "+79161234567")));
        assert_eq!(Identifier::parse("84951234567"), Some(either("84951234567", "+74951234567")));
        assert_eq!(Identifier::parse("495 123-45-67"), Some(either("4951234567", "+74951234567")));
    }

    #[test]
    fn a_plus_brackets_and_dots_are_written_in_phones_only() {
        let phone = Identifier::Phone(Phone::parse("+79161234567").unwrap());
        for text in ["+79161234567", "+7 916 123-45-67", "8 (916) 1234567", "8.916.123.45.67"] {
            assert_eq!(Identifier::parse(text), Some(phone.clone()), "{text:?}");
        }
        assert_eq!(Identifier::parse("+7 916"), None);
    }

    #[test]
    fn everything_else_is_a_card() {
        assert_eq!(Identifier::parse("2000000000013"), Some(card("2000000000013")));
        assert_eq!(Identifier::parse("0012345678901"), Some(card("0012345678901")));
        assert_eq!(Identifier::parse("2000 0000 0012 3456"), Some(card("2000000000123456")));
        assert_eq!(Identifier::parse("2000-0000-0012-3456"), Some(card("2000000000123456")));
        assert_eq!(Identifier::parse("4951234567"), Some(card("4951234567")));
        assert_eq!(Identifier::parse("75001234567"), Some(card("75001234567")));
        assert_eq!(Identifier::parse(" 00123 "), Some(card("00123")));
        assert_eq!(Identifier::parse("К-000 123"), Some(card("К-000123")));
        assert_eq!(
            Identifier::parse("0f8fad5b-d9cb-469f-a165-70867728950e"),
            Some(card("0f8fad5b-d9cb-469f-a165-70867728950e"))
        );
    }

    #[test]
    fn a_card_number_that_reads_as_a_mobile_phone_is_told() {
        for number in ["9161234567", "79161234567", "89161234567"] {
            assert!(is_phone_like(number), "{number}");
        }
        for number in ["4951234567", "84951234567", "7000000101", "916123456", "0079161234567", "А9161234567"] {
            assert!(!is_phone_like(number), "{number}");
        }
    }

    #[test]
    fn what_names_nobody_is_refused() {
        let too_long = "1".repeat(IDENTIFIER_CHARACTERS_MAX + 1);
        for text in ["", "  ", "\u{a0}", "-", "- -", "12\u{7}34", &too_long] {
            assert_eq!(Identifier::parse(text), None, "{text:?}");
        }
        assert!(Identifier::parse(&"1".repeat(IDENTIFIER_CHARACTERS_MAX)).is_some());
    }

    proptest! {
        #[test]
        fn no_text_makes_it_fail(text in any::<String>()) {
            if let Some(phone) = Phone::parse(&text) {
                let digits = phone.as_e164().strip_prefix('+').unwrap_or_default();
                prop_assert!((8..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit()));
            }
            if let Some(Identifier::Card(card) | Identifier::Either { card, .. }) = Identifier::parse(&text) {
                prop_assert!(!card.is_empty() && card.chars().count() <= IDENTIFIER_CHARACTERS_MAX);
                prop_assert!(!card.chars().any(|character| character.is_whitespace() || character.is_control()));
            }
        }

        #[test]
        fn a_phone_reads_itself(text in r"\+?[0-9 ().-]{5,20}") {
            if let Some(phone) = Phone::parse(&text) {
                prop_assert_eq!(Phone::parse(phone.as_e164()), Some(phone.clone()));
                prop_assert_eq!(Identifier::parse(phone.as_e164()), Some(Identifier::Phone(phone.clone())));
                let hidden = phone.masked().chars().filter(|c| *c == '*').count();
                prop_assert!(hidden >= 4);
            }
        }

        #[test]
        fn a_normalised_card_number_stays_as_it_is(text in any::<String>()) {
            if let Some(number) = card_number(&text) {
                prop_assert_eq!(card_number(&number), Some(number.clone()));
            }
        }
    }
}
