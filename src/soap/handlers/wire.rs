//! Translation of the structures that many messages share.

use crate::{
    domain::{
        account::Balances,
        card::{Card, masked_number},
        customer::Customer,
        fiscal::Fiscal,
        moment::{GivenTime, Moment},
        money::{Kopecks, Points, Quantity},
        phone::{self, Identifier, Phone},
        receipt::{Calculation, Claim, ClaimKind, Line, LineDiscount, LineResult, Part},
        reference::Roles,
        refusal::Refusal,
        russian,
        till_document::{TillDocument, named},
    },
    service::{
        context::{Context, OfficeContext},
        receipt,
    },
    soap::{
        call::Call,
        messages::{
            office_1, pos_1,
            values::{DateTime, Hundredths, Thousandths},
        },
    },
};

/// A text that may be absent; empty means absent.
pub(super) fn given(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

pub(super) fn identifier(text: &str) -> Result<Identifier, Refusal> {
    Identifier::parse(text).ok_or(Refusal::PhoneInvalid)
}

pub(super) fn phone(text: &str) -> Result<Phone, Refusal> {
    Phone::parse(text).ok_or(Refusal::PhoneInvalid)
}

pub(super) fn card_number(text: &str) -> Result<String, Refusal> {
    phone::card_number(text).ok_or(Refusal::CardUnknown)
}

pub(super) fn time(value: DateTime) -> GivenTime {
    GivenTime { local: value.local, utc_offset_minutes: value.offset.map(|offset| offset.local_minus_utc() / 60) }
}

pub(super) fn local(at: Moment, utc_offset_minutes: i32) -> DateTime {
    DateTime::local(at.local(utc_offset_minutes))
}

pub(super) const fn points(value: Points) -> Hundredths {
    Hundredths(value.0)
}

pub(super) const fn money(value: Kopecks) -> Hundredths {
    Hundredths(value.0)
}

pub(super) const fn quantity(value: Quantity) -> Thousandths {
    Thousandths(value.0)
}

pub(super) fn context(message: pos_1::Context, call: &Call) -> Context {
    Context {
        actor: call.actor.clone(),
        till: named(&message.till),
        cashier: given(message.cashier),
        occurred_at: time(message.occurred_at),
    }
}

/// Whether the caller may see personal data in full. A till only sees what it needs to address the customer.
pub(super) fn sees_personal_data(call: &Call) -> bool {
    call.actor.roles.meets(Roles::SEES_PEOPLE)
}

pub(super) fn balance(balances: &Balances) -> pos_1::Balance {
    pos_1::Balance {
        total: points(balances.total()),
        available: points(balances.available),
        pending: points(balances.pending),
        reserved: points(balances.reserved),
        debt: points(balances.debt),
    }
}

pub(super) fn card(card: &Card) -> pos_1::Card {
    pos_1::Card {
        number: card.number.clone(),
        state: card.state.word().into(),
        kind: card.kind.clone(),
        successor: card.successor.clone(),
    }
}

pub(super) fn cards(list: &[Card]) -> pos_1::Cards {
    pos_1::Cards { card: list.iter().map(card).collect() }
}

pub(super) fn customer(customer: &Customer, call: &Call) -> pos_1::Customer {
    let full = sees_personal_data(call);
    pos_1::Customer {
        customer_id: customer.id.to_string(),
        phone: customer.phone.as_ref().map(|phone| shown_phone(phone, call)),
        phone_confirmed: customer.phone_confirmed_at.is_some(),
        name: if full { customer.answers.full_name() } else { customer.answers.masked_name() },
        customer_class: None,
    }
}

pub(super) fn shown_phone(phone: &Phone, call: &Call) -> String {
    if sees_personal_data(call) { phone.as_e164().to_owned() } else { phone.masked() }
}

pub(super) fn shown_card(number: &str, call: &Call) -> String {
    if sees_personal_data(call) { number.to_owned() } else { masked_number(number) }
}

/// A fiscal document, in the one spelling of its numbers.
pub(super) fn fiscal(message: Option<pos_1::Fiscal>) -> Result<Option<Fiscal>, Refusal> {
    let parsed = message.map(|message| Fiscal::parse(&message.drive, &message.fd, &message.fp)).transpose();
    Ok(parsed?)
}

/// The store that a till's document names, in its one spelling; nothing but blanks is no store.
pub(super) fn document_store(code: Option<String>) -> Option<String> {
    given(code.map(|code| named(&code)))
}

/// The number of a till's document, in its one spelling.
pub(super) fn document_number(text: &str) -> Result<String, Refusal> {
    let number = named(text);
    if number.is_empty() {
        Err(Refusal::ReceiptInvalid { what: "не указан номер".into() })
    } else {
        Ok(number)
    }
}

pub(super) fn receipt(message: pos_1::Receipt) -> Result<receipt::ReceiptDraft, Refusal> {
    let identifier = match given(message.identifier) {
        Some(text) => Some(identifier(&text)?),
        None => None,
    };
    Ok(receipt::ReceiptDraft {
        document: TillDocument {
            till: named(&message.till),
            store: document_store(message.store),
            shift: named(&message.shift.unwrap_or_default()),
            number: document_number(&message.number)?,
            at: time(message.at),
            fiscal: fiscal(message.fiscal)?,
        },
        identifier,
        channel: given(message.channel).unwrap_or_else(|| "till".into()),
        lines: message.lines.line.into_iter().map(line).collect::<Result<_, _>>()?,
        coupons: listed(message.coupons.map(|list| list.coupon)),
        accepted_offers: listed(message.accepted_offers.map(|list| list.offer_id)),
        quote_id: given(message.quote_id),
    })
}

/// The names in a list that may be absent, without the spaces that scanners add.
fn listed(list: Option<Vec<String>>) -> Vec<String> {
    let names = list.unwrap_or_default().into_iter().map(|name| named(&name));
    names.filter(|name| !name.is_empty()).collect()
}

pub(super) fn line_number(number: i32) -> Result<u32, Refusal> {
    u32::try_from(number).map_err(|_| Refusal::ReceiptInvalid { what: format!("номер строки {number}") })
}

/// A line. `weighed`, `delivery` and `giftOf` are stored with the sale. They do not change what it costs: only offers
/// will use them.
pub(super) fn line(message: pos_1::ReceiptLine) -> Result<Line, Refusal> {
    Ok(Line {
        number: line_number(message.number)?,
        goods_code: message.goods_code,
        name: given(message.name),
        group: given(message.group),
        brand: given(message.brand),
        quantity: Quantity(message.quantity.0),
        price: Kopecks(message.price.0),
        sum: Kopecks(message.sum.0),
        discount_granted: Kopecks(message.discount_granted.map_or(0, |value| value.0)),
        minimum_price: message.minimum_price.map(|value| Kopecks(value.0)),
        no_earn: message.no_earn.unwrap_or(false),
        no_spend: message.no_spend.unwrap_or(false),
        weighed: message.weighed.unwrap_or(false),
        delivery: message.delivery.unwrap_or(false),
        gift_of: given(message.gift_of),
    })
}

pub(super) fn result_lines(calculation: &Calculation) -> pos_1::ResultLines {
    pos_1::ResultLines { line: calculation.lines.iter().map(result_line).collect() }
}

pub(super) fn parts(list: &[Part]) -> pos_1::Parts {
    let part =
        |part: &Part| pos_1::Part { quantity: quantity(part.quantity), price: money(part.price), sum: money(part.sum) };
    pos_1::Parts { part: list.iter().map(part).collect() }
}

fn result_line(line: &LineResult) -> pos_1::ResultLine {
    pos_1::ResultLine {
        // Numbers come from the wire as non-negative ints, so they fit.
        number: i32::try_from(line.number).unwrap_or(i32::MAX),
        discount_granted: money(line.discount_granted),
        discount_offered: money(line.discount_offered),
        points_as_money: money(line.points_as_money),
        amount_due: money(line.amount_due),
        points_to_earn: points(line.points_to_earn),
        points_max: points(line.points_max),
        parts: parts(&line.parts),
        rules: pos_1::Texts { text: line.reasons.iter().map(russian::sentence).collect() },
        discounts: pos_1::Discounts { discount: line.discounts.iter().map(discount).collect() },
    }
}

fn discount(discount: &LineDiscount) -> pos_1::Discount {
    pos_1::Discount {
        offer_id: Some(discount.source.id.to_string()),
        name: discount.source.name.to_string(),
        amount: money(discount.amount),
    }
}

/// The outcome of each coupon.
pub(super) fn coupon_results(claims: &[Claim]) -> pos_1::CouponResults {
    let results = of_kind(claims, ClaimKind::Coupon).map(|claim| pos_1::CouponResult {
        number: claim.name.clone(),
        outcome: claim.outcome.word().into(),
        text: claim.to_string(),
    });
    pos_1::CouponResults { coupon_result: results.collect() }
}

/// The outcome of each accepted offer.
pub(super) fn offer_results(claims: &[Claim]) -> pos_1::OfferResults {
    let results = of_kind(claims, ClaimKind::Offer).map(|claim| pos_1::OfferResult {
        offer_id: claim.name.clone(),
        outcome: claim.outcome.word().into(),
        text: claim.to_string(),
    });
    pos_1::OfferResults { offer_result: results.collect() }
}

fn of_kind(claims: &[Claim], kind: ClaimKind) -> impl Iterator<Item = &Claim> {
    claims.iter().filter(move |claim| claim.kind == kind)
}

/// The same outcomes as sentences for the cashier.
pub(super) fn told(claims: &[Claim]) -> Vec<String> {
    claims.iter().map(ToString::to_string).collect()
}

/// Lines for the customer's slip.
pub(super) fn slip(earned: Points, spent: Points, available: Option<Points>) -> pos_1::Texts {
    let mut text = Vec::new();
    if spent.is_positive() {
        text.push(format!("Оплачено баллами: {}", russian::figure(spent)));
    }
    if earned.is_positive() {
        text.push(format!("Начислено баллов: {}", russian::figure(earned)));
    }
    if let Some(available) = available {
        text.push(format!("Доступно баллов: {}", russian::figure(available)));
    }
    pos_1::Texts { text }
}

pub(super) fn office_context(message: office_1::OfficeContext, call: &Call) -> OfficeContext {
    OfficeContext { actor: call.actor.clone(), employee: given(message.actor), occurred_at: time(message.occurred_at) }
}
