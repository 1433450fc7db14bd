//! `RegisterReceipt`, `CancelReceipt`, `GetReceipt`.

use chrono::NaiveDate;

use crate::{
    domain::{
        ids::ReceiptId,
        moment::days_between,
        money::{Points, Quantity},
        refusal::Refusal,
        russian,
        sale::{SaleLine, SaleState},
        spelling::operation_key,
        till_document,
    },
    service::{
        receipt::Priced,
        sale::{
            CancelReceipt, FoundReceipt, GetReceipt, Original, ReceiptCancelled, ReceiptRegistered, RegisterReceipt,
            claim::{ClaimReceipt, ReceiptClaimed},
        },
    },
    soap::{
        call::{Call, Reply},
        handlers::{
            receipt::LAPSED,
            reservation::reservation_id,
            wire::{self, given},
        },
        messages::pos_1,
    },
};

/// `RegisterReceipt`.
pub fn register(message: pos_1::RegisterReceipt, call: &Call) -> Result<RegisterReceipt, Refusal> {
    let reservation = match message.reservation_id.trim() {
        "" => None,
        text => Some(reservation_id(text)?),
    };
    Ok(RegisterReceipt {
        key: operation_key(&message.context.operation_key),
        context: wire::context(message.context, call),
        receipt: wire::receipt(message.receipt)?,
        reservation,
        points: Points(message.points_to_spend.0),
    })
}

/// `CancelReceipt`.
pub fn cancel(message: pos_1::CancelReceipt, call: &Call) -> Result<CancelReceipt, Refusal> {
    Ok(CancelReceipt {
        context: wire::context(message.context, call),
        receipt: receipt_id(&message.receipt_id)?,
        reason: message.reason,
    })
}

/// `ClaimReceipt`.
pub fn claim(message: pos_1::ClaimReceipt, call: &Call) -> Result<ClaimReceipt, Refusal> {
    let claim = message.claim;
    let of = match wire::fiscal(claim.fiscal)? {
        Some(fiscal) if claim.receipt_id.as_deref().unwrap_or_default().trim().is_empty() => Original::Fiscal(fiscal),
        Some(_) | None => original(claim.receipt_id, claim.original)?,
    };
    Ok(ClaimReceipt {
        context: wire::context(message.context, call),
        of,
        identifier: wire::identifier(&claim.identifier)?,
    })
}

/// `GetReceipt`.
pub fn get(message: pos_1::GetReceipt, call: &Call) -> Result<GetReceipt, Refusal> {
    Ok(GetReceipt { actor: call.actor.clone(), of: original(Some(message.receipt_id), message.original)? })
}

/// The sale that is meant: by its id, else by the till's details.
pub(super) fn original(id: Option<String>, named: Option<pos_1::ReceiptReference>) -> Result<Original, Refusal> {
    match (given(id), named) {
        (Some(id), _) => Ok(Original::Receipt(receipt_id(&id)?)),
        (None, Some(named)) => Ok(Original::Named {
            store: wire::document_store(named.store),
            till: till_document::named(&named.till),
            local_day: days_between(NaiveDate::default(), named.date.0),
            shift: till_document::named(&named.shift.unwrap_or_default()),
            number: till_document::named(&named.number),
        }),
        (None, None) => Err(Refusal::ReceiptUnknown),
    }
}

/// A receipt's id from the wire. A text that is not an id is an unknown receipt.
pub(super) fn receipt_id(text: &str) -> Result<ReceiptId, Refusal> {
    text.trim().parse().map(ReceiptId).map_err(|_| Refusal::ReceiptUnknown)
}

impl Reply for ReceiptRegistered {
    type Message = pos_1::ReceiptResult;

    fn reply(&self, _: &Call) -> (String, pos_1::ReceiptResult) {
        let calculation = &self.priced.calculation;
        let available = self.balance.map(|balance| balance.available);
        let message = pos_1::ReceiptResult {
            receipt_id: self.id.map(|id| id.to_string()),
            points_earned: Some(wire::points(calculation.points_to_earn)),
            points_spent: Some(wire::points(self.spent)),
            points_released: Some(wire::points(self.released)),
            quote_id: Some(self.priced.quote_id.clone()),
            lines: wire::result_lines(calculation),
            amount_due: Some(wire::money(calculation.amount_due)),
            balance: self.balance.as_ref().map(wire::balance),
            slip_lines: wire::slip(calculation.points_to_earn, self.spent, available),
            cashier_messages: pos_1::Texts { text: for_cashier(&self.priced) },
            coupon_results: wire::coupon_results(&self.priced.claims),
            offer_results: wire::offer_results(&self.priced.claims),
            ..Default::default()
        };
        (format!("Чек записан. К оплате {}", russian::roubles(calculation.amount_due)), message)
    }
}

/// Messages for the cashier.
fn for_cashier(priced: &Priced) -> Vec<String> {
    let mut texts = wire::told(&priced.claims);
    texts.extend(priced.has_lapsed.then(|| LAPSED.to_owned()));
    texts
}

impl Reply for FoundReceipt {
    type Message = pos_1::RegisteredReceiptResult;

    fn reply(&self, call: &Call) -> (String, pos_1::RegisteredReceiptResult) {
        let (sale, offset) = (&self.sale, self.store.utc_offset_minutes);
        let receipt = pos_1::RegisteredReceipt {
            receipt_id: sale.id.to_string(),
            state: sale.state.word().into(),
            store: self.store.code.clone(),
            till: self.till.clone(),
            shift: given(Some(sale.key.shift.clone())),
            number: sale.key.number.clone(),
            at: wire::local(sale.occurred_at, offset),
            recorded_at: wire::local(sale.recorded_at, offset),
            channel: sale.channel.clone(),
            customer: self.customer.as_ref().map(|customer| wire::customer(customer, call)),
            card_number: self.card.as_deref().map(|number| wire::shown_card(number, call)),
            amount_due: wire::money(sale.amount_due),
            discount_total: wire::money(sale.discount_total),
            points_spent: wire::points(sale.points_spent),
            points_earned: wire::points(sale.rightly_earned()),
            lines: pos_1::RegisteredLines {
                line: sale.lines.iter().map(|line| registered(line, sale.state)).collect(),
            },
        };
        ("Выполнено.".into(), pos_1::RegisteredReceiptResult { receipt: Some(receipt), ..Default::default() })
    }
}

fn registered(line: &SaleLine, state: SaleState) -> pos_1::RegisteredLine {
    let left = match state {
        SaleState::Cancelled => Quantity::ZERO,
        SaleState::Confirmed | SaleState::PartlyReturned | SaleState::Returned => {
            line.line.quantity.minus(line.returned)
        }
    };
    pos_1::RegisteredLine {
        // Numbers come from the wire as non-negative ints, so they fit.
        number: i32::try_from(line.line.number).unwrap_or(i32::MAX),
        goods_code: line.line.goods_code.clone(),
        name: line.line.name.clone(),
        quantity: wire::quantity(line.line.quantity),
        price: wire::money(line.line.price),
        sum: wire::money(line.line.sum),
        amount_due: wire::money(line.amount_due),
        points_as_money: wire::money(line.points_as_money),
        points_earned: wire::points(line.points_earned),
        returned: wire::quantity(line.returned),
        left: wire::quantity(left),
        weighed: line.line.weighed.then_some(true),
        delivery: line.line.delivery.then_some(true),
        gift_of: line.line.gift_of.clone(),
    }
}

impl Reply for ReceiptClaimed {
    type Message = pos_1::ClaimResult;

    fn reply(&self, _: &Call) -> (String, pos_1::ClaimResult) {
        let message = pos_1::ClaimResult {
            receipt_id: Some(self.id.to_string()),
            points_earned: Some(wire::points(self.earned)),
            balance: self.balance.as_ref().map(wire::balance),
            slip_lines: wire::slip(self.earned, Points::ZERO, self.balance.map(|balance| balance.available)),
            ..Default::default()
        };
        let sentence = if self.earned.is_positive() {
            format!("Покупка записана на карту. Начислено: {}", russian::points(self.earned))
        } else {
            "Покупка записана на карту, баллов за неё нет".to_owned()
        };
        (format!("{sentence}."), message)
    }
}

impl Reply for ReceiptCancelled {
    type Message = pos_1::CancelResult;

    fn reply(&self, _: &Call) -> (String, pos_1::CancelResult) {
        let message = pos_1::CancelResult {
            receipt_id: Some(self.id.to_string()),
            points_revoked: Some(wire::points(self.revoked)),
            points_restored: Some(wire::points(self.restored)),
            debt: self.balance.map(|balance| wire::points(balance.debt)),
            balance: self.balance.as_ref().map(wire::balance),
            ..Default::default()
        };
        ("Чек отменён.".into(), message)
    }
}
