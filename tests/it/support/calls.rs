//! Calls as stories write them: a typed message and who sends it; key, till, shift, cashier and time are there already.

use std::{
    fmt::Display,
    future::{Future, IntoFuture},
    pin::Pin,
    sync::atomic::{AtomicU64, Ordering},
};

use yaserde::YaDeserialize;

use super::{
    App, answers,
    messages::{DateTime, Field, Hundredths, Programme as _, Receipt as _, message, office, pos},
    soap::{Client, OFFICE, POS, Reply, envelope},
};
use kopilka::soap::codec::{self, Message, mapper};

/// A call that can be sent: `.await` answers it. Sent again it has the same bytes.
#[derive(Clone)]
pub struct Call {
    client: Client,
    service: Service,
    operation: String,
    context: Context,
    /// The arguments after the context, as XML.
    arguments: String,
}

/// A service: its path and its namespace.
type Service = (&'static str, &'static str);

const POS_SERVICE: Service = ("pos_1", POS);
const OFFICE_SERVICE: Service = ("office_1", OFFICE);

/// What a changing call says of itself.
#[derive(Clone)]
enum Context {
    Till(pos::Context),
    Office(office::OfficeContext),
    /// A question has none.
    None,
}

impl Call {
    fn new<M: Message>(app: &App, login: &str, service: Service, message: &M) -> Self {
        let text = codec::encode(message).unwrap();
        let (operation, content) = match text.strip_suffix("/>") {
            Some(empty) => (&empty[1..], ""),
            None => {
                let (start, rest) = text.split_once('>').unwrap();
                (&start[1..], rest.rsplit_once("</").unwrap().0)
            }
        };
        let (context, arguments) =
            match content.strip_prefix("<context>").and_then(|rest| rest.split_once("</context>")) {
                Some((context, rest)) => (app.context(service, &format!("<context>{context}</context>")), rest),
                None => (Context::None, content),
            };
        Self {
            client: app.client(login),
            service,
            operation: operation.to_owned(),
            context,
            arguments: arguments.to_owned(),
        }
    }

    /// Under this operation key.
    #[track_caller]
    pub fn key(mut self, key: impl Display) -> Self {
        match &mut self.context {
            Context::Till(context) => context.operation_key = key.to_string(),
            Context::Office(context) => context.operation_key = key.to_string(),
            Context::None => panic!("{} has no key", self.operation),
        }
        self
    }

    /// At this till.
    #[track_caller]
    pub fn till(mut self, till: &str) -> Self {
        let Context::Till(context) = &mut self.context else { panic!("{} is done at no till", self.operation) };
        context.till = till.into();
        self
    }

    /// At this time, by the caller's clock.
    #[track_caller]
    pub fn at(mut self, time: &str) -> Self {
        let time = time.parse().unwrap();
        match &mut self.context {
            Context::Till(context) => context.occurred_at = time,
            Context::Office(context) => context.occurred_at = time,
            Context::None => panic!("{} is done at no time", self.operation),
        }
        self
    }

    /// By another login; the demo's passwords are the logins.
    pub fn by(self, login: &str) -> Self {
        self.with_password(login, login)
    }

    pub fn with_password(mut self, login: &str, password: &str) -> Self {
        self.client = Client::new(&self.client.base, login, password);
        self
    }

    /// The arguments as XML, for stories about their spelling.
    pub fn xml(&self) -> String {
        let context = match &self.context {
            Context::Till(context) => mapper::encode(context, "", Some("context")).unwrap(),
            Context::Office(context) => mapper::encode(context, "", Some("context")).unwrap(),
            Context::None => String::new(),
        };
        context + &self.arguments
    }

    pub async fn send(&self) -> Reply {
        let (path, namespace) = self.service;
        let reply = self.client.post(path, &envelope(namespace, &self.operation, &self.xml())).await;
        // Whatever a story is about, no answer breaks the contract.
        assert_eq!(answers::broken(path, &reply.body), None, "{}", reply.body);
        // Nor does any sentence end twice, as one does that ends with «руб.» and gets a full stop.
        assert!(!reply.body.contains(".."), "{}", reply.body);
        reply
    }
}

impl IntoFuture for Call {
    type Output = Reply;
    type IntoFuture = Pin<Box<dyn Future<Output = Reply> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { self.send().await })
    }
}

impl IntoFuture for &Call {
    type Output = Reply;
    type IntoFuture = Pin<Box<dyn Future<Output = Reply> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        self.clone().into_future()
    }
}

impl Reply {
    /// The answer, or a part of it, as its type: `reply.read::<pos::ReceiptResult>("return")`.
    #[track_caller]
    pub fn read<M: YaDeserialize>(&self, element: &str) -> M {
        let text = self.get(element).replace("<m:", "<").replace("</m:", "</");
        mapper::decode(&format!("<{element}>{text}</{element}>")).unwrap()
    }
}

impl App {
    /// What a call says of itself, filled up with what the story leaves out.
    fn context(&self, service: Service, xml: &str) -> Context {
        // Of the whole process, since several gateways may share a database.
        static CALLS: AtomicU64 = AtomicU64::new(0);
        let key = |given: String| {
            if given.is_empty() { format!("call-{}", CALLS.fetch_add(1, Ordering::Relaxed)) } else { given }
        };
        let time = |given: DateTime| if given == DateTime::default() { self.now() } else { given };
        if service == POS_SERVICE {
            let given: pos::Context = mapper::decode(xml).unwrap();
            return Context::Till(pos::Context {
                operation_key: key(given.operation_key),
                till: if given.till.is_empty() { "M1-01".into() } else { given.till },
                cashier: given.cashier.or_else(|| "Петрова".field()),
                shift: given.shift.or_else(|| "1".field()),
                occurred_at: time(given.occurred_at),
            });
        }
        let given: office::OfficeContext = mapper::decode(xml).unwrap();
        Context::Office(office::OfficeContext {
            operation_key: key(given.operation_key),
            actor: given.actor.or_else(|| "Иванова".field()),
            occurred_at: time(given.occurred_at),
        })
    }

    /// The local time now, as a till writes it.
    pub fn now(&self) -> DateTime {
        DateTime::local(self.clock.now().local(180))
    }

    /// A call of `Pos` by the demo's shop.
    pub fn pos<M: Message>(&self, message: M) -> Call {
        Call::new(self, "demo", POS_SERVICE, &message)
    }

    /// A call of `Office` by the demo's head office.
    pub fn office<M: Message>(&self, message: M) -> Call {
        Call::new(self, "office", OFFICE_SERVICE, &message)
    }

    /// An anonymous receipt of till `M1-01` without lines.
    pub fn receipt(&self, number: impl Display) -> pos::Receipt {
        message!(pos::Receipt { till: "M1-01", shift: "1", number: number.to_string(), at: self.now(), identifier: "" })
    }

    /// A sale without points.
    pub fn sale(&self, receipt: pos::Receipt) -> Call {
        self.pos(message!(pos::RegisterReceipt { receipt }))
    }

    /// A sale with points that were held.
    pub fn sale_for_points(&self, receipt: pos::Receipt, hold: &str, points: impl Field<Hundredths>) -> Call {
        self.pos(message!(pos::RegisterReceipt { receipt, reservation_id: hold, points_to_spend: points }))
    }

    /// A sale of one line without points, anonymous when `identifier` is empty. Its key is `sell-` and the number.
    pub fn sell(&self, number: impl Display, identifier: &str, roubles: i32) -> Call {
        let key = format!("sell-{number}");
        self.sale(self.receipt(number).of(identifier).roubles(roubles)).key(key)
    }

    pub fn quote(&self, receipt: pos::Receipt, points: impl Field<Hundredths>) -> Call {
        self.pos(pos::QuoteReceipt { receipt, points_wanted: points.field() })
    }

    /// Holds points for a receipt of one line. The key is the receipt's number as well.
    pub fn reserve(&self, key: impl Display, identifier: &str, roubles: i32, points: impl Field<Hundredths>) -> Call {
        self.reserve_for(self.receipt(&key).of(identifier).roubles(roubles), points).key(key)
    }

    pub fn reserve_for(&self, receipt: pos::Receipt, points: impl Field<Hundredths>) -> Call {
        self.pos(message!(pos::ReservePoints { receipt, points }))
    }

    pub fn confirm(&self, hold: &str, code: &str) -> Call {
        self.pos(message!(pos::ConfirmReservation { reservation_id: hold, confirmation_code: code }))
    }

    pub fn release(&self, hold: &str) -> Call {
        self.pos(message!(pos::ReleaseReservation { reservation_id: hold, reason: "передумал" }))
    }

    pub fn reservation(&self, hold: &str) -> Call {
        self.pos(message!(pos::GetReservation { reservation_id: hold }))
    }

    /// Holds points for a receipt of 900 roubles and confirms them by the `nth` code that came to the phone; answers
    /// the hold's id.
    pub async fn hold(&self, key: &str, identifier: &str, points: i32, (phone, nth): (&str, usize)) -> String {
        let hold = self.reserve(key, identifier, 900, points).await.ok().get("reservationId").to_owned();
        let code = self.phone.code(phone, nth).await;
        self.confirm(&hold, &code).await.ok();
        hold
    }

    /// Holds points, confirms them by the `nth` code that came to the phone and spends them all on 900 roubles; answers
    /// the receipt's id. The keys are `hold-` and `sell-` with the number.
    pub async fn buy_with_points(&self, number: &str, (phone, nth): (&str, usize), points: i32) -> String {
        let hold = self.hold(&format!("hold-{number}"), phone, points, (phone, nth)).await;
        let sale = self.sale_for_points(self.receipt(number).of(phone).roubles(900), &hold, points);
        sale.key(format!("sell-{number}")).await.ok().get("receiptId").to_owned()
    }

    pub fn cancel_receipt(&self, sale: &str) -> Call {
        self.pos(message!(pos::CancelReceipt { receipt_id: sale, reason: "ошибка кассира" }))
    }

    /// All that is left of a sale, to be brought back at till `M1-01`; or of what `line` says.
    pub fn returned(&self, sale: &str, number: impl Display) -> pos::ReturnReceipt {
        message!(pos::ReturnReceipt {
            receipt_id: sale,
            till: "M1-01",
            shift: "1",
            number: number.to_string(),
            at: self.now()
        })
    }

    pub fn take_back(&self, return_receipt: pos::ReturnReceipt) -> Call {
        self.pos(message!(pos::RegisterReturn { return_receipt }))
    }

    pub fn quote_return(&self, return_receipt: pos::ReturnReceipt) -> Call {
        self.pos(pos::QuoteReturn { return_receipt })
    }

    pub fn balance(&self, identifier: &str) -> Call {
        self.pos(message!(pos::GetBalance { identifier }))
    }

    pub fn statement(&self, identifier: &str, from: &str, to: &str) -> Call {
        self.pos(message!(pos::GetStatement { identifier, from, to }))
    }

    pub fn operation(&self, key: &str) -> Call {
        self.pos(message!(pos::GetOperation { operation_key: key }))
    }

    pub fn cancel_operation(&self, key: &str) -> Call {
        self.pos(message!(pos::CancelOperation { cancelled_key: key, reason: "нет ответа" }))
    }

    pub fn issue(&self, card: &str, identifier: &str) -> Call {
        self.pos(message!(pos::IssueCard { card_number: card, identifier }))
    }

    pub fn account(&self, identifier: &str) -> Call {
        self.office(message!(office::GetAccount { identifier }))
    }

    pub fn change_phone(&self, identifier: &str, new_phone: &str) -> Call {
        self.office(message!(office::ChangePhone {
            identifier, new_phone, reason: "обращение клиента"
        }))
    }

    /// Registers cards with this prefix and numbers.
    pub fn register_cards(&self, prefix: &str, from: &str, to: &str) -> Call {
        let batch = message!(office::CardBatch { prefix, from, to });
        self.office(message!(office::RegisterCards { batch }))
    }

    /// Gives a card to a customer and lets it spend.
    pub async fn hand_out(&self, card: &str, phone: &str) {
        self.issue(card, phone).await.ok();
        self.pos(message!(pos::ActivateCard { card_number: card })).await.ok();
    }

    /// The demo's programme.
    pub async fn programme(&self) -> office::Programme {
        let shown = self.office(message!(office::GetProgramme { programme_code: "demo" })).await.ok();
        shown.read("programme")
    }

    /// What becomes of points that returned goods had earned, from now on; and no codes, so that a hold is good at once.
    pub async fn take_back_by(&self, policy: &str) {
        self.change_programme(|programme| {
            programme.rule("returns").policy = Some(policy.into());
            programme.remove("codes");
        })
        .await;
    }

    /// Points of purchases live through so many days after the day of the purchase, from now on; and no codes.
    pub async fn points_live(&self, days: i32) {
        self.change_programme(|programme| {
            programme.set(message!(office::ProgrammeRule { kind: "lifetime", period: "days", count: days }));
            programme.remove("codes");
        })
        .await;
    }

    /// The office gives points, or takes them away.
    pub fn adjust(&self, identifier: &str, points: impl Field<Hundredths>) -> Call {
        let adjustment =
            message!(office::Adjustment { identifier, points, reason: "Извинения за ожидание" });
        self.office(message!(office::AdjustPoints { adjustment }))
    }

    /// Spends points that need no code on goods that earn nothing; answers the receipt's id.
    pub async fn spend(&self, number: &str, identifier: &str, points: i32) -> String {
        let mut receipt = self.receipt(number).of(identifier).roubles(2 * points);
        receipt.lines.line[0].no_earn = Some(true);
        let hold = self.reserve_for(receipt.clone(), points).await.ok().get("reservationId").to_owned();
        self.sale_for_points(receipt, &hold, points).await.ok().get("receiptId").to_owned()
    }

    /// Saves the demo's programme with a change that is in force at once, unless it says another time.
    pub async fn change_programme(&self, change: impl FnOnce(&mut office::Programme)) {
        let mut programme = self.programme().await;
        programme.valid_from = self.now();
        change(&mut programme);
        self.office(message!(office::SaveProgramme { programme })).await.ok();
    }
}
