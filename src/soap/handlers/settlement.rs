//! `ListSettlement`: what partners owe each other for points.

use crate::{
    domain::{money::Points, refusal::Refusal},
    soap::{
        call::{Call, Reply},
        handlers::wire,
        messages::office_1,
    },
    working_set::questions::{
        page::Page,
        settlement::{ListSettlement, SettlementRow},
    },
};

/// `ListSettlement`.
pub fn list(message: office_1::ListSettlement, call: &Call) -> Result<ListSettlement, Refusal> {
    let (actor, rows_max) = (call.actor.clone(), call.settings.list_page_rows_max);
    ListSettlement::new(actor, (message.from.0, message.to.0), &message.cursor, message.rows_max, rows_max)
}

impl Reply for Page<SettlementRow> {
    type Message = office_1::SettlementResult;

    fn reply(&self, _: &Call) -> (String, office_1::SettlementResult) {
        let message = office_1::SettlementResult {
            figures: office_1::SettlementFigures { figure: self.rows.iter().map(figure).collect() },
            next_cursor: self.next.clone(),
            ..Default::default()
        };
        ("Выполнено.".into(), message)
    }
}

fn figure(row: &SettlementRow) -> office_1::SettlementFigure {
    let (taken_by, issued_by) = (row.taken_by.as_ref(), row.issued_by.as_ref());
    office_1::SettlementFigure {
        kind: row.figure.word().into(),
        taken_by: taken_by.map(|partner| partner.code.clone()),
        taken_by_name: taken_by.map(|partner| partner.name.clone()),
        issued_by: issued_by.map(|partner| partner.code.clone()),
        issued_by_name: issued_by.map(|partner| partner.name.clone()),
        points: wire::points(Points(row.points)),
    }
}
