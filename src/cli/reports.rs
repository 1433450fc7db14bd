//! `expiring` and `settlement`: figures for those who work with them, as a table or as CSV.

use std::process::ExitCode;

use chrono::{NaiveDate, NaiveTime};

use crate::{
    cli::{
        database::{existing, existing_with_keys},
        failure::{FAILED, Failure, MISUSED},
        output::{Cell, Column, Csv, Table},
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
    working_set::questions::settlement::Figure,
};

/// Prints the points that expire soon.
pub(super) fn show_expiring(
    config: &Config,
    days: u16,
    login: Option<&str>,
    csv: Option<Csv>,
) -> Result<ExitCode, Failure> {
    let (mut db, vault) = existing_with_keys(config)?;
    let offset = first_offset_minutes(&mut db)?;
    let (mut issuer, mut is_whole) = (None, false);
    if let Some(login) = login {
        let known = admin::registry(&mut db)?;
        let found = known.credential(login).filter(|found| !found.disabled);
        let found = found.ok_or_else(|| Failure(format!("входа «{login}» нет или он закрыт"), FAILED))?;
        (issuer, is_whole) = (Some(found.partner), found.roles.meets(Roles::SEES_PEOPLE));
    }
    let mut table = Table::new([
        Column::new("Дата", "date"),
        Column::new("Карта", "card"),
        Column::new("Телефон", "phone"),
        Column::new("Баллов", "points"),
    ]);
    let mut total = Points::ZERO;
    for row in expiring(&mut db, &vault, Clock::System.now(), i64::from(days), issuer)? {
        let day = Cell::Day(row.at.local(offset).date());
        let card = row.card.as_deref().map(|card| if is_whole { card.to_owned() } else { masked_number(card) });
        let phone = if is_whole { row.phone.as_e164().to_owned() } else { row.phone.masked() };
        table.push([day, card.into(), phone.into(), row.points.into()]);
        total = total.plus(row.points);
    }
    table.print(csv, "", &format!("Строк: {}, баллов: {total}.", table.len()))?;
    Ok(ExitCode::SUCCESS)
}

/// Prints what partners owe each other for a period of whole days.
pub(super) fn show_settlement(
    config: &Config,
    from: NaiveDate,
    to: NaiveDate,
    csv: Option<Csv>,
) -> Result<ExitCode, Failure> {
    if to < from {
        return Err(Failure(format!("{} раньше, чем {}", told(to), told(from)), MISUSED));
    }
    let mut db = existing(config)?;
    let offset = first_offset_minutes(&mut db)?;
    let midnight = |day: NaiveDate| Moment::from_local(day.and_time(NaiveTime::MIN), offset);
    let settlement = settle(&mut db, (midnight(from), midnight(to).after(Span::days(1))), ENTRIES_PER_STEP)?;
    let rows = settlement.rows();
    let partners = partners_of(&mut db, &rows)?;
    let name = |partner: Option<Partner>| Cell::from(partner.map(|partner| partner.name));
    let mut table = Table::new([
        Column::new("Что", "what"),
        Column::new("Кто принял", "taken_by"),
        Column::new("Кто выпустил", "issued_by"),
        Column::new("Баллов", "points"),
    ]);
    for row in rows {
        let row = row.named(&partners);
        table.push([label(row.figure), name(row.taken_by), name(row.issued_by), Cell::Sum(row.points)]);
    }
    let period = format!(
        "Взаиморасчёты с {} по {}; сутки по UTC{:+}:{:02}, по времени записи.",
        told(from),
        told(to),
        offset / 60,
        (offset % 60).abs()
    );
    table.print(csv, &period, "")?;
    Ok(ExitCode::SUCCESS)
}

/// What the report calls a figure.
const fn label(figure: Figure) -> Cell {
    match figure {
        Figure::Spent => Cell::Word("списано", "spent"),
        Figure::Issued => Cell::Word("начислено", "issued"),
        Figure::Expired => Cell::Word("сгорело", "expired"),
        Figure::Revoked => Cell::Word("отозвано", "revoked"),
        Figure::ClosedDebts => Cell::Word("погасило долг", "closed debts"),
        Figure::Outstanding => Cell::Word("прибавилось у клиентов", "outstanding"),
        Figure::Position => Cell::Word("получит от остальных", "gets from the others"),
    }
}

/// A day for people.
fn told(day: NaiveDate) -> String {
    day.format("%d.%m.%Y").to_string()
}
