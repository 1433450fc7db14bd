//! `expiring` and `settlement`: figures for those who work with them, as a table or as CSV.

use std::process::ExitCode;

use chrono::{NaiveDate, NaiveTime};

use crate::{
    app::Opened,
    cli::{Failure, MISUSED, existing},
    clock::Clock,
    config::Config,
    domain::{
        ids::PartnerId,
        moment::{Moment, Span},
        money::Points,
    },
    store::{
        admin,
        books::explain::first_offset_minutes,
        questions::{expiry::expiring, settlement::settle},
    },
};

/// Prints the points that lapse soon.
pub(super) fn show_expiring(config: &Config, days: u16, csv: bool) -> Result<ExitCode, Failure> {
    let mut db = existing(config)?;
    let vault = Opened::open(config)?.vault;
    admin::check_key(&mut db, &vault)?;
    let offset = first_offset_minutes(&mut db)?;
    let found = expiring(&mut db, &vault, Clock::System.now(), i64::from(days))?;
    if csv {
        println!("date,card,phone,points");
    } else {
        println!("{:<10}  {:<20}  {:<18}  {:>12}", "date", "card", "phone", "points");
    }
    let mut total = Points::ZERO;
    for row in &found {
        let date = row.at.local(offset).date();
        let card = row.card.as_deref().unwrap_or_default();
        if csv {
            println!("{date},{},{},{}", field(card), field(&row.phone), figure(row.points.0));
        } else {
            println!("{date:<10}  {card:<20}  {:<18}  {:>12}", row.phone, figure(row.points.0));
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
    let settlement = settle(&mut db, midnight(from), midnight(to).after(Span::days(1)))?;
    let name =
        |partner: &PartnerId| settlement.partners.get(partner).cloned().unwrap_or_else(|| format!("partner {partner}"));
    let mut rows: Vec<[String; 4]> = Vec::new();
    for ((taker, giver), points) in &settlement.spent {
        rows.push(["spent".into(), name(taker), name(giver), figure(*points)]);
    }
    for (giver, figures) in &settlement.issued {
        let figures = [
            ("issued", figures.issued),
            ("expired", figures.expired),
            ("revoked", figures.revoked),
            ("closed debts", figures.closed_debts),
            ("outstanding", figures.outstanding),
        ];
        for (what, points) in figures.into_iter().filter(|(_, points)| *points != 0) {
            rows.push([what.into(), String::new(), name(giver), figure(points)]);
        }
    }
    for (partner, points) in settlement.positions() {
        rows.push(["gets from the others".into(), name(&partner), String::new(), figure(points)]);
    }
    if csv {
        println!("what,taken_by,issued_by,points");
        for row in &rows {
            println!("{}", row.each_ref().map(|cell| field(cell)).join(","));
        }
        return Ok(ExitCode::SUCCESS);
    }
    println!("{from} to {to}, days at UTC{:+}:{:02}, by the time of recording", offset / 60, (offset % 60).abs());
    println!("{:<22}{:<32}{:<32}{:>14}", "what", "taken by", "issued by", "points");
    for [what, taker, giver, points] in &rows {
        println!("{what:<22}{taker:<32}{giver:<32}{points:>14}");
    }
    Ok(ExitCode::SUCCESS)
}

/// Hundredths as a number that every program reads.
fn figure(hundredths: i64) -> String {
    Points(hundredths).to_string().replace(',', ".")
}

/// A field of CSV (RFC 4180).
fn field(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}
