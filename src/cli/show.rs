//! `card show` and `exchange show`.

use std::{collections::BTreeSet, process::ExitCode};

use chrono::NaiveTime;

use crate::{
    cli::{
        database::{existing, existing_with_keys},
        failure::{FAILED, Failure},
        line::one_line,
    },
    config::Config,
    domain::{
        account::Account,
        exchange,
        history::{account_state, card_state},
        moment::{GivenTime, Moment, Span},
        phone::{Phone, card_number},
    },
    store::{
        books::explain::{Who, find, first_offset_minutes},
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

/// Shows whom an identifier means: the card of this number, else the cards and accounts of the customer of this phone.
pub(super) fn show_card(config: &Config, text: &str) -> Result<ExitCode, Failure> {
    let mut db = existing(config)?;
    // An older program may have kept a number in another spelling; it is still found by exactly that.
    let mut numbers = vec![text.to_owned()];
    numbers.extend(card_number(text).filter(|number| number != text));
    let (mut cards, mut accounts) = db.transaction(Purpose::Read, |db| {
        let cards = card::load_by_number(db, &numbers, false)?;
        let ids: Vec<i64> = cards.iter().filter_map(|card| card.account).map(|id| id.0).collect();
        Ok::<_, StoreError>((cards, account::load(db, &ids, false)?))
    })?;
    if cards.is_empty()
        && let Some(phone) = Phone::parse(text)
    {
        drop(db);
        let (mut db, vault) = existing_with_keys(config)?;
        let ids: Vec<i64> =
            find(&mut db, &Who::Phone(phone), &vault)?.into_iter().filter_map(|found| found.account).collect();
        (cards, accounts) = db.transaction(Purpose::Read, |db| {
            Ok::<_, StoreError>((card::load_by_account(db, &ids)?, account::load(db, &ids, false)?))
        })?;
    }
    if cards.is_empty() && accounts.is_empty() {
        return Err(Failure(format!("карты {} нет", text.escape_debug()), FAILED));
    }
    let mut shown = BTreeSet::new();
    for card in cards {
        let kind = card.kind.map(|kind| format!(", вид «{}»", one_line(&kind))).unwrap_or_default();
        println!("Карта {}: {}{kind}.", one_line(&card.number), card_state(card.state));
        if let Some(successor) = card.successor {
            println!("  Заменена на карту {successor}.");
        }
        if let Some(account) = accounts.iter().find(|account| Some(account.id) == card.account) {
            shown.insert(account.id);
            show_account(account);
        }
    }
    for account in accounts.iter().filter(|account| !shown.contains(&account.id)) {
        show_account(account);
    }
    Ok(ExitCode::SUCCESS)
}

fn show_account(account: &Account) {
    let balance = account.balances;
    println!("  Счёт {}: {}.", account.id, account_state(account.state));
    println!(
        "  Баллы: доступно {}, ожидает {}, в резерве {}, долг {}.",
        balance.available, balance.pending, balance.reserved, balance.debt
    );
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
