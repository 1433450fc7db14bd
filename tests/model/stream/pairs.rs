//! Two tills at once: what they do to one customer must be as if one had come after the other, whichever.

use super::*;

impl Stream {
    /// What another till asks at the same moment, sometimes: something that sends no code, since nobody could say which of two
    /// came first, and that leaves to both customers of the story what they are.
    pub fn beside(&mut self, first: &Request, now: i64, versions: &[Rules]) -> Option<Request> {
        let What::New(call) = &first.what else { return None };
        let is_apt = !first.is_office
            && !matches!(
                call.deed,
                Deed::Register { .. } | Deed::Issue { .. } | Deed::Merge { .. } | Deed::Statement { .. }
            );
        if !is_apt || !self.chance.percent(12) {
            return None;
        }
        let second = self.next(now, versions);
        let What::New(other) = &second.what else { return None };
        let is_quiet = matches!(
            other.deed,
            Deed::Sell { .. }
                | Deed::Cancel { .. }
                | Deed::Return(_)
                | Deed::Release { .. }
                | Deed::Undo { .. }
                | Deed::Block { .. }
                | Deed::Close { .. }
                | Deed::Balance { .. }
        );
        // A key that both would use is for the stories of repeats.
        let is_other = second.book == first.book && other.key != call.key;
        (is_quiet && is_other && !second.is_office).then_some(second)
    }

    /// Holds two answers of one moment against the model: in one order or the other they must fit.
    ///
    /// # Errors
    /// What differs in the first order, and in the second.
    pub fn hear_both(&mut self, both: [(Request, u16, String); 2], now: i64, versions: &[Rules]) -> Result<(), String> {
        let before = self.clone();
        let in_order = |stream: &mut Self, order: [usize; 2]| {
            order.into_iter().try_for_each(|which| {
                let (request, status, body) = both[which].clone();
                stream.hear(request, status, body, now, versions)
            })
        };
        let Err(one) = in_order(self, [0, 1]) else { return Ok(()) };
        *self = before;
        let Err(other) = in_order(self, [1, 0]) else { return Ok(()) };
        Err(format!("two at once, in neither order\n{one}\n--- the other way round\n{other}"))
    }
}
