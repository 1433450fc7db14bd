//! The calculation of a receipt: the cost of each line, payment by points, earned points.
//!
//! It is pure and total: the result depends on lines and rules only, not on the lines' order or numbers, and no input
//! makes it fail. The till's arithmetic is not trusted: [`check`] recomputes it first, and [`calculate`] is exact for
//! lines that passed.
//!
//! Every amount of a receipt is exactly the sum of its lines' amounts, and every line is the sum of its parts. A fiscal
//! registrar prints parts; price × quantity of a part may differ from its sum by a kopeck at most.

mod claim;
mod earning;
mod effect;
mod line;
mod parts;
mod reason;
mod spending;

use self::effect::{EffectiveLine, Effects};
use crate::domain::money::{Kopecks, Points};

pub use self::claim::{Claim, ClaimKind, ClaimOutcome, claims};

pub use self::earning::EarnRule;

pub use self::effect::{Effect, EffectKind, LineDiscount};

pub use self::line::{AMOUNT_MAX, Line, LineProblem, LineProblemKind, QUANTITY_MAX, TOLERANCE, check};

pub use self::parts::{Part, printed_price, refund_parts};

pub use self::reason::{Reason, Source};

pub use self::spending::{SpendRule, Spending, WHOLE_SHARE_HUNDREDTHS_OF_PERCENT};

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
    /// The most points that could pay for this receipt, by every limit and the available points.
    pub points_max: Points,
    /// The points that this receipt earns; the sum over the lines.
    pub points_to_earn: Points,
    /// The reasons for the receipt as a whole; a line has its own.
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
    /// The parts of that discount, in the order of application.
    pub discounts: Vec<LineDiscount>,
    /// Paid by points.
    pub points_as_money: Kopecks,
    /// To be paid with money.
    pub amount_due: Kopecks,
    /// The points that this line earns.
    pub points_to_earn: Points,
    /// The most that points could pay here; the lines together may allow more than the receipt does.
    pub points_max: Points,
    /// The parts for a fiscal registrar: together the whole quantity and exactly the amount due.
    pub parts: Vec<Part>,
    /// The reasons of the result.
    pub reasons: Vec<Reason>,
}

/// Calculates a receipt: effects first, then points as payment, then points earned.
///
/// Spent points are spread over the lines in proportion to their cost after all discounts, within each line's limit.
/// Earned points are spread in proportion to the money paid. Without a rule nothing is earned, or nothing can be spent.
/// Without effects the till's sums stay.
#[must_use]
pub fn calculate(
    lines: &[Line],
    effects: &[Effect],
    earn: Option<&EarnRule>,
    spend: Option<&SpendRule>,
    spending: Spending,
) -> Calculation {
    // Ties are broken by what a line is, so neither the order of lines nor their numbers matter.
    let effects = Effects::by_line(effects);
    let mut ordered: Vec<(usize, EffectiveLine<'_>)> =
        lines.iter().map(|line| EffectiveLine::new(line, &effects)).enumerate().collect();
    ordered.sort_by(|(_, one), (_, other)| one.turn().cmp(&other.turn()));
    let (positions, in_turn): (Vec<usize>, Vec<EffectiveLine<'_>>) = ordered.into_iter().unzip();

    let plan = spending::plan(&in_turn, spend, spending);
    let bases: Vec<Kopecks> =
        in_turn.iter().zip(&plan.lines).map(|(line, spent)| earning::base_of(line, spent.points)).collect();
    let earned = earning::accrue(&bases, earn);
    let accrued = earning::Accrued::of(&bases, &earned);

    let figures = plan.lines.iter().zip(bases.iter().zip(&earned));
    let mut results: Vec<(usize, LineResult)> = positions
        .into_iter()
        .zip(&in_turn)
        .zip(figures)
        .map(|((position, line), (spent, (base, points)))| {
            let mut reasons = Vec::new();
            line.explain(&mut reasons);
            earning::explain(&mut reasons, line, earn, accrued, spent.points, (*base, *points));
            reasons.extend(spending::reason_of(line, spend));
            (position, result_of(line, spent, *points, reasons))
        })
        .collect();
    results.sort_by_key(|(position, _)| *position);
    total(results.into_iter().map(|(_, line)| line).collect(), plan.points_max, plan.reasons)
}

impl Calculation {
    /// Says of each line that it earns nothing because its points would have lapsed already, not for lack of a rule.
    pub fn say_lapsed(&mut self) {
        let reasons = self.lines.iter_mut().flat_map(|line| line.reasons.iter_mut());
        for reason in reasons.filter(|reason| **reason == Reason::NoEarnRule) {
            *reason = Reason::LapsedAlready;
        }
    }

    /// Whether both are the same for the customer, line by line: paid, spent and earned.
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

/// The figures of a line that the customer sees.
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

#[cfg(test)]
mod tests;
