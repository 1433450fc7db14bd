//! The parts of a line for a fiscal registrar, each with a price.

use crate::domain::{
    money::{Kopecks, Quantity, Rounding, scaled},
    receipt::line::{Line, THOUSANDTHS_IN_UNIT, cost, is_within_tolerance},
};

/// Up to this quantity a kopeck of price changes a sum by three kopecks at most. With a tolerance of one kopeck to both
/// sides, some price then fits any sum.
const QUANTITY_PRICED_FOR_ANY_SUM_MAX: Quantity = Quantity(3_000);

/// A share of a line that has one price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// How much of the line's quantity.
    pub quantity: Quantity,
    /// The price of a unit.
    pub price: Kopecks,
    /// What the part costs: price × quantity for whole pieces, within a kopeck of it for weighed goods.
    pub sum: Kopecks,
}

/// The parts of a line for which `due` is paid: together its quantity and exactly `due`.
///
/// One part where one price is enough: the till's own without discounts, else another; exact for whole pieces, within the
/// tolerance for weighed goods. Otherwise two parts, whose prices differ by a kopeck: three pieces at 33,33 that a till sells for
/// 100,00 are two at 33,33 and one at 33,34.
pub(super) fn of(line: &Line, due: Kopecks) -> Vec<Part> {
    let whole_line = |price| vec![Part { quantity: line.quantity, price, sum: due }];
    let untouched = line.discount_granted.is_zero() && due == line.sum;
    if (untouched && fits(line.price, line.quantity, due)) || !line.quantity.is_positive() {
        return whole_line(line.price);
    }
    one_price(line.quantity, due).map_or_else(|| two(line.quantity, due), whole_line)
}

/// The price at which a sold line was printed, if one price was.
#[must_use]
pub fn printed_price(line: &Line, due: Kopecks) -> Option<Kopecks> {
    match of(line, due).as_slice() {
        [only] => Some(only.price),
        _ => None,
    }
}

/// The parts of a return of `quantity` for which `refund` goes back: together the quantity and exactly the refund. The
/// price of the sale as long as it fits.
#[must_use]
pub fn refund_parts(quantity: Quantity, refund: Kopecks, sold_at: Option<Kopecks>) -> Vec<Part> {
    let one = |price| vec![Part { quantity, price, sum: refund }];
    let price = sold_at.filter(|price| fits(*price, quantity, refund)).or_else(|| one_price(quantity, refund));
    price.map_or_else(|| two(quantity, refund), one)
}

/// Whether a line of this quantity can be printed for any sum without leaving a weighed part over.
pub(super) fn has_price_for_any_sum(quantity: Quantity) -> bool {
    quantity.is_whole() || quantity <= QUANTITY_PRICED_FOR_ANY_SUM_MAX
}

/// The least sum from `due` to `most` that one price stands for.
pub(super) fn one_price_at_least(quantity: Quantity, due: Kopecks, most: Kopecks) -> Option<Kopecks> {
    if one_price(quantity, due).is_some() {
        return Some(due);
    }
    // The price above gives the nearest sum; its exact value is worth a kopeck more than the edge of the tolerance.
    let above = cost(price_below(quantity, due).plus(Kopecks(1)), quantity, Rounding::HalfUp).min(most);
    one_price(quantity, above).map(|_| above)
}

/// The price at which `quantity` costs `due`: exactly for whole pieces, within the tolerance for weighed goods.
fn one_price(quantity: Quantity, due: Kopecks) -> Option<Kopecks> {
    let below = price_below(quantity, due);
    let error = |price: &Kopecks| cost(*price, quantity, Rounding::HalfUp).minus(due);
    let nearest = [below, below.plus(Kopecks(1))].into_iter().min_by_key(|price| error(price).0.saturating_abs())?;
    fits(nearest, quantity, due).then_some(nearest)
}

/// Whether a part may be printed so: whole pieces multiply out, weighed goods within the tolerance.
fn fits(price: Kopecks, quantity: Quantity, sum: Kopecks) -> bool {
    let error = cost(price, quantity, Rounding::HalfUp).minus(sum);
    if quantity.is_whole() { error.is_zero() } else { is_within_tolerance(error) }
}

/// Two parts whose prices differ by a kopeck, both exact.
///
/// What the lower price leaves short is made up by that many whole pieces at a kopeck more. There are always more
/// pieces than kopecks short: were the line short by all its pieces, the higher price alone would have fitted it.
fn two(quantity: Quantity, due: Kopecks) -> Vec<Part> {
    let low = price_below(quantity, due);
    let high = low.plus(Kopecks(1));
    let short = due.less(cost(low, quantity, Rounding::HalfUp));
    let raised = Quantity(short.0.saturating_mul(THOUSANDTHS_IN_UNIT));
    let raised_sum = cost(high, raised, Rounding::HalfUp);
    vec![
        Part { quantity: quantity.minus(raised), price: low, sum: due.minus(raised_sum) },
        Part { quantity: raised, price: high, sum: raised_sum },
    ]
}

/// The highest price at which `quantity` does not cost more than `due`.
fn price_below(quantity: Quantity, due: Kopecks) -> Kopecks {
    Kopecks(scaled(due.0, THOUSANDTHS_IN_UNIT, quantity.0, Rounding::Down))
}
