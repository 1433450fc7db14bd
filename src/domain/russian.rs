//! Figures in Russian sentences for cashiers and customers.

use std::fmt;

use crate::domain::money::{Kopecks, Points, Quantity};

/// Points with their word: «107 баллов», «1 балл», «258,06 балла».
#[must_use]
pub fn points(points: Points) -> String {
    format!("{} {}", figure(points), points_word(points))
}

/// How points are written wherever people read them: «107», «258,06», «12 345».
#[must_use]
pub fn figure(points: Points) -> String {
    let figure = grouped(points);
    figure.strip_suffix(",00").unwrap_or(&figure).to_owned()
}

/// Points after «до» or «не больше», with their word: «1 балла», «107 баллов», «258,06 балла».
#[must_use]
pub fn points_of(points: Points) -> String {
    let word = if is_fraction(points) { "балла" } else { form("балла", "баллов", points) };
    format!("{} {word}", figure(points))
}

/// Points with a word before them that agrees: `one` is «начислен» and `many` «начислено».
#[must_use]
pub fn agreed(one: &str, many: &str, points: Points) -> String {
    format!("{} {}", form(one, many, points), self::points(points))
}

/// The one of two forms that goes with so many points: `one` with 1, 21 and 101, `many` with the others.
#[must_use]
pub const fn form<'a>(one: &'a str, many: &'a str, points: Points) -> &'a str {
    if !is_fraction(points) && is_one(whole(points)) { one } else { many }
}

/// A quantity of goods without spare zeros: «2», «1,25».
#[must_use]
pub fn quantity(quantity: Quantity) -> String {
    quantity.to_string().trim_end_matches('0').trim_end_matches(',').to_owned()
}

/// So many digits: «6 цифр», «4 цифры».
#[must_use]
pub fn digits(count: usize) -> String {
    let word = match (count % 100, count % 10) {
        (11..=14, _) => "цифр",
        (_, 1) => "цифра",
        (_, 2..=4) => "цифры",
        _ => "цифр",
    };
    format!("{count} {word}")
}

/// Points with both digits of a hundredth: «107,00 балла», for values that are compared with each other.
#[must_use]
pub fn points_exact(points: Points) -> String {
    format!("{} балла", grouped(points))
}

/// The text with exactly one full stop at its end.
#[must_use]
pub fn sentence(text: &(impl ToString + ?Sized)) -> String {
    let mut text = text.to_string();
    if !text.ends_with(['.', '!', '?']) {
        text.push('.');
    }
    text
}

/// A sum: «12 345,67 руб.».
#[must_use]
pub fn roubles(amount: Kopecks) -> String {
    format!("{} руб.", grouped(amount))
}

/// The Russian notation with the thousands set apart: «12 345,67».
fn grouped(figure: impl fmt::Display) -> String {
    let plain = figure.to_string();
    let (whole, fraction) = plain.split_once(',').unwrap_or((&plain, ""));
    let digits = whole.trim_start_matches('-').len();
    let mut text = String::with_capacity(plain.len() + digits / 3);
    let sign = whole.len() - digits;
    for (index, character) in whole.chars().enumerate() {
        if index > sign && (whole.len() - index).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(character);
    }
    text.push(',');
    text.push_str(fraction);
    text
}

/// «балл», «балла» or «баллов»: a figure with hundredths takes the second form.
const fn points_word(points: Points) -> &'static str {
    if is_fraction(points) {
        return "балла";
    }
    let whole = whole(points);
    match (whole % 100, whole % 10) {
        (11..=14, _) => "баллов",
        (_, 1) => "балл",
        (_, 2..=4) => "балла",
        _ => "баллов",
    }
}

const fn whole(points: Points) -> u64 {
    points.0.unsigned_abs() / 100
}

const fn is_fraction(points: Points) -> bool {
    !points.0.unsigned_abs().is_multiple_of(100)
}

/// Whether a noun after the number is in the singular: 1, 21, 101, and not 11.
const fn is_one(number: u64) -> bool {
    number % 10 == 1 && number % 100 != 11
}

/// A percentage given in hundredths of a percent: «50 %», «12,5 %», «33,33 %».
#[must_use]
pub fn percent(hundredths: i64) -> String {
    let figure = Kopecks(hundredths).to_string();
    format!("{} %", figure.trim_end_matches('0').trim_end_matches(','))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_told_with_their_word_and_without_spare_zeros() {
        let told: Vec<String> = [100, 200, 10_700, 25_806, 1_234_500].map(|figure| points(Points(figure))).into();
        assert_eq!(told, ["1 балл", "2 балла", "107 баллов", "258,06 балла", "12 345 баллов"]);
    }

    #[test]
    fn a_sentence_ends_once() {
        assert_eq!(sentence(&"от суммы 100,00 руб."), "от суммы 100,00 руб.");
        assert_eq!(sentence(&"платить не за что"), "платить не за что.");
    }

    #[test]
    fn thousands_are_set_apart() {
        assert_eq!(grouped(Kopecks(0)), "0,00");
        assert_eq!(grouped(Kopecks(99_999)), "999,99");
        assert_eq!(grouped(Kopecks(99_999_999_999)), "999 999 999,99");
        assert_eq!(grouped(Kopecks(-10_000_000)), "-100 000,00");
    }

    #[test]
    fn the_word_agrees_with_the_number() {
        let of = |hundredths| points_word(Points(hundredths));
        assert_eq!(
            [of(100), of(200), of(500), of(1_100), of(2_100), of(11_200)],
            ["балл", "балла", "баллов", "баллов", "балл", "баллов"]
        );
        assert_eq!([of(0), of(150)], ["баллов", "балла"]);
    }

    #[test]
    fn a_verb_agrees_with_the_number_and_so_does_a_case() {
        let told = |hundredths| agreed("начислен", "начислено", Points(hundredths));
        assert_eq!(
            [told(100), told(2_100), told(200), told(1_100), told(50)],
            ["начислен 1 балл", "начислен 21 балл", "начислено 2 балла", "начислено 11 баллов", "начислено 0,50 балла"]
        );
        let most = |hundredths| points_of(Points(hundredths));
        assert_eq!(
            [most(100), most(200), most(1_100), most(2_100), most(150)],
            ["1 балла", "2 баллов", "11 баллов", "21 балла", "1,50 балла"]
        );
    }

    #[test]
    fn quantities_and_digits_are_told_without_spare_zeros_and_with_their_word() {
        assert_eq!(
            [quantity(Quantity(2_000)), quantity(Quantity(1_250)), quantity(Quantity(10_000))],
            ["2", "1,25", "10"]
        );
        assert_eq!([digits(1), digits(4), digits(6), digits(11)], ["1 цифра", "4 цифры", "6 цифр", "11 цифр"]);
    }

    #[test]
    fn a_share_is_told_without_spare_zeros() {
        assert_eq!(
            [percent(5_000), percent(1_250), percent(3_333), percent(10_000), percent(0)],
            ["50 %", "12,5 %", "33,33 %", "100 %", "0 %"]
        );
    }
}
