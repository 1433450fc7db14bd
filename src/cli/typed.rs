//! Secrets that somebody types or pipes in.

use std::io::IsTerminal as _;

use zeroize::Zeroizing;

use super::failure::{Failure, MISUSED};
use crate::secret::Secret;

/// As [`secret`], for one that is chosen now: at a terminal it is typed twice.
///
/// # Errors
/// The two differ.
pub(super) fn new_secret(variable: &str, prompt: &str) -> Result<Secret, Failure> {
    let given = secret(variable, prompt)?;
    let is_given = std::env::var(variable).is_ok_and(|text| !text.is_empty());
    if !is_given && std::io::stdin().is_terminal() && secret(variable, &format!("{prompt} once more"))? != given {
        return Err(Failure("the two differ; nothing was done, try again".into(), MISUSED));
    }
    Ok(given)
}

/// A secret from an environment variable, else one line that is asked for: at a terminal without showing what is
/// typed, from a pipe or a file as it stands.
pub(super) fn secret(variable: &str, prompt: &str) -> Result<Secret, Failure> {
    if let Some(given) = std::env::var(variable).ok().filter(|text| !text.is_empty()) {
        return Ok(Secret::new(given));
    }
    if std::io::stdin().is_terminal() {
        return Ok(Secret::new(rpassword::prompt_password(format!("{prompt} (it is not shown): "))?));
    }
    eprintln!("{prompt} (one line from standard input):");
    let mut line = Zeroizing::new(String::new());
    std::io::stdin().read_line(&mut line)?;
    Ok(Secret::new(line.trim_end_matches(['\r', '\n']).to_owned()))
}
