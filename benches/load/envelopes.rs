//! The requests as 1C's platform writes them, made once; only what differs from call to call is put in.

use std::{cell::RefCell, io::Write as _, rc::Rc};

use base64::{Engine as _, prelude::BASE64_STANDARD};

use crate::{
    generate::phone,
    ground::{LOGIN, TILLS, card_number},
};

/// What a call puts in.
#[derive(Clone, Copy, Default)]
pub struct Values<'a> {
    /// Which card, by its place among the generated ones.
    pub card: u64,
    /// Of this benchmark's calls: makes operation keys and receipt numbers, and chooses the till.
    pub serial: u64,
    pub reservation: &'a str,
    pub code: &'a str,
}

enum Part {
    Text(Vec<u8>),
    Card,
    Phone,
    Key,
    Number,
    Till,
    /// The till's fiscal drive.
    Drive,
    Time,
    Reservation,
    Code,
}

/// A request with places for [`Values`].
pub struct Envelope {
    head: Vec<u8>,
    parts: Vec<Part>,
}

/// A place in a text, and what it stands for.
type Slot = (&'static str, fn() -> Part);

const SLOTS: [Slot; 9] = [
    ("{card}", || Part::Card),
    ("{phone}", || Part::Phone),
    ("{key}", || Part::Key),
    ("{number}", || Part::Number),
    ("{till}", || Part::Till),
    ("{drive}", || Part::Drive),
    ("{time}", || Part::Time),
    ("{reservation}", || Part::Reservation),
    ("{code}", || Part::Code),
];
/// Room for the length of a body.
const LENGTH_DIGITS: usize = 6;

impl Envelope {
    fn of(operation: &str, arguments: &str) -> Rc<Self> {
        let body = format!(
            "<soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\">\n\t<soap:Header/>\n\t<soap:Body>\n\
             \t\t<m:{operation} xmlns:m=\"urn:kopilka:ws:pos:1\" xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" \
             xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">{arguments}\n\t\t</m:{operation}>\n\
             \t</soap:Body>\n</soap:Envelope>"
        );
        let head = format!(
            "POST /ws/pos_1 HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: 1C+Enterprise/8.3\r\n\
             Content-Type: text/xml; charset=utf-8\r\nSOAPAction: \"urn:kopilka:ws:pos:1#Pos_1:{operation}\"\r\n\
             Authorization: Basic {}\r\nContent-Length: ",
            BASE64_STANDARD.encode(LOGIN)
        );
        let mut parts = Vec::new();
        let mut rest = body.as_str();
        while let Some((at, name, part)) =
            SLOTS.iter().filter_map(|(name, part)| Some((rest.find(name)?, name, part))).min_by_key(|found| found.0)
        {
            parts.push(Part::Text(rest[..at].into()));
            parts.push(part());
            rest = &rest[at + name.len()..];
        }
        parts.push(Part::Text(rest.into()));
        Rc::new(Self { head: head.into(), parts })
    }

    /// Writes the whole request.
    pub fn write(&self, values: Values<'_>, out: &mut Vec<u8>) {
        out.clear();
        out.extend_from_slice(&self.head);
        let length_at = out.len();
        // Blanks before a value are as good as none.
        out.extend_from_slice(&[b' '; LENGTH_DIGITS]);
        out.extend_from_slice(b"\r\n\r\n");
        let body_at = out.len();
        let serial = values.serial;
        for part in &self.parts {
            match part {
                Part::Text(text) => out.extend_from_slice(text),
                Part::Card => write!(out, "{}", card_number(values.card)).unwrap(),
                Part::Phone => out.extend_from_slice(phone(values.card).as_bytes()),
                Part::Key => write!(out, "8c4e6f0e-93a1-11f0-b3c2-{serial:012}").unwrap(),
                Part::Number => write!(out, "{serial:012}").unwrap(),
                Part::Till => write!(out, "B-{:04}", serial % TILLS + 1).unwrap(),
                Part::Drive => write!(out, "996044030{:07}", serial % TILLS + 1).unwrap(),
                Part::Time => write_time(out),
                Part::Reservation => out.extend_from_slice(values.reservation.as_bytes()),
                Part::Code => out.extend_from_slice(values.code.as_bytes()),
            }
        }
        let length = out.len() - body_at;
        let mut place = &mut out[length_at..length_at + LENGTH_DIGITS];
        write!(place, "{length:>LENGTH_DIGITS$}").unwrap();
    }
}

/// The shop's clock (Moscow), made into text once a second.
fn write_time(out: &mut Vec<u8>) {
    thread_local!(static LAST: RefCell<(i64, String)> = const { RefCell::new((0, String::new())) });
    let now = chrono::Utc::now();
    LAST.with_borrow_mut(|(second, text)| {
        if *second != now.timestamp() {
            *second = now.timestamp();
            *text = (now + chrono::TimeDelta::hours(3)).format("%Y-%m-%dT%H:%M:%S").to_string();
        }
        out.extend_from_slice(text.as_bytes());
    });
}

/// All the calls that are measured.
pub struct Envelopes {
    pub balance: Rc<Envelope>,
    /// Of who names the phone.
    pub balance_by_phone: Rc<Envelope>,
    /// Ten lines.
    pub quote: Rc<Envelope>,
    /// Three lines, nothing spent, the fiscal document made already.
    pub register: Rc<Envelope>,
    /// The cycle's: three lines, and points.
    pub cycle_quote: Rc<Envelope>,
    pub reserve: Rc<Envelope>,
    pub confirm: Rc<Envelope>,
    pub register_spending: Rc<Envelope>,
}

/// Points that a cycle spends.
const SPENT: &str = "<m:points>50.00</m:points>";

impl Envelopes {
    pub fn new() -> Self {
        let (three, ten) = (receipt(3), receipt(10));
        let fiscal = "\n\t\t\t\t<m:fiscal><m:fn>{drive}</m:fn><m:fd>{number}</m:fd><m:fp>2147483647</m:fp></m:fiscal>";
        let end = "\n\t\t\t</m:receipt>";
        let sold = three.replace(end, &format!("{fiscal}{end}"));
        let context = "\n\t\t\t<m:context><m:operationKey>{key}</m:operationKey><m:till>{till}</m:till>\
                       <m:cashier>Петрова А. И.</m:cashier><m:shift>12</m:shift><m:occurredAt>{time}</m:occurredAt></m:context>";
        let wanted = "\n\t\t\t<m:pointsWanted>50.00</m:pointsWanted>";
        let hold = "\n\t\t\t<m:reservationId>{reservation}</m:reservationId>";
        Self {
            balance: Envelope::of("GetBalance", "\n\t\t\t<m:identifier>{card}</m:identifier>"),
            balance_by_phone: Envelope::of("GetBalance", "\n\t\t\t<m:identifier>{phone}</m:identifier>"),
            quote: Envelope::of("QuoteReceipt", &format!("{ten}{wanted}")),
            register: Envelope::of(
                "RegisterReceipt",
                &format!("{context}{sold}\n\t\t\t<m:reservationId/>\n\t\t\t<m:pointsToSpend>0</m:pointsToSpend>"),
            ),
            cycle_quote: Envelope::of("QuoteReceipt", &format!("{three}{wanted}")),
            reserve: Envelope::of("ReservePoints", &format!("{context}{three}\n\t\t\t{SPENT}")),
            confirm: Envelope::of(
                "ConfirmReservation",
                &format!("{context}{hold}\n\t\t\t<m:confirmationCode>{{code}}</m:confirmationCode>"),
            ),
            register_spending: Envelope::of(
                "RegisterReceipt",
                &format!("{context}{sold}{hold}\n\t\t\t<m:pointsToSpend>50.00</m:pointsToSpend>"),
            ),
        }
    }
}

/// A receipt of so many lines of the same kinds of goods.
fn receipt(lines: usize) -> String {
    const GOODS: [(&str, &str, &str, &str); 3] = [
        ("Молоко «Утро» 3,2 %, 930 мл", "2", "89.90", "179.80"),
        ("Сыр весовой", "0.412", "1250.00", "515.00"),
        ("Кофе в зёрнах, 1 кг", "1", "1890.00", "1890.00"),
    ];
    let lines: String = (0..lines)
        .map(|line| {
            let (name, quantity, price, sum) = GOODS[line % GOODS.len()];
            format!(
                "\n\t\t\t\t\t<m:line><m:number>{}</m:number><m:goodsCode>ЦБ-000{:05}</m:goodsCode><m:name>{name}</m:name>\
                 <m:quantity>{quantity}</m:quantity><m:price>{price}</m:price><m:sum>{sum}</m:sum></m:line>",
                line + 1,
                1_000 + line
            )
        })
        .collect();
    format!(
        "\n\t\t\t<m:receipt><m:till>{{till}}</m:till><m:shift>12</m:shift><m:number>{{number}}</m:number>\
         <m:at>{{time}}</m:at><m:identifier>{{card}}</m:identifier>\n\t\t\t\t<m:lines>{lines}\n\t\t\t\t</m:lines>\
         \n\t\t\t</m:receipt>"
    )
}
