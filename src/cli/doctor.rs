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
        println!("\n{} broken, {} to look after.", sum(State::Broken), sum(State::Warning));
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
        Ok(()) => Finding::fine("settings", "The settings can be read, the certificate and [sms] too."),
        Err(error) => Finding::broken(
            "settings",
            format!("The gateway cannot start with these settings: {error}."),
            "kopilka check-config",
        ),
    }
}

/// The program does not know what was copied.
fn copies(config: &Config) -> Finding {
    let advice = if config.database.url.is_sqlite() {
        "every day: kopilka backup FILE; to check a copy: kopilka restore FILE --verify with a new --database"
    } else {
        "copy the database every day with PostgreSQL's own tools: docs/backup.md"
    };
    Finding::note(
        "backup",
        "The program does not know when the database was copied. Keep the key apart from the copies.",
        advice,
    )
}

/// Whether codes reach customers.
fn messages(config: &Config) -> Finding {
    let Some(channel) = &config.sms.channel else {
        let text = "No SMS channel is set: the gateway starts with --demo only.";
        return Finding::broken("sms", text, "set a provider in [sms]: docs/config.example.toml, examples/sms");
    };
    if channel == "console" {
        let text = "SMS go nowhere: the console channel writes codes to the screen and a file.";
        Finding::warning("sms", text, "set a provider in [sms]: docs/config.example.toml, examples/sms")
    } else {
        Finding::fine("sms", format!("SMS go through the channel {channel}."))
    }
}

/// Whether passwords travel under TLS, and who calls is seen.
fn network(config: &Config) -> Finding {
    const CHECK: &str = "tls";
    let server = &config.server;
    let listen = server.listen;
    let has_proxies = !server.trusted_proxies.is_empty();
    if server.tls.certificate_file.is_some() {
        return Finding::fine(CHECK, format!("The gateway listens on {listen} with TLS."));
    }
    let is_local = listen.ip().is_loopback();
    let is_public = server.public_url.is_some();
    if is_local && is_public && !has_proxies {
        let text = "There is a proxy in front that is not named: the tills' addresses are not seen, and wrong passwords count for one address.";
        return Finding::warning(CHECK, text, "name the proxy in server.trusted_proxies");
    }
    if is_local {
        let text = format!("The gateway listens on {listen}, from this computer only; TLS is for a proxy in front.");
        return Finding::fine(CHECK, text);
    }
    if has_proxies {
        let text = format!("The gateway listens on {listen} without TLS; proxies in front are named.");
        return Finding::note(CHECK, text, "close this port to all but the proxies");
    }
    let text = format!("The gateway listens on {listen} without TLS: the tills' passwords travel in the open.");
    Finding::warning(CHECK, text, "set server.tls, or put a proxy in front and name it in server.trusted_proxies")
}
