//! Values: validation against the simple type, and the canonical notation.

use chrono::{Days, NaiveDate, NaiveDateTime, NaiveTime};
use rust_decimal::Decimal;

use crate::soap::{
    contract::{Base, SimpleType},
    xml::characters::{is_space, push_escaped},
};

/// The date that 1C writes when none was filled in.
const EMPTY_DATE: &str = "0001-01-01";

/// The last moment of a day, as XML Schema may write it; the next day's first.
const MIDNIGHT_AFTER: &str = "24:00:00";

/// The last day that is taken. Years have four digits here: XML Schema asks no more of a reader, and allows more to a writer.
const LAST_DAY: NaiveDate = match NaiveDate::from_ymd_opt(9_999, 12, 31) {
    Some(day) => day,
    None => NaiveDate::MAX,
};

/// The most decimal digits of a number.
const DIGITS_MAX: usize = 28;

/// The greatest offset from UTC, in minutes.
const OFFSET_MINUTES_MAX: u32 = 14 * 60;

/// Appends the canonical notation of `raw`, escaped; appends nothing when it is empty.
///
/// # Errors
/// The rule that `raw` breaks, as the end of a Russian sentence without the value.
pub(super) fn canonicalise(simple: &SimpleType, raw: &str, optional: bool, out: &mut String) -> Result<(), String> {
    if simple.base == Base::String {
        return string(simple, raw, optional, out);
    }
    let text = raw.trim_matches(is_space);
    let canonical = match simple.base {
        _ if text.is_empty() => None,
        Base::String => Some(text.to_owned()),
        Base::Boolean => Some(boolean(text)?.to_owned()),
        Base::Decimal | Base::Integer | Base::Int => Some(number(simple, text)?),
        Base::Date => date(text)?,
        Base::DateTime => date_time(text)?,
    };
    match canonical {
        Some(canonical) => out.push_str(&canonical),
        None if optional => {}
        None => return Err("обязательное значение не заполнено".to_owned()),
    }
    Ok(())
}

fn string(simple: &SimpleType, raw: &str, optional: bool, out: &mut String) -> Result<(), String> {
    if raw.is_empty() && optional {
        return Ok(());
    }
    if simple.min_length.is_some() || simple.max_length.is_some() {
        let length_chars = raw.chars().count();
        if let Some(min) = simple.min_length.filter(|min| length_chars < *min) {
            return Err(format!("значение короче, чем нужно. Наименьшая длина в символах — {min}"));
        }
        if let Some(max) = simple.max_length.filter(|max| length_chars > *max) {
            return Err(format!("значение длиннее, чем допускает WSDL. Наибольшая длина в символах — {max}"));
        }
    }
    if !simple.enumeration.is_empty() && !simple.enumeration.iter().any(|allowed| allowed == raw) {
        return Err(format!("такого значения нет в списке. Допустимы: {}", simple.enumeration.join(", ")));
    }
    push_escaped(out, raw);
    Ok(())
}

fn boolean(text: &str) -> Result<&'static str, String> {
    match text {
        "true" | "1" => Ok("true"),
        "false" | "0" => Ok("false"),
        _ => Err("нужно логическое значение, true или false".to_owned()),
    }
}

fn number(simple: &SimpleType, text: &str) -> Result<String, String> {
    let whole_only = simple.base != Base::Decimal;
    let wrong = || {
        if whole_only {
            "нужно целое число без пробелов и точки"
        } else {
            "нужно число, дробная часть после точки, без пробелов"
        }
        .to_owned()
    };
    let canonical = canonical_decimal(text, whole_only).ok_or_else(wrong)?;
    let fraction_digits = canonical.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    if let Some(max) = simple.fraction_digits.filter(|max| fraction_digits > *max) {
        return Err(format!("слишком много знаков после точки. Округлите до {max}"));
    }
    let too_long = || format!("слишком длинное число. Наибольшее количество цифр — {DIGITS_MAX}");
    if canonical.chars().filter(char::is_ascii_digit).count() > DIGITS_MAX {
        return Err(too_long());
    }
    let value = Decimal::from_str_exact(&canonical).map_err(|_| too_long())?;
    let (type_min, type_max) = match simple.base {
        Base::Int => (Some(Decimal::from(i32::MIN)), Some(Decimal::from(i32::MAX))),
        Base::String | Base::Boolean | Base::Decimal | Base::Integer | Base::Date | Base::DateTime => (None, None),
    };
    if let Some(min) = simple.min_inclusive.or(type_min).filter(|min| value < *min) {
        return Err(format!("число меньше допустимого. Наименьшее — {min}"));
    }
    if let Some(max) = simple.max_inclusive.or(type_max).filter(|max| value > *max) {
        return Err(format!("число больше допустимого. Наибольшее — {max}"));
    }
    Ok(canonical)
}

/// No plus, no superfluous zeros, no point without a fraction, no minus before zero.
fn canonical_decimal(text: &str, whole_only: bool) -> Option<String> {
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = match unsigned.split_once('.') {
        Some(_) if whole_only => return None,
        Some(parts) => parts,
        None => (unsigned, ""),
    };
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if (whole.is_empty() && fraction.is_empty()) || !digits(whole) || !digits(fraction) {
        return None;
    }
    let whole = whole.trim_start_matches('0');
    let fraction = fraction.trim_end_matches('0');
    let sign = if negative && !(whole.is_empty() && fraction.is_empty()) { "-" } else { "" };
    let whole = if whole.is_empty() { "0" } else { whole };
    let point = if fraction.is_empty() { "" } else { "." };
    Some([sign, whole, point, fraction].concat())
}

/// A date. An offset, which some stacks add, is dropped: it has no meaning for a day. `None` is «not filled in».
fn date(text: &str) -> Result<Option<String>, String> {
    let wrong = || "нужна дата вида 2026-11-21".to_owned();
    let (day, rest) = text.split_at_checked(EMPTY_DATE.len()).ok_or_else(wrong)?;
    parse_day(day).ok_or_else(wrong)?;
    canonical_offset(rest).ok_or_else(wrong)?;
    Ok((day != EMPTY_DATE).then(|| day.to_owned()))
}

/// A time. Fraction and offset are optional and kept in their shortest notation. `T24:00:00` is the midnight that ends the day.
/// `None` is «not filled in».
fn date_time(text: &str) -> Result<Option<String>, String> {
    let wrong = || "нужны дата и время вида 2026-11-21T14:05:00".to_owned();
    let (day, rest) = text.split_once('T').ok_or_else(wrong)?;
    let (clock, rest) = rest.split_at_checked("hh:mm:ss".len()).ok_or_else(wrong)?;
    let (fraction, offset) = match rest.strip_prefix('.') {
        Some(rest) => rest.split_at(rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len())),
        None => ("0", rest),
    };
    let offset = canonical_offset(offset).filter(|_| !fraction.is_empty()).ok_or_else(wrong)?;
    let fraction = fraction.trim_end_matches('0');
    let date = parse_day(day).ok_or_else(wrong)?;
    let local = if clock == MIDNIGHT_AFTER && fraction.is_empty() {
        let next = date.checked_add_days(Days::new(1)).filter(|next| *next <= LAST_DAY).ok_or_else(wrong)?;
        next.and_time(NaiveTime::MIN)
    } else {
        NaiveDateTime::new(date, parse_clock(clock).ok_or_else(wrong)?)
    };
    if day == EMPTY_DATE && clock == "00:00:00" && fraction.is_empty() {
        return Ok(None);
    }
    let point = if fraction.is_empty() { "" } else { "." };
    Ok(Some(format!("{}{point}{fraction}{offset}", local.format("%Y-%m-%dT%H:%M:%S"))))
}

fn parse_day(text: &str) -> Option<NaiveDate> {
    let shape = text.len() == EMPTY_DATE.len() && matches_shape(text, "0000-00-00");
    let year_zero = text.starts_with("0000");
    if shape && !year_zero { NaiveDate::parse_from_str(text, "%Y-%m-%d").ok() } else { None }
}

fn parse_clock(text: &str) -> Option<NaiveTime> {
    let leap_second = text.ends_with("60");
    if matches_shape(text, "00:00:00") && !leap_second {
        NaiveTime::parse_from_str(text, "%H:%M:%S").ok()
    } else {
        None
    }
}

/// `` (none), `Z` or `+hh:mm`; `None` when it is something else.
fn canonical_offset(text: &str) -> Option<&str> {
    match text {
        "" => Some(""),
        "Z" | "+00:00" | "-00:00" => Some("Z"),
        _ => {
            let digits = text.strip_prefix(['+', '-'])?;
            let (hours, minutes) = digits.split_once(':').filter(|_| matches_shape(digits, "00:00"))?;
            let (hours, minutes): (u32, u32) = (hours.parse().ok()?, minutes.parse().ok()?);
            (minutes < 60 && hours * 60 + minutes <= OFFSET_MINUTES_MAX).then_some(text)
        }
    }
}

/// Whether `text` has a digit where `shape` has «0» and the same character elsewhere.
fn matches_shape(text: &str, shape: &str) -> bool {
    let same = |(c, s): (u8, u8)| if s == b'0' { c.is_ascii_digit() } else { c == s };
    text.len() == shape.len() && text.bytes().zip(shape.bytes()).all(same)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(base: Base) -> SimpleType {
        SimpleType::plain(base)
    }

    fn canonical(simple: &SimpleType, raw: &str) -> Result<String, String> {
        let mut out = String::new();
        canonicalise(simple, raw, true, &mut out).map(|()| out)
    }

    #[test]
    fn a_number_has_one_notation() {
        let decimal = of(Base::Decimal);
        for (raw, expected) in [
            ("1.50", "1.5"),
            (" +007.0 ", "7"),
            (".5", "0.5"),
            ("5.", "5"),
            ("-0.00", "0"),
            ("-.050", "-0.05"),
            ("\n100\t", "100"),
            ("", ""),
        ] {
            assert_eq!(canonical(&decimal, raw).unwrap(), expected, "{raw:?}");
        }
        for wrong in ["1e3", "1,5", ".", "-", "+-1", "1 000", "0x10", "INF", "٣", "1.2.3", &"9".repeat(29)] {
            assert!(canonical(&decimal, wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn facets_of_a_number_look_at_the_value_and_not_at_the_notation() {
        let money = SimpleType {
            fraction_digits: Some(2),
            min_inclusive: Some(Decimal::ZERO),
            max_inclusive: Some(Decimal::from(100)),
            ..of(Base::Decimal)
        };
        assert_eq!(canonical(&money, "100.000").unwrap(), "100");
        assert_eq!(canonical(&money, "1.001").unwrap_err(), "слишком много знаков после точки. Округлите до 2");
        assert_eq!(canonical(&money, "-0.01").unwrap_err(), "число меньше допустимого. Наименьшее — 0");
        assert_eq!(canonical(&money, "100.01").unwrap_err(), "число больше допустимого. Наибольшее — 100");
    }

    #[test]
    fn an_int_fits_32_bits() {
        assert_eq!(canonical(&of(Base::Int), "-2147483648").unwrap(), "-2147483648");
        assert!(canonical(&of(Base::Int), "2147483648").is_err());
        assert!(canonical(&of(Base::Int), "1.0").is_err());
        assert_eq!(canonical(&of(Base::Integer), "2147483648").unwrap(), "2147483648");
    }

    #[test]
    fn a_boolean_has_four_spellings() {
        for (raw, expected) in [("1", "true"), (" true ", "true"), ("0", "false"), ("false", "false")] {
            assert_eq!(canonical(&of(Base::Boolean), raw).unwrap(), expected);
        }
        assert!(canonical(&of(Base::Boolean), "True").is_err());
        assert!(canonical(&of(Base::Boolean), "да").is_err());
    }

    #[test]
    fn a_time_keeps_its_offset_and_fraction_in_the_shortest_notation() {
        for (raw, expected) in [
            ("2026-11-21T14:05:00", "2026-11-21T14:05:00"),
            ("2026-11-21T14:05:00.000", "2026-11-21T14:05:00"),
            ("2026-11-21T14:05:00.1200+03:00", "2026-11-21T14:05:00.12+03:00"),
            ("2026-11-21T14:05:00-00:00", "2026-11-21T14:05:00Z"),
            ("0001-01-01T00:00:00", ""),
            ("0001-01-01T00:00:00Z", ""),
            ("2026-11-21T24:00:00", "2026-11-22T00:00:00"),
            ("2026-12-31T24:00:00.000+03:00", "2027-01-01T00:00:00+03:00"),
            ("2028-02-28T24:00:00Z", "2028-02-29T00:00:00Z"),
            ("\n 2026-11-21T14:05:00\t", "2026-11-21T14:05:00"),
        ] {
            assert_eq!(canonical(&of(Base::DateTime), raw).unwrap(), expected, "{raw}");
        }
        for wrong in [
            "2026-11-21",
            "2026-11-21 14:05:00",
            "2026-02-30T00:00:00",
            "2026-11-21T24:00:01",
            "2026-11-21T24:01:00",
            "2026-11-21T24:00:00.1",
            "9999-12-31T24:00:00",
            "12026-11-21T00:00:00",
            "-2026-11-21T00:00:00",
            "2026-11-21T23:59:60",
            "2026-11-21T14:05",
            "2026-11-21T14:05:00.",
            "2026-11-21T14:05:00+15:00",
            "2026-11-21T14:05:00+3:00",
            "2026-11-21T14:05:0Я",
            "0000-01-01T00:00:00",
            "+2026-11-21T00:00:00",
        ] {
            assert!(canonical(&of(Base::DateTime), wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_date_forgets_its_offset() {
        assert_eq!(canonical(&of(Base::Date), "2026-11-21+03:00").unwrap(), "2026-11-21");
        assert_eq!(canonical(&of(Base::Date), "0001-01-01").unwrap(), "");
        assert!(canonical(&of(Base::Date), "21.11.2026").is_err());
        assert!(canonical(&of(Base::Date), "2026-11-21T00:00:00").is_err());
        assert!(canonical(&of(Base::Date), "2026-11-2Я").is_err());
    }

    #[test]
    fn a_string_is_counted_in_characters_and_keeps_its_spaces() {
        let code = SimpleType { min_length: Some(2), max_length: Some(4), ..of(Base::String) };
        assert_eq!(canonical(&code, " Ё< ").unwrap(), " Ё&lt; ");
        assert!(canonical(&code, "Ё").is_err());
        assert!(canonical(&code, "ЁЁЁЁЁ").is_err());
        let mut out = String::new();
        assert!(canonicalise(&code, "", false, &mut out).is_err());
        assert!(canonicalise(&of(Base::String), "", false, &mut out).is_ok() && out.is_empty());
    }

    #[test]
    fn a_required_value_that_is_no_string_may_not_be_empty() {
        for base in [Base::Boolean, Base::Int, Base::Integer, Base::Decimal, Base::Date, Base::DateTime] {
            assert!(canonicalise(&of(base), " ", false, &mut String::new()).is_err(), "{base:?}");
            assert!(canonicalise(&of(base), " ", true, &mut String::new()).is_ok(), "{base:?}");
        }
    }

    /// What the lexical rules of XML Schema 1.0 let a client write, for years of four digits.
    mod by_the_rules_of_xml_schema {
        use proptest::prelude::*;

        use super::*;

        fn spaces() -> impl Strategy<Value = String> {
            "[ \t\r\n]{0,3}"
        }

        /// An offset, and how many minutes it is, if there is one.
        fn offset() -> impl Strategy<Value = (String, Option<i32>)> {
            prop_oneof![
                Just((String::new(), None)),
                Just(("Z".to_owned(), Some(0))),
                (any::<bool>(), 0..=14_i32, 0..60_i32)
                    .prop_filter("at most 14:00", |(_, h, m)| *h < 14 || *m == 0)
                    .prop_map(|(west, hours, minutes)| {
                        let sign = if west { '-' } else { '+' };
                        let total = hours * 60 + minutes;
                        (format!("{sign}{hours:02}:{minutes:02}"), Some(if west { -total } else { total }))
                    }),
            ]
        }

        fn day() -> impl Strategy<Value = NaiveDate> {
            (1..=9_999_i32, 1..=12_u32, 1..=31_u32)
                .prop_filter_map("a day of the calendar", |(year, month, day)| {
                    NaiveDate::from_ymd_opt(year, month, day)
                })
                .prop_filter("not 1C's empty date", |day| *day > NaiveDate::from_ymd_opt(1, 1, 1).unwrap())
        }

        proptest! {
            #[test]
            fn a_time_is_taken(
                day in day(), hour in 0..=24_u32, minute in 0..60_u32, second in 0..60_u32,
                fraction in prop::option::of("[0-9]{1,12}"), (written, minutes) in offset(),
                before in spaces(), after in spaces(),
            ) {
                let (minute, second) = if hour == 24 { (0, 0) } else { (minute, second) };
                let fraction = fraction.map(|digits| if hour == 24 { "000".to_owned() } else { digits });
                prop_assume!(hour < 24 || day < LAST_DAY);
                let point = fraction.as_ref().map(|digits| format!(".{digits}")).unwrap_or_default();
                let raw = format!("{before}{day}T{hour:02}:{minute:02}:{second:02}{point}{written}{after}");
                let canonical = canonical(&of(Base::DateTime), &raw);
                let read = canonical.as_deref().map(|text| text.parse::<crate::soap::messages::values::DateTime>());
                let read = read.unwrap_or_else(|rule| panic!("{raw}: {rule}")).unwrap();
                let seconds = i64::from(hour * 3_600 + minute * 60 + second);
                let local = day.and_time(NaiveTime::MIN) + chrono::Duration::seconds(seconds);
                prop_assert_eq!(read.local.and_utc().timestamp(), local.and_utc().timestamp(), "{}", raw);
                prop_assert_eq!(read.offset.map(|offset| offset.local_minus_utc() / 60), minutes, "{}", raw);
            }

            #[test]
            fn a_day_is_taken(day in day(), (written, _) in offset(), before in spaces(), after in spaces()) {
                prop_assert_eq!(canonical(&of(Base::Date), &format!("{before}{day}{written}{after}")), Ok(day.to_string()));
            }

            #[test]
            fn a_decimal_is_taken(
                sign in "[+-]?", zeros in "0{0,4}", whole in "[0-9]{0,9}", fraction in "([.][0-9]{0,4})?",
                before in spaces(), after in spaces(),
            ) {
                let digits = format!("{zeros}{whole}");
                prop_assume!(!digits.is_empty() || fraction.len() > 1);
                let raw = format!("{before}{sign}{digits}{fraction}{after}");
                let exact = |text: &str| {
                    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
                    format!("{whole}{fraction:0<4}").parse::<i128>().unwrap()
                };
                let written = canonical(&of(Base::Decimal), &raw).unwrap();
                let given = format!("{}0{digits}{fraction}", sign.replace('+', ""));
                prop_assert_eq!(exact(&written), exact(&given), "{}", raw);
                if fraction.is_empty() {
                    let whole = canonical(&of(Base::Integer), &raw);
                    prop_assert_eq!(whole.as_deref(), Ok(written.as_str()));
                    let int = canonical(&of(Base::Int), &raw);
                    prop_assert_eq!(int.is_ok(), written.parse::<i32>().is_ok(), "{}", raw);
                }
            }

            #[test]
            fn a_boolean_is_taken(word in "true|false|0|1", before in spaces(), after in spaces()) {
                let expected = if word == "true" || word == "1" { "true" } else { "false" };
                let raw = format!("{before}{word}{after}");
                prop_assert_eq!(canonical(&of(Base::Boolean), &raw), Ok(expected.to_owned()));
            }

            /// And nothing makes it fail.
            #[test]
            fn no_text_makes_it_fail(text in any::<String>(), near in "[0-9TZ:.+ -]{0,30}") {
                for base in [Base::Boolean, Base::Decimal, Base::Integer, Base::Int, Base::Date, Base::DateTime] {
                    for raw in [&text, &near] {
                        if let Ok(written) = canonical(&of(base), raw) {
                            prop_assert_eq!(canonical(&of(base), &written), Ok(written.clone()), "{:?}", raw);
                        }
                    }
                }
            }
        }
    }
}
