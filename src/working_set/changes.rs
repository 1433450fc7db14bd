//! Rows that a batch only ever adds: changes of cards, accounts and reference data, merges, messages to send.

use std::collections::HashMap;

use crate::domain::{
    account::AccountState,
    card::CardState,
    ids::{AccountId, CardId, CredentialId, CustomerId, MessageId, ProgrammeId, StoreId, TillId},
    moment::Moment,
    phone::Phone,
    programme::Rules,
    reference::{Credential, Till},
};

/// One change in an account's life.
#[derive(Debug, Clone)]
pub struct AccountChange {
    /// Which account.
    pub account: AccountId,
    /// What became of it.
    pub state: AccountState,
    /// The account that it was merged into.
    pub merged_into: Option<AccountId>,
    /// Why.
    pub reason: String,
    /// When.
    pub occurred_at: Moment,
    /// By which login.
    pub credential: CredentialId,
    /// By whom.
    pub employee: Option<String>,
}

/// An account whose lots were taken over by another: references to `from` must be rewritten to `into`.
#[derive(Debug, Clone, Copy)]
pub struct Merge {
    /// The account that ended.
    pub from: AccountId,
    /// The account that took over.
    pub into: AccountId,
    /// Whose the one was.
    pub from_customer: CustomerId,
    /// Whose the other is.
    pub into_customer: CustomerId,
    /// What was added to the numbers of the lots.
    pub lots_shift: i64,
}

/// One change in a card's life.
#[derive(Debug, Clone)]
pub struct CardChange {
    /// Which card.
    pub card: CardId,
    /// What became of it.
    pub state: CardState,
    /// Why.
    pub reason: Option<String>,
    /// When.
    pub occurred_at: Moment,
    /// By which login.
    pub credential: CredentialId,
    /// In which store.
    pub store: Option<StoreId>,
    /// At which till.
    pub till: Option<TillId>,
    /// By whom.
    pub cashier: Option<String>,
}

/// A message to be sent after the commit.
#[derive(Debug, Clone)]
pub struct OutboundMessage {
    /// Identity; the provider's idempotency key.
    pub id: MessageId,
    /// To whom.
    pub recipient: Phone,
    /// What.
    pub text: zeroize::Zeroizing<String>,
    /// After this moment it is of no use.
    pub useless_after: Moment,
}

/// A change of who takes part.
#[derive(Debug, Clone)]
pub enum ReferenceChange {
    /// A new version of a programme's rules, and of its name.
    Rules {
        /// Which programme.
        programme: ProgrammeId,
        /// Its name.
        name: String,
        /// The version's number.
        version: i64,
        /// The version.
        rules: Box<Rules>,
    },
    /// A till.
    Till(Till),
    /// A login.
    Credential(Box<Credential>),
}

/// A change of who takes part, with who made it.
#[derive(Debug, Clone)]
pub struct RegistryChange {
    /// The login that made it, or `command line`.
    pub actor: String,
    /// Who that was, as the caller says.
    pub employee: Option<String>,
    /// What.
    pub change: ReferenceChange,
}

/// How many codes were asked for in the last 24 hours.
#[derive(Debug, Default)]
pub struct CodeCounts {
    /// For a phone.
    pub by_phone: HashMap<Phone, i64>,
    /// At a till.
    pub by_till: HashMap<TillId, i64>,
}
