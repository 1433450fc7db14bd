//! A registered receipt and its returns: quoted → confirmed → partly_returned → returned; confirmed → cancelled whole.

use crate::domain::{
    account::{Account, Cause, MovementKind, ReturnPolicy, Share, Step, TakenBack},
    fiscal::Fiscal,
    ids::{AccountId, CardId, CustomerId, LotNo, PartnerId, ReceiptId, ReservationId, StoreId},
    moment::{Moment, Span},
    money::{Kopecks, Points, Quantity, Rounding, scaled},
    receipt::{Line, LineResult, printed_price},
    refusal::Refusal,
    returns::{ReturnCalculation, SoldLine},
    till_document::ReceiptKey,
};

/// An employee's name in a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Employee {
    /// As it was told.
    Named(String),
    /// As it is kept: sealed. A document that is changed keeps it byte for byte, and nobody has to open it.
    Sealed(Vec<u8>),
}

/// A registered sale with its lines, and with what of it went back already.
#[derive(Debug, Clone)]
pub struct Sale {
    /// Identity.
    pub id: ReceiptId,
    /// The partner of the till.
    pub partner: PartnerId,
    /// The store.
    pub store: StoreId,
    /// The till's key of it (unique).
    pub key: ReceiptKey,
    /// The key of the operation that registered it, which outlives the operation's answer. `None` in a sale that a
    /// program of before this field has registered and whose answer was forgotten.
    pub operation_key: Option<String>,
    /// The time of the receipt.
    pub occurred_at: Moment,
    /// The recording time.
    pub recorded_at: Moment,
    /// Who sold.
    pub cashier: Option<Employee>,
    /// till, online or phone.
    pub channel: String,
    /// The holder; `None` for an anonymous sale.
    pub holder: Option<Holder>,
    /// The hold that was captured.
    pub reservation: Option<ReservationId>,
    /// Its state.
    pub state: SaleState,
    /// To be paid in money.
    pub amount_due: Kopecks,
    /// All discounts.
    pub discount_total: Kopecks,
    /// Paid by points.
    pub points_spent: Points,
    /// Points that it earned.
    pub points_earned: Points,
    /// The lot of those points.
    pub lot: Option<LotNo>,
    /// The programme's grace at the time of the sale.
    pub grace: Span,
    /// The programme's policy at the time of the sale.
    pub return_policy: ReturnPolicy,
    /// The number of the version of the programme's rules that it was calculated by. `None` in an anonymous sale, and in one
    /// that a program of before this field has registered.
    pub rules_version: Option<i64>,
    /// When a customer claimed it, if it was anonymous before.
    pub claimed_at: Option<Moment>,
    /// When it lost what it had earned, and the right to earn, because its fiscal document is another's.
    pub withheld_at: Option<Moment>,
    /// The fiscal document.
    pub fiscal: Option<Fiscal>,
    /// The lines.
    pub lines: Vec<SaleLine>,
    /// The shares of lots that were spent.
    pub spent: Vec<SpentShare>,
    /// What was taken back of the points that it earned.
    pub taken: TakenBack,
}

/// The holder of a sale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holder {
    /// The account.
    pub account: AccountId,
    /// The customer.
    pub customer: CustomerId,
    /// The card that was shown.
    pub card: Option<CardId>,
}

/// The states of a registered sale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SaleState {
    /// Registered.
    Confirmed,
    /// Some goods were returned.
    PartlyReturned,
    /// All goods were returned.
    Returned,
    /// Cancelled whole.
    Cancelled,
}

/// A line as it was sold.
#[derive(Debug, Clone)]
pub struct SaleLine {
    /// What the till sent.
    pub line: Line,
    /// The programme's discount.
    pub discount_offered: Kopecks,
    /// Paid by points.
    pub points_as_money: Kopecks,
    /// Paid in money.
    pub amount_due: Kopecks,
    /// Earned.
    pub points_earned: Points,
    /// Returned already.
    pub returned: Quantity,
}

/// Points of a lot that a sale spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpentShare {
    /// The lot.
    pub lot: LotNo,
    /// How many.
    pub spent: Points,
    /// How many were restored.
    pub restored: Points,
}

impl SaleLine {
    /// A line with the figures that the calculation gave it.
    #[must_use]
    pub fn new(line: Line, result: &LineResult) -> Self {
        Self {
            line,
            discount_offered: result.discount_offered,
            points_as_money: result.points_as_money,
            amount_due: result.amount_due,
            points_earned: result.points_to_earn,
            returned: Quantity::ZERO,
        }
    }
}

impl Sale {
    /// Checks that goods of this sale can be returned.
    ///
    /// # Errors
    /// The sale was cancelled, or nothing of it is left.
    pub const fn returnable(&self) -> Result<(), Refusal> {
        match self.state {
            SaleState::Confirmed | SaleState::PartlyReturned => Ok(()),
            SaleState::Returned => Err(Refusal::ReturnNothingLeft),
            SaleState::Cancelled => Err(Refusal::ReceiptCancelled),
        }
    }

    /// Checks that the sale can be cancelled.
    ///
    /// # Errors
    /// It was cancelled before, or goods of it were returned.
    pub const fn cancellable(&self) -> Result<(), Refusal> {
        match self.state {
            SaleState::Confirmed => Ok(()),
            SaleState::PartlyReturned | SaleState::Returned => Err(Refusal::ReceiptReturned),
            SaleState::Cancelled => Err(Refusal::ReceiptCancelled),
        }
    }

    /// Checks that a customer may claim the sale: it is nobody's, and something of it is left.
    ///
    /// # Errors
    /// It is somebody's, it earns nothing because its fiscal document is another's, it was cancelled, or all of it came back.
    pub const fn claimable(&self) -> Result<(), Refusal> {
        if self.holder.is_some() {
            return Err(Refusal::ReceiptClaimed);
        }
        if self.withheld_at.is_some() {
            return Err(Refusal::ReceiptWithheld);
        }
        self.returnable()
    }

    /// Gives the sale its one fiscal document. Returns whether it had it already.
    ///
    /// # Errors
    /// It has another one, or it was cancelled.
    pub fn attach(&mut self, fiscal: &Fiscal) -> Result<bool, Refusal> {
        if let Some(known) = &self.fiscal {
            return if known == fiscal { Ok(true) } else { Err(Refusal::FiscalAttached) };
        }
        if self.state == SaleState::Cancelled {
            return Err(Refusal::ReceiptCancelled);
        }
        self.fiscal = Some(fiscal.clone());
        Ok(false)
    }

    /// The points that it earned and has a right to.
    #[must_use]
    pub fn rightly_earned(&self) -> Points {
        if self.withheld_at.is_some() { Points::ZERO } else { self.points_earned }
    }

    /// Of the points that it earned those for goods that came back already.
    #[must_use]
    pub fn earned_on_returned(&self) -> Points {
        let back = self
            .lines
            .iter()
            .map(|line| Points(scaled(line.points_earned.0, line.returned.0, line.line.quantity.0, Rounding::Down)));
        back.sum()
    }

    /// The lines, for the calculation of returns. A sale that lost its accrual has nothing to take back.
    #[must_use]
    pub fn sold_lines(&self) -> Vec<SoldLine> {
        self.lines
            .iter()
            .map(|line| SoldLine {
                number: line.line.number,
                quantity: line.line.quantity,
                amount_due: line.amount_due,
                points_as_money: line.points_as_money,
                points_earned: if self.withheld_at.is_some() { Points::ZERO } else { line.points_earned },
                price: printed_price(&line.line, line.amount_due),
                returned_quantity: line.returned,
            })
            .collect()
    }

    /// The money refunded so far.
    #[must_use]
    pub fn returned_amount(&self) -> Kopecks {
        let back = self
            .lines
            .iter()
            .map(|line| Kopecks(scaled(line.amount_due.0, line.returned.0, line.line.quantity.0, Rounding::Down)));
        back.sum()
    }

    /// Marks goods as returned. Returns the points to restore, by lot: those that were spent first are restored first.
    pub fn take_back(&mut self, calculation: &ReturnCalculation) -> Vec<Share> {
        for back in &calculation.lines {
            for line in self.lines.iter_mut().filter(|line| line.line.number == back.number) {
                line.returned = line.returned.plus(back.quantity);
            }
        }
        let whole = self.lines.iter().all(|line| line.returned == line.line.quantity);
        self.state = if whole { SaleState::Returned } else { SaleState::PartlyReturned };
        self.restore(calculation.points_restored)
    }

    /// Marks the sale as cancelled and returns the points to restore, by lot.
    pub fn cancel(&mut self) -> Vec<Share> {
        self.state = SaleState::Cancelled;
        self.restore(self.points_spent)
    }

    /// Takes of points that came back to the account, at most so many, what the returns of this sale could not take.
    /// Answers how many.
    pub fn close_shortfall(&mut self, account: &mut Account, at_most: Points, step: &Step) -> Points {
        let Some(lot) = self.lot else { return Points::ZERO };
        let rule = Some("Баллы за возвращённый товар".into());
        let cause = Cause { receipt: Some(self.id), return_id: None, reservation: None, rule, ..step.cause.clone() };
        let step = Step { kind: MovementKind::Return, cause, ..step.clone() };
        account.close_shortfall(lot, at_most, &mut self.taken, &step)
    }

    fn restore(&mut self, points: Points) -> Vec<Share> {
        let mut left = points;
        let mut shares = Vec::new();
        for share in &mut self.spent {
            let back = share.spent.minus(share.restored).min(left);
            if back.is_positive() {
                share.restored = share.restored.plus(back);
                left = left.minus(back);
                shares.push(Share { lot: share.lot, points: back });
            }
        }
        shares
    }
}
