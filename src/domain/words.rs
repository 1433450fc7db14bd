//! The words of states and kinds, the same in the database, on the wire and in documents.

use crate::domain::{
    account::{AccountState, Bucket, LotState, MovementKind, PointsClass, ReturnPolicy},
    card::CardState,
    code::CodeState,
    money::Rounding,
    programme::LifetimeUnit,
    questionnaire::Sex,
    reservation::ReservationState,
    sale::SaleState,
};

macro_rules! words {
    ($($name:ident { $($variant:ident = $word:literal),+ $(,)? })+) => {$(
        impl $name {
            /// The word for it.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// The value of a word; `None` for an unknown word.
            #[must_use]
            pub fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }
        }
    )+};
}

words! {
    CardState {
        Registered = "registered", Issued = "issued", Active = "active", Blocked = "blocked", Replaced = "replaced",
        Closed = "closed",
    }
    AccountState { Open = "open", Frozen = "frozen", Closed = "closed" }
    LotState {
        Pending = "pending", Active = "active", Exhausted = "exhausted", Cancelled = "cancelled", Expired = "expired",
        Revoked = "revoked",
    }
    Bucket {
        Issuer = "issuer", Pending = "pending", Available = "available", Reserved = "reserved", Spent = "spent",
        Expired = "expired", Revoked = "revoked", Debt = "debt", Status = "status", Transfer = "transfer",
    }
    PointsClass { Bonus = "bonus", Status = "status" }
    MovementKind {
        Accrual = "accrual", Activation = "activation", Reservation = "reservation", Release = "release",
        Redemption = "redemption", Expiry = "expiry", Return = "return", Cancellation = "cancellation",
        DebtClosing = "debt", Adjustment = "adjustment", Merge = "merge",
    }
    LifetimeUnit { Never = "never", Days = "days", Months = "months", MonthEnd = "month_end", YearEnd = "year_end" }
    ReturnPolicy { OnlyPending = "only_pending", WithinBalance = "within_balance", Unlimited = "unlimited" }
    ReservationState {
        AwaitingCode = "awaiting_code", Held = "held", Captured = "captured", PartlyCaptured = "partly_captured",
        Released = "released", Expired = "expired",
    }
    CodeState { Sent = "sent", Verified = "verified", Failed = "failed", Expired = "expired", Superseded = "superseded" }
    SaleState { Confirmed = "confirmed", PartlyReturned = "partly_returned", Returned = "returned", Cancelled = "cancelled" }
    Sex { Male = "male", Female = "female" }
    Rounding { Down = "down", HalfUp = "half_up", Up = "up" }
}
