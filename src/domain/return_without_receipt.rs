//! A return of goods whose sale is not known (E6).

use crate::domain::{
    ids::{AccountId, PartnerId, ReturnId, StoreId},
    moment::Moment,
    money::{Kopecks, Points},
    receipt::Line,
    till_document::{Fiscal, ReceiptKey},
};

/// A registered return of goods whose sale is not known.
#[derive(Debug, Clone)]
pub struct ReturnWithoutReceipt {
    /// Identity.
    pub id: ReturnId,
    /// Whose till took the goods back.
    pub partner: PartnerId,
    /// In which store.
    pub store: StoreId,
    /// How the till names it.
    pub key: ReceiptKey,
    /// Its own time.
    pub occurred_at: Moment,
    /// The server's.
    pub recorded_at: Moment,
    /// Who took the goods back.
    pub cashier: Option<String>,
    /// Why there was no receipt.
    pub reason: String,
    /// Whose points were taken back.
    pub account: Option<AccountId>,
    /// The money given back.
    pub amount_refund: Kopecks,
    /// Points taken back, a debt included.
    pub points_revoked: Points,
    /// The fiscal document.
    pub fiscal: Option<Fiscal>,
    /// The goods, each with the points that were taken back for it.
    pub lines: Vec<(Line, Points)>,
}
