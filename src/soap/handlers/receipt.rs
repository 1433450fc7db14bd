//! `QuoteReceipt` and `ListReceipts`.

use crate::{
    domain::{
        money::{Kopecks, Points},
        refusal::Refusal,
        russian,
    },
    service::receipt::{Priced, QuoteReceipt, ReceiptQuoted},
    soap::{
        call::{Call, Reply},
        handlers::wire::{self, given},
        messages::{office_1, pos_1},
    },
    working_set::questions::receipt::{ListReceipts, ReceiptRow, ReceiptSearch, ReceiptTotals, Receipts},
};

/// `QuoteReceipt`.
pub fn quote(message: pos_1::QuoteReceipt, call: &Call) -> Result<QuoteReceipt, Refusal> {
    Ok(QuoteReceipt {
        actor: call.actor.clone(),
        receipt: wire::receipt(message.receipt)?,
        wanted: Points(message.points_wanted.0),
    })
}

impl Reply for ReceiptQuoted {
    type Message = pos_1::QuoteResult;

    fn reply(&self, _: &Call) -> (String, pos_1::QuoteResult) {
        let priced = &self.priced;
        let calculation = &priced.calculation;
        let code_required = priced.rules.as_ref().is_some_and(|rules| rules.code_required);
        let message = pos_1::QuoteResult {
            quote_id: Some(priced.quote_id.clone()),
            lines: wire::result_lines(calculation),
            amount_due: Some(wire::money(calculation.amount_due)),
            discount_total: Some(wire::money(calculation.discount_total)),
            points_to_earn: Some(wire::points(calculation.points_to_earn)),
            points_available: Some(wire::points(priced.available)),
            points_max: Some(wire::points(calculation.points_max)),
            code_required: Some(code_required),
            cashier_messages: pos_1::Texts { text: for_cashier(priced) },
            slip_lines: wire::slip(calculation.points_to_earn, calculation.points_applied, None),
            explanations: pos_1::Texts { text: calculation.reasons.iter().map(russian::sentence).collect() },
            coupon_results: wire::coupon_results(&priced.claims),
            offer_results: wire::offer_results(&priced.claims),
            ..Default::default()
        };
        (format!("К оплате {}", russian::roubles(calculation.amount_due)), message)
    }
}

/// What a cashier reads where a receipt is so old that it earns nothing.
pub(super) const LAPSED: &str = "Срок баллов за этот чек уже прошёл, они не начисляются. Проверьте дату кассы.";

/// `ListReceipts`.
pub fn list(message: office_1::ListReceipts, call: &Call) -> Result<ListReceipts, Refusal> {
    let search = message.search;
    let search = ReceiptSearch {
        partner: given(search.partner),
        network: given(search.network),
        store: given(search.store),
        till: given(search.till),
        shift: given(search.shift),
        from: search.from.0,
        to: search.to.0,
    };
    let rows_max = call.settings.list_page_rows_max;
    ListReceipts::new(call.actor.clone(), search, &message.cursor, message.rows_max, rows_max)
}

impl Reply for Receipts {
    type Message = office_1::ReceiptsResult;

    fn reply(&self, _: &Call) -> (String, office_1::ReceiptsResult) {
        let message = office_1::ReceiptsResult {
            receipts: office_1::ReceiptRows { receipt: self.page.rows.iter().map(row).collect() },
            totals: self.totals.as_ref().map(totals),
            next_cursor: self.page.next.clone(),
            ..Default::default()
        };
        ("Выполнено.".into(), message)
    }
}

fn row(row: &ReceiptRow) -> office_1::ReceiptRow {
    let fiscal = row.fiscal.as_ref();
    office_1::ReceiptRow {
        kind: row.kind.word().into(),
        document_id: row.id.to_string(),
        network: row.network.clone(),
        store: row.store.clone(),
        till: row.till.clone(),
        shift: row.spot.shift.clone(),
        document_number: row.spot.number.clone(),
        at: wire::local(row.at, row.utc_offset_minutes),
        recorded_at: wire::local(row.recorded_at, row.utc_offset_minutes),
        amount: wire::money(row.amount),
        points_earned: wire::points(row.earned),
        points_spent: wire::points(row.spent),
        points_restored: wire::points(row.restored),
        points_revoked: wire::points(row.revoked),
        drive: fiscal.map(|(drive, _)| drive.clone()),
        fd: fiscal.map(|(_, number)| number.clone()),
    }
}

fn totals(sums: &ReceiptTotals) -> office_1::ReceiptTotals {
    let count = |number: i64| i32::try_from(number).unwrap_or(i32::MAX);
    let (money, points) = (|sum: i64| wire::money(Kopecks(sum)), |sum: i64| wire::points(Points(sum)));
    office_1::ReceiptTotals {
        sales_count: count(sums.sales),
        sales_amount: money(sums.sales_amount),
        points_earned: points(sums.earned),
        points_spent: points(sums.spent),
        cancelled_count: count(sums.cancelled),
        cancelled_amount: money(sums.cancelled_amount),
        returns_count: count(sums.returns),
        returns_amount: money(sums.returns_amount),
        points_restored: points(sums.restored),
        points_revoked: points(sums.revoked),
    }
}

/// Messages for the cashier.
fn for_cashier(priced: &Priced) -> Vec<String> {
    let calculation = &priced.calculation;
    let mut texts = wire::told(&priced.claims);
    if priced.holder.is_none() {
        texts.push("Предложите карту: с ней покупка приносит баллы.".to_owned());
    }
    if let Some(refusal) = &priced.no_spending {
        texts.push(refusal.to_string());
    } else if calculation.points_applied.is_zero() && calculation.points_max.is_positive() {
        texts.push(format!("Предложите списать до {}.", russian::points_of(calculation.points_max)));
    }
    if priced.has_lapsed {
        texts.push(LAPSED.to_owned());
    }
    if calculation.points_to_earn.is_positive() {
        let earned = russian::agreed("будет начислен", "будет начислено", calculation.points_to_earn);
        texts.push(format!("За покупку {earned}."));
    }
    texts
}
