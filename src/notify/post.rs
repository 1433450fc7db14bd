//! A text handed to whoever keeps it: one POST, without redirects and without proxies from the environment.

use std::time::Duration;

use ureq::{Agent, config::Config};

use crate::{notify::connection::kind_of, secret::Secret};

/// Why a text was not taken. Nothing of it holds the URL, which may be a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PostError {
    /// The answer is not one of 2xx: its status.
    #[error("answered HTTP {0}")]
    Answered(u16),
    /// There is no answer.
    #[error("{0}")]
    Failed(String),
}

/// Hands text to a URL, with a secret as `Authorization: Bearer` where there is one; anything but an answer of 2xx is a failure.
///
/// # Errors
/// What went wrong, in words for the log.
pub fn post(url: &Secret, secret: Option<&Secret>, text: &str, timeout: Duration) -> Result<(), PostError> {
    let config = Config::builder()
        .timeout_global(Some(timeout))
        .http_status_as_error(false)
        .max_redirects(0)
        .proxy(None)
        .build();
    let mut request = Agent::new_with_config(config).post(url.reveal()).content_type("text/plain; charset=utf-8");
    if let Some(secret) = secret {
        request = request.header("Authorization", format!("Bearer {}", secret.reveal()));
    }
    match request.send(text) {
        Ok(answer) if answer.status().is_success() => Ok(()),
        Ok(answer) => Err(PostError::Answered(answer.status().as_u16())),
        Err(error) => Err(PostError::Failed(kind_of(&error))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_went_wrong_says_nothing_of_the_url() {
        for url in
            ["http://user:hidden@127.0.0.1:1/hidden", "http://hid den/hidden", "hidden", "http://hidden.invalid/hidden"]
        {
            let error = post(&Secret::new(url), None, "text", Duration::from_secs(5)).unwrap_err().to_string();
            assert!(!error.contains("hid") && !error.is_empty(), "{error}");
        }
    }
}
