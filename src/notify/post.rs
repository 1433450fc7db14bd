//! A text handed to whoever keeps it: one POST, without redirects and without proxies from the environment.

use std::time::Duration;

use ureq::{Agent, config::Config};

use crate::secret::Secret;

/// Hands a line of text to a URL, with a secret as `Authorization: Bearer` where there is one; anything but an answer of 2xx is a
/// failure.
///
/// # Errors
/// What went wrong, in words for the log.
pub fn post(url: &str, secret: Option<&Secret>, text: &str, timeout: Duration) -> Result<(), String> {
    let config = Config::builder().timeout_global(Some(timeout)).max_redirects(0).proxy(None).build();
    let mut request = Agent::new_with_config(config).post(url).content_type("text/plain; charset=utf-8");
    if let Some(secret) = secret {
        request = request.header("Authorization", format!("Bearer {}", secret.reveal()));
    }
    match request.send(text) {
        Ok(answer) if answer.status().is_success() => Ok(()),
        Ok(answer) => Err(format!("answered {}", answer.status())),
        Err(error) => Err(error.to_string()),
    }
}
