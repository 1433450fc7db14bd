//! `explain`: the history of a balance, in Russian, for employees who answer customers.

use std::{fmt::Write as _, process::ExitCode};

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime};

use crate::{
    cli::{
        database::existing_with_keys,
        failure::{FAILED, Failure, MISUSED},
    },
    clock::Clock,
    config::Config,
    domain::{
        account::{AccountState, Bucket, Lot, Movement, MovementKind, PointsClass},
        moment::{GivenTime, Moment, russian_date},
        money::Points,
        phone::{Phone, card_number},
        russian,
    },
    store::{
        books::explain::{History, Line, Who, explain, find},
        db::backend::{Db, Purpose},
    },
    vault::Vault,
};

/// Widths of the table's columns; with what is between them a line has 119 characters.
const WHEN: usize = 15;
const STORE: usize = 19;
const RECEIPT: usize = 9;
const WHAT: usize = 38;
const ENTRY: usize = 4;
const FIGURE: usize = 11;

/// Whose balance, and when.
#[derive(Debug, clap::Args)]
pub(super) struct Question {
    /// The card's number; a phone is understood too, if no card has it.
    #[arg(long, value_name = "NUMBER", required_unless_present = "phone", conflicts_with = "phone")]
    card: Option<String>,
    /// The customer's phone.
    #[arg(long, value_name = "PHONE")]
    phone: Option<String>,
    /// When: 2026-11-21T18:30, 2026-11-21 (the end of that day) by the programme's clocks, or with an offset, as in
    /// 2026-11-21T18:30+05:00 [default: now].
    #[arg(long, value_name = "TIME", value_parser = time)]
    at: Option<GivenTime>,
}

/// Explains the balance of every account that is meant.
pub(super) fn run(config: &Config, question: &Question) -> Result<ExitCode, Failure> {
    let (mut db, vault) = existing_with_keys(config)?;
    let (who, mut shown) = match (&question.card, &question.phone) {
        (Some(text), _) => {
            let number = card_number(text).ok_or_else(|| Failure(format!("«{text}» — не номер карты"), MISUSED))?;
            let shown = format!("карты {number}");
            (Who::Card(number), shown)
        }
        (None, Some(text)) => {
            let phone = Phone::parse(text).ok_or_else(|| Failure(format!("«{text}» — не телефон"), MISUSED))?;
            let shown = format!("клиента с телефоном {}", phone.masked());
            (Who::Phone(phone), shown)
        }
        (None, None) => return Err(Failure("нужен --card или --phone".into(), MISUSED)),
    };
    let mut found = find(&mut db, &who, &vault)?;
    // As at the till: the card of this number, and if there is none, the customer of this phone.
    if let (true, Some(phone)) = (found.is_empty(), question.card.as_deref().and_then(Phone::parse)) {
        shown = format!("клиента с телефоном {}", phone.masked());
        found = find(&mut db, &Who::Phone(phone), &vault)?;
    }
    if found.is_empty() {
        return Err(Failure(format!("нет такой {shown}").replace("такой клиента", "такого клиента"), FAILED));
    }
    let now = Clock::System.now();
    let mut told = 0_u32;
    for found in found {
        let Some(id) = found.account else { continue };
        let (history, at) = history(&mut db, id, question.at, now, &vault)?;
        if found.since.is_some_and(|since| since > at) {
            continue;
        }
        print!("{}", text(&history, &shown, at));
        told = told.saturating_add(1);
    }
    if told == 0 {
        return Err(Failure(format!("у {shown} тогда не было счёта"), FAILED));
    }
    Ok(ExitCode::SUCCESS)
}

/// The history up to the time that was asked for, which is by the programme's clocks unless it says otherwise.
fn history(
    db: &mut Db,
    id: i64,
    asked: Option<GivenTime>,
    now: Moment,
    vault: &Vault,
) -> Result<(History, Moment), Failure> {
    Ok(db.transaction(Purpose::Read, |db| {
        let Some(asked) = asked else {
            return Ok::<_, crate::store::error::StoreError>((explain(db, id, now, vault)?, now));
        };
        let at = match asked.utc_offset_minutes {
            Some(_) => asked.at(0),
            None => asked.at(crate::store::books::explain::utc_offset_minutes(db, id)?),
        };
        Ok((explain(db, id, at, vault)?, at))
    })?)
}

/// A time as a person writes it; a day is its last moment.
pub(super) fn time(text: &str) -> Result<GivenTime, String> {
    if let Ok(at) = DateTime::parse_from_rfc3339(text).or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M%:z"))
    {
        return Ok(GivenTime { local: at.naive_local(), utc_offset_minutes: Some(at.offset().local_minus_utc() / 60) });
    }
    let formats = [
        "%Y-%m-%dT%H:%M:%S",
        "%Y-%m-%dT%H:%M",
        "%Y-%m-%d %H:%M:%S",
        "%Y-%m-%d %H:%M",
        "%d.%m.%Y %H:%M:%S",
        "%d.%m.%Y %H:%M",
    ];
    let days = ["%Y-%m-%d", "%d.%m.%Y"];
    let local = formats.iter().find_map(|format| NaiveDateTime::parse_from_str(text, format).ok()).or_else(|| {
        let day = days.iter().find_map(|format| NaiveDate::parse_from_str(text, format).ok())?;
        Some(day.and_time(NaiveTime::from_hms_milli_opt(23, 59, 59, 999)?))
    });
    local
        .map(|local| GivenTime { local, utc_offset_minutes: None })
        .ok_or_else(|| "a time is 2026-11-21T18:30, 2026-11-21T18:30+03:00, or a day as 2026-11-21".into())
}

/// The whole explanation.
fn text(history: &History, shown: &str, at: Moment) -> String {
    let offset = history.utc_offset_minutes;
    let mut text = String::new();
    // Writing into a text does not fail.
    let _ = writeln!(
        text,
        "Баланс {shown} на {} (UTC{:+}:{:02})\nПрограмма «{}», счёт {}.\n",
        at.local(offset).format("%d.%m.%Y %H:%M:%S"),
        offset / 60,
        (offset % 60).abs(),
        history.programme,
        history.account.id
    );
    if history.lines.is_empty() {
        text.push_str("Движений по счёту к этому времени не было.\n");
    } else {
        row(&mut text, ["№", "Когда", "Магазин", "Чек", "Что произошло", "Изменение", "Доступно"]);
        let _ = writeln!(text, "{}", "─".repeat(ENTRY + WHEN + STORE + RECEIPT + WHAT + 2 * FIGURE + 6 * 2));
        for line in &history.lines {
            line_rows(&mut text, line, history);
        }
        if history.lines.iter().any(|line| line.is_due) {
            text.push_str("* наступило к этому времени само, хотя записано было позже.\n");
        }
    }
    changes(&mut text, history);
    lots(&mut text, history);
    text
}

fn line_rows(text: &mut String, line: &Line, history: &History) {
    let offset = history.utc_offset_minutes;
    let Some((first, last)) = line.entries.first().zip(line.entries.last()) else { return };
    // What is due and not written yet has no number.
    let number = if line.is_due { "—".to_owned() } else { first.seq.to_string() };
    let mark = if line.is_due { "*" } else { "" };
    let when = format!("{}{mark}", first.occurred_at.local(offset).format("%d.%m.%y %H:%M"));
    let change = sum(&line.entries, |entry| entry.to == Bucket::Available)
        .minus(sum(&line.entries, |entry| entry.from == Bucket::Available));
    let change = match change.0 {
        0 => String::new(),
        1.. => format!("+{change}"),
        _ => change.to_string(),
    };
    row(
        text,
        [
            &number,
            &when,
            line.store.as_deref().unwrap_or("—"),
            line.receipt.as_deref().unwrap_or("—"),
            &what(line, history),
            &change,
            &last.available_after.to_string(),
        ],
    );
}

fn sum(entries: &[Movement], is_meant: impl Fn(&Movement) -> bool) -> Points {
    entries.iter().filter(|entry| is_meant(entry)).map(|entry| entry.points).sum()
}

/// What happened, and by which rule.
fn what(line: &Line, history: &History) -> String {
    let (entries, offset) = (&line.entries, history.utc_offset_minutes);
    let Some(first) = entries.first() else { return String::new() };
    let moved = |from: Bucket, to: Bucket| sum(entries, |entry| entry.from == from && entry.to == to);
    let all = sum(entries, |_| true);
    let told = match first.kind {
        MovementKind::Adjustment if first.to == Bucket::Revoked => format!("Снято: {}", russian::points(all)),
        MovementKind::Accrual | MovementKind::Adjustment => granted(first, all, offset),
        MovementKind::Activation => format!("Стало доступно: {}", russian::points(all)),
        MovementKind::Reservation => format!("Отложено под покупку: {}", russian::points(all)),
        MovementKind::Release => {
            let mut told = format!("Резерв снят, вернулось: {}", russian::points(all));
            if let Some(until) = entries.iter().filter_map(|entry| entry.terms?.expires_at).max() {
                let _ = write!(told, "; срок продлён до {}", russian_date(until.local(offset)));
            }
            told
        }
        MovementKind::Redemption => format!("Списано из резерва: {}", russian::points(all)),
        MovementKind::Expiry => format!("Сгорело: {}", russian::points(all)),
        MovementKind::Return | MovementKind::Cancellation => {
            let word = if first.kind == MovementKind::Return {
                "Возврат товара"
            } else {
                "Отмена чека"
            };
            let taken = sum(entries, |entry| entry.to == Bucket::Revoked && entry.from != Bucket::Debt);
            // A return may give one lot back what it takes of another.
            let given_back = sum(entries, |entry| entry.from == Bucket::Revoked && entry.to != Bucket::Debt);
            let owed = moved(Bucket::Debt, Bucket::Revoked).minus(moved(Bucket::Revoked, Bucket::Debt));
            let parts = [
                ("вернулось потраченных", moved(Bucket::Spent, Bucket::Available)),
                ("снято начисленных", taken.minus(given_back)),
                ("не хватило, стало долгом", owed),
                ("погашено долга", owed.negated()),
            ];
            let parts = parts.iter().filter(|(_, points)| points.is_positive());
            let parts: Vec<String> =
                parts.map(|(word, points)| format!("{word}: {}", russian::points(*points))).collect();
            format!("{word}; {}", parts.join("; "))
        }
        MovementKind::DebtClosing => format!("Ушло в погашение долга: {}", russian::points(all)),
        MovementKind::Merge => {
            let (came, went) = (
                sum(entries, |entry| entry.from == Bucket::Transfer && entry.to == Bucket::Available),
                sum(entries, |entry| entry.to == Bucket::Transfer && entry.from == Bucket::Available),
            );
            if went.is_positive() {
                format!("Перешло на другой счёт: {}", russian::points(went))
            } else {
                format!("Перешло с другого счёта: {}", russian::points(came))
            }
        }
    };
    let told = match first.cause.corrects {
        Some(entry) => format!("{told}; исправляет запись {entry}"),
        None => told,
    };
    let mut told = match first.cause.told() {
        Some(rule) => format!("{told}. {}", russian::sentence(rule)),
        None => format!("{told}."),
    };
    let is_of_sale = matches!(first.kind, MovementKind::Accrual | MovementKind::Return | MovementKind::Cancellation);
    let version = first.cause.receipt.filter(|_| is_of_sale).and_then(|id| history.rules_versions.get(&id));
    if let Some(version) = version {
        let _ = write!(told, " По редакции правил {version}.");
    }
    told
}

/// Points given: how many, from when and until when.
fn granted(first: &Movement, all: Points, offset: i32) -> String {
    let day = |at: Moment| russian_date(at.local(offset));
    let is_status = first.to == Bucket::Status;
    let mut told = format!("{}: {}", if is_status { "Статусные баллы" } else { "Начислено" }, russian::points(all));
    if let Some(terms) = first.terms {
        if first.to == Bucket::Pending {
            let _ = write!(told, "; доступны с {}", day(terms.activates_at));
        }
        if let Some(until) = terms.expires_at {
            let _ = write!(told, "; действуют до {}", day(until));
        }
    }
    told
}

fn changes(text: &mut String, history: &History) {
    let offset = history.utc_offset_minutes;
    for change in &history.changes {
        let word = match change.state {
            AccountState::Open => "списание снова разрешено",
            AccountState::Frozen => "списание приостановлено",
            AccountState::Closed => "счёт закрыт",
        };
        let at = change.at.local(offset).format("%d.%m.%Y %H:%M");
        let _ = writeln!(
            text,
            "{at}: {word}. Причина: {}",
            russian::sentence(change.reason.as_deref().unwrap_or("стёрта вместе с данными клиента"))
        );
    }
    if let Some(into) = history.merged_into {
        let _ = writeln!(text, "Этот счёт объединён со счётом {into}: всё, что на нём было, перешло туда.");
    }
}

fn lots(text: &mut String, history: &History) {
    let balances = history.account.balances;
    let mut lots: Vec<&Lot> =
        history.account.lots.values().filter(|lot| lot.remaining.is_positive() || lot.reserved.is_positive()).collect();
    lots.sort_by_key(|lot| (lot.expires_at.map_or(i64::MAX, |at| at.0), lot.activates_at, lot.no));
    let at = |at: Moment| at.local(history.utc_offset_minutes).format("%d.%m.%Y %H:%M").to_string();
    if !lots.is_empty() {
        text.push_str("\nИз чего складывается (первыми тратятся те, что раньше сгорают):\n");
    }
    for lot in lots {
        let until = lot.expires_at.map_or_else(|| "бессрочно".to_owned(), |until| format!("до {}", at(until)));
        let held = if lot.reserved.is_positive() {
            format!(", ещё {} в резерве", lot.reserved)
        } else {
            String::new()
        };
        let state = match (lot.class, lot.resting_bucket()) {
            (PointsClass::Status, _) => "статусные".to_owned(),
            (PointsClass::Bonus, Bucket::Pending) => format!("станут доступны {}", at(lot.activates_at)),
            (PointsClass::Bonus, _) => "доступны".to_owned(),
        };
        let source = lot.receipt.and_then(|id| history.receipts.get(&id));
        let source = source.map(|number| format!(", чек {number}")).unwrap_or_default();
        let issuer = history.partners.get(&lot.issuer).map(|name| format!(", {name}")).unwrap_or_default();
        let figure = lot.remaining.to_string();
        let _ = writeln!(text, "  {figure:>12}  {until}, {state}{held}{source}{issuer}");
    }
    let _ = writeln!(text, "\nИтого доступно: {}.", russian::points(balances.available));
    let rest = [
        ("Ожидает активации", balances.pending),
        ("В резерве", balances.reserved),
        ("Долг", balances.debt),
        ("Статусных баллов", history.account.status_points()),
    ];
    for (word, points) in rest.into_iter().filter(|(_, points)| points.is_positive()) {
        let _ = writeln!(text, "{word}: {}.", russian::points(points));
    }
    text.push('\n');
}

/// A row of the table; long cells wrap.
fn row(text: &mut String, cells: [&str; 7]) {
    let widths = [ENTRY, WHEN, STORE, RECEIPT, WHAT, FIGURE, FIGURE];
    let columns: Vec<Vec<String>> = cells.iter().zip(widths).map(|(cell, width)| wrapped(cell, width)).collect();
    let height = columns.iter().map(Vec::len).max().unwrap_or_default();
    for line in 0..height {
        let mut shown = String::new();
        for (index, (column, width)) in columns.iter().zip(widths).enumerate() {
            let cell = column.get(line).map_or("", String::as_str);
            // Figures are right-aligned.
            if (1..5).contains(&index) {
                let _ = write!(shown, "{cell:<width$}  ");
            } else {
                let _ = write!(shown, "{cell:>width$}  ");
            }
        }
        text.push_str(shown.trim_end());
        text.push('\n');
    }
}

/// A text in lines of at most `width` characters, broken between words where that is possible.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        let mut word: Vec<char> = word.chars().collect();
        let used = line.chars().count();
        if used > 0 && used.saturating_add(1).saturating_add(word.len()) > width {
            lines.push(std::mem::take(&mut line));
        }
        while word.len() > width {
            let rest = word.split_off(width);
            lines.push(word.into_iter().collect());
            word = rest;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.extend(word);
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_goes_on_below_and_no_line_is_too_wide() {
        assert_eq!(wrapped("раз два три", 7), ["раз два", "три"]);
        assert_eq!(wrapped("абвгдежз", 3), ["абв", "где", "жз"]);
        assert_eq!(wrapped("", 3), [""]);
        let mut text = String::new();
        let long = "Очень длинное название магазина на длинной улице ".repeat(3);
        row(&mut text, ["1234", "21.11.26 12:00", &long, "123456789012345", &long, "+1000000,00", "1000000,00"]);
        assert!(text.lines().all(|line| line.chars().count() <= 120), "{text}");
    }

    #[test]
    fn a_time_is_local_or_has_an_offset() {
        let local = |text: &str| time(text).map(|at| (at.local.to_string(), at.utc_offset_minutes));
        assert_eq!(local("2026-11-21T18:30"), Ok(("2026-11-21 18:30:00".into(), None)));
        assert_eq!(local("21.11.2026 18:30"), Ok(("2026-11-21 18:30:00".into(), None)));
        assert_eq!(local("2026-11-21"), Ok(("2026-11-21 23:59:59.999".into(), None)));
        assert_eq!(local("2026-11-21T18:30+05:00"), Ok(("2026-11-21 18:30:00".into(), Some(300))));
        assert_eq!(local("2026-11-21T18:30:00Z"), Ok(("2026-11-21 18:30:00".into(), Some(0))));
        assert!(time("yesterday").is_err());
    }
}
