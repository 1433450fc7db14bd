//! Effects of rules on the lines of a receipt, before points are spent and earned.
//!
//! A producer, such as the engine of special offers, makes a list of effects for a receipt and a customer, and
//! [`calculate`](crate::domain::receipt::calculate) applies them. An effect names its line by the till's number, so the
//! order of lines does not matter. Effects of one line are applied in the order of the list. Stacking, caps and
//! priorities are the producer's task; the minimum price of a line is enforced here.

use crate::domain::{
    money::{Kopecks, Rounding},
    receipt::{
        line::{Line, cost},
        reason::{Reason, Source},
    },
};

/// One effect on one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effect {
    /// The till's number of the line; an effect on a line that the receipt lacks does nothing.
    pub line: u32,
    /// What it does.
    pub kind: EffectKind,
    /// The rule that it comes from.
    pub source: Source,
}

/// What an effect does to its line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EffectKind {
    /// Lowers the line's cost by this amount in kopecks, at most to its minimum price.
    Discount(Kopecks),
    /// Points may not pay for the line.
    NoSpend,
    /// The line earns no points.
    NoEarn,
    /// The price of a unit, in kopecks, below which neither discounts nor points may bring it. The highest one holds.
    MinimumPrice(Kopecks),
}

/// A discount on a line, as it was applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineDiscount {
    /// The rule that gave it.
    pub source: Source,
    /// The amount taken off; positive.
    pub amount: Kopecks,
}

/// The effects of a receipt, found by line.
pub(super) struct Effects<'a>(Vec<&'a Effect>);

impl<'a> Effects<'a> {
    /// Sorted by line; the sort is stable, so the effects of one line keep their order.
    pub(super) fn by_line(effects: &'a [Effect]) -> Self {
        let mut by_line: Vec<&Effect> = effects.iter().collect();
        by_line.sort_by_key(|effect| effect.line);
        Self(by_line)
    }

    fn of(&self, line: u32) -> &[&'a Effect] {
        let first = self.0.partition_point(|effect| effect.line < line);
        let rest = self.0.get(first..).unwrap_or_default();
        let count = rest.partition_point(|effect| effect.line == line);
        rest.get(..count).unwrap_or_default()
    }
}

/// A line with its effects applied: what points may pay for, and what earns.
#[derive(Clone, Copy)]
pub(super) struct EffectiveLine<'a> {
    /// As the till sent it.
    pub(super) line: &'a Line,
    effects: &'a [&'a Effect],
    /// What it costs after all discounts, before points.
    pub(super) sum: Kopecks,
    /// The minimum unit price.
    pub(super) minimum_price: Option<Kopecks>,
    /// Whether points may not pay for it.
    pub(super) no_spend: bool,
    /// Whether it earns nothing.
    pub(super) no_earn: bool,
}

impl<'a> EffectiveLine<'a> {
    pub(super) fn new(line: &'a Line, effects: &'a Effects<'a>) -> Self {
        let mut effective = Self {
            line,
            effects: effects.of(line.number),
            sum: line.sum,
            minimum_price: line.minimum_price,
            no_spend: line.no_spend,
            no_earn: line.no_earn,
        };
        for effect in effective.effects {
            match effect.kind {
                EffectKind::Discount(_) => {}
                EffectKind::NoSpend => effective.no_spend = true,
                EffectKind::NoEarn => effective.no_earn = true,
                EffectKind::MinimumPrice(price) => effective.minimum_price = effective.minimum_price.max(Some(price)),
            }
        }
        // The minimum price is known only now.
        let off = effective.applied().map(|(_, amount, _)| amount).sum();
        effective.sum = line.sum.minus(off);
        effective
    }

    /// Its place among lines of equal claims: by its goods and figures, and only between equals by its number.
    pub(super) fn turn(&self) -> impl Ord + use<'a> {
        let line = self.line;
        let given = (line.goods_code.as_str(), line.price, line.quantity, line.sum, line.discount_granted);
        (given, self.sum, self.minimum_price, self.no_spend, self.no_earn, line.number)
    }

    /// What the line must cost at least.
    pub(super) fn floor(&self) -> Kopecks {
        cost(Kopecks(self.minimum_price.unwrap_or_default().0.max(0)), self.line.quantity, Rounding::Up)
    }

    /// The discounts that took something off.
    pub(super) fn discounts(&self) -> Vec<LineDiscount> {
        self.applied()
            .filter(|(_, amount, _)| amount.is_positive())
            .map(|(source, amount, _)| LineDiscount { source: source.clone(), amount })
            .collect()
    }

    /// Why the line costs what it costs.
    pub(super) fn explain(&self, reasons: &mut Vec<Reason>) {
        let mut lost = Kopecks::ZERO;
        for (source, discount, cut) in self.applied() {
            lost = lost.plus(cut);
            if discount.is_positive() {
                reasons.push(Reason::Discounted { source: source.clone(), discount });
            }
        }
        if lost.is_positive() {
            let minimum_price = self.minimum_price.filter(|minimum| minimum.is_positive());
            reasons.push(Reason::DiscountCut { lost, minimum_price });
        }
    }

    /// The rule that forbids points as payment, where the till allows them.
    pub(super) fn spending_forbidden_by(&self) -> Option<&'a Source> {
        if self.line.no_spend { None } else { self.source_of(EffectKind::NoSpend) }
    }

    /// The rule that forbids earning, where the till allows it.
    pub(super) fn earning_forbidden_by(&self) -> Option<&'a Source> {
        if self.line.no_earn { None } else { self.source_of(EffectKind::NoEarn) }
    }

    fn source_of(&self, kind: EffectKind) -> Option<&'a Source> {
        self.effects.iter().find(|effect| effect.kind == kind).map(|effect| &effect.source)
    }

    /// Each discount in turn: the amount taken off, and the amount lost to the minimum price.
    fn applied(&self) -> impl Iterator<Item = (&'a Source, Kopecks, Kopecks)> {
        let mut room = if self.effects.is_empty() { Kopecks::ZERO } else { self.line.sum.less(self.floor()) };
        self.effects.iter().filter_map(move |effect| match effect.kind {
            EffectKind::Discount(wanted) => {
                let wanted = wanted.max(Kopecks::ZERO);
                let amount = wanted.min(room);
                room = room.minus(amount);
                Some((&effect.source, amount, wanted.minus(amount)))
            }
            EffectKind::NoSpend | EffectKind::NoEarn | EffectKind::MinimumPrice(_) => None,
        })
    }
}
