//! The rules between fields, and the plausible range of each setting.

use std::{fmt::Display, ops::RangeInclusive};

use crate::{
    config::{Config, ServerConfig},
    secret::Secret,
};

const HOUR_MS: u64 = 3_600_000;
const HOUR_S: u64 = 3_600;
const DAY_S: u64 = 86_400;
/// Shorter than this, the secret between two gateways can be guessed.
const SECRET_CHARACTERS_MIN: usize = 32;
const MEBIBYTE: usize = 1_048_576;
/// Shorter than this, a key written as text cannot hold 128 bits.
const KEY_CHARACTERS_MIN: usize = 32;

/// One sentence for each broken rule, in the order of the sections.
pub(super) fn find(config: &Config) -> Vec<String> {
    let mut found = Vec::new();
    server(config, &mut found);
    database(config, &mut found);
    xml(config, &mut found);
    security(config, &mut found);
    exchange(config, &mut found);
    codes_limits_jobs(config, &mut found);
    seals(config, &mut found);
    sms(config, &mut found);
    found
}

fn within<T: PartialOrd + Display>(found: &mut Vec<String>, key: &str, value: &T, range: RangeInclusive<T>) {
    if !range.contains(value) {
        found.push(format!("{key} is {value}, expected {} to {}", range.start(), range.end()));
    }
}

fn server(config: &Config, found: &mut Vec<String>) {
    let server = &config.server;
    within(found, "server.connections_max", &server.connections_max, 1..=1_000_000);
    within(found, "server.header_read_timeout_ms", &server.header_read_timeout_ms, 1..=HOUR_MS);
    within(found, "server.idle_timeout_ms", &server.idle_timeout_ms, 1..=HOUR_MS);
    within(found, "server.body_read_timeout_ms", &server.body_read_timeout_ms, 1..=HOUR_MS);
    within(found, "server.answer_timeout_ms", &server.answer_timeout_ms, 1..=HOUR_MS);
    within(found, "server.write_timeout_ms", &server.write_timeout_ms, 1..=HOUR_MS);
    within(found, "server.body_bytes_max", &server.body_bytes_max, 1_024..=256 * MEBIBYTE);
    within(found, "server.gzip_answer_bytes_min", &server.gzip_answer_bytes_min, 0..=256 * MEBIBYTE);
    within(found, "server.drain_timeout_ms", &server.drain_timeout_ms, 0..=HOUR_MS);
    within(found, "server.tls.handshake_timeout_ms", &server.tls.handshake_timeout_ms, 1..=HOUR_MS);
    within(found, "server.tls.reload_interval_s", &server.tls.reload_interval_s, 1..=DAY_S);
    public_url(server, found);
    if server.tls.certificate_file.is_some() != server.tls.key_file.is_some() {
        found.push("server.tls.certificate_file and server.tls.key_file go together: give both or neither".to_owned());
    }
    if server.proxy_protocol && server.trusted_proxies.is_empty() {
        found.push(
            "server.proxy_protocol is on, but server.trusted_proxies names no proxy that could speak it".to_owned(),
        );
    }
    if server.answer_timeout_ms < config.database.command_deadline_ms {
        found.push(format!(
            "server.answer_timeout_ms ({}) is shorter than database.command_deadline_ms ({}): a client would be told of a \
             failure while its command may still be done",
            server.answer_timeout_ms, config.database.command_deadline_ms
        ));
    }
}

fn public_url(server: &ServerConfig, found: &mut Vec<String>) {
    let Some(url) = &server.public_url else { return };
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let strange = |c: char| c.is_whitespace() || c.is_control() || "\"'<>&?#@".contains(c);
    if rest.is_none_or(|rest| rest.is_empty() || rest.starts_with('/') || rest.contains(strange)) {
        found.push(
            "server.public_url must look like https://loyalty.example.ru or https://example.ru/loyalty: http or https, a \
             host, no parameters, no login"
                .to_owned(),
        );
    }
}

fn database(config: &Config, found: &mut Vec<String>) {
    let database = &config.database;
    within(found, "database.reader_threads", &database.reader_threads, 0..=256);
    within(found, "database.writer_threads", &database.writer_threads, 1..=256);
    within(found, "database.batch_commands_max", &database.batch_commands_max, 1..=1_024);
    within(found, "database.write_queue_commands_max", &database.write_queue_commands_max, 1..=1_000_000);
    within(found, "database.read_queue_requests_max", &database.read_queue_requests_max, 1..=1_000_000);
    within(found, "database.queue_wait_max_ms", &database.queue_wait_max_ms, 1..=HOUR_MS);
    within(found, "database.command_deadline_ms", &database.command_deadline_ms, 1..=HOUR_MS);
    within(found, "database.connect_timeout_ms", &database.connect_timeout_ms, 1..=HOUR_MS);
    within(found, "database.statement_timeout_ms", &database.statement_timeout_ms, 1..=HOUR_MS);
    within(found, "database.list_connections_max", &database.list_connections_max, 1..=64);
    within(found, "database.list_waiting_max", &database.list_waiting_max, 0..=10_000);
    within(found, "database.list_timeout_ms", &database.list_timeout_ms, 1..=HOUR_MS);
    within(found, "database.retries_max", &database.retries_max, 0..=100);
    if config.server.answer_timeout_ms < database.list_timeout_ms {
        found.push(format!(
            "server.answer_timeout_ms ({}) is shorter than database.list_timeout_ms ({}): a list would be prepared for a \
             client that was told of a failure",
            config.server.answer_timeout_ms, database.list_timeout_ms
        ));
    }
    if database.write_queue_commands_max < database.batch_commands_max {
        found.push(format!(
            "database.write_queue_commands_max ({}) is less than database.batch_commands_max ({}): no batch could fill",
            database.write_queue_commands_max, database.batch_commands_max
        ));
    }
}

fn xml(config: &Config, found: &mut Vec<String>) {
    let xml = &config.xml;
    // Below these a plain request of the contract would not pass.
    within(found, "xml.depth_max", &xml.depth_max, 12..=1_024);
    within(found, "xml.attributes_max", &xml.attributes_max, 8..=10_000);
    within(found, "xml.namespace_bindings_max", &xml.namespace_bindings_max, 8..=10_000);
    within(found, "xml.elements_max", &xml.elements_max, 100..=10_000_000);
    within(found, "xml.text_bytes_max", &xml.text_bytes_max, 1_024..=64 * MEBIBYTE);
    within(found, "xml.attribute_bytes_max", &xml.attribute_bytes_max, 256..=MEBIBYTE);
}

fn exchange(config: &Config, found: &mut Vec<String>) {
    within(found, "exchange.kept_days", &config.exchange.kept_days, 0..=3_650);
    within(found, "exchange.queue_max", &config.exchange.queue_max, 1..=10_000_000);
    // Less would not hold one large call and its answer.
    within(found, "exchange.queue_bytes_max", &config.exchange.queue_bytes_max, MEBIBYTE..=1_024 * MEBIBYTE);
}

fn security(config: &Config, found: &mut Vec<String>) {
    let security = &config.security;
    within(found, "security.credential_cache_s", &security.credential_cache_s, 0..=DAY_S);
    within(found, "security.credential_cache_entries_max", &security.credential_cache_entries_max, 1..=10_000_000);
    within(found, "security.password_checks_parallel_max", &security.password_checks_parallel_max, 1..=256);
    within(found, "security.password_checks_waiting_max", &security.password_checks_waiting_max, 0..=100_000);
    within(found, "security.failures_per_address_max", &security.failures_per_address_max, 1..=1_000_000);
    within(found, "security.failures_per_login_max", &security.failures_per_login_max, 1..=1_000_000);
    within(found, "security.failures_window_s", &security.failures_window_s, 1..=DAY_S);
    if security.key.is_some() && security.key_file.is_some() {
        found.push("security.key and security.key_file are both given: give one".to_owned());
    }
    if security.key.as_ref().is_some_and(|key| key.reveal().chars().count() < KEY_CHARACTERS_MIN) {
        found.push(format!("security.key is too short: at least {KEY_CHARACTERS_MIN} characters of a random key"));
    }
    if security.key_file.as_ref().is_some_and(|path| path.as_os_str().is_empty()) {
        found.push("security.key_file is empty: give a path or leave the key out".to_owned());
    }
    if config.key_source().is_none() {
        found.push(
            "PostgreSQL needs security.key_file or KOPILKA_SECURITY__KEY: several gateways must share one key, and it is \
             not kept in the database"
                .to_owned(),
        );
    }
}

fn codes_limits_jobs(config: &Config, found: &mut Vec<String>) {
    let (codes, limits, jobs) = (&config.codes, &config.limits, &config.jobs);
    within(found, "codes.digits", &codes.digits, 4..=9);
    within(found, "codes.resend_after_s", &codes.resend_after_s, 0..=DAY_S);
    within(found, "codes.per_phone_per_day_max", &codes.per_phone_per_day_max, 1..=1_000);
    within(found, "codes.per_till_per_day_max", &codes.per_till_per_day_max, 1..=1_000_000);
    within(found, "limits.clock_ahead_tolerance_s", &limits.clock_ahead_tolerance_s, 0..=DAY_S);
    within(found, "limits.receipt_age_max_days", &limits.receipt_age_max_days, 1..=3_650);
    within(found, "limits.receipt_age_office_max_days", &limits.receipt_age_office_max_days, 1..=3_650);
    within(found, "limits.receipt_claim_max_days", &limits.receipt_claim_max_days, 1..=3_650);
    within(found, "limits.receipt_lines_max", &limits.receipt_lines_max, 1..=100_000);
    within(found, "limits.list_page_rows_max", &limits.list_page_rows_max, 1..=10_000);
    within(found, "limits.statement_page_entries_max", &limits.statement_page_entries_max, 1..=10_000);
    within(found, "limits.cards_per_batch_max", &limits.cards_per_batch_max, 1..=1_000_000);
    within(found, "limits.operation_answers_kept_days", &limits.operation_answers_kept_days, 1..=3_650);
    within(found, "jobs.interval_s", &jobs.interval_s, 1..=DAY_S);
    within(found, "jobs.rows_per_step_max", &jobs.rows_per_step_max, 1..=100_000);
}

fn seals(config: &Config, found: &mut Vec<String>) {
    let seals = &config.seals;
    within(found, "seals.period_s", &seals.period_s, 60..=DAY_S);
    within(found, "seals.url_timeout_ms", &seals.url_timeout_ms, 1..=60_000);
    if seals.file.as_ref().is_some_and(|path| path.as_os_str().is_empty()) {
        found.push("seals.file is empty: give a path or leave it out".to_owned());
    }
    if seals
        .url
        .as_ref()
        .map(Secret::reveal)
        .is_some_and(|url| !url.starts_with("http://") && !url.starts_with("https://"))
    {
        found.push("seals.url must begin with http:// or https://".to_owned());
    }
    within(found, "seals.phone_period_s", &seals.phone_period_s, HOUR_S..=7 * DAY_S);
    let secrets = [("seals.url_secret", &seals.url_secret), ("seals.receive_secret", &seals.receive_secret)];
    for (key, secret) in secrets {
        let is_token = |secret: &Secret| secret.reveal().chars().all(|c| c.is_ascii_graphic());
        if secret.as_ref().is_some_and(|secret| secret.reveal().len() < SECRET_CHARACTERS_MIN || !is_token(secret)) {
            found.push(format!(
                "{key} must have at least {SECRET_CHARACTERS_MIN} characters, letters, digits and signs without spaces"
            ));
        }
    }
    if seals.url_secret.is_some() && seals.url.is_none() {
        found.push("seals.url_secret is given without seals.url".to_owned());
    }
    if seals.receive_file.is_some() != seals.receive_secret.is_some() {
        found.push("seals.receive_file and seals.receive_secret are given together or not at all".to_owned());
    }
    if seals.receive_file.as_ref().is_some_and(|path| path.as_os_str().is_empty()) {
        found.push("seals.receive_file is empty: give a path or leave it out".to_owned());
    }
    if seals.receive_file.is_some() && seals.receive_file == seals.file {
        found.push("seals.receive_file is also seals.file: roots of two databases do not go into one file".to_owned());
    }
}

fn sms(config: &Config, found: &mut Vec<String>) {
    within(found, "sms.outbox_poll_ms", &config.sms.outbox_poll_ms, 1..=HOUR_MS);
    within(found, "sms.parallel_max", &config.sms.parallel_max, 1..=64);
    within(found, "sms.attempts_max", &config.sms.attempts_max, 1..=1_000);
    if config.sms.channel.as_ref().is_some_and(|channel| channel.trim().is_empty()) {
        found.push("sms.channel is empty: give the name of a channel, as `http`, or leave the key out".to_owned());
    }
}
