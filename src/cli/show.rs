//! `card show` and `exchange show`.

use std::process::ExitCode;

use chrono::NaiveTime;

use crate::{
    cli::{
        database::{existing, existing_with_keys},
        failure::{FAILED, Failure},
        line::one_line,
    },
    config::Config,
    domain::{
        exchange,
        history::{account_state, card_state},
        moment::{GivenTime, Moment, Span},
    },
    store::{
        books::explain::first_offset_minutes,
        db::backend::Purpose,
        error::StoreError,
        tables::{
            account,
            call_log::{self, Search},
            card,
        },
    },
};

/// The last moment of a day.
const END_OF_DAY: NaiveTime = match NaiveTime::from_hms_milli_opt(23, 59, 59, 999) {
    Some(time) => time,
    None => NaiveTime::MIN,
};

/// Shows a card.
pub(super) fn show_card(config: &Config, number: &str) -> Result<ExitCode, Failure> {
    let mut db = existing(config)?;
    let found = db.transaction(Purpose::Read, |db| {
        let cards = card::load_by_number(db, &[number.to_owned()], false)?;
        let ids: Vec<i64> = cards.iter().filter_map(|card| card.account).map(|id| id.0).collect();
        Ok::<_, StoreError>((cards, account::load(db, &ids, false)?))
    })?;
    let (cards, accounts) = found;
    if cards.is_empty() {
        return Err(Failure(format!("карты {} нет", number.escape_debug()), FAILED));
    }
    for card in cards {
        let kind = card.kind.map(|kind| format!(", вид «{}»", one_line(&kind))).unwrap_or_default();
        println!("Карта {}: {}{kind}.", card.number, card_state(card.state));
        if let Some(successor) = card.successor {
            println!("  Заменена на карту {successor}.");
        }
        let Some(account) = accounts.iter().find(|account| Some(account.id) == card.account) else { continue };
        let balance = account.balances;
        println!("  Счёт {}: {}.", account.id, account_state(account.state));
        println!(
            "  Баллы: доступно {}, ожидает {}, в резерве {}, долг {}.",
            balance.available, balance.pending, balance.reserved, balance.debt
        );
    }
    Ok(ExitCode::SUCCESS)
}

/// Shows exchanges.
pub(super) fn show_exchanges(
    config: &Config,
    search: &Search,
    (from, to): (Option<GivenTime>, Option<GivenTime>),
    limit: u16,
) -> Result<ExitCode, Failure> {
    let (mut db, vault) = existing_with_keys(config)?;
    let offset = first_offset_minutes(&mut db)?;
    // A day is given as its last moment.
    let from = from.map(|time| {
        if time.local.time() == END_OF_DAY { time.at(offset).start_of_local_day(0, offset) } else { time.at(offset) }
    });
    let to = to.map(|time| time.at(offset).after(Span(1)));
    let search = &Search { from, to, ..search.clone() };
    let search = &Search {
        operation_key: search.operation_key.as_deref().map(exchange::operation_key),
        card: search.card.as_ref().map(|text| exchange::card(text).unwrap_or_else(|| text.clone())),
        till: search.till.as_deref().map(exchange::till),
        ..search.clone()
    };
    let found = call_log::find(&mut db, &vault, search, usize::from(limit))?;
    if found.is_empty() {
        return Err(Failure("no exchange matches; they are kept for exchange.kept_days".into(), FAILED));
    }
    for row in found.iter().rev() {
        let at = Moment(row.at).local(0);
        println!(
            "── {at} UTC  {} {}  {} (HTTP {}, {} ms)",
            row.service,
            shown(row.operation.as_deref()),
            row.code,
            row.http_status,
            row.duration_ms
        );
        println!(
            "   request {}  login {}  key {}  card {}  till {}",
            shown(Some(&row.request_id)),
            shown(row.login.as_deref()),
            shown(row.operation_key.as_deref()),
            shown(row.card.as_deref()),
            shown(row.till.as_deref())
        );
        println!("   asked:    {}", shown(row.request.as_deref()));
        println!("   answered: {}", shown(row.answer.as_deref()));
    }
    Ok(ExitCode::SUCCESS)
}

/// A text on one line, or a dash.
fn shown(text: Option<&str>) -> String {
    text.map_or_else(|| "—".to_owned(), one_line)
}
