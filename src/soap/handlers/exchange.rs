//! `ListExchanges`: what was sent and answered.

use crate::{
    domain::{exchange, refusal::Refusal},
    soap::{
        call::{Call, Reply},
        handlers::wire,
        messages::office_1,
    },
    working_set::questions::exchange::{ExchangeSearch, ExchangeShown, Exchanges, ListExchanges},
};

/// `ListExchanges`.
pub fn list(message: office_1::ListExchanges, call: &Call) -> Result<ListExchanges, Refusal> {
    let asked = message.search;
    let search = ExchangeSearch {
        from: asked.from.map(wire::time),
        to: asked.to.map(wire::time),
        request_id: wire::given(asked.request_id).map(|id| id.trim().to_owned()),
        operation_key: wire::given(asked.operation_key).map(|key| exchange::operation_key(&key)),
        card: wire::given(asked.card_number).map(|text| exchange::card(&text).unwrap_or(text)),
        till: wire::given(asked.till).map(|till| exchange::till(&till)),
    };
    let (actor, rows_max) = (call.actor.clone(), call.settings.list_page_rows_max);
    ListExchanges::new(actor, search, &message.cursor, message.rows_max, rows_max)
}

impl Reply for Exchanges {
    type Message = office_1::ExchangesResult;

    fn reply(&self, call: &Call) -> (String, office_1::ExchangesResult) {
        let offset = call.actor.utc_offset_minutes;
        let rows = self.page.rows.iter().map(|row| shown(row, offset)).collect();
        let kept_days = call.settings.exchanges_kept_days;
        let sentence = match self.looked_back_to {
            _ if kept_days == 0 => "Журнал обмена не ведётся: так задано в настройках шлюза.".into(),
            Some(at) => {
                let at = at.local(offset).format("%d.%m.%Y %H:%M:%S");
                format!("Журнал просмотрен только до {at}. Листайте дальше, чтобы искать раньше.")
            }
            None => "Выполнено.".into(),
        };
        let message = office_1::ExchangesResult {
            exchanges: office_1::ExchangeRows { exchange: rows },
            kept_days: i32::try_from(kept_days).unwrap_or(i32::MAX),
            looked_back_to: self.looked_back_to.map(|at| wire::local(at, offset)),
            next_cursor: self.page.next.clone(),
            ..Default::default()
        };
        (sentence, message)
    }
}

fn shown(row: &ExchangeShown, utc_offset_minutes: i32) -> office_1::ExchangeRow {
    let small = |value: i64| i32::try_from(value).unwrap_or(i32::MAX);
    office_1::ExchangeRow {
        at: wire::local(row.at, utc_offset_minutes),
        request_id: row.request_id.clone(),
        service: row.service.clone(),
        operation: row.operation.clone(),
        outcome: row.code.clone(),
        status: small(row.http_status),
        duration: small(row.duration_ms),
        partner: row.partner.clone(),
        login: row.login.clone(),
        operation_key: row.operation_key.clone(),
        card_number: row.card.clone(),
        till: row.till.clone(),
        request: row.request.clone(),
        answer: row.answer.clone(),
    }
}
