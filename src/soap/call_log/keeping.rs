//! The masking rule of each element of the contracts, for the journal of exchanges.
//!
//! An element that is not in the tables is hidden. A test fails for an element of a contract that is missing here, and
//! for a row without an element.

/// The masking rule of an element's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keeping {
    /// Kept unchanged.
    Whole,
    /// A card's number unchanged, a phone with most of its digits hidden, any other text hidden.
    Number,
    /// Hidden: a secret, a name or free text.
    Nothing,
    /// Nothing: a password or a code. A message holds it as [`crate::secret::Secret`], which is wiped and never shown.
    Secret,
}

use Keeping::{Nothing, Number, Secret, Whole};

/// By the element's name, sorted. Names with two meanings are in [`WITHIN`].
pub(super) const ELEMENTS: &[(&str, Keeping)] = &[
    ("accountId", Whole),
    ("act", Whole),
    ("actor", Nothing),
    ("added", Whole),
    // What a field was and is may name people.
    ("after", Nothing),
    ("amount", Whole),
    ("amountDue", Whole),
    ("amountRefund", Whole),
    ("answer", Nothing),
    ("at", Whole),
    ("available", Whole),
    ("balanceAfter", Whole),
    ("before", Nothing),
    ("birthDate", Nothing),
    ("brand", Whole),
    ("cancelledAmount", Whole),
    ("cancelledCount", Whole),
    ("cancelledKey", Whole),
    ("captured", Whole),
    ("cardKind", Whole),
    ("cardNumber", Number),
    ("cardState", Whole),
    ("cards", Whole),
    ("caseId", Whole),
    ("cashier", Nothing),
    ("cause", Whole),
    ("channel", Whole),
    ("closed", Whole),
    ("closedAt", Whole),
    ("closedBy", Whole),
    ("code", Whole),
    ("codeRequired", Whole),
    ("codeSentTo", Number),
    ("confirmationCode", Secret),
    ("contractVersion", Whole),
    ("correctedEntry", Whole),
    ("count", Whole),
    ("coupon", Nothing),
    ("cursor", Whole),
    ("customerClass", Whole),
    ("customerId", Whole),
    ("date", Whole),
    ("day", Whole),
    ("days", Whole),
    ("debt", Whole),
    ("delivery", Whole),
    ("disabled", Whole),
    ("discountGranted", Whole),
    ("discountOffered", Whole),
    ("discountTotal", Whole),
    ("documentId", Whole),
    ("documentNumber", Whole),
    ("duration", Whole),
    ("email", Nothing),
    ("employee", Nothing),
    ("evidence", Nothing),
    ("expiresAt", Whole),
    ("expiresOn", Whole),
    ("fd", Whole),
    ("field", Whole),
    ("fn", Whole),
    ("found", Whole),
    ("fp", Whole),
    ("from", Whole),
    ("giftOf", Whole),
    ("givenAt", Whole),
    ("goodsCode", Whole),
    ("group", Whole),
    ("id", Whole),
    ("identifier", Number),
    ("intoIdentifier", Number),
    ("isMore", Whole),
    ("issuedBy", Whole),
    ("issuedByName", Whole),
    ("keptDays", Whole),
    ("kind", Whole),
    ("label", Whole),
    ("left", Whole),
    ("login", Whole),
    ("lookedBackTo", Whole),
    ("message", Whole),
    ("minimumPrice", Whole),
    ("minutes", Whole),
    ("money", Whole),
    ("movementId", Whole),
    ("namespace", Whole),
    ("network", Whole),
    ("newCardNumber", Number),
    ("newPhone", Number),
    ("nextCursor", Whole),
    ("noEarn", Whole),
    ("noSpend", Whole),
    ("occurredAt", Whole),
    ("offerId", Whole),
    ("onlyOpen", Whole),
    ("openedAt", Whole),
    ("operation", Whole),
    ("operationKey", Whole),
    ("outcome", Whole),
    ("partner", Whole),
    ("partnerName", Whole),
    ("password", Secret),
    ("path", Whole),
    ("patronymic", Nothing),
    ("pending", Whole),
    ("period", Whole),
    ("phone", Number),
    ("phoneConfirmed", Whole),
    ("phoneLike", Whole),
    ("points", Whole),
    ("pointsAsMoney", Whole),
    ("pointsAvailable", Whole),
    ("pointsEarned", Whole),
    ("pointsMax", Whole),
    ("pointsReleased", Whole),
    ("pointsRestored", Whole),
    ("pointsRevoked", Whole),
    ("pointsSpent", Whole),
    ("pointsToEarn", Whole),
    ("pointsToSpend", Whole),
    ("pointsWanted", Whole),
    ("policy", Whole),
    ("prefix", Whole),
    ("price", Whole),
    ("programmeCode", Whole),
    ("purpose", Whole),
    ("quantity", Whole),
    ("quoteId", Whole),
    // Free text may name people.
    ("reason", Nothing),
    ("receipt", Whole),
    ("receiptId", Whole),
    ("recordedAt", Whole),
    ("referrer", Number),
    ("registered", Whole),
    // A request that is told in an answer is kept where it was sent.
    ("request", Nothing),
    ("requestId", Whole),
    ("resendAfter", Whole),
    ("reservationId", Whole),
    ("reserved", Whole),
    // Free text may name people.
    ("resolution", Nothing),
    ("returnId", Whole),
    ("returned", Whole),
    ("returnsAmount", Whole),
    ("returnsCount", Whole),
    ("role", Whole),
    ("rounding", Whole),
    ("rowsMax", Whole),
    ("rule", Whole),
    ("runsProgramme", Whole),
    ("salesAmount", Whole),
    ("salesCount", Whole),
    ("serverTime", Whole),
    ("service", Whole),
    ("sex", Nothing),
    ("share", Whole),
    ("shift", Whole),
    ("software", Whole),
    ("state", Whole),
    ("status", Whole),
    ("statusPoints", Whole),
    ("step", Whole),
    ("store", Whole),
    ("storeName", Whole),
    ("subject", Whole),
    ("subjectId", Whole),
    ("successor", Number),
    ("sum", Whole),
    ("surname", Nothing),
    ("takenBy", Whole),
    ("takenByName", Whole),
    ("textHash", Whole),
    ("till", Whole),
    ("to", Whole),
    ("total", Whole),
    ("tries", Whole),
    ("triesLeft", Whole),
    ("unit", Whole),
    ("utcOffsetMinutes", Whole),
    ("validFrom", Whole),
    ("validUntil", Whole),
    ("version", Whole),
    ("weighed", Whole),
    ("withdrawnAt", Whole),
    ("withinDays", Whole),
];

/// By the parent's name and the element's, sorted: elements whose meaning depends on the parent.
pub(super) const WITHIN: &[(&str, &str, Keeping)] = &[
    ("name", "customer", Nothing),
    ("name", "discount", Whole),
    // A card's number, or the code of what was changed.
    ("name", "event", Number),
    ("name", "gift", Whole),
    ("name", "line", Whole),
    ("name", "network", Whole),
    ("name", "networkSettings", Whole),
    ("name", "partner", Whole),
    ("name", "partnerSettings", Whole),
    ("name", "programme", Whole),
    ("name", "questionnaire", Nothing),
    ("name", "registration", Nothing),
    ("name", "search", Number),
    ("name", "store", Whole),
    ("name", "storeSettings", Whole),
    ("name", "till", Whole),
    ("name", "tillSettings", Whole),
    ("name", "version", Whole),
    ("number", "card", Number),
    ("number", "cards", Number),
    // A coupon's number is enough to use it.
    ("number", "coupon", Nothing),
    ("number", "couponResult", Nothing),
    ("number", "goodsReturn", Whole),
    ("number", "line", Whole),
    ("number", "numbers", Number),
    ("number", "original", Whole),
    ("number", "receipt", Whole),
    ("number", "returnReceipt", Whole),
    // These repeat the numbers of coupons.
    ("text", "case", Nothing),
    ("text", "cashierMessages", Nothing),
    ("text", "coupon", Nothing),
    ("text", "couponResult", Nothing),
    // A statement repeats the reason of an adjustment.
    ("text", "entry", Nothing),
    ("text", "event", Nothing),
    ("text", "explanations", Whole),
    ("text", "hints", Whole),
    ("text", "offerResult", Whole),
    ("text", "prompt", Whole),
    ("text", "rules", Whole),
    ("text", "slipLines", Whole),
];

/// The rule of the last element of a path.
pub(super) fn keeping(path: &[&str]) -> Keeping {
    let Some((name, above)) = path.split_last() else { return Nothing };
    if let Ok(at) = ELEMENTS.binary_search_by(|(known, _)| known.cmp(name)) {
        return ELEMENTS.get(at).map_or(Nothing, |(_, keeping)| *keeping);
    }
    let Some(parent) = above.last() else { return Nothing };
    let found = WITHIN.binary_search_by(|(known, within, _)| (known, within).cmp(&(name, parent)));
    found.ok().and_then(|at| WITHIN.get(at)).map_or(Nothing, |(_, _, keeping)| *keeping)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::soap::{
        call_log::RawCall,
        contract::{ComplexType, ElementType},
        endpoint::services,
    };

    /// Texts that a person could type into any field, and what must be left of them nowhere.
    const TYPED: [(&str, &str); 5] = [
        ("89161234567", "61234567"),
        ("+7 (916) 123-45-67", "123-45-67"),
        ("Анна anna@example.ru", "example.ru"),
        ("4111 1111 1111 1111", "1111 1111 1111"),
        ("№ 5, 8 916 123 45 67", "123 45"),
    ];

    /// The paths of the elements with a text.
    fn paths<'a>(path: &mut Vec<&'a str>, complex: &'a ComplexType, found: &mut Vec<Vec<&'a str>>) {
        for element in &complex.elements {
            path.push(&element.name);
            match &element.kind {
                ElementType::Simple(_) => found.push(path.clone()),
                ElementType::Complex(inner) => paths(path, inner, found),
            }
            path.pop();
        }
    }

    #[test]
    fn nothing_that_a_person_types_is_kept_of_any_string_of_the_contracts() {
        let services = services().unwrap();
        let mut found = Vec::new();
        for operation in services.iter().flat_map(|service| service.contract.operations()) {
            paths(&mut vec![&operation.name], &operation.request.content, &mut found);
            paths(&mut vec![&operation.response.name], &operation.response.content, &mut found);
        }
        assert!(found.len() > 800, "only {} elements were found", found.len());
        for path in &found {
            for (typed, secret) in TYPED {
                // Where a card of the programme is expected, a bank's cannot be told from it.
                if keeping(path) == Number && typed.starts_with("4111") {
                    continue;
                }
                let [open, close] = [path.iter(), path.iter()].map(|names| names.copied().collect::<Vec<_>>());
                let open: String = open.iter().map(|name| format!("<{name}>")).collect();
                let close: String = close.iter().rev().map(|name| format!("</{name}>")).collect();
                let mut call = RawCall::new("1", "pos_1");
                call.asked("X".into(), format!("{open}{typed}{close}"));
                call.answered("OK".into(), format!("{open}{typed}{close}"));
                let kept = format!("{:?}", call.masked());
                assert!(!kept.contains(secret), "{path:?} keeps {secret}: {kept}");
            }
        }
    }

    /// The names of the elements with a text, each with that of the element around it.
    fn texts(within: &str, complex: &ComplexType, found: &mut BTreeSet<(String, String)>) {
        for element in &complex.elements {
            match &element.kind {
                ElementType::Simple(_) => {
                    found.insert((element.name.clone(), within.to_owned()));
                }
                ElementType::Complex(inner) => texts(&element.name, inner, found),
            }
        }
    }

    #[test]
    fn every_element_of_the_contracts_is_declared_and_no_other() {
        let mut found = BTreeSet::new();
        for service in services().unwrap() {
            for operation in service.contract.operations() {
                texts(&operation.name, &operation.request.content, &mut found);
                texts(&operation.response.name, &operation.response.content, &mut found);
            }
        }
        let by_name: BTreeSet<&str> = ELEMENTS.iter().map(|(name, _)| *name).collect();
        let within: BTreeSet<(&str, &str)> = WITHIN.iter().map(|(name, within, _)| (*name, *within)).collect();
        for (name, parent) in &found {
            let is_declared = by_name.contains(name.as_str()) || within.contains(&(name, parent));
            assert!(is_declared, "declare what the journal keeps of {parent}/{name}");
        }
        for name in by_name {
            assert!(found.iter().any(|(there, _)| there == name), "{name} is declared and in no contract");
        }
        for (name, parent) in within {
            let is_there = found.contains(&(name.to_owned(), parent.to_owned()));
            assert!(is_there, "{parent}/{name} is declared and in no contract");
        }
    }

    #[test]
    fn the_tables_are_in_order_and_say_everything_once() {
        assert!(ELEMENTS.is_sorted_by(|one, next| one.0 < next.0));
        assert!(WITHIN.is_sorted_by(|one, next| (one.0, one.1) < (next.0, next.1)));
        assert!(WITHIN.iter().all(|(name, _, _)| ELEMENTS.iter().all(|(other, _)| other != name)));
    }

    #[test]
    fn what_is_not_declared_is_hidden() {
        assert_eq!(keeping(&["X", "novelty"]), Nothing);
        assert_eq!(keeping(&["name"]), Nothing);
        assert_eq!(keeping(&[]), Nothing);
        assert_eq!((keeping(&["line", "name"]), keeping(&["customer", "name"])), (Whole, Nothing));
    }
}
