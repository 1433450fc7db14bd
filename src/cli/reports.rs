//! `expiring` and `settlement`: figures for those who work with them, as a table or as CSV.

use std::process::ExitCode;

use chrono::{NaiveDate, NaiveTime};

use crate::{
    cli::{
        database::{existing, existing_with_keys},
        failure::{FAILED, Failure, MISUSED},
    },
    clock::Clock,
    config::Config,
    domain::{
        card::masked_number,
        moment::{Moment, Span},
        money::Points,
        reference::{Partner, Roles},
    },
    store::{
        admin,
        books::explain::first_offset_minutes,
        questions::{
            expiry::expiring,
            settlement::{ENTRIES_PER_STEP, partners_of, settle},
        },
    },
    working_set::questions::settlement::{Figure, SettlementRow},
};

/// Prints the points that expire soon.
pub(super) fn show_expiring(config: &Config, days: u16, login: Option<&str>, csv: bool) -> Result<ExitCode, Failure> {
    let (mut db, vault) = existing_with_keys(config)?;
    let offset = first_offset_minutes(&mut db)?;
    let (mut issuer, mut is_whole) = (None, false);
    if let Some(login) = login {
        let known = admin::registry(&mut db)?;
        let found = known.credential(login).filter(|found| !found.disabled);
        let found = found.ok_or_else(|| Failure(format!("входа «{login}» нет или он закрыт"), FAILED))?;
        (issuer, is_whole) = (Some(found.partner), found.roles.meets(Roles::SEES_PEOPLE));
    }
    let found = expiring(&mut db, &vault, Clock::System.now(), i64::from(days), issuer)?;
    if csv {
        println!("date,card,phone,points");
    } else {
        println!("{:<10}  {:<20}  {:<18}  {:>12}", "date", "card", "phone", "points");
    }
    let mut total = Points::ZERO;
    for row in &found {
        let date = row.at.local(offset).date();
        let card = row.card.as_deref().map(|card| if is_whole { card.to_owned() } else { masked_number(card) });
        let card = card.unwrap_or_default();
        let phone = if is_whole { row.phone.as_e164().to_owned() } else { row.phone.masked() };
        if csv {
            println!("{date},{},{},{}", field(&card), field(&phone), figure(row.points.0));
        } else {
            println!("{date:<10}  {card:<20}  {phone:<18}  {:>12}", figure(row.points.0));
        }
        total = total.plus(row.points);
    }
    if !csv {
        println!("{} rows, {} points.", found.len(), figure(total.0));
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints what partners owe each other for a period of whole days.
pub(super) fn show_settlement(config: &Config, from: NaiveDate, to: NaiveDate, csv: bool) -> Result<ExitCode, Failure> {
    if to < from {
        return Err(Failure(format!("{to} is before {from}"), MISUSED));
    }
    let mut db = existing(config)?;
    let offset = first_offset_minutes(&mut db)?;
    let midnight = |day: NaiveDate| Moment::from_local(day.and_time(NaiveTime::MIN), offset);
    let settlement = settle(&mut db, (midnight(from), midnight(to).after(Span::days(1))), ENTRIES_PER_STEP)?;
    let rows = settlement.rows();
    let partners = partners_of(&mut db, &rows)?;
    let name = |partner: &Option<Partner>| partner.as_ref().map(|partner| partner.name.clone()).unwrap_or_default();
    let cells = |row: &SettlementRow| {
        [label(row.figure).to_owned(), name(&row.taken_by), name(&row.issued_by), figure(row.points)]
    };
    let rows: Vec<[String; 4]> = rows.iter().map(|row| cells(&row.named(&partners))).collect();
    if csv {
        println!("what,taken_by,issued_by,points");
        for row in &rows {
            println!("{}", row.each_ref().map(|cell| field(cell)).join(","));
        }
        return Ok(ExitCode::SUCCESS);
    }
    println!("{from} to {to}, days at UTC{:+}:{:02}, by the time of recording", offset / 60, (offset % 60).abs());
    println!("{:<22}{:<32}{:<32}{:>14}", "what", "taken by", "issued by", "points");
    for [what, taken_by, issued_by, points] in &rows {
        println!("{what:<22}{taken_by:<32}{issued_by:<32}{points:>14}");
    }
    Ok(ExitCode::SUCCESS)
}

/// What the report calls a figure.
const fn label(figure: Figure) -> &'static str {
    match figure {
        Figure::Spent => "spent",
        Figure::Issued => "issued",
        Figure::Expired => "expired",
        Figure::Revoked => "revoked",
        Figure::ClosedDebts => "closed debts",
        Figure::Outstanding => "outstanding",
        Figure::Position => "gets from the others",
    }
}

/// Hundredths as a number that every program reads.
pub(super) fn figure(hundredths: i64) -> String {
    Points(hundredths).to_string().replace(',', ".")
}

/// A field of CSV (RFC 4180).
pub(super) fn field(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}
