//! The limits in the configuration that customers, tills and logins meet: a gateway that starts with others than the last
//! one leaves an entry in the registry's chain.

use crate::config::Config;

/// The limits in effect, by their keys in the configuration.
pub(super) fn limits(config: &Config) -> Vec<(&'static str, u64)> {
    let Config { codes, limits, exchange, seals, security, .. } = config;
    let count = |value: usize| u64::try_from(value).unwrap_or(u64::MAX);
    vec![
        ("codes.digits", codes.digits.into()),
        ("codes.resend_after_s", codes.resend_after_s),
        ("codes.per_phone_per_day_max", codes.per_phone_per_day_max.into()),
        ("codes.per_till_per_day_max", codes.per_till_per_day_max.into()),
        ("limits.clock_ahead_tolerance_s", limits.clock_ahead_tolerance_s),
        ("limits.receipt_age_max_days", limits.receipt_age_max_days.into()),
        ("limits.receipt_age_office_max_days", limits.receipt_age_office_max_days.into()),
        ("limits.receipt_claim_max_days", limits.receipt_claim_max_days.into()),
        ("limits.receipt_lines_max", count(limits.receipt_lines_max)),
        ("limits.statement_page_entries_max", count(limits.statement_page_entries_max)),
        ("limits.list_page_rows_max", count(limits.list_page_rows_max)),
        ("limits.cards_per_batch_max", limits.cards_per_batch_max.into()),
        ("limits.operation_answers_kept_days", limits.operation_answers_kept_days.into()),
        ("exchange.kept_days", exchange.kept_days.into()),
        ("seals.period_s", seals.period_s),
        ("security.credential_cache_s", security.credential_cache_s),
        ("security.failures_per_address_max", security.failures_per_address_max.into()),
        ("security.failures_per_login_max", security.failures_per_login_max.into()),
        ("security.failures_window_s", security.failures_window_s),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::history::{LIMITS, is_named};

    #[test]
    fn every_limit_has_a_name_in_russian() {
        for (key, _) in limits(&Config::default()) {
            assert!(is_named(LIMITS, key), "{key}: name it in domain/history.rs");
        }
    }

    #[test]
    fn every_key_of_the_sections_of_limits_is_among_them() {
        let config = serde_json::to_value(Config::default()).unwrap();
        let known = limits(&Config::default());
        for section in ["codes", "limits"] {
            for key in config[section].as_object().unwrap().keys() {
                let key = format!("{section}.{key}");
                assert!(known.iter().any(|(name, _)| *name == key), "{key} is in no entry of the registry's chain");
            }
        }
    }
}
