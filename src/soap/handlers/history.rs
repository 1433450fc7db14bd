//! `ListHistory`: who changed what.

use crate::{
    domain::{history::FieldChange, refusal::Refusal, spelling::tidy},
    soap::{
        call::{Call, Reply},
        handlers::wire,
        messages::office_1,
    },
    working_set::questions::{
        history::{Author, HistoryRow, HistorySearch, ListHistory, Named},
        page::Page,
    },
};

/// `ListHistory`.
pub fn list(message: office_1::ListHistory, call: &Call) -> Result<ListHistory, Refusal> {
    let asked = message.search;
    let word = |text: Option<String>| wire::given(text.map(|text| tidy(&text).into_owned()));
    let search = HistorySearch {
        from: asked.from.map(|day| day.0),
        to: asked.to.map(|day| day.0),
        kind: word(asked.kind),
        name: word(asked.name),
        login: word(asked.login),
        identifier: wire::given(asked.identifier).as_deref().map(wire::identifier).transpose()?,
    };
    let (actor, rows_max) = (call.actor.clone(), call.settings.list_page_rows_max);
    ListHistory::new(actor, search, &message.cursor, message.rows_max, rows_max)
}

impl Reply for Page<HistoryRow> {
    type Message = office_1::HistoryResult;

    fn reply(&self, call: &Call) -> (String, office_1::HistoryResult) {
        let offset = call.actor.utc_offset_minutes;
        let message = office_1::HistoryResult {
            events: office_1::HistoryEvents { event: self.rows.iter().map(|row| event(row, offset)).collect() },
            next_cursor: self.next.clone(),
            ..Default::default()
        };
        let sentence = match (&self.next, self.rows.is_empty()) {
            (Some(_), true) => "Здесь ничего не нашлось. Листайте дальше: раньше этого времени ещё не искали.",
            (Some(_), false) | (None, _) => "Выполнено.",
        };
        (sentence.into(), message)
    }
}

fn event(row: &HistoryRow, utc_offset_minutes: i32) -> office_1::HistoryEvent {
    let (partner, partner_name) = named(row.partner.as_ref());
    office_1::HistoryEvent {
        at: wire::local(row.at, utc_offset_minutes),
        kind: row.kind.clone(),
        name: row.name.clone(),
        partner,
        partner_name,
        version: row.version.map(|version| i32::try_from(version).unwrap_or(i32::MAX)),
        act: row.act.into(),
        text: row.text.clone(),
        reason: row.reason.clone(),
        store: row.store.clone(),
        till: row.till.clone(),
        author: author(&row.author),
        fields: office_1::HistoryFields { change: row.fields.iter().map(field).collect() },
    }
}

fn author(author: &Author) -> office_1::HistoryAuthor {
    let (partner, partner_name) = named(author.partner.as_ref());
    office_1::HistoryAuthor {
        kind: author.kind.word().into(),
        login: author.login.clone(),
        employee: author.employee.clone(),
        roles: office_1::Roles { role: author.roles.words().map(str::to_owned).collect() },
        partner,
        partner_name,
    }
}

fn field(field: &FieldChange) -> office_1::HistoryField {
    office_1::HistoryField {
        field: field.name.clone(),
        label: field.label.clone(),
        before: field.before.clone(),
        after: field.after.clone(),
    }
}

fn named(named: Option<&Named>) -> (Option<String>, Option<String>) {
    (named.map(|named| named.code.clone()), named.map(|named| named.name.clone()))
}
