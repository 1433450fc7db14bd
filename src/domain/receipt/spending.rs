//! The points that may pay for a receipt, and their distribution over the lines.

use crate::domain::{
    money::{Kopecks, Points, Rounding, scaled, split},
    receipt::{AMOUNT_MAX, effect::EffectiveLine, parts, reason::Reason},
};

/// A whole in hundredths of a percent: 100 %.
pub const WHOLE_SHARE_HUNDREDTHS_OF_PERCENT: i64 = 10_000;

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

/// Where the points go; the lines are in the order in which they were given.
pub(super) struct Plan {
    pub(super) lines: Vec<Allotment>,
    pub(super) points_max: Points,
    pub(super) reasons: Vec<Reason>,
}

/// The points of one line.
pub(super) struct Allotment {
    /// The most, by the limits of the line and of the receipt.
    pub(super) points_max: Points,
    /// The points that pay.
    pub(super) points: Points,
}

/// Decides how many points are spent and spreads them; `lines` come in the order that breaks ties.
pub(super) fn plan(lines: &[EffectiveLine<'_>], rule: Option<&SpendRule>, spending: Spending) -> Plan {
    let Some(rule) = rule else { return nothing_spendable(lines, spending) };
    let limits = Limits::of(lines, rule, spending.available);
    let points_max = limits.points_max();
    let wanted = whole_units(spending.wanted.0, rule.unit);
    let applied = wanted.min(points_max);

    let mut rooms: Vec<Room> = lines.iter().map(Room::of).collect();
    fill(applied.0, &mut rooms);
    settle_weighed(lines, &mut rooms);
    let lines = rooms
        .iter()
        .map(|room| Allotment { points_max: Points(room.capacity).min(points_max), points: Points(room.allotted) })
        .collect();
    Plan { lines, points_max, reasons: limits.reasons(rule, spending) }
}

/// Why points cannot pay, or not in full, for a line.
pub(super) fn reason_of(line: &EffectiveLine<'_>, rule: Option<&SpendRule>) -> Option<Reason> {
    rule?;
    if line.no_spend {
        let by_rule = line.spending_forbidden_by().map(|source| Reason::NotPayableByRule { source: source.clone() });
        return Some(by_rule.unwrap_or(Reason::NotPayableByPoints));
    }
    let minimum_price = line.minimum_price.filter(|minimum| minimum.is_positive())?;
    let points_max = Points(Room::of(line).capacity);
    Some(Reason::MinimumPriceLimits { minimum_price, points_max })
}

fn nothing_spendable(lines: &[EffectiveLine<'_>], spending: Spending) -> Plan {
    let nothing = || Allotment { points_max: Points::ZERO, points: Points::ZERO };
    let reasons = if spending.wanted.is_positive() { vec![Reason::NoSpendRule] } else { Vec::new() };
    Plan { lines: lines.iter().map(|_| nothing()).collect(), points_max: Points::ZERO, reasons }
}

/// The limits of spending on a receipt.
struct Limits {
    /// What the lines that points may pay for cost.
    eligible: Kopecks,
    /// What the lines allow together, in whole units.
    lines: Points,
    /// What the programme's share of the eligible sum allows, in whole units.
    share: Points,
    /// What the customer has, in whole units.
    available: Points,
}

impl Limits {
    fn of(lines: &[EffectiveLine<'_>], rule: &SpendRule, available: Points) -> Self {
        let eligible: Kopecks = lines.iter().map(|line| Kopecks(Room::of(line).weight)).sum();
        let capacity: Points = lines.iter().map(|line| Points(Room::of(line).capacity)).sum();
        let share = rule.share_max_hundredths_of_percent.clamp(0, WHOLE_SHARE_HUNDREDTHS_OF_PERCENT);
        let share = scaled(eligible.0, share, WHOLE_SHARE_HUNDREDTHS_OF_PERCENT, Rounding::Down);
        Self {
            eligible,
            lines: whole_units(capacity.0, rule.unit),
            share: whole_units(share, rule.unit),
            available: whole_units(available.0, rule.unit),
        }
    }

    fn points_max(&self) -> Points {
        self.lines.min(self.share).min(self.available)
    }

    /// The limits to explain to the customer: the one that sets the maximum, and the excess of the wanted points.
    fn reasons(&self, rule: &SpendRule, spending: Spending) -> Vec<Reason> {
        let mut reasons = Vec::new();
        if self.share < self.lines && self.share <= self.available {
            let share_max_hundredths_of_percent = rule.share_max_hundredths_of_percent;
            let (eligible, points_max) = (self.eligible, self.share);
            reasons.push(Reason::ShareLimits { share_max_hundredths_of_percent, eligible, points_max });
        }
        if self.available < self.lines.min(self.share) && spending.wanted > spending.available {
            reasons.push(Reason::AvailableLimits { available: Points(spending.available.0.max(0)) });
        }
        let wanted = whole_units(spending.wanted.0, rule.unit);
        if spending.wanted > wanted && wanted <= self.points_max() {
            reasons.push(Reason::SpentInUnits { unit: rule.unit });
        }
        reasons
    }
}

/// `value` cut to whole units; zero when it is negative.
fn whole_units(value: i64, unit: Points) -> Points {
    let value = value.max(0);
    Points(value - value % unit.0.max(1))
}

/// A line's capacity for points.
struct Room {
    /// What the line costs, when points may pay for it: its claim in the proportion.
    weight: i64,
    /// What points may pay of it.
    capacity: i64,
    /// What points pay of it.
    allotted: i64,
}

impl Room {
    fn of(line: &EffectiveLine<'_>) -> Self {
        let weight = if line.no_spend { 0 } else { line.sum.0.clamp(0, AMOUNT_MAX.0) };
        Self { weight, capacity: Kopecks(weight).less(line.floor()).0, allotted: 0 }
    }

    const fn slack(&self) -> i64 {
        self.capacity - self.allotted
    }
}

/// Distributes `total` over the rooms in proportion to their weights. The excess of a full room goes to the others.
///
/// `total` is not above the capacity of all. The rooms that overflow have the least capacity for their weight, so one
/// pass in that order finds them. The rest take their exact proportion, which is below their capacity.
fn fill(total: i64, rooms: &mut [Room]) {
    let mut left = i128::from(total);
    let mut tightest_first: Vec<&mut Room> = rooms.iter_mut().filter(|room| room.capacity > 0).collect();
    let mut weight_left: i128 = tightest_first.iter().map(|room| i128::from(room.weight)).sum();
    // The sort is stable: equal rooms stay in the order that breaks ties.
    tightest_first.sort_by(|a, b| {
        let (a_claim, b_claim) =
            (i128::from(a.capacity) * i128::from(b.weight), i128::from(b.capacity) * i128::from(a.weight));
        a_claim.cmp(&b_claim)
    });
    for room in &mut tightest_first {
        if i128::from(room.capacity) * weight_left > left * i128::from(room.weight) {
            break;
        }
        room.allotted = room.capacity;
        left -= i128::from(room.capacity);
        weight_left -= i128::from(room.weight);
    }
    let weights: Vec<i64> = rooms.iter().map(|room| if room.slack() > 0 { room.weight } else { 0 }).collect();
    let rest = split(i64::try_from(left).unwrap_or(i64::MAX), &weights);
    for (room, points) in rooms.iter_mut().zip(rest) {
        room.allotted += points;
    }
}

/// Moves the few kopecks that would leave a weighed line without a single price to other lines.
///
/// Whole lines take them first, for they can be split by the piece; then small weighed ones, which have a price for
/// any sum. When those have no room, the weighed line keeps its points and is printed as two parts.
fn settle_weighed(lines: &[EffectiveLine<'_>], rooms: &mut [Room]) {
    let takes_any = |line: &EffectiveLine<'_>| parts::has_price_for_any_sum(line.line.quantity);
    let slack = |(line, room): (&EffectiveLine<'_>, &Room)| if takes_any(line) { room.slack() } else { 0 };
    let mut slack_left: Kopecks = lines.iter().zip(rooms.iter()).map(slack).map(Kopecks).sum();
    let mut residue = 0;
    for (line, room) in lines.iter().zip(rooms.iter_mut()) {
        if takes_any(line) || room.allotted == 0 {
            continue;
        }
        let due = line.sum.minus(Kopecks(room.allotted));
        let Some(priced) = parts::one_price_at_least(line.line.quantity, due, line.sum) else { continue };
        let back = priced.minus(due);
        if back <= slack_left {
            slack_left = slack_left.minus(back);
            room.allotted -= back.0;
            residue += back.0;
        }
    }
    for whole_turn in [true, false] {
        for (line, room) in lines.iter().zip(rooms.iter_mut()) {
            if takes_any(line) && line.line.quantity.is_whole() == whole_turn {
                let taken = residue.min(room.slack());
                room.allotted += taken;
                residue -= taken;
            }
        }
    }
}
