//! `ListLiability`: points outstanding at the end of a day.

use crate::{
    domain::{
        money::{Kopecks, Points},
        refusal::Refusal,
    },
    soap::{
        call::{Call, Reply},
        handlers::wire,
        messages::office_1,
    },
    working_set::questions::{
        liability::{LiabilityRow, ListLiability},
        page::Page,
    },
};

/// `ListLiability`.
pub fn list(message: office_1::ListLiability, call: &Call) -> Result<ListLiability, Refusal> {
    let (actor, rows_max) = (call.actor.clone(), call.settings.list_page_rows_max);
    ListLiability::new(actor, message.day.0, &message.cursor, message.rows_max, rows_max)
}

impl Reply for Page<LiabilityRow> {
    type Message = office_1::LiabilityResult;

    fn reply(&self, _: &Call) -> (String, office_1::LiabilityResult) {
        let message = office_1::LiabilityResult {
            liabilities: office_1::Liabilities { liability: self.rows.iter().map(liability).collect() },
            next_cursor: self.next.clone(),
            ..Default::default()
        };
        ("Выполнено.".into(), message)
    }
}

fn liability(row: &LiabilityRow) -> office_1::Liability {
    office_1::Liability {
        issued_by: row.issued_by.clone(),
        issued_by_name: row.issued_by_name.clone(),
        kind: row.kind.word().into(),
        points: wire::points(Points(row.points)),
        // One point pays one rouble: a hundredth of it is a kopeck.
        money: wire::money(Kopecks(row.points)),
    }
}
