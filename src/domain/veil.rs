//! Texts that are kept for evidence, without what looks like a person's number or address in them, wherever it was
//! typed.

use crate::domain::{
    card::masked_number,
    phone::{Identifier, Phone},
};

/// What stands in place of an e-mail address.
const HIDDEN: &str = "***";
/// The fewest digits of a phone that begins with a plus …
const DIGITS_MIN: usize = 8;
/// … and of one that does not.
const BARE_DIGITS_MIN: usize = 10;
/// The digits of a bank card's number.
const BANK_CARD_DIGITS: std::ops::RangeInclusive<usize> = 16..=19;

/// The text without what looks like a phone, a bank card's number or an e-mail address: of a phone and of a card a few
/// digits are left. Nothing where there is none, which is nearly always.
#[must_use]
pub fn veiled(text: &str) -> Option<String> {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let mut veiled = None;
    if text.contains('@') {
        veiled = without_addresses(text);
    }
    if digits >= DIGITS_MIN {
        veiled = without_numbers(veiled.as_deref().unwrap_or(text)).or(veiled);
    }
    veiled
}

fn without_addresses(text: &str) -> Option<String> {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '%' | '+' | '-');
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    let mut is_any = false;
    while let Some((before, after)) = rest.split_once('@') {
        let name = before.trim_end_matches(is_part);
        let domain = after.trim_start_matches(is_part);
        let domain_length = after.len().saturating_sub(domain.len());
        let is_address = name.len() < before.len() && domain_length > 0;
        if is_address {
            shown.push_str(name);
            shown.push_str(HIDDEN);
            rest = domain;
            is_any = true;
        } else {
            shown.push_str(before);
            shown.push('@');
            rest = after;
        }
    }
    shown.push_str(rest);
    is_any.then_some(shown)
}

fn without_numbers(text: &str) -> Option<String> {
    let mut shown = String::with_capacity(text.len());
    let (mut rest, mut is_any, mut before) = (text, false, None);
    while let Some(first) = rest.chars().next() {
        // Letters before it make it a name of something, as in a UUID.
        let begins =
            (first.is_ascii_digit() || first == '+') && !before.is_some_and(|c: char| c.is_ascii_alphanumeric());
        match begins.then(|| number(rest)).flatten() {
            Some((length, masked)) => {
                shown.push_str(&masked);
                let (taken, left) = rest.split_at_checked(length).unwrap_or((rest, ""));
                (before, rest, is_any) = (taken.chars().next_back(), left, true);
            }
            None => {
                shown.push(first);
                (before, rest) = (Some(first), rest.get(first.len_utf8()..).unwrap_or_default());
            }
        }
    }
    is_any.then_some(shown)
}

/// The longest phone or card's number at the beginning of a text: how long it is, and what may be shown of it.
fn number(text: &str) -> Option<(usize, String)> {
    let is_inside = |c: char| c.is_ascii_digit() || matches!(c, ' ' | '\u{a0}' | '-' | '(' | ')' | '+');
    let run = text.get(..text.find(|c| !is_inside(c)).unwrap_or(text.len()))?;
    if text.get(run.len()..)?.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return None;
    }
    let ends: Vec<usize> =
        run.char_indices().filter(|(_, c)| c.is_ascii_digit()).map(|(at, _)| at.saturating_add(1)).collect();
    let digits_min = if run.starts_with('+') { DIGITS_MIN } else { BARE_DIGITS_MIN };
    let candidates = ends.iter().skip(digits_min.saturating_sub(1)).rev();
    candidates.filter_map(|end| run.get(..*end).map(|number| (*end, number))).find_map(|(end, number)| {
        // Of longer digits it is only a part.
        if run.get(end..)?.starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        masked(number).map(|masked| (end, masked))
    })
}

fn masked(number: &str) -> Option<String> {
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    if BANK_CARD_DIGITS.contains(&digits.len()) && is_luhn(&digits) {
        return Some(masked_number(&digits));
    }
    match Identifier::parse(number) {
        Some(Identifier::Phone(phone) | Identifier::Either { phone, .. }) => Some(phone.masked()),
        Some(Identifier::Card(_)) => None,
        None => Phone::parse(number).map(|phone| phone.masked()),
    }
}

/// Whether the last digit checks the others, as that of a bank card does.
fn is_luhn(digits: &str) -> bool {
    let sum = digits.bytes().rev().enumerate().fold(0_u32, |sum, (place, byte)| {
        let digit = u32::from(byte.saturating_sub(b'0'));
        let doubled = if place % 2 == 1 { digit * 2 } else { digit };
        sum + doubled / 10 + doubled % 10
    });
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phones_cards_and_addresses_are_veiled_wherever_they_stand() {
        for (text, shown) in [
            ("+79161234567", "+7 916 ***-**-67"),
            ("8 (916) 123-45-67", "+7 916 ***-**-67"),
            ("тел. 8-916-123-45-67, Анна", "тел. +7 916 ***-**-67, Анна"),
            ("order-79161234567-2", "order-+7 916 ***-**-67-2"),
            ("2 9161234567", "2 +7 916 ***-**-67"),
            ("5 89161234567 1", "5 +7 916 ***-**-67 1"),
            ("тел89161234567", "тел+7 916 ***-**-67"),
            ("+49 30 901820", "+49******20"),
            ("4276 3800 1234 5670", "4276 3800 1234 5670"),
            ("4111 1111 1111 1111", "************1111"),
            ("карта 4111111111111111.", "карта ************1111."),
            ("anna@example.ru", "***"),
            ("пишите на анна.иванова@почта.рф!", "пишите на ***!"),
            ("a@b, c@d", "***, ***"),
        ] {
            assert_eq!(veiled(text).as_deref().unwrap_or(text), shown, "{text}");
        }
    }

    #[test]
    fn what_is_nobody_s_stays_as_it_is() {
        for text in [
            "",
            "000123",
            "4600000000017",
            "7000000101",
            "2026-11-21T12:00:00",
            "9499.05",
            "550e8400-e29b-41d4-a716-446655440000",
            "0f89161234567a",
            "sell-1",
            "К оплате 11 042,80 руб.",
            "9999078900001234",
            "@",
            "a @ b",
            "+7 916 ***-**-67",
        ] {
            assert_eq!(veiled(text), None, "{text}");
        }
    }
}
