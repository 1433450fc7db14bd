//! `card show` and `exchange show`.

use std::process::ExitCode;

use crate::{
    cli::{FAILED, Failure, existing},
    config::Config,
    domain::moment::Moment,
    store::{
        db::backend::Purpose,
        error::StoreError,
        tables::{
            account,
            call_log::{self, Search},
            card,
        },
    },
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
        return Err(Failure(format!("there is no card {number}"), FAILED));
    }
    for card in cards {
        println!(
            "card {}: {}{}",
            card.number,
            card.state.word(),
            card.kind.map(|kind| format!(", {kind}")).unwrap_or_default()
        );
        if let Some(successor) = card.successor {
            println!("  replaced by {successor}");
        }
        let Some(account) = accounts.iter().find(|account| Some(account.id) == card.account) else { continue };
        let balance = account.balances;
        println!(
            "  account {} ({}): available {}, pending {}, reserved {}, debt {}",
            account.id,
            account.state.word(),
            balance.available,
            balance.pending,
            balance.reserved,
            balance.debt
        );
    }
    Ok(ExitCode::SUCCESS)
}

/// Shows exchanges.
pub(super) fn show_exchanges(config: &Config, search: &Search, limit: u16) -> Result<ExitCode, Failure> {
    let mut db = existing(config)?;
    let found = call_log::find(&mut db, search, usize::from(limit))?;
    if found.is_empty() {
        return Err(Failure("no exchange matches; they are kept for exchange.kept_days".into(), FAILED));
    }
    for row in found.iter().rev() {
        let at = Moment(row.at).local(0);
        println!(
            "── {at} UTC  {} {}  {} (HTTP {}, {} ms)",
            row.service,
            row.operation.as_deref().unwrap_or("—"),
            row.code,
            row.http_status,
            row.duration_ms
        );
        println!(
            "   request {}  login {}  key {}  card {}  till {}",
            row.request_id,
            row.login.as_deref().unwrap_or("—"),
            row.operation_key.as_deref().unwrap_or("—"),
            row.card.as_deref().unwrap_or("—"),
            row.till.as_deref().unwrap_or("—")
        );
        println!("   asked:    {}", row.request.as_deref().unwrap_or("—"));
        println!("   answered: {}", row.answer.as_deref().unwrap_or("—"));
    }
    Ok(ExitCode::SUCCESS)
}
