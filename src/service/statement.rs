//! The statement: every movement of points in plain Russian, with its rule (D16).

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

/// Reads a page of the statement, the latest movements first.
#[derive(Debug)]
pub struct GetStatement {
    /// The caller.
    pub actor: Actor,
    /// The customer's identifier.
    pub identifier: Identifier,
    /// The first local day.
    pub from: NaiveDate,
    /// The last local day.
    pub to: NaiveDate,
    /// The cursor: the step at which the previous page ended.
    pub before_step: Option<i64>,
    /// The page size in lines.
    pub lines_max: i64,
}

/// A page of the statement.
#[derive(Debug, Clone)]
pub struct Statement {
    /// The lines.
    pub lines: Vec<StatementEntry>,
    /// The cursor of the next page; `None` on the last.
    pub next: Option<i64>,
}

/// A line of the statement.
#[derive(Debug, Clone)]
pub struct StatementEntry {
    /// The time of the operation.
    pub at: Moment,
    /// The kind of movement.
    pub kind: MovementKind,
    /// The change of the available points.
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
        // Due movements that are not written yet belong to the statement, as they do to the balance. They will be
        // written with the same steps, so the cursor stays valid.
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
            // One line more than a page shows whether there is another.
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
        rule: line.cause.told().map(str::to_owned),
    }
}

/// One sentence for the customer.
fn text(line: &StatementLine, store: Option<&str>, utc_offset_minutes: i32) -> String {
    let points = russian::points(Points(line.moved));
    let agreed = |one: &str, many: &str| russian::agreed(one, many, Points(line.moved));
    let form = |one: &'static str, many: &'static str| russian::form(one, many, Points(line.moved));
    let date = russian_date(line.occurred_at.local(utc_offset_minutes));
    let receipt = line.receipt_number.as_ref().map(|number| format!(" по чеку № {number}")).unwrap_or_default();
    let place = store.map(|name| format!(", {name}")).unwrap_or_default();
    let what = match line.kind {
        _ if line.status_change > 0 => {
            format!("Начислено статусных баллов: {}{receipt}", russian::figure(Points(line.status_change)))
        }
        _ if line.status_change < 0 => {
            format!("Снято статусных баллов: {}{receipt}", russian::figure(Points(line.status_change).negated()))
        }
        MovementKind::Accrual if line.pending_change > 0 => {
            let later = form("станет доступен", "станут доступны");
            format!("{}{receipt}, {later} позже", agreed("Начислен", "Начислено"))
        }
        MovementKind::Accrual => format!("{}{receipt}", agreed("Начислен", "Начислено")),
        MovementKind::Activation => format!("{}{receipt}", agreed("Стал доступен", "Стало доступно")),
        MovementKind::Reservation => format!("{} под покупку", agreed("Зарезервирован", "Зарезервировано")),
        MovementKind::Release => format!("Резерв снят, снова {}", agreed("доступен", "доступно")),
        MovementKind::Redemption => format!("{} из резерва{receipt}", agreed("Списан", "Списано")),
        MovementKind::Expiry => format!("{}: истёк срок действия", agreed("Сгорел", "Сгорело")),
        MovementKind::Return if line.moved == 0 => format!("Возврат товара{receipt}: сроки баллов пересчитаны"),
        MovementKind::Return if line.available_change < 0 || line.pending_change < 0 => {
            let earned = form("начисленный", "начисленных");
            format!("Возврат товара{receipt}: {}, {earned} за него", agreed("отозван", "отозвано"))
        }
        MovementKind::Return => {
            let paid = form("которым", "которыми");
            format!("Возврат товара{receipt}: {}, {paid} платили", agreed("возвращён", "возвращено"))
        }
        MovementKind::Cancellation if line.available_change < 0 || line.pending_change < 0 => {
            format!("Чек отменён{receipt}: {}", agreed("отозван", "отозвано"))
        }
        MovementKind::Cancellation => format!("Чек отменён{receipt}: {}", agreed("возвращён", "возвращено")),
        MovementKind::DebtClosing => format!("{} в счёт долга по возврату", agreed("Удержан", "Удержано")),
        MovementKind::Adjustment => format!("Корректировка: {points}"),
        MovementKind::Merge => format!("Объединение счетов: {points}"),
    };
    format!("{what}. {date}{place}.")
}
