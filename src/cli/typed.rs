//! Secrets that somebody types or pipes in.

use std::io::IsTerminal as _;

use zeroize::Zeroizing;

use super::failure::Failure;
use crate::secret::Secret;

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
