//! `ListExpiringPoints`.

use crate::{
    domain::refusal::Refusal,
    soap::{
        call::{Call, Reply},
        handlers::wire,
        messages::office_1,
    },
    working_set::questions::{
        expiry::{ExpiringPoints, ListExpiringPoints},
        page::Page,
    },
};

/// `ListExpiringPoints`.
pub fn list(message: office_1::ListExpiringPoints, call: &Call) -> Result<ListExpiringPoints, Refusal> {
    let (actor, rows_max) = (call.actor.clone(), call.settings.list_page_rows_max);
    ListExpiringPoints::new(actor, i64::from(message.within_days), &message.cursor, message.rows_max, rows_max)
}

impl Reply for Page<ExpiringPoints> {
    type Message = office_1::ExpiringPointsResult;

    fn reply(&self, call: &Call) -> (String, office_1::ExpiringPointsResult) {
        let message = office_1::ExpiringPointsResult {
            expiries: office_1::ExpiringPointsRows { expiry: self.rows.iter().map(|row| expiry(row, call)).collect() },
            next_cursor: self.next.clone(),
            ..Default::default()
        };
        ("Выполнено.".into(), message)
    }
}

fn expiry(row: &ExpiringPoints, call: &Call) -> office_1::ExpiringPointsRow {
    office_1::ExpiringPointsRow {
        expires_at: wire::local(row.at, call.actor.utc_offset_minutes),
        account_id: row.account.to_string(),
        card_number: row.card.as_deref().map(|number| wire::shown_card(number, call)),
        phone: wire::shown_phone(&row.phone, call),
        points: wire::points(row.points),
    }
}
