//! Value types of the wire: decimals as integers of a hundredth or a thousandth, dates, times.
//!
//! They read what the guard accepts and write one notation. No float is involved.

use std::{
    fmt,
    io::{Read, Write},
    str::FromStr,
};

use chrono::{DateTime as Instant, Datelike as _, FixedOffset, NaiveDate, NaiveDateTime, Timelike as _};
use xml::reader::XmlEvent;
use yaserde::{Error, YaDeserialize, YaSerialize};

use crate::secret::Secret;

/// A text that is not of the value's notation. It does not hold the text, which may be personal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not {0}")]
pub struct NotationError(&'static str);

/// A decimal with two places, as an integer of a hundredth: roubles, points, percent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Hundredths(pub i64);

/// A decimal with up to three places, as an integer of a thousandth: a quantity of goods.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Thousandths(pub i64);

/// A calendar day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Date(pub NaiveDate);

/// A clock's reading, with the sender's offset from UTC. Without an offset it is the store's local time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DateTime {
    /// What the clock showed.
    pub local: NaiveDateTime,
    /// How far that clock is ahead of UTC.
    pub offset: Option<FixedOffset>,
}

impl DateTime {
    /// A local time without an offset, as answers have it.
    #[must_use]
    pub const fn local(local: NaiveDateTime) -> Self {
        Self { local, offset: None }
    }
}

impl Hundredths {
    /// Appends the number as `Display` writes it, several times as fast.
    pub(in crate::soap) fn push_to(self, out: &mut String) {
        if self.0 < 0 {
            out.push('-');
        }
        let (whole, fraction) = (self.0.unsigned_abs() / 100, self.0.unsigned_abs() % 100);
        let mut digits = itoa::Buffer::new();
        out.push_str(digits.format(whole));
        out.push_str(if fraction < 10 { ".0" } else { "." });
        out.push_str(digits.format(fraction));
    }
}

impl fmt::Display for Hundredths {
    /// Always two places: `12.30`, `-0.05`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        self.push_to(&mut text);
        f.write_str(&text)
    }
}

impl FromStr for Hundredths {
    type Err = NotationError;

    fn from_str(text: &str) -> Result<Self, NotationError> {
        scaled(text, 2).map(Self).ok_or(NotationError("a decimal with at most two places"))
    }
}

impl fmt::Display for Thousandths {
    /// As many places as are needed: `1.25`, `3`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let magnitude = self.0.unsigned_abs();
        let (whole, fraction) = (magnitude / 1000, magnitude % 1000);
        if fraction == 0 {
            return write!(f, "{sign}{whole}");
        }
        let digits = format!("{fraction:03}");
        write!(f, "{sign}{whole}.{}", digits.trim_end_matches('0'))
    }
}

impl FromStr for Thousandths {
    type Err = NotationError;

    fn from_str(text: &str) -> Result<Self, NotationError> {
        scaled(text, 3).map(Self).ok_or(NotationError("a decimal with at most three places"))
    }
}

impl fmt::Display for Date {
    /// `2026-11-21`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.0.year(), self.0.month(), self.0.day())
    }
}

impl FromStr for Date {
    type Err = NotationError;

    fn from_str(text: &str) -> Result<Self, NotationError> {
        NaiveDate::parse_from_str(text, "%Y-%m-%d").map(Self).map_err(|_| NotationError("a date"))
    }
}

impl fmt::Display for DateTime {
    /// `2026-11-21T14:05:00`: what the clock showed, without offset or fraction, as 1C reads it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (date, time) = (Date(self.local.date()), self.local.time());
        write!(f, "{date}T{:02}:{:02}:{:02}", time.hour(), time.minute(), time.second())
    }
}

impl FromStr for DateTime {
    type Err = NotationError;

    fn from_str(text: &str) -> Result<Self, NotationError> {
        if let Ok(local) = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f") {
            return Ok(Self { local, offset: None });
        }
        let instant = Instant::parse_from_rfc3339(text).map_err(|_| NotationError("a time"))?;
        Ok(Self { local: instant.naive_local(), offset: Some(*instant.offset()) })
    }
}

/// The decimal `text` times 10 to the power of `places`; `None` when it is no decimal, too exact or too large.
fn scaled(text: &str, places: usize) -> Option<i64> {
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let fraction = fraction.trim_end_matches('0');
    if fraction.len() > places || (whole.is_empty() && fraction.is_empty()) {
        return None;
    }
    let padding = std::iter::repeat_n('0', places.checked_sub(fraction.len())?);
    let mut value = 0_i64;
    for c in whole.chars().chain(fraction.chars()).chain(padding) {
        let digit = i64::from(c.to_digit(10)?);
        // Counting down below zero reaches the smallest number too, which has no positive counterpart.
        value = value.checked_mul(10)?.checked_sub(digit)?;
    }
    if negative { Some(value) } else { value.checked_neg() }
}

/// Values for yaserde: each is a text, written by the first function and read by the second.
macro_rules! text_value {
    ($($name:ident: $written:expr, $read:expr;)+) => {$(
        impl YaSerialize for $name {
            fn serialize<W: Write>(&self, writer: &mut yaserde::ser::Serializer<W>) -> Result<(), Error> {
                yaserde::primitives::serialize_primitives(self, stringify!($name), writer, $written)
            }

            fn serialize_attributes(
                &self,
                attributes: Vec<xml::attribute::OwnedAttribute>,
                namespace: xml::namespace::Namespace,
            ) -> Result<(Vec<xml::attribute::OwnedAttribute>, xml::namespace::Namespace), Error> {
                Ok((attributes, namespace))
            }
        }

        impl YaDeserialize for $name {
            fn deserialize<R: Read>(reader: &mut yaserde::de::Deserializer<R>) -> Result<Self, Error> {
                $read(element_text(reader)?)
            }
        }
    )+};
}

text_value! {
    Hundredths: ToString::to_string, parsed;
    Thousandths: ToString::to_string, parsed;
    Date: ToString::to_string, parsed;
    DateTime: ToString::to_string, parsed;
    Secret: |secret: &Secret| secret.reveal().to_owned(), secret;
}

fn parsed<T: FromStr<Err = NotationError>>(text: String) -> Result<T, Error> {
    text.parse().map_err(Error::custom)
}

/// What yaserde itself has read is a copy that nobody wipes; from here on there is one, and it is wiped.
fn secret(text: String) -> Result<Secret, Error> {
    Ok(Secret::new(text))
}

/// The text of the element that begins here. The caller reads its end tag, as in yaserde's derive.
fn element_text<R: Read>(reader: &mut yaserde::de::Deserializer<R>) -> Result<String, Error> {
    if !matches!(reader.peek()?, XmlEvent::StartElement { .. }) {
        return Err(Error::custom("Start element not found"));
    }
    reader.next_event()?;
    let XmlEvent::Characters(text) = reader.peek()? else {
        return Ok(String::new());
    };
    let text = text.clone();
    reader.next_event()?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hundredths_always_have_two_places() {
        for (text, value, written) in [
            ("12.3", 1230, "12.30"),
            ("-0.05", -5, "-0.05"),
            ("0", 0, "0.00"),
            ("999999999.99", 99_999_999_999, "999999999.99"),
            ("1.500", 150, "1.50"),
            ("-92233720368547758.08", i64::MIN, "-92233720368547758.08"),
        ] {
            assert_eq!(text.parse(), Ok(Hundredths(value)), "{text}");
            assert_eq!(Hundredths(value).to_string(), written);
        }
        for wrong in ["", ".", "-", "1.005", "1,5", "1e2", "--1", "92233720368547758.08", "٣"] {
            assert!(wrong.parse::<Hundredths>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn thousandths_have_the_places_they_need() {
        for (text, value) in [("1.25", 1250), ("3", 3000), ("0.001", 1), ("-0.5", -500), ("10", 10_000)] {
            assert_eq!(text.parse(), Ok(Thousandths(value)), "{text}");
            assert_eq!(Thousandths(value).to_string(), text);
        }
        assert!("0.0001".parse::<Thousandths>().is_err());
    }

    #[test]
    fn a_time_is_read_with_any_offset_and_written_without() {
        let plain: DateTime = "2026-11-21T14:05:00".parse().unwrap();
        assert_eq!((plain.offset, plain.to_string()), (None, "2026-11-21T14:05:00".to_owned()));
        let moscow: DateTime = "2026-11-21T14:05:00.12+03:00".parse().unwrap();
        assert_eq!(moscow.offset, FixedOffset::east_opt(3 * 3600));
        assert_eq!(moscow.to_string(), "2026-11-21T14:05:00");
        let utc: DateTime = "2026-11-21T14:05:00Z".parse().unwrap();
        assert_eq!(utc.offset, FixedOffset::east_opt(0));
        assert!("2026-11-21".parse::<DateTime>().is_err());
        assert!("".parse::<DateTime>().is_err());
    }

    #[test]
    fn a_date_is_a_day_and_nothing_else() {
        let date: Date = "2026-11-21".parse().unwrap();
        assert_eq!(date.to_string(), "2026-11-21");
        assert!("2026-11-31".parse::<Date>().is_err());
    }
}
