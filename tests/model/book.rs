//! The model: what the gateway promises, told once more and plainly, with nothing of the product in it.
//!
//! One [`Book`] is one customer with cards and an account. Lots lie in a `Vec`, points and kopecks are `i128` of a
//! hundredth, days come from chrono. What time makes due is done one event after another, as if somebody had been there.
//! To teach it a new rule: a field of [`Rules`], a case of [`Deed`], a method here.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveTime};

use crate::receipts::{self, Figures, Line, Means};

pub const SECOND: i64 = 1_000;
pub const MINUTE: i64 = 60 * SECOND;
pub const HOUR: i64 = 60 * MINUTE;
pub const DAY: i64 = 24 * HOUR;
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

/// A version of the programme's rules.
#[derive(Debug, Clone)]
pub struct Rules {
    pub valid_from: i64,
    pub earn_points: i128,
    pub earn_step: i128,
    pub earn_unit: i128,
    pub rounding: &'static str,
    pub share: i128,
    pub spend_unit: i128,
    pub code: bool,
    pub hold_minutes: i64,
    pub code_minutes: i64,
    pub tries: i64,
    pub delay_days: u64,
    pub life: Life,
    /// So many status points for every whole `status_step` paid in money.
    pub status_points: i128,
    pub status_step: i128,
    pub grace_days: i64,
    pub policy: &'static str,
}

/// How long points live from when they are available; always through the end of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Life {
    Never,
    Days(u64),
    Months(u32),
    MonthEnd(u32),
    YearEnd(i32),
}

impl Life {
    /// The last moment of what is available from `from` on.
    fn end(self, from: i64) -> Option<i64> {
        let day = local_day(from);
        let last = match self {
            Self::Never => return None,
            Self::Days(count) => day + Days::new(count),
            Self::Months(count) => day + Months::new(count),
            Self::MonthEnd(count) => day.with_day(1).unwrap() + Months::new(count + 1) - Days::new(1),
            Self::YearEnd(count) => NaiveDate::from_ymd_opt(day.year() + count, 12, 31).unwrap(),
        };
        Some(start_of(last + Days::new(1)) - 1)
    }
}

/// The rules in force at a moment: of those already valid the latest, of equals the one recorded last.
pub fn in_force(versions: &[Rules], at: i64) -> Option<&Rules> {
    versions.iter().filter(|rules| rules.valid_from <= at).max_by_key(|rules| rules.valid_from)
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
    pub fiscal: Option<String>,
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

/// What somebody wants of the gateway.
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
    place: Place,
    shares: Vec<(usize, i128)>,
    captured: i128,
    grace: i64,
    code_ttl: i64,
    tries: i64,
    code_sent: i64,
}

#[derive(Debug, Clone)]
pub struct Sale {
    pub id: String,
    pub place: Place,
    pub state: &'static str,
    pub key: (String, NaiveDate, String, String),
    pub lines: Vec<SoldLine>,
    pub at: i64,
    fiscal: Option<String>,
    is_held_by_customer: bool,
    lot: Option<usize>,
    earned: i128,
    spent: Vec<(usize, i128)>,
    grace: i64,
    policy: &'static str,
    status: Option<usize>,
    refunded: i128,
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
    successor: usize,
    issued: i64,
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

impl Book {
    pub fn new(numbers: Vec<String>, phone: usize) -> Self {
        let card = Card { state: "registered", successor: 0, issued: 0 };
        Self {
            is_registered: false,
            holds: Vec::new(),
            sales: Vec::new(),
            cards: vec![card; numbers.len()],
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
        let done = told.and_then(|()| self.carry_out(call, now, versions, heard, &mut said));
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
            return Ok(());
        }
        if self.void_keys.contains_key(&(partner(call.place.login), call.key.clone())) {
            return Err("OPERATION_CANCELLED");
        }
        if call.at > now + CLOCK_TOLERANCE { Err("TIME_IN_FUTURE") } else { Ok(()) }
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
            Deed::Block { card } => self.change(*card, &["issued", "active"], "blocked", "", said),
            Deed::Unblock { card } => self.change(*card, &["blocked"], "active", "CARD_NOT_BLOCKED", said),
            Deed::Close { card } => {
                self.change(*card, &["registered", "issued", "active", "blocked"], "closed", "", said)
            }
            Deed::Replace { card, new } => self.replace(*card, *new, call.at, said),
            Deed::Quote { receipt, wanted } => {
                let means = Means { available: self.spendable(receipt.who), wanted: *wanted };
                let figures = self.price(receipt, now, versions, means, heard)?;
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
                let sent = self.holds[*hold].code_sent;
                if now < sent + RESEND_PAUSE {
                    return Err("CODE_TOO_SOON");
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
                let done = self.give_back(call, back, now, said, false);
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
                    hold.is_void = !hold.codes.is_empty();
                }
                self.tell_account(said);
                Ok(())
            }
            Deed::Merge { who, into } => {
                self.find(*who, "look")?;
                self.find(*into, "look")?;
                Err("CUSTOMERS_SAME")
            }
        }
    }

    // ── The head office ──

    fn set_frozen(&mut self, who: Who, frozen: bool, said: &mut Said) -> Result<(), Refused> {
        self.find(who, "look")?;
        if self.is_frozen == frozen {
            return Err(if frozen { "ACCOUNT_FROZEN" } else { "ACCOUNT_NOT_FROZEN" });
        }
        self.is_frozen = frozen;
        self.tell_account(said);
        Ok(())
    }

    /// `MergeCustomers`: `other` becomes this customer. When that is refused nothing has changed.
    pub fn merge(&mut self, other: &mut Self, call: &Call, now: i64) -> Said {
        self.pass_time(now);
        other.pass_time(now);
        let Deed::Merge { who, into } = call.deed else { unreachable!("only merges come here") };
        let found = other.may_begin(call, now).and_then(|()| other.find(who, "look"));
        let mut said = Said::new();
        let code = match found.and_then(|()| self.find(into, "look")) {
            Ok(()) => {
                self.absorb(other, call.at);
                self.tell_account(&mut said);
                "OK"
            }
            Err(refused) => refused,
        };
        said.insert("code".into(), code.into());
        if code != "OPERATION_CANCELLED" {
            let effect = if code == "OK" { Effect::Other } else { Effect::Refused };
            self.remember((partner(call.place.login), call.key.clone()), effect, now);
        }
        self.check();
        said
    }

    fn absorb(&mut self, other: &mut Self, at: i64) {
        let (lots, holds, sales, cards) = (self.lots.len(), self.holds.len(), self.sales.len(), self.cards.len());
        let gained = other.available();
        let moves = |lot: &Lot| lot.remaining + lot.reserved + lot.spent > 0;
        let is_anything = other.lots.iter().any(moves) || other.debt > 0;
        self.lots.append(&mut other.lots);
        for mut hold in other.holds.drain(..) {
            hold.shares.iter_mut().for_each(|(lot, _)| *lot += lots);
            self.holds.push(hold);
        }
        for mut sale in other.sales.drain(..) {
            sale.spent.iter_mut().for_each(|(lot, _)| *lot += lots);
            (sale.lot, sale.status) = (sale.lot.map(|lot| lot + lots), sale.status.map(|lot| lot + lots));
            self.sales.push(sale);
        }
        for mut card in other.cards.drain(..) {
            card.successor += cards;
            self.cards.push(card);
        }
        self.numbers.append(&mut other.numbers);
        self.returns.append(&mut other.returns);
        self.merged_phones.push(other.phone);
        self.merged_phones.append(&mut other.merged_phones);
        self.messages.append(&mut other.messages);
        self.keys.append(&mut other.keys);
        self.void_keys.append(&mut other.void_keys);
        for (key, effect) in std::mem::take(&mut other.effects) {
            let effect = match effect {
                Effect::Sale(no) => Effect::Sale(no + sales),
                Effect::Hold(no) => Effect::Hold(no + holds),
                same => same,
            };
            self.effects.insert(key, effect);
        }
        self.is_frozen |= other.is_frozen;
        self.debt += other.debt;
        (self.quoted, self.page) = (None, None);
        if is_anything {
            self.note(at, "merge", gained, "");
        }
        self.close_debt(at, "");
    }

    /// `CancelOperation`.
    fn undo_operation(&mut self, call: &Call, key: &str, now: i64, said: &mut Said) -> Result<(), Refused> {
        let id = (partner(call.place.login), key.to_owned());
        let tell = |outcome: &str, said: &mut Said| drop(said.insert("outcome".into(), outcome.into()));
        match self.effects.get(&id).copied() {
            None if self.void_keys.contains_key(&id) => tell("already", said),
            None => {
                self.void_keys.insert(id, now);
                tell("never_seen", said);
            }
            Some(Effect::Refused) => tell("refused", said),
            Some(Effect::Other) => return Err("OPERATION_NOT_CANCELLABLE"),
            Some(Effect::Sale(no)) if self.sales[no].state == "cancelled" => {
                tell("already", said);
                self.tell_undone_operation("receiptId", &self.sales[no].id, self.sales[no].is_held_by_customer, said);
            }
            Some(Effect::Sale(no)) => {
                self.cancel(call, no, now, said)?;
                tell("done", said);
                said.remove("debt");
                self.tell_undone_operation("receiptId", &self.sales[no].id, self.sales[no].is_held_by_customer, said);
            }
            Some(Effect::Hold(no)) => {
                let points = match self.holds[no].state {
                    "captured" | "partly_captured" => return Err("RESERVATION_CAPTURED"),
                    "released" | "expired" => {
                        tell("already", said);
                        0
                    }
                    _ => {
                        self.let_go(no, "released", call.at, now);
                        tell("done", said);
                        self.holds[no].points
                    }
                };
                said.insert("pointsRestored".into(), hundredths(points));
                self.tell_undone_operation("reservationId", &self.holds[no].id, true, said);
            }
        }
        Ok(())
    }

    fn tell_undone_operation(&self, name: &str, id: &str, has_balance: bool, said: &mut Said) {
        said.insert(name.into(), id.into());
        if has_balance {
            self.tell_balance("balance/", said);
        }
    }

    /// `RegisterReturnWithoutReceipt`: what such goods would earn by the rules of that day is taken back.
    fn return_freely(
        &mut self,
        call: &Call,
        back: &FreeReturn,
        now: i64,
        versions: &[Rules],
        heard: &Said,
        said: &mut Said,
    ) -> Result<(), Refused> {
        if back.at > now + CLOCK_TOLERANCE {
            return Err("TIME_IN_FUTURE");
        }
        if !receipts::are_sound(&back.lines) {
            return Err("RECEIPT_INVALID");
        }
        if back.who != Who::Nobody {
            self.find(back.who, "look")?;
        }
        let key = (call.place.till.to_owned(), local_day(back.at), back.number.clone());
        if self.returns.contains(&key) {
            return Err("RETURN_DUPLICATE");
        }
        let rules = in_force(versions, back.at).ok_or("PROGRAMME_NOT_IN_FORCE")?;
        let figures = receipts::figure(&back.lines, Some(rules), None, Means { available: 0, wanted: 0 }, heard);
        self.returns.push(key);
        figures.tell("amountRefund", figures.amount_due, said);
        if back.who == Who::Nobody {
            figures.tell("pointsRevoked", 0, said);
            return Ok(());
        }
        let was_available = self.available();
        let mut left = figures.points_to_earn;
        // What has just been earned, as far as it waits to be activated, is the likeliest to be these goods' own.
        for lot in self.lots.iter_mut().rev().filter(|lot| lot.state == LotState::Pending) {
            let taken = lot.remaining.min(left);
            lot.remaining -= taken;
            lot.revoked += taken;
            left -= taken;
        }
        left = self.revoke_rest(left, rules.policy);
        let revoked = figures.points_to_earn - left;
        if revoked > 0 {
            self.note(call.at, "return", self.available() - was_available, "");
        }
        figures.tell("pointsRevoked", revoked, said);
        said.insert("debt".into(), hundredths(self.debt));
        self.tell_balance("balance/", said);
        Ok(())
    }

    // ── Cards ──

    /// Why a card in this state cannot be used at all, if so.
    fn over(&self, card: usize) -> Option<Refused> {
        match self.cards[card].state {
            "replaced" => Some("CARD_REPLACED"),
            "closed" => Some("CARD_CLOSED"),
            _ => None,
        }
    }

    fn register(&mut self, card: Option<usize>, at: i64) -> Result<(), Refused> {
        if self.is_registered {
            return Err("CUSTOMER_EXISTS");
        }
        self.is_registered = true;
        card.map_or(Ok(()), |card| self.issue(card, at))
    }

    fn issue(&mut self, card: usize, at: i64) -> Result<(), Refused> {
        match self.cards[card].state {
            "registered" => {
                self.cards[card].state = "issued";
                self.cards[card].issued = at;
                Ok(())
            }
            "issued" | "active" => Err("CARD_ALREADY_ISSUED"),
            "blocked" => Err("CARD_BLOCKED"),
            _ => Err(self.over(card).unwrap()),
        }
    }

    fn change(
        &mut self,
        card: usize,
        from: &[&str],
        to: &'static str,
        otherwise: Refused,
        said: &mut Said,
    ) -> Result<(), Refused> {
        if let Some(refused) = self.over(card) {
            return Err(refused);
        }
        let state = self.cards[card].state;
        if !from.contains(&state) {
            return Err(match state {
                "registered" if to != "active" || otherwise != "CARD_NOT_BLOCKED" => "CARD_NOT_ISSUED",
                "blocked" => "CARD_BLOCKED",
                _ => otherwise,
            });
        }
        self.cards[card].state = to;
        self.tell_card(card, said);
        Ok(())
    }

    fn replace(&mut self, card: usize, new: usize, at: i64, said: &mut Said) -> Result<(), Refused> {
        if let Some(refused) = self.over(card) {
            return Err(refused);
        }
        if self.cards[card].state == "registered" {
            return Err("CARD_NOT_ISSUED");
        }
        if self.cards[new].state != "registered" {
            return Err("NEW_CARD_NOT_FREE");
        }
        self.cards[card].state = "replaced";
        self.cards[card].successor = new;
        self.cards[new].state = "active";
        self.cards[new].issued = at;
        self.tell_card(new, said);
        Ok(())
    }

    fn tell_card(&self, card: usize, said: &mut Said) {
        said.insert("card/number".into(), self.numbers[card].clone());
        said.insert("card/state".into(), self.cards[card].state.into());
        // A card that was never in anybody's hands opens nothing.
        if self.cards[card].issued > 0 {
            self.tell_balance("balance/", said);
        }
    }

    /// Whether an identifier leads to the account, for looking, earning or spending.
    fn find(&self, who: Who, wanted: &str) -> Result<(), Refused> {
        let card = match who {
            Who::Card(card) => card,
            Who::OtherPhone(phone) if !self.merged_phones.contains(&phone) => return Err("CUSTOMER_UNKNOWN"),
            _ => return if self.is_registered { Ok(()) } else { Err("CUSTOMER_UNKNOWN") },
        };
        match (self.cards[card].state, wanted) {
            ("active", _) | ("issued", "look" | "earn") | ("blocked", "look") => Ok(()),
            ("registered", _) => Err("CARD_NOT_ISSUED"),
            ("issued", _) => Err("CARD_NOT_ACTIVE"),
            ("blocked", _) => Err("CARD_BLOCKED"),
            _ => Err(self.over(card).unwrap()),
        }
    }

    /// Whether an identifier leads to points that may be spent.
    fn may_spend(&self, who: Who) -> Result<(), Refused> {
        self.find(who, "spend")?;
        if self.is_frozen { Err("ACCOUNT_FROZEN") } else { Ok(()) }
    }

    // ── Time ──

    /// Does what the passing of time has made due, one event after another; of one moment activations come first, then
    /// expiries, then holds.
    fn pass_time(&mut self, now: i64) {
        loop {
            let lots = self.lots.iter().enumerate().filter(|(_, lot)| lot.remaining > 0);
            let due = lots.flat_map(|(no, lot)| {
                let activation = (lot.state == LotState::Pending).then_some((lot.activates, 0, no));
                let expiry = (lot.state != LotState::Lapsed).then_some(lot.expires).flatten().map(|at| (at, 1, no));
                [activation, expiry].into_iter().flatten()
            });
            let holds = self.holds.iter().enumerate().filter(|(_, hold)| hold.is_open());
            let next = due.chain(holds.map(|(no, hold)| (hold.expires, 2, no))).min();
            let Some((at, what, no)) = next.filter(|(at, ..)| *at <= now) else { return };
            match what {
                0 => self.activate(no, at),
                1 => self.lapse(no, at),
                _ => self.let_go(no, "expired", at, at),
            }
        }
    }

    fn activate(&mut self, no: usize, at: i64) {
        let receipt = self.lots[no].receipt.clone();
        self.lots[no].state = LotState::Active;
        self.note(at, "activation", self.lots[no].remaining, &receipt);
        self.close_debt(at, &receipt);
    }

    fn lapse(&mut self, no: usize, at: i64) {
        let lot = &mut self.lots[no];
        let was_active = lot.state == LotState::Active;
        let gone = std::mem::take(&mut lot.remaining);
        lot.expired += gone;
        lot.state = LotState::Lapsed;
        let receipt = lot.receipt.clone();
        self.note(at, "expiry", if was_active { -gone } else { 0 }, &receipt);
    }

    /// Writes a line of the statement: how what is available has just changed.
    fn note(&mut self, at: i64, kind: &'static str, change: i128, receipt: &str) {
        let after = self.available();
        self.statement.push(Entry { at, kind, change, after, receipt: receipt.into() });
    }

    // ── Points ──

    /// The earliest expiry first, then the oldest, then the number; never-expiring last.
    fn turn(&self, no: usize) -> (i64, i64, usize) {
        (self.lots[no].expires.unwrap_or(i64::MAX), self.lots[no].activates, no)
    }

    /// Active lots in the order in which they are consumed.
    fn in_order(&self) -> Vec<usize> {
        let is_spendable = |no: &usize| self.lots[*no].state == LotState::Active && self.lots[*no].remaining > 0;
        let mut lots: Vec<usize> = (0..self.lots.len()).filter(is_spendable).collect();
        lots.sort_by_key(|no| self.turn(*no));
        lots
    }

    /// Takes points out of what is available, the earliest to expire first; answers which.
    fn take(&mut self, points: i128, to: fn(&mut Lot) -> &mut i128) -> Vec<(usize, i128)> {
        let mut left = points;
        let mut shares = Vec::new();
        for no in self.in_order() {
            let taken = self.lots[no].remaining.min(left);
            if taken > 0 {
                self.lots[no].remaining -= taken;
                *to(&mut self.lots[no]) += taken;
                left -= taken;
                shares.push((no, taken));
            }
        }
        shares
    }

    /// Points come back to their lots; one that has lapsed meanwhile gets the grace.
    fn put_back(&mut self, shares: &[(usize, i128)], from: fn(&mut Lot) -> &mut i128, now: i64, grace: i64) -> i128 {
        for (no, points) in shares {
            let lot = &mut self.lots[*no];
            *from(lot) -= points;
            lot.remaining += points;
            lot.state = LotState::Active;
            if lot.expires.is_some_and(|at| at <= now) {
                lot.expires = Some(now + grace);
            }
        }
        shares.iter().map(|(_, points)| points).sum()
    }

    fn close_debt(&mut self, at: i64, receipt: &str) {
        let due = self.debt.min(self.available());
        if due > 0 {
            self.take(due, |lot| &mut lot.revoked);
            self.debt -= due;
            self.note(at, "debt", -due, receipt);
        }
    }

    fn accrue(&mut self, points: i128, rules: &Rules, at: i64, now: i64, receipt: &str) -> Option<usize> {
        if points == 0 {
            return None;
        }
        let activates = if rules.delay_days == 0 { at } else { midnight(at, rules.delay_days) };
        let expires = rules.life.end(activates);
        let is_active = activates <= now;
        let state = if is_active { LotState::Active } else { LotState::Pending };
        let receipt = receipt.to_owned();
        self.lots.push(Lot {
            state,
            issued: points,
            remaining: points,
            reserved: 0,
            spent: 0,
            expired: 0,
            revoked: 0,
            activates,
            expires,
            receipt: receipt.clone(),
        });
        self.note(at, "accrual", if is_active { points } else { 0 }, &receipt);
        self.close_debt(at, &receipt);
        // A receipt may come so late that its points have lapsed already.
        self.pass_time(now);
        Some(self.lots.len() - 1)
    }

    /// Takes earned points back: of their own lot, then of the rest, then as a debt, as far as the policy goes.
    fn revoke(
        &mut self,
        lot: Option<usize>,
        points: i128,
        policy: &str,
        at: i64,
        kind: &'static str,
        receipt: &str,
    ) -> i128 {
        let Some(no) = lot else { return 0 };
        let was_available = self.available();
        let mut left = points;
        let own = &mut self.lots[no];
        if policy != "only_pending" || own.state == LotState::Pending {
            let taken = own.remaining.min(left);
            own.remaining -= taken;
            own.revoked += taken;
            left -= taken;
        }
        left = self.revoke_rest(left, policy);
        if left < points {
            self.note(at, kind, self.available() - was_available, receipt);
        }
        points - left
    }

    /// Takes points back of whatever is available, then as a debt, as far as the policy goes; answers what is left over.
    fn revoke_rest(&mut self, points: i128, policy: &str) -> i128 {
        if policy == "only_pending" {
            return points;
        }
        let taken = self.take(points.min(self.available()), |lot| &mut lot.revoked);
        let left = points - taken.iter().map(|(_, taken)| taken).sum::<i128>();
        if policy != "unlimited" {
            return left;
        }
        self.debt += left;
        0
    }

    /// Counts money paid towards the status.
    fn count(&mut self, paid: i128, rules: &Rules, at: i64, now: i64, receipt: &str) -> Option<usize> {
        let points = paid / rules.status_step * rules.status_points;
        if points == 0 {
            return None;
        }
        self.lots.push(Lot {
            state: LotState::Status,
            issued: points,
            remaining: points,
            reserved: 0,
            spent: 0,
            expired: 0,
            revoked: 0,
            activates: at,
            expires: rules.life.end(at),
            receipt: receipt.into(),
        });
        self.note(at, "accrual", 0, receipt);
        let lot = self.lots.len() - 1;
        self.pass_time(now);
        Some(lot)
    }

    /// Takes status points back, in proportion to the money that goes back out of what had not gone back before.
    fn discount(&mut self, no: usize, back: i128, at: i64, kind: &'static str) {
        let sale = &mut self.sales[no];
        let left = sale.lines.iter().map(|line| line.due).sum::<i128>() - sale.refunded;
        sale.refunded += back;
        let receipt = sale.key.3.clone();
        let Some(lot) = sale.status.map(|lot| &mut self.lots[lot]) else { return };
        let taken = if left == 0 { 0 } else { lot.remaining * back / left };
        lot.remaining -= taken;
        lot.revoked += taken;
        if taken > 0 {
            self.note(at, kind, 0, &receipt);
        }
    }

    // ── Receipts ──

    fn available_to(&self, who: Who) -> i128 {
        if who == Who::Nobody { 0 } else { self.available() }
    }

    fn spendable(&self, who: Who) -> i128 {
        if who != Who::Nobody && self.may_spend(who).is_ok() { self.available() } else { 0 }
    }

    fn price(
        &self,
        receipt: &Receipt,
        now: i64,
        versions: &[Rules],
        means: Means,
        heard: &Said,
    ) -> Result<Figures, Refused> {
        if receipt.at > now + CLOCK_TOLERANCE {
            return Err("TIME_IN_FUTURE");
        }
        if !receipts::are_sound(&receipt.lines) {
            return Err("RECEIPT_INVALID");
        }
        if receipt.who == Who::Nobody {
            return Ok(receipts::figure(&receipt.lines, None, None, means, heard));
        }
        self.find(receipt.who, "earn")?;
        let rules = in_force(versions, receipt.at).ok_or("PROGRAMME_NOT_IN_FORCE")?;
        let spend = self.may_spend(receipt.who).is_ok().then_some(rules);
        Ok(receipts::figure(&receipt.lines, Some(rules), spend, means, heard))
    }

    #[allow(clippy::too_many_arguments, reason = "a deed, its circumstances, and where to tell")]
    fn reserve(
        &mut self,
        call: &Call,
        receipt: &Receipt,
        points: i128,
        now: i64,
        versions: &[Rules],
        heard: &Said,
        said: &mut Said,
    ) -> Result<(), Refused> {
        let available = self.spendable(receipt.who);
        let figures = self.price(receipt, now, versions, Means { available, wanted: points }, &Said::new())?;
        if receipt.who == Who::Nobody {
            return Err("IDENTIFIER_REQUIRED");
        }
        self.may_spend(receipt.who)?;
        if points == 0 {
            return Err("POINTS_REQUIRED");
        }
        let rules = in_force(versions, receipt.at).unwrap().clone();
        if points % rules.spend_unit != 0 {
            return Err("POINTS_UNIT");
        }
        if points > available {
            return Err("POINTS_NOT_ENOUGH");
        }
        if points > figures.points_max {
            return Err("POINTS_OVER_LIMIT");
        }
        let shares = self.take(points, |lot| &mut lot.reserved);
        self.note(call.at, "reservation", -points, "");
        self.holds.push(Hold {
            id: heard.get("reservationId").cloned().unwrap_or_default(),
            state: if rules.code { "awaiting_code" } else { "held" },
            points,
            expires: now + rules.hold_minutes * MINUTE,
            codes: Vec::new(),
            is_void: false,
            place: call.place,
            shares,
            captured: 0,
            grace: rules.grace_days * DAY,
            code_ttl: rules.code_minutes * MINUTE,
            tries: rules.tries,
            code_sent: 0,
        });
        let no = self.holds.len() - 1;
        if rules.code {
            self.send(no, now)?;
        }
        self.tell_hold(no, said);
        Ok(())
    }

    fn send(&mut self, no: usize, now: i64) -> Result<(), Refused> {
        let messages = self.messages.entry(self.phone).or_default();
        if messages.iter().filter(|at| **at >= now - DAY).count() >= CODES_A_DAY {
            return Err("CODE_LIMIT");
        }
        messages.push(now);
        let hold = &mut self.holds[no];
        hold.codes.push((self.phone, messages.len() - 1));
        (hold.code_sent, hold.is_void) = (now, false);
        Ok(())
    }

    fn own_hold(&self, call: &Call, no: usize) -> Result<&Hold, Refused> {
        // A partner sees its own holds only.
        self.holds
            .get(no)
            .filter(|hold| partner(hold.place.login) == partner(call.place.login))
            .ok_or("RESERVATION_UNKNOWN")
    }

    fn stands(&self, call: &Call, no: usize) -> Result<(), Refused> {
        match self.own_hold(call, no)?.state {
            "captured" | "partly_captured" => Err("RESERVATION_CAPTURED"),
            "released" => Err("RESERVATION_RELEASED"),
            "expired" => Err("RESERVATION_EXPIRED"),
            _ => Ok(()),
        }
    }

    fn awaits_code(&self, call: &Call, no: usize) -> Result<(), Refused> {
        self.stands(call, no)?;
        if self.holds[no].state == "held" { Err("RESERVATION_CONFIRMED") } else { Ok(()) }
    }

    fn confirm(&mut self, call: &Call, no: usize, entered: Entered, now: i64, said: &mut Said) -> Result<(), Refused> {
        self.awaits_code(call, no)?;
        let hold = &mut self.holds[no];
        if hold.is_void {
            return Err("CODE_NOT_SENT");
        }
        if now >= hold.code_sent + hold.code_ttl {
            return Err("CODE_EXPIRED");
        }
        if entered == Entered::Right {
            hold.state = "held";
            self.tell_hold(no, said);
            return Ok(());
        }
        hold.tries -= 1;
        if hold.tries > 0 {
            return Err("CODE_WRONG");
        }
        self.let_go(no, "released", call.at, now);
        Err("CODE_TRIES_EXHAUSTED")
    }

    fn let_go(&mut self, no: usize, state: &'static str, at: i64, now: i64) {
        self.holds[no].state = state;
        let (shares, grace) = (self.holds[no].shares.clone(), self.holds[no].grace);
        let points = self.put_back(&shares, |lot| &mut lot.reserved, now, grace);
        self.note(at, "release", points, "");
        self.close_debt(at, "");
        self.pass_time(now);
    }

    fn tell_hold(&self, no: usize, said: &mut Said) {
        let hold = &self.holds[no];
        said.insert("state".into(), hold.state.into());
        said.insert("points".into(), hundredths(hold.points));
        said.insert("expiresAt".into(), local_text(hold.expires));
        said.insert("captured".into(), if hold.is_open() { String::new() } else { hundredths(hold.captured) });
        let awaits = hold.state == "awaiting_code";
        said.insert("triesLeft".into(), if awaits { hold.tries.to_string() } else { String::new() });
        let again = if awaits { local_text(hold.code_sent + RESEND_PAUSE) } else { String::new() };
        said.insert("resendAfter".into(), again);
    }

    #[allow(clippy::too_many_arguments, reason = "a deed, its circumstances, and where to tell")]
    fn sell(
        &mut self,
        call: &Call,
        receipt: &Receipt,
        hold: Option<usize>,
        points: i128,
        now: i64,
        versions: &[Rules],
        heard: &Said,
        said: &mut Said,
    ) -> Result<(), Refused> {
        let held = hold.map(|no| self.own_hold(call, no).map(|hold| hold.points));
        let means = match held {
            Some(Ok(points_held)) => Means { available: points_held, wanted: points },
            _ => Means { available: self.spendable(receipt.who), wanted: 0 },
        };
        let figures = self.price(receipt, now, versions, means, heard)?;
        let shift = receipt.shift.clone();
        let key = (receipt.place.till.to_owned(), local_day(receipt.at), shift, receipt.number.clone());
        if self.sales.iter().any(|sale| sale.key == key) {
            return Err("RECEIPT_DUPLICATE");
        }
        if receipt.fiscal.is_some() && self.sales.iter().any(|sale| sale.fiscal == receipt.fiscal) {
            return Err("FISCAL_DUPLICATE");
        }
        let rules = in_force(versions, receipt.at).unwrap().clone();
        match hold {
            None if points > 0 => return Err("RESERVATION_REQUIRED"),
            None => {}
            Some(no) => {
                held.unwrap()?;
                if receipt.who == Who::Nobody {
                    return Err("IDENTIFIER_REQUIRED");
                }
                if self.holds[no].place.store != call.place.store {
                    return Err("RESERVATION_MISMATCH");
                }
                self.stands(call, no)?;
                if self.holds[no].state == "awaiting_code" {
                    return Err("RESERVATION_AWAITS_CODE");
                }
                if points > self.holds[no].points {
                    return Err("POINTS_OVER_LIMIT");
                }
                if points > 0 && figures.points_applied != points {
                    self.may_spend(receipt.who)?;
                    return Err(if points % rules.spend_unit == 0 { "POINTS_OVER_LIMIT" } else { "POINTS_UNIT" });
                }
            }
        }
        figures.tell_quote(said);
        if receipt.quote.as_ref().is_some_and(|(_, agreed)| !agreed.same_for_customer(&figures)) {
            return Err("QUOTE_CHANGED");
        }
        let (spent, released) = match hold {
            Some(no) => self.capture(no, points, call.at, now, &receipt.number),
            None => (Vec::new(), 0),
        };
        let is_held_by_customer = receipt.who != Who::Nobody;
        let lot = if is_held_by_customer {
            self.accrue(figures.points_to_earn, &rules, receipt.at, now, &receipt.number)
        } else {
            None
        };
        let status = if is_held_by_customer {
            self.count(figures.amount_due, &rules, receipt.at, now, &receipt.number)
        } else {
            None
        };
        figures.tell("pointsEarned", figures.points_to_earn, said);
        figures.tell("pointsSpent", figures.points_applied, said);
        figures.tell("pointsReleased", released, said);
        if is_held_by_customer {
            self.tell_balance("balance/", said);
        }
        let lines = receipt.lines.iter().zip(&figures.lines).map(|(line, figured)| SoldLine {
            number: line.number,
            quantity: line.quantity,
            returned: 0,
            due: figured.due,
            points: figured.points,
            earned: figured.earned,
        });
        self.sales.push(Sale {
            id: heard.get("receiptId").cloned().unwrap_or_default(),
            place: call.place,
            state: "confirmed",
            key,
            lines: lines.collect(),
            at: receipt.at,
            fiscal: receipt.fiscal.clone(),
            is_held_by_customer,
            lot,
            earned: figures.points_to_earn,
            spent,
            grace: rules.grace_days * DAY,
            policy: rules.policy,
            status,
            refunded: 0,
        });
        Ok(())
    }

    /// Spends a part of a hold, the lots that expire first going first, and gives the rest back.
    fn capture(&mut self, no: usize, points: i128, at: i64, now: i64, receipt: &str) -> (Vec<(usize, i128)>, i128) {
        let mut shares = self.holds[no].shares.clone();
        shares.sort_by_key(|(lot, _)| self.turn(*lot));
        let hold = &mut self.holds[no];
        let released = hold.points - points;
        hold.captured = points;
        hold.state = match (points, released) {
            (_, 0) => "captured",
            (0, _) => "released",
            _ => "partly_captured",
        };
        let (grace, mut left) = (hold.grace, points);
        let (mut spent, mut rest) = (Vec::new(), Vec::new());
        for (lot, held) in shares {
            let taken = held.min(left);
            left -= taken;
            self.lots[lot].reserved -= taken;
            self.lots[lot].spent += taken;
            if taken > 0 {
                spent.push((lot, taken));
            }
            if held > taken {
                rest.push((lot, held - taken));
            }
        }
        if points > 0 {
            self.note(at, "redemption", 0, receipt);
        }
        if released > 0 {
            self.put_back(&rest, |lot| &mut lot.reserved, now, grace);
            self.note(at, "release", released, receipt);
        }
        self.close_debt(at, receipt);
        self.pass_time(now);
        (spent, released)
    }

    // ── Goods come back ──

    fn own_sale(&self, call: &Call, no: usize) -> Result<&Sale, Refused> {
        self.sales
            .get(no)
            .filter(|sale| partner(sale.place.login) == partner(call.place.login))
            .ok_or("RECEIPT_UNKNOWN")
    }

    fn cancel(&mut self, call: &Call, no: usize, now: i64, said: &mut Said) -> Result<(), Refused> {
        match self.own_sale(call, no)?.state {
            "cancelled" => return Err("RECEIPT_CANCELLED"),
            "confirmed" => {}
            _ => return Err("RECEIPT_RETURNED"),
        }
        let (restored, earned) = (self.sales[no].lines.iter().map(|line| line.points).sum(), self.sales[no].earned);
        let refund = self.sales[no].lines.iter().map(|line| line.due).sum();
        let revoked = self.undo(no, [restored, earned, refund], call.at, now, "cancellation");
        self.sales[no].state = "cancelled";
        self.tell_undone(no, revoked, restored, said);
        Ok(())
    }

    fn give_back(
        &mut self,
        call: &Call,
        back: &Return,
        now: i64,
        said: &mut Said,
        is_done: bool,
    ) -> Result<(), Refused> {
        if back.at > now + CLOCK_TOLERANCE {
            return Err("TIME_IN_FUTURE");
        }
        match self.own_sale(call, back.sale)?.state {
            "cancelled" => return Err("RECEIPT_CANCELLED"),
            "returned" => return Err("RETURN_NOTHING_LEFT"),
            _ => {}
        }
        let sale = &mut self.sales[back.sale];
        let left = sale.lines.iter().filter(|line| line.returned < line.quantity);
        let mut left: Vec<(usize, i128)> = left.map(|line| (line.number, line.quantity - line.returned)).collect();
        left.sort_unstable();
        let asked = if back.lines.is_empty() { &left } else { &back.lines };
        let (mut refund, mut restored, mut revoked) = (0, 0, 0);
        for (index, (number, quantity)) in asked.iter().enumerate() {
            let line = sale.lines.iter_mut().find(|line| line.number == *number).ok_or("RETURN_LINE_UNKNOWN")?;
            if line.returned + quantity > line.quantity {
                return Err("RETURN_OVER_SOLD");
            }
            // The first units of a line carry their share rounded down; what that leaves comes with a later return.
            let (was, is) = (line.returned, line.returned + quantity);
            let share = |amount: i128| amount * is / line.quantity - amount * was / line.quantity;
            let of_line = [share(line.due), share(line.points), share(line.earned)];
            line.returned = is;
            refund += of_line[0];
            restored += of_line[1];
            revoked += of_line[2];
            for (name, value) in ["amountRefund", "pointsRestored", "pointsRevoked"].iter().zip(of_line) {
                said.insert(format!("lines/line[{index}]/{name}"), hundredths(value));
            }
        }
        let key = (back.place.till.to_owned(), local_day(back.at), back.number.clone());
        if is_done && self.returns.contains(&key) {
            return Err("RETURN_DUPLICATE");
        }
        self.returns.push(key);
        let sale = &mut self.sales[back.sale];
        let is_whole = sale.lines.iter().all(|line| line.returned == line.quantity);
        sale.state = if is_whole { "returned" } else { "partly_returned" };
        let revoked = self.undo(back.sale, [restored, revoked, refund], call.at, now, "return");
        said.insert("amountRefund".into(), hundredths(refund));
        self.tell_undone(back.sale, revoked, restored, said);
        Ok(())
    }

    /// Spent points return to their lots, in the order in which lots are spent; then earned points are taken back.
    fn undo(
        &mut self,
        no: usize,
        [restored, revoked, refund]: [i128; 3],
        at: i64,
        now: i64,
        kind: &'static str,
    ) -> i128 {
        let mut spent = std::mem::take(&mut self.sales[no].spent);
        spent.sort_by_key(|(lot, _)| self.turn(*lot));
        self.sales[no].spent = spent;
        let sale = &mut self.sales[no];
        let (receipt, grace, policy, own) = (sale.key.3.clone(), sale.grace, sale.policy, sale.lot);
        let mut left = restored;
        let mut shares = Vec::new();
        for (lot, spent) in &mut sale.spent {
            let back = (*spent).min(left);
            *spent -= back;
            left -= back;
            if back > 0 {
                shares.push((*lot, back));
            }
        }
        assert_eq!(left, 0, "more comes back than was spent");
        if restored > 0 {
            self.put_back(&shares, |lot| &mut lot.spent, now, grace);
            self.note(at, kind, restored, &receipt);
        }
        if self.sales[no].is_held_by_customer {
            self.close_debt(at, &receipt);
        }
        // Without a grace, what came back to a lapsed lot lapses now.
        self.pass_time(now);
        let revoked = self.revoke(own, revoked, policy, at, kind, &receipt);
        self.discount(no, refund, at, kind);
        revoked
    }

    fn tell_undone(&self, no: usize, revoked: i128, restored: i128, said: &mut Said) {
        said.insert("receiptId".into(), self.sales[no].id.clone());
        said.insert("pointsRevoked".into(), hundredths(revoked));
        said.insert("pointsRestored".into(), hundredths(restored));
        if self.sales[no].is_held_by_customer {
            said.insert("debt".into(), hundredths(self.debt));
            self.tell_balance("balance/", said);
        }
    }

    // ── Reading ──

    fn tell_balance(&self, path: &str, said: &mut Said) {
        let pending: i128 =
            self.lots.iter().filter(|lot| lot.state == LotState::Pending).map(|lot| lot.remaining).sum();
        let (available, reserved) = (self.available(), self.lots.iter().map(|lot| lot.reserved).sum::<i128>());
        let total = pending + available + reserved;
        let sums = [total, available, pending, reserved, self.debt];
        for (name, value) in ["total", "available", "pending", "reserved", "debt"].iter().zip(sums) {
            said.insert(format!("{path}{name}"), hundredths(value));
        }
    }

    fn tell_dates(&self, who: Who, said: &mut Said) {
        let card = match who {
            Who::Card(card) => Some(card),
            _ => {
                let newest = |state| {
                    let of_state = (0..self.cards.len()).filter(|card| self.cards[*card].state == state);
                    of_state.max_by_key(|card| (self.cards[*card].issued, &self.numbers[*card]))
                };
                newest("active").or_else(|| newest("issued"))
            }
        };
        said.insert("cardNumber".into(), card.map(|card| self.numbers[card].clone()).unwrap_or_default());
        said.insert("cardState".into(), card.map(|card| self.cards[card].state.to_owned()).unwrap_or_default());
        self.tell_balance("", said);
        let mut expiries: BTreeMap<i64, i128> = BTreeMap::new();
        let mut activations = expiries.clone();
        for lot in self.lots.iter().filter(|lot| lot.remaining > 0) {
            match (lot.state, lot.expires) {
                (LotState::Active, Some(at)) => *expiries.entry(at).or_default() += lot.remaining,
                (LotState::Pending, _) => *activations.entry(lot.activates).or_default() += lot.remaining,
                _ => {}
            }
        }
        for (path, dates) in [("expiries/expiry", expiries), ("activations/activation", activations)] {
            let count = dates.len().min(DATES_SHOWN);
            for (index, (at, points)) in dates.into_iter().take(DATES_SHOWN).enumerate() {
                said.insert(format!("{path}[{index}]/at"), local_text(at));
                said.insert(format!("{path}[{index}]/points"), hundredths(points));
            }
            // And not one more.
            said.insert(format!("{path}[{count}]/at"), String::new());
        }
    }

    /// Tells a page of the statement out of its `left` oldest lines; answers how many are older than the page, if any that
    /// belong to the period.
    fn tell_statement(&self, from: NaiveDate, to: NaiveDate, left: usize, said: &mut Said) -> Option<usize> {
        let lines = self.statement.iter().enumerate().take(left).rev();
        let mut period = lines.filter(|(_, entry)| (from..=to).contains(&local_day(entry.at)));
        let page: Vec<(usize, &Entry)> = period.by_ref().take(STATEMENT_PAGE).collect();
        for (index, (_, entry)) in page.iter().enumerate() {
            let path = format!("entries/entry[{index}]");
            said.insert(format!("{path}/at"), local_text(entry.at));
            said.insert(format!("{path}/kind"), entry.kind.into());
            said.insert(format!("{path}/points"), hundredths(entry.change));
            said.insert(format!("{path}/balanceAfter"), hundredths(entry.after));
            said.insert(format!("{path}/receipt"), entry.receipt.clone());
        }
        said.insert(format!("entries/entry[{}]/at", page.len()), String::new());
        said.insert("nextCursor".into(), String::new());
        period.next().and(page.last()).map(|(last, _)| *last)
    }

    /// What the head office sees, the phone aside.
    fn tell_account(&self, said: &mut Said) {
        let mut sums = Said::new();
        self.tell_balance("account/", &mut sums);
        sums.remove("account/total");
        said.append(&mut sums);
        said.insert("account/state".into(), if self.is_frozen { "frozen" } else { "open" }.into());
        let status = self.lots.iter().filter(|lot| lot.state == LotState::Status).map(|lot| lot.remaining).sum();
        said.insert("account/statusPoints".into(), hundredths(status));
        said.insert("account/phoneConfirmed".into(), "false".into());
        let mut cards: Vec<usize> = (0..self.cards.len()).filter(|card| self.cards[*card].issued > 0).collect();
        cards.sort_by_key(|card| std::cmp::Reverse((self.cards[*card].issued, &self.numbers[*card])));
        for (index, card) in cards.iter().enumerate() {
            said.insert(format!("account/cards/number[{index}]"), self.numbers[*card].clone());
        }
        said.insert(format!("account/cards/number[{}]", cards.len()), String::new());
    }

    /// Which phones had how many messages.
    pub fn messages(&self) -> impl Iterator<Item = (usize, usize)> {
        self.messages.iter().map(|(phone, sent)| (*phone, sent.len()))
    }

    /// Whether the customer ever was this phone's.
    pub fn knows_phone(&self, phone: usize) -> bool {
        self.phone == phone || self.merged_phones.contains(&phone)
    }

    /// The invariants of the ledger, of the model itself.
    fn check(&self) {
        for lot in &self.lots {
            let parts = [lot.remaining, lot.reserved, lot.spent, lot.expired, lot.revoked];
            assert!(parts.iter().all(|part| *part >= 0), "{lot:?}");
            assert_eq!(parts.iter().sum::<i128>(), lot.issued, "{lot:?}");
        }
        assert!(self.debt >= 0 && (self.debt == 0 || self.available() == 0), "a debt beside available points");
    }
}

impl Hold {
    /// Whether it stands.
    pub fn is_open(&self) -> bool {
        matches!(self.state, "awaiting_code" | "held")
    }
}
