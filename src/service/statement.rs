//! The statement: every movement of points in plain Russian, with the rule that made it (D16).

use chrono::{Days, NaiveDate, NaiveTime};

use crate::{
    domain::{
        account::MovementKind,
        card::Use,
        moment::{Moment, russian_date},
        money::Points,
        phone::Identifier,
        reference::{Actor, Reference},
        refusal::{Decided, Decision, Refusal},
        russian,
    },
    service::context,
    working_set::{StatementLine, StatementPage, Touches, WorkingSet, command::Command},
};

/// Asks for a page of the statement, the latest movements first.
#[derive(Debug)]
pub struct GetStatement {
    /// Who asks.
    pub actor: Actor,
    /// Whose.
    pub identifier: Identifier,
    /// The first local day.
    pub from: NaiveDate,
    /// The last local day.
    pub to: NaiveDate,
    /// Where the last page ended.
    pub before_step: Option<i64>,
    /// How many lines a page has.
    pub lines_max: i64,
}

/// A page of the statement.
#[derive(Debug, Clone)]
pub struct Statement {
    /// The lines.
    pub lines: Vec<StatementEntry>,
    /// Where the next page begins, if there is one.
    pub next: Option<i64>,
}

/// A line of the statement.
#[derive(Debug, Clone)]
pub struct StatementEntry {
    /// When.
    pub at: Moment,
    /// What.
    pub kind: MovementKind,
    /// How it changed what is available.
    pub change: Points,
    /// Available afterwards.
    pub available_after: Points,
    /// The store's name.
    pub store: Option<String>,
    /// The receipt's number.
    pub receipt: Option<String>,
    /// The explanation.
    pub text: String,
    /// The rule.
    pub rule: Option<String>,
}

impl Command for GetStatement {
    type Outcome = Statement;

    fn touches(&self, _: &Reference, touches: &mut Touches) {
        touches.account(&self.identifier);
        touches.statement(self.page());
    }

    fn decide(&self, set: &mut WorkingSet) -> Decision<Statement> {
        if self.from > self.to {
            return Err(Refusal::PeriodInvalid);
        }
        let holder = context::holder(set, &self.actor, &self.identifier, Use::Look)?;
        let account = context::account_of(set, holder.account)?;
        let page = self.page();
        // What time has made due and no command has written down yet belongs to the statement as it does to the balance. It
        // will be written down just so, therefore the next page is found by the same step.
        let due = account.movements.iter().filter(|movement| page.has(movement));
        let mut found = StatementLine::of(due, &set.receipt_numbers);
        let written = set.statements.iter().find(|(other, _)| *other == page).map(|(_, lines)| lines.as_slice());
        found.extend_from_slice(written.unwrap_or_default());
        let lines_max = usize::try_from(self.lines_max).unwrap_or(usize::MAX);
        let more = found.len() > lines_max;
        found.truncate(lines_max);
        let next = if more { found.last().map(|line| line.step) } else { None };
        let offset = self.actor.utc_offset_minutes;
        let lines = found.iter().map(|line| explained(line, &set.reference, offset)).collect();
        Ok(Decided::Done(Statement { lines, next }))
    }
}

impl GetStatement {
    fn page(&self) -> StatementPage {
        let offset = self.actor.utc_offset_minutes;
        let after = self.to.checked_add_days(Days::new(1)).unwrap_or(NaiveDate::MAX);
        StatementPage {
            identifier: self.identifier.clone(),
            programme: self.actor.programme,
            from: Moment::from_local(self.from.and_time(NaiveTime::MIN), offset),
            to: Moment::from_local(after.and_time(NaiveTime::MIN), offset),
            before_step: self.before_step,
            // One more than a page: it tells whether there is another.
            lines_max: self.lines_max.saturating_add(1),
        }
    }
}

fn explained(line: &StatementLine, reference: &Reference, utc_offset_minutes: i32) -> StatementEntry {
    let store = reference.store_name(line.cause.store);
    StatementEntry {
        at: line.occurred_at,
        kind: line.kind,
        change: Points(line.available_change),
        available_after: Points(line.available_after),
        text: text(line, store.as_deref(), utc_offset_minutes),
        store,
        receipt: line.receipt_number.clone(),
        rule: line.cause.rule.clone(),
    }
}

/// One sentence that the customer understands.
fn text(line: &StatementLine, store: Option<&str>, utc_offset_minutes: i32) -> String {
    let points = russian::points(Points(line.moved));
    let date = russian_date(line.occurred_at.local(utc_offset_minutes));
    let receipt = line.receipt_number.as_ref().map(|number| format!(" по чеку № {number}")).unwrap_or_default();
    let place = store.map(|name| format!(", {name}")).unwrap_or_default();
    let what = match line.kind {
        _ if line.status_change > 0 => format!("Начислено статусных баллов: {}{receipt}", Points(line.status_change)),
        _ if line.status_change < 0 => {
            format!("Снято статусных баллов: {}{receipt}", Points(line.status_change).negated())
        }
        MovementKind::Accrual if line.pending_change > 0 => {
            format!("Начислено {points}{receipt}, станут доступны позже")
        }
        MovementKind::Accrual => format!("Начислено {points}{receipt}"),
        MovementKind::Activation => format!("Стало доступно {points}{receipt}"),
        MovementKind::Reservation => format!("Зарезервировано {points} под покупку"),
        MovementKind::Release => format!("Резерв снят, снова доступно {points}"),
        MovementKind::Redemption => format!("Списано из резерва {points}{receipt}"),
        MovementKind::Expiry => format!("Сгорело {points}: истёк срок действия"),
        MovementKind::Return if line.moved == 0 => format!("Возврат товара{receipt}: сроки баллов пересчитаны"),
        MovementKind::Return if line.available_change < 0 || line.pending_change < 0 => {
            format!("Возврат товара{receipt}: отозвано {points}, начисленных за него")
        }
        MovementKind::Return => format!("Возврат товара{receipt}: возвращено {points}, которыми платили"),
        MovementKind::Cancellation if line.available_change < 0 || line.pending_change < 0 => {
            format!("Чек отменён{receipt}: отозвано {points}")
        }
        MovementKind::Cancellation => format!("Чек отменён{receipt}: возвращено {points}"),
        MovementKind::DebtClosing => format!("Удержано {points} в счёт долга по возврату"),
        MovementKind::Adjustment => format!("Корректировка: {points}"),
        MovementKind::Merge => format!("Объединение счетов: {points}"),
    };
    format!("{what}. {date}{place}.")
}
