//! The calculation of a return: money refunded, spent points restored, earned points revoked.
//!
//! The cumulative rule: the first `x` units of a line carry ⌊amount × x ÷ quantity⌋ of each of its amounts. A return gets
//! what all units returned so far carry, less what earlier returns got. So fractions of a kopeck are not lost. Any series
//! of returns of a whole line adds up to exactly one return of it.

use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;

use crate::domain::{
    fiscal::Fiscal,
    ids::{ReceiptId, ReturnId},
    moment::Moment,
    money::{Kopecks, Points, Quantity, Rounding, scaled, split},
    receipt::{Part, refund_parts},
    till_document::ReceiptKey,
};

/// A line of a receipt that was sold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SoldLine {
    /// The number of the line in the receipt.
    pub number: u32,
    /// How much was sold.
    pub quantity: Quantity,
    /// What was paid for it with money.
    pub amount_due: Kopecks,
    /// What points paid for it.
    pub points_as_money: Kopecks,
    /// The points that it earned.
    pub points_earned: Points,
    /// The price at which all of it was printed, if one price was.
    pub price: Option<Kopecks>,
    /// How much of it was returned before.
    pub returned_quantity: Quantity,
}

/// What a return of one line gives back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnedLine {
    /// The number of the line in the receipt of the sale.
    pub number: u32,
    /// How much is returned.
    pub quantity: Quantity,
    /// The money to refund.
    pub amount_refund: Kopecks,
    /// The spent points to restore.
    pub points_restored: Points,
    /// The earned points to revoke.
    pub points_revoked: Points,
    /// The line as a fiscal registrar takes it: together the quantity that is returned and exactly the refund (invariant 23).
    pub parts: Vec<Part>,
}

/// The calculation of a return.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnCalculation {
    /// The lines in the order in which they were asked for.
    pub lines: Vec<ReturnedLine>,
    /// The money to refund; the sum over the lines.
    pub amount_refund: Kopecks,
    /// The spent points to restore; the sum over the lines.
    pub points_restored: Points,
    /// The earned points to revoke; the sum over the lines.
    pub points_revoked: Points,
}

/// Why a return is not possible. A cashier reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ReturnProblem {
    /// Everything was returned before.
    #[error("По этому чеку уже всё возвращено.")]
    NothingLeft,
    /// The receipt has no such line.
    #[error("В чеке продажи нет строки {line}.")]
    UnknownLine {
        /// The number that was asked for.
        line: u32,
    },
    /// The return names a line more than once.
    #[error("Строка {line} указана в возврате дважды.")]
    AskedTwice {
        /// The number that was asked for.
        line: u32,
    },
    /// The quantity to return is zero or less.
    #[error("Строка {line}: количество к возврату должно быть больше нуля.")]
    NoQuantity {
        /// The number that was asked for.
        line: u32,
    },
    /// Less of the line is left than the return wants.
    #[error("Строка {line}: вернуть можно не больше {left}.")]
    MoreThanLeft {
        /// The number that was asked for.
        line: u32,
        /// How much can still be returned.
        left: Quantity,
    },
}

/// Calculates a return of the `asked` quantities by line number; nothing asked means everything that is left.
///
/// # Errors
///
/// The first asked line that cannot be returned; [`ReturnProblem::NothingLeft`] when everything was returned before.
pub fn calculate(sold: &[SoldLine], asked: &[(u32, Quantity)]) -> Result<ReturnCalculation, ReturnProblem> {
    if asked.is_empty() || sold.iter().all(|line| !left_of(line).is_positive()) {
        return whole(sold);
    }
    let by_number: BTreeMap<u32, &SoldLine> = sold.iter().map(|line| (line.number, line)).collect();
    let mut named = BTreeSet::new();
    let returned = asked.iter().map(|(line, quantity)| {
        let found = by_number.get(line).ok_or(ReturnProblem::UnknownLine { line: *line })?;
        if !named.insert(*line) {
            return Err(ReturnProblem::AskedTwice { line: *line });
        }
        part_of(found, *quantity)
    });
    returned.collect::<Result<Vec<_>, _>>().map(total)
}

/// Calculates a return of everything that is left.
///
/// # Errors
///
/// [`ReturnProblem::NothingLeft`] when everything was returned before.
pub fn whole(sold: &[SoldLine]) -> Result<ReturnCalculation, ReturnProblem> {
    let left = sold.iter().map(|line| (line, left_of(line))).filter(|(_, left)| left.is_positive());
    let lines = left.map(|(line, left)| part_of(line, left)).collect::<Result<Vec<_>, _>>()?;
    if lines.is_empty() { Err(ReturnProblem::NothingLeft) } else { Ok(total(lines)) }
}

/// Calculates a return of `quantity` of one line.
///
/// # Errors
///
/// [`ReturnProblem::NoQuantity`] and [`ReturnProblem::MoreThanLeft`].
pub fn part_of(sold: &SoldLine, quantity: Quantity) -> Result<ReturnedLine, ReturnProblem> {
    let line = sold.number;
    if !quantity.is_positive() {
        return Err(ReturnProblem::NoQuantity { line });
    }
    let left = left_of(sold);
    if quantity > left {
        return Err(ReturnProblem::MoreThanLeft { line, left });
    }
    let before = sold.returned_quantity.less(Quantity::ZERO);
    let after = before.plus(quantity);
    let carried = |amount: i64, by: Quantity| scaled(amount, by.0, sold.quantity.0, Rounding::Down);
    let share = |amount: i64| carried(amount, after) - carried(amount, before);
    let amount_refund = Kopecks(share(sold.amount_due.0));
    Ok(ReturnedLine {
        number: line,
        quantity,
        amount_refund,
        parts: refund_parts(quantity, amount_refund, sold.price),
        points_restored: Kopecks(share(sold.points_as_money.0)).as_points(),
        points_revoked: Points(share(sold.points_earned.0)),
    })
}

impl ReturnCalculation {
    /// With the points that were taken back in fact, by the programme's policy: over the lines in proportion to what was to be
    /// taken for them. What earlier returns could not take, and this one did, may be more than that.
    #[must_use]
    pub fn taking(mut self, revoked: Points) -> Self {
        let weights: Vec<i64> = self.lines.iter().map(|line| line.points_revoked.0).collect();
        let mut left = revoked;
        for (line, points) in self.lines.iter_mut().zip(split(revoked.0, &weights)) {
            line.points_revoked = Points(points);
            left = left.minus(line.points_revoked);
        }
        // Where nothing was to be taken for the lines of this return, the first stands for all.
        if let Some(line) = self.lines.first_mut() {
            line.points_revoked = line.points_revoked.plus(left);
        }
        self.points_revoked = revoked;
        self
    }
}

/// How much of a line can still be returned.
fn left_of(sold: &SoldLine) -> Quantity {
    sold.quantity.less(sold.returned_quantity.less(Quantity::ZERO))
}

fn total(lines: Vec<ReturnedLine>) -> ReturnCalculation {
    ReturnCalculation {
        amount_refund: lines.iter().map(|line| line.amount_refund).sum(),
        points_restored: lines.iter().map(|line| line.points_restored).sum(),
        points_revoked: lines.iter().map(|line| line.points_revoked).sum(),
        lines,
    }
}

/// A registered return of goods.
#[derive(Debug, Clone)]
pub struct Return {
    /// Identity.
    pub id: ReturnId,
    /// The sale.
    pub receipt: ReceiptId,
    /// The till's key of it.
    pub key: ReceiptKey,
    /// The time of the receipt.
    pub occurred_at: Moment,
    /// The recording time.
    pub recorded_at: Moment,
    /// The cashier.
    pub cashier: Option<String>,
    /// The fiscal document.
    pub fiscal: Option<Fiscal>,
    /// The calculation.
    pub calculation: ReturnCalculation,
}

#[cfg(test)]
mod tests;
