//! Rows that a batch only adds: changes of cards, accounts and reference data, merges, messages to send.

use std::collections::HashMap;

use crate::{
    domain::{
        account::AccountState,
        card::CardState,
        fiscal::Fiscal,
        ids::{AccountId, CardId, CredentialId, CustomerId, MessageId, ProgrammeId, ReturnId, StoreId, TillId},
        moment::Moment,
        phone::Phone,
        programme::Rules,
        reference::{Credential, Network, Partner, Store, Till},
    },
    secret::Secret,
};

/// A state change of an account.
#[derive(Debug, Clone)]
pub struct AccountChange {
    /// The account.
    pub account: AccountId,
    /// The new state.
    pub state: AccountState,
    /// The account that it was merged into.
    pub merged_into: Option<AccountId>,
    /// The reason.
    pub reason: String,
    /// The time.
    pub occurred_at: Moment,
    /// The login.
    pub credential: CredentialId,
    /// The employee or cashier.
    pub employee: Option<String>,
}

/// A merge of accounts: references to `from` must be rewritten to `into`.
#[derive(Debug, Clone, Copy)]
pub struct Merge {
    /// The closed account.
    pub from: AccountId,
    /// The remaining account.
    pub into: AccountId,
    /// The customer of the closed account.
    pub from_customer: CustomerId,
    /// The customer of the remaining account.
    pub into_customer: CustomerId,
    /// The shift of the lots' numbers.
    pub lots_shift: i64,
}

/// A state change of a card.
#[derive(Debug, Clone)]
pub struct CardChange {
    /// The card.
    pub card: CardId,
    /// The new state.
    pub state: CardState,
    /// The reason.
    pub reason: Option<String>,
    /// The time.
    pub occurred_at: Moment,
    /// The login.
    pub credential: CredentialId,
    /// The store.
    pub store: Option<StoreId>,
    /// The till.
    pub till: Option<TillId>,
    /// The employee or cashier.
    pub cashier: Option<String>,
}

/// A return that is there already, as far as its fiscal document needs it.
#[derive(Debug, Clone)]
pub struct KnownReturn {
    /// Whether it is one without a receipt.
    pub is_free: bool,
    /// Its store.
    pub store: StoreId,
    /// Its fiscal document, if it has one.
    pub fiscal: Option<Fiscal>,
}

/// A fiscal document that was added to a return.
#[derive(Debug, Clone)]
pub struct AttachedFiscal {
    /// The return.
    pub id: ReturnId,
    /// Whether it is one without a receipt.
    pub is_free: bool,
    /// The document.
    pub fiscal: Fiscal,
}

/// A message to be sent after the commit.
#[derive(Debug, Clone)]
pub struct OutboundMessage {
    /// Identity; the provider's idempotency key.
    pub id: MessageId,
    /// Whom it concerns.
    pub customer: Option<CustomerId>,
    /// To whom.
    pub recipient: Phone,
    /// The text.
    pub text: Secret,
    /// After this moment it is useless.
    pub useless_after: Moment,
}

/// A change of reference data.
#[derive(Debug, Clone)]
pub enum ReferenceChange {
    /// A new version of a programme's rules, and of its name.
    Rules {
        /// The programme.
        programme: ProgrammeId,
        /// Its name.
        name: String,
        /// The version's number.
        version: i64,
        /// The version.
        rules: Box<Rules>,
    },
    /// A partner.
    Partner(Partner),
    /// A network.
    Network(Network),
    /// A store.
    Store(Store),
    /// A till.
    Till(Till),
    /// A login.
    Login(Box<Credential>),
}

/// A change of reference data, and who made it.
#[derive(Debug, Clone)]
pub struct RegistryChange {
    /// The login that made it, or `command line`.
    pub actor: String,
    /// The employee, as the caller says.
    pub employee: Option<String>,
    /// What.
    pub change: ReferenceChange,
}

/// How many codes were requested in the last 24 hours.
#[derive(Debug, Default)]
pub struct CodeCounts {
    /// For a phone.
    pub by_phone: HashMap<Phone, i64>,
    /// At a till.
    pub by_till: HashMap<TillId, i64>,
}
