//! Messages of `Pos_1`: here one struct for each complexType of its WSDL, and beside it its request wrappers; in the WSDL's order.
//!
//! The WSDL documents every field (units included); the contract test holds the two together.
#![allow(missing_docs, reason = "the WSDL documents every field")]

mod requests;

use yaserde::{YaDeserialize, YaSerialize};

// A handler names an operation's request and its answer alike.
use crate::soap::messages::values::{Date, DateTime, Hundredths, Thousandths};

pub use self::requests::*;

messages! {
    /// `Context` of the WSDL.
    #[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
    pub struct Context {
        #[yaserde(rename = "operationKey")]
        pub operation_key: String,
        pub till: String,
        pub cashier: Option<String>,
        pub shift: Option<String>,
        #[yaserde(rename = "occurredAt")]
        pub occurred_at: DateTime,
    }

    /// `Balance` of the WSDL.
    #[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
    pub struct Balance {
        pub total: Hundredths,
        pub available: Hundredths,
        pub pending: Hundredths,
        pub reserved: Hundredths,
        pub debt: Hundredths,
    }

    /// `Customer` of the WSDL.
    #[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
    pub struct Customer {
        #[yaserde(rename = "customerId")]
        pub customer_id: String,
        pub phone: String,
        #[yaserde(rename = "phoneConfirmed")]
        pub phone_confirmed: bool,
        pub name: Option<String>,
        #[yaserde(rename = "customerClass")]
        pub customer_class: Option<String>,
    }

    /// `Card` of the WSDL.
    #[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
    pub struct Card {
        pub number: String,
        pub state: String,
        pub kind: Option<String>,
        pub successor: Option<String>,
    }

    /// `Cards` of the WSDL.
    #[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
    pub struct Cards {
        pub card: Vec<Card>,
    }

    /// `Dated` of the WSDL.
    #[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
    pub struct Dated {
        pub at: DateTime,
        pub points: Hundredths,
    }

    /// `Expiries` of the WSDL.
    #[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
    pub struct Expiries {
        pub expiry: Vec<Dated>,
    }

    /// `Activations` of the WSDL.
    #[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
    pub struct Activations {
        pub activation: Vec<Dated>,
    }

    /// `Texts` of the WSDL.
    #[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
    pub struct Texts {
        pub text: Vec<String>,
    }

    /// `PingResult` of the WSDL.
    #[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
    pub struct PingResult {
        pub code: String,
        pub message: String,
        #[yaserde(rename = "serverTime")]
        pub server_time: DateTime,
    }

    /// `Version` of the WSDL.
    #[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
    pub struct Version {
        pub name: String,
        pub namespace: String,
        pub path: String,
        pub status: String,
    }

    /// `Versions` of the WSDL.
    #[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
    pub struct Versions {
        pub version: Vec<Version>,
    }

    /// `VersionsResult` of the WSDL.
    #[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
    pub struct VersionsResult {
        pub code: String,
        pub message: String,
        pub versions: Versions,
        pub software: String,
    }

    /// `Roles` of the WSDL.
    #[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
    pub struct Roles {
        pub role: Vec<String>,
    }

    /// `WhoAmIResult` of the WSDL.
    #[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
    pub struct WhoAmIResult {
        pub code: String,
        pub message: String,
        pub login: String,
        pub partner: String,
        pub network: Option<String>,
        pub store: Option<String>,
        pub till: Option<String>,
        pub roles: Roles,
        #[yaserde(rename = "serverTime")]
        pub server_time: DateTime,
        #[yaserde(rename = "contractVersion")]
        pub contract_version: String,
    }

    /// `FindCustomerResult` of the WSDL.
    #[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
    pub struct FindCustomerResult {
        pub code: String,
        pub message: String,
        pub customer: Option<Customer>,
        pub cards: Cards,
        pub balance: Option<Balance>,
    }

    /// `Registration` of the WSDL.
    #[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
    pub struct Registration {
        pub phone: String,
        #[yaserde(rename = "cardNumber")]
        pub card_number: Option<String>,
        #[yaserde(rename = "cardKind")]
        pub card_kind: Option<String>,
        pub surname: Option<String>,
        pub name: Option<String>,
        pub patronymic: Option<String>,
        #[yaserde(rename = "birthDate")]
        pub birth_date: Option<Date>,
        pub sex: Option<String>,
        pub email: Option<String>,
        pub referrer: Option<String>,
    }

    /// `RegisterCustomerResult` of the WSDL.
    #[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
    pub struct RegisterCustomerResult {
        pub code: String,
        pub message: String,
        pub customer: Option<Customer>,
        pub card: Option<Card>,
    }

    /// `CardResult` of the WSDL.
    #[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
    pub struct CardResult {
        pub code: String,
        pub message: String,
        pub card: Option<Card>,
        pub balance: Option<Balance>,
    }

    /// `BalanceResult` of the WSDL.
    #[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
    pub struct BalanceResult {
        pub code: String,
        pub message: String,
        #[yaserde(rename = "cardNumber")]
        pub card_number: Option<String>,
        #[yaserde(rename = "cardState")]
        pub card_state: Option<String>,
        #[yaserde(rename = "customerClass")]
        pub customer_class: Option<String>,
        pub total: Option<Hundredths>,
        pub available: Option<Hundredths>,
        pub pending: Option<Hundredths>,
        pub reserved: Option<Hundredths>,
        pub debt: Option<Hundredths>,
        pub expiries: Expiries,
        pub activations: Activations,
    }

    /// `StatementEntry` of the WSDL.
    #[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
    pub struct StatementEntry {
        pub at: DateTime,
        pub kind: String,
        pub points: Hundredths,
        #[yaserde(rename = "balanceAfter")]
        pub balance_after: Hundredths,
        pub store: Option<String>,
        pub receipt: Option<String>,
        pub text: String,
        pub rule: Option<String>,
    }

    /// `StatementEntries` of the WSDL.
    #[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
    pub struct StatementEntries {
        pub entry: Vec<StatementEntry>,
    }

    /// `StatementResult` of the WSDL.
    #[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
    pub struct StatementResult {
        pub code: String,
        pub message: String,
        pub entries: StatementEntries,
        #[yaserde(rename = "nextCursor")]
        pub next_cursor: Option<String>,
    }

    /// `Questionnaire` of the WSDL.
    #[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
    pub struct Questionnaire {
        pub surname: Option<String>,
        pub name: Option<String>,
        pub patronymic: Option<String>,
        #[yaserde(rename = "birthDate")]
        pub birth_date: Option<Date>,
        pub sex: Option<String>,
        pub email: Option<String>,
    }

    /// `Consent` of the WSDL.
    #[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
    pub struct Consent {
        pub purpose: String,
        pub channel: String,
        #[yaserde(rename = "textHash")]
        pub text_hash: String,
        pub evidence: Option<String>,
    }

    /// `ConsentRecord` of the WSDL.
    #[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
    pub struct ConsentRecord {
        pub purpose: String,
        pub channel: String,
        #[yaserde(rename = "givenAt")]
        pub given_at: DateTime,
        #[yaserde(rename = "withdrawnAt")]
        pub withdrawn_at: Option<DateTime>,
        pub store: Option<String>,
    }

    /// `Consents` of the WSDL.
    #[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
    pub struct Consents {
        pub consent: Vec<ConsentRecord>,
    }

    /// `QuestionnaireResult` of the WSDL.
    #[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
    pub struct QuestionnaireResult {
        pub code: String,
        pub message: String,
        #[yaserde(rename = "customerId")]
        pub customer_id: Option<String>,
        pub phone: Option<String>,
        #[yaserde(rename = "phoneConfirmed")]
        pub phone_confirmed: Option<bool>,
        pub questionnaire: Option<Questionnaire>,
        pub cards: Cards,
        pub consents: Consents,
    }

    /// `SimpleResult` of the WSDL.
    #[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
    pub struct SimpleResult {
        pub code: String,
        pub message: String,
    }

    /// `PhoneCodeResult` of the WSDL.
    #[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
    pub struct PhoneCodeResult {
        pub code: String,
        pub message: String,
        #[yaserde(rename = "codeSentTo")]
        pub code_sent_to: Option<String>,
        #[yaserde(rename = "expiresAt")]
        pub expires_at: Option<DateTime>,
        #[yaserde(rename = "resendAfter")]
        pub resend_after: Option<DateTime>,
        #[yaserde(rename = "triesLeft")]
        pub tries_left: Option<i32>,
    }

    /// `Fiscal` of the WSDL.
    #[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
    pub struct Fiscal {
        #[yaserde(rename = "fn")]
        pub drive: String,
        pub fd: String,
        pub fp: String,
    }

    /// `ReceiptLine` of the WSDL.
    #[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
    pub struct ReceiptLine {
        pub number: i32,
        #[yaserde(rename = "goodsCode")]
        pub goods_code: String,
        pub name: Option<String>,
        pub group: Option<String>,
        pub brand: Option<String>,
        pub quantity: Thousandths,
        pub price: Hundredths,
        pub sum: Hundredths,
        #[yaserde(rename = "discountGranted")]
        pub discount_granted: Option<Hundredths>,
        #[yaserde(rename = "minimumPrice")]
        pub minimum_price: Option<Hundredths>,
        #[yaserde(rename = "noEarn")]
        pub no_earn: Option<bool>,
        #[yaserde(rename = "noSpend")]
        pub no_spend: Option<bool>,
    }

    /// `ReceiptLines` of the WSDL.
    #[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
    pub struct ReceiptLines {
        pub line: Vec<ReceiptLine>,
    }

    /// `Coupons` of the WSDL.
    #[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
    pub struct Coupons {
        pub coupon: Vec<String>,
    }

    /// `Receipt` of the WSDL.
    #[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
    pub struct Receipt {
        pub store: Option<String>,
        pub till: String,
        pub shift: Option<String>,
        pub number: String,
        pub at: DateTime,
        pub identifier: Option<String>,
        pub channel: Option<String>,
        pub lines: ReceiptLines,
        pub coupons: Option<Coupons>,
        pub fiscal: Option<Fiscal>,
        #[yaserde(rename = "quoteId")]
        pub quote_id: Option<String>,
    }

    /// `Part` of the WSDL.
    #[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
    pub struct Part {
        pub quantity: Thousandths,
        pub price: Hundredths,
        pub sum: Hundredths,
    }

    /// `Parts` of the WSDL.
    #[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
    pub struct Parts {
        pub part: Vec<Part>,
    }

    /// `ResultLine` of the WSDL.
    #[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
    pub struct ResultLine {
        pub number: i32,
        #[yaserde(rename = "discountGranted")]
        pub discount_granted: Hundredths,
        #[yaserde(rename = "discountOffered")]
        pub discount_offered: Hundredths,
        #[yaserde(rename = "pointsAsMoney")]
        pub points_as_money: Hundredths,
        #[yaserde(rename = "amountDue")]
        pub amount_due: Hundredths,
        #[yaserde(rename = "pointsToEarn")]
        pub points_to_earn: Hundredths,
        #[yaserde(rename = "pointsMax")]
        pub points_max: Hundredths,
        pub parts: Parts,
        pub rules: Texts,
    }

    /// `ResultLines` of the WSDL.
    #[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
    pub struct ResultLines {
        pub line: Vec<ResultLine>,
    }

    /// `QuoteResult` of the WSDL.
    #[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
    pub struct QuoteResult {
        pub code: String,
        pub message: String,
        #[yaserde(rename = "quoteId")]
        pub quote_id: Option<String>,
        pub lines: ResultLines,
        #[yaserde(rename = "amountDue")]
        pub amount_due: Option<Hundredths>,
        #[yaserde(rename = "discountTotal")]
        pub discount_total: Option<Hundredths>,
        #[yaserde(rename = "pointsToEarn")]
        pub points_to_earn: Option<Hundredths>,
        #[yaserde(rename = "pointsAvailable")]
        pub points_available: Option<Hundredths>,
        #[yaserde(rename = "pointsMax")]
        pub points_max: Option<Hundredths>,
        #[yaserde(rename = "codeRequired")]
        pub code_required: Option<bool>,
        #[yaserde(rename = "cashierMessages")]
        pub cashier_messages: Texts,
        #[yaserde(rename = "slipLines")]
        pub slip_lines: Texts,
        pub explanations: Texts,
    }

    /// `ReservationResult` of the WSDL.
    #[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
    pub struct ReservationResult {
        pub code: String,
        pub message: String,
        #[yaserde(rename = "reservationId")]
        pub reservation_id: Option<String>,
        pub state: Option<String>,
        pub points: Option<Hundredths>,
        pub captured: Option<Hundredths>,
        #[yaserde(rename = "expiresAt")]
        pub expires_at: Option<DateTime>,
        #[yaserde(rename = "codeSentTo")]
        pub code_sent_to: Option<String>,
        #[yaserde(rename = "resendAfter")]
        pub resend_after: Option<DateTime>,
        #[yaserde(rename = "triesLeft")]
        pub tries_left: Option<i32>,
    }

    /// `ReceiptResult` of the WSDL.
    #[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
    pub struct ReceiptResult {
        pub code: String,
        pub message: String,
        #[yaserde(rename = "receiptId")]
        pub receipt_id: Option<String>,
        #[yaserde(rename = "pointsEarned")]
        pub points_earned: Option<Hundredths>,
        #[yaserde(rename = "pointsSpent")]
        pub points_spent: Option<Hundredths>,
        #[yaserde(rename = "pointsReleased")]
        pub points_released: Option<Hundredths>,
        #[yaserde(rename = "quoteId")]
        pub quote_id: Option<String>,
        pub lines: ResultLines,
        #[yaserde(rename = "amountDue")]
        pub amount_due: Option<Hundredths>,
        pub balance: Option<Balance>,
        #[yaserde(rename = "slipLines")]
        pub slip_lines: Texts,
    }

    /// `CancelResult` of the WSDL.
    #[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
    pub struct CancelResult {
        pub code: String,
        pub message: String,
        #[yaserde(rename = "receiptId")]
        pub receipt_id: Option<String>,
        #[yaserde(rename = "pointsRevoked")]
        pub points_revoked: Option<Hundredths>,
        #[yaserde(rename = "pointsRestored")]
        pub points_restored: Option<Hundredths>,
        pub debt: Option<Hundredths>,
        pub balance: Option<Balance>,
    }

    /// `ReceiptReference` of the WSDL.
    #[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
    pub struct ReceiptReference {
        pub store: Option<String>,
        pub till: String,
        pub shift: Option<String>,
        pub number: String,
        pub date: Date,
    }

    /// `ReturnLine` of the WSDL.
    #[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
    pub struct ReturnLine {
        pub number: i32,
        pub quantity: Thousandths,
    }

    /// `ReturnLines` of the WSDL.
    #[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
    pub struct ReturnLines {
        pub line: Vec<ReturnLine>,
    }

    /// `ReturnReceipt` of the WSDL.
    #[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
    pub struct ReturnReceipt {
        #[yaserde(rename = "receiptId")]
        pub receipt_id: Option<String>,
        pub original: Option<ReceiptReference>,
        pub store: Option<String>,
        pub till: String,
        pub shift: Option<String>,
        pub number: String,
        pub at: DateTime,
        pub lines: ReturnLines,
        pub fiscal: Option<Fiscal>,
    }

    /// `ReturnResultLine` of the WSDL.
    #[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
    pub struct ReturnResultLine {
        pub number: i32,
        pub quantity: Thousandths,
        #[yaserde(rename = "amountRefund")]
        pub amount_refund: Hundredths,
        #[yaserde(rename = "pointsRestored")]
        pub points_restored: Hundredths,
        #[yaserde(rename = "pointsRevoked")]
        pub points_revoked: Hundredths,
    }

    /// `ReturnResultLines` of the WSDL.
    #[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
    pub struct ReturnResultLines {
        pub line: Vec<ReturnResultLine>,
    }

    /// `ReturnResult` of the WSDL.
    #[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
    pub struct ReturnResult {
        pub code: String,
        pub message: String,
        #[yaserde(rename = "returnId")]
        pub return_id: Option<String>,
        #[yaserde(rename = "receiptId")]
        pub receipt_id: Option<String>,
        #[yaserde(rename = "amountRefund")]
        pub amount_refund: Option<Hundredths>,
        #[yaserde(rename = "pointsRevoked")]
        pub points_revoked: Option<Hundredths>,
        #[yaserde(rename = "pointsRestored")]
        pub points_restored: Option<Hundredths>,
        pub debt: Option<Hundredths>,
        pub lines: ReturnResultLines,
        pub balance: Option<Balance>,
        #[yaserde(rename = "slipLines")]
        pub slip_lines: Texts,
    }

    /// `OperationResult` of the WSDL.
    #[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
    pub struct OperationResult {
        pub code: String,
        pub message: String,
        pub found: bool,
        pub operation: Option<String>,
        #[yaserde(rename = "recordedAt")]
        pub recorded_at: Option<DateTime>,
        pub answer: Option<String>,
    }

    /// `CancelOperationResult` of the WSDL.
    #[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
    pub struct CancelOperationResult {
        pub code: String,
        pub message: String,
        pub outcome: Option<String>,
        #[yaserde(rename = "receiptId")]
        pub receipt_id: Option<String>,
        #[yaserde(rename = "reservationId")]
        pub reservation_id: Option<String>,
        #[yaserde(rename = "pointsRevoked")]
        pub points_revoked: Option<Hundredths>,
        #[yaserde(rename = "pointsRestored")]
        pub points_restored: Option<Hundredths>,
        pub balance: Option<Balance>,
    }

    /// `ReturnWithoutReceipt` of the WSDL.
    #[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
    pub struct ReturnWithoutReceipt {
        pub store: Option<String>,
        pub till: String,
        pub shift: Option<String>,
        pub number: String,
        pub at: DateTime,
        pub identifier: Option<String>,
        pub reason: String,
        pub lines: ReceiptLines,
        pub fiscal: Option<Fiscal>,
    }

    /// `ReturnWithoutReceiptResult` of the WSDL.
    #[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
    pub struct ReturnWithoutReceiptResult {
        pub code: String,
        pub message: String,
        #[yaserde(rename = "returnId")]
        pub return_id: Option<String>,
        #[yaserde(rename = "amountRefund")]
        pub amount_refund: Option<Hundredths>,
        #[yaserde(rename = "pointsRevoked")]
        pub points_revoked: Option<Hundredths>,
        pub debt: Option<Hundredths>,
        pub balance: Option<Balance>,
    }
}
