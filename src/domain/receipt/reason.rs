//! The reasons of a calculation, as sentences for the customer.

use std::{fmt, sync::Arc};

use crate::domain::{
    money::{Kopecks, Points},
    russian::{self, percent, roubles},
};

/// The rule that an effect or a reason comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Its number among the rules of its kind, such as an offer's.
    pub id: i64,
    /// Its name, as a customer reads it.
    pub name: Arc<str>,
}

/// One cause of a figure; `Display` is the Russian sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// A rule took something off the line.
    Discounted {
        /// The rule.
        source: Source,
        /// How much.
        discount: Kopecks,
    },
    /// Discounts took off less than their rules say, because of the minimum price or zero.
    DiscountCut {
        /// What was not taken off.
        lost: Kopecks,
        /// The price of a unit that must remain, if the line has one.
        minimum_price: Option<Kopecks>,
    },
    /// The receipt earned by the rule, `points` for every `step`; this was rounded once, and the line has its share of it. The
    /// line's own money times the rule would be another figure.
    EarnedByRule {
        /// What a step earns.
        points: Points,
        /// How much money makes a step.
        step: Kopecks,
        /// The money of the receipt that earns.
        whole: Kopecks,
        /// What the receipt earned.
        earned: Points,
        /// What of it is this line's; all of it when no other line earns.
        share: Points,
    },
    /// The receipt is too small to earn anything.
    TooLittleToEarn {
        /// The money of the receipt that earns.
        whole: Kopecks,
    },
    /// The receipt earned, and the line is too small for a hundredth of a point of it.
    NoShare {
        /// The money paid for the line.
        base: Kopecks,
    },
    /// The line costs nothing.
    NothingToEarnOn,
    /// The part paid by points earns nothing.
    NothingEarnedOnPoints {
        /// The part paid by points.
        paid: Kopecks,
    },
    /// The till excluded the line from earning.
    ExcludedFromEarning,
    /// A rule excluded the line from earning.
    ExcludedByRule {
        /// The rule.
        source: Source,
    },
    /// No rule of earning is in force for this receipt.
    NoEarnRule,
    /// The receipt is so old that its points would have lapsed already.
    LapsedAlready,
    /// The till forbids paying this line with points.
    NotPayableByPoints,
    /// A rule forbids paying this line with points.
    NotPayableByRule {
        /// The rule.
        source: Source,
    },
    /// The minimum price leaves only so much to points.
    MinimumPriceLimits {
        /// The price of a unit that must be paid with money.
        minimum_price: Kopecks,
        /// What points may pay of the line.
        points_max: Points,
    },
    /// The programme lets points pay only a part of the receipt.
    ShareLimits {
        /// The part, in hundredths of a percent.
        share_max_hundredths_of_percent: i64,
        /// What the lines that points may pay for cost.
        eligible: Kopecks,
        /// What that makes, in whole units of spending.
        points_max: Points,
    },
    /// More was wanted than the customer has.
    AvailableLimits {
        /// What the customer can spend now.
        available: Points,
    },
    /// Points are spent in units; what was wanted above a whole number of them stays with the customer.
    SpentInUnits {
        /// The unit.
        unit: Points,
    },
    /// No rule of spending is in force for this receipt.
    NoSpendRule,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Discounted { source, discount } => write!(f, "Скидка {}: «{}»", roubles(*discount), source.name),
            Self::DiscountCut { lost, minimum_price: Some(minimum_price) } => {
                let (lost, minimum) = (roubles(*lost), roubles(*minimum_price));
                write!(f, "Скидка меньше на {lost}: минимальная цена товара {minimum}")
            }
            Self::DiscountCut { lost, minimum_price: None } => {
                write!(f, "Скидка меньше на {}: она не может быть больше цены", roubles(*lost))
            }
            Self::EarnedByRule { points, step, whole, earned, share } => {
                let (points, step, whole) = (russian::points(*points), roubles(*step), roubles(*whole));
                write!(f, "{points} за каждые {step}: за чек на {whole} — {}", russian::points(*earned))?;
                if share == earned {
                    Ok(())
                } else {
                    write!(f, ", из них за эту строку {}", russian::points(*share))
                }
            }
            Self::TooLittleToEarn { whole } => {
                write!(f, "Сумма {} слишком мала для начисления баллов", roubles(*whole))
            }
            Self::NoShare { base } => {
                write!(f, "Баллы чека делятся на его строки: за {} не пришлось ни одной сотой балла", roubles(*base))
            }
            Self::NothingToEarnOn => f.write_str("Баллы не начисляются: платить не за что"),
            Self::NothingEarnedOnPoints { paid } => {
                write!(f, "На часть, оплаченную баллами ({}), баллы не начисляются", roubles(*paid))
            }
            Self::ExcludedFromEarning => f.write_str("За этот товар баллы не начисляются"),
            Self::ExcludedByRule { source } => {
                write!(f, "За этот товар баллы не начисляются: «{}»", source.name)
            }
            Self::NoEarnRule => f.write_str("По этому чеку баллы не начисляются"),
            Self::LapsedAlready => f.write_str("Баллы не начисляются: их срок за чек этой даты уже прошёл"),
            Self::NotPayableByPoints => f.write_str("Этот товар нельзя оплатить баллами"),
            Self::NotPayableByRule { source } => write!(f, "Этот товар нельзя оплатить баллами: «{}»", source.name),
            Self::MinimumPriceLimits { minimum_price, points_max } => write_minimum(f, *minimum_price, *points_max),
            Self::ShareLimits { share_max_hundredths_of_percent, eligible, points_max } => {
                let (share, eligible) = (percent(*share_max_hundredths_of_percent), roubles(*eligible));
                let most = roubles(points_max.as_money());
                write!(f, "Баллами можно оплатить не больше {share} от суммы {eligible}: {most}")
            }
            Self::AvailableLimits { available } => {
                write!(f, "Доступно для списания: {}", russian::points(*available))
            }
            Self::SpentInUnits { unit } => {
                write!(f, "Баллы списываются с шагом {}", russian::points(*unit))
            }
            Self::NoSpendRule => f.write_str("Этот чек нельзя оплатить баллами"),
        }
    }
}

fn write_minimum(f: &mut fmt::Formatter<'_>, minimum_price: Kopecks, points_max: Points) -> fmt::Result {
    let minimum = roubles(minimum_price);
    if points_max.is_positive() {
        let most = roubles(points_max.as_money());
        write!(f, "Баллами можно оплатить не больше {most}: минимальная цена товара {minimum}")
    } else {
        write!(f, "Баллами оплатить нельзя: минимальная цена товара {minimum}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_called_by_its_name() {
        let source = || Source { id: 7, name: "Третий в подарок".into() };
        let discount = Reason::Discounted { source: source(), discount: Kopecks(5_000) };
        assert_eq!(discount.to_string(), "Скидка 50,00 руб.: «Третий в подарок»");
        let closed = Reason::NotPayableByRule { source: source() };
        assert_eq!(closed.to_string(), "Этот товар нельзя оплатить баллами: «Третий в подарок»");
        let excluded = Reason::ExcludedByRule { source: source() };
        assert_eq!(excluded.to_string(), "За этот товар баллы не начисляются: «Третий в подарок»");
        let cut = |minimum_price| Reason::DiscountCut { lost: Kopecks(1_000), minimum_price }.to_string();
        assert_eq!(cut(Some(Kopecks(7_000))), "Скидка меньше на 10,00 руб.: минимальная цена товара 70,00 руб.");
        assert_eq!(cut(None), "Скидка меньше на 10,00 руб.: она не может быть больше цены");
    }

    #[test]
    fn the_rule_reads_as_it_is_told_to_customers() {
        let of_two = |share| Reason::EarnedByRule {
            points: Points(100),
            step: Kopecks(10_000),
            whole: Kopecks(123_400),
            earned: Points(1_200),
            share: Points(share),
        };
        assert_eq!(of_two(1_200).to_string(), "1 балл за каждые 100,00 руб.: за чек на 1 234,00 руб. — 12 баллов");
        let told = "1 балл за каждые 100,00 руб.: за чек на 1 234,00 руб. — 12 баллов, из них за эту строку 0,50 балла";
        assert_eq!(of_two(50).to_string(), told);
    }

    #[test]
    fn a_minimum_price_that_leaves_nothing_says_so() {
        let some = Reason::MinimumPriceLimits { minimum_price: Kopecks(7_000), points_max: Points(3_000) };
        let none = Reason::MinimumPriceLimits { minimum_price: Kopecks(7_000), points_max: Points::ZERO };
        assert_eq!(some.to_string(), "Баллами можно оплатить не больше 30,00 руб.: минимальная цена товара 70,00 руб.");
        assert_eq!(none.to_string(), "Баллами оплатить нельзя: минимальная цена товара 70,00 руб.");
    }
}
