//! The claims of a receipt and their outcomes: coupons shown and offers accepted.
//!
//! There are no coupons and offers yet, so every claim is unknown. Each is answered all the same: a cashier who scanned
//! a coupon must learn that it had no effect.

use std::{collections::BTreeSet, fmt};

/// The kind of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ClaimKind {
    /// A coupon, by its number.
    Coupon,
    /// An offer that a quote prompted, by its id.
    Offer,
}

/// The outcome of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClaimOutcome {
    /// There is no such coupon or offer; it changed nothing.
    Unknown,
}

/// A claim and its outcome; `Display` is the sentence that the cashier reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The kind of a claim.
    pub kind: ClaimKind,
    /// Its number or id, as the till sent it.
    pub name: String,
    /// The outcome.
    pub outcome: ClaimOutcome,
}

/// The outcome of each claim of a receipt, coupons first, in the till's order. Duplicates are answered once.
#[must_use]
pub fn claims(coupons: &[String], offers: &[String]) -> Vec<Claim> {
    let coupons = coupons.iter().map(|number| (ClaimKind::Coupon, number.as_str()));
    let offers = offers.iter().map(|id| (ClaimKind::Offer, id.as_str()));
    let mut seen = BTreeSet::new();
    coupons
        .chain(offers)
        .filter(|claim| seen.insert(*claim))
        .map(|(kind, name)| Claim { kind, name: name.to_owned(), outcome: ClaimOutcome::Unknown })
        .collect()
}

impl ClaimOutcome {
    /// The word of the contract.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.kind, self.outcome) {
            (ClaimKind::Coupon, ClaimOutcome::Unknown) => write!(f, "Купон {} не применён: не найден.", self.name),
            (ClaimKind::Offer, ClaimOutcome::Unknown) => {
                write!(f, "Предложение {} не найдено, скидка по нему не дана.", self.name)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_claim_is_answered_once_in_the_tills_order() {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let told: Vec<String> =
            claims(&texts(&["B", "A", "B"]), &texts(&["A", "7"])).iter().map(Claim::to_string).collect();
        assert_eq!(
            told,
            [
                "Купон B не применён: не найден.",
                "Купон A не применён: не найден.",
                "Предложение A не найдено, скидка по нему не дана.",
                "Предложение 7 не найдено, скидка по нему не дана.",
            ]
        );
        assert!(claims(&[], &[]).is_empty());
    }
}
