//! A text handed to whoever keeps it: one POST, without redirects and without proxies from the environment.

use std::time::Duration;

use ureq::{Agent, config::Config};

/// Hands a line of text to a URL; anything but an answer of 2xx is a failure.
///
/// # Errors
/// What went wrong, in words for the log.
pub fn post(url: &str, text: &str, timeout: Duration) -> Result<(), String> {
    let config = Config::builder().timeout_global(Some(timeout)).max_redirects(0).proxy(None).build();
    let sent = Agent::new_with_config(config).post(url).content_type("text/plain; charset=utf-8").send(text);
    match sent {
        Ok(answer) if answer.status().is_success() => Ok(()),
        Ok(answer) => Err(format!("answered {}", answer.status())),
        Err(error) => Err(error.to_string()),
    }
}
