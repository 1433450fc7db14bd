//! `card show` and `exchange show`.

use std::process::ExitCode;

use crate::{
    cli::{
        database::{existing, existing_with_keys},
        failure::{FAILED, Failure},
    },
    config::Config,
    domain::{moment::Moment, veil::veiled},
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
    let (mut db, vault) = existing_with_keys(config)?;
    // As the journal keeps them: what looks like a person's number is masked there too.
    let veil = |text: &Option<String>| text.as_deref().map(|text| veiled(text).unwrap_or_else(|| text.to_owned()));
    let search = &Search { operation_key: veil(&search.operation_key), till: veil(&search.till), ..search.clone() };
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

/// A text on one line. Line breaks and bidirectional controls are escaped, so that a caller cannot forge output lines.
fn shown(text: Option<&str>) -> String {
    let Some(text) = text else { return "—".to_owned() };
    let turns = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() || turns(c) {
            line.extend(c.escape_default());
        } else {
            line.push(c);
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_begins_a_line_of_its_own() {
        assert_eq!(shown(Some("k-1\n── 2026-11-30\r\u{85}")), "k-1\\n── 2026-11-30\\r\\u{85}");
        assert_eq!(shown(Some("a\u{202e}b\u{1b}[2K")), "a\\u{202e}b\\u{1b}[2K");
        assert_eq!((shown(Some("Ёж 1")).as_str(), shown(None).as_str()), ("Ёж 1", "—"));
    }
}
