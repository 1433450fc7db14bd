//! The data that commands need, named before anything is loaded.

use std::collections::{BTreeSet, HashSet};

use crate::{
    domain::{
        fiscal::FiscalKey,
        ids::{CaseId, CustomerId, PartnerId, ReceiptId, ReservationId, ReturnId, TillId},
        phone::{Identifier, Phone},
        till_document::ReceiptKey,
    },
    working_set::StatementPage,
};

/// Declares what can be requested: a field, the method that adds one, and the method that reads all. `cards_alone`
/// checks that nothing else but card numbers is requested, since cards alone are read by one statement.
macro_rules! touches {
    ($($(#[$meta:meta])* $one:ident, $all:ident: $set:ident<$item:ty>;)+) => {
        /// The data that commands need. Duplicates have no cost.
        #[derive(Debug, Default)]
        pub struct Touches {
            card_numbers: BTreeSet<String>,
            $($all: $set<$item>,)+
            statements: Vec<StatementPage>,
            parts: BTreeSet<Part>,
            due: Option<i64>,
        }

        impl Touches {
            /// The card numbers, if only these cards, their accounts and live lots are needed.
            #[must_use]
            pub fn cards_alone(&self) -> Option<&BTreeSet<String>> {
                let Self { card_numbers, $($all,)+ statements, parts, due } = self;
                let is_alone = $($all.is_empty() &&)+ statements.is_empty() && parts.is_empty() && due.is_none();
                (is_alone && !card_numbers.is_empty()).then_some(card_numbers)
            }

            $(
                $(#[$meta])*
                pub fn $one(&mut self, item: $item) {
                    self.$all.insert(item);
                }

                $(#[$meta])*
                #[must_use]
                pub const fn $all(&self) -> &$set<$item> {
                    &self.$all
                }
            )+
        }
    };
}

touches! {
    /// Customers by phone.
    phone, phones: HashSet<Phone>;
    /// Customers by id.
    customer, customers: BTreeSet<CustomerId>;
    /// Cards by the name that another system knew them by.
    source, sources: BTreeSet<String>;
    /// Holds.
    reservation, reservations: BTreeSet<ReservationId>;
    /// Sales by id.
    receipt, receipts: BTreeSet<ReceiptId>;
    /// Sales by the till's key.
    receipt_key, receipt_keys: BTreeSet<ReceiptKey>;
    /// Keys of returns.
    return_key, return_keys: BTreeSet<ReceiptKey>;
    /// Returns by id, with a receipt or without.
    returned, returned_ids: BTreeSet<ReturnId>;
    /// Cases.
    case, cases: BTreeSet<CaseId>;
    /// Fiscal documents, with the sales that have them.
    fiscal, fiscals: BTreeSet<FiscalKey>;
    /// Stored answers, by partner and operation key.
    operation, operations: BTreeSet<(PartnerId, String)>;
    /// Tills whose codes of the last 24 hours are counted.
    code_till, code_tills: BTreeSet<TillId>;
    /// Operations to cancel; their objects are loaded with them.
    cancelled, cancelled_operations: BTreeSet<(PartnerId, String)>;
}

/// More data of the touched accounts, beside their live lots and open holds. Each part includes the accounts' customers
/// and all their cards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The customers and all their cards.
    Holders,
    /// Codes of the customers and of touched holds.
    Codes,
    /// Consents of the customers.
    Consents,
    /// Every lot, spent ones too.
    AllLots,
}

impl Touches {
    /// A card, its account and live lots.
    pub fn card_number(&mut self, number: impl Into<String>) {
        self.card_numbers.insert(number.into());
    }

    /// Cards by number.
    #[must_use]
    pub const fn card_numbers(&self) -> &BTreeSet<String> {
        &self.card_numbers
    }

    /// A page of a statement.
    pub fn statement(&mut self, page: StatementPage) {
        self.statements.push(page);
    }

    /// Pages of statements.
    #[must_use]
    pub fn statements(&self) -> &[StatementPage] {
        &self.statements
    }

    /// Requests a part of the touched accounts.
    pub fn want(&mut self, part: Part) {
        self.parts.insert(part);
    }

    /// Whether a part is requested.
    #[must_use]
    pub fn wants(&self, part: Part) -> bool {
        self.parts.contains(&part)
    }

    /// Whether the customers of touched accounts and all their cards are needed.
    #[must_use]
    pub fn wants_holders(&self) -> bool {
        !self.parts.is_empty()
    }

    /// Requests at most this many accounts with due lots or holds.
    pub const fn accounts_due(&mut self, accounts_max: i64) {
        self.due = Some(accounts_max);
    }

    /// How many due accounts are requested.
    #[must_use]
    pub const fn due(&self) -> Option<i64> {
        self.due
    }

    /// The account of an identifier. By a card's number it is found without its customer and other cards, which the
    /// most frequent operations do not need.
    pub fn account(&mut self, identifier: &Identifier) {
        match identifier {
            Identifier::Card(number) => self.card_number(number),
            Identifier::Phone(_) | Identifier::Either { .. } => self.identifier(identifier),
        }
    }

    /// The account of an identifier, its customer and all its cards.
    pub fn identifier(&mut self, identifier: &Identifier) {
        self.want(Part::Holders);
        match identifier {
            Identifier::Card(number) => self.card_number(number),
            Identifier::Phone(phone) => self.phone(phone.clone()),
            Identifier::Either { card, phone } => {
                self.card_number(card);
                self.phone(phone.clone());
            }
        }
    }
}
