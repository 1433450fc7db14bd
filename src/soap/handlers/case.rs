//! Cases.

use crate::{
    domain::{ids::CaseId, refusal::Refusal},
    service::case::{CaseClosed, CloseCase},
    soap::{
        call::{Call, Reply},
        handlers::wire,
        messages::office_1,
    },
    working_set::questions::{
        case::{CaseRow, ListCases},
        page::Page,
    },
};

/// What stands for a text that went with the data of an erased customer.
const ERASED: &str = "Данные клиента удалены по его требованию.";

/// `ListCases`.
pub fn list(message: office_1::ListCases, call: &Call) -> Result<ListCases, Refusal> {
    let rows_max = call.settings.list_page_rows_max;
    ListCases::new(call.actor.clone(), message.only_open, &message.cursor, message.rows_max, rows_max)
}

/// `CloseCase`.
pub fn close(message: office_1::CloseCase, call: &Call) -> Result<CloseCase, Refusal> {
    let case = message.case_id.trim().parse().map(CaseId).map_err(|_| Refusal::CaseUnknown)?;
    Ok(CloseCase { context: wire::office_context(message.context, call), case, resolution: message.resolution })
}

impl Reply for CaseClosed {
    type Message = office_1::CaseResult;

    fn reply(&self, _: &Call) -> (String, office_1::CaseResult) {
        let message = office_1::CaseResult { case_id: Some(self.id.to_string()), ..Default::default() };
        ("Случай закрыт.".into(), message)
    }
}

impl Reply for Page<CaseRow> {
    type Message = office_1::CasesResult;

    fn reply(&self, _: &Call) -> (String, office_1::CasesResult) {
        let message = office_1::CasesResult {
            cases: office_1::CaseRows { case: self.rows.iter().map(row).collect() },
            next_cursor: self.next.clone(),
            ..Default::default()
        };
        ("Выполнено.".into(), message)
    }
}

fn row(row: &CaseRow) -> office_1::CaseRow {
    let (case, offset) = (&row.case, row.utc_offset_minutes);
    let closing = case.closing.as_ref();
    office_1::CaseRow {
        case_id: case.id.to_string(),
        kind: case.kind.clone(),
        partner: row.partner.clone(),
        store: row.store.clone(),
        subject: case.subject.map(|subject| subject.word().into()),
        subject_id: case.subject.map(|subject| subject.id().to_string()),
        text: case.text.clone().unwrap_or_else(|| ERASED.into()),
        opened_at: wire::local(case.opened_at, offset),
        closed_at: closing.map(|closing| wire::local(closing.at, offset)),
        closed_by: row.closed_by.clone(),
        employee: closing.and_then(|closing| closing.employee.clone()),
        resolution: closing.map(|closing| closing.resolution.clone().unwrap_or_else(|| ERASED.into())),
    }
}
