//! The working set: everything that a batch of commands touches, in memory, with an undo for each command.
//!
//! A command names what it touches ([`Touches`]), and the store loads it for the whole batch. Commands are decided in
//! turn, each sees the changes of those before it, and the store writes all changes. A refused command is rolled back
//! here, so decisions need no cleanup. It is pure: no database, no clock, no randomness of its own.

mod chance;
mod changes;
pub mod command;
mod giving_back;
pub mod identify;
pub mod questions;
mod shelf;
mod statement;
mod stored_answer;
mod touches;

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use crate::{
    domain::{
        account::{Account, AccountState, Cause, Lot, MovementKind, POINTS_MAX, Step},
        card::Card,
        case::Case,
        code::{CodeState, ConfirmationCode, Purpose},
        consent::ConsentAct,
        customer::Customer,
        fiscal::{Fiscal, FiscalEntry, FiscalHolder, FiscalKey, ShownHolder},
        ids::{
            AccountId, CardId, CaseId, CodeId, CustomerId, NetworkId, PartnerId, ProgrammeId, ReceiptId, ReservationId,
            ReturnId, StoreId,
        },
        moment::Moment,
        money::Points,
        phone::Phone,
        reference::Reference,
        refusal::Refusal,
        reservation::Reservation,
        return_without_receipt::ReturnWithoutReceipt,
        returns::Return,
        sale::{Sale, SaleState},
        settings::Settings,
        till_document::ReceiptKey,
    },
    vault::Vault,
};

pub use self::chance::Chance;

pub use self::changes::{
    AccountChange, AttachedFiscal, CardChange, CodeCounts, KnownReturn, Merge, OutboundMessage, ReferenceChange,
    RegistryChange,
};

pub use self::giving_back::Undone;

pub use self::shelf::{Pile, Shelf};

pub use self::statement::{StatementLine, StatementPage};

pub use self::stored_answer::{StoredAnswer, Subject};

pub use self::touches::{Part, Touches};

/// Declares the working set: shelves (rows that change), piles (rows that are only added) and facts (read, never
/// written). The macro commits and undoes every shelf and pile, so none can be forgotten.
macro_rules! working_set {
    (
        shelves { $($(#[$shelf_meta:meta])* $shelf:ident: $key:ty => $row:ty,)+ }
        piles { $($(#[$pile_meta:meta])* $pile:ident: $item:ty,)+ }
        facts { $($(#[$fact_meta:meta])* $fact:ident: $fact_type:ty,)+ }
    ) => {
        /// Everything that a batch touches.
        #[derive(Debug)]
        pub struct WorkingSet {
            /// The server's time of this batch.
            pub now: Moment,
            /// The reference data.
            pub reference: Arc<Reference>,
            /// Keys.
            pub vault: Arc<Vault>,
            /// Limits.
            pub settings: Arc<Settings>,
            /// Where confirmation codes are drawn from.
            pub chance: Chance,
            $($(#[$shelf_meta])* pub $shelf: Shelf<$key, $row>,)+
            $($(#[$pile_meta])* pub $pile: Pile<$item>,)+
            $($(#[$fact_meta])* pub $fact: $fact_type,)+
            /// The customer whom the command that is being decided is about: by that one's key its answer is sealed. Of
            /// a merge the one who stays.
            pub concerned: Option<CustomerId>,
            next_id: i64,
        }

        /// Every shelf and pile. The store destructures it without «..», so none can be forgotten there either.
        #[derive(Debug, Clone, Copy)]
        pub struct Changes<'a> {
            $($(#[$shelf_meta])* pub $shelf: &'a Shelf<$key, $row>,)+
            $($(#[$pile_meta])* pub $pile: &'a Pile<$item>,)+
        }

        impl WorkingSet {
            /// An empty one. `next_id` is the first of a block of ids reserved for this batch.
            #[must_use]
            pub fn new(surroundings: Surroundings, next_id: i64) -> Self {
                let Surroundings { now, reference, vault, settings, chance } = surroundings;
                Self {
                    now,
                    reference,
                    vault,
                    settings,
                    chance,
                    $($shelf: Shelf::default(),)+
                    $($pile: Pile::default(),)+
                    $($fact: Default::default(),)+
                    concerned: None,
                    next_id,
                }
            }

            /// The batch's changes, for the store.
            #[must_use]
            pub const fn changes(&self) -> Changes<'_> {
                Changes { $($shelf: &self.$shelf,)+ $($pile: &self.$pile,)+ }
            }

            /// Commits the command's changes.
            pub fn keep(&mut self) {
                $(self.$shelf.keep();)+
                $(self.$pile.keep();)+
            }

            /// Undoes the command's changes.
            pub fn undo(&mut self) {
                $(self.$shelf.undo();)+
                $(self.$pile.undo();)+
            }
        }
    };
}

working_set! {
    shelves {
        /// Cards.
        cards: CardId => Card,
        /// Customers.
        customers: CustomerId => Customer,
        /// Accounts.
        accounts: AccountId => Account,
        /// Holds: open ones of touched accounts, and those asked for.
        reservations: ReservationId => Reservation,
        /// Codes: the latest of each touched customer and hold.
        codes: CodeId => ConfirmationCode,
        /// Sales.
        receipts: ReceiptId => Sale,
        /// The register of fiscal documents: who had each last. What is written is `entered`.
        fiscals: FiscalKey => FiscalEntry,
        /// Cases.
        cases: CaseId => Case,
        /// Stored answers.
        operations: (PartnerId, String) => StoredAnswer,
    }
    piles {
        /// Returns of this batch.
        returns: Return,
        /// Returns without a receipt of this batch.
        returns_without_receipt: ReturnWithoutReceipt,
        /// Entries of the register of fiscal documents of this batch: one document may have several.
        entered: FiscalEntry,
        /// Fiscal documents that were added to returns in this batch.
        attached: AttachedFiscal,
        /// Consents and withdrawals of this batch, with their ids.
        new_consents: (i64, ConsentAct),
        /// Changes of cards of this batch, with their ids.
        card_changes: (i64, CardChange),
        /// Changes of accounts of this batch, with their ids.
        account_changes: (i64, AccountChange),
        /// Accounts merged in this batch.
        merges: Merge,
        /// Messages of this batch.
        outbox: OutboundMessage,
        /// Changes of reference data.
        reference_changes: RegistryChange,
    }
    facts {
        /// Keys of returns registered before, with a receipt or without.
        return_keys: HashSet<ReceiptKey>,
        /// Returns that were registered before, with a receipt or without.
        known_returns: HashMap<ReturnId, KnownReturn>,
        /// Consents and withdrawals loaded.
        consents: HashMap<CustomerId, Vec<ConsentAct>>,
        /// Customers that were to be loaded and of whom nothing can be read any more.
        erased: HashSet<CustomerId>,
        /// Codes of the last 24 hours.
        code_counts: CodeCounts,
        /// The accounts with due changes, if requested.
        due: Vec<AccountId>,
        /// Pages of statements, by request.
        statements: Vec<(StatementPage, Vec<StatementLine>)>,
        /// Receipt numbers of sales with due points, for statements.
        receipt_numbers: HashMap<ReceiptId, String>,
    }
}

/// The inputs of decisions beside the rows.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// The server's time.
    pub now: Moment,
    /// The reference data.
    pub reference: Arc<Reference>,
    /// Keys.
    pub vault: Arc<Vault>,
    /// Limits.
    pub settings: Arc<Settings>,
    /// Where confirmation codes are drawn from.
    pub chance: Chance,
}

impl WorkingSet {
    /// Whether the running command brings an account above what the contract can tell of it.
    #[must_use]
    pub fn is_over_full(&self) -> bool {
        let sums = |account: &Account| [account.balances.total(), account.balances.debt, account.status_points()];
        self.accounts.changing().any(|(old, new)| {
            let before = old.map_or([Points::ZERO; 3], sums);
            sums(new).into_iter().zip(before).any(|(is, was)| is > POINTS_MAX && is > was)
        })
    }

    /// An id that no other row has.
    pub const fn new_id(&mut self) -> i64 {
        let id = self.next_id;
        self.next_id += 1;
        id
    }

    /// The first id not used yet.
    #[must_use]
    pub const fn ids_used_up_to(&self) -> i64 {
        self.next_id
    }

    /// Adds a lot that was read for a touched sale to its account, unless the account has it already.
    pub fn add_loaded_lot(&mut self, account: AccountId, lot: Lot) {
        if let Some(account) = self.accounts.loaded_mut(&account) {
            account.lots.entry(lot.no).or_insert(lot);
        }
    }

    /// The card of a number in a programme.
    #[must_use]
    pub fn card(&self, programme: ProgrammeId, number: &str) -> Option<&Card> {
        self.cards.iter().map(|(_, card)| card).find(|card| card.programme == programme && card.number == number)
    }

    /// The cards that a card replaced, one after another, among those that are loaded.
    #[must_use]
    pub fn predecessors(&self, card: CardId) -> Vec<CardId> {
        let mut found: Vec<CardId> = Vec::new();
        let mut next = self.cards.get(&card);
        while let Some(card) = next {
            let before = self.cards.iter().map(|(_, before)| before).find(|before| {
                before.programme == card.programme && before.successor.as_deref() == Some(card.number.as_str())
            });
            next = before.filter(|before| before.id != card.id && !found.contains(&before.id));
            found.extend(next.map(|before| before.id));
        }
        found
    }

    /// The customer of a phone in a programme; the one that it was merged into, if it was.
    #[must_use]
    pub fn customer_by_phone(&self, programme: ProgrammeId, phone: &Phone) -> Option<&Customer> {
        let mut customers = self.customers.iter().map(|(_, customer)| customer);
        let found = customers.find(|c| c.programme == programme && c.phone.as_ref() == Some(phone))?;
        found.merged_into.map_or(Some(found), |id| self.customers.get(&id))
    }

    /// The account of a customer.
    #[must_use]
    pub fn account_of(&self, customer: CustomerId) -> Option<&Account> {
        let mut accounts = self.accounts.iter().map(|(_, account)| account);
        accounts.find(|account| account.customer == customer && account.state != AccountState::Closed)
    }

    /// The sale with this key.
    #[must_use]
    pub fn receipt_by_key(&self, key: &ReceiptKey) -> Option<&Sale> {
        self.receipts.iter().map(|(_, sale)| sale).find(|sale| &sale.key == key)
    }

    /// The sale with this key. Without a shift it must be the only one with that number on that day.
    #[must_use]
    pub fn receipt_meant_by(&self, key: &ReceiptKey) -> Option<&Sale> {
        if let Some(sale) = self.receipt_by_key(key) {
            return Some(sale);
        }
        let any_shift = |sale: &&Sale| {
            sale.key.till == key.till && sale.key.local_day == key.local_day && sale.key.number == key.number
        };
        let mut found = self.receipts.iter().map(|(_, sale)| sale).filter(any_shift);
        match (found.next(), found.next()) {
            (Some(only), None) if key.shift.is_empty() => Some(only),
            (Some(_), _) | (None, _) => None,
        }
    }

    /// Checks that nobody has a fiscal document; a cancelled sale has none.
    ///
    /// # Errors
    /// Somebody has it, of whatever partner; the refusal names it to its own network only.
    pub fn fiscal_is_free(&self, fiscal: &Fiscal, network: NetworkId) -> Result<(), Refusal> {
        let Some(entry) = self.fiscals.get(&fiscal.key()) else { return Ok(()) };
        if let FiscalHolder::Sale(id) = entry.holder
            && self.receipts.get(&id).is_some_and(|sale| sale.state == SaleState::Cancelled)
        {
            return Ok(());
        }
        let is_own = self.reference.stores.get(&entry.store).is_some_and(|store| store.network == network);
        Err(Refusal::FiscalDuplicate {
            known: if is_own { ShownHolder::Own(entry.holder) } else { ShownHolder::Foreign },
        })
    }

    /// Enters a fiscal document, if there is one, into the register.
    pub fn enter_fiscal(&mut self, fiscal: Option<&Fiscal>, holder: FiscalHolder, store: StoreId) {
        let Some(key) = fiscal.map(Fiscal::key) else { return };
        let turn = self.fiscals.get(&key).map_or(0, |before| before.turn.saturating_add(1));
        let entry = FiscalEntry { key: key.clone(), turn, holder, store };
        self.fiscals.put(key, entry.clone());
        self.entered.push(entry);
    }

    /// The latest sale that an operation with this key has registered.
    #[must_use]
    pub fn receipt_by_operation(&self, partner: PartnerId, key: &str) -> Option<&Sale> {
        let sales = self.receipts.iter().map(|(_, sale)| sale);
        let own = sales.filter(|sale| sale.partner == partner && sale.operation_key.as_deref() == Some(key));
        own.max_by_key(|sale| sale.id)
    }

    /// Whether a return with this key is registered, with a receipt or without, before this batch or in it.
    #[must_use]
    pub fn is_return_known(&self, key: &ReceiptKey) -> bool {
        self.return_keys.contains(key)
            || self.returns.items().iter().any(|known| &known.key == key)
            || self.returns_without_receipt.items().iter().any(|known| &known.key == key)
    }

    /// A return that was registered before this batch, with the fiscal document that it has by now.
    #[must_use]
    pub fn known_return(&self, id: ReturnId) -> Option<KnownReturn> {
        let mut known = self.known_returns.get(&id).cloned()?;
        if let Some(attached) = self.attached.items().iter().find(|attached| attached.id == id) {
            known.fiscal = Some(attached.fiscal.clone());
        }
        Some(known)
    }

    /// The latest code for a purpose.
    #[must_use]
    pub fn latest_code(&self, customer: CustomerId, purpose: Purpose) -> Option<&ConfirmationCode> {
        self.codes
            .iter()
            .map(|(_, code)| code)
            .filter(|code| code.customer == customer && code.purpose == purpose)
            // The code that can still be tried, else the last: after a clock was set back an older one must not be
            // chosen.
            .max_by_key(|code| (code.state == CodeState::Sent, code.sent_at, code.id))
    }

    /// All cards of an account, the newest first.
    #[must_use]
    pub fn cards_of(&self, account: AccountId) -> Vec<&Card> {
        let mut cards: Vec<&Card> =
            self.cards.iter().map(|(_, card)| card).filter(|card| card.account == Some(account)).collect();
        cards.sort_by_key(|card| std::cmp::Reverse((card.issued_at, card.id)));
        cards
    }

    /// Applies an account's due changes in the order of their times: holds expire, lots become active and expire. Every
    /// command that touches an account does this first, so no job has to be punctual.
    pub fn bring_up_to_date(&mut self, id: AccountId) {
        let due = self.due_holds().filter(|(account, _)| *account == id).map(|(_, hold)| hold).collect();
        self.bring_up_to_date_with(id, due);
    }

    /// The same for many accounts: all holds are scanned once, not once for each account.
    pub fn bring_all_up_to_date(&mut self, ids: &[AccountId]) {
        let mut due: HashMap<AccountId, Vec<(Moment, ReservationId)>> = HashMap::new();
        for (account, hold) in self.due_holds() {
            due.entry(account).or_default().push(hold);
        }
        for id in ids {
            self.bring_up_to_date_with(*id, due.remove(id).unwrap_or_default());
        }
    }

    /// Expired holds, each with its account and expiry.
    fn due_holds(&self) -> impl Iterator<Item = (AccountId, (Moment, ReservationId))> {
        let now = self.now;
        let due = self.reservations.iter().filter(move |(_, hold)| hold.ended_at.is_none() && hold.expires_at <= now);
        due.map(|(id, hold)| (hold.account, (hold.expires_at, *id)))
    }

    fn bring_up_to_date_with(&mut self, id: AccountId, mut due: Vec<(Moment, ReservationId)>) {
        let now = self.now;
        due.sort_unstable();
        for (at, hold_id) in due {
            let Some(hold) = self.reservations.get_mut(&hold_id) else { continue };
            if !hold.lapse(now) {
                continue;
            }
            let shares = hold.shares.clone();
            let step = Step {
                kind: MovementKind::Release,
                occurred_at: at,
                now,
                cause: Cause {
                    reservation: Some(hold_id),
                    partner: Some(hold.partner),
                    store: Some(hold.store),
                    till: Some(hold.till),
                    rule: Some("Время резерва истекло".into()),
                    ..Cause::default()
                },
            };
            if let Some(account) = self.accounts.get_mut(&id) {
                account.mature(at, now);
            }
            self.release(hold_id, &shares, at, &step);
        }
        if self.accounts.get(&id).and_then(Account::next_due_at).is_some_and(|at| at <= now)
            && let Some(account) = self.accounts.get_mut(&id)
        {
            account.mature(now, now);
        }
    }
}
