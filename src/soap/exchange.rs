//! The journal of exchanges: what was asked and what was answered, with personal data and codes masked before anything
//! leaves this file. It answers the integrators' question «what did you send, what did we answer».

use crate::domain::phone::{Identifier, Phone};

/// One call as it may be kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Exchange {
    /// What names the call in the log and in faults.
    pub request_id: String,
    /// The service's name in the path.
    pub service: String,
    /// The operation, if the request got that far.
    pub operation: Option<String>,
    /// `OK`, the refusal's code, or the fault's.
    pub code: String,
    /// The HTTP status.
    pub http_status: u16,
    /// For which partner.
    pub partner: Option<i64>,
    /// By which login.
    pub login: Option<String>,
    /// The operation key.
    pub operation_key: Option<String>,
    /// The card.
    pub card: Option<String>,
    /// The till.
    pub till: Option<String>,
    /// How long the answer took, in milliseconds.
    pub duration_ms: u64,
    /// The canonical request, masked; of what the guard refused nothing is kept.
    pub request: Option<String>,
    /// The answer's `return`, masked, or the fault's description.
    pub answer: Option<String>,
}

/// Where exchanges go. Must not block: it is called before the answer leaves.
pub trait Recorder: Send + Sync {
    /// Takes one.
    fn record(&self, exchange: Exchange);
}

/// Elements whose text is never kept.
const SECRET: [&str; 8] =
    ["confirmationCode", "password", "surname", "patronymic", "birthDate", "email", "answer", "evidence"];
/// Elements whose text is a phone, or may be one.
const PHONE: [&str; 4] = ["phone", "identifier", "referrer", "codeSentTo"];
/// Elements within which `name` is a person's.
const PERSON: [&str; 3] = ["registration", "questionnaire", "customer"];
const HIDDEN: &str = "***";

/// The text of a message without personal data, codes and passwords.
#[must_use]
pub fn masked(xml: &str) -> String {
    let mut out = String::with_capacity(xml.len());
    walk(xml, out_text, |piece| out.push_str(piece));
    out
}

/// Takes over what a canonical request says of itself: key, card and till.
pub fn describe(exchange: &mut Exchange, canonical: &str) {
    walk(
        canonical,
        |path, text| {
            let (name, slot) = match path.last().copied() {
                Some("operationKey") => (text.to_owned(), &mut exchange.operation_key),
                Some("till") => (text.to_owned(), &mut exchange.till),
                Some("cardNumber") => (text.to_owned(), &mut exchange.card),
                Some("identifier") => match Identifier::parse(text) {
                    Some(Identifier::Card(number)) => (number, &mut exchange.card),
                    Some(Identifier::Phone(_) | Identifier::Either { .. }) | None => return String::new(),
                },
                _ => return String::new(),
            };
            if slot.is_none() && !name.is_empty() {
                *slot = Some(name);
            }
            String::new()
        },
        |_| {},
    );
}

fn out_text(path: &[&str], text: &str) -> String {
    let Some(name) = path.last() else { return text.to_owned() };
    let of_a_person = *name == "name" && path.iter().rev().nth(1).is_some_and(|parent| PERSON.contains(parent));
    if text.is_empty() {
        String::new()
    } else if SECRET.contains(name) || of_a_person {
        HIDDEN.to_owned()
    } else if PHONE.contains(name) {
        phone(text)
    } else {
        text.to_owned()
    }
}

/// A phone as a till may see it; a card's number as it is.
fn phone(text: &str) -> String {
    if text.contains('*') {
        return text.to_owned();
    }
    match Identifier::parse(text) {
        Some(Identifier::Card(_)) => text.to_owned(),
        Some(Identifier::Phone(phone) | Identifier::Either { phone, .. }) => phone.masked(),
        None => Phone::parse(text).map_or_else(|| HIDDEN.to_owned(), |phone| phone.masked()),
    }
}

/// Goes through well-formed text of ours: `text` is asked what to put for each text, `emit` gets every piece in order.
fn walk<'a>(xml: &'a str, mut text: impl FnMut(&[&'a str], &'a str) -> String, mut emit: impl FnMut(&str)) {
    let mut path: Vec<&str> = Vec::new();
    let mut rest = xml;
    while let Some((before, tail)) = rest.split_once('<') {
        emit(&text(&path, before));
        let Some((tag, after)) = tail.split_once('>') else { return };
        emit("<");
        emit(tag);
        emit(">");
        if tag.starts_with('/') {
            path.pop();
        } else if !tag.ends_with('/') {
            let name = tag.split(' ').next().unwrap_or(tag);
            path.push(name.split_once(':').map_or(name, |(_, local)| local));
        }
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_and_codes_are_masked_and_goods_are_not() {
        let request = "<RegisterCustomer><context><operationKey>k1</operationKey><till>M1</till></context><registration>\
                       <phone>8 916 123-45-67</phone><surname>Иванова</surname><name>Анна</name><email>a@b.ru</email></registration></RegisterCustomer>";
        let shown = masked(request);
        for secret in ["123-45-67", "Иванова", "Анна", "a@b.ru"] {
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
    fn a_card_s_number_is_found_and_a_phone_is_not_taken_for_one() {
        let mut exchange = Exchange::default();
        describe(
            &mut exchange,
            "<X><context><operationKey>k</operationKey><till>M1</till></context><receipt><identifier>7000000101</identifier></receipt></X>",
        );
        assert_eq!(
            (exchange.operation_key.as_deref(), exchange.till.as_deref(), exchange.card.as_deref()),
            (Some("k"), Some("M1"), Some("7000000101"))
        );
        let mut exchange = Exchange::default();
        describe(&mut exchange, "<X><identifier>+79161234567</identifier></X>");
        assert_eq!(exchange.card, None);
    }

    #[test]
    fn text_that_is_cut_off_is_no_danger() {
        assert_eq!(masked("<a>b<c"), "<a>b");
        assert_eq!(masked(""), "");
    }
}
