//! The statement.

use crate::{
    domain::refusal::Refusal,
    service::statement::{GetStatement, Statement, StatementEntry},
    soap::{
        call::{Call, Reply},
        handlers::wire,
        messages::pos_1,
    },
};

/// `GetStatement`.
pub fn get(message: pos_1::GetStatement, call: &Call) -> Result<GetStatement, Refusal> {
    let before_step = match message.cursor.trim() {
        "" => None,
        text => Some(text.parse().map_err(|_| Refusal::CursorInvalid)?),
    };
    Ok(GetStatement {
        actor: call.actor.clone(),
        identifier: wire::identifier(&message.identifier)?,
        from: message.from.0,
        to: message.to.0,
        before_step,
        lines_max: call.settings.statement_page_lines_max,
    })
}

impl Reply for Statement {
    type Message = pos_1::StatementResult;

    fn reply(&self, call: &Call) -> (String, pos_1::StatementResult) {
        let entry = self.lines.iter().map(|line| entry(line, call.actor.utc_offset_minutes)).collect();
        let message = pos_1::StatementResult {
            entries: pos_1::StatementEntries { entry },
            next_cursor: self.next.map(|step| step.to_string()),
            ..Default::default()
        };
        ("Выполнено.".into(), message)
    }
}

fn entry(line: &StatementEntry, utc_offset_minutes: i32) -> pos_1::StatementEntry {
    pos_1::StatementEntry {
        at: wire::local(line.at, utc_offset_minutes),
        kind: line.kind.word().into(),
        points: wire::points(line.change),
        balance_after: wire::points(line.available_after),
        store: line.store.clone(),
        receipt: line.receipt.clone(),
        text: line.text.clone(),
        rule: line.rule.clone(),
    }
}
