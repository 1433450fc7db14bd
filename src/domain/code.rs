//! A confirmation code: sent → verified, failed, expired or superseded. The code itself is not stored, only a keyed
//! digest over the code and what it confirms (P7). So a code for another hold does not match.

use crate::domain::{
    ids::{CodeId, CustomerId, ReservationId, TillId},
    moment::{Moment, Span},
    phone::Phone,
    refusal::{Refusal, Spent},
    spelling::{digit, is_blank, is_dash},
};

/// A code that was sent to a customer's phone.
#[derive(Debug, Clone)]
pub struct ConfirmationCode {
    /// Identity.
    pub id: CodeId,
    /// What it confirms.
    pub purpose: Purpose,
    /// The customer who is to enter it.
    pub customer: CustomerId,
    /// The phone that it was sent to. `None` in one that was read: the database knows its keyed index alone.
    pub sent_to: Option<Phone>,
    /// The keyed digest.
    pub digest: Vec<u8>,
    /// Its state.
    pub state: CodeState,
    /// How many tries are left. A resend does not reset them.
    pub tries_left: i64,
    /// When it was sent.
    pub sent_at: Moment,
    /// Its expiry.
    pub expires_at: Moment,
    /// The till that requested it.
    pub till: TillId,
}

/// What a code confirms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Spending the points of a hold.
    Redemption(ReservationId),
    /// That the customer's phone is the customer's.
    Phone,
}

impl Purpose {
    /// What ends when no try is left.
    #[must_use]
    pub const fn spent(self) -> Spent {
        match self {
            Self::Redemption(_) => Spent::Hold,
            Self::Phone => Spent::PhoneCode,
        }
    }
}

/// The digits of a code as it was typed: as the phone shows it, with spaces or dashes between the digits, in whatever font.
/// `None` when there is anything else.
#[must_use]
pub fn typed(text: &str) -> Option<String> {
    // Made in one piece: it is a secret, and a string that grows leaves copies behind.
    let mut code = String::with_capacity(text.len());
    for character in text.chars().filter(|c| !is_blank(*c) && !is_dash(*c)) {
        code.push(digit(character)?);
    }
    if code.is_empty() { None } else { Some(code) }
}

/// The states of a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeState {
    /// Waiting to be entered.
    Sent,
    /// Entered correctly and used up.
    Verified,
    /// Entered wrong too often.
    Failed,
    /// Expired.
    Expired,
    /// Superseded by a later one.
    Superseded,
}

/// The result of a try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trial {
    /// The code is right.
    Right,
    /// The code is wrong; tries are left.
    Wrong {
        /// At least one.
        tries_left: i64,
    },
    /// The code is wrong, and that was the last try.
    Exhausted,
}

impl ConfirmationCode {
    /// Tries a code. `matches` says whether its digest is this one's.
    ///
    /// # Errors
    /// The code cannot be tried any more; no try is used.
    pub fn attempt(&mut self, matches: bool, now: Moment) -> Result<Trial, Refusal> {
        match self.state {
            CodeState::Sent => {}
            CodeState::Failed => return Err(Refusal::CodeTriesExhausted { spent: self.purpose.spent() }),
            CodeState::Verified | CodeState::Superseded => return Err(Refusal::CodeNotSent),
            CodeState::Expired => return Err(Refusal::CodeExpired),
        }
        if self.expires_at <= now {
            return Err(Refusal::CodeExpired);
        }
        if matches {
            self.state = CodeState::Verified;
            return Ok(Trial::Right);
        }
        self.tries_left -= 1;
        if self.tries_left > 0 {
            return Ok(Trial::Wrong { tries_left: self.tries_left });
        }
        self.tries_left = 0;
        self.state = CodeState::Failed;
        Ok(Trial::Exhausted)
    }

    /// Whether another code may be sent after this one.
    ///
    /// # Errors
    /// This one was sent less than `pause` ago.
    pub fn may_follow(&self, pause: Span, now: Moment) -> Result<(), Refusal> {
        let wait = self.sent_at.after(pause).since(now).0;
        // Sent long after now: the clock was set back, and the customer must not wait for it to catch up.
        if wait <= 0 || wait > pause.0.saturating_mul(2) {
            return Ok(());
        }
        Err(Refusal::CodeTooSoon { wait_seconds: (wait.min(pause.0) + 999) / 1_000 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code() -> ConfirmationCode {
        ConfirmationCode {
            id: CodeId(1),
            purpose: Purpose::Phone,
            customer: CustomerId(1),
            sent_to: None,
            digest: vec![1],
            state: CodeState::Sent,
            tries_left: 2,
            sent_at: Moment(0),
            expires_at: Moment(1_000),
            till: TillId(1),
        }
    }

    #[test]
    fn few_tries_and_then_none() {
        let mut code = code();
        assert_eq!(code.attempt(false, Moment(1)), Ok(Trial::Wrong { tries_left: 1 }));
        assert_eq!(code.attempt(false, Moment(1)), Ok(Trial::Exhausted));
        assert_eq!(code.attempt(true, Moment(1)), Err(Refusal::CodeTriesExhausted { spent: Spent::PhoneCode }));
    }

    #[test]
    fn a_code_is_read_as_the_phone_shows_it() {
        for text in
            ["123456", "123 456", " 123\u{a0}456\n", "123-456", "123\u{2013}456", "１２３４５６", "1 2 3 4 5 6\u{200b}"]
        {
            assert_eq!(typed(text).as_deref(), Some("123456"), "{text:?}");
        }
        for text in ["", " - ", "12345O", "код 123456", "123.456", "١٢٣٤٥٦"] {
            assert_eq!(typed(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_code_is_used_once_and_in_time() {
        let mut used = code();
        assert_eq!(used.attempt(true, Moment(999)), Ok(Trial::Right));
        assert_eq!(used.attempt(true, Moment(999)), Err(Refusal::CodeNotSent));
        assert_eq!(code().attempt(true, Moment(1_000)), Err(Refusal::CodeExpired));
    }

    #[test]
    fn a_resend_waits() {
        assert_eq!(code().may_follow(Span(60_000), Moment(500)), Err(Refusal::CodeTooSoon { wait_seconds: 60 }));
        assert_eq!(code().may_follow(Span(60_000), Moment(60_000)), Ok(()));
        assert_eq!(code().may_follow(Span(60_000), Moment(-500)), Err(Refusal::CodeTooSoon { wait_seconds: 60 }));
        assert_eq!(code().may_follow(Span(60_000), Moment(-3_600_000)), Ok(()));
    }
}
