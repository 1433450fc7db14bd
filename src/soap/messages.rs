//! The messages of the contract as Rust sees them, and what all of them have in common.

pub mod office;
pub mod pos;
pub mod values;

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
headed! { office: RegisterCardsResult, ProgrammeResult, TillResult, AccountResult, PointsTermsResult }
keyed! { pos: RegisterCustomer, IssueCard, ActivateCard, ReplaceCard, BlockCard, UnblockCard, CloseCard, SaveQuestionnaire, GiveConsent, WithdrawConsent, SendPhoneCode, VerifyPhone, ReservePoints, ConfirmReservation, ResendCode, ReleaseReservation, RegisterReceipt, CancelReceipt, RegisterReturn, CancelOperation, RegisterReturnWithoutReceipt }
keyed! { office: RegisterCards, SaveProgramme, SaveTill, FreezeAccount, UnfreezeAccount, MergeCustomers, ChangePhone, SavePointsTerms, AdjustPoints }
