//! What a till of another programme asks: its customers, cards, sales and keys are others, whatever they are called. Fiscal
//! documents are the same everywhere.

use super::*;

const ABROAD: Place = Place { login: "alien", store: "A1", till: "A1-01" };

impl Stream {
    /// A request of the other programme's till, about what belongs to this story.
    pub(super) fn asked_abroad(&mut self, now: i64) -> Request {
        let key = format!("a{}-{}", self.number, self.count);
        let context = format!(
            "<context><operationKey>{key}</operationKey><till>{}</till><cashier>Петрова</cashier><shift>1</shift>\
             <occurredAt>{}</occurredAt></context>",
            ABROAD.till,
            local_text(now)
        );
        let receipt = |identifier: &str, fiscal: &str| {
            format!(
                "{context}<receipt><till>{}</till><shift>1</shift><number>{key}</number><at>{}</at>\
                 <identifier>{identifier}</identifier><lines><line><number>1</number><goodsCode>A</goodsCode>\
                 <quantity>1.000</quantity><price>10.00</price><sum>10.00</sum></line></lines>{fiscal}</receipt>\
                 <reservationId></reservationId><pointsToSpend>0.00</pointsToSpend>",
                ABROAD.till,
                local_text(now)
            )
        };
        let book = &self.books[0];
        let (card, phone) = (book.numbers[0].clone(), phone_number(self.number, 0));
        let sale = book.sales.last().map_or("9999999999", |sale| sale.id.as_str());
        let hold = book.holds.last().map_or("9999999999", |hold| hold.id.as_str());
        let known_key = book.keys.last().map_or("—", |(_, key, _)| key.as_str());
        let taken = book
            .written()
            .into_iter()
            .find(|(drive, fd)| book.is_written(&Fiscal { drive: drive.clone(), fd: fd.clone(), fp: "1".into() }));
        let identifier = |identifier: &str| format!("<identifier>{identifier}</identifier>");
        let by_id = |name: &str, id: &str| format!("{context}<{name}>{id}</{name}><reason>ошибка</reason>");
        let registration = format!("{context}<registration><phone>{phone}</phone></registration>");
        let abroad = |unknown: &'static str| if self.is_known_abroad { "OK" } else { unknown };
        let choice = self.chance.below(9);
        let mut expected = Said::new();
        let (operation, arguments, code) = match (choice, taken) {
            (0, _) => ("GetBalance", identifier(&card), "CARD_UNKNOWN"),
            (1, _) => ("RegisterReceipt", receipt(&card, ""), "CARD_UNKNOWN"),
            (2, _) => ("CancelReceipt", by_id("receiptId", sale), "RECEIPT_UNKNOWN"),
            (3, _) => ("ReleaseReservation", by_id("reservationId", hold), "RESERVATION_UNKNOWN"),
            (4, _) => {
                expected.insert("found".into(), "false".into());
                ("GetOperation", format!("<operationKey>{known_key}</operationKey>"), "OK")
            }
            (5, Some((drive, fd))) => {
                let fiscal = format!("<fiscal><fn>0{drive}</fn><fd>{fd}</fd><fp>5</fp></fiscal>");
                ("RegisterReceipt", receipt("", &fiscal), "FISCAL_DUPLICATE")
            }
            (6, _) => ("RegisterCustomer", registration, if self.is_known_abroad { "CUSTOMER_EXISTS" } else { "OK" }),
            (7, _) => ("RegisterReceipt", receipt(&phone, ""), abroad("CUSTOMER_UNKNOWN")),
            _ => {
                // Ten roubles earn nothing there: whoever is rich here has nothing there.
                if self.is_known_abroad {
                    expected.insert("available".into(), "0.00".into());
                }
                ("GetBalance", identifier(&phone), abroad("CUSTOMER_UNKNOWN"))
            }
        };
        expected.insert("code".into(), code.into());
        let registers = operation == "RegisterCustomer";
        let what = What::Foreign { expected, registers };
        Request { login: ABROAD.login, book: 0, is_office: false, operation, arguments, what }
    }
}
