//! Made from wsdl/office_1.wsdl by tests/it/derived.rs. Change the WSDL, and run that test with `KOPILKA_BLESS=1`.
//!
//! Messages of `Office_1`: a struct for each complexType and request wrapper, in the WSDL's order. The WSDL documents every
//! field, units included.
#![allow(missing_docs, reason = "the WSDL documents every field")]

use yaserde::{YaDeserialize, YaSerialize};

use crate::{
    secret::Secret,
    soap::{
        codec::{CodecError, Message, mapper},
        messages::{
            Headed, Keyed,
            values::{Date, DateTime, Hundredths},
        },
    },
};

pub use crate::soap::messages::pos_1::{Ping, PingResult, Roles, WhoAmI, WhoAmIResult};

/// `OfficeContext` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct OfficeContext {
    #[yaserde(rename = "operationKey")]
    pub operation_key: String,
    pub actor: Option<String>,
    #[yaserde(rename = "occurredAt")]
    pub occurred_at: DateTime,
}

/// `CardNumbers` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct CardNumbers {
    pub number: Vec<String>,
}

/// `CardBatch` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct CardBatch {
    pub kind: Option<String>,
    pub prefix: Option<String>,
    pub from: Option<String>,
    pub to: Option<String>,
    pub numbers: Option<CardNumbers>,
    #[yaserde(rename = "phoneLike")]
    pub phone_like: Option<bool>,
    pub store: Option<String>,
}

/// `RegisterCardsResult` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct RegisterCardsResult {
    pub code: String,
    pub message: String,
    pub registered: Option<i32>,
}

impl Message for RegisterCardsResult {
    fn from_canonical(text: &str) -> Result<Self, CodecError> {
        mapper::decode(text)
    }

    fn to_text(&self, prefix: &'static str, root: Option<&str>) -> Result<String, CodecError> {
        mapper::encode(self, prefix, root)
    }
}

impl Headed for RegisterCardsResult {
    fn set_head(&mut self, code: &str, message: String) {
        code.clone_into(&mut self.code);
        self.message = message;
    }
}

/// `ProgrammeRule` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct ProgrammeRule {
    pub kind: String,
    pub points: Option<Hundredths>,
    pub step: Option<Hundredths>,
    pub unit: Option<Hundredths>,
    pub rounding: Option<String>,
    pub share: Option<Hundredths>,
    pub period: Option<String>,
    pub count: Option<i32>,
    pub days: Option<i32>,
    pub minutes: Option<i32>,
    pub tries: Option<i32>,
    pub policy: Option<String>,
}

/// `ProgrammeRules` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct ProgrammeRules {
    pub rule: Vec<ProgrammeRule>,
}

/// `Programme` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct Programme {
    #[yaserde(rename = "programmeCode")]
    pub programme_code: String,
    pub name: String,
    #[yaserde(rename = "validFrom")]
    pub valid_from: DateTime,
    pub version: i32,
    pub rules: ProgrammeRules,
}

/// `ProgrammeResult` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct ProgrammeResult {
    pub code: String,
    pub message: String,
    pub programme: Option<Programme>,
}

impl Message for ProgrammeResult {
    fn from_canonical(text: &str) -> Result<Self, CodecError> {
        mapper::decode(text)
    }

    fn to_text(&self, prefix: &'static str, root: Option<&str>) -> Result<String, CodecError> {
        mapper::encode(self, prefix, root)
    }
}

impl Headed for ProgrammeResult {
    fn set_head(&mut self, code: &str, message: String) {
        code.clone_into(&mut self.code);
        self.message = message;
    }
}

/// `TillRoles` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct TillRoles {
    pub role: Vec<String>,
}

/// `Till` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct Till {
    pub store: String,
    pub till: String,
    pub name: Option<String>,
    pub login: Option<String>,
    pub password: Option<Secret>,
    pub roles: Option<TillRoles>,
    pub disabled: Option<bool>,
    pub partner: Option<String>,
    pub network: Option<String>,
}

/// `TillResult` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct TillResult {
    pub code: String,
    pub message: String,
    pub login: Option<String>,
    pub till: Option<String>,
    #[yaserde(rename = "closedLogins")]
    pub closed_logins: ClosedLogins,
}

impl Message for TillResult {
    fn from_canonical(text: &str) -> Result<Self, CodecError> {
        mapper::decode(text)
    }

    fn to_text(&self, prefix: &'static str, root: Option<&str>) -> Result<String, CodecError> {
        mapper::encode(self, prefix, root)
    }
}

impl Headed for TillResult {
    fn set_head(&mut self, code: &str, message: String) {
        code.clone_into(&mut self.code);
        self.message = message;
    }
}

/// `AccountCards` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct AccountCards {
    pub number: Vec<String>,
}

/// `Account` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct Account {
    #[yaserde(rename = "accountId")]
    pub account_id: String,
    pub state: String,
    pub available: Hundredths,
    pub pending: Hundredths,
    pub reserved: Hundredths,
    pub debt: Hundredths,
    #[yaserde(rename = "statusPoints")]
    pub status_points: Hundredths,
    pub phone: Option<String>,
    #[yaserde(rename = "phoneConfirmed")]
    pub phone_confirmed: bool,
    pub cards: AccountCards,
}

/// `AccountResult` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct AccountResult {
    pub code: String,
    pub message: String,
    pub account: Option<Account>,
}

impl Message for AccountResult {
    fn from_canonical(text: &str) -> Result<Self, CodecError> {
        mapper::decode(text)
    }

    fn to_text(&self, prefix: &'static str, root: Option<&str>) -> Result<String, CodecError> {
        mapper::encode(self, prefix, root)
    }
}

impl Headed for AccountResult {
    fn set_head(&mut self, code: &str, message: String) {
        code.clone_into(&mut self.code);
        self.message = message;
    }
}

/// `Adjustment` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct Adjustment {
    pub identifier: String,
    pub points: Hundredths,
    pub reason: String,
    #[yaserde(rename = "correctedEntry")]
    pub corrected_entry: Option<i32>,
    #[yaserde(rename = "expiresOn")]
    pub expires_on: Option<Date>,
}

/// `ExpiringPointsRow` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct ExpiringPointsRow {
    #[yaserde(rename = "expiresAt")]
    pub expires_at: DateTime,
    #[yaserde(rename = "accountId")]
    pub account_id: String,
    #[yaserde(rename = "cardNumber")]
    pub card_number: Option<String>,
    pub phone: String,
    pub points: Hundredths,
}

/// `ExpiringPointsRows` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct ExpiringPointsRows {
    pub expiry: Vec<ExpiringPointsRow>,
}

/// `ExpiringPointsResult` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct ExpiringPointsResult {
    pub code: String,
    pub message: String,
    pub expiries: ExpiringPointsRows,
    #[yaserde(rename = "nextCursor")]
    pub next_cursor: Option<String>,
}

impl Message for ExpiringPointsResult {
    fn from_canonical(text: &str) -> Result<Self, CodecError> {
        mapper::decode(text)
    }

    fn to_text(&self, prefix: &'static str, root: Option<&str>) -> Result<String, CodecError> {
        mapper::encode(self, prefix, root)
    }
}

impl Headed for ExpiringPointsResult {
    fn set_head(&mut self, code: &str, message: String) {
        code.clone_into(&mut self.code);
        self.message = message;
    }
}

/// `SettlementFigure` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct SettlementFigure {
    pub kind: String,
    #[yaserde(rename = "takenBy")]
    pub taken_by: Option<String>,
    #[yaserde(rename = "takenByName")]
    pub taken_by_name: Option<String>,
    #[yaserde(rename = "issuedBy")]
    pub issued_by: Option<String>,
    #[yaserde(rename = "issuedByName")]
    pub issued_by_name: Option<String>,
    pub points: Hundredths,
}

/// `SettlementFigures` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct SettlementFigures {
    pub figure: Vec<SettlementFigure>,
}

/// `SettlementResult` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct SettlementResult {
    pub code: String,
    pub message: String,
    pub figures: SettlementFigures,
    #[yaserde(rename = "nextCursor")]
    pub next_cursor: Option<String>,
}

impl Message for SettlementResult {
    fn from_canonical(text: &str) -> Result<Self, CodecError> {
        mapper::decode(text)
    }

    fn to_text(&self, prefix: &'static str, root: Option<&str>) -> Result<String, CodecError> {
        mapper::encode(self, prefix, root)
    }
}

impl Headed for SettlementResult {
    fn set_head(&mut self, code: &str, message: String) {
        code.clone_into(&mut self.code);
        self.message = message;
    }
}

/// `TillRow` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct TillRow {
    pub store: String,
    #[yaserde(rename = "storeName")]
    pub store_name: String,
    pub till: String,
    pub name: Option<String>,
    pub network: String,
    pub disabled: bool,
}

/// `TillRows` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct TillRows {
    pub till: Vec<TillRow>,
}

/// `TillsResult` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct TillsResult {
    pub code: String,
    pub message: String,
    pub tills: TillRows,
    #[yaserde(rename = "nextCursor")]
    pub next_cursor: Option<String>,
}

impl Message for TillsResult {
    fn from_canonical(text: &str) -> Result<Self, CodecError> {
        mapper::decode(text)
    }

    fn to_text(&self, prefix: &'static str, root: Option<&str>) -> Result<String, CodecError> {
        mapper::encode(self, prefix, root)
    }
}

impl Headed for TillsResult {
    fn set_head(&mut self, code: &str, message: String) {
        code.clone_into(&mut self.code);
        self.message = message;
    }
}

/// `LoginResult` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct LoginResult {
    pub code: String,
    pub message: String,
    pub login: Option<String>,
    pub disabled: Option<bool>,
}

impl Message for LoginResult {
    fn from_canonical(text: &str) -> Result<Self, CodecError> {
        mapper::decode(text)
    }

    fn to_text(&self, prefix: &'static str, root: Option<&str>) -> Result<String, CodecError> {
        mapper::encode(self, prefix, root)
    }
}

impl Headed for LoginResult {
    fn set_head(&mut self, code: &str, message: String) {
        code.clone_into(&mut self.code);
        self.message = message;
    }
}

/// `LoginRow` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct LoginRow {
    pub login: String,
    pub store: Option<String>,
    pub till: Option<String>,
    pub roles: Roles,
    pub disabled: bool,
    pub network: String,
}

/// `LoginRows` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct LoginRows {
    pub login: Vec<LoginRow>,
}

/// `LoginsResult` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct LoginsResult {
    pub code: String,
    pub message: String,
    pub logins: LoginRows,
    #[yaserde(rename = "nextCursor")]
    pub next_cursor: Option<String>,
}

impl Message for LoginsResult {
    fn from_canonical(text: &str) -> Result<Self, CodecError> {
        mapper::decode(text)
    }

    fn to_text(&self, prefix: &'static str, root: Option<&str>) -> Result<String, CodecError> {
        mapper::encode(self, prefix, root)
    }
}

impl Headed for LoginsResult {
    fn set_head(&mut self, code: &str, message: String) {
        code.clone_into(&mut self.code);
        self.message = message;
    }
}

/// `ClosedLogins` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct ClosedLogins {
    pub login: Vec<String>,
}

/// `HistorySearch` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct HistorySearch {
    pub from: Option<Date>,
    pub to: Option<Date>,
    pub kind: Option<String>,
    pub name: Option<String>,
    pub login: Option<String>,
    pub identifier: Option<String>,
}

/// `HistoryAuthor` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct HistoryAuthor {
    pub kind: String,
    pub login: Option<String>,
    pub employee: Option<String>,
    pub roles: Roles,
    pub partner: Option<String>,
    #[yaserde(rename = "partnerName")]
    pub partner_name: Option<String>,
}

/// `HistoryField` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct HistoryField {
    pub field: String,
    pub label: String,
    pub before: Option<String>,
    pub after: Option<String>,
}

/// `HistoryFields` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct HistoryFields {
    pub change: Vec<HistoryField>,
}

/// `HistoryEvent` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct HistoryEvent {
    pub at: DateTime,
    pub kind: String,
    pub name: String,
    pub partner: Option<String>,
    #[yaserde(rename = "partnerName")]
    pub partner_name: Option<String>,
    pub version: Option<i32>,
    pub act: String,
    pub text: String,
    pub reason: Option<String>,
    pub store: Option<String>,
    pub till: Option<String>,
    pub author: HistoryAuthor,
    pub fields: HistoryFields,
}

/// `HistoryEvents` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct HistoryEvents {
    pub event: Vec<HistoryEvent>,
}

/// `HistoryResult` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct HistoryResult {
    pub code: String,
    pub message: String,
    pub events: HistoryEvents,
    #[yaserde(rename = "nextCursor")]
    pub next_cursor: Option<String>,
}

impl Message for HistoryResult {
    fn from_canonical(text: &str) -> Result<Self, CodecError> {
        mapper::decode(text)
    }

    fn to_text(&self, prefix: &'static str, root: Option<&str>) -> Result<String, CodecError> {
        mapper::encode(self, prefix, root)
    }
}

impl Headed for HistoryResult {
    fn set_head(&mut self, code: &str, message: String) {
        code.clone_into(&mut self.code);
        self.message = message;
    }
}

/// `ExchangeSearch` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct ExchangeSearch {
    pub from: Option<DateTime>,
    pub to: Option<DateTime>,
    #[yaserde(rename = "requestId")]
    pub request_id: Option<String>,
    #[yaserde(rename = "operationKey")]
    pub operation_key: Option<String>,
    #[yaserde(rename = "cardNumber")]
    pub card_number: Option<String>,
    pub till: Option<String>,
}

/// `ExchangeRow` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct ExchangeRow {
    pub at: DateTime,
    #[yaserde(rename = "requestId")]
    pub request_id: String,
    pub service: String,
    pub operation: Option<String>,
    pub outcome: String,
    pub status: i32,
    pub duration: i32,
    pub partner: Option<String>,
    pub login: Option<String>,
    #[yaserde(rename = "operationKey")]
    pub operation_key: Option<String>,
    #[yaserde(rename = "cardNumber")]
    pub card_number: Option<String>,
    pub till: Option<String>,
    pub request: Option<String>,
    pub answer: Option<String>,
}

/// `ExchangeRows` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct ExchangeRows {
    pub exchange: Vec<ExchangeRow>,
}

/// `ExchangesResult` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct ExchangesResult {
    pub code: String,
    pub message: String,
    pub exchanges: ExchangeRows,
    #[yaserde(rename = "keptDays")]
    pub kept_days: i32,
    #[yaserde(rename = "lookedBackTo")]
    pub looked_back_to: Option<DateTime>,
    #[yaserde(rename = "nextCursor")]
    pub next_cursor: Option<String>,
}

impl Message for ExchangesResult {
    fn from_canonical(text: &str) -> Result<Self, CodecError> {
        mapper::decode(text)
    }

    fn to_text(&self, prefix: &'static str, root: Option<&str>) -> Result<String, CodecError> {
        mapper::encode(self, prefix, root)
    }
}

impl Headed for ExchangesResult {
    fn set_head(&mut self, code: &str, message: String) {
        code.clone_into(&mut self.code);
        self.message = message;
    }
}

/// `PartnerSettings` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct PartnerSettings {
    pub partner: String,
    pub name: Option<String>,
    pub disabled: Option<bool>,
}

/// `NetworkSettings` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct NetworkSettings {
    pub partner: Option<String>,
    pub network: String,
    pub name: Option<String>,
    pub disabled: Option<bool>,
}

/// `StoreSettings` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct StoreSettings {
    pub partner: Option<String>,
    pub network: Option<String>,
    pub store: String,
    pub name: Option<String>,
    #[yaserde(rename = "utcOffsetMinutes")]
    pub utc_offset_minutes: Option<i32>,
    pub disabled: Option<bool>,
}

/// `PlaceResult` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct PlaceResult {
    pub code: String,
    pub message: String,
    pub added: Option<bool>,
    pub closed: Option<bool>,
}

impl Message for PlaceResult {
    fn from_canonical(text: &str) -> Result<Self, CodecError> {
        mapper::decode(text)
    }

    fn to_text(&self, prefix: &'static str, root: Option<&str>) -> Result<String, CodecError> {
        mapper::encode(self, prefix, root)
    }
}

impl Headed for PlaceResult {
    fn set_head(&mut self, code: &str, message: String) {
        code.clone_into(&mut self.code);
        self.message = message;
    }
}

/// `PartnerRow` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct PartnerRow {
    pub partner: String,
    pub name: String,
    #[yaserde(rename = "runsProgramme")]
    pub runs_programme: bool,
    pub disabled: bool,
}

/// `PartnerRows` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct PartnerRows {
    pub partner: Vec<PartnerRow>,
}

/// `PartnersResult` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct PartnersResult {
    pub code: String,
    pub message: String,
    pub partners: PartnerRows,
    #[yaserde(rename = "nextCursor")]
    pub next_cursor: Option<String>,
}

impl Message for PartnersResult {
    fn from_canonical(text: &str) -> Result<Self, CodecError> {
        mapper::decode(text)
    }

    fn to_text(&self, prefix: &'static str, root: Option<&str>) -> Result<String, CodecError> {
        mapper::encode(self, prefix, root)
    }
}

impl Headed for PartnersResult {
    fn set_head(&mut self, code: &str, message: String) {
        code.clone_into(&mut self.code);
        self.message = message;
    }
}

/// `NetworkRow` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct NetworkRow {
    pub network: String,
    pub name: String,
    #[yaserde(rename = "programmeCode")]
    pub programme_code: String,
    pub disabled: bool,
}

/// `NetworkRows` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct NetworkRows {
    pub network: Vec<NetworkRow>,
}

/// `NetworksResult` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct NetworksResult {
    pub code: String,
    pub message: String,
    pub networks: NetworkRows,
    #[yaserde(rename = "nextCursor")]
    pub next_cursor: Option<String>,
}

impl Message for NetworksResult {
    fn from_canonical(text: &str) -> Result<Self, CodecError> {
        mapper::decode(text)
    }

    fn to_text(&self, prefix: &'static str, root: Option<&str>) -> Result<String, CodecError> {
        mapper::encode(self, prefix, root)
    }
}

impl Headed for NetworksResult {
    fn set_head(&mut self, code: &str, message: String) {
        code.clone_into(&mut self.code);
        self.message = message;
    }
}

/// `StoreRow` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct StoreRow {
    pub network: String,
    pub store: String,
    pub name: String,
    #[yaserde(rename = "utcOffsetMinutes")]
    pub utc_offset_minutes: i32,
    pub disabled: bool,
}

/// `StoreRows` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct StoreRows {
    pub store: Vec<StoreRow>,
}

/// `StoresResult` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct StoresResult {
    pub code: String,
    pub message: String,
    pub stores: StoreRows,
    #[yaserde(rename = "nextCursor")]
    pub next_cursor: Option<String>,
}

impl Message for StoresResult {
    fn from_canonical(text: &str) -> Result<Self, CodecError> {
        mapper::decode(text)
    }

    fn to_text(&self, prefix: &'static str, root: Option<&str>) -> Result<String, CodecError> {
        mapper::encode(self, prefix, root)
    }
}

impl Headed for StoresResult {
    fn set_head(&mut self, code: &str, message: String) {
        code.clone_into(&mut self.code);
        self.message = message;
    }
}

/// `CardStockRow` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct CardStockRow {
    pub network: String,
    pub store: String,
    #[yaserde(rename = "storeName")]
    pub store_name: String,
    pub kind: Option<String>,
    pub state: String,
    pub cards: i32,
}

/// `CardStockRows` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct CardStockRows {
    pub stock: Vec<CardStockRow>,
}

/// `CardStockResult` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct CardStockResult {
    pub code: String,
    pub message: String,
    pub stocks: CardStockRows,
    #[yaserde(rename = "nextCursor")]
    pub next_cursor: Option<String>,
}

impl Message for CardStockResult {
    fn from_canonical(text: &str) -> Result<Self, CodecError> {
        mapper::decode(text)
    }

    fn to_text(&self, prefix: &'static str, root: Option<&str>) -> Result<String, CodecError> {
        mapper::encode(self, prefix, root)
    }
}

impl Headed for CardStockResult {
    fn set_head(&mut self, code: &str, message: String) {
        code.clone_into(&mut self.code);
        self.message = message;
    }
}

/// `ReceiptSearch` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct ReceiptSearch {
    pub partner: Option<String>,
    pub network: Option<String>,
    pub store: Option<String>,
    pub till: Option<String>,
    pub shift: Option<String>,
    pub from: Date,
    pub to: Date,
}

/// `ReceiptRow` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct ReceiptRow {
    pub kind: String,
    #[yaserde(rename = "documentId")]
    pub document_id: String,
    pub network: String,
    pub store: String,
    pub till: String,
    pub shift: String,
    #[yaserde(rename = "documentNumber")]
    pub document_number: String,
    pub at: DateTime,
    #[yaserde(rename = "recordedAt")]
    pub recorded_at: DateTime,
    pub amount: Hundredths,
    #[yaserde(rename = "pointsEarned")]
    pub points_earned: Hundredths,
    #[yaserde(rename = "pointsSpent")]
    pub points_spent: Hundredths,
    #[yaserde(rename = "pointsRestored")]
    pub points_restored: Hundredths,
    #[yaserde(rename = "pointsRevoked")]
    pub points_revoked: Hundredths,
    #[yaserde(rename = "fn")]
    pub drive: Option<String>,
    pub fd: Option<String>,
}

/// `ReceiptRows` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct ReceiptRows {
    pub receipt: Vec<ReceiptRow>,
}

/// `ReceiptTotals` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct ReceiptTotals {
    #[yaserde(rename = "salesCount")]
    pub sales_count: i32,
    #[yaserde(rename = "salesAmount")]
    pub sales_amount: Hundredths,
    #[yaserde(rename = "pointsEarned")]
    pub points_earned: Hundredths,
    #[yaserde(rename = "pointsSpent")]
    pub points_spent: Hundredths,
    #[yaserde(rename = "cancelledCount")]
    pub cancelled_count: i32,
    #[yaserde(rename = "cancelledAmount")]
    pub cancelled_amount: Hundredths,
    #[yaserde(rename = "returnsCount")]
    pub returns_count: i32,
    #[yaserde(rename = "returnsAmount")]
    pub returns_amount: Hundredths,
    #[yaserde(rename = "pointsRestored")]
    pub points_restored: Hundredths,
    #[yaserde(rename = "pointsRevoked")]
    pub points_revoked: Hundredths,
}

/// `ReceiptsResult` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct ReceiptsResult {
    pub code: String,
    pub message: String,
    pub receipts: ReceiptRows,
    pub totals: Option<ReceiptTotals>,
    #[yaserde(rename = "nextCursor")]
    pub next_cursor: Option<String>,
}

impl Message for ReceiptsResult {
    fn from_canonical(text: &str) -> Result<Self, CodecError> {
        mapper::decode(text)
    }

    fn to_text(&self, prefix: &'static str, root: Option<&str>) -> Result<String, CodecError> {
        mapper::encode(self, prefix, root)
    }
}

impl Headed for ReceiptsResult {
    fn set_head(&mut self, code: &str, message: String) {
        code.clone_into(&mut self.code);
        self.message = message;
    }
}

/// `Liability` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct Liability {
    #[yaserde(rename = "issuedBy")]
    pub issued_by: String,
    #[yaserde(rename = "issuedByName")]
    pub issued_by_name: String,
    pub kind: String,
    pub points: Hundredths,
    pub money: Hundredths,
}

/// `Liabilities` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct Liabilities {
    pub liability: Vec<Liability>,
}

/// `LiabilityResult` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct LiabilityResult {
    pub code: String,
    pub message: String,
    pub liabilities: Liabilities,
    #[yaserde(rename = "nextCursor")]
    pub next_cursor: Option<String>,
}

impl Message for LiabilityResult {
    fn from_canonical(text: &str) -> Result<Self, CodecError> {
        mapper::decode(text)
    }

    fn to_text(&self, prefix: &'static str, root: Option<&str>) -> Result<String, CodecError> {
        mapper::encode(self, prefix, root)
    }
}

impl Headed for LiabilityResult {
    fn set_head(&mut self, code: &str, message: String) {
        code.clone_into(&mut self.code);
        self.message = message;
    }
}

/// `MovementRow` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct MovementRow {
    #[yaserde(rename = "movementId")]
    pub movement_id: String,
    pub kind: String,
    pub cause: String,
    pub points: Hundredths,
    #[yaserde(rename = "issuedBy")]
    pub issued_by: String,
    #[yaserde(rename = "takenBy")]
    pub taken_by: Option<String>,
    pub network: Option<String>,
    pub store: Option<String>,
    #[yaserde(rename = "receiptId")]
    pub receipt_id: Option<String>,
    #[yaserde(rename = "returnId")]
    pub return_id: Option<String>,
    #[yaserde(rename = "occurredAt")]
    pub occurred_at: DateTime,
    #[yaserde(rename = "recordedAt")]
    pub recorded_at: DateTime,
}

/// `MovementRows` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct MovementRows {
    pub movement: Vec<MovementRow>,
}

/// `MovementsResult` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct MovementsResult {
    pub code: String,
    pub message: String,
    pub movements: MovementRows,
    #[yaserde(rename = "nextCursor")]
    pub next_cursor: Option<String>,
    #[yaserde(rename = "isMore")]
    pub is_more: Option<bool>,
}

impl Message for MovementsResult {
    fn from_canonical(text: &str) -> Result<Self, CodecError> {
        mapper::decode(text)
    }

    fn to_text(&self, prefix: &'static str, root: Option<&str>) -> Result<String, CodecError> {
        mapper::encode(self, prefix, root)
    }
}

impl Headed for MovementsResult {
    fn set_head(&mut self, code: &str, message: String) {
        code.clone_into(&mut self.code);
        self.message = message;
    }
}

/// `CaseRow` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct CaseRow {
    #[yaserde(rename = "caseId")]
    pub case_id: String,
    pub kind: String,
    pub partner: String,
    pub store: Option<String>,
    pub subject: Option<String>,
    #[yaserde(rename = "subjectId")]
    pub subject_id: Option<String>,
    pub text: String,
    #[yaserde(rename = "openedAt")]
    pub opened_at: DateTime,
    #[yaserde(rename = "closedAt")]
    pub closed_at: Option<DateTime>,
    #[yaserde(rename = "closedBy")]
    pub closed_by: Option<String>,
    pub employee: Option<String>,
    pub resolution: Option<String>,
}

/// `CaseRows` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct CaseRows {
    pub case: Vec<CaseRow>,
}

/// `CasesResult` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct CasesResult {
    pub code: String,
    pub message: String,
    pub cases: CaseRows,
    #[yaserde(rename = "nextCursor")]
    pub next_cursor: Option<String>,
}

impl Message for CasesResult {
    fn from_canonical(text: &str) -> Result<Self, CodecError> {
        mapper::decode(text)
    }

    fn to_text(&self, prefix: &'static str, root: Option<&str>) -> Result<String, CodecError> {
        mapper::encode(self, prefix, root)
    }
}

impl Headed for CasesResult {
    fn set_head(&mut self, code: &str, message: String) {
        code.clone_into(&mut self.code);
        self.message = message;
    }
}

/// `CaseResult` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct CaseResult {
    pub code: String,
    pub message: String,
    #[yaserde(rename = "caseId")]
    pub case_id: Option<String>,
}

impl Message for CaseResult {
    fn from_canonical(text: &str) -> Result<Self, CodecError> {
        mapper::decode(text)
    }

    fn to_text(&self, prefix: &'static str, root: Option<&str>) -> Result<String, CodecError> {
        mapper::encode(self, prefix, root)
    }
}

impl Headed for CaseResult {
    fn set_head(&mut self, code: &str, message: String) {
        code.clone_into(&mut self.code);
        self.message = message;
    }
}

/// Arguments of `RegisterCards`.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct RegisterCards {
    pub context: OfficeContext,
    pub batch: CardBatch,
}

impl Message for RegisterCards {
    fn from_canonical(text: &str) -> Result<Self, CodecError> {
        mapper::decode(text)
    }

    fn to_text(&self, prefix: &'static str, root: Option<&str>) -> Result<String, CodecError> {
        mapper::encode(self, prefix, root)
    }
}

impl Keyed for RegisterCards {
    fn operation_key(&self) -> &str {
        &self.context.operation_key
    }
}

/// Arguments of `GetProgramme`.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct GetProgramme {
    #[yaserde(rename = "programmeCode")]
    pub programme_code: String,
}

impl Message for GetProgramme {
    fn from_canonical(text: &str) -> Result<Self, CodecError> {
        mapper::decode(text)
    }

    fn to_text(&self, prefix: &'static str, root: Option<&str>) -> Result<String, CodecError> {
        mapper::encode(self, prefix, root)
    }
}

/// Arguments of `SaveProgramme`.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct SaveProgramme {
    pub context: OfficeContext,
    pub programme: Programme,
}

impl Message for SaveProgramme {
    fn from_canonical(text: &str) -> Result<Self, CodecError> {
        mapper::decode(text)
    }

    fn to_text(&self, prefix: &'static str, root: Option<&str>) -> Result<String, CodecError> {
        mapper::encode(self, prefix, root)
    }
}

impl Keyed for SaveProgramme {
    fn operation_key(&self) -> &str {
        &self.context.operation_key
    }
}

/// Arguments of `SaveTill`.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct SaveTill {
    pub context: OfficeContext,
    #[yaserde(rename = "tillSettings")]
    pub till_settings: Till,
}

impl Message for SaveTill {
    fn from_canonical(text: &str) -> Result<Self, CodecError> {
        mapper::decode(text)
    }

    fn to_text(&self, prefix: &'static str, root: Option<&str>) -> Result<String, CodecError> {
        mapper::encode(self, prefix, root)
    }
}

impl Keyed for SaveTill {
    fn operation_key(&self) -> &str {
        &self.context.operation_key
    }
}

/// Arguments of `GetAccount`.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct GetAccount {
    pub identifier: String,
}

impl Message for GetAccount {
    fn from_canonical(text: &str) -> Result<Self, CodecError> {
        mapper::decode(text)
    }

    fn to_text(&self, prefix: &'static str, root: Option<&str>) -> Result<String, CodecError> {
        mapper::encode(self, prefix, root)
    }
}

/// Arguments of `FreezeAccount`.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct FreezeAccount {
    pub context: OfficeContext,
    pub identifier: String,
    pub reason: String,
}

impl Message for FreezeAccount {
    fn from_canonical(text: &str) -> Result<Self, CodecError> {
        mapper::decode(text)
    }

    fn to_text(&self, prefix: &'static str, root: Option<&str>) -> Result<String, CodecError> {
        mapper::encode(self, prefix, root)
    }
}

impl Keyed for FreezeAccount {
    fn operation_key(&self) -> &str {
        &self.context.operation_key
    }
}

/// Arguments of `UnfreezeAccount`.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct UnfreezeAccount {
    pub context: OfficeContext,
    pub identifier: String,
    pub reason: String,
}

impl Message for UnfreezeAccount {
    fn from_canonical(text: &str) -> Result<Self, CodecError> {
        mapper::decode(text)
    }

    fn to_text(&self, prefix: &'static str, root: Option<&str>) -> Result<String, CodecError> {
        mapper::encode(self, prefix, root)
    }
}

impl Keyed for UnfreezeAccount {
    fn operation_key(&self) -> &str {
        &self.context.operation_key
    }
}

/// Arguments of `MergeCustomers`.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct MergeCustomers {
    pub context: OfficeContext,
    pub identifier: String,
    #[yaserde(rename = "intoIdentifier")]
    pub into_identifier: String,
    pub reason: String,
}

impl Message for MergeCustomers {
    fn from_canonical(text: &str) -> Result<Self, CodecError> {
        mapper::decode(text)
    }

    fn to_text(&self, prefix: &'static str, root: Option<&str>) -> Result<String, CodecError> {
        mapper::encode(self, prefix, root)
    }
}

impl Keyed for MergeCustomers {
    fn operation_key(&self) -> &str {
        &self.context.operation_key
    }
}

/// Arguments of `ChangePhone`.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct ChangePhone {
    pub context: OfficeContext,
    pub identifier: String,
    #[yaserde(rename = "newPhone")]
    pub new_phone: String,
    pub reason: String,
}

impl Message for ChangePhone {
    fn from_canonical(text: &str) -> Result<Self, CodecError> {
        mapper::decode(text)
    }

    fn to_text(&self, prefix: &'static str, root: Option<&str>) -> Result<String, CodecError> {
        mapper::encode(self, prefix, root)
    }
}

impl Keyed for ChangePhone {
    fn operation_key(&self) -> &str {
        &self.context.operation_key
    }
}

/// Arguments of `AdjustPoints`.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct AdjustPoints {
    pub context: OfficeContext,
    pub adjustment: Adjustment,
}

impl Message for AdjustPoints {
    fn from_canonical(text: &str) -> Result<Self, CodecError> {
        mapper::decode(text)
    }

    fn to_text(&self, prefix: &'static str, root: Option<&str>) -> Result<String, CodecError> {
        mapper::encode(self, prefix, root)
    }
}

impl Keyed for AdjustPoints {
    fn operation_key(&self) -> &str {
        &self.context.operation_key
    }
}

/// Arguments of `ListExpiringPoints`.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct ListExpiringPoints {
    #[yaserde(rename = "withinDays")]
    pub within_days: i32,
    #[yaserde(rename = "rowsMax")]
    pub rows_max: i32,
    pub cursor: String,
}

impl Message for ListExpiringPoints {
    fn from_canonical(text: &str) -> Result<Self, CodecError> {
        mapper::decode(text)
    }

    fn to_text(&self, prefix: &'static str, root: Option<&str>) -> Result<String, CodecError> {
        mapper::encode(self, prefix, root)
    }
}

/// Arguments of `ListSettlement`.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct ListSettlement {
    pub from: Date,
    pub to: Date,
    #[yaserde(rename = "rowsMax")]
    pub rows_max: i32,
    pub cursor: String,
}

impl Message for ListSettlement {
    fn from_canonical(text: &str) -> Result<Self, CodecError> {
        mapper::decode(text)
    }

    fn to_text(&self, prefix: &'static str, root: Option<&str>) -> Result<String, CodecError> {
        mapper::encode(self, prefix, root)
    }
}

/// Arguments of `ListTills`.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct ListTills {
    pub partner: Option<String>,
    #[yaserde(rename = "rowsMax")]
    pub rows_max: i32,
    pub cursor: String,
}

impl Message for ListTills {
    fn from_canonical(text: &str) -> Result<Self, CodecError> {
        mapper::decode(text)
    }

    fn to_text(&self, prefix: &'static str, root: Option<&str>) -> Result<String, CodecError> {
        mapper::encode(self, prefix, root)
    }
}

/// Arguments of `DisableLogin`.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct DisableLogin {
    pub context: OfficeContext,
    pub login: String,
}

impl Message for DisableLogin {
    fn from_canonical(text: &str) -> Result<Self, CodecError> {
        mapper::decode(text)
    }

    fn to_text(&self, prefix: &'static str, root: Option<&str>) -> Result<String, CodecError> {
        mapper::encode(self, prefix, root)
    }
}

impl Keyed for DisableLogin {
    fn operation_key(&self) -> &str {
        &self.context.operation_key
    }
}

/// Arguments of `ListLogins`.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct ListLogins {
    pub partner: Option<String>,
    #[yaserde(rename = "rowsMax")]
    pub rows_max: i32,
    pub cursor: String,
}

impl Message for ListLogins {
    fn from_canonical(text: &str) -> Result<Self, CodecError> {
        mapper::decode(text)
    }

    fn to_text(&self, prefix: &'static str, root: Option<&str>) -> Result<String, CodecError> {
        mapper::encode(self, prefix, root)
    }
}

/// Arguments of `EnableLogin`.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct EnableLogin {
    pub context: OfficeContext,
    pub login: String,
    pub password: Secret,
}

impl Message for EnableLogin {
    fn from_canonical(text: &str) -> Result<Self, CodecError> {
        mapper::decode(text)
    }

    fn to_text(&self, prefix: &'static str, root: Option<&str>) -> Result<String, CodecError> {
        mapper::encode(self, prefix, root)
    }
}

impl Keyed for EnableLogin {
    fn operation_key(&self) -> &str {
        &self.context.operation_key
    }
}

/// Arguments of `ListHistory`.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct ListHistory {
    pub search: HistorySearch,
    #[yaserde(rename = "rowsMax")]
    pub rows_max: i32,
    pub cursor: String,
}

impl Message for ListHistory {
    fn from_canonical(text: &str) -> Result<Self, CodecError> {
        mapper::decode(text)
    }

    fn to_text(&self, prefix: &'static str, root: Option<&str>) -> Result<String, CodecError> {
        mapper::encode(self, prefix, root)
    }
}

/// Arguments of `ListExchanges`.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct ListExchanges {
    pub search: ExchangeSearch,
    #[yaserde(rename = "rowsMax")]
    pub rows_max: i32,
    pub cursor: String,
}

impl Message for ListExchanges {
    fn from_canonical(text: &str) -> Result<Self, CodecError> {
        mapper::decode(text)
    }

    fn to_text(&self, prefix: &'static str, root: Option<&str>) -> Result<String, CodecError> {
        mapper::encode(self, prefix, root)
    }
}

/// Arguments of `SavePartner`.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct SavePartner {
    pub context: OfficeContext,
    #[yaserde(rename = "partnerSettings")]
    pub partner_settings: PartnerSettings,
}

impl Message for SavePartner {
    fn from_canonical(text: &str) -> Result<Self, CodecError> {
        mapper::decode(text)
    }

    fn to_text(&self, prefix: &'static str, root: Option<&str>) -> Result<String, CodecError> {
        mapper::encode(self, prefix, root)
    }
}

impl Keyed for SavePartner {
    fn operation_key(&self) -> &str {
        &self.context.operation_key
    }
}

/// Arguments of `SaveNetwork`.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct SaveNetwork {
    pub context: OfficeContext,
    #[yaserde(rename = "networkSettings")]
    pub network_settings: NetworkSettings,
}

impl Message for SaveNetwork {
    fn from_canonical(text: &str) -> Result<Self, CodecError> {
        mapper::decode(text)
    }

    fn to_text(&self, prefix: &'static str, root: Option<&str>) -> Result<String, CodecError> {
        mapper::encode(self, prefix, root)
    }
}

impl Keyed for SaveNetwork {
    fn operation_key(&self) -> &str {
        &self.context.operation_key
    }
}

/// Arguments of `SaveStore`.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct SaveStore {
    pub context: OfficeContext,
    #[yaserde(rename = "storeSettings")]
    pub store_settings: StoreSettings,
}

impl Message for SaveStore {
    fn from_canonical(text: &str) -> Result<Self, CodecError> {
        mapper::decode(text)
    }

    fn to_text(&self, prefix: &'static str, root: Option<&str>) -> Result<String, CodecError> {
        mapper::encode(self, prefix, root)
    }
}

impl Keyed for SaveStore {
    fn operation_key(&self) -> &str {
        &self.context.operation_key
    }
}

/// Arguments of `SetPassword`.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct SetPassword {
    pub context: OfficeContext,
    pub login: String,
    pub password: Secret,
}

impl Message for SetPassword {
    fn from_canonical(text: &str) -> Result<Self, CodecError> {
        mapper::decode(text)
    }

    fn to_text(&self, prefix: &'static str, root: Option<&str>) -> Result<String, CodecError> {
        mapper::encode(self, prefix, root)
    }
}

impl Keyed for SetPassword {
    fn operation_key(&self) -> &str {
        &self.context.operation_key
    }
}

/// Arguments of `ListPartners`.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct ListPartners {
    #[yaserde(rename = "rowsMax")]
    pub rows_max: i32,
    pub cursor: String,
}

impl Message for ListPartners {
    fn from_canonical(text: &str) -> Result<Self, CodecError> {
        mapper::decode(text)
    }

    fn to_text(&self, prefix: &'static str, root: Option<&str>) -> Result<String, CodecError> {
        mapper::encode(self, prefix, root)
    }
}

/// Arguments of `ListNetworks`.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct ListNetworks {
    pub partner: Option<String>,
    #[yaserde(rename = "rowsMax")]
    pub rows_max: i32,
    pub cursor: String,
}

impl Message for ListNetworks {
    fn from_canonical(text: &str) -> Result<Self, CodecError> {
        mapper::decode(text)
    }

    fn to_text(&self, prefix: &'static str, root: Option<&str>) -> Result<String, CodecError> {
        mapper::encode(self, prefix, root)
    }
}

/// Arguments of `ListStores`.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct ListStores {
    pub partner: Option<String>,
    #[yaserde(rename = "rowsMax")]
    pub rows_max: i32,
    pub cursor: String,
}

impl Message for ListStores {
    fn from_canonical(text: &str) -> Result<Self, CodecError> {
        mapper::decode(text)
    }

    fn to_text(&self, prefix: &'static str, root: Option<&str>) -> Result<String, CodecError> {
        mapper::encode(self, prefix, root)
    }
}

/// Arguments of `ListCardStock`.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct ListCardStock {
    pub partner: Option<String>,
    #[yaserde(rename = "rowsMax")]
    pub rows_max: i32,
    pub cursor: String,
}

impl Message for ListCardStock {
    fn from_canonical(text: &str) -> Result<Self, CodecError> {
        mapper::decode(text)
    }

    fn to_text(&self, prefix: &'static str, root: Option<&str>) -> Result<String, CodecError> {
        mapper::encode(self, prefix, root)
    }
}

/// Arguments of `ListReceipts`.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct ListReceipts {
    pub search: ReceiptSearch,
    #[yaserde(rename = "rowsMax")]
    pub rows_max: i32,
    pub cursor: String,
}

impl Message for ListReceipts {
    fn from_canonical(text: &str) -> Result<Self, CodecError> {
        mapper::decode(text)
    }

    fn to_text(&self, prefix: &'static str, root: Option<&str>) -> Result<String, CodecError> {
        mapper::encode(self, prefix, root)
    }
}

/// Arguments of `ListLiability`.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct ListLiability {
    pub day: Date,
    #[yaserde(rename = "rowsMax")]
    pub rows_max: i32,
    pub cursor: String,
}

impl Message for ListLiability {
    fn from_canonical(text: &str) -> Result<Self, CodecError> {
        mapper::decode(text)
    }

    fn to_text(&self, prefix: &'static str, root: Option<&str>) -> Result<String, CodecError> {
        mapper::encode(self, prefix, root)
    }
}

/// Arguments of `ListMovements`.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct ListMovements {
    #[yaserde(rename = "rowsMax")]
    pub rows_max: i32,
    pub cursor: String,
}

impl Message for ListMovements {
    fn from_canonical(text: &str) -> Result<Self, CodecError> {
        mapper::decode(text)
    }

    fn to_text(&self, prefix: &'static str, root: Option<&str>) -> Result<String, CodecError> {
        mapper::encode(self, prefix, root)
    }
}

/// Arguments of `ListCases`.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct ListCases {
    #[yaserde(rename = "onlyOpen")]
    pub only_open: bool,
    #[yaserde(rename = "rowsMax")]
    pub rows_max: i32,
    pub cursor: String,
}

impl Message for ListCases {
    fn from_canonical(text: &str) -> Result<Self, CodecError> {
        mapper::decode(text)
    }

    fn to_text(&self, prefix: &'static str, root: Option<&str>) -> Result<String, CodecError> {
        mapper::encode(self, prefix, root)
    }
}

/// Arguments of `CloseCase`.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct CloseCase {
    pub context: OfficeContext,
    #[yaserde(rename = "caseId")]
    pub case_id: String,
    pub resolution: String,
}

impl Message for CloseCase {
    fn from_canonical(text: &str) -> Result<Self, CodecError> {
        mapper::decode(text)
    }

    fn to_text(&self, prefix: &'static str, root: Option<&str>) -> Result<String, CodecError> {
        mapper::encode(self, prefix, root)
    }
}

impl Keyed for CloseCase {
    fn operation_key(&self) -> &str {
        &self.context.operation_key
    }
}
