//! A hold of points before a sale: awaiting_code → held → captured, partly captured, released or expired. It ends once.

use crate::domain::{
    account::Share,
    ids::{AccountId, CardId, CustomerId, PartnerId, ReservationId, StoreId, TillId},
    moment::{Moment, Span},
    money::Points,
    receipt::SpendRule,
    refusal::Refusal,
    till_document::ReceiptKey,
};

/// A hold of points.
#[derive(Debug, Clone)]
pub struct Reservation {
    /// Identity.
    pub id: ReservationId,
    /// The account.
    pub account: AccountId,
    /// The customer; the code is sent to its phone.
    pub customer: CustomerId,
    /// The card that was shown, if one was.
    pub card: Option<CardId>,
    /// The partner of the till.
    pub partner: PartnerId,
    /// The store; the hold is valid there only (P7).
    pub store: StoreId,
    /// The till.
    pub till: TillId,
    /// Its state.
    pub state: ReservationState,
    /// How many points were held: what the code confirms.
    pub points: Points,
    /// Which lots they came from.
    pub shares: Vec<Share>,
    /// Spent when it ended.
    pub captured: Points,
    /// Released when it ended.
    pub released: Points,
    /// Released because it expired.
    pub expired: Points,
    /// The rule of spending that was in force when the hold was made. It also decides at the capture, whatever the
    /// rules are then. `None` in holds of versions that did not store it.
    pub spend: Option<SpendRule>,
    /// Whether a code from an SMS is needed.
    pub code_required: bool,
    /// How long its codes live.
    pub code_ttl: Span,
    /// The extension of points that expired while they were held.
    pub grace: Span,
    /// When it began.
    pub created_at: Moment,
    /// When it expires.
    pub expires_at: Moment,
    /// When it ended.
    pub ended_at: Option<Moment>,
    /// Whether it stood when a return could not take all that it wanted: what it gives back closes that.
    pub shields: bool,
    /// The receipt that it was made for. `None` in holds of versions that did not store it.
    pub receipt: Option<ReceiptKey>,
    /// The hold whose code confirms this one too, which took its place for the same points; `None`: its own.
    pub code_of: Option<ReservationId>,
}

/// The states of a hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReservationState {
    /// Held; the code has not been confirmed.
    AwaitingCode,
    /// Held; may be captured.
    Held,
    /// Spent whole.
    Captured,
    /// Spent in part; the rest was given back.
    PartlyCaptured,
    /// Released.
    Released,
    /// Expired.
    Expired,
}

/// The division of a captured hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Division {
    /// Spent, by lot.
    pub captured: Vec<Share>,
    /// Released, by lot.
    pub released: Vec<Share>,
}

impl Reservation {
    /// Checks that the hold is open at a moment.
    ///
    /// # Errors
    /// The refusal that names how it ended.
    pub fn stands(&self, now: Moment) -> Result<(), Refusal> {
        match self.state {
            ReservationState::AwaitingCode | ReservationState::Held if self.expires_at <= now => {
                Err(Refusal::ReservationExpired)
            }
            ReservationState::AwaitingCode | ReservationState::Held => Ok(()),
            ReservationState::Captured | ReservationState::PartlyCaptured => Err(Refusal::ReservationCaptured),
            ReservationState::Released => Err(Refusal::ReservationReleased),
            ReservationState::Expired => Err(Refusal::ReservationExpired),
        }
    }

    /// Whether a newer hold for a receipt takes this one's place: it is open, and it was made for the same receipt or nobody has
    /// confirmed it. What was confirmed at another till stays.
    #[must_use]
    pub fn yields_to(&self, receipt: &ReceiptKey) -> bool {
        match self.state {
            ReservationState::AwaitingCode => self.ended_at.is_none(),
            ReservationState::Held => self.ended_at.is_none() && self.receipt.as_ref() == Some(receipt),
            ReservationState::Captured
            | ReservationState::PartlyCaptured
            | ReservationState::Released
            | ReservationState::Expired => false,
        }
    }

    /// Whether a code for this hold says what one for another would say: the same points of the same card, for the same
    /// receipt in the same store (P7).
    #[must_use]
    pub fn is_confirmed_as(&self, other: &Self) -> bool {
        self.code_required
            && self.receipt.is_some()
            && (&self.receipt, self.customer, self.card, self.points, self.store)
                == (&other.receipt, other.customer, other.card, other.points, other.store)
    }

    /// Whether it has ended and gave all its points back.
    #[must_use]
    pub const fn gave_back(&self) -> bool {
        match self.state {
            ReservationState::Released | ReservationState::Expired => true,
            ReservationState::AwaitingCode
            | ReservationState::Held
            | ReservationState::Captured
            | ReservationState::PartlyCaptured => false,
        }
    }

    /// Checks that a code may be tried now.
    ///
    /// # Errors
    /// The hold has ended, or needs no code any more.
    pub fn awaits_code(&self, now: Moment) -> Result<(), Refusal> {
        self.stands(now)?;
        if self.state == ReservationState::Held { Err(Refusal::ReservationConfirmed) } else { Ok(()) }
    }

    /// Captures `points` of the hold and releases the rest, in one step (invariants 9, 12, 13).
    ///
    /// # Errors
    /// The hold has ended, its code was not confirmed, or it holds fewer points.
    pub fn capture(&mut self, points: Points, now: Moment) -> Result<Division, Refusal> {
        self.stands(now)?;
        if self.state == ReservationState::AwaitingCode {
            return Err(Refusal::ReservationAwaitsCode);
        }
        if points > self.points {
            return Err(Refusal::PointsOverLimit { max: self.points });
        }
        let mut left = points;
        let (mut captured, mut released) = (Vec::new(), Vec::new());
        for share in &self.shares {
            let taken = share.points.min(left);
            left = left.minus(taken);
            captured.push(Share { lot: share.lot, points: taken });
            released.push(Share { lot: share.lot, points: share.points.minus(taken) });
        }
        self.captured = points;
        self.released = self.points.minus(points);
        self.state = if self.released.is_zero() {
            ReservationState::Captured
        } else if points.is_zero() {
            ReservationState::Released
        } else {
            ReservationState::PartlyCaptured
        };
        self.ended_at = Some(now);
        Ok(Division { captured, released })
    }

    /// Releases the whole hold.
    ///
    /// # Errors
    /// It has ended already.
    pub fn release(&mut self, now: Moment) -> Result<(), Refusal> {
        self.stands(now)?;
        self.state = ReservationState::Released;
        self.released = self.points;
        self.ended_at = Some(now);
        Ok(())
    }

    /// Releases the whole hold if it has expired; returns whether it did.
    pub fn lapse(&mut self, now: Moment) -> bool {
        let due =
            matches!(self.state, ReservationState::AwaitingCode | ReservationState::Held) && self.expires_at <= now;
        if due {
            self.state = ReservationState::Expired;
            self.expired = self.points;
            self.ended_at = Some(now);
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::LotNo;

    fn receipt(number: &str) -> ReceiptKey {
        ReceiptKey { till: TillId(1), local_day: 20_000, shift: "1".into(), number: number.into() }
    }

    fn hold(state: ReservationState) -> Reservation {
        Reservation {
            id: ReservationId(1),
            account: AccountId(1),
            customer: CustomerId(1),
            card: None,
            partner: PartnerId(1),
            store: StoreId(1),
            till: TillId(1),
            state,
            points: Points(100),
            shares: vec![Share { lot: LotNo(1), points: Points(60) }, Share { lot: LotNo(2), points: Points(40) }],
            captured: Points::ZERO,
            released: Points::ZERO,
            expired: Points::ZERO,
            spend: None,
            code_required: true,
            code_ttl: Span::minutes(5),
            grace: Span::days(3),
            created_at: Moment(0),
            expires_at: Moment(1_000),
            ended_at: None,
            shields: false,
            receipt: Some(receipt("17")),
            code_of: None,
        }
    }

    #[test]
    fn a_part_is_spent_and_the_rest_goes_back_lot_by_lot() {
        let mut hold = hold(ReservationState::Held);
        let division = hold.capture(Points(70), Moment(10)).unwrap();
        assert_eq!(division.captured.iter().map(|s| s.points.0).collect::<Vec<_>>(), [60, 10]);
        assert_eq!(division.released.iter().map(|s| s.points.0).collect::<Vec<_>>(), [0, 30]);
        assert_eq!(
            (hold.state, hold.captured, hold.released),
            (ReservationState::PartlyCaptured, Points(70), Points(30))
        );
    }

    #[test]
    fn an_ended_hold_says_how_it_ended() {
        use ReservationState::{AwaitingCode, Captured, Expired, Held, PartlyCaptured, Released};
        let refused = |state, now| hold(state).capture(Points(1), Moment(now)).unwrap_err().code();
        assert_eq!(refused(AwaitingCode, 1), "RESERVATION_AWAITS_CODE");
        assert_eq!(refused(Held, 1_000), "RESERVATION_EXPIRED");
        assert_eq!(refused(Captured, 1), "RESERVATION_CAPTURED");
        assert_eq!(refused(PartlyCaptured, 1), "RESERVATION_CAPTURED");
        assert_eq!(refused(Released, 1), "RESERVATION_RELEASED");
        assert_eq!(refused(Expired, 1), "RESERVATION_EXPIRED");
        assert_eq!(hold(Held).capture(Points(101), Moment(1)).unwrap_err().code(), "POINTS_OVER_LIMIT");
    }

    #[test]
    fn a_newer_hold_takes_the_place_of_one_for_its_receipt_or_of_one_that_nobody_confirmed() {
        use ReservationState::{AwaitingCode, Captured, Expired, Held, PartlyCaptured, Released};
        let yields = |state, number: &str| hold(state).yields_to(&receipt(number));
        assert!(yields(AwaitingCode, "17") && yields(AwaitingCode, "18") && yields(Held, "17"));
        assert!(!yields(Held, "18"), "a confirmed hold for another receipt stays");
        for ended in [Captured, PartlyCaptured, Released, Expired] {
            assert!(!yields(ended, "17"));
        }
        let unknown = Reservation { receipt: None, ..hold(Held) };
        assert!(!unknown.yields_to(&receipt("17")));
    }

    #[test]
    fn time_ends_it_once() {
        let mut hold = hold(ReservationState::AwaitingCode);
        assert!(!hold.lapse(Moment(999)));
        assert!(hold.lapse(Moment(1_000)));
        assert!(!hold.lapse(Moment(2_000)));
        assert_eq!(hold.expired, Points(100));
    }
}
