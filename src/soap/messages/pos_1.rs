//! Made from wsdl/pos_1.wsdl by tests/it/derived.rs. Change the WSDL, and run that test with `KOPILKA_BLESS=1`.
//!
//! Messages of `Pos_1`: a struct for each complexType and request wrapper, in the WSDL's order. The WSDL documents every
//! field, units included.
#![allow(missing_docs, reason = "the WSDL documents every field")]

use yaserde::{YaDeserialize, YaSerialize};

use crate::{
    secret::Secret,
    soap::{
        codec::canonical::{Fields, Misfit, Reader, Value, Writer},
        messages::{
            Headed, Keyed,
            values::{Date, DateTime, Hundredths, Thousandths},
        },
    },
};

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

impl Fields for Context {
    const NAME: &'static str = "Context";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self {
            operation_key: Value::read(reader, "operationKey")?,
            till: Value::read(reader, "till")?,
            cashier: Value::read(reader, "cashier")?,
            shift: Value::read(reader, "shift")?,
            occurred_at: Value::read(reader, "occurredAt")?,
        })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.operation_key, writer, "operationKey");
        Value::write(&self.till, writer, "till");
        Value::write(&self.cashier, writer, "cashier");
        Value::write(&self.shift, writer, "shift");
        Value::write(&self.occurred_at, writer, "occurredAt");
    }
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

impl Fields for Balance {
    const NAME: &'static str = "Balance";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self {
            total: Value::read(reader, "total")?,
            available: Value::read(reader, "available")?,
            pending: Value::read(reader, "pending")?,
            reserved: Value::read(reader, "reserved")?,
            debt: Value::read(reader, "debt")?,
        })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.total, writer, "total");
        Value::write(&self.available, writer, "available");
        Value::write(&self.pending, writer, "pending");
        Value::write(&self.reserved, writer, "reserved");
        Value::write(&self.debt, writer, "debt");
    }
}

/// `Customer` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct Customer {
    #[yaserde(rename = "customerId")]
    pub customer_id: String,
    pub phone: Option<String>,
    #[yaserde(rename = "phoneConfirmed")]
    pub phone_confirmed: bool,
    pub name: Option<String>,
    #[yaserde(rename = "customerClass")]
    pub customer_class: Option<String>,
}

impl Fields for Customer {
    const NAME: &'static str = "Customer";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self {
            customer_id: Value::read(reader, "customerId")?,
            phone: Value::read(reader, "phone")?,
            phone_confirmed: Value::read(reader, "phoneConfirmed")?,
            name: Value::read(reader, "name")?,
            customer_class: Value::read(reader, "customerClass")?,
        })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.customer_id, writer, "customerId");
        Value::write(&self.phone, writer, "phone");
        Value::write(&self.phone_confirmed, writer, "phoneConfirmed");
        Value::write(&self.name, writer, "name");
        Value::write(&self.customer_class, writer, "customerClass");
    }
}

/// `Card` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct Card {
    pub number: String,
    pub state: String,
    pub kind: Option<String>,
    pub successor: Option<String>,
}

impl Fields for Card {
    const NAME: &'static str = "Card";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self {
            number: Value::read(reader, "number")?,
            state: Value::read(reader, "state")?,
            kind: Value::read(reader, "kind")?,
            successor: Value::read(reader, "successor")?,
        })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.number, writer, "number");
        Value::write(&self.state, writer, "state");
        Value::write(&self.kind, writer, "kind");
        Value::write(&self.successor, writer, "successor");
    }
}

/// `Cards` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct Cards {
    pub card: Vec<Card>,
}

impl Fields for Cards {
    const NAME: &'static str = "Cards";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self { card: Value::read(reader, "card")? })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.card, writer, "card");
    }
}

/// `Dated` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct Dated {
    pub at: DateTime,
    pub points: Hundredths,
}

impl Fields for Dated {
    const NAME: &'static str = "Dated";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self { at: Value::read(reader, "at")?, points: Value::read(reader, "points")? })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.at, writer, "at");
        Value::write(&self.points, writer, "points");
    }
}

/// `Expiries` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct Expiries {
    pub expiry: Vec<Dated>,
}

impl Fields for Expiries {
    const NAME: &'static str = "Expiries";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self { expiry: Value::read(reader, "expiry")? })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.expiry, writer, "expiry");
    }
}

/// `Activations` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct Activations {
    pub activation: Vec<Dated>,
}

impl Fields for Activations {
    const NAME: &'static str = "Activations";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self { activation: Value::read(reader, "activation")? })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.activation, writer, "activation");
    }
}

/// `Texts` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct Texts {
    pub text: Vec<String>,
}

impl Fields for Texts {
    const NAME: &'static str = "Texts";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self { text: Value::read(reader, "text")? })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.text, writer, "text");
    }
}

/// `PingResult` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct PingResult {
    pub code: String,
    pub message: String,
    #[yaserde(rename = "serverTime")]
    pub server_time: DateTime,
}

impl Fields for PingResult {
    const NAME: &'static str = "PingResult";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self {
            code: Value::read(reader, "code")?,
            message: Value::read(reader, "message")?,
            server_time: Value::read(reader, "serverTime")?,
        })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.code, writer, "code");
        Value::write(&self.message, writer, "message");
        Value::write(&self.server_time, writer, "serverTime");
    }
}

impl Headed for PingResult {
    fn set_head(&mut self, code: &str, message: String) {
        code.clone_into(&mut self.code);
        self.message = message;
    }
}

/// `Version` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct Version {
    pub name: String,
    pub namespace: String,
    pub path: String,
    pub status: String,
}

impl Fields for Version {
    const NAME: &'static str = "Version";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self {
            name: Value::read(reader, "name")?,
            namespace: Value::read(reader, "namespace")?,
            path: Value::read(reader, "path")?,
            status: Value::read(reader, "status")?,
        })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.name, writer, "name");
        Value::write(&self.namespace, writer, "namespace");
        Value::write(&self.path, writer, "path");
        Value::write(&self.status, writer, "status");
    }
}

/// `Versions` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct Versions {
    pub version: Vec<Version>,
}

impl Fields for Versions {
    const NAME: &'static str = "Versions";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self { version: Value::read(reader, "version")? })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.version, writer, "version");
    }
}

/// `VersionsResult` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct VersionsResult {
    pub code: String,
    pub message: String,
    pub versions: Versions,
    pub software: String,
}

impl Fields for VersionsResult {
    const NAME: &'static str = "VersionsResult";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self {
            code: Value::read(reader, "code")?,
            message: Value::read(reader, "message")?,
            versions: Value::read(reader, "versions")?,
            software: Value::read(reader, "software")?,
        })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.code, writer, "code");
        Value::write(&self.message, writer, "message");
        Value::write(&self.versions, writer, "versions");
        Value::write(&self.software, writer, "software");
    }
}

impl Headed for VersionsResult {
    fn set_head(&mut self, code: &str, message: String) {
        code.clone_into(&mut self.code);
        self.message = message;
    }
}

/// `Roles` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct Roles {
    pub role: Vec<String>,
}

impl Fields for Roles {
    const NAME: &'static str = "Roles";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self { role: Value::read(reader, "role")? })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.role, writer, "role");
    }
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

impl Fields for WhoAmIResult {
    const NAME: &'static str = "WhoAmIResult";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self {
            code: Value::read(reader, "code")?,
            message: Value::read(reader, "message")?,
            login: Value::read(reader, "login")?,
            partner: Value::read(reader, "partner")?,
            network: Value::read(reader, "network")?,
            store: Value::read(reader, "store")?,
            till: Value::read(reader, "till")?,
            roles: Value::read(reader, "roles")?,
            server_time: Value::read(reader, "serverTime")?,
            contract_version: Value::read(reader, "contractVersion")?,
        })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.code, writer, "code");
        Value::write(&self.message, writer, "message");
        Value::write(&self.login, writer, "login");
        Value::write(&self.partner, writer, "partner");
        Value::write(&self.network, writer, "network");
        Value::write(&self.store, writer, "store");
        Value::write(&self.till, writer, "till");
        Value::write(&self.roles, writer, "roles");
        Value::write(&self.server_time, writer, "serverTime");
        Value::write(&self.contract_version, writer, "contractVersion");
    }
}

impl Headed for WhoAmIResult {
    fn set_head(&mut self, code: &str, message: String) {
        code.clone_into(&mut self.code);
        self.message = message;
    }
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

impl Fields for FindCustomerResult {
    const NAME: &'static str = "FindCustomerResult";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self {
            code: Value::read(reader, "code")?,
            message: Value::read(reader, "message")?,
            customer: Value::read(reader, "customer")?,
            cards: Value::read(reader, "cards")?,
            balance: Value::read(reader, "balance")?,
        })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.code, writer, "code");
        Value::write(&self.message, writer, "message");
        Value::write(&self.customer, writer, "customer");
        Value::write(&self.cards, writer, "cards");
        Value::write(&self.balance, writer, "balance");
    }
}

impl Headed for FindCustomerResult {
    fn set_head(&mut self, code: &str, message: String) {
        code.clone_into(&mut self.code);
        self.message = message;
    }
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

impl Fields for Registration {
    const NAME: &'static str = "Registration";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self {
            phone: Value::read(reader, "phone")?,
            card_number: Value::read(reader, "cardNumber")?,
            card_kind: Value::read(reader, "cardKind")?,
            surname: Value::read(reader, "surname")?,
            name: Value::read(reader, "name")?,
            patronymic: Value::read(reader, "patronymic")?,
            birth_date: Value::read(reader, "birthDate")?,
            sex: Value::read(reader, "sex")?,
            email: Value::read(reader, "email")?,
            referrer: Value::read(reader, "referrer")?,
        })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.phone, writer, "phone");
        Value::write(&self.card_number, writer, "cardNumber");
        Value::write(&self.card_kind, writer, "cardKind");
        Value::write(&self.surname, writer, "surname");
        Value::write(&self.name, writer, "name");
        Value::write(&self.patronymic, writer, "patronymic");
        Value::write(&self.birth_date, writer, "birthDate");
        Value::write(&self.sex, writer, "sex");
        Value::write(&self.email, writer, "email");
        Value::write(&self.referrer, writer, "referrer");
    }
}

/// `RegisterCustomerResult` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct RegisterCustomerResult {
    pub code: String,
    pub message: String,
    pub customer: Option<Customer>,
    pub card: Option<Card>,
}

impl Fields for RegisterCustomerResult {
    const NAME: &'static str = "RegisterCustomerResult";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self {
            code: Value::read(reader, "code")?,
            message: Value::read(reader, "message")?,
            customer: Value::read(reader, "customer")?,
            card: Value::read(reader, "card")?,
        })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.code, writer, "code");
        Value::write(&self.message, writer, "message");
        Value::write(&self.customer, writer, "customer");
        Value::write(&self.card, writer, "card");
    }
}

impl Headed for RegisterCustomerResult {
    fn set_head(&mut self, code: &str, message: String) {
        code.clone_into(&mut self.code);
        self.message = message;
    }
}

/// `CardResult` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct CardResult {
    pub code: String,
    pub message: String,
    pub card: Option<Card>,
    pub balance: Option<Balance>,
}

impl Fields for CardResult {
    const NAME: &'static str = "CardResult";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self {
            code: Value::read(reader, "code")?,
            message: Value::read(reader, "message")?,
            card: Value::read(reader, "card")?,
            balance: Value::read(reader, "balance")?,
        })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.code, writer, "code");
        Value::write(&self.message, writer, "message");
        Value::write(&self.card, writer, "card");
        Value::write(&self.balance, writer, "balance");
    }
}

impl Headed for CardResult {
    fn set_head(&mut self, code: &str, message: String) {
        code.clone_into(&mut self.code);
        self.message = message;
    }
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

impl Fields for BalanceResult {
    const NAME: &'static str = "BalanceResult";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self {
            code: Value::read(reader, "code")?,
            message: Value::read(reader, "message")?,
            card_number: Value::read(reader, "cardNumber")?,
            card_state: Value::read(reader, "cardState")?,
            customer_class: Value::read(reader, "customerClass")?,
            total: Value::read(reader, "total")?,
            available: Value::read(reader, "available")?,
            pending: Value::read(reader, "pending")?,
            reserved: Value::read(reader, "reserved")?,
            debt: Value::read(reader, "debt")?,
            expiries: Value::read(reader, "expiries")?,
            activations: Value::read(reader, "activations")?,
        })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.code, writer, "code");
        Value::write(&self.message, writer, "message");
        Value::write(&self.card_number, writer, "cardNumber");
        Value::write(&self.card_state, writer, "cardState");
        Value::write(&self.customer_class, writer, "customerClass");
        Value::write(&self.total, writer, "total");
        Value::write(&self.available, writer, "available");
        Value::write(&self.pending, writer, "pending");
        Value::write(&self.reserved, writer, "reserved");
        Value::write(&self.debt, writer, "debt");
        Value::write(&self.expiries, writer, "expiries");
        Value::write(&self.activations, writer, "activations");
    }
}

impl Headed for BalanceResult {
    fn set_head(&mut self, code: &str, message: String) {
        code.clone_into(&mut self.code);
        self.message = message;
    }
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

impl Fields for StatementEntry {
    const NAME: &'static str = "StatementEntry";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self {
            at: Value::read(reader, "at")?,
            kind: Value::read(reader, "kind")?,
            points: Value::read(reader, "points")?,
            balance_after: Value::read(reader, "balanceAfter")?,
            store: Value::read(reader, "store")?,
            receipt: Value::read(reader, "receipt")?,
            text: Value::read(reader, "text")?,
            rule: Value::read(reader, "rule")?,
        })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.at, writer, "at");
        Value::write(&self.kind, writer, "kind");
        Value::write(&self.points, writer, "points");
        Value::write(&self.balance_after, writer, "balanceAfter");
        Value::write(&self.store, writer, "store");
        Value::write(&self.receipt, writer, "receipt");
        Value::write(&self.text, writer, "text");
        Value::write(&self.rule, writer, "rule");
    }
}

/// `StatementEntries` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct StatementEntries {
    pub entry: Vec<StatementEntry>,
}

impl Fields for StatementEntries {
    const NAME: &'static str = "StatementEntries";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self { entry: Value::read(reader, "entry")? })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.entry, writer, "entry");
    }
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

impl Fields for StatementResult {
    const NAME: &'static str = "StatementResult";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self {
            code: Value::read(reader, "code")?,
            message: Value::read(reader, "message")?,
            entries: Value::read(reader, "entries")?,
            next_cursor: Value::read(reader, "nextCursor")?,
        })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.code, writer, "code");
        Value::write(&self.message, writer, "message");
        Value::write(&self.entries, writer, "entries");
        Value::write(&self.next_cursor, writer, "nextCursor");
    }
}

impl Headed for StatementResult {
    fn set_head(&mut self, code: &str, message: String) {
        code.clone_into(&mut self.code);
        self.message = message;
    }
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

impl Fields for Questionnaire {
    const NAME: &'static str = "Questionnaire";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self {
            surname: Value::read(reader, "surname")?,
            name: Value::read(reader, "name")?,
            patronymic: Value::read(reader, "patronymic")?,
            birth_date: Value::read(reader, "birthDate")?,
            sex: Value::read(reader, "sex")?,
            email: Value::read(reader, "email")?,
        })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.surname, writer, "surname");
        Value::write(&self.name, writer, "name");
        Value::write(&self.patronymic, writer, "patronymic");
        Value::write(&self.birth_date, writer, "birthDate");
        Value::write(&self.sex, writer, "sex");
        Value::write(&self.email, writer, "email");
    }
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

impl Fields for Consent {
    const NAME: &'static str = "Consent";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self {
            purpose: Value::read(reader, "purpose")?,
            channel: Value::read(reader, "channel")?,
            text_hash: Value::read(reader, "textHash")?,
            evidence: Value::read(reader, "evidence")?,
        })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.purpose, writer, "purpose");
        Value::write(&self.channel, writer, "channel");
        Value::write(&self.text_hash, writer, "textHash");
        Value::write(&self.evidence, writer, "evidence");
    }
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

impl Fields for ConsentRecord {
    const NAME: &'static str = "ConsentRecord";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self {
            purpose: Value::read(reader, "purpose")?,
            channel: Value::read(reader, "channel")?,
            given_at: Value::read(reader, "givenAt")?,
            withdrawn_at: Value::read(reader, "withdrawnAt")?,
            store: Value::read(reader, "store")?,
        })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.purpose, writer, "purpose");
        Value::write(&self.channel, writer, "channel");
        Value::write(&self.given_at, writer, "givenAt");
        Value::write(&self.withdrawn_at, writer, "withdrawnAt");
        Value::write(&self.store, writer, "store");
    }
}

/// `Consents` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct Consents {
    pub consent: Vec<ConsentRecord>,
}

impl Fields for Consents {
    const NAME: &'static str = "Consents";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self { consent: Value::read(reader, "consent")? })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.consent, writer, "consent");
    }
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

impl Fields for QuestionnaireResult {
    const NAME: &'static str = "QuestionnaireResult";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self {
            code: Value::read(reader, "code")?,
            message: Value::read(reader, "message")?,
            customer_id: Value::read(reader, "customerId")?,
            phone: Value::read(reader, "phone")?,
            phone_confirmed: Value::read(reader, "phoneConfirmed")?,
            questionnaire: Value::read(reader, "questionnaire")?,
            cards: Value::read(reader, "cards")?,
            consents: Value::read(reader, "consents")?,
        })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.code, writer, "code");
        Value::write(&self.message, writer, "message");
        Value::write(&self.customer_id, writer, "customerId");
        Value::write(&self.phone, writer, "phone");
        Value::write(&self.phone_confirmed, writer, "phoneConfirmed");
        Value::write(&self.questionnaire, writer, "questionnaire");
        Value::write(&self.cards, writer, "cards");
        Value::write(&self.consents, writer, "consents");
    }
}

impl Headed for QuestionnaireResult {
    fn set_head(&mut self, code: &str, message: String) {
        code.clone_into(&mut self.code);
        self.message = message;
    }
}

/// `SimpleResult` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct SimpleResult {
    pub code: String,
    pub message: String,
}

impl Fields for SimpleResult {
    const NAME: &'static str = "SimpleResult";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self { code: Value::read(reader, "code")?, message: Value::read(reader, "message")? })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.code, writer, "code");
        Value::write(&self.message, writer, "message");
    }
}

impl Headed for SimpleResult {
    fn set_head(&mut self, code: &str, message: String) {
        code.clone_into(&mut self.code);
        self.message = message;
    }
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

impl Fields for PhoneCodeResult {
    const NAME: &'static str = "PhoneCodeResult";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self {
            code: Value::read(reader, "code")?,
            message: Value::read(reader, "message")?,
            code_sent_to: Value::read(reader, "codeSentTo")?,
            expires_at: Value::read(reader, "expiresAt")?,
            resend_after: Value::read(reader, "resendAfter")?,
            tries_left: Value::read(reader, "triesLeft")?,
        })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.code, writer, "code");
        Value::write(&self.message, writer, "message");
        Value::write(&self.code_sent_to, writer, "codeSentTo");
        Value::write(&self.expires_at, writer, "expiresAt");
        Value::write(&self.resend_after, writer, "resendAfter");
        Value::write(&self.tries_left, writer, "triesLeft");
    }
}

impl Headed for PhoneCodeResult {
    fn set_head(&mut self, code: &str, message: String) {
        code.clone_into(&mut self.code);
        self.message = message;
    }
}

/// `Fiscal` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct Fiscal {
    #[yaserde(rename = "fn")]
    pub drive: String,
    pub fd: String,
    pub fp: String,
}

impl Fields for Fiscal {
    const NAME: &'static str = "Fiscal";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self { drive: Value::read(reader, "fn")?, fd: Value::read(reader, "fd")?, fp: Value::read(reader, "fp")? })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.drive, writer, "fn");
        Value::write(&self.fd, writer, "fd");
        Value::write(&self.fp, writer, "fp");
    }
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
    pub weighed: Option<bool>,
    pub delivery: Option<bool>,
    #[yaserde(rename = "giftOf")]
    pub gift_of: Option<String>,
}

impl Fields for ReceiptLine {
    const NAME: &'static str = "ReceiptLine";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self {
            number: Value::read(reader, "number")?,
            goods_code: Value::read(reader, "goodsCode")?,
            name: Value::read(reader, "name")?,
            group: Value::read(reader, "group")?,
            brand: Value::read(reader, "brand")?,
            quantity: Value::read(reader, "quantity")?,
            price: Value::read(reader, "price")?,
            sum: Value::read(reader, "sum")?,
            discount_granted: Value::read(reader, "discountGranted")?,
            minimum_price: Value::read(reader, "minimumPrice")?,
            no_earn: Value::read(reader, "noEarn")?,
            no_spend: Value::read(reader, "noSpend")?,
            weighed: Value::read(reader, "weighed")?,
            delivery: Value::read(reader, "delivery")?,
            gift_of: Value::read(reader, "giftOf")?,
        })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.number, writer, "number");
        Value::write(&self.goods_code, writer, "goodsCode");
        Value::write(&self.name, writer, "name");
        Value::write(&self.group, writer, "group");
        Value::write(&self.brand, writer, "brand");
        Value::write(&self.quantity, writer, "quantity");
        Value::write(&self.price, writer, "price");
        Value::write(&self.sum, writer, "sum");
        Value::write(&self.discount_granted, writer, "discountGranted");
        Value::write(&self.minimum_price, writer, "minimumPrice");
        Value::write(&self.no_earn, writer, "noEarn");
        Value::write(&self.no_spend, writer, "noSpend");
        Value::write(&self.weighed, writer, "weighed");
        Value::write(&self.delivery, writer, "delivery");
        Value::write(&self.gift_of, writer, "giftOf");
    }
}

/// `ReceiptLines` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct ReceiptLines {
    pub line: Vec<ReceiptLine>,
}

impl Fields for ReceiptLines {
    const NAME: &'static str = "ReceiptLines";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self { line: Value::read(reader, "line")? })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.line, writer, "line");
    }
}

/// `Coupons` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct Coupons {
    pub coupon: Vec<String>,
}

impl Fields for Coupons {
    const NAME: &'static str = "Coupons";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self { coupon: Value::read(reader, "coupon")? })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.coupon, writer, "coupon");
    }
}

/// `AcceptedOffers` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct AcceptedOffers {
    #[yaserde(rename = "offerId")]
    pub offer_id: Vec<String>,
}

impl Fields for AcceptedOffers {
    const NAME: &'static str = "AcceptedOffers";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self { offer_id: Value::read(reader, "offerId")? })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.offer_id, writer, "offerId");
    }
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
    #[yaserde(rename = "acceptedOffers")]
    pub accepted_offers: Option<AcceptedOffers>,
    pub fiscal: Option<Fiscal>,
    #[yaserde(rename = "quoteId")]
    pub quote_id: Option<String>,
}

impl Fields for Receipt {
    const NAME: &'static str = "Receipt";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self {
            store: Value::read(reader, "store")?,
            till: Value::read(reader, "till")?,
            shift: Value::read(reader, "shift")?,
            number: Value::read(reader, "number")?,
            at: Value::read(reader, "at")?,
            identifier: Value::read(reader, "identifier")?,
            channel: Value::read(reader, "channel")?,
            lines: Value::read(reader, "lines")?,
            coupons: Value::read(reader, "coupons")?,
            accepted_offers: Value::read(reader, "acceptedOffers")?,
            fiscal: Value::read(reader, "fiscal")?,
            quote_id: Value::read(reader, "quoteId")?,
        })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.store, writer, "store");
        Value::write(&self.till, writer, "till");
        Value::write(&self.shift, writer, "shift");
        Value::write(&self.number, writer, "number");
        Value::write(&self.at, writer, "at");
        Value::write(&self.identifier, writer, "identifier");
        Value::write(&self.channel, writer, "channel");
        Value::write(&self.lines, writer, "lines");
        Value::write(&self.coupons, writer, "coupons");
        Value::write(&self.accepted_offers, writer, "acceptedOffers");
        Value::write(&self.fiscal, writer, "fiscal");
        Value::write(&self.quote_id, writer, "quoteId");
    }
}

/// `Part` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct Part {
    pub quantity: Thousandths,
    pub price: Hundredths,
    pub sum: Hundredths,
}

impl Fields for Part {
    const NAME: &'static str = "Part";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self {
            quantity: Value::read(reader, "quantity")?,
            price: Value::read(reader, "price")?,
            sum: Value::read(reader, "sum")?,
        })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.quantity, writer, "quantity");
        Value::write(&self.price, writer, "price");
        Value::write(&self.sum, writer, "sum");
    }
}

/// `Parts` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct Parts {
    pub part: Vec<Part>,
}

impl Fields for Parts {
    const NAME: &'static str = "Parts";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self { part: Value::read(reader, "part")? })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.part, writer, "part");
    }
}

/// `Discount` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct Discount {
    #[yaserde(rename = "offerId")]
    pub offer_id: Option<String>,
    pub name: String,
    pub amount: Hundredths,
}

impl Fields for Discount {
    const NAME: &'static str = "Discount";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self {
            offer_id: Value::read(reader, "offerId")?,
            name: Value::read(reader, "name")?,
            amount: Value::read(reader, "amount")?,
        })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.offer_id, writer, "offerId");
        Value::write(&self.name, writer, "name");
        Value::write(&self.amount, writer, "amount");
    }
}

/// `Discounts` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct Discounts {
    pub discount: Vec<Discount>,
}

impl Fields for Discounts {
    const NAME: &'static str = "Discounts";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self { discount: Value::read(reader, "discount")? })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.discount, writer, "discount");
    }
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
    pub discounts: Discounts,
}

impl Fields for ResultLine {
    const NAME: &'static str = "ResultLine";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self {
            number: Value::read(reader, "number")?,
            discount_granted: Value::read(reader, "discountGranted")?,
            discount_offered: Value::read(reader, "discountOffered")?,
            points_as_money: Value::read(reader, "pointsAsMoney")?,
            amount_due: Value::read(reader, "amountDue")?,
            points_to_earn: Value::read(reader, "pointsToEarn")?,
            points_max: Value::read(reader, "pointsMax")?,
            parts: Value::read(reader, "parts")?,
            rules: Value::read(reader, "rules")?,
            discounts: Value::read(reader, "discounts")?,
        })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.number, writer, "number");
        Value::write(&self.discount_granted, writer, "discountGranted");
        Value::write(&self.discount_offered, writer, "discountOffered");
        Value::write(&self.points_as_money, writer, "pointsAsMoney");
        Value::write(&self.amount_due, writer, "amountDue");
        Value::write(&self.points_to_earn, writer, "pointsToEarn");
        Value::write(&self.points_max, writer, "pointsMax");
        Value::write(&self.parts, writer, "parts");
        Value::write(&self.rules, writer, "rules");
        Value::write(&self.discounts, writer, "discounts");
    }
}

/// `ResultLines` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct ResultLines {
    pub line: Vec<ResultLine>,
}

impl Fields for ResultLines {
    const NAME: &'static str = "ResultLines";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self { line: Value::read(reader, "line")? })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.line, writer, "line");
    }
}

/// `Gift` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct Gift {
    #[yaserde(rename = "offerId")]
    pub offer_id: String,
    #[yaserde(rename = "goodsCode")]
    pub goods_code: String,
    pub name: Option<String>,
    pub quantity: Thousandths,
}

impl Fields for Gift {
    const NAME: &'static str = "Gift";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self {
            offer_id: Value::read(reader, "offerId")?,
            goods_code: Value::read(reader, "goodsCode")?,
            name: Value::read(reader, "name")?,
            quantity: Value::read(reader, "quantity")?,
        })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.offer_id, writer, "offerId");
        Value::write(&self.goods_code, writer, "goodsCode");
        Value::write(&self.name, writer, "name");
        Value::write(&self.quantity, writer, "quantity");
    }
}

/// `Gifts` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct Gifts {
    pub gift: Vec<Gift>,
}

impl Fields for Gifts {
    const NAME: &'static str = "Gifts";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self { gift: Value::read(reader, "gift")? })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.gift, writer, "gift");
    }
}

/// `Prompt` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct Prompt {
    pub id: String,
    pub text: String,
}

impl Fields for Prompt {
    const NAME: &'static str = "Prompt";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self { id: Value::read(reader, "id")?, text: Value::read(reader, "text")? })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.id, writer, "id");
        Value::write(&self.text, writer, "text");
    }
}

/// `Prompts` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct Prompts {
    pub prompt: Vec<Prompt>,
}

impl Fields for Prompts {
    const NAME: &'static str = "Prompts";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self { prompt: Value::read(reader, "prompt")? })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.prompt, writer, "prompt");
    }
}

/// `IssuedCoupon` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct IssuedCoupon {
    pub number: Option<String>,
    #[yaserde(rename = "validFrom")]
    pub valid_from: Option<DateTime>,
    #[yaserde(rename = "validUntil")]
    pub valid_until: Option<DateTime>,
    pub text: String,
}

impl Fields for IssuedCoupon {
    const NAME: &'static str = "IssuedCoupon";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self {
            number: Value::read(reader, "number")?,
            valid_from: Value::read(reader, "validFrom")?,
            valid_until: Value::read(reader, "validUntil")?,
            text: Value::read(reader, "text")?,
        })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.number, writer, "number");
        Value::write(&self.valid_from, writer, "validFrom");
        Value::write(&self.valid_until, writer, "validUntil");
        Value::write(&self.text, writer, "text");
    }
}

/// `IssuedCoupons` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct IssuedCoupons {
    pub coupon: Vec<IssuedCoupon>,
}

impl Fields for IssuedCoupons {
    const NAME: &'static str = "IssuedCoupons";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self { coupon: Value::read(reader, "coupon")? })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.coupon, writer, "coupon");
    }
}

/// `CouponResult` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct CouponResult {
    pub number: String,
    pub outcome: String,
    pub text: String,
}

impl Fields for CouponResult {
    const NAME: &'static str = "CouponResult";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self {
            number: Value::read(reader, "number")?,
            outcome: Value::read(reader, "outcome")?,
            text: Value::read(reader, "text")?,
        })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.number, writer, "number");
        Value::write(&self.outcome, writer, "outcome");
        Value::write(&self.text, writer, "text");
    }
}

/// `CouponResults` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct CouponResults {
    #[yaserde(rename = "couponResult")]
    pub coupon_result: Vec<CouponResult>,
}

impl Fields for CouponResults {
    const NAME: &'static str = "CouponResults";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self { coupon_result: Value::read(reader, "couponResult")? })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.coupon_result, writer, "couponResult");
    }
}

/// `OfferResult` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct OfferResult {
    #[yaserde(rename = "offerId")]
    pub offer_id: String,
    pub outcome: String,
    pub text: String,
}

impl Fields for OfferResult {
    const NAME: &'static str = "OfferResult";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self {
            offer_id: Value::read(reader, "offerId")?,
            outcome: Value::read(reader, "outcome")?,
            text: Value::read(reader, "text")?,
        })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.offer_id, writer, "offerId");
        Value::write(&self.outcome, writer, "outcome");
        Value::write(&self.text, writer, "text");
    }
}

/// `OfferResults` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct OfferResults {
    #[yaserde(rename = "offerResult")]
    pub offer_result: Vec<OfferResult>,
}

impl Fields for OfferResults {
    const NAME: &'static str = "OfferResults";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self { offer_result: Value::read(reader, "offerResult")? })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.offer_result, writer, "offerResult");
    }
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
    #[yaserde(rename = "couponResults")]
    pub coupon_results: CouponResults,
    #[yaserde(rename = "offerResults")]
    pub offer_results: OfferResults,
    pub gifts: Gifts,
    pub prompts: Prompts,
    #[yaserde(rename = "couponsIssued")]
    pub coupons_issued: IssuedCoupons,
    pub hints: Texts,
}

impl Fields for QuoteResult {
    const NAME: &'static str = "QuoteResult";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self {
            code: Value::read(reader, "code")?,
            message: Value::read(reader, "message")?,
            quote_id: Value::read(reader, "quoteId")?,
            lines: Value::read(reader, "lines")?,
            amount_due: Value::read(reader, "amountDue")?,
            discount_total: Value::read(reader, "discountTotal")?,
            points_to_earn: Value::read(reader, "pointsToEarn")?,
            points_available: Value::read(reader, "pointsAvailable")?,
            points_max: Value::read(reader, "pointsMax")?,
            code_required: Value::read(reader, "codeRequired")?,
            cashier_messages: Value::read(reader, "cashierMessages")?,
            slip_lines: Value::read(reader, "slipLines")?,
            explanations: Value::read(reader, "explanations")?,
            coupon_results: Value::read(reader, "couponResults")?,
            offer_results: Value::read(reader, "offerResults")?,
            gifts: Value::read(reader, "gifts")?,
            prompts: Value::read(reader, "prompts")?,
            coupons_issued: Value::read(reader, "couponsIssued")?,
            hints: Value::read(reader, "hints")?,
        })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.code, writer, "code");
        Value::write(&self.message, writer, "message");
        Value::write(&self.quote_id, writer, "quoteId");
        Value::write(&self.lines, writer, "lines");
        Value::write(&self.amount_due, writer, "amountDue");
        Value::write(&self.discount_total, writer, "discountTotal");
        Value::write(&self.points_to_earn, writer, "pointsToEarn");
        Value::write(&self.points_available, writer, "pointsAvailable");
        Value::write(&self.points_max, writer, "pointsMax");
        Value::write(&self.code_required, writer, "codeRequired");
        Value::write(&self.cashier_messages, writer, "cashierMessages");
        Value::write(&self.slip_lines, writer, "slipLines");
        Value::write(&self.explanations, writer, "explanations");
        Value::write(&self.coupon_results, writer, "couponResults");
        Value::write(&self.offer_results, writer, "offerResults");
        Value::write(&self.gifts, writer, "gifts");
        Value::write(&self.prompts, writer, "prompts");
        Value::write(&self.coupons_issued, writer, "couponsIssued");
        Value::write(&self.hints, writer, "hints");
    }
}

impl Headed for QuoteResult {
    fn set_head(&mut self, code: &str, message: String) {
        code.clone_into(&mut self.code);
        self.message = message;
    }
}

/// `ReservationIds` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct ReservationIds {
    #[yaserde(rename = "reservationId")]
    pub reservation_id: Vec<String>,
}

impl Fields for ReservationIds {
    const NAME: &'static str = "ReservationIds";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self { reservation_id: Value::read(reader, "reservationId")? })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.reservation_id, writer, "reservationId");
    }
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
    #[yaserde(rename = "replacedReservations")]
    pub replaced_reservations: ReservationIds,
}

impl Fields for ReservationResult {
    const NAME: &'static str = "ReservationResult";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self {
            code: Value::read(reader, "code")?,
            message: Value::read(reader, "message")?,
            reservation_id: Value::read(reader, "reservationId")?,
            state: Value::read(reader, "state")?,
            points: Value::read(reader, "points")?,
            captured: Value::read(reader, "captured")?,
            expires_at: Value::read(reader, "expiresAt")?,
            code_sent_to: Value::read(reader, "codeSentTo")?,
            resend_after: Value::read(reader, "resendAfter")?,
            tries_left: Value::read(reader, "triesLeft")?,
            replaced_reservations: Value::read(reader, "replacedReservations")?,
        })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.code, writer, "code");
        Value::write(&self.message, writer, "message");
        Value::write(&self.reservation_id, writer, "reservationId");
        Value::write(&self.state, writer, "state");
        Value::write(&self.points, writer, "points");
        Value::write(&self.captured, writer, "captured");
        Value::write(&self.expires_at, writer, "expiresAt");
        Value::write(&self.code_sent_to, writer, "codeSentTo");
        Value::write(&self.resend_after, writer, "resendAfter");
        Value::write(&self.tries_left, writer, "triesLeft");
        Value::write(&self.replaced_reservations, writer, "replacedReservations");
    }
}

impl Headed for ReservationResult {
    fn set_head(&mut self, code: &str, message: String) {
        code.clone_into(&mut self.code);
        self.message = message;
    }
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
    #[yaserde(rename = "cashierMessages")]
    pub cashier_messages: Texts,
    #[yaserde(rename = "couponResults")]
    pub coupon_results: CouponResults,
    #[yaserde(rename = "offerResults")]
    pub offer_results: OfferResults,
    pub gifts: Gifts,
    pub prompts: Prompts,
    #[yaserde(rename = "couponsIssued")]
    pub coupons_issued: IssuedCoupons,
    pub hints: Texts,
}

impl Fields for ReceiptResult {
    const NAME: &'static str = "ReceiptResult";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self {
            code: Value::read(reader, "code")?,
            message: Value::read(reader, "message")?,
            receipt_id: Value::read(reader, "receiptId")?,
            points_earned: Value::read(reader, "pointsEarned")?,
            points_spent: Value::read(reader, "pointsSpent")?,
            points_released: Value::read(reader, "pointsReleased")?,
            quote_id: Value::read(reader, "quoteId")?,
            lines: Value::read(reader, "lines")?,
            amount_due: Value::read(reader, "amountDue")?,
            balance: Value::read(reader, "balance")?,
            slip_lines: Value::read(reader, "slipLines")?,
            cashier_messages: Value::read(reader, "cashierMessages")?,
            coupon_results: Value::read(reader, "couponResults")?,
            offer_results: Value::read(reader, "offerResults")?,
            gifts: Value::read(reader, "gifts")?,
            prompts: Value::read(reader, "prompts")?,
            coupons_issued: Value::read(reader, "couponsIssued")?,
            hints: Value::read(reader, "hints")?,
        })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.code, writer, "code");
        Value::write(&self.message, writer, "message");
        Value::write(&self.receipt_id, writer, "receiptId");
        Value::write(&self.points_earned, writer, "pointsEarned");
        Value::write(&self.points_spent, writer, "pointsSpent");
        Value::write(&self.points_released, writer, "pointsReleased");
        Value::write(&self.quote_id, writer, "quoteId");
        Value::write(&self.lines, writer, "lines");
        Value::write(&self.amount_due, writer, "amountDue");
        Value::write(&self.balance, writer, "balance");
        Value::write(&self.slip_lines, writer, "slipLines");
        Value::write(&self.cashier_messages, writer, "cashierMessages");
        Value::write(&self.coupon_results, writer, "couponResults");
        Value::write(&self.offer_results, writer, "offerResults");
        Value::write(&self.gifts, writer, "gifts");
        Value::write(&self.prompts, writer, "prompts");
        Value::write(&self.coupons_issued, writer, "couponsIssued");
        Value::write(&self.hints, writer, "hints");
    }
}

impl Headed for ReceiptResult {
    fn set_head(&mut self, code: &str, message: String) {
        code.clone_into(&mut self.code);
        self.message = message;
    }
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

impl Fields for CancelResult {
    const NAME: &'static str = "CancelResult";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self {
            code: Value::read(reader, "code")?,
            message: Value::read(reader, "message")?,
            receipt_id: Value::read(reader, "receiptId")?,
            points_revoked: Value::read(reader, "pointsRevoked")?,
            points_restored: Value::read(reader, "pointsRestored")?,
            debt: Value::read(reader, "debt")?,
            balance: Value::read(reader, "balance")?,
        })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.code, writer, "code");
        Value::write(&self.message, writer, "message");
        Value::write(&self.receipt_id, writer, "receiptId");
        Value::write(&self.points_revoked, writer, "pointsRevoked");
        Value::write(&self.points_restored, writer, "pointsRestored");
        Value::write(&self.debt, writer, "debt");
        Value::write(&self.balance, writer, "balance");
    }
}

impl Headed for CancelResult {
    fn set_head(&mut self, code: &str, message: String) {
        code.clone_into(&mut self.code);
        self.message = message;
    }
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

impl Fields for ReceiptReference {
    const NAME: &'static str = "ReceiptReference";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self {
            store: Value::read(reader, "store")?,
            till: Value::read(reader, "till")?,
            shift: Value::read(reader, "shift")?,
            number: Value::read(reader, "number")?,
            date: Value::read(reader, "date")?,
        })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.store, writer, "store");
        Value::write(&self.till, writer, "till");
        Value::write(&self.shift, writer, "shift");
        Value::write(&self.number, writer, "number");
        Value::write(&self.date, writer, "date");
    }
}

/// `ReturnLine` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct ReturnLine {
    pub number: i32,
    pub quantity: Thousandths,
}

impl Fields for ReturnLine {
    const NAME: &'static str = "ReturnLine";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self { number: Value::read(reader, "number")?, quantity: Value::read(reader, "quantity")? })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.number, writer, "number");
        Value::write(&self.quantity, writer, "quantity");
    }
}

/// `ReturnLines` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct ReturnLines {
    pub line: Vec<ReturnLine>,
}

impl Fields for ReturnLines {
    const NAME: &'static str = "ReturnLines";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self { line: Value::read(reader, "line")? })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.line, writer, "line");
    }
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

impl Fields for ReturnReceipt {
    const NAME: &'static str = "ReturnReceipt";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self {
            receipt_id: Value::read(reader, "receiptId")?,
            original: Value::read(reader, "original")?,
            store: Value::read(reader, "store")?,
            till: Value::read(reader, "till")?,
            shift: Value::read(reader, "shift")?,
            number: Value::read(reader, "number")?,
            at: Value::read(reader, "at")?,
            lines: Value::read(reader, "lines")?,
            fiscal: Value::read(reader, "fiscal")?,
        })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.receipt_id, writer, "receiptId");
        Value::write(&self.original, writer, "original");
        Value::write(&self.store, writer, "store");
        Value::write(&self.till, writer, "till");
        Value::write(&self.shift, writer, "shift");
        Value::write(&self.number, writer, "number");
        Value::write(&self.at, writer, "at");
        Value::write(&self.lines, writer, "lines");
        Value::write(&self.fiscal, writer, "fiscal");
    }
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
    pub parts: Parts,
}

impl Fields for ReturnResultLine {
    const NAME: &'static str = "ReturnResultLine";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self {
            number: Value::read(reader, "number")?,
            quantity: Value::read(reader, "quantity")?,
            amount_refund: Value::read(reader, "amountRefund")?,
            points_restored: Value::read(reader, "pointsRestored")?,
            points_revoked: Value::read(reader, "pointsRevoked")?,
            parts: Value::read(reader, "parts")?,
        })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.number, writer, "number");
        Value::write(&self.quantity, writer, "quantity");
        Value::write(&self.amount_refund, writer, "amountRefund");
        Value::write(&self.points_restored, writer, "pointsRestored");
        Value::write(&self.points_revoked, writer, "pointsRevoked");
        Value::write(&self.parts, writer, "parts");
    }
}

/// `ReturnResultLines` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct ReturnResultLines {
    pub line: Vec<ReturnResultLine>,
}

impl Fields for ReturnResultLines {
    const NAME: &'static str = "ReturnResultLines";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self { line: Value::read(reader, "line")? })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.line, writer, "line");
    }
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

impl Fields for ReturnResult {
    const NAME: &'static str = "ReturnResult";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self {
            code: Value::read(reader, "code")?,
            message: Value::read(reader, "message")?,
            return_id: Value::read(reader, "returnId")?,
            receipt_id: Value::read(reader, "receiptId")?,
            amount_refund: Value::read(reader, "amountRefund")?,
            points_revoked: Value::read(reader, "pointsRevoked")?,
            points_restored: Value::read(reader, "pointsRestored")?,
            debt: Value::read(reader, "debt")?,
            lines: Value::read(reader, "lines")?,
            balance: Value::read(reader, "balance")?,
            slip_lines: Value::read(reader, "slipLines")?,
        })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.code, writer, "code");
        Value::write(&self.message, writer, "message");
        Value::write(&self.return_id, writer, "returnId");
        Value::write(&self.receipt_id, writer, "receiptId");
        Value::write(&self.amount_refund, writer, "amountRefund");
        Value::write(&self.points_revoked, writer, "pointsRevoked");
        Value::write(&self.points_restored, writer, "pointsRestored");
        Value::write(&self.debt, writer, "debt");
        Value::write(&self.lines, writer, "lines");
        Value::write(&self.balance, writer, "balance");
        Value::write(&self.slip_lines, writer, "slipLines");
    }
}

impl Headed for ReturnResult {
    fn set_head(&mut self, code: &str, message: String) {
        code.clone_into(&mut self.code);
        self.message = message;
    }
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

impl Fields for OperationResult {
    const NAME: &'static str = "OperationResult";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self {
            code: Value::read(reader, "code")?,
            message: Value::read(reader, "message")?,
            found: Value::read(reader, "found")?,
            operation: Value::read(reader, "operation")?,
            recorded_at: Value::read(reader, "recordedAt")?,
            answer: Value::read(reader, "answer")?,
        })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.code, writer, "code");
        Value::write(&self.message, writer, "message");
        Value::write(&self.found, writer, "found");
        Value::write(&self.operation, writer, "operation");
        Value::write(&self.recorded_at, writer, "recordedAt");
        Value::write(&self.answer, writer, "answer");
    }
}

impl Headed for OperationResult {
    fn set_head(&mut self, code: &str, message: String) {
        code.clone_into(&mut self.code);
        self.message = message;
    }
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

impl Fields for CancelOperationResult {
    const NAME: &'static str = "CancelOperationResult";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self {
            code: Value::read(reader, "code")?,
            message: Value::read(reader, "message")?,
            outcome: Value::read(reader, "outcome")?,
            receipt_id: Value::read(reader, "receiptId")?,
            reservation_id: Value::read(reader, "reservationId")?,
            points_revoked: Value::read(reader, "pointsRevoked")?,
            points_restored: Value::read(reader, "pointsRestored")?,
            balance: Value::read(reader, "balance")?,
        })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.code, writer, "code");
        Value::write(&self.message, writer, "message");
        Value::write(&self.outcome, writer, "outcome");
        Value::write(&self.receipt_id, writer, "receiptId");
        Value::write(&self.reservation_id, writer, "reservationId");
        Value::write(&self.points_revoked, writer, "pointsRevoked");
        Value::write(&self.points_restored, writer, "pointsRestored");
        Value::write(&self.balance, writer, "balance");
    }
}

impl Headed for CancelOperationResult {
    fn set_head(&mut self, code: &str, message: String) {
        code.clone_into(&mut self.code);
        self.message = message;
    }
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

impl Fields for ReturnWithoutReceipt {
    const NAME: &'static str = "ReturnWithoutReceipt";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self {
            store: Value::read(reader, "store")?,
            till: Value::read(reader, "till")?,
            shift: Value::read(reader, "shift")?,
            number: Value::read(reader, "number")?,
            at: Value::read(reader, "at")?,
            identifier: Value::read(reader, "identifier")?,
            reason: Value::read(reader, "reason")?,
            lines: Value::read(reader, "lines")?,
            fiscal: Value::read(reader, "fiscal")?,
        })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.store, writer, "store");
        Value::write(&self.till, writer, "till");
        Value::write(&self.shift, writer, "shift");
        Value::write(&self.number, writer, "number");
        Value::write(&self.at, writer, "at");
        Value::write(&self.identifier, writer, "identifier");
        Value::write(&self.reason, writer, "reason");
        Value::write(&self.lines, writer, "lines");
        Value::write(&self.fiscal, writer, "fiscal");
    }
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

impl Fields for ReturnWithoutReceiptResult {
    const NAME: &'static str = "ReturnWithoutReceiptResult";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self {
            code: Value::read(reader, "code")?,
            message: Value::read(reader, "message")?,
            return_id: Value::read(reader, "returnId")?,
            amount_refund: Value::read(reader, "amountRefund")?,
            points_revoked: Value::read(reader, "pointsRevoked")?,
            debt: Value::read(reader, "debt")?,
            balance: Value::read(reader, "balance")?,
        })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.code, writer, "code");
        Value::write(&self.message, writer, "message");
        Value::write(&self.return_id, writer, "returnId");
        Value::write(&self.amount_refund, writer, "amountRefund");
        Value::write(&self.points_revoked, writer, "pointsRevoked");
        Value::write(&self.debt, writer, "debt");
        Value::write(&self.balance, writer, "balance");
    }
}

impl Headed for ReturnWithoutReceiptResult {
    fn set_head(&mut self, code: &str, message: String) {
        code.clone_into(&mut self.code);
        self.message = message;
    }
}

/// `RegisteredLine` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct RegisteredLine {
    pub number: i32,
    #[yaserde(rename = "goodsCode")]
    pub goods_code: String,
    pub name: Option<String>,
    pub quantity: Thousandths,
    pub price: Hundredths,
    pub sum: Hundredths,
    #[yaserde(rename = "amountDue")]
    pub amount_due: Hundredths,
    #[yaserde(rename = "pointsAsMoney")]
    pub points_as_money: Hundredths,
    #[yaserde(rename = "pointsEarned")]
    pub points_earned: Hundredths,
    pub returned: Thousandths,
    pub left: Thousandths,
    pub weighed: Option<bool>,
    pub delivery: Option<bool>,
    #[yaserde(rename = "giftOf")]
    pub gift_of: Option<String>,
}

impl Fields for RegisteredLine {
    const NAME: &'static str = "RegisteredLine";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self {
            number: Value::read(reader, "number")?,
            goods_code: Value::read(reader, "goodsCode")?,
            name: Value::read(reader, "name")?,
            quantity: Value::read(reader, "quantity")?,
            price: Value::read(reader, "price")?,
            sum: Value::read(reader, "sum")?,
            amount_due: Value::read(reader, "amountDue")?,
            points_as_money: Value::read(reader, "pointsAsMoney")?,
            points_earned: Value::read(reader, "pointsEarned")?,
            returned: Value::read(reader, "returned")?,
            left: Value::read(reader, "left")?,
            weighed: Value::read(reader, "weighed")?,
            delivery: Value::read(reader, "delivery")?,
            gift_of: Value::read(reader, "giftOf")?,
        })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.number, writer, "number");
        Value::write(&self.goods_code, writer, "goodsCode");
        Value::write(&self.name, writer, "name");
        Value::write(&self.quantity, writer, "quantity");
        Value::write(&self.price, writer, "price");
        Value::write(&self.sum, writer, "sum");
        Value::write(&self.amount_due, writer, "amountDue");
        Value::write(&self.points_as_money, writer, "pointsAsMoney");
        Value::write(&self.points_earned, writer, "pointsEarned");
        Value::write(&self.returned, writer, "returned");
        Value::write(&self.left, writer, "left");
        Value::write(&self.weighed, writer, "weighed");
        Value::write(&self.delivery, writer, "delivery");
        Value::write(&self.gift_of, writer, "giftOf");
    }
}

/// `RegisteredLines` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct RegisteredLines {
    pub line: Vec<RegisteredLine>,
}

impl Fields for RegisteredLines {
    const NAME: &'static str = "RegisteredLines";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self { line: Value::read(reader, "line")? })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.line, writer, "line");
    }
}

/// `RegisteredReceipt` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct RegisteredReceipt {
    #[yaserde(rename = "receiptId")]
    pub receipt_id: String,
    pub state: String,
    pub store: String,
    pub till: String,
    pub shift: Option<String>,
    pub number: String,
    pub at: DateTime,
    #[yaserde(rename = "recordedAt")]
    pub recorded_at: DateTime,
    pub channel: String,
    pub customer: Option<Customer>,
    #[yaserde(rename = "cardNumber")]
    pub card_number: Option<String>,
    #[yaserde(rename = "amountDue")]
    pub amount_due: Hundredths,
    #[yaserde(rename = "discountTotal")]
    pub discount_total: Hundredths,
    #[yaserde(rename = "pointsSpent")]
    pub points_spent: Hundredths,
    #[yaserde(rename = "pointsEarned")]
    pub points_earned: Hundredths,
    pub lines: RegisteredLines,
}

impl Fields for RegisteredReceipt {
    const NAME: &'static str = "RegisteredReceipt";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self {
            receipt_id: Value::read(reader, "receiptId")?,
            state: Value::read(reader, "state")?,
            store: Value::read(reader, "store")?,
            till: Value::read(reader, "till")?,
            shift: Value::read(reader, "shift")?,
            number: Value::read(reader, "number")?,
            at: Value::read(reader, "at")?,
            recorded_at: Value::read(reader, "recordedAt")?,
            channel: Value::read(reader, "channel")?,
            customer: Value::read(reader, "customer")?,
            card_number: Value::read(reader, "cardNumber")?,
            amount_due: Value::read(reader, "amountDue")?,
            discount_total: Value::read(reader, "discountTotal")?,
            points_spent: Value::read(reader, "pointsSpent")?,
            points_earned: Value::read(reader, "pointsEarned")?,
            lines: Value::read(reader, "lines")?,
        })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.receipt_id, writer, "receiptId");
        Value::write(&self.state, writer, "state");
        Value::write(&self.store, writer, "store");
        Value::write(&self.till, writer, "till");
        Value::write(&self.shift, writer, "shift");
        Value::write(&self.number, writer, "number");
        Value::write(&self.at, writer, "at");
        Value::write(&self.recorded_at, writer, "recordedAt");
        Value::write(&self.channel, writer, "channel");
        Value::write(&self.customer, writer, "customer");
        Value::write(&self.card_number, writer, "cardNumber");
        Value::write(&self.amount_due, writer, "amountDue");
        Value::write(&self.discount_total, writer, "discountTotal");
        Value::write(&self.points_spent, writer, "pointsSpent");
        Value::write(&self.points_earned, writer, "pointsEarned");
        Value::write(&self.lines, writer, "lines");
    }
}

/// `RegisteredReceiptResult` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct RegisteredReceiptResult {
    pub code: String,
    pub message: String,
    pub receipt: Option<RegisteredReceipt>,
}

impl Fields for RegisteredReceiptResult {
    const NAME: &'static str = "RegisteredReceiptResult";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self {
            code: Value::read(reader, "code")?,
            message: Value::read(reader, "message")?,
            receipt: Value::read(reader, "receipt")?,
        })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.code, writer, "code");
        Value::write(&self.message, writer, "message");
        Value::write(&self.receipt, writer, "receipt");
    }
}

impl Headed for RegisteredReceiptResult {
    fn set_head(&mut self, code: &str, message: String) {
        code.clone_into(&mut self.code);
        self.message = message;
    }
}

/// `FiscalResult` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct FiscalResult {
    pub code: String,
    pub message: String,
    #[yaserde(rename = "documentId")]
    pub document_id: Option<String>,
    pub fiscal: Option<Fiscal>,
}

impl Fields for FiscalResult {
    const NAME: &'static str = "FiscalResult";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self {
            code: Value::read(reader, "code")?,
            message: Value::read(reader, "message")?,
            document_id: Value::read(reader, "documentId")?,
            fiscal: Value::read(reader, "fiscal")?,
        })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.code, writer, "code");
        Value::write(&self.message, writer, "message");
        Value::write(&self.document_id, writer, "documentId");
        Value::write(&self.fiscal, writer, "fiscal");
    }
}

impl Headed for FiscalResult {
    fn set_head(&mut self, code: &str, message: String) {
        code.clone_into(&mut self.code);
        self.message = message;
    }
}

/// `ReceiptClaim` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct ReceiptClaim {
    pub identifier: String,
    #[yaserde(rename = "receiptId")]
    pub receipt_id: Option<String>,
    pub original: Option<ReceiptReference>,
    pub fiscal: Option<Fiscal>,
}

impl Fields for ReceiptClaim {
    const NAME: &'static str = "ReceiptClaim";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self {
            identifier: Value::read(reader, "identifier")?,
            receipt_id: Value::read(reader, "receiptId")?,
            original: Value::read(reader, "original")?,
            fiscal: Value::read(reader, "fiscal")?,
        })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.identifier, writer, "identifier");
        Value::write(&self.receipt_id, writer, "receiptId");
        Value::write(&self.original, writer, "original");
        Value::write(&self.fiscal, writer, "fiscal");
    }
}

/// `ClaimResult` of the WSDL.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct ClaimResult {
    pub code: String,
    pub message: String,
    #[yaserde(rename = "receiptId")]
    pub receipt_id: Option<String>,
    #[yaserde(rename = "pointsEarned")]
    pub points_earned: Option<Hundredths>,
    pub balance: Option<Balance>,
    #[yaserde(rename = "slipLines")]
    pub slip_lines: Texts,
}

impl Fields for ClaimResult {
    const NAME: &'static str = "ClaimResult";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self {
            code: Value::read(reader, "code")?,
            message: Value::read(reader, "message")?,
            receipt_id: Value::read(reader, "receiptId")?,
            points_earned: Value::read(reader, "pointsEarned")?,
            balance: Value::read(reader, "balance")?,
            slip_lines: Value::read(reader, "slipLines")?,
        })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.code, writer, "code");
        Value::write(&self.message, writer, "message");
        Value::write(&self.receipt_id, writer, "receiptId");
        Value::write(&self.points_earned, writer, "pointsEarned");
        Value::write(&self.balance, writer, "balance");
        Value::write(&self.slip_lines, writer, "slipLines");
    }
}

impl Headed for ClaimResult {
    fn set_head(&mut self, code: &str, message: String) {
        code.clone_into(&mut self.code);
        self.message = message;
    }
}

/// Arguments of `Ping`.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct Ping {}

impl Fields for Ping {
    const NAME: &'static str = "Ping";

    fn read_fields(_: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self {})
    }

    fn write_fields(&self, _: &mut Writer) {}
}

/// Arguments of `GetVersions`.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct GetVersions {}

impl Fields for GetVersions {
    const NAME: &'static str = "GetVersions";

    fn read_fields(_: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self {})
    }

    fn write_fields(&self, _: &mut Writer) {}
}

/// Arguments of `WhoAmI`.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct WhoAmI {}

impl Fields for WhoAmI {
    const NAME: &'static str = "WhoAmI";

    fn read_fields(_: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self {})
    }

    fn write_fields(&self, _: &mut Writer) {}
}

/// Arguments of `FindCustomer`.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct FindCustomer {
    pub identifier: String,
}

impl Fields for FindCustomer {
    const NAME: &'static str = "FindCustomer";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self { identifier: Value::read(reader, "identifier")? })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.identifier, writer, "identifier");
    }
}

/// Arguments of `RegisterCustomer`.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct RegisterCustomer {
    pub context: Context,
    pub registration: Registration,
}

impl Fields for RegisterCustomer {
    const NAME: &'static str = "RegisterCustomer";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self { context: Value::read(reader, "context")?, registration: Value::read(reader, "registration")? })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.context, writer, "context");
        Value::write(&self.registration, writer, "registration");
    }
}

impl Keyed for RegisterCustomer {
    fn operation_key(&self) -> &str {
        &self.context.operation_key
    }
}

/// Arguments of `IssueCard`.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct IssueCard {
    pub context: Context,
    #[yaserde(rename = "cardNumber")]
    pub card_number: String,
    pub identifier: String,
}

impl Fields for IssueCard {
    const NAME: &'static str = "IssueCard";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self {
            context: Value::read(reader, "context")?,
            card_number: Value::read(reader, "cardNumber")?,
            identifier: Value::read(reader, "identifier")?,
        })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.context, writer, "context");
        Value::write(&self.card_number, writer, "cardNumber");
        Value::write(&self.identifier, writer, "identifier");
    }
}

impl Keyed for IssueCard {
    fn operation_key(&self) -> &str {
        &self.context.operation_key
    }
}

/// Arguments of `ActivateCard`.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct ActivateCard {
    pub context: Context,
    #[yaserde(rename = "cardNumber")]
    pub card_number: String,
}

impl Fields for ActivateCard {
    const NAME: &'static str = "ActivateCard";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self { context: Value::read(reader, "context")?, card_number: Value::read(reader, "cardNumber")? })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.context, writer, "context");
        Value::write(&self.card_number, writer, "cardNumber");
    }
}

impl Keyed for ActivateCard {
    fn operation_key(&self) -> &str {
        &self.context.operation_key
    }
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

impl Fields for ReplaceCard {
    const NAME: &'static str = "ReplaceCard";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self {
            context: Value::read(reader, "context")?,
            card_number: Value::read(reader, "cardNumber")?,
            new_card_number: Value::read(reader, "newCardNumber")?,
            reason: Value::read(reader, "reason")?,
        })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.context, writer, "context");
        Value::write(&self.card_number, writer, "cardNumber");
        Value::write(&self.new_card_number, writer, "newCardNumber");
        Value::write(&self.reason, writer, "reason");
    }
}

impl Keyed for ReplaceCard {
    fn operation_key(&self) -> &str {
        &self.context.operation_key
    }
}

/// Arguments of `BlockCard`.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct BlockCard {
    pub context: Context,
    #[yaserde(rename = "cardNumber")]
    pub card_number: String,
    pub reason: String,
}

impl Fields for BlockCard {
    const NAME: &'static str = "BlockCard";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self {
            context: Value::read(reader, "context")?,
            card_number: Value::read(reader, "cardNumber")?,
            reason: Value::read(reader, "reason")?,
        })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.context, writer, "context");
        Value::write(&self.card_number, writer, "cardNumber");
        Value::write(&self.reason, writer, "reason");
    }
}

impl Keyed for BlockCard {
    fn operation_key(&self) -> &str {
        &self.context.operation_key
    }
}

/// Arguments of `UnblockCard`.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct UnblockCard {
    pub context: Context,
    #[yaserde(rename = "cardNumber")]
    pub card_number: String,
    pub reason: String,
}

impl Fields for UnblockCard {
    const NAME: &'static str = "UnblockCard";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self {
            context: Value::read(reader, "context")?,
            card_number: Value::read(reader, "cardNumber")?,
            reason: Value::read(reader, "reason")?,
        })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.context, writer, "context");
        Value::write(&self.card_number, writer, "cardNumber");
        Value::write(&self.reason, writer, "reason");
    }
}

impl Keyed for UnblockCard {
    fn operation_key(&self) -> &str {
        &self.context.operation_key
    }
}

/// Arguments of `CloseCard`.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct CloseCard {
    pub context: Context,
    #[yaserde(rename = "cardNumber")]
    pub card_number: String,
    pub reason: String,
}

impl Fields for CloseCard {
    const NAME: &'static str = "CloseCard";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self {
            context: Value::read(reader, "context")?,
            card_number: Value::read(reader, "cardNumber")?,
            reason: Value::read(reader, "reason")?,
        })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.context, writer, "context");
        Value::write(&self.card_number, writer, "cardNumber");
        Value::write(&self.reason, writer, "reason");
    }
}

impl Keyed for CloseCard {
    fn operation_key(&self) -> &str {
        &self.context.operation_key
    }
}

/// Arguments of `GetBalance`.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct GetBalance {
    pub identifier: String,
}

impl Fields for GetBalance {
    const NAME: &'static str = "GetBalance";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self { identifier: Value::read(reader, "identifier")? })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.identifier, writer, "identifier");
    }
}

/// Arguments of `GetStatement`.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct GetStatement {
    pub identifier: String,
    pub from: Date,
    pub to: Date,
    pub cursor: String,
}

impl Fields for GetStatement {
    const NAME: &'static str = "GetStatement";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self {
            identifier: Value::read(reader, "identifier")?,
            from: Value::read(reader, "from")?,
            to: Value::read(reader, "to")?,
            cursor: Value::read(reader, "cursor")?,
        })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.identifier, writer, "identifier");
        Value::write(&self.from, writer, "from");
        Value::write(&self.to, writer, "to");
        Value::write(&self.cursor, writer, "cursor");
    }
}

/// Arguments of `GetQuestionnaire`.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct GetQuestionnaire {
    pub identifier: String,
}

impl Fields for GetQuestionnaire {
    const NAME: &'static str = "GetQuestionnaire";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self { identifier: Value::read(reader, "identifier")? })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.identifier, writer, "identifier");
    }
}

/// Arguments of `SaveQuestionnaire`.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct SaveQuestionnaire {
    pub context: Context,
    pub identifier: String,
    pub questionnaire: Questionnaire,
}

impl Fields for SaveQuestionnaire {
    const NAME: &'static str = "SaveQuestionnaire";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self {
            context: Value::read(reader, "context")?,
            identifier: Value::read(reader, "identifier")?,
            questionnaire: Value::read(reader, "questionnaire")?,
        })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.context, writer, "context");
        Value::write(&self.identifier, writer, "identifier");
        Value::write(&self.questionnaire, writer, "questionnaire");
    }
}

impl Keyed for SaveQuestionnaire {
    fn operation_key(&self) -> &str {
        &self.context.operation_key
    }
}

/// Arguments of `GiveConsent`.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct GiveConsent {
    pub context: Context,
    pub identifier: String,
    pub consent: Consent,
}

impl Fields for GiveConsent {
    const NAME: &'static str = "GiveConsent";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self {
            context: Value::read(reader, "context")?,
            identifier: Value::read(reader, "identifier")?,
            consent: Value::read(reader, "consent")?,
        })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.context, writer, "context");
        Value::write(&self.identifier, writer, "identifier");
        Value::write(&self.consent, writer, "consent");
    }
}

impl Keyed for GiveConsent {
    fn operation_key(&self) -> &str {
        &self.context.operation_key
    }
}

/// Arguments of `WithdrawConsent`.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct WithdrawConsent {
    pub context: Context,
    pub identifier: String,
    pub purpose: String,
    pub channel: String,
}

impl Fields for WithdrawConsent {
    const NAME: &'static str = "WithdrawConsent";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self {
            context: Value::read(reader, "context")?,
            identifier: Value::read(reader, "identifier")?,
            purpose: Value::read(reader, "purpose")?,
            channel: Value::read(reader, "channel")?,
        })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.context, writer, "context");
        Value::write(&self.identifier, writer, "identifier");
        Value::write(&self.purpose, writer, "purpose");
        Value::write(&self.channel, writer, "channel");
    }
}

impl Keyed for WithdrawConsent {
    fn operation_key(&self) -> &str {
        &self.context.operation_key
    }
}

/// Arguments of `SendPhoneCode`.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct SendPhoneCode {
    pub context: Context,
    pub phone: String,
    #[yaserde(rename = "cardNumber")]
    pub card_number: Option<String>,
}

impl Fields for SendPhoneCode {
    const NAME: &'static str = "SendPhoneCode";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self {
            context: Value::read(reader, "context")?,
            phone: Value::read(reader, "phone")?,
            card_number: Value::read(reader, "cardNumber")?,
        })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.context, writer, "context");
        Value::write(&self.phone, writer, "phone");
        Value::write(&self.card_number, writer, "cardNumber");
    }
}

impl Keyed for SendPhoneCode {
    fn operation_key(&self) -> &str {
        &self.context.operation_key
    }
}

/// Arguments of `VerifyPhone`.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct VerifyPhone {
    pub context: Context,
    pub phone: String,
    #[yaserde(rename = "confirmationCode")]
    pub confirmation_code: Secret,
    #[yaserde(rename = "cardNumber")]
    pub card_number: Option<String>,
}

impl Fields for VerifyPhone {
    const NAME: &'static str = "VerifyPhone";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self {
            context: Value::read(reader, "context")?,
            phone: Value::read(reader, "phone")?,
            confirmation_code: Value::read(reader, "confirmationCode")?,
            card_number: Value::read(reader, "cardNumber")?,
        })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.context, writer, "context");
        Value::write(&self.phone, writer, "phone");
        Value::write(&self.confirmation_code, writer, "confirmationCode");
        Value::write(&self.card_number, writer, "cardNumber");
    }
}

impl Keyed for VerifyPhone {
    fn operation_key(&self) -> &str {
        &self.context.operation_key
    }
}

/// Arguments of `QuoteReceipt`.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct QuoteReceipt {
    pub receipt: Receipt,
    #[yaserde(rename = "pointsWanted")]
    pub points_wanted: Hundredths,
}

impl Fields for QuoteReceipt {
    const NAME: &'static str = "QuoteReceipt";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self { receipt: Value::read(reader, "receipt")?, points_wanted: Value::read(reader, "pointsWanted")? })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.receipt, writer, "receipt");
        Value::write(&self.points_wanted, writer, "pointsWanted");
    }
}

/// Arguments of `ReservePoints`.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct ReservePoints {
    pub context: Context,
    pub receipt: Receipt,
    pub points: Hundredths,
}

impl Fields for ReservePoints {
    const NAME: &'static str = "ReservePoints";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self {
            context: Value::read(reader, "context")?,
            receipt: Value::read(reader, "receipt")?,
            points: Value::read(reader, "points")?,
        })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.context, writer, "context");
        Value::write(&self.receipt, writer, "receipt");
        Value::write(&self.points, writer, "points");
    }
}

impl Keyed for ReservePoints {
    fn operation_key(&self) -> &str {
        &self.context.operation_key
    }
}

/// Arguments of `ConfirmReservation`.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct ConfirmReservation {
    pub context: Context,
    #[yaserde(rename = "reservationId")]
    pub reservation_id: String,
    #[yaserde(rename = "confirmationCode")]
    pub confirmation_code: Secret,
}

impl Fields for ConfirmReservation {
    const NAME: &'static str = "ConfirmReservation";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self {
            context: Value::read(reader, "context")?,
            reservation_id: Value::read(reader, "reservationId")?,
            confirmation_code: Value::read(reader, "confirmationCode")?,
        })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.context, writer, "context");
        Value::write(&self.reservation_id, writer, "reservationId");
        Value::write(&self.confirmation_code, writer, "confirmationCode");
    }
}

impl Keyed for ConfirmReservation {
    fn operation_key(&self) -> &str {
        &self.context.operation_key
    }
}

/// Arguments of `ResendCode`.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct ResendCode {
    pub context: Context,
    #[yaserde(rename = "reservationId")]
    pub reservation_id: String,
}

impl Fields for ResendCode {
    const NAME: &'static str = "ResendCode";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self { context: Value::read(reader, "context")?, reservation_id: Value::read(reader, "reservationId")? })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.context, writer, "context");
        Value::write(&self.reservation_id, writer, "reservationId");
    }
}

impl Keyed for ResendCode {
    fn operation_key(&self) -> &str {
        &self.context.operation_key
    }
}

/// Arguments of `ReleaseReservation`.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct ReleaseReservation {
    pub context: Context,
    #[yaserde(rename = "reservationId")]
    pub reservation_id: String,
    pub reason: String,
}

impl Fields for ReleaseReservation {
    const NAME: &'static str = "ReleaseReservation";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self {
            context: Value::read(reader, "context")?,
            reservation_id: Value::read(reader, "reservationId")?,
            reason: Value::read(reader, "reason")?,
        })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.context, writer, "context");
        Value::write(&self.reservation_id, writer, "reservationId");
        Value::write(&self.reason, writer, "reason");
    }
}

impl Keyed for ReleaseReservation {
    fn operation_key(&self) -> &str {
        &self.context.operation_key
    }
}

/// Arguments of `GetReservation`.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct GetReservation {
    #[yaserde(rename = "reservationId")]
    pub reservation_id: String,
}

impl Fields for GetReservation {
    const NAME: &'static str = "GetReservation";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self { reservation_id: Value::read(reader, "reservationId")? })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.reservation_id, writer, "reservationId");
    }
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

impl Fields for RegisterReceipt {
    const NAME: &'static str = "RegisterReceipt";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self {
            context: Value::read(reader, "context")?,
            receipt: Value::read(reader, "receipt")?,
            reservation_id: Value::read(reader, "reservationId")?,
            points_to_spend: Value::read(reader, "pointsToSpend")?,
        })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.context, writer, "context");
        Value::write(&self.receipt, writer, "receipt");
        Value::write(&self.reservation_id, writer, "reservationId");
        Value::write(&self.points_to_spend, writer, "pointsToSpend");
    }
}

impl Keyed for RegisterReceipt {
    fn operation_key(&self) -> &str {
        &self.context.operation_key
    }
}

/// Arguments of `CancelReceipt`.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct CancelReceipt {
    pub context: Context,
    #[yaserde(rename = "receiptId")]
    pub receipt_id: String,
    pub reason: String,
}

impl Fields for CancelReceipt {
    const NAME: &'static str = "CancelReceipt";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self {
            context: Value::read(reader, "context")?,
            receipt_id: Value::read(reader, "receiptId")?,
            reason: Value::read(reader, "reason")?,
        })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.context, writer, "context");
        Value::write(&self.receipt_id, writer, "receiptId");
        Value::write(&self.reason, writer, "reason");
    }
}

impl Keyed for CancelReceipt {
    fn operation_key(&self) -> &str {
        &self.context.operation_key
    }
}

/// Arguments of `QuoteReturn`.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct QuoteReturn {
    #[yaserde(rename = "returnReceipt")]
    pub return_receipt: ReturnReceipt,
}

impl Fields for QuoteReturn {
    const NAME: &'static str = "QuoteReturn";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self { return_receipt: Value::read(reader, "returnReceipt")? })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.return_receipt, writer, "returnReceipt");
    }
}

/// Arguments of `RegisterReturn`.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct RegisterReturn {
    pub context: Context,
    #[yaserde(rename = "returnReceipt")]
    pub return_receipt: ReturnReceipt,
}

impl Fields for RegisterReturn {
    const NAME: &'static str = "RegisterReturn";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self { context: Value::read(reader, "context")?, return_receipt: Value::read(reader, "returnReceipt")? })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.context, writer, "context");
        Value::write(&self.return_receipt, writer, "returnReceipt");
    }
}

impl Keyed for RegisterReturn {
    fn operation_key(&self) -> &str {
        &self.context.operation_key
    }
}

/// Arguments of `GetOperation`.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct GetOperation {
    #[yaserde(rename = "operationKey")]
    pub operation_key: String,
}

impl Fields for GetOperation {
    const NAME: &'static str = "GetOperation";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self { operation_key: Value::read(reader, "operationKey")? })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.operation_key, writer, "operationKey");
    }
}

/// Arguments of `CancelOperation`.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct CancelOperation {
    pub context: Context,
    #[yaserde(rename = "cancelledKey")]
    pub cancelled_key: String,
    pub reason: String,
}

impl Fields for CancelOperation {
    const NAME: &'static str = "CancelOperation";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self {
            context: Value::read(reader, "context")?,
            cancelled_key: Value::read(reader, "cancelledKey")?,
            reason: Value::read(reader, "reason")?,
        })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.context, writer, "context");
        Value::write(&self.cancelled_key, writer, "cancelledKey");
        Value::write(&self.reason, writer, "reason");
    }
}

impl Keyed for CancelOperation {
    fn operation_key(&self) -> &str {
        &self.context.operation_key
    }
}

/// Arguments of `RegisterReturnWithoutReceipt`.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct RegisterReturnWithoutReceipt {
    pub context: Context,
    #[yaserde(rename = "goodsReturn")]
    pub goods_return: ReturnWithoutReceipt,
}

impl Fields for RegisterReturnWithoutReceipt {
    const NAME: &'static str = "RegisterReturnWithoutReceipt";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self { context: Value::read(reader, "context")?, goods_return: Value::read(reader, "goodsReturn")? })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.context, writer, "context");
        Value::write(&self.goods_return, writer, "goodsReturn");
    }
}

impl Keyed for RegisterReturnWithoutReceipt {
    fn operation_key(&self) -> &str {
        &self.context.operation_key
    }
}

/// Arguments of `GetReceipt`.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct GetReceipt {
    #[yaserde(rename = "receiptId")]
    pub receipt_id: String,
    pub original: Option<ReceiptReference>,
}

impl Fields for GetReceipt {
    const NAME: &'static str = "GetReceipt";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self { receipt_id: Value::read(reader, "receiptId")?, original: Value::read(reader, "original")? })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.receipt_id, writer, "receiptId");
        Value::write(&self.original, writer, "original");
    }
}

/// Arguments of `AttachFiscal`.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct AttachFiscal {
    pub context: Context,
    #[yaserde(rename = "documentId")]
    pub document_id: String,
    pub fiscal: Fiscal,
}

impl Fields for AttachFiscal {
    const NAME: &'static str = "AttachFiscal";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self {
            context: Value::read(reader, "context")?,
            document_id: Value::read(reader, "documentId")?,
            fiscal: Value::read(reader, "fiscal")?,
        })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.context, writer, "context");
        Value::write(&self.document_id, writer, "documentId");
        Value::write(&self.fiscal, writer, "fiscal");
    }
}

impl Keyed for AttachFiscal {
    fn operation_key(&self) -> &str {
        &self.context.operation_key
    }
}

/// Arguments of `ClaimReceipt`.
#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]
pub struct ClaimReceipt {
    pub context: Context,
    pub claim: ReceiptClaim,
}

impl Fields for ClaimReceipt {
    const NAME: &'static str = "ClaimReceipt";

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        Ok(Self { context: Value::read(reader, "context")?, claim: Value::read(reader, "claim")? })
    }

    fn write_fields(&self, writer: &mut Writer) {
        Value::write(&self.context, writer, "context");
        Value::write(&self.claim, writer, "claim");
    }
}

impl Keyed for ClaimReceipt {
    fn operation_key(&self) -> &str {
        &self.context.operation_key
    }
}
