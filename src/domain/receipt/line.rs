//! The lines of a receipt as the till sent them, and whether their figures can be right.

use std::collections::BTreeSet;

use thiserror::Error;

use crate::domain::{
    money::{Kopecks, Quantity, Rounding, scaled},
    russian::roubles,
};

/// The largest amount that the contract can carry, for a price, a line or a receipt: 999 999 999,99 roubles.
pub const AMOUNT_MAX: Kopecks = Kopecks(99_999_999_999);

/// The largest quantity of a line that the contract can carry: 999 999,999.
pub const QUANTITY_MAX: Quantity = Quantity(999_999_999);

/// How far price × quantity may be from a sum: tills round differently, and a fiscal registrar accepts this much.
pub const TOLERANCE: Kopecks = Kopecks(1);

/// How many thousandths make one unit of goods.
pub(super) const THOUSANDTHS_IN_UNIT: i64 = 1_000;

/// A line of a receipt, as the till sent it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The till's number of the line, unique in the receipt.
    pub number: u32,
    /// The seller's code of the goods.
    pub goods_code: String,
    /// What the goods are called.
    pub name: Option<String>,
    /// The group of goods that rules may name.
    pub group: Option<String>,
    /// The brand that rules may name.
    pub brand: Option<String>,
    /// How much is sold; more than nothing.
    pub quantity: Quantity,
    /// The price of a unit before discounts.
    pub price: Kopecks,
    /// The price of the line after the granted discount, before points.
    pub sum: Kopecks,
    /// The discount that the till has granted already.
    pub discount_granted: Kopecks,
    /// The price of a unit below which neither discounts of ours nor points may bring it.
    pub minimum_price: Option<Kopecks>,
    /// Whether the till forbids earning points on this line.
    pub no_earn: bool,
    /// Whether the till forbids paying this line with points.
    pub no_spend: bool,
    /// Whether the quantity is a weight, though it be whole. Kept; the calculation does not ask yet.
    pub weighed: bool,
    /// Whether the line is a delivery. Kept; the calculation does not ask yet.
    pub delivery: bool,
    /// The offer whose gift the line is. Kept; the calculation does not ask yet.
    pub gift_of: Option<String>,
}

/// Why a till's line cannot be calculated. A cashier reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("строка {line}: {kind}")]
pub struct LineProblem {
    /// The till's number of the line.
    pub line: u32,
    /// What is wrong with it.
    pub kind: LineProblemKind,
}

/// What can be wrong with a line; when several things are, the first in this order is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum LineProblemKind {
    /// An earlier line has this number.
    #[error("номер строки повторяется.")]
    DuplicateNumber,
    /// The quantity is zero or less.
    #[error("количество должно быть больше нуля.")]
    NoQuantity,
    /// The price, the sum, the discount or the minimum price is less than zero.
    #[error("цена, сумма и скидка не могут быть меньше нуля.")]
    Negative,
    /// The quantity or an amount is above what the contract carries.
    #[error("количество или сумма больше допустимых.")]
    TooLarge,
    /// The discount is more than the goods cost.
    #[error("скидка {} больше стоимости {}", roubles(*.discount), roubles(*.full))]
    DiscountOverPrice {
        /// Price × quantity.
        full: Kopecks,
        /// The discount that the till granted.
        discount: Kopecks,
    },
    /// The sum is not price × quantity less the discount.
    #[error("сумма {} не сходится: цена × количество − скидка = {}", roubles(*.given), roubles(*.expected))]
    SumMismatch {
        /// What the other figures of the line give.
        expected: Kopecks,
        /// What the till sent.
        given: Kopecks,
    },
    /// With this line the receipt is above what the contract carries.
    #[error("сумма чека больше допустимой.")]
    ReceiptTooLarge,
}

/// Recomputes the till's figures.
///
/// # Errors
///
/// The first line that cannot be right, in the order in which the till listed them.
pub fn check(lines: &[Line]) -> Result<(), LineProblem> {
    let mut numbers = BTreeSet::new();
    let mut undiscounted = Kopecks::ZERO;
    for line in lines {
        let kind = if numbers.insert(line.number) { problem_of(line) } else { Some(LineProblemKind::DuplicateNumber) };
        // The sum before discounts bounds every total of the answer, the total of discounts included.
        undiscounted = undiscounted.plus(line.sum).plus(line.discount_granted);
        let kind = kind.or((undiscounted > AMOUNT_MAX).then_some(LineProblemKind::ReceiptTooLarge));
        if let Some(kind) = kind {
            return Err(LineProblem { line: line.number, kind });
        }
    }
    Ok(())
}

fn problem_of(line: &Line) -> Option<LineProblemKind> {
    let minimum = line.minimum_price.unwrap_or_default();
    let amounts = [line.price, line.sum, line.discount_granted, minimum];
    if line.quantity <= Quantity::ZERO {
        return Some(LineProblemKind::NoQuantity);
    }
    if amounts.iter().any(|amount| *amount < Kopecks::ZERO) {
        return Some(LineProblemKind::Negative);
    }
    if line.quantity > QUANTITY_MAX || amounts.iter().any(|amount| *amount > AMOUNT_MAX) {
        return Some(LineProblemKind::TooLarge);
    }
    let full = cost(line.price, line.quantity, Rounding::HalfUp);
    if line.discount_granted > full.plus(TOLERANCE) {
        return Some(LineProblemKind::DiscountOverPrice { full, discount: line.discount_granted });
    }
    let mismatch = full.minus(line.discount_granted).minus(line.sum);
    // A discount of a kopeck more than the price leaves nothing, not less than nothing.
    let expected = full.less(line.discount_granted);
    (!is_within_tolerance(mismatch)).then_some(LineProblemKind::SumMismatch { expected, given: line.sum })
}

/// What `quantity` costs at `price` a unit.
pub(super) fn cost(price: Kopecks, quantity: Quantity, rounding: Rounding) -> Kopecks {
    Kopecks(scaled(price.0, quantity.0, THOUSANDTHS_IN_UNIT, rounding))
}

pub(super) fn is_within_tolerance(difference: Kopecks) -> bool {
    difference <= TOLERANCE && difference >= TOLERANCE.negated()
}
