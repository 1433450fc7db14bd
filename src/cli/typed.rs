//! Secrets that somebody types or pipes in.

use std::io::{IsTerminal as _, Read as _};

use zeroize::Zeroizing;

use super::failure::{Failure, MISUSED};
use crate::secret::Secret;

/// Room for a secret of many lines: what a text leaves behind when it grows is not wiped.
const LINES_BYTES: usize = 4096;

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

/// A secret of many lines: at a terminal asked for line by line without showing what is typed, until `is_whole` or an
/// empty line; from a pipe or a file to its end.
pub(super) fn lines(prompt: &str, is_whole: fn(&str) -> bool) -> Result<Zeroizing<String>, Failure> {
    let mut text = Zeroizing::new(String::with_capacity(LINES_BYTES));
    if !std::io::stdin().is_terminal() {
        eprintln!("{prompt} (to the end of standard input):");
        std::io::stdin().read_to_string(&mut text)?;
        return Ok(text);
    }
    for number in 1_u32.. {
        let asked = format!("{prompt}, line {number} (it is not shown): ");
        let line = Zeroizing::new(rpassword::prompt_password(asked)?);
        text.push_str(&line);
        text.push('\n');
        if line.trim().is_empty() || is_whole(&text) {
            break;
        }
    }
    Ok(text)
}
