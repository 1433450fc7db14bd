//! A return of goods whose sale is not known (E6).

use crate::domain::{
    fiscal::Fiscal,
    ids::{AccountId, PartnerId, ReturnId, StoreId},
    moment::Moment,
    money::{Kopecks, Points},
    receipt::Line,
    till_document::ReceiptKey,
};

/// A registered return of goods whose sale is not known.
#[derive(Debug, Clone)]
pub struct ReturnWithoutReceipt {
    /// Identity.
    pub id: ReturnId,
    /// The partner of the till.
    pub partner: PartnerId,
    /// The store.
    pub store: StoreId,
    /// The till's key of it.
    pub key: ReceiptKey,
    /// The time of the document.
    pub occurred_at: Moment,
    /// The recording time.
    pub recorded_at: Moment,
    /// The cashier.
    pub cashier: Option<String>,
    /// Why there was no receipt.
    pub reason: String,
    /// The account whose points were revoked.
    pub account: Option<AccountId>,
    /// The money refunded.
    pub amount_refund: Kopecks,
    /// Points revoked, a debt included.
    pub points_revoked: Points,
    /// The fiscal document.
    pub fiscal: Option<Fiscal>,
    /// The goods, each with the points that were taken back for it.
    pub lines: Vec<(Line, Points)>,
}
