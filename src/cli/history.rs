//! `history`: who changed what, in Russian.

use std::{
    fmt::Write as _,
    process::ExitCode,
    time::{Duration, Instant},
};

use chrono::NaiveDate;
use clap::Args;
use serde_json::{Value, json};

use crate::{
    cli::{
        database::existing_with_keys,
        day::day,
        failure::{FAILED, Failure, MISUSED},
        line::one_line,
    },
    clock::Clock,
    config::Config,
    domain::{
        history::{FieldChange, role, time, title},
        phone::{Identifier, Phone},
    },
    store::{books::explain::first_offset_minutes, db::backend::Purpose, questions::Reader},
    working_set::questions::{
        Answers as _,
        history::{Author, AuthorKind, HistoryRow, HistorySearch, ListHistory},
        page::Page,
    },
};

/// Changes on one page.
const ROWS_PER_PAGE: usize = 200;
/// How long one page may take.
const PAGE_TIME_MAX: Duration = Duration::from_secs(60);

/// What is asked; what is given must hold together.
#[derive(Debug, Args)]
pub(super) struct Question {
    /// The first day, as 2026-11-01.
    #[arg(long, value_name = "DATE", value_parser = day)]
    from: Option<NaiveDate>,
    /// The last day.
    #[arg(long, value_name = "DATE", value_parser = day)]
    to: Option<NaiveDate>,
    /// What was changed: partner, programme, rules, network, store, till, login, limits; of a card also card, account.
    #[arg(long)]
    kind: Option<String>,
    /// Its code or login.
    #[arg(long)]
    name: Option<String>,
    /// Who did it: a login.
    #[arg(long)]
    login: Option<String>,
    /// What became of the card with this number and of its account.
    #[arg(long, value_name = "NUMBER", conflicts_with = "phone")]
    card: Option<String>,
    /// What became of the cards and the account of the customer with this phone.
    #[arg(long)]
    phone: Option<String>,
    /// At most so many.
    #[arg(long, default_value_t = 100)]
    limit: usize,
    /// As JSON: an array of changes.
    #[arg(long)]
    json: bool,
}

/// Prints the changes.
pub(super) fn run(config: &Config, question: &Question) -> Result<ExitCode, Failure> {
    let search = search(question)?;
    let (mut db, vault) = existing_with_keys(config)?;
    let offset = first_offset_minutes(&mut db)?;
    let (mut rows, mut cursor, mut is_more) = (Vec::new(), String::new(), false);
    while rows.len() < question.limit {
        let asked = ListHistory::of_operator(search.clone(), offset, &cursor, ROWS_PER_PAGE)
            .map_err(|refusal| Failure(refusal.to_string(), MISUSED))?;
        let deadline = Instant::now().checked_add(PAGE_TIME_MAX).unwrap_or_else(Instant::now);
        let Page { rows: page, next } =
            db.transaction(Purpose::Read, |db| Reader::new(db, &vault, Clock::System.now(), deadline).answer(&asked))?;
        rows.extend(page);
        let Some(next) = next else { break };
        is_more = rows.len() >= question.limit;
        cursor = next;
    }
    is_more = is_more || rows.len() > question.limit;
    rows.truncate(question.limit);
    if question.json {
        let shown: Vec<Value> = rows.iter().map(|row| as_json(row, offset)).collect();
        println!("{}", serde_json::to_string_pretty(&shown)?);
    } else {
        rows.iter().for_each(|row| print!("{}", text(row, offset)));
        if is_more {
            println!("Показаны последние {}; остальные — с --limit или за другой срок.", rows.len());
        }
    }
    if rows.is_empty() {
        return Err(Failure("таких изменений нет".into(), FAILED));
    }
    Ok(ExitCode::SUCCESS)
}

fn search(question: &Question) -> Result<HistorySearch, Failure> {
    let identifier = match (&question.card, &question.phone) {
        (Some(text), _) => {
            let identifier = Identifier::parse(text);
            Some(identifier.ok_or_else(|| Failure(format!("«{text}» — не номер карты"), MISUSED))?)
        }
        (None, Some(text)) => {
            let phone = Phone::parse(text);
            Some(Identifier::Phone(phone.ok_or_else(|| Failure(format!("«{text}» — не телефон"), MISUSED))?))
        }
        (None, None) => None,
    };
    Ok(HistorySearch {
        from: question.from,
        to: question.to,
        kind: question.kind.clone(),
        name: question.name.clone(),
        login: question.login.clone(),
        identifier,
    })
}

/// A change as some lines.
fn text(row: &HistoryRow, offset: i32) -> String {
    let mut text = format!("{}  {}\n", time(row.at, offset), one_line(&row.text));
    // Writing into a text does not fail.
    let _ = writeln!(text, "    кто: {}", one_line(&who(&row.author)));
    if let Some(partner) = row.partner.as_ref().filter(|partner| partner.code != row.name) {
        let _ = writeln!(text, "    чьё: {}", one_line(&partner.name));
    }
    let places = [("магазин", &row.store), ("касса", &row.till)];
    let places: Vec<String> =
        places.iter().filter_map(|(word, code)| Some(format!("{word} {}", code.as_ref()?))).collect();
    if !places.is_empty() {
        let _ = writeln!(text, "    где: {}", one_line(&places.join(", ")));
    }
    if let Some(reason) = &row.reason {
        let _ = writeln!(text, "    причина: {}", one_line(reason));
    }
    for FieldChange { label, before, after, .. } in &row.fields {
        let shown = |value: &Option<String>| value.as_deref().map_or_else(|| "—".to_owned(), one_line);
        let _ = match before {
            Some(_) => writeln!(text, "    {label}: {} → {}", shown(before), shown(after)),
            None => writeln!(text, "    {label}: {}", shown(after)),
        };
    }
    text.push('\n');
    text
}

/// Who made a change: the login, what it might do, whose it is, and the employee.
fn who(author: &Author) -> String {
    let login = author.login.as_deref().unwrap_or("—");
    let mut who = match author.kind {
        AuthorKind::Login => login.to_owned(),
        AuthorKind::Schedule => format!("{}, сохранено: {login}", author.kind.told()),
        AuthorKind::CommandLine | AuthorKind::Upgrade | AuthorKind::Gateway => author.kind.told().to_owned(),
    };
    let roles: Vec<String> = author.roles.words().map(role).collect();
    if !roles.is_empty() {
        let _ = write!(who, " ({})", roles.join(", "));
    }
    if let Some(partner) = &author.partner {
        let _ = write!(who, ", {}", partner.name);
    }
    if let Some(employee) = &author.employee {
        let _ = write!(who, ", сотрудник {employee}");
    }
    who
}

fn as_json(row: &HistoryRow, offset: i32) -> Value {
    let fields: Vec<Value> = row
        .fields
        .iter()
        .map(|field| json!({"field": field.name, "label": field.label, "before": field.before, "after": field.after}))
        .collect();
    let partner = row.partner.as_ref();
    let by = row.author.partner.as_ref();
    json!({
        "at": row.at.local(offset).format("%Y-%m-%dT%H:%M:%S").to_string(),
        "kind": row.kind,
        "title": title(&row.kind),
        "name": row.name,
        "partner": partner.map(|partner| &partner.code),
        "partnerName": partner.map(|partner| &partner.name),
        "version": row.version,
        "act": row.act,
        "text": row.text,
        "reason": row.reason,
        "store": row.store,
        "till": row.till,
        "author": {
            "kind": row.author.kind.word(),
            "login": row.author.login,
            "employee": row.author.employee,
            "roles": row.author.roles.words().collect::<Vec<_>>(),
            "partner": by.map(|partner| &partner.code),
            "partnerName": by.map(|partner| &partner.name),
        },
        "fields": fields,
    })
}
