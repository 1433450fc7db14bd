//! The model: what the gateway promises, told once more and plainly, with nothing of the product in it.
//!
//! One [`Book`] is one customer with cards and an account. Lots lie in a `Vec`, points and kopecks are `i128` of a
//! hundredth, days come from chrono. What time makes due is done one event after another, as if somebody had been there.
//! To teach it a new rule: a field of [`Rules`], a case of [`Deed`], a method in the file of its kind.

mod cards;
mod clock;
mod limits;
mod office;
mod points;
mod reading;
mod returns;
mod rules;
mod sales;

use std::collections::BTreeMap;

use chrono::{DateTime, Days, NaiveDate, NaiveTime};

use self::rules::{OFFICE_AGE, may_be_of, may_be_within};
use crate::receipts::{self, Figures, Line, Means};

pub use self::{
    limits::{Fiscal, POINTS_MAX},
    rules::{Life, RECEIPT_AGE, Rules, in_force, rules_for},
};

pub const SECOND: i64 = 1_000;
pub const MINUTE: i64 = 60 * SECOND;
pub const HOUR: i64 = 60 * MINUTE;
pub const DAY: i64 = 24 * HOUR;
/// Tries of a code where the rules do not say how many.
const TRIES_UNSAID: i64 = 3;
/// Every store of the demo is in Moscow.
const OFFSET: i64 = 3 * HOUR;
const CLOCK_TOLERANCE: i64 = 10 * MINUTE;
const RESEND_PAUSE: i64 = MINUTE;
const CODES_A_DAY: usize = 10;
const DATES_SHOWN: usize = 20;
/// As the story sets it: few enough for a statement to have pages.
pub const STATEMENT_PAGE: usize = 25;

/// What an answer says, by path: `balance/available`, `lines/line[0]/amountDue`.
pub type Said = BTreeMap<String, String>;
type Refused = &'static str;

/// Where a call is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub login: &'static str,
    pub store: &'static str,
    pub till: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    Nobody,
    Phone,
    Card(usize),
    /// A phone that the customer had, or that somebody had who was merged into the customer.
    OtherPhone(usize),
}

#[derive(Debug, Clone)]
pub struct Receipt {
    pub place: Place,
    pub shift: String,
    pub number: String,
    pub at: i64,
    pub who: Who,
    pub lines: Vec<Line>,
    pub fiscal: Option<Fiscal>,
    /// The name of a quote, and what that quote said.
    pub quote: Option<(String, Figures)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entered {
    Right,
    Wrong,
    /// The code before the last one.
    Old,
}

/// An action on the gateway.
#[derive(Debug, Clone)]
pub enum Deed {
    Register {
        card: Option<usize>,
    },
    Issue {
        card: usize,
    },
    Activate {
        card: usize,
    },
    Block {
        card: usize,
    },
    Unblock {
        card: usize,
    },
    Close {
        card: usize,
    },
    Replace {
        card: usize,
        new: usize,
    },
    Quote {
        receipt: Receipt,
        wanted: i128,
    },
    Reserve {
        receipt: Receipt,
        points: i128,
    },
    Confirm {
        hold: usize,
        entered: Entered,
    },
    Resend {
        hold: usize,
    },
    Release {
        hold: usize,
    },
    LookAtHold {
        hold: usize,
    },
    Sell {
        receipt: Receipt,
        hold: Option<usize>,
        points: i128,
    },
    Cancel {
        sale: usize,
    },
    QuoteReturn(Return),
    Return(Return),
    Balance {
        who: Who,
    },
    Statement {
        who: Who,
        from: i64,
        to: i64,
        after: Option<Page>,
    },
    /// `CancelOperation`.
    Undo {
        key: String,
    },
    ReturnFreely(FreeReturn),
    Account {
        who: Who,
    },
    Freeze {
        who: Who,
    },
    Unfreeze {
        who: Who,
    },
    ChangePhone {
        who: Who,
        new: usize,
    },
    /// `AdjustPoints`: less than nothing takes away.
    Adjust {
        who: Who,
        points: i128,
    },
    /// The one becomes the other: another book's, or its own where there is no other.
    Merge {
        who: Who,
        into: Who,
    },
}

/// Where a page of a statement ended.
#[derive(Debug, Clone)]
pub struct Page {
    pub cursor: String,
    pub who: Who,
    pub from: i64,
    pub to: i64,
    /// How many lines of the statement are older.
    left: usize,
}

/// Goods that come back without the receipt of their sale.
#[derive(Debug, Clone)]
pub struct FreeReturn {
    pub number: String,
    pub at: i64,
    pub who: Who,
    pub lines: Vec<Line>,
    pub fiscal: Option<Fiscal>,
}

impl Deed {
    /// Whether it changes nothing, and so has no context.
    fn only_looks(&self) -> bool {
        matches!(
            self,
            Self::Quote { .. }
                | Self::LookAtHold { .. }
                | Self::QuoteReturn(_)
                | Self::Balance { .. }
                | Self::Statement { .. }
                | Self::Account { .. }
        )
    }

    /// Whether it is the head office's.
    pub fn is_office(&self) -> bool {
        matches!(
            self,
            Self::Account { .. }
                | Self::Freeze { .. }
                | Self::Unfreeze { .. }
                | Self::ChangePhone { .. }
                | Self::Adjust { .. }
                | Self::Merge { .. }
        )
    }
}

#[derive(Debug, Clone)]
pub struct Return {
    pub sale: usize,
    /// Whether the sale is named as the till names it.
    pub by_name: bool,
    pub place: Place,
    pub number: String,
    pub at: i64,
    /// Number and thousandths; everything that is left, when empty.
    pub lines: Vec<(usize, i128)>,
    pub fiscal: Option<Fiscal>,
}

/// A deed with who does it, where and when.
#[derive(Debug, Clone)]
pub struct Call {
    pub place: Place,
    pub at: i64,
    pub key: String,
    pub deed: Deed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LotState {
    Pending,
    Active,
    Lapsed,
    /// Counts towards the status, and is never spent.
    Status,
}

#[derive(Debug, Clone)]
struct Lot {
    state: LotState,
    issued: i128,
    remaining: i128,
    reserved: i128,
    spent: i128,
    expired: i128,
    revoked: i128,
    activates: i64,
    expires: Option<i64>,
    receipt: String,
    /// Of what was taken: what closed debts.
    repaid: i128,
    /// Whether it has had its grace.
    graced: bool,
}

#[derive(Debug, Clone)]
pub struct Hold {
    pub id: String,
    pub state: &'static str,
    pub points: i128,
    pub expires: i64,
    /// The messages that carried its codes: the phone, and the number among the messages to it.
    pub codes: Vec<(usize, usize)>,
    /// Whether the last code is void: the phone that it went to is not the customer's any more.
    is_void: bool,
    /// The card that it was made by, if one was shown.
    card: Option<usize>,
    place: Place,
    shares: Vec<(usize, i128)>,
    captured: i128,
    /// The rules that it was made under: by them its points are spent.
    rules: Rules,
    grace: i64,
    code_ttl: i64,
    tries: i64,
    /// When its last code was sent; of one that has none yet, nothing.
    code_sent: Option<i64>,
    code_until: i64,
    /// Whether its last code was entered.
    is_confirmed: bool,
    created: i64,
    /// The receipt that it is for.
    receipt: Key,
    /// Whether a return wanted what it held.
    shields: bool,
}

/// A till's name of a receipt: till, day, shift, number.
type Key = (String, NaiveDate, String, String);

#[derive(Debug, Clone)]
pub struct Sale {
    pub id: String,
    pub place: Place,
    pub state: &'static str,
    pub key: Key,
    pub lines: Vec<SoldLine>,
    pub at: i64,
    is_held_by_customer: bool,
    lot: Option<usize>,
    earned: i128,
    spent: Vec<(usize, i128)>,
    grace: i64,
    policy: &'static str,
    status: Option<usize>,
    refunded: i128,
    /// What was taken of other lots than its own.
    taken: Vec<(usize, i128)>,
    as_debt: i128,
    /// What had lapsed, and counts as taken.
    gone: i128,
    /// What could not be taken.
    shortfall: i128,
    /// Where only pending points are taken: what of those that had paid a debt is owed again.
    owed_again: i128,
}

#[derive(Debug, Clone)]
pub struct SoldLine {
    pub number: usize,
    pub quantity: i128,
    pub returned: i128,
    due: i128,
    points: i128,
    earned: i128,
}

/// What an operation with a key came to.
#[derive(Debug, Clone, Copy)]
enum Effect {
    Refused,
    Sale(usize),
    Hold(usize),
    Other,
}

/// A line of the statement.
#[derive(Debug, Clone)]
struct Entry {
    at: i64,
    kind: &'static str,
    change: i128,
    after: i128,
    receipt: String,
}

#[derive(Debug, Clone)]
struct Card {
    state: &'static str,
    /// What it goes back to when it is unblocked.
    before_block: &'static str,
    successor: usize,
    issued: i64,
    /// The phone that its number could be.
    phone: Option<usize>,
}

/// One customer: cards, account, holds, sales.
#[derive(Debug, Clone)]
pub struct Book {
    pub is_registered: bool,
    pub holds: Vec<Hold>,
    pub sales: Vec<Sale>,
    pub numbers: Vec<String>,
    /// The customer's phone among the story's.
    pub phone: usize,
    /// Phones of those who were merged into the customer.
    pub merged_phones: Vec<usize>,
    /// Where the last page of the statement ended, if there is more.
    pub page: Option<Page>,
    /// Keys under which something was decided, and since when.
    pub keys: Vec<(&'static str, String, i64)>,
    /// Keys that were cancelled before anything came with them.
    pub void_keys: BTreeMap<(&'static str, String), i64>,
    effects: BTreeMap<(&'static str, String), Effect>,
    is_frozen: bool,
    /// The last quote: its name, the receipt, what it came to.
    pub quoted: Option<(String, Receipt, Figures)>,
    cards: Vec<Card>,
    lots: Vec<Lot>,
    debt: i128,
    returns: Vec<(String, NaiveDate, String)>,
    /// Fiscal documents by drive and number, each with the sale that has it, or nothing for a return.
    fiscals: BTreeMap<(String, String), Option<usize>>,
    /// Phones of the story's other customer.
    pub others_phones: Vec<usize>,
    /// When codes were sent, by phone.
    messages: BTreeMap<usize, Vec<i64>>,
    statement: Vec<Entry>,
}

pub fn local_text(at: i64) -> String {
    DateTime::from_timestamp_millis(at + OFFSET).unwrap().format("%Y-%m-%dT%H:%M:%S").to_string()
}

pub fn local_day(at: i64) -> NaiveDate {
    DateTime::from_timestamp_millis(at + OFFSET).unwrap().date_naive()
}

/// The first moment of a day in Moscow.
fn start_of(day: NaiveDate) -> i64 {
    day.and_time(NaiveTime::MIN).and_utc().timestamp_millis() - OFFSET
}

/// Midnight in Moscow, so many days after a moment's own day.
fn midnight(at: i64, days: u64) -> i64 {
    start_of(local_day(at) + Days::new(days))
}

/// Whose a login is.
pub fn partner(login: &str) -> &'static str {
    if login == "other" { "other" } else { "demo" }
}

pub fn hundredths(value: i128) -> String {
    let sign = if value < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", value.abs() / 100, value.abs() % 100)
}

/// A quantity as it is asked for.
pub fn written_thousandths(value: i128) -> String {
    format!("{}.{:03}", value / 1_000, value % 1_000)
}

/// A quantity as it is told: without spare zeros.
fn thousandths(value: i128) -> String {
    written_thousandths(value).trim_end_matches('0').trim_end_matches('.').to_owned()
}

impl Book {
    /// A customer with cards; the last one's number is that of a phone, without its plus.
    pub fn new(numbers: Vec<String>, phone: usize, last_is: usize) -> Self {
        let card = Card { state: "registered", before_block: "", successor: 0, issued: 0, phone: None };
        let mut cards = vec![card; numbers.len()];
        cards.last_mut().unwrap().phone = Some(last_is);
        Self {
            is_registered: false,
            holds: Vec::new(),
            sales: Vec::new(),
            cards,
            numbers,
            phone,
            merged_phones: Vec::new(),
            page: None,
            keys: Vec::new(),
            void_keys: BTreeMap::new(),
            effects: BTreeMap::new(),
            is_frozen: false,
            quoted: None,
            lots: Vec::new(),
            debt: 0,
            returns: Vec::new(),
            fiscals: BTreeMap::new(),
            others_phones: Vec::new(),
            messages: BTreeMap::new(),
            statement: Vec::new(),
        }
    }

    pub fn card_state(&self, card: usize) -> &'static str {
        self.cards[card].state
    }

    pub fn place_of(&self, hold: usize) -> Place {
        self.holds[hold].place
    }

    pub fn available(&self) -> i128 {
        self.lots.iter().filter(|lot| lot.state == LotState::Active).map(|lot| lot.remaining).sum()
    }

    /// Does a deed and tells what the answer must say; `heard` is what it said, for ids and what is left open.
    pub fn act(&mut self, call: &Call, now: i64, versions: &[Rules], heard: &Said) -> Said {
        self.pass_time(now);
        let before = self.clone();
        let mut said = Said::new();
        let key = (partner(call.place.login), call.key.clone());
        let told = self.may_begin(call, now);
        let in_time = Call { at: call.at.min(now), deed: self.with_meant(&call.deed), ..call.clone() };
        let sums = self.sums();
        let done = told.and_then(|()| self.carry_out(&in_time, now, versions, heard, &mut said));
        let done = done.and_then(|()| self.is_within(sums));
        let code = done.err().unwrap_or("OK");
        // A refusal tells nothing, but a changed quote tells the new one.
        if !matches!(code, "OK" | "QUOTE_CHANGED") {
            said.clear();
        }
        said.insert("code".into(), code.into());
        // And it changes nothing, but for a try of a code.
        if !matches!(code, "OK" | "CODE_WRONG" | "CODE_TRIES_EXHAUSTED") {
            *self = before;
        }
        if !call.deed.only_looks() && !self.void_keys.contains_key(&key) {
            let effect = match (&call.deed, code) {
                (Deed::Sell { .. }, "OK") => Effect::Sale(self.sales.len() - 1),
                (Deed::Reserve { .. }, "OK") => Effect::Hold(self.holds.len() - 1),
                (Deed::Confirm { hold, .. } | Deed::Resend { hold }, "OK") => Effect::Hold(*hold),
                (_, "OK") => Effect::Other,
                _ => Effect::Refused,
            };
            self.remember(key, effect, now);
        }
        self.check();
        said
    }

    fn remember(&mut self, key: (&'static str, String), effect: Effect, now: i64) {
        self.keys.push((key.0, key.1.clone(), now));
        self.effects.insert(key, effect);
    }

    /// What is looked at before a deed itself.
    fn may_begin(&self, call: &Call, now: i64) -> Result<(), Refused> {
        if call.deed.only_looks() {
            return if call.deed.is_readable() { Ok(()) } else { Err("RECEIPT_INVALID") };
        }
        if self.void_keys.contains_key(&(partner(call.place.login), call.key.clone())) {
            return Err("OPERATION_CANCELLED");
        }
        if !call.deed.is_readable() {
            return Err("RECEIPT_INVALID");
        }
        // The same floor for every operation, but for what the office dates back.
        let age = if matches!(call.deed, Deed::Adjust { .. }) { OFFICE_AGE } else { RECEIPT_AGE };
        may_be_within(call.at, now, age)
    }

    fn carry_out(
        &mut self,
        call: &Call,
        now: i64,
        versions: &[Rules],
        heard: &Said,
        said: &mut Said,
    ) -> Result<(), Refused> {
        match &call.deed {
            Deed::Register { card } => self.register(*card, call.at),
            Deed::Issue { card } => {
                self.is_registered = true;
                self.issue(*card, call.at)?;
                self.tell_card(*card, said);
                Ok(())
            }
            Deed::Activate { card } => self.change(*card, &["issued"], "active", "CARD_ALREADY_ACTIVE", said),
            Deed::Block { card } => {
                let before = self.cards[*card].state;
                self.change(*card, &["issued", "active"], "blocked", "", said)?;
                self.cards[*card].before_block = before;
                self.end_holds_of(*card, call.at, now, said);
                Ok(())
            }
            Deed::Unblock { card } => {
                let before = self.cards[*card].before_block;
                self.change(*card, &["blocked"], before, "CARD_NOT_BLOCKED", said)
            }
            Deed::Close { card } => {
                self.change(*card, &["registered", "issued", "active", "blocked"], "closed", "", said)?;
                self.end_holds_of(*card, call.at, now, said);
                Ok(())
            }
            Deed::Replace { card, new } => self.replace(*card, *new, call.at, said),
            Deed::Quote { receipt, wanted } => {
                let means = Means { available: self.spendable(receipt.who), wanted: *wanted };
                let figures = self.price(receipt, now, versions, means, None, heard)?;
                figures.tell("pointsMax", figures.points_max, said);
                said.insert("pointsAvailable".into(), hundredths(self.available_to(receipt.who)));
                figures.tell_quote(said);
                let name = heard.get("quoteId").cloned().unwrap_or_default();
                self.quoted = Some((name, receipt.clone(), figures));
                Ok(())
            }
            Deed::Reserve { receipt, points } => self.reserve(call, receipt, *points, now, versions, heard, said),
            Deed::Confirm { hold, entered } => self.confirm(call, *hold, *entered, now, said),
            Deed::Resend { hold } => {
                self.awaits_code(call, *hold)?;
                if self.is_pause(now) {
                    return Err("CODE_TOO_SOON");
                }
                if self.holds[*hold].code_sent.is_none() {
                    let fresh = rules_for(versions, self.holds[*hold].created, now).ok_or("PROGRAMME_NOT_IN_FORCE")?;
                    // A version of since then that asks for no code says nothing of tries.
                    let fresh = if fresh.code { fresh.tries } else { TRIES_UNSAID };
                    self.holds[*hold].tries = self.tries_left(fresh, now);
                }
                self.send(*hold, now)?;
                self.tell_hold(*hold, said);
                Ok(())
            }
            Deed::Release { hold } => {
                self.stands(call, *hold)?;
                self.let_go(*hold, "released", call.at, now);
                self.tell_hold(*hold, said);
                Ok(())
            }
            Deed::LookAtHold { hold } => {
                self.own_hold(call, *hold)?;
                self.tell_hold(*hold, said);
                Ok(())
            }
            Deed::Sell { receipt, hold, points } => {
                self.sell(call, receipt, *hold, *points, now, versions, heard, said)
            }
            Deed::Cancel { sale } => self.cancel(call, *sale, now, said),
            Deed::QuoteReturn(back) => {
                let before = self.clone();
                let sums = self.sums();
                let done = self.give_back(call, back, now, said, false).and_then(|()| self.is_within(sums));
                *self = before;
                done
            }
            Deed::Return(back) => self.give_back(call, back, now, said, true),
            Deed::Balance { who } => {
                self.find(*who, "look")?;
                self.tell_dates(*who, said);
                Ok(())
            }
            Deed::Statement { who, from, to, after } => {
                self.page = None;
                self.find(*who, "look")?;
                let left = after.as_ref().map_or(self.statement.len(), |page| page.left);
                if let Some(left) = self.tell_statement(local_day(*from), local_day(*to), left, said) {
                    // What the cursor is made of is the gateway's; that there is one is not.
                    let cursor = heard.get("nextCursor").cloned().unwrap_or_else(|| "—".into());
                    said.insert("nextCursor".into(), cursor.clone());
                    self.page = Some(Page { cursor, who: *who, from: *from, to: *to, left });
                }
                Ok(())
            }
            Deed::Undo { key } => self.undo_operation(call, key, now, said),
            Deed::ReturnFreely(back) => self.return_freely(call, back, now, versions, heard, said),
            Deed::Account { who } => {
                self.find(*who, "look")?;
                self.tell_account(said);
                Ok(())
            }
            Deed::Freeze { who } => self.set_frozen(*who, true, said),
            Deed::Unfreeze { who } => self.set_frozen(*who, false, said),
            Deed::ChangePhone { who, new } => {
                self.find(*who, "look")?;
                if *new == self.phone {
                    self.tell_account(said);
                    return Ok(());
                }
                if self.merged_phones.contains(new) {
                    return Err("CUSTOMERS_SAME");
                }
                self.phone = *new;
                for hold in &mut self.holds {
                    hold.is_void = hold.code_sent.is_some();
                }
                self.tell_account(said);
                Ok(())
            }
            Deed::Adjust { who, points } => self.adjust(call, *who, *points, now, versions, said),
            Deed::Merge { who, into } => {
                self.find(*who, "look")?;
                self.find(*into, "look")?;
                Err("CUSTOMERS_SAME")
            }
        }
    }
}

impl Hold {
    /// Whether it stands.
    pub fn is_open(&self) -> bool {
        matches!(self.state, "awaiting_code" | "held")
    }
}
