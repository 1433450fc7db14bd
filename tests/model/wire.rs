//! Deeds as SOAP, and answers as figures by path.

use std::collections::HashMap;

use crate::{
    book::{
        Book, Call, Deed, Fiscal, FreeReturn, Life, Receipt, Return, Rules, Said, Who, hundredths, local_day,
        local_text, written_thousandths,
    },
    receipts::Line,
};

/// Elements that stand in lists.
const LISTED: [&str; 7] = ["line", "part", "expiry", "activation", "entry", "text", "cards/number"];

/// Who is meant by the phone number and the card numbers of a customer.
pub struct Names<'a> {
    pub phones: &'a [String],
    pub book: &'a Book,
    /// Whom the customer may turn out to be.
    pub other: &'a Book,
}

impl Names<'_> {
    fn of(&self, who: Who) -> &str {
        self.within(self.book, who)
    }

    fn within<'b>(&'b self, book: &'b Book, who: Who) -> &'b str {
        match who {
            Who::Nobody => "",
            Who::Phone => &self.phones[book.phone],
            Who::OtherPhone(phone) => &self.phones[phone],
            Who::Card(card) => book.numbers.get(card).map_or("", String::as_str),
        }
    }

    fn hold(&self, hold: Option<usize>) -> &str {
        // An unknown object is requested by an unused number.
        hold.map_or("", |no| self.book.holds.get(no).map_or("9999999999", |hold| hold.id.as_str()))
    }

    fn sale(&self, sale: usize) -> &str {
        self.book.sales.get(sale).map_or("9999999999", |sale| sale.id.as_str())
    }
}

/// The operation's name and its arguments; `code` is what a cashier would enter.
pub fn written(call: &Call, code: &str, names: &Names<'_>) -> (&'static str, String) {
    let card = |card: usize| format!("<cardNumber>{}</cardNumber>", names.book.numbers[card]);
    let reason = "<reason>просьба клиента</reason>";
    let reservation = |hold: usize| format!("<reservationId>{}</reservationId>", names.hold(Some(hold)));
    let identifier = |who: Who| format!("<identifier>{}</identifier>", names.of(who));
    let (operation, arguments) = match &call.deed {
        Deed::Register { card } => {
            let number = card.map(|card| format!("<cardNumber>{}</cardNumber>", names.book.numbers[card]));
            let registration = format!("<phone>{}</phone>{}", names.of(Who::Phone), number.unwrap_or_default());
            ("RegisterCustomer", format!("<registration>{registration}</registration>"))
        }
        Deed::Issue { card: no } => {
            ("IssueCard", format!("{}<identifier>{}</identifier>", card(*no), names.of(Who::Phone)))
        }
        Deed::Activate { card: no } => ("ActivateCard", card(*no)),
        Deed::Block { card: no } => ("BlockCard", format!("{}{reason}", card(*no))),
        Deed::Unblock { card: no } => ("UnblockCard", format!("{}{reason}", card(*no))),
        Deed::Close { card: no } => ("CloseCard", format!("{}{reason}", card(*no))),
        Deed::Replace { card: no, new } => {
            let new = &names.book.numbers[*new];
            ("ReplaceCard", format!("{}<newCardNumber>{new}</newCardNumber>{reason}", card(*no)))
        }
        Deed::Quote { receipt, wanted } => {
            let wanted = format!("<pointsWanted>{}</pointsWanted>", hundredths(*wanted));
            return ("QuoteReceipt", format!("{}{wanted}", written_receipt(receipt, names)));
        }
        Deed::Reserve { receipt, points } => {
            let points = format!("<points>{}</points>", hundredths(*points));
            ("ReservePoints", format!("{}{points}", written_receipt(receipt, names)))
        }
        Deed::Confirm { hold, .. } => {
            let code = format!("<confirmationCode>{code}</confirmationCode>");
            ("ConfirmReservation", format!("{}{code}", reservation(*hold)))
        }
        Deed::Resend { hold } => ("ResendCode", reservation(*hold)),
        Deed::Release { hold } => ("ReleaseReservation", format!("{}{reason}", reservation(*hold))),
        Deed::LookAtHold { hold } => return ("GetReservation", reservation(*hold)),
        Deed::Sell { receipt, hold, points } => {
            let hold = format!("<reservationId>{}</reservationId>", names.hold(*hold));
            let points = format!("<pointsToSpend>{}</pointsToSpend>", hundredths(*points));
            ("RegisterReceipt", format!("{}{hold}{points}", written_receipt(receipt, names)))
        }
        Deed::Cancel { sale } => ("CancelReceipt", format!("<receiptId>{}</receiptId>{reason}", names.sale(*sale))),
        Deed::QuoteReturn(back) => return ("QuoteReturn", written_return(back, names)),
        Deed::Return(back) => ("RegisterReturn", written_return(back, names)),
        Deed::Balance { who } => return ("GetBalance", format!("<identifier>{}</identifier>", names.of(*who))),
        Deed::Statement { who, from, to, after } => {
            let period = format!("<from>{}</from><to>{}</to>", local_day(*from), local_day(*to));
            let identifier = format!("<identifier>{}</identifier>", names.of(*who));
            let cursor = after.as_ref().map_or("", |page| page.cursor.as_str());
            return ("GetStatement", format!("{identifier}{period}<cursor>{cursor}</cursor>"));
        }
        Deed::Undo { key } => ("CancelOperation", format!("<cancelledKey>{key}</cancelledKey>{reason}")),
        Deed::ReturnFreely(back) => {
            ("RegisterReturnWithoutReceipt", written_free_return(back, call.place.till, reason, names))
        }
        Deed::Account { who } => return ("GetAccount", identifier(*who)),
        Deed::Freeze { who } => ("FreezeAccount", format!("{}{reason}", identifier(*who))),
        Deed::Unfreeze { who } => ("UnfreezeAccount", format!("{}{reason}", identifier(*who))),
        Deed::ChangePhone { who, new } => {
            ("ChangePhone", format!("{}<newPhone>{}</newPhone>{reason}", identifier(*who), names.phones[*new]))
        }
        Deed::Adjust { who, points } => {
            let points = format!("<points>{}</points>", hundredths(*points));
            ("AdjustPoints", format!("<adjustment>{}{points}{reason}</adjustment>", identifier(*who)))
        }
        Deed::Merge { who, into } => {
            let into = format!("<intoIdentifier>{}</intoIdentifier>", names.within(names.other, *into));
            ("MergeCustomers", format!("{}{into}{reason}", identifier(*who)))
        }
    };
    if call.deed.is_office() {
        let context = written_office_context(&call.key, call.at);
        return (operation, format!("{context}{arguments}"));
    }
    let context = format!(
        "<context><operationKey>{}</operationKey><till>{}</till><cashier>Петрова</cashier><shift>1</shift>\
         <occurredAt>{}</occurredAt></context>",
        call.key,
        call.place.till,
        local_text(call.at)
    );
    (operation, format!("{context}{arguments}"))
}

fn written_receipt(receipt: &Receipt, names: &Names<'_>) -> String {
    let lines: String = receipt.lines.iter().map(written_line).collect();
    let fiscal = written_fiscal(receipt.fiscal.as_ref());
    let quote = receipt.quote.as_ref().map(|(name, _)| format!("<quoteId>{name}</quoteId>"));
    // Unknown coupons and offers change nothing: the model has none.
    let claims = if receipt.lines.len().is_multiple_of(2) {
        "<coupons><coupon>ВЕСНА-5</coupon></coupons><acceptedOffers><offerId>17</offerId></acceptedOffers>"
    } else {
        ""
    };
    format!(
        "<receipt><till>{}</till><shift>{}</shift><number>{}</number><at>{}</at><identifier>{}</identifier>\
         <lines>{lines}</lines>{claims}{}{}</receipt>",
        receipt.place.till,
        receipt.shift,
        receipt.number,
        local_text(receipt.at),
        names.of(receipt.who),
        fiscal,
        quote.unwrap_or_default(),
    )
}

fn written_fiscal(fiscal: Option<&Fiscal>) -> String {
    fiscal.map_or_else(String::new, |Fiscal { drive, fd, fp }| {
        format!("<fiscal><fn>{drive}</fn><fd>{fd}</fd><fp>{fp}</fp></fiscal>")
    })
}

fn written_line(line: &Line) -> String {
    let optional = |name: &str, value: i128| {
        if value == 0 { String::new() } else { format!("<{name}>{}</{name}>", hundredths(value)) }
    };
    let flag = |name: &str, value: bool| if value { format!("<{name}>true</{name}>") } else { String::new() };
    format!(
        "<line><number>{}</number><goodsCode>A</goodsCode><quantity>{}</quantity><price>{}</price><sum>{}</sum>{}{}{}{}{}{}</line>",
        line.number,
        written_thousandths(line.quantity),
        hundredths(line.price),
        hundredths(line.sum),
        optional("discountGranted", line.discount),
        optional("minimumPrice", line.minimum_price),
        flag("noEarn", line.no_earn),
        flag("noSpend", line.no_spend),
        flag("weighed", line.quantity % 1_000 != 0),
        flag("delivery", line.number.is_multiple_of(7)),
    )
}

fn written_return(back: &Return, names: &Names<'_>) -> String {
    let line = |(number, quantity): &(usize, i128)| {
        format!("<line><number>{number}</number><quantity>{}</quantity></line>", written_thousandths(*quantity))
    };
    let lines: String = back.lines.iter().map(line).collect();
    let sale = if back.by_name {
        let (till, day, shift, number) = &names.book.sales[back.sale].key;
        format!(
            "<original><till>{till}</till><shift>{shift}</shift><number>{number}</number><date>{day}</date></original>"
        )
    } else {
        format!("<receiptId>{}</receiptId>", names.sale(back.sale))
    };
    format!(
        "<returnReceipt>{sale}<till>{}</till><shift>1</shift><number>{}</number><at>{}</at>\
         <lines>{lines}</lines>{}</returnReceipt>",
        back.place.till,
        back.number,
        local_text(back.at),
        written_fiscal(back.fiscal.as_ref()),
    )
}

fn written_free_return(back: &FreeReturn, till: &str, reason: &str, names: &Names<'_>) -> String {
    let lines: String = back.lines.iter().map(written_line).collect();
    format!(
        "<goodsReturn><till>{till}</till><shift>1</shift><number>{}</number><at>{}</at>\
         <identifier>{}</identifier>{reason}<lines>{lines}</lines>{}</goodsReturn>",
        back.number,
        local_text(back.at),
        names.of(back.who),
        written_fiscal(back.fiscal.as_ref()),
    )
}

/// How the head office begins a changing call.
pub fn written_office_context(key: &str, at: i64) -> String {
    format!("<context><operationKey>{key}</operationKey><occurredAt>{}</occurredAt></context>", local_text(at))
}

/// A rule of a kind with these fields.
fn written_rule(kind: &str, fields: &[(&str, &str)]) -> String {
    let fields: String = fields.iter().map(|(name, value)| format!("<{name}>{value}</{name}>")).collect();
    format!("<rule><kind>{kind}</kind>{fields}</rule>")
}

/// The rules as a list, in the order in which they are answered; what is not there is not in it.
pub fn written_rules(rules: &Rules) -> String {
    let [points, step, unit, share, spend, status, status_step] = [
        rules.earn_points,
        rules.earn_step,
        rules.earn_unit,
        rules.share,
        rules.spend_unit,
        rules.status_points,
        rules.status_step,
    ]
    .map(hundredths);
    let [hold, code, tries, grace] =
        [rules.hold_minutes, rules.code_minutes, rules.tries, rules.grace_days].map(|number| number.to_string());
    let delay = rules.delay_days.to_string();
    let life = match rules.life {
        Life::Never => None,
        Life::Days(count) => Some(("days", count.to_string())),
        Life::Months(count) => Some(("months", count.to_string())),
        Life::MonthEnd(count) => Some(("month_end", count.to_string())),
        Life::YearEnd(count) => Some(("year_end", count.to_string())),
    };
    let mut list =
        written_rule("accrual", &[("points", &points), ("step", &step), ("unit", &unit), ("rounding", rules.rounding)]);
    list += &written_rule("spending", &[("unit", &spend), ("share", &share)]);
    if rules.card_only {
        list += &written_rule("card_only", &[]);
    }
    if let Some((period, count)) = &life {
        list += &written_rule("lifetime", &[("period", period), ("count", count)]);
    }
    if rules.delay_days > 0 {
        list += &written_rule("activation", &[("days", &delay)]);
    }
    if rules.status_points > 0 {
        list += &written_rule("status", &[("points", &status), ("step", &status_step)]);
    }
    if rules.code {
        list += &written_rule("codes", &[("minutes", &code), ("tries", &tries)]);
    }
    list += &written_rule("reservation", &[("minutes", &hold)]);
    if rules.grace_days > 0 {
        list += &written_rule("grace", &[("days", &grace)]);
    }
    list + &written_rule("returns", &[("policy", rules.policy)])
}

/// The arguments of the office's `SaveProgramme`: what follows on so many versions.
pub fn written_programme(key: &str, now: i64, versions: usize, rules: &Rules) -> String {
    format!(
        "{}<programme><programmeCode>demo</programmeCode><name>Копилка</name><validFrom>{}</validFrom>\
         <version>{versions}</version><rules>{}</rules></programme>",
        written_office_context(key, now),
        local_text(rules.valid_from),
        written_rules(rules),
    )
}

/// The leaves of an answer's `return` by path; members of lists are numbered from 0.
pub fn read(body: &str) -> Said {
    let mut said = Said::new();
    let mut counts: HashMap<String, usize> = HashMap::new();
    let mut path: Vec<String> = Vec::new();
    let Some((_, mut rest)) = body.split_once("<m:return>") else { return said };
    while let Some((text, tail)) = rest.split_once('<') {
        let Some((tag, after)) = tail.split_once('>') else { break };
        rest = after;
        if tag.starts_with('/') {
            if !text.is_empty() {
                said.insert(path.join("/"), text.into());
            }
            if path.pop().is_none() {
                break;
            }
        } else if !tag.ends_with('/') {
            let name = tag.trim_start_matches("m:");
            let parent = path.last().map_or("", String::as_str);
            if LISTED.contains(&name) || LISTED.contains(&format!("{parent}/{name}").as_str()) {
                let count = counts.entry(format!("{}/{name}", path.join("/"))).or_default();
                path.push(format!("{name}[{count}]"));
                *count += 1;
            } else {
                path.push(name.into());
            }
        }
    }
    said
}
