//! How a till names what it prints: the receipt or return in its day and shift, and the fiscal document.

use crate::domain::ids::TillId;

/// How a till names a receipt: the second natural key of a sale.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReceiptKey {
    /// The till.
    pub till: TillId,
    /// The local day, as days since 1970-01-01.
    pub local_day: i64,
    /// The shift; empty where the till has none.
    pub shift: String,
    /// The number.
    pub number: String,
}

/// What names a fiscal document.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fiscal {
    /// Номер фискального накопителя.
    pub fn_: String,
    /// Номер фискального документа.
    pub fd: String,
    /// Фискальный признак.
    pub fp: String,
}
