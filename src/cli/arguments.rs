//! Names and codes as arguments.

use crate::domain::name::{Code, LoginName, NameProblem};

/// A code of a partner, a network, a store or a till.
pub(super) fn code(text: &str) -> Result<String, NameProblem> {
    Ok(Code::parse(text)?.as_str().to_owned())
}

/// A name that says something.
pub(super) fn name(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() { Err("a name is needed".into()) } else { Ok(text.to_owned()) }
}

/// The name of a login.
pub(super) fn login(text: &str) -> Result<String, NameProblem> {
    Ok(LoginName::parse(text)?.as_str().to_owned())
}

/// A store as `CODE=NAME`.
pub(super) fn store(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((given, name)) if !name.trim().is_empty() => {
            Ok((code(given).map_err(|problem| problem.to_string())?, name.into()))
        }
        Some(_) | None => Err("a store is given as CODE=NAME".into()),
    }
}
