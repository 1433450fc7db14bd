//! What one customer's tills ask for. It depends on the seed, on the customer's number and on time alone, so that any
//! customer's stream can be told again without the others.

mod foreign;
mod pairs;

use std::collections::VecDeque;

use crate::{
    book::{
        Book, Call, DAY, Deed, Entered, Fiscal, FreeReturn, HOUR, Hold, MINUTE, POINTS_MAX, Place, RECEIPT_AGE,
        Receipt, Return, Rules, SECOND, Said, Who, local_text, partner, rules_for,
    },
    chance::Chance,
    receipts::{Line, check_parts, scaled, units},
    support::answers,
    wire::{self, Names},
};

const PLACES: [Place; 4] = [
    Place { login: "demo", store: "M1", till: "M1-01" },
    Place { login: "demo", store: "M1", till: "M1-02" },
    Place { login: "demo", store: "M2", till: "M2-01" },
    Place { login: "other", store: "X1", till: "X1-01" },
];
/// Who may take goods back without the receipt of their sale.
const SENIOR: [Place; 2] =
    [Place { login: "senior", store: "M1", till: "M1-01" }, Place { login: "senior", store: "M1", till: "M1-02" }];
const OFFICE: Place = Place { login: "office", store: "", till: "" };
/// A story is of one customer, or of two until they are found to be the same.
const BOOKS: usize = 2;
const CARDS: usize = 4;
/// Phone numbers that a story has to give away.
const PHONES: usize = 10;
const REMEMBERED: usize = 30;
/// Answers are kept for 90 days; what is older is not asked for again.
const REPEATED_WITHIN: i64 = 80 * DAY;

/// The drive of every till of the story.
const DRIVE: &str = "9999078900001234";
/// Of so many customers one has all the points that an account can hold, now and then.
const ONE_IS_FULL_OF: usize = 8;

/// What is to be sent.
#[derive(Clone)]
pub struct Request {
    pub login: &'static str,
    /// Whose of the story it is.
    book: usize,
    pub is_office: bool,
    pub operation: &'static str,
    pub arguments: String,
    what: What,
}

#[derive(Clone)]
enum What {
    New(Box<Call>),
    Again {
        past: usize,
    },
    OtherBody,
    /// Of another programme, with what it has to say.
    Foreign {
        expected: Said,
        registers: bool,
    },
    /// `GetOperation`, of a past one or of none.
    Recall {
        past: Option<usize>,
    },
}

/// A changing request with its answer.
#[derive(Clone)]
struct Past {
    login: &'static str,
    is_office: bool,
    key: String,
    operation: &'static str,
    arguments: String,
    answer: String,
    at: i64,
}

#[derive(Clone)]
pub struct Stream {
    pub number: usize,
    pub told: VecDeque<String>,
    books: Vec<Book>,
    /// Whose turn it is.
    turn: usize,
    phones_used: usize,
    chance: Chance,
    count: usize,
    past: Vec<Past>,
    /// Whether the first phone is a customer's of the other programme, too.
    is_known_abroad: bool,
}

/// A phone of a customer's.
fn phone_number(customer: usize, phone: usize) -> String {
    format!("+79{:02}{customer:07}", 20 + phone)
}

/// Which phone the number of a book's last card could be: that of the other customer, and one that is given away later.
const fn last_is(book: usize) -> usize {
    book + 1
}

/// The cards whose numbers could be phones: the beginnings of their numbers; the customer's number follows.
pub fn phone_like_prefixes() -> impl Iterator<Item = String> {
    (0..BOOKS).map(|book| format!("79{:02}", 20 + last_is(book)))
}

/// The first card of a customer; its cards follow one another.
pub fn card_number(customer: usize, card: usize) -> String {
    format!("22000000{:08}", customer * BOOKS * CARDS + card)
}

impl Stream {
    pub fn new(seed: u64, number: usize) -> Self {
        let cards = |book: usize| {
            let mut cards: Vec<String> = (0..CARDS - 1).map(|card| card_number(number, book * CARDS + card)).collect();
            cards.push(phone_number(number, last_is(book)).trim_start_matches('+').to_owned());
            cards
        };
        Self {
            number,
            told: VecDeque::new(),
            books: (0..BOOKS).map(|book| Book::new(cards(book), book, last_is(book))).collect(),
            turn: 0,
            phones_used: BOOKS,
            chance: Chance::new(seed, "customer", number),
            count: 0,
            past: Vec::new(),
            is_known_abroad: false,
        }
    }

    fn book(&self) -> &Book {
        &self.books[self.turn]
    }

    /// The next request.
    pub fn next(&mut self, now: i64, versions: &[Rules]) -> Request {
        self.count += 1;
        self.turn = if self.books.len() > 1 && self.chance.percent(25) { 1 } else { 0 };
        let book = self.turn;
        let repeatable = self.past.iter().rposition(|past| past.at > now - REPEATED_WITHIN);
        if repeatable.is_some() && self.chance.percent(9) {
            let fresh = self.past.iter().position(|past| past.at > now - REPEATED_WITHIN).unwrap();
            let past = fresh + self.chance.below(self.past.len() - fresh);
            let Past { login, operation, arguments, is_office, key, .. } = &self.past[past];
            let (login, operation, arguments, is_office) = (*login, *operation, arguments.clone(), *is_office);
            return match self.chance.below(6) {
                0..=1 => Self::recall(partner(login), key.clone(), Some(past)),
                2 if !is_office => {
                    let arguments = arguments.replace("<cashier>Петрова<", "<cashier>Иванова<");
                    Request { login, book, is_office, operation, arguments, what: What::OtherBody }
                }
                _ => Request { login, book, is_office, operation, arguments, what: What::Again { past } },
            };
        }
        if self.chance.percent(1) {
            return Self::recall("demo", format!("n{}-{}", self.number, self.count), None);
        }
        if self.chance.percent(2) {
            return self.asked_abroad(now);
        }
        let mut place = self.chance.pick(&PLACES[..3]);
        if self.chance.percent(4) {
            place = PLACES[3];
        }
        let at = now.div_euclid(SECOND) * SECOND;
        let ahead = if self.chance.percent(96) {
            0
        } else {
            let of_long_ago = [SECOND - RECEIPT_AGE, -RECEIPT_AGE - SECOND, -400 * DAY, -15_000 * DAY];
            let [young, old, older, oldest] = of_long_ago;
            self.chance.pick(&[5 * MINUTE, 12 * MINUTE, -3 * HOUR, young, old, older, oldest])
        };
        let key = format!("m{}-{}", self.number, self.count);
        let mut call = Call { place, at: at + ahead, key, deed: Deed::Balance { who: Who::Phone } };
        call.deed = self.deed(&mut call, at, now, versions);
        if self.chance.percent(30)
            && let Some(((_, key), _)) = self
                .book()
                .void_keys
                .iter()
                .find(|((whose, _), at)| *whose == partner(call.place.login) && **at > now - REPEATED_WITHIN)
        {
            // What was cancelled before it came comes after all.
            call.key = key.clone();
        }
        let is_office = call.deed.is_office();
        Request {
            login: call.place.login,
            book,
            is_office,
            operation: "",
            arguments: String::new(),
            what: What::New(Box::new(call)),
        }
    }

    fn recall(login: &'static str, key: String, past: Option<usize>) -> Request {
        let arguments = format!("<operationKey>{key}</operationKey>");
        let what = What::Recall { past };
        Request { login, book: 0, is_office: false, operation: "GetOperation", arguments, what }
    }

    /// Which of the messages has the code that a request needs: the phone, and the number among the messages to it.
    pub fn needs_message(&self, request: &Request) -> Option<(String, usize)> {
        let What::New(call) = &request.what else { return None };
        let Deed::Confirm { hold, entered } = &call.deed else { return None };
        let codes = &self.books[request.book].holds.get(*hold)?.codes;
        let (phone, message) = match entered {
            Entered::Old => codes.iter().rev().nth(1).copied(),
            Entered::Right | Entered::Wrong => codes.last().copied(),
        }?;
        Some((self.phone(phone), message))
    }

    fn phone(&self, phone: usize) -> String {
        phone_number(self.number, phone)
    }

    /// Writes a request down, now that its code is known.
    pub fn write(&self, request: &mut Request, code: &str) {
        let What::New(call) = &request.what else { return };
        let mut code = code.to_owned();
        if matches!(&call.deed, Deed::Confirm { entered: Entered::Wrong, .. }) {
            let last = code.pop().and_then(|digit| digit.to_digit(10)).unwrap_or(0);
            code.push_str(&((last + 1) % 10).to_string());
        }
        if code.is_empty() {
            code.push_str("000000");
        }
        let phones: Vec<String> = (0..PHONES).map(|phone| self.phone(phone)).collect();
        // Who becomes somebody else becomes the other one, where there is another.
        let other = self.books.get(1 - request.book).unwrap_or(&self.books[request.book]);
        let names = Names { phones: &phones, book: &self.books[request.book], other };
        let (operation, arguments) = wire::written(call, &code, &names);
        (request.operation, request.arguments) = (operation, arguments);
    }

    /// How many messages should have come to which phones by now.
    pub fn messages(&self) -> Vec<(String, usize)> {
        let sent = self.books.iter().flat_map(Book::messages);
        sent.map(|(phone, count)| (self.phone(phone), count)).collect()
    }

    /// Holds an answer against the model.
    ///
    /// # Errors
    /// What differs.
    pub fn hear(
        &mut self,
        request: Request,
        status: u16,
        body: String,
        now: i64,
        versions: &[Rules],
    ) -> Result<(), String> {
        let heard = wire::read(&body);
        let code = heard.get("code").cloned().unwrap_or_default();
        let mut note =
            format!("{} {} {} → {status} {code}", crate::book::local_text(now), request.login, request.operation);
        if let What::New(call) = &request.what {
            note.push_str(&format!("\n      {} {:?}", request.book, call.deed));
        }
        if self.told.len() == REMEMBERED {
            self.told.pop_front();
        }
        self.told.push_back(note);
        if status != 200 {
            return Err(format!("a fault: {body}\n{}", request.arguments));
        }
        if let Some(broken) = answers::broken(if request.is_office { "office_1" } else { "pos_1" }, &body) {
            return Err(format!("the answer breaks the contract: {broken}\n{body}"));
        }
        for book in 0..self.books.len() {
            let others = (0..self.books.len()).filter(|other| *other != book);
            let others: Vec<usize> = others.flat_map(|other| self.books[other].phones()).collect();
            self.books[book].others_phones = others;
        }
        let expected = match &request.what {
            What::Foreign { expected, registers } => {
                self.is_known_abroad |= *registers;
                expected.clone()
            }
            What::Again { past } => {
                let first = &self.past[*past].answer;
                return if *first == body { Ok(()) } else { Err(format!("a repeat has other bytes\n{first}\n{body}")) };
            }
            What::Recall { past } => return self.check_recalled(*past, &heard),
            What::OtherBody => Said::from([("code".to_owned(), "OPERATION_KEY_REUSED".to_owned())]),
            What::New(call) if matches!(call.deed, Deed::Merge { .. }) && self.books.len() > 1 => {
                let mut from = self.books.remove(request.book);
                let said = self.books[0].merge(&mut from, call, now);
                if said["code"] != "OK" {
                    self.books.insert(request.book, from);
                }
                said
            }
            What::New(call) => self.books[request.book].act(call, now, versions, &heard),
        };
        let differences: Vec<String> = expected
            .iter()
            .filter(|(name, value)| heard.get(*name).map_or("", String::as_str) != value.as_str())
            .map(|(name, value)| {
                format!("{name}: expected «{value}», got «{}»", heard.get(name).map_or("", String::as_str))
            })
            .collect();
        if !differences.is_empty() {
            return Err(format!("{}\n  asked: {}\n  answered: {body}", differences.join("\n"), request.arguments));
        }
        if let What::New(call) = &request.what {
            match (&call.deed, code.as_str()) {
                (Deed::Quote { receipt, .. } | Deed::Sell { receipt, .. }, "OK") => {
                    let quantities: Vec<i128> = receipt.lines.iter().map(|line| line.quantity).collect();
                    check_parts(&quantities, "amountDue", &heard)?;
                }
                (Deed::QuoteReturn(_) | Deed::Return(_), "OK") => {
                    let told = (0..).map_while(|index| expected.get(&format!("lines/line[{index}]/quantity")));
                    let quantities: Vec<i128> = told.map(|quantity| scaled(quantity, 3)).collect();
                    check_parts(&quantities, "amountRefund", &heard)?;
                }
                _ => {}
            }
            if request.arguments.contains("<operationKey>") {
                let key = call.key.clone();
                let Request { login, operation, arguments, is_office, .. } = request;
                // A key that was void before anything came with it has no answer of its own.
                if code != "OPERATION_CANCELLED" {
                    self.past.push(Past { login, is_office, key, operation, arguments, answer: body, at: now });
                }
            }
        }
        Ok(())
    }

    /// `GetOperation`: the first answer as it was sent, its `return`.
    fn check_recalled(&self, past: Option<usize>, heard: &Said) -> Result<(), String> {
        let heard = |name: &str| heard.get(name).map_or("", String::as_str);
        let Some(past) = past.map(|past| &self.past[past]) else {
            return if heard("found") == "false" { Ok(()) } else { Err("an operation is found that was not".into()) };
        };
        let answer = heard("answer").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
        // It stands alone: the declaration of its prefix is all that was not sent.
        let service = if past.is_office { "office" } else { "pos" };
        let answer = answer.replacen(&format!(" xmlns:m=\"urn:kopilka:ws:{service}:1\""), "", 1);
        let sent = past.answer.split_once("<m:return>").and_then(|(_, rest)| rest.rsplit_once("</m:return>"));
        let found = (heard("found"), heard("operation"), heard("recordedAt"));
        if found != ("true", past.operation, &local_text(past.at)) {
            return Err(format!("{} is recalled as {found:?}", past.operation));
        }
        let bare = |text: &str| text.replace("m:", "").replace("<return>", "").replace("</return>", "");
        if bare(&answer) != bare(sent.map_or("", |(sent, _)| sent)) {
            return Err(format!("recalled otherwise than answered:\n{answer}\n{}", past.answer));
        }
        Ok(())
    }

    fn deed(&mut self, call: &mut Call, at: i64, now: i64, versions: &[Rules]) -> Deed {
        if !self.book().is_registered && self.chance.percent(70) {
            let card = self.chance.percent(50).then_some(0);
            return if self.chance.percent(60) { Deed::Register { card } } else { Deed::Issue { card: 0 } };
        }
        // What is issued only does not spend: where nobody activates cards, nobody holds points.
        let cards = 0..self.book().numbers.len();
        let issued = cards.clone().find(|card| self.book().card_state(*card) == "issued");
        let is_any_active = cards.clone().any(|card| self.book().card_state(card) == "active");
        if let Some(card) = issued.filter(|_| !is_any_active)
            && self.chance.percent(25)
        {
            return Deed::Activate { card };
        }
        if let Some(deed) = self.go_on(call, at) {
            return deed;
        }
        if self.chance.percent(12) {
            return self.rare_deed(call, at, now);
        }
        // Goods of one receipt come back in many slices, and a buyer regrets at once.
        let begun = self.book().sales.iter().rposition(|sale| sale.state == "partly_returned");
        let regrets =
            self.book().sales.len().checked_sub(1).filter(|last| self.book().sales[*last].state == "confirmed");
        if let Some(sale) = begun.filter(|_| self.chance.percent(12)).or(regrets.filter(|_| self.chance.percent(4))) {
            call.place = self.book().sales[sale].place;
            return Deed::Return(self.goods_of(sale, call, at));
        }
        match self.chance.below(100) {
            0..=27 => Deed::Sell {
                receipt: self.receipt(call, at),
                hold: None,
                points: if self.chance.percent(2) { 100 } else { 0 },
            },
            28..=34 => {
                let receipt = self.receipt(call, at);
                let wanted = if self.chance.percent(50) { 0 } else { self.points(&receipt, now, versions) };
                Deed::Quote { receipt, wanted }
            }
            35..=54 => {
                let receipt = self.receipt(call, at);
                let points = self.points(&receipt, now, versions);
                Deed::Reserve { receipt, points }
            }
            55..=60 => self.card_deed(),
            61..=65 if !self.book().sales.is_empty() => Deed::Cancel { sale: self.sale(call) },
            66..=79 if !self.book().sales.is_empty() => {
                let back = self.goods_back(call, at);
                if self.chance.percent(30) { Deed::QuoteReturn(back) } else { Deed::Return(back) }
            }
            80..=85 => self.about_a_hold(call),
            86..=91 => {
                if let Some(page) = self.book().page.clone()
                    && self.safe(page.who) == page.who
                    && self.chance.percent(70)
                {
                    return Deed::Statement { who: page.who, from: page.from, to: page.to, after: Some(page) };
                }
                let from = now - self.chance.pick(&[0, DAY, 30 * DAY, 4_000 * DAY, 4_000 * DAY]);
                let to = now + self.chance.pick(&[DAY, DAY, 0, -DAY]);
                Deed::Statement { who: self.who(), from: from.min(to), to, after: None }
            }
            _ => Deed::Balance { who: self.who() },
        }
    }

    /// What the head office does, what a senior cashier does, and what a till does that has had no answer.
    fn rare_deed(&mut self, call: &mut Call, at: i64, now: i64) -> Deed {
        let who = self.who();
        if self.number % ONE_IS_FULL_OF == 3 && self.chance.percent(25) {
            call.place = OFFICE;
            let (held, available) = (self.book().held(), self.book().available());
            let room = POINTS_MAX - held;
            let points =
                self.chance.pick(&[room, room, room + 1, room - 700, -available, -available, -1_000]).min(POINTS_MAX);
            return Deed::Adjust { who, points };
        }
        match self.chance.below(100) {
            // A till that asks after months: the answer may be forgotten by then, the sale is not.
            0..=9 if !self.book().keys_of_sales_before(now - REPEATED_WITHIN).is_empty() => {
                let old = self.book().keys_of_sales_before(now - REPEATED_WITHIN);
                let (whose, key) = old[self.chance.below(old.len())].clone();
                call.place = if whose == "other" { PLACES[3] } else { PLACES[0] };
                Deed::Undo { key }
            }
            0..=34 => {
                let fresh = |(whose, key, at): &&(&'static str, String, i64)| {
                    (*at > now - REPEATED_WITHIN).then_some((*whose, key.clone()))
                };
                let mut known: Vec<(&'static str, String)> =
                    self.book().keys.iter().filter_map(|key| fresh(&key)).collect();
                let recent = known.len().saturating_sub(8);
                known.drain(..recent);
                let void = self.book().void_keys.iter().filter(|(_, at)| **at > now - REPEATED_WITHIN);
                let void: Vec<String> = void.map(|((_, key), _)| key.clone()).collect();
                let key = match self.chance.below(10) {
                    0 => format!("v{}-{}", self.number, self.count),
                    1 if !void.is_empty() => void[self.chance.below(void.len())].clone(),
                    _ if known.is_empty() => format!("v{}-{}", self.number, self.count),
                    _ => {
                        let (whose, key) = known[self.chance.below(known.len())].clone();
                        if whose == "other" {
                            call.place = PLACES[3];
                        } else if call.place.login == "other" {
                            call.place = PLACES[0];
                        }
                        key
                    }
                };
                Deed::Undo { key }
            }
            35..=49 => {
                call.place = self.chance.pick(&SENIOR);
                let number = format!("b{}-{}-{}", self.number, self.turn, self.count);
                let who = if self.chance.percent(10) { Who::Nobody } else { who };
                Deed::ReturnFreely(FreeReturn {
                    number,
                    at: self.when(at),
                    who,
                    lines: self.lines(),
                    fiscal: self.fiscal(),
                })
            }
            office => {
                call.place = OFFICE;
                match office {
                    50..=69 => Deed::Account { who },
                    // What is frozen is not to stay so for long: else nobody spends.
                    70..=76 => Deed::Freeze { who },
                    77..=91 => Deed::Unfreeze { who },
                    92..=94 => self.new_phone(who),
                    95..=96 => {
                        let points = self.chance.pick(&[0, 50, 700, 12_345, 100_000, -300, -5_000]);
                        Deed::Adjust { who, points }
                    }
                    _ => {
                        // The other's last card is meant by its phone: its number could be this customer's.
                        let is_last = matches!(who, Who::Card(card) if card + 1 >= CARDS);
                        let into = if is_last || self.chance.percent(80) { Who::Phone } else { who };
                        Deed::Merge { who, into }
                    }
                }
            }
        }
    }

    fn new_phone(&mut self, who: Who) -> Deed {
        if self.phones_used < PHONES && self.chance.percent(80) {
            self.phones_used += 1;
            return Deed::ChangePhone { who, new: self.phones_used - 1 };
        }
        let taken: Vec<usize> = self.book().merged_phones.clone();
        match taken.first() {
            Some(phone) => Deed::ChangePhone { who, new: *phone },
            None => Deed::Account { who: Who::OtherPhone(PHONES - 1) },
        }
    }

    /// What a till does next with a hold that stands, or with a quote that the customer agreed to.
    fn go_on(&mut self, call: &mut Call, at: i64) -> Option<Deed> {
        let open = self.book().holds.iter().rposition(Hold::is_open)?;
        let sales = self.book().sales.len();
        if sales > 0 && self.chance.percent(15) {
            // Goods come back while points are held, it may be the very points that they earned.
            let sale = sales - 1 - self.chance.below(sales.min(4));
            call.place = self.book().sales[sale].place;
            return Some(Deed::Return(self.goods_of(sale, call, at)));
        }
        if let Some(card) = self.book().bearer(open)
            && self.chance.percent(9)
        {
            // A card is lost, found again or replaced while its points are held.
            let free = (0..self.book().numbers.len()).find(|card| self.book().is_free(*card));
            return Some(match (self.chance.below(3), free) {
                (0, _) => Deed::Block { card },
                (_, Some(new)) => Deed::Replace { card, new },
                (_, None) => Deed::Close { card },
            });
        }
        if self.chance.percent(45) {
            return None;
        }
        let hold = &self.book().holds[open];
        let (state, points) = (hold.state, hold.points);
        if self.chance.percent(95) {
            call.place = self.book().place_of(open);
        }
        if self.chance.percent(20) {
            return Some(if self.chance.percent(70) {
                Deed::Resend { hold: open }
            } else {
                Deed::Release { hold: open }
            });
        }
        if state == "awaiting_code" && self.chance.percent(90) {
            let entered = match self.chance.below(10) {
                0..=6 => Entered::Right,
                7 if self.book().holds[open].codes.len() > 1 => Entered::Old,
                _ => Entered::Wrong,
            };
            return Some(Deed::Confirm { hold: open, entered });
        }
        let mut receipt = self.receipt(call, at);
        receipt.who = match self.book().bearer(open) {
            Some(card) if self.chance.percent(88) => self.safe(Who::Card(card)),
            None if self.chance.percent(75) => Who::Phone,
            _ => self.who(),
        };
        let spent = match self.chance.below(6) {
            0 => 0,
            1 => points + 100,
            2..=3 => units(points * i128::try_from(self.chance.below(100)).unwrap() / 100, 100),
            _ => points,
        };
        Some(Deed::Sell { receipt, hold: Some(open), points: spent })
    }

    fn about_a_hold(&mut self, call: &mut Call) -> Deed {
        let any = self.chance.below(self.book().holds.len() + 1);
        let last = self.book().holds.len().saturating_sub(1);
        let open = self.book().holds.iter().rposition(Hold::is_open);
        let hold = match self.chance.below(10) {
            0 => any,
            1 => last,
            _ => open.unwrap_or(any),
        };
        if hold < self.book().holds.len() && self.chance.percent(95) {
            call.place = self.book().place_of(hold);
        }
        match self.chance.below(5) {
            0..=1 => Deed::Resend { hold },
            2 => Deed::Release { hold },
            3 => Deed::LookAtHold { hold },
            _ => Deed::Confirm { hold, entered: Entered::Wrong },
        }
    }

    fn card_deed(&mut self) -> Deed {
        let cards = self.book().numbers.len();
        let card = self.chance.below(cards);
        match (self.book().card_state(card), self.chance.below(12)) {
            (_, 0) => Deed::Close { card },
            (_, 1) => Deed::Issue { card },
            (_, 2) => Deed::Activate { card },
            (_, 3) => Deed::Block { card },
            (_, 4) => Deed::Unblock { card },
            (_, 5) => Deed::Replace { card, new: (card + 1) % cards },
            ("registered", _) => Deed::Issue { card },
            ("issued", _) => Deed::Activate { card },
            ("active", 6..=8) => Deed::Block { card },
            ("active", 9) => Deed::Replace { card, new: (card + 1) % cards },
            ("blocked", _) => Deed::Unblock { card },
            _ => Deed::Register { card: Some(card) },
        }
    }

    fn who(&mut self) -> Who {
        let who = self.anyone();
        self.safe(who)
    }

    /// The customer's phone instead of the number of a card that nobody has and that is the phone of the other customer: it would
    /// mean that one.
    fn safe(&self, who: Who) -> Who {
        let Who::Card(card) = who else { return who };
        let others = (0..self.books.len()).filter(|book| *book != self.turn);
        let mut phones = others.flat_map(|book| self.books[book].phones());
        let is_others = self.book().is_free(card) && phones.any(|phone| self.book().could_be(card) == Some(phone));
        if is_others { Who::Phone } else { who }
    }

    fn anyone(&mut self) -> Who {
        let living =
            (0..self.book().numbers.len()).find(|card| matches!(self.book().card_state(*card), "active" | "issued"));
        match (self.chance.below(100), living) {
            (0..=4, _) => Who::Card(self.chance.below(self.book().numbers.len())),
            (5, _) => {
                let phone = self.chance.below(PHONES);
                let is_anybodys = self.books.iter().any(|book| book.knows_phone(phone));
                if is_anybodys && !self.book().merged_phones.contains(&phone) {
                    Who::Phone
                } else {
                    Who::OtherPhone(phone)
                }
            }
            (5..=54, Some(card)) => Who::Card(card),
            _ => Who::Phone,
        }
    }

    /// When a till says it was: mostly now, sometimes days ago, sometimes by a clock that runs ahead.
    fn when(&mut self, at: i64) -> i64 {
        match self.chance.below(100) {
            0..=5 => at - self.chance.between(1, 90) * MINUTE,
            6..=11 => at - self.chance.between(2, 120) * HOUR,
            12..=13 => at + self.chance.between(1, 9) * MINUTE,
            14 => at + self.chance.between(11, 2_000) * MINUTE,
            15 => at - self.chance.between(29, 31) * DAY + self.chance.between(-1, 1) * SECOND,
            16 => at - 36 * HOUR + self.chance.between(-1, 1) * SECOND,
            _ => at,
        }
    }

    fn receipt(&mut self, call: &Call, at: i64) -> Receipt {
        let mut receipt = Receipt {
            place: call.place,
            shift: "1".into(),
            number: format!("c{}-{}", self.number, self.count),
            at: self.when(at),
            who: if self.chance.percent(4) { Who::Nobody } else { self.who() },
            lines: self.lines(),
            fiscal: self.fiscal(),
            quote: None,
        };
        if !self.book().sales.is_empty() && self.chance.percent(3) {
            // The same receipt under another key: a till that lost its own.
            let sale = self.chance.below(self.book().sales.len());
            let sale = &self.book().sales[sale];
            (receipt.number, receipt.at) = (sale.key.3.clone(), sale.at);
            receipt.fiscal = receipt.fiscal.filter(|_| self.chance.percent(30));
        }
        if self.chance.percent(10) {
            (receipt.shift, receipt.number) = (format!("{}\u{a0}", receipt.shift), format!(" {} ", receipt.number));
        }
        if self.chance.percent(30)
            && let Some((name, quoted, figures)) = self.books[self.turn].quoted.take()
        {
            receipt.lines = quoted.lines;
            if self.chance.percent(40) {
                receipt.lines.reverse();
            }
            if self.chance.percent(30) {
                // A till that numbers the lines as it lists them.
                receipt.lines.iter_mut().zip(1..).for_each(|(line, number)| line.number = number);
            }
            receipt.who = self.safe(quoted.who);
            receipt.quote = Some((name, figures));
        }
        receipt
    }

    /// A fiscal document: mostly none, sometimes one that is there already and is written otherwise, seldom one that is no number.
    fn fiscal(&mut self) -> Option<Fiscal> {
        let of = |drive: &str, fd: &str, fp: &str| Fiscal { drive: drive.into(), fd: fd.into(), fp: fp.into() };
        let fresh = (self.number * 10_000 + self.count).to_string();
        match self.chance.below(100) {
            0..=14 => Some(of(DRIVE, &fresh, "77")),
            15..=18 => Some(self.spelt(DRIVE, &fresh)),
            19..=23 => {
                let written = self.book().written();
                let (drive, fd) = written.get(self.chance.below(written.len() + 1))?;
                Some(self.spelt(drive, fd))
            }
            24 => Some(self.chance.pick(&[
                ["99O9", "15", "7"],
                [DRIVE, "\u{a0}", "7"],
                [DRIVE, "15", "\u{a0}"],
                ["\u{a0}\u{a0}", "15", "7"],
                [DRIVE, "-15", "7"],
                [DRIVE, "15", "7a"],
            ]))
            .map(|[drive, fd, fp]| of(drive, fd, fp)),
            _ => None,
        }
    }

    /// The same document in another spelling, with another sign.
    fn spelt(&mut self, drive: &str, fd: &str) -> Fiscal {
        let mut spell = |number: &str| match self.chance.below(5) {
            0 => format!("000{number}"),
            1 => format!("{number}\u{a0}"),
            2 => format!("\u{2009}0{number}"),
            3 => number.split_at(1).0.to_owned() + "\u{a0}" + number.split_at(1).1,
            _ => number.to_owned(),
        };
        let (drive, fd) = (spell(drive), spell(fd));
        Fiscal { drive, fd, fp: self.chance.between(1, 9_999).to_string() }
    }

    fn lines(&mut self) -> Vec<Line> {
        let count = self.chance.pick(&[1, 1, 2, 2, 3, 5]);
        let mut lines: Vec<Line> = (1..=count)
            .map(|number| {
                let quantity = match self.chance.below(10) {
                    0 => self.chance.between(50, 3_000),
                    1 => self.chance.between(3_001, 9_999),
                    _ => self.chance.between(1, 5) * 1_000,
                };
                let price = self.chance.pick(&[990, 9_999, 33_333, 150_000]) + self.chance.between(0, 5_000);
                let full = (i128::from(price) * i128::from(quantity) * 2 + 1_000) / 2_000;
                let discount = if self.chance.percent(20) { full / 10 } else { 0 };
                // A kopeck this way or that is the till's own rounding.
                let kopeck = if self.chance.percent(5) { 1 } else { 0 };
                Line {
                    number,
                    quantity: quantity.into(),
                    price: price.into(),
                    sum: full - discount + kopeck,
                    discount,
                    minimum_price: if self.chance.percent(10) { i128::from(price) / 2 } else { 0 },
                    no_earn: self.chance.percent(8),
                    no_spend: self.chance.percent(8),
                }
            })
            .collect();
        if self.chance.percent(10) {
            lines.reverse();
        }
        if self.chance.percent(2) {
            lines[0].sum += 2;
        }
        if count > 1 && self.chance.percent(1) {
            lines[1].number = lines[0].number;
        }
        lines
    }

    /// How many points somebody would like to spend: mostly what can be, sometimes more, or not in whole units.
    fn points(&mut self, receipt: &Receipt, now: i64, versions: &[Rules]) -> i128 {
        let rules = rules_for(versions, receipt.at, now).unwrap();
        let sum: i128 = receipt.lines.iter().map(|line| line.sum).sum();
        let most = (sum * rules.share / 10_000).min(self.book().available());
        match self.chance.below(20) {
            0 => 0,
            1 => most + 1_000,
            2 => self.book().available() + 1_000,
            3 => most - 1,
            4..=9 => units(most / 2, rules.spend_unit),
            _ => units(most, rules.spend_unit),
        }
        .clamp(0, POINTS_MAX)
    }

    fn sale(&mut self, call: &mut Call) -> usize {
        let count = self.book().sales.len();
        let recent = count.saturating_sub(6);
        let sale = if self.chance.percent(80) {
            recent + self.chance.below(count - recent)
        } else {
            self.chance.below(count + 1)
        };
        if sale < count && self.chance.percent(95) {
            call.place = self.book().sales[sale].place;
        }
        sale
    }

    fn goods_back(&mut self, call: &mut Call, at: i64) -> Return {
        let sale = self.sale(call);
        self.goods_of(sale, call, at)
    }

    fn goods_of(&mut self, sale: usize, call: &Call, at: i64) -> Return {
        let mut lines = Vec::new();
        if let Some(sold) = self.books[self.turn].sales.get(sale)
            && self.chance.percent(75)
        {
            for line in &sold.lines {
                let left = line.quantity - line.returned;
                if left > 0 && self.chance.percent(60) {
                    let share = i128::try_from(1 + self.chance.below(1_000)).unwrap();
                    let part = (left * share / 1_000).max(1);
                    lines.push((line.number, if self.chance.percent(40) { left } else { part }));
                }
            }
            if self.chance.percent(3) {
                lines = vec![(77, 1_000)];
            } else if self.chance.percent(3) {
                lines = vec![(sold.lines[0].number, sold.lines[0].quantity + 1)];
            }
        }
        let number = if self.chance.percent(3) && self.count > 1 { self.count - 1 } else { self.count };
        let by_name =
            self.book().sales.get(sale).is_some_and(|sold| partner(sold.place.login) == partner(call.place.login))
                && self.chance.percent(30);
        Return {
            sale,
            by_name,
            place: call.place,
            number: format!("b{}-{}-{number}{}", self.number, self.turn, self.chance.pick(&["", "", "", "\u{a0}"])),
            at: if self.chance.percent(6) { self.when(at) } else { at },
            lines,
            fiscal: self.fiscal(),
        }
    }
}
