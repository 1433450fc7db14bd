//! Identifiers, one type for each noun, so that a card's id cannot be passed as an account's.

use std::fmt;

macro_rules! ids {
    ($($(#[$meta:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )+};
}

ids!(
    /// A partner: a legal person of the coalition (A11).
    PartnerId,
    /// A trade network of a partner.
    NetworkId,
    /// A store of a network.
    StoreId,
    /// A till of a store.
    TillId,
    /// A login with its roles.
    CredentialId,
    /// A bonus programme.
    ProgrammeId,
    /// A customer, the holder of an account.
    CustomerId,
    /// A card, which identifies an account.
    CardId,
    /// An account of points.
    AccountId,
    /// A hold of points before a sale.
    ReservationId,
    /// A confirmation code that was sent.
    CodeId,
    /// A registered sale.
    ReceiptId,
    /// A registered return of goods.
    ReturnId,
    /// A message in the outbox.
    MessageId,
    /// A case that an office looks at.
    CaseId,
);

/// The number of a lot within its account, from 1 in the order of accrual.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LotNo(pub i64);

impl fmt::Display for LotNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
