//! `programme show`: the rules of a programme, in Russian.

use std::{fmt::Write as _, process::ExitCode};

use serde_json::Value as Json;

use crate::{
    cli::{
        database::existing,
        failure::{FAILED, Failure},
        line::one_line,
    },
    clock::Clock,
    config::Config,
    domain::{
        history::{Columns, Value, fields, time},
        moment::Moment,
        programme::Programme,
        reference::Reference,
    },
    store::{
        books::explain::first_offset_minutes,
        tables::reference::{self, rules_as_json},
    },
};

/// Shows one programme, or all of them: who takes part, the rules in force, and those that are to come.
pub(super) fn show(config: &Config, code: Option<&str>) -> Result<ExitCode, Failure> {
    let mut db = existing(config)?;
    let (known, offset) = (reference::load(&mut db)?, first_offset_minutes(&mut db)?);
    let mut programmes: Vec<&Programme> =
        known.programmes.values().filter(|programme| code.is_none_or(|code| programme.code == code)).collect();
    programmes.sort_by(|a, b| a.code.cmp(&b.code));
    if programmes.is_empty() {
        let what = code.map_or_else(
            || "программ ещё нет: их заводит kopilka partner add".to_owned(),
            |code| format!("программы «{}» нет", one_line(code)),
        );
        return Err(Failure(what, FAILED));
    }
    let now = Clock::System.now();
    for programme in programmes {
        let versions = rules_as_json(&mut db, programme.id)?;
        print!("{}", text(programme, &known, &versions, now, offset));
    }
    Ok(ExitCode::SUCCESS)
}

fn text(programme: &Programme, known: &Reference, versions: &[(i64, String)], now: Moment, offset: i32) -> String {
    let mut text = format!("Программа «{}», код {}\n", one_line(&programme.name), one_line(&programme.code));
    let owner = programme.owner.and_then(|owner| known.partners.get(&owner));
    // Writing into a text does not fail.
    let _ = match owner {
        Some(owner) => writeln!(text, "  правила меняет: {} ({})", one_line(&owner.name), one_line(&owner.code)),
        None => writeln!(text, "  правила меняет головной офис любого участника"),
    };
    let networks = known.networks.values().filter(|network| network.programme == programme.id);
    let partners = networks.filter_map(|network| known.partners.get(&network.partner));
    let mut partners: Vec<String> =
        partners.map(|partner| format!("{} ({})", one_line(&partner.name), one_line(&partner.code))).collect();
    partners.sort();
    partners.dedup();
    let _ = writeln!(text, "  участвуют: {}", if partners.is_empty() { "—".into() } else { partners.join(", ") });
    let in_force = programme.version_at(now);
    for (number, rules) in (1_i64..).zip(&programme.versions) {
        let start = time(rules.valid_from, offset);
        if Some(number) == in_force {
            let since = if rules.valid_from <= Moment(0) {
                "с самого начала".to_owned()
            } else {
                format!("с {start}")
            };
            let _ = writeln!(text, "\n  Редакция {number}, действует {since}:");
        } else if rules.valid_from > now && programme.version_at(rules.valid_from) == Some(number) {
            let _ = writeln!(text, "\n  Редакция {number}, начнёт действовать {start}:");
        } else {
            continue;
        }
        let said = versions.iter().find(|(version, _)| *version == number).map(|(_, said)| columns(said));
        for field in fields("rules", None, &said.unwrap_or_default(), offset, &|_, _| None) {
            if field.name != "valid_from" {
                let _ = writeln!(text, "    {}: {}", field.label, field.after.as_deref().map_or("—".into(), one_line));
            }
        }
    }
    if in_force.is_none() {
        let _ = writeln!(text, "\n  Правил ещё нет.");
    }
    text.push('\n');
    text
}

/// The columns of a row that are not empty.
fn columns(json: &str) -> Columns {
    let Ok(Json::Object(row)) = serde_json::from_str(json) else { return Columns::new() };
    let value = |value: Json| match value {
        Json::Bool(flag) => Some(Value::Flag(flag)),
        Json::Number(number) => number.as_i64().map(Value::Number),
        Json::String(text) => Some(Value::Text(text)),
        Json::Null | Json::Array(_) | Json::Object(_) => None,
    };
    row.into_iter().filter_map(|(name, json)| Some((name, value(json)?))).collect()
}
