//! `check-config`: the look that a start takes, without a start.

use std::{path::Path, process::ExitCode};

use crate::{
    app::{AppError, DatabaseState, Readiness, Start},
    cli::failure::{FAILED, Failure, MISUSED},
    config::Config,
};

/// Prints the configuration as it is understood, and what a start would do; exit code 2 when a setting is wrong, 1 when it
/// would be refused for something else.
pub(super) fn check_config(config: &Config, file: Option<&Path>) -> Result<ExitCode, Failure> {
    let text = toml::to_string_pretty(config)?;
    let Readiness { problems, mut warnings, database } = Readiness::look(config, Start::default());
    let (taken, problems): (Vec<_>, Vec<_>) = problems.into_iter().partition(AppError::is_address_taken);
    if !problems.is_empty() {
        return Err(not_ready(&problems, file));
    }
    warnings.extend(
        taken.iter().map(|error| format!("{error}. If that is the gateway of this configuration, all is well")),
    );
    warnings.iter().for_each(|warning| eprintln!("warning: {warning}"));
    let url = &config.database.url;
    let state = match database {
        Some(DatabaseState::Absent) => format!("{url} is not there yet: a start makes it"),
        Some(DatabaseState::Older { from, to, migrations }) => {
            format!(
                "a start upgrades the schema of {url} from {from} to {to} ({migrations} migrations); docs/upgrade.md"
            )
        }
        Some(DatabaseState::Current { version }) => format!("the schema of {url} is up to date at {version}"),
        // Then there is a problem, which was told.
        None => String::new(),
    };
    println!("{text}\n# Database: {state}.\n# The configuration is usable.");
    Ok(ExitCode::SUCCESS)
}

/// Why a gateway would not start, with the file that a wrong setting probably stands in.
pub(super) fn not_ready(problems: &[AppError], file: Option<&Path>) -> Failure {
    let is_wrong = problems.iter().any(AppError::is_setting);
    let told = |problem: &AppError| match file.filter(|_| problem.is_setting()) {
        Some(file) => format!("{problem} (in {})", file.display()),
        None => problem.to_string(),
    };
    let text = match problems {
        [problem] => told(problem),
        problems => {
            let lines: Vec<String> = problems.iter().map(|problem| format!("\n  - {}", told(problem))).collect();
            format!("the gateway cannot start; nothing was made or changed:{}", lines.concat())
        }
    };
    Failure(text, if is_wrong { MISUSED } else { FAILED })
}
