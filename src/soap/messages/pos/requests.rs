//! Request wrappers of `Pos_1`: the arguments of each operation, in the WSDL's order.
#![allow(missing_docs, reason = "the WSDL documents every field")]

use yaserde::{YaDeserialize, YaSerialize};

use crate::soap::messages::{
    pos::{Consent, Context, Questionnaire, Receipt, Registration, ReturnReceipt, ReturnWithoutReceipt},
    values::{Date, Hundredths},
};

messages! {
    /// Arguments of `Ping`.
    #[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
    pub struct Ping {}

    /// Arguments of `GetVersions`.
    #[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
    pub struct GetVersions {}

    /// Arguments of `WhoAmI`.
    #[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
    pub struct WhoAmI {}

    /// Arguments of `FindCustomer`.
    #[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
    pub struct FindCustomer {
        pub identifier: String,
    }

    /// Arguments of `RegisterCustomer`.
    #[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
    pub struct RegisterCustomer {
        pub context: Context,
        pub registration: Registration,
    }

    /// Arguments of `IssueCard`.
    #[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
    pub struct IssueCard {
        pub context: Context,
        #[yaserde(rename = "cardNumber")]
        pub card_number: String,
        pub identifier: String,
    }

    /// Arguments of `ActivateCard`.
    #[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
    pub struct ActivateCard {
        pub context: Context,
        #[yaserde(rename = "cardNumber")]
        pub card_number: String,
    }

    /// Arguments of `ReplaceCard`.
    #[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
    pub struct ReplaceCard {
        pub context: Context,
        #[yaserde(rename = "cardNumber")]
        pub card_number: String,
        #[yaserde(rename = "newCardNumber")]
        pub new_card_number: String,
        pub reason: String,
    }

    /// Arguments of `BlockCard`.
    #[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
    pub struct BlockCard {
        pub context: Context,
        #[yaserde(rename = "cardNumber")]
        pub card_number: String,
        pub reason: String,
    }

    /// Arguments of `UnblockCard`.
    #[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
    pub struct UnblockCard {
        pub context: Context,
        #[yaserde(rename = "cardNumber")]
        pub card_number: String,
        pub reason: String,
    }

    /// Arguments of `CloseCard`.
    #[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
    pub struct CloseCard {
        pub context: Context,
        #[yaserde(rename = "cardNumber")]
        pub card_number: String,
        pub reason: String,
    }

    /// Arguments of `GetBalance`.
    #[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
    pub struct GetBalance {
        pub identifier: String,
    }

    /// Arguments of `GetStatement`.
    #[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
    pub struct GetStatement {
        pub identifier: String,
        pub from: Date,
        pub to: Date,
        pub cursor: String,
    }

    /// Arguments of `GetQuestionnaire`.
    #[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
    pub struct GetQuestionnaire {
        pub identifier: String,
    }

    /// Arguments of `SaveQuestionnaire`.
    #[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
    pub struct SaveQuestionnaire {
        pub context: Context,
        pub identifier: String,
        pub questionnaire: Questionnaire,
    }

    /// Arguments of `GiveConsent`.
    #[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
    pub struct GiveConsent {
        pub context: Context,
        pub identifier: String,
        pub consent: Consent,
    }

    /// Arguments of `WithdrawConsent`.
    #[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
    pub struct WithdrawConsent {
        pub context: Context,
        pub identifier: String,
        pub purpose: String,
        pub channel: String,
    }

    /// Arguments of `SendPhoneCode`.
    #[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
    pub struct SendPhoneCode {
        pub context: Context,
        pub phone: String,
    }

    /// Arguments of `VerifyPhone`.
    #[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
    pub struct VerifyPhone {
        pub context: Context,
        pub phone: String,
        #[yaserde(rename = "confirmationCode")]
        pub confirmation_code: String,
    }

    /// Arguments of `QuoteReceipt`.
    #[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
    pub struct QuoteReceipt {
        pub receipt: Receipt,
        #[yaserde(rename = "pointsWanted")]
        pub points_wanted: Hundredths,
    }

    /// Arguments of `ReservePoints`.
    #[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
    pub struct ReservePoints {
        pub context: Context,
        pub receipt: Receipt,
        pub points: Hundredths,
    }

    /// Arguments of `ConfirmReservation`.
    #[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
    pub struct ConfirmReservation {
        pub context: Context,
        #[yaserde(rename = "reservationId")]
        pub reservation_id: String,
        #[yaserde(rename = "confirmationCode")]
        pub confirmation_code: String,
    }

    /// Arguments of `ResendCode`.
    #[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
    pub struct ResendCode {
        pub context: Context,
        #[yaserde(rename = "reservationId")]
        pub reservation_id: String,
    }

    /// Arguments of `ReleaseReservation`.
    #[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
    pub struct ReleaseReservation {
        pub context: Context,
        #[yaserde(rename = "reservationId")]
        pub reservation_id: String,
        pub reason: String,
    }

    /// Arguments of `GetReservation`.
    #[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
    pub struct GetReservation {
        #[yaserde(rename = "reservationId")]
        pub reservation_id: String,
    }

    /// Arguments of `RegisterReceipt`.
    #[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
    pub struct RegisterReceipt {
        pub context: Context,
        pub receipt: Receipt,
        #[yaserde(rename = "reservationId")]
        pub reservation_id: String,
        #[yaserde(rename = "pointsToSpend")]
        pub points_to_spend: Hundredths,
    }

    /// Arguments of `CancelReceipt`.
    #[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
    pub struct CancelReceipt {
        pub context: Context,
        #[yaserde(rename = "receiptId")]
        pub receipt_id: String,
        pub reason: String,
    }

    /// Arguments of `QuoteReturn`.
    #[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
    pub struct QuoteReturn {
        #[yaserde(rename = "returnReceipt")]
        pub return_receipt: ReturnReceipt,
    }

    /// Arguments of `RegisterReturn`.
    #[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
    pub struct RegisterReturn {
        pub context: Context,
        #[yaserde(rename = "returnReceipt")]
        pub return_receipt: ReturnReceipt,
    }

    /// Arguments of `GetOperation`.
    #[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
    pub struct GetOperation {
        #[yaserde(rename = "operationKey")]
        pub operation_key: String,
    }

    /// Arguments of `CancelOperation`.
    #[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
    pub struct CancelOperation {
        pub context: Context,
        #[yaserde(rename = "cancelledKey")]
        pub cancelled_key: String,
        pub reason: String,
    }

    /// Arguments of `RegisterReturnWithoutReceipt`.
    #[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
    pub struct RegisterReturnWithoutReceipt {
        pub context: Context,
        #[yaserde(rename = "goodsReturn")]
        pub goods_return: ReturnWithoutReceipt,
    }
}
