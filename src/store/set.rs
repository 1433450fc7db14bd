//! The working set: everything that a batch of commands touches, in memory, with an undo for each command.
//!
//! A command names what it touches ([`Touches`]); the store loads it for the whole batch at once; commands are decided in
//! turn on it, each seeing what those before it did; then the store writes what changed. A command that is refused is
//! rolled back here, so that no decision has to clean up after itself.

mod shelf;

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use crate::domain::{
    account::{Account, AccountState, Balances, Bucket, Cause, Lot, Movement, MovementKind, Step},
    card::{Card, CardState},
    code::{CodeState, ConfirmationCode, Purpose},
    customer::{ConsentAct, Customer},
    ids::{
        AccountId, CardId, CodeId, CredentialId, CustomerId, MessageId, PartnerId, ProgrammeId, ReceiptId,
        ReservationId, StoreId, TillId,
    },
    moment::Moment,
    phone::{Identifier, Phone},
    programme::Rules,
    reference::{Credential, Reference, Till},
    reservation::Reservation,
    sale::{Fiscal, FreeReturn, ReceiptKey, Return, Sale},
    settings::Settings,
};

use super::vault::Vault;

pub use shelf::{Pile, Shelf};

/// What commands want loaded. Asking twice for the same is free.
#[derive(Debug, Default)]
pub struct Touches {
    /// Card numbers.
    pub card_numbers: BTreeSet<String>,
    /// Phones.
    pub phones: HashSet<Phone>,
    /// Customers by id.
    pub customers: BTreeSet<CustomerId>,
    /// Holds.
    pub reservations: BTreeSet<ReservationId>,
    /// Sales by id.
    pub receipts: BTreeSet<ReceiptId>,
    /// Sales by the till's own name of them.
    pub receipt_keys: BTreeSet<ReceiptKey>,
    /// Names that tills may have given to returns.
    pub return_keys: BTreeSet<ReceiptKey>,
    /// Sales by fiscal document.
    pub fiscals: BTreeSet<Fiscal>,
    /// Stored answers.
    pub operations: BTreeSet<(PartnerId, String)>,
    /// Tills whose codes of the day are counted.
    pub code_tills: BTreeSet<TillId>,
    /// Whether codes are involved at all (they are loaded for touched customers and holds).
    pub codes: bool,
    /// Whether consents of touched customers are wanted.
    pub consents: bool,
    /// Whether the customers of touched accounts are wanted, and all cards of those.
    pub holders: bool,
    /// A page of the journal for each of these identifiers.
    pub statements: Vec<StatementPage>,
    /// Operations that a caller wants cancelled: what they made is loaded with them.
    pub cancelled: BTreeSet<(PartnerId, String)>,
    /// Whether every lot of the touched accounts is wanted, spent ones too.
    pub all_lots: bool,
    /// So many accounts for which time has come, by their lots and by their holds.
    pub due: Option<i64>,
}

impl Touches {
    /// Whether the customers of touched accounts are to be read, and all their cards.
    #[must_use]
    pub const fn wants_holders(&self) -> bool {
        self.holders || self.codes || self.consents || self.all_lots
    }

    /// The card numbers, if nothing else is wanted than these cards, their accounts and live lots.
    #[must_use]
    pub fn cards_alone(&self) -> Option<&BTreeSet<String>> {
        let Self {
            card_numbers,
            phones,
            customers,
            reservations,
            receipts,
            receipt_keys,
            return_keys,
            fiscals,
            operations,
            code_tills,
            codes,
            consents,
            holders,
            statements,
            cancelled,
            all_lots,
            due,
        } = self;
        let is_alone = phones.is_empty()
            && customers.is_empty()
            && reservations.is_empty()
            && receipts.is_empty()
            && receipt_keys.is_empty()
            && return_keys.is_empty()
            && fiscals.is_empty()
            && operations.is_empty()
            && code_tills.is_empty()
            && statements.is_empty()
            && cancelled.is_empty()
            && due.is_none()
            && ![*codes, *consents, *holders, *all_lots].contains(&true);
        (is_alone && !card_numbers.is_empty()).then_some(card_numbers)
    }

    /// The account that an identifier leads to. By a card's number it is found without its customer and without its other cards:
    /// what a till asks for most needs neither.
    pub fn account(&mut self, identifier: &Identifier) {
        match identifier {
            Identifier::Card(number) => {
                self.card_numbers.insert(number.clone());
            }
            Identifier::Phone(_) | Identifier::Either { .. } => self.identifier(identifier),
        }
    }

    /// What a card number, a phone or either may mean: the account, its customer and all its cards.
    pub fn identifier(&mut self, identifier: &Identifier) {
        self.holders = true;
        match identifier {
            Identifier::Card(number) => {
                self.card_numbers.insert(number.clone());
            }
            Identifier::Phone(phone) => {
                self.phones.insert(phone.clone());
            }
            Identifier::Either { card, phone } => {
                self.card_numbers.insert(card.clone());
                self.phones.insert(phone.clone());
            }
        }
    }
}

/// Which page of a journal: the lines before a step, the latest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementPage {
    /// Whose.
    pub identifier: Identifier,
    /// In which programme.
    pub programme: ProgrammeId,
    /// From this moment on.
    pub from: Moment,
    /// Up to, not including, this one.
    pub to: Moment,
    /// Only steps before this one.
    pub before_step: Option<i64>,
    /// So many lines.
    pub lines_max: i64,
}

/// A line of the statement: the movements of one step taken together.
#[derive(Debug, Clone)]
pub struct StatementLine {
    /// The step.
    pub step: i64,
    /// When it happened.
    pub occurred_at: Moment,
    /// What it was.
    pub kind: MovementKind,
    /// How it changed what is available.
    pub available_change: i64,
    /// How it changed what is pending.
    pub pending_change: i64,
    /// How it changed the points that count towards the status.
    pub status_change: i64,
    /// How many points were moved.
    pub moved: i64,
    /// Available afterwards.
    pub available_after: i64,
    /// What caused it.
    pub cause: Cause,
    /// The number that the till gave the receipt.
    pub receipt_number: Option<String>,
}

impl StatementPage {
    /// Whether a movement is on this page or on a later one.
    #[must_use]
    pub fn has(&self, movement: &Movement) -> bool {
        let in_period = (self.from..self.to).contains(&movement.occurred_at);
        in_period && self.before_step.is_none_or(|before| movement.step < before)
    }
}

impl StatementLine {
    /// The lines that movements make, the latest first. `movements` are in the order of the journal.
    #[must_use]
    pub fn of<'a>(
        movements: impl IntoIterator<Item = &'a Movement>,
        receipt_numbers: &HashMap<ReceiptId, String>,
    ) -> Vec<Self> {
        let mut lines: Vec<Self> = Vec::new();
        for movement in movements {
            let points = movement.points.0;
            // A merge brings all lots at once, of many sales, spent points too: no one sale's, and those were told long ago.
            let is_merge = movement.kind == MovementKind::Merge;
            let is_owned = matches!(movement.to, Bucket::Pending | Bucket::Available | Bucket::Reserved);
            let moved = if is_merge && !is_owned { 0 } else { points };
            let receipt = movement.cause.receipt.filter(|_| !is_merge);
            let status = |bucket: Bucket| if bucket == Bucket::Status { points } else { 0 };
            let status_change = status(movement.to).saturating_sub(status(movement.from));
            let mut change = Balances::default();
            change.shift(movement.from, movement.points.negated());
            change.shift(movement.to, movement.points);
            match lines.last_mut() {
                Some(line) if line.step == movement.step => {
                    line.available_change = line.available_change.saturating_add(change.available.0);
                    line.pending_change = line.pending_change.saturating_add(change.pending.0);
                    line.status_change = line.status_change.saturating_add(status_change);
                    line.moved = line.moved.saturating_add(moved);
                    line.available_after = movement.available_after.0;
                }
                Some(_) | None => lines.push(Self {
                    step: movement.step,
                    occurred_at: movement.occurred_at,
                    kind: movement.kind,
                    available_change: change.available.0,
                    pending_change: change.pending.0,
                    status_change,
                    moved,
                    available_after: movement.available_after.0,
                    receipt_number: receipt.and_then(|id| receipt_numbers.get(&id).cloned()),
                    cause: movement.cause.clone(),
                }),
            }
        }
        lines.reverse();
        lines
    }
}

/// A stored answer.
#[derive(Debug, Clone)]
pub struct StoredAnswer {
    /// Whose operation.
    pub partner: PartnerId,
    /// Its key.
    pub key: String,
    /// Its name.
    pub operation: String,
    /// What was asked.
    pub request_digest: Vec<u8>,
    /// How it ended: `OK` or the refusal's code.
    pub code: String,
    /// The answer's `return`, as it was sent.
    pub body: String,
    /// When.
    pub recorded_at: Moment,
    /// The sale or the hold that it made or changed: what a cancellation by the key has to find.
    pub subject: Option<i64>,
}

impl StoredAnswer {
    /// The name under which a cancellation that came before its original keeps the original's place.
    pub const TOMBSTONE: &str = "CancelOperation";

    /// What keeps the place of an operation that was cancelled before it came.
    #[must_use]
    pub fn tombstone(partner: PartnerId, key: String, recorded_at: Moment) -> Self {
        Self {
            partner,
            key,
            operation: Self::TOMBSTONE.into(),
            request_digest: Vec::new(),
            code: "OPERATION_CANCELLED".into(),
            body: String::new(),
            recorded_at,
            subject: None,
        }
    }

    /// Whether it only keeps the place of an operation that was cancelled before it came: no request has an empty digest.
    #[must_use]
    pub fn is_tombstone(&self) -> bool {
        self.request_digest.is_empty()
    }
}

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

/// An account whose lots were taken over by another: what names the one has to name the other.
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

/// How many codes were asked for in the last 24 hours.
#[derive(Debug, Default)]
pub struct CodeCounts {
    /// For a phone.
    pub by_phone: HashMap<Phone, i64>,
    /// At a till.
    pub by_till: HashMap<TillId, i64>,
}

/// Everything that a batch touches.
#[derive(Debug)]
pub struct WorkingSet {
    /// The server's time of this batch.
    pub now: Moment,
    /// Who takes part.
    pub reference: Arc<Reference>,
    /// Keys.
    pub vault: Arc<Vault>,
    /// Limits.
    pub settings: Arc<Settings>,
    /// Cards.
    pub cards: Shelf<CardId, Card>,
    /// Customers.
    pub customers: Shelf<CustomerId, Customer>,
    /// Accounts.
    pub accounts: Shelf<AccountId, Account>,
    /// Holds: open ones of touched accounts, and those asked for.
    pub reservations: Shelf<ReservationId, Reservation>,
    /// Codes: the latest of each touched customer and hold.
    pub codes: Shelf<CodeId, ConfirmationCode>,
    /// Sales.
    pub receipts: Shelf<ReceiptId, Sale>,
    /// Stored answers.
    pub operations: Shelf<(PartnerId, String), StoredAnswer>,
    /// Returns of this batch.
    pub returns: Pile<Return>,
    /// Returns without a receipt of this batch.
    pub free_returns: Pile<FreeReturn>,
    /// Names of returns registered before, with a receipt or without.
    pub return_keys: HashSet<ReceiptKey>,
    /// Consents and withdrawals loaded.
    pub consents: HashMap<CustomerId, Vec<ConsentAct>>,
    /// Consents and withdrawals of this batch.
    pub new_consents: Pile<ConsentAct>,
    /// Changes of cards of this batch.
    pub card_changes: Pile<CardChange>,
    /// Changes of accounts of this batch.
    pub account_changes: Pile<AccountChange>,
    /// Accounts merged in this batch.
    pub merges: Pile<Merge>,
    /// Messages of this batch.
    pub outbox: Pile<OutboundMessage>,
    /// Changes of who takes part.
    pub reference_changes: Pile<ReferenceChange>,
    /// Codes of the last 24 hours.
    pub code_counts: CodeCounts,
    /// The accounts for which time has come, if they were asked for.
    pub due: Vec<AccountId>,
    /// Pages of journals, each as it was asked for.
    pub statements: Vec<(StatementPage, Vec<StatementLine>)>,
    /// What tills call the sales whose points time is about to move, where a statement is wanted.
    pub receipt_numbers: HashMap<ReceiptId, String>,
    next_id: i64,
}

impl WorkingSet {
    /// An empty one. `next_id` is the first of enough ids that nobody else uses.
    #[must_use]
    pub fn new(
        now: Moment,
        reference: Arc<Reference>,
        vault: Arc<Vault>,
        settings: Arc<Settings>,
        next_id: i64,
    ) -> Self {
        Self {
            now,
            reference,
            vault,
            settings,
            cards: Shelf::default(),
            customers: Shelf::default(),
            accounts: Shelf::default(),
            reservations: Shelf::default(),
            codes: Shelf::default(),
            receipts: Shelf::default(),
            operations: Shelf::default(),
            returns: Pile::default(),
            free_returns: Pile::default(),
            return_keys: HashSet::new(),
            consents: HashMap::new(),
            new_consents: Pile::default(),
            card_changes: Pile::default(),
            account_changes: Pile::default(),
            merges: Pile::default(),
            outbox: Pile::default(),
            reference_changes: Pile::default(),
            code_counts: CodeCounts::default(),
            due: Vec::new(),
            statements: Vec::new(),
            receipt_numbers: HashMap::new(),
            next_id,
        }
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

    /// Ids for the rows that are only ever added; the first of them.
    pub fn take_ids_for_piles(&mut self) -> i64 {
        let first = self.next_id;
        let rows = self.card_changes.items().len().saturating_add(self.new_consents.items().len());
        let rows = rows.saturating_add(self.account_changes.items().len());
        self.next_id = first.saturating_add(i64::try_from(rows).unwrap_or(i64::MAX));
        first
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

    /// The customer of a phone in a programme; the one that it was merged into, if it was.
    #[must_use]
    pub fn customer_by_phone(&self, programme: ProgrammeId, phone: &Phone) -> Option<&Customer> {
        let mut customers = self.customers.iter().map(|(_, customer)| customer);
        let found = customers.find(|c| c.programme == programme && &c.phone == phone)?;
        found.merged_into.map_or(Some(found), |id| self.customers.get(&id))
    }

    /// The account of a customer.
    #[must_use]
    pub fn account_of(&self, customer: CustomerId) -> Option<&Account> {
        let mut accounts = self.accounts.iter().map(|(_, account)| account);
        accounts.find(|account| account.customer == customer && account.state != AccountState::Closed)
    }

    /// The sale that a till names so.
    #[must_use]
    pub fn receipt_by_key(&self, key: &ReceiptKey) -> Option<&Sale> {
        self.receipts.iter().map(|(_, sale)| sale).find(|sale| &sale.key == key)
    }

    /// The sale that a till means by a name that may leave the shift out: then it must be the only one of that number that day.
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

    /// The sale of a fiscal document, cancelled ones aside.
    #[must_use]
    pub fn receipt_by_fiscal(&self, fiscal: &Fiscal) -> Option<&Sale> {
        self.receipts.iter().map(|(_, sale)| sale).find(|sale| {
            sale.fiscal.as_ref() == Some(fiscal) && sale.state != crate::domain::sale::SaleState::Cancelled
        })
    }

    /// The latest code for a purpose.
    #[must_use]
    pub fn latest_code(&self, customer: CustomerId, purpose: Purpose) -> Option<&ConfirmationCode> {
        self.codes
            .iter()
            .map(|(_, code)| code)
            .filter(|code| code.customer == customer && code.purpose == purpose)
            // The one that can still be tried, else the last: a clock that was set back must not bring an older one to the fore.
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

    /// Does for an account what time alone has made due: holds lapse, lots become active and lapse, in the order in which
    /// it would have happened. Every command that touches an account does this first, so no job has to be in time.
    pub fn bring_up_to_date(&mut self, id: AccountId) {
        let now = self.now;
        let mut due: Vec<(Moment, ReservationId)> = self
            .reservations
            .iter()
            .filter(|(_, hold)| hold.account == id && hold.ended_at.is_none() && hold.expires_at <= now)
            .map(|(hold_id, hold)| (hold.expires_at, *hold_id))
            .collect();
        due.sort_unstable();
        for (at, hold_id) in due {
            let Some(hold) = self.reservations.get_mut(&hold_id) else { continue };
            if !hold.lapse(now) {
                continue;
            }
            let (shares, grace) = (hold.shares.clone(), hold.grace);
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
                account.release(&shares, at, grace, &step);
            }
        }
        if self.accounts.get(&id).and_then(Account::next_due_at).is_some_and(|at| at <= now)
            && let Some(account) = self.accounts.get_mut(&id)
        {
            account.mature(now, now);
        }
    }

    /// Keeps what the command did.
    pub fn keep(&mut self) {
        self.cards.keep();
        self.customers.keep();
        self.accounts.keep();
        self.reservations.keep();
        self.codes.keep();
        self.receipts.keep();
        self.operations.keep();
        self.returns.keep();
        self.free_returns.keep();
        self.new_consents.keep();
        self.card_changes.keep();
        self.account_changes.keep();
        self.merges.keep();
        self.outbox.keep();
        self.reference_changes.keep();
    }

    /// Undoes what the command did.
    pub fn undo(&mut self) {
        self.cards.undo();
        self.customers.undo();
        self.accounts.undo();
        self.reservations.undo();
        self.codes.undo();
        self.receipts.undo();
        self.operations.undo();
        self.returns.undo();
        self.free_returns.undo();
        self.new_consents.undo();
        self.card_changes.undo();
        self.account_changes.undo();
        self.merges.undo();
        self.outbox.undo();
        self.reference_changes.undo();
    }
}
