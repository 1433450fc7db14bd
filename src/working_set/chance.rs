//! The source of confirmation codes: the system's generator, or a fixed sequence in tests. So a decision remains a
//! function of its working set.

use std::sync::Arc;

use crate::secret::Secret;

/// A source of random numbers.
#[derive(Clone)]
pub struct Chance(Arc<dyn Fn() -> Option<u64> + Send + Sync>);

impl std::fmt::Debug for Chance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Chance(…)")
    }
}

impl Chance {
    /// A source that calls `draw` for each number; `None` when it fails.
    pub fn new(draw: impl Fn() -> Option<u64> + Send + Sync + 'static) -> Self {
        Self(Arc::new(draw))
    }

    /// A code of so many decimal digits, uniformly distributed; `None` when the source fails.
    #[must_use]
    pub fn code(&self, digits: u32) -> Option<Secret> {
        let digits = digits.clamp(4, 9);
        let count = 10_u64.saturating_pow(digits);
        // Values past the last whole multiple would make small codes more likely: draw again.
        let limit = u64::MAX - u64::MAX % count;
        loop {
            let value = (self.0)()?;
            if value < limit {
                let width = usize::try_from(digits).unwrap_or(6);
                return Some(Secret::new(format!("{:0width$}", value % count)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[test]
    fn codes_have_their_digits_and_values_past_the_last_whole_multiple_are_drawn_again() {
        let numbers = Mutex::new(vec![7, u64::MAX]);
        let chance = Chance::new(move || numbers.lock().unwrap().pop());
        assert_eq!(chance.code(6).unwrap().reveal(), "000007");
        assert!(chance.code(6).is_none());
    }
}
