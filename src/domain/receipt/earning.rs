//! The points that a receipt earns, and their distribution over the lines.

use crate::domain::{
    money::{Kopecks, Points, Rounding, split},
    receipt::{effect::EffectiveLine, reason::Reason},
};

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

/// The points that each base earns by the rule; one rounding for all of them together.
pub(super) fn accrue(bases: &[Kopecks], rule: Option<&EarnRule>) -> Vec<Points> {
    let base: Kopecks = bases.iter().copied().sum();
    let earned = rule.map_or(Points::ZERO, |rule| earned_on(base, rule));
    let weights: Vec<i64> = bases.iter().map(|base| base.0).collect();
    split(earned.0, &weights).into_iter().map(Points).collect()
}

/// The earning base of a line: the money paid for it, or zero when it is excluded.
pub(super) fn base_of(line: &EffectiveLine<'_>, spent: Points) -> Kopecks {
    if line.no_earn { Kopecks::ZERO } else { line.sum.less(spent.as_money()) }
}

/// What a receipt earned as a whole, for the explanation of its lines.
#[derive(Debug, Clone, Copy)]
pub(super) struct Accrued {
    /// The money that earns.
    whole: Kopecks,
    /// What it earned.
    earned: Points,
}

impl Accrued {
    /// From the lines' bases and what they earn.
    pub(super) fn of(bases: &[Kopecks], earned: &[Points]) -> Self {
        Self { whole: bases.iter().copied().sum(), earned: earned.iter().copied().sum() }
    }
}

/// Adds why a line earns what it earns.
pub(super) fn explain(
    reasons: &mut Vec<Reason>,
    line: &EffectiveLine<'_>,
    rule: Option<&EarnRule>,
    Accrued { whole, earned }: Accrued,
    spent: Points,
    (base, share): (Kopecks, Points),
) {
    let Some(rule) = rule else { return reasons.push(Reason::NoEarnRule) };
    if line.no_earn {
        let by_rule = line.earning_forbidden_by().map(|source| Reason::ExcludedByRule { source: source.clone() });
        return reasons.push(by_rule.unwrap_or(Reason::ExcludedFromEarning));
    }
    if share.is_positive() {
        reasons.push(Reason::EarnedByRule { points: rule.points, step: rule.step, whole, earned, share });
    } else if base.is_positive() && earned.is_positive() {
        reasons.push(Reason::NoShare { base });
    } else if base.is_positive() {
        reasons.push(Reason::TooLittleToEarn { whole });
    } else if !spent.is_positive() {
        reasons.push(Reason::NothingToEarnOn);
    }
    if spent.is_positive() {
        reasons.push(Reason::NothingEarnedOnPoints { paid: spent.as_money() });
    }
}

/// `base × points ÷ step`, rounded once to the unit: rounding to hundredths first would turn 99,995 into 100.
fn earned_on(base: Kopecks, rule: &EarnRule) -> Points {
    if !base.is_positive() || !rule.points.is_positive() || !rule.step.is_positive() {
        return Points::ZERO;
    }
    let unit = i128::from(rule.unit.0.max(1));
    let exact = i128::from(base.0) * i128::from(rule.points.0);
    let divisor = i128::from(rule.step.0) * unit;
    let rest = exact % divisor;
    let up = match rule.rounding {
        Rounding::Down => false,
        Rounding::HalfUp => rest >= divisor - rest,
        Rounding::Up => rest > 0,
    };
    let units = exact / divisor + i128::from(up);
    Points(i64::try_from(units * unit).unwrap_or(i64::MAX))
}
