//! A registered receipt and its returns: quoted → confirmed → partly_returned → returned; confirmed → cancelled whole.

use crate::domain::{
    account::{ReturnPolicy, Share},
    ids::{AccountId, CardId, CustomerId, LotNo, PartnerId, ReceiptId, ReservationId, StoreId},
    moment::{Moment, Span},
    money::{Kopecks, Points, Quantity, Rounding, scaled},
    receipt::{Line, LineResult},
    refusal::Refusal,
    returns::{ReturnCalculation, SoldLine},
    till_document::{Fiscal, ReceiptKey},
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
    /// At whose till.
    pub partner: PartnerId,
    /// Where.
    pub store: StoreId,
    /// How the till names it (unique).
    pub key: ReceiptKey,
    /// The receipt's own time.
    pub occurred_at: Moment,
    /// The server's.
    pub recorded_at: Moment,
    /// Who sold.
    pub cashier: Option<Employee>,
    /// till, online or phone.
    pub channel: String,
    /// Whose points; none for an anonymous sale.
    pub holder: Option<Holder>,
    /// The hold that was captured.
    pub reservation: Option<ReservationId>,
    /// Where it stands.
    pub state: SaleState,
    /// To be paid in money.
    pub amount_due: Kopecks,
    /// All discounts.
    pub discount_total: Kopecks,
    /// Paid by points.
    pub points_spent: Points,
    /// Points that it earned.
    pub points_earned: Points,
    /// The lot that they are in.
    pub lot: Option<LotNo>,
    /// The programme's grace at the time of the sale.
    pub grace: Span,
    /// The programme's policy at the time of the sale.
    pub return_policy: ReturnPolicy,
    /// The fiscal document.
    pub fiscal: Option<Fiscal>,
    /// The lines.
    pub lines: Vec<SaleLine>,
    /// Which lots were spent.
    pub spent: Vec<SpentShare>,
}

/// Who a sale belongs to.
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
    /// Some goods came back.
    PartlyReturned,
    /// All goods came back.
    Returned,
    /// Never was.
    Cancelled,
}

/// A line as it was sold.
#[derive(Debug, Clone)]
pub struct SaleLine {
    /// What the till sent.
    pub line: Line,
    /// Our own discount.
    pub discount_offered: Kopecks,
    /// Paid by points.
    pub points_as_money: Kopecks,
    /// Paid in money.
    pub amount_due: Kopecks,
    /// Earned.
    pub points_earned: Points,
    /// Came back already.
    pub returned: Quantity,
}

/// Points of a lot that a sale spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpentShare {
    /// The lot.
    pub lot: LotNo,
    /// How many.
    pub spent: Points,
    /// How many went back.
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
    /// Whether goods of this sale can come back.
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

    /// Whether the sale can be cancelled whole.
    ///
    /// # Errors
    /// It was, or goods of it came back.
    pub const fn cancellable(&self) -> Result<(), Refusal> {
        match self.state {
            SaleState::Confirmed => Ok(()),
            SaleState::PartlyReturned | SaleState::Returned => Err(Refusal::ReceiptReturned),
            SaleState::Cancelled => Err(Refusal::ReceiptCancelled),
        }
    }

    /// The lines as the calculation of returns wants them.
    #[must_use]
    pub fn sold_lines(&self) -> Vec<SoldLine> {
        self.lines
            .iter()
            .map(|line| SoldLine {
                number: line.line.number,
                quantity: line.line.quantity,
                amount_due: line.amount_due,
                points_as_money: line.points_as_money,
                points_earned: line.points_earned,
                returned_quantity: line.returned,
            })
            .collect()
    }

    /// The money that has been given back for what came back so far.
    #[must_use]
    pub fn returned_amount(&self) -> Kopecks {
        let back = self
            .lines
            .iter()
            .map(|line| Kopecks(scaled(line.amount_due.0, line.returned.0, line.line.quantity.0, Rounding::Down)));
        back.sum()
    }

    /// Marks goods as come back and answers which spent points return to which lots: first those that were spent first.
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

    /// Marks the sale as never having been and answers which spent points return to which lots.
    pub fn cancel(&mut self) -> Vec<Share> {
        self.state = SaleState::Cancelled;
        self.restore(self.points_spent)
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
