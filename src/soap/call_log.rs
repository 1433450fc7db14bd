//! The journal of exchanges: requests and answers, for integrators who ask what was sent and what was answered.
//! Personal data and codes are masked before anything leaves this file.
//!
//! A call hands over its texts as a [`RawCall`], without copying or reading them. The writer's own thread masks them
//! into a [`CallRecord`], so no till waits for it.

mod keeping;

use std::borrow::Cow;

use quick_xml::escape::{escape, unescape};

use self::keeping::{Keeping, keeping};
use crate::domain::{
    exchange::{self, is_like_a_card},
    phone::{Identifier, Phone},
    veil::veiled,
};

/// One call as the journal of exchanges keeps it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CallRecord {
    /// The request id, as in the log and in faults.
    pub request_id: String,
    /// The service's name in the path.
    pub service: &'static str,
    /// The operation; `None` when the request was refused before it was known.
    pub operation: Option<String>,
    /// `OK`, the refusal's code, or the fault's.
    pub code: String,
    /// The HTTP status.
    pub http_status: u16,
    /// The caller's partner.
    pub partner: Option<i64>,
    /// The caller's login.
    pub login: Option<String>,
    /// How long the answer took, in milliseconds.
    pub duration_ms: u64,
    /// The search keys, from the request.
    pub names: SearchKeys,
    /// The canonical request, masked; empty when the guard refused it.
    pub request: Option<String>,
    /// The answer's `return`, masked, or the fault's description.
    pub answer: Option<String>,
}

/// The keys that a call is searched by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SearchKeys {
    /// The operation key.
    pub operation_key: Option<String>,
    /// The card.
    pub card: Option<String>,
    /// The till.
    pub till: Option<String>,
}

/// One call, not masked. It holds secrets, so it can be neither printed nor copied. Only [`RawCall::masked`] reads it.
#[derive(Default)]
pub struct RawCall {
    /// The record, without its texts.
    record: CallRecord,
    /// The canonical request.
    request: Option<String>,
    /// The answer's `return`.
    answer: Option<String>,
}

/// Receives exchanges. Must not block: it is called before the answer is sent.
pub trait Recorder: Send + Sync {
    /// Takes one.
    fn record(&self, call: RawCall);
}

impl RawCall {
    /// Starts the record of a call.
    pub(super) fn new(request_id: &str, service: &'static str) -> Self {
        let record = CallRecord { request_id: request_id.to_owned(), service, ..CallRecord::default() };
        Self { record, request: None, answer: None }
    }

    /// Sets the caller.
    pub(super) fn from(&mut self, partner: i64, login: String) {
        self.record.partner = Some(partner);
        self.record.login = Some(login);
    }

    /// Sets the operation and its canonical text.
    pub(super) fn asked(&mut self, operation: String, canonical: String) {
        self.record.operation = Some(operation);
        self.request = Some(canonical);
    }

    /// Sets the answer: the code and the `return`.
    pub(super) fn answered(&mut self, code: String, body: String) {
        self.record.code = code;
        self.answer = Some(body);
    }

    /// Sets the fault. Descriptions name elements and rules, never values.
    pub(super) fn failed(&mut self, code: &str, description: &str) {
        code.clone_into(&mut self.record.code);
        self.record.answer = Some(description.to_owned());
    }

    /// Sets the status and the duration.
    pub(super) const fn ended(&mut self, http_status: u16, duration_ms: u64) {
        self.record.http_status = http_status;
        self.record.duration_ms = duration_ms;
    }

    /// How much memory it takes, in bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let texts = [
            Some(&self.record.request_id),
            Some(&self.record.code),
            self.record.operation.as_ref(),
            self.record.login.as_ref(),
            self.record.answer.as_ref(),
            self.request.as_ref(),
            self.answer.as_ref(),
        ];
        texts.into_iter().flatten().map(String::capacity).fold(size_of::<Self>(), usize::saturating_add)
    }

    /// The record, masked.
    #[must_use]
    pub fn masked(self) -> CallRecord {
        let Self { mut record, request, answer } = self;
        for kept in [&mut record.login, &mut record.answer].into_iter().flatten() {
            if let Some(shown) = veiled(kept) {
                *kept = shown;
            }
        }
        record.request = request.map(|canonical| masked(&canonical, |name, text| record.names.take(name, text)));
        record.answer = answer.map(|body| masked(&body, |_, _| {})).or(record.answer);
        record
    }
}

impl SearchKeys {
    /// Takes a search key from an element of a request, unless an earlier element gave it.
    fn take(&mut self, element: &str, text: &str) {
        let slot = match element {
            "operationKey" => &mut self.operation_key,
            "till" => &mut self.till,
            "cardNumber" | "identifier" => &mut self.card,
            _ => return,
        };
        if slot.is_some() || text.is_empty() {
            return;
        }
        let text = unescape(text).unwrap_or(Cow::Borrowed(text));
        *slot = match element {
            "operationKey" => Some(exchange::operation_key(&text)),
            "till" => Some(exchange::till(&text)),
            _ => exchange::card(&text),
        };
    }
}

const HIDDEN: &str = "***";

/// No number of a person is shorter, however it is written.
const NUMBER_BYTES_MIN: usize = 9;

/// Digits of a masked phone that are shown at most.
const DIGITS_SHOWN_MAX: usize = 6;

/// Whether an element holds a password or a code, which messages keep in a text that is wiped.
#[must_use]
pub fn is_secret(element: &str) -> bool {
    keeping(&[element]) == Keeping::Secret
}

/// What to show instead of a text, if it may not be shown as it is.
fn instead(path: &[&str], text: &str) -> Option<Cow<'static, str>> {
    match keeping(path) {
        Keeping::Whole => whole(text),
        Keeping::Number => number(text),
        Keeping::Nothing | Keeping::Secret => Some(Cow::Borrowed(HIDDEN)),
    }
}

/// Without what looks like a person's number or address: a phone is typed into every field there is.
fn whole(text: &str) -> Option<Cow<'static, str>> {
    // Nearly all texts are short words and figures.
    let is_plain = |byte: &u8| !matches!(byte, b'@' | b'&');
    if text.len() < NUMBER_BYTES_MIN && text.as_bytes().iter().all(is_plain) {
        return None;
    }
    let Ok(plain) = unescape(text) else { return Some(Cow::Borrowed(HIDDEN)) };
    veiled(&plain).map(|shown| Cow::Owned(escape(shown).into_owned()))
}

/// A phone as a till may see it; a card's number as it is; nothing of what is neither.
fn number(text: &str) -> Option<Cow<'static, str>> {
    if is_masked(text) {
        return None;
    }
    let Ok(text) = unescape(text) else { return Some(Cow::Borrowed(HIDDEN)) };
    match Identifier::parse(&text) {
        Some(Identifier::Card(number)) => (!is_like_a_card(&number)).then_some(Cow::Borrowed(HIDDEN)),
        Some(Identifier::Phone(phone) | Identifier::Either { phone, .. }) => Some(phone.masked().into()),
        None => Some(Phone::parse(&text).map_or(Cow::Borrowed(HIDDEN), |phone| phone.masked().into())),
    }
}

/// Whether it is a masked phone, as answers show it.
fn is_masked(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    text.contains('*') && digits <= DIGITS_SHOWN_MAX && text.bytes().all(|byte| b"+0123456789 *-".contains(&byte))
}

/// Canonical text with personal data, codes and passwords masked. `tell` gets the name of each element and its unmasked
/// text. Text after a truncated tag is dropped.
fn masked<'a>(xml: &'a str, mut tell: impl FnMut(&'a str, &'a str)) -> String {
    let mut out = String::with_capacity(xml.len());
    let mut path: Vec<&str> = Vec::with_capacity(8);
    let between = |from: usize, to: usize| xml.get(from..to).unwrap_or_default();
    // The start of what is not copied yet, and of the current text or tag. It goes byte by byte: texts and tags are so
    // short that a search for the next bracket costs more than it saves.
    let (mut copied, mut begun, mut in_tag) = (0, 0, false);
    for (at, byte) in xml.bytes().enumerate() {
        match byte {
            b'<' if !in_tag => {
                let text = between(begun, at);
                if let Some(name) = path.last().filter(|_| !text.is_empty()) {
                    tell(name, text);
                    if let Some(shown) = instead(&path, text) {
                        out.push_str(between(copied, begun));
                        out.push_str(&shown);
                        copied = at;
                    }
                }
                (begun, in_tag) = (at, true);
            }
            b'>' if in_tag => {
                let tag = between(begun.saturating_add(1), at);
                if tag.starts_with('/') {
                    path.pop();
                } else if !tag.ends_with('/') {
                    path.push(local_name(tag));
                }
                (begun, in_tag) = (at.saturating_add(1), false);
            }
            _ => {}
        }
    }
    out.push_str(between(copied, begun));
    out
}

/// The name of a start tag without prefix and attributes.
fn local_name(tag: &str) -> &str {
    let mut name_at = 0;
    for (at, byte) in tag.bytes().enumerate() {
        match byte {
            b' ' => return tag.get(name_at..at).unwrap_or_default(),
            b':' => name_at = at.saturating_add(1),
            _ => {}
        }
    }
    tag.get(name_at..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(xml: &str) -> String {
        super::masked(xml, |_, _| {})
    }

    fn names(request: &str) -> SearchKeys {
        let mut call = RawCall::default();
        call.asked("X".into(), request.into());
        call.masked().names
    }

    #[test]
    fn people_and_codes_are_masked_and_goods_are_not() {
        let request = "<RegisterCustomer><context><operationKey>k1</operationKey><till>M1</till><cashier>Петрова</cashier></context><registration>\
                       <phone>8 916 123-45-67</phone><surname>Иванова</surname><name>Анна</name><email>a@b.ru</email></registration></RegisterCustomer>";
        let shown = masked(request);
        for secret in ["123-45-67", "Иванова", "Анна", "a@b.ru", "Петрова"] {
            assert!(!shown.contains(secret), "{shown}");
        }
        assert!(shown.contains("<phone>+7 916 ***-**-67</phone>") && shown.contains("<till>M1</till>"));
        let line = "<line><name>Анна Каренина, роман</name><sum>1</sum></line>";
        assert_eq!(masked(line), line);
        assert_eq!(
            masked("<m:return><m:phone>+79161234567</m:phone><m:lines/></m:return>"),
            "<m:return><m:phone>+7 916 ***-**-67</m:phone><m:lines/></m:return>"
        );
        assert_eq!(
            masked("<C><confirmationCode>123456</confirmationCode></C>"),
            "<C><confirmationCode>***</confirmationCode></C>"
        );
    }

    #[test]
    fn a_phone_is_masked_wherever_a_number_is_expected_and_nonsense_is_hidden() {
        for name in ["cardNumber", "newCardNumber", "identifier", "intoIdentifier", "newPhone", "referrer"] {
            let of = |text: &str| masked(&format!("<X><{name}>{text}</{name}></X>"));
            let is = |text: &str| format!("<X><{name}>{text}</{name}></X>");
            assert_eq!(of("8 916 123-45-67"), is("+7 916 ***-**-67"));
            assert_eq!(of("+7&#32;916&#32;1234567"), is("+7 916 ***-**-67"));
            assert_eq!(of("7000000101"), is("7000000101"));
            assert_eq!(of("+7 916 ***-**-67"), is("+7 916 ***-**-67"));
            for nonsense in ["+7 916", "12&#7;34", "- -", "Иванов", "SECRET77"] {
                assert_eq!(of(nonsense), is(HIDDEN), "{nonsense}");
            }
            // A lone asterisk is not a masked phone.
            assert_eq!(of("+79161234567*"), is(HIDDEN));
        }
        assert_eq!(names("<X><cardNumber>89161234567</cardNumber></X>").card.as_deref(), Some("+7 916 ***-**-67"));
    }

    #[test]
    fn what_looks_like_a_person_s_number_is_masked_in_every_element_that_is_kept() {
        for name in ["goodsCode", "giftOf", "offerId", "operationKey", "brand", "group", "till", "shift", "message"] {
            let of = |text: &str| masked(&format!("<X><{name}>{text}</{name}></X>"));
            let is = |text: &str| format!("<X><{name}>{text}</{name}></X>");
            assert_eq!(of("8 916 123-45-67"), is("+7 916 ***-**-67"));
            assert_eq!(of("для&#32;8&#57;161234567 &amp; anna@example.ru"), is("для +7 916 ***-**-67 &amp; ***"));
            assert_eq!(of("4111111111111111"), is("************1111"));
            assert_eq!(of("000123 &amp; 1"), is("000123 &amp; 1"));
        }
        let named = names("<X><operationKey>79161234567-1</operationKey><till>89161234567</till></X>");
        assert_eq!(named.operation_key.as_deref(), Some("+7 916 ***-**-67-1"));
        assert_eq!(named.till.as_deref(), Some("+7 916 ***-**-67"));
    }

    #[test]
    fn free_text_and_what_nobody_declared_are_hidden() {
        for name in ["reason", "actor", "cashier", "evidence", "novelty", "coupon"] {
            let hidden = format!("<X><{name}>***</{name}></X>");
            assert_eq!(masked(&format!("<X><{name}>Иванова, 8 916 123-45-67</{name}></X>")), hidden);
        }
    }

    #[test]
    fn a_card_s_number_is_found_and_a_phone_is_not_taken_for_one() {
        let named = names(
            "<X><context><operationKey>k&amp;1</operationKey><till>M1</till></context><receipt><till>M2</till><identifier>7000000101</identifier></receipt></X>",
        );
        assert_eq!(
            (named.operation_key.as_deref(), named.till.as_deref(), named.card.as_deref()),
            (Some("k&1"), Some("M1"), Some("7000000101"))
        );
        assert_eq!(names("<X><identifier>+79161234567</identifier></X>").card, None);
        assert_eq!(
            names("<X><cardNumber></cardNumber><identifier>7000000101</identifier></X>").card.as_deref(),
            Some("7000000101")
        );
    }

    #[test]
    fn a_call_is_kept_masked_and_a_fault_s_description_as_it_is() {
        let mut call = RawCall::new("1", "pos_1");
        call.from(7, "kassa".into());
        call.asked("C".into(), "<C><phone>+79161234567</phone></C>".into());
        call.answered("OK".into(), "<m:return><m:phone>+79161234567</m:phone></m:return>".into());
        call.ended(200, 3);
        assert!(call.bytes() > 60);
        let kept = call.masked();
        assert_eq!(kept.request.as_deref(), Some("<C><phone>+7 916 ***-**-67</phone></C>"));
        assert_eq!(kept.answer.as_deref(), Some("<m:return><m:phone>+7 916 ***-**-67</m:phone></m:return>"));
        let mut call = RawCall::new("2", "pos_1");
        call.failed("INVALID_REQUEST", "Элемент Body пуст.");
        let kept = call.masked();
        assert_eq!((kept.code.as_str(), kept.answer.as_deref()), ("INVALID_REQUEST", Some("Элемент Body пуст.")));
    }

    #[test]
    fn text_that_is_cut_off_is_no_danger() {
        assert_eq!(masked("<till>b<c"), "<till>b");
        assert_eq!(masked("<till>b</till>9161234567"), "<till>b</till>");
        assert_eq!(masked("<password>b<c/>d</password><password>e<"), "<password>***<c/>***</password><password>***");
        assert_eq!(masked("9161234567"), "");
        assert_eq!(masked(""), "");
    }
}
