//! The calculation of a receipt: what each line costs, what points may pay for, what is earned.
//!
//! Pure and total: the same lines and rules give the same answer whatever the clock, the store or the order in which
//! the till listed them, and no input makes it fail. A till's own arithmetic is not trusted: [`check`] recomputes it
//! first, and [`calculate`] promises its exactness for lines that passed.
//!
//! Every amount of a receipt is a sum of its lines' amounts, exactly, and every line is a sum of its parts: a part is
//! what a fiscal registrar prints, where price × quantity may differ from the sum by a kopeck at most.

mod claim;
mod earning;
mod effect;
mod parts;
mod reason;
mod spending;

use std::collections::BTreeSet;

use thiserror::Error;

use self::effect::{EffectiveLine, Effects};
use crate::domain::money::{Kopecks, Points, Quantity, Rounding, scaled};

pub use self::claim::{Claim, ClaimKind, ClaimOutcome, claims};

pub use self::effect::{Effect, EffectKind, LineDiscount};

pub use self::parts::{printed_price, refund_parts};

pub use self::reason::{Reason, Source};

/// The largest amount that the contract can carry, for a price, a line or a receipt: 999 999 999,99 roubles.
pub const AMOUNT_MAX: Kopecks = Kopecks(99_999_999_999);
/// The largest quantity of a line that the contract can carry: 999 999,999.
pub const QUANTITY_MAX: Quantity = Quantity(999_999_999);
/// How far price × quantity may be from a sum: tills round differently, and a fiscal registrar accepts this much.
pub const TOLERANCE: Kopecks = Kopecks(1);
/// How many thousandths make one unit of goods.
const THOUSANDTHS_IN_UNIT: i64 = 1_000;
/// A whole in hundredths of a percent: 100 %.
pub const WHOLE_SHARE_HUNDREDTHS_OF_PERCENT: i64 = 10_000;

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
}

/// How points are earned: `points` for every `step` of money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EarnRule {
    /// How many points a step earns; «1 point for 100 roubles» is 100 hundredths here.
    pub points: Points,
    /// How much money makes a step; «1 point for 100 roubles» is 10 000 kopecks here.
    pub step: Kopecks,
    /// The granularity of what a receipt earns: 100 is whole points, 1 is hundredths.
    pub unit: Points,
    /// Which way the receipt's points are rounded to the unit.
    pub rounding: Rounding,
}

/// How far points may pay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpendRule {
    /// The part of the eligible lines' sum that points may pay, in hundredths of a percent: 5 000 is a half.
    pub share_max_hundredths_of_percent: i64,
    /// The granularity of spending: 100 is whole points, 1 is hundredths.
    pub unit: Points,
}

/// What the customer has and wants to spend.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Spending {
    /// The points that can be spent now.
    pub available: Points,
    /// The points that the customer wants to spend; more than allowed is cut, not refused.
    pub wanted: Points,
}

/// A receipt, calculated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calculation {
    /// The lines in the order in which the till gave them.
    pub lines: Vec<LineResult>,
    /// The money to pay; the sum over the lines.
    pub amount_due: Kopecks,
    /// All discounts; the sum over the lines.
    pub discount_total: Kopecks,
    /// The points that pay for this receipt; the sum over the lines.
    pub points_applied: Points,
    /// The most that could pay for this receipt, by every limit and by what is available.
    pub points_max: Points,
    /// The points that this receipt earns; the sum over the lines.
    pub points_to_earn: Points,
    /// What limits points in the receipt as a whole; what concerns one line is at the line.
    pub reasons: Vec<Reason>,
}

/// A line, calculated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineResult {
    /// The till's number of the line.
    pub number: u32,
    /// The discount that the till has granted.
    pub discount_granted: Kopecks,
    /// The discount that rules add; the sum over [`Self::discounts`].
    pub discount_offered: Kopecks,
    /// What that discount is made of, in the order in which it was applied.
    pub discounts: Vec<LineDiscount>,
    /// What points pay.
    pub points_as_money: Kopecks,
    /// What is left to pay with money.
    pub amount_due: Kopecks,
    /// The points that this line earns.
    pub points_to_earn: Points,
    /// The most that points could pay here; the lines together may allow more than the receipt does.
    pub points_max: Points,
    /// The line as a fiscal registrar takes it: together the whole quantity and exactly the amount due.
    pub parts: Vec<Part>,
    /// Why it came out so.
    pub reasons: Vec<Reason>,
}

/// A share of a line that has one price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// How much of the line's quantity.
    pub quantity: Quantity,
    /// The price of a unit.
    pub price: Kopecks,
    /// What the part costs; within a kopeck of price × quantity.
    pub sum: Kopecks,
}

/// Why a till's line cannot be calculated. A cashier reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("Строка чека {line}: {kind}")]
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
    #[error("скидка {discount} руб. больше стоимости {full} руб.")]
    DiscountOverPrice {
        /// Price × quantity.
        full: Kopecks,
        /// The discount that the till granted.
        discount: Kopecks,
    },
    /// The sum is not price × quantity less the discount.
    #[error("сумма {given} руб. не сходится: цена × количество − скидка = {expected} руб.")]
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

/// Calculates a receipt: effects first, then points as payment, then points earned.
///
/// Points go over the lines in proportion to what they cost after all discounts, never above what a line allows; earned
/// points go over the lines in proportion to what was paid with money. Without a rule nothing is earned, or nothing can
/// be spent; without effects the lines cost what the till says.
#[must_use]
pub fn calculate(
    lines: &[Line],
    effects: &[Effect],
    earn: Option<&EarnRule>,
    spend: Option<&SpendRule>,
    spending: Spending,
) -> Calculation {
    // Ties are broken by a line's number, so that the order of listing cannot matter.
    let mut ordered: Vec<(usize, &Line)> = lines.iter().enumerate().collect();
    ordered.sort_by_key(|(position, line)| (line.number, *position));
    let effects = Effects::by_line(effects);
    let by_number: Vec<EffectiveLine<'_>> =
        ordered.iter().map(|(_, line)| EffectiveLine::new(line, &effects)).collect();

    let plan = spending::plan(&by_number, spend, spending);
    let bases: Vec<Kopecks> =
        by_number.iter().zip(&plan.lines).map(|(line, spent)| earning::base_of(line, spent.points)).collect();
    let earned = earning::accrue(&bases, earn);

    let figures = plan.lines.iter().zip(bases.iter().zip(&earned));
    let mut results: Vec<(usize, LineResult)> = ordered
        .iter()
        .zip(&by_number)
        .zip(figures)
        .map(|(((position, _), line), (spent, (base, points)))| {
            let mut reasons = Vec::new();
            line.explain(&mut reasons);
            earning::explain(&mut reasons, line, earn, spent.points, *base, *points);
            reasons.extend(spending::reason_of(line, spend));
            (*position, result_of(line, spent, *points, reasons))
        })
        .collect();
    results.sort_by_key(|(position, _)| *position);
    total(results.into_iter().map(|(_, line)| line).collect(), plan.points_max, plan.reasons)
}

impl Calculation {
    /// Whether the customer pays, spends and gets the same by both, line by line.
    ///
    /// The order of lines, the explanations, and how much more could have been spent make no difference.
    #[must_use]
    pub fn same_for_customer(&self, other: &Self) -> bool {
        let totals = |c: &Self| (c.amount_due, c.discount_total, c.points_applied, c.points_to_earn);
        totals(self) == totals(other) && self.seen_lines() == other.seen_lines()
    }

    fn seen_lines(&self) -> Vec<SeenLine<'_>> {
        let mut seen: Vec<SeenLine<'_>> = self
            .lines
            .iter()
            .map(|line| SeenLine {
                number: line.number,
                discount: line.discount_granted.plus(line.discount_offered),
                points_as_money: line.points_as_money,
                amount_due: line.amount_due,
                points_to_earn: line.points_to_earn,
                parts: &line.parts,
            })
            .collect();
        seen.sort_by_key(|line| line.number);
        seen
    }
}

/// What a customer notices of a line.
#[derive(PartialEq)]
struct SeenLine<'a> {
    number: u32,
    discount: Kopecks,
    points_as_money: Kopecks,
    amount_due: Kopecks,
    points_to_earn: Points,
    parts: &'a [Part],
}

fn result_of(
    line: &EffectiveLine<'_>,
    spent: &spending::Allotment,
    points_to_earn: Points,
    reasons: Vec<Reason>,
) -> LineResult {
    let points_as_money = spent.points.as_money();
    let amount_due = line.sum.minus(points_as_money);
    LineResult {
        number: line.line.number,
        discount_granted: line.line.discount_granted,
        discount_offered: line.line.sum.minus(line.sum),
        discounts: line.discounts(),
        points_as_money,
        amount_due,
        points_to_earn,
        points_max: spent.points_max,
        parts: parts::of(line.line, amount_due),
        reasons,
    }
}

fn total(lines: Vec<LineResult>, points_max: Points, reasons: Vec<Reason>) -> Calculation {
    Calculation {
        amount_due: lines.iter().map(|line| line.amount_due).sum(),
        discount_total: lines.iter().map(|line| line.discount_granted.plus(line.discount_offered)).sum(),
        points_applied: lines.iter().map(|line| line.points_as_money.as_points()).sum(),
        points_to_earn: lines.iter().map(|line| line.points_to_earn).sum(),
        points_max,
        lines,
        reasons,
    }
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
fn cost(price: Kopecks, quantity: Quantity, rounding: Rounding) -> Kopecks {
    Kopecks(scaled(price.0, quantity.0, THOUSANDTHS_IN_UNIT, rounding))
}

fn is_within_tolerance(difference: Kopecks) -> bool {
    difference <= TOLERANCE && difference >= TOLERANCE.negated()
}

#[cfg(test)]
mod tests;
