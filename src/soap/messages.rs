//! The messages of the contract as Rust sees them, and what all of them have in common.

/// Declares messages that are read and written directly: a struct a complexType, its fields in the contract's order, each an
/// element of the field's name or of the one given with `rename`.
macro_rules! messages {
    (@fields $(
        $(#[$meta:meta])*
        pub struct $name:ident {
            $($(#[yaserde(rename = $wire:literal)])? pub $field:ident: $type:ty),* $(,)?
        }
    )+) => {$(
        impl $crate::soap::codec::canonical::Fields for $name {
            const NAME: &'static str = stringify!($name);

            #[allow(unused_variables, reason = "a message may be without fields")]
            fn read_fields(
                reader: &mut $crate::soap::codec::canonical::Reader<'_>,
            ) -> Result<Self, $crate::soap::codec::canonical::Misfit> {
                Ok(Self {
                    $($field: $crate::soap::codec::canonical::Value::read(
                        reader,
                        messages!(@name $field $($wire)?),
                    )?,)*
                })
            }

            #[allow(unused_variables, reason = "a message may be without fields")]
            fn write_fields(&self, writer: &mut $crate::soap::codec::canonical::Writer) {
                $($crate::soap::codec::canonical::Value::write(
                    &self.$field,
                    writer,
                    messages!(@name $field $($wire)?),
                );)*
            }
        }
    )+};
    (@name $field:ident) => { stringify!($field) };
    (@name $field:ident $wire:literal) => { $wire };
    // The declarations stay as they are written, token for token: yaserde's derive names things by where they stand.
    ($($declarations:tt)+) => {
        $($declarations)+
        messages!(@fields $($declarations)+);
    };
}

pub mod office;
pub mod pos;
pub mod values;

use crate::soap::codec::mapper::by_yaserde;

/// An answer: every one begins with a code and a sentence.
pub trait Headed {
    /// Sets both.
    fn set_head(&mut self, code: &str, message: String);
}

/// A changing request: every one carries an operation key.
pub trait Keyed {
    /// The key.
    fn operation_key(&self) -> &str;
}

macro_rules! headed {
    ($module:ident: $($name:ident),+ $(,)?) => {$(
        impl Headed for $module::$name {
            fn set_head(&mut self, code: &str, message: String) {
                code.clone_into(&mut self.code);
                self.message = message;
            }
        }
    )+};
}

macro_rules! keyed {
    ($module:ident: $($name:ident),+ $(,)?) => {$(
        impl Keyed for $module::$name {
            fn operation_key(&self) -> &str {
                &self.context.operation_key
            }
        }
    )+};
}

headed! { pos: PingResult, VersionsResult, WhoAmIResult, FindCustomerResult, RegisterCustomerResult, CardResult, BalanceResult, StatementResult, QuestionnaireResult, SimpleResult, PhoneCodeResult, QuoteResult, ReservationResult, ReceiptResult, CancelResult, ReturnResult, OperationResult, CancelOperationResult, ReturnWithoutReceiptResult }
headed! { office: RegisterCardsResult, ProgrammeResult, TillResult, AccountResult, PointsTermsResult, ExpiringPointsResult, SettlementResult }
keyed! { pos: RegisterCustomer, IssueCard, ActivateCard, ReplaceCard, BlockCard, UnblockCard, CloseCard, SaveQuestionnaire, GiveConsent, WithdrawConsent, SendPhoneCode, VerifyPhone, ReservePoints, ConfirmReservation, ResendCode, ReleaseReservation, RegisterReceipt, CancelReceipt, RegisterReturn, CancelOperation, RegisterReturnWithoutReceipt }
keyed! { office: RegisterCards, SaveProgramme, SaveTill, FreezeAccount, UnfreezeAccount, MergeCustomers, ChangePhone, SavePointsTerms, AdjustPoints }
by_yaserde! { office: RegisterCards, GetProgramme, SaveProgramme, SaveTill, GetAccount, FreezeAccount, UnfreezeAccount, MergeCustomers, ChangePhone, GetPointsTerms, SavePointsTerms, AdjustPoints, ListExpiringPoints, ListSettlement, RegisterCardsResult, ProgrammeResult, TillResult, AccountResult, PointsTermsResult, ExpiringPointsResult, SettlementResult }
