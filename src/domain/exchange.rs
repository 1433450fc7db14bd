//! What an exchange is searched by, as the journal keeps it. A search puts what it is given through the same functions.

use crate::domain::{
    phone::Identifier,
    spelling::{self, tidy},
    veil::veiled,
};

/// A till's code, in its one spelling; what looks like a person's number is masked.
#[must_use]
pub fn till(text: &str) -> String {
    let code = tidy(text);
    veiled(&code).unwrap_or_else(|| code.into_owned())
}

/// An operation key, in its one spelling; what looks like a person's number is masked.
#[must_use]
pub fn operation_key(text: &str) -> String {
    let key = spelling::operation_key(text);
    veiled(&key).unwrap_or(key)
}

/// A card's number; one that can be a phone is masked like a phone. Nothing of what is no card's number.
#[must_use]
pub fn card(text: &str) -> Option<String> {
    match Identifier::parse(text)? {
        Identifier::Card(number) => Some(number).filter(|number| is_like_a_card(number)),
        Identifier::Either { phone, .. } => Some(phone.masked()),
        Identifier::Phone(_) => None,
    }
}

/// Whether a text looks like a card's number: mostly digits. A name or a word does not.
#[must_use]
pub fn is_like_a_card(number: &str) -> bool {
    let digits = number.bytes().filter(u8::is_ascii_digit).count();
    number.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') && digits.saturating_mul(2) > number.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_till_and_an_operation_key_are_kept_in_their_one_spelling() {
        assert_eq!([till(" Кии\u{306}\u{a0}"), till("M 1")], ["Кий", "M 1"]);
        assert_eq!(till(" 89161234567"), "+7 916 ***-**-67");
        assert_eq!(operation_key(" k 1 "), "k 1");
        assert_eq!(operation_key("79161234567-1"), "+7 916 ***-**-67-1");
    }

    #[test]
    fn a_card_that_can_be_a_phone_is_masked_and_a_phone_is_no_card() {
        assert_eq!(card("7000 0001-01").as_deref(), Some("7000000101"));
        for text in ["9161234567", "89161234567", "8 916 123-45-67", "8 (916) 123-45-67"] {
            assert_eq!(card(text).as_deref(), Some("+7 916 ***-**-67"), "{text}");
        }
        for text in ["+79161234567", "SECRET77", ""] {
            assert_eq!(card(text), None, "{text}");
        }
    }
}
