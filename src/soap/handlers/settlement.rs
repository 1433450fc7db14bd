//! What partners owe each other for points.

use crate::{
    domain::{money::Points, refusal::Refusal},
    soap::{
        call::{Call, Reply},
        handlers::wire,
        messages::office,
    },
    working_set::questions::{
        page::Page,
        settlement::{ListSettlement, SettlementRow},
    },
};

/// `ListSettlement`.
pub fn list(message: office::ListSettlement, call: &Call) -> Result<ListSettlement, Refusal> {
    let (actor, rows_max) = (call.actor.clone(), call.settings.list_page_rows_max);
    ListSettlement::new(actor, (message.from.0, message.to.0), &message.cursor, message.rows_max, rows_max)
}

impl Reply for Page<SettlementRow> {
    type Message = office::SettlementResult;

    fn reply(&self, _: &Call) -> (String, office::SettlementResult) {
        let message = office::SettlementResult {
            figures: office::SettlementFigures { figure: self.rows.iter().map(figure).collect() },
            next_cursor: self.next.clone(),
            ..Default::default()
        };
        ("Выполнено.".into(), message)
    }
}

fn figure(row: &SettlementRow) -> office::SettlementFigure {
    let (taken_by, issued_by) = (row.taken_by.as_ref(), row.issued_by.as_ref());
    office::SettlementFigure {
        kind: row.figure.word().into(),
        taken_by: taken_by.map(|partner| partner.code.clone()),
        taken_by_name: taken_by.map(|partner| partner.name.clone()),
        issued_by: issued_by.map(|partner| partner.code.clone()),
        issued_by_name: issued_by.map(|partner| partner.name.clone()),
        points: wire::points(Points(row.points)),
    }
}
