//! `ListMovements`: movements of points for bookkeeping.

use crate::{
    domain::{money::Points, refusal::Refusal},
    soap::{
        call::{Call, Reply},
        handlers::wire,
        messages::office_1,
    },
    working_set::questions::movement::{ListMovements, MovementRow, Movements},
};

/// `ListMovements`.
pub fn list(message: office_1::ListMovements, call: &Call) -> Result<ListMovements, Refusal> {
    ListMovements::new(call.actor.clone(), &message.cursor, message.rows_max, call.settings.list_page_rows_max)
}

impl Reply for Movements {
    type Message = office_1::MovementsResult;

    fn reply(&self, call: &Call) -> (String, office_1::MovementsResult) {
        let rows = self.page.rows.iter().map(|row| movement(row, call.actor.utc_offset_minutes));
        let message = office_1::MovementsResult {
            movements: office_1::MovementRows { movement: rows.collect() },
            next_cursor: self.page.next.clone(),
            is_more: Some(self.is_more),
            ..Default::default()
        };
        ("Выполнено.".into(), message)
    }
}

fn movement(row: &MovementRow, offset: i32) -> office_1::MovementRow {
    office_1::MovementRow {
        movement_id: row.id(),
        kind: row.what.word().into(),
        cause: row.cause.word().into(),
        points: wire::points(Points(row.points)),
        issued_by: row.issued_by.clone(),
        taken_by: row.taken_by.clone(),
        network: row.place.as_ref().map(|(network, _)| network.clone()),
        store: row.place.as_ref().map(|(_, store)| store.clone()),
        receipt_id: row.receipt.map(|id| id.to_string()),
        return_id: row.return_id.map(|id| id.to_string()),
        occurred_at: wire::local(row.occurred_at, offset),
        recorded_at: wire::local(row.recorded_at, offset),
    }
}
