//! `doctor`: looks over an installation and says, line by line, what is fine and what to do.

mod data;
mod files;
mod finding;

use std::process::ExitCode;

use self::finding::{Finding, State, as_json};
use crate::{
    app,
    cli::failure::{FAILED, Failure, MISUSED},
    config::Config,
};

/// Prints what was found. Nothing is changed.
pub(super) fn run(config: &Config, json: bool) -> Result<ExitCode, Failure> {
    let mut findings = vec![settings(config), data::key_file(config)];
    findings.extend(data::database(config));
    findings.extend(files::permissions(config));
    findings.push(files::room(config));
    findings.extend([copies(config), messages(config), network(config)]);
    let worst = findings.iter().map(|finding| finding.state).max().unwrap_or(State::Fine);
    if json {
        println!("{}", serde_json::to_string_pretty(&as_json(&findings, worst))?);
    } else {
        findings.iter().for_each(|finding| println!("{}", finding.lines()));
        let sum = |state: State| findings.iter().filter(|finding| finding.state == state).count();
        println!("\nСломано: {}, требует внимания: {}.", sum(State::Broken), sum(State::Warning));
    }
    Ok(match worst {
        State::Fine | State::Note => ExitCode::SUCCESS,
        State::Warning => ExitCode::from(FAILED),
        State::Broken => ExitCode::from(MISUSED),
    })
}

/// Whether a gateway could start with these settings: certificates and the SMS channel are read as it would.
fn settings(config: &Config) -> Finding {
    match app::check_settings(config) {
        Ok(()) => Finding::fine("settings", "Настройки читаются, сертификат и раздел [sms] тоже."),
        Err(error) => Finding::broken(
            "settings",
            format!("С этими настройками шлюз не запустится: {error}."),
            "kopilka check-config",
        ),
    }
}

/// The program does not know what was copied.
fn copies(config: &Config) -> Finding {
    let advice = if config.database.url.is_sqlite() {
        "каждый день: kopilka backup ФАЙЛ; проверка копии: kopilka restore ФАЙЛ --verify с новым --database"
    } else {
        "каждый день копируйте базу средствами PostgreSQL: docs/backup.md"
    };
    Finding::note("backup", "Когда базу копировали, программа не знает. Ключ храните отдельно от копий.", advice)
}

/// Whether codes reach customers.
fn messages(config: &Config) -> Finding {
    let Some(channel) = &config.sms.channel else {
        let text = "Канал SMS не настроен: шлюз запустится только с --demo.";
        return Finding::broken(
            "sms",
            text,
            "настройте поставщика в разделе [sms]: docs/config.example.toml, examples/sms",
        );
    };
    if channel == "console" {
        let text = "SMS никуда не уходят: канал console пишет коды на экран и в файл.";
        Finding::warning("sms", text, "настройте поставщика в разделе [sms]: docs/config.example.toml, examples/sms")
    } else {
        Finding::fine("sms", format!("SMS уходят через канал {channel}."))
    }
}

/// Whether passwords travel under TLS, and who calls is seen.
fn network(config: &Config) -> Finding {
    const CHECK: &str = "tls";
    let server = &config.server;
    let listen = server.listen;
    let has_proxies = !server.trusted_proxies.is_empty();
    if server.tls.certificate_file.is_some() {
        return Finding::fine(CHECK, format!("Шлюз слушает {listen} с TLS."));
    }
    let is_local = listen.ip().is_loopback();
    let is_public = server.public_url.is_some();
    if is_local && is_public && !has_proxies {
        let text =
            "Перед шлюзом прокси, но он не назван: адреса касс не видны, и ошибки пароля считаются одному адресу.";
        return Finding::warning(CHECK, text, "назовите прокси в server.trusted_proxies");
    }
    if is_local {
        let text = format!("Шлюз слушает {listen}: с этого компьютера, TLS — дело прокси перед ним.");
        return Finding::fine(CHECK, text);
    }
    if has_proxies {
        let text = format!("Шлюз слушает {listen} без TLS, перед ним названы прокси.");
        return Finding::note(CHECK, text, "закройте этот порт для всех, кроме прокси");
    }
    let text = format!("Шлюз слушает {listen} без TLS: пароли касс идут по сети открыто.");
    Finding::warning(CHECK, text, "задайте server.tls или поставьте прокси и назовите его в server.trusted_proxies")
}
