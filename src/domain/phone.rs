//! A customer's identifier at the till: a phone in any notation, or a card number.

use std::fmt;

use crate::domain::spelling::{digit, is_blank, is_dash, tidy};

/// The fewest digits of an international number, the country's code included.
const PHONE_DIGITS_MIN: usize = 8;
/// The most digits of an international number (E.164).
const PHONE_DIGITS_MAX: usize = 15;
/// The digits of a Russian number without the country's code.
const RUSSIAN_DIGITS: usize = 10;
/// What a number after `+8` begins with when no country has such a code. 8 is Russia's own prefix of long distance, so these are
/// slips: `+8 029 …` is a number of Belarus as it is dialled inside the country.
const NO_COUNTRY: [&str; 10] = ["801", "802", "803", "804", "805", "806", "807", "809", "83", "89"];
/// What no number of +7 begins with after the code: neither Russia nor Kazakhstan has given these digits out.
const NO_REGION: [char; 3] = ['0', '1', '2'];
/// What a mobile number of +7 begins with after the code: Russia's, then Kazakhstan's.
const MOBILE: [&str; 4] = ["9", "70", "74", "77"];
/// The longest identifier that the contract allows, in characters.
const IDENTIFIER_CHARACTERS_MAX: usize = 64;
/// The plus before an international number: ASCII, and that of the full-width font.
const PLUSES: [char; 2] = ['+', '\u{ff0b}'];

/// A phone number in E.164.
///
/// `Debug` hides it and there is no `Display`: a number gets into a text only through [`Phone::masked`] or
/// [`Phone::as_e164`].
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Phone(String);

impl Phone {
    /// Reads a phone as people write it; `None` when it is not a whole number.
    ///
    /// Digits may be set apart by spaces of any kind, dashes, dots and brackets, and be of the full-width font; what nobody sees
    /// does not count. Understood are
    ///
    /// - Russian numbers: `+7` or `7` or `8` and ten digits, or the ten digits alone when they begin with 9, 4 or 3
    ///   (ten digits that begin with 8 are more often an eleven-digit number with one digit lost);
    /// - `+8 9…` with eleven digits, a slip for `8 9…`: no country has such a code;
    /// - numbers of other countries after `+`, `00`, or `8 10`: 8 to 15 digits with the country's code.
    ///
    /// Anything else among the digits («тел.», an extension) makes it unreadable, so that no digit is guessed. So does a number
    /// that cannot exist: of +7 with 0, 1 or 2 after the code, or of a country that there is not.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim_matches(is_blank);
        let (has_plus, rest) = text.strip_prefix(PLUSES).map_or((false, text), |rest| (true, rest));
        if !rest.chars().all(|c| digit(c).is_some() || is_phone_separator(c)) {
            return None;
        }
        let digits: String = rest.chars().filter_map(digit).collect();
        let international = if has_plus { international_after_plus(&digits) } else { international_of(&digits) };
        international.map(|digits| Self(format!("+{digits}")))
    }

    /// A phone as it is kept. It was read by the rules of its day, and stays what it is when these are mended.
    #[must_use]
    pub fn kept(e164: &str) -> Option<Self> {
        let digits = e164.strip_prefix('+')?;
        let is_number = (PHONE_DIGITS_MIN..=PHONE_DIGITS_MAX).contains(&digits.len())
            && digits.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| Self(e164.to_owned()))
    }

    /// The number as `+` and digits: «+79161234567».
    #[must_use]
    pub fn as_e164(&self) -> &str {
        &self.0
    }

    /// Whether a message may come to this number. Not to a landline or a free number of +7. Of other countries it is not known, and
    /// the provider will say.
    #[must_use]
    pub fn takes_messages(&self) -> bool {
        let national = russian(self.0.trim_start_matches('+'));
        national.is_none_or(|national| MOBILE.iter().any(|begin| national.starts_with(begin)))
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
    /// One rule: the card of this number, and if nobody has it, the customer of this phone. Whatever [`Phone::parse`] reads, and so
    /// whatever a customer may have been registered by, is also found by it. A scanned card goes first, because it must never bring
    /// up a stranger by his phone.
    ///
    /// - After a plus it is a phone and nothing else: [`Identifier::Phone`].
    /// - What reads as a phone is [`Identifier::Either`].
    /// - Everything else is [`Identifier::Card`], normalised by [`card_number`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim_matches(is_blank);
        let phone = Phone::parse(text);
        if text.starts_with(PLUSES) {
            return phone.map(Self::Phone);
        }
        let card = card_number(text)?;
        Some(match phone {
            Some(phone) => Self::Either { card, phone },
            None => Self::Card(card),
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
/// Spaces are taken out: they group the digits on the plastic; and what nobody sees. Dashes too, where all the rest is digits; in a
/// lettered number or a token a dash is a character like any other. Letters are composed (NFC), digits of the full-width font are
/// digits. Leading zeros and the case of letters are significant.
#[must_use]
pub fn card_number(text: &str) -> Option<String> {
    let plain = |c: char| digit(c).unwrap_or(c);
    // Composed last: a space may have stood between a letter and its accent.
    let mut number = tidy(&text.chars().filter(|c| !is_blank(*c)).map(plain).collect::<String>()).into_owned();
    if number.chars().all(|c| c.is_ascii_digit() || is_dash(c)) {
        number.retain(|c| !is_dash(c));
    }
    let is_sound = !number.is_empty()
        && number.chars().take(IDENTIFIER_CHARACTERS_MAX + 1).count() <= IDENTIFIER_CHARACTERS_MAX
        && !number.chars().any(char::is_control);
    is_sound.then_some(number)
}

/// Whether a card number, as it is kept, can be taken for a mobile phone of +7: 10 digits that begin with 9, or 11 that begin with
/// 79 or 89, or as Kazakhstan's do.
#[must_use]
pub fn is_phone_like(number: &str) -> bool {
    let is_bare = number.chars().all(|c| c.is_ascii_digit());
    is_bare
        && number.len() <= RUSSIAN_DIGITS + 1
        && Phone::parse(number).is_some_and(|phone| phone.as_e164().starts_with("+7") && phone.takes_messages())
}

/// The international digits of a number that was written with a plus.
fn international_after_plus(digits: &str) -> Option<String> {
    if let Some(national) = digits.strip_prefix('8')
        && national.len() == RUSSIAN_DIGITS
        && national.starts_with('9')
    {
        return Some(format!("7{national}"));
    }
    let is_of_no_country = NO_COUNTRY.iter().any(|begin| digits.starts_with(begin));
    if is_of_no_country { None } else { valid(digits) }
}

/// The international digits of a number that was written without a plus.
fn international_of(digits: &str) -> Option<String> {
    if digits.len() == RUSSIAN_DIGITS && digits.starts_with(['9', '4', '3']) {
        return Some(format!("7{digits}"));
    }
    if let Some(national) = digits.strip_prefix(['7', '8'])
        && national.len() == RUSSIAN_DIGITS
    {
        return valid(&format!("7{national}"));
    }
    let abroad = digits.strip_prefix("00").or_else(|| digits.strip_prefix("810"))?;
    international_after_plus(abroad)
}

/// International digits, if their number is right; no country's code begins with 0, and Russia's takes ten more.
fn valid(digits: &str) -> Option<String> {
    let is_valid = (PHONE_DIGITS_MIN..=PHONE_DIGITS_MAX).contains(&digits.len())
        && !digits.starts_with('0')
        && (!digits.starts_with('7') || russian(digits).is_some());
    is_valid.then(|| digits.to_owned())
}

/// The ten digits after the code of Russia and Kazakhstan, if there may be such a number.
fn russian(digits: &str) -> Option<&str> {
    digits.strip_prefix('7').filter(|national| national.len() == RUSSIAN_DIGITS && !national.starts_with(NO_REGION))
}

fn is_phone_separator(character: char) -> bool {
    is_blank(character)
        || is_dash(character)
        || matches!(character, '.' | '(' | ')' | '\u{ff08}' | '\u{ff09}' | '\u{ff0e}')
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
            "８９１６１２３４５６７",
            "＋７ （９１６） １２３－４５－６７",
            "8\u{ad}916\u{fe0f}123\u{3164}45\u{180e}67",
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
    fn a_number_that_cannot_exist_is_no_phone() {
        for text in [
            "8 029 123-45-67",
            "80291234567",
            "+8 029 123-45-67",
            "+7 000 000-00-00",
            "+7 123 456-78-90",
            "+7 234 567-89-01",
            "7 000 1234567",
            "8 100 123 45 67",
            "8 200 123 45 67",
            "8 10 7 000 123 45 67",
            "00 7 111 123 45 67",
            "+8 301 234 56 78",
            "00 8 029 123 45 67",
        ] {
            assert_eq!(e164(text), None, "{text:?}");
        }
        // One that was registered before is still read out of the database.
        assert_eq!(Phone::kept("+70001234567").unwrap().masked(), "+70*******67");
        assert_eq!(["+7", "79161234567", "+7916123456x"].map(Phone::kept), [None, None, None]);
        assert_eq!(e164("+800 1234 5678").as_deref(), Some("+80012345678"));
        assert_eq!(e164("+81 90 1234 5678").as_deref(), Some("+819012345678"));
        assert_eq!(e164("8 701 123 45 67").as_deref(), Some("+77011234567"));
    }

    #[test]
    fn a_message_comes_to_a_mobile_phone() {
        for text in [
            "+79161234567",
            "+77011234567",
            "+7 747 123 45 67",
            "+7 777 123 45 67",
            "+375291234567",
            "+44 20 7946 0958",
        ] {
            assert!(Phone::parse(text).unwrap().takes_messages(), "{text}");
        }
        for text in
            ["84951234567", "+7 812 123 45 67", "8 800 555 35 35", "+7 727 123 45 67", "+7 717 212 34 56", "3431234567"]
        {
            assert!(!Phone::parse(text).unwrap().takes_messages(), "{text}");
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
        for text in ["495 123-45-67", "4951234567"] {
            assert_eq!(Identifier::parse(text), Some(either("4951234567", "+74951234567")), "{text:?}");
        }
        // Kazakhstan's begin like many a card.
        for text in ["87011234567", "8 701 123 45 67"] {
            assert_eq!(Identifier::parse(text), Some(either("87011234567", "+77011234567")), "{text:?}");
        }
        assert_eq!(Identifier::parse("77011234567"), Some(either("77011234567", "+77011234567")));
        assert_eq!(Identifier::parse("75001234567"), Some(either("75001234567", "+75001234567")));
        assert_eq!(Identifier::parse("0012345678901"), Some(either("0012345678901", "+12345678901")));
        assert_eq!(Identifier::parse("8.916.123.45.67"), Some(either("8.916.123.45.67", "+79161234567")));
    }

    #[test]
    fn after_a_plus_it_is_a_phone_and_nothing_else() {
        let phone = Identifier::Phone(Phone::parse("+79161234567").unwrap());
        for text in ["+79161234567", "+7 916 123-45-67", "\u{200b}+7\u{a0}(916) 1234567"] {
            assert_eq!(Identifier::parse(text), Some(phone.clone()), "{text:?}");
        }
        for text in ["+7 916", "+7 000 000-00-00", "+К1"] {
            assert_eq!(Identifier::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_card_has_one_number_however_it_is_pasted() {
        let plain = card_number("К-000й1");
        for text in [" К-000й1\t", "К-000и\u{306}1", "\u{feff}К-\u{ad}000\u{a0}й\u{200d}1", "К-0\u{fe0f}00й１"]
        {
            assert_eq!(card_number(text), plain, "{text:?}");
        }
        assert_ne!(card_number("к-000й1"), plain);
        assert_eq!(card_number("\u{200b}\u{3164}"), None);
    }

    #[test]
    fn everything_else_is_a_card() {
        assert_eq!(Identifier::parse("2000000000013"), Some(card("2000000000013")));
        assert_eq!(Identifier::parse("2000 0000 0012 3456"), Some(card("2000000000123456")));
        assert_eq!(Identifier::parse("2000-0000-0012-3456"), Some(card("2000000000123456")));
        assert_eq!(Identifier::parse(" 00123 "), Some(card("00123")));
        assert_eq!(Identifier::parse("К-000 123"), Some(card("К-000123")));
        assert_eq!(
            Identifier::parse("0f8fad5b-d9cb-469f-a165-70867728950e"),
            Some(card("0f8fad5b-d9cb-469f-a165-70867728950e"))
        );
    }

    #[test]
    fn a_card_number_that_reads_as_a_mobile_phone_is_told() {
        for number in ["9161234567", "79161234567", "89161234567", "77011234567", "87771234567"] {
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
                prop_assert!(!card.chars().any(|character| is_blank(character) || character.is_control()));
            }
        }

        /// Whoever could be registered by a text is found by it.
        #[test]
        fn what_reads_as_a_phone_means_that_phone(text in r"[+]?[0-9 ().\u{a0}\u{ad}-]{7,20}") {
            if let Some(read) = Phone::parse(&text) {
                let phone = match Identifier::parse(&text) {
                    Some(Identifier::Phone(phone) | Identifier::Either { phone, .. }) => Some(phone),
                    Some(Identifier::Card(_)) | None => None,
                };
                prop_assert_eq!(phone, Some(read));
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
