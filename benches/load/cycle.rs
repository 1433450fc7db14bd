//! The whole till cycle: quote, hold, the code from the «provider», confirmation, sale. As in a shop, a connection serves other
//! customers while one waits for the message.

use std::{
    cell::{Cell, RefCell},
    collections::{HashMap, VecDeque},
    net::SocketAddr,
    rc::Rc,
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::Notify,
};

use crate::{
    drive::{Board, Load, Measured, Ticks},
    envelopes::{Envelopes, Values},
    ground::{Settings, card_number},
    wire::{Wire, element, find},
};

/// Customers that may wait for their codes at once, where nothing sets a pace: the next one comes when one of them has it. So
/// few that what comes in is soon what goes out.
const WAITING_MAX: usize = 256;
/// How long a customer waits for a code before the benchmark gives up.
const CODE_MAX: Duration = Duration::from_secs(60);

/// How many customers come between two looks at who waits.
const LOOKS_EVERY: u64 = 1_024;

pub const QUOTE: &str = "QuoteReceipt";
pub const RESERVE: &str = "ReservePoints";
pub const CONFIRM: &str = "ConfirmReservation";
pub const REGISTER: &str = "RegisterReceipt";

/// The gateway's settings for it: a provider here, and as many codes from a till as a day has.
pub fn settings(provider: SocketAddr) -> Settings {
    let config = format!(
        "[sms]\nchannel = \"http\"\n[sms.template]\nmethod = \"POST\"\nurl = \"http://{provider}/send\"\nbody_kind = \"json\"\n\
         body = '{{\"id\": \"{{{{id}}}}\", \"to\": \"{{{{phone}}}}\", \"text\": \"{{{{text}}}}\"}}'\ndedupes_by_id = true\n\
         [sms.template.answer]\nstatus = [\"/status\"]\naccepted = [\"ok\"]\n"
    );
    Settings {
        config,
        environment: vec![
            ("KOPILKA_CODES__PER_TILL_PER_DAY_MAX", "1000000"),
            ("KOPILKA_CODES__PER_PHONE_PER_DAY_MAX", "1000"),
            ("KOPILKA_CODES__RESEND_AFTER_S", "0"),
        ],
    }
}

/// A customer whose hold waits for its code.
struct Held {
    card: u64,
    serial: u64,
    reservation: String,
}

/// What the connections of a cycle share.
#[derive(Default)]
struct Shop {
    /// Who waits, by phone.
    waiting: RefCell<HashMap<String, (Held, Instant)>>,
    /// Codes that came before the answer to the call that asked for them.
    early: RefCell<HashMap<String, String>>,
    /// Who has a code, which, and since when.
    ready: RefCell<VecDeque<(Held, String, Instant)>>,
    changed: Notify,
    next_card: Cell<u64>,
}

/// Cycles on cards that are taken in turn, `first` being where the last measurement ended.
pub struct Cycle<'a> {
    pub envelopes: &'a Rc<Envelopes>,
    pub gateway: SocketAddr,
    pub provider: SocketAddr,
    pub cards: u64,
    pub next_card: &'a Cell<u64>,
}

impl Cycle<'_> {
    /// Rates and latencies are of calls; cycles ended are those of [`REGISTER`].
    pub fn run(&self, load: &Load) -> Measured {
        let shop = Rc::new(Shop { next_card: Cell::new(self.next_card.get()), ..Shop::default() });
        let (gateway, provider, cards) = (self.gateway, self.provider, self.cards);
        let envelopes = Rc::clone(self.envelopes);
        let measured = load.with(|board, ticks, connection| {
            let (shop, envelopes) = (Rc::clone(&shop), Rc::clone(&envelopes));
            async move {
                if connection == 0 {
                    let listener = TcpListener::bind(provider).await.map_err(|error| format!("{provider}: {error}"))?;
                    tokio::task::spawn_local(provide(listener, Rc::clone(&shop)));
                }
                let till = Till { wire: Wire::connect(gateway).await?, envelopes, shop, board, cards };
                till.work(ticks).await
            }
        });
        self.next_card.set(shop.next_card.get());
        measured
    }
}

struct Till {
    wire: Wire,
    envelopes: Rc<Envelopes>,
    shop: Rc<Shop>,
    board: Rc<Board>,
    cards: u64,
}

impl Till {
    async fn work(mut self, ticks: Option<Ticks>) -> Result<(), String> {
        while !self.board.is_over() {
            // Whoever has a code is served first.
            let ready = self.shop.ready.borrow_mut().pop_front();
            if let Some((held, code, since)) = ready {
                self.finish(&held, &code, since).await?;
                continue;
            }
            let has_room = self.shop.waiting.borrow().len() < WAITING_MAX;
            let changed = Rc::clone(&self.shop);
            match &ticks {
                None if has_room => self.begin(Instant::now()).await?,
                None => changed.changed.notified().await,
                Some(ticks) => tokio::select! {
                    biased;
                    () = changed.changed.notified() => {}
                    due = async { ticks.lock().await.recv().await } => match due {
                        Some(from) => self.begin(from).await?,
                        None => return Ok(()),
                    },
                },
            }
        }
        Ok(())
    }

    /// Quote and hold; `from` is when the customer came.
    async fn begin(&mut self, from: Instant) -> Result<(), String> {
        let place = self.shop.next_card.get();
        self.shop.next_card.set(place + 1);
        // A step that has no factor in common with the number of cards: neighbours are not served one after the other.
        let card = place.wrapping_mul(7_919) % self.cards;
        let serial = self.board.serial();
        let values = Values { card, serial, ..Values::default() };
        let phone = crate::generate::phone(card).trim_start_matches('+').to_owned();
        // A message that was sent once more after the measurement before had ended has the code of another hold.
        self.shop.early.borrow_mut().remove(&phone);
        self.envelopes.cycle_quote.write(values, &mut self.wire.request);
        self.wire.call().await?;
        self.board.note(QUOTE, from);
        let from = Instant::now();
        self.envelopes.reserve.write(values, &mut self.wire.request);
        let body = self.wire.call().await?;
        let reservation = element(body, b"<m:reservationId>").ok_or("a hold without an id")?.to_owned();
        self.board.note(RESERVE, from);
        let held = Held { card, serial, reservation };
        let early = self.shop.early.borrow_mut().remove(&phone);
        match early {
            Some(code) => self.shop.have(held, code),
            None => {
                self.shop.waiting.borrow_mut().insert(phone, (held, Instant::now()));
            }
        }
        if place.is_multiple_of(LOOKS_EVERY) {
            let longest = self.shop.waiting.borrow().values().map(|(_, since)| *since).min();
            if longest.is_some_and(|since| since.elapsed() > CODE_MAX) {
                return Err(format!("a code has not come within {CODE_MAX:?}"));
            }
        }
        Ok(())
    }

    /// Confirmation and sale; `since` is when the code came.
    async fn finish(&mut self, held: &Held, code: &str, since: Instant) -> Result<(), String> {
        let (card, reservation) = (held.card, held.reservation.as_str());
        let values = |serial| Values { card, serial, reservation, code };
        self.envelopes.confirm.write(values(self.board.serial()), &mut self.wire.request);
        self.wire.call().await?;
        self.board.note(CONFIRM, since);
        let from = Instant::now();
        self.envelopes.register_spending.write(values(self.board.serial()), &mut self.wire.request);
        self.wire
            .call()
            .await
            .map_err(|error| format!("card {}, hold of call {}: {error}", card_number(card), held.serial))?;
        self.board.note(REGISTER, from);
        Ok(())
    }
}

impl Shop {
    fn have(&self, held: Held, code: String) {
        self.ready.borrow_mut().push_back((held, code, Instant::now()));
        self.changed.notify_one();
    }

    fn deliver(&self, phone: String, code: String) {
        let held = self.waiting.borrow_mut().remove(&phone);
        match held {
            Some((held, _)) => self.have(held, code),
            None => {
                self.early.borrow_mut().insert(phone, code);
            }
        }
    }
}

/// An SMS provider.
async fn provide(listener: TcpListener, shop: Rc<Shop>) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::task::spawn_local(take(stream, Rc::clone(&shop)));
    }
}

/// One connection of the gateway's: takes messages until it is closed.
async fn take(mut stream: TcpStream, shop: Rc<Shop>) -> Option<()> {
    let mut asked = Vec::with_capacity(2_048);
    loop {
        asked.clear();
        let whole = loop {
            if stream.read_buf(&mut asked).await.ok()? == 0 {
                return None;
            }
            if let Some(end) = find(&asked, b"\r\n\r\n") {
                let length = crate::wire::content_length(&asked[..end])?;
                if asked.len() >= end + 4 + length {
                    break &asked[end + 4..];
                }
            }
        };
        let message: serde_json::Value = serde_json::from_slice(whole).ok()?;
        let (phone, text) = (message["to"].as_str()?, message["text"].as_str()?);
        let code = text.split(|c: char| !c.is_ascii_digit()).find(|digits| digits.len() == 6)?;
        shop.deliver(phone.to_owned(), code.to_owned());
        let answer =
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n{\"status\":\"ok\"}";
        stream.write_all(answer).await.ok()?;
    }
}
