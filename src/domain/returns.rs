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
    money::{Kopecks, Points, Quantity, Rounding, scaled},
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
    /// How much of it was returned before.
    pub returned_quantity: Quantity,
}

/// The calculation of one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
    Ok(ReturnedLine {
        number: line,
        quantity,
        amount_refund: Kopecks(share(sold.amount_due.0)),
        points_restored: Kopecks(share(sold.points_as_money.0)).as_points(),
        points_revoked: Points(share(sold.points_earned.0)),
    })
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn three_for_ten() -> SoldLine {
        SoldLine {
            number: 1,
            quantity: Quantity(3_000),
            amount_due: Kopecks(1_000),
            points_as_money: Kopecks(500),
            points_earned: Points(10),
            returned_quantity: Quantity::ZERO,
        }
    }

    fn with_returned(sold: SoldLine, returned_quantity: Quantity) -> SoldLine {
        SoldLine { returned_quantity, ..sold }
    }

    #[test]
    fn the_last_piece_carries_what_the_others_left() {
        let refunds = [0, 1_000, 2_000].map(|returned| {
            part_of(&with_returned(three_for_ten(), Quantity(returned)), Quantity(1_000)).unwrap().amount_refund
        });
        assert_eq!(refunds, [Kopecks(333), Kopecks(333), Kopecks(334)]);
    }

    #[test]
    fn more_than_is_left_is_refused_and_told() {
        let sold = with_returned(three_for_ten(), Quantity(2_000));
        let problem = part_of(&sold, Quantity(1_001)).unwrap_err();
        assert_eq!(problem, ReturnProblem::MoreThanLeft { line: 1, left: Quantity(1_000) });
        assert_eq!(problem.to_string(), "Строка 1: вернуть можно не больше 1,000.");
    }

    #[test]
    fn nothing_and_less_than_nothing_are_refused() {
        for quantity in [Quantity::ZERO, Quantity(-1)] {
            assert_eq!(part_of(&three_for_ten(), quantity), Err(ReturnProblem::NoQuantity { line: 1 }));
        }
    }

    #[test]
    fn an_unknown_line_and_a_line_asked_twice_are_refused() {
        let one = Quantity(1_000);
        let sold = [three_for_ten()];
        assert_eq!(calculate(&sold, &[(2, one)]), Err(ReturnProblem::UnknownLine { line: 2 }));
        assert_eq!(calculate(&sold, &[(1, one), (1, one)]), Err(ReturnProblem::AskedTwice { line: 1 }));
    }

    #[test]
    fn nothing_asked_means_everything_left_and_skips_what_was_returned() {
        let gone = with_returned(SoldLine { number: 2, ..three_for_ten() }, Quantity(3_000));
        let part = with_returned(SoldLine { number: 3, ..three_for_ten() }, Quantity(1_000));
        let back = calculate(&[three_for_ten(), gone, part], &[]).unwrap();
        assert_eq!(back.lines.iter().map(|line| line.number).collect::<Vec<_>>(), vec![1, 3]);
        assert_eq!(back.amount_refund, Kopecks(1_000 + 667));
        assert_eq!(back.points_restored, Points(500 + 334));
        assert_eq!(back.points_revoked, Points(10 + 7));
    }

    #[test]
    fn a_receipt_returned_before_has_nothing_left_whatever_is_asked() {
        let gone = [with_returned(three_for_ten(), Quantity(3_000))];
        assert_eq!(calculate(&gone, &[]), Err(ReturnProblem::NothingLeft));
        assert_eq!(calculate(&gone, &[(1, Quantity(1_000))]), Err(ReturnProblem::NothingLeft));
        assert_eq!(whole(&[]), Err(ReturnProblem::NothingLeft));
    }

    #[test]
    fn goods_that_were_free_can_be_returned() {
        let free = SoldLine {
            amount_due: Kopecks::ZERO,
            points_as_money: Kopecks::ZERO,
            points_earned: Points::ZERO,
            ..three_for_ten()
        };
        let back = whole(&[free]).unwrap();
        assert_eq!((back.amount_refund, back.points_restored), (Kopecks::ZERO, Points::ZERO));
        assert_eq!(back.lines.first().unwrap().quantity, Quantity(3_000));
    }

    fn sold() -> impl Strategy<Value = SoldLine> {
        let quantity = prop_oneof![Just(1), 1..5_000i64, (1..1_000i64).prop_map(|n| n * 1_000), Just(999_999_999)];
        let amount = || prop_oneof![Just(0i64), 0..100_000i64, Just(99_999_999_999)];
        (quantity, amount(), amount(), amount()).prop_map(|(quantity, due, spent, earned)| SoldLine {
            number: 7,
            quantity: Quantity(quantity),
            amount_due: Kopecks(due),
            points_as_money: Kopecks(spent),
            points_earned: Points(earned),
            returned_quantity: Quantity::ZERO,
        })
    }

    proptest! {
        /// Invariants 28 and 29.
        #[test]
        fn any_series_of_returns_ends_where_one_ends(
            sold in sold(), steps in prop::collection::vec(1..2_000i64, 0..12),
        ) {
            let whole_at_once = whole(&[sold]).unwrap();
            let mut line = sold;
            let mut taken = (Kopecks::ZERO, Points::ZERO, Points::ZERO);
            let last = i64::MAX;
            for step in steps.into_iter().chain([last]) {
                let left = line.quantity.minus(line.returned_quantity);
                let quantity = Quantity(step.saturating_mul(line.quantity.0 / 4_000 + 1)).min(left);
                if quantity.is_zero() {
                    break;
                }
                let back = part_of(&line, quantity).unwrap();
                prop_assert!(back.amount_refund >= Kopecks::ZERO);
                prop_assert!(back.points_restored >= Points::ZERO && back.points_revoked >= Points::ZERO);
                taken = (
                    taken.0.plus(back.amount_refund),
                    taken.1.plus(back.points_restored),
                    taken.2.plus(back.points_revoked),
                );
                prop_assert!(taken.0 <= sold.amount_due);
                line.returned_quantity = line.returned_quantity.plus(quantity);
            }
            prop_assert_eq!(line.returned_quantity, sold.quantity);
            let ReturnCalculation { amount_refund, points_restored, points_revoked, .. } = whole_at_once;
            prop_assert_eq!(taken, (amount_refund, points_restored, points_revoked));
            let nothing_left = ReturnProblem::MoreThanLeft { line: 7, left: Quantity::ZERO };
            prop_assert_eq!(part_of(&line, Quantity(1)), Err(nothing_left));
        }

        /// Invariant 30: a whole return refunds exactly what was paid, restores what was spent and revokes what was earned.
        #[test]
        fn a_whole_return_undoes_the_sale(sold in prop::collection::vec(sold(), 1..20)) {
            let back = whole(&sold).unwrap();
            prop_assert_eq!(back.amount_refund, sold.iter().map(|line| line.amount_due).sum());
            prop_assert_eq!(back.points_restored, sold.iter().map(|line| line.points_as_money.as_points()).sum());
            prop_assert_eq!(back.points_revoked, sold.iter().map(|line| line.points_earned).sum());
        }

        #[test]
        fn no_figures_make_it_fail(
            figures in any::<[i64; 5]>(),
            quantity in any::<i64>(),
        ) {
            let [sold_quantity, due, spent, earned, returned] = figures;
            let sold = SoldLine {
                number: 1,
                quantity: Quantity(sold_quantity),
                amount_due: Kopecks(due),
                points_as_money: Kopecks(spent),
                points_earned: Points(earned),
                returned_quantity: Quantity(returned),
            };
            let _ = calculate(&[sold], &[(1, Quantity(quantity))]);
        }
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
