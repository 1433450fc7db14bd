//! Integers of a hundredth: roubles as kopecks, points as hundredths, quantities as thousandths.
//!
//! One point pays for one rouble (capability row D2), so a hundredth of a point and a kopeck are the same number. They
//! are separate types, so that the compiler rejects adding points to money.

use std::fmt;

macro_rules! integer_unit {
    ($(#[$meta:meta])* $name:ident, $digits:literal, $scale:literal) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub i64);

        impl $name {
            /// Zero.
            pub const ZERO: Self = Self(0);

            /// The sum; saturates far above any figure that the contract allows.
            #[must_use]
            pub const fn plus(self, other: Self) -> Self {
                Self(self.0.saturating_add(other.0))
            }

            /// The difference; may be negative.
            #[must_use]
            pub const fn minus(self, other: Self) -> Self {
                Self(self.0.saturating_sub(other.0))
            }

            /// The difference, at least zero.
            #[must_use]
            pub fn less(self, other: Self) -> Self {
                Self(self.0.saturating_sub(other.0).max(0))
            }

            /// The opposite.
            #[must_use]
            pub const fn negated(self) -> Self {
                Self(self.0.saturating_neg())
            }

            /// Whether this is zero.
            #[must_use]
            pub const fn is_zero(self) -> bool {
                self.0 == 0
            }

            /// Whether this is greater than zero.
            #[must_use]
            pub const fn is_positive(self) -> bool {
                self.0 > 0
            }
        }

        impl std::iter::Sum for $name {
            fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
                iter.fold(Self::ZERO, Self::plus)
            }
        }

        impl fmt::Display for $name {
            /// Russian notation for people: a comma before the fraction. The wire has its own notation.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let sign = if self.0 < 0 { "-" } else { "" };
                let magnitude = self.0.unsigned_abs();
                write!(f, "{sign}{},{:0width$}", magnitude / $scale, magnitude % $scale, width = $digits)
            }
        }
    };
}

integer_unit!(
    /// Roubles in kopecks.
    Kopecks, 2, 100
);
integer_unit!(
    /// Points in hundredths of a point.
    Points, 2, 100
);
integer_unit!(
    /// A quantity of goods in thousandths of its unit (a piece, a kilogram).
    Quantity, 3, 1000
);

impl Points {
    /// What these points pay for: one point, one rouble (D2).
    #[must_use]
    pub const fn as_money(self) -> Kopecks {
        Kopecks(self.0)
    }
}

impl Kopecks {
    /// How many points pay for this sum.
    #[must_use]
    pub const fn as_points(self) -> Points {
        Points(self.0)
    }
}

impl Quantity {
    /// Whether this is a whole number of pieces; others are weighed or measured.
    #[must_use]
    pub const fn is_whole(self) -> bool {
        self.0 % 1000 == 0
    }
}

/// Which way a fraction goes when it must become whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Rounding {
    /// Towards zero: the default for accrual.
    #[default]
    Down,
    /// To the nearest, halves up.
    HalfUp,
    /// Away from zero.
    Up,
}

/// `value × numerator ÷ denominator`, rounded; computed in 128 bits, so no figure of the contract overflows.
///
/// `denominator` must be positive and `value × numerator` non-negative; anything else answers 0.
#[must_use]
pub fn scaled(value: i64, numerator: i64, denominator: i64, rounding: Rounding) -> i64 {
    let product = i128::from(value) * i128::from(numerator);
    let denominator = i128::from(denominator);
    if denominator <= 0 || product < 0 {
        return 0;
    }
    let whole = product / denominator;
    let rest = product % denominator;
    let up = match rounding {
        Rounding::Down => false,
        Rounding::HalfUp => rest * 2 >= denominator,
        Rounding::Up => rest > 0,
    };
    i64::try_from(whole + i128::from(up)).unwrap_or(i64::MAX)
}

/// Splits `total` over `weights` in proportion, exactly: the parts add up to `total`, no part is negative, and
/// what rounding leaves over goes to the largest remainders (the earlier one among equals).
#[must_use]
pub fn split(total: i64, weights: &[i64]) -> Vec<i64> {
    let sum: i128 = weights.iter().map(|w| i128::from((*w).max(0))).sum();
    if sum == 0 || total <= 0 {
        return vec![0; weights.len()];
    }
    let mut parts = Vec::with_capacity(weights.len());
    let mut remainders = Vec::with_capacity(weights.len());
    let mut left = i128::from(total);
    for (index, weight) in weights.iter().enumerate() {
        let product = i128::from(total) * i128::from((*weight).max(0));
        let part = product / sum;
        left -= part;
        parts.push(i64::try_from(part).unwrap_or(i64::MAX));
        remainders.push((product % sum, index));
    }
    remainders.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    for (_, index) in remainders.iter().take(usize::try_from(left).unwrap_or(0)) {
        if let Some(part) = parts.get_mut(*index) {
            *part += 1;
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_read_a_comma() {
        assert_eq!(Kopecks(1_234_567).to_string(), "12345,67");
        assert_eq!(Points(-5).to_string(), "-0,05");
        assert_eq!(Quantity(1_250).to_string(), "1,250");
    }

    #[test]
    fn a_fraction_goes_the_way_it_is_told() {
        assert_eq!(scaled(5, 1, 2, Rounding::Down), 2);
        assert_eq!(scaled(5, 1, 2, Rounding::HalfUp), 3);
        assert_eq!(scaled(7, 1, 3, Rounding::HalfUp), 2);
        assert_eq!(scaled(7, 1, 3, Rounding::Up), 3);
        assert_eq!(scaled(i64::MAX, 100, 100, Rounding::Up), i64::MAX);
    }

    #[test]
    fn a_split_loses_nothing() {
        assert_eq!(split(100, &[1, 1, 1]), vec![34, 33, 33]);
        assert_eq!(split(2, &[0, 5, 5]), vec![0, 1, 1]);
        assert_eq!(split(7, &[]), Vec::<i64>::new());
        assert_eq!(split(7, &[0, 0]), vec![0, 0]);
    }
}
